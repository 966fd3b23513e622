// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/infer.h"

#include <errno.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/times.h"

static bool known(const struct write_record *r, enum write_fact fact)
{
	return field_known(r, fact);
}

static bool ended(const struct write_record *r)
{
	return !(r->state & (WRITE_IN_FLIGHT | WRITE_REUSED));
}

/* --- what was not reached --- */

/* ext4_should_use_dio() said yes; a file whose data are journalled may still be direct, for its folios are large. */
static bool surely_direct(const struct write_record *r)
{
	return known(r, FACT_DATA_MODE) && known(r, FACT_INODE_FLAGS) && r->data_mode != DATA_JOURNAL &&
	       !r->inode_flags;
}

/* Or it was seen to come to the page cache, and not to iomap before. */
static bool surely_buffered(const struct write_record *r)
{
	return (known(r, FACT_DATA_MODE) && r->data_mode == DATA_JOURNAL) || r->stage_ns[STAGE_BUFFERED];
}

/*
 * What ext4_generic_write_checks() alone refuses: an immutable file, a limit, a swap file. The page cache's way has the
 * same checks, under a lock of its own.
 */
static bool refused_in_check(const struct write_record *r)
{
	return known(r, FACT_RET) && (r->ret == -EPERM || r->ret == -EFBIG || r->ret == -ETXTBSY) &&
	       !r->stage_ns[STAGE_IOMAP];
}

static bool ended_in_check(const struct write_record *r)
{
	return refused_in_check(r) && surely_direct(r);
}

static bool may_have_ended_in_check(const struct write_record *r)
{
	return refused_in_check(r) && !surely_buffered(r);
}

/* Without a hook on the checks: RWF_NOWAIT was refused the lock, or refused under it. */
static bool may_have_been_checked(const struct write_record *r)
{
	bool unseen = r->how[FACT_CHECKS] == HOW_UNKNOWN || r->how[FACT_CHECKS] == HOW_INFERRED;

	return unseen && known(r, FACT_RET) && r->ret == -EAGAIN;
}

static bool came_to_check(const struct write_record *r)
{
	return r->stage_ns[STAGE_CHECK] || r->stage_ns[STAGE_IOMAP] || r->how[FACT_LOOKUP] == HOW_OBSERVED ||
	       may_have_ended_in_check(r) || may_have_been_checked(r);
}

static bool came_to_iomap(const struct write_record *r)
{
	return r->stage_ns[STAGE_IOMAP];
}

/* Invalidation of the cached range failed: iomap was left before its first round. */
static bool came_to_round(const struct write_record *r)
{
	return came_to_iomap(r) && !(known(r, FACT_INVALIDATE) && r->invalidate);
}

static bool came_to_complete(const struct write_record *r)
{
	return r->stage_ns[STAGE_COMPLETE] || r->how[FACT_DIO_RET] == HOW_OBSERVED;
}

static bool wrote_data(const struct write_record *r)
{
	return !known(r, FACT_DATA_BYTES) || r->data_bytes;
}

/* RWF_NOWAIT ended it for what it would have given the shared lock up for. */
static bool would_upgrade(const struct write_record *r)
{
	return r->flags & WRITE_NOWAIT && known(r, FACT_RET) && r->ret == -EAGAIN && !came_to_iomap(r) &&
	       !(known(r, FACT_UPGRADE_REASON) && !r->upgrade_reason);
}

static bool was_upgraded(const struct write_record *r)
{
	return came_to_check(r) && (would_upgrade(r) || !(known(r, FACT_UPGRADE) && !r->upgrade));
}

static bool is_async(const struct write_record *r)
{
	return !(known(r, FACT_SUBMIT) && r->submit == SUBMIT_SYNC);
}

static bool may_have_a_worker(const struct write_record *r)
{
	return !(known(r, FACT_SUBMIT) && r->submit != SUBMIT_IO_URING);
}

static bool was_drained(const struct write_record *r)
{
	return came_to_iomap(r) && !(known(r, FACT_DIO_WAIT) && !r->dio_wait);
}

