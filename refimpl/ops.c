/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/ops_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refimpl/path/path.h"
#include "refimpl/refimpl.h"

/* --- files --- */

static struct ref_file *find_file(const struct ref_mount *m, const char *name)
{
	for (size_t i = 0; i < m->nr_files; i++)
		if (!strcmp(m->files[i].name, name))
			return &m->files[i];
	return NULL;
}

/*
 * fs/ext4/inode.c, ext4_set_inode_mapping_order (6.16 7.3): when the inode is read, and from 6.19 on also when chattr
 * changes the flag (seen live on 7.3).
 */
static void ref_ext4_set_inode_mapping_order(const struct ref_env *env, struct ref_inode *inode)
{
	inode->large_folios = env->sb.large_folios && !inode->journal_data && !env->sb.data_journal;
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
	ref_ext4_set_inode_mapping_order(m->env, inode);
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

static int open_to_read(struct ref_mount *m, const char *name, struct ref_file **file)
{
	int err = get_file(m, name, file);

	if (!err)
		ref_ext4_file_open(m);
	return err;
}

/* fs/namei.c, inode_permission: what is immutable is refused before ext4_file_open(), if it is not open already. */
static int open_to_write(struct ref_mount *m, const char *name, bool anew, struct ref_file **file)
{
	int err = get_file(m, name, file);

	if (err)
		return err;
	if ((*file)->inode->immutable && (anew || !(*file)->direct))
		return -EPERM;
	ref_ext4_file_open(m);
	(*file)->inode->open = true;
	return 0;
}

int ref_open_direct(struct ref_mount *m, const char *name, struct ref_file **file)
{
	int err = open_to_write(m, name, false, file);

	if (!err)
		(*file)->direct = true;
	return err;
}

int ref_open_rdwr(struct ref_mount *m, const struct workload_op *op, struct ref_inode **inode)
{
	struct ref_file *file;
	int err = open_to_write(m, op->file, true, &file);

	if (!err)
		*inode = file->inode;
	return err;
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

/* Of data=journal: what has moved out of an inode in a committed transaction comes before what goes to its block now.
 */
static int write_back_all(struct ref_mount *m)
{
	int err = m->env->sb.data_journal ? ref_fs_write_committed(m->fs, m->env->sb.j.committed) : 0;

	for (size_t i = 0; i < m->nr_files && !err; i++) {
		struct ref_inode *inode = m->files[i].inode;

		err = ref_filemap_write_and_wait_range(m->env, inode, 0, INT64_MAX);
		inode->datasync_dirty = false;
	}
	return err;
}

/*
 * fs/ext4/file.c, ext4_release_file (6.1 6.12 7.3): what was truncated to nothing is written when it is closed; the
 * last that could write gives back what was set aside, unless delayed blocks will want it.
 */
static int ref_ext4_release_file(struct ref_mount *m, struct ref_file *file, bool write)
{
	struct ref_inode *inode = file->inode;
	int64_t delayed = ref_delayed_clusters(m->env, inode);
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

/* Before an unmount what is open is closed: the runner's file descriptors, and those of any program. */
static int close_files(struct ref_mount *m)
{
	int err = 0;

	for (size_t i = 0; i < m->nr_files && !err; i++) {
		struct ref_file *file = &m->files[i];

		if (!file->direct)
			continue;
		file->direct = false;
		err = ref_ext4_release_file(m, file, true);
	}
	return err;
}

int ref_umount(struct ref_mount *m)
{
	int err = close_files(m);

	if (!err)
		err = write_back_all(m);
	ref_jbd2_commit(m->env);
	if (!err)
		err = ref_fs_sync(m->fs, true);
	forget_files(m);
	m->opened = false;
	ref_jbd2_mounted(m->env);
	return err;
}

void ref_mount_release(struct ref_mount *m)
{
	forget_files(m);
	ref_fs_close(m->fs);
	m->fs = NULL;
}

/* --- operations --- */

/* fs/ext4/inode.c, ext4_setattr of a mode: mark_inode_dirty() (6.1 6.12 7.3). No mount option makes it commit. */
static void mode_changed(struct ref_mount *m, struct ref_inode *inode)
{
	inode->datasync_dirty = true;
	ref_ext4_update_inode_fsync_trans(m->env, inode, false);
}

/* A workload's file is given its mode once it is open. */
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
	if (err)
		return err;
	file->inode->may_inline = m->env->sb.inline_max;
	mode_changed(m, file->inode);
	return 0;
}

bool ref_found_committed(const struct ref_mount *m, const struct workload_op *op)
{
	return m->moments && m->moments[op->nr - 1].found_committed;
}

void ref_carry(struct ref_write *w, struct ref_mount *m, struct ref_inode *inode, const struct workload_op *op,
	       const uint8_t *data)
{
	ref_write_init(w, m->env, m->rules, inode, op, data);
	w->found_committed = ref_found_committed(m, op);
	ref_stage(w, STAGE_BUFFERED);
}

/* pwrite(2) until all is written. */
static int op_buffered(struct ref_mount *m, const struct workload_op *op)
{
	_cleanup_free_ uint8_t *data = malloc((size_t)op->len + 1);
	struct ref_inode *inode;
	struct ref_write w;
	int64_t ret = ref_open_rdwr(m, op, &inode);

	if (ret)
		return (int)ret;
	if (!data)
		return -ENOMEM;
	workload_pattern(data, op->nr, op->pos, (size_t)op->len);
	ref_carry(&w, m, inode, op, data);
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
	int err = ref_open_rdwr(m, op, &inode);

	if (err)
		return err;
	ref_carry(&w, m, inode, op, NULL);
	return ref_ext4_sync_file(&w, 0, INT64_MAX, op->kind == OP_FDATASYNC);
}

/* The descriptor for direct writes, again: where there was one it is closed, which is not the last close. */
static int op_open(struct ref_mount *m, const struct workload_op *op)
{
	struct ref_file *file;
	int err = open_to_write(m, op->file, true, &file);

	if (err)
		return err;
	file->direct = true;
	file->flags = op->flags;
	return 0;
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
 * synchronous, or its data go to the journal from now on, or no more (ext4_change_inode_journal_flag): that is
 * committed at once.
 */
static bool attr_changes(const struct ref_inode *inode, const struct workload_op *op)
{
	bool is_on = op->attr == 'S' ? inode->sync : op->attr == 'j' ? inode->journal_data : inode->extents;

	return op->attr != 'i' && is_on != op->attr_on;
}

/*
 * Dirty data are written first: nobody is to write to it from then on (ext4_ioctl_setflags), or they are to go to the
 * journal, or not any more (ext4_change_inode_journal_flag, 6.1 6.12 7.3).
 */
static bool writes_back(const struct ref_mount *m, const struct ref_inode *inode, const struct workload_op *op,
			bool changes)
{
	if (op->attr == 'i')
		return op->attr_on && !inode->immutable;
	return op->attr == 'j' && changes && (op->attr_on || m->rules->journal_flag_empties_cache);
}

static int op_chattr(struct ref_mount *m, const struct workload_op *op)
{
	bool was_sync, changes;
	struct ref_file *file;
	struct ref_inode *inode;
	int err = open_to_read(m, op->file, &file), ret = 0;

	if (err)
		return err;
	inode = file->inode;
	changes = attr_changes(inode, op);
	if (inode->immutable && changes) /* ext4_ioctl_check_immutable() */
		return -EPERM;
	if (op->attr == 'j' && !m->env->sb.journal)
		changes = false; /* ext4_change_inode_journal_flag() */
	if (writes_back(m, inode, op, changes))
		err = ref_filemap_write_and_wait_range(m->env, inode, 0, INT64_MAX);
	if (err)
		return err;
	if (op->attr == 'j' && changes && m->rules->journal_flag_empties_cache)
		ref_truncate_pagecache_range(m->env, inode, 0, INT64_MAX);
	was_sync = inode->sync || m->env->sb.synchronous;
	switch (op->attr) {
	case 'S':
		inode->sync = op->attr_on;
		break;
	case 'i':
		inode->immutable = op->attr_on;
		break;
	case 'j':
		inode->journal_data = changes ? op->attr_on : inode->journal_data;
		if (!m->rules->large_folios_outrank_journal_flag)
			ref_ext4_set_inode_mapping_order(m->env, inode);
		break;
	case 'e':
		if (m->env->sb.cluster_bits && !op->attr_on)
			ret = -EOPNOTSUPP; /* ext4_ind_migrate(): blocks of clusters have to be in extents */
		else
			inode->extents = op->attr_on;
		break;
	}
	ref_ext4_update_inode_fsync_trans(m->env, inode, false);
	if (was_sync || (op->attr == 'j' && changes))
		ref_jbd2_commit(m->env);
	err = ref_fs_write_inode(m->fs, inode);
	return err ? err : ret;
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
	mode_changed(m, file->inode);
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
	[OP_CREATE] = op_create,
	[OP_FALLOCATE] = ref_op_fallocate,
	[OP_PUNCH] = ref_op_punch,
	[OP_TRUNCATE] = ref_op_truncate,
	[OP_BUFFERED] = op_buffered,
	[OP_FSYNC] = op_fsync,
	[OP_SYNC] = op_sync,
	[OP_CHATTR] = op_chattr,
	[OP_CHMOD] = op_chmod,
	[OP_LIMIT] = op_limit,
	[OP_REMOUNT] = op_remount,
	[OP_OPEN] = op_open,
	[OP_FDATASYNC] = op_fsync,
	[OP_MMAP_READ] = ref_op_mmap_read,
	[OP_MMAP_WRITE] = ref_op_mmap_write,
};

void ref_count_delayed(struct ref_mount *m)
{
	m->env->sb.delayed = 0;
	for (size_t i = 0; m->env->sb.delalloc && i < m->nr_files; i++) {
		int64_t n = ref_delayed_clusters(m->env, m->files[i].inode);

		m->env->sb.delayed += n > 0 ? (uint32_t)n : 0;
	}
}

int ref_setup(struct ref_mount *m, const struct workload_op *op)
{
	struct ref_file *file = find_file(m, op->file);
	bool closes = op->kind != OP_CHMOD && (op->kind != OP_OPEN || (file && file->direct));
	int ret = setups[op->kind](m, op), err = 0;

	file = find_file(m, op->file);
	if (ret && op->kind == OP_CREATE) /* it was there: what was not opened is not closed */
		closes = false;
	if (file && closes)
		err = ref_ext4_release_file(m, file, op->kind != OP_CHATTR);
	return ret ? ret : err;
}
