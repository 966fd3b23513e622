/* SPDX-License-Identifier: GPL-2.0-only */
/* What decisions depend on and a record leaves open: a row each, with the values that it may have. */
#include "refimpl/replay_impl.h"

#include <errno.h>

/* --- what is not known --- */

static unsigned int open_nosec(const struct asking *a)
{
	return !live_knows(a->live, FACT_NOSEC);
}

static void apply_nosec(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->nosec = false;
}

/* On kernels that call unwritten blocks new when a write asks for them, old or not. */
static bool has_new_unwritten(const struct asking *a)
{
	const struct write *live = a->live;

	for (uint32_t i = 0; i < live->nr_steps && a->recorded->unwritten_is_new; i++)
		if (live->steps[i].kind == STEP_ROUND && live->steps[i].role == MAP_UNWRITTEN &&
		    live->steps[i].map_flags & MAP_F_NEW)
			return true;
	return false;
}

static bool look_tells(const struct write *live)
{
	return live_knows(live, FACT_LOOKUP) && live->rec.lookup != LOOKUP_NONE;
}

static bool look_tells_part(const struct write *live)
{
	return live->rec.lookup == LOOKUP_PART_WRITTEN || live->rec.lookup == LOOKUP_PART_UNWRITTEN;
}

static unsigned int open_new(const struct asking *a)
{
	return has_new_unwritten(a) && (!look_tells(a->live) || look_tells_part(a->live));
}

static void apply_new(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)k;
	g->new_was_unwritten = !g->new_was_unwritten;
	if (!look_tells(a->live))
		trace_first_run(a->live, true, &g->look);
}

/* Nothing was mapped, nor is there a word of the look. */
static unsigned int open_look(const struct asking *a)
{
	struct trace_look look;

	return look_tells(a->live) || trace_first_run(a->live, false, &look) ? 0 : 2;
}

static void apply_look(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	g->look = (struct trace_look){k == 1 ? REF_UNWRITTEN : REF_HOLE, true};
}

static int64_t end_of(const struct write *live)
{
	return (int64_t)((uint64_t)live->rec.pos + live->rec.len);
}

/* Where partial blocks decide, the last one is looked at by itself: of that look no fact tells. */
static bool looks_at_tail(const struct asking *a)
{
	return a->rules->content == REF_CONTENT_ZEROING && end_of(a->live) & ((1 << a->live->rec.blkbits) - 1);
}

static unsigned int open_tail(const struct asking *a)
{
	return looks_at_tail(a) && !trace_has_round(a->live, end_of(a->live) - 1) ? 2 : 0;
}

/* It may have been a delayed allocation, which the write itself had written back. */
static unsigned int open_delayed_tail(const struct asking *a)
{
	return looks_at_tail(a) && trace_has_round(a->live, end_of(a->live) - 1);
}

static void apply_tail(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	g->tail_is_told = true;
	g->tail = k == 1 ? REF_HOLE : REF_WRITTEN;
	g->look.whole = false;
}

/* A copy into the cache that wanted a page of the buffer, or room. */
static bool ended_short(const struct write *live)
{
	const struct write_record *r = &live->rec;

	return live_knows(live, FACT_FALLBACK_RET) && r->fallback_ret > 0 && r->fallback_ret < r->fallback_len;
}

/* It shows where data may be journalled, and where a copy into the cache faults. */
static unsigned int open_delalloc(const struct asking *a)
{
	bool fault_unseen = !live_knows(a->live, FACT_FALLBACK_RET) && live_is(a->live, FACT_RET, -EFAULT);

	if (ended_short(a->live) || fault_unseen || live_is(a->live, FACT_FALLBACK_RET, -EFAULT))
		return 1;
	return live_knows(a->live, FACT_INODE_FLAGS) && a->live->rec.inode_flags & INODE_JOURNAL_DATA;
}

static void apply_delalloc(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->delalloc = false;
}

static bool may_be_nowait(const struct asking *a)
{
	return a->live->rec.flags & WRITE_NOWAIT || a->live->rec.submit == SUBMIT_IO_URING;
}

static unsigned int open_times(const struct asking *a)
{
	return a->rules->nowait_refuses_timestamp && may_be_nowait(a);
}

static void apply_times(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->times_current = false;
}

/* Who does again what would have blocked is a worker. */
static bool worker_wrote(const struct write *live)
{
	if (live_knows(live, FACT_WORKER))
		return live->rec.worker;
	return live_knows(live, FACT_ATTEMPTS) && live->rec.attempts > 1;
}