static bool fell_back(const struct write_record *r)
{
	return !(known(r, FACT_FALLBACK) && r->fallback == FALLBACK_NONE);
}

static bool was_synced(const struct write_record *r)
{
	return !(known(r, FACT_SYNC) && r->sync == SYNC_NONE);
}

/* Facts that are always reached are not listed. */
static const struct {
	enum write_fact fact;
	bool (*reached)(const struct write_record *r);
} reach[] = {
	{FACT_LOCK_FIRST, came_to_check},
	{FACT_UPGRADE, came_to_check},
	{FACT_CHECKS, came_to_check},
	{FACT_NOSEC, came_to_check},
	{FACT_UPGRADE_REASON, was_upgraded},
	{FACT_LOCK, came_to_iomap},
	{FACT_UNALIGNED, came_to_iomap},
	{FACT_EXTEND, came_to_iomap},
	{FACT_DIO_WAIT, came_to_iomap},
	{FACT_DRAIN, was_drained},
	{FACT_LOOKUP, came_to_check},
	{FACT_FORCE_WAIT, came_to_iomap},
	{FACT_ORPHAN, came_to_iomap},
	{FACT_INVALIDATE, came_to_iomap},
	{FACT_OPS, came_to_round},
	{FACT_ROUNDS, came_to_round},
	{FACT_JOURNAL_STARTS, came_to_round},
	{FACT_BIOS, came_to_round},
	{FACT_DATA_BYTES, came_to_round},
	{FACT_ZERO_HEAD, came_to_round},
	{FACT_ZERO_TAIL, came_to_round},
	{FACT_FUA, came_to_round},
	{FACT_FUA, wrote_data},
	{FACT_QUEUED, came_to_round},
	{FACT_HELD, is_async},
	{FACT_WORKER, may_have_a_worker},
	{FACT_CONTEXT, came_to_complete},
	{FACT_END_SIZE, came_to_complete},
	{FACT_END_ERROR, came_to_complete},
	{FACT_CONVERT, came_to_complete},
	{FACT_DIO_RET, came_to_complete},
	{FACT_TRUNCATE, came_to_iomap},
	{FACT_FLUSH, was_synced},
	{FACT_COMMIT, was_synced},
	{FACT_FALLBACK_REASON, fell_back},
	{FACT_FALLBACK_POS, fell_back},
	{FACT_FALLBACK_LEN, fell_back},
	{FACT_FALLBACK_RET, fell_back},
};

/*
 * A zero may be what a hook leaves that was never hit; the lock that a check saw need not be the one that the direct
 * write holds, and operations that iomap was handed need not come to be used. Anything else was seen, and is not taken
 * back: where it contradicts reach[] one of the two is wrong, and the differ says so.
 */
static bool was_seen(const struct write_record *r, enum write_fact fact)
{
	return r->how[fact] == HOW_OBSERVED && write_fields[fact].compare != COMPARE_NOT && fact != FACT_LOCK &&
	       fact != FACT_OPS && field_value(r, fact);
}

static void mark_not_reached(struct write_record *r)
{
	if (!ended(r))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(reach); i++)
		if (!reach[i].reached(r) && !was_seen(r, reach[i].fact))
			r->how[reach[i].fact] = HOW_NOT_REACHED;
}

/* --- what follows: each rule fills one fact and says whether it could --- */

/* A damaged record may say anything: wrap, do not overflow. */
static int64_t end_pos(const struct write_record *r)
{
	return (int64_t)((uint64_t)r->pos + r->len);
}

static bool asked_beyond(const struct write_record *r)
{
	return known(r, FACT_ASKED_POS) && known(r, FACT_ASKED_LEN) && known(r, FACT_ISIZE) &&
	       (int64_t)((uint64_t)r->asked_pos + r->asked_len) > r->isize;
}

/*
 * The lock is never downgraded, so a shared one was shared from the start. An exclusive one was taken at once when
 * the position as passed in plus the length lay beyond i_size; with O_APPEND that position is not known here.
 */
static bool infer_upgrade(struct write *w)
{
	struct write_record *r = &w->rec;

	r->upgrade = 0;
	if (!known(r, FACT_LOCK))
		return ended_in_check(r);
	return r->lock == LOCK_SHARED || (!(r->flags & WRITE_APPEND) && end_pos(r) > r->isize) || asked_beyond(r);
}

