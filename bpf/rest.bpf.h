/* SPDX-License-Identifier: GPL-2.0-only */
/* What goes through the page cache after all: the whole write, or the rest that the direct part left. */
#ifndef DIOSCOPE_REST_BPF_H
#define DIOSCOPE_REST_BPF_H

#include "bpf/state.bpf.h"

static __always_inline int buffered_begins(struct kiocb *iocb, struct iov_iter *iter)
{
	struct write_state *w = write_find(iocb);

	if (!w || w->rec.tid != (u32)current_task()->pid)
		return 0;
	stage_begin(w, STAGE_BUFFERED);
	w->rec.fallback = w->rec.dio_ret > 0 ? FALLBACK_REST : FALLBACK_WHOLE;
	if (w->body_error == -EINVAL)
		OBSERVE(w, FACT_FALLBACK_REASON, fallback_reason, FALLBACK_ALIGNMENT);
	else if (w->body_error == -EFAULT)
		OBSERVE(w, FACT_FALLBACK_REASON, fallback_reason, FALLBACK_FAULT);
	OBSERVE(w, FACT_FALLBACK_POS, fallback_pos, READ(iocb, ki_pos));
	OBSERVE(w, FACT_FALLBACK_LEN, fallback_len, READ(iter, count));
	return 0;
}

static __always_inline int buffered_ends(struct write_state *w, s64 ret)
{
	if (w && w->rec.stage_ns[STAGE_BUFFERED])
		OBSERVE(w, FACT_FALLBACK_RET, fallback_ret, ret);
	return 0;
}

/* Of no direct write that came to iomap: of the call's own, or of one that is none of ours and waited for itself. */
static __always_inline void buffered_elsewhere(struct frame *frame, unsigned int copied)
{
	if (!frame->call.file)
		frame->wait.lock = 0;
	else if (!frame->call.opened)
		frame->call.buffered += copied;
}

/* Without those hooks: pages of exactly the missing part, written by the task whose direct write came back short. */
static __always_inline int buffered_page(struct inode *inode, s64 pos, unsigned int copied)
{
	struct frame *frame = frame_find();
	struct write_state *w = write_late(frame);
	struct write_record *r;
	s64 next;

	if (!w && frame)
		buffered_elsewhere(frame, copied);
	if (!w || w->inode != (u64)inode || w->rec.dio_ret < 0)
		return 0;
	r = &w->rec;
	next = r->pos + (r->dio_ret > 0 ? r->dio_ret : 0) + r->fallback_ret;
	if (!copied || pos != next || pos >= r->pos + (s64)r->len)
		return 0;
	stage_begin(w, STAGE_BUFFERED);
	if (!r->fallback_ret) {
		OBSERVE(w, FACT_FALLBACK, fallback, r->dio_ret > 0 ? FALLBACK_REST : FALLBACK_WHOLE);
		OBSERVE(w, FACT_FALLBACK_POS, fallback_pos, pos);
	}
	OBSERVE(w, FACT_FALLBACK_RET, fallback_ret, r->fallback_ret + copied);
	/* the tracepoint comes before the size is moved */
	if (r->isize_after < pos + copied)
		r->isize_after = pos + copied;
	r->how[FACT_ISIZE_AFTER] = HOW_INFERRED;
	return 0;
}

#endif