static unsigned int open_worker(const struct asking *a)
{
	return a->live->rec.submit == SUBMIT_IO_URING && !live_knows(a->live, FACT_WORKER) && !worker_wrote(a->live) &&
	       !(a->live->rec.flags & WRITE_NOWAIT);
}

static void apply_worker(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->nowait = false;
}

static unsigned int open_waits(const struct asking *a)
{
	return a->live->rec.submit == SUBMIT_KERNEL;
}

static void apply_waits(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->waits = true;
}

static bool is_append(const struct asking *a)
{
	return a->live->rec.flags & WRITE_APPEND;
}

/* io_uring does not rewind ki_pos for its second attempt: where the first one applied O_APPEND, it stays there. */
static unsigned int open_asked(const struct asking *a)
{
	bool again = a->live->rec.submit == SUBMIT_IO_URING && !live_is(a->live, FACT_ATTEMPTS, 1);

	return is_append(a) && (again || !live_knows(a->live, FACT_ASKED_POS));
}

static void apply_asked(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)k;
	g->asked_pos = a->live->rec.isize;
}

/*
 * An exclusive lock from the start is of a write that was asked to end beyond i_size. Where it does not, and what was
 * asked for was not seen, RLIMIT_FSIZE may have cut it in between: generic_write_checks() comes after the lock.
 */
static unsigned int open_limit(const struct asking *a)
{
	return !live_knows(a->live, FACT_ASKED_LEN) && live_is(a->live, FACT_LOCK_FIRST, LOCK_EXCLUSIVE) &&
	       end_of(a->live) <= a->live->rec.isize;
}

static void apply_limit(struct trace_given *g, const struct asking *a, unsigned int k)
{
	int64_t len = (int64_t)((uint64_t)a->live->rec.isize + 1 - (uint64_t)g->asked_pos);

	(void)k;
	if (len > 0 && len < REPLAY_LEN_MAX)
		g->asked_len = (uint32_t)len;
}

static unsigned int open_disksize(const struct asking *a)
{
	return !live_knows(a->live, FACT_DISKSIZE);
}

static void apply_disksize(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->disksize = g->disksize_locked = 0;
}

/* Of several segments the record has all addresses and lengths ORed: from 6.18 on it matters which of them is where. */
static unsigned int open_segments(const struct asking *a)
{
	const struct write_record *r = &a->live->rec;

	return r->segments > 1 && a->rules->buffer != REF_BUFFER_BEFORE && (r->addr_align | r->seg_align) & r->dma_mask
		       ? 3
		       : 0;
}

/* It is the last that is misaligned: it begins where the bios ended, or behind that, which is no other thing. */
static uint32_t last_segment(const struct write_record *r)
{
	return r->data_bytes ? (uint32_t)r->data_bytes : r->lbs;
}

static void apply_segments(struct trace_given *g, const struct asking *a, unsigned int k)
{
	const struct write_record *r = &a->live->rec;

	if (k == 1)
		g->addr_align = 0;
	else
		g->seg_ends[0] = k == 2 ? r->seg_align : last_segment(r);
}

/* What the record tells of segments is what a limit left of them, and not where the one that it cut was to end. */
static unsigned int open_cut_segments(const struct asking *a)
{
	const struct write_record *r = &a->live->rec;

	return live_knows(a->live, FACT_ASKED_LEN) && r->len < r->asked_len ? 3 : 0;
}

static void apply_cut_segments(struct trace_given *g, const struct asking *a, unsigned int k)
{
	const struct write_record *r = &a->live->rec;
	const uint32_t first[] = {0, r->lbs, last_segment(r) < r->len ? last_segment(r) : 0};

	g->seg_ends[0] = first[k - 1];
	g->seg_ends[1] = k == 3 ? r->len + 1 : 0;
}

/* --- what may have moved --- */

/*
 * Others extended or cut the file, which shows in the end, as this write's own extension does: to what it was in the
 * end, to where this write begins, or to its last byte.
 */
static unsigned int open_isize(const struct asking *a)
{
	return live_is(a->live, FACT_ISIZE_AFTER, a->live->rec.isize) ? 0 : 3;
}

static void apply_isize(struct trace_given *g, const struct asking *a, unsigned int k)
{
	const struct write_record *r = &a->live->rec;
	const int64_t sizes[] = {live_knows(a->live, FACT_ISIZE_AFTER) ? r->isize_after : r->isize, r->pos,
				 end_of(a->live) - 1};

	g->isize_locked = g->disksize_locked = sizes[k - 1];
}

/*
 * Without a hook on the functions a worker of io_uring is first seen when it holds the lock: when it chose which, the
 * file may have been shorter.
 */
