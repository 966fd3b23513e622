/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each excuse for a difference between a record and the rules: what it holds for is no finding, and the nearest record
 * for which one of its conditions does not hold is one.
 */
#include "tests/unit/replayed.h"

#include <errno.h>

/* A write that follows from the rules, and then is doctored: is that a finding? */
struct excuse {
	const char *rules;
	void (*write)(struct sample *s);
	struct doctored given[6];
	struct doctored doctored[12];
	bool found;
};

static void check_excuse(const struct excuse *e, size_t row)
{
	struct sample s;
	size_t before, after;

	e->write(&s);
	doctor(&s, e->given, ARRAY_SIZE(e->given));
	settle(&s, e->rules);
	before = count_from(&s, e->rules, e->rules);
	doctor(&s, e->doctored, ARRAY_SIZE(e->doctored));
	after = count_from(&s, e->rules, e->rules);
	if (before || (after > 0) != e->found)
		printf("# row %zu: %zu findings, doctored %zu\n", row, before, after);
	CHECK_EQ(before, 0);
	CHECK_EQ(after > 0, e->found);
}

/* Nothing of it need follow before. */
static void check_as_it_is(const struct excuse *e, size_t row)
{
	struct sample s;
	size_t nr;

	e->write(&s);
	doctor(&s, e->doctored, ARRAY_SIZE(e->doctored));
	nr = count_from(&s, e->rules, e->rules);
	if ((nr > 0) != e->found)
		printf("# row %zu: %zu findings\n", row, nr);
	CHECK_EQ(nr > 0, e->found);
}

static void check_excuses(const struct excuse *e, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		check_excuse(&e[i], i);
}

/* --- writes --- */

static void overwrite(struct sample *s)
{
	sample_overwrite(s, 1, 8192, 4096);
}

/* O_DSYNC, and nothing that its fdatasync would have to write. */
static void dsync(struct sample *s)
{
	overwrite(s);
	s->rec.flags = WRITE_DSYNC;
}

/* Blocks for which the inode, or its map, is dirty. */
static void dsync_dirty(struct sample *s)
{
	dsync(s);
	s->steps[0].map_flags = MAP_F_DIRTY;
}

/* Into blocks that were not there. */
static void hole(struct sample *s)
{
	overwrite(s);
	s->rec.lookup = LOOKUP_HOLE;
	s->steps[0].role = MAP_UNWRITTEN;
	s->steps[0].map_flags = MAP_F_NEW;
}

/* Nothing was mapped. */
static void nothing_mapped(struct sample *s)
{
	overwrite(s);
	s->rec.lookup = LOOKUP_HOLE;
	s->nr = 0;
	s->rec.rounds = s->rec.bios = 0;
}

/* The first of two blocks was mapped. */
static void half_mapped(struct sample *s)
{
	hole(s);
	s->rec.len = s->rec.asked_len = 8192;
}

static void half_unwritten(struct sample *s)
{
	half_mapped(s);
	s->rec.lookup = LOOKUP_PART_UNWRITTEN;
	s->steps[0].map_flags = 0;
}

/* The first of two, which had been written. */
static void half_written(struct sample *s)
{
	overwrite(s);
	s->rec.len = s->rec.asked_len = 8192;
	s->rec.lookup = LOOKUP_PART_WRITTEN;
}

static void buffered(struct sample *s)
{
	sample_buffered(s, 1, "f");
	s->rec.inode_flags = INODE_JOURNAL_DATA;
	s->rec.data_mode = DATA_JOURNAL;
	sample_how(s, FACT_LOOKUP, HOW_NOT_REACHED);
}

/* Refused before it had the lock. */
static void refused(struct sample *s)
{
	sample_bare(s, 1, "f", 8192, 4096);
	s->rec.flags = WRITE_NOWAIT;
	s->rec.lookup = LOOKUP_NONE;
	s->rec.ret = -EAGAIN;
	memset(&s->rec.stage_ns[STAGE_CHECK], 0, (STAGE_RETURN - STAGE_CHECK) * sizeof(s->rec.stage_ns[0]));
	for (int f = 0; f < NR_FACTS; f++)
		if (replay_decides((enum write_fact)f) && f != FACT_RET && f != FACT_ISIZE_AFTER)
			sample_how(s, (enum write_fact)f, HOW_NOT_REACHED);
	sample_how(s, FACT_SYNC, HOW_OBSERVED); /* none */
	sample_how(s, FACT_FALLBACK, HOW_OBSERVED);
}

