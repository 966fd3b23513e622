/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FILE and TASK records. A task mostly writes to the file that it wrote to before, and is who it was: that it is so is
 * told by comparing what the answers follow from, and then a number says all of it.
 *
 * A number is given once. What has changed, as little as it may be, gets another one: writes that began before refer to
 * the old one and may end after it.
 */
#ifndef DIOSCOPE_FILE_BPF_H
#define DIOSCOPE_FILE_BPF_H

#include "bpf/state.bpf.h"

OWN_LINE unsigned int files_said __weak; /* numbers given so far */
unsigned int tasks_said __weak;

/* What user space may have forgotten by now has to be said again. */
static __always_inline bool is_known(u32 number, u32 said)
{
	return number && said - number < RING_RESAID;
}

/* Of whole words. */
static __always_inline bool same_words(const void *a, const void *b, unsigned int bytes)
{
	const u64 *one = a, *other = b;
	u64 differ = 0;

	for (unsigned int i = 0; i < bytes / sizeof(u64); i++)
		differ |= one[i] ^ other[i];
	return !differ;
}

/* --- files --- */

/* Addresses are compared, not computed with: to the verifier they are pointers. */
static __always_inline bool same_file(const struct file_seen *a, const struct file_seen *b)
{
	if (a->inode != b->inode || a->name.dentry != b->name.dentry)
		return false;
	return same_words(&a->name.hash, &b->name.hash, sizeof(*a) - offsetof(struct file_seen, name.hash));
}

/*
 * What was said of files that any task wrote to, so that it is not said again by each. A file has the choice of
 * FILES_WAYS places, of which it takes the one that was taken longest ago. The number is also the lock: whoever writes
 * there takes it away first, and a reader that finds the same one before and after has read what it stands for. x86
 * keeps loads in order, and stores.
 */
#define FILES_SETS  2048
#define FILES_WAYS  4
#define BEING_TAKEN (~0u)

struct file_said {
	u32 number; /* 0: free */
	u32 pad;
	struct file_seen seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FILES_SETS *FILES_WAYS);
	__type(key, u32);
	__type(value, struct file_said);
} files __weak SEC(".maps");

static __always_inline u32 file_place(const struct file_seen *seen, u32 way)
{
	u64 mixed = (seen->ino ^ (u64)seen->generation << 32 ^ seen->name.hash ^ seen->dev) * 0x9e3779b97f4a7c15;

	return (mixed >> 53) * FILES_WAYS + way;
}

static __always_inline u32 number_at(const struct file_said *said)
{
	return *(volatile const u32 *)&said->number;
}

/* 0: not there. */
static __always_inline u32 number_of(const struct file_said *said, const struct file_seen *seen)
{
	u32 number = number_at(said);

	barrier();
	if (number == BEING_TAKEN || !is_known(number, files_said) || !same_file(&said->seen, seen))
		return 0;
	barrier();
	return number_at(said) == number ? number : 0;
}

static __always_inline void remember(struct file_said *said, u32 old, u32 number, const struct file_seen *seen)
{
	if (__sync_val_compare_and_swap(&said->number, old, BEING_TAKEN) != old)
		return; /* somebody else's: this one is said again by who looks for it */
	said->seen = *seen;
	barrier();
	*(volatile u32 *)&said->number = number;
}

static __always_inline void read_name(char *to, struct dentry *dentry)
{
	bpf_probe_read_kernel_str(to, NAME_LEN, BPF_CORE_READ(dentry, d_name.name));
}

/* Odd while it is being renamed. */
static __always_inline bool was_renamed(const struct name_seen *name)
{
	struct dentry *dentry = (struct dentry *)name->dentry;

	return name->renamed & 1 || BPF_CORE_READ(dentry, d_seq.seqcount.sequence) != (u32)name->renamed;
}

