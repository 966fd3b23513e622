/* SPDX-License-Identifier: GPL-2.0-only */
/* A write through the page cache: ext4_buffered_write_iter() and what mm and fs/ext4/inode.c do beneath it. */
#include "refimpl/path/path.h"

#include <errno.h>

/*
 * fs/ext4/inode.c, ext4_da_do_write_end and ext4_write_end (6.1 6.12 7.3): a size that grew beyond the disk's reaches
 * it at once where there is no delayed allocation to wait for, also of blocks that an earlier write was promised. Until
 * 6.6 ext4_da_write_end leaves that to generic_write_end, which ends in mark_inode_dirty.
 */
static int grow_to(struct ref_write *w, int64_t end, bool delayed)
{
	struct ref_inode *inode = w->inode;
	struct ref_extent last;
	int err;

	if (end <= (delayed ? inode->i_size : inode->i_disksize))
		return 0;
	if (end > inode->i_size)
		inode->i_size = end;
	inode->datasync_dirty |= delayed && w->rules->growth_marks_inode;
	err = w->env->ops->lookup(w->env, inode, ref_blk(w->env, end - 1), 1, &last);
	if (err || (delayed && last.state != REF_WRITTEN))
		return err;
	inode->i_disksize = end;
	ref_ext4_update_inode_fsync_trans(w->env, inode, true);
	return w->env->ops->set_disksize(w->env, inode);
}

/*
 * fs/ext4/inode.c, ext4_da_do_write_end, ext4_write_end and ext4_journalled_write_end of nothing (6.18, seen live): the
 * size goes where the copy was to begin. That of a write whose direct part came to its end is there already.
 */
static int move_size(struct ref_write *w, bool delayed)
{
	struct ref_inode *inode = w->inode;

	if (w->iocb.pos <= inode->i_size)
		return 0;
	inode->i_size = w->iocb.pos;
	if (delayed)
		return 0;
	inode->i_disksize = inode->i_size;
	ref_ext4_update_inode_fsync_trans(w->env, inode, true);
	return w->env->ops->set_disksize(w->env, inode);
}

/* A fact of the direct part, which it comes to only if that was begun. */
static void note_truncate(struct ref_write *w)
{
	if (w->rec.how[FACT_TRUNCATE] == HOW_OBSERVED)
		NOTE(w, TRUNCATE, truncate, 1);
}

/*
 * fs/buffer.c, block_commit_write of nothing (6.1 6.12 6.18): where the copy was to begin inside a block, that is
 * dirty, and so its folio cannot be split.
 */
static int commit_nothing(struct ref_write *w, bool delayed)
{
	if (w->iocb.pos & (ref_bs(w->env) - 1) && !ref_ext4_should_journal_data(w->env, w->inode))
		ref_page_cache_dirty(w->env, w->inode, w->iocb.pos);
	return move_size(w, delayed);
}

/*
 * fs/ext4/inode.c, ext4_write_end of nothing (6.1 6.12 7.3): the folio stays in the cache (a NOWAIT write meets it
 * there: seen live on 6.16), and what was allocated beyond EOF is cut; delayed blocks stay promised, and zero.
 */
static int undo_prepared(struct ref_write *w, int64_t end)
{
	struct ref_inode *inode = w->inode;

	if (end <= inode->i_size)
		return 0;
	if (inode->i_size == w->rec.isize) /* else a part was written: the write did not fail */
		note_truncate(w);
	ref_truncate_pagecache_range(w->env, inode, inode->i_size, INT64_MAX);
	return ref_ext4_truncate(w->env, inode);
}

/* --- a device that is nearly full --- */

/* fs/ext4/inode.c, ext4_nonda_switch (6.1 6.12 7.3): what is left is too little to promise any of it. */
static bool ref_ext4_nonda_switch(const struct ref_env *env)
{
	uint64_t left = env->ops->clusters_left ? env->ops->clusters_left(env, false) : UINT64_MAX / 2;

	return 2 * left < 3ull * env->sb.delayed || left < (uint64_t)env->sb.delayed + env->sb.watermark;
}

/*
 * fs/ext4/inode.c, ext4_truncate_failed_write (6.1 6.12 7.3): what was promised beyond EOF no longer is. Without
 * delayed allocation the folio is still held by then.
 */
