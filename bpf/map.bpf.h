/* SPDX-License-Identifier: GPL-2.0-only */
/* iomap begins, cached pages are dropped, blocks are mapped: one step a round. */
#ifndef DIOSCOPE_MAP_BPF_H
#define DIOSCOPE_MAP_BPF_H

#include "bpf/lock.bpf.h"
#include "bpf/uring.bpf.h"

static __always_inline void fill_ops(struct write_state *w, const struct iomap_ops *ops)
{
	u64 begin;

	if (!ops || w->rec.how[FACT_OPS] != HOW_UNKNOWN)
		return;
	begin = (u64)BPF_CORE_READ(ops, iomap_begin);
	OBSERVE(w, FACT_OPS, ops, begin && begin == settings.fn_ext4_iomap_overwrite_begin ? OPS_OVERWRITE : OPS_IOMAP);
}

/* Until 6.4 it is asked before the checks, of what the write enters with; from then on of what a limit has left. */
static __always_inline void fill_unaligned(struct write_state *w)
{
	if (settings.upgrade_rule == UPGRADE_RULE_WRITTEN) {
		if (w->entered != ENTERED_UNSEEN)
			OBSERVE(w, FACT_UNALIGNED, unaligned, w->entered == ENTERED_UNALIGNED);
	} else if (w->rec.how[FACT_SEG_ALIGN] == HOW_OBSERVED) {
		OBSERVE(w, FACT_UNALIGNED, unaligned, is_unaligned(&w->rec));
	}
}

/* Inside iomap the lock is held, and what was asked is final. */
static __always_inline void fill_begin(struct write_state *w, struct kiocb *iocb, struct inode *inode,
				       struct iov_iter *iter, u32 dio_flags)
{
	struct write_record *r = &w->rec;
	s64 end;

	stage_begin(w, STAGE_IOMAP);
	w->cached = !!READ(inode, i_mapping, nrpages);
	if (!w->cached) /* nothing is there to be dropped: what this takes is to map */
		w->rec.stage_ns[STAGE_MAP] = w->rec.stage_ns[STAGE_IOMAP];
	OBSERVE(w, FACT_POS, pos, READ(iocb, ki_pos));
	OBSERVE(w, FACT_LEN, len, READ(iter, count));
	OBSERVE(w, FACT_LOCK, lock, inode_lock_held(inode));
	OBSERVE(w, FACT_FORCE_WAIT, force_wait, !!(dio_flags & IOMAP_DIO_FORCE_WAIT));
	end = r->pos + (s64)r->len;
	/* the sizes as they are under the lock, which may not be those that the write met when it entered */
	OBSERVE(w, FACT_EXTEND, extend, end > READ(inode, i_size) || end > inode_disksize((u64)inode));
	fill_unaligned(w);
	w->data_end = r->pos;
}

/*
 * The kernel does not enter a program that is under way already on the same processor, in a task that was preempted in
 * it: so the entry of a write may be missed. Here it is made up for; what was to be seen since is not known.
 */
static __noinline struct write_state *write_catch_up(struct kiocb *iocb, struct iov_iter *iter)
{
	struct file *file = READ(iocb, ki_filp);
	struct write_state *w;

	if (!iter_wanted(iter, file, READ(file, f_inode))) {
		count_other_fs(iter, file, READ(file, f_inode));
		return NULL;
	}
	write_enter(iocb, iter);
	w = write_find(iocb);
	if (!w)
		return NULL;
	w->rec.stage_ns[STAGE_ENTER] = 0;
	w->rec.how[FACT_ASKED_POS] = w->rec.how[FACT_ASKED_LEN] = HOW_UNKNOWN;
	w->entered = ENTERED_UNSEEN;
	w->rec.how[FACT_LOCK_WAIT] = w->rec.how[FACT_CHECKS] = HOW_UNKNOWN;
	w->rec.how[FACT_DIO_WAIT] = w->rec.how[FACT_ORPHAN] = HOW_UNKNOWN;
	return w;
}

/* Is this the write that entered with the kiocb and now comes to iomap? Else its address is in use again. */
static __always_inline bool may_begin(struct write_state *w, struct kiocb *iocb, struct iov_iter *iter,
				      struct inode *inode)
{
	if (!READ(iter, data_source))
		return false;
	if (w->retry)
		return is_retry(w, iocb, inode);
	return !w->rec.stage_ns[STAGE_IOMAP] && w->inode == (u64)inode && w->rec.tid == (u32)current_task()->pid;
}

