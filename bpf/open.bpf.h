/* SPDX-License-Identifier: GPL-2.0-only */
/* Which writes are wanted, and the beginning and end of their states. */
#ifndef DIOSCOPE_OPEN_BPF_H
#define DIOSCOPE_OPEN_BPF_H

#include "bpf/fill.bpf.h"
#include "bpf/lookup.bpf.h"
#include "bpf/state.bpf.h"

/* --- filters: first in every probe that begins a write --- */

static __always_inline bool comm_wanted(void)
{
	u64 comm[2];

	if (!settings.comm[0])
		return true;
	task_comm(current_task(), (char *)comm);
	return comm[0] == settings.comm[0] && comm[1] == settings.comm[1];
}

static __always_inline bool pid_wanted(void)
{
	u32 tgid;

	if (!settings.by_pid)
		return true;
	tgid = current_task()->tgid;
	return bpf_map_lookup_elem(&pids, &tgid) != NULL;
}

static __always_inline bool task_wanted(void)
{
	if (settings.cgroup && bpf_get_current_cgroup_id() != settings.cgroup)
		return false;
	return pid_wanted() && comm_wanted();
}

static __always_inline bool inode_wanted(struct inode *inode)
{
	if (settings.dev && READ(inode, i_sb, s_dev) != settings.dev)
		return false;
	if (settings.by_generation && READ(inode, i_generation) != settings.generation)
		return false;
	return !settings.ino || READ(inode, i_ino) == settings.ino;
}

/* Not every caller of iomap is ext4. */
static __always_inline bool file_is_ext4(struct file *file, struct inode *inode)
{
	if (settings.fn_ext4_file_write_iter)
		return (u64)READ(file, f_op, write_iter) == settings.fn_ext4_file_write_iter;
	return READ(inode, i_sb, s_magic) == EXT4_SUPER_MAGIC;
}

/* What passes by that no filter of file or file system leaves out: counted, so that nobody misses it. */
static __always_inline void count_other_fs(struct iov_iter *iter, struct file *file, struct inode *inode)
{
	if (!settings.dev && !settings.ino && READ(iter, data_source) && !file_is_ext4(file, inode) && task_wanted())
		count_total(TOTAL_OTHER_FS, 1);
}

static __always_inline bool iter_wanted(struct iov_iter *iter, struct file *file, struct inode *inode)
{
	return READ(iter, data_source) && task_wanted() && inode_wanted(inode) && file_is_ext4(file, inode);
}

/* --- states: a fresh one, or the one of the attempt before --- */

static __always_inline const struct write_state *blank_state(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&fresh, &zero);
}

/* All but the words of the steps, which only count as far as nr_words says, and what is told by FILE and TASK. */
static __always_inline struct write_state *own_open(struct frame *frame, u64 key)
{
	struct write_state *w = &frame->write;

	if (!frame->ready) {
		const struct write_state *blank = blank_state();

		if (!blank)
			return NULL;
		__builtin_memcpy(frame->blank_how, blank->rec.how, sizeof(frame->blank_how));
		frame->ready = 1;
	}
	__builtin_memset(&w->rec, 0, offsetof(struct write_record, how));
	__builtin_memcpy(w->rec.how, frame->blank_how, sizeof(w->rec.how));
	w->rec.submit = w->rec.flags = w->rec.attempts = w->rec.state = 0;
	__builtin_memset(&w->rec.asked_pos, 0, sizeof(w->rec) - offsetof(struct write_record, asked_pos));
	w->out.nr_words = w->out.rounds = 0;
	w->out.file = w->out.task = 0;
	__builtin_memset(&w->inode, 0, sizeof(*w) - offsetof(struct write_state, inode));
	frame->own = key;
	return w;
}

static __always_inline struct write_state *hash_open(u64 key)
{
	const struct write_state *blank = blank_state();

	if (!blank || bpf_map_update_elem(&writes, &key, blank, BPF_NOEXIST))
		return NULL;
	__sync_fetch_and_add(&nr_hashed, 1);
	return bpf_map_lookup_elem(&writes, &key);
}

/*
 * Its kiocb is free once an asynchronous write has completed, though its submitter has yet to return. Where returns are
 * not seen, one whose result is told has only its system call or its io_uring request still to end.
 */
static __always_inline bool is_over(struct write_state *w)
{
	if (!settings.has_return && w->rec.how[FACT_RET] == HOW_OBSERVED)
		return true;
	return w->done & DONE_COMPLETED && w->rec.context != COMPLETE_SUBMITTER;
}