static int64_t ref_ext4_truncate_failed_write(struct ref_write *w, int64_t end, bool delayed)
{
	struct ref_inode *inode = w->inode;
	int64_t before, after;
	int err;

	if (end <= inode->i_size)
		return 0;
	if (inode->i_size == w->rec.isize) /* else a part was written: the write did not fail */
		note_truncate(w);
	before = ref_delayed_clusters(w->env, inode);
	if (!delayed)
		ref_drop_held_folio(w->env, inode, w->iocb.pos, inode->i_size);
	ref_truncate_pagecache_range(w->env, inode, inode->i_size, INT64_MAX);
	err = ref_ext4_truncate(w->env, inode);
	after = ref_delayed_clusters(w->env, inode);
	if (w->env->sb.delalloc && before > after && after >= 0)
		w->env->sb.delayed -= (uint32_t)(before - after);
	return err;
}

/* --- the copy --- */

/*
 * fs/ext4/inode.c, ext4_write_begin and ext4_da_write_begin (6.1 6.12 7.3): from ki_pos to the end of the folio, which
 * is as large as what is left to be written asks for, even where that cannot be copied. For want of room the folio
 * goes if it lies beyond EOF; from 6.17 on the next try takes one for what the first would have held, which can be a
 * smaller one.
 */
static int64_t write_begin(struct ref_write *w, int64_t *end, bool delayed)
{
	int64_t pos = w->iocb.pos, all = pos + (int64_t)w->from.count, folio_end, err;
	uint64_t asked = w->from.count;
	int retries = 0;

	do {
		err = ref_page_cache_prepare(w->env, w->inode, pos, asked);
		folio_end = ref_folio_end(w->inode, pos, asked);
		all = all < folio_end ? all : folio_end;
		*end = *end < all ? *end : all;
		asked = w->rules->retry_asks_for_less ? (uint64_t)(all - pos) : asked;
		if (!err)
			err = ref_block_write_begin(w->env, w->inode, pos, *end, delayed);
		if (err == -ENOSPC && ref_ext4_truncate_failed_write(w, all, delayed))
			return -EIO;
	} while (err == -ENOSPC && ref_ext4_should_retry_alloc(w->env, &retries));
	return err;
}

/* Where the first folio may be written into the inode: 1 if it was. */
static int write_inline(struct ref_write *w, int64_t end, bool delayed)
{
	return w->inode->may_inline ? ref_ext4_write_inline_data(w->env, w->inode, w->iocb.pos, end,
								 w->from.data + w->from.done, delayed)
				    : 0;
}

/* The rest of the block of the old EOF, where the size grows from. */
static int64_t zero_from(struct ref_write *w, int64_t size, int64_t pos)
{
	if (pos <= size || !w->rules->extension_zeroes_eof || w->rules->zeroes_eof_first)
		return 0;
	return ref_ext4_zero_partial_blocks(w->env, w->inode, size, pos);
}

/* The end of what the first try prepares, which knows nothing of the fault. */
static int64_t end_of_try(const struct ref_write *w)
{
	int64_t pos = w->iocb.pos, all = pos + (int64_t)w->from.count;
	int64_t folio_end = ref_folio_end(w->inode, pos, w->from.count);

	return all < folio_end ? all : folio_end;
}

/*
 * fs/buffer.c, block_write_end, and mm/filemap.c, generic_perform_write (6.1 6.12 6.18): a copy that ends at @end, by a
 * fault inside a folio that is not uptodate, counts as none, what was prepared beyond EOF is cut, and then only as much
 * is tried as could be copied. Inside of the file what was prepared stays, and where there is no room for all of it
 * nothing is copied.
 */
static int64_t reject_short_copy(struct ref_write *w, int64_t end, bool delayed)
{
	int64_t tried = end_of_try(w), err;

	if (delayed || tried <= end || ref_filemap_range_has_page(w->inode, w->iocb.pos, 1))
		return 0;
	err = write_begin(w, &tried, delayed);
	if (tried <= w->inode->i_size)
		return err;
	if (!err)
		err = commit_nothing(w, delayed);
	return err ? err : undo_prepared(w, tried);
}

/*
 * fs/ext4/inode.c, ext4_journalled_write_end (6.1 6.12 6.18): an fdatasync is to commit what was copied, but into the
 * inode.
 */
static void journal_copy(struct ref_write *w, bool is_inline)
{
	if (is_inline || !ref_ext4_should_journal_data(w->env, w->inode))
		return;
	ref_journal_start(w->env);
	w->inode->datasync_tid = w->env->sb.j.running;
}

/* What of [ki_pos, end) lies in one folio. */
static int64_t write_in_folio(struct ref_write *w, int64_t end, bool delayed)
{
	struct ref_iter *from = &w->from;
	int64_t pos = w->iocb.pos, size = w->inode->i_size, err = 0;
	int is_inline = write_inline(w, end, delayed);
	size_t n;

	if (!is_inline)
		err = reject_short_copy(w, end, delayed);
	if (!err && !is_inline)
		err = write_begin(w, &end, delayed);
	n = (size_t)(end - pos);
	if (!err && !is_inline)
		err = ref_page_cache_write(w->env, w->inode, pos, from->data + from->done, n);
	if (err || is_inline < 0)
		return err ? err : is_inline;
	journal_copy(w, is_inline);
	w->iocb.pos = end;
	from->done += n;
	from->count -= n;
	err = grow_to(w, end, delayed);
	return err ? err : zero_from(w, size, pos);
}

