/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workloads: .wl text files of file operations that both engines can run, one operation a line.
 *
 *	# comment                               to the end of the line, anywhere
 *	scenario S08 unaligned into a hole      id and title (optional, before the set-up)
 *
 * Set-up of the file system, before the first operation, each at most once:
 *	device loop [lbs=512|1024|2048|4096] [size=64M] [cache=writeback|writethrough]
 *	mkfs -b 4096 -O ^has_journal ...        options of mkfs.ext4
 *	mount noatime,data=ordered              options of mount -o
 *
 * Operations; FILE is a plain name inside the file system's root, sizes take k, M, G (powers of 1024):
 *	create FILE                             empty, 0644; an existing one is an error
 *	fallocate FILE POS LEN [keep]           keep: FALLOC_FL_KEEP_SIZE
 *	punch FILE POS LEN                      FALLOC_FL_PUNCH_HOLE
 *	truncate FILE SIZE
 *	buffered FILE POS LEN                   write through the page cache
 *	fsync FILE | fdatasync FILE
 *	mmap-read FILE POS LEN                  each page of it is faulted in, one by one (MADV_RANDOM), and read
 *	mmap-write FILE POS LEN                 the same, and written; both say -EFAULT beyond the file's last page, and
 *	                                        do nothing to what of that lies beyond EOF
 *	sync                                    syncfs(2) twice and a clock tick: all is committed (settled)
 *	chattr FILE +S|-S|-e|+i|-i|+j|-j        inode flags, one at a time; -e: indirect blocks, on an empty file
 *	chmod FILE MODE                         octal
 *	limit SIZE                              RLIMIT_FSIZE of the issuing process; "limit none" lifts it
 *	remount                                 umount and mount: every inode is read afresh
 *	open FILE [dsync] [sync] [append]       again, for direct writes from here on: O_DSYNC, O_SYNC, O_APPEND
 *	write FILE POS LEN [flag...]            one O_DIRECT write. Flags:
 *	    dsync sync append nowait hipri dontcache atomic      RWF_* of pwritev2(2), aio_rw_flags, io_uring rw_flags
 *	    align=N        the buffer starts N bytes past a page boundary (0 <= N < 4096)
 *	    segs=A,B,...   the write as these segments, back to back in one buffer; they add up to LEN
 *	    fault          the second half of the buffer is unmapped: half of LEN, rounded down to a page
 *	    libaio | io_uring                                    who issues it; the default is pwritev2(2)
 *	    noretry        (io_uring) no retry in a worker: the -EAGAIN is the result
 *	repeat N                                the lines until "end", N times; not nested. Inside, POS may be written
 *	end                                     BASE+*STEP: iteration i uses BASE + i * STEP
 *	parallel                                the lines until "end", by threads that begin together; not in a repeat,
 *	thread NAME                             but a thread may have some: its are the lines until the next thread. It
 *	end                                     writes with pwritev2(2), and calls fsync and fdatasync
 *
 * Which of the threads comes first is nobody's choice: the reference takes their writes in the order in which the live
 * kernel had them (refimpl/turns.h), each with the lock that it holds. Two of them that write the same bytes leave
 * those of either.
 *
 * Every file is opened O_RDWR|O_DIRECT for writes, once, and closed at remount and at the end. What is written is
 * workload_pattern(): both engines produce the same bytes.
 *
 * Pure: no root, no I/O but reading the file.
 */
#ifndef DIOSCOPE_WORKLOAD_H
#define DIOSCOPE_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/write_record.h"
#include "user/base/util.h"

enum op_kind {
	OP_CREATE,
	OP_FALLOCATE,
	OP_PUNCH,
	OP_TRUNCATE,
	OP_BUFFERED,
	OP_FSYNC,
	OP_FDATASYNC,
	OP_MMAP_READ,
	OP_MMAP_WRITE,
	OP_SYNC,
	OP_CHATTR,
	OP_CHMOD,
	OP_LIMIT,
	OP_REMOUNT,
	OP_OPEN,
	OP_WRITE,
	NR_OPS,
};

#define WL_NAME_MAX	   32 /* longer file names are refused */
#define WL_SEGS_MAX	   64
#define WL_THREADS_MAX	   16		 /* of one parallel block */
#define WL_THREAD_NAME_MAX 16		 /* TASK_COMM_LEN: what its records call it */
#define WL_OPS_MAX	   200000	 /* after repeats are unrolled */
#define WL_LEN_MAX	   (256ll << 20) /* of one write */
#define WL_POS_MAX	   (1ll << 44)	 /* no operation reaches beyond it: ext4's limit with 4k blocks */
#define WL_DEVICE_MAX	   (4ll << 30)
#define WL_LIMIT_NONE	   (-1)

struct workload_op {
	enum op_kind kind;
	uint32_t line;		/* in the file, from 1 */
	uint32_t nr;		/* 1, 2, ...: its place in the unrolled list; struct write.op */
	char file[WL_NAME_MAX]; /* empty where the operation has none */
	int64_t pos;		/* truncate: unused; limit: unused */
	int64_t len;		/* truncate: the size; limit: bytes or WL_LIMIT_NONE */
	bool keep;		/* fallocate */
	char attr;		/* chattr: 'S' 'e' 'i' 'j' */
	bool attr_on;
	uint32_t mode; /* chmod */
	/* parallel: those of one group follow each other, thread by thread */
	uint16_t group; /* 1, 2, ...; 0: it is alone */
	uint8_t thread; /* 0, 1, ... */
	char thread_name[WL_THREAD_NAME_MAX];
	/* write, and open of those that may be there */
	uint8_t flags; /* WRITE_DSYNC and others */
	enum submit_kind submit;
	bool noretry;
	bool fault;
	uint32_t align;
	uint32_t nr_segs; /* 1 when segs= is absent; then segs[0] == len */
	uint32_t segs[WL_SEGS_MAX];
};

struct workload {
	char id[32]; /* scenario id, or the file's name without .wl */
	char title[128];
	char path[256];
	char *mkfs;	      /* options; the parser adds "-b 4096" when there is no -b */
	char *mount;	      /* options, "" by default */
	uint32_t lbs;	      /* 512 by default */
	uint64_t device_size; /* 64M by default */
	bool writethrough;    /* cache=writethrough: the device claims no volatile cache */
	struct workload_op *ops;
	size_t nr_ops;
	size_t nr_writes;
};

/* Errors are "FILE:LINE:COLUMN: what is wrong". */
int workload_load(struct workload *wl, const char *path, struct errmsg *err);
/* The same from memory; @name stands for the file in errors. For tests and fuzzers. */
int workload_parse(struct workload *wl, const char *name, const char *text, size_t len, struct errmsg *err);
void workload_release(struct workload *wl);
const char *op_name(enum op_kind kind);
/* Operation @nr, from 1; NULL: there is none. */
const struct workload_op *workload_op(const struct workload *wl, uint32_t nr);
/* How many operations the group has that begins at operation @first. */
size_t workload_group_len(const struct workload *wl, size_t first);

/* The byte that operation @nr writes at file position @pos: above 127, so neither a zeroed pad nor text. */
uint8_t workload_byte(uint32_t nr, int64_t pos);
void workload_pattern(void *buf, uint32_t nr, int64_t pos, size_t len);
/* Whether all of them can be an operation's. */
bool workload_may_write(const uint8_t *bytes, size_t len);

#endif
