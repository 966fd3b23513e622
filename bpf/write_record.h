/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract: one record is one O_DIRECT write, whoever made it.
 *
 * The kernel side (probes.bpf.c) and the reference (refimpl/) both produce this type, the trace file stores it, the
 * reports read nothing else. Compiled by clang -target bpf and by the host's compiler; needs no other header of ours.
 *
 * Layout in the trace, little endian, every record starts with a record_head. What goes through the ring buffer is
 * shorter and becomes this in user/capture/unpack.c: see bpf/ring_record.h.
 *
 *	WRITE   struct write_record, then nr_inline times struct write_step
 *	STEPS   struct steps_record, then nr times struct write_step: the steps of write 'id' that did not fit inline.
 *		They are emitted before the WRITE they belong to, in path order; 'first' is the index of the first.
 *
 * A write's steps are therefore: those of its STEPS records, in order of 'first', followed by the inline ones.
 * steps_total says how many there were; a difference is a loss, and is shown as one.
 *
 * Every fact of a write says how it is known: how[FACT_x] is one of enum how. A value whose how is HOW_UNKNOWN or
 * HOW_NOT_REACHED has no meaning, whatever its bytes are. Units: *_ns nanoseconds of CLOCK_MONOTONIC, pos and len
 * bytes in the file, addr bytes on the file system's device (partition start not included).
 */
#ifndef DIOSCOPE_WRITE_RECORD_H
#define DIOSCOPE_WRITE_RECORD_H

#include <linux/types.h>

#define WRITE_RECORD_VERSION 2

#define COMM_LEN      16  /* TASK_COMM_LEN */
#define FILE_NAME_LEN 40  /* last path component, cut to fit, always terminated */
#define STEPS_INLINE  16  /* steps in one WRITE or STEPS record */
#define NAME_LEN      256 /* a whole path component and its end: NAME_MAX + 1 */

enum record_type {
	RECORD_WRITE = 1,
	RECORD_STEPS = 2,
	RECORD_FILE = 3,
	RECORD_SYNC = 4,
};

struct record_head {
	__u32 type; /* enum record_type */
	__u32 len;  /* of the whole record, this head included */
	__u64 id;   /* of the write: unique in its trace, 1 for the first one that entered; FILE and SYNC: 0 */
};

/* How a fact is known. Zero is the honest default. */
enum how {
	HOW_UNKNOWN = 0,     /* not observable with these hooks on this kernel */
	HOW_OBSERVED = 1,    /* read from the kernel (or, in a reference record, decided by the reference) */
	HOW_INFERRED = 2,    /* follows from observed facts by a rule: see infer.c */
	HOW_NOT_REACHED = 3, /* the write ended before this decision was taken */
};

/*
 * The stages of the path, in path order. stage_ns[] holds the moment each one began, 0 when it was not seen. In time a
 * stage ends where the next one that was seen begins: reports/model/times.h.
 */
enum stage {
	STAGE_ENTER,	/* the caller asked: the system call, or ext4_file_write_iter with IOCB_DIRECT */
	STAGE_CHECK,	/* i_rwsem is held: first ext4_generic_write_checks */
	STAGE_IOMAP,	/* __iomap_dio_rw: cached pages of the range are written back and dropped */
	STAGE_MAP,	/* they are gone; one step per iomap_iter round follows */
	STAGE_SUBMIT,	/* first bio of this write */
	STAGE_DEVICE,	/* last bio of this write submitted */
	STAGE_ENDED,	/* the last of its bios has ended: who completes the write has to be woken */
	STAGE_COMPLETE, /* iomap_dio_complete begins: conversion, size */
	STAGE_SYNC,	/* ext4_sync_file for this write */
	STAGE_BUFFERED, /* ext4_buffered_write_iter for the whole write or its rest */
	STAGE_RETURN,	/* the result is known to the caller */
	NR_STAGES,
};

/* Who waits for the write. */
enum submit_kind {
	SUBMIT_SYNC,   /* ki_complete is NULL: write(2) and its family */
	SUBMIT_LIBAIO, /* io_submit(2) */
	SUBMIT_IO_URING,
	SUBMIT_KERNEL, /* another part of the kernel, such as a loop device over this file */
};