static __always_inline enum data_mode data_mode(u32 mount_opt)
{
	switch (mount_opt & EXT4_MOUNT_DATA_FLAGS) {
	case EXT4_MOUNT_JOURNAL_DATA:
		return DATA_JOURNAL;
	case EXT4_MOUNT_ORDERED_DATA:
		return DATA_ORDERED;
	}
	return DATA_WRITEBACK;
}

static __always_inline u8 inode_flags(u32 ext4_flags)
{
	return (ext4_flags & EXT4_ENCRYPT_FL ? INODE_ENCRYPTED : 0) |
	       (ext4_flags & EXT4_JOURNAL_DATA_FL ? INODE_JOURNAL_DATA : 0) |
	       (ext4_flags & EXT4_VERITY_FL ? INODE_VERITY : 0) |
	       (ext4_flags & EXT4_INLINE_DATA_FL ? INODE_INLINE_DATA : 0);
}

static __always_inline void file_facts(struct ring_file_facts *f, const struct file_seen *seen)
{
	f->ino = seen->ino;
	f->dev = seen->dev;
	f->generation = seen->generation;
	f->lbs = seen->lbs;
	f->dma_mask = seen->dma_mask;
	f->blkbits = seen->blkbits;
	f->extents = !!(seen->ext4_flags & EXT4_EXTENTS_FL);
	f->inode_flags = inode_flags(seen->ext4_flags);
	f->inode_sync = seen->sync;
	f->journal = seen->journal;
	f->barrier = !!(seen->mount_opt & EXT4_MOUNT_BARRIER);
	f->data_mode = data_mode(seen->mount_opt);
	f->dev_fua = seen->dev_fua;
	f->dev_cache = seen->dev_cache;
}

/* The number it has now; 0: the ring is full. */
static __always_inline u32 file_emit(const struct file_seen *seen)
{
	struct dentry *dentry = (struct dentry *)seen->name.dentry;
	struct ring_file *out = bpf_ringbuf_reserve(&ring, sizeof(*out), 0);
	u32 number;

	if (!out)
		return 0;
	/* the ring's memory is what was there before, and user space sees all of it */
	__builtin_memset(out, 0, sizeof(*out));
	number = __sync_fetch_and_add(&files_said, 1) + 1;
	out->type = RING_FILE;
	out->number = number;
	file_facts(&out->facts, seen);
	read_name(out->name, dentry);
	read_name(out->parent, BPF_CORE_READ(dentry, d_parent));
	if (was_renamed(&seen->name))
		out->name[0] = out->parent[0] = '\0';
	bpf_ringbuf_submit(out, ring_flags(0));
	return number;
}

/*
 * Its number, said now if nobody has. Global functions, this one and task_say(): the verifier walks through them once,
 * and not for each way that leads there.
 */
__weak __noinline int file_say(const struct file_seen *seen)
{
	struct file_said *oldest = NULL;
	u32 least = BEING_TAKEN, number;

	if (!seen)
		return 0;
	for (u32 way = 0; way < FILES_WAYS; way++) {
		u32 place = file_place(seen, way);
		struct file_said *said = bpf_map_lookup_elem(&files, &place);

		if (!said)
			return 0;
		number = number_of(said, seen);
		if (number)
			return number;
		number = number_at(said);
		if (number < least) {
			least = number;
			oldest = said;
		}
	}
	number = file_emit(seen);
	if (number && oldest)
		remember(oldest, least, number, seen);
	return number;
}

/* --- tasks --- */

__weak __noinline int task_say(const struct ring_task_facts *facts)
{
	struct ring_task *out;
	u32 number;

	if (!facts)
		return 0;
	out = bpf_ringbuf_reserve(&ring, sizeof(*out), 0);
	if (!out)
		return 0;
	number = __sync_fetch_and_add(&tasks_said, 1) + 1;
	out->type = RING_TASK;
	out->number = number;
	out->facts = *facts;
	bpf_ringbuf_submit(out, ring_flags(0));
	return number;
}

#endif
