/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the bios are done: conversion, size, orphan list and sync; fs/iomap/direct-io.c, fs/ext4/file.c,
 * fs/ext4/fsync.c. The order matters: what a sync makes durable must contain the conversion and the size.
 */
#include "refimpl/path/path.h"

#include <errno.h>

/* --- sync --- */

static void note_sync(struct ref_write *w, bool datasync)
{
	/* inside the buffered path the stage has begun already */
	if (!w->rec.stage_ns[STAGE_BUFFERED])
		ref_stage(w, STAGE_SYNC);
	NOTE(w, SYNC, sync, datasync ? SYNC_FDATASYNC : SYNC_FSYNC);
	NOTE(w, FLUSH, flush, w->rec.flush);
	NOTE(w, COMMIT, commit, w->rec.commit);
}

/* fs/ext4/fsync.c, ext4_fsync_nojournal (6.1 6.12 7.3). */
static int ref_ext4_fsync_nojournal(struct ref_write *w, bool datasync)
{
	bool dirty = !datasync || w->inode->datasync_dirty; /* its timestamps are, after a write */

	w->inode->datasync_dirty = w->inode->private_list = w->inode->private_data = false;
	w->rec.flush |= w->env->sb.barrier && (dirty || !w->rules->fsync_skips_clean_inode);
	return w->env->ops->sync_buffers ? w->env->ops->sync_buffers(w->env, w->inode) : 0;
}

/*
 * The reference takes every timestamp to be due, but whether the clock has ticked since the last one nobody can say
 * beforehand: where the live kernel found nothing to commit, and a timestamp is all that there could be, none was.
 */
static uint32_t tid_to_commit(const struct ref_write *w, bool datasync)
{
	const struct ref_inode *inode = w->inode;

	if (datasync)
		return inode->datasync_tid;
	return w->found_committed ? inode->changed_tid : inode->sync_tid;
}

/*
 * The data are in the journal: what comes to fsync commits whatever is running (fs/ext4/fsync.c, ext4_sync_file, 6.1),
 * or their writeback commits what an fdatasync needs (fs/ext4/inode.c, ext4_do_writepages, 6.12 6.18).
 */
static bool journalled_data_commit(const struct ref_write *w)
{
	return ref_ext4_should_journal_data(w->env, w->inode) &&
	       (w->rules->fsync_data_journal_only_commits ||
		!ref_jbd2_transaction_committed(w->env, w->inode->datasync_tid));
}

/*
 * fs/ext4/fsync.c, ext4_fsync_journal (6.1 6.12 7.3). The commit of the inode's transaction flushes the device; only
 * when that is in the past, a flush of its own is needed, and the call of ext4_fc_commit() has nothing to wait for.
 */
static void ref_ext4_fsync_journal(struct ref_write *w, bool datasync, bool forced)
{
	uint32_t tid = tid_to_commit(w, datasync);
	bool committed;

	if (forced && journalled_data_commit(w)) /* not yet */
		ref_jbd2_commit(w->env);
	committed = ref_jbd2_transaction_committed(w->env, tid);
	ref_ext4_fc_commit(w->env, tid);
	w->rec.flush |= w->env->sb.barrier && committed && !(forced && w->rules->fsync_data_journal_only_commits);
	w->rec.commit |= forced || !committed;
}

/* fs/ext4/fsync.c, ext4_sync_file (6.1 6.12 7.3). */
int ref_ext4_sync_file(struct ref_write *w, int64_t pos, uint64_t len, bool datasync)
{
	bool forced = journalled_data_commit(w);
	int err = ref_filemap_write_and_wait_range(w->env, w->inode, pos, len);

	if (err)
		return err;
	if (w->env->sb.journal)
		ref_ext4_fsync_journal(w, datasync, forced);
	else
		err = ref_ext4_fsync_nojournal(w, datasync);
	note_sync(w, datasync);
	if (err)
		return err;
	return w->rec.flush ? w->env->ops->flush(w->env) : 0;
}

/* include/linux/fs.h, generic_write_sync (6.1 6.12 6.18 7.3). */
int64_t ref_generic_write_sync(struct ref_write *w, int64_t end, int64_t ret)
{
	int err;

	if (!ref_iocb_is_dsync(w))
		return ret;
	err = ref_ext4_sync_file(w, end - ret, (uint64_t)ret, !(w->iocb.flags & WRITE_SYNC));
	return err ? err : ret;
}

/* --- orphan list --- */

/* fs/ext4/orphan.c, ext4_orphan_add (6.1 6.12 7.3), in a transaction of its own before the write extends. */
int ref_ext4_orphan_add(struct ref_write *w)
{
	int err;

	NOTE(w, ORPHAN, orphan, 1);
	if (w->inode->orphan)
		return 0;
	err = w->env->ops->orphan(w->env, w->inode, true);
	if (err)
		return err;
	w->inode->orphan = true;
	ref_ext4_update_inode_fsync_trans(w->env, w->inode, false);
	return 0;
}

