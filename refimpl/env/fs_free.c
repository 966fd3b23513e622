/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books of free blocks: what is in use, what is set aside, and what was freed but waits for a commit. fs->busy is
 * all of these together, and the only thing that the search looks at.
 */
#include "refimpl/env/fs_impl.h"

#include <stdlib.h>
#include <string.h>

uint64_t ref_fs_clusters_left(const struct ref_env *env, bool beside)
{
	ext2_filsys fs = ((const struct ref_fs *)env)->fs;
	struct ext2_super_block *super = fs->super;
	uint64_t reserve = EXT2FS_B2C(fs, ext2fs_blocks_count(super)) / 50;
	uint64_t left = EXT2FS_B2C(fs, ext2fs_free_blocks_count(super));

	if (reserve > 4096)
		reserve = 4096;
	if (!beside || !ext2fs_has_feature_extents(super))
		reserve = 0;
	return left > reserve ? left - reserve : 0;
}

/*
 * fs/ext4/balloc.c, ext4_claim_free_clusters as ext4_mb_new_blocks asks it (6.1 6.12 7.3): what does not fit beside the
 * reserve and what others were promised is asked for by halves. The writer is root, so that only the reserve for
 * metadata counts, not root's.
 */
uint32_t ref_fs_claim(const struct ref_fs *fs, uint32_t len)
{
	uint64_t left = ref_fs_clusters_left(&fs->env, true);

	len = EXT2FS_B2C(fs->fs, len);
	while (len && left < (uint64_t)fs->env.sb.delayed + fs->nr_tables + len)
		len >>= 1;
	return EXT2FS_C2B(fs->fs, len);
}

/* --- what is set aside --- */

void ref_fs_set_aside(struct ref_fs *fs, const struct ref_prealloc *pa)
{
	struct ref_prealloc *pas = realloc(fs->pas, (fs->nr_pas + 1) * sizeof(*pas));

	if (!pas)
		return; /* then nothing is */
	fs->pas = pas;
	pas[fs->nr_pas++] = *pa;
	ext2fs_mark_block_bitmap_range2(fs->busy, pa->pblk, pa->len);
}

/* Every run of blocks from @at to @last that @map has in use, or has not. */
static void for_each_run(ext2fs_block_bitmap map, bool in_use, blk64_t at, blk64_t last,
			 void (*run)(void *ctx, blk64_t start, blk64_t end), void *ctx)
{
	errcode_t (*begin)(ext2fs_block_bitmap, blk64_t, blk64_t, blk64_t *) =
		in_use ? ext2fs_find_first_set_block_bitmap2 : ext2fs_find_first_zero_block_bitmap2;
	errcode_t (*end)(ext2fs_block_bitmap, blk64_t, blk64_t, blk64_t *) =
		in_use ? ext2fs_find_first_zero_block_bitmap2 : ext2fs_find_first_set_block_bitmap2;
	blk64_t next;

	for (; at <= last && !begin(map, at, last, &at); at = next) {
		if (end(map, at, last, &next))
			next = last + 1;
		run(ctx, at, next);
	}
}

static void for_all_runs(ext2_filsys fs, ext2fs_block_bitmap map, void (*run)(void *ctx, blk64_t start, blk64_t end),
			 void *ctx)
{
	for_each_run(map, true, fs->super->s_first_data_block, ext2fs_blocks_count(fs->super) - 1, run, ctx);
}

static void mark_busy(void *ctx, blk64_t start, blk64_t end)
{
	ext2fs_mark_block_bitmap_range2(ctx, start, (unsigned int)(end - start));
}

static void mark_unused(void *ctx, blk64_t start, blk64_t end)
{
	ext2fs_unmark_block_bitmap_range2(ctx, start, (unsigned int)(end - start));
}

