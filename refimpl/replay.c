/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/replay.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "refimpl/env/env_trace.h"
#include "refimpl/path/path.h"
#include "reports/model/diff_pairs.h"
#include "reports/model/fields.h"

#define LEN_MAX	     0x7ffff000u /* MAX_RW_COUNT */
#define FALLBACK_MAX (16u << 20) /* what goes through the page cache is held in memory */

/* --- which facts are whose --- */

static const enum write_fact decided[] = {
	FACT_LOCK_FIRST,
	FACT_LOCK,
	FACT_UPGRADE,
	FACT_UPGRADE_REASON,
	FACT_CHECKS,
	FACT_UNALIGNED,
	FACT_EXTEND,
	FACT_DIO_WAIT,
	FACT_FORCE_WAIT,
	FACT_OPS,
	FACT_ROUNDS,
	FACT_JOURNAL_STARTS,
	FACT_BIOS,
	FACT_DATA_BYTES,
	FACT_ZERO_HEAD,
	FACT_ZERO_TAIL,
	FACT_FUA,
	FACT_QUEUED,
	FACT_CONTEXT,
	FACT_END_SIZE,
	FACT_END_ERROR,
	FACT_CONVERT,
	FACT_ISIZE_AFTER,
	FACT_ORPHAN,
	FACT_TRUNCATE,
	FACT_SYNC,
	FACT_FLUSH,
	FACT_COMMIT,
	FACT_DIO_RET,
	FACT_FALLBACK,
	FACT_FALLBACK_REASON,
	FACT_FALLBACK_POS,
	FACT_FALLBACK_LEN,
	FACT_FALLBACK_RET,
	FACT_RET,
};

bool replay_decides(enum write_fact fact)
{
	for (size_t i = 0; i < ARRAY_SIZE(decided); i++)
		if (decided[i] == fact)
			return true;
	return false;
}

/* Without them there is nothing to decide from. */
static const enum write_fact needed[] = {
	FACT_SUBMIT,	FACT_LEN,   FACT_POS,	   FACT_FLAGS,	 FACT_SEGMENTS,	  FACT_ADDR_ALIGN,
	FACT_SEG_ALIGN, FACT_ISIZE, FACT_BLKBITS,  FACT_EXTENTS, FACT_INODE_SYNC, FACT_JOURNAL,
	FACT_BARRIER,	FACT_LBS,   FACT_DMA_MASK, FACT_DEV_FUA, FACT_DEV_CACHE,
};

static bool known(const struct write *live, enum write_fact fact)
{
	return field_known(&live->rec, fact);
}

static bool is(const struct write *live, enum write_fact fact, int64_t value)
{
	return known(live, fact) && field_value(&live->rec, fact) == value;
}

static bool came_to_iomap(const struct write *live)
{
	return live->rec.stage_ns[STAGE_IOMAP] || known(live, FACT_OPS);
}

/* --- what cannot be replayed --- */

static bool is_outside(const struct write *live)
{
	return known(live, FACT_INODE_FLAGS) && live->rec.inode_flags & ~INODE_JOURNAL_DATA;
}

static bool is_atomic(const struct write *live)
{
	return live->rec.flags & WRITE_ATOMIC;
}

static bool has_no_size(const struct write *live)
{
	const struct write_record *r = &live->rec;

	return r->blkbits < 10 || r->blkbits > 12 || r->pos < 0 || r->isize < 0 || !r->len || r->len > LEN_MAX ||
	       r->pos >> r->blkbits > UINT32_MAX - (LEN_MAX >> 10) ||
	       (known(live, FACT_ASKED_LEN) && r->asked_len > LEN_MAX);
}

static bool lost_steps(const struct write *live)
{
	return live->nr_steps != live->rec.steps_total;
}

static bool is_in_flight(const struct write *live)
{
	return live->rec.state & (WRITE_IN_FLIGHT | WRITE_REUSED);
}

