// SPDX-License-Identifier: GPL-2.0-only
/* Without a journal: dirty for a block of the extent tree that the reference's file does not have. */
#include "reports/model/fields.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"
#include "user/verify/leaf_block.h"

#define FLUSHED                                                                                                        \
	"create f\ncreate g\nbuffered f 0 8k\nsync\nwrite g 0 4k\nwrite f 32k 4k\nwrite f 0 4k\nwrite f 32k 4k\n"
#define ALONE	   "create f\ncreate g\nfallocate f 0 8k\nsync\nwrite g 0 4k\nwrite f 32k 4k\nwrite f 0 4k\nwrite f 32k 4k\n"
#define OF_ANOTHER 5
#define FIRST	   6
#define SECOND	   7
#define LATER	   8

struct bench {
	struct sample live[2], reference[2];
	struct workload wl;
	struct write_set sets[2];
	struct diff diff;
};

static void overwrite(struct sample *s, uint64_t id, int64_t pos)
{
	sample_overwrite(s, id, pos, 4096);
	s->rec.journal = 0;
}

/* Two overwrites; @apart: how much further from each other their blocks lie on the live side. */
static void begin(struct bench *b, const char *text, uint64_t apart)
{
	memset(b, 0, sizeof(*b));
	CHECK_EQ(workload_parse(&b->wl, "t.wl", text, strlen(text), NULL), 0);
	meta_set(&b->sets[0].header, META_ENGINE, "kernel");
	meta_set(&b->sets[1].header, META_ENGINE, "reference");
	for (int i = 0; i < 2; i++) {
		overwrite(&b->live[i], (uint64_t)i + 1, i ? 0 : 32768);
		overwrite(&b->reference[i], (uint64_t)i + 1, i ? 0 : 32768);
	}
	b->live[1].steps[0].addr += apart;
	b->live[1].steps[0].map_flags |= MAP_F_DIRTY;
}

/* Findings that are left of the two writes, operations @first and SECOND. */
static size_t judge_at(struct bench *b, uint32_t first, bool pinned)
{
	size_t nr;

	for (int i = 0; i < 2; i++) {
		sample_add(&b->sets[0], &b->live[i], i ? SECOND : first);
		sample_add(&b->sets[1], &b->reference[i], i ? SECOND : first);
	}
	CHECK_EQ(diff_sets(&b->diff, &b->sets[0], &b->sets[1]), 0);
	CHECK(b->diff.by_verdict[VERDICT_DIFFERENT] > 0);
	CHECK_EQ(leaf_block_excuse(&b->diff, &b->wl, ref_rules_find("6.12"), pinned), 0);
	nr = b->diff.by_verdict[VERDICT_DIFFERENT];
	diff_release(&b->diff);
	set_release(&b->sets[0]);
	set_release(&b->sets[1]);
	workload_release(&b->wl);
	return nr;
}

static size_t judge(struct bench *b)
{
	return judge_at(b, FIRST, true);
}

TEST(dirty_where_the_blocks_lie_otherwise_is_placement)
{
	struct bench b;

	begin(&b, FLUSHED, 65536);
	CHECK_EQ(judge(&b), 0);
}

TEST(not_where_they_lie_alike)
{
	struct bench b;

	begin(&b, FLUSHED, 0);
	CHECK_EQ(judge(&b), 1);
}

/* All of the file is somewhere else: it joins as it does in the reference. */
TEST(not_where_all_lies_as_far_away)
{
	struct bench b;

	begin(&b, FLUSHED, 65536);
	b.live[0].steps[0].addr += 65536;
	CHECK_EQ(judge(&b), 1);
}

TEST(not_where_a_scenario_allocated_all_itself)
{
	struct bench b;

	begin(&b, ALONE, 65536);
	CHECK_EQ(judge_at(&b, FIRST, true), 1);
	begin(&b, ALONE, 65536);
	CHECK_EQ(judge_at(&b, FIRST, false), 0);
}

TEST(what_lies_otherwise_is_the_file_itself_and_comes_before)
{
	struct bench b;

	begin(&b, FLUSHED, 65536);
	CHECK_EQ(judge_at(&b, OF_ANOTHER, true), 1);
	begin(&b, FLUSHED, 65536);
	CHECK_EQ(judge_at(&b, LATER, true), 1);
}

/* It is the journal then that knows what is dirty, and a file of indirect blocks has its tables wherever they lie. */
TEST(only_of_a_tree_and_without_a_journal)
{
	struct bench b;

	begin(&b, FLUSHED, 65536);
	for (int i = 0; i < 2; i++)
		b.live[i].rec.journal = b.reference[i].rec.journal = 1;
	CHECK_EQ(judge(&b), 1);
	begin(&b, FLUSHED, 65536);
	for (int i = 0; i < 2; i++) {
		b.live[i].rec.extents = b.reference[i].rec.extents = 0;
		b.live[i].steps[0].map_flags |= MAP_F_MERGED;
		b.reference[i].steps[0].map_flags |= MAP_F_MERGED;
	}
	CHECK_EQ(judge(&b), 1);
}

/* O_DSYNC: flushed, where the reference has FUA. */
TEST(how_it_became_durable_goes_with_it)
{
	struct bench b;

	begin(&b, FLUSHED, 65536);
	for (int i = 0; i < 2; i++) {
		struct write_record *r = i ? &b.live[1].rec : &b.reference[1].rec;

		r->flags = WRITE_DSYNC;
		r->dev_fua = 1;
		r->fua = i ? FUA_NONE : FUA_ALL;
		r->sync = i ? SYNC_FDATASYNC : SYNC_NONE;
	}
	b.reference[1].steps[1].opf |= OPF_FUA;
	b.live[1].rec.flush = 1;
	b.live[1].rec.stage_ns[STAGE_SYNC] = b.live[1].rec.stage_ns[STAGE_COMPLETE] + 500;
	sample_how(&b.live[1], FACT_FLUSH, HOW_OBSERVED);
	sample_how(&b.live[1], FACT_COMMIT, HOW_OBSERVED);
	CHECK_EQ(judge(&b), 0);
}

/* Another type is no matter of what is dirty, */
TEST(another_type_is_not_excused)
{
	struct bench b;

	begin(&b, FLUSHED, 65536);
	b.reference[1].steps[0].role = MAP_UNWRITTEN;
	CHECK_EQ(judge(&b), 1);
}

/* and nothing is of a write that breaks the rules. */
TEST(nor_is_a_write_that_breaks_the_rules)
{
	struct bench b;

	begin(&b, FLUSHED, 65536);
	b.live[1].rec.lock = LOCK_EXCLUSIVE;
	CHECK_EQ(judge(&b), 2);
}

TEST_MAIN()