/* fs/ext4/mballoc.c, ext4_mb_release_inode_pa and ext4_mb_release_group_pa: what has not been used is free again. */
static void discard(struct ref_fs *fs, size_t i)
{
	const struct ref_prealloc pa = fs->pas[i];

	fs->pas[i] = fs->pas[--fs->nr_pas];
	for_each_run(fs->fs->block_map, false, pa.pblk, pa.pblk + pa.len - 1, mark_unused, fs->busy);
	if (fs->freed) /* until the commit */
		for_each_run(fs->freed, true, pa.pblk, pa.pblk + pa.len - 1, mark_busy, fs->busy);
}

static void discard_of(struct ref_fs *fs, uint64_t ino)
{
	for (size_t i = fs->nr_pas; i-- > 0;)
		if (fs->pas[i].ino == ino)
			discard(fs, i);
}

void ref_fs_discard_preallocations(struct ref_fs *fs, const struct ref_inode *inode)
{
	discard_of(fs, inode->ino);
}

void ref_fs_forget_places(struct ref_fs *fs)
{
	while (fs->nr_pas)
		discard(fs, fs->nr_pas - 1);
	memset(fs->stream_groups, 0, sizeof(fs->stream_groups));
	fs->stream_block = 0;
	memset(fs->known, 0, fs->fs->group_desc_count * sizeof(*fs->known));
}

/* fs/ext4/mballoc.c, ext4_mb_discard_preallocations (6.1 6.12 7.3): whole groups, until there is enough. */
static bool discard_enough(struct ref_fs *fs, uint32_t needed)
{
	uint32_t freed = 0;

	for (dgrp_t g = 0; g < fs->fs->group_desc_count && freed < needed; g++) {
		for (size_t i = fs->nr_pas; i-- > 0;) {
			if (ext2fs_group_of_blk2(fs->fs, fs->pas[i].pblk) != g)
				continue;
			freed += fs->pas[i].len;
			discard(fs, i);
		}
	}
	return freed;
}

/* The library does not tell which range it frees: its callback for ranges gets none. */
static errcode_t read_busy(struct ref_fs *fs)
{
	ext2fs_block_bitmap busy;
	errcode_t error = ext2fs_copy_bitmap(fs->fs->block_map, &busy);

	if (error)
		return error;
	if (fs->busy)
		ext2fs_free_block_bitmap(fs->busy);
	fs->busy = busy;
	for (size_t i = 0; i < fs->nr_pas; i++)
		ext2fs_mark_block_bitmap_range2(busy, fs->pas[i].pblk, fs->pas[i].len);
	if (fs->freed)
		for_all_runs(fs->fs, fs->freed, mark_busy, busy);
	return 0;
}

/* What was in use, and whether it is to wait now. */
struct freeing {
	struct ref_fs *fs;
	bool waits;
};

static void mark_freed(void *ctx, blk64_t start, blk64_t end)
{
	const struct freeing *f = ctx;

	for (blk64_t b = start; b < end; b += EXT2FS_CLUSTER_RATIO(f->fs->fs)) {
		if (ext2fs_find_first_zero_block_bitmap2(f->fs->fs->block_map, b, end - 1, &b))
			return;
		ref_fs_know_group(f->fs, ext2fs_group_of_blk2(f->fs->fs, b));
		if (!f->waits)
			continue;
		ext2fs_mark_block_bitmap2(f->fs->freed, b);
		f->fs->env.sb.free_pending = true;
	}
}

/*
 * fs/ext4/mballoc.c, ext4_mb_clear_bb (6.1 6.12 7.3): what a transaction frees is counted as free, but is not given out
 * again before that has been committed, lest a crash shows other data in it. With data=writeback, data is.
 */
static bool waits_for_commit(const struct ref_fs *fs, bool metadata)
{
	return fs->env.sb.journal && (metadata || !fs->env.sb.data_writeback);
}

errcode_t ref_fs_note_freed(struct ref_fs *fs, ext2fs_block_bitmap before, bool metadata)
{
	struct freeing f = {fs, waits_for_commit(fs, metadata)};
	errcode_t error = 0;

	if (f.waits && !fs->freed)
		error = ext2fs_allocate_block_bitmap(fs->fs, "freed", &fs->freed);
	if (!error)
		for_all_runs(fs->fs, before, mark_freed, &f);
	ext2fs_free_block_bitmap(before);
	return error ? error : read_busy(fs);
}