/* --- room --- */

TEST(where_room_ran_out_no_fact_tells)
{
	static const struct excuse rows[] = {
		{"6.12", buffered, {IS(FALLBACK_RET, -ENOSPC), IS(RET, -ENOSPC)}, {IS(TRUNCATE, 1)}, false},
		{"6.12", buffered, {IS(FALLBACK_RET, -EIO), IS(RET, -EIO)}, {IS(TRUNCATE, 1)}, true},
		{"6.12", nothing_mapped, {IS(DIO_RET, -ENOSPC), IS(RET, -ENOSPC)}, {IS(TRUNCATE, 1)}, true},
		{"6.16", buffered, {IS(FALLBACK_RET, -EFAULT), IS(RET, -EFAULT)}, {IS(TRUNCATE, 1)}, false},
		{"6.12", buffered, {IS(FALLBACK_RET, -EFAULT), IS(RET, -EFAULT)}, {IS(TRUNCATE, 1)}, true},
		{"6.16", nothing_mapped, {IS(DIO_RET, -EFAULT), IS(RET, -EFAULT)}, {IS(TRUNCATE, 1)}, true},
		{"6.16", buffered, {}, {IS(TRUNCATE, 1)}, true},
		{"6.12", buffered, {IS(FALLBACK_RET, 1024), IS(RET, 1024)}, {IS(TRUNCATE, 1)}, false},
		{"6.12", buffered, {IS(FALLBACK_RET, 4096), IS(RET, 4096)}, {IS(TRUNCATE, 1)}, true},
		{"6.12",
		 buffered,
		 {IS(FALLBACK_RET, 1024), IS(RET, 1024)},
		 {IS(TRUNCATE, 1), IS(JOURNAL_STARTS, 3)},
		 true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

TEST(an_allocation_is_tried_again_where_room_ran_out)
{
	static const struct excuse rows[] = {
		{"6.12", hole, {}, {IS(JOURNAL_STARTS, 2)}, false},
		{"6.12", hole, {}, {IS(JOURNAL_STARTS, 0)}, true},
		{"6.12", hole, {IS(JOURNAL, 0)}, {IS(JOURNAL_STARTS, 2)}, true},
		{"6.12", overwrite, {}, {IS(JOURNAL_STARTS, 1)}, true},
		{"6.12", nothing_mapped, {IS(DIO_RET, -ENOSPC)}, {IS(JOURNAL_STARTS, 2)}, false},
		{"6.12", nothing_mapped, {IS(DIO_RET, -EIO)}, {IS(JOURNAL_STARTS, 2)}, true},
		{"6.12", half_mapped, {IS(DIO_RET, -ENOSPC)}, {IS(JOURNAL_STARTS, 3)}, false},
		/* an error of the device that comes in its place */
		{"7.0", half_unwritten, {IS(DIO_RET, -EIO)}, {IS(JOURNAL_STARTS, 2)}, false},
		{"6.12", overwrite, {IS(DIO_RET, -EIO), IS(END_ERROR, -EIO)}, {IS(JOURNAL_STARTS, 1)}, true},
		{"6.12", half_written, {IS(EXTENTS, 0), IS(DIO_RET, 4096)}, {IS(JOURNAL_STARTS, 3)}, true},
		{"6.12", hole, {}, {IS(JOURNAL_STARTS, 2), IS(ZERO_TAIL, 512)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* --- refused --- */

TEST(whether_the_lock_was_free_is_not_decided)
{
	static const struct excuse rows[] = {
		{"6.12", refused, {}, {}, false},
		{"6.12", refused, {}, {IS(LOCK_FIRST, LOCK_NONE)}, false},
		{"6.12", refused, {}, {IS(LOCK_FIRST, LOCK_SHARED)}, true},
		{"6.12", refused, {}, {IS(FLAGS, 0), IS(SUBMIT, SUBMIT_IO_URING)}, false},
		{"6.12", refused, {}, {IS(FLAGS, 0)}, true},
		{"6.12", refused, {}, {IS(RET, -EIO)}, true},
		{"6.12", refused, {}, {IS(OPS, OPS_OVERWRITE)}, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_as_it_is(&rows[i], i);
}

static void refused_over_hole(struct sample *s)
{
	nothing_mapped(s);
	s->rec.flags = WRITE_NOWAIT;
}

/* Pages were in the way, under iomap. */
static void refused_for_pages(struct sample *s)
{
	overwrite(s);
	s->rec.flags = WRITE_NOWAIT;
	s->rec.invalidate = -EAGAIN;
}

TEST(an_older_record_has_no_reason)
{
	static const struct excuse rows[] = {
		{"6.12", refused_over_hole, {UNKNOWN(DATA_MODE)}, {UNREACHED(UPGRADE_REASON)}, false},
		{"6.12", refused_over_hole, {}, {UNREACHED(UPGRADE_REASON)}, true},
		{"6.12", refused_over_hole, {UNKNOWN(DATA_MODE)}, {UNREACHED(UPGRADE_REASON), UNKNOWN(RET)}, true},
		{"6.12", refused_for_pages, {UNKNOWN(DATA_MODE)}, {IS(UPGRADE_REASON, UPGRADE_EXTEND)}, true},
		{"6.12", refused_over_hole, {UNKNOWN(DATA_MODE)}, {UNREACHED(UPGRADE_REASON), IS(CHECKS, 2)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* --- flush and commit --- */

/* An extension: its mapping is dirty whatever there is to write. */
static void dsync_beyond(struct sample *s)
{
	dsync(s);
	s->rec.lookup = LOOKUP_NONE;
	s->rec.isize = s->rec.disksize = 8192;
	s->steps[0].map_flags = MAP_F_NEW | MAP_F_DIRTY;
}

static void beyond(struct sample *s)
{
	dsync_beyond(s);
	s->rec.flags = 0;
}

/* A hole without extents: the page cache takes it. */
static void dsync_buffered(struct sample *s)
{
	dsync(s);
	s->rec.lookup = LOOKUP_HOLE;
	s->rec.extents = 0;
	s->steps[0].role = MAP_HOLE;
}

static void buffered_beyond(struct sample *s)
{
	dsync_buffered(s);
	s->rec.flags = 0;
	s->rec.isize = s->rec.disksize = 10240;
	s->rec.fallback = FALLBACK_WHOLE;
	sample_how(s, FACT_FALLBACK_RET, HOW_OBSERVED);
	s->rec.fallback_len = s->rec.fallback_ret = 4096;
	s->rec.data_bytes = 0;
}

/* The second of two blocks is new, and makes the inode dirty. */
static void dsync_new(struct sample *s)
{
	half_written(s);
	s->rec.flags = WRITE_DSYNC;
	sample_round(s, MAP_UNWRITTEN, MAP_F_NEW | MAP_F_DIRTY, 12288, 4096);
	s->steps[s->nr - 1].addr += 1 << 20;
}

TEST(without_a_journal_a_flush_tells_what_was_dirty)
{
	static const struct excuse rows[] = {
		{"6.1", dsync_dirty, {IS(JOURNAL, 0)}, {IS(FLUSH, 0)}, false},
		{"6.1", dsync_dirty, {IS(JOURNAL, 0)}, {IS(FLUSH, 1)}, false},
		{"6.1", dsync_dirty, {IS(JOURNAL, 0), IS(DEV_FUA, 1)}, {IS(FLUSH, 0)}, false},
		{"6.1", dsync_new, {IS(JOURNAL, 0)}, {IS(FLUSH, 1)}, false},
		{"6.1", dsync, {IS(JOURNAL, 0)}, {IS(FLUSH, 1)}, true},
		{"6.1", dsync, {IS(JOURNAL, 0), IS(ISIZE, 12288), IS(DISKSIZE, 12288)}, {IS(FLUSH, 1)}, true},
		{"6.12", dsync_dirty, {IS(JOURNAL, 0)}, {IS(FLUSH, 0)}, true},
		{"6.1", dsync_beyond, {IS(JOURNAL, 0)}, {IS(FLUSH, 0)}, false},
		{"6.12", dsync_beyond, {IS(JOURNAL, 0)}, {IS(FLUSH, 0)}, true},
		{"6.1", dsync_beyond, {IS(JOURNAL, 0), IS(BARRIER, 0)}, {IS(FLUSH, 1)}, false},
		{"6.1", beyond, {IS(JOURNAL, 0)}, {IS(FLUSH, 1)}, true},
		{"6.1", dsync_buffered, {IS(JOURNAL, 0)}, {IS(FLUSH, 0)}, false},
		{"6.1", dsync_buffered, {IS(JOURNAL, 0)}, {IS(FLUSH, 1)}, false},
		{"6.1", dsync_beyond, {IS(JOURNAL, 0)}, {IS(FLUSH, 0), IS(COMMIT, 1)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

TEST(a_journal_commits_when_it_does)
{
	static const struct excuse rows[] = {
		{"6.12", dsync, {}, {IS(COMMIT, 1), IS(FLUSH, 0)}, false},
		{"6.12", dsync, {}, {IS(COMMIT, 0), IS(FLUSH, 1)}, false},
		{"6.12", dsync, {IS(JOURNAL, 0)}, {IS(COMMIT, 1)}, true},
		{"6.12", overwrite, {}, {IS(COMMIT, 1)}, true},
		{"6.12", dsync, {}, {IS(COMMIT, 1), IS(TRUNCATE, 1)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* --- lock --- */

#define ALONE		     IS(LOCK, LOCK_EXCLUSIVE), IS(OPS, OPS_IOMAP)
#define ALONE_FROM_THE_START IS(LOCK_FIRST, LOCK_EXCLUSIVE), ALONE
#define GAVE_UP_FOR(reason)  IS(UPGRADE, 1), IS(UPGRADE_REASON, reason), IS(CHECKS, 2), ALONE

TEST(a_limit_may_have_cut_it_under_the_lock)
{
	static const struct excuse rows[] = {
		{"6.12", overwrite, {UNKNOWN(ASKED_LEN)}, {ALONE_FROM_THE_START}, false},
		{"6.12", overwrite, {UNKNOWN(ASKED_LEN), IS(ISIZE, 12288)}, {ALONE_FROM_THE_START}, false},
		{"6.12", overwrite, {}, {ALONE_FROM_THE_START}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

static void by_worker(struct sample *s)
{
	overwrite(s);
	s->rec.submit = SUBMIT_IO_URING;
	s->rec.worker = 1;
}

TEST(a_worker_may_have_found_a_shorter_file)
{
	static const struct excuse rows[] = {
		{"6.12", by_worker, {}, {INFERRED(LOCK_FIRST, LOCK_EXCLUSIVE), ALONE}, false},
		{"6.12", by_worker, {UNKNOWN(WORKER)}, {INFERRED(LOCK_FIRST, LOCK_EXCLUSIVE), ALONE}, false},
		{"6.12", by_worker, {IS(WORKER, 0)}, {INFERRED(LOCK_FIRST, LOCK_EXCLUSIVE), ALONE}, true},
		{"6.12", by_worker, {}, {ALONE_FROM_THE_START}, true},
		{"6.12", by_worker, {IS(SUBMIT, SUBMIT_LIBAIO)}, {INFERRED(LOCK_FIRST, LOCK_EXCLUSIVE), ALONE}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

TEST(delayed_allocations_may_have_been_written_back)
{
	static const struct excuse rows[] = {
		{"6.12", overwrite, {}, {IS(DISKSIZE, 8192)}, false},
		/* the look: of blocks that have been there since */
		{"6.12",
		 overwrite,
		 {UNKNOWN(LOOKUP), IS(DISKSIZE, 16384)},
		 {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)},
		 false},
		{"6.12", overwrite, {UNKNOWN(LOOKUP)}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)}, true},
		{"6.12", overwrite, {IS(DISKSIZE, 16384)}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)}, true},
		/* or a hole that those filled who had the lock until then */
		{"6.12",
		 overwrite,
		 {UNKNOWN(LOOKUP)},
		 {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE), IS(LOCK_WAIT, 1000)},
		 false},
		{"6.12", overwrite, {UNKNOWN(LOOKUP)}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE), UNKNOWN(LOCK_WAIT)}, false},
		{"6.12", overwrite, {UNKNOWN(LOOKUP)}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE), IS(LOCK_WAIT, 0)}, true},
		{"6.12", overwrite, {}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE), IS(LOCK_WAIT, 1000)}, true},
		{"6.12", overwrite, {UNKNOWN(LOOKUP)}, {ALONE_FROM_THE_START, IS(LOCK_WAIT, 1000)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* Two blocks, the last in part. */
static void with_tail(struct sample *s)
{
	sample_overwrite(s, 1, 8192, 4608);
	s->steps[0].len = 8192;
}

static void hole_with_tail(struct sample *s)
{
	with_tail(s);
	s->rec.lookup = LOOKUP_NONE;
	s->steps[0].role = MAP_UNWRITTEN;
	s->steps[0].map_flags = MAP_F_NEW;
}

/* It ended before it came to the last block. */
static void tail_not_mapped(struct sample *s)
{
	with_tail(s);
	s->rec.lookup = LOOKUP_NONE;
	s->rec.dio_ret = -EIO;
	s->steps[0].len = 4096;
}

static void hole_tail_not_mapped(struct sample *s)
{
	hole_with_tail(s);
	s->rec.dio_ret = -EIO;
	s->steps[0].len = 4096;
}

#define ZEROES GAVE_UP_FOR(UPGRADE_NEEDS_ZEROING), IS(DIO_WAIT, 1), IS(FORCE_WAIT, 1)
#define ZEROES_NOT                                                                                                     \
	IS(UPGRADE, 0), UNREACHED(UPGRADE_REASON), IS(CHECKS, 1), IS(LOCK, LOCK_SHARED), IS(DIO_WAIT, 0),              \
		IS(FORCE_WAIT, 0)

TEST(of_the_look_at_the_last_block_no_fact_tells)
{
	static const struct excuse rows[] = {
		{"7.3", with_tail, {}, {ZEROES}, false},
		{"6.12", with_tail, {}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE), IS(DIO_WAIT, 1), IS(FORCE_WAIT, 1)}, true},
		{"7.3", hole_with_tail, {}, {ZEROES_NOT}, true},
		{"7.3", tail_not_mapped, {}, {ZEROES}, false},
		{"7.3", hole_tail_not_mapped, {}, {ZEROES_NOT}, false},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

static void two_blocks(struct sample *s)
{
	sample_overwrite(s, 1, 8192, 8192);
}

static void two_unwritten(struct sample *s)
{
	two_blocks(s);
	s->rec.lookup = LOOKUP_UNWRITTEN;
	s->steps[0].role = MAP_UNWRITTEN;
}

TEST(a_look_that_is_told_decides)
{
	static const struct excuse rows[] = {
		{"6.12", overwrite, {}, {IS(LOOKUP, LOOKUP_DELALLOC), GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)}, false},
		{"6.12", two_blocks, {}, {IS(LOOKUP, LOOKUP_PART_WRITTEN), GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)}, false},
		{"7.0",
		 two_unwritten,
		 {},
		 {IS(LOOKUP, LOOKUP_PART_UNWRITTEN), GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)},
		 false},
		{"6.12", two_blocks, {}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)}, true},
		{"7.0", two_unwritten, {}, {GAVE_UP_FOR(UPGRADE_NOT_OVERWRITE)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

static void refused_in_block(struct sample *s)
{
	refused_over_hole(s);
	s->rec.len = s->rec.asked_len = 512;
	s->rec.addr_align = s->rec.seg_align = 512;
}

TEST(where_nothing_was_mapped_it_may_have_been_anything)
{
	static const struct excuse rows[] = {
		{"6.12", refused_for_pages, {}, {UNKNOWN(LOOKUP)}, false},
		{"6.12", refused_in_block, {IS(LOOKUP, LOOKUP_UNWRITTEN)}, {UNKNOWN(LOOKUP)}, false},
		{"6.12", refused_in_block, {IS(LOOKUP, LOOKUP_UNWRITTEN)}, {IS(LOOKUP, LOOKUP_HOLE)}, true},
		{"6.12", refused_over_hole, {}, {UNKNOWN(LOOKUP)}, false},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

TEST(lengths_that_are_no_part_of_the_whole_are_of_segments)
{
	static const struct excuse rows[] = {
		{"6.12", overwrite, {}, {IS(SEGMENTS, 2), IS(SEG_ALIGN, 512)}, true},
		{"6.12", overwrite, {IS(SEGMENTS, 2), IS(SEG_ALIGN, 512)}, {}, false},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* Delayed allocations that nobody has written back: all of it is beyond the disk's size. */
TEST(what_is_beyond_the_size_on_disk_extends)
{
	struct sample s;

	overwrite(&s);
	s.rec.disksize = 8192;
	s.rec.zero_tail = 512; /* no move explains it */
	settle(&s, "6.12");
	CHECK_EQ(s.rec.extend, 1);
}

/* Inside of a block that was a hole, and was written when the look was repeated. */
static void in_block(struct sample *s)
{
	sample_hole(s, 1, "f");
	s->rec.lookup = LOOKUP_HOLE;
	s->nr = 0;
	s->rec.rounds = s->rec.bios = 0;
	sample_round(s, MAP_MAPPED, 0, 4096, 4096);
}

TEST(what_was_looked_at_may_have_been_written_under_the_second_lock)
{
	static const struct excuse rows[] = {
		{"6.12", in_block, {}, {IS(DIO_WAIT, 0)}, false},
		{"6.12", in_block, {IS(LOOKUP, LOOKUP_WRITTEN)}, {IS(DIO_WAIT, 1)}, true},
		{"6.12", in_block, {}, {IS(DIO_WAIT, 0), IS(CONVERT, 1)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* An append asks for its place when it has the lock: another one may have come first. */
static void append(struct sample *s)
{
	sample_bare(s, 1, "f", 1 << 20, 4096);
	s->rec.flags = WRITE_APPEND;
	s->rec.asked_pos = 0;
	s->rec.lookup = LOOKUP_NONE;
	sample_round(s, MAP_MAPPED, MAP_F_NEW | MAP_F_DIRTY, 1 << 20, 4096);
}

TEST(an_append_may_have_asked_from_the_end_of_the_file)
{
	static const struct excuse rows[] = {
		{"6.12", append, {IS(ASKED_POS, 1 << 20)}, {UNKNOWN(ASKED_POS)}, false},
		{"6.12", append, {IS(ASKED_POS, 1 << 20)}, {IS(ASKED_POS, 0)}, true},
		{"6.12",
		 append,
		 {IS(ASKED_POS, 1 << 20), IS(SUBMIT, SUBMIT_IO_URING), IS(WORKER, 1)},
		 {IS(ASKED_POS, 0), IS(ATTEMPTS, 2)},
		 false},
		{"6.12",
		 append,
		 {IS(ASKED_POS, 1 << 20), IS(SUBMIT, SUBMIT_IO_URING), IS(WORKER, 1)},
		 {IS(ASKED_POS, 0)},
		 true},
		{"6.12",
		 append,
		 {IS(ASKED_POS, 1 << 20), IS(SUBMIT, SUBMIT_LIBAIO)},
		 {IS(ASKED_POS, 0), IS(ATTEMPTS, 2)},
		 true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* Where it wrote is where the file ended by then: that is no size that may have moved, and what follows is checked. */
TEST(where_an_append_wrote_tells_the_size)
{
	struct sample s;
	struct replay r;

	append(&s);
	s.rec.isize = s.rec.disksize = 1 << 19;
	settle(&s, "6.12");
	CHECK_EQ(s.rec.isize_after, (1 << 20) + 4096);
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK(!r.varies[FACT_ISIZE_AFTER]);
	replay_release(&r);
}

/* One that came to no place tells nothing of it. */
static void refused_append(struct sample *s)
{
	append(s);
	s->rec.flags |= WRITE_NOWAIT;
	s->rec.pos = 0;
	s->rec.isize_after = s->rec.isize;
	s->rec.how[FACT_OPS] = HOW_NOT_REACHED;
	s->rec.stage_ns[STAGE_IOMAP] = 0;
}

TEST(an_append_that_was_refused_tells_no_size)
{
	struct sample s;

	refused_append(&s);
	settle(&s, "6.12");
	CHECK_EQ(s.rec.ret, -EAGAIN);
	CHECK_EQ(s.rec.isize_after, s.rec.isize);
}

TEST(who_wrote_for_io_uring_may_not_be_known)
{
	static const struct excuse rows[] = {
		{"6.12", hole, {IS(SUBMIT, SUBMIT_IO_URING), IS(WORKER, 1)}, {UNKNOWN(WORKER)}, false},
		{"6.12", hole, {IS(SUBMIT, SUBMIT_IO_URING), IS(WORKER, 1)}, {IS(WORKER, 0)}, true},
		{"6.12",
		 hole,
		 {IS(SUBMIT, SUBMIT_IO_URING), IS(WORKER, 1)},
		 {UNKNOWN(WORKER), IS(FLAGS, WRITE_NOWAIT)},
		 true},
		{"6.12", hole, {IS(SUBMIT, SUBMIT_IO_URING), IS(WORKER, 1)}, {IS(WORKER, 0), IS(ATTEMPTS, 2)}, true},
		{"6.12", hole, {IS(SUBMIT, SUBMIT_LIBAIO)}, {UNKNOWN(WORKER), IS(FLAGS, WRITE_NOWAIT)}, true},
		{"6.12", overwrite, {}, {IS(SUBMIT, SUBMIT_KERNEL)}, false},
		{"6.12", overwrite, {IS(SUBMIT, SUBMIT_LIBAIO)}, {IS(SUBMIT, SUBMIT_KERNEL)}, false},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* The file ended behind it when it entered, and where it begins when it had the lock. */
static void cut_before(struct sample *s)
{
	overwrite(s);
	s->rec.lookup = LOOKUP_NONE;
	s->rec.isize_after = 12288;
	s->steps[0].map_flags = MAP_F_DIRTY;
}

/* Its last byte was left of the file. */
static void cut_inside(struct sample *s)
{
	cut_before(s);
	s->steps[0].role = MAP_UNWRITTEN;
	s->steps[0].map_flags = MAP_F_NEW | MAP_F_DIRTY;
}

#define EXTENDS                                                                                                        \
	GAVE_UP_FOR(UPGRADE_EXTEND | UPGRADE_NOT_OVERWRITE), IS(EXTEND, 1), IS(FORCE_WAIT, 1), IS(ORPHAN, 1),          \
		IS(JOURNAL_STARTS, 1)

TEST(a_file_that_was_cut_is_extended)
{
	static const struct excuse rows[] = {
		{"6.12", cut_before, {}, {EXTENDS}, false},
		{"6.12", cut_inside, {}, {EXTENDS, IS(CONVERT, 1)}, false},
		{"6.12", cut_before, {}, {EXTENDS, IS(ISIZE_AFTER, 1 << 20)}, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_as_it_is(&rows[i], i);
}

TEST(a_size_that_did_not_move_excuses_nothing)
{
	static const struct excuse rows[] = {
		{"6.12", beyond, {}, {}, false},
		{"6.12", beyond, {IS(ISIZE, 16384), IS(DISKSIZE, 16384)}, {ALONE_FROM_THE_START, IS(EXTEND, 1)}, true},
		{"6.12", beyond, {}, {IS(ISIZE_AFTER, 16384)}, false},
		{"6.12", beyond, {}, {IS(ISIZE_AFTER, 16384), IS(TRUNCATE, 1)}, true},
	};

	check_excuses(rows, ARRAY_SIZE(rows));
}

/* --- what is left open --- */

/* The second block was a hole, or had been unwritten as the first, elsewhere. */
static void two_new(struct sample *s)
{
	hole(s);
	s->rec.len = s->rec.asked_len = 8192;
	s->rec.lookup = LOOKUP_PART_UNWRITTEN;
	sample_round(s, MAP_UNWRITTEN, MAP_F_NEW, 12288, 4096);
	s->steps[s->nr - 1].addr += 1 << 20;
}

/* @open: the one row that makes facts vary; NULL: none does. */
struct left_open {
	const char *rules;
	void (*write)(struct sample *s);
	struct doctored given[6];
	const char *open;
};

/* It is when it is looked at that something is unknown. */
static void doctor_known(struct sample *s, const struct left_open *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(row->given); i++)
		if (row->given[i].how != HOW_UNKNOWN)
			doctor(s, &row->given[i], 1);
}

static const char *first_vague(const struct replay *r)
{
	for (size_t i = 0; replay_unknown_name(i); i++)
		if (r->vague[i])
			return replay_unknown_name(i);
	return "none";
}

TEST(only_what_is_unknown_is_left_open)
{
	static const struct left_open rows[] = {
		{"6.12", overwrite, {}, NULL},
		{"6.12", overwrite, {UNKNOWN(ASKED_POS)}, NULL},
		{"6.12", overwrite, {UNKNOWN(ASKED_LEN)}, NULL},
		{"6.12", overwrite, {IS(SUBMIT, SUBMIT_LIBAIO)}, NULL},
		{"6.12", overwrite, {IS(SUBMIT, SUBMIT_KERNEL)}, "whether a caller in the kernel waited"},
		{"6.12", with_tail, {}, NULL},
		{"7.3", with_tail, {}, NULL},
		{"7.3", overwrite, {IS(FLAGS, WRITE_NOWAIT)}, "whether a timestamp was due"},
		{"7.3", overwrite, {}, NULL},
		{"7.3", overwrite, {IS(FLAGS, WRITE_SYNC | WRITE_DSYNC)}, NULL},
		{"7.2", overwrite, {IS(FLAGS, WRITE_NOWAIT)}, NULL},
		{"6.12", hole, {}, NULL},
		{"6.1", hole, {IS(JOURNAL, 0), IS(FLAGS, WRITE_DSYNC)}, NULL},
		{"6.12", hole, {UNKNOWN(LOOKUP)}, "whether new blocks were unwritten before"},
		{"7.0", hole, {UNKNOWN(LOOKUP)}, NULL},
		{"6.12", refused_for_pages, {}, NULL},
		{"6.12", refused_for_pages, {UNKNOWN(LOOKUP)}, "what the range was mapped to"},
		{"6.12", overwrite, {UNKNOWN(LOOKUP)}, NULL},
		{"6.12", by_worker, {}, NULL},
		{"6.12", by_worker, {IS(WORKER, 0)}, NULL},
		{"6.12", hole, {IS(SUBMIT, SUBMIT_IO_URING), UNKNOWN(WORKER)}, "whether a worker of io_uring wrote"},
		{"6.12", refused_over_hole, {IS(SUBMIT, SUBMIT_IO_URING), UNKNOWN(WORKER)}, NULL},
		{"6.12", hole, {IS(SUBMIT, SUBMIT_IO_URING), IS(WORKER, 1), IS(ATTEMPTS, 2), UNKNOWN(WORKER)}, NULL},
		{"6.1", two_new, {IS(JOURNAL, 0), IS(FLAGS, WRITE_DSYNC)}, NULL},
		{"6.12", overwrite, {UNKNOWN(DISKSIZE)}, "i_disksize"},
		{"7.2", overwrite, {IS(ADDR_ALIGN, 100)}, NULL},
		{"7.2", overwrite, {IS(ADDR_ALIGN, 100), IS(SEGMENTS, 2)}, "how the segments lie in memory"},
		{"7.2", overwrite, {IS(SEGMENTS, 2)}, NULL},
		{"6.12", overwrite, {IS(ADDR_ALIGN, 100), IS(SEGMENTS, 2)}, NULL},
		{"6.1", dsync_dirty, {IS(JOURNAL, 0)}, "whether the inode was dirty, or a block of its map"},
		{"6.1", dsync_dirty, {}, NULL},
		{"6.12", dsync_dirty, {IS(JOURNAL, 0)}, NULL},
		{"6.12", overwrite, {IS(INODE_FLAGS, INODE_JOURNAL_DATA)}, "whether allocation is delayed"},
		{"6.12", buffered_beyond, {IS(FALLBACK_RET, 1024), IS(RET, 1024)}, "whether allocation is delayed"},
		{"6.16",
		 buffered_beyond,
		 {IS(FALLBACK_RET, -EFAULT), IS(RET, -EFAULT)},
		 "whether allocation is delayed"},
		{"6.16",
		 buffered_beyond,
		 {IS(FALLBACK_RET, -EFAULT), UNKNOWN(FALLBACK_RET)},
		 "whether allocation is delayed"},
		{"6.12", buffered_beyond, {}, NULL},
		{"6.12", buffered_beyond, {IS(FLAGS, WRITE_DSYNC)}, NULL},
		{"6.12", overwrite, {IS(ASKED_LEN, 8192)}, "how long the segments were that a limit cut"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sample s;
		struct replay r;

		rows[i].write(&s);
		doctor_known(&s, &rows[i]);
		settle(&s, rows[i].rules);
		doctor(&s, rows[i].given, ARRAY_SIZE(rows[i].given));
		findings(&s, rows[i].rules, rows[i].rules, &r);
		if (strcmp(first_vague(&r), rows[i].open ?: "none"))
			printf("# row %zu\n", i);
		CHECK_STR(first_vague(&r), rows[i].open ?: "none");
		replay_release(&r);
	}
}

TEST_MAIN()