/*
 * Whether it was this write that its task truncated or synced for is not known any more. One that did not extend is
 * never truncated after, and one that was not to be durable never synced.
 */
static __always_inline void forget_tail(struct write_record *r)
{
	if (r->extend)
		r->how[FACT_TRUNCATE] = HOW_UNKNOWN;
	if (r->flags & (WRITE_DSYNC | WRITE_SYNC) || r->inode_sync)
		r->how[FACT_SYNC] = r->how[FACT_FLUSH] = HOW_UNKNOWN;
}

/* An old state in the place of a new one means that a hook missed the end of an earlier write. */
static __always_inline void emit_old(struct frame *frame, struct write_state *w, u64 key)
{
	if (!w)
		return;
	if (!(w->rec.state & WRITE_LATE) && !is_over(w)) {
		w->rec.state |= WRITE_REUSED;
		forget_tail(&w->rec);
	} else if (!w->rec.stage_ns[STAGE_RETURN]) {
		w->rec.state |= WRITE_LATE; /* the end of its system call was missed */
	}
	write_emit_aside(frame, w, key);
}

static __always_inline struct write_state *write_open(struct frame *frame, u64 key, bool sync)
{
	struct write_state *w;
	u64 id;

	emit_old(frame, sync ? own_find(frame) : write_by_key(frame, key), sync ? frame->own : key);
	id = count_total(TOTAL_ENTERED, 1) + 1;
	w = sync ? own_open(frame, key) : hash_open(key);
	if (w)
		w->rec.head.id = id;
	else
		count_total(TOTAL_LOST_STATE, 1);
	return w;
}

/* No memory for the task's frame: the write is lost, and counted. */
static __always_inline struct write_state *write_unopened(void)
{
	count_total(TOTAL_ENTERED, 1);
	count_total(TOTAL_LOST_STATE, 1);
	return NULL;
}

/* io_uring's worker repeats what the inline attempt could not do: the same write, its decisions taken again. */
static __always_inline struct write_state *write_reopen(struct write_state *w, u64 key)
{
	u64 id = w->rec.head.id, entered = w->rec.stage_ns[STAGE_ENTER], asked_len = w->rec.asked_len;
	s64 asked_pos = w->rec.asked_pos;
	u8 attempts = w->rec.attempts;

	hash_close(key);
	w = hash_open(key);
	if (!w)
		return NULL;
	w->rec.head.id = id;
	w->rec.stage_ns[STAGE_ENTER] = entered;
	w->rec.attempts = attempts;
	w->rec.asked_pos = asked_pos; /* O_APPEND has been applied to the kiocb by now */
	w->rec.asked_len = asked_len;
	return w;
}

/* Without a hook on the return, a first attempt that came to nothing is one that mapped nothing. */
static __always_inline bool came_to_nothing(struct write_state *w)
{
	return w->retry || (!settings.has_return && w->inline_attempt && !w->rec.rounds && !w->complete_seen &&
			    !(w->rec.state & WRITE_LATE));
}

/*
 * A worker of the process that asked repeats it, on the same file, and may block: another's may have the same request
 * by now, and so may the next of the thread that polls a submission queue.
 */
static __always_inline bool is_retry(struct write_state *w, struct kiocb *iocb, struct inode *inode)
{
	struct task_struct *task = current_task();

	return task->flags & PF_IO_WORKER && !(READ(iocb, ki_flags) & WRITE_NOWAIT) && w->rec.pid == (u32)task->tgid &&
	       w->inode == (u64)inode && came_to_nothing(w);
}

/* @frame may be NULL: no memory for it. */
static __always_inline struct write_state *write_open_or_reopen(struct frame *frame, struct kiocb *iocb,
								struct inode *inode)
{
	u64 key = (u64)iocb;
	struct write_state *w;

	if (!frame)
		return write_unopened();
	if (!READ(iocb, ki_complete))
		return write_open(frame, key, true);
	w = bpf_map_lookup_elem(&writes, &key);
	return w && is_retry(w, iocb, inode) ? write_reopen(w, key) : write_open(frame, key, false);
}

/* --- writes whose end has no hook --- */

/* An io_uring request that came to nothing is entered again by a worker, with the same kiocb. */
static __always_inline bool will_be_retried(struct write_state *w)
{
	return w->inline_attempt && !w->rec.rounds && !w->complete_seen && !(w->rec.state & WRITE_LATE);
}

/* It has bios, so that its completion will come: what was missed is that its submitter was told so. */
static __always_inline bool will_complete(struct frame *frame, struct write_state *w)
{
	return frame->kiocb != frame->own && w->rec.bios && !w->complete_seen;
}

