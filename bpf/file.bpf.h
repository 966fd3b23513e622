/* SPDX-License-Identifier: GPL-2.0-only */
/* FILE records: the whole name of a file and that of its directory, read once a file and not once a write. */
#ifndef DIOSCOPE_FILE_BPF_H
#define DIOSCOPE_FILE_BPF_H

#include "bpf/state.bpf.h"

struct file_key {
	u64 ino;
	u32 dev;
	u32 generation;
};

/* Which have been declared, and by what name: one that is renamed is declared again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct file_key);
	__type(value, struct name_seen);
} declared __weak SEC(".maps");

/* Addresses are compared, not computed with: to the verifier they are pointers. */
static __always_inline bool same_name(const struct name_seen *a, const struct name_seen *b)
{
	return a->dentry == b->dentry && !((a->hash ^ b->hash) | (a->first[0] ^ b->first[0]) |
					   (a->first[1] ^ b->first[1]) | (a->renamed ^ b->renamed));
}

static __always_inline void read_name(char *to, struct dentry *dentry)
{
	to[0] = '\0';
	bpf_probe_read_kernel_str(to, NAME_LEN, BPF_CORE_READ(dentry, d_name.name));
}

/* The ring is full: it is declared with its next write that finds room. */
static __always_inline bool file_emit(const struct file_key *key, struct dentry *dentry)
{
	struct file_record *out = bpf_ringbuf_reserve(&ring, sizeof(*out), 0);

	if (!out)
		return false;
	/* the ring's memory is what was there before, and user space sees all of it */
	__builtin_memset(out, 0, sizeof(*out));
	out->head = (struct record_head){.type = RECORD_FILE, .len = sizeof(*out)};
	out->ino = key->ino;
	out->dev = key->dev;
	out->generation = key->generation;
	read_name(out->name, dentry);
	read_name(out->parent, BPF_CORE_READ(dentry, d_parent));
	bpf_ringbuf_submit(out, ring_flags());
	return true;
}

static __noinline int file_declare(u32 dev, u64 ino, u32 generation, const struct name_seen *seen)
{
	struct file_key key = {.ino = ino, .dev = dev, .generation = generation};
	struct name_seen *known = bpf_map_lookup_elem(&declared, &key);

	if (known && same_name(known, seen))
		return 0;
	if (file_emit(&key, (struct dentry *)seen->dentry))
		bpf_map_update_elem(&declared, &key, seen, BPF_ANY);
	return 0;
}

#endif
