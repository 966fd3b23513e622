/* SPDX-License-Identifier: GPL-2.0-only */
/* Between fs.c (opening, names, inodes) and fs_blocks.c (the block map, allocation). */
#ifndef DIOSCOPE_REF_FS_IMPL_H
#define DIOSCOPE_REF_FS_IMPL_H

#include <ext2fs/ext2fs.h>

#include "refimpl/device.h"
#include "refimpl/fs.h"

/* Blocks [next, end) are kept for small files; marked in the bitmap in memory, never on disk. */
struct ref_locality {
	blk64_t next;
	blk64_t end;
};

struct ref_fs {
	struct ref_env env; /* first: ref_fs_of() */
	ext2_filsys fs;
	struct ref_device dev;
	struct ref_locality small;
};

static inline struct ref_fs *ref_fs_of(struct ref_env *env)
{
	return (struct ref_fs *)env;
}

/* libext2fs' error as -errno. */
int ref_fs_error(errcode_t error);
int ref_fs_read_inode(struct ref_fs *fs, uint64_t ino, struct ext2_inode *raw);
int ref_fs_put_inode(struct ref_fs *fs, uint64_t ino, struct ext2_inode *raw);

/* fs_blocks.c */
int ref_fs_map_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max,
		      struct ref_extent *run);
int ref_fs_map_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, bool unwritten,
			struct ref_extent *run);
int ref_fs_map_convert(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len);
int ref_fs_map_free(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last);
/* Take the kept blocks out of the bitmap before it is written, and put them back. */
void ref_fs_show_kept(struct ref_fs *fs);
void ref_fs_hide_kept(struct ref_fs *fs);

#endif
