// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data of the page, for its script:
 *
 *	verify	whether rows have two sides
 *	runs	what the runs are called, where there are two: which one a row is of is its k
 *	total	rows that there are; rows has those that are kept
 *	fields	write_fields[]: key, label, unit, kind, stage, help, names; fn: the function of the kernel that decides
 *	stages, maps, roles, times, kept	words for numbers
 *	errors	[[number, name], ...] of those that writes ended with
 *	groups	[title, key, [[tag, label, key], ...]]: rows of the totals, that the table can be filtered by
 *	whys	{tag: [function of the kernel, what would change it]}
 *	workloads	[{id, title}]
 *	timelines	of each run: html_timeline.c
 *	rows, words, hows, tagsets	html_columns.c
 */
#include <errno.h>

#include "reports/html/html_page.h"
#include "reports/html/path_nodes.h"
#include "reports/model/advice.h"

/* --- words --- */

static const char *kind_name(enum field_kind kind)
{
	switch (kind) {
	case FIELD_UINT:
		return "uint";
	case FIELD_INT:
		return "int";
	case FIELD_BOOL:
		return "bool";
	case FIELD_ENUM:
		return "enum";
	case FIELD_MASK:
		return "mask";
	case FIELD_TEXT:
		return "text";
	case FIELD_DEV:
		return "dev";
	case FIELD_ERRNO:
		return "errno";
	case FIELD_NS:
		return "ns";
	}
	return "?";
}

static void put_pair(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_string(j, value);
}

static void put_field(struct json *j, const struct write_field *f)
{
	json_open(j, '{');
	put_pair(j, "key", f->key);
	put_pair(j, "label", f->label);
	put_pair(j, "unit", f->unit);
	put_pair(j, "kind", kind_name(f->kind));
	put_pair(j, "help", f->help);
	if (path_function_of((enum write_fact)(f - write_fields)))
		put_pair(j, "fn", path_function_of((enum write_fact)(f - write_fields)));
	json_key(j, "stage");
	json_uint(j, f->stage);
	if (f->names) {
		json_key(j, "names");
		json_open(j, '[');
		for (const char *const *name = f->names; *name; name++)
			json_string(j, *name);
		json_close(j, ']');
	}
	json_close(j, '}');
}

static const char *stage_word(unsigned int i)
{
	return stage_name((enum stage)i);
}

static void put_words(struct json *j, const char *key, const char *(*word)(unsigned int i), unsigned int nr)
{
	json_key(j, key);
	json_open(j, '[');
	for (unsigned int i = 0; i < nr; i++)
		json_string(j, word(i));
	json_close(j, ']');
}

static const char *lock_word(unsigned int i)
{
	return lock_row_name((enum lock_row)i);
}

static const char *durable_word(unsigned int i)
{
	return durability_name((enum durability)i);
}

static const char *mapping_word(unsigned int i)
{
	return mapping_row_name((enum mapping_row)i);
}

static const char *zero_word(unsigned int i)
{
	return i ? "after the data" : "before the data";
}

static const char *time_word(unsigned int i)
{
	return time_row_name((enum time_row)i);
}

static const char *kept_word(unsigned int i)
{
	return kept_name((enum kept_group)i);
}

static const struct {
	char letter;
	const char *title, *key;
	const char *(*word)(unsigned int i);
	unsigned int nr;
} groups[] = {
	{TAG_LOCK, "lock", "locked", lock_word, NR_LOCK_ROWS},
	{TAG_MAPPING, "mapping", "mapping", mapping_word, NR_MAPPING_ROWS},
	{TAG_DURABLE, "durability", "durable", durable_word, NR_DURABLE},
	{TAG_ZERO, "zero-outs", "zeroed", zero_word, 2},
	{TAG_SUBMIT, "submitted by", "by", submit_row_name, NR_SUBMIT_ROWS},
	{TAG_CONTEXT, "completed in", "completed", context_row_name, NR_CONTEXT_ROWS},
};

const char *html_group_key(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].letter == letter)
			return groups[i].key;
	return NULL;
}

static void put_tag_label(struct json *j, char letter, int number, const char *label, const char *key)
{
	char tag[16];

	snprintf(tag, sizeof(tag), "%c%d", letter, number);
	json_open(j, '[');
	json_string(j, tag);
	json_string(j, label);
	json_string(j, key);
	json_close(j, ']');
}

