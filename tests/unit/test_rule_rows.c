/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of rule_rows.c against struct ref_rules and the profiles. */
#include "refimpl/path/rule_rows.h"
#include "tests/unit/test.h"

#include <string.h>

/* Members follow each other, with no more between two than their alignment. */
TEST(every_member_has_a_row)
{
	size_t at = sizeof(const char *); /* the name */

	for (const struct ref_rule_row *row = ref_rule_rows; row->name; row++) {
		at = (at + row->size - 1) / row->size * row->size;
		CHECK_EQ(row->offset, at);
		at += row->size;
	}
	CHECK_EQ((sizeof(struct ref_rules) - at) / sizeof(char *), 0);
}

TEST(every_value_of_a_profile_has_a_text)
{
	for (const struct ref_rules *p = ref_profiles; p->name; p++)
		for (const struct ref_rule_row *row = ref_rule_rows; row->name; row++) {
			unsigned int value = ref_rule_value(p, row);

			CHECK(value < RULE_VALUES_MAX && row->values[value].does);
		}
}

/* Where two neighbours differ, what is newer names the change; 7.3's and older ones are no exception. */
TEST(what_changed_has_a_title_on_one_side)
{
	for (const struct ref_rules *p = ref_profiles; p[1].name; p++)
		for (const struct ref_rule_row *row = ref_rule_rows; row->name; row++) {
			unsigned int a = ref_rule_value(p, row), b = ref_rule_value(p + 1, row);

			CHECK(a == b || row->values[a].change || row->values[b].change);
		}
}

static const struct ref_rule_row *row_of(const char *name)
{
	const struct ref_rule_row *row = ref_rule_rows;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row;
}

TEST(one_rule_of_another_kernel)
{
	const struct ref_rule_row *content = row_of("content"), *nowait = row_of("nowait_refuses_timestamp");
	struct ref_rules rules = ref_rules_with(ref_rules_find("6.12"), content, REF_CONTENT_ZEROING);

	CHECK_EQ(rules.content, REF_CONTENT_ZEROING);
	rules = ref_rules_with(&rules, nowait, true);
	CHECK(rules.nowait_refuses_timestamp && rules.overwrite_ops == REF_OVERWRITE_OPS_WRITTEN);
}

TEST(versions)
{
	char buf[128];

	CHECK_STR(ref_rule_versions(row_of("content"), REF_CONTENT_WRITTEN, buf, sizeof(buf)), "6.1");
	CHECK_STR(ref_rule_versions(row_of("content"), REF_CONTENT_ALLOCATED, buf, sizeof(buf)), "6.12 to 7.2");
	CHECK_STR(ref_rule_versions(row_of("large_folios_outrank_journal_flag"), 0, buf, sizeof(buf)),
		  "6.1 to 6.14, 6.19 to 7.3");
	CHECK_STR(ref_rule_versions(row_of("content"), 9, buf, sizeof(buf)), "no profile");
}

TEST_MAIN()
