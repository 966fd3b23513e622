/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations that give a file blocks, take them away, or move its end: fallocate, punch and truncate. */
#include "refimpl/ops_impl.h"

#include <errno.h>

/* fs/attr.c, inode_newsize_ok (6.1 6.12 7.3). */
static int ref_inode_newsize_ok(const struct ref_env *env, const struct ref_inode *inode, int64_t size)
{
	int64_t max = inode->extents ? env->sb.maxbytes : env->sb.bitmap_maxbytes;

	if (size <= inode->i_size)
		return 0;
	return size > max || (env->sb.limit >= 0 && size > env->sb.limit) ? -EFBIG : 0;
}

static void file_modified(struct ref_mount *m, struct ref_inode *inode, const struct workload_op *op)
{
	struct ref_write w;

	ref_carry(&w, m, inode, op, NULL);
	(void)ref_file_modified(&w);
}

#define EXT_UNWRITTEN_MAX_LEN 32767

/*
 * fs/ext4/extents.c, ext4_alloc_file_blocks (6.1 6.12 7.3): @done counts those that are there in the end. What is too
 * much for one extent is looked for in chunks.
 */
static int ref_ext4_alloc_file_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len,
				      uint32_t *done)
{
	const unsigned int flags = REF_ALLOC_UNWRITTEN | (len > EXT_UNWRITTEN_MAX_LEN ? 0 : REF_ALLOC_NO_NORMALIZE);
	struct ref_extent run;
	int retries = 0;

	for (uint32_t end = lblk + len; lblk < end; lblk += run.len) {
		uint32_t most = end - lblk < EXT_UNWRITTEN_MAX_LEN ? end - lblk : EXT_UNWRITTEN_MAX_LEN;
		int err = ref_lookup(env, inode, lblk, most, &run);
		bool was_written = run.state == REF_WRITTEN;

		if (!err && run.state == REF_HOLE)
			err = ref_allocate(env, inode, lblk, run.len, flags, &run);
		if (err == -ENOSPC && ref_ext4_should_retry_alloc(env, &retries)) {
			run.len = 0;
			continue;
		}
		retries = 0;
		if (err)
			return err;
		ref_ext4_update_inode_fsync_trans(env, inode, true);
		if (!was_written) /* ext4_map_blocks() has returned before */
			ref_ext4_fc_track_range(env, inode, run.lblk, run.lblk + run.len - 1);
		*done += run.len;
	}
	return 0;
}

/* fs/ext4/inode.c, ext4_do_update_inode (6.1 6.12 7.3): an fdatasync is to commit a size that the disk had not. */
static int set_size(struct ref_env *env, struct ref_inode *inode, int64_t size)
{
	bool moves = size != inode->i_disksize;

	inode->i_size = inode->i_disksize = size;
	ref_ext4_update_inode_fsync_trans(env, inode, moves);
	return env->ops->set_disksize(env, inode);
}

/* Both sizes reach @end, if they are not there; the rest of what was the block of EOF becomes zeroes. */
static int grow_to(struct ref_mount *m, struct ref_inode *inode, int64_t end)
{
	int64_t size = inode->i_size;
	int err = 0;

	if (end <= size)
		return ref_push_disksize(m->env, inode, end);
	err = set_size(m->env, inode, end);
	if (err || !m->rules->extension_zeroes_eof)
		return err;
	/* with ext4_block_zero_eof() (7.2) it is that block alone, and no page is made of the last one */
	return m->rules->zeroes_eof_first ? ref_ext4_block_truncate_page(m->env, inode, size)
					  : ref_ext4_zero_partial_blocks(m->env, inode, size, end);
}

/* fs/open.c, vfs_fallocate (6.1 6.12 7.2): before ext4 is asked, and whatever maps the file. */
static int open_range(struct ref_mount *m, const struct workload_op *op, struct ref_inode **inode)
{
	int err = ref_open_rdwr(m, op, inode);

	return !err && op->pos + op->len > m->env->sb.maxbytes ? -EFBIG : err;
}