static __always_inline int write_begin(struct kiocb *iocb, struct iov_iter *iter, const struct iomap_ops *ops,
				       u32 dio_flags)
{
	struct inode *inode = READ(iocb, ki_filp, f_inode);
	struct frame *frame = frame_find();
	struct write_state *w = write_by_key(frame, (u64)iocb);

	if (w && !may_begin(w, iocb, iter, inode)) {
		emit_old(frame, w, (u64)iocb);
		w = NULL;
	}
	if (!w || w->retry)
		w = write_catch_up(iocb, iter);
	if (!w)
		return 0;
	fill_begin(w, iocb, inode, iter, dio_flags);
	fill_ops(w, ops);
	if (frame) {
		fill_lock_wait(w, frame); /* an asynchronous one may be over before its submitter returns */
		fill_lookup(w, &frame->lookup);
	}
	return 0;
}

/*
 * Was that lookup the check under a shared lock that this write gave up? Then it was of this write's first block. A
 * write that ends beyond i_size is not looked up for: what is there was left by a write that RWF_NOWAIT ended.
 */
static __always_inline bool lookup_was_a_check(struct write_state *w, struct lookup *seen)
{
	struct write_record *r = &w->rec;

	return lookup_is_of(seen, w) && r->lock == LOCK_EXCLUSIVE && r->pos + (s64)r->len <= r->isize;
}

/*
 * From 6.3 to 7.2 every attempt under the shared lock looks: an exclusive one without a look was taken so from the
 * start, because the write ended beyond the size that it met before the lock.
 */
static __always_inline void infer_exclusive_first(struct write_state *w, struct lookup *seen)
{
	if (w->rec.lock != LOCK_EXCLUSIVE || w->rec.flags & WRITE_APPEND ||
	    settings.upgrade_rule != UPGRADE_RULE_ALLOCATED || seen->inode == w->inode)
		return;
	w->rec.lock_first = LOCK_EXCLUSIVE;
	infer_fact(w, FACT_LOCK_FIRST);
	infer_fact(w, FACT_UPGRADE);
}

static __always_inline void fill_upgrade_from_lookup(struct write_state *w, struct lookup *seen)
{
	if (!lookup_was_a_check(w, seen)) {
		infer_exclusive_first(w, seen);
		return;
	}
	OBSERVE(w, FACT_LOCK_FIRST, lock_first, LOCK_SHARED);
	w->rec.upgrade = 1;
	w->rec.how[FACT_UPGRADE] = HOW_INFERRED;
	OBSERVE(w, FACT_NOSEC, nosec, seen->nosec);
	fill_upgrade_reason(w, seen, w->rec.pos, w->rec.len);
}

/*
 * A worker that is the first we see has been called in after an attempt that ended before iomap, if not at once: the
 * punt tells, where it is seen.
 */
static __always_inline void fill_attempts(struct write_state *w, struct kiocb *iocb, struct punt *punt)
{
	struct write_record *r = &w->rec;

	if (!r->worker) /* what is left there is of an earlier request at the same address */
		punt = NULL;
	if (!r->stage_ns[STAGE_ENTER] && punt)
		r->stage_ns[STAGE_ENTER] = punt->entered_ns;
	if (r->submit == SUBMIT_SYNC || r->attempts || !r->worker)
		OBSERVE(w, FACT_ATTEMPTS, attempts, r->attempts + 1);
	else if (punt)
		OBSERVE(w, FACT_ATTEMPTS, attempts, punt->tried + 1);
}

static __always_inline void open_blind(struct frame *frame, struct kiocb *iocb, struct iov_iter *iter,
				       struct file *file, struct inode *inode, u32 dio_flags)
{
	struct write_state *w = write_open_or_reopen(frame, iocb, inode);

	if (!w || !frame)
		return;
	fill_entered(w, frame, iocb, iter, file, inode);
	if (frame->call.file == (u64)file && w->rec.submit == SUBMIT_SYNC)
		fill_size_at_call(w, frame);
	fill_begin(w, iocb, inode, iter, dio_flags);
	if (!w->rec.stage_ns[STAGE_ENTER]) /* that of a first attempt counts */
		w->rec.stage_ns[STAGE_ENTER] = frame->call.entered_ns;
	fill_attempts(w, iocb, w->rec.submit == SUBMIT_IO_URING ? punt_find((u64)iocb) : NULL);
	fill_upgrade_from_lookup(w, &frame->lookup);
	fill_lookup(w, &frame->lookup);
	fill_lock_wait(w, frame);
	infer_drain(w, frame, READ(inode, i_size));
	frame->wait.lock = 0;
	frame->call.opened = 1;
	frame->kiocb = (u64)iocb;
	frame->queued = 0;
}

/* Without a hook on the entry, a write begins here. What its task did before is over, or was to prepare it. */
static __always_inline int write_begin_blind(struct kiocb *iocb, struct iov_iter *iter, u32 dio_flags)
{
	struct file *file = READ(iocb, ki_filp);
	struct inode *inode = READ(file, f_inode);
	bool wanted = iter_wanted(iter, file, inode);
	struct frame *frame = wanted ? frame_get() : frame_if_any();

	count_other_fs(iter, file, inode);
	if (frame)
		close_late(frame);
	if (wanted)
		open_blind(frame, iocb, iter, file, inode, dio_flags);
	else if (READ(iocb, ki_complete))
		emit_old(frame, write_by_key(NULL, (u64)iocb), (u64)iocb);
	if (frame)
		frame->call.later = 1;
	/* a read waits for the same lock: that was not for the write that the task, a batch or a worker, comes to next
	 */
	if (frame)
		frame->lookup.inode = frame->wait.lock = 0;
	return 0;
}

