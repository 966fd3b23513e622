/* SPDX-License-Identifier: GPL-2.0-only */
/* One recorded write against the rules: what must follow, what need not, and what is left open. */
#include "refimpl/env/env_trace.h"
#include "refimpl/explain.h"
#include "tests/unit/replayed.h"

#include <errno.h>

static void overwrite(struct sample *s)
{
	sample_overwrite(s, 1, 8192, 4096);
}

static size_t count(struct sample *s, const char *rules)
{
	return count_from(s, rules, "6.12");
}

static size_t count_of_its_own(struct sample *s, const char *rules)
{
	return count_from(s, rules, rules);
}

TEST(what_follows_is_no_finding)
{
	struct sample s;

	overwrite(&s);
	CHECK_EQ(count(&s, "6.12"), 0);
}

TEST(each_decision_that_is_another_is_a_finding)
{
	static const enum write_fact facts[] = {
		FACT_LOCK,	 FACT_EXTEND,	  FACT_DIO_WAIT,  FACT_OPS,	 FACT_DATA_BYTES,
		FACT_ZERO_HEAD,	 FACT_CONVERT,	  FACT_ORPHAN,	  FACT_SYNC,	 FACT_DIO_RET,
		FACT_FALLBACK,	 FACT_TRUNCATE,	  FACT_FUA,	  FACT_RET,	 FACT_CONTEXT,
		FACT_END_ERROR,	 FACT_LOCK_FIRST, FACT_UPGRADE,	  FACT_CHECKS,	 FACT_QUEUED,
		FACT_FORCE_WAIT, FACT_UNALIGNED,  FACT_ZERO_TAIL, FACT_END_SIZE, FACT_BIOS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		struct sample s;
		uint8_t *at;

		overwrite(&s);
		at = (uint8_t *)&s.rec + write_fields[facts[i]].offset;
		*at ^= 1;
		CHECK(count(&s, "6.12") > 0);
	}
}

/* The whole of a file whose data are journalled goes through the page cache. */
TEST(each_fact_of_a_fallback_that_is_another_is_a_finding)
{
	static const enum write_fact facts[] = {FACT_FALLBACK, FACT_FALLBACK_REASON, FACT_FALLBACK_POS,
						FACT_FALLBACK_LEN};
	struct sample s;

	for (size_t i = 0; i <= ARRAY_SIZE(facts); i++) {
		sample_buffered(&s, 1, "f");
		s.rec.inode_flags = INODE_JOURNAL_DATA;
		s.rec.data_mode = DATA_JOURNAL;
		sample_how(&s, FACT_FLUSH, HOW_NOT_REACHED);
		sample_how(&s, FACT_COMMIT, HOW_NOT_REACHED);
		sample_how(&s, FACT_LOCK_FIRST, HOW_NOT_REACHED);
		sample_how(&s, FACT_SYNC, HOW_OBSERVED);
		if (i < ARRAY_SIZE(facts))
			*((uint8_t *)&s.rec + write_fields[facts[i]].offset) ^= 1;
		CHECK_EQ(count(&s, "6.12") > 0, i < ARRAY_SIZE(facts));
	}
}

TEST(another_kernel_decides_otherwise)
{
	struct explanation why;
	struct sample s;
	struct write live;

	overwrite(&s);
	CHECK(count(&s, "7.3") > 0);
	live = write_of(&s);
	CHECK_EQ(explain_write(&why, &live, rules_of("7.3"), rules_of("6.12")), 0);
	CHECK_EQ(why.nr, 1);
	CHECK_STR(why.parts[0].row ? why.parts[0].row->name : "none", "overwrite_ops");
	CHECK_EQ(why.parts[0].value, REF_OVERWRITE_OPS_WRITTEN);
}

/* Not a rule of any kernel: it falls to no row. */
TEST(what_no_kernel_does_is_explained_by_none)
{
	struct explanation why;
	struct sample s;
	struct write live;

	overwrite(&s);
	s.rec.truncate = 1;
	live = write_of(&s);
	CHECK_EQ(explain_write(&why, &live, rules_of("6.12"), rules_of("6.12")), 0);
	CHECK_EQ(why.nr, 1);
	CHECK(!why.parts[0].row && !why.parts[0].as);
	CHECK_EQ(why.parts[0].fact, FACT_TRUNCATE);
}

