/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the bitmaps of blocks and inodes are held and written. The library's own way, ext2fs_write_bitmaps(), pads the
 * last one bit by bit, which on a small file system is more work than all that a workload does.
 */
#include "refimpl/env/fs_impl.h"

#include <stdlib.h>
#include <string.h>

#define PLAIN_BLOCKS_MAX (1u << 20)

/* Where they are small, plain bits are copied and searched faster than a tree of runs. */
static void choose_kind(ext2_filsys fs)
{
	if (ext2fs_blocks_count(fs->super) <= PLAIN_BLOCKS_MAX)
		fs->default_bitmap_type = EXT2FS_BMAP64_BITARRAY;
}

/* The two kinds of bitmaps, as far as writing them is different. */
struct kind {
	uint16_t uninit; /* EXT2_BG_x: there is none on the disk */
	blk64_t (*place)(ext2_filsys fs, dgrp_t group);
	errcode_t (*get)(ext2fs_generic_bitmap map, uint64_t first, uint32_t nr, void *bits);
	errcode_t (*sign)(ext2_filsys fs, dgrp_t group, char *bits, int bytes);
};

static errcode_t get_blocks(ext2fs_generic_bitmap map, uint64_t first, uint32_t nr, void *bits)
{
	return ext2fs_get_block_bitmap_range2((ext2fs_block_bitmap)map, first, nr, bits);
}

static errcode_t get_inodes(ext2fs_generic_bitmap map, uint64_t first, uint32_t nr, void *bits)
{
	return ext2fs_get_inode_bitmap_range2((ext2fs_inode_bitmap)map, first, nr, bits);
}

static const struct kind blocks = {EXT2_BG_BLOCK_UNINIT, ext2fs_block_bitmap_loc, get_blocks,
				   ext2fs_block_bitmap_csum_set};
static const struct kind inodes = {EXT2_BG_INODE_UNINIT, ext2fs_inode_bitmap_loc, get_inodes,
				   ext2fs_inode_bitmap_csum_set};

/* What is no block or inode of the group is in use. */
static void pad(uint8_t *bits, uint32_t nr, uint32_t bytes)
{
	if (nr / 8 >= bytes)
		return;
	bits[nr / 8] |= (uint8_t)(0xff << nr % 8);
	memset(bits + nr / 8 + 1, 0xff, bytes - nr / 8 - 1);
}

/* Of one group, which has @nr of them from @first on; there is room for @most in one. */
static errcode_t write_one(ext2_filsys fs, const struct kind *k, ext2fs_generic_bitmap map, dgrp_t group,
			   uint64_t first, uint32_t nr, uint32_t most)
{
	_cleanup_free_ uint8_t *bits = NULL;
	errcode_t error;

	if (ext2fs_has_group_desc_csum(fs) && ext2fs_bg_flags_test(fs, group, k->uninit))
		return 0;
	bits = aligned_alloc(fs->blocksize, fs->blocksize);
	if (!bits)
		return EXT2_ET_NO_MEMORY;
	error = k->get(map, first, most, bits);
	pad(bits, nr, fs->blocksize);
	if (!error)
		error = k->sign(fs, group, (char *)bits, (int)(most / 8));
	ext2fs_group_desc_csum_set(fs, group);
	return error ? error : io_channel_write_blk64(fs->io, k->place(fs, group), 1, bits);
}

static errcode_t write_group(ext2_filsys fs, dgrp_t group)
{
	uint32_t per_group = fs->super->s_inodes_per_group;
	errcode_t error = 0;

	if (ext2fs_test_bb_dirty(fs))
		error = write_one(fs, &blocks, (ext2fs_generic_bitmap)fs->block_map, group,
				  EXT2FS_B2C(fs, ext2fs_group_first_block2(fs, group)),
				  EXT2FS_NUM_B2C(fs, (uint32_t)ext2fs_group_blocks_count(fs, group)),
				  fs->super->s_clusters_per_group);
	if (!error && ext2fs_test_ib_dirty(fs))
		error = write_one(fs, &inodes, (ext2fs_generic_bitmap)fs->inode_map, group,
				  1 + (uint64_t)group * per_group, per_group, per_group);
	return error;
}

errcode_t ref_fs_write_bitmaps(ext2_filsys fs)
{
	errcode_t error = 0;

	if (!ext2fs_test_bb_dirty(fs) && !ext2fs_test_ib_dirty(fs))
		return 0;
	for (dgrp_t group = 0; group < fs->group_desc_count && !error; group++)
		error = write_group(fs, group);
	if (!error)
		fs->flags = (fs->flags | EXT2_FLAG_DIRTY) & ~(EXT2_FLAG_BB_DIRTY | EXT2_FLAG_IB_DIRTY);
	return error;
}

errcode_t ref_fs_read_bitmaps(struct ref_fs *fs)
{
	choose_kind(fs->fs);
	return ext2fs_read_bitmaps(fs->fs);
}