static unsigned int open_entry(const struct asking *a)
{
	return a->live->rec.submit == SUBMIT_IO_URING && !live_is(a->live, FACT_WORKER, 0) &&
	       a->live->rec.how[FACT_LOCK_FIRST] == HOW_INFERRED && end_of(a->live) <= a->live->rec.isize;
}

static void apply_entry(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)k;
	g->isize = a->live->rec.pos;
}

/* What delayed allocation had left behind was written back meanwhile. */
static unsigned int open_writeback(const struct asking *a)
{
	return !live_is(a->live, FACT_DISKSIZE, a->live->rec.isize);
}

static void apply_writeback(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->disksize_locked = g->isize_locked;
}

/*
 * After the shared lock was given up, others may have allocated or written what the look had found. Of both looks, or
 * of the second alone: what the first one found is cached, and joined there to what follows it.
 */
static unsigned int open_second_look(const struct asking *a)
{
	struct trace_look look;
	bool twice = live_is(a->live, FACT_UPGRADE, 1);

	return look_tells(a->live) && trace_first_run(a->live, false, &look) ? 1 + twice : 0;
}

/* Gave up the shared lock, and had to wait for those who had it. */
static bool waited_to_look_again(const struct write *live)
{
	return live_is(live, FACT_UPGRADE, 1) && !live_is(live, FACT_LOCK_WAIT, 0);
}

/*
 * Nobody says what was looked at: it may have been a delayed allocation, which the write itself had written back, or a
 * hole that others filled before this write had the exclusive lock.
 */
static unsigned int open_delayed(const struct asking *a)
{
	struct trace_look look;

	return !look_tells(a->live) && trace_first_run(a->live, false, &look) && look.state != REF_HOLE &&
	       (!live_is(a->live, FACT_DISKSIZE, a->live->rec.isize) || waited_to_look_again(a->live));
}

static void apply_delayed(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->look = (struct trace_look){REF_HOLE, true};
}

static void apply_second_look(struct trace_given *g, const struct asking *a, unsigned int k)
{
	g->again_is_told = k == 2;
	trace_first_run(a->live, g->new_was_unwritten, k == 2 ? &g->look_again : &g->look);
}

/* Only a handle tells that something was still to be allocated or converted: what the mapping then shows was not. */
static unsigned int open_conversion(const struct asking *a)
{
	const struct write *live = a->live;
	uint32_t mapped = 0;

	for (uint32_t i = 0; i < live->nr_steps; i++)
		mapped += live->steps[i].kind == STEP_ROUND && live->steps[i].role == MAP_MAPPED &&
			  !(live->steps[i].map_flags & MAP_F_NEW);
	return mapped && live_knows(live, FACT_JOURNAL_STARTS) && live->rec.journal_starts;
}

static void apply_conversion(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->converted_late = true;
}

/* An error of its device keeps the place of that which ended the mapping. */
static bool ended_before(const struct write *live)
{
	return live_knows(live, FACT_DIO_RET) && live->rec.dio_ret < 0 && live->rec.rounds &&
	       !trace_has_round(live, end_of(live) - 1);
}

/*
 * Room had run out, what waited for a commit was freed by one, and the allocation was tried again: a handle more than
 * new mappings need, of which the record tells nothing else.
 */
static unsigned int open_retry(const struct asking *a)
{
	const struct write *live = a->live;
	bool in_vain = live_is(live, FACT_DIO_RET, -ENOSPC) || ended_before(live);
	uint32_t fresh = 0;

	for (uint32_t i = 0; i < live->nr_steps; i++)
		fresh += live->steps[i].kind == STEP_ROUND && live->steps[i].map_flags & MAP_F_NEW;
	return (fresh || in_vain) && live->rec.journal && live_knows(live, FACT_JOURNAL_STARTS) &&
	       live->rec.journal_starts > fresh;
}

/*
 * How far the page cache had come, and whether what it cut then lay beyond the end of the file, no fact tells; nor
 * whether there was room for what was prepared before the fault was looked for.
 */
static unsigned int open_room(const struct asking *a)
{
	bool ran_out = live_is(a->live, FACT_RET, -ENOSPC) ||
		       (a->rules->fault_leaves_zeroes && live_is(a->live, FACT_RET, -EFAULT));

	return (ran_out && !live_is(a->live, FACT_FALLBACK, FALLBACK_NONE)) || ended_short(a->live);
}

/* Whose transaction an fdatasync finds committed, and what others have changed since, is a matter of time. */
static unsigned int open_commit(const struct asking *a)
{
	return a->live->rec.journal && !live_is(a->live, FACT_SYNC, SYNC_NONE);
}

