// SPDX-License-Identifier: GPL-2.0-only
/* What follows from what a tracepoint-tier record observed, and what must stay unknown. */
#include <errno.h>

#include "reports/model/fields.h"
#include "reports/model/infer.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* As the tracepoint tier leaves it: the facts below are for infer.c. */
static const enum write_fact unseen[] = {
	FACT_LOCK_FIRST,   FACT_UPGRADE,      FACT_CHECKS,	 FACT_NOSEC,  FACT_ORPHAN,   FACT_INVALIDATE,
	FACT_END_SIZE,	   FACT_END_ERROR,    FACT_CONVERT,	 FACT_QUEUED, FACT_FALLBACK, FACT_FALLBACK_REASON,
	FACT_FALLBACK_POS, FACT_FALLBACK_LEN, FACT_FALLBACK_RET, FACT_COMMIT, FACT_DIO_WAIT,
};

static struct sample s;
static struct write w;
static struct meta header;

static void begin(int64_t pos, uint64_t len)
{
	sample_init(&s, 1, "f", pos, len);
	s.rec.journal = s.rec.barrier = 1;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		sample_how(&s, unseen[i], HOW_UNKNOWN);
	meta_release(&header);
	meta_set(&header, META_ENGINE, "kernel");
	meta_set(&header, META_HOOK "bio", "raw_tp:block_bio_queue");
}