static bool infer_lock_first(struct write *w)
{
	struct write_record *r = &w->rec;

	r->lock_first = r->upgrade ? LOCK_SHARED : r->lock;
	if (ended_in_check(r)) {
		r->lock_first = asked_beyond(r) ? LOCK_EXCLUSIVE : LOCK_SHARED;
		return known(r, FACT_ASKED_POS) && known(r, FACT_ASKED_LEN) && known(r, FACT_ISIZE);
	}
	return known(r, FACT_UPGRADE) && known(r, FACT_LOCK);
}

static bool infer_checks(struct write *w)
{
	w->rec.checks = 1 + w->rec.upgrade;
	return known(&w->rec, FACT_UPGRADE);
}

/* What ends beyond the size is no overwrite: it is not looked up. */
static bool infer_lookup(struct write *w)
{
	w->rec.lookup = LOOKUP_NONE;
	return known(&w->rec, FACT_ISIZE) && end_pos(&w->rec) > w->rec.isize;
}

/* Without S_NOSEC the shared lock would have been given up. */
static bool infer_nosec(struct write *w)
{
	w->rec.nosec = 1;
	return known(&w->rec, FACT_LOCK) && w->rec.lock == LOCK_SHARED;
}

/* A write that extends goes on the orphan list first, and no other does. */
static bool infer_orphan(struct write *w)
{
	w->rec.orphan = w->rec.extend;
	return known(&w->rec, FACT_EXTEND);
}

/*
 * A first round comes only after the cached pages are gone. iomap is left before it, without a completion, only when
 * RWF_NOWAIT met cached pages: other failures have a tracepoint of their own.
 */
static bool infer_invalidate(struct write *w)
{
	struct write_record *r = &w->rec;
	bool counted = known(r, FACT_ROUNDS);
	bool left = counted && came_to_iomap(r) && !r->rounds && !came_to_complete(r) && r->flags & WRITE_NOWAIT;

	r->invalidate = left ? -EAGAIN : 0;
	return left || (counted && r->rounds > 0);
}

static bool infer_end_error(struct write *w)
{
	w->rec.end_error = w->rec.dio_ret < 0 ? (int32_t)w->rec.dio_ret : 0;
	return known(&w->rec, FACT_DIO_RET);
}

static bool infer_end_size(struct write *w)
{
	w->rec.end_size = w->rec.dio_ret;
	return known(&w->rec, FACT_DIO_RET) && w->rec.dio_ret >= 0;
}

/* ext4_dio_write_end_io converts what was written when a round was unwritten and nothing failed. */
static bool infer_convert(struct write *w)
{
	struct write_record *r = &w->rec;

	r->convert = 0;
	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_ROUND && w->steps[i].role == MAP_UNWRITTEN)
			r->convert = r->dio_ret > 0;
	return known(r, FACT_DIO_RET) && w->nr_steps == r->steps_total;
}

static bool infer_queued(struct write *w)
{
	struct write_record *r = &w->rec;

	r->queued = r->submit != SUBMIT_SYNC && r->context != COMPLETE_SUBMITTER;
	return known(r, FACT_SUBMIT) && (r->submit == SUBMIT_SYNC || known(r, FACT_CONTEXT));
}

/*
 * Who completed it was not off before: an asynchronous write that had to wait, or was over by the time, held its
 * submitter for all that it took. A worker of io_uring, or a thread that polls for it, is there to be held.
 */
static bool infer_held(struct write *w)
{
	struct write_record *r = &w->rec;
	bool submitted =
		known(r, FACT_SUBMIT) &&
		(r->submit == SUBMIT_LIBAIO || (r->submit == SUBMIT_IO_URING && known(r, FACT_WORKER) && !r->worker));
	uint64_t ns = 0;
	bool timed = r->stage_ns[STAGE_ENTER] && !(r->state & WRITE_LATE) && write_latency_ns(r, &ns);

	r->held_ns = ns;
	return submitted && timed && known(r, FACT_CONTEXT) && r->context == COMPLETE_SUBMITTER;
}

