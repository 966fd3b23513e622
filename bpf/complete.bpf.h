/* SPDX-License-Identifier: GPL-2.0-only */
/* Completion: where it ran, what it did to size and extents, the sync after it. */
#ifndef DIOSCOPE_COMPLETE_BPF_H
#define DIOSCOPE_COMPLETE_BPF_H

#include "bpf/app_sync.bpf.h"
#include "bpf/ended.bpf.h"
#include "bpf/open.bpf.h"
#include "bpf/submit.bpf.h"

/*
 * A worker is told by the hook on iomap_dio_complete_work, not by its task, which an interrupt may have borrowed. The
 * submitter completes its own write before iomap leaves it; what is neither is an interrupt.
 */
static __always_inline enum complete_context completion_context(struct write_state *w, struct frame *frame, u64 key)
{
	if (w->by_worker)
		return COMPLETE_WORKQUEUE;
	if (frame && frame->kiocb == key && !frame->queued && !frame->completing)
		return COMPLETE_SUBMITTER;
	return COMPLETE_INTERRUPT;
}

static __always_inline struct iomap_dio *dio_of_work(struct work_struct *work)
{
	return (void *)work - bpf_core_field_offset(struct iomap_dio, aio.work);
}

/* iomap_dio_complete begins, in whatever task: that task is inside the write from here on. */
static __always_inline int complete_enter(struct iomap_dio *dio, bool by_worker)
{
	u64 key = (u64)READ_AS(iomap_dio, dio, iocb);
	struct write_state *w = write_of_dio(frame_find(), (u64)dio);
	struct frame *frame;

	if (!w || w->complete_seen)
		return 0;
	frame = frame_get();
	w->by_worker = by_worker;
	w->rec.stage_ns[STAGE_ENDED] = write_device_end(w);
	stage_begin(w, STAGE_COMPLETE);
	OBSERVE(w, FACT_CONTEXT, context, completion_context(w, frame, key));
	w->complete_seen = 1;
	if (frame && frame->kiocb != key) {
		frame->outer = frame->kiocb;
		frame->outer_completing = frame->completing;
		frame->kiocb = key;
		frame->completing = 1;
	}
	return 0;
}

static __always_inline int ended_io(struct kiocb *iocb, s64 size, s32 error, u32 flags)
{
	struct write_state *w = write_find(iocb);

	if (!w)
		return 0;
	OBSERVE(w, FACT_END_SIZE, end_size, size);
	OBSERVE(w, FACT_END_ERROR, end_error, error);
	OBSERVE(w, FACT_CONVERT, convert, !error && size > 0 && flags & IOMAP_DIO_UNWRITTEN);
	return 0;
}

/* After a write whose end was not seen, a sync is its own only if it asked for one and did not fail. */
static __always_inline bool may_sync(struct write_record *r)
{
	return !(r->state & WRITE_LATE) ||
	       (r->dio_ret >= 0 && (r->flags & (WRITE_DSYNC | WRITE_SYNC) || r->inode_sync));
}

static __always_inline int sync_begins(struct file *file, int datasync)
{
	struct frame *frame = frame_find();
	struct write_state *w = write_current_or_tail(frame);

	if (!w)
		return app_sync_begins(frame, file, datasync);
	if (w->inode != (u64)READ(file, f_inode) || !may_sync(&w->rec) || w->rec.sync)
		return 0;
	stage_begin(w, STAGE_SYNC);
	w->rec.sync = datasync ? SYNC_FDATASYNC : SYNC_FSYNC;
	return 0;
}

static __always_inline int truncate_begins(struct inode *inode)
{
	struct write_state *w = write_current_or_tail(frame_find());
	s64 size;

	if (!w || w->inode != (u64)inode || only_buffered(w))
		return 0;
	/*
	 * The clean-up after a failed extension leaves i_size; ftruncate(2) has moved it by now. An append found it
	 * where it was to write, whatever others had made of it since the call.
	 */
	size = READ(inode, i_size);
	if (size == w->rec.isize || (w->rec.flags & WRITE_APPEND && size == w->rec.pos))
		w->rec.truncate = 1;
	return 0;
}

/* Without a hook on the return: its completion, on another processor, may have been waiting for this to be said. */
static __always_inline void queued_blind(struct frame *frame, struct write_state *w)
{
	u64 key = frame->kiocb;

	frame->kiocb = 0;
	if (!w)
		return;
	OBSERVE(w, FACT_QUEUED, queued, 1);
	if (w->rec.stage_ns[STAGE_ENTER]) {
		w->rec.held_ns = bpf_ktime_get_ns() - w->rec.stage_ns[STAGE_ENTER];
		infer_fact(w, FACT_HELD); /* the lock is still to be given up */
	}
	if (__sync_fetch_and_or(&w->done, DONE_RETURNED) & DONE_COMPLETED && !end_is_seen(frame, w))
		write_emit(frame, w, key);
}

static __always_inline int write_queued(void)
{
	struct frame *frame = frame_find();

	if (!frame)
		return 0;
	frame->queued = 1;
	/* with one the write is its completion's from here on, which may have ended it already: do not touch it */
	if (!settings.has_return)
		queued_blind(frame, write_current(frame));
	return 0;
}

