/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refimpl/path/path.h"

/* --- files --- */

static struct ref_file *find_file(const struct ref_mount *m, const char *name)
{
	for (size_t i = 0; i < m->nr_files; i++)
		if (!strcmp(m->files[i].name, name))
			return &m->files[i];
	return NULL;
}

static int add_file(struct ref_mount *m, const char *name, uint64_t ino, struct ref_file **file)
{
	struct ref_file *files = realloc(m->files, (m->nr_files + 1) * sizeof(*files));
	struct ref_inode *inode = calloc(1, sizeof(*inode));
	int err = files && inode ? 0 : -ENOMEM;

	if (files)
		m->files = files;
	if (!err)
		err = ref_fs_iget(m->fs, ino, inode);
	if (err) {
		free(inode);
		return err;
	}
	inode->large_folios = m->rules->large_folios && !inode->journal_data && !m->env->sb.data_journal;
	*file = &files[m->nr_files++];
	**file = (struct ref_file){.inode = inode};
	strncpy((*file)->name, name, WL_NAME_MAX - 1);
	return 0;
}

/* Without opening it: a lookup, as chmod(2) needs. */
static int get_file(struct ref_mount *m, const char *name, struct ref_file **file)
{
	uint64_t ino;
	int err;

	*file = find_file(m, name);
	if (*file)
		return 0;
	err = ref_fs_lookup(m->fs, name, &ino);
	return err ? err : add_file(m, name, ino, file);
}

/* fs/ext4/file.c, ext4_file_open and ext4_sample_last_mounted (6.1 6.12 7.3): the first one is written down. */
static void ref_ext4_file_open(struct ref_mount *m)
{
	if (!m->opened)
		ref_journal_start(m->env);
	m->opened = true;
}

int ref_open(struct ref_mount *m, const char *name, struct ref_file **file)
{
	int err = get_file(m, name, file);

	if (!err)
		ref_ext4_file_open(m);
	return err;
}

/* For writing, as most operations open it. */
static int open_rdwr(struct ref_mount *m, const struct workload_op *op, struct ref_inode **inode)
{
	struct ref_file *file;
	int err = ref_open(m, op->file, &file);

	if (err)
		return err;
	if (file->inode->immutable)
		return -EPERM;
	*inode = file->inode;
	(*inode)->open = true;
	return 0;
}

static void forget_files(struct ref_mount *m)
{
	for (size_t i = 0; i < m->nr_files; i++) {
		ref_inode_release(m->files[i].inode);
		free(m->files[i].inode);
	}
	free(m->files);
	m->files = NULL;
	m->nr_files = 0;
}

static int write_back_all(struct ref_mount *m)
{
	int err = 0;

	for (size_t i = 0; i < m->nr_files && !err; i++) {
		struct ref_inode *inode = m->files[i].inode;

		err = ref_filemap_write_and_wait_range(m->env, inode, 0, INT64_MAX);
		inode->datasync_dirty = false;
	}
	return err;
}

int ref_umount(struct ref_mount *m)
{
	int err = write_back_all(m);

	ref_jbd2_commit(m->env);
	if (!err)
		err = ref_fs_sync(m->fs, true);
	forget_files(m);
	m->opened = false;
	return err;
}

void ref_mount_release(struct ref_mount *m)
{
	forget_files(m);
	ref_fs_close(m->fs);
	m->fs = NULL;
}

/* --- operations --- */

static int op_create(struct ref_mount *m, const struct workload_op *op)
{
	struct ref_file *file;
	uint64_t ino;
	int err = ref_fs_create(m->fs, op->file, &ino);

	if (err)
		return err;
	ref_journal_start(m->env);
	err = add_file(m, op->file, ino, &file);
	if (m->env->sb.synchronous) /* IS_DIRSYNC() */
		ref_jbd2_commit(m->env);
	ref_ext4_file_open(m);
	return err;
}

/* fs/attr.c, inode_newsize_ok (6.1 6.12 7.3). */
static int ref_inode_newsize_ok(const struct ref_env *env, const struct ref_inode *inode, int64_t size)
{
	int64_t max = inode->extents ? env->sb.maxbytes : env->sb.bitmap_maxbytes;

	if (size <= inode->i_size)
		return 0;
	return size > max || (env->sb.limit >= 0 && size > env->sb.limit) ? -EFBIG : 0;
}

/* A set-up operation that goes through a function of the write path needs a write to carry it. */
static void carry(struct ref_write *w, struct ref_mount *m, struct ref_inode *inode, const struct workload_op *op,
		  const uint8_t *data)
{
	ref_write_init(w, m->env, m->rules, inode, op, data);
	ref_stage(w, STAGE_BUFFERED);
}

static void file_modified(struct ref_mount *m, struct ref_inode *inode, const struct workload_op *op)
{
	struct ref_write w;

	carry(&w, m, inode, op, NULL);
	(void)ref_file_modified(&w);
}

