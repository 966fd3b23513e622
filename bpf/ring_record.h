/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes through the ring buffer: a write in some 120 bytes instead of six hundred. user/capture/unpack.c makes the
 * records of bpf/write_record.h of it, which all else reads.
 *
 * All records are of whole words of eight bytes, little endian, and begin with three bits that say what they are
 * (enum ring_type):
 *
 *	FILE	struct ring_file: what is true of a file and its device, under a number. Said before the first write
 *		that refers to it, and again, under a number of its own, when anything in it changes: a number always
 *		stands for the same, and a write for what was true when it began.
 *	TASK	struct ring_task: the same for who writes.
 *	WRITE	RING_CORE words, the steps, the moments, the words that are not as RING_OPTIONAL expects them.
 *	STEPS	RING_STEPS_HEAD words and steps: as RECORD_STEPS.
 *	SYNC	struct sync_record.
 *
 * Of a FILE or TASK that found the ring full there is no number: its writes refer to 0, and what it would have told is
 * unknown of them, until one that finds room says it again.
 */
#ifndef DIOSCOPE_RING_RECORD_H
#define DIOSCOPE_RING_RECORD_H

#include <stddef.h>

#include "bpf/write_record.h"

enum ring_type {
	RING_WRITE = 1,
	RING_STEPS = 2,
	RING_FILE = 3,
	RING_SYNC = RECORD_SYNC,
	RING_TASK = 5,
};

/* --- files and tasks --- */

/* User space remembers that many of each, by the last digits of their number: what is older has to be said again. */
#define RING_KNOWN  65536
#define RING_RESAID (RING_KNOWN / 2)

struct ring_file_facts {
	__u64 ino;
	__u32 dev;
	__u32 generation;
	__u32 lbs;
	__u32 dma_mask;
	__u8 blkbits;
	__u8 extents;
	__u8 inode_flags;
	__u8 inode_sync;
	__u8 journal;
	__u8 barrier;
	__u8 data_mode;
	__u8 dev_fua;
	__u8 dev_cache;
	__u8 pad[7];
};

struct ring_file {
	__u32 type;
	__u32 number;
	struct ring_file_facts facts;
	char name[NAME_LEN];   /* always terminated; "": it was renamed while it was read */
	char parent[NAME_LEN]; /* of the directory it is in */
};

struct ring_task_facts {
	char comm[COMM_LEN];
	__u64 cgroup;
	__u32 pid;
	__u32 tid;
};

struct ring_task {
	__u32 type;
	__u32 number;
	struct ring_task_facts facts;
};

/* Which facts they are. */
#define RING_FILE_FACTS(X)                                                                                             \
	X(FACT_INO, ino)                                                                                               \
	X(FACT_DEV, dev)                                                                                               \
	X(FACT_GENERATION, generation)                                                                                 \
	X(FACT_LBS, lbs)                                                                                               \
	X(FACT_DMA_MASK, dma_mask)                                                                                     \
	X(FACT_BLKBITS, blkbits)                                                                                       \
	X(FACT_EXTENTS, extents)                                                                                       \
	X(FACT_INODE_FLAGS, inode_flags)                                                                               \
	X(FACT_INODE_SYNC, inode_sync)                                                                                 \
	X(FACT_JOURNAL, journal)                                                                                       \
	X(FACT_BARRIER, barrier)                                                                                       \
	X(FACT_DATA_MODE, data_mode)                                                                                   \
	X(FACT_DEV_FUA, dev_fua)                                                                                       \
	X(FACT_DEV_CACHE, dev_cache)

/* --- steps: a word, and what does not follow from the write or from the round before --- */

#define STEP_TAG_KIND  0  /* 2 bits: enum step_kind */
#define STEP_TAG_ROLE  2  /* 3 bits */
#define STEP_TAG_MAP   5  /* 4 bits: MAP_F_* */
#define STEP_TAG_POS   9  /* a word with pos follows: it is not the write's */
#define STEP_TAG_LEN   10 /* then one with len: it is not the write's */
#define STEP_TAG_ADDR  11 /* then one with addr: of a bio, that its round does not lead to it */
#define STEP_TAG_OPF   32 /* 32 bits */
#define STEP_WORDS_MAX 4

/* --- STEPS --- */

enum {
	STEPS_ID,    /* as CORE_ID, without flags */
	STEPS_FIRST, /* index of the first in the write */
	STEPS_POS,   /* of the write */
	STEPS_LEN,
	RING_STEPS_HEAD,
};

/* --- WRITE --- */

enum {
	CORE_ID,   /* type, 3 bits; steps, 5; flags, 8; id, 48 */
	CORE_MASK, /* RING_OPTIONAL, 26 bits; moments, 14; how of the facts from the 65th on, in order */
	CORE_REFS, /* file, 32 bits; task, 32 */
	CORE_HOW,  /* two bits a fact, from RING_HOW_BIT on; two words */
	CORE_HOW_2,
	CORE_BITS,  /* RING_BITS_* */
	CORE_ASKED, /* len, 32 bits; attempts, 8; addr_align, 12; seg_align, 12 */
	CORE_POS,
	CORE_ISIZE,
	CORE_BASE, /* CLOCK_MONOTONIC: of STAGE_ENTER, if that was seen, else of STAGE_IOMAP */
	RING_CORE,
};

#define RING_MOMENTS_AT 26
#define RING_HOW_AT	40
#define RING_FACTS	76 /* that have room in how */

#define RING_HOW_BIT(n) ((n) % 8 * 8 + (n) / 8 * 2) /* of a fact among the 32 of its word */

