/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files whose data are in the inode: fs/ext4/inline.c. Such a file is no file for direct I/O. It stops being one
 * when a buffered write does not fit, but with delayed allocation only once that is written back; and when its blocks
 * are changed in another way.
 */
#include "refimpl/path/env.h"

#include <errno.h>
#include <string.h>

/* fs/ext4/inline.c, ext4_create_inline_data and ext4_update_inline_data (6.1 6.12 6.18): there is room for @len. */
static uint32_t room_for(const struct ref_inode *inode, int64_t len)
{
	uint32_t room = len > REF_INLINE_MIN ? (uint32_t)len : REF_INLINE_MIN;

	return room > inode->inline_size ? room : inode->inline_size;
}

static int size_is(struct ref_env *env, struct ref_inode *inode, int64_t size)
{
	bool grew = size != inode->i_disksize;

	inode->i_size = inode->i_disksize = size;
	ref_ext4_update_inode_fsync_trans(env, inode, grew);
	return env->ops->set_disksize(env, inode);
}

static int put_inline(struct ref_env *env, struct ref_inode *inode, uint8_t *page, uint32_t room)
{
	int err = env->ops->inline_set(env, inode, page, room);

	if (err)
		return err;
	inode->inline_size = room;
	inode->extents = false;
	return 0;
}

static int wrote_inline(struct ref_env *env, struct ref_inode *inode, int64_t end)
{
	inode->datasync_dirty = true; /* mark_inode_dirty() */
	return size_is(env, inode, end > inode->i_size ? end : inode->i_size);
}

/*
 * fs/ext4/inline.c, ext4_write_inline_data_end (6.1 6.12 6.18): through the cache, where the page stays clean. Where
 * the copy faults (@data is NULL) the inode has the room for it all the same.
 */
static int write_inline(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end, const uint8_t *data)
{
	uint8_t *page = ref_page_cache_first(env, inode);
	int err;

	if (!page)
		return -ENOMEM;
	if (data)
		memcpy(page + pos, data, (size_t)(end - pos));
	err = put_inline(env, inode, page, room_for(inode, end));
	if (!err && data)
		err = wrote_inline(env, inode, end);
	return err ? err : 1;
}

/*
 * fs/ext4/inline.c, ext4_convert_inline_data_to_extent and ext4_da_convert_inline_data_to_extent (6.1 6.12 6.18): the
 * data are dirty in the cache. With delayed allocation they stay in the inode, too, until they are written back.
 */
static int convert_for_write(struct ref_env *env, struct ref_inode *inode, bool delayed)
{
	uint32_t size = inode->inline_size;
	uint8_t data[REF_PAGE], *page = ref_page_cache_first(env, inode);
	int err = page ? 0 : -ENOMEM;

	if (!err)
		memcpy(data, page, sizeof(data));
	if (!err && !delayed)
		err = ref_ext4_destroy_inline_data(env, inode);
	if (!err)
		err = ref_block_write_begin(env, inode, 0, size, delayed);
	return err ? err : ref_page_cache_write(env, inode, 0, data, size);
}

int ref_ext4_write_inline_data(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end,
			       const uint8_t *data, bool delayed)
{
	int retries = 0, err;

	if (end <= env->sb.inline_max)
		return write_inline(env, inode, pos, end, data);
	if (!inode->inline_size) { /* which is looked at with its first page held */
		inode->may_inline = false;
		return delayed ? ref_page_cache_prepare(env, inode, 0, 1) : 0;
	}
	do
		err = convert_for_write(env, inode, delayed);
	while (err == -ENOSPC && ref_ext4_should_retry_alloc(env, &retries));
	inode->may_inline &= err != 0;
	return err;
}

/* fs/ext4/inline.c, ext4_destroy_inline_data (6.1 6.12 6.18). */
int ref_ext4_destroy_inline_data(struct ref_env *env, struct ref_inode *inode)
{
	int err = env->ops->inline_end(env, inode);

	inode->inline_size = 0;
	inode->may_inline = false;
	inode->extents = env->sb.extents;
	ref_ext4_update_inode_fsync_trans(env, inode, false);
	return err;
}

/*
 * fs/ext4/inline.c, ext4_convert_inline_data_nolock (6.1 6.12 6.18): one block, whatever the inode held, and as if it
 * were metadata. So it is written after the commit, over what a direct write has put there meanwhile: seen live
 * on 6.18, where that write's data are lost, fsync or not. Without a journal an fsync of the file does it. And who
 * reads the block through the file's page cache before, once its page was dropped, finds what the disk had there.
 */
static int move_to_block(struct ref_env *env, struct ref_inode *inode, const uint8_t *data)
{
	struct ref_extent run;
	int err = ref_allocate(env, inode, 0, 1, 0, &run);

	if (err)
		return err;
	inode->datasync_dirty = true;
	inode->private_data |= !env->sb.journal;
	ref_ext4_update_inode_fsync_trans(env, inode, true);
	return env->ops->write_journalled(env, inode, run.pblk << env->sb.blkbits, data);
}

/*
 * fs/ext4/inline.c, ext4_convert_inline_data (6.1 6.12 6.18): what waits for writeback is written, the rest is moved,
 * and put back where there is no block for it: ext4_restore_inline_data() copies it when the inode has its checksum
 * already.
 */
int ref_ext4_convert_inline_data(struct ref_env *env, struct ref_inode *inode)
{
	uint32_t size = inode->inline_size;
	uint8_t data[REF_PAGE] = {0};
	int err = 0, restored;

	if (size && !inode->may_inline)
		err = ref_filemap_write_and_wait_range(env, inode, 0, INT64_MAX);
	inode->may_inline = false;
	if (err || !inode->inline_size)
		return err;
	err = env->ops->inline_get(env, inode, data);
	if (!err)
		err = ref_ext4_destroy_inline_data(env, inode);
	if (err)
		return err;
	err = move_to_block(env, inode, data);
	if (!err)
		return 0;
	restored = put_inline(env, inode, data, size);
	if (!restored)
		restored = env->ops->inline_unsummed(env, inode);
	inode->may_inline = true;
	return restored ? restored : err;
}

/* fs/ext4/inline.c, ext4_inline_data_truncate (6.1 6.12 6.18): what is cut off becomes zeroes, and the room shrinks. */
int ref_ext4_inline_data_truncate(struct ref_env *env, struct ref_inode *inode)
{
	uint8_t data[REF_PAGE] = {0};
	int64_t size = inode->i_size;
	uint32_t room = size > REF_INLINE_MIN ? (uint32_t)size : REF_INLINE_MIN;
	int err = 0;

	if (size < inode->inline_size) {
		err = env->ops->inline_get(env, inode, data);
		memset(data + size, 0, sizeof(data) - (size_t)size);
	}
	if (!err && size < inode->inline_size)
		err = put_inline(env, inode, data, room);
	if (!err)
		err = size_is(env, inode, size);
	ref_ext4_handle_sync(env, inode);
	return err;
}
