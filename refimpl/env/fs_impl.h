/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between fs.c (opening, names, inodes), fs_geometry.c (may it be opened), fs_bitmaps.c (how the books are kept),
 * fs_map.c (the block map), fs_indirect.c (that of files without extents), fs_alloc.c (where blocks come from),
 * fs_search.c (looking for them), fs_free.c (which are free), fs_quota.c (whose they are), fs_inline.c (files without
 * any) and fs_late.c (what the disk gets late, or wrong).
 */
#ifndef DIOSCOPE_REF_FS_IMPL_H
#define DIOSCOPE_REF_FS_IMPL_H

#include <ext2fs/ext2fs.h>

#include "refimpl/env/device.h"
#include "refimpl/env/fs.h"

/*
 * Blocks set aside, as by mballoc: for a file, [lblk, lblk + len) of it go to pblk on; with ino 0 for small files,
 * which take them from the front.
 */
struct ref_prealloc {
	uint64_t ino;
	uint64_t lblk;
	blk64_t pblk;
	uint32_t len;
};

/* A block that will be written later, by whoever writes what is in the journal, or dirty, to its place. */
struct ref_late {
	ext2_ino_t ino;
	uint32_t tid; /* of the transaction that it is part of */
	uint64_t addr;
	uint8_t *data;
};

#define REF_STREAM_GOALS_MAX 64

struct ref_fs {
	struct ref_env env; /* first: ref_fs_of() */
	ext2_filsys fs;
	struct ref_device dev;
	ext2fs_block_bitmap busy;  /* blocks in use and blocks set aside */
	ext2fs_block_bitmap freed; /* blocks that are free, but not for use before a commit; NULL: none */
	blk64_t leaf_goal;	   /* near which the first leaf of a map goes that grows out of its inode; 0: none does */
	bool tables_claim;	   /* a block of a map may not be taken from the reserve now */
	struct ref_late *late;	   /* in the order in which they come */
	size_t nr_late;
	ext2_u32_list unsummed; /* inodes whose checksum is to be wrong on the disk; NULL: none */
	blk64_t tables[3]; /* the indirect blocks that the next insertion is to take, the upper ones first */
	uint32_t nr_tables;
	struct ref_prealloc *pas;
	size_t nr_pas;
	uint64_t stream_groups[REF_STREAM_GOALS_MAX]; /* s_mb_last_groups: where large files were given blocks last */
	blk64_t stream_block;			      /* s_mb_last_start: that place itself */
	bool *known;				      /* groups whose bitmaps have been read since the mount */
};

static inline struct ref_fs *ref_fs_of(struct ref_env *env)
{
	return (struct ref_fs *)env;
}

/* libext2fs' error as -errno. */
int ref_fs_error(errcode_t error);
int ref_fs_read_inode(struct ref_fs *fs, uint64_t ino, struct ext2_inode *raw);
int ref_fs_put_inode(struct ref_fs *fs, uint64_t ino, struct ext2_inode *raw);

/* --- fs_geometry.c --- */

/* Before the library reads it: are the sizes that it will believe such that there can be? */
int ref_fs_check_geometry(const struct ref_target *target, struct errmsg *err);

/* --- fs_bitmaps.c --- */

errcode_t ref_fs_read_bitmaps(struct ref_fs *fs);
/* What of them has changed: ext2fs_flush() has nothing to do for them then. */
errcode_t ref_fs_write_bitmaps(ext2_filsys fs);

/* --- fs_map.c --- */

/* A file's block map, open. */
struct ref_ext_map {
	struct ref_fs *fs;
	uint64_t ino;
	struct ext2_inode raw;
	uint32_t blocks;	     /* raw.i_blocks when it was opened */
	ext2_extent_handle_t handle; /* NULL for a file of indirect blocks */
};

static inline uint64_t ref_ext_end(const struct ext2fs_extent *e)
{
	return e->e_lblk + e->e_len;
}

int ref_ext_map_open(struct ref_ext_map *m, struct ref_env *env, const struct ref_inode *inode);
void ref_ext_map_release(struct ref_ext_map *m);
/* Blocks before @end have changed. */
void ref_ext_map_dirtied(const struct ref_ext_map *m, struct ref_inode *inode, uint64_t end);
/* Stand at the first extent that ends behind @lblk: 1, 0 when there is none, or -errno. */
int ref_ext_seek(struct ref_ext_map *m, uint64_t lblk, struct ext2fs_extent *e);
/* @run takes the place of a hole; @alone: and is joined to no neighbour. */
errcode_t ref_ext_map_insert(struct ref_ext_map *m, const struct ref_extent *run, bool alone);

int ref_fs_map_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max,
		      struct ref_extent *run);
int ref_fs_map_leaf(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_extent *extent);
int ref_fs_map_siblings(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_leaf *leaf);
int ref_fs_map_split(struct ref_env *env, struct ref_inode *inode, uint32_t lblk);
int ref_fs_map_convert(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len);
int ref_fs_map_free(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last);

/* --- fs_indirect.c --- */

