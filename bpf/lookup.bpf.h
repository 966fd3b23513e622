/* SPDX-License-Identifier: GPL-2.0-only */
/* The look at the mapping under the first lock: what it found, and why the shared lock did not do. */
#ifndef DIOSCOPE_LOOKUP_BPF_H
#define DIOSCOPE_LOOKUP_BPF_H

#include "bpf/fill.bpf.h"

static __always_inline void lookup_begin(struct lookup *seen, struct inode *inode)
{
	seen->inode = (u64)inode;
	seen->isize = READ(inode, i_size);
	seen->disksize = inode_disksize((u64)inode);
	seen->nosec = !!(READ(inode, i_flags) & S_NOSEC);
	seen->valid = seen->unmapped = seen->delayed = 0;
}

/* The overwrite check: lookups that allocate nothing, before the write maps anything. */
static __always_inline void lookup_add(struct lookup *seen, struct ext4_map_blocks *map, int ret)
{
	u32 flags = READ(map, m_flags);

	seen->lblk = READ(map, m_lblk);
	seen->len = READ(map, m_len);
	seen->blocks = ret > 0 ? ret : 0;
	seen->unwritten = !(flags & EXT4_MAP_MAPPED);
	seen->delayed = ret <= 0 && flags & EXT4_MAP_DELAYED;
	seen->unmapped |= ret <= 0 || seen->unwritten;
	seen->valid = 1;
}

/*
 * Until 6.8 a look-up of a delayed allocation says no more than that nothing is mapped: it is a hole for certain where
 * the inode waits for no allocation at all.
 */
static __always_inline bool may_be_delayed(u64 inode)
{
	struct ext4_inode_info *ei = (void *)inode - bpf_core_field_offset(struct ext4_inode_info, vfs_inode);

	return READ_AS(ext4_inode_info, ei, i_reserved_data_blocks);
}

static __always_inline enum lookup_kind lookup_kind(struct lookup *seen, u32 first, u32 last)
{
	bool whole = seen->lblk + seen->blocks > last;

	if (seen->delayed)
		return LOOKUP_DELALLOC;
	if (!seen->blocks)
		return LOOKUP_HOLE;
	if (seen->unwritten)
		return whole ? LOOKUP_UNWRITTEN : LOOKUP_PART_UNWRITTEN;
	return whole ? LOOKUP_WRITTEN : LOOKUP_PART_WRITTEN;
}

/* Was it the first block of this write that was looked up? */
static __always_inline bool lookup_is_of(struct lookup *seen, struct write_state *w)
{
	u32 first = w->rec.pos >> (w->rec.blkbits & 31);

	return seen->inode == w->inode && seen->valid && first - seen->lblk < seen->len;
}

static __always_inline void fill_lookup(struct write_state *w, struct lookup *seen)
{
	struct write_record *r = &w->rec;
	u32 bits = r->blkbits & 31, first = r->pos >> bits, last = (r->pos + (s64)r->len - 1) >> bits;

	if (!lookup_is_of(seen, w))
		return;
	r->lookup = lookup_kind(seen, first, last);
	if (r->lookup != LOOKUP_HOLE || !may_be_delayed(w->inode))
		r->how[FACT_LOOKUP] = HOW_OBSERVED;
}

static __always_inline bool is_unaligned(struct write_record *r)
{
	u32 mask = (1u << (r->blkbits & 31)) - 1;

	return (((u32)r->pos | (u32)r->len | r->addr_align | r->seg_align) & mask) != 0;
}

/* --- why the shared lock did not do: the conditions of ext4_dio_write_checks(), from what was seen under it --- */

/* Does the content of the range say something that the look-ups, if they were seen, have not told? */
static __always_inline bool content_is_known(struct write_record *r, struct lookup *seen, s64 end)
{
	switch (settings.upgrade_rule) {
	case UPGRADE_RULE_WRITTEN:
		return true;
	case UPGRADE_RULE_ALLOCATED:
		return seen->valid || end > seen->isize;
	default:
		return seen->valid || end > seen->isize || !is_unaligned(r);
	}
}

static __always_inline bool is_overwrite(struct write_record *r, struct lookup *seen, s64 pos, s64 end)
{
	u32 bits = r->blkbits & 31, first = pos >> bits, last = (end - 1) >> bits;

	return end <= seen->isize && seen->lblk <= first && seen->lblk + seen->blocks > last;
}

static __always_inline u8 reasons_of_content(struct write_record *r, struct lookup *seen, s64 pos, s64 end, u8 others)
{
	switch (settings.upgrade_rule) {
	case UPGRADE_RULE_WRITTEN: /* asked last: it is what is left */
		return others ? 0 : UPGRADE_NOT_OVERWRITE;
	case UPGRADE_RULE_ALLOCATED:
		if (!is_overwrite(r, seen, pos, end))
			return UPGRADE_NOT_OVERWRITE;
		return is_unaligned(r) && seen->unwritten ? UPGRADE_UNALIGNED_UNWRITTEN : 0;
	default:
		return is_unaligned(r) && (end > seen->isize || seen->unmapped) ? UPGRADE_NEEDS_ZEROING : 0;
	}
}

static __always_inline void fill_upgrade_reason(struct write_state *w, struct lookup *seen, s64 pos, s64 len)
{
	struct write_record *r = &w->rec;
	s64 end = pos + len;

	if (!seen->nosec)
		r->upgrade_reason |= UPGRADE_NOT_NOSEC;
	if (end > seen->isize || end > seen->disksize)
		r->upgrade_reason |= UPGRADE_EXTEND;
	if (!content_is_known(r, seen, end))
		return;
	r->upgrade_reason |= reasons_of_content(r, seen, pos, end, r->upgrade_reason);
	/* the conditions were seen, the kernel's test was not */
	r->how[FACT_UPGRADE_REASON] = HOW_INFERRED;
}

#endif
