// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/commit_reason.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static struct write write_of(struct sample *s)
{
	s->rec.steps_total = s->nr;
	return (struct write){.rec = s->rec, .steps = s->steps, .nr_steps = s->nr};
}

/* sample.h says nothing of a journal. */
static struct write journalled(struct sample *s)
{
	s->rec.journal = s->rec.barrier = 1;
	return write_of(s);
}

TEST(an_overwrite_leaves_nothing)
{
	struct sample s;
	struct write w;

	sample_init(&s, 1, "data", 0, 4096);
	w = journalled(&s);
	CHECK_EQ(write_commit_changes(&w), 0);
	CHECK_EQ(write_leaves_commit(&w), ANSWER_NO);
}

TEST(an_append_and_a_hole_leave_a_commit)
{
	struct sample s;
	struct write w;

	sample_append(&s, 1, "log");
	w = journalled(&s);
	CHECK_EQ(write_commit_changes(&w), COMMIT_EXTENDS | COMMIT_CONVERTS | COMMIT_ALLOCATES);
	CHECK_EQ(write_leaves_commit(&w), ANSWER_YES);
	sample_hole(&s, 2, "data");
	w = journalled(&s);
	CHECK_EQ(write_commit_changes(&w), COMMIT_CONVERTS | COMMIT_ALLOCATES);
	CHECK_EQ(write_leaves_commit(&w), ANSWER_YES);
	w.rec.journal = 0;
	CHECK_EQ(write_leaves_commit(&w), ANSWER_NO);
	w.rec.how[FACT_JOURNAL] = HOW_UNKNOWN;
	CHECK_EQ(write_leaves_commit(&w), ANSWER_UNKNOWN);
}

TEST(a_sync_of_its_own_leaves_nothing_and_has_a_reason)
{
	struct sample s;
	struct write w;

	sample_append(&s, 1, "log");
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.commit = 1;
	w = journalled(&s);
	CHECK_EQ(write_leaves_commit(&w), ANSWER_NO);
	CHECK_EQ(write_commit_reasons(&w), COMMIT_EXTENDS | COMMIT_CONVERTS | COMMIT_ALLOCATES);
	sample_dsync(&s, 2, "wal");
	w = journalled(&s);
	CHECK_EQ(write_commit_reasons(&w), COMMIT_OTHER);
	w.rec.commit = 0;
	CHECK_EQ(write_commit_reasons(&w), 0);
}

TEST(what_is_unknown_is_no_no)
{
	struct sample s;
	struct write w;

	sample_init(&s, 1, "data", 0, 4096);
	w = journalled(&s);
	w.rec.how[FACT_CONVERT] = HOW_UNKNOWN;
	CHECK_EQ(write_leaves_commit(&w), ANSWER_UNKNOWN);
	w = journalled(&s);
	w.rec.steps_total++;
	CHECK_EQ(write_leaves_commit(&w), ANSWER_UNKNOWN);
	w = journalled(&s);
	w.rec.how[FACT_SYNC] = HOW_UNKNOWN;
	w.rec.extend = 1;
	CHECK_EQ(write_leaves_commit(&w), ANSWER_UNKNOWN);
}

TEST(failed_and_buffered)
{
	struct sample s;
	struct write w;

	sample_einval(&s, 1, "data");
	w = journalled(&s);
	CHECK_EQ(write_leaves_commit(&w), ANSWER_NO);
	sample_buffered(&s, 2, "inline"); /* what the page cache will allocate is not known */
	w = journalled(&s);
	CHECK_EQ(write_leaves_commit(&w), ANSWER_UNKNOWN);
}

TEST(the_page_cache_allocates_and_extends_too)
{
	struct sample s;
	struct write w;

	sample_buffered(&s, 1, "indirect");
	s.rec.fallback_reason = FALLBACK_INDIRECT_HOLE;
	sample_how(&s, FACT_SYNC, HOW_OBSERVED);
	sample_how(&s, FACT_COMMIT, HOW_INFERRED);
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.commit = 1;
	w = journalled(&s);
	CHECK_EQ(write_commit_reasons(&w), COMMIT_ALLOCATES);
	w.rec.sync = SYNC_NONE;
	CHECK_EQ(write_leaves_commit(&w), ANSWER_YES);
	w.rec.fallback_ret = -5;
	CHECK_EQ(write_commit_changes(&w), 0);
	w.rec.how[FACT_FALLBACK_RET] = HOW_UNKNOWN; /* the result less what was written directly, then */
	CHECK_EQ(write_commit_changes(&w), COMMIT_ALLOCATES);
	w.rec.fallback_reason = FALLBACK_FAULT; /* a hole is known by the look, too */
	w.rec.lookup = LOOKUP_WRITTEN;
	CHECK_EQ(write_commit_changes(&w), 0);
	w.rec.lookup = LOOKUP_HOLE;
	CHECK_EQ(write_commit_changes(&w), COMMIT_ALLOCATES);
	w.rec.fallback_pos = w.rec.isize;
	CHECK_EQ(write_commit_changes(&w), COMMIT_EXTENDS | COMMIT_ALLOCATES);
}

TEST_MAIN()