static int ref_ext4_orphan_del(struct ref_write *w)
{
	int err;

	if (!w->inode->orphan)
		return 0;
	err = w->env->ops->orphan(w->env, w->inode, false);
	if (err)
		return err;
	w->inode->orphan = false;
	ref_ext4_update_inode_fsync_trans(w->env, w->inode, false);
	return 0;
}

/*
 * fs/ext4/file.c, ext4_inode_extension_cleanup (6.1.192 6.12 6.18 7.3). The cut takes the inode off the list in the
 * transaction that it makes, and of a synchronous inode waits for: nothing of it is left running.
 */
void ref_ext4_inode_extension_cleanup(struct ref_write *w, bool need_trunc)
{
	(void)ref_ext4_orphan_del(w);
	if (!need_trunc)
		return;
	NOTE(w, TRUNCATE, truncate, 1);
	ref_truncate_pagecache_range(w->env, w->inode, w->inode->i_size, INT64_MAX);
	(void)ref_ext4_truncate(w->env, w->inode);
}

/* --- end_io --- */

/* fs/ext4/inode.c, ext4_update_inode_size (6.1 6.12 7.3). */
static bool ref_ext4_update_inode_size(struct ref_inode *inode, int64_t newsize)
{
	bool changed = false;

	if (newsize > inode->i_size) {
		inode->i_size = newsize;
		changed = true;
	}
	if (newsize > inode->i_disksize) {
		inode->i_disksize = newsize;
		changed = true;
	}
	return changed;
}

/* fs/ext4/file.c, ext4_handle_inode_extension (6.1.192 6.12 7.3). */
static int ref_ext4_handle_inode_extension(struct ref_write *w, int64_t offset, int64_t count)
{
	int err = 0;

	if (ref_ext4_update_inode_size(w->inode, offset + count)) {
		ref_ext4_update_inode_fsync_trans(w->env, w->inode, true);
		err = w->env->ops->set_disksize(w->env, w->inode);
	}
	return err ? err : ref_ext4_orphan_del(w);
}

/*
 * fs/ext4/extents.c, ext4_convert_unwritten_extents (6.1 6.12 7.3): all of the range, written parts included. Where a
 * fault came before the unwritten ones, nothing is converted: the inode is dirty, but not for fdatasync.
 */
static int ref_ext4_convert_unwritten_extents(struct ref_write *w, int64_t offset, int64_t len, int64_t unwritten)
{
	uint32_t lblk = ref_blk(w->env, offset), blocks = ref_max_blocks(w->env, offset, (uint64_t)len);
	int err = ref_ext4_convert_unwritten_extents_endio(w->env, w->inode, lblk, blocks);

	if (err)
		return err;
	ref_ext4_update_inode_fsync_trans(w->env, w->inode, unwritten < offset + len);
	ref_ext4_fc_track_range(w->env, w->inode, lblk, lblk + blocks - 1);
	w->rec.convert = 1;
	return 0;
}

/*
 * fs/ext4/file.c, ext4_dio_write_end_io (6.1.192 6.12 7.3). With size 0 it may still move i_size: to where the write
 * would have begun.
 */
static int ref_ext4_dio_write_end_io(struct ref_write *w, int64_t size, int error, int64_t unwritten)
{
	int64_t end = w->iocb.pos + size;

	NOTE(w, END_SIZE, end_size, size);
	NOTE(w, END_ERROR, end_error, error);
	NOTE(w, CONVERT, convert, 0);
	if (!error && size && unwritten != INT64_MAX)
		error = ref_ext4_convert_unwritten_extents(w, w->iocb.pos, size, unwritten);
	if (error)
		return error;
	if (end <= w->inode->i_disksize && end <= w->inode->i_size)
		return 0;
	return ref_ext4_handle_inode_extension(w, w->iocb.pos, size);
}

/* fs/iomap/direct-io.c, iomap_dio_complete (6.1 6.12 6.18 7.3). */
int64_t ref_iomap_dio_complete(struct ref_write *w, struct ref_dio *dio)
{
	int64_t ret;

	ref_stage(w, STAGE_COMPLETE);
	ret = ref_ext4_dio_write_end_io(w, dio->size, dio->error, dio->unwritten);
	if (!ret)
		ret = dio->size;
	if (!dio->error && dio->size)
		ref_invalidate_range(w->inode, w->iocb.pos, (uint64_t)dio->size);
	if (ret > 0) {
		w->iocb.pos += ret;
		if (dio->need_sync)
			ret = ref_generic_write_sync(w, w->iocb.pos, ret);
	}
	NOTE(w, DIO_RET, dio_ret, ret);
	return ret;
}