/* By a check before iomap. The page cache, too, may have failed a write that is none of iomap's. */
static bool was_refused(const struct write_record *r)
{
	return !came_to_iomap(r) && known(r, FACT_RET) && (r->ret == -EAGAIN || (r->ret < 0 && surely_direct(r)));
}

static bool infer_fallback(struct write *w)
{
	struct write_record *r = &w->rec;
	bool complete = known(r, FACT_DIO_RET) && known(r, FACT_LEN);

	if (known(r, FACT_INVALIDATE) && r->invalidate && r->invalidate != -EAGAIN) {
		r->fallback = FALLBACK_WHOLE;
		return true;
	}
	if (was_refused(r)) {
		r->fallback = FALLBACK_NONE;
		return true;
	}
	if (!complete || r->dio_ret < 0 || r->dio_ret >= (int64_t)r->len)
		r->fallback = FALLBACK_NONE;
	else
		r->fallback = r->dio_ret ? FALLBACK_REST : FALLBACK_WHOLE;
	return complete;
}

/* The round in which the direct part ended; NULL: it had come to the end of one. */
static const struct write_step *round_of_the_stop(const struct write *w)
{
	uint64_t stop = (uint64_t)w->rec.pos + (uint64_t)(w->rec.dio_ret > 0 ? w->rec.dio_ret : 0);

	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *s = &w->steps[i];

		if (s->kind == STEP_ROUND && stop >= (uint64_t)s->pos && stop - (uint64_t)s->pos < s->len)
			return s;
	}
	return NULL;
}

bool write_stopped_inside_a_round(const struct write *w)
{
	return round_of_the_stop(w) != NULL;
}

/* Whether the device can take it is known. */
static bool knows_alignment(const struct write_record *r)
{
	return known(r, FACT_LBS) && known(r, FACT_DMA_MASK) && known(r, FACT_ADDR_ALIGN) && known(r, FACT_SEG_ALIGN);
}

/* The device cannot take it so: the page cache does from 6.15 to 6.17.3, on other kernels it is an error. */
static bool misaligned_for_device(const struct write_record *r)
{
	uint64_t lengths = (uint64_t)r->pos | r->len | r->seg_align;

	return knows_alignment(r) && (lengths & (r->lbs - 1) || r->addr_align & r->dma_mask);
}

/*
 * Where only what lies behind the first round is no whole sector, a kernel that looks at all of the buffer first refuses
 * it for that, and one that looks at each round (from 6.18) may have met a page fault.
 */
static bool misaligned_behind_the_round(const struct write *w)
{
	const struct write_step *s = round_of_the_stop(w);
	const struct write_record *r = &w->rec;

	return s && !(((uint64_t)r->pos | ((uint64_t)s->pos + s->len)) & (r->lbs - 1)) &&
	       !(r->addr_align & r->dma_mask) && (uint64_t)s->pos + s->len < (uint64_t)r->pos + r->len;
}

/* Of a buffer that was cut (RLIMIT_FSIZE), only what was left is known, and a bio is filled from all of it (7.2). */
static bool buffer_was_cut(const struct write_record *r)
{
	return !known(r, FACT_ASKED_LEN) || r->asked_len > r->len;
}

static bool infer_fallback_reason(struct write *w)
{
	struct write_record *r = &w->rec;
	bool extents = known(r, FACT_EXTENTS) && r->extents, in_doubt = false;

	if (!came_to_iomap(r)) {
		r->fallback_reason = FALLBACK_INELIGIBLE;
	} else if (known(r, FACT_INVALIDATE) && r->invalidate) {
		r->fallback_reason = FALLBACK_INVALIDATE;
	} else if (!extents && !write_stopped_inside_a_round(w)) {
		r->fallback_reason = FALLBACK_INDIRECT_HOLE;
		in_doubt = !known(r, FACT_EXTENTS);
	} else {
		bool misaligned = r->dio_ret <= 0 && misaligned_for_device(r);

		r->fallback_reason = misaligned ? FALLBACK_ALIGNMENT : FALLBACK_FAULT;
		in_doubt = misaligned ? misaligned_behind_the_round(w)
				      : r->dio_ret <= 0 && (!knows_alignment(r) || buffer_was_cut(r));
	}
	return known(r, FACT_FALLBACK) && r->fallback != FALLBACK_NONE && known(r, FACT_POS) && !in_doubt;
}