/* Will the end of the system call that it is in be seen? @frame: NULL where it completes outside of any. */
static __always_inline bool end_is_call(struct frame *frame, struct write_state *w)
{
	return frame && w->rec.submit == SUBMIT_SYNC && frame->call.entered_ns;
}

/* Will a hook see the caller get its result? */
static __always_inline bool end_is_seen(struct frame *frame, struct write_state *w)
{
	if (w->rec.submit == SUBMIT_IO_URING)
		return settings.has_uring && !w->untold;
	return end_is_call(frame, w);
}

/* From here on the task is out of its write, but the write is not over. */
static __always_inline void frame_leave(struct frame *frame, struct write_state *w, u64 key)
{
	if (!end_is_seen(frame, w))
		w->rec.state |= WRITE_LATE;
	if (!tail_is_seen())
		forget_tail(&w->rec);
	frame->late = key;
	frame->late_id = w->rec.head.id;
	frame->kiocb = 0;
}

/* Inside of the system call it is over by now, at the latest. */
static __always_inline void emit_late(struct frame *frame, struct write_state *w)
{
	if (!w->rec.stage_ns[STAGE_RETURN]) {
		w->rec.state |= WRITE_LATE;
		if (frame->call.entered_ns)
			w->rec.stage_ns[STAGE_RETURN] = bpf_ktime_get_ns();
	}
	write_emit_aside(frame, w, frame->late);
}

/*
 * A write whose end no hook saw is over when its task enters its next system call, begins another write, or exits. So
 * is one that the task is still inside of by its frame: iomap refused it without a word (RWF_NOWAIT, and pages were
 * cached).
 */
static __always_inline void close_late(struct frame *frame)
{
	struct write_state *w = write_current(frame);

	if (w && will_be_retried(w))
		w->retry = 1;
	else if (w && !will_complete(frame, w))
		frame_leave(frame, w, frame->kiocb);
	w = write_late(frame);
	if (w && !(settings.has_uring && w->rec.submit == SUBMIT_IO_URING))
		emit_late(frame, w);
	frame->late = frame->kiocb = 0;
}

/* --- entered --- */

static __always_inline int write_enter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct write_state *w;
	struct frame *frame;
	struct file *file;
	struct inode *inode;

	if (closing || !(READ(iocb, ki_flags) & IOCB_DIRECT) || !task_wanted())
		return 0;
	file = READ(iocb, ki_filp);
	inode = READ(file, f_inode);
	if (!inode_wanted(inode))
		return 0;
	frame = frame_get();
	w = write_open_or_reopen(frame, iocb, inode);
	if (!w || !frame)
		return 0;
	stage_begin(w, STAGE_ENTER);
	OBSERVE(w, FACT_ATTEMPTS, attempts, w->rec.attempts + 1);
	fill_entered(w, frame, iocb, iter, file, inode);
	if (w->rec.attempts == 1) {
		w->rec.asked_pos = w->rec.pos;
		w->rec.asked_len = w->rec.len;
	}
	w->rec.how[FACT_ASKED_POS] = w->rec.how[FACT_ASKED_LEN] = HOW_OBSERVED;
	if (settings.upgrade_rule == UPGRADE_RULE_WRITTEN && w->rec.how[FACT_SEG_ALIGN] == HOW_OBSERVED)
		w->entered = is_unaligned(&w->rec) ? ENTERED_UNALIGNED : ENTERED_ALIGNED;
	frame->kiocb = (u64)iocb;
	frame->completing = frame->queued = 0;
	frame->lookup.inode = 0;
	frame->wait.lock = 0;
	return 0;
}

/* --- returned --- */

/* A worker will enter with this kiocb; until then the write is in flight. */
static __always_inline void keep_for_retry(struct write_state *w)
{
	w->retry = 1;
	w->done = 0;
	w->rec.how[FACT_RET] = HOW_UNKNOWN;
	w->rec.stage_ns[STAGE_RETURN] = 0;
}

/* How long an asynchronous submitter was held. */
static __always_inline void fill_held(struct write_state *w, u64 now)
{
	if (w->rec.submit != SUBMIT_SYNC && w->rec.stage_ns[STAGE_ENTER])
		OBSERVE(w, FACT_HELD, held_ns, now - w->rec.stage_ns[STAGE_ENTER]);
}

/* RWF_NOWAIT ended it under the shared lock, if that was for what would have made it give up that lock. */
static __always_inline void fill_refusal(struct write_state *w, struct lookup *seen, s64 ret)
{
	struct write_record *r = &w->rec;

	fill_lookup(w, seen);
	if (ret == -EAGAIN && r->flags & WRITE_NOWAIT && r->checks == 1 && r->lock_first == LOCK_SHARED)
		fill_upgrade_reason(w, seen, r->pos, r->len);
}

