/* SPDX-License-Identifier: GPL-2.0-only */
/* What writing dirty pages back does to the mapping and to i_disksize. */
#include "refimpl/env/page_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * fs/ext4/inode.c, mpage_add_bh_to_extent (6.1 6.12 6.18): what is mapped in one go has the same BH_FLAGS. A block that
 * was promised before fallocate gave it its place is still BH_Delay, and its neighbours there are BH_Unwritten.
 */
static uint32_t mapped_in_one_go(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	uint32_t n = 1;

	while (n < len && ref_buffer_delay(env, inode, lblk + n) == ref_buffer_delay(env, inode, lblk))
		n++;
	return n;
}

/* Blocks for a hole under dirty pages. */
static int allocate_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, unsigned int flags,
			   struct ref_extent *run)
{
	bool unwritten = flags & REF_ALLOC_UNWRITTEN;
	int err = ref_allocate(env, inode, lblk, run->len, flags, run);

	if (err)
		return err;
	ref_ext4_update_inode_fsync_trans(env, inode, !unwritten);
	ref_ext4_fc_track_range(env, inode, lblk, lblk + run->len - 1);
	return 0;
}

static int convert_blocks(struct ref_env *env, struct ref_inode *inode, const struct ref_extent *run)
{
	int err = ref_ext4_convert_unwritten_extents_endio(env, inode, run->lblk, run->len);

	ref_ext4_update_inode_fsync_trans(env, inode, true);
	ref_ext4_fc_track_range(env, inode, run->lblk, run->lblk + run->len - 1);
	return err;
}

/* fs/ext4/ext4_jbd2.h, ext4_should_dioread_nolock (6.1 6.12 7.3): what is new is unwritten until the data is there. */
static bool ref_ext4_should_dioread_nolock(const struct ref_env *env, const struct ref_inode *inode)
{
	return env->sb.dioread_nolock && env->sb.delalloc && inode->extents;
}

static int initialize_blocks(struct ref_env *env, struct ref_inode *inode, struct ref_extent *run)
{
	int64_t n = ref_ext4_ext_convert_to_initialized(env, inode, run->lblk, run->len);

	if (n < 0)
		return (int)n;
	run->len = (uint32_t)n;
	run->state = REF_WRITTEN;
	ref_ext4_fc_track_range(env, inode, run->lblk, run->lblk + run->len - 1);
	return 0;
}

int ref_place_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
		     struct ref_extent *run)
{
	bool unwritten = ref_ext4_should_dioread_nolock(env, inode);
	int err = ref_lookup(env, inode, lblk, len, run);

	if (err || run->state == REF_WRITTEN)
		return err;
	if (run->state == REF_HOLE)
		return allocate_blocks(env, inode, lblk, flags | (unwritten ? REF_ALLOC_UNWRITTEN : 0), run);
	return unwritten ? 0 : initialize_blocks(env, inode, run);
}

/*
 * fs/ext4/page-io.c, ext4_bio_write_folio (6.12 7.3), ext4_bio_write_page (6.1): zeroes go out for what is behind EOF,
 * and stay in the cache for the rest of the folio, whatever the disk has there.
 */
static void zero_beyond_eof(const struct ref_inode *inode, const struct ref_page *page)
{
	int64_t eof = inode->i_size, first = page->folio, end = page->folio_end;

	if (eof <= first * REF_PAGE || eof >= end * REF_PAGE)
		return;
	for (int64_t i = eof / REF_PAGE; i < end; i++) {
		struct ref_page *of = ref_page_find(&inode->cache, i);
		int64_t keep = eof > i * REF_PAGE ? eof - i * REF_PAGE : 0;

		if (of)
			memset(of->data + keep, 0, (size_t)(REF_PAGE - keep));
	}
}

