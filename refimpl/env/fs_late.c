/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the disk gets otherwise than the library would write it: blocks of files that come when the journal is emptied,
 * and inodes behind whose checksum something was put.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refimpl/env/fs_impl.h"

/* --- inodes that do not match their checksum --- */

int ref_fs_inline_unsummed(struct ref_env *env, struct ref_inode *inode)
{
	struct ref_fs *fs = ref_fs_of(env);
	errcode_t error = fs->unsummed ? 0 : ext2fs_u32_list_create(&fs->unsummed, 0);

	return ref_fs_error(error ? error : ext2fs_u32_list_add(fs->unsummed, (ext2_ino_t)inode->ino));
}

void ref_fs_summed(struct ref_fs *fs, ext2_ino_t ino)
{
	if (fs->unsummed)
		ext2fs_u32_list_del(fs->unsummed, ino);
}

void ref_fs_forget_unsummed(struct ref_fs *fs)
{
	if (fs->unsummed)
		ext2fs_u32_list_free(fs->unsummed);
	fs->unsummed = NULL;
}

static errcode_t spoil(ext2_filsys fs, ext2_ino_t ino)
{
	_Alignas(REF_PAGE) char block[EXT2_MAX_BLOCK_SIZE];
	uint32_t group = (ino - 1) / fs->super->s_inodes_per_group, size = EXT2_INODE_SIZE(fs->super);
	uint64_t at = (uint64_t)((ino - 1) % fs->super->s_inodes_per_group) * size;
	blk64_t blk = ext2fs_inode_table_loc(fs, group) + at / fs->blocksize;
	struct ext2_inode *raw = (struct ext2_inode *)(block + at % fs->blocksize);
	errcode_t error = io_channel_read_blk64(fs->io, blk, 1, block);

	if (error)
		return error;
	raw->osd2.linux2.l_i_checksum_lo ^= 1;
	return io_channel_write_blk64(fs->io, blk, 1, block);
}

errcode_t ref_fs_spoil_unsummed(struct ref_fs *fs)
{
	ext2_u32_iterate it;
	errcode_t error;
	blk_t ino;

	if (!fs->unsummed)
		return 0;
	error = ext2fs_u32_list_iterate_begin(fs->unsummed, &it);
	if (error)
		return error;
	while (!error && ext2fs_u32_list_iterate(it, &ino))
		error = spoil(fs->fs, ino);
	ext2fs_u32_list_iterate_end(it);
	ref_fs_forget_unsummed(fs);
	ext2fs_flush_icache(fs->fs);
	return error ? error : io_channel_flush(fs->fs->io);
}

/* --- blocks that come late --- */

int ref_fs_write_journalled(struct ref_env *env, struct ref_inode *inode, uint64_t addr, const uint8_t *data)
{
	struct ref_fs *fs = ref_fs_of(env);
	struct ref_late *late = realloc(fs->late, (fs->nr_late + 1) * sizeof(*late));
	uint8_t *copy = aligned_alloc(REF_PAGE, REF_PAGE); /* O_DIRECT */

	if (late)
		fs->late = late;
	if (!late || !copy) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, data, fs->fs->blocksize);
	late[fs->nr_late++] = (struct ref_late){(ext2_ino_t)inode->ino, env->sb.j.running, addr, copy};
	return 0;
}

void ref_fs_forget_late(struct ref_fs *fs)
{
	for (size_t i = 0; i < fs->nr_late; i++)
		free(fs->late[i].data);
	free(fs->late);
	fs->late = NULL;
	fs->nr_late = 0;
}

static bool is_at(const struct ref_late *late, uint64_t addr)
{
	return late->addr == addr;
}

static bool is_of(const struct ref_late *late, uint64_t ino)
{
	return !ino || late->ino == ino;
}

static void drop(struct ref_fs *fs, bool (*goes)(const struct ref_late *late, uint64_t what), uint64_t what)
{
	size_t kept = 0;

	for (size_t i = 0; i < fs->nr_late; i++) {
		if (goes(&fs->late[i], what))
			free(fs->late[i].data);
		else
			fs->late[kept++] = fs->late[i];
	}
	fs->nr_late = kept;
}

void ref_fs_drop_late(struct ref_fs *fs, blk64_t blk)
{
	drop(fs, is_at, blk * fs->fs->blocksize);
}

/* To their places, and then they are late no more. */
static int write_those(struct ref_fs *fs, bool (*match)(const struct ref_late *late, uint64_t arg), uint64_t arg)
{
	int err = 0;

	for (size_t i = 0; i < fs->nr_late && !err; i++)
		if (match(&fs->late[i], arg))
			err = ref_device_write(&fs->dev, fs->late[i].addr, fs->late[i].data, fs->fs->blocksize, false);
	drop(fs, match, arg);
	return err;
}

int ref_fs_write_late(struct ref_fs *fs, ext2_ino_t ino)
{
	return write_those(fs, is_of, ino);
}

static bool is_committed(const struct ref_late *late, uint64_t tid)
{
	return late->tid && late->tid <= tid;
}

int ref_fs_write_committed(struct ref_fs *fs, uint32_t tid)
{
	return write_those(fs, is_committed, tid);
}

int ref_fs_sync_buffers(struct ref_env *env, struct ref_inode *inode)
{
	return ref_fs_write_late(ref_fs_of(env), (ext2_ino_t)inode->ino);
}