/* fs/ext4/extents.c, ext4_alloc_file_blocks (6.1 6.12 7.3): @done counts those that are there in the end. */
static int ref_ext4_alloc_file_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len,
				      uint32_t *done)
{
	const unsigned int flags = REF_ALLOC_UNWRITTEN | REF_ALLOC_NO_NORMALIZE;
	struct ref_extent run;
	int retries = 0;

	for (uint32_t end = lblk + len; lblk < end; lblk += run.len) {
		int err = ref_lookup(env, inode, lblk, end - lblk, &run);

		if (!err && run.state == REF_HOLE)
			err = ref_allocate(env, inode, lblk, run.len, flags, &run);
		if (err == -ENOSPC && ref_ext4_should_retry_alloc(env, &retries)) {
			run.len = 0;
			continue;
		}
		retries = 0;
		if (err)
			return err;
		inode->datasync_dirty = true;
		*done += run.len;
	}
	return 0;
}

static int set_size(struct ref_env *env, struct ref_inode *inode, int64_t size)
{
	inode->i_size = inode->i_disksize = size;
	ref_ext4_update_inode_fsync_trans(env, inode, true);
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
	if (!err && m->rules->extension_zeroes_eof)
		err = ref_ext4_zero_partial_blocks(m->env, inode, size, end);
	return err;
}

/* fs/ext4/extents.c, ext4_fallocate (6.1 6.12 7.3): what was allocated before there was no more counts. */
static int op_fallocate(struct ref_mount *m, const struct workload_op *op)
{
	int64_t end = op->pos + op->len;
	uint32_t first = ref_blk(m->env, op->pos), done = 0;
	struct ref_inode *inode;
	int err = open_rdwr(m, op, &inode), grown = 0;

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
	if (!err)
		ref_ext4_update_inode_fsync_trans(m->env, inode, true);
	if (!op->keep && done) {
		int64_t reached = (int64_t)(first + done) << m->env->sb.blkbits;

		grown = grow_to(m, inode, reached < end ? reached : end);
	}
	if (!err && m->rules->fallocate_obeys_sync)
		ref_ext4_handle_sync(m->env, inode);
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

	if (!all || p->journalled)
		err = ref_filemap_write_and_wait_range(p->m->env, p->inode, p->pos, (uint64_t)(p->end - p->pos));
	if (!err)
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
	err = env->ops->free_blocks(env, p->inode, first, last - 1);
	return err ? err : ref_ext4_es_insert_hole(p->inode, first, last);
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
	ref_ext4_handle_sync(p->m->env, p->inode);
	return 0;
}

static int op_punch(struct ref_mount *m, const struct workload_op *op)
{
	int64_t mask = ref_bs(m->env) - 1;
	struct punch p = {.m = m, .pos = op->pos};
	struct ref_write w;
	int err = open_rdwr(m, op, &p.inode);
	bool beyond;

	if (err)
		return err;
	carry(&w, m, p.inode, op, NULL);
	beyond = op->pos >= p.inode->i_size;
	if (!beyond || m->rules->fallocate_modifies_first)
		(void)ref_file_modified(&w);
	if (beyond)
		return 0;
	p.end = punch_end(m, p.inode, op->pos + op->len);
	p.first = (p.pos + mask) & ~mask;
	p.last = p.end & ~mask;
	p.journalled = ref_ext4_should_journal_data(&w);
	return ref_ext4_punch_hole(&p);
}

/* fs/ext4/inode.c, ext4_setattr with ATTR_SIZE (6.1 6.12 7.3). */
static int op_truncate(struct ref_mount *m, const struct workload_op *op)
{
	struct ref_inode *inode;
	int64_t size;
	int err = open_rdwr(m, op, &inode);

	if (!err)
		err = ref_inode_newsize_ok(m->env, inode, op->len);
	if (err)
		return err;
	size = inode->i_size;
	err = set_size(m->env, inode, op->len);
	if (err)
		return err;
	if (op->len > size)
		return m->rules->extension_zeroes_eof ? ref_ext4_block_truncate_page(m->env, inode, size) : 0;
	ref_truncate_pagecache_range(m->env, inode, inode->i_size, INT64_MAX);
	return ref_ext4_truncate(m->env, inode);
}

/* pwrite(2) until all is written. */
static int op_buffered(struct ref_mount *m, const struct workload_op *op)
{
	_cleanup_free_ uint8_t *data = malloc((size_t)op->len + 1);
	struct ref_inode *inode;
	struct ref_write w;
	int64_t ret = open_rdwr(m, op, &inode);

	if (ret)
		return (int)ret;
	if (!data)
		return -ENOMEM;
	workload_pattern(data, op->nr, op->pos, (size_t)op->len);
	carry(&w, m, inode, op, data);
	w.from.count = (size_t)op->len;
	for (size_t left = (size_t)op->len; left && ret >= 0; left -= (size_t)ret) {
		w.from.count = left;
		ret = ref_ext4_buffered_write_iter(&w);
	}
	return ret < 0 ? (int)ret : 0;
}