static __always_inline int pages_invalidated(struct kiocb *iocb, int ret)
{
	struct write_state *w = write_find(iocb);

	if (!w || !w->rec.stage_ns[STAGE_IOMAP] || w->rec.rounds)
		return 0;
	OBSERVE(w, FACT_INVALIDATE, invalidate, ret);
	if (!ret)
		stage_begin(w, STAGE_MAP);
	return 0;
}

/* Before 6.5, where iomap itself drops the pages, once before the first round. */
static __always_inline int pages_dropped(int ret)
{
	struct write_state *w = write_current(frame_find());

	if (w && w->rec.stage_ns[STAGE_IOMAP] && !w->rec.rounds && !ret)
		stage_begin(w, STAGE_MAP);
	return 0;
}

/* What was looked up so far was to write pages back; iomap still has to wait for them. */
static __always_inline int pages_written_back(struct inode *inode)
{
	struct frame *frame = frame_if_any();
	struct write_state *w = frame && frame->kiocb ? write_of_inode(frame, inode) : NULL;

	if (w && !w->rec.rounds)
		w->rec.stage_ns[STAGE_MAP] = 0;
	return 0;
}

static __always_inline int invalidate_failed(struct inode *inode)
{
	struct frame *frame = frame_find();
	struct write_state *w = write_of_inode(frame, inode);

	if (!w)
		return 0;
	if (!w->rec.invalidate)
		OBSERVE(w, FACT_INVALIDATE, invalidate, -EBUSY);
	/* iomap is left at once and nothing completes: only the buffered path is still to come */
	if (!settings.has_return) {
		stage_begin(w, STAGE_BUFFERED);
		frame_leave(frame, w, frame->kiocb);
	}
	return 0;
}

/*
 * Without a hook that is handed the ops: the overwrite ops are for a range that is written, under the shared lock, on
 * kernels that have them, and start no handle. A tracepoint would tell, but it is hit twice a write. What was unwritten
 * when the ops were chosen may be written when it is mapped: its pages were cached and have been written back, or
 * another write's conversion was still to come. So the look-up of the check tells, or the mapping where no page was
 * cached.
 */
static __always_inline void infer_ops(struct write_state *w, u8 type)
{
	bool looked_up = w->rec.how[FACT_LOOKUP] == HOW_OBSERVED;
	bool overwrite = settings.fn_ext4_iomap_overwrite_begin && w->rec.lock == LOCK_SHARED && !w->starts &&
			 (looked_up ? w->rec.lookup == LOOKUP_WRITTEN : type == MAP_MAPPED);

	if (w->rec.how[FACT_OPS] != HOW_UNKNOWN || (overwrite && w->cached && !looked_up))
		return;
	w->rec.ops = overwrite ? OPS_OVERWRITE : OPS_IOMAP;
	w->rec.how[FACT_OPS] = HOW_INFERRED;
}

static __always_inline int write_round(struct frame *frame, struct inode *inode, struct iomap *map)
{
	struct write_state *w = write_of_inode(frame, inode);
	u8 type;

	if (!w || w->complete_seen || !w->rec.stage_ns[STAGE_IOMAP])
		return 0;
	type = READ(map, type);
	w->map_pos = READ(map, offset);
	w->map_addr = READ(map, addr);
	step_add(w, STEP_ROUND, round_tag(type, READ(map, flags)), w->map_pos, READ(map, length), w->map_addr);
	infer_ops(w, type);
	w->rec.rounds++;
	w->rec.journal_starts += w->starts;
	w->starts = 0;
	return 0;
}

static __always_inline int mapping_seen(struct inode *inode, struct iomap *map)
{
	struct frame *frame = frame_if_any();

	if (!frame)
		return 0;
	frame->lookup.inode = 0; /* somebody maps under the lock: what was looked up is not a check's any more */
	return write_round(frame, inode, map);
}

/* Handles to map blocks; those that no round follows belong to a failed round or to the conversion at the end. */
static __always_inline void journal_started(struct frame *frame, struct write_state *w, int type)
{
	if (frame && frame->call.entered_ns && !frame->kiocb && !frame->call.checked_ns)
		frame->call.checked_ns = bpf_ktime_get_ns();
	if (w && type == EXT4_HT_MAP_BLOCKS && w->rec.stage_ns[STAGE_IOMAP] && !w->complete_seen)
		w->starts++;
}

#endif