/*
 * The moments that follow the steps: one in 32 bits a stage in the mask that is not CORE_BASE, nanoseconds since then,
 * two in a word; or one word each, if one of them is too far from it.
 */
#define MOMENT_MAP_AT_IOMAP	11 /* STAGE_MAP is STAGE_IOMAP, and not said */
#define MOMENT_DEVICE_AT_SUBMIT 12
#define MOMENT_WORDS		13

/*
 * The small ones: member of struct write_record, its first bit, how many. Of eight members that follow each other there
 * one lies in each byte here, which takes a shift for all of them.
 */
#define RING_BITS_COMPLETE(X)                                                                                          \
	X(queued, 0, 2)                                                                                                \
	X(context, 8, 2)                                                                                               \
	X(convert, 16, 2)                                                                                              \
	X(orphan, 24, 2)                                                                                               \
	X(truncate, 32, 2)                                                                                             \
	X(sync, 40, 2)                                                                                                 \
	X(flush, 48, 2)                                                                                                \
	X(commit, 56, 2)
#define RING_BITS_LOCK(X)                                                                                              \
	X(lock_first, 2, 2)                                                                                            \
	X(lock, 10, 2)                                                                                                 \
	X(upgrade, 18, 1)                                                                                              \
	X(upgrade_reason, 26, 6)                                                                                       \
	X(checks, 34, 6)                                                                                               \
	X(unaligned, 42, 1)                                                                                            \
	X(extend, 50, 1)                                                                                               \
	X(dio_wait, 58, 1)
#define RING_BITS_SINGLE(X)                                                                                            \
	X(submit, 4, 2)                                                                                                \
	X(ops, 6, 2)                                                                                                   \
	X(state, 12, 3)                                                                                                \
	X(worker, 15, 1)                                                                                               \
	X(fua, 19, 2)                                                                                                  \
	X(fallback_reason, 21, 3)                                                                                      \
	X(fallback, 43, 2)                                                                                             \
	X(lookup, 45, 3)                                                                                               \
	X(nosec, 51, 1)                                                                                                \
	X(force_wait, 52, 1)

/* The large ones, in this order: member, type, and what it mostly is: then it is not said. @r: struct write_record *.
 */
#define RING_OPTIONAL(X, r)                                                                                            \
	X(len, __u64, (r)->len &RING_LEN_MASK)                                                                         \
	X(asked_pos, __s64, (r)->pos)                                                                                  \
	X(asked_len, __u64, (r)->len)                                                                                  \
	X(disksize, __s64, (r)->isize)                                                                                 \
	X(isize_after, __s64, (r)->isize)                                                                              \
	X(dio_ret, __s64, (r)->len)                                                                                    \
	X(ret, __s64, (r)->len)                                                                                        \
	X(data_bytes, __u64, (r)->len)                                                                                 \
	X(end_size, __s64, (r)->how[FACT_END_SIZE] == HOW_OBSERVED ? (r)->len : 0)                                     \
	X(segments, __u32, 1)                                                                                          \
	X(rounds, __u32, 1)                                                                                            \
	X(bios, __u32, 1)                                                                                              \
	X(steps_total, __u32, (r)->nr_inline)                                                                          \
	X(steps_lost, __u32, 0)                                                                                        \
	X(continuations, __u32, 0)                                                                                     \
	X(journal_starts, __u32, 0)                                                                                    \
	X(lock_wait_ns, __u64, 0)                                                                                      \
	X(drain_ns, __u64, 0)                                                                                          \
	X(held_ns, __u64, 0)                                                                                           \
	X(zero_head, __u64, 0)                                                                                         \
	X(zero_tail, __u64, 0)                                                                                         \
	X(invalidate, __s32, 0)                                                                                        \
	X(end_error, __s32, 0)                                                                                         \
	X(fallback_pos, __s64, 0)                                                                                      \
	X(fallback_len, __s64, 0)                                                                                      \
	X(fallback_ret, __s64, 0)

#define RING_LEN_MASK 0xffffffffull

/* 16 steps, 11 moments, 26 words: a power of two has room for all. */
#define RING_WORDS 128

/* What of a write under way is packed already: its steps, as they come; CORE in front of them when it is over. */
struct ring_out {
	__u32 file;	/* number of its FILE, */
	__u32 task;	/* of its TASK */
	__u32 nr_words; /* of the steps, write_record.nr_inline of them */
	__u32 rounds;	/* how many of them are */
	__u64 core[RING_CORE];
	__u64 words[RING_WORDS];
};

/*
 * A write under way, as far as user space has to know it, which takes those that are left at the end out of their map.
 * Of its file and task rec has only what the probes themselves ask.
 */
struct open_write {
	struct write_record rec;
	struct ring_out out;
};

#define RING_ONE_BY_ONE(first, last) (offsetof(struct write_record, last) - offsetof(struct write_record, first) == 7)

_Static_assert(RING_ONE_BY_ONE(queued, commit) && RING_ONE_BY_ONE(lock_first, dio_wait), "RING_BITS_*");
_Static_assert(NR_FACTS <= RING_FACTS, "no room for how: CORE_MASK has 24 bits of it, for twelve facts");
_Static_assert(NR_STAGES <= MOMENT_MAP_AT_IOMAP, "the mask of moments has no room");
_Static_assert(STEPS_INLINE *STEP_WORDS_MAX + NR_STAGES + 26 <= RING_WORDS, "words[]");
_Static_assert(sizeof(struct ring_file) % 8 == 0 && sizeof(struct ring_task) % 8 == 0, "whole words");

#endif
