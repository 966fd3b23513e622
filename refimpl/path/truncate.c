/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cutting a file to i_size, and the zeroes that this and other changes of its size leave in a block: fs/ext4/inode.c.
 * Set-up operations and failed extensions come here.
 */
#include "refimpl/path/env.h"

/* fs/ext4/inode.c, ext4_block_truncate_page (6.1 6.12 7.3): the rest of @size's block reads as zeroes from now on. */
int ref_ext4_block_truncate_page(struct ref_env *env, struct ref_inode *inode, int64_t size)
{
	uint32_t offset = size & (ref_bs(env) - 1);

	return offset ? ref_ext4_block_zero_range(env, inode, size, ref_bs(env) - offset) : 0;
}

/* fs/ext4/inode.c, ext4_zero_partial_blocks (6.1 6.12 7.3). */
int ref_ext4_zero_partial_blocks(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end)
{
	int64_t mask = ref_bs(env) - 1, head_end = (pos + mask) & ~mask, tail = end & ~mask;
	int err = 0;

	if (pos & mask)
		err = ref_ext4_block_zero_range(env, inode, pos, (uint32_t)((end < head_end ? end : head_end) - pos));
	if (!err && end & mask && tail >= head_end)
		err = ref_ext4_block_zero_range(env, inode, tail, (uint32_t)(end - tail));
	return err;
}

/* The block of EOF is read for its zeroes, and no other of its page: what is behind is not there to be seen again. */
static int zero_at_eof(struct ref_env *env, struct ref_inode *inode)
{
	int64_t mask = ref_bs(env) - 1;
	int err = ref_ext4_block_truncate_page(env, inode, inode->i_size);

	ref_truncate_pagecache_range(env, inode, (inode->i_size + mask) & ~mask, INT64_MAX);
	return err;
}

/*
 * fs/ext4/inode.c, ext4_truncate; fs/ext4/extents.c, ext4_ext_truncate; fs/ext4/indirect.c (6.1 6.12 7.3). An fdatasync
 * needs only a size that moves (ext4_do_update_inode), not that blocks were freed.
 */
int ref_ext4_truncate(struct ref_env *env, struct ref_inode *inode)
{
	uint32_t first = (uint32_t)((inode->i_size + ref_bs(env) - 1) >> env->sb.blkbits);
	int err = zero_at_eof(env, inode);

	inode->da_alloc_close |= !inode->i_size && env->sb.auto_da_alloc;
	if (inode->inline_size)
		return ref_ext4_inline_data_truncate(env, inode);
	if (!err)
		err = ref_ext4_ext_remove_space(env, inode, first, UINT32_MAX);
	if (!err)
		err = env->ops->free_blocks(env, inode, first, UINT32_MAX);
	if (!err)
		err = ref_ext4_es_remove_extent(inode, first, UINT64_MAX);
	if (err)
		return err;
	ref_ext4_update_inode_fsync_trans(env, inode, inode->i_disksize != inode->i_size);
	inode->i_disksize = inode->i_size;
	err = env->ops->set_disksize(env, inode);
	ref_ext4_handle_sync(env, inode);
	return err;
}
