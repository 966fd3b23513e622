/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping: fs/ext4/inode.c. One call maps one run of blocks of one state; what is missing is allocated, unwritten
 * where a reader could see it before the data is there.
 */
#include "refimpl/path/path.h"

#include <errno.h>

#define DIO_MAX_BLOCKS	       4096
#define EXT4_MAX_LOGICAL_BLOCK 0xFFFFFFFEu

static void set_map(struct ref_map *map, const struct ref_extent *run, unsigned int flags)
{
	map->len = run->len;
	map->pblk = run->pblk;
	map->flags = flags;
}

/* A hole: CREATE allocates written blocks, with UNWRIT unwritten ones. */
static int64_t map_hole(struct ref_write *w, struct ref_map *map, unsigned int get)
{
	struct ref_env *env = w->env;
	unsigned int flags = REF_ALLOC_UNWRITTEN | (w->rules->splits_before_io ? REF_ALLOC_PRE_IO : 0);
	bool unwritten = get & REF_GET_UNWRIT;
	struct ref_extent run;
	int err;

	if (!get)
		return 0;
	err = ref_allocate(env, w->inode, map->lblk, map->len, unwritten ? flags : 0, &run);
	if (err)
		return err;
	ref_ext4_update_inode_fsync_trans(env, w->inode, !unwritten);
	set_map(map, &run, REF_MAP_NEW | REF_MAP_MAPPED | (unwritten ? REF_MAP_UNWRITTEN : 0));
	return map->len;
}

/* Asked for unwritten once more: until 6.19 what is written gets an extent of its own before the I/O. */
static int64_t keep_unwritten(struct ref_write *w, struct ref_map *map, const struct ref_extent *run)
{
	int err = w->rules->splits_before_io ? ref_ext4_split_extent(w->env, w->inode, run->lblk, map->len) : 0;

	if (err)
		return err;
	set_map(map, run, REF_MAP_MAPPED | REF_MAP_UNWRITTEN | (w->rules->unwritten_is_new ? REF_MAP_NEW : 0));
	ref_ext4_update_inode_fsync_trans(w->env, w->inode, false);
	return map->len;
}

static int64_t make_written(struct ref_write *w, struct ref_map *map, struct ref_extent *run)
{
	int64_t n = ref_ext4_ext_convert_to_initialized(w->env, w->inode, run->lblk, run->len);

	if (n < 0)
		return n;
	run->len = (uint32_t)n;
	set_map(map, run, REF_MAP_MAPPED | REF_MAP_NEW);
	return map->len;
}

/* fs/ext4/extents.c, ext4_ext_handle_unwritten_extents (6.1 6.12 7.3): as much of the run as one extent of the tree
 * has. */
static int64_t map_unwritten(struct ref_write *w, struct ref_map *map, struct ref_extent *run, unsigned int get)
{
	struct ref_extent leaf;
	int err;

	if (!get) {
		set_map(map, run, REF_MAP_UNWRITTEN);
		return map->len;
	}
	err = ref_leaf(w->env, w->inode, run->lblk, &leaf);
	if (err)
		return err;
	if (run->len > leaf.lblk + leaf.len - run->lblk)
		run->len = leaf.lblk + leaf.len - run->lblk;
	map->len = run->len;
	return get & REF_GET_UNWRIT ? keep_unwritten(w, map, run) : make_written(w, map, run);
}

/* fs/ext4/inode.c, ext4_map_blocks over fs/ext4/extents.c and fs/ext4/indirect.c (6.1 6.12 7.3). */
static int64_t map_blocks(struct ref_write *w, struct ref_map *map, unsigned int get)
{
	struct ref_extent run;
	int err = ref_lookup(w->env, w->inode, map->lblk, map->len, &run);

	if (err)
		return err;
	map->len = run.len;
	map->flags = 0;
	switch (run.state) {
	case REF_HOLE:
		return map_hole(w, map, get);
	case REF_UNWRITTEN:
		return map_unwritten(w, map, &run, get);
	case REF_WRITTEN:
		set_map(map, &run, REF_MAP_MAPPED);
		return map->len;
	}
	return -EIO;
}

int64_t ref_ext4_map_blocks(struct ref_write *w, struct ref_map *map, unsigned int get)
{
	int64_t n = map_blocks(w, map, get);

	if (get && n > 0 && map->flags != REF_MAP_MAPPED) /* what has its blocks already returns before */
		ref_ext4_fc_track_range(w->env, w->inode, map->lblk, map->lblk + (uint32_t)n - 1);
	return n;
}

