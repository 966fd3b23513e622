/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space tells the probes before they are loaded, and what they count for it: shared by both compilers.
 */
#ifndef DIOSCOPE_SETTINGS_H
#define DIOSCOPE_SETTINGS_H

#include <linux/types.h>

/*
 * What of the mapping makes a write give up the shared lock (ext4_dio_write_checks). No type or symbol in BTF tells
 * the first two apart: see upgrade_rule() in user/capture/hooks.c.
 */
enum upgrade_rule {
	/* until 6.2: anything but one written extent; looked up only when nothing else has decided */
	UPGRADE_RULE_WRITTEN,
	/* 6.3 "ext4: dio take shared inode lock when overwriting preallocated blocks", until 7.2 */
	UPGRADE_RULE_ALLOCATED,
	/* 7.3 "ext4: base unaligned DIO lock decision on partial block zeroing" */
	UPGRADE_RULE_ZEROING,
};

/* const volatile in the object: the verifier drops what is off. */
struct settings {
	/* filters; what does not match costs as little as it can */
	__u32 dev;	     /* only this file system: kernel dev_t, 0: any */
	__u32 by_pid;	     /* only processes in the pids map, and the children they fork */
	__u64 ino;	     /* only this inode, 0: any */
	__u32 by_generation; /* and only of this generation: a number is given again when its file is gone */
	__u32 generation;
	__u64 cgroup;	      /* only this cgroup v2 id, 0: any */
	__u64 min_latency_ns; /* records of faster writes are dropped, and counted */
	__u64 comm[2];	      /* only processes of this name, NUL padded to TASK_COMM_LEN; all zero: any */
	/* how */
	__u32 aggregate;    /* tally instead of records */
	__u32 by_file;	    /* and by file, as far as the map tally_files has room */
	__u32 has_return;   /* a hook sees ext4_file_write_iter return; else records end at iomap_dio_complete */
	__u32 has_enter;    /* a hook sees it entered; else records begin at iomap_dio_rw_begin */
	__u32 has_syscalls; /* without has_return: hooks see the system call that writes begin and end */
	__u32 has_uring;    /* without has_return: a hook sees io_uring complete a request */
	__u32 has_queued;   /* without has_return: a hook sees iomap leave a write to its completion */
	__u32 has_submit;   /* a hook sees submit_bio, before the block layer takes flags off what needs none */
	__u32 has_zero;	    /* a hook sees iomap_dio_zero; else a bio's role follows from its position */
	__u64 wake_bytes;   /* wake the reader once this much waits in the ring: a wakeup a record costs most IOPS */
	/* the running kernel */
	__u32 upgrade_rule;	/* enum upgrade_rule */
	__u32 req_f_nowait_bit; /* io_uring's REQ_F_NOWAIT_BIT */
	__u32 uring_cqe;	/* io_uring_complete is handed the cqe, not its members (from 6.15) */
	__u32 bio_page_pinned;	/* 1 + BIO_PAGE_PINNED, the bit of bi_flags; 0: this kernel has none (before 6.5) */
	/* ids of structures in vmlinux' BTF, for bpf_rdonly_cast(); 0: in a module, or this kernel has no such cast */
	__u32 type_inode;
	__u32 type_file;
	__u32 type_fdtable;
	__u32 type_kiocb;
	__u32 type_task_struct;
	__u32 type_timespec64;
	__u32 type_iomap_dio;
	__u32 type_ext4_inode_info;
	__u32 type_ext4_sb_info;
	/* addresses of kernel functions, 0: not found in kallsyms */
	__u64 fn_ext4_file_write_iter;
	__u64 fn_ext4_iomap_overwrite_begin;
	__u64 fn_iomap_dio_bio_end_io;
	__u64 fn_bio_chain_endio;
	__u64 fn_iomap_dio_complete_work;
	__u64 fn_aio_complete_rw;
	__u64 fn_io_complete_rw;
	__u64 fn_io_complete_rw_iopoll;
};

/* Counters, one array element each. */
enum total {
	TOTAL_ENTERED,	  /* writes that matched the filters */
	TOTAL_LOST_RING,  /* WRITE records that found it full */
	TOTAL_LOST_STATE, /* writes that found the state map full */
	TOTAL_LOST_STEPS, /* steps in STEPS records that found the ring full */
	TOTAL_FAST,	  /* writes that took less than min_latency_ns: not recorded, as asked */
	TOTAL_IN_FLIGHT,  /* synchronous writes that were not over at the end */
	TOTAL_FOREIGN,	  /* completions that were no write's: they wrote more than it had asked for */
	TOTAL_OTHER_FS,	  /* direct writes through iomap of other file systems, where no filter asks for one */
	TOTAL_LOST_SYNCS, /* SYNC records that found the ring full */
	TOTAL_LOST_PIDS,  /* children that found the pids map full: their writes are not seen */
	NR_TOTALS,
};

/* --aggregate and serve: what is counted instead, over all writes of one kind. */
#define TALLY_BUCKETS	40   /* bucket i: 2^i <= ns < 2^(i+1); bucket 0 has 0 too, the last has all above */
#define TALLY_NAME_LEN	64   /* a path component, cut to fit, always terminated */
#define TALLIES_MAX	1024 /* kinds, of writes whose file is not told apart */
#define TALLIES_OF_FILE 32   /* kinds that one file can have: two modes of the lock, four shapes */

/* What iomap's begin sees of a write, as bits. */
enum tally_shape {
	TALLY_EXTENDS = 1,   /* ends beyond i_size */
	TALLY_UNALIGNED = 2, /* begins or ends within a block of the file system */
	TALLY_ASYNC = 4,     /* libaio, io_uring or another part of the kernel */
	TALLY_DSYNC = 8,     /* asked to be durable */
};

struct tally_key {
	__u64 ino; /* 0: of any file: not told apart, or one file too many */
	__u32 dev; /* kernel dev_t */
	__u32 generation;
	__u8 lock;  /* enum lock_mode, SHARED or EXCLUSIVE */
	__u8 shape; /* bits of enum tally_shape */
	__u8 pad[6];
};

enum tally_count {
	TALLY_WRITES,
	TALLY_BYTES,	  /* asked of iomap */
	TALLY_FORCE_WAIT, /* IOMAP_DIO_FORCE_WAIT */
	TALLY_SHORT,	  /* direct part wrote less than asked: the rest, if any, went through the page cache */
	TALLY_FAILED,
	TALLY_NS, /* of what latency[] counts, together */
	NR_TALLY_COUNTS,
};

struct tally {
	__u64 counts[NR_TALLY_COUNTS];
	__u64 latency[TALLY_BUCKETS]; /* from iomap entered to iomap complete: i_rwsem is held, not waited for */
};

#endif