static int64_t direct_bytes(const struct write_record *r)
{
	return known(r, FACT_DIO_RET) && r->dio_ret > 0 ? r->dio_ret : 0;
}

/* Where the page cache took over is behind what the direct part wrote. */
static bool knows_the_rest(const struct write_record *r)
{
	return known(r, FACT_FALLBACK) && r->fallback != FALLBACK_NONE &&
	       (r->fallback == FALLBACK_WHOLE || known(r, FACT_DIO_RET));
}

static bool infer_fallback_pos(struct write *w)
{
	w->rec.fallback_pos = (int64_t)((uint64_t)w->rec.pos + (uint64_t)direct_bytes(&w->rec));
	return knows_the_rest(&w->rec) && known(&w->rec, FACT_POS);
}

static bool infer_fallback_len(struct write *w)
{
	w->rec.fallback_len = (int64_t)(w->rec.len - (uint64_t)direct_bytes(&w->rec));
	return knows_the_rest(&w->rec) && known(&w->rec, FACT_LEN);
}

/* An error of the direct part is the result; so is the sum when the buffered part was seen to write all of the rest. */
static bool infer_ret(struct write *w)
{
	struct write_record *r = &w->rec;

	if (known(r, FACT_INVALIDATE) && r->invalidate == -EAGAIN) {
		r->ret = -EAGAIN;
		return true;
	}
	if (known(r, FACT_DIO_RET) && r->dio_ret < 0) {
		r->ret = r->dio_ret;
		return true;
	}
	r->ret = (int64_t)((uint64_t)direct_bytes(r) + (uint64_t)r->fallback_ret);
	return known(r, FACT_FALLBACK_RET) && known(r, FACT_FALLBACK_LEN) && r->fallback_ret == r->fallback_len;
}

/*
 * ext4_sync_file flushes the device itself only when no commit of this inode's transaction will: with barriers, a sync
 * that succeeded without a flush of its own waited for a commit. Not so with data=journal, where it does both; such a
 * file is never written directly. Where the page cache took the rest, each part had a sync of its own, and the flush
 * may be that of one alone. Without a journal there is nothing to commit.
 */
static bool infer_commit(struct write *w)
{
	struct write_record *r = &w->rec;
	bool maybe_data_journal = !came_to_iomap(r);
	bool maybe_twice = !known(r, FACT_FALLBACK) || r->fallback == FALLBACK_REST;

	r->commit = r->journal && !r->flush;
	if (!known(r, FACT_SYNC) || !known(r, FACT_JOURNAL))
		return false;
	if (!r->journal)
		return true;
	return known(r, FACT_BARRIER) && r->barrier && known(r, FACT_FLUSH) && known(r, FACT_RET) && r->ret >= 0 &&
	       !(r->flush && (maybe_data_journal || maybe_twice));
}

/*
 * O_DSYNC asks for write-through, and gets a sync where it cannot have it: without a sync, all of it was
 * write-through.
 */
static bool infer_fua(struct write *w)
{
	struct write_record *r = &w->rec;
	bool dsync = !(r->flags & WRITE_SYNC) && (r->flags & WRITE_DSYNC || r->inode_sync);

	r->fua = dsync ? FUA_ALL : FUA_NONE;
	if (!known(r, FACT_FLAGS))
		return false;
	if (!(r->flags & (WRITE_SYNC | WRITE_DSYNC)) && !known(r, FACT_INODE_SYNC))
		return false;
	return r->dio_ret > 0 && (!dsync || (known(r, FACT_SYNC) && r->sync == SYNC_NONE));
}