void ref_fs_committed(struct ref_env *env)
{
	struct ref_fs *fs = ref_fs_of(env);

	if (fs->freed)
		ext2fs_free_block_bitmap(fs->freed);
	fs->freed = NULL;
	(void)read_busy(fs); /* else what was freed stays busy */
}

/*
 * fs/ext4/mballoc.c, ext4_mb_new_blocks (6.1 6.12 7.3). The second search of a large file begins at the stream's goal,
 * which the first one has put in the place of its own; from 6.17 on there is only a group to begin in.
 */
static void aim_at_stream(const struct ref_fs *fs, struct ref_search *asked)
{
	if (!asked->stream || !asked->at_goal)
		return;
	asked->at_goal = !fs->env.sb.stream_goals;
	asked->goal = fs->stream_block;
}

/* What is set aside goes before there is nothing. */
bool ref_fs_search_or_discard(struct ref_fs *fs, const struct ref_search *asked, blk64_t *pblk, uint32_t *len)
{
	struct ref_search again = *asked;

	if (ref_fs_search(fs, asked, pblk, len))
		return true;
	aim_at_stream(fs, &again);
	again.len = again.modest ? again.modest : again.len; /* ac_g_ex is not made anew */
	return discard_enough(fs, asked->needed ? asked->needed : asked->len) && ref_fs_search(fs, &again, pblk, len);
}

/* The library's own allocations, of directories, extent and indirect blocks, keep off what is set aside. */
static errcode_t alloc_block(ext2_filsys filsys, blk64_t goal, blk64_t *ret)
{
	struct ref_fs *fs = filsys->priv_data;
	struct ref_search asked = {.len = EXT2FS_CLUSTER_RATIO(filsys)};
	uint32_t len;

	if (fs->nr_tables) {
		*ret = fs->tables[0];
		memmove(fs->tables, fs->tables + 1, --fs->nr_tables * sizeof(*fs->tables));
		return 0;
	}
	if (fs->tables_claim && !ref_fs_claim(fs, asked.len))
		return EXT2_ET_BLOCK_ALLOC_FAIL;
	goal = fs->leaf_goal ? fs->leaf_goal : goal;
	fs->leaf_goal = 0;
	if (goal >= filsys->super->s_first_data_block && goal < ext2fs_blocks_count(filsys->super))
		asked.group = ext2fs_group_of_blk2(filsys, goal);
	return ref_fs_search_or_discard(fs, &asked, ret, &len) ? 0 : EXT2_ET_BLOCK_ALLOC_FAIL;
}

static void note_block(ext2_filsys filsys, blk64_t blk, int inuse)
{
	struct ref_fs *fs = filsys->priv_data;

	if (inuse > 0) {
		ext2fs_mark_block_bitmap2(fs->busy, blk);
		ref_fs_drop_late(fs, blk);
	} else {
		ext2fs_unmark_block_bitmap2(fs->busy, blk);
	}
}

errcode_t ref_fs_alloc_init(struct ref_fs *fs)
{
	fs->known = calloc(fs->fs->group_desc_count, sizeof(*fs->known));
	if (!fs->known)
		return EXT2_ET_NO_MEMORY;
	fs->fs->priv_data = fs;
	ext2fs_set_alloc_block_callback(fs->fs, alloc_block, NULL);
	ext2fs_set_block_alloc_stats_callback(fs->fs, note_block, NULL);
	return read_busy(fs);
}

void ref_fs_alloc_release(struct ref_fs *fs)
{
	if (fs->busy)
		ext2fs_free_block_bitmap(fs->busy);
	if (fs->freed)
		ext2fs_free_block_bitmap(fs->freed);
	free(fs->pas);
	free(fs->known);
}