/* A run from the cache to the disk, as much of it as lies in one page. */
static int write_in_page(struct ref_env *env, struct ref_inode *inode, const struct ref_extent *run, uint32_t *at)
{
	uint32_t lblk = run->lblk + *at, b = lblk % ref_blocks_per_page(env), n = ref_blocks_per_page(env) - b;
	struct ref_page *page = ref_page_find(&inode->cache, lblk / ref_blocks_per_page(env));
	uint64_t addr = (run->pblk + *at) << env->sb.blkbits;
	size_t offset = (size_t)b << env->sb.blkbits, len;
	int err;

	if (n > run->len - *at)
		n = run->len - *at;
	len = (size_t)n << env->sb.blkbits;
	zero_beyond_eof(inode, page);
	err = env->ops->write(env, addr, page->data + offset, len, false);
	if (err)
		return err;
	page->dirty &= ~ref_block_mask(env, offset, offset + len);
	*at += n;
	return 0;
}

static int write_run(struct ref_env *env, struct ref_inode *inode, const struct ref_extent *run)
{
	int err;

	for (uint32_t at = 0; at < run->len;) {
		err = write_in_page(env, inode, run, &at);
		if (err)
			return err;
	}
	return 0;
}

/* Unwritten runs whose data are on their way. */
struct submitted {
	struct ref_extent *runs;
	size_t nr;
};

/* Until 6.19 they have extents of their own by then (EXT4_GET_BLOCKS_IO_CREATE_EXT). */
static int submit_unwritten(struct ref_env *env, struct ref_inode *inode, struct submitted *s,
			    const struct ref_extent *run)
{
	struct ref_extent *runs = realloc(s->runs, (s->nr + 1) * sizeof(*runs));
	bool splits = env->sb.splits_before_io && env->ops->split;
	int err;

	if (!runs)
		return -ENOMEM;
	s->runs = runs;
	runs[s->nr++] = *run;
	err = splits ? env->ops->split(env, inode, run->lblk + run->len) : 0;
	return err || !splits ? err : env->ops->split(env, inode, run->lblk);
}

/*
 * fs/ext4/page-io.c, ext4_end_io_rsv_work (6.1 6.12 6.18): a worker converts them when all of the range has its place,
 * so that for as long there may be more extents than before and after.
 */
static int convert_submitted(struct ref_env *env, struct ref_inode *inode, struct submitted *s)
{
	int err = 0;

	for (size_t i = 0; i < s->nr && !err; i++)
		err = convert_blocks(env, inode, &s->runs[i]);
	free(s->runs);
	return err;
}

/* fs/ext4/inode.c, mpage_map_and_submit_extent (6.1 6.12 7.3): the size follows what is given its place now. */
int ref_push_disksize(struct ref_env *env, struct ref_inode *inode, int64_t end)
{
	if (end > inode->i_size)
		end = inode->i_size;
	if (end <= inode->i_disksize)
		return 0;
	inode->i_disksize = end;
	ref_ext4_update_inode_fsync_trans(env, inode, true);
	return env->ops->set_disksize(env, inode);
}

/* The blocks [first, end) of those folios. */
static bool cached_blocks(const struct ref_env *env, const struct ref_inode *inode, int64_t pos, uint64_t len,
			  uint32_t *first, uint32_t *end)
{
	int64_t first_page, end_page;

	if (!ref_folio_range(inode, pos, len, &first_page, &end_page))
		return false;
	*first = (uint32_t)first_page * ref_blocks_per_page(env);
	*end = (uint32_t)end_page * ref_blocks_per_page(env);
	return true;
}

int ref_make_clean(struct ref_env *env, struct ref_inode *inode, uint32_t lblk)
{
	struct ref_page *page = ref_page_find(&inode->cache, lblk / ref_blocks_per_page(env));
	struct ref_extent run;
	int err;

	if (!ref_block_is_dirty(env, inode, lblk))
		return 0;
	page->dirty &= ~(1u << lblk % ref_blocks_per_page(env));
	err = env->ops->lookup(env, inode, lblk, 1, &run);
	return err || run.state != REF_HOLE || !env->sb.delalloc ? err : ref_keep_promise(inode, lblk);
}