char why_group_tag(enum why_group group)
{
	static const char letters[NR_WHY_GROUPS] = {
		[WHY_GROUP_LOCK] = TAG_UPGRADE, [WHY_GROUP_BUFFERED] = TAG_FALLBACK, [WHY_GROUP_SYNC] = TAG_SYNC,
		[WHY_GROUP_WAIT] = TAG_WAIT,	[WHY_GROUP_WORK] = TAG_WORK,	     [WHY_GROUP_ERROR] = TAG_FAILED,
	};

	return letters[group];
}

static void put_why_group(struct json *j, enum why_group group)
{
	char text[128];

	json_open(j, '[');
	json_string(j, why_group_title(group));
	json_string(j, why_group_key(group));
	json_open(j, '[');
	for (int why = 0; why < NR_WHYS; why++)
		if (why_rows[why].group == group)
			put_tag_label(j, why_group_tag(group), why, why_format((enum why)why, text, sizeof(text)),
				      why_rows[why].key);
	json_close(j, ']');
	json_close(j, ']');
}

static void put_why_groups(struct json *j)
{
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		put_why_group(j, (enum why_group)group);
}

static void put_groups(struct json *j)
{
	json_key(j, "groups");
	json_open(j, '[');
	put_why_groups(j);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		json_open(j, '[');
		json_string(j, groups[i].title);
		json_string(j, groups[i].key);
		json_open(j, '[');
		for (unsigned int row = 0; row < groups[i].nr; row++)
			put_tag_label(j, groups[i].letter, (int)row, groups[i].word(row), groups[i].word(row));
		json_close(j, ']');
		json_close(j, ']');
	}
	json_close(j, ']');
}

static void put_whys(struct json *j)
{
	char tag[16], change[256];

	json_key(j, "whys");
	json_open(j, '{');
	for (int why = 0; why < NR_WHYS; why++) {
		snprintf(tag, sizeof(tag), "%c%d", why_group_tag(why_rows[why].group), why);
		json_key(j, tag);
		json_open(j, '[');
		json_string(j, why_rows[why].function);
		json_string(j, advice_format((enum why)why, change, sizeof(change)));
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void put_errors_of(struct json *j, const struct summary *s)
{
	for (size_t i = 0; i < s->nr_errors; i++) {
		json_open(j, '[');
		json_int(j, s->errors[i].err);
		json_string(j, errno_name(s->errors[i].err));
		json_close(j, ']');
	}
}

static void put_errors(struct json *j, const struct html_page *p)
{
	json_key(j, "errors");
	json_open(j, '[');
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_errors_of(j, &p->runs[run].totals->summary);
	json_close(j, ']');
}

static void put_vocabulary(struct json *j, const struct html_page *p)
{
	json_key(j, "fields");
	json_open(j, '[');
	for (int fact = 0; fact < NR_FACTS; fact++)
		put_field(j, &write_fields[fact]);
	json_close(j, ']');
	put_words(j, "stages", stage_word, NR_STAGES);
	put_words(j, "maps", map_type_name, MAP_INLINE + 1);
	put_words(j, "roles", bio_role_name, BIO_ZERO_TAIL + 1);
	put_words(j, "times", time_word, NR_TIME_ROWS);
	put_words(j, "kept", kept_word, NR_KEPT_GROUPS);
	put_errors(j, p);
	put_groups(j);
	put_whys(j);
}

static void put_workloads(struct json *j, const struct html_page *p)
{
	json_key(j, "workloads");
	json_open(j, '[');
	for (size_t i = 0; i < p->nr; i++) {
		json_open(j, '{');
		put_pair(j, "id", p->outcomes[i].id);
		put_pair(j, "title", p->outcomes[i].title);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_runs(struct json *j, const struct html_page *p)
{
	json_key(j, "runs");
	json_open(j, '[');
	for (unsigned int run = 0; run < p->nr_runs && p->nr_runs > 1; run++)
		json_string(j, p->runs[run].name);
	json_close(j, ']');
}

int html_data(struct html_page *p)
{
	struct json j = {.out = p->out};
	int ret;

	json_open(&j, '{');
	json_key(&j, "verify");
	json_bool(&j, p->verify);
	put_runs(&j, p);
	json_key(&j, "total");
	json_uint(&j, p->total_rows);
	put_vocabulary(&j, p);
	put_workloads(&j, p);
	html_timeline(p, &j);
	ret = html_columns(p, &j);
	json_close(&j, '}');
	json_end(&j);
	return ret;
}
