/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the writes under way: find it, fill it, emit it, count what is lost.
 *
 * A write is found by its kernel object, never by its thread: its kiocb is the key of 'writes'; a dio and a bio lead
 * to the kiocb. An address outlives what is at it: reads, other file systems' writes and those of processes that no
 * filter lets through use it again. So a write is taken for the kiocb's only while its direct part is under way and
 * both are of one inode, and what begins at an address ends what was there.
 *
 * Hooks whose arguments lead to none of them (a mapping, a lookup, a sync) run in the task that drives the write at
 * that moment, so each task keeps a 'frame': the write it is inside of, set where the kiocb is at hand and cleared when
 * the task is out of it. A completion that runs in a worker sets the worker's frame.
 */
#ifndef DIOSCOPE_STATE_BPF_H
#define DIOSCOPE_STATE_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/pack.bpf.h"
#include "bpf/read.bpf.h"
#include "bpf/settings.h"

#include <bpf/bpf_tracing.h>
#include <linux/errno.h>

/* Progress of a write: who sees the last of 'returned' and 'completed' emits it, once. */
#define DONE_RETURNED  0x1
#define DONE_COMPLETED 0x2
#define DONE_EMITTED   0x4

#define RING_ASKED_EVERY 8

/*
 * What a write enters with, before a limit cuts it and before the position of an append is known: where that is what
 * the kernel asks (UPGRADE_RULE_WRITTEN).
 */
enum {
	ENTERED_UNSEEN,
	ENTERED_ALIGNED,
	ENTERED_UNALIGNED,
};

struct write_state {
	/* struct open_write */
	struct write_record rec;
	struct ring_out out;
	/* of no concern to user space */
	u64 inode;	/* struct inode * */
	u64 dio;	/* struct iomap_dio *, from the first bio on */
	s64 map_pos;	/* the mapping of the current round, */
	u64 map_addr;	/* to tell a bio's position in the file */
	u32 first_step; /* index in the write of the first in out.words[] */
	u32 fua_bios;
	u32 data_bios;
	u32 done;	   /* DONE_* */
	u32 starts;	   /* journal handles since the last mapping round */
	s32 body_error;	   /* of the last iomap_dio_bio_iter that failed */
	s64 data_end;	   /* where the data bios so far end in the file */
	u8 user_pages;	   /* the buffer is the caller's memory, which bios pin */
	u8 complete_seen;  /* iomap_dio_complete is under way or over */
	u8 by_worker;	   /* and it was iomap_dio_complete_work that called it */
	u8 inline_attempt; /* io_uring's first one, with IOCB_NOWAIT of its own: what would block a worker repeats */
	u8 retry;	   /* and so it was: a worker will enter with the same kiocb */
	u8 cached;	   /* the file had pages in the cache when iomap began */
	u8 untold;	   /* its caller has no wish to hear of its success: io_uring does not tell its end */
	u8 entered;	   /* ENTERED_* */
};

/* What a lookup under the lock told before the write's state could know. */
struct lookup {
	u64 inode; /* 0: none */
	s64 isize; /* i_size and i_disksize under the lock */
	s64 disksize;
	u32 lblk;
	u32 len;    /* blocks that the lookup is about */
	u32 blocks; /* covered from lblk on; 0: nothing is mapped there */
	u8 valid;   /* blocks and unwritten are known */
	u8 unwritten;
	u8 unmapped; /* any lookup so far met a block that is not written */
	u8 delayed;  /* a delayed allocation: nothing is mapped yet */
	u8 nosec;
};

/* A wait for a lock that the task is in, or was in. */
struct lock_wait {
	u64 lock;     /* struct rw_semaphore *, 0: none */
	u64 begin_ns; /* 0: it is over */
	u64 end_ns;   /* of the last one */
	u64 total_ns; /* of all waits for this lock since the task's last write */
};

/* A system call that the task is in, if it is one that writes. */
struct call {
	u64 entered_ns; /* 0: it is in none, or it was not seen */
	u64 checked_ns; /* its first journal handle before any write of it began */
	u64 pos_ns;	/* when it had waited for the position of its file, which threads share; 0: it had it at once */
	u64 file;	/* struct file * of ext4 that is open for direct writes; 0: it is of no such one, or of many */
	s64 pos;	/* its position, i_size and i_disksize when the call was made */
	s64 isize;
	s64 disksize;
	u64 buffered; /* bytes that went into its page cache before any write of it began */
	u64 sync_ns;  /* when its ext4_sync_file began, if it had no write that came to iomap */
	u64 sync_req; /* in a worker, which makes no calls: struct io_kiocb * of the write that it was for */
	u32 ext4_flags; /* of its inode, when the call was made */
	u8 opened;    /* a write of it came to iomap */
	u8 waits;     /* io_uring_enter(2) that submits nothing: what it is told of was asked for before */
	u8 later;     /* and the next one is behind others of its batch */
	u8 sync;      /* enum sync_kind: what that was */
	u8 flush;     /* and a flush of the device inside it */
};