/*
 * fs/ext4/inode.c, mpage_submit_folio, and fs/ext4/page-io.c, ext4_bio_write_folio (6.1 6.12 6.18 7.2), of a folio that
 * goes beyond the end of the file: a block there gets no place, and is clean. If it was promised one it still is, and
 * nobody else gets that. Of a folio that lies there whole, as much as EOF has of the last one of that size is taken to
 * be inside: that stays dirty, or if it has a place it is written.
 */
static int submit_beyond_eof(struct ref_env *env, struct ref_inode *inode, int64_t first_page, int64_t end_page)
{
	int64_t size = (end_page - first_page) * REF_PAGE, len = inode->i_size & (size - 1);
	uint32_t first = ref_blk(env, first_page * REF_PAGE), end = ref_blk(env, end_page * REF_PAGE);
	uint32_t inside = (uint32_t)((len + ref_bs(env) - 1) >> env->sb.blkbits);
	struct ref_extent run;
	int err = 0;

	if (end_page * REF_PAGE <= inode->i_size)
		return 0;
	for (uint32_t b = first; b < end && !err; b++) {
		if (b >= first + inside) {
			err = ref_make_clean(env, inode, b);
		} else if (first_page * REF_PAGE >= inode->i_size && ref_block_is_dirty(env, inode, b)) {
			err = env->ops->lookup(env, inode, b, 1, &run);
			if (!err && run.state == REF_WRITTEN)
				err = write_run(env, inode, &run);
		}
	}
	return err;
}

static bool pages_are_dirty(const struct ref_env *env, const struct ref_inode *inode, int64_t first, int64_t end)
{
	uint32_t lblk = ref_blk(env, first * REF_PAGE);

	return ref_next_dirty_run(env, inode, &lblk, ref_blk(env, end * REF_PAGE));
}

/*
 * fs/ext4/inode.c, mpage_process_page_bufs (6.1 6.12 6.18 7.2): the first dirty folio that reaches the end of the file
 * is the last that is looked at. When it is the commit that writes (@all), they are no end.
 */
static int drop_beyond_eof(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t *end, bool all)
{
	uint64_t eof = ((uint64_t)inode->i_size + ref_bs(env) - 1) >> env->sb.blkbits;
	int64_t page = (eof ? (int64_t)eof - 1 : 0) / ref_blocks_per_page(env), last = *end / ref_blocks_per_page(env);
	int err = 0;

	if (*end > eof)
		*end = (uint32_t)eof;
	if (page < lblk / ref_blocks_per_page(env))
		page = lblk / ref_blocks_per_page(env);
	while (!err && page < last) {
		const struct ref_page *p = ref_page_find(&inode->cache, page);
		int64_t first = p ? p->folio : page, behind = p && p->folio_end > page ? p->folio_end : page + 1;

		page = behind;
		if (!p || !pages_are_dirty(env, inode, first, behind))
			continue;
		err = submit_beyond_eof(env, inode, first, behind);
		if (!all)
			break;
	}
	return err;
}

/*
 * fs/ext4/inode.c, mpage_map_and_submit_buffers (6.1 6.12, seen live on 6.18): what is behind the last block that was
 * given a place counts, too, up to the end of its folio, unless something there is still to be mapped.
 */
static int64_t end_of_submitted(const struct ref_env *env, const struct ref_inode *inode, uint32_t end)
{
	uint32_t per_page = ref_blocks_per_page(env);
	const struct ref_page *page = ref_page_find(&inode->cache, (end - 1) / per_page);
	uint32_t folio_end = (uint32_t)page->folio_end * per_page;

	for (uint32_t b = end; b < folio_end; b++)
		if (ref_block_is_dirty(env, inode, b))
			return (int64_t)end << env->sb.blkbits;
	return (int64_t)folio_end << env->sb.blkbits;
}

