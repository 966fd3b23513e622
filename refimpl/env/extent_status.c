/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The extent status cache, as far as it shows: fs/ext4/extents_status.c.
 *
 * Where it has something cached, a lookup ends with that, and what was allocated or found side by side is one there,
 * however many extents the tree has for it. Of holes a lookup caches the whole gap, a truncate cuts what is cached and
 * forgets what is behind, and a later lookup that finds the rest of the cached hole ends there. So an allocation may
 * end at an old end of the file, and begin again behind it with other flags. Cached holes and blocks are kept here, and
 * every lookup of the path goes through ref_lookup(); what is cached of a tree when it is read is in extent_tree.c.
 *
 * Of a file with indirect blocks a hole is not cached on most kernels, and of blocks only those that a lookup asked
 * for: it ends where an earlier one did, with the file's next block behind it on the disk or not.
 */
#include "refimpl/env/extent_tree.h"
#include "refimpl/env/page_cache.h"
#include "refimpl/env/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ref_ext4_es_remove_hole(struct ref_inode *inode, uint64_t start, uint64_t end)
{
	int err = ref_ranges_cut(&inode->holes, start, end);

	return err ? err : ref_ranges_cut(&inode->kept, start, end);
}

/* fs/ext4/extents_status.c, ext4_es_remove_extent (6.1 6.12 7.3). */
int ref_ext4_es_remove_extent(struct ref_inode *inode, uint64_t start, uint64_t end)
{
	int err = ref_ranges_cut(&inode->blocks, start, end);

	return err ? err : ref_ext4_es_remove_hole(inode, start, end);
}

int ref_keep_promise(struct ref_inode *inode, uint32_t lblk)
{
	int err = ref_ext4_es_remove_extent(inode, lblk, (uint64_t)lblk + 1);

	return err ? err : ref_ranges_add(&inode->kept, lblk, (uint64_t)lblk + 1);
}

bool ref_block_is_delayed(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk)
{
	const struct ref_holes *kept = &inode->kept;
	size_t i = ref_ranges_slot(kept, lblk);

	return ref_block_is_dirty(env, inode, lblk) || (i < kept->nr && kept->holes[i].start <= lblk);
}

/* The first block of [start, end) that is dirty; @end: none is. */
static uint64_t first_dirty(const struct ref_env *env, const struct ref_pages *cache, uint64_t start, uint64_t end)
{
	unsigned int n = ref_blocks_per_page(env);

	for (size_t i = ref_page_slot(cache, (int64_t)(start / n)); i < cache->nr; i++) {
		uint64_t lblk = (uint64_t)cache->pages[i].index * n;

		for (unsigned int b = 0; b < n; b++, lblk++)
			if (cache->pages[i].dirty & 1u << b && lblk >= start)
				return lblk < end ? lblk : end;
	}
	return end;
}

uint64_t ref_first_delayed(const struct ref_env *env, const struct ref_inode *inode, uint64_t start, uint64_t end)
{
	const struct ref_holes *kept = &inode->kept;
	size_t i = ref_ranges_slot(kept, start);

	if (i < kept->nr && kept->holes[i].start < end)
		end = kept->holes[i].start > start ? kept->holes[i].start : start;
	return first_dirty(env, &inode->cache, start, end);
}

/* fs/ext4/extents_status.c, ext4_es_insert_extent (6.1 6.12 7.3): neighbours are merged. */
int ref_ext4_es_insert_hole(struct ref_inode *inode, uint64_t start, uint64_t end)
{
	int err = ref_ext4_es_remove_extent(inode, start, end);

	return err ? err : ref_ranges_add(&inode->holes, start, end);
}

int ref_ext4_es_insert_blocks(struct ref_inode *inode, uint64_t start, uint64_t end)
{
	int err = ref_ext4_es_remove_extent(inode, start, end);

	return err ? err : ref_ranges_add(&inode->blocks, start, end);
}

/*
 * fs/ext4/extents.c, ext4_ext_determine_insert_hole (6.1 6.12 6.18 7.1): the gap, as far as nothing in it is delayed.
 * With a delayed block before @run it is taken from there on where it was asked for, not from behind that block.
 */
static int cache_gap(struct ref_env *env, struct ref_inode *inode, struct ref_extent *run)
{
	uint64_t lblk = run->lblk, start = run->gap_start, end = ref_first_delayed(env, inode, lblk + 1, run->gap_end);

	if (ref_first_delayed(env, inode, start, lblk) < lblk)
		start = lblk;
	if (end - lblk < run->len)
		run->len = (uint32_t)(end - lblk);
	return ref_ext4_es_insert_hole(inode, start, end);
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
	uint32_t cached = ref_ranges_part(&inode->holes, run->lblk, max);

	if (ref_block_is_delayed(env, inode, run->lblk)) {
		cut_to_delayed(env, inode, run);
		return 0;
	}
	if (!cached) {
		int err = ref_ext4_find_extent(env, inode, run->lblk, false);

		return err ? err : cache_gap(env, inode, run);
	}
	run->len = cached;
	return 0;
}