/* Failed before ext4 decided anything that is replayed: a signal, a swap file, a file system that was shut down. */
static bool failed_elsewhere(const struct write *live)
{
	static const int ours[] = {EAGAIN, EINVAL, EFAULT, EIO, EPERM, EFBIG, ENOSPC, EOPNOTSUPP, EDQUOT};

	if (came_to_iomap(live) || !known(live, FACT_RET) || live->rec.ret >= 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (live->rec.ret == -ours[i])
			return false;
	return true;
}

static bool buffers_much(const struct write *live)
{
	return !is(live, FACT_FALLBACK, FALLBACK_NONE) && known(live, FACT_FALLBACK) && live->rec.len > FALLBACK_MAX;
}

static const struct {
	bool (*applies)(const struct write *live);
	const char *why;
} refusals[] = {
	{is_in_flight, "it was not over when the recording ended"},
	{lost_steps, "steps of it were lost"},
	{is_outside, "encryption, verity and inline data are outside the reference"},
	{is_atomic, "RWF_ATOMIC is outside the reference"},
	{has_no_size, "its block size, position or length is outside the reference"},
	{failed_elsewhere, "it failed outside of the path"},
	{buffers_much, "more than 16 MiB of it may have gone through the page cache"},
};

/* "its i_size is unknown": one text a fact, for good. */
static const char *unknown_text(size_t i)
{
	static char texts[ARRAY_SIZE(needed)][64];

	snprintf(texts[i], sizeof(texts[i]), "its %s is unknown", write_fields[needed[i]].label);
	return texts[i];
}

const char *replay_refuses(const struct write *live)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!known(live, needed[i]))
			return unknown_text(i);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].applies(live))
			return refusals[i].why;
	return NULL;
}

/* --- what is not known --- */

struct asking {
	const struct write *live;
	const struct ref_rules *rules;
	const struct ref_rules *recorded;
};

struct unknown {
	const char *what;
	/* Into how many values beyond the first it may fall, 0: it is known. */
	unsigned int (*open)(const struct asking *a);
	/* Value @k, from 1. */
	void (*apply)(struct trace_given *g, const struct asking *a, unsigned int k);
	bool moves;			/* it was observed, at another moment */
	const enum write_fact *excuses; /* decisions that no value tells, ended by NR_FACTS; NULL: none */
};

static unsigned int open_nosec(const struct asking *a)
{
	return !known(a->live, FACT_NOSEC);
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
	return known(live, FACT_LOOKUP) && live->rec.lookup != LOOKUP_NONE;
}

static unsigned int open_new(const struct asking *a)
{
	return has_new_unwritten(a) && !look_tells(a->live);
}

static void apply_new(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)k;
	g->new_was_unwritten = true;
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

static unsigned int open_delalloc(const struct asking *a)
{
	return known(a->live, FACT_INODE_FLAGS) && a->live->rec.inode_flags & INODE_JOURNAL_DATA;
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

static unsigned int open_worker(const struct asking *a)
{
	return a->live->rec.submit == SUBMIT_IO_URING && !known(a->live, FACT_WORKER) &&
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
	bool again = a->live->rec.submit == SUBMIT_IO_URING && !is(a->live, FACT_ATTEMPTS, 1);

	return is_append(a) && (again || !known(a->live, FACT_ASKED_POS));
}

static void apply_asked(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)k;
	g->asked_pos = a->live->rec.isize;
}

static unsigned int open_disksize(const struct asking *a)
{
	return !known(a->live, FACT_DISKSIZE);
}

static void apply_disksize(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->disksize = g->disksize_locked = 0;
}

/* Of several segments the record has all addresses ORed: from 6.18 on it matters which of them is where. */
static unsigned int open_segments(const struct asking *a)
{
	return a->live->rec.segments > 1 && a->rules->buffer != REF_BUFFER_BEFORE &&
	       a->live->rec.addr_align & a->live->rec.dma_mask;
}

static void apply_segments(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->addr_align = 0;
}

/* --- what may have moved --- */

static int64_t end_of(const struct write *live)
{
	return (int64_t)((uint64_t)live->rec.pos + live->rec.len);
}

/*
 * Others extended or cut the file, which shows in the end, as this write's own extension does: to what it was in the
 * end, to where this write begins, or to its last byte.
 */
static unsigned int open_isize(const struct asking *a)
{
	return is(a->live, FACT_ISIZE_AFTER, a->live->rec.isize) ? 0 : 3;
}