/*
 * What to ask for: blocks at or beyond EOF may be written at once, nobody can read them before i_size moves. Inside
 * they have to be unwritten, which indirect blocks cannot be: there, only a lookup.
 */
static unsigned int alloc_flags(const struct ref_write *w, const struct ref_map *map)
{
	if (((int64_t)map->lblk << w->env->sb.blkbits) >= w->inode->i_size)
		return REF_GET_CREATE;
	return w->inode->extents ? REF_GET_CREATE | REF_GET_UNWRIT : 0;
}

/* fs/ext4/inode.c, ext4_iomap_alloc (6.1 6.12 7.3). */
static int ref_ext4_iomap_alloc(struct ref_write *w, struct ref_map *map)
{
	int retries = 0;
	unsigned int get;
	int64_t ret;

	if (w->iocb.nowait && w->rules->nowait_refuses_allocation)
		return -EAGAIN;
	if (map->len > DIO_MAX_BLOCKS)
		map->len = DIO_MAX_BLOCKS;
	get = alloc_flags(w, map);
	do {
		w->rec.journal_starts++;
		ref_journal_start(w->env);
		ret = ref_ext4_map_blocks(w, map, get);
	} while (ret == -ENOSPC && ref_ext4_should_retry_alloc(w->env, &retries));
	if (!ret && !get)
		return -ENOTBLK;
	return ret < 0 ? (int)ret : 0;
}

/* fs/ext4/inode.c, ext4_set_iomap (6.1 6.12 7.3). */
static void ref_ext4_set_iomap(const struct ref_write *w, struct ref_iomap *iomap, const struct ref_map *map,
			       int64_t offset, uint64_t length)
{
	uint8_t bits = w->env->sb.blkbits;

	*iomap = (struct ref_iomap){
		.offset = (int64_t)map->lblk << bits,
		.length = (uint64_t)map->len << bits,
		.addr = map->pblk << bits,
	};
	if (ref_ext4_inode_datasync_dirty(w->env, w->inode) || offset + (int64_t)length > w->inode->i_size)
		iomap->flags |= MAP_F_DIRTY;
	if (map->flags & REF_MAP_NEW)
		iomap->flags |= MAP_F_NEW;
	if (map->flags & REF_MAP_MAPPED && !w->inode->extents)
		iomap->flags |= MAP_F_MERGED;
	if (map->flags & REF_MAP_UNWRITTEN) {
		iomap->type = MAP_UNWRITTEN;
	} else if (map->flags & REF_MAP_MAPPED) {
		iomap->type = MAP_MAPPED;
	} else {
		iomap->type = MAP_HOLE;
		iomap->addr = ADDR_NONE;
	}
}

/* Do the blocks exist already, so that no transaction is needed? */
static int64_t lookup_first(struct ref_write *w, struct ref_map *map)
{
	unsigned int good = REF_MAP_MAPPED | (w->rules->lookup_takes_unwritten ? REF_MAP_UNWRITTEN : 0);
	uint32_t asked = map->len;
	int64_t ret = ref_ext4_map_blocks(w, map, 0);

	if (ret > 0 && map->flags & good)
		return ret;
	if (!w->rules->lookup_cuts_request)
		map->len = asked;
	return ret < 0 ? ret : 0;
}

/* fs/ext4/inode.c, ext4_iomap_begin and, for OPS_OVERWRITE, ext4_iomap_overwrite_begin (6.1 6.12 6.18 7.3). */
int ref_ext4_iomap_begin(struct ref_write *w, enum iomap_ops_kind ops, int64_t offset, uint64_t length,
			 struct ref_iomap *iomap)
{
	struct ref_map map = {.lblk = ref_blk(w->env, offset), .len = ref_max_blocks(w->env, offset, length)};
	int64_t ret = 0;

	if (offset >> w->env->sb.blkbits > EXT4_MAX_LOGICAL_BLOCK)
		return -EINVAL;
	if (ops == OPS_OVERWRITE || offset + (int64_t)length <= w->inode->i_size)
		ret = ops == OPS_OVERWRITE ? ref_ext4_map_blocks(w, &map, 0) : lookup_first(w, &map);
	if (!ret && ops != OPS_OVERWRITE)
		ret = ref_ext4_iomap_alloc(w, &map);
	if (ret < 0)
		return (int)ret;
	ref_ext4_set_iomap(w, iomap, &map, offset, length);
	return 0;
}
