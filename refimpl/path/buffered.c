/* SPDX-License-Identifier: GPL-2.0-only */
/* A write through the page cache: ext4_buffered_write_iter() and what mm and fs/ext4/inode.c do beneath it. */
#include "refimpl/path/path.h"

#include <errno.h>

static int64_t end_of(const struct ref_write *w)
{
	return w->iocb.pos + (int64_t)w->from.count;
}

/*
 * fs/ext4/inode.c, ext4_da_do_write_end and ext4_write_end (6.1 6.12 7.3): a size that grew beyond the disk's reaches
 * it at once where there is no delayed allocation to wait for.
 */
static int grow_to(struct ref_write *w, int64_t end, bool delayed)
{
	struct ref_inode *inode = w->inode;
	struct ref_extent last;
	int err;

	if (end <= inode->i_size)
		return 0;
	inode->i_size = end;
	err = w->env->ops->lookup(w->env, inode, ref_blk(w->env, end - 1), 1, &last);
	if (err || (delayed && last.state != REF_WRITTEN))
		return err;
	inode->i_disksize = end;
	ref_ext4_update_inode_fsync_trans(w->env, inode, true);
	return w->env->ops->set_disksize(w->env, inode);
}

/* Folio by folio, as the copy goes: one may end in a block that has its place, and the last may not. */
static int grow_size(struct ref_write *w, int64_t end, bool delayed)
{
	int64_t pos = w->iocb.pos;
	int err = 0;

	while (pos < end && !err) {
		int64_t next = ref_folio_end(w->inode, pos, (uint64_t)(end - pos));

		pos = next < end ? next : end;
		err = grow_to(w, pos, delayed);
	}
	return err;
}

/* Where the folio ends in which the copy, begun @n bytes before ki_pos, faults. */
static int64_t end_of_faulting_folio(const struct ref_write *w, int64_t n)
{
	int64_t pos = w->iocb.pos - n, end = end_of(w), next;

	while ((next = ref_folio_end(w->inode, pos, (uint64_t)(end - pos))) <= w->iocb.pos)
		pos = next;
	return next < end ? next : end;
}

/*
 * fs/buffer.c, folio_zero_new_buffers (6.1 6.12 7.3): the blocks of the folio had been prepared when the copy faulted.
 * Those that had no data before are zero now, and dirty.
 */
static int prepare_zeroes(struct ref_write *w, int64_t n)
{
	static const uint8_t zeroes[REF_PAGE];
	int64_t pos = w->iocb.pos, end = end_of_faulting_folio(w, n);

	for (int64_t next; pos < end; pos = next) {
		struct ref_extent run;
		int err = w->env->ops->lookup(w->env, w->inode, ref_blk(w->env, pos), 1, &run);

		next = ((int64_t)ref_blk(w->env, pos) + 1) << w->env->sb.blkbits;
		next = next < end ? next : end;
		if (!err && run.state != REF_WRITTEN)
			err = ref_page_cache_write(w->env, w->inode, pos, zeroes, (size_t)(next - pos));
		if (err)
			return err;
	}
	return 0;
}

/* fs/ext4/inode.c, ext4_journalled_write_end of nothing (6.18, seen live): the size goes where the copy was to begin.
 */
static int journalled_nothing(struct ref_write *w)
{
	struct ref_inode *inode = w->inode;

	if (!(inode->journal_data || w->env->sb.data_journal) || !w->rules->fault_leaves_zeroes ||
	    w->iocb.pos <= inode->i_size)
		return 0;
	inode->i_size = inode->i_disksize = w->iocb.pos;
	ref_ext4_update_inode_fsync_trans(w->env, inode, true);
	return w->env->ops->set_disksize(w->env, inode);
}

/*
 * fs/ext4/inode.c, ext4_write_end and ext4_da_write_end of nothing (6.1 6.12 7.3): the folio stays in the cache (a
 * NOWAIT write meets it there: seen live on 6.16); without delayed allocation, what was allocated beyond EOF is cut.
 */
static int undo_prepared(struct ref_write *w, int64_t n, bool delayed)
{
	struct ref_inode *inode = w->inode;
	int err = ref_page_cache_prepare(w->env, inode, w->iocb.pos, w->from.count);

	if (!err)
		err = prepare_zeroes(w, n);
	if (err || delayed)
		return err;
	err = journalled_nothing(w);
	if (err)
		return err;
	if (end_of_faulting_folio(w, n) <= inode->i_size)
		return ref_page_cache_allocate(w->env, inode, w->iocb.pos, w->from.count);
	if (inode->i_size == w->rec.isize) /* else a part was written: the write did not fail */
		NOTE(w, TRUNCATE, truncate, 1);
	ref_truncate_pagecache_range(w->env, inode, inode->i_size, INT64_MAX);
	return ref_ext4_truncate(w->env, inode);
}

/* --- a device that is nearly full --- */

/* fs/ext4/inode.c, ext4_nonda_switch (6.1 6.12 7.3): what is left is too little to promise any of it. */
static bool ref_ext4_nonda_switch(const struct ref_env *env)
{
	uint64_t left = env->ops->blocks_left ? env->ops->blocks_left(env, false) : UINT64_MAX / 2;

	return 2 * left < 3ull * env->sb.delayed || left < (uint64_t)env->sb.delayed + env->sb.watermark;
}

