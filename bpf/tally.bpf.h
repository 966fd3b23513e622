/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --aggregate and serve: counts and a latency histogram in the kernel instead of records. Two hooks a write, from
 * iomap's begin to its completion; of the write only what these two see.
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

/* Counted by atomic adds all the same: completions come in interrupts, and a task that counts can be preempted. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, TALLIES_MAX);
	__type(key, struct tally_key);
	__type(value, struct tally);
} tallies __weak SEC(".maps");

/* Files that are told apart, by keys that name nothing but the file: the first that came, with the name of then. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct tally_key);
	__type(value, char[TALLY_NAME_LEN]);
} tally_files __weak SEC(".maps");

static const struct tally no_tally;

static __always_inline struct tally *tally_of(const struct tally_key *kind)
{
	struct tally *t = bpf_map_lookup_elem(&tallies, kind);

	if (t)
		return t;
	bpf_map_update_elem(&tallies, kind, &no_tally, BPF_NOEXIST);
	return bpf_map_lookup_elem(&tallies, kind);
}

static __noinline bool tally_file_add(const struct tally_key *key, u64 dentry)
{
	char name[TALLY_NAME_LEN] = {};

	if (!key)
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ((struct dentry *)dentry, d_name.name));
	return !bpf_map_update_elem(&tally_files, key, name, BPF_ANY);
}

static __always_inline void tally_tell_file(struct tally_key *kind, struct file *file, struct inode *inode)
{
	struct tally_key key = {.ino = READ(inode, i_ino), .dev = kind->dev, .generation = READ(inode, i_generation)};

	if (!bpf_map_lookup_elem(&tally_files, &key) && !tally_file_add(&key, (u64)READ(file, f_path.dentry)))
		return;
	kind->ino = key.ino;
	kind->generation = key.generation;
}

static __always_inline u8 tally_shape(struct kiocb *iocb, struct inode *inode, u64 len)
{
	u64 pos = READ(iocb, ki_pos), block = 1ull << READ(inode, i_blkbits);

	return (pos + len > (u64)READ(inode, i_size) ? TALLY_EXTENDS : 0) |
	       ((pos | len) & (block - 1) ? TALLY_UNALIGNED : 0) | (READ(iocb, ki_complete) ? TALLY_ASYNC : 0) |
	       (READ(iocb, ki_flags) & WRITE_DSYNC ? TALLY_DSYNC : 0);
}

static __always_inline void tally_asked(struct tally *t, u64 len, u32 dio_flags)
{
	__sync_fetch_and_add(&t->counts[TALLY_WRITES], 1);
	__sync_fetch_and_add(&t->counts[TALLY_BYTES], len);
	if (dio_flags & IOMAP_DIO_FORCE_WAIT)
		__sync_fetch_and_add(&t->counts[TALLY_FORCE_WAIT], 1);
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
		count_other_fs(iter, file, inode);
		tally_forget(iocb);
		return 0;
	}
	begun.kind.lock = inode_lock_held(inode);
	begun.kind.dev = READ(inode, i_sb, s_dev);
	begun.kind.shape = tally_shape(iocb, inode, begun.len);
	if (settings.by_file)
		tally_tell_file(&begun.kind, file, inode);
	count_total(TOTAL_ENTERED, 1);
	t = tally_of(&begun.kind);
	if (!t)
		return 0; /* too many kinds: more entered than are in the tallies */
	tally_asked(t, begun.len, dio_flags);
	begun.began_ns = bpf_ktime_get_ns();
	if (!tally_keep(iocb, &begun))
		count_total(TOTAL_LOST_STATE, 1);
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

static __always_inline void tally_latency(struct tally *t, u64 took)
{
	__sync_fetch_and_add(&t->counts[TALLY_NS], took);
	__sync_fetch_and_add(&t->latency[log2_bucket(took)], 1);
}

static __always_inline void tally_took(const struct tally_write *begun, s64 ret)
{
	struct tally *t = tally_of(&begun->kind);
	u64 took;

	if (!t)
		return;
	took = bpf_ktime_get_ns() - begun->began_ns;
	if (settings.min_latency_ns && took < settings.min_latency_ns)
		count_total(TOTAL_FAST, 1);
	else
		tally_latency(t, took);
	if (ret < 0)
		__sync_fetch_and_add(&t->counts[TALLY_FAILED], 1);
	else if ((u64)ret < begun->len)
		__sync_fetch_and_add(&t->counts[TALLY_SHORT], 1);
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