/* In dependency order: a rule may use what one above it filled. What is not 'of_each' is the same of all of a class. */
static const struct {
	enum write_fact fact;
	bool (*fill)(struct write *w);
	bool of_each;
} rules[] = {
	{FACT_UPGRADE, infer_upgrade, false},
	{FACT_LOCK_FIRST, infer_lock_first, false},
	{FACT_CHECKS, infer_checks, false},
	{FACT_NOSEC, infer_nosec, false},
	{FACT_LOOKUP, infer_lookup, false},
	{FACT_ORPHAN, infer_orphan, false},
	{FACT_INVALIDATE, infer_invalidate, false},
	{FACT_END_ERROR, infer_end_error, false},
	{FACT_END_SIZE, infer_end_size, true},
	{FACT_CONVERT, infer_convert, false},
	{FACT_QUEUED, infer_queued, false},
	{FACT_HELD, infer_held, true},
	{FACT_FALLBACK, infer_fallback, false},
	{FACT_FALLBACK_REASON, infer_fallback_reason, false},
	{FACT_FALLBACK_POS, infer_fallback_pos, true},
	{FACT_FALLBACK_LEN, infer_fallback_len, true},
	{FACT_RET, infer_ret, true},
	{FACT_FUA, infer_fua, false},
	{FACT_COMMIT, infer_commit, false},
};

bool infer_has_rule(enum write_fact fact)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].fact == fact)
			return true;
	return false;
}

/* block_bio_queue fires after submit_bio_noacct took FUA and PREFLUSH off bios for a device without a cache, or one of
 * which that is not known. */
static bool flags_were_stripped(const struct write_record *r, const struct infer_rules *of)
{
	return of->stripped && !(known(r, FACT_DEV_CACHE) && r->dev_cache);
}

static void distrust_flags(struct write_record *r)
{
	r->how[FACT_FUA] = HOW_UNKNOWN;
	r->how[FACT_FLUSH] = HOW_UNKNOWN;
}

struct infer_rules infer_rules_of(const struct meta *header)
{
	const char *engine = meta_get(header, META_ENGINE), *hook = meta_get(header, META_HOOK "bio");

	return (struct infer_rules){
		.live = engine && !strcmp(engine, "kernel"),
		.stripped = hook && strstr(hook, "block_bio_queue"),
	};
}

/* It is not stored: it is known when both its ends are. When the caller asked may only follow from what came next. */
static uint8_t how_latency(const struct write_record *r)
{
	uint64_t ns;

	if (!write_latency_ns(r, &ns))
		return HOW_UNKNOWN;
	return r->stage_ns[STAGE_ENTER] && !(r->state & WRITE_LATE) ? HOW_OBSERVED : HOW_INFERRED;
}

static void fill_all(struct write *w, struct inference *made)
{
	struct write_record *r = &w->rec;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (r->how[rules[i].fact] != HOW_UNKNOWN || !rules[i].fill(w))
			continue;
		r->how[rules[i].fact] = HOW_INFERRED;
		if (rules[i].of_each)
			made->rules[made->nr++] = (uint8_t)i;
	}
}

void infer_first(struct write *w, const struct infer_rules *of, struct inference *made)
{
	struct write_record *r = &w->rec;

	_Static_assert(ARRAY_SIZE(rules) <= INFER_RULES_MAX, "inference.rules");
	*made = (struct inference){0};
	if (of->live && ended(r)) {
		if (flags_were_stripped(r, of))
			distrust_flags(r);
		fill_all(w, made);
	}
	memcpy(made->filled, r->how, sizeof(made->filled));
	r->how[FACT_LATENCY] = how_latency(r);
	mark_not_reached(r);
	memcpy(made->how, r->how, sizeof(made->how));
}

/* A rule may ask how what is above it is known: as it was when it was first applied. */
void infer_again(struct write *w, const struct inference *made)
{
	if (made->nr)
		memcpy(w->rec.how, made->filled, sizeof(made->filled));
	for (unsigned int i = 0; i < made->nr; i++)
		rules[made->rules[i]].fill(w);
	memcpy(w->rec.how, made->how, sizeof(made->how));
}

void infer_write(struct write *w, const struct meta *header)
{
	const struct infer_rules of = infer_rules_of(header);
	struct inference made;

	infer_first(w, &of, &made);
}