static void apply_isize(struct trace_given *g, const struct asking *a, unsigned int k)
{
	const struct write_record *r = &a->live->rec;
	const int64_t sizes[] = {known(a->live, FACT_ISIZE_AFTER) ? r->isize_after : r->isize, r->pos,
				 end_of(a->live) - 1};

	g->isize_locked = g->disksize_locked = sizes[k - 1];
}

/*
 * Without a hook on the functions a worker of io_uring is first seen when it holds the lock: when it chose which, the
 * file may have been shorter.
 */
static unsigned int open_entry(const struct asking *a)
{
	return a->live->rec.submit == SUBMIT_IO_URING && !is(a->live, FACT_WORKER, 0) &&
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
	return !is(a->live, FACT_DISKSIZE, a->live->rec.isize);
}

static void apply_writeback(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->disksize_locked = g->isize_locked;
}

/* After the shared lock was given up, others may have allocated or written what the look had found. */
static unsigned int open_second_look(const struct asking *a)
{
	struct trace_look look;

	return look_tells(a->live) && trace_first_run(a->live, false, &look);
}

/* Nobody says what was looked at, and it may have been a delayed allocation, which the write itself had written back.
 */
static unsigned int open_delayed(const struct asking *a)
{
	struct trace_look look;

	return !look_tells(a->live) && trace_first_run(a->live, false, &look) && look.state != REF_HOLE &&
	       !is(a->live, FACT_DISKSIZE, a->live->rec.isize);
}

static void apply_delayed(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)a;
	(void)k;
	g->look = (struct trace_look){REF_HOLE, true};
}

static void apply_second_look(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)k;
	trace_first_run(a->live, g->new_was_unwritten, &g->look);
}

/* Whose transaction an fdatasync finds committed, and what others have changed since, is a matter of time. */
static unsigned int open_commit(const struct asking *a)
{
	return a->live->rec.journal && !is(a->live, FACT_SYNC, SYNC_NONE);
}

static unsigned int open_trylock(const struct asking *a)
{
	bool locked = known(a->live, FACT_LOCK_FIRST) && a->live->rec.lock_first != LOCK_NONE;

	return may_be_nowait(a) && is(a->live, FACT_RET, -EAGAIN) && !came_to_iomap(a->live) && !locked;
}

/* Version 1 of the record had no reason for what was refused: nor had it the mode of the data. */
static unsigned int open_old_reason(const struct asking *a)
{
	return !known(a->live, FACT_DATA_MODE) && is(a->live, FACT_RET, -EAGAIN) && !came_to_iomap(a->live);
}

static void apply_nothing(struct trace_given *g, const struct asking *a, unsigned int k)
{
	(void)g;
	(void)a;
	(void)k;
}

static const enum write_fact excuses_isize[] = {FACT_ISIZE_AFTER, NR_FACTS};
static const enum write_fact excuses_commit[] = {FACT_FLUSH, FACT_COMMIT, NR_FACTS};
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
static const struct unknown unknowns[] = {
	{"whether S_NOSEC was set", open_nosec, apply_nosec, false, NULL},
	{"whether new blocks were unwritten before", open_new, apply_new, false, NULL},
	{"what the range was mapped to", open_look, apply_look, false, NULL},
	{"whether allocation is delayed", open_delalloc, apply_delalloc, false, NULL},
	{"whether a timestamp was due", open_times, apply_times, false, NULL},
	{"whether a worker of io_uring wrote", open_worker, apply_worker, false, NULL},
	{"whether a caller in the kernel waited", open_waits, apply_waits, false, NULL},
	{"where an append began to ask", open_asked, apply_asked, false, NULL},
	{"i_disksize", open_disksize, apply_disksize, false, NULL},
	{"how the segments lie in memory", open_segments, apply_segments, false, NULL},
	{"whether what was looked at was delayed", open_delayed, apply_delayed, true, NULL},
	{"the file's size when the lock was taken", open_isize, apply_isize, true, excuses_isize},
	{"the file's size when a worker of io_uring chose its lock", open_entry, apply_entry, true, NULL},
	{"i_disksize when the lock was taken", open_writeback, apply_writeback, true, NULL},
	{"the mapping when it was looked at again", open_second_look, apply_second_look, true, NULL},
	{"when the journal committed", open_commit, apply_nothing, true, excuses_commit},
	{"why RWF_NOWAIT was refused, which an older dioscope did not record", open_old_reason, apply_nothing, true,
	 excuses_old_reason},
	{"whether the lock was free", open_trylock, apply_nothing, true, excuses_trylock},
};
/* clang-format on */
#define NR_UNKNOWNS ARRAY_SIZE(unknowns)
_Static_assert(NR_UNKNOWNS < REPLAY_UNKNOWNS_MAX, "room for all that may not be known");