bool ref_delays_allocation(const struct ref_env *env)
{
	return env->sb.delalloc && !ref_ext4_nonda_switch(env);
}

/*
 * mm/filemap.c, generic_perform_write (6.1 6.12, 6.18): the folio in which the copy faults has been prepared, too: as
 * the rest of one that something was copied into, or, from 6.15 on, before the fault is looked for.
 */
static bool prepares_faulting(const struct ref_write *w, int64_t n)
{
	return w->from.count && ((n && w->iocb.pos % REF_PAGE) || w->rules->fault_leaves_zeroes);
}

static int64_t write_faulting(struct ref_write *w)
{
	int64_t pos = w->iocb.pos, end = pos + (int64_t)w->from.count, size = w->inode->i_size;
	bool delayed = ref_delays_allocation(w->env);
	int64_t err = w->inode->may_inline ? ref_ext4_write_inline_data(w->env, w->inode, pos, end, NULL, delayed) : 0;

	if (err)
		return err < 0 ? err : 0;
	err = write_begin(w, &end, delayed);
	if (!err)
		err = commit_nothing(w, delayed);
	if (!err)
		err = zero_from(w, size, pos);
	return err || delayed ? err : undo_prepared(w, end);
}

/* mm/filemap.c, generic_perform_write with ext4's write_begin and write_end (6.1 6.12 7.3). */
static int64_t ref_generic_perform_write(struct ref_write *w)
{
	struct ref_iter *from = &w->from;
	size_t readable = from->readable > from->done ? from->readable - from->done : 0;
	int64_t asked = (int64_t)(from->count < readable ? from->count : readable), n;
	int64_t pos = w->iocb.pos, err = 0;

	while (!err && w->iocb.pos < pos + asked)
		err = write_in_folio(w, pos + asked, ref_delays_allocation(w->env));
	n = w->iocb.pos - pos;
	if (!err && prepares_faulting(w, n))
		err = write_faulting(w);
	return err && (err != -ENOSPC || !n) ? err : n ? n : -EFAULT;
}

/* fs/ext4/inode.c, ext4_block_zero_eof (7.2 7.3): its page is in the cache by then, alone. */
static int64_t ref_ext4_block_zero_eof(struct ref_write *w)
{
	int64_t size = w->inode->i_size, mask = ref_bs(w->env) - 1, block_end = (size | mask) + 1, pos = w->iocb.pos;

	if (!w->rules->zeroes_eof_first || !(size & mask) || pos <= size)
		return 0;
	return ref_ext4_zero_partial_blocks(w->env, w->inode, size, pos < block_end ? pos : block_end);
}

/*
 * include/linux/fs.h, generic_write_sync with IOCB_DONTCACHE (6.17 6.18): what was copied is on its way, and folios
 * that were made for it go with it. Both take a moment; the next write has found them done (20 of 20 times on 6.18).
 */
static void submit_and_drop(struct ref_write *w, int64_t n, bool made)
{
	int64_t pos = w->iocb.pos - n;

	if (!w->rules->dontcache_submits || !(w->iocb.flags & WRITE_DONTCACHE) ||
	    ref_ext4_should_journal_data(w->env, w->inode))
		return;
	if (!ref_filemap_write_and_wait_range(w->env, w->inode, pos, (uint64_t)n) && made)
		ref_invalidate_mapping_pages(w->inode, pos, (uint64_t)n);
}

/* fs/ext4/file.c, ext4_buffered_write_iter (6.1 6.12 7.3). */
int64_t ref_ext4_buffered_write_iter(struct ref_write *w)
{
	bool made;
	int64_t ret;

	if (w->iocb.nowait)
		return -EOPNOTSUPP;
	ret = ref_ext4_generic_write_checks(w);
	if (ret <= 0)
		return ret;
	ret = ref_file_modified(w);
	if (!ret)
		ret = ref_ext4_block_zero_eof(w);
	made = !ref_filemap_range_has_page(w->inode, w->iocb.pos, w->from.count);
	if (!ret)
		ret = ref_generic_perform_write(w);
	if (ret > 0)
		submit_and_drop(w, ret, made);
	return ret > 0 ? ref_generic_write_sync(w, w->iocb.pos, ret) : ret;
}