/* fs/ext4/inode.c, ext4_da_reserve_space (6.1 6.12 7.3): how many of the @n bytes can be promised a block. */
static int64_t promise(struct ref_write *w, int64_t pos, size_t n, size_t *promised)
{
	struct ref_env *env = w->env;
	uint64_t left = env->ops->blocks_left ? env->ops->blocks_left(env, true) : UINT64_MAX;
	uint32_t lblk = ref_blk(env, pos), end = lblk + ref_max_blocks(env, pos, n);

	for (*promised = n; lblk < end; lblk++) {
		struct ref_extent run;
		int err = env->ops->lookup(env, w->inode, lblk, 1, &run);

		if (err)
			return err;
		if (run.state != REF_HOLE || ref_block_is_dirty(env, w->inode, lblk))
			continue;
		if (left <= env->sb.delayed) {
			int64_t room = ((int64_t)lblk << env->sb.blkbits) / REF_PAGE * REF_PAGE - pos;

			*promised = room > 0 ? (size_t)room : 0;
			return *promised ? 0 : -ENOSPC;
		}
		env->sb.delayed++;
	}
	return 0;
}

/* fs/ext4/inode.c, ext4_write_begin (6.1 6.12 7.3): the folio that got no place is not written, nor what is behind it.
 */
static int64_t place(struct ref_write *w, int64_t pos, size_t n, size_t *placed)
{
	int retries = 0;
	int64_t err, end;

	do {
		err = ref_page_cache_allocate(w->env, w->inode, pos, n);
	} while (err == -ENOSPC && ref_ext4_should_retry_alloc(w->env, &retries));
	*placed = n;
	if (err != -ENOSPC)
		return err;
	err = ref_page_cache_drop_unplaced(w->env, w->inode, pos, n, &end);
	*placed = end > pos ? (size_t)(end - pos) : 0;
	return err ? err : *placed ? 0 : -ENOSPC;
}

/* fs/ext4/inode.c, ext4_truncate_failed_write (6.1 6.12 7.3). */
static int64_t ref_ext4_truncate_failed_write(struct ref_write *w, int64_t end)
{
	struct ref_inode *inode = w->inode;

	if (end <= inode->i_size)
		return 0;
	ref_truncate_pagecache_range(w->env, inode, inode->i_size, INT64_MAX);
	return ref_ext4_truncate(w->env, inode);
}

/* --- the copy --- */

/* Folios are as large as what is left to be written asks for, even where it cannot be copied. */
static int64_t take_folios(struct ref_write *w, int64_t pos, size_t n)
{
	int64_t end = pos + (int64_t)n, all = pos + (int64_t)w->from.count;
	int err = 0;

	while (pos < end && !err) {
		err = ref_page_cache_prepare(w->env, w->inode, pos, (uint64_t)(all - pos));
		pos = ref_folio_end(w->inode, pos, (uint64_t)(all - pos));
	}
	return err;
}

/* As many of the @n bytes as there is room for. */
static int64_t copy(struct ref_write *w, int64_t pos, size_t n, bool delayed, size_t *copied)
{
	int64_t err = delayed ? promise(w, pos, n, &n) : 0;

	*copied = n;
	if (err || !n)
		return err;
	err = take_folios(w, pos, n);
	if (!err)
		err = ref_page_cache_write(w->env, w->inode, pos, w->from.data + w->from.done, n);
	return err || delayed ? err : place(w, pos, n, copied);
}

/* mm/filemap.c, generic_perform_write with ext4's write_begin and write_end (6.1 6.12 7.3). */
static int64_t ref_generic_perform_write(struct ref_write *w)
{
	struct ref_iter *from = &w->from;
	size_t readable = from->readable > from->done ? from->readable - from->done : 0;
	size_t asked = from->count < readable ? from->count : readable, n;
	int64_t pos = w->iocb.pos, size = w->inode->i_size;
	bool delayed = w->env->sb.delalloc && !ref_ext4_nonda_switch(w->env);
	int64_t full = copy(w, pos, asked, delayed, &n);
	int64_t err = full == -ENOSPC ? 0 : full;

	if (!err && n)
		err = grow_size(w, pos + (int64_t)n, delayed);
	if (!err && pos > size && w->rules->extension_zeroes_eof && (n || w->rules->fault_leaves_zeroes))
		err = ref_ext4_zero_partial_blocks(w->env, w->inode, size, pos);
	if (!err && n < asked && !delayed)
		err = ref_ext4_truncate_failed_write(w, pos + (int64_t)asked);
	if (err || full)
		return err ? err : full;
	w->iocb.pos += (int64_t)n;
	from->done += n;
	from->count -= n;
	if (n == asked && from->count && (n % REF_PAGE || w->rules->fault_leaves_zeroes))
		err = undo_prepared(w, (int64_t)n, delayed);
	return err ? err : n ? (int64_t)n : -EFAULT;
}

/* fs/ext4/file.c, ext4_buffered_write_iter (6.1 6.12 7.3). */
int64_t ref_ext4_buffered_write_iter(struct ref_write *w)
{
	int64_t ret;

	if (w->iocb.nowait)
		return -EOPNOTSUPP;
	ret = ref_ext4_generic_write_checks(w);
	if (ret <= 0)
		return ret;
	ret = ref_file_modified(w);
	if (!ret)
		ret = ref_generic_perform_write(w);
	return ret > 0 ? ref_generic_write_sync(w, w->iocb.pos, ret) : ret;
}