/*
 * Without a journal a mapping is dirty for the inode's sake or for that of a block of its map, and until 6.11 only the
 * former has an fdatasync flush.
 */
static unsigned int open_dirty(const struct asking *a)
{
	return a->rules->fsync_skips_clean_inode && !a->live->rec.journal &&
	       live_is(a->live, FACT_SYNC, SYNC_FDATASYNC);
}

static void apply_dirty(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->dirty_map_only = true;
}

/* A mapping beyond the end of the file is always called dirty, and of what the page cache allocated no fact tells. */
static unsigned int open_clean(const struct asking *a)
{
	const struct write *live = a->live;

	return open_dirty(a) && (end_of(live) > live->rec.isize || !live_is(live, FACT_FALLBACK, FALLBACK_NONE));
}

static unsigned int open_trylock(const struct asking *a)
{
	bool locked = live_knows(a->live, FACT_LOCK_FIRST) && a->live->rec.lock_first != LOCK_NONE;

	return may_be_nowait(a) && live_is(a->live, FACT_RET, -EAGAIN) && !live_came_to_iomap(a->live) && !locked;
}

/* Version 1 of the record had no reason for what was refused: nor had it the mode of the data. */
static unsigned int open_old_reason(const struct asking *a)
{
	return !live_knows(a->live, FACT_DATA_MODE) && live_is(a->live, FACT_RET, -EAGAIN) &&
	       !live_came_to_iomap(a->live);
}

static void apply_nothing(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)g;
	(void)a;
	(void)k;
}

static const enum write_fact excuses_isize[] = {FACT_ISIZE_AFTER, NR_FACTS};
static const enum write_fact excuses_retry[] = {FACT_JOURNAL_STARTS, NR_FACTS};
static const enum write_fact excuses_room[] = {FACT_TRUNCATE, NR_FACTS};
static const enum write_fact excuses_commit[] = {FACT_FLUSH, FACT_COMMIT, NR_FACTS};
static const enum write_fact excuses_clean[] = {FACT_FLUSH, NR_FACTS};
static const enum write_fact excuses_old_reason[] = {FACT_UPGRADE_REASON, NR_FACTS};
static const enum write_fact excuses_trylock[] = {
	FACT_LOCK_FIRST, FACT_LOCK,	  FACT_UPGRADE,	    FACT_UPGRADE_REASON,
	FACT_CHECKS,	 FACT_UNALIGNED,  FACT_EXTEND,	    FACT_DIO_WAIT,
	FACT_FORCE_WAIT, FACT_OPS,	  FACT_ROUNDS,	    FACT_JOURNAL_STARTS,
	FACT_BIOS,	 FACT_DATA_BYTES, FACT_ZERO_HEAD,   FACT_ZERO_TAIL,
	FACT_FUA,	 FACT_QUEUED,	  FACT_CONTEXT,	    FACT_END_SIZE,
	FACT_END_ERROR,	 FACT_CONVERT,	  FACT_ISIZE_AFTER, FACT_ORPHAN,
	FACT_TRUNCATE,	 FACT_SYNC,	  FACT_FLUSH,	    FACT_COMMIT,
	FACT_DIO_RET,	 FACT_RET,	  NR_FACTS,
};