const char *replay_unknown_name(size_t row)
{
	return row < NR_UNKNOWNS ? unknowns[row].what : NULL;
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

/* All as it was observed; of what is unknown the first value. */
static void init_given(struct trace_given *g, const struct asking *a)
{
	const struct write *live = a->live;
	const struct write_record *r = &live->rec;
	bool uring = r->submit == SUBMIT_IO_URING && !(known(live, FACT_WORKER) && r->worker);

	*g = (struct trace_given){
		.asked_pos = known(live, FACT_ASKED_POS) ? r->asked_pos
			     : is_append(a)		 ? 0
							 : r->pos,
		.addr_align = r->addr_align,
		.nowait = r->flags & WRITE_NOWAIT || uring,
		.waits = r->submit == SUBMIT_SYNC,
		.nosec = known(live, FACT_NOSEC) ? r->nosec : true,
		.delalloc = true,
		.times_current = open_times(a),
		.isize = r->isize,
		.disksize = known(live, FACT_DISKSIZE) ? r->disksize : r->isize,
		.look = look_of(live),
	};
	g->new_was_unwritten = look_tells(live) && g->look.state == REF_UNWRITTEN;
	g->isize_locked = is_append(a) && came_to_iomap(live) ? r->pos : r->isize;
	g->disksize_locked = g->isize_locked == r->isize ? g->disksize : g->isize_locked;
}

/* --- one run --- */

/* Addresses and lengths ORed are what a record has: one segment, or two where the lengths say more than the whole. */
static void fill_op(struct workload_op *op, const struct write *live, const struct trace_given *g)
{
	const struct write_record *r = &live->rec;
	uint32_t len = (uint32_t)(known(live, FACT_ASKED_LEN) ? r->asked_len : r->len);
	bool apart = r->segments > 1 && r->seg_align & ~len && r->seg_align < len;

	memset(op, 0, sizeof(*op));
	op->kind = OP_WRITE;
	op->pos = g->asked_pos;
	op->len = len;
	op->flags = r->flags;
	op->submit = (enum submit_kind)r->submit;
	op->align = g->addr_align;
	op->nr_segs = apart ? 2 : 1;
	op->segs[0] = apart ? r->seg_align : len;
	op->segs[1] = len - op->segs[0];
}

/* What a write's buffer holds: nothing, but it can be read. One for all; it takes no memory. */
static const uint8_t *buffer(void)
{
	static void *pages;

	if (!pages) {
		pages = mmap(NULL, (size_t)LEN_MAX + REF_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			     -1, 0);
		pages = pages == MAP_FAILED ? NULL : pages;
	}
	return pages;
}

static bool faulted(const struct write *live)
{
	return is(live, FACT_RET, -EFAULT) || is(live, FACT_DIO_RET, -EFAULT) || is(live, FACT_END_ERROR, -EFAULT) ||
	       is(live, FACT_FALLBACK_REASON, FALLBACK_FAULT);
}

static int take_write(struct replay *out, struct ref_write *w)
{
	out->write = (struct write){.rec = w->rec, .steps = w->steps, .nr_steps = w->nr_steps};
	out->write.rec.steps_total = w->nr_steps;
	w->steps = NULL;
	w->nr_steps = 0;
	return w->out_of_memory ? -ENOMEM : 0;
}

static int run(struct replay *out, const struct asking *a, const struct trace_given *g)
{
	static struct workload_op op;
	struct trace_env e;
	struct ref_write w;
	int ret = trace_env_init(&e, a->live, g);

	fill_op(&op, a->live, g);
	if (ret || !buffer()) {
		trace_env_release(&e);
		return -ENOMEM;
	}
	ref_write_init(&w, &e.env, a->rules, &e.inode, &op, buffer());
	w.iocb.sync = g->waits;
	if (faulted(a->live) && known(a->live, FACT_DATA_BYTES))
		w.from.readable = a->live->rec.data_bytes;
	e.replay = &w;
	ref_write_end(&w, ref_write_attempt(&w, &op, g->nowait));
	ret = take_write(out, &w);
	out->beyond = e.beyond;
	ref_write_release(&w);
	trace_env_release(&e);
	return ret;
}

static void run_release(struct replay *r)
{
	diff_release(&r->diff);
	free(r->write.steps);
	r->write.steps = NULL;
}

/* --- all that it may have been --- */

struct search {
	struct asking asking;
	struct trace_given base;
	unsigned int values[NR_UNKNOWNS]; /* of each row: how many beyond the first, */
	unsigned int at[NR_UNKNOWNS];	  /* and which is tried */
	bool compares[NR_FACTS];	  /* in this try */
};

static void only_decisions(bool *compares)
{
	memset(compares, 0, NR_FACTS * sizeof(*compares));
	for (size_t i = 0; i < ARRAY_SIZE(decided); i++)
		compares[decided[i]] = true;
}

static void apply(struct search *s, struct trace_given *g)
{
	*g = s->base;
	only_decisions(s->compares);
	for (size_t i = 0; i < NR_UNKNOWNS; i++) {
		const enum write_fact *excused = unknowns[i].excuses;

		if (!s->at[i])
			continue;
		unknowns[i].apply(g, &s->asking, s->at[i]);
		for (; excused && *excused != NR_FACTS; excused++)
			s->compares[*excused] = false;
	}
}

static int try_one(struct search *s, struct replay *out)
{
	struct trace_given given;
	int ret;

	memset(out, 0, sizeof(*out));
	apply(s, &given);
	ret = run(out, &s->asking, &given);
	if (!ret)
		ret = diff_decisions(&out->diff, s->asking.live, &out->write, s->compares);
	if (ret)
		run_release(out);
	return ret;
}

/* The next combination of the rows that @moves or do not; false when all were tried. */
static bool next(struct search *s, bool moves)
{
	for (size_t i = 0; i < NR_UNKNOWNS; i++) {
		if (unknowns[i].moves != moves)
			continue;
		if (s->at[i] < s->values[i]) {
			s->at[i]++;
			return true;
		}
		s->at[i] = 0;
	}
	return false;
}

static size_t findings(const struct replay *r)
{
	return r->diff.by_verdict[VERDICT_DIFFERENT];
}

static void swap(struct replay *a, struct replay *b)
{
	struct replay was = *a;

	*a = *b;
	*b = was;
	for (size_t i = 0; i < a->diff.nr; i++)
		a->diff.findings[i].b = &a->write;
}

static bool decides_alike(const struct replay *a, const struct replay *b, enum write_fact fact)
{
	return a->write.rec.how[fact] == b->write.rec.how[fact] &&
	       (!field_known(&a->write.rec, fact) ||
		field_value(&a->write.rec, fact) == field_value(&b->write.rec, fact));
}

/* The row that this try is about: the first that is not as at first. */
static size_t row_of(const struct search *s)
{
	size_t i = 0;

	while (i < NR_UNKNOWNS - 1 && !s->at[i])
		i++;
	return i;
}

static void note_varying(const struct search *s, const struct replay *first, const struct replay *other, bool *varies,
			 uint32_t *vague)
{
	for (size_t i = 0; i < ARRAY_SIZE(decided); i++) {
		if (varies[decided[i]] || decides_alike(first, other, decided[i]))
			continue;
		varies[decided[i]] = true;
		vague[row_of(s)]++;
	}
}

/* Every value of what is unknown: @best is what fits best. */
static int try_unknown(struct search *s, struct replay *best)
{
	bool varies[NR_FACTS] = {false};
	uint32_t vague[REPLAY_UNKNOWNS_MAX] = {0};
	unsigned int at[NR_UNKNOWNS] = {0};
	int ret = 0;

	while (!ret && next(s, false)) {
		struct replay other;

		ret = try_one(s, &other);
		if (ret)
			break;
		note_varying(s, best, &other, varies, vague);
		if (findings(&other) < findings(best)) {
			memcpy(at, s->at, sizeof(at));
			swap(best, &other);
		}
		run_release(&other);
	}
	memcpy(s->at, at, sizeof(at));
	memcpy(best->varies, varies, sizeof(varies));
	memcpy(best->vague, vague, sizeof(vague));
	return ret;
}

/* What did not fit may fit what has moved; what that leaves open counts as not checked. */
static int try_moved(struct search *s, struct replay *best)
{
	int ret = 0;

	while (!ret && findings(best) && next(s, true)) {
		struct replay other;

		ret = try_one(s, &other);
		if (ret)
			break;
		memcpy(other.varies, best->varies, sizeof(other.varies));
		memcpy(other.vague, best->vague, sizeof(other.vague));
		if (!findings(&other)) {
			note_varying(s, best, &other, other.varies, other.vague);
			for (int f = 0; f < NR_FACTS; f++)
				if (replay_decides((enum write_fact)f) && !s->compares[f] && !other.varies[f]) {
					other.varies[f] = true;
					other.vague[row_of(s)]++;
				}
			swap(best, &other);
		}
		run_release(&other);
	}
	return ret; /* where nothing fitted, next() has set all back to what was observed */
}

static void count(struct replay *r, const struct write *live)
{
	for (size_t i = 0; i < ARRAY_SIZE(decided); i++) {
		enum how how = field_how(&live->rec, decided[i]);
		bool compared = how != HOW_UNKNOWN && r->write.rec.how[decided[i]] != HOW_UNKNOWN;

		if (!compared || r->varies[decided[i]])
			continue;
		r->compared++;
		r->inferred += how == HOW_INFERRED;
		r->unreached += how == HOW_NOT_REACHED;
	}
}

static void open_all(struct search *s)
{
	for (size_t i = 0; i < NR_UNKNOWNS; i++)
		s->values[i] = unknowns[i].open(&s->asking);
}

/* @s: in the end what fits best. */
static int search(struct search *s, struct replay *out)
{
	int ret;

	init_given(&s->base, &s->asking);
	open_all(s);
	ret = try_one(s, out);
	if (ret)
		return ret;
	ret = try_unknown(s, out);
	if (!ret)
		ret = try_moved(s, out);
	if (ret)
		replay_release(out);
	else
		count(out, s->asking.live);
	return ret;
}

int replay_write(struct replay *out, const struct write *live, const struct ref_rules *rules,
		 const struct ref_rules *recorded)
{
	struct search s = {.asking = {live, rules, recorded}};

	return search(&s, out);
}

/* --- under other rules --- */

static int run_to_end(const struct search *s, struct replay *out)
{
	struct search copy = *s;
	struct trace_given given;
	int ret;

	memset(out, 0, sizeof(*out));
	apply(&copy, &given);
	ret = run(out, &s->asking, &given);
	if (ret || out->write.rec.ret != -EAGAIN || s->asking.live->rec.submit != SUBMIT_IO_URING ||
	    s->asking.live->rec.flags & WRITE_NOWAIT)
		return ret;
	run_release(out);
	given.nowait = false;
	return run(out, &s->asking, &given);
}

/* All that the unknown may be, with what has moved as it fitted. */
static int run_others(struct search *s, struct replay *first)
{
	int ret = run_to_end(s, first);

	for (size_t i = 0; i < NR_UNKNOWNS; i++)
		s->at[i] = unknowns[i].moves ? s->at[i] : 0;
	do {
		struct replay other;

		if (ret)
			break;
		ret = run_to_end(s, &other);
		note_varying(s, first, &other, first->varies, first->vague);
		first->beyond |= other.beyond;
		run_release(&other);
	} while (next(s, false));
	return ret;
}

int replay_other(struct replay *base, struct replay *other, const struct write *live, const struct ref_rules *rules,
		 const struct ref_rules *recorded)
{
	struct search s = {.asking = {live, recorded, recorded}};
	int ret = search(&s, base);

	if (ret)
		return ret;
	s.asking.rules = rules;
	init_given(&s.base, &s.asking);
	open_all(&s);
	ret = run_others(&s, other);
	if (ret) {
		replay_release(other);
		replay_release(base);
	}
	return ret;
}

void replay_release(struct replay *r)
{
	run_release(r);
}