/* What is cached is one where it is one run; what is not is found as the tree has it, an extent of it. */
static int lookup_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t max, struct ref_extent *run)
{
	uint32_t cached = ref_ranges_part(&inode->blocks, run->lblk, max);
	struct ref_extent e;
	int err;

	if (!env->ops->siblings || env->told)
		return 0;
	if (cached) {
		run->len = cached < run->len ? cached : run->len;
		return 0;
	}
	err = ref_ext4_find_extent(env, inode, run->lblk, false);
	if (!err)
		err = env->ops->leaf(env, inode, run->lblk, &e);
	if (err)
		return err;
	if (e.lblk + e.len - run->lblk < run->len)
		run->len = e.lblk + e.len - run->lblk;
	return ref_ext4_es_insert_blocks(inode, run->lblk, (uint64_t)run->lblk + run->len);
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
	size_t i = ref_ranges_slot(h, start);

	if (err)
		return err;
	if (i < h->nr && h->holes[i].start == end && goes_on_at(env, inode, end)) {
		end = h->holes[i].end;
		ref_ranges_remove(h, i);
	}
	i = start ? ref_ranges_slot(h, start - 1) : h->nr;
	if (i < h->nr && h->holes[i].end == start && goes_on_at(env, inode, start)) {
		h->holes[i].end = end;
		return 0;
	}
	return ref_ranges_insert(h, ref_ranges_slot(h, start), (struct ref_hole){start, end});
}

/* What a punch has left is cached on kernels, too, where a lookup does not cache what it found. */
static int lookup_indirect_hole(struct ref_env *env, struct ref_inode *inode, uint32_t max, struct ref_extent *run)
{
	uint32_t punched = ref_ranges_part(&inode->holes, run->lblk, max);

	if (env->sb.ind_caches_holes)
		return lookup_hole(env, inode, max, run);
	if (punched)
		run->len = punched;
	return 0;
}

/* What is cached is found, also beyond the table that the tree's lookup ends with, and nothing behind it looked for. */
static int lookup_indirect(struct ref_env *env, struct ref_inode *inode, uint32_t max, struct ref_extent *run)
{
	uint32_t blocks = ref_ranges_part(&inode->blocks, run->lblk, max);

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
	if (err)
		return err;
	return run->state == REF_HOLE ? lookup_hole(env, inode, max, run) : lookup_blocks(env, inode, max, run);
}

/* --- what is there without a lookup --- */

bool ref_ext4_es_has(struct ref_env *env, struct ref_inode *inode, uint32_t start, uint32_t end)
{
	struct ref_extent run;

	for (uint32_t lblk = start; lblk < end; lblk += run.len) {
		if (env->ops->lookup(env, inode, lblk, end - lblk, &run))
			return false;
		if (run.state == REF_HOLE)
			run.len = ref_ranges_part(&inode->holes, run.lblk, run.len); /* not what is promised */
		else if (!inode->extents || env->ops->siblings)
			run.len = ref_ranges_part(&inode->blocks, run.lblk, run.len);
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
	bool nocache = env->sb.writeback_nocache && flags & REF_ALLOC_RESERVED;
	bool promised = flags & REF_ALLOC_RESERVED || (env->sb.delalloc && ref_block_is_delayed(env, inode, lblk));
	int64_t before = promised_clusters(env, inode);
	int err;

	if (promised && env->sb.promise_serves_all)
		flags |= REF_ALLOC_RESERVED;
	err = ref_ext4_find_extent(env, inode, lblk, nocache);
	if (!err)
		err = env->ops->allocate(env, inode, lblk, len, flags, run);
	if (!err && env->sb.cluster_bits)
		keep_promises(env, before - promised_clusters(env, inode));
	else if (!err && promised)
		keep_promises(env, run->len);
	if (!err && !on_its_way)
		ref_ext4_jbd2_inode_add_write(env, inode, lblk, lblk + run->len);
	if (!err && !inode->extents)
		return cache_blocks(env, inode, lblk, (uint64_t)lblk + run->len);
	if (!err && env->ops->siblings)
		err = ref_ext4_find_extent(env, inode, lblk, true); /* what was changed is BH_Verified */
	if (!err && env->ops->siblings)
		return ref_ext4_es_insert_blocks(inode, lblk, (uint64_t)lblk + run->len);
	return err ? err : ref_ext4_es_remove_extent(inode, lblk, (uint64_t)lblk + run->len);
}
