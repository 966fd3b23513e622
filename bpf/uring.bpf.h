/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io_uring, where functions cannot be hooked: when a request was asked for, that it was handed to a worker, and its
 * result. The request's first member is its kiocb, so that both have the same address.
 */
#ifndef DIOSCOPE_URING_BPF_H
#define DIOSCOPE_URING_BPF_H

#include "bpf/lookup.bpf.h"
#include "bpf/open.bpf.h"
#include "bpf/refused.bpf.h"

static __always_inline bool request_writes(struct io_kiocb *req)
{
	return io_uring_op_writes(BPF_CORE_READ(req, opcode));
}

/* A thread that polls a submission queue makes no system call: each of its requests is asked for now. */
static __always_inline int request_submitted(struct io_kiocb *req)
{
	struct frame *frame;

	if (!(current_task()->flags & PF_IO_WORKER) || !request_writes(req) || !task_wanted())
		return 0;
	frame = frame_get();
	if (frame)
		frame->call.entered_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int request_punted(struct io_kiocb *req)
{
	struct punt punt = {.tried = !(BPF_CORE_READ_BITFIELD_PROBED(req, flags) & REQ_F_FORCE_ASYNC)};
	struct inode *inode = BPF_CORE_READ((struct kiocb *)req, ki_filp, f_inode);
	struct frame *frame;
	u64 key = (u64)req;

	if (!request_writes(req) || !pid_wanted())
		return 0;
	frame = frame_find();
	punt.isize = BPF_CORE_READ(inode, i_size);
	punt.disksize = inode_disksize((u64)inode);
	punt.ext4_flags = inode_ext4_flags(inode);
	punt.entered_ns = frame && frame->call.entered_ns ? frame->call.entered_ns : bpf_ktime_get_ns();
	punted = 1;
	bpf_map_update_elem(&punts, &key, &punt, BPF_ANY);
	return 0;
}

static __always_inline void fill_result(struct write_state *w, s64 res)
{
	OBSERVE(w, FACT_RET, ret, res);
	OBSERVE(w, FACT_ISIZE_AFTER, isize_after, write_isize(w));
	if (!w->rec.stage_ns[STAGE_RETURN])
		w->rec.stage_ns[STAGE_RETURN] = bpf_ktime_get_ns();
}

/*
 * Its success was seen, and now it is said to have failed? Nobody was told of that success (the completion queue had
 * overflowed), and the address is another request's.
 */
static __always_inline bool is_of_another(struct write_state *w, s32 res)
{
	return res < 0 && w->rec.stage_ns[STAGE_RETURN] && w->rec.ret >= 0;
}

static __always_inline int write_request_completed(struct io_kiocb *req, u64 key, s32 res)
{
	struct write_state *w;

	w = nr_hashed ? bpf_map_lookup_elem(&writes, &key) : NULL;
	if (w && (w->inode != kiocb_inode(key) || is_of_another(w, res))) {
		emit_old(NULL, w, key);
		w = NULL;
	}
	if (!w)
		return request_refused(req, res);
	fill_result(w, res);
	write_emit_aside(NULL, w, key);
	return 0;
}

static __always_inline int request_completed(struct io_kiocb *req, s32 res)
{
	if (closing || !request_writes(req))
		return 0;
	write_request_completed(req, (u64)req, res);
	punt_end((u64)req);
	return 0;
}

#endif
