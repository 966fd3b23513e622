/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between kernels that the probes meet is one accessor here, newest kernel first. Each asks what the
 * running kernel has (a field, a type, an enum value), never which version it is.
 */
#ifndef DIOSCOPE_COMPAT_BPF_H
#define DIOSCOPE_COMPAT_BPF_H

#include "bpf/kernel_types.h"
#include "bpf/read.bpf.h"
#include "bpf/settings.h"
#include "bpf/write_record.h"

#include <asm/byteorder.h>

/* Macros of the kernel, so not in BTF; the same numbers from 5.15 to 7.3. */
#define IOCB_DIRECT		(1 << 17)
#define IOMAP_DIO_FORCE_WAIT	(1 << 0)
#define IOMAP_DIO_UNWRITTEN	(1 << 0)
#define S_SYNC			(1 << 0)
#define S_NOSEC			(1 << 12)
#define SB_SYNCHRONOUS		(1 << 4)
#define EXT4_MOUNT_BARRIER	0x20000
#define EXT4_MOUNT_DATA_FLAGS	0x0c00
#define EXT4_MOUNT_JOURNAL_DATA 0x0400
#define EXT4_MOUNT_ORDERED_DATA 0x0800
#define EXT4_ENCRYPT_FL		0x800
#define EXT4_JOURNAL_DATA_FL	0x4000
#define EXT4_EXTENTS_FL		0x80000
#define EXT4_VERITY_FL		0x100000
#define EXT4_INLINE_DATA_FL	0x10000000
#define EXT4_SUPER_MAGIC	0xef53
#define EXT4_HT_MAP_BLOCKS	3
#define EXT4_MAP_MAPPED		0x10
#define EXT4_MAP_DELAYED	0x100  /* from 6.9 on; BH_Delay */
#define O_DIRECT_FLAG		040000 /* of x86 */
#define RWF_NOAPPEND_FLAG	0x20
#define REQ_F_FORCE_ASYNC	(1 << 4) /* IOSQE_ASYNC_BIT: user space is promised it */
#define REQ_F_CQE_SKIP		(1 << 6) /* IOSQE_CQE_SKIP_SUCCESS_BIT */
#define PF_WQ_WORKER		0x00000020
#define PF_IO_WORKER		0x00000010
#define PF_KTHREAD		0x00200000
#define RWSEM_WRITER_LOCKED	0x1
#define RWBASE_WRITER_BIAS	0x40000000
#define EIOCBQUEUED		529

enum iter_type___all {
	ITER_UBUF___all,
	ITER_IOVEC___all,
	ITER_BVEC___all,
};

/* --- the task --- */

/*
 * bpf_get_current_task_btf(), which answers the same for as long as a program runs: said to be so, it is called once in
 * each. Every call of a helper returns twice where the processor's mitigations make that slow.
 */
static struct task_struct *(*const current_task)(void)__attribute__((const)) = (void *)BPF_FUNC_get_current_task_btf;

/*
 * bpf_get_current_cgroup_id(), without a call where addresses can be cast. By the cast, too, for the verifier looks for
 * what it knows of the members of a task through all of the kernel's types, once for each pointer that is loaded.
 */
static __always_inline u64 task_cgroup(void)
{
	if (settings.type_task_struct)
		return AS(task_struct, current_task())->cgroups->dfl_cgrp->kn->id;
	return bpf_get_current_cgroup_id();
}

/*
 * Zero what follows the first NUL. Until 5.16 ("fs/exec: replace strlcpy with strscpy_pad in __set_task_comm") the end
 * of a longer, older name was left there.
 */
static __always_inline void comm_pad(u64 comm[2])
{
	u64 first = __le64_to_cpu(comm[0]), second = __le64_to_cpu(comm[1]);
	u64 nul = (first - 0x0101010101010101) & ~first & 0x8080808080808080;

	/* the lowest bit of nul is that of the first NUL */
	if (nul) {
		first &= ((nul & -nul) >> 7) - 1;
		second = 0;
	} else {
		nul = (second - 0x0101010101010101) & ~second & 0x8080808080808080;
		second &= ((nul & -nul) >> 7) - 1;
	}
	comm[0] = __cpu_to_le64(first);
	comm[1] = __cpu_to_le64(second);
}

/* --- system calls that write: their numbers on x86-64 --- */

#define NR_IO_URING_ENTER 426

enum write_call {
	CALL_OTHER,
	CALL_WRITE,
	CALL_PWRITE,
	CALL_WRITEV,
	CALL_PWRITEV,
	CALL_PWRITEV2,
	CALL_BATCH, /* io_submit, io_uring_enter: any number of writes, to any files */
};

/* int $0x80, also of a process of 64 bits: the numbers are others, and so are the registers of the arguments. */
#define TS_COMPAT 0x0002

static __always_inline bool call_is_compat(void)
{
	return current_task()->thread_info.status & TS_COMPAT;
}