/* Whatever it was, an exclusive lock that was given up for S_NOSEC or not: the lock is not checked, the rest is. */
TEST(what_is_unknown_is_not_checked)
{
	struct replay r;
	struct sample s;
	uint64_t compared;

	overwrite(&s);
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK(!r.varies[FACT_LOCK] && r.compared);
	compared = r.compared;
	replay_release(&r);
	sample_how(&s, FACT_NOSEC, HOW_UNKNOWN);
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK(r.varies[FACT_LOCK] && !r.varies[FACT_DATA_BYTES] && r.vague[0] > 0);
	CHECK(r.compared < compared); /* what may be either is no pass */
	replay_release(&r);
}

TEST(what_is_inferred_counts_as_that)
{
	struct replay r;
	struct sample s;

	overwrite(&s);
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK_EQ(r.inferred, 0);
	replay_release(&r);
	sample_how(&s, FACT_CONVERT, HOW_INFERRED);
	sample_how(&s, FACT_ORPHAN, HOW_INFERRED);
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK_EQ(r.inferred, 2);
	replay_release(&r);
}

/* It is open, but nothing that it may have been makes this follow. */
TEST(what_is_unknown_is_no_excuse)
{
	struct sample s;

	overwrite(&s);
	sample_how(&s, FACT_NOSEC, HOW_UNKNOWN);
	s.rec.zero_tail = 512;
	CHECK(count(&s, "6.12") > 0);
}

/* Two extend one file: the second found the size that the first had left when it had the lock. */
TEST(a_size_that_moved_is_no_finding)
{
	struct sample s;

	overwrite(&s);
	s.rec.isize = s.rec.disksize = 8192; /* when it entered */
	s.rec.isize_after = 16384;	     /* by others */
	s.rec.lock_first = s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.lookup = LOOKUP_NONE;
	s.rec.ops = OPS_IOMAP;
	CHECK_EQ(count(&s, "6.12"), 0);
	s.rec.isize_after = 8192; /* but here nobody did */
	CHECK(count(&s, "6.12") > 0);
}

/* It was unwritten when it was looked at, a handle was started to map it, and by then another write had it converted.
 */
TEST(a_conversion_that_came_between_is_no_finding)
{
	struct sample s;

	overwrite(&s);
	s.rec.lookup = LOOKUP_UNWRITTEN;
	s.rec.ops = OPS_IOMAP;
	s.rec.journal_starts = 1;
	CHECK_EQ(count_of_its_own(&s, "6.18"), 0);
	s.rec.journal_starts = 2; /* one mapping, one handle */
	CHECK(count_of_its_own(&s, "6.18") > 0);
	s.rec.journal_starts = 1;
	s.rec.ops = OPS_OVERWRITE; /* which start none */
	CHECK(count_of_its_own(&s, "6.18") > 0);
}

/* Two rounds beside each other in the file are one extent only where they are so on the device. */
TEST(a_look_ends_where_the_extent_does)
{
	struct trace_look look = {0};
	struct sample s;
	struct write live;

	sample_bare(&s, 1, "f", 8192, 8192);
	sample_round(&s, MAP_MAPPED, 0, 8192, 4096);
	sample_round(&s, MAP_MAPPED, 0, 12288, 4096);
	live = write_of(&s);
	CHECK(trace_first_run(&live, false, &look));
	CHECK_EQ(look.state, REF_WRITTEN);
	CHECK(look.whole);
	s.steps[1].addr += 4096;
	live = write_of(&s);
	CHECK(trace_first_run(&live, false, &look));
	CHECK(!look.whole);
	s.steps[1].addr -= 4096; /* and of one state */
	s.steps[1].role = MAP_UNWRITTEN;
	live = write_of(&s);
	CHECK(trace_first_run(&live, false, &look));
	CHECK_EQ(look.state, REF_WRITTEN);
	CHECK(!look.whole);
}

