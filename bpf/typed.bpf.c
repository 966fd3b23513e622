// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs whose arguments have types: fentry, fexit and BTF-typed raw tracepoints, in path order. A program is named
 * after its kind and its target; user/capture/hook_table.c has the table of which is taken when.
 *
 * Arguments of a module's tracepoints may be NULL to the verifier (from 6.12): those of ext4 are asked.
 */
#define DIOSCOPE_TYPED
#include "bpf/path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- enter, return ---- */

SEC("fentry/ext4_dio_write_iter")
int BPF_PROG(fentry_ext4_dio_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return write_enter(iocb, from);
}

SEC("fexit/ext4_dio_write_iter")
int BPF_PROG(fexit_ext4_dio_write_iter, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	return write_return(frame_find(), (u64)iocb, ret);
}

SEC("fentry/ext4_file_write_iter")
int BPF_PROG(fentry_ext4_file_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return write_enter(iocb, from);
}

SEC("fexit/ext4_file_write_iter")
int BPF_PROG(fexit_ext4_file_write_iter, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	return write_return(frame_find(), (u64)iocb, ret);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(tp_btf_sys_enter, struct pt_regs *regs, long nr)
{
	return call_begins(regs, nr);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(tp_btf_sys_exit, struct pt_regs *regs, long ret)
{
	return call_ends(regs, ret);
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(tp_btf_io_uring_submit_req, struct io_kiocb *req)
{
	return request_submitted(req);
}

SEC("tp_btf/io_uring_queue_async_work")
int BPF_PROG(tp_btf_io_uring_queue_async_work, struct io_kiocb *req)
{
	return request_punted(req);
}

/* The result is an argument of its own, or a member of the one that took its place. */
SEC("tp_btf/io_uring_complete")
int tp_btf_io_uring_complete(u64 *ctx)
{
	struct io_uring_cqe *cqe = (void *)ctx[2];

	return request_completed((void *)ctx[1], settings.uring_cqe ? READ(cqe, res) : (s32)ctx[3]);
}

/* ---- lock and check ---- */

SEC("fentry/ext4_generic_write_checks")
int BPF_PROG(fentry_ext4_generic_write_checks, struct kiocb *iocb, struct iov_iter *from)
{
	return write_check(iocb, from);
}

SEC("fexit/ext4_generic_write_checks")
int BPF_PROG(fexit_ext4_generic_write_checks, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	return write_checked(iocb, from, ret);
}

SEC("fexit/ext4_map_blocks")
int BPF_PROG(fexit_ext4_map_blocks, void *handle, struct inode *inode, struct ext4_map_blocks *map, int flags, int ret)
{
	return blocks_looked_up(handle, inode, map, flags, ret);
}

SEC("tp_btf/ext4_es_lookup_extent_exit")
int BPF_PROG(tp_btf_ext4_es_lookup_extent_exit, struct inode *inode, struct extent_status *es, int found)
{
	return inode && es ? es_lookup_exit(inode, es, found) : 0;
}

SEC("tp_btf/ext4_ext_map_blocks_exit")
int BPF_PROG(tp_btf_ext4_ext_map_blocks_exit, struct inode *inode, u32 flags, struct ext4_map_blocks *map, int ret)
{
	return inode && map ? disk_lookup_exit(inode, map, ret) : 0;
}

SEC("tp_btf/ext4_ind_map_blocks_exit")
int BPF_PROG(tp_btf_ext4_ind_map_blocks_exit, struct inode *inode, u32 flags, struct ext4_map_blocks *map, int ret)
{
	return inode && map ? disk_lookup_exit(inode, map, ret) : 0;
}

SEC("fentry/inode_dio_wait")
int BPF_PROG(fentry_inode_dio_wait, struct inode *inode)
{
	return dio_waited(inode);
}

SEC("fexit/inode_dio_wait")
int BPF_PROG(fexit_inode_dio_wait)
{
	return dio_drained();
}

SEC("fentry/ext4_orphan_add")
int BPF_PROG(fentry_ext4_orphan_add, void *handle, struct inode *inode)
{
	return orphan_added(inode);
}

/* ---- map ---- */

SEC("fentry/__iomap_dio_rw")
int BPF_PROG(fentry___iomap_dio_rw, struct kiocb *iocb, struct iov_iter *iter, const struct iomap_ops *ops,
	     const void *dops, unsigned int dio_flags)
{
	return iomap_begins(iocb, iter, ops, dio_flags);
}

SEC("tp_btf/iomap_dio_rw_begin")
int BPF_PROG(tp_btf_iomap_dio_rw_begin, struct kiocb *iocb, struct iov_iter *iter, unsigned int dio_flags)
{
	return iomap_begins(iocb, iter, NULL, dio_flags);
}

SEC("fexit/kiocb_invalidate_pages")
int BPF_PROG(fexit_kiocb_invalidate_pages, struct kiocb *iocb, size_t count, int ret)
{
	return pages_invalidated(iocb, ret);
}

SEC("tp_btf/iomap_dio_invalidate_fail")
int BPF_PROG(tp_btf_iomap_dio_invalidate_fail, struct inode *inode)
{
	return invalidate_failed(inode);
}

SEC("fexit/invalidate_inode_pages2_range")
int BPF_PROG(fexit_invalidate_inode_pages2_range, void *mapping, unsigned long first, unsigned long last, int ret)
{
	return pages_dropped(ret);
}

SEC("tp_btf/ext4_writepages_result")
int BPF_PROG(tp_btf_ext4_writepages_result, struct inode *inode)
{
	return inode ? pages_written_back(inode) : 0;
}

SEC("fexit/iomap_iter")
int BPF_PROG(fexit_iomap_iter, struct iomap_iter *iter, const struct iomap_ops *ops, int ret)
{
	return ret == 1 ? write_round(frame_find(), READ(iter, inode), &iter->iomap) : 0;
}

SEC("tp_btf/iomap_iter_dstmap")
int BPF_PROG(tp_btf_iomap_iter_dstmap, struct inode *inode, struct iomap *map)
{
	return mapping_seen(inode, map);
}

SEC("tp_btf/ext4_journal_start_inode")
int BPF_PROG(tp_btf_ext4_journal_start_inode, struct inode *inode, int blocks, int rsv, int revoke, int type)
{
	struct frame *frame = frame_find();

	journal_started(frame, write_of_inode(frame, inode), type);
	return 0;
}

/* Until 6.2, where the tracepoint does not tell the type: the function knew the file system, not yet the inode. */
SEC("fentry/__ext4_journal_start_sb")
int BPF_PROG(fentry___ext4_journal_start_sb, struct super_block *sb, unsigned int line, int type)
{
	struct frame *frame = frame_find();

	journal_started(frame, write_current(frame), type);
	return 0;
}

/* ---- submit ---- */

SEC("fexit/iomap_dio_bio_iter")
int BPF_PROG(fexit_iomap_dio_bio_iter, struct iomap_iter *iter, struct iomap_dio *dio, long ret)
{
	return body_done((int)ret < 0 ? write_find(READ(dio, iocb)) : NULL, ret);
}

SEC("fentry/iomap_dio_zero")
int BPF_PROG(fentry_iomap_dio_zero, struct iomap_iter *iter, struct iomap_dio *dio, loff_t pos, unsigned int len)
{
	return zero_begin(pos, len);
}

SEC("fexit/iomap_dio_zero")
int BPF_PROG(fexit_iomap_dio_zero)
{
	return zero_end();
}

SEC("fentry/submit_bio")
int BPF_PROG(fentry_submit_bio, struct bio *bio)
{
	return bio_seen(bio, 0);
}

/* Below the partition: the sector counts from the start of the disk, and bi_bdev is still the partition. */
SEC("tp_btf/block_bio_queue")
int BPF_PROG(tp_btf_block_bio_queue, struct bio *bio)
{
	return bio_seen(bio, READ(bio, bi_bdev, bd_start_sect) << 9);
}

/* ---- the device is done ---- */

SEC("fentry/iomap_dio_bio_end_io")
int BPF_PROG(fentry_iomap_dio_bio_end_io, struct bio *bio)
{
	return dio_bio_ended(bio);
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(tp_btf_block_rq_complete, struct request *rq)
{
	return request_ended(rq);
}

/* Of devices that take bios and not requests. */
SEC("tp_btf/block_bio_complete")
int BPF_PROG(tp_btf_block_bio_complete, void *q, struct bio *bio)
{
	bio_ended(bio);
	return 0;
}

/* ---- complete ---- */

SEC("fentry/iomap_dio_complete_work")
int BPF_PROG(fentry_iomap_dio_complete_work, struct work_struct *work)
{
	return complete_enter(dio_of_work(work), true);
}

SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(tp_btf_workqueue_execute_start, struct work_struct *work)
{
	return (u64)READ(work, func) == settings.fn_iomap_dio_complete_work ? complete_enter(dio_of_work(work), true)
									    : 0;
}

SEC("fentry/iomap_dio_complete")
int BPF_PROG(fentry_iomap_dio_complete, struct iomap_dio *dio)
{
	return complete_enter(dio, false);
}

SEC("fentry/ext4_dio_write_end_io")
int BPF_PROG(fentry_ext4_dio_write_end_io, struct kiocb *iocb, long size, int error, unsigned int flags)
{
	return ended_io(iocb, size, error, flags);
}

SEC("tp_btf/ext4_sync_file_enter")
int BPF_PROG(tp_btf_ext4_sync_file_enter, struct file *file, int datasync)
{
	return file ? sync_begins(file, datasync) : 0;
}

SEC("tp_btf/ext4_sync_file_exit")
int BPF_PROG(tp_btf_ext4_sync_file_exit, struct inode *inode, int ret)
{
	return inode ? app_sync_ends(inode, ret) : 0;
}

SEC("tp_btf/ext4_truncate_enter")
int BPF_PROG(tp_btf_ext4_truncate_enter, struct inode *inode)
{
	return inode ? truncate_begins(inode) : 0;
}

SEC("tp_btf/iomap_dio_rw_queued")
int BPF_PROG(tp_btf_iomap_dio_rw_queued, struct inode *inode)
{
	return write_queued();
}

SEC("tp_btf/iomap_dio_complete")
int BPF_PROG(tp_btf_iomap_dio_complete, struct kiocb *iocb, int error, long ret)
{
	return iomap_completes(iocb, error, ret);
}

SEC("fexit/iomap_dio_complete")
int BPF_PROG(fexit_iomap_dio_complete, struct iomap_dio *dio, long ret)
{
	return complete_exit((u64)dio, ret);
}

/* ---- buffered remainder ---- */

SEC("fentry/ext4_buffered_write_iter")
int BPF_PROG(fentry_ext4_buffered_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return buffered_begins(iocb, from);
}

SEC("fexit/ext4_buffered_write_iter")
int BPF_PROG(fexit_ext4_buffered_write_iter, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	return buffered_ends(write_find(iocb), ret);
}

SEC("tp_btf/ext4_da_write_end")
int BPF_PROG(tp_btf_ext4_da_write_end, struct inode *inode, loff_t pos, unsigned int len, unsigned int copied)
{
	return buffered_page(inode, pos, copied);
}

SEC("tp_btf/ext4_write_end")
int BPF_PROG(tp_btf_ext4_write_end, struct inode *inode, loff_t pos, unsigned int len, unsigned int copied)
{
	return buffered_page(inode, pos, copied);
}

SEC("tp_btf/ext4_journalled_write_end")
int BPF_PROG(tp_btf_ext4_journalled_write_end, struct inode *inode, loff_t pos, unsigned int len, unsigned int copied)
{
	return buffered_page(inode, pos, copied);
}

/* ---- processes ---- */

SEC("tp_btf/sched_process_fork")
int BPF_PROG(tp_btf_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	return process_fork(parent, child);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(tp_btf_sched_process_exit, struct task_struct *task)
{
	return process_exit(task);
}

/* ---- the end of a recording: run by user space, over all tasks ---- */

SEC("iter/task")
int iter_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	return task ? frame_settle(task) : 0;
}
