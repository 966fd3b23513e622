// SPDX-License-Identifier: GPL-2.0-only
/* The books of free blocks: how much a write is given where room is scarce. No image: only the counts are asked. */
#include "refimpl/env/fs_impl.h"
#include "tests/unit/test.h"

struct disk {
	struct ext2_super_block super;
	struct struct_ext2_filsys ext2;
	struct ref_fs fs;
};

/* With clusters of 1 << @bits blocks. */
static void disk_init(struct disk *d, uint32_t blocks, uint32_t left, bool extents, int bits)
{
	memset(d, 0, sizeof(*d));
	d->super.s_blocks_count = blocks;
	d->super.s_free_blocks_count = left;
	d->super.s_feature_incompat = extents ? EXT3_FEATURE_INCOMPAT_EXTENTS : 0;
	d->ext2.super = &d->super;
	d->ext2.cluster_ratio_bits = bits;
	d->fs.fs = &d->ext2;
}

/* fs/ext4/super.c, ext4_set_resv_clusters: a fiftieth, 4096 at most, of what has extents. */
TEST(a_reserve_is_kept_for_the_map)
{
	static const struct {
		uint32_t blocks, left;
		bool extents, beside;
		int bits;
		uint64_t clusters;
	} cases[] = {
		{1000, 100, true, true, 0, 80},	    {1000, 21, true, true, 0, 1},
		{1000, 20, true, true, 0, 0},	    {1000, 5, true, true, 0, 0},
		{1000, 100, true, false, 0, 100},   {1000, 100, false, true, 0, 100},
		{204800, 5000, true, true, 0, 904}, {1000000, 5000, true, true, 0, 904},
		{16000, 1600, true, true, 4, 80},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk d;

		disk_init(&d, cases[i].blocks, cases[i].left, cases[i].extents, cases[i].bits);
		CHECK_EQ(ref_fs_clusters_left(&d.fs.env, cases[i].beside), cases[i].clusters);
	}
}

/* Of 100 there are 80: what was promised to others, and the tables of this map, come first. */
TEST(what_does_not_fit_is_asked_for_by_halves)
{
	static const struct {
		uint32_t delayed;
		uint32_t tables;
		uint32_t asked, given;
	} cases[] = {
		{0, 0, 80, 80},	 {0, 0, 81, 40}, {0, 0, 400, 50}, {50, 0, 30, 30}, {50, 0, 31, 15},
		{50, 1, 30, 15}, {70, 2, 8, 8},	 {70, 3, 8, 4},	  {80, 0, 8, 0},   {90, 0, 1, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk d;

		disk_init(&d, 1000, 100, true, 0);
		d.fs.env.sb.delayed = cases[i].delayed;
		d.fs.nr_tables = cases[i].tables;
		CHECK_EQ(ref_fs_claim(&d.fs, cases[i].asked), cases[i].given);
	}
}

TEST(clusters_are_claimed_as_blocks)
{
	struct disk d;

	disk_init(&d, 16000, 1600, true, 4);
	CHECK_EQ(ref_fs_claim(&d.fs, 80 * 16), 80 * 16);
	CHECK_EQ(ref_fs_claim(&d.fs, 100 * 16), 50 * 16);
	CHECK_EQ(ref_fs_claim(&d.fs, 16 * 16), 16 * 16);
}

static ext2fs_block_bitmap map_of(struct disk *d, blk64_t at, unsigned int len)
{
	ext2fs_block_bitmap map = NULL;

	CHECK_EQ(ext2fs_allocate_block_bitmap(&d->ext2, "", &map), 0);
	ext2fs_mark_block_bitmap_range2(map, at, len);
	return map;
}

/* Of what was set aside, all becomes free but what was used, and what was used, freed, and waits for a commit. */
TEST(what_was_set_aside_is_free_unless_it_was_used)
{
	const struct ref_inode inode = {.ino = 12};

	for (int freed = 0; freed < 2; freed++) {
		struct ref_prealloc pas[] = {{.ino = 12, .pblk = 8, .len = 16}, {.ino = 13, .pblk = 40, .len = 8}};
		struct disk d;

		disk_init(&d, 1000, 100, true, 0);
		d.ext2.magic = EXT2_ET_MAGIC_EXT2FS_FILSYS;
		d.ext2.group_desc_count = 1;
		d.super.s_clusters_per_group = 8192;
		d.fs.pas = pas;
		d.fs.nr_pas = ARRAY_SIZE(pas);
		d.ext2.block_map = map_of(&d, 10, 2);
		d.fs.busy = map_of(&d, 8, 40);
		d.fs.freed = freed ? map_of(&d, 14, 3) : NULL;
		ref_fs_discard_preallocations(&d.fs, &inode);
		for (blk64_t b = 1; b < 64; b++)
			CHECK_EQ(!!ext2fs_test_block_bitmap2(d.fs.busy, b),
				 (b >= 10 && b < 12) || (freed && b >= 14 && b < 17) || (b >= 24 && b < 48));
		CHECK_EQ(d.fs.nr_pas, 1);
		ext2fs_free_block_bitmap(d.ext2.block_map);
		ext2fs_free_block_bitmap(d.fs.busy);
		if (freed)
			ext2fs_free_block_bitmap(d.fs.freed);
	}
}

TEST_MAIN()
