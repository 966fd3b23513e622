/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the library takes from a superblock as the sizes of its buffers. It believes most of it: a bitmap of a group is
 * as long as s_clusters_per_group says, its place is counted from s_first_data_block. mke2fs and the kernel know but
 * one geometry for a block size, so whatever is another one is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "refimpl/env/fs_impl.h"

#define SUPER_AT 1024

_Static_assert(sizeof(struct ext2_super_block) == 1024, "the superblock is read as it is on the disk");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "which is little endian");

/* A superblock, and what follows from it. */
struct geometry {
	const struct ext2_super_block *super;
	uint64_t device_bytes;
	uint64_t blocks;
	uint64_t groups;
	uint32_t block_size;
	uint32_t cluster_bits; /* of the blocks of a cluster */
};

static bool block_size_is_one(const struct geometry *g)
{
	return g->super->s_log_block_size <= EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE;
}

static bool first_block_is_first(const struct geometry *g)
{
	return g->super->s_first_data_block == (g->block_size == 1024 && !g->super->s_log_cluster_size);
}

static bool fits_a_bitmap(const struct geometry *g, uint32_t nr)
{
	return nr && nr % 8 == 0 && nr <= 8 * g->block_size;
}

/* Without bigalloc clusters are blocks. */
static bool cluster_size_is_one(const struct geometry *g)
{
	uint32_t block = g->super->s_log_block_size, cluster = g->super->s_log_cluster_size;

	if (!(g->super->s_feature_ro_compat & EXT4_FEATURE_RO_COMPAT_BIGALLOC))
		return cluster == block;
	return cluster >= block && cluster <= EXT2_MAX_CLUSTER_LOG_SIZE - EXT2_MIN_CLUSTER_LOG_SIZE;
}

static bool clusters_fit_a_group(const struct geometry *g)
{
	return fits_a_bitmap(g, g->super->s_clusters_per_group);
}

static bool blocks_are_those_of_clusters(const struct geometry *g)
{
	return g->super->s_blocks_per_group == (uint64_t)g->super->s_clusters_per_group << g->cluster_bits;
}

static bool inodes_fit_a_group(const struct geometry *g)
{
	return fits_a_bitmap(g, g->super->s_inodes_per_group);
}

static bool inode_size_is_one(const struct geometry *g)
{
	uint32_t size = g->super->s_rev_level == EXT2_GOOD_OLD_REV ? EXT2_GOOD_OLD_INODE_SIZE : g->super->s_inode_size;

	return size >= EXT2_GOOD_OLD_INODE_SIZE && size <= g->block_size && !(size & (size - 1));
}

static bool first_inode_is_one(const struct geometry *g)
{
	return g->super->s_rev_level == EXT2_GOOD_OLD_REV ||
	       (g->super->s_first_ino >= EXT2_GOOD_OLD_FIRST_INO && g->super->s_first_ino <= g->super->s_inodes_count);
}

static bool inodes_are_those_of_groups(const struct geometry *g)
{
	return g->super->s_inodes_count == g->groups * g->super->s_inodes_per_group;
}

static bool descriptors_have_a_size(const struct geometry *g)
{
	uint32_t size = g->super->s_desc_size;

	if (!(g->super->s_feature_incompat & EXT4_FEATURE_INCOMPAT_64BIT))
		return true;
	return size >= EXT2_MIN_DESC_SIZE_64BIT && size <= EXT2_MAX_DESC_SIZE && !(size & (size - 1));
}

static bool reserved_blocks_have_room(const struct geometry *g)
{
	return g->super->s_reserved_gdt_blocks <= g->block_size / 4;
}

static bool device_has_room(const struct geometry *g)
{
	return g->blocks > g->super->s_first_data_block && g->blocks <= g->device_bytes / g->block_size;
}

/* In this order: a later row relies on those before it. */
static const struct {
	bool (*holds)(const struct geometry *g);
	const char *what;
} rules[] = {
	{block_size_is_one, "s_log_block_size"},
	{cluster_size_is_one, "s_log_cluster_size"},
	{first_block_is_first, "s_first_data_block"},
	{clusters_fit_a_group, "s_clusters_per_group"},
	{blocks_are_those_of_clusters, "s_blocks_per_group"},
	{inodes_fit_a_group, "s_inodes_per_group"},
	{inode_size_is_one, "s_inode_size"},
	{descriptors_have_a_size, "s_desc_size"},
	{reserved_blocks_have_room, "s_reserved_gdt_blocks"},
	{device_has_room, "s_blocks_count, of more than the device has"},
	{inodes_are_those_of_groups, "s_inodes_count"},
	{first_inode_is_one, "s_first_ino"},
};

static void measure(struct geometry *g)
{
	const struct ext2_super_block *s = g->super;

	g->block_size = block_size_is_one(g) ? EXT2_MIN_BLOCK_SIZE << s->s_log_block_size : 0;
	g->cluster_bits = cluster_size_is_one(g) ? s->s_log_cluster_size - s->s_log_block_size : 0;
	g->blocks = s->s_blocks_count;
	if (s->s_feature_incompat & EXT4_FEATURE_INCOMPAT_64BIT)
		g->blocks |= (uint64_t)s->s_blocks_count_hi << 32;
	if (s->s_blocks_per_group && g->blocks > s->s_first_data_block)
		g->groups = (g->blocks - s->s_first_data_block - 1) / s->s_blocks_per_group + 1;
}

static int read_file_super(const char *path, struct ext2_super_block *super, uint64_t *bytes, struct errmsg *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	if (end < 0)
		return fail(err, -errno, "cannot open %s: %s", path, strerror(errno));
	*bytes = (uint64_t)end;
	if (pread(fd, super, sizeof(*super), SUPER_AT) != sizeof(*super))
		super->s_magic = 0;
	return 0;
}

static int read_super(const struct ref_target *target, struct ext2_super_block *super, uint64_t *bytes,
		      struct errmsg *err)
{
	if (!target->memory)
		return read_file_super(target->path, super, bytes, err);
	*bytes = target->memory->size;
	if (ref_memory_read(target->memory, SUPER_AT, super, sizeof(*super)))
		super->s_magic = 0;
	return 0;
}

int ref_fs_check_geometry(const struct ref_target *target, struct errmsg *err)
{
	struct ext2_super_block super;
	struct geometry g = {.super = &super};
	const char *path = target->path;
	int ret = read_super(target, &super, &g.device_bytes, err);

	if (ret)
		return ret;
	if (super.s_magic != EXT2_SUPER_MAGIC)
		return fail(err, -EINVAL, "%s is not an ext4 file system", path);
	measure(&g);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (!rules[i].holds(&g))
			return fail(err, -EINVAL, "%s: its superblock has a wrong %s: let e2fsck mend it first", path,
				    rules[i].what);
	return 0;
}