/* Whose commit an fsync finds is a matter of time where there is a journal; where there is none, nothing commits. */
TEST(only_a_journal_excuses_a_commit)
{
	static const struct {
		uint8_t journal, commit;
		bool found;
	} cases[] = {{1, 0, false}, {1, 1, false}, {0, 0, false}, {0, 1, true}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample s;

		overwrite(&s);
		s.rec.flags |= WRITE_SYNC | WRITE_DSYNC;
		s.rec.sync = SYNC_FSYNC;
		sample_how(&s, FACT_FLUSH, HOW_OBSERVED);
		sample_how(&s, FACT_COMMIT, HOW_OBSERVED);
		s.rec.flush = 1;
		s.rec.journal = cases[i].journal;
		s.rec.commit = cases[i].commit;
		CHECK_EQ(count(&s, "6.12") > 0, cases[i].found);
	}
}

/* Room ran out, and an allocation was tried again: a handle more is not checkable; one less is a finding. */
TEST(an_allocation_may_have_been_tried_again)
{
	static const struct {
		uint16_t starts;
		bool found;
	} cases[] = {{1, false}, {2, false}, {0, true}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct replay r;
		struct sample s;

		overwrite(&s);
		s.rec.lookup = LOOKUP_HOLE;
		s.rec.lock = LOCK_EXCLUSIVE;
		s.rec.upgrade = 1;
		s.rec.checks = 2;
		sample_how(&s, FACT_UPGRADE_REASON, HOW_OBSERVED);
		s.rec.upgrade_reason = UPGRADE_NOT_OVERWRITE;
		s.rec.ops = OPS_IOMAP;
		s.rec.convert = 1;
		s.steps[0].role = MAP_UNWRITTEN;
		s.steps[0].map_flags = MAP_F_NEW;
		s.rec.journal_starts = cases[i].starts;
		CHECK_EQ(findings(&s, "6.12", "6.12", &r) > 0, cases[i].found);
		CHECK_EQ(r.varies[FACT_JOURNAL_STARTS], cases[i].starts == 2);
		replay_release(&r);
	}
}

/* Their addresses need not follow each other: the first may be misaligned, and shorter than a block of the device. */
TEST(the_first_of_several_segments_may_be_misaligned)
{
	static const enum write_fact unreached[] = {
		FACT_UPGRADE_REASON, FACT_FUA,		FACT_FLUSH,	   FACT_COMMIT,	     FACT_FALLBACK_REASON,
		FACT_FALLBACK_POS,   FACT_FALLBACK_LEN, FACT_FALLBACK_RET,
	};
	struct sample s;

	sample_bare(&s, 1, "f", 3584, 5097);
	sample_round(&s, MAP_MAPPED, 0, 0, 4096);
	s.rec.segments = 2;
	s.rec.seg_align = 1001;
	s.rec.unaligned = 1;
	s.rec.lookup = LOOKUP_PART_WRITTEN;
	s.rec.journal_starts = 1;
	s.rec.data_bytes = 0;
	s.rec.end_size = 0;
	s.rec.end_error = -EINVAL;
	s.rec.dio_ret = s.rec.ret = -EINVAL;
	s.rec.ops = OPS_IOMAP;
	for (size_t i = 0; i < ARRAY_SIZE(unreached); i++)
		sample_how(&s, unreached[i], HOW_NOT_REACHED);
	CHECK_EQ(count_of_its_own(&s, "7.3"), 0);
}

/* Of two differences the move explains one: both are findings, and nothing is left open. */
TEST(what_has_moved_explains_all_or_nothing)
{
	struct replay r;
	struct sample s;

	overwrite(&s);
	s.rec.lookup = LOOKUP_HOLE;
	s.steps[0].role = MAP_UNWRITTEN;
	s.steps[0].map_flags = MAP_F_NEW;
	settle(&s, "6.12");
	s.rec.journal_starts = 2; /* an allocation that was tried again */
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	replay_release(&r);
	s.rec.zero_tail = 512;
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 2);
	CHECK(!r.varies[FACT_JOURNAL_STARTS]);
	replay_release(&r);
}

