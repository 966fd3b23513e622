/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The extent status cache, as far as it shows: fs/ext4/extents_status.c.
 *
 * For blocks the cache and the tree say the same, once neighbours are merged. For holes they do not: a lookup caches
 * the whole gap, a truncate cuts what is cached and forgets what is behind, and a later lookup that finds the rest of
 * the cached hole ends there. So an allocation may end at an old end of the file, and begin again behind it with
 * other flags. Cached holes are kept here, and every lookup of the path goes through ref_lookup().
 *
 * Of a file with indirect blocks it is the other way round: on most kernels a hole is not cached, and of blocks only
 * those that a lookup asked for, where a tree's extents are cached with the first of them. After a mount a lookup ends
 * where an earlier one did, with the file's next block behind it on the disk or not. So there are ranges of blocks,
 * too.
 */
#include "refimpl/env/page_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first cached hole that ends behind @lblk. */
static size_t hole_slot(const struct ref_holes *h, uint64_t lblk)
{
	size_t i = 0;

	while (i < h->nr && h->holes[i].end <= lblk)
		i++;
	return i;
}

/* How many blocks from @lblk on are cached, at most @max: 0 where it is not. */
static uint32_t cached_part(const struct ref_holes *h, uint32_t lblk, uint32_t max)
{
	size_t i = hole_slot(h, lblk);
	uint64_t left;

	if (i == h->nr || h->holes[i].start > lblk)
		return 0;
	left = h->holes[i].end - lblk;
	return left < max ? (uint32_t)left : max;
}

static int insert_at(struct ref_holes *h, size_t at, struct ref_hole hole)
{
	struct ref_hole *holes = realloc(h->holes, (h->nr + 1) * sizeof(*holes));

	if (!holes)
		return -ENOMEM;
	h->holes = holes;
	memmove(&holes[at + 1], &holes[at], (h->nr++ - at) * sizeof(*holes));
	holes[at] = hole;
	return 0;
}

static void remove_at(struct ref_holes *h, size_t at)
{
	memmove(&h->holes[at], &h->holes[at + 1], (--h->nr - at) * sizeof(*h->holes));
}

static int cut_out(struct ref_holes *h, uint64_t start, uint64_t end)
{
	size_t i = hole_slot(h, start);

	while (i < h->nr && h->holes[i].start < end) {
		struct ref_hole *hole = &h->holes[i], rest = {end, hole->end};

		if (hole->start < start && hole->end > end) {
			hole->end = start;
			return insert_at(h, i + 1, rest);
		}
		if (hole->start >= start && hole->end <= end) {
			remove_at(h, i);
			continue;
		}
		if (hole->start < start)
			hole->end = start;
		else
			hole->start = end;
		i++;
	}
	return 0;
}

/* fs/ext4/extents_status.c, ext4_es_remove_extent (6.1 6.12 7.3). */
int ref_ext4_es_remove_extent(struct ref_inode *inode, uint64_t start, uint64_t end)
{
	int err = cut_out(&inode->holes, start, end);

	if (!err)
		err = cut_out(&inode->blocks, start, end);
	return err ? err : cut_out(&inode->kept, start, end);
}

int ref_keep_promise(struct ref_inode *inode, uint32_t lblk)
{
	int err = ref_ext4_es_remove_extent(inode, lblk, (uint64_t)lblk + 1);

	return err ? err
		   : insert_at(&inode->kept, hole_slot(&inode->kept, lblk),
			       (struct ref_hole){lblk, (uint64_t)lblk + 1});
}

bool ref_block_is_delayed(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk)
{
	const struct ref_holes *kept = &inode->kept;
	size_t i = hole_slot(kept, lblk);

	return ref_block_is_dirty(env, inode, lblk) || (i < kept->nr && kept->holes[i].start <= lblk);
}

