// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs whose arguments are plain numbers: kprobes, kretprobes and raw tracepoints, in path order. A kretprobe has
 * only the result: what else it needs is the write that the task is inside of, or what the kprobe of the same function
 * kept in the task's frame.
 */
#include <linux/ptrace.h>

#include "bpf/path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void keep(enum kept what, const void *arg)
{
	struct frame *frame = frame_find();

	if (frame)
		frame->kept[what] = (u64)arg;
}

/* ---- enter, return ---- */

SEC("kprobe/ext4_dio_write_iter")
int BPF_KPROBE(kprobe_ext4_dio_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return write_enter(iocb, from);
}

SEC("kretprobe/ext4_dio_write_iter")
int BPF_KRETPROBE(kretprobe_ext4_dio_write_iter, long ret)
{
	struct frame *frame = frame_find();

	return write_return(frame, frame ? frame->kiocb : 0, ret);
}

SEC("kprobe/ext4_file_write_iter")
int BPF_KPROBE(kprobe_ext4_file_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return write_enter(iocb, from);
}

SEC("kretprobe/ext4_file_write_iter")
int BPF_KRETPROBE(kretprobe_ext4_file_write_iter, long ret)
{
	struct frame *frame = frame_find();

	return write_return(frame, frame ? frame->kiocb : 0, ret);
}

/* ---- lock and check ---- */

SEC("raw_tp/contention_begin")
int BPF_PROG(raw_tp_contention_begin, void *lock, unsigned int flags)
{
	return lock_wait_begin((u64)lock, flags);
}

SEC("raw_tp/contention_end")
int BPF_PROG(raw_tp_contention_end, void *lock)
{
	return lock_wait_end((u64)lock);
}

SEC("kprobe/ext4_generic_write_checks")
int BPF_KPROBE(kprobe_ext4_generic_write_checks, struct kiocb *iocb, struct iov_iter *from)
{
	keep(KEPT_CHECKS, from);
	return write_check(iocb, from);
}

SEC("kretprobe/ext4_generic_write_checks")
int BPF_KRETPROBE(kretprobe_ext4_generic_write_checks, long ret)
{
	struct frame *frame = frame_find();

	return frame ? write_checked((void *)frame->kiocb, (void *)frame->kept[KEPT_CHECKS], ret) : 0;
}

SEC("kprobe/ext4_map_blocks")
int BPF_KPROBE(kprobe_ext4_map_blocks, void *handle, struct inode *inode, struct ext4_map_blocks *map, int flags)
{
	struct frame *frame = frame_find();

	if (frame)
		frame->kept[KEPT_MAP] = is_check_lookup(frame, handle, inode, flags) ? (u64)map : 0;
	return 0;
}

SEC("kretprobe/ext4_map_blocks")
int BPF_KRETPROBE(kretprobe_ext4_map_blocks, int ret)
{
	struct frame *frame = frame_find();

	if (frame && frame->kept[KEPT_MAP]) {
		lookup_add(&frame->lookup, (void *)frame->kept[KEPT_MAP], ret);
		frame->kept[KEPT_MAP] = 0;
	}
	return 0;
}

SEC("kprobe/inode_dio_wait")
int BPF_KPROBE(kprobe_inode_dio_wait, struct inode *inode)
{
	return dio_waited(inode);
}

SEC("kretprobe/inode_dio_wait")
int BPF_KRETPROBE(kretprobe_inode_dio_wait)
{
	return dio_drained();
}

SEC("kprobe/ext4_orphan_add")
int BPF_KPROBE(kprobe_ext4_orphan_add, void *handle, struct inode *inode)
{
	return orphan_added(inode);
}

/* ---- map ---- */

SEC("kprobe/__iomap_dio_rw")
int BPF_KPROBE(kprobe___iomap_dio_rw, struct kiocb *iocb, struct iov_iter *iter, const struct iomap_ops *ops,
	       const void *dops, unsigned int dio_flags)
{
	return iomap_begins(iocb, iter, ops, dio_flags);
}

SEC("kretprobe/kiocb_invalidate_pages")
int BPF_KRETPROBE(kretprobe_kiocb_invalidate_pages, int ret)
{
	struct frame *frame = frame_find();

	return frame ? pages_invalidated((void *)frame->kiocb, ret) : 0;
}

SEC("kprobe/iomap_iter")
int BPF_KPROBE(kprobe_iomap_iter, struct iomap_iter *iter)
{
	keep(KEPT_ITER, iter);
	return 0;
}

SEC("kretprobe/iomap_iter")
int BPF_KRETPROBE(kretprobe_iomap_iter, int ret)
{
	struct frame *frame = frame_find();
	struct iomap_iter *iter = frame ? (void *)frame->kept[KEPT_ITER] : NULL;

	return iter && ret == 1 ? write_round(frame, READ(iter, inode), &iter->iomap) : 0;
}

SEC("kprobe/__ext4_journal_start_sb")
int BPF_KPROBE(kprobe___ext4_journal_start_sb, struct super_block *sb, unsigned int line, int type)
{
	struct frame *frame = frame_find();

	journal_started(frame, write_current(frame), type);
	return 0;
}

/* ---- submit ---- */

SEC("kretprobe/iomap_dio_bio_iter")
int BPF_KRETPROBE(kretprobe_iomap_dio_bio_iter, long ret)
{
	return body_done(write_current(frame_find()), ret);
}

SEC("kprobe/iomap_dio_zero")
int BPF_KPROBE(kprobe_iomap_dio_zero, struct iomap_iter *iter, struct iomap_dio *dio, loff_t pos, unsigned int len)
{
	return zero_begin(pos, len);
}

SEC("kretprobe/iomap_dio_zero")
int BPF_KRETPROBE(kretprobe_iomap_dio_zero)
{
	return zero_end();
}

SEC("kprobe/submit_bio")
int BPF_KPROBE(kprobe_submit_bio, struct bio *bio)
{
	return bio_seen(bio, 0);
}

/* ---- the device is done ---- */

SEC("kprobe/iomap_dio_bio_end_io")
int BPF_KPROBE(kprobe_iomap_dio_bio_end_io, struct bio *bio)
{
	return dio_bio_ended(bio);
}

/* ---- complete ---- */

SEC("kprobe/iomap_dio_complete_work")
int BPF_KPROBE(kprobe_iomap_dio_complete_work, struct work_struct *work)
{
	return complete_enter(dio_of_work(work), true);
}

SEC("kprobe/iomap_dio_complete")
int BPF_KPROBE(kprobe_iomap_dio_complete, struct iomap_dio *dio)
{
	complete_enter(dio, false);
	keep(KEPT_DIO, dio);
	return 0;
}

SEC("kretprobe/iomap_dio_complete")
int BPF_KRETPROBE(kretprobe_iomap_dio_complete, long ret)
{
	struct frame *frame = frame_find();

	return frame ? complete_exit(frame->kept[KEPT_DIO], ret) : 0;
}

SEC("kprobe/ext4_dio_write_end_io")
int BPF_KPROBE(kprobe_ext4_dio_write_end_io, struct kiocb *iocb, long size, int error, unsigned int flags)
{
	return ended_io(iocb, size, error, flags);
}

/* ---- buffered remainder ---- */

SEC("kprobe/ext4_buffered_write_iter")
int BPF_KPROBE(kprobe_ext4_buffered_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return buffered_begins(iocb, from);
}

SEC("kretprobe/ext4_buffered_write_iter")
int BPF_KRETPROBE(kretprobe_ext4_buffered_write_iter, long ret)
{
	return buffered_ends(write_current(frame_find()), ret);
}