/* What a move leaves open is added to what is unknown. */
TEST(what_has_moved_is_not_checked)
{
	struct replay r;
	struct sample s;

	overwrite(&s);
	s.rec.flags = WRITE_DSYNC;
	s.rec.isize = s.rec.disksize = 8192;
	settle(&s, "6.12");
	s.rec.isize_after = 16384;
	s.rec.extend = s.rec.force_wait = s.rec.orphan = 0;
	s.rec.journal_starts = 0;
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK(r.varies[FACT_EXTEND] && r.varies[FACT_ISIZE_AFTER] && !r.varies[FACT_LOCK_FIRST]);
	replay_release(&r);

	overwrite(&s);
	s.rec.flags = WRITE_DSYNC;
	settle(&s, "6.12");
	sample_how(&s, FACT_NOSEC, HOW_UNKNOWN);
	s.rec.commit ^= 1;
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK(r.varies[FACT_COMMIT] && r.varies[FACT_LOCK] && !r.varies[FACT_EXTEND]);
	replay_release(&r);
}

TEST(what_is_refused_by_limit_or_inode_is_so_again)
{
	static const int errors[] = {-EFBIG, -EPERM};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct sample s;

		overwrite(&s);
		s.rec.ret = errors[i];
		settle(&s, "6.12");
		CHECK_EQ(s.rec.ret, errors[i]);
		CHECK_EQ(s.rec.how[FACT_OPS], HOW_NOT_REACHED);
	}
}

/* Why it was upgraded, what the page cache did, and how it was synced. */
TEST(what_neither_came_to_counts_as_that)
{
	struct replay r;
	struct sample s;

	overwrite(&s);
	CHECK_EQ(findings(&s, "6.12", "6.12", &r), 0);
	CHECK_EQ(r.unreached, 7);
	replay_release(&r);
}

/* Up to the very end of the file a mapping tells whether there was something to commit: then there is no FUA. */
TEST(what_ends_with_the_file_may_be_dirty)
{
	struct sample s;

	overwrite(&s);
	s.rec.flags = WRITE_DSYNC;
	s.rec.dev_fua = 1;
	s.rec.isize = s.rec.disksize = 12288;
	settle(&s, "6.12");
	CHECK_EQ(s.rec.sync, SYNC_NONE);
	CHECK_EQ(s.rec.fua, FUA_ALL);
	s.steps[0].map_flags = MAP_F_DIRTY;
	settle(&s, "6.12");
	CHECK_EQ(s.rec.sync, SYNC_FDATASYNC);
	CHECK_EQ(s.rec.fua, FUA_NONE);
}

/* Until 6.4 what ends the invalidation ends the write. */
TEST(pages_that_cannot_be_dropped_end_the_write)
{
	struct sample s;

	overwrite(&s);
	s.rec.invalidate = -EIO;
	settle(&s, "6.1");
	CHECK_EQ(s.rec.ret, -EIO);
}

/* --- under other rules --- */

/* As @rules decide what a kernel of @recorded wrote. */
static void under(struct sample *s, const char *rules, const char *recorded, struct replay *other)
{
	struct write live = write_of(s);
	struct replay base;

	CHECK_EQ(replay_other(&base, other, &live, rules_of(rules), rules_of(recorded)), 0);
	CHECK_EQ(base.diff.by_verdict[VERDICT_DIFFERENT], 0);
	replay_release(&base);
}

/* 6.1 waits with an unaligned write: who may not is told so, unless a worker does it again. */
TEST(io_uring_does_again_what_would_block)
{
	static const struct {
		enum submit_kind submit;
		uint8_t flags;
		int64_t ret;
	} cases[] = {
		{SUBMIT_IO_URING, 0, 512},
		{SUBMIT_IO_URING, WRITE_NOWAIT, -EAGAIN},
		{SUBMIT_SYNC, WRITE_NOWAIT, -EAGAIN},
		{SUBMIT_SYNC, 0, 512},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct replay other;
		struct sample s;

		sample_overwrite(&s, 1, 8192, 512);
		s.steps[0].len = 4096;
		s.rec.submit = (uint8_t)cases[i].submit;
		s.rec.flags = cases[i].flags;
		settle(&s, "6.12");
		CHECK_EQ(s.rec.ret, 512);
		under(&s, "6.1", "6.12", &other);
		CHECK_EQ(other.write.rec.ret, cases[i].ret);
		replay_release(&other);
	}
}

