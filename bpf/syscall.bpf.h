/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where functions cannot be hooked: the system call that asks for writes, from its entry to its return. All calls of
 * the machine come here, so what is no concern of ours is told by a load or two.
 */
#ifndef DIOSCOPE_SYSCALL_BPF_H
#define DIOSCOPE_SYSCALL_BPF_H

#include "bpf/asked.bpf.h"
#include "bpf/open.bpf.h"
#include "bpf/refused.bpf.h"

/* One that is about to write for the first time gets a frame. @file: the call is to write to it. */
static __always_inline struct frame *call_frame(enum write_call call, struct file *file)
{
	struct frame *frame = frame_if_any();

	if (frame || (call != CALL_BATCH && !file) || !task_wanted())
		return frame;
	return frame_get();
}

/* The file that the call is to write to, if such a write is wanted. */
static __always_inline struct file *call_file(enum write_call call, struct pt_regs *regs)
{
	struct file *file = NULL;

	if (call != CALL_OTHER && call != CALL_BATCH)
		file = fd_direct_file((u32)regs->rdi);
	return file && inode_wanted(READ(file, f_inode)) ? file : NULL;
}

static __always_inline void call_note(struct frame *frame, struct file *file)
{
	frame->call.entered_ns = bpf_ktime_get_ns();
	if (!file)
		return;
	frame->call.file = (u64)file;
	frame->call.pos = READ(file, f_pos);
	frame->call.isize = READ(file, f_inode, i_size);
	frame->call.disksize = inode_disksize((u64)READ(file, f_inode));
	frame->call.ext4_flags = inode_ext4_flags(READ(file, f_inode));
}

static __always_inline void call_forget(struct frame *frame)
{
	__builtin_memset(&frame->call, 0, sizeof(frame->call));
	/* what was looked up and waited for was this call's */
	frame->lookup.inode = 0;
	frame->wait.lock = 0;
}

static __always_inline enum write_call call_asked(long nr)
{
	enum write_call call = armed ? write_call_of(nr) : CALL_OTHER;

	return call != CALL_OTHER && call_is_compat() ? CALL_OTHER : call;
}

static __always_inline int call_begins(struct pt_regs *regs, long nr)
{
	enum write_call call = call_asked(nr);
	struct file *file = call_file(call, regs);
	struct frame *frame = call_frame(call, file);

	if (!frame)
		return 0;
	if (frame->late || frame->kiocb)
		close_late(frame);
	if (frame->call.entered_ns || frame->call.opened || frame->call.later || frame->lookup.inode ||
	    frame->wait.lock)
		call_forget(frame);
	if (call == CALL_BATCH || file)
		call_note(frame, file);
	frame->call.waits = nr == NR_IO_URING_ENTER && !(u32)regs->rsi;
	return 0;
}

/* Where a write came to is what it asked for, but for O_APPEND; another thread may have moved f_pos since the call. */
static __always_inline s64 position_asked(struct frame *frame, struct write_state *w)
{
	return w->rec.flags & WRITE_APPEND ? frame->call.pos : w->rec.pos;
}

/* A synchronous write that iomap left without a word, or whose rest and sync came after it: here it is over. */
static __always_inline void end_write(struct frame *frame, enum write_call call, struct pt_regs *regs, s64 ret, u64 now)
{
	struct write_state *w = frame->own ? own_find(frame) : NULL;
	struct asked asked = {};

	if (!w || w->rec.submit != SUBMIT_SYNC)
		return;
	if (frame->call.file && !ask_call(&asked, call, regs, position_asked(frame, w)))
		fill_asked_range(w, &asked);
	OBSERVE(w, FACT_RET, ret, ret);
	OBSERVE(w, FACT_ISIZE_AFTER, isize_after, write_isize(w));
	w->rec.stage_ns[STAGE_RETURN] = now;
	frame->late = frame->kiocb = 0;
	write_emit(frame, w, frame->own);
}

static __always_inline void batch_ends(struct frame *frame)
{
	close_late(frame);
	frame->batch_lookup = frame->lookup;
}

/* One that was noted when it began is one that writes; all others leave by its number alone. */
static __always_inline int call_ends(struct pt_regs *regs, long ret)
{
	enum write_call call = write_call_of(regs->orig_rax);
	struct frame *frame = call != CALL_OTHER ? frame_if_any() : NULL;
	u64 now;

	if (!frame || !frame->call.entered_ns)
		return 0;
	now = bpf_ktime_get_ns();
	if (call == CALL_BATCH)
		batch_ends(frame);
	else if (frame->call.opened)
		end_write(frame, call, regs, ret, now);
	else if (frame->call.file)
		call_refused(frame, call, regs, ret, now);
	call_forget(frame);
	return 0;
}

#endif
