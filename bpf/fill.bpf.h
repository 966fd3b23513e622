/* SPDX-License-Identifier: GPL-2.0-only */
/* Who wrote, what was asked, and what of the file and the device the decisions depend on: read when a write begins. */
#ifndef DIOSCOPE_FILL_BPF_H
#define DIOSCOPE_FILL_BPF_H

#include "bpf/file.bpf.h"
#include "bpf/state.bpf.h"

/* Who waits, told by whom the completion calls. */
static __always_inline void fill_submit(struct write_state *w, struct kiocb *iocb)
{
	u64 fn = (u64)READ(iocb, ki_complete);

	if (!fn)
		OBSERVE(w, FACT_SUBMIT, submit, SUBMIT_SYNC);
	else if (fn == settings.fn_aio_complete_rw)
		OBSERVE(w, FACT_SUBMIT, submit, SUBMIT_LIBAIO);
	else if (fn == settings.fn_io_complete_rw || fn == settings.fn_io_complete_rw_iopoll)
		OBSERVE(w, FACT_SUBMIT, submit, SUBMIT_IO_URING);
	else
		w->rec.submit = SUBMIT_KERNEL; /* known only if the three above are */
	if (w->rec.submit == SUBMIT_KERNEL && settings.fn_aio_complete_rw && settings.fn_io_complete_rw)
		w->rec.how[FACT_SUBMIT] = HOW_OBSERVED;
}

/*
 * Loaded, not asked of bpf_get_current_comm(): where the processor's returns are slow a helper costs more than most of
 * what a probe does. An io_uring worker acts for its process: its own name says nothing.
 */
static __always_inline void task_comm(struct task_struct *task, char comm[COMM_LEN])
{
	u64 words[2];

	if (task->flags & PF_IO_WORKER) { /* not walked by type: the verifier is slow at it */
		BPF_CORE_READ_INTO(&words, task, group_leader, comm);
	} else {
		words[0] = *(volatile u64 *)&task->comm[0];
		words[1] = *(volatile u64 *)&task->comm[8];
	}
	comm_pad(words);
	__builtin_memcpy(__builtin_assume_aligned(comm, 8), words, COMM_LEN);
}

static __always_inline void fill_who(struct write_state *w, struct frame *frame)
{
	struct task_struct *task = current_task();
	struct ring_task_facts who = {.cgroup = task_cgroup(), .pid = task->tgid, .tid = task->pid};

	task_comm(task, who.comm);
	if (!same_words(&who, &frame->who, sizeof(who)) || !is_known(frame->who_number, tasks_said)) {
		frame->who = who;
		frame->who_number = task_say(&frame->who);
	}
	w->out.task = frame->who_number;
	w->rec.pid = who.pid;
	w->rec.tid = who.tid;
	OBSERVE(w, FACT_WORKER, worker, is_io_worker(task));
}

/* IS_SYNC() */
static __always_inline bool inode_is_sync(struct inode *inode)
{
	return READ(inode, i_flags) & S_SYNC || READ(inode, i_sb, s_flags) & SB_SYNCHRONOUS;
}

static __always_inline struct ext4_inode_info *ext4_inode(struct inode *inode)
{
	return (void *)inode - bpf_core_field_offset(struct ext4_inode_info, vfs_inode);
}

static __always_inline u32 inode_ext4_flags(struct inode *inode)
{
	return (u32)READ_AS(ext4_inode_info, ext4_inode(inode), i_flags);
}

static __always_inline void see_file(struct file_seen *seen, struct file *file, struct inode *inode)
{
	struct super_block *sb = READ(inode, i_sb);
	struct ext4_sb_info *sbi = READ(sb, s_fs_info);
	struct request_queue *q = bdev_queue(READ(sb, s_bdev));

	seen->inode = (u64)inode;
	see_name(&seen->name, READ(file, f_path.dentry));
	seen->ino = READ(inode, i_ino);
	seen->generation = READ(inode, i_generation);
	seen->dev = READ(sb, s_dev);
	seen->mount_opt = READ_AS(ext4_sb_info, sbi, s_mount_opt);
	seen->lbs = READ(q, limits.logical_block_size);
	seen->dma_mask = queue_dma_mask(q);
	seen->sync = inode_is_sync(inode);
	seen->journal = READ_AS(ext4_sb_info, sbi, s_journal) != NULL;
	queue_cache(q, &seen->dev_fua, &seen->dev_cache);
	seen->blkbits = READ(inode, i_blkbits);
}

/*
 * The file of a write that met it with these flags. Once such a write is over, the data of its file may have left the
 * inode, and it has extents then (fs/ext4/inline.c, ext4_destroy_inline_data_nolock).
 */
static __always_inline void fill_file_met(struct write_state *w, struct frame *frame, struct file *file,
					  struct inode *inode, u32 ext4_flags)
{
	struct file_seen seen = {};

	see_file(&seen, file, inode);
	seen.ext4_flags = ext4_flags;
	if (!same_file(&seen, &frame->file) || !is_known(frame->file_number, files_said)) {
		frame->file = seen;
		frame->file_number = file_say(&frame->file);
	}
	w->out.file = frame->file_number;
	w->rec.blkbits = seen.blkbits;
	w->rec.extents = !!(seen.ext4_flags & EXT4_EXTENTS_FL);
	w->rec.inode_sync = seen.sync;
	w->rec.data_mode = data_mode(seen.mount_opt);
	w->inode = (u64)inode;
	OBSERVE(w, FACT_ISIZE, isize, READ(inode, i_size));
	OBSERVE(w, FACT_DISKSIZE, disksize, READ_AS(ext4_inode_info, ext4_inode(inode), i_disksize));
}

