/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The members of kernel structures that the probes read, and nothing else: CO-RE relocates them to where the running
 * kernel has them, so no vmlinux.h of any one kernel is needed. A member that only some kernels have says so and is
 * read in compat.bpf.h alone. There are no ___flavours of structures: each is looked for among all of the kernel's when
 * the probes are loaded, which takes a millisecond or more.
 */
#ifndef DIOSCOPE_KERNEL_TYPES_H
#define DIOSCOPE_KERNEL_TYPES_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef long long loff_t;

/* --- the same on all kernels: user space and BPF programs are promised it --- */

struct iovec {
	void *iov_base;
	u64 iov_len; /* __kernel_size_t has 32 bits where the compiler is not told the machine */
};

struct bpf_iter__task {
	__bpf_md_ptr(void *, meta);
	__bpf_md_ptr(struct task_struct *, task);
};

/* --- relocated --- */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

struct rwbase_rt {
	atomic_t readers;
};

struct rw_semaphore {
	atomic_long_t count;
	struct rwbase_rt rwbase; /* in the place of count: PREEMPT_RT */
};

struct gendisk;
struct request_queue;

struct block_device {
	u64 bd_start_sect;
	u32 bd_dev;
	struct gendisk *bd_disk;
	struct request_queue *bd_queue; /* 5.16 */
};

struct gendisk {
	struct request_queue *queue;
};

struct queue_limits {
	unsigned int logical_block_size;
	unsigned int dma_alignment; /* 6.1 */
	unsigned int features;	    /* 6.11 */
	unsigned int flags;	    /* 6.11 */
};

struct request_queue {
	unsigned long queue_flags;
	unsigned int dma_alignment; /* until 6.0 */
	struct queue_limits limits;
};

struct super_block {
	u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	void *s_fs_info;
	struct block_device *s_bdev;
};

struct address_space {
	unsigned long nrpages;
};

struct inode {
	unsigned int i_flags;
	struct address_space *i_mapping;
	struct super_block *i_sb;
	unsigned long i_ino;
	u32 i_generation;
	loff_t i_size;
	u8 i_blkbits;
	struct rw_semaphore i_rwsem;
};

struct ext4_sb_info {
	unsigned int s_mount_opt;
	void *s_journal;
};

struct ext4_inode_info {
	unsigned long i_flags;
	loff_t i_disksize;
	unsigned int i_reserved_data_blocks;
	struct inode vfs_inode;
};

struct qstr {
	u32 hash;
	u32 len;
	const unsigned char *name;
};

struct seqcount {
	unsigned int sequence;
};

struct seqcount_spinlock {
	struct seqcount seqcount;
};

union shortname_store {
	unsigned char string[32];
};

struct dentry {
	struct seqcount_spinlock d_seq;
	struct qstr d_name;
	struct dentry *d_parent;
	union shortname_store d_shortname; /* from 6.14 on, */
	unsigned char d_iname[32];	   /* before */
};

struct path {
	struct dentry *dentry;
};

struct iov_iter;
struct kiocb;

struct file_operations {
	long (*write_iter)(struct kiocb *, struct iov_iter *);
};

struct mutex {
	atomic_long_t owner;
};

struct file {
	struct mutex f_pos_lock;
	unsigned int f_flags;
	loff_t f_pos;
	struct path f_path;
	struct inode *f_inode;
	const struct file_operations *f_op;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct kiocb {
	struct file *ki_filp;
	loff_t ki_pos;
	void (*ki_complete)(struct kiocb *iocb, long ret);
	int ki_flags;
};

struct bio_vec {
	unsigned int bv_len;
	unsigned int bv_offset;
};

struct iov_iter {
	u8 iter_type;
	bool data_source;
	unsigned long iov_offset;
	unsigned long count;
	unsigned long nr_segs;
	const struct bio_vec *bvec;
	const struct iovec *__iov; /* 6.4 */
	const struct iovec *iov;   /* until 6.3 */
	void *ubuf;		   /* 6.0 */
};

struct iomap {
	u64 addr;
	loff_t offset;
	u64 length;
	u16 type;
	u16 flags;
};

struct iomap_ops {
	int (*iomap_begin)(struct inode *inode, loff_t pos, loff_t length, unsigned int flags, struct iomap *iomap,
			   struct iomap *srcmap);
};

struct iomap_iter {
	struct inode *inode;
	struct iomap iomap;
};

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct iomap_dio {
	struct kiocb *iocb;
	union {
		struct {
			struct work_struct work;
		} aio;
	};
};

struct bvec_iter {
	u64 bi_sector;
	unsigned int bi_size;
};

struct bio {
	struct block_device *bi_bdev;
	unsigned int bi_opf;
	struct bvec_iter bi_iter;
	unsigned short bi_flags;
	void (*bi_end_io)(struct bio *bio);
	void *bi_private;
	struct bio *bi_next;
};

struct request {
	struct bio *bio;
};

struct extent_status {
	u32 es_lblk;
	u32 es_len;
	u64 es_pblk;
};

struct ext4_map_blocks {
	u64 m_pblk;
	u32 m_lblk;
	unsigned int m_len;
	unsigned int m_flags;
};

struct io_wq_work {
	int cancel_seq;
};

struct io_kiocb {
	u64 flags; /* 32 bits until 6.9 */
	u8 opcode;
	struct io_wq_work work;
};

struct io_worker {
	struct io_wq_work *cur_work;
};

struct io_rw {
	struct kiocb kiocb;
	u64 addr;  /* in user space */
	u32 len;   /* of one buffer, or how many there are */
	u32 flags; /* RWF_* */
};

struct io_uring_cqe {
	s32 res;
};

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct {
	atomic_t live;
	struct rlimit rlim[16];
};

struct thread_info {
	u32 status;
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	struct thread_info thread_info;
	void *bpf_storage;
	void *worker_private;
	struct css_set *cgroups;
	struct files_struct *files;
	struct signal_struct *signal;
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	char comm[16];
};

#pragma clang attribute pop

#endif