/* fs/ext4/extents_status.c, ext4_es_insert_extent of a hole (6.1 6.12 7.3): neighbours are merged. */
int ref_ext4_es_insert_hole(struct ref_inode *inode, uint64_t start, uint64_t end)
{
	struct ref_holes *h = &inode->holes;
	int err = ref_ext4_es_remove_extent(inode, start, end);
	size_t i = hole_slot(h, start);

	if (err || start >= end)
		return err;
	if (i < h->nr && h->holes[i].start == end) {
		end = h->holes[i].end;
		remove_at(h, i);
	}
	if (i && h->holes[i - 1].end == start) {
		h->holes[i - 1].end = end;
		return 0;
	}
	return insert_at(h, i, (struct ref_hole){start, end});
}

struct gap {
	uint32_t lblk; /* asked for, in it */
	uint64_t start;
	uint64_t end;
};

/* One that lies before: what was found is taken from where it was asked for, not from behind the delayed block. */
static void cut_gap(struct gap *gap, uint64_t delayed)
{
	if (delayed < gap->lblk && delayed >= gap->start)
		gap->start = gap->lblk;
	if (delayed > gap->lblk && delayed < gap->end)
		gap->end = delayed;
}

static void cut_gap_to_dirty(const struct ref_env *env, const struct ref_pages *cache, struct gap *gap)
{
	unsigned int n = ref_blocks_per_page(env);

	for (size_t i = 0; i < cache->nr; i++)
		for (unsigned int b = 0; b < n; b++)
			if (cache->pages[i].dirty & 1u << b)
				cut_gap(gap, (uint64_t)cache->pages[i].index * n + b);
}

/* fs/ext4/extents.c, ext4_ext_determine_insert_hole (6.1 6.12 6.18 7.1): the gap, as far as nothing in it is delayed.
 */
static int cache_gap(struct ref_env *env, struct ref_inode *inode, struct ref_extent *run)
{
	struct gap gap = {run->lblk, run->gap_start, run->gap_end};

	cut_gap_to_dirty(env, &inode->cache, &gap);
	for (size_t i = 0; i < inode->kept.nr; i++) {
		cut_gap(&gap, inode->kept.holes[i].start);
		cut_gap(&gap, inode->kept.holes[i].end - 1);
	}
	if (gap.end - run->lblk < run->len)
		run->len = (uint32_t)(gap.end - run->lblk);
	return ref_ext4_es_insert_hole(inode, gap.start, gap.end);
}

/* A delayed extent is one of its own. */
static void cut_to_delayed(const struct ref_env *env, const struct ref_inode *inode, struct ref_extent *run)
{
	uint32_t len = 1;

	while (len < run->len && ref_block_is_delayed(env, inode, run->lblk + len))
		len++;
	run->len = len;
}

/* What is cached is found: of indirect blocks, whose tables say "one block" behind an earlier one, more than those. */
static int lookup_hole(struct ref_env *env, struct ref_inode *inode, uint32_t max, struct ref_extent *run)
{
	uint32_t cached = cached_part(&inode->holes, run->lblk, max);

	if (ref_block_is_delayed(env, inode, run->lblk)) {
		cut_to_delayed(env, inode, run);
		return 0;
	}
	if (!cached)
		return cache_gap(env, inode, run);
	run->len = cached;
	return 0;
}

/* --- indirect blocks --- */

static bool goes_on_at(struct ref_env *env, struct ref_inode *inode, uint64_t lblk)
{
	struct ref_extent before, behind;

	return !env->ops->lookup(env, inode, (uint32_t)lblk - 1, 1, &before) &&
	       !env->ops->lookup(env, inode, (uint32_t)lblk, 1, &behind) && before.state == REF_WRITTEN &&
	       behind.state == REF_WRITTEN && before.pblk + 1 == behind.pblk;
}

/* fs/ext4/extents_status.c, ext4_es_try_to_merge_left and ext4_es_try_to_merge_right (6.1 6.12 7.3). */
static int cache_blocks(struct ref_env *env, struct ref_inode *inode, uint64_t start, uint64_t end)
{
	struct ref_holes *h = &inode->blocks;
	int err = ref_ext4_es_remove_extent(inode, start, end);
	size_t i = hole_slot(h, start);

	if (err)
		return err;
	if (i < h->nr && h->holes[i].start == end && goes_on_at(env, inode, end)) {
		end = h->holes[i].end;
		remove_at(h, i);
	}
	i = start ? hole_slot(h, start - 1) : h->nr;
	if (i < h->nr && h->holes[i].end == start && goes_on_at(env, inode, start)) {
		h->holes[i].end = end;
		return 0;
	}
	return insert_at(h, hole_slot(h, start), (struct ref_hole){start, end});
}