static __always_inline void fill_complete(struct write_state *w, struct frame *frame, u64 key, int error, s64 ret)
{
	struct write_record *r = &w->rec;

	if (!r->stage_ns[STAGE_COMPLETE]) /* its beginning has no hook */
		r->stage_ns[STAGE_ENDED] = write_device_end(w);
	if (r->how[FACT_CONTEXT] == HOW_UNKNOWN)
		OBSERVE(w, FACT_CONTEXT, context, completion_context(w, frame, key));
	OBSERVE(w, FACT_DIO_RET, dio_ret, ret);
	OBSERVE(w, FACT_ISIZE_AFTER, isize_after, write_isize(w));
	/* a round that failed after its journal start; a conversion needs an extent and no error */
	if (error || !r->extents)
		r->journal_starts += w->starts;
	w->starts = 0;
	w->complete_seen = 1;
	if (r->submit == SUBMIT_IO_URING && ret == (s64)r->len)
		w->untold = io_uring_keeps_success((void *)key);
}

/* Without a hook on the return: is there more to come after the direct part? */
static __always_inline bool has_tail(struct write_record *r, s64 ret)
{
	return (ret >= 0 && ret < (s64)r->len) || (ret < 0 && r->extend);
}

/* What the direct part left is the page cache's. */
static __always_inline void tail_begins(struct write_state *w, struct frame *frame, u64 key, s64 ret)
{
	if (ret >= 0 && ret < (s64)w->rec.len)
		w->rec.stage_ns[STAGE_BUFFERED] = bpf_ktime_get_ns();
	frame_leave(frame, w, key);
}

/*
 * Told with the direct part's end; where the caller's is seen, that overrules it. Of a synchronous one it says the
 * moment as well, which then is not asked for here.
 */
static __always_inline void result_is_known(struct write_state *w, struct frame *frame, s64 ret)
{
	OBSERVE(w, FACT_RET, ret, ret);
	if (!end_is_call(frame, w))
		w->rec.stage_ns[STAGE_RETURN] = bpf_ktime_get_ns();
}

static __always_inline void complete_inside(struct write_state *w, struct frame *frame, u64 key, s64 ret)
{
	if (w->inline_attempt && (ret == -EAGAIN || (ret >= 0 && ret < (s64)w->rec.len))) {
		w->retry = 1; /* the page cache is not for an attempt that may not block, either */
		return;
	}
	if (has_tail(&w->rec, ret)) {
		tail_begins(w, frame, key, ret);
		return;
	}
	result_is_known(w, frame, ret);
	if (!end_is_seen(frame, w))
		write_emit(frame, w, key);
}

/* The later of the two, this and iomap's word that the write is queued, emits; or its io_uring request's end. */
static __always_inline void complete_outside(struct write_state *w, struct frame *frame, u64 key, s64 ret)
{
	bool waits = w->rec.submit == SUBMIT_IO_URING && settings.has_uring && !w->untold;
	u32 done;

	result_is_known(w, NULL, ret);
	done = __sync_fetch_and_or(&w->done, DONE_COMPLETED);
	if (!waits && (done & DONE_RETURNED || !settings.has_queued))
		write_emit(frame, w, key);
}

static __always_inline void complete_blind(struct write_state *w, struct frame *frame, u64 key, s64 ret)
{
	if (frame && frame->kiocb == key)
		complete_inside(w, frame, key, ret);
	else
		complete_outside(w, frame, key, ret);
}

/*
 * An asynchronous write is over when its submission has returned -EIOCBQUEUED and its completion ran; the later of
 * the two emits. One that completes before its submitter returns anything else is emitted by the return.
 */
static __always_inline void complete_async(struct write_state *w, struct frame *frame, u64 key, s64 ret)
{
	OBSERVE(w, FACT_RET, ret, ret);
	w->rec.stage_ns[STAGE_RETURN] = bpf_ktime_get_ns();
	if (w->rec.context != COMPLETE_SUBMITTER)
		OBSERVE(w, FACT_QUEUED, queued, 1);
	if (__sync_fetch_and_or(&w->done, DONE_COMPLETED) & DONE_RETURNED)
		write_emit(frame, w, key);
}

/* The task is out of the write, or back in the one that it was inside of when this one completed. */
static __always_inline void frame_completed(struct frame *frame)
{
	frame->lookup.inode = 0;
	if (frame->completing)
		frame->kiocb = frame->outer;
	else if (!settings.has_return)
		frame->kiocb = 0;
	frame->completing = frame->outer_completing;
	frame->outer = frame->outer_completing = 0;
}

/* The last guard: no write is told to have written more than it was asked to. */
static __always_inline bool is_foreign(struct write_state *w, s64 ret)
{
	if (ret <= 0 || (u64)ret <= w->rec.len)
		return false;
	count_total(TOTAL_FOREIGN, 1);
	return true;
}

static __always_inline int write_complete(struct frame *frame, struct write_state *w, u64 key, int error, s64 ret)
{
	/* an interrupt borrows whatever task it meets: what is not this task's own write leaves its frame alone */
	bool inside = frame && frame->kiocb == key;

	if (w && is_foreign(w, ret))
		w = NULL;
	if (!w && !inside)
		return 0;
	if (w)
		fill_complete(w, frame, key, error, ret);
	if (w && !settings.has_return)
		complete_blind(w, frame, key, ret);
	if (inside)
		frame_completed(frame);
	if (w && settings.has_return && w->rec.submit != SUBMIT_SYNC)
		complete_async(w, frame, key, ret);
	return 0;
}

/*
 * Before 6.5 no tracepoint tells: iomap_dio_complete returns, the dio is gone by now and only good to be compared
 * with. The task is still inside of the write whose completion this was.
 */
static __always_inline int complete_exit(u64 dio, s64 ret)
{
	struct frame *frame = frame_find();
	u64 key = frame ? frame->kiocb : 0;
	struct write_state *w = key ? write_by_key(frame, key) : NULL;

	if (w && w->dio == dio && write_is_direct(w))
		write_complete(frame, w, key, ret < 0 ? ret : 0, ret);
	return 0;
}

#endif