/* An fsync(2) of the application that the task is in. */
struct app_sync {
	u64 inode; /* struct inode *, 0: none */
	u64 began_ns;
	u8 sync; /* enum sync_kind */
	u8 flush;
};

/* What everything that is said of a file and its device follows from, as it was when the task last wrote to it. */
struct file_seen {
	u64 inode; /* struct inode *, 0: none yet */
	struct name_seen name;
	u64 ino;
	u32 generation;
	u32 dev;
	u32 ext4_flags;
	u32 mount_opt;
	u32 lbs;
	u32 dma_mask;
	u8 sync; /* of the inode, or of the mount */
	u8 journal;
	u8 dev_fua;
	u8 dev_cache;
	u8 blkbits;
	u8 pad[3];
};

/* --aggregate and serve: what is kept of a write until it completes. */
struct tally_write {
	struct tally_key kind;
	u64 inode; /* struct inode *: its kiocb may be another's by the time that something completes there */
	u64 began_ns;
	u64 len;
};

/* What a kretprobe wants to know of its function's arguments: kept by the kprobe of the same function. */
enum kept {
	KEPT_CHECKS, /* ext4_generic_write_checks: struct iov_iter * */
	KEPT_MAP,    /* ext4_map_blocks: struct ext4_map_blocks *, 0: not a lookup */
	KEPT_ITER,   /* iomap_iter: struct iomap_iter * */
	KEPT_DIO,    /* iomap_dio_complete: struct iomap_dio *, freed by its end */
	NR_KEPT,
};

/*
 * A synchronous write has no other task than its own, and is the only one of it: its state is part of the frame. There
 * it is found without hashing and begun without allocating, and it is in memory that the kernel maps with large pages:
 * map elements are not, and where a system call begins with an empty TLB each page that a probe touches is felt.
 */
struct frame {
	struct write_state write; /* of the synchronous write under way; an empty one has no id */
	u8 blank_how[FACTS_MAX];  /* the how[] that a write begins with */
	u64 own;		  /* key of that write, 0: none */
	u64 kiocb;		  /* key of the write the task is inside of, 0: none */
	u64 outer;		  /* while it completes another: the one it was inside of, */
	u64 late;     /* key of its last write, when that has more to do after the last hook that tells its result */
	u64 late_id;  /* and its id: the key may be another write's by now */
	u64 drain_ns; /* when inode_dio_wait() was entered */
	struct call call;
	struct app_sync sync;
	u8 ready; /* blank_how is filled */
	u8 completing;
	u8 outer_completing; /* and whether it was completing that one, when an interrupt came */
	u8 queued;	     /* iomap has left the write to its completion */
	u8 zero_role;	     /* inside iomap_dio_zero: enum bio_role, 0 outside */
	struct lookup lookup;
	struct lookup batch_lookup; /* the last one of the last io_submit(2) or io_uring_enter(2) */
	struct lock_wait wait;
	struct file_seen file; /* of its last write */
	struct ring_task_facts who;
	u32 file_number; /* what these were said as; 0: it found the ring full */
	u32 who_number;
	struct tally_write tally; /* in the place of 'write', under --aggregate */
	u64 kept[NR_KEPT];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct write_state);
} writes __weak SEC(".maps");

/*
 * What every write counts, on whatever processor, has a cache line of its own: in that of what every hook reads, it
 * would be taken away from all other processors with each write.
 */
#define OWN_LINE __attribute__((aligned(64)))

OWN_LINE long long nr_hashed
	__weak; /* in writes, or in tally_writes: mostly none, and then nobody needs to look there */

/* A new write's state: zero, but for how[] of the facts whose hooks are attached. Filled by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct write_state);
} fresh __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct frame);
} frames __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} ring __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, u8);
} pids __weak SEC(".maps");

/*
 * Set before the first hook is detached, which takes milliseconds each: what happens from then on is not seen as a
 * whole, and nothing would say of what. So no task is inside of a write any more, and those under way are in flight.
 */
OWN_LINE unsigned int closing __weak;
unsigned int armed __weak; /* every hook is attached: what a system call begins will be seen */
OWN_LINE unsigned long long totals[NR_TOTALS] __weak;
unsigned long long ring_high __weak; /* most bytes seen waiting in the ring */