/* It was refused for what is not known: had it not been, it would have gone where nothing was observed. */
TEST(what_goes_beyond_for_one_value_goes_beyond)
{
	static const enum how known[] = {HOW_OBSERVED, HOW_UNKNOWN};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct replay other;
		struct sample s;

		overwrite(&s);
		s.nr = 0;
		s.rec.rounds = s.rec.bios = 0;
		s.rec.flags = WRITE_NOWAIT;
		s.rec.nosec = 0;
		s.rec.lookup = LOOKUP_UNWRITTEN;
		settle(&s, "6.12");
		CHECK_EQ(s.rec.ret, -EAGAIN);
		sample_how(&s, FACT_NOSEC, known[i]);
		under(&s, "6.14", "6.12", &other);
		CHECK_EQ(other.beyond, known[i] == HOW_UNKNOWN);
		CHECK_EQ(other.varies[FACT_RET], known[i] == HOW_UNKNOWN);
		replay_release(&other);
	}
}

TEST(what_has_moved_stays_so_under_other_rules)
{
	struct replay other;
	struct sample s;

	overwrite(&s);
	s.rec.isize = s.rec.disksize = 8192;
	s.rec.isize_after = 16384;
	s.rec.lock_first = s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.lookup = LOOKUP_NONE;
	s.rec.ops = OPS_IOMAP;
	under(&s, "6.14", "6.12", &other);
	CHECK(!other.varies[FACT_EXTEND] && !other.varies[FACT_ORPHAN]);
	CHECK_EQ(other.write.rec.extend, 0);
	replay_release(&other);
}

TEST(what_cannot_be_replayed_says_why)
{
	struct sample s;
	struct write live;

	overwrite(&s);
	live = write_of(&s);
	CHECK(!replay_refuses(&live));
	live.rec.flags |= WRITE_ATOMIC;
	CHECK_STR(replay_refuses(&live), "RWF_ATOMIC is outside the reference");
	live = write_of(&s);
	live.rec.state = WRITE_IN_FLIGHT;
	CHECK(replay_refuses(&live));
	live = write_of(&s);
	live.rec.steps_total++;
	CHECK_STR(replay_refuses(&live), "steps of it were lost");
	live = write_of(&s);
	live.rec.checks = 0; /* and came to iomap */
	CHECK_STR(replay_refuses(&live), "a probe of its check was skipped");
	live = write_of(&s);
	live.rec.blkbits = 16;
	CHECK(replay_refuses(&live));
	live = write_of(&s);
	live.rec.how[FACT_LBS] = HOW_UNKNOWN;
	CHECK_STR(replay_refuses(&live), "its logical block size is unknown");
	live = write_of(&s);
	live.rec.state = WRITE_REUSED;
	CHECK_STR(replay_refuses(&live), "it was not over when the recording ended");
	live = write_of(&s);
	live.rec.fallback = FALLBACK_REST;
	live.rec.len = live.rec.asked_len = (16u << 20) + 1;
	CHECK_STR(replay_refuses(&live), "more than 16 MiB of it may have gone through the page cache");
	live.rec.len = live.rec.asked_len = 16u << 20;
	CHECK(!replay_refuses(&live));
	/* before iomap, by a signal or for want of quota: of the one the path knows nothing */
	sample_buffered(&s, 1, "f");
	live = write_of(&s);
	live.rec.ret = -EINTR;
	CHECK_STR(replay_refuses(&live), "it failed outside of the path");
	live.rec.ret = -EDQUOT;
	CHECK(!replay_refuses(&live));
}

TEST_MAIN()
