/* SPDX-License-Identifier: GPL-2.0-only */
/* Data in the inode over libext2fs: mkfs -O inline_data. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refimpl/env/fs_impl.h"

#define MIN_INLINE  REF_INLINE_MIN
#define EXTRA_ISIZE 32 /* of an inode that is new */

/* fs/ext4/inline.c, ext4_get_max_inline_size (6.1 6.12 6.18 7.3), of an inode that has no other attributes. */
uint32_t ref_fs_inline_max(const struct ext2_super_block *super)
{
	int left = EXT2_INODE_SIZE(super) - EXT2_GOOD_OLD_INODE_SIZE - EXTRA_ISIZE;

	/* beside the attributes' magic, the entry of this one, and the end of all */
	left -= 4 + 20 + 4;
	return ext2fs_has_feature_inline_data((struct ext2_super_block *)super) && left > 0
		       ? MIN_INLINE + (uint32_t)left
		       : 0;
}

int ref_fs_inline_size(struct ref_fs *fs, uint64_t ino, uint32_t *size)
{
	size_t got;
	int err = ref_fs_error(ext2fs_inline_data_size(fs->fs, (ext2_ino_t)ino, &got));

	*size = err ? 0 : (uint32_t)got;
	return err;
}

int ref_fs_inline_lookup(uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	*run = (struct ref_extent){.lblk = lblk, .len = max, .state = REF_HOLE, .gap_end = REF_GAP_END};
	return 0;
}

int ref_fs_inline_get(struct ref_env *env, struct ref_inode *inode, uint8_t *data)
{
	size_t size;

	return ref_fs_error(ext2fs_inline_data_get(ref_fs_of(env)->fs, (ext2_ino_t)inode->ino, NULL, data, &size));
}

static int begin(struct ref_fs *fs, uint64_t ino)
{
	struct ext2_inode raw;
	int err = ref_fs_read_inode(fs, ino, &raw);

	if (err || raw.i_flags & EXT4_INLINE_DATA_FL)
		return err;
	raw.i_flags = (raw.i_flags & ~(uint32_t)EXT4_EXTENTS_FL) | EXT4_INLINE_DATA_FL;
	memset(raw.i_block, 0, sizeof(raw.i_block));
	return ref_fs_put_inode(fs, ino, &raw);
}

int ref_fs_inline_set(struct ref_env *env, struct ref_inode *inode, uint8_t *data, uint32_t len)
{
	struct ref_fs *fs = ref_fs_of(env);
	ext2_ino_t ino = (ext2_ino_t)inode->ino;
	int err = begin(fs, inode->ino);

	/* the attribute is there, empty; the library makes it longer, not shorter */
	if (!err)
		err = ref_fs_error(ext2fs_inline_data_init(fs->fs, ino));
	if (!err)
		err = ref_fs_error(ext2fs_inline_data_set(fs->fs, ino, NULL, data, len));
	ref_fs_summed(fs, ino);
	return err;
}

static errcode_t remove_attribute(struct ref_fs *fs, ext2_ino_t ino)
{
	struct ext2_xattr_handle *handle;
	errcode_t error = ext2fs_xattrs_open(fs->fs, ino, &handle), closed;

	if (error)
		return error;
	error = ext2fs_xattrs_read(handle);
	if (!error)
		error = ext2fs_xattr_remove(handle, "system.data");
	closed = ext2fs_xattrs_close(&handle);
	return error ? error : closed;
}

int ref_fs_inline_end(struct ref_env *env, struct ref_inode *inode)
{
	struct ref_fs *fs = ref_fs_of(env);
	ext2_ino_t ino = (ext2_ino_t)inode->ino;
	struct ext2_inode raw;
	ext2_extent_handle_t handle;
	int err = ref_fs_error(remove_attribute(fs, ino));

	if (!err)
		err = ref_fs_read_inode(fs, ino, &raw);
	if (err)
		return err;
	raw.i_flags &= ~(uint32_t)EXT4_INLINE_DATA_FL;
	memset(raw.i_block, 0, sizeof(raw.i_block));
	err = ref_fs_put_inode(fs, ino, &raw);
	if (err || !env->sb.extents)
		return err;
	/* opening it writes an empty tree and sets the flag */
	err = ref_fs_error(ext2fs_extent_open2(fs->fs, ino, &raw, &handle));
	if (err)
		return err;
	ext2fs_extent_free(handle);
	return ref_fs_put_inode(fs, ino, &raw);
}