static int op_fsync(struct ref_mount *m, const struct workload_op *op)
{
	struct ref_inode *inode;
	struct ref_write w;
	int err = open_rdwr(m, op, &inode);

	if (err)
		return err;
	carry(&w, m, inode, op, NULL);
	return ref_ext4_sync_file(&w, 0, INT64_MAX, false);
}

static int op_sync(struct ref_mount *m, const struct workload_op *op)
{
	int err = write_back_all(m);

	(void)op;
	ref_jbd2_commit(m->env);
	return err ? err : ref_fs_sync(m->fs, false);
}

/*
 * fs/ext4/ioctl.c, ext4_ioctl_setflags; -e is ext4_ind_migrate() of an empty file (6.1 6.12 7.3). The inode was
 * synchronous, or it is about the journal (ext4_change_inode_journal_flag): that is committed at once.
 */
static int op_chattr(struct ref_mount *m, const struct workload_op *op)
{
	bool was_sync;
	struct ref_file *file;
	struct ref_inode *inode;
	int err = ref_open(m, op->file, &file);

	if (err)
		return err;
	inode = file->inode;
	was_sync = inode->sync || m->env->sb.synchronous;
	switch (op->attr) {
	case 'S':
		inode->sync = op->attr_on;
		break;
	case 'i':
		inode->immutable = op->attr_on;
		break;
	case 'j':
		inode->journal_data = op->attr_on;
		break;
	case 'e':
		inode->extents = op->attr_on;
		break;
	}
	ref_ext4_update_inode_fsync_trans(m->env, inode, false);
	if (was_sync || op->attr == 'j')
		ref_jbd2_commit(m->env);
	return ref_fs_write_inode(m->fs, inode);
}

/* fs/attr.c, notify_change with ATTR_MODE (6.1 6.12 7.3): S_NOSEC goes when there is a privilege to remove again. */
static int op_chmod(struct ref_mount *m, const struct workload_op *op)
{
	struct ref_file *file;
	int err = get_file(m, op->file, &file);

	if (err)
		return err;
	if (file->inode->immutable)
		return -EPERM;
	file->inode->mode = (uint16_t)((file->inode->mode & ~07777) | (op->mode & 07777));
	if (ref_is_sxid(file->inode->mode))
		file->inode->nosec = false;
	ref_ext4_update_inode_fsync_trans(m->env, file->inode, false);
	return ref_fs_write_inode(m->fs, file->inode);
}

static int op_limit(struct ref_mount *m, const struct workload_op *op)
{
	m->env->sb.limit = op->len == WL_LIMIT_NONE ? -1 : op->len;
	return 0;
}

static int op_remount(struct ref_mount *m, const struct workload_op *op)
{
	(void)op;
	return ref_umount(m);
}

static int (*const setups[NR_OPS])(struct ref_mount *m, const struct workload_op *op) = {
	[OP_CREATE] = op_create,     [OP_FALLOCATE] = op_fallocate, [OP_PUNCH] = op_punch,
	[OP_TRUNCATE] = op_truncate, [OP_BUFFERED] = op_buffered,   [OP_FSYNC] = op_fsync,
	[OP_SYNC] = op_sync,	     [OP_CHATTR] = op_chattr,	    [OP_CHMOD] = op_chmod,
	[OP_LIMIT] = op_limit,	     [OP_REMOUNT] = op_remount,
};

/*
 * fs/ext4/file.c, ext4_release_file (6.1 6.12 7.3): what was truncated to nothing is written when it is closed; the
 * last that could write gives back what was set aside, unless delayed blocks will want it.
 */
static int ref_ext4_release_file(struct ref_mount *m, struct ref_file *file, bool write)
{
	struct ref_inode *inode = file->inode;
	int64_t delayed = ref_delayed_blocks(m->env, inode);
	int err = 0;

	if (delayed > 0 && inode->da_alloc_close) {
		err = ref_filemap_write_and_wait_range(m->env, inode, 0, INT64_MAX);
		delayed = 0;
	}
	inode->da_alloc_close = false;
	inode->open = file->direct;
	if (write && !file->direct && !delayed)
		ref_fs_discard_preallocations(m->fs, inode);
	return delayed < 0 ? (int)delayed : err;
}

void ref_count_delayed(struct ref_mount *m)
{
	m->env->sb.delayed = 0;
	for (size_t i = 0; m->env->sb.delalloc && i < m->nr_files; i++) {
		int64_t n = ref_delayed_blocks(m->env, m->files[i].inode);

		m->env->sb.delayed += n > 0 ? (uint32_t)n : 0;
	}
}

int ref_setup(struct ref_mount *m, const struct workload_op *op)
{
	int ret = setups[op->kind](m, op), err = 0;
	struct ref_file *file = find_file(m, op->file);

	if (file && op->kind != OP_CHMOD)
		err = ref_ext4_release_file(m, file, op->kind != OP_CHATTR);
	return ret ? ret : err;
}
