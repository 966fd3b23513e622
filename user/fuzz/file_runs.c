// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/file_runs.h"

#include <stdlib.h>

#include "user/base/array.h"

static errcode_t add_run(struct file_runs *r, struct file_run run)
{
	struct file_run *runs = array_grow(r->runs, r->nr, sizeof(*runs));

	if (!runs)
		return EXT2_ET_NO_MEMORY;
	r->runs = runs;
	runs[r->nr++] = run;
	return 0;
}

/* --- extents --- */

static errcode_t take_extent(struct file_runs *r, const struct ext2fs_extent *e)
{
	if (e->e_flags & EXT2_EXTENT_FLAGS_SECOND_VISIT)
		return 0;
	if (!(e->e_flags & EXT2_EXTENT_FLAGS_LEAF))
		return add_run(r, (struct file_run){.pblk = e->e_pblk, .len = 1, .of_map = true});
	return add_run(r, (struct file_run){.lblk = e->e_lblk,
					    .pblk = e->e_pblk,
					    .len = e->e_len,
					    .written = !(e->e_flags & EXT2_EXTENT_FLAGS_UNINIT)});
}

static errcode_t walk_extents(struct file_runs *r, ext2_extent_handle_t handle)
{
	struct ext2fs_extent e;
	errcode_t error = ext2fs_extent_get(handle, EXT2_EXTENT_ROOT, &e);

	while (!error) {
		error = take_extent(r, &e);
		if (!error)
			error = ext2fs_extent_get(handle, EXT2_EXTENT_NEXT, &e);
	}
	return error == EXT2_ET_EXTENT_NO_NEXT ? 0 : error;
}

static errcode_t read_extents(struct file_runs *r, ext2_filsys fs, ext2_ino_t ino, struct ext2_inode *inode)
{
	ext2_extent_handle_t handle;
	errcode_t error = ext2fs_extent_open2(fs, ino, inode, &handle);

	if (error)
		return error;
	error = walk_extents(r, handle);
	ext2fs_extent_free(handle);
	return error;
}

/* --- indirect blocks --- */

struct walk {
	struct file_runs *runs;
	errcode_t error;
};

static bool goes_on(const struct file_runs *r, uint64_t lblk, uint64_t pblk)
{
	const struct file_run *last = r->nr ? &r->runs[r->nr - 1] : NULL;

	return last && !last->of_map && last->lblk + last->len == lblk && last->pblk + last->len == pblk;
}

static int take_block(ext2_filsys fs, blk64_t *blk, e2_blkcnt_t lblk, blk64_t table, int slot, void *ctx)
{
	struct walk *w = ctx;

	(void)fs, (void)table, (void)slot;
	if (lblk >= 0 && goes_on(w->runs, (uint64_t)lblk, *blk)) {
		w->runs->runs[w->runs->nr - 1].len++;
		return 0;
	}
	w->error = add_run(w->runs, (struct file_run){.lblk = lblk < 0 ? 0 : (uint64_t)lblk,
						      .pblk = *blk,
						      .len = 1,
						      .written = lblk >= 0,
						      .of_map = lblk < 0});
	return w->error ? BLOCK_ABORT : 0;
}

static errcode_t read_tables(struct file_runs *r, ext2_filsys fs, ext2_ino_t ino)
{
	struct walk w = {r, 0};
	errcode_t error = ext2fs_block_iterate3(fs, ino, BLOCK_FLAG_READ_ONLY, NULL, take_block, &w);

	return error ? error : w.error;
}

/* --- either --- */

errcode_t file_runs_read(struct file_runs *runs, ext2_filsys fs, ext2_ino_t ino, struct ext2_inode *inode)
{
	*runs = (struct file_runs){0};
	if (inode->i_flags & EXT4_INLINE_DATA_FL)
		return 0;
	return inode->i_flags & EXT4_EXTENTS_FL ? read_extents(runs, fs, ino, inode) : read_tables(runs, fs, ino);
}

void file_runs_release(struct file_runs *runs)
{
	free(runs->runs);
	*runs = (struct file_runs){0};
}
