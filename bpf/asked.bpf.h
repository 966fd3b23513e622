/* SPDX-License-Identifier: GPL-2.0-only */
/* What a system call asks for, by its arguments: which file, where, how much, from which buffers. */
#ifndef DIOSCOPE_ASKED_BPF_H
#define DIOSCOPE_ASKED_BPF_H

#include <linux/ptrace.h>

#include "bpf/fill.bpf.h"
#include "bpf/open.bpf.h"

/* --- the file --- */

/*
 * Every write(2) of the machine comes here. The verifier does not walk an array of pointers, and a helper would cost
 * more than all the rest: so each slot is read as if it were the member of a structure that it has the type of.
 */
static __always_inline u64 fd_file(u32 fd)
{
	struct fdtable *fdt = READ(current_task(), files, fdt);
	u64 slot = (u64)READ(fdt, fd) + fd * sizeof(u64) - bpf_core_field_offset(struct fdtable, fd);

	return fd < READ(fdt, max_fds) ? (u64)READ_AS(fdtable, slot, fd) : 0;
}

/* NULL: it is no file of ext4 that is open for direct writes. */
static __always_inline struct file *fd_direct_file(u32 fd)
{
	u64 addr = fd_file(fd);
	struct file *file = AS(file, addr);

	if (!addr || !(READ(file, f_flags) & O_DIRECT_FLAG) || !file_is_ext4(file, READ(file, f_inode)))
		return NULL;
	return file;
}

/* --- the range and the buffers --- */

struct asked {
	s64 pos;
	u64 len;
	u32 rwf; /* RWF_* */
	struct segments segments;
};

/* User memory that cannot be read, or a length that no call takes, is refused by the VFS: ext4 never hears of it. */
__weak __noinline int user_segments_read(u64 iov, u64 nr, struct segments *out, u64 *len)
{
	u32 addr_align = 0, seg_align = 0;

	if (!out || !len || !nr || nr > UIO_MAXIOV)
		return -EINVAL;
	*len = 0;
	for (u32 i = 0; i < UIO_MAXIOV && i < nr; i++) {
		struct iovec v;

		if (bpf_probe_read_user(&v, sizeof(v), (struct iovec *)iov + i))
			return -EFAULT;
		if ((s64)v.iov_len < 0)
			return -EINVAL;
		addr_align |= (u32)(u64)v.iov_base;
		seg_align |= (u32)v.iov_len;
		*len += v.iov_len;
	}
	*out = (struct segments){nr, addr_align & 4095, seg_align & 4095};
	return 0;
}

static __always_inline int ask_buffers(struct asked *asked, enum write_call call, struct pt_regs *regs)
{
	u64 buf = regs->rsi, n = regs->rdx;

	if (call != CALL_WRITE && call != CALL_PWRITE)
		return user_segments_read(buf, n, &asked->segments, &asked->len);
	asked->len = n;
	asked->segments = (struct segments){1, buf & 4095, n & 4095};
	return 0;
}

static __always_inline s64 asked_pos(enum write_call call, struct pt_regs *regs, s64 f_pos)
{
	bool given = call == CALL_PWRITE || call == CALL_PWRITEV || (call == CALL_PWRITEV2 && (s64)regs->r10 != -1);

	return given ? (s64)regs->r10 : f_pos;
}

/* @f_pos: the file's position when the call was made. */
static __always_inline int ask_call(struct asked *asked, enum write_call call, struct pt_regs *regs, s64 f_pos)
{
	asked->pos = asked_pos(call, regs, f_pos);
	asked->rwf = call == CALL_PWRITEV2 ? (u32)regs->r9 : 0;
	return ask_buffers(asked, call, regs);
}

static __always_inline u32 open_flags(u32 f_flags)
{
	return (f_flags & 02000 ? WRITE_APPEND : 0) | (f_flags & 010000 ? WRITE_DSYNC : 0) |
	       (f_flags & 04000000 ? WRITE_SYNC : 0);
}

/* kiocb_set_rw_flags() */
static __always_inline u32 asked_flags(u32 f_flags, u32 rwf)
{
	u32 flags = open_flags(f_flags) | (rwf & WRITE_FLAGS_ALL);

	if (rwf & WRITE_SYNC)
		flags |= WRITE_DSYNC;
	if (rwf & RWF_NOAPPEND_FLAG)
		flags &= ~WRITE_APPEND;
	return flags;
}

static __always_inline void fill_asked_range(struct write_state *w, const struct asked *asked)
{
	OBSERVE(w, FACT_ASKED_POS, asked_pos, asked->pos);
	OBSERVE(w, FACT_ASKED_LEN, asked_len, asked->len);
}

static __always_inline void fill_asked_buffers(struct write_state *w, const struct asked *asked)
{
	OBSERVE(w, FACT_SEGMENTS, segments, asked->segments.nr);
	OBSERVE(w, FACT_ADDR_ALIGN, addr_align, asked->segments.addr_align);
	OBSERVE(w, FACT_SEG_ALIGN, seg_align, asked->segments.seg_align);
}

#endif