/* fs/ext4/extents.c, ext4_fallocate (6.1 6.12 7.3): what was allocated before there was no more counts. */
int ref_op_fallocate(struct ref_mount *m, const struct workload_op *op)
{
	int64_t end = op->pos + op->len;
	uint32_t first = ref_blk(m->env, op->pos), done = 0;
	struct ref_inode *inode;
	int err = open_range(m, op, &inode), grown = 0;

	if (err)
		return err;
	err = ref_ext4_convert_inline_data(m->env, inode);
	if (err)
		return err;
	if (m->rules->fallocate_modifies_first)
		file_modified(m, inode, op);
	if (!inode->extents)
		return -EOPNOTSUPP;
	err = op->keep ? 0 : ref_inode_newsize_ok(m->env, inode, end);
	if (err)
		return err;
	if (!m->rules->fallocate_modifies_first)
		file_modified(m, inode, op);
	err = ref_ext4_alloc_file_blocks(m->env, inode, first, ref_max_blocks(m->env, op->pos, (uint64_t)op->len),
					 &done);
	if (!op->keep && done) {
		int64_t reached = (int64_t)(first + done) << m->env->sb.blkbits;

		grown = grow_to(m, inode, reached < end ? reached : end);
	}
	if (!err && m->rules->fallocate_obeys_sync && (inode->sync || m->env->sb.synchronous))
		ref_ext4_fc_commit(m->env, inode->sync_tid);
	return err ? err : grown;
}

/* Where a hole that goes beyond EOF ends. */
static int64_t punch_end(const struct ref_mount *m, const struct ref_inode *inode, int64_t end)
{
	int64_t unit = m->rules->punch_ends_with_block ? ref_bs(m->env) : REF_PAGE;
	int64_t units = inode->i_size / unit + 1;

	if (m->rules->fallocate_modifies_first)
		units = (inode->i_size + unit - 1) / unit;
	if (end == inode->i_size)
		return m->rules->punch_ends_with_block ? units * unit : end;
	return end > inode->i_size ? units * unit : end;
}

/*
 * Where a hole has to end at the latest: of indirect blocks one block before the last. Until 6.14 (6.12.42) that was so
 * of extents, too.
 */
static int64_t punch_limit(const struct ref_mount *m, const struct ref_inode *inode)
{
	if (inode->extents && !m->rules->punch_writes_back)
		return m->env->sb.maxbytes;
	return m->env->sb.bitmap_maxbytes - ref_bs(m->env);
}

/* A hole on its way: bytes [pos, end), whole blocks [first, last). */
struct punch {
	struct ref_mount *m;
	struct ref_inode *inode;
	int64_t pos;
	int64_t end;
	int64_t first;
	int64_t last;
	bool journalled; /* data are in the journal */
};

/*
 * fs/ext4/inode.c, ext4_update_disksize_before_punch (6.1 6.12 6.16 6.18): what is cut out of the cache cannot push
 * i_disksize any more.
 */
static int ref_ext4_update_disksize_before_punch(const struct punch *p)
{
	if (!p->m->rules->punch_pushes_disksize && p->end < p->inode->i_size)
		return 0;
	return ref_push_disksize(p->m->env, p->inode, p->end);
}

/* fs/ext4/inode.c, ext4_truncate_page_cache_block_range (6.12 7.3), and by hand in ext4_punch_hole (6.1). */
static int drop_cached(const struct punch *p)
{
	const struct ref_env *env = p->m->env;
	bool all = !p->m->rules->punch_writes_back;
	int err = 0;

	if (p->journalled)
		err = ref_filemap_write_and_wait_range(p->m->env, p->inode, p->pos, (uint64_t)(p->end - p->pos));
	/* by hand only where a whole block goes */
	if (!err && (all || p->first < p->last))
		err = ref_ext4_update_disksize_before_punch(p);
	if (!err && all)
		ref_truncate_pagecache_range(env, p->inode, p->pos, p->end);
	return err;
}

static bool left_zeroes(const struct punch *p)
{
	const struct ref_env *env = p->m->env;
	int64_t mask = ref_bs(env) - 1;

	return (p->pos & mask && ref_block_is_dirty(env, p->inode, ref_blk(env, p->pos))) ||
	       (p->end & mask && ref_block_is_dirty(env, p->inode, ref_blk(env, p->end - 1)));
}

static int zero_edges(const struct punch *p)
{
	struct ref_env *env = p->m->env;
	int err = ref_ext4_zero_partial_blocks(env, p->inode, p->pos, p->end);

	if (err || !p->m->rules->fallocate_obeys_sync || !(p->inode->sync || env->sb.synchronous) || !left_zeroes(p))
		return err;
	return ref_filemap_write_and_wait_range(env, p->inode, p->pos, (uint64_t)(p->end - p->pos));
}

static int free_whole(const struct punch *p)
{
	struct ref_env *env = p->m->env;
	uint32_t first = ref_blk(env, p->first), last = ref_blk(env, p->last);
	int err;

	if (first >= last)
		return 0;
	ref_truncate_pagecache_range(env, p->inode, p->first, p->last);
	err = ref_ext4_ext_remove_space(env, p->inode, first, last - 1);
	if (err)
		return err;
	err = env->ops->free_blocks(env, p->inode, first, last - 1);
	if (err)
		return err;
	return p->m->rules->punch_caches_hole ? ref_ext4_es_insert_hole(p->inode, first, last)
					      : ref_ext4_es_remove_extent(p->inode, first, last);
}