static __always_inline void fill_file(struct write_state *w, struct frame *frame, struct file *file,
				      struct inode *inode)
{
	fill_file_met(w, frame, file, inode, inode_ext4_flags(inode));
}

struct segments {
	u32 nr; /* 0: more than are looked at */
	u32 addr_align;
	u32 seg_align;
};

/*
 * OR of all addresses and of all lengths, as iov_iter_alignment() would see them. A global function, which the verifier
 * walks through once: in the place of its call it did for each way that leads there, which took longer than all else.
 */
__weak __noinline int segments_read(u64 iov, u64 skip, u64 left, struct segments *out)
{
	u32 addr_align = 0, seg_align = 0, n = 0;

	if (!out)
		return 0;
	out->nr = 0;
	for (int i = 0; i < SEGMENTS_MAX && (left || !i); i++) { /* of a write of nothing, where that was to begin */
		struct iovec v;
		u64 len;

		if (bpf_probe_read_kernel(&v, sizeof(v), (struct iovec *)iov + i))
			return 0;
		len = v.iov_len - skip < left ? v.iov_len - skip : left;
		addr_align |= (u32)((u64)v.iov_base + skip);
		seg_align |= (u32)len;
		left -= len;
		skip = 0;
		n++;
	}
	if (!left)
		*out = (struct segments){n, addr_align & 4095, seg_align & 4095};
	return 0;
}

static __always_inline void fill_iovec(struct write_state *w, struct iov_iter *iter, u64 len)
{
	struct segments seen = {};

	if (!READ(iter, nr_segs))
		return;
	segments_read((u64)iter_iovec(iter), READ(iter, iov_offset), len, &seen);
	if (!seen.nr)
		return; /* stays unknown */
	OBSERVE(w, FACT_SEGMENTS, segments, seen.nr);
	OBSERVE(w, FACT_ADDR_ALIGN, addr_align, seen.addr_align);
	OBSERVE(w, FACT_SEG_ALIGN, seg_align, seen.seg_align);
}

/*
 * One buffer: ITER_UBUF, or io_uring's registered one (ITER_BVEC), whose pages follow each other. Another part of the
 * kernel may gather pages from anywhere: what it hands over is not looked at.
 */
static __always_inline void fill_one_buffer(struct write_state *w, u64 addr, u64 len)
{
	OBSERVE(w, FACT_SEGMENTS, segments, 1);
	OBSERVE(w, FACT_ADDR_ALIGN, addr_align, (u32)addr & 4095);
	OBSERVE(w, FACT_SEG_ALIGN, seg_align, (u32)len & 4095);
}

static __always_inline void fill_buffers(struct write_state *w, struct iov_iter *iter, u64 len)
{
	u64 skip = READ(iter, iov_offset);

	w->user_pages = iter_is_ubuf(iter) || iter_is_iovec(iter);
	if (iter_is_ubuf(iter))
		fill_one_buffer(w, iter_ubuf(iter) + skip, len);
	else if (iter_is_iovec(iter))
		fill_iovec(w, iter, len);
	else if (iter_is_bvec(iter) && w->rec.submit == SUBMIT_IO_URING)
		fill_one_buffer(w, BPF_CORE_READ(iter, bvec, bv_offset) + skip, len);
}

static __always_inline void fill_asked(struct write_state *w, struct kiocb *iocb, struct iov_iter *iter)
{
	u32 flags = READ(iocb, ki_flags) & WRITE_FLAGS_ALL;

	if (flags & WRITE_NOWAIT && w->rec.submit == SUBMIT_IO_URING &&
	    !io_uring_asked_nowait(iocb, settings.req_f_nowait_bit)) {
		flags &= ~WRITE_NOWAIT;
		w->inline_attempt = 1;
	}
	OBSERVE(w, FACT_FLAGS, flags, flags);
	OBSERVE(w, FACT_POS, pos, READ(iocb, ki_pos));
	OBSERVE(w, FACT_LEN, len, READ(iter, count));
	fill_buffers(w, iter, w->rec.len);
}

/* What the sizes were when the caller asked; an inode is read when its lock is held by then. */
static __always_inline void fill_size_at_call(struct write_state *w, struct frame *frame)
{
	w->rec.isize = frame->call.isize;
	w->rec.disksize = frame->call.disksize;
}

static __always_inline void fill_entered(struct write_state *w, struct frame *frame, struct kiocb *iocb,
					 struct iov_iter *iter, struct file *file, struct inode *inode)
{
	fill_who(w, frame);
	fill_submit(w, iocb);
	fill_file(w, frame, file, inode);
	fill_asked(w, iocb, iter);
}

/* --- once more, later: the inode is known by its address only --- */

static __always_inline s64 inode_disksize(u64 inode)
{
	return READ_AS(ext4_inode_info, ext4_inode((struct inode *)inode), i_disksize);
}

static __always_inline s64 write_isize(struct write_state *w)
{
	struct inode *inode = (struct inode *)w->inode;

	return READ_AS(inode, inode, i_size);
}

/* How long the task slept for this inode's lock, all waits of this write together. */
static __always_inline void fill_lock_wait(struct write_state *w, struct frame *frame)
{
	if (frame->wait.lock && frame->wait.lock == inode_lock_addr(w->inode))
		w->rec.lock_wait_ns = frame->wait.total_ns;
}

#endif