int ref_ind_lookup(struct ref_ext_map *m, uint32_t lblk, uint32_t max, struct ref_extent *run);
errcode_t ref_ind_insert(struct ref_ext_map *m, const struct ref_extent *run);
/* @last: ~0 for all behind @first. @dirtied: a table that stays was changed. */
errcode_t ref_ind_punch(struct ref_ext_map *m, uint64_t first, uint64_t last, bool *dirtied);
/* Of a hole in a file of indirect blocks: near which block it is filled (0: none), how many tables are missing on the
 * way, and how many blocks there are to the end of the last of them. */
int ref_ind_branch(const struct ref_ext_map *m, uint32_t lblk, blk64_t *goal, uint32_t *missing, uint32_t *room);

/* --- fs_search.c --- */

/* What the allocator looks for in fs->busy. */
struct ref_search {
	uint32_t len;
	uint32_t needed; /* before it was made more: 0: all of it */
	uint32_t modest; /* ac_orig_goal_len: asked for instead where nothing so long is expected; 0: as @len */
	uint64_t group;	 /* the one to begin in */
	blk64_t goal;	 /* with at_goal: where it is taken, if all of it is free there */
	bool at_goal;	 /* EXT4_MB_HINT_TRY_GOAL */
	bool data;	 /* EXT4_MB_HINT_DATA */
	bool stream;	 /* EXT4_MB_STREAM_ALLOC: begin where the last of these was found, not in @group */
	uint64_t ino;
};

/* The group's bitmap is read. */
void ref_fs_know_group(struct ref_fs *fs, uint64_t nr);
/* The group in which a new file's blocks are looked for. */
uint64_t ref_fs_group_of_file(const struct ref_fs *fs, uint64_t ino);
/* asked->len blocks, or fewer if nowhere so many are together; false: there are none. */
bool ref_fs_search(struct ref_fs *fs, const struct ref_search *asked, blk64_t *pblk, uint32_t *len);

/* --- fs_alloc.c --- */

int ref_fs_map_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
			struct ref_extent *run);

/* --- fs_free.c --- */

uint64_t ref_fs_clusters_left(const struct ref_env *env, bool beside);
/* As many of @len blocks as may be promised to a writer now, beside the tables that it has chosen already. */
uint32_t ref_fs_claim(const struct ref_fs *fs, uint32_t len);
void ref_fs_set_aside(struct ref_fs *fs, const struct ref_prealloc *pa);
/* What was set aside, read and remembered goes with the mount. */
void ref_fs_forget_places(struct ref_fs *fs);
/* As ref_fs_search(): as much as is needed of what is set aside goes before there is nothing. */
bool ref_fs_search_or_discard(struct ref_fs *fs, const struct ref_search *asked, blk64_t *pblk, uint32_t *len);
/* fs->busy afresh from the bitmap, after blocks were freed that @before, which it takes, has in use. */
errcode_t ref_fs_note_freed(struct ref_fs *fs, ext2fs_block_bitmap before, bool metadata);
void ref_fs_committed(struct ref_env *env);
/* All allocations of the library are made known to fs->busy from here on. */
errcode_t ref_fs_alloc_init(struct ref_fs *fs);
void ref_fs_alloc_release(struct ref_fs *fs);

/* --- fs_inline.c --- */

/* How many bytes of a new file its inode can hold; 0: none. */
uint32_t ref_fs_inline_max(const struct ext2_super_block *super);
int ref_fs_inline_size(struct ref_fs *fs, uint64_t ino, uint32_t *size);
/* There are no blocks: 0. */
int ref_fs_inline_lookup(uint32_t lblk, uint32_t max, struct ref_extent *run);
int ref_fs_inline_get(struct ref_env *env, struct ref_inode *inode, uint8_t *data);
int ref_fs_inline_set(struct ref_env *env, struct ref_inode *inode, uint8_t *data, uint32_t len);
int ref_fs_inline_end(struct ref_env *env, struct ref_inode *inode);

/* --- fs_late.c --- */

int ref_fs_inline_unsummed(struct ref_env *env, struct ref_inode *inode);
/* @ino is written, and its checksum right again. */
void ref_fs_summed(struct ref_fs *fs, ext2_ino_t ino);
/* On the disk, behind the back of the library, which would mend them; they are forgotten then. */
errcode_t ref_fs_spoil_unsummed(struct ref_fs *fs);
void ref_fs_forget_unsummed(struct ref_fs *fs);
int ref_fs_write_journalled(struct ref_env *env, struct ref_inode *inode, uint64_t addr, const uint8_t *data);
int ref_fs_sync_buffers(struct ref_env *env, struct ref_inode *inode);
/* All that is late, or that of one inode (0: all), and no more is then. */
int ref_fs_write_late(struct ref_fs *fs, ext2_ino_t ino);
void ref_fs_forget_late(struct ref_fs *fs);
/* Block @blk is metadata from now on: what comes late is what it holds then. */
void ref_fs_drop_late(struct ref_fs *fs, blk64_t blk);

/* --- fs_quota.c --- */

/* mkfs -O quota: who owns how much. */
errcode_t ref_fs_keep_quota(struct ref_fs *fs);

#endif