/* io_uring/rw.c, io_write(): its caller is told -EAGAIN where the page cache does not take a write without blocking. */
static __always_inline s64 told_ret(const struct write_state *w, u64 key, s64 ret)
{
	bool retold = ret == -EOPNOTSUPP && w->rec.submit == SUBMIT_IO_URING &&
		      BPF_CORE_READ((struct kiocb *)key, ki_flags) & WRITE_NOWAIT;

	return retold ? -EAGAIN : ret;
}

static __always_inline void return_sync(struct frame *frame, struct write_state *w, u64 key, s64 ret)
{
	u64 now = bpf_ktime_get_ns();

	ret = told_ret(w, key, ret);
	OBSERVE(w, FACT_RET, ret, ret);
	OBSERVE(w, FACT_QUEUED, queued, 0);
	OBSERVE(w, FACT_ISIZE_AFTER, isize_after, write_isize(w));
	w->rec.stage_ns[STAGE_RETURN] = now;
	fill_held(w, now);
	if (!w->rec.stage_ns[STAGE_IOMAP])
		fill_refusal(w, &frame->lookup, ret);
	if (w->inline_attempt && ret == -EAGAIN)
		keep_for_retry(w);
	else
		write_emit(frame, w, key);
}

static __always_inline int write_return(struct frame *frame, u64 key, s64 ret)
{
	struct write_state *w;

	if (!frame || !key || frame->kiocb != key)
		return 0;
	frame->kiocb = 0;
	frame->completing = 0;
	w = write_by_key(frame, key);
	/* one that completed before its submitter came back has been emitted, if the kiocb is in use again by now */
	if (!w || w->rec.tid != (u32)current_task()->pid)
		return 0;
	fill_lock_wait(w, frame);
	if (ret != -EIOCBQUEUED) {
		return_sync(frame, w, key, ret);
		return 0;
	}
	OBSERVE(w, FACT_QUEUED, queued, 1);
	fill_held(w, bpf_ktime_get_ns());
	if (__sync_fetch_and_or(&w->done, DONE_RETURNED) & DONE_COMPLETED)
		write_emit(frame, w, key);
	return 0;
}

/* --- the end of a recording --- */

/* One whose result is told is on its way back to the caller, or was seen to come there by no hook. */
static __always_inline void settle_unended(struct write_state *w)
{
	if (w->rec.how[FACT_RET] == HOW_OBSERVED) {
		w->rec.state |= WRITE_LATE;
		return;
	}
	w->rec.state |= WRITE_IN_FLIGHT;
	count_total(TOTAL_IN_FLIGHT, 1);
}

/* Whatever a task's frame still holds: a write whose end has no hook, or that is not over. */
static __always_inline int frame_settle(struct task_struct *task)
{
	struct frame *frame = bpf_task_storage_get(&frames, task, NULL, 0);
	struct write_state *w = frame ? own_find(frame) : NULL;

	if (!w)
		return 0;
	if (!(w->rec.state & WRITE_LATE) && !w->rec.stage_ns[STAGE_RETURN])
		settle_unended(w);
	write_emit(frame, w, frame->own);
	return 0;
}

/* --- processes --- */

static __always_inline int process_fork(struct task_struct *parent, struct task_struct *child)
{
	u32 from = READ(parent, tgid), to = READ(child, tgid);
	u8 one = 1;

	if (settings.by_pid && from != to && bpf_map_lookup_elem(&pids, &from) &&
	    bpf_map_update_elem(&pids, &to, &one, BPF_ANY))
		count_total(TOTAL_LOST_PIDS, 1);
	return 0;
}

static __always_inline int process_exit(struct task_struct *task)
{
	u32 tgid = READ(task, tgid);
	struct frame *frame = frame_find();

	if (closing)
		frame_settle(task);
	if (frame) {
		close_late(frame);
		emit_old(frame, own_find(frame), frame->own);
	}
	/* the process lives on in its other threads */
	if (settings.by_pid && !READ(task, signal, live.counter))
		bpf_map_delete_elem(&pids, &tgid);
	return 0;
}

/* The page cache has all of it: what is listed as an orphan or cut now is for no direct part. */
static __always_inline bool only_buffered(const struct write_state *w)
{
	return w->rec.stage_ns[STAGE_BUFFERED] && !w->rec.stage_ns[STAGE_IOMAP];
}

#endif
