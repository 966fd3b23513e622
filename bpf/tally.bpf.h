/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --aggregate: counts and a latency histogram in the kernel instead of records. Two hooks a write, from iomap's begin
 * to its completion; of the write only what these two see.
 */
#ifndef DIOSCOPE_TALLY_BPF_H
#define DIOSCOPE_TALLY_BPF_H

#include "bpf/open.bpf.h"

/* Asynchronous writes by their kiocb; a synchronous one is its task's only one, and in the task's frame. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct tally_write);
} tally_writes __weak SEC(".maps");

/* By enum lock_mode. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LOCK_EXCLUSIVE + 1);
	__type(key, u32);
	__type(value, struct tally);
} tallies __weak SEC(".maps");

static __always_inline struct tally *tally_of(u32 lock)
{
	return bpf_map_lookup_elem(&tallies, &lock);
}

static __always_inline void tally_asked(struct tally *t, struct kiocb *iocb, struct inode *inode, u64 len,
					u32 dio_flags)
{
	t->counts[TALLY_WRITES]++;
	t->counts[TALLY_BYTES] += len;
	t->counts[TALLY_EXTENDING] += READ(iocb, ki_pos) + (s64)len > READ(inode, i_size);
	t->counts[TALLY_FORCE_WAIT] += !!(dio_flags & IOMAP_DIO_FORCE_WAIT);
	t->counts[TALLY_ASYNC] += READ(iocb, ki_complete) != NULL;
	t->counts[TALLY_DSYNC] += !!(READ(iocb, ki_flags) & WRITE_DSYNC);
}

static __always_inline bool tally_hash(u64 key, const struct tally_write *begun)
{
	if (bpf_map_update_elem(&tally_writes, &key, begun, BPF_NOEXIST))
		return !bpf_map_update_elem(&tally_writes, &key, begun, BPF_EXIST);
	__sync_fetch_and_add(&nr_hashed, 1);
	return true;
}

static __always_inline void tally_unhash(u64 key)
{
	if (nr_hashed && !bpf_map_delete_elem(&tally_writes, &key))
		__sync_fetch_and_add(&nr_hashed, -1);
}

static __always_inline bool tally_keep(struct kiocb *iocb, const struct tally_write *begun)
{
	u64 key = (u64)iocb;
	struct frame *frame;

	if (READ(iocb, ki_complete))
		return tally_hash(key, begun);
	frame = frame_get();
	if (!frame)
		return false;
	frame->own = key;
	frame->tally = *begun;
	return true;
}

/* Other I/O begins with this kiocb: the write that it was did not complete. */
static __always_inline void tally_forget(struct kiocb *iocb)
{
	struct frame *frame;

	if (READ(iocb, ki_complete)) {
		tally_unhash((u64)iocb);
		return;
	}
	frame = frame_find();
	if (frame && frame->own == (u64)iocb)
		frame->own = 0;
}

static __always_inline int tally_begin(struct kiocb *iocb, struct iov_iter *iter, u32 dio_flags)
{
	struct file *file = READ(iocb, ki_filp);
	struct inode *inode = READ(file, f_inode);
	struct tally_write begun = {.inode = (u64)inode, .len = READ(iter, count)};
	struct tally *t;

	if (!iter_wanted(iter, file, inode)) {
		tally_forget(iocb);
		return 0;
	}
	begun.lock = inode_lock_held(inode);
	t = tally_of(begun.lock);
	if (!t)
		return 0;
	tally_asked(t, iocb, inode, begun.len, dio_flags);
	begun.began_ns = bpf_ktime_get_ns();
	if (!tally_keep(iocb, &begun))
		count_total(TOTAL_LOST_STATE, 1);
	count_total(TOTAL_ENTERED, 1);
	return 0;
}

/* floor(log2(ns)), without a loop. */
static __always_inline u32 log2_bucket(u64 ns)
{
	u32 bit = 0;

	for (u32 step = 32; step; step >>= 1)
		if (ns >> step) {
			ns >>= step;
			bit += step;
		}
	return bit < TALLY_BUCKETS ? bit : TALLY_BUCKETS - 1;
}

static __always_inline void tally_took(const struct tally_write *begun, s64 ret)
{
	struct tally *t = tally_of(begun->lock);
	u64 took;

	if (!t)
		return;
	took = bpf_ktime_get_ns() - begun->began_ns;
	if (settings.min_latency_ns && took < settings.min_latency_ns)
		count_total(TOTAL_FAST, 1);
	else
		t->latency[log2_bucket(took)]++;
	t->counts[TALLY_FAILED] += ret < 0;
	t->counts[TALLY_SHORT] += ret >= 0 && (u64)ret < begun->len;
}

/* The completion is that of the write which began there. */
static __always_inline bool tally_is_of(const struct tally_write *begun, struct inode *inode, s64 ret)
{
	return begun->inode == (u64)inode && (ret <= 0 || (u64)ret <= begun->len);
}

static __always_inline void tally_end_async(u64 key, struct inode *inode, s64 ret)
{
	struct tally_write *begun = bpf_map_lookup_elem(&tally_writes, &key);

	if (!begun)
		return;
	if (tally_is_of(begun, inode, ret))
		tally_took(begun, ret);
	tally_unhash(key);
}

static __always_inline void tally_end_sync(u64 key, struct inode *inode, s64 ret)
{
	struct frame *frame = frame_find();

	if (!frame || frame->own != key)
		return;
	if (tally_is_of(&frame->tally, inode, ret))
		tally_took(&frame->tally, ret);
	frame->own = 0;
}

static __always_inline int tally_end(struct kiocb *iocb, s64 ret)
{
	struct inode *inode = READ(iocb, ki_filp, f_inode);

	if (READ(iocb, ki_complete))
		tally_end_async((u64)iocb, inode, ret);
	else
		tally_end_sync((u64)iocb, inode, ret);
	return 0;
}

#endif