/* fs/ext4/inode.c, ext4_punch_hole (6.1 6.12 6.18 7.3). */
static int ref_ext4_punch_hole(const struct punch *p)
{
	int err = drop_cached(p);

	if (!err)
		err = zero_edges(p);
	if (!err)
		err = free_whole(p);
	if (err)
		return err;
	ref_ext4_update_inode_fsync_trans(p->m->env, p->inode, true);
	ref_ext4_fc_track_range(p->m->env, p->inode, ref_blk(p->m->env, p->first), ref_blk(p->m->env, p->last));
	ref_ext4_handle_sync(p->m->env, p->inode);
	return 0;
}

int ref_op_punch(struct ref_mount *m, const struct workload_op *op)
{
	int64_t mask = ref_bs(m->env) - 1;
	struct punch p = {.m = m, .pos = op->pos};
	struct ref_write w;
	int err = open_range(m, op, &p.inode);
	bool beyond;

	if (!err)
		err = ref_ext4_convert_inline_data(m->env, p.inode);
	if (err)
		return err;
	ref_carry(&w, m, p.inode, op, NULL);
	beyond = op->pos >= p.inode->i_size || (!m->rules->punch_writes_back && op->pos >= punch_limit(m, p.inode));
	if (m->rules->punch_writes_back) { /* before it is known to be beyond EOF, whose page may be in the range */
		err = ref_filemap_write_and_wait_range(m->env, p.inode, op->pos, (uint64_t)op->len);
		if (err)
			return err;
	}
	if (!beyond || m->rules->fallocate_modifies_first)
		(void)ref_file_modified(&w);
	if (beyond)
		return 0;
	p.end = punch_end(m, p.inode, op->pos + op->len);
	p.end = p.end < punch_limit(m, p.inode) ? p.end : punch_limit(m, p.inode);
	p.first = (p.pos + mask) & ~mask;
	p.last = p.end & ~mask;
	p.journalled = ref_ext4_should_journal_data(m->env, p.inode);
	return ref_ext4_punch_hole(&p);
}

static uint32_t last_block(const struct ref_env *env, int64_t size)
{
	return ref_blk(env, size ? size - 1 : 0);
}

/* The commit of a synchronous cut is over when mark_inode_dirty() starts the next transaction. */
static int cut(struct ref_env *env, struct ref_inode *inode)
{
	int err;

	ref_truncate_pagecache_range(env, inode, inode->i_size, INT64_MAX);
	err = ref_ext4_truncate(env, inode);
	if (!err)
		ref_ext4_update_inode_fsync_trans(env, inode, false);
	return err;
}

/* From @size on, to where it is now. */
static int extend(struct ref_mount *m, struct ref_inode *inode, int64_t size)
{
	int err = m->rules->extension_zeroes_eof ? ref_ext4_block_truncate_page(m->env, inode, size) : 0;

	if (m->rules->extension_zeroes_folio)
		ref_pagecache_isize_extended(m->env, inode, size, inode->i_size);
	ref_truncate_pagecache_up(m->env, inode, inode->i_size);
	return err;
}

/* fs/ext4/inode.c, ext4_setattr: the part that a truncate to the size that the file has leaves out. */
static int move_size(struct ref_env *env, struct ref_inode *inode, int64_t size)
{
	int64_t old = inode->i_size;
	int err = set_size(env, inode, size);

	if (!err)
		ref_ext4_fc_track_range(env, inode, last_block(env, size < old ? size : old),
					size < old ? UINT32_MAX - 1 : last_block(env, size));
	return err;
}

/* fs/ext4/inode.c, ext4_setattr with ATTR_SIZE (6.1 6.12 7.3). */
int ref_op_truncate(struct ref_mount *m, const struct workload_op *op)
{
	struct ref_inode *inode;
	int64_t size;
	int err = ref_open_rdwr(m, op, &inode);

	if (!err)
		err = ref_inode_newsize_ok(m->env, inode, op->len);
	if (err)
		return err;
	size = inode->i_size;
	if (m->rules->truncate_moves_inline && inode->inline_size && op->len > inode->inline_size)
		err = ref_ext4_convert_inline_data(m->env, inode);
	if (!err && op->len != size)
		err = move_size(m->env, inode, op->len);
	if (err)
		return err;
	inode->datasync_dirty = true; /* mark_inode_dirty() */
	return op->len > size ? extend(m, inode, size) : cut(m->env, inode);
}