/* Flags asked for: the RWF_* values of <linux/fs.h>, which equal the low IOCB_* bits on every kernel since 4.x. */
#define WRITE_HIPRI	0x01
#define WRITE_DSYNC	0x02
#define WRITE_SYNC	0x04
#define WRITE_NOWAIT	0x08
#define WRITE_APPEND	0x10
#define WRITE_ATOMIC	0x40
#define WRITE_DONTCACHE 0x80
#define WRITE_FLAGS_ALL 0xdf

enum lock_mode {
	LOCK_NONE, /* never taken (NOWAIT and the trylock failed) */
	LOCK_SHARED,
	LOCK_EXCLUSIVE,
};

/*
 * Why a shared lock was given up for an exclusive one, or, with RWF_NOWAIT, would have been: every condition that held,
 * as a mask.
 */
#define UPGRADE_NOT_NOSEC	    0x1	 /* inode not marked S_NOSEC: privileges may have to be removed */
#define UPGRADE_EXTEND		    0x2	 /* the write ends beyond i_size or i_disksize */
#define UPGRADE_NOT_OVERWRITE	    0x4	 /* the range is not one allocated extent (until 7.2) */
#define UPGRADE_UNALIGNED_UNWRITTEN 0x8	 /* unaligned, and the extent is unwritten (6.3 to 7.2) */
#define UPGRADE_NEEDS_ZEROING	    0x10 /* a partial block has to be zeroed (from 7.3) */

/* What the one look at the mapping under the first lock found (ext4_overwrite_io, ext4_dio_needs_zeroing). */
enum lookup_kind {
	LOOKUP_NONE,	       /* the range was not looked up */
	LOOKUP_WRITTEN,	       /* one written extent holds all of it */
	LOOKUP_UNWRITTEN,      /* one unwritten extent does */
	LOOKUP_HOLE,	       /* nothing is allocated at its start */
	LOOKUP_DELALLOC,       /* a delayed allocation is */
	LOOKUP_PART_WRITTEN,   /* a written extent begins there and ends inside the range */
	LOOKUP_PART_UNWRITTEN, /* an unwritten one does */
};

/* inode_flags: EXT4_*_FL of which each can keep a file from direct I/O (ext4_dio_alignment). */
#define INODE_ENCRYPTED	   0x1 /* EXT4_ENCRYPT_FL */
#define INODE_JOURNAL_DATA 0x2 /* EXT4_JOURNAL_DATA_FL */
#define INODE_VERITY	   0x4 /* EXT4_VERITY_FL */
#define INODE_INLINE_DATA  0x8 /* EXT4_INLINE_DATA_FL */

/* data= of the mount. */
enum data_mode {
	DATA_WRITEBACK,
	DATA_ORDERED,
	DATA_JOURNAL,
};

enum iomap_ops_kind {
	OPS_NONE,
	OPS_IOMAP,     /* ext4_iomap_ops */
	OPS_OVERWRITE, /* ext4_iomap_overwrite_ops (until 6.19) */
};

enum fallback_kind {
	FALLBACK_NONE,
	FALLBACK_WHOLE, /* nothing was written directly */
	FALLBACK_REST,	/* the first part was written directly */
};

enum fallback_reason {
	FALLBACK_REASON_NONE,
	FALLBACK_INELIGIBLE,	/* ext4_should_use_dio said no: inline data, data=journal, verity, encryption */
	FALLBACK_INVALIDATE,	/* cached pages could not be written back or dropped before the write */
	FALLBACK_INDIRECT_HOLE, /* begin returned -ENOTBLK: a hole in a file without extents */
	FALLBACK_ALIGNMENT,	/* the body's error became -ENOTBLK (6.15 to 6.17.3) */
	FALLBACK_FAULT,		/* the rest after a page fault that a zero-out swallowed */
};

/* Which data bios carried REQ_FUA. */
enum fua_kind {
	FUA_NONE,
	FUA_ALL,
	FUA_SOME, /* the first rounds only: write-through was given up on the way */
};

/* What ext4_sync_file was asked for on behalf of this write. */
enum sync_kind {
	SYNC_NONE,
	SYNC_FDATASYNC, /* datasync = 1 */
	SYNC_FSYNC,	/* datasync = 0 */
};