static void infer(void)
{
	s.rec.steps_total = s.nr;
	w = (struct write){.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
	infer_write(&w, &header);
}

#define CHECK_INFERRED(fact, member, value)                                                                            \
	do {                                                                                                           \
		CHECK_EQ(w.rec.how[fact], HOW_INFERRED);                                                               \
		CHECK_EQ(w.rec.member, value);                                                                         \
	} while (0)

TEST(a_shared_lock_was_shared_from_the_start)
{
	begin(4096, 4096);
	infer();
	CHECK_INFERRED(FACT_UPGRADE, upgrade, 0);
	CHECK_INFERRED(FACT_LOCK_FIRST, lock_first, LOCK_SHARED);
	CHECK_INFERRED(FACT_CHECKS, checks, 1);
	CHECK_INFERRED(FACT_NOSEC, nosec, 1);
	CHECK_EQ(w.rec.how[FACT_UPGRADE_REASON], HOW_NOT_REACHED);
	CHECK_EQ(w.rec.how[FACT_DIO_WAIT], HOW_UNKNOWN);
}

TEST(an_extending_write_was_exclusive_from_the_start)
{
	begin(1 << 20, 4096);
	s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.extend = 1;
	infer();
	CHECK_INFERRED(FACT_UPGRADE, upgrade, 0);
	CHECK_INFERRED(FACT_LOCK_FIRST, lock_first, LOCK_EXCLUSIVE);
	CHECK_INFERRED(FACT_ORPHAN, orphan, 1);
	CHECK_EQ(w.rec.how[FACT_NOSEC], HOW_UNKNOWN);
}

TEST(where_an_append_began_is_not_known)
{
	begin(1 << 20, 4096);
	s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.flags = WRITE_APPEND;
	sample_how(&s, FACT_ASKED_POS, HOW_UNKNOWN);
	infer();
	CHECK_EQ(w.rec.how[FACT_UPGRADE], HOW_UNKNOWN);
	CHECK_EQ(w.rec.how[FACT_LOCK_FIRST], HOW_UNKNOWN);
	CHECK_EQ(w.rec.how[FACT_CHECKS], HOW_UNKNOWN);
}

/* Until its position is asked of the caller: it was beyond the size that it met. */
TEST(an_append_that_asked_beyond_was_exclusive_from_the_start)
{
	begin(1 << 20, 4096);
	s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.flags = WRITE_APPEND;
	infer();
	CHECK_INFERRED(FACT_UPGRADE, upgrade, 0);
	CHECK_INFERRED(FACT_LOCK_FIRST, lock_first, LOCK_EXCLUSIVE);
}

static void one_that_a_limit_refused(void)
{
	begin(0, 4096);
	memset(s.rec.stage_ns, 0, sizeof(s.rec.stage_ns));
	s.rec.stage_ns[STAGE_ENTER] = 1;
	s.rec.ret = -EFBIG;
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	sample_how(&s, FACT_DIO_RET, HOW_UNKNOWN);
}

/* With tracepoints alone: what only a check under the lock refuses came to it. */
TEST(a_write_over_the_limit_was_checked)
{
	one_that_a_limit_refused();
	infer();
	CHECK_INFERRED(FACT_LOCK_FIRST, lock_first, LOCK_SHARED);
	CHECK_INFERRED(FACT_UPGRADE, upgrade, 0);
	CHECK_INFERRED(FACT_FALLBACK, fallback, FALLBACK_NONE);
	CHECK_EQ(w.rec.how[FACT_LOCK], HOW_NOT_REACHED);
}

/* The page cache has the same check, and is the only one that a journalled file's write comes to. */
TEST(what_the_page_cache_refused_came_to_no_check)
{
	begin(0, 4096);
	memset(s.rec.stage_ns, 0, sizeof(s.rec.stage_ns));
	s.rec.stage_ns[STAGE_ENTER] = 1;
	s.rec.stage_ns[STAGE_BUFFERED] = 2;
	s.rec.inode_flags = 1;
	s.rec.ret = -EFBIG;
	s.rec.checks = 0;
	sample_how(&s, FACT_CHECKS, HOW_OBSERVED);
	sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
	infer();
	CHECK_EQ(w.rec.how[FACT_CHECKS], HOW_NOT_REACHED);
	s.rec.stage_ns[STAGE_BUFFERED] = 0;
	infer();
	CHECK_EQ(w.rec.how[FACT_CHECKS], HOW_OBSERVED);
}

TEST(an_exclusive_lock_inside_the_file_is_not_explained)
{
	begin(4096, 4096);
	s.rec.lock = LOCK_EXCLUSIVE;
	infer();
	CHECK_EQ(w.rec.how[FACT_UPGRADE], HOW_UNKNOWN);
	CHECK_EQ(w.rec.how[FACT_LOCK_FIRST], HOW_UNKNOWN);
}

TEST(who_completes_a_write_was_held_by_all_of_it)
{
	begin(4096, 4096);
	s.rec.submit = SUBMIT_LIBAIO;
	sample_how(&s, FACT_HELD, HOW_UNKNOWN);
	infer();
	CHECK_INFERRED(FACT_HELD, held_ns, 74500);
	s.rec.submit = SUBMIT_IO_URING;
	infer();
	CHECK_INFERRED(FACT_HELD, held_ns, 74500);
	s.rec.worker = 1;
	infer();
	CHECK_EQ(w.rec.how[FACT_HELD], HOW_UNKNOWN);
	s.rec.worker = 0;
	s.rec.state = WRITE_LATE;
	infer();
	CHECK_EQ(w.rec.how[FACT_HELD], HOW_UNKNOWN);
	s.rec.state = 0;
	s.rec.context = COMPLETE_WORKQUEUE;
	infer();
	CHECK_EQ(w.rec.how[FACT_HELD], HOW_UNKNOWN);
}

TEST(a_short_write_fell_back)
{
	begin(4096, 8192);
	s.rec.dio_ret = 4096;
	s.rec.extents = 0;
	s.nr = 0;
	sample_round(&s, MAP_MAPPED, 0, 4096, 4096);
	infer();
	CHECK_INFERRED(FACT_FALLBACK, fallback, FALLBACK_REST);
	CHECK_INFERRED(FACT_FALLBACK_REASON, fallback_reason, FALLBACK_INDIRECT_HOLE);
	CHECK_INFERRED(FACT_FALLBACK_POS, fallback_pos, 8192);
	CHECK_INFERRED(FACT_FALLBACK_LEN, fallback_len, 4096);
	CHECK_EQ(w.rec.how[FACT_FALLBACK_RET], HOW_UNKNOWN);
}

TEST(a_short_write_inside_a_round_met_a_fault)
{
	begin(4096, 8192);
	s.rec.dio_ret = 4096;
	s.rec.extents = 0;
	s.nr = 0;
	sample_round(&s, MAP_MAPPED, 0, 4096, 8192);
	infer();
	CHECK_INFERRED(FACT_FALLBACK_REASON, fallback_reason, FALLBACK_FAULT);
}

/* What the device cannot take in that shape, where a mapping was found: else it was the hole. */
TEST(a_misaligned_write_fell_back)
{
	for (int hole = 0; hole < 2; hole++) {
		begin(4096, 100);
		s.rec.dio_ret = 0;
		s.rec.extents = 0;
		s.rec.lbs = 512;
		s.nr = 0;
		sample_round(&s, MAP_MAPPED, 0, hole ? 0 : 4096, 4096);
		infer();
		CHECK_INFERRED(FACT_FALLBACK, fallback, FALLBACK_WHOLE);
		CHECK_INFERRED(FACT_FALLBACK_REASON, fallback_reason,
			       hole ? FALLBACK_INDIRECT_HOLE : FALLBACK_ALIGNMENT);
	}
}

/* The first round is whole sectors: a kernel that looks at each may have met a fault in it. */
TEST(what_is_misaligned_behind_the_first_round_leaves_the_reason_open)
{
	begin(4096, 4196);
	s.rec.dio_ret = 0;
	s.rec.lbs = 512;
	s.nr = 0;
	sample_round(&s, MAP_UNWRITTEN, 0, 4096, 4096);
	infer();
	CHECK_EQ(w.rec.how[FACT_FALLBACK_REASON], HOW_UNKNOWN);
	s.rec.addr_align = s.rec.dma_mask = 3;
	infer();
	CHECK_INFERRED(FACT_FALLBACK_REASON, fallback_reason, FALLBACK_ALIGNMENT);
}

/* What is left of the buffer is whole sectors; whether its segment was is not known. */
TEST(a_limit_that_cuts_the_buffer_leaves_the_reason_open)
{
	begin(4096, 8192);
	s.rec.dio_ret = 0;
	s.rec.lbs = 512;
	s.rec.asked_len = 8192;
	sample_how(&s, FACT_ASKED_LEN, HOW_OBSERVED);
	s.nr = 0;
	sample_round(&s, MAP_MAPPED, 0, 8192, 4096);
	infer();
	CHECK_INFERRED(FACT_FALLBACK_REASON, fallback_reason, FALLBACK_FAULT);
	s.rec.asked_len = 9000;
	infer();
	CHECK_EQ(w.rec.how[FACT_FALLBACK_REASON], HOW_UNKNOWN);
}

TEST(an_error_is_no_fallback)
{
	begin(4096, 4096);
	s.rec.dio_ret = -EINVAL;
	sample_how(&s, FACT_RET, HOW_UNKNOWN);
	infer();
	CHECK_INFERRED(FACT_FALLBACK, fallback, FALLBACK_NONE);
	CHECK_INFERRED(FACT_END_ERROR, end_error, -EINVAL);
	CHECK_EQ(w.rec.how[FACT_END_SIZE], HOW_UNKNOWN);
	CHECK_INFERRED(FACT_RET, ret, -EINVAL);
	CHECK_EQ(w.rec.how[FACT_FALLBACK_REASON], HOW_NOT_REACHED);
}

TEST(nowait_that_met_cached_pages)
{
	begin(4096, 4096);
	s.rec.flags = WRITE_NOWAIT;
	s.rec.stage_ns[STAGE_SUBMIT] = s.rec.stage_ns[STAGE_DEVICE] = s.rec.stage_ns[STAGE_COMPLETE] = 0;
	s.rec.rounds = s.rec.bios = 0;
	s.nr = 0;
	s.rec.state = WRITE_LATE;
	sample_how(&s, FACT_DIO_RET, HOW_UNKNOWN);
	sample_how(&s, FACT_RET, HOW_UNKNOWN);
	infer();
	CHECK_INFERRED(FACT_INVALIDATE, invalidate, -EAGAIN);
	CHECK_INFERRED(FACT_RET, ret, -EAGAIN);
	CHECK_EQ(w.rec.how[FACT_ROUNDS], HOW_NOT_REACHED);
	CHECK_EQ(w.rec.how[FACT_BIOS], HOW_NOT_REACHED);
}

TEST(unwritten_rounds_are_converted)
{
	begin(4096, 4096);
	s.nr = 0;
	sample_round(&s, MAP_UNWRITTEN, MAP_F_NEW, 4096, 4096);
	infer();
	CHECK_INFERRED(FACT_CONVERT, convert, 1);
}

TEST(lost_steps_leave_the_conversion_unknown)
{
	begin(4096, 4096);
	infer();
	s.rec.steps_total = s.nr + 3;
	w = (struct write){.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
	infer_write(&w, &header);
	CHECK_EQ(w.rec.how[FACT_CONVERT], HOW_UNKNOWN);
}

TEST(stripped_fua_is_not_none)
{
	begin(4096, 4096);
	s.rec.dev_cache = 0;
	s.rec.flags = WRITE_DSYNC;
	infer();
	CHECK_INFERRED(FACT_FUA, fua, FUA_ALL); /* no sync: all of it was write-through */
	begin(4096, 4096);
	s.rec.dev_cache = 0;
	s.rec.flags = WRITE_DSYNC;
	s.rec.sync = SYNC_FDATASYNC;
	infer();
	CHECK_EQ(w.rec.how[FACT_FUA], HOW_UNKNOWN);
}

/* What told of the file found the ring full: zero is not what its inode, its mount and its device are. */
TEST(an_unknown_file_is_not_one_of_zeroes)
{
	begin(4096, 8192);
	s.rec.dio_ret = 4096;
	s.nr = 0;
	sample_round(&s, MAP_MAPPED, 0, 4096, 4096);
	s.rec.extents = 0;
	sample_how(&s, FACT_EXTENTS, HOW_UNKNOWN);
	infer();
	CHECK_EQ(w.rec.how[FACT_FALLBACK_REASON], HOW_UNKNOWN);
	begin(4096, 4096);
	s.rec.inode_sync = 0;
	sample_how(&s, FACT_INODE_SYNC, HOW_UNKNOWN);
	sample_how(&s, FACT_FUA, HOW_UNKNOWN);
	infer();
	CHECK_EQ(w.rec.how[FACT_FUA], HOW_UNKNOWN);
	begin(4096, 4096);
	s.rec.dev_cache = 1;
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.flags = WRITE_DSYNC;
	sample_how(&s, FACT_DEV_CACHE, HOW_UNKNOWN);
	infer();
	CHECK_EQ(w.rec.how[FACT_FUA], HOW_UNKNOWN);
	CHECK_EQ(w.rec.how[FACT_FLUSH], HOW_UNKNOWN);
}

TEST(a_sync_without_a_flush_waited_for_a_commit)
{
	begin(4096, 4096);
	s.rec.sync = SYNC_FDATASYNC;
	infer();
	CHECK_INFERRED(FACT_COMMIT, commit, 1);
	begin(4096, 4096);
	infer();
	CHECK_EQ(w.rec.how[FACT_COMMIT], HOW_NOT_REACHED);
	CHECK_EQ(w.rec.how[FACT_FLUSH], HOW_NOT_REACHED);
}

TEST(without_barriers_no_flush_tells_nothing)
{
	begin(4096, 4096);
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.barrier = 0;
	infer();
	CHECK_EQ(w.rec.how[FACT_COMMIT], HOW_UNKNOWN);
	begin(4096, 4096);
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.journal = 0;
	infer();
	CHECK_INFERRED(FACT_COMMIT, commit, 0);
}

TEST(nothing_is_inferred_of_a_write_in_flight)
{
	begin(4096, 4096);
	s.rec.state = WRITE_IN_FLIGHT;
	s.rec.stage_ns[STAGE_COMPLETE] = s.rec.stage_ns[STAGE_RETURN] = 0;
	infer();
	CHECK_EQ(w.rec.how[FACT_FALLBACK], HOW_UNKNOWN);
	CHECK_EQ(w.rec.how[FACT_UPGRADE], HOW_UNKNOWN);
	CHECK_EQ(w.rec.how[FACT_LATENCY], HOW_UNKNOWN);
}

TEST(when_the_caller_asked_is_observed_or_inferred)
{
	begin(4096, 4096);
	infer();
	CHECK_EQ(w.rec.how[FACT_LATENCY], HOW_OBSERVED);
	begin(4096, 4096);
	s.rec.stage_ns[STAGE_ENTER] = 0;
	infer();
	CHECK_EQ(w.rec.how[FACT_LATENCY], HOW_INFERRED);
}

TEST(the_reference_is_left_as_it_decided)
{
	begin(4096, 4096);
	meta_set(&header, META_ENGINE, "reference");
	infer();
	CHECK_EQ(w.rec.how[FACT_UPGRADE], HOW_UNKNOWN);
}

TEST(an_upgraded_lock_was_shared_first_and_checked_twice)
{
	begin(4096, 4096);
	s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.upgrade = 1;
	sample_how(&s, FACT_UPGRADE, HOW_OBSERVED);
	infer();
	CHECK_INFERRED(FACT_LOCK_FIRST, lock_first, LOCK_SHARED);
	CHECK_INFERRED(FACT_CHECKS, checks, 2);
}

TEST(without_data_no_fua_was_due)
{
	begin(4096, 4096);
	s.rec.data_bytes = 0;
	infer();
	CHECK_EQ(w.rec.how[FACT_FUA], HOW_NOT_REACHED);
}

TEST(what_failed_is_not_converted)
{
	begin(4096, 4096);
	s.nr = 0;
	sample_round(&s, MAP_UNWRITTEN, MAP_F_NEW, 4096, 4096);
	s.rec.dio_ret = -EIO;
	infer();
	CHECK_INFERRED(FACT_CONVERT, convert, 0);
}

TEST(who_completes_it_tells_whether_it_was_queued)
{
	begin(4096, 4096);
	s.rec.submit = SUBMIT_LIBAIO;
	infer();
	CHECK_INFERRED(FACT_QUEUED, queued, 0);
	begin(4096, 4096);
	s.rec.submit = SUBMIT_LIBAIO;
	s.rec.context = COMPLETE_WORKQUEUE;
	infer();
	CHECK_INFERRED(FACT_QUEUED, queued, 1);
}

TEST(a_whole_write_did_not_fall_back)
{
	begin(4096, 4096);
	infer();
	CHECK_INFERRED(FACT_FALLBACK, fallback, FALLBACK_NONE);
	CHECK_EQ(w.rec.how[FACT_FALLBACK_REASON], HOW_NOT_REACHED);
}

TEST(a_sync_that_flushed_had_nothing_to_commit)
{
	begin(4096, 4096);
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.flush = 1;
	infer();
	CHECK_INFERRED(FACT_COMMIT, commit, 0);
}

/* The rest is in the result as far as it was seen to be written. */
TEST(the_result_of_a_rest)
{
	for (int seen = 0; seen < 2; seen++) {
		begin(4096, 8192);
		s.rec.dio_ret = 4096;
		s.rec.fallback_ret = seen ? 4096 : 100;
		sample_how(&s, FACT_FALLBACK_RET, HOW_OBSERVED);
		sample_how(&s, FACT_RET, HOW_UNKNOWN);
		infer();
		CHECK_EQ(w.rec.how[FACT_RET], seen ? HOW_INFERRED : HOW_UNKNOWN);
		CHECK(!seen || w.rec.ret == 8192);
	}
}

/* What was seen stays seen: that the write never came there is the model's mistake, or the probe's. */
TEST(an_observation_is_not_taken_back)
{
	begin(4096, 4096);
	s.rec.commit = 1;
	sample_how(&s, FACT_COMMIT, HOW_OBSERVED); /* and no sync */
	infer();
	CHECK_EQ(w.rec.how[FACT_COMMIT], HOW_OBSERVED);
	begin(4096, 4096);
	sample_how(&s, FACT_COMMIT, HOW_OBSERVED); /* a zero may be that nothing was seen */
	infer();
	CHECK_EQ(w.rec.how[FACT_COMMIT], HOW_NOT_REACHED);
	begin(4096, 4096);
	s.rec.commit = 1; /* unknown: left over */
	infer();
	CHECK_EQ(w.rec.how[FACT_COMMIT], HOW_NOT_REACHED);
	begin(4096, 4096); /* refused under the lock: nothing was written under it */
	memset(&s.rec.stage_ns[STAGE_IOMAP], 0, (STAGE_RETURN - STAGE_IOMAP) * sizeof(s.rec.stage_ns[0]));
	s.rec.ret = -EAGAIN;
	infer();
	CHECK_EQ(w.rec.how[FACT_LOCK], HOW_NOT_REACHED);
}

/* --- from nothing nothing follows --- */

static void store(enum write_fact fact, int64_t value)
{
	const struct write_field *f = &write_fields[fact];

	memcpy((uint8_t *)&s.rec + f->offset, &value, f->size); /* little-endian, as bpf is built for */
}

static bool is_stored(enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];

	return f->kind != FIELD_TEXT && f->size && fact != FACT_LATENCY;
}

/* What infer() makes of the write when a fact is unknown, and its member happens to be @value. */
static struct write_record inferred_with(const struct sample *from, enum write_fact fact, int64_t value)
{
	s = *from;
	sample_how(&s, fact, HOW_UNKNOWN);
	store(fact, value);
	infer();
	return w.rec;
}

static void check_alike(const struct write_record *a, const struct write_record *b, enum write_fact unknown)
{
	for (enum write_fact f = 0; f < NR_FACTS; f++) {
		bool valued = a->how[f] == HOW_INFERRED && f != unknown && is_stored(f);

		if (a->how[f] != b->how[f] || (valued && field_value(a, f) != field_value(b, f)))
			printf("# %s follows from what %s is not known to be\n", write_fields[f].key,
			       write_fields[unknown].key);
		CHECK_EQ(a->how[f], b->how[f]);
		CHECK(!valued || field_value(a, f) == field_value(b, f));
	}
}

/* What follows without a fact follows with it, too, whatever it is: unless what it is, or that it is none, follows. */
static void check_follows_still(const struct sample *from, const struct write_record *without, enum write_fact fact,
				int64_t value)
{
	if (without->how[fact] != HOW_UNKNOWN)
		return;
	s = *from;
	store(fact, value);
	sample_how(&s, fact, HOW_OBSERVED);
	infer();
	for (enum write_fact f = 0; f < NR_FACTS; f++) {
		bool followed = f != fact && without->how[f] == HOW_INFERRED && is_stored(f);
		bool still = w.rec.how[f] == HOW_NOT_REACHED ||
			     (w.rec.how[f] != HOW_UNKNOWN && field_value(without, f) == field_value(&w.rec, f));

		if (followed && !still)
			printf("# %s is inferred where %s is not known, and not where it is %lld\n",
			       write_fields[f].key, write_fields[fact].key, (long long)value);
		CHECK(!followed || still);
	}
}

static void an_overwrite(void)
{
	begin(4096, 4096);
}

static void an_append(void)
{
	begin(1 << 20, 4096);
	s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.flags = WRITE_APPEND;
	s.rec.extend = 1;
}

static void a_durable_one(void)
{
	begin(4096, 4096);
	s.rec.flags = WRITE_DSYNC;
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.submit = SUBMIT_IO_URING;
	sample_how(&s, FACT_FUA, HOW_UNKNOWN);
}

static void a_rest(void)
{
	begin(4096, 8192);
	s.rec.dio_ret = 4096;
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.flags = WRITE_DSYNC;
	s.nr = s.rec.rounds = 0;
	sample_round(&s, MAP_MAPPED, 0, 4096, 8192);
	sample_how(&s, FACT_RET, HOW_UNKNOWN);
}

static void a_rest_that_was_seen(void)
{
	a_rest();
	s.rec.fallback = FALLBACK_REST;
	s.rec.fallback_ret = 4096;
	sample_how(&s, FACT_FALLBACK, HOW_OBSERVED);
	sample_how(&s, FACT_FALLBACK_RET, HOW_OBSERVED);
}

static void one_that_flushed(void)
{
	a_durable_one();
	s.rec.flush = 1;
	sample_how(&s, FACT_DIO_RET, HOW_UNKNOWN);
}

static void one_that_faulted(void)
{
	begin(4096, 8192);
	s.rec.dio_ret = s.rec.data_bytes = 0;
	s.nr = s.rec.rounds = 0;
	sample_round(&s, MAP_MAPPED, 0, 4096, 8192);
}

static void a_misaligned_one(void)
{
	begin(4096, 4096);
	s.rec.dio_ret = s.rec.data_bytes = 0;
	s.rec.addr_align = 1;
	s.nr = s.rec.rounds = 0;
	sample_round(&s, MAP_UNWRITTEN, 0, 4096, 4096);
}

/* Whatever is left in the member of a fact that is not known, nothing is inferred from it. */
TEST(nothing_follows_from_what_is_unknown)
{
	static void (*const writes[])(void) = {
		an_overwrite,	      an_append,	a_durable_one,	  one_that_flushed,	    a_rest,
		a_rest_that_was_seen, one_that_faulted, a_misaligned_one, one_that_a_limit_refused,
	};
	static const int64_t values[] = {0, 1, 2, -1, 4096, 1 << 24};

	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		struct sample from;

		writes[i]();
		from = s;
		for (enum write_fact fact = 0; fact < NR_FACTS; fact++) {
			struct write_record first;

			if (!is_stored(fact))
				continue;
			first = inferred_with(&from, fact, values[0]);
			for (size_t v = 1; v < ARRAY_SIZE(values); v++) {
				struct write_record other = inferred_with(&from, fact, values[v]);

				check_alike(&first, &other, fact);
			}
			for (size_t v = 0; v < ARRAY_SIZE(values); v++)
				check_follows_still(&from, &first, fact, values[v]);
		}
	}
}

/* It is looked up whether it is an overwrite, up to the last byte of the file. */
TEST(what_ends_with_the_file_may_have_been_looked_up)
{
	begin((1 << 20) - 4096, 4096);
	sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
	infer();
	CHECK_EQ(w.rec.how[FACT_LOOKUP], HOW_UNKNOWN);
	begin((1 << 20) - 4096, 4097);
	sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
	infer();
	CHECK_INFERRED(FACT_LOOKUP, lookup, LOOKUP_NONE);
}

TEST_MAIN()