static __always_inline bool call_syncs(long nr)
{
	if (call_is_compat())
		return nr == 118 || nr == 148 || nr == 144;
	return nr == 74 || nr == 75 || nr == 26; /* fsync, fdatasync, msync */
}

static __always_inline enum write_call write_call_of(long nr)
{
	switch (nr) {
	case 1:
		return CALL_WRITE;
	case 18:
		return CALL_PWRITE;
	case 20:
		return CALL_WRITEV;
	case 296:
		return CALL_PWRITEV;
	case 328:
		return CALL_PWRITEV2;
	case 209: /* io_submit */
	case NR_IO_URING_ENTER:
		return CALL_BATCH;
	}
	return CALL_OTHER;
}

/* --- the inode's lock --- */

/*
 * The mode in which the current task holds inode->i_rwsem. True only inside the locked region: while we hold it
 * shared nobody can set the writer bit, and while the bit is set the holder is us.
 */
static __always_inline enum lock_mode inode_lock_held(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_rwsem.rwbase)) /* PREEMPT_RT */
		return READ(inode, i_rwsem.rwbase.readers.counter) == RWBASE_WRITER_BIAS ? LOCK_EXCLUSIVE : LOCK_SHARED;
	return READ(inode, i_rwsem.count.counter) & RWSEM_WRITER_LOCKED ? LOCK_EXCLUSIVE : LOCK_SHARED;
}

/* Does any reader hold it? For hooks that do not know whether they are inside the locked region. */
static __always_inline bool inode_lock_has_readers(struct inode *inode)
{
	s64 count;

	if (bpf_core_field_exists(inode->i_rwsem.rwbase)) {
		s32 readers = READ(inode, i_rwsem.rwbase.readers.counter);

		return readers != RWBASE_WRITER_BIAS && (readers & 0x7fffffff) != 0;
	}
	count = READ(inode, i_rwsem.count.counter);
	return !(count & RWSEM_WRITER_LOCKED) && (count >> 8) > 0;
}

static __always_inline u64 inode_lock_addr(u64 inode)
{
	return inode + bpf_core_field_offset(struct inode, i_rwsem);
}

/* Any address that somebody waits at may be asked. */
static __always_inline bool lock_is_of_ext4(u64 lock)
{
	struct inode *inode = (void *)(lock - bpf_core_field_offset(struct inode, i_rwsem));

	return BPF_CORE_READ(inode, i_sb, s_magic) == EXT4_SUPER_MAGIC;
}

/* trace_contention_begin(): rwsem waits carry READ or WRITE, as do rwlocks (SPIN) and percpu ones; RT's rwbase RT. */
#define LCB_F_SPIN   (1u << 0)
#define LCB_F_READ   (1u << 1)
#define LCB_F_WRITE  (1u << 2)
#define LCB_F_PERCPU (1u << 4)

static __always_inline bool contended_rwsem(u32 flags)
{
	return flags & (LCB_F_READ | LCB_F_WRITE) && !(flags & (LCB_F_SPIN | LCB_F_PERCPU));
}

/* --- the name --- */

/*
 * What changes when a dentry gets another name, as far as it is there without a helper's call: hash and length, the
 * first bytes if they are few enough to be in the dentry itself (in a casefolded directory "a" has the hash of "A"),
 * and how often it has been renamed.
 */
struct name_seen {
	u64 dentry; /* struct dentry * */
	u64 hash;   /* and length */
	u64 first;
	u64 renamed;
};

/* 6.14 "dcache: back inline names with a struct-wrapped array of unsigned long" */
static __always_inline const void *short_name(struct dentry *dentry)
{
	if (bpf_core_field_exists(dentry->d_shortname))
		return &dentry->d_shortname;
	return &dentry->d_iname;
}

static __always_inline void see_name(struct name_seen *seen, struct dentry *dentry)
{
	seen->dentry = (u64)dentry;
	seen->hash = READ_WORD(&dentry->d_name.hash);
	seen->first = READ_WORD(short_name(dentry));
	seen->renamed = READ(dentry, d_seq.seqcount.sequence);
}

/* --- the device --- */

static __always_inline struct request_queue *bdev_queue(struct block_device *bdev)
{
	if (bpf_core_field_exists(bdev->bd_queue)) /* 5.16: "block: cache request queue in bdev" */
		return READ(bdev, bd_queue);
	return READ(bdev, bd_disk, queue);
}

/* 6.11 moved the cache flags from queue_flags to limits.features: "block: move cache control settings out of
 * queue->flags". */
#define BLK_FEAT_WRITE_CACHE	      (1u << 0)
#define BLK_FEAT_FUA		      (1u << 1)
#define BLK_FLAG_WRITE_CACHE_DISABLED (1u << 0)
#define QUEUE_FLAG_WC		      17
#define QUEUE_FLAG_FUA		      18