/* clang-format off */
const struct unknown replay_unknowns[NR_UNKNOWNS] = {
	{"whether S_NOSEC was set", open_nosec, apply_nosec, false, NULL},
	{"whether new blocks were unwritten before", open_new, apply_new, false, NULL},
	{"what the range was mapped to", open_look, apply_look, false, NULL},
	{"what the last block was mapped to", open_tail, apply_tail, false, NULL},
	{"whether allocation is delayed", open_delalloc, apply_delalloc, false, NULL},
	{"whether a timestamp was due", open_times, apply_times, false, NULL},
	{"whether a worker of io_uring wrote", open_worker, apply_worker, false, NULL},
	{"whether a caller in the kernel waited", open_waits, apply_waits, false, NULL},
	{"where an append began to ask", open_asked, apply_asked, false, NULL},
	{"whether a limit cut it", open_limit, apply_limit, false, NULL},
	{"i_disksize", open_disksize, apply_disksize, false, NULL},
	{"whether the inode was dirty, or a block of its map", open_dirty, apply_dirty, false, NULL},
	{"how the segments lie in memory", open_segments, apply_segments, false, NULL},
	{"how long the segments were that a limit cut", open_cut_segments, apply_cut_segments, false, NULL},
	{"whether what was looked at was delayed, or filled by others", open_delayed, apply_delayed, true, NULL},
	{"whether the last block was delayed", open_delayed_tail, apply_tail, true, NULL},
	{"the file's size when the lock was taken", open_isize, apply_isize, true, excuses_isize},
	{"the file's size when a worker of io_uring chose its lock", open_entry, apply_entry, true, NULL},
	{"i_disksize when the lock was taken", open_writeback, apply_writeback, true, NULL},
	{"the mapping when it was looked at again", open_second_look, apply_second_look, true, NULL},
	{"whether another write's conversion came before the mapping", open_conversion, apply_conversion, true, NULL},
	{"whether room ran out, and an allocation was tried again", open_retry, apply_nothing, true, excuses_retry},
	{"where in the page cache room ran out", open_room, apply_nothing, true, excuses_room},
	{"when the journal committed", open_commit, apply_nothing, true, excuses_commit},
	{"whether the inode was dirty, of which no mapping tells", open_clean, apply_nothing, true, excuses_clean},
	{"why RWF_NOWAIT was refused, which an older dioscope did not record", open_old_reason, apply_nothing, true,
	 excuses_old_reason},
	{"whether the lock was free", open_trylock, apply_nothing, true, excuses_trylock},
};
/* clang-format on */
_Static_assert(NR_UNKNOWNS < REPLAY_UNKNOWNS_MAX, "room for all that may not be known");

const char *replay_unknown_name(size_t row)
{
	return row < NR_UNKNOWNS ? replay_unknowns[row].what : NULL;
}

/* --- what is given --- */

static struct trace_look look_of(const struct write *live)
{
	static const struct trace_look looks[] = {
		[LOOKUP_NONE] = {REF_WRITTEN, true},
		[LOOKUP_WRITTEN] = {REF_WRITTEN, true},
		[LOOKUP_UNWRITTEN] = {REF_UNWRITTEN, true},
		[LOOKUP_HOLE] = {REF_HOLE, true},
		[LOOKUP_DELALLOC] = {REF_HOLE, true},
		[LOOKUP_PART_WRITTEN] = {REF_WRITTEN, false},
		[LOOKUP_PART_UNWRITTEN] = {REF_UNWRITTEN, false},
	};
	struct trace_look look = looks[LOOKUP_WRITTEN];

	if (look_tells(live) && live->rec.lookup < ARRAY_SIZE(looks))
		return looks[live->rec.lookup];
	trace_first_run(live, false, &look);
	return look;
}

/* Addresses and lengths ORed are what a record has: one segment, or two where the lengths say more than the whole. */
static uint32_t first_segment(const struct write_record *r)
{
	return r->segments > 1 && r->seg_align & ~r->len && r->seg_align < r->len ? r->seg_align : 0;
}

/*
 * Where it was asked for: an append asks for something else than where it writes. So it seems for io_uring's second
 * attempt, where the first one wrote a part (6.16): ki_pos is not rewound, and that is what it was asked for then.
 */
static int64_t asked_pos(const struct asking *a)
{
	if (!is_append(a))
		return a->live->rec.pos;
	return live_knows(a->live, FACT_ASKED_POS) ? a->live->rec.asked_pos : 0;
}

void replay_init_given(struct trace_given *g, const struct asking *a)
{
	const struct write *live = a->live;
	const struct write_record *r = &live->rec;
	bool uring = r->submit == SUBMIT_IO_URING && !worker_wrote(live);

	*g = (struct trace_given){
		.asked_pos = asked_pos(a),
		.asked_len = (uint32_t)(live_knows(live, FACT_ASKED_LEN) ? r->asked_len : r->len),
		.seg_ends = {first_segment(r)},
		.addr_align = r->addr_align,
		.nowait = r->flags & WRITE_NOWAIT || uring,
		.waits = r->submit == SUBMIT_SYNC,
		.nosec = live_knows(live, FACT_NOSEC) ? r->nosec : true,
		.delalloc = true,
		.times_current = open_times(a),
		.isize = r->isize,
		.disksize = live_knows(live, FACT_DISKSIZE) ? r->disksize : r->isize,
		.look = look_of(live),
	};
	/* where only part of the range was, a kernel that calls no unwritten block new tells what else was a hole */
	g->new_was_unwritten =
		look_tells(live) && g->look.state == REF_UNWRITTEN && (a->recorded->unwritten_is_new || g->look.whole);
	g->isize_locked = is_append(a) && live_came_to_iomap(live) ? r->pos : r->isize;
	g->disksize_locked = g->isize_locked == r->isize ? g->disksize : g->isize_locked;
}
