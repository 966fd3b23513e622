// SPDX-License-Identifier: GPL-2.0-only
/* A reason in words: what it is, which function decides by which rule of which kernels, and what would change it. */
#include <string.h>

#include "refimpl/path/rule_rows.h"
#include "reports/model/advice.h"
#include "reports/text/render.h"
#include "reports/text/render_row.h"
#include "reports/text/tell_parts.h"

/* Reasons that follow from what differs between kernels, and the member of struct ref_rules that says it. */
static const struct {
	enum why why;
	const char *rule;
} why_rules[] = {
	{WHY_HOLE, "content"},
	{WHY_DELALLOC, "content"},
	{WHY_BORDER, "content"},
	{WHY_EXTENTS, "content"},
	{WHY_UNWRITTEN, "content"},
	{WHY_NOT_WRITTEN, "content"},
	{WHY_NOT_ONE_EXTENT, "content"},
	{WHY_NOT_OVERWRITE, "content"},
	{WHY_UNALIGNED_UNWRITTEN, "content"},
	{WHY_ZEROING, "content"},
	{WHY_UNALIGNED, "unaligned_starts_exclusive"},
	{WHY_JOURNAL_FLAG, "large_folios_outrank_journal_flag"},
	{WHY_CACHED_STAYED, "writeback_error_falls_back"},
	{WHY_MISALIGNED, "iomap_end"},
	{WHY_FAULT_REST, "tail_zero_hides_error"},
	{WHY_HELD_MAP, "lookup_takes_unwritten"},
	{WHY_MAPS_NEW, "unwritten_is_new"},
	{WHY_ADDRESS, "buffer"},
	{WHY_SEGMENT, "buffer"},
	{WHY_NOWAIT_EXCLUSIVE, "nowait_after_modified"},
	{WHY_NOWAIT_TIMES, "nowait_refuses_timestamp"},
	{WHY_NOWAIT_ALLOCATION, "nowait_refuses_allocation"},
};

static const struct ref_rule_row *rule_of(enum why why)
{
	for (size_t i = 0; i < ARRAY_SIZE(why_rules); i++) {
		if (why_rules[i].why != why)
			continue;
		for (const struct ref_rule_row *row = ref_rule_rows; row->name; row++)
			if (!strcmp(row->name, why_rules[i].rule))
				return row;
	}
	return NULL;
}

bool tell_has_rule(enum why why)
{
	return rule_of(why);
}

/* "rule content of 6.3 to 7.2: one allocated extent ...; since 6.3 "ext4: ..."". */
static void tell_rule(const struct teller *t, enum why why)
{
	const struct ref_rule_row *row = rule_of(why);
	char versions[128], text[768];
	const char *change;
	unsigned int value;

	if (!row || !t->rules.rules)
		return;
	value = ref_rule_value(t->rules.rules, row);
	change = row->values[value].change;
	snprintf(text, sizeof(text), "rule: %s of %s (%s): %s%s%s%s", row->name, row->function,
		 ref_rule_versions(row, value, versions, sizeof(versions)), row->values[value].does,
		 change ? "; since " : "", change ? change : "",
		 ref_fit_is_right(t->rules.fit) ? "" : " (by the nearest profile that is known)");
	render_wrapped(t->out, 5, text);
}

/* Of one reason, which has no title above it. */
static const char *group_words(enum why_group group)
{
	return group == WHY_GROUP_WAIT ? "why it waited, or was not asynchronous" : why_group_title(group);
}

void tell_reason(const struct teller *t, int rank, enum why why, const char *told)
{
	const struct why_row *row = &why_rows[why];
	char name[128], change[256], text[512];

	snprintf(text, sizeof(text), "%s (%s): %s", group_words(row->group), row->key,
		 why_format(why, name, sizeof(name)));
	render_item(t->out, rank, text);
	if (told)
		render_wrapped(t->out, 5, told);
	snprintf(text, sizeof(text), "decided by %s()", row->function);
	render_wrapped(t->out, 5, text);
	tell_rule(t, why);
	snprintf(text, sizeof(text), "change: %s", advice_format(why, change, sizeof(change)));
	render_wrapped(t->out, 5, text);
}

const char *format_share(uint64_t ns, uint64_t of, char *buf, size_t size)
{
	char time[32];

	snprintf(buf, size, "%.1f %% (%s)", of ? 100.0 * (double)ns / (double)of : 0.0,
		 format_time(ns, time, sizeof(time)));
	return buf;
}

size_t tell_find_reasons(const char *key, enum why reasons[TELL_REASONS_MAX])
{
	size_t nr = 0;

	for (int why = 0; why < NR_WHYS && nr < TELL_REASONS_MAX; why++)
		if (!strcmp(why_rows[why].key, key))
			reasons[nr++] = (enum why)why;
	return nr;
}