static __always_inline u64 count_total(enum total what, u64 n)
{
	return __sync_fetch_and_add(&totals[what], n);
}

/* --- find --- */

static __always_inline struct frame *frame_get(void)
{
	if (closing)
		return NULL;
	return bpf_task_storage_get(&frames, current_task(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline struct frame *frame_find(void)
{
	if (closing)
		return NULL;
	return bpf_task_storage_get(&frames, current_task(), NULL, 0);
}

/*
 * For hooks that tasks without a frame come to, those that a filter leaves out among them: one that nothing was ever
 * kept of has none, and a helper's call would cost more than to look whether it may.
 */
static __always_inline struct frame *frame_if_any(void)
{
	return current_task()->bpf_storage ? frame_find() : NULL;
}

static __always_inline struct write_state *own_find(struct frame *frame)
{
	return frame->write.rec.head.id ? &frame->write : NULL;
}

static __always_inline struct write_state *write_by_key(struct frame *frame, u64 key)
{
	if (closing)
		return NULL;
	if (frame && frame->own == key)
		return key ? own_find(frame) : NULL;
	return nr_hashed ? bpf_map_lookup_elem(&writes, &key) : NULL;
}

static __always_inline u64 kiocb_inode(u64 key)
{
	struct file *file = READ_AS(kiocb, key, ki_filp);

	return (u64)READ_AS(file, file, f_inode);
}

/* Its direct part is neither over nor given up. */
static __always_inline bool write_is_direct(struct write_state *w)
{
	return !(w->rec.state & WRITE_LATE) && w->rec.how[FACT_DIO_RET] != HOW_OBSERVED;
}

/* The direct write of a kiocb that is in use now. */
static __always_inline struct write_state *write_at(struct frame *frame, u64 key)
{
	struct write_state *w = write_by_key(frame, key);

	return w && !(w->rec.state & WRITE_LATE) && w->inode == kiocb_inode(key) ? w : NULL;
}

static __always_inline struct write_state *write_find(const void *kiocb)
{
	return write_at(frame_find(), (u64)kiocb);
}

/* The one that completes with this kiocb. That of a synchronous one can only be in the frame. */
static __always_inline struct write_state *write_of(struct frame *frame, struct kiocb *iocb)
{
	struct write_state *w = NULL;

	if (frame && frame->own == (u64)iocb)
		w = own_find(frame);
	else if (READ(iocb, ki_complete))
		w = write_by_key(NULL, (u64)iocb);
	return w && write_is_direct(w) && w->inode == (u64)READ(iocb, ki_filp, f_inode) ? w : NULL;
}

/* The write the current task is inside of, NULL when it is in none: also when the key is another task's by now. */
static __always_inline struct write_state *write_current(struct frame *frame)
{
	struct write_state *w;

	if (!frame || !frame->kiocb)
		return NULL;
	if (frame->kiocb == frame->own)
		return own_find(frame);
	w = write_by_key(NULL, frame->kiocb);
	return w && (frame->completing || w->rec.tid == (u32)current_task()->pid) ? w : NULL;
}

static __always_inline struct write_state *write_of_inode(struct frame *frame, const struct inode *inode)
{
	struct write_state *w = write_current(frame);

	return w && w->inode == (u64)inode ? w : NULL;
}

static __always_inline struct write_state *write_late(struct frame *frame)
{
	struct write_state *w = frame && frame->late ? write_by_key(frame, frame->late) : NULL;

	return w && w->rec.head.id == frame->late_id ? w : NULL;
}

/*
 * Is it seen where the tail of such a write ends? Not where system calls are not, and not in a thread of the kernel, a
 * worker of io_uring among them, which makes none: nobody knows whether the sync that it is in is still of that write.
 */
static __always_inline bool tail_is_seen(void)
{
	return settings.has_syscalls && !(current_task()->flags & (PF_IO_WORKER | PF_KTHREAD));
}

/* The one that the task has left, but whose tail (truncate, sync) has no hook of its own to end it. */
static __always_inline struct write_state *write_tail(struct frame *frame)
{
	struct write_state *w = write_late(frame);

	return w && tail_is_seen() ? w : NULL;
}

static __always_inline struct write_state *write_current_or_tail(struct frame *frame)
{
	struct write_state *w = write_current(frame);

	return w ? w : write_tail(frame);
}

/* --- fill --- */

#define OBSERVE(w, fact, member, value)                                                                                \
	do {                                                                                                           \
		(w)->rec.member = (value);                                                                             \
		(w)->rec.how[fact] = HOW_OBSERVED;                                                                     \
	} while (0)

static __always_inline void infer_fact(struct write_state *w, enum write_fact fact)
{
	w->rec.how[fact] = HOW_INFERRED;
}

static __always_inline void stage_begin(struct write_state *w, enum stage stage)
{
	if (!w->rec.stage_ns[stage])
		w->rec.stage_ns[stage] = bpf_ktime_get_ns();
}

/* Where it was not seen to enter: what is known of the time before iomap is how long it waited for the lock. */
static __always_inline u64 write_began_ns(struct write_record *r)
{
	return r->stage_ns[STAGE_ENTER] ? r->stage_ns[STAGE_ENTER] : r->stage_ns[STAGE_IOMAP] - r->lock_wait_ns;
}

/* --- emit --- */

/*
 * A record goes into the ring: shall the reader wake? How much waits there is asked for one write in eight, where so
 * many are less than a hundredth of the ring: it wakes at a quarter. @nth: number of the write; 0: of something that is
 * seldom said. It counts nothing of its own, which the processors would have to hand to each other.
 */
static __always_inline u64 ring_flags(u64 nth)
{
	u64 waiting;

	if (settings.wake_bytes > 25 * RING_ASKED_EVERY * sizeof(struct ring_out) && nth % RING_ASKED_EVERY)
		return BPF_RB_NO_WAKEUP;
	waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	if (waiting > ring_high)
		ring_high = waiting;
	return waiting >= settings.wake_bytes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* There are STEPS_INLINE of them: send them ahead of the write and start again. */
static __noinline void steps_spill(struct write_state *w)
{
	u64 *head = w->out.core + RING_CORE - RING_STEPS_HEAD;
	u32 words = w->out.nr_words & (RING_WORDS - 1);

	head[STEPS_ID] = ring_id(RING_STEPS, w->rec.nr_inline, w->rec.head.id);
	head[STEPS_FIRST] = w->first_step;
	head[STEPS_POS] = w->rec.pos;
	head[STEPS_LEN] = w->rec.len;
	if (bpf_ringbuf_output(&ring, head, (RING_STEPS_HEAD + words) * sizeof(u64), ring_flags(0))) {
		w->rec.steps_lost += STEPS_INLINE;
		count_total(TOTAL_LOST_STEPS, STEPS_INLINE);
	} else {
		w->rec.continuations++;
	}
	w->first_step += STEPS_INLINE;
	w->rec.nr_inline = w->out.nr_words = w->out.rounds = 0;
}

/* A bio's address follows from its round's, where that is in the same record. */
static __always_inline void step_add(struct write_state *w, enum step_kind kind, u64 tag, s64 pos, u64 len, u64 addr)
{
	if (w->rec.nr_inline >= STEPS_INLINE)
		steps_spill(w);
	w->rec.nr_inline++;
	w->rec.steps_total++;
	put_step(&w->out, &w->rec, tag | (u64)kind << STEP_TAG_KIND, pos, len, addr,
		 kind == STEP_ROUND ? 1 : 1 - differs(w->out.rounds, 0));
	if (kind == STEP_ROUND)
		w->out.rounds++;
}

/* One whose end was not seen may have been slow: it is kept. */
static __always_inline bool too_fast(struct write_record *r)
{
	u64 end = r->stage_ns[STAGE_RETURN];

	return settings.min_latency_ns && end && end - write_began_ns(r) < settings.min_latency_ns;
}

static __always_inline void write_output(struct write_state *w)
{
	u32 words = write_pack(&w->rec, &w->out);
	u64 flags = ring_flags(w->rec.head.id);

	if (words > RING_CORE + RING_WORDS || bpf_ringbuf_output(&ring, w->out.core, words * sizeof(u64), flags))
		count_total(TOTAL_LOST_RING, 1);
}

static __always_inline void hash_close(u64 key)
{
	if (!bpf_map_delete_elem(&writes, &key))
		__sync_fetch_and_add(&nr_hashed, -1);
}

/* Put the record into the ring and forget the write. @frame: of the current task, NULL when it has none. */
static __always_inline void write_emit(struct frame *frame, struct write_state *w, u64 key)
{
	bool own = frame && frame->own == key;

	/* one that is not the task's own may come to its end on two processors */
	if (!own && __sync_fetch_and_or(&w->done, DONE_EMITTED) & DONE_EMITTED)
		return;
	if (too_fast(&w->rec))
		count_total(TOTAL_FAST, 1);
	else
		write_output(w);
	if (own) {
		frame->own = 0;
		w->rec.head.id = 0;
	} else {
		hash_close(key);
	}
}

/* For where that is rare: apart from the instructions that every write runs through. */
static __noinline void write_emit_aside(struct frame *frame, struct write_state *w, u64 key)
{
	write_emit(frame, w, key);
}

#endif
