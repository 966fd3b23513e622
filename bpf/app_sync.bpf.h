/* SPDX-License-Identifier: GPL-2.0-only */
/* fsync(2) and fdatasync(2) of the application: who wrote without asking for durability asks for it here. */
#ifndef DIOSCOPE_APP_SYNC_BPF_H
#define DIOSCOPE_APP_SYNC_BPF_H

#include "bpf/fill.bpf.h"
#include "bpf/open.bpf.h"

/* The write that a worker of io_uring is at; 0: it is at none. */
static __always_inline u64 worker_write(struct task_struct *task)
{
	struct io_worker *worker = BPF_CORE_READ(task, worker_private);
	void *work = BPF_CORE_READ(worker, cur_work);
	struct io_kiocb *req = work - bpf_core_field_offset(struct io_kiocb, work);

	return work && io_uring_op_writes(BPF_CORE_READ(req, opcode)) ? (u64)req : 0;
}

/*
 * A write that has to be durable calls the same function, and need be none of ours: the page cache took it, and may
 * have been asked to. Threads of the kernel sync for fsync(2) on a loop device and for IOCB_CMD_FSYNC.
 */
static __always_inline bool sync_is_asked(u64 worker_write)
{
	struct task_struct *task = current_task();
	struct pt_regs *regs;

	if (task->flags & (PF_KTHREAD | PF_IO_WORKER))
		return !worker_write;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	return call_syncs(regs->orig_rax);
}

/* Of one that came to iomap in no way that was seen: it says so when its call or its request ends. */
static __always_inline void sync_of_write(struct frame *frame, u64 worker_write, int datasync)
{
	if (!frame || (!worker_write && (!frame->call.entered_ns || frame->call.opened)))
		return;
	frame->call.sync = datasync ? SYNC_FDATASYNC : SYNC_FSYNC;
	frame->call.sync_ns = bpf_ktime_get_ns();
	frame->call.sync_req = worker_write;
	frame->call.flush = 0;
}

static __always_inline int app_sync_begins(struct frame *frame, struct file *file, int datasync)
{
	struct task_struct *task = current_task();
	struct inode *inode = READ(file, f_inode);
	u64 write = is_io_worker(task) ? worker_write(task) : 0;

	if (!sync_is_asked(write)) {
		sync_of_write(write && pid_wanted() ? frame_get() : frame, write, datasync);
		return 0;
	}
	if (!task_wanted() || !inode_wanted(inode))
		return 0;
	frame = frame_get();
	if (!frame)
		return 0;
	frame->sync.inode = (u64)inode;
	frame->sync.began_ns = bpf_ktime_get_ns();
	frame->sync.sync = datasync ? SYNC_FDATASYNC : SYNC_FSYNC;
	frame->sync.flush = 0;
	return 0;
}

/* An empty bio with PREFLUSH in such a task. */
static __always_inline void app_sync_flushes(struct frame *frame)
{
	if (frame->sync.inode)
		frame->sync.flush = 1;
	else if (frame->call.sync)
		frame->call.flush = 1;
}

static __always_inline void fill_sync_file(struct sync_record *s, struct inode *inode)
{
	struct ext4_sb_info *sbi = READ(inode, i_sb, s_fs_info);
	u8 fua;

	s->ino = READ(inode, i_ino);
	s->dev = READ(inode, i_sb, s_dev);
	s->generation = READ(inode, i_generation);
	s->journal = READ_AS(ext4_sb_info, sbi, s_journal) != NULL;
	s->barrier = !!(READ_AS(ext4_sb_info, sbi, s_mount_opt) & EXT4_MOUNT_BARRIER);
	queue_cache(bdev_queue(READ(inode, i_sb, s_bdev)), &fua, &s->dev_cache);
}

static __always_inline void app_sync_emit(struct app_sync *sync, struct inode *inode, s32 ret)
{
	struct task_struct *task = current_task();
	struct sync_record *s = bpf_ringbuf_reserve(&ring, sizeof(*s), 0);

	if (!s) {
		count_total(TOTAL_LOST_SYNCS, 1);
		return;
	}
	__builtin_memset(s, 0, sizeof(*s));
	s->head = (struct record_head){.type = RECORD_SYNC, .len = sizeof(*s)};
	s->began_ns = sync->began_ns;
	s->ended_ns = bpf_ktime_get_ns();
	s->pid = task->tgid;
	s->tid = task->pid;
	task_comm(task, s->comm);
	fill_sync_file(s, inode);
	s->ret = ret;
	s->sync = sync->sync;
	s->flush = sync->flush;
	/* for a device without a cache the block layer drops a flush before its tracepoint */
	s->flush_how = settings.has_submit || s->dev_cache ? HOW_OBSERVED : HOW_UNKNOWN;
	bpf_ringbuf_submit(s, ring_flags(0));
}

static __always_inline int app_sync_ends(struct inode *inode, s32 ret)
{
	struct frame *frame = frame_if_any();

	if (!frame || !frame->sync.inode || frame->sync.inode != (u64)inode)
		return 0;
	app_sync_emit(&frame->sync, inode, ret);
	frame->sync.inode = 0;
	return 0;
}

#endif