/* Where iomap_dio_complete ran. */
enum complete_context {
	COMPLETE_NONE,
	COMPLETE_SUBMITTER, /* in the task that submitted (sync, or the bios were faster than the submitter) */
	COMPLETE_WORKQUEUE, /* s_dio_done_wq */
	COMPLETE_INTERRUPT, /* bio end_io context (6.19 and later) */
};

/* One mapping round or one bio, in path order. */
enum step_kind {
	STEP_ROUND = 1, /* an iomap_iter round: what ext4_iomap_begin returned */
	STEP_BIO = 2,	/* a bio handed to submit_bio */
};

enum bio_role {
	BIO_DATA,
	BIO_ZERO_HEAD,
	BIO_ZERO_TAIL,
};

/* iomap.type, fs/iomap: the same numbers from 5.15 to 7.3. */
enum map_type {
	MAP_HOLE,
	MAP_DELALLOC,
	MAP_MAPPED,
	MAP_UNWRITTEN,
	MAP_INLINE,
};

/* iomap.flags that are the same from 5.15 to 7.3; others move between versions and are masked off. */
#define MAP_F_NEW    0x01
#define MAP_F_DIRTY  0x02
#define MAP_F_SHARED 0x04
#define MAP_F_MERGED 0x08
#define MAP_F_STABLE 0x0f

/* bio.bi_opf bits that are the same from 5.15 to 7.3. */
#define OPF_WRITE    0x1
#define OPF_SYNC     (1u << 11)
#define OPF_IDLE     (1u << 15)
#define OPF_FUA	     (1u << 17)
#define OPF_PREFLUSH (1u << 18)

#define ADDR_NONE (~0ULL) /* a hole has no address */

struct write_step {
	__u8 kind;	 /* enum step_kind */
	__u8 role;	 /* round: enum map_type; bio: enum bio_role */
	__u16 map_flags; /* round: MAP_F_* */
	__u32 opf;	 /* bio: bi_opf */
	__s64 pos;	 /* round: where the mapping starts (may lie before the write); bio: first byte in the file */
	__u64 len;	 /* bytes */
	__u64 addr;	 /* bytes on the device, ADDR_NONE for a hole */
};

/*
 * The facts, in the order in which reports list them. reports/model/fields.c has one row for each: label, unit, how two
 * writes are compared, what it means. Append only: the number is in every trace.
 */
enum write_fact {
	/* who */
	FACT_PID,
	FACT_TID,
	FACT_COMM,
	FACT_CGROUP,
	FACT_SUBMIT,
	/* which file */
	FACT_DEV,
	FACT_INO,
	FACT_FILE,
	/* what was asked */
	FACT_ASKED_POS,
	FACT_ASKED_LEN,
	FACT_POS,
	FACT_LEN,
	FACT_FLAGS,
	FACT_SEGMENTS,
	FACT_ADDR_ALIGN,
	FACT_SEG_ALIGN,
	/* what the decisions depend on */
	FACT_ISIZE,
	FACT_DISKSIZE,
	FACT_BLKBITS,
	FACT_EXTENTS,
	FACT_NOSEC,
	FACT_INODE_SYNC,
	FACT_JOURNAL,
	FACT_BARRIER,
	FACT_LBS,
	FACT_DMA_MASK,
	FACT_DEV_FUA,
	FACT_DEV_CACHE,
	/* lock */
	FACT_LOCK_FIRST,
	FACT_LOCK,
	FACT_UPGRADE,
	FACT_UPGRADE_REASON,
	FACT_LOCK_WAIT,
	FACT_CHECKS,
	FACT_UNALIGNED,
	FACT_EXTEND,
	FACT_DIO_WAIT,
	FACT_FORCE_WAIT,
	/* map and submit */
	FACT_INVALIDATE,
	FACT_OPS,
	FACT_ROUNDS,
	FACT_JOURNAL_STARTS,
	FACT_BIOS,
	FACT_DATA_BYTES,
	FACT_ZERO_HEAD,
	FACT_ZERO_TAIL,
	FACT_FUA,
	/* complete */
	FACT_QUEUED,
	FACT_CONTEXT,
	FACT_END_SIZE,
	FACT_END_ERROR,
	FACT_CONVERT,
	FACT_ISIZE_AFTER,
	FACT_ORPHAN,
	FACT_TRUNCATE,
	FACT_SYNC,
	FACT_FLUSH,
	FACT_COMMIT,
	/* rest and result */
	FACT_DIO_RET,
	FACT_FALLBACK,
	FACT_FALLBACK_REASON,
	FACT_FALLBACK_POS,
	FACT_FALLBACK_LEN,
	FACT_FALLBACK_RET,
	FACT_ATTEMPTS,
	FACT_RET,
	FACT_LATENCY,
	/* since version 2 */
	FACT_LOOKUP,
	FACT_DRAIN,
	FACT_HELD,
	FACT_WORKER,
	FACT_INODE_FLAGS,
	FACT_DATA_MODE,
	FACT_GENERATION,
	NR_FACTS,
};