/* fs/ext4/inode.c, mpage_map_one_extent (6.1 6.12 6.18). */
static unsigned int writeback_flags(const struct ref_env *env, const struct ref_inode *inode)
{
	bool pre_io = env->sb.splits_before_io && ref_ext4_should_dioread_nolock(env, inode);

	return (env->sb.delalloc ? REF_ALLOC_RESERVED : 0) | (pre_io ? REF_ALLOC_PRE_IO : 0);
}

/* The first blocks of a dirty run, of which @run is what was looked up. */
static int write_back_run(struct ref_env *env, struct ref_inode *inode, struct ref_extent *run, struct submitted *s)
{
	uint32_t lblk = run->lblk;
	bool mapped = run->state != REF_WRITTEN;
	int err = ref_place_blocks(env, inode, lblk, run->len, writeback_flags(env, inode), run);

	if (!err && run->state == REF_UNWRITTEN)
		err = submit_unwritten(env, inode, s, run);
	if (!err)
		err = write_run(env, inode, run);
	if (!err && mapped)
		err = ref_push_disksize(env, inode, end_of_submitted(env, inode, lblk + run->len));
	return err;
}

/*
 * fs/ext4/inode.c, ext4_do_writepages (6.12 6.18): journalled data are committed before they are written where they
 * belong, and with them all that this transaction has freed.
 */
static void commit_journalled(struct ref_env *env, const struct ref_inode *inode)
{
	if (env->sb.writeback_commits && ref_ext4_should_journal_data(env, inode) &&
	    !ref_jbd2_transaction_committed(env, inode->datasync_tid))
		ref_jbd2_commit(env);
}

/* The same: what was too much for the inode leaves it before the first of its pages is written, whichever that is. */
static int leave_inode(struct ref_env *env, struct ref_inode *inode)
{
	uint32_t lblk = 0;

	if (!inode->inline_size || inode->may_inline || !ref_next_dirty_run(env, inode, &lblk, UINT32_MAX))
		return 0;
	return ref_ext4_destroy_inline_data(env, inode);
}

int ref_filemap_write_and_wait_range(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len)
{
	uint32_t lblk, end, n;
	struct ref_extent run;
	struct submitted s = {0};
	int err = leave_inode(env, inode), converted;

	if (err || !cached_blocks(env, inode, pos, len, &lblk, &end))
		return err;
	err = drop_beyond_eof(env, inode, lblk, &end, false);
	if (!err && ref_next_dirty_run(env, inode, &lblk, end))
		commit_journalled(env, inode);
	for (; !err && (n = ref_next_dirty_run(env, inode, &lblk, end)); lblk += run.len) {
		err = ref_lookup(env, inode, lblk, mapped_in_one_go(env, inode, lblk, n), &run);
		if (!err)
			err = write_back_run(env, inode, &run, &s);
	}
	converted = convert_submitted(env, inode, &s);
	return err ? err : converted;
}

/* fs/ext4/inode.c, ext4_normal_submit_inode_data_buffers (6.12 6.18): the folios of the range, without mapping any. */
int ref_write_ordered(struct ref_env *env, struct ref_inode *inode)
{
	const struct ref_hole *o = &inode->ordered;
	struct ref_extent run;
	uint32_t lblk, end, n;
	int err = leave_inode(env, inode);

	if (err || !cached_blocks(env, inode, (int64_t)o->start << env->sb.blkbits,
				  (o->end - o->start) << env->sb.blkbits, &lblk, &end))
		return err;
	err = drop_beyond_eof(env, inode, lblk, &end, true);
	for (; !err && (n = ref_next_dirty_run(env, inode, &lblk, end)); lblk += run.len) {
		err = env->ops->lookup(env, inode, lblk, n, &run);
		if (!err && run.state == REF_WRITTEN)
			err = write_run(env, inode, &run);
	}
	return err;
}