/* What a punch has left is cached on kernels, too, where a lookup does not cache what it found. */
static int lookup_indirect_hole(struct ref_env *env, struct ref_inode *inode, uint32_t max, struct ref_extent *run)
{
	uint32_t cached = cached_part(&inode->holes, run->lblk, max);

	if (env->sb.ind_caches_holes)
		return lookup_hole(env, inode, max, run);
	if (cached)
		run->len = cached;
	return 0;
}

/* What is cached is found, also beyond the table that the tree's lookup ends with, and nothing behind it looked for. */
static int lookup_indirect(struct ref_env *env, struct ref_inode *inode, uint32_t max, struct ref_extent *run)
{
	uint32_t blocks = cached_part(&inode->blocks, run->lblk, max);

	if (env->told)
		return 0;
	if (run->state != REF_WRITTEN)
		return lookup_indirect_hole(env, inode, max, run);
	if (!blocks)
		return cache_blocks(env, inode, run->lblk, (uint64_t)run->lblk + run->len);
	run->len = blocks;
	return 0;
}

int ref_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	int err = env->ops->lookup(env, inode, lblk, max, run);

	if (!err && !inode->extents)
		return lookup_indirect(env, inode, max, run);
	return err || run->state != REF_HOLE ? err : lookup_hole(env, inode, max, run);
}

/* --- what is there without a lookup --- */

bool ref_ext4_es_has(struct ref_env *env, struct ref_inode *inode, uint32_t start, uint32_t end)
{
	struct ref_extent run;

	for (uint32_t lblk = start; lblk < end; lblk += run.len) {
		if (env->ops->lookup(env, inode, lblk, end - lblk, &run))
			return false;
		if (run.state == REF_HOLE)
			run.len = cached_part(&inode->holes, run.lblk, run.len); /* what is promised is none of them */
		else if (!inode->extents)
			run.len = cached_part(&inode->blocks, run.lblk, run.len);
		if (!run.len)
			return false;
	}
	return true;
}

/* Of a file with bigalloc, where one block's promise may be kept by the allocation of another. */
static int64_t promised_clusters(struct ref_env *env, struct ref_inode *inode)
{
	return env->sb.delalloc && env->sb.cluster_bits ? ref_delayed_clusters(env, inode) : 0;
}

static void keep_promises(struct ref_env *env, int64_t nr)
{
	env->sb.delayed -= nr < env->sb.delayed ? (uint32_t)nr : env->sb.delayed;
}

/*
 * What is allocated is no hole any more. fs/ext4/inode.c, ext4_map_create_blocks (6.12 7.3): what was promised a place
 * is given that, whoever asks. And of fs/ext4/extents_status.c, ext4_es_insert_extent (6.12 7.3), and of extents.c,
 * ext4_ext_map_blocks (6.1): what was promised, and is there now, is promised no more.
 */
int ref_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
		 struct ref_extent *run)
{
	bool on_its_way = flags & (REF_ALLOC_UNWRITTEN | REF_ALLOC_RESERVED); /* by writeback, which was promised it */
	bool promised = flags & REF_ALLOC_RESERVED || (env->sb.delalloc && ref_block_is_delayed(env, inode, lblk));
	int64_t before = promised_clusters(env, inode);
	int err;

	if (promised && env->sb.promise_serves_all)
		flags |= REF_ALLOC_RESERVED;
	err = env->ops->allocate(env, inode, lblk, len, flags, run);
	if (!err && env->sb.cluster_bits)
		keep_promises(env, before - promised_clusters(env, inode));
	else if (!err && promised)
		keep_promises(env, run->len);
	if (!err && !on_its_way)
		ref_ext4_jbd2_inode_add_write(env, inode, lblk, lblk + run->len);
	if (!err && !inode->extents)
		return cache_blocks(env, inode, lblk, (uint64_t)lblk + run->len);
	return err ? err : ref_ext4_es_remove_extent(inode, lblk, (uint64_t)lblk + run->len);
}