static __always_inline void queue_cache(struct request_queue *q, u8 *fua, u8 *cache)
{
	if (bpf_core_field_exists(q->limits.features)) {
		u32 features = READ(q, limits.features);

		*fua = !!(features & BLK_FEAT_FUA);
		*cache = (features & BLK_FEAT_WRITE_CACHE) && !(READ(q, limits.flags) & BLK_FLAG_WRITE_CACHE_DISABLED);
	} else {
		unsigned long flags = READ(q, queue_flags);

		*fua = flags >> QUEUE_FLAG_FUA & 1;
		*cache = flags >> QUEUE_FLAG_WC & 1;
	}
}

/* A limit since 6.1: "block: make dma_alignment a stacking queue_limit"; a member of the queue before. */
static __always_inline u32 queue_dma_mask(struct request_queue *q)
{
	if (bpf_core_field_exists(q->limits.dma_alignment))
		return READ(q, limits.dma_alignment);
	return READ(q, dma_alignment);
}

/* --- the user's buffers --- */

#define UIO_MAXIOV   1024
#define SEGMENTS_MAX 64 /* more are not looked at: their alignment is then unknown */

static __always_inline bool iter_is(struct iov_iter *iter, int type)
{
	return READ(iter, iter_type) == type;
}

/* 6.0 added ITER_UBUF: "new iov_iter flavour - ITER_UBUF"; the numbers move, so they are asked of BTF. */
static __always_inline bool iter_is_ubuf(struct iov_iter *iter)
{
	return bpf_core_enum_value_exists(enum iter_type___all, ITER_UBUF___all) &&
	       iter_is(iter, bpf_core_enum_value(enum iter_type___all, ITER_UBUF___all));
}

static __always_inline bool iter_is_iovec(struct iov_iter *iter)
{
	return iter_is(iter, bpf_core_enum_value(enum iter_type___all, ITER_IOVEC___all));
}

static __always_inline bool iter_is_bvec(struct iov_iter *iter)
{
	return iter_is(iter, bpf_core_enum_value(enum iter_type___all, ITER_BVEC___all));
}

static __always_inline u64 iter_ubuf(struct iov_iter *iter)
{
	return bpf_core_field_exists(iter->ubuf) ? READ_WORD(&iter->ubuf) : 0;
}

/* 6.4 renamed iov to __iov. */
static __always_inline const struct iovec *iter_iovec(struct iov_iter *iter)
{
	if (bpf_core_field_exists(iter->__iov))
		return BPF_CORE_READ(iter, __iov);
	return BPF_CORE_READ(iter, iov);
}

/* --- io_uring --- */

/* enum io_uring_op: user space is promised it. */
static __always_inline bool io_uring_op_writes(u8 opcode)
{
	switch (opcode) {
	case 2:	 /* WRITEV */
	case 5:	 /* WRITE_FIXED */
	case 23: /* WRITE */
	case 61: /* WRITEV_FIXED */
		return true;
	}
	return false;
}

static __always_inline bool io_uring_op_is_vectored(u8 opcode)
{
	return opcode == 2 || opcode == 61;
}

/* The poller of a submission queue (SQPOLL) has the flag of a worker, too, but is none. */
static __always_inline bool is_io_worker(struct task_struct *task)
{
	return task->flags & PF_IO_WORKER && READ(task, worker_private);
}

/*
 * The inline attempt carries IOCB_NOWAIT whether or not the user asked for it; REQ_F_NOWAIT is the user's. The kiocb
 * is the first member of struct io_rw, which is the first of struct io_kiocb. 6.10 made flags 64 bits wide. The bit's
 * enum has no name, which CO-RE cannot look for: user space finds its number in BTF.
 */
static __always_inline bool io_uring_asked_nowait(void *kiocb, u32 nowait_bit)
{
	struct io_kiocb *req = kiocb;
	u64 flags = BPF_CORE_READ_BITFIELD_PROBED(req, flags);

	return flags >> (nowait_bit & 63) & 1;
}

/* IOSQE_CQE_SKIP_SUCCESS: all of it done is not told, and so not seen; anything else is. */
static __always_inline bool io_uring_keeps_success(void *kiocb)
{
	struct io_kiocb *req = kiocb;

	return BPF_CORE_READ_BITFIELD_PROBED(req, flags) & REQ_F_CQE_SKIP;
}

/* --- extent status cache --- */

/*
 * The status bits are the top ones of es_pblk: ES_SHIFT = 64 - ES_FLAGS. ES_FLAGS grew from 4 to 5 when
 * the referenced bit came, long before the floor.
 */
#define ES_SHIFT     59
#define ES_WRITTEN   0x1
#define ES_UNWRITTEN 0x2
#define ES_DELAYED   0x4

static __always_inline u32 es_status(struct extent_status *es)
{
	return READ(es, es_pblk) >> ES_SHIFT;
}

#endif