#define FACTS_MAX 80 /* room in how[]; NR_FACTS may grow up to it without a new version */

/* write_record.state: how the record came to its end. */
#define WRITE_IN_FLIGHT 0x1 /* the recording stopped before the write was over: result unknown */
#define WRITE_REUSED	0x2 /* a hook missed its end: its kiocb began another write; result unknown */
#define WRITE_LATE	0x4 /* its end has no hook: closed at its task's next system call */

struct write_record {
	struct record_head head;
	__u64 stage_ns[NR_STAGES]; /* moment each stage began; 0 not seen */
	__u8 how[FACTS_MAX];	   /* enum how, by enum write_fact */

	/* who */
	__u32 pid; /* thread group, as user space says pid */
	__u32 tid;
	char comm[COMM_LEN]; /* at submission; for an io_uring worker its process' name */
	__u64 cgroup;	     /* cgroup v2 id */
	/* which file */
	__u64 ino;
	__u32 dev;     /* major << 20 | minor, as in the kernel */
	__u8 submit;   /* enum submit_kind */
	__u8 flags;    /* WRITE_DSYNC and others, as asked */
	__u8 attempts; /* calls of ext4_file_write_iter for this request: io_uring retries after -EAGAIN */
	__u8 state;    /* WRITE_IN_FLIGHT and others; 0: it ran to its end */
	char file[FILE_NAME_LEN];
	/* what was asked */
	__s64 asked_pos; /* as the caller gave it: O_APPEND not yet applied */
	__u64 asked_len; /* before limits cut it */
	__s64 pos;	 /* as given to iomap */
	__u64 len;	 /* as given to iomap */
	__u32 segments;
	__u32 addr_align; /* all segment addresses ORed, modulo 4096 */
	__u32 seg_align;  /* all segment lengths ORed, modulo 4096 */
	/* what the decisions depend on */
	__u32 lbs;	/* logical block size of the device */
	__s64 isize;	/* i_size when the write entered */
	__s64 disksize; /* EXT4_I(inode)->i_disksize then */
	__u32 dma_mask; /* dma_alignment: address bits that must be zero */
	__u8 blkbits;
	__u8 extents;	/* 1: extent mapped, 0: indirect blocks */
	__u8 nosec;	/* S_NOSEC was set at the first check */
	__u8 dev_fua;	/* device says it does FUA */
	__u8 dev_cache; /* device says it has a volatile write cache */
	/* lock */
	__u8 lock_first;     /* enum lock_mode at the first check */
	__u8 lock;	     /* enum lock_mode held inside iomap */
	__u8 upgrade;	     /* 1: shared first, exclusive then */
	__u8 upgrade_reason; /* UPGRADE_* mask */
	__u8 checks;	     /* ext4_generic_write_checks before iomap: 1, or 2 after an upgrade */
	__u8 unaligned;	     /* position, length, an address or a segment is not a multiple of the block */
	__u8 extend;
	__u8 dio_wait;	 /* inode_dio_wait was called: other direct I/O was drained */
	__u8 force_wait; /* IOMAP_DIO_FORCE_WAIT: synchronous whatever the caller */
	/* map and submit */
	__u8 ops;	 /* enum iomap_ops_kind */
	__u8 fua;	 /* enum fua_kind */
	__u8 inode_sync; /* S_SYNC or a sync mount: every write is as if O_DSYNC */
	__u8 journal;	 /* the file system has one */
	__u8 barrier;	 /* and is mounted with barriers: flushes are sent */
	__u8 pad0[1];
	__u64 lock_wait_ns;
	__s32 invalidate; /* of cached pages before the write: 0 or the error */
	__u32 rounds;
	__u32 journal_starts; /* handles started to map blocks (EXT4_HT_MAP_BLOCKS) inside begin */
	__u32 bios;
	__u64 data_bytes; /* in data bios */
	__u64 zero_head;  /* bytes zeroed before the data, in blocks that were new or unwritten */
	__u64 zero_tail;  /* and after it */
	/* complete */
	__u8 queued;	/* -EIOCBQUEUED was returned */
	__u8 context;	/* enum complete_context */
	__u8 convert;	/* unwritten extents were converted */
	__u8 orphan;	/* the inode went on the orphan list before the write */
	__u8 truncate;	/* blocks beyond i_size were cut after a failed extension */
	__u8 sync;	/* enum sync_kind */
	__u8 flush;	/* a flush of the device's cache was issued for the sync */
	__u8 commit;	/* a journal commit was asked for by the sync */
	__s64 end_size; /* ext4_dio_write_end_io: bytes and error */
	__s32 end_error;
	/* rest and result */
	__u8 fallback;	      /* enum fallback_kind */
	__u8 fallback_reason; /* enum fallback_reason */
	__u8 pad1[2];
	__s64 isize_after;
	__s64 dio_ret; /* bytes of the direct part, or the error */
	__s64 fallback_pos;
	__s64 fallback_len; /* asked of the buffered path */
	__s64 fallback_ret;
	__s64 ret; /* of the whole write, as the caller gets it */

