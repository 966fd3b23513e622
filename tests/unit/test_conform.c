/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole trace against the rules: what is added up, and what is put together. */
#include "refimpl/conform.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void overwrite(struct sample *s, uint64_t id)
{
	sample_overwrite(s, id, 8192, 4096);
}

/* The rules of @rules, NULL: of the kernel that recorded them, over a trace of these writes on 6.12. */
static struct conform conform(const struct sample *samples, size_t nr, const char *rules)
{
	struct ref_choice choice = {rules ? ref_rules_find(rules) : NULL, REF_FIT_ASKED};
	struct errmsg err = {""};
	struct conform c = {0};
	char path[] = "/tmp/dioscope-conform-XXXXXX";

	CHECK_EQ(samples_save(samples, nr, "6.12.43", mkstemp(path), &err), 0);
	CHECK_EQ(conform_trace(&c, path, choice, &err), 0);
	unlink(path);
	return c;
}

TEST(what_follows_is_no_finding)
{
	struct sample s[2];
	struct conform c;

	overwrite(&s[0], 1);
	overwrite(&s[1], 2);
	c = conform(s, 2, NULL);
	CHECK_EQ(c.writes, 2);
	CHECK_EQ(c.replayed, 2);
	CHECK_EQ(c.nr_groups, 0);
	CHECK_EQ(conform_findings(&c), 0);
	conform_release(&c);
}

/* One rule, whoever breaks it, is one group; its first write is named. */
TEST(what_one_rule_explains_is_put_together)
{
	struct sample s[3];
	struct conform c;

	for (size_t i = 0; i < 3; i++)
		overwrite(&s[i], i + 1);
	c = conform(s, 3, "7.3");
	CHECK_EQ(c.differing, 3);
	CHECK_EQ(c.nr_groups, 1);
	CHECK_STR(c.groups[0].row ? c.groups[0].row->name : "none", "overwrite_ops");
	CHECK_EQ(c.groups[0].writes, 3);
	CHECK_EQ(c.groups[0].id, 1);
	CHECK_EQ(conform_findings(&c), c.groups[0].findings);
	conform_release(&c);
}

/* What no rule explains is told apart by what it is about: else the second kind of finding would not be shown. */
TEST(what_no_rule_explains_is_not_put_together)
{
	struct sample s[2];
	struct conform c;

	overwrite(&s[0], 1);
	s[0].rec.truncate = 1;
	overwrite(&s[1], 2);
	s[1].rec.convert = 1;
	c = conform(s, 2, NULL);
	CHECK_EQ(c.differing, 2);
	CHECK_EQ(c.nr_groups, 2);
	for (size_t i = 0; i < c.nr_groups; i++) {
		CHECK(!c.groups[i].row && !c.groups[i].as);
		CHECK_EQ(c.groups[i].writes, 1);
	}
	CHECK(c.groups[0].fact != c.groups[1].fact);
	CHECK_EQ(conform_findings(&c), c.groups[0].findings + c.groups[1].findings);
	conform_release(&c);
}

/* Whichever comes first in the trace, those with most writes come first. */
TEST(the_group_with_most_writes_is_the_first)
{
	for (int odd = 0; odd < 3; odd++) {
		struct sample s[3];
		struct conform c;

		for (int i = 0; i < 3; i++) {
			overwrite(&s[i], (uint64_t)i + 1);
			*(i == odd ? &s[i].rec.truncate : &s[i].rec.convert) = 1;
		}
		c = conform(s, 3, NULL);
		CHECK_EQ(c.differing, 3);
		CHECK_EQ(c.nr_groups, 2);
		CHECK(c.nr_groups == 2 && c.groups[0].fact == FACT_CONVERT && c.groups[0].writes == 2);
		CHECK(c.nr_groups == 2 && c.groups[1].fact == FACT_TRUNCATE && c.groups[1].writes == 1);
		conform_release(&c);
	}
}

TEST(a_write_with_two_findings_is_one_write)
{
	struct sample s;
	struct conform c;

	overwrite(&s, 1);
	s.rec.truncate = s.rec.convert = 1;
	c = conform(&s, 1, NULL);
	CHECK_EQ(c.nr_groups, 1);
	CHECK_EQ(c.groups[0].writes, 1);
	CHECK_EQ(c.groups[0].findings, 2);
	conform_release(&c);
}

/* What the hooks do not tell is counted by fact, and what cannot be replayed by its reason. */
TEST(what_is_not_compared_is_counted)
{
	struct sample s[3];
	struct conform c;

	for (size_t i = 0; i < 3; i++)
		overwrite(&s[i], i + 1);
	sample_how(&s[0], FACT_CONVERT, HOW_UNKNOWN);
	sample_how(&s[1], FACT_CONVERT, HOW_UNKNOWN);
	sample_how(&s[2], FACT_POS, HOW_UNKNOWN);
	c = conform(s, 3, NULL);
	CHECK_EQ(c.writes, 3);
	CHECK_EQ(c.replayed, 2);
	CHECK_EQ(c.differing, 0);
	CHECK_EQ(c.unseen[FACT_CONVERT], 2);
	CHECK_EQ(c.unseen[FACT_LOCK], 0);
	CHECK_EQ(conform_unchecked(&c), 2);
	CHECK_EQ(c.refused[0].writes, 1);
	CHECK(!c.refused[1].why);
	conform_release(&c);
}

/* The same facts with other values are another difference: it is not explained like the first one. */
TEST(the_same_fact_with_another_word_is_explained_for_itself)
{
	struct sample s[2];
	struct conform c;

	overwrite(&s[0], 1);
	overwrite(&s[1], 2);
	s[0].rec.lock = LOCK_EXCLUSIVE;
	s[1].rec.lock = LOCK_NONE;
	c = conform(s, 2, NULL);
	CHECK_EQ(c.nr_known, 2);
	conform_release(&c);
	s[1].rec.lock = LOCK_EXCLUSIVE;
	c = conform(s, 2, NULL);
	CHECK_EQ(c.nr_known, 1);
	conform_release(&c);
}

TEST_MAIN()