	__u32 steps_total;   /* rounds and bios seen, wherever they are stored */
	__u32 steps_lost;    /* in continuation records that the ring buffer had no room for */
	__u32 nr_inline;     /* struct write_step that follow this one */
	__u32 continuations; /* STEPS records emitted for this write */
	__u32 op;	     /* workload operation that issued it, where that is known; 0 from the kernel side */
	__u32 pad2;

	/* since version 2 */
	__u64 drain_ns;	  /* in inode_dio_wait: other direct I/O had to finish first */
	__u64 held_ns;	  /* from STAGE_ENTER until an asynchronous submitter could go on */
	__u32 generation; /* of the inode: its number is given again */
	__u8 inode_flags; /* INODE_* mask */
	__u8 data_mode;	  /* enum data_mode */
	__u8 lookup;	  /* enum lookup_kind */
	__u8 worker;	  /* its last attempt ran in a worker of io_uring */
};

struct steps_record {
	struct record_head head;
	__u32 first; /* index of the first step in the write */
	__u32 nr;
};

struct file_record {
	struct record_head head;
	__u64 ino;
	__u32 dev;
	__u32 generation;
	char name[NAME_LEN];   /* always terminated */
	char parent[NAME_LEN]; /* of the directory it is in; "/" for the root of the file system, "" unknown */
};

struct sync_record {
	struct record_head head;
	__u64 began_ns;
	__u64 ended_ns;
	__u64 ino;
	__u32 dev;
	__u32 generation;
	__u32 pid;
	__u32 tid;
	char comm[COMM_LEN];
	__s32 ret;
	__u8 sync;			  /* enum sync_kind */
	__u8 flush;			  /* it sent a flush to the device itself */
	__u8 flush_how;			  /* enum how: of 'flush' */
	__u8 journal, barrier, dev_cache; /* as in a write */
	__u8 pad[6];
};

_Static_assert(NR_FACTS <= FACTS_MAX, "how[] is too short: raise FACTS_MAX and WRITE_RECORD_VERSION");
_Static_assert(sizeof(struct record_head) == 16, "record_head");
_Static_assert(sizeof(struct write_step) == 32, "write_step");
_Static_assert(sizeof(struct steps_record) == 24, "steps_record");
_Static_assert(sizeof(struct write_record) % 8 == 0, "steps follow the record: keep it a multiple of 8");
_Static_assert(sizeof(struct file_record) == 544, "file_record");
_Static_assert(sizeof(struct sync_record) == 88, "sync_record");
_Static_assert(sizeof(struct write_record) == 528,
	       "the layout is the trace format: change WRITE_RECORD_VERSION with it");

#endif
