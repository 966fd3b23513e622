/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page cache of one inode, as small as direct writes can see it: which pages there are, which of their blocks are
 * dirty, and what writing them back does to the mapping and to i_disksize. Pages are whole when they enter, and belong
 * to folios, which live and die as a whole.
 */
#include "refimpl/path/env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- pages --- */

/* Where page @index is, or belongs. */
static size_t page_slot(const struct ref_pages *cache, int64_t index)
{
	size_t low = 0, high = cache->nr;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (cache->pages[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct ref_page *page_find(const struct ref_pages *cache, int64_t index)
{
	size_t slot = page_slot(cache, index);

	return slot < cache->nr && cache->pages[slot].index == index ? &cache->pages[slot] : NULL;
}

static unsigned int blocks_per_page(const struct ref_env *env)
{
	return REF_PAGE >> env->sb.blkbits;
}

/* Fill @data from the blocks that are written; the others read as zeroes. */
static int page_read(struct ref_env *env, struct ref_inode *inode, int64_t index, uint8_t *data)
{
	uint32_t lblk = ref_blk(env, index * REF_PAGE);

	memset(data, 0, REF_PAGE);
	for (unsigned int b = 0; b < blocks_per_page(env); b++) {
		struct ref_extent run;
		int err = ref_lookup(env, inode, lblk + b, 1, &run);

		if (!err && run.state == REF_WRITTEN)
			err = env->ops->read(env, run.pblk << env->sb.blkbits, data + ((size_t)b << env->sb.blkbits),
					     ref_bs(env));
		if (err)
			return err;
	}
	return 0;
}

/* --- folios --- */

#define MAX_FOLIO_ORDER 9 /* PREFERRED_MAX_PAGECACHE_ORDER */

static bool has_pages(const struct ref_pages *cache, int64_t first, int64_t end)
{
	size_t slot = page_slot(cache, first);

	return slot < cache->nr && cache->pages[slot].index < end;
}

/*
 * mm/filemap.c, __filemap_get_folio with fgf_set_order (6.18): the largest folio that is not larger than the write,
 * aligned to its size, and in nobody's way.
 */
static int64_t ref_filemap_get_folio_end(const struct ref_inode *inode, int64_t index, uint64_t len)
{
	unsigned int order = 0;

	if (!inode->large_folios)
		return index + 1;
	while (order < MAX_FOLIO_ORDER && len >> (order + 1) >= REF_PAGE && !(index & ((2 << order) - 1)))
		order++;
	while (order && has_pages(&inode->cache, index, index + (1 << order)))
		order--;
	return index + (1 << order);
}

int64_t ref_folio_end(const struct ref_inode *inode, int64_t pos, uint64_t len)
{
	const struct ref_page *page = page_find(&inode->cache, pos / REF_PAGE);

	return (page ? page->folio_end : ref_filemap_get_folio_end(inode, pos / REF_PAGE, len)) * REF_PAGE;
}

static int page_insert(struct ref_pages *cache, const struct ref_page *page)
{
	size_t slot = page_slot(cache, page->index);
	struct ref_page *pages = realloc(cache->pages, (cache->nr + 1) * sizeof(*pages));

	if (!pages)
		return -ENOMEM;
	cache->pages = pages;
	memmove(&pages[slot + 1], &pages[slot], (cache->nr - slot) * sizeof(*pages));
	cache->nr++;
	pages[slot] = *page;
	return 0;
}

static int page_add(struct ref_env *env, struct ref_inode *inode, int64_t index, int64_t folio, int64_t folio_end)
{
	struct ref_page page = {
		.index = index, .folio = folio, .folio_end = folio_end, .data = aligned_alloc(REF_PAGE, REF_PAGE)};
	int err = page.data ? page_read(env, inode, index, page.data) : -ENOMEM;

	if (!err)
		err = page_insert(&inode->cache, &page);
	if (err)
		free(page.data);
	return err;
}

/* The page at @pos for a write of @len bytes from there on; with it comes its folio. */
static int page_get(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len, struct ref_page **page)
{
	int64_t index = pos / REF_PAGE, end = ref_filemap_get_folio_end(inode, index, len);
	int err = 0;

	if (!page_find(&inode->cache, index))
		for (int64_t i = index; i < end && !err; i++)
			err = page_add(env, inode, i, index, end);
	*page = page_find(&inode->cache, index);
	return err;
}

/* The blocks of a page that [from, to) touches. */
static uint8_t block_mask(const struct ref_env *env, size_t from, size_t to)
{
	unsigned int first = from >> env->sb.blkbits, last = (to - 1) >> env->sb.blkbits;

	return (uint8_t)((2u << last) - (1u << first));
}

int ref_page_cache_write(struct ref_env *env, struct ref_inode *inode, int64_t pos, const uint8_t *data, size_t len)
{
	while (len) {
		size_t offset = pos % REF_PAGE, n = len < REF_PAGE - offset ? len : REF_PAGE - offset;
		struct ref_page *page;
		int err = page_get(env, inode, pos, len, &page);

		if (err)
			return err;
		memcpy(page->data + offset, data, n);
		page->dirty |= block_mask(env, offset, offset + n);
		err = ref_ext4_es_remove_extent(inode, ref_blk(env, pos),
						(uint64_t)ref_blk(env, pos + (int64_t)n - 1) + 1);
		if (err)
			return err;
		pos += (int64_t)n;
		data += n;
		len -= n;
	}
	return 0;
}

int ref_page_cache_prepare(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len)
{
	struct ref_page *page;

	return page_get(env, inode, pos, len, &page);
}

bool ref_block_is_dirty(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk)
{
	const struct ref_page *page = page_find(&inode->cache, lblk / blocks_per_page(env));

	return page && page->dirty & 1u << lblk % blocks_per_page(env);
}

void ref_trim_to_clean_gap(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk, uint64_t *start,
			   uint64_t *end)
{
	const struct ref_pages *cache = &inode->cache;
	unsigned int n = blocks_per_page(env);

	for (size_t i = 0; i < cache->nr; i++) {
		for (unsigned int b = 0; b < n; b++) {
			uint64_t dirty = (uint64_t)cache->pages[i].index * n + b;

			if (!(cache->pages[i].dirty & 1u << b))
				continue;
			if (dirty < lblk && dirty >= *start)
				*start = dirty + 1;
			if (dirty > lblk && dirty < *end)
				*end = dirty;
		}
	}
}

/* fs/ext4/inode.c, ext4_block_zero_page_range (6.1 6.12 7.3): the folio is there before it is seen what is under it. */
int ref_ext4_block_zero_range(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint32_t len)
{
	static const uint8_t zeroes[REF_PAGE];
	struct ref_extent run;
	int err = ref_page_cache_prepare(env, inode, pos, 1);

	if (!err)
		err = ref_lookup(env, inode, ref_blk(env, pos), 1, &run);
	if (err || (run.state != REF_WRITTEN && !ref_block_is_dirty(env, inode, ref_blk(env, pos))))
		return err;
	return ref_page_cache_write(env, inode, pos, zeroes, len);
}

bool ref_filemap_range_has_page(const struct ref_inode *inode, int64_t pos, uint64_t len)
{
	size_t slot = page_slot(&inode->cache, pos / REF_PAGE);

	return slot < inode->cache.nr && inode->cache.pages[slot].index <= (pos + (int64_t)len - 1) / REF_PAGE;
}

/* The pages [first, end) of the cached folios that the range touches; false when there are none. */
static bool folio_range(const struct ref_inode *inode, int64_t pos, uint64_t len, int64_t *first, int64_t *end)
{
	int64_t last = (pos + (int64_t)len - 1) / REF_PAGE;
	const struct ref_page *page;

	if (!len || !ref_filemap_range_has_page(inode, pos, len))
		return false;
	page = &inode->cache.pages[page_slot(&inode->cache, pos / REF_PAGE)];
	*first = page->folio < pos / REF_PAGE ? page->folio : page->index;
	page = &inode->cache.pages[page_slot(&inode->cache, last + 1) - 1];
	*end = page->folio_end > page->index ? page->folio_end : page->index + 1;
	return true;
}

void ref_invalidate_range(struct ref_inode *inode, int64_t pos, uint64_t len)
{
	struct ref_pages *cache = &inode->cache;
	int64_t first, end;
	size_t from, to;

	if (!folio_range(inode, pos, len, &first, &end))
		return;
	from = page_slot(cache, first);
	to = page_slot(cache, end);
	for (size_t i = from; i < to; i++)
		free(cache->pages[i].data);
	memmove(&cache->pages[from], &cache->pages[to], (cache->nr - to) * sizeof(*cache->pages));
	cache->nr -= to - from;
}

/* The part of a page that is cut off reads as zeroes; what is dirty only there is not written any more. */
static void page_cut(const struct ref_env *env, struct ref_page *page, int64_t from, int64_t to)
{
	int64_t start = page->index * REF_PAGE;
	size_t a = from > start ? (size_t)(from - start) : 0;
	size_t b = to < start + REF_PAGE ? (size_t)(to - start) : REF_PAGE;
	size_t mask = ref_bs(env) - 1, first = (a + mask) & ~mask, end = b & ~mask;

	memset(page->data + a, 0, b - a);
	if (first < end)
		page->dirty &= ~block_mask(env, first, end);
}

void ref_truncate_pagecache_range(const struct ref_env *env, struct ref_inode *inode, int64_t from, int64_t to)
{
	struct ref_pages *cache = &inode->cache;
	size_t kept = page_slot(cache, from / REF_PAGE);

	for (size_t i = kept; i < cache->nr; i++) {
		struct ref_page *page = &cache->pages[i];
		int64_t start = page->index * REF_PAGE;

		if (start >= from && start <= to - REF_PAGE) {
			free(page->data);
			continue;
		}
		if (start < to && start + REF_PAGE > from)
			page_cut(env, page, from, to);
		cache->pages[kept++] = *page;
	}
	cache->nr = kept;
}

void ref_inode_release(struct ref_inode *inode)
{
	for (size_t i = 0; i < inode->cache.nr; i++)
		free(inode->cache.pages[i].data);
	free(inode->cache.pages);
	inode->cache = (struct ref_pages){0};
	free(inode->holes.holes);
	inode->holes = (struct ref_holes){0};
}

/* --- writeback --- */

/* The first run of dirty blocks in [*lblk, end): its length, 0 when there is none. */
static uint32_t next_dirty_run(const struct ref_env *env, const struct ref_inode *inode, uint32_t *lblk, uint32_t end)
{
	const struct ref_pages *cache = &inode->cache;
	uint32_t len = 0;

	while (*lblk < end && !ref_block_is_dirty(env, inode, *lblk)) {
		size_t slot = page_slot(cache, *lblk / blocks_per_page(env));

		if (slot == cache->nr)
			return 0;
		if (cache->pages[slot].index > *lblk / blocks_per_page(env))
			*lblk = (uint32_t)cache->pages[slot].index * blocks_per_page(env);
		else
			++*lblk;
	}
	while (*lblk + len < end && ref_block_is_dirty(env, inode, *lblk + len))
		len++;
	return len;
}

int64_t ref_delayed_blocks(struct ref_env *env, struct ref_inode *inode)
{
	int64_t delayed = 0;
	uint32_t n;

	for (uint32_t lblk = 0; (n = next_dirty_run(env, inode, &lblk, UINT32_MAX)); lblk += n) {
		struct ref_extent run;
		int err = env->ops->lookup(env, inode, lblk, n, &run);

		if (err)
			return err;
		n = run.len;
		delayed += run.state == REF_HOLE ? run.len : 0;
	}
	return delayed;
}

/* Blocks for a hole under dirty pages. */
static int allocate_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, unsigned int flags,
			   struct ref_extent *run)
{
	bool unwritten = flags & REF_ALLOC_UNWRITTEN;
	int err = ref_allocate(env, inode, lblk, run->len, flags, run);

	if (err)
		return err;
	if (flags & REF_ALLOC_RESERVED)
		env->sb.delayed -= run->len < env->sb.delayed ? run->len : env->sb.delayed;
	inode->datasync_dirty = true;
	ref_ext4_update_inode_fsync_trans(env, inode, !unwritten);
	return 0;
}

static int convert_blocks(struct ref_env *env, struct ref_inode *inode, const struct ref_extent *run)
{
	int err = env->ops->convert(env, inode, run->lblk, run->len);

	ref_ext4_update_inode_fsync_trans(env, inode, true);
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
	return 0;
}

/* The place of the first blocks of a dirty run: where they are, or new ones, REF_ALLOC_RESERVED if they were promised.
 */
static int place_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
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

/* A run from the cache to the disk, as much of it as lies in one page. */
static int write_in_page(struct ref_env *env, struct ref_inode *inode, const struct ref_extent *run, uint32_t *at)
{
	uint32_t lblk = run->lblk + *at, b = lblk % blocks_per_page(env), n = blocks_per_page(env) - b;
	struct ref_page *page = page_find(&inode->cache, lblk / blocks_per_page(env));
	size_t offset = (size_t)b << env->sb.blkbits;
	int err;

	if (n > run->len - *at)
		n = run->len - *at;
	err = env->ops->write(env, (run->pblk + *at) << env->sb.blkbits, page->data + offset,
			      (size_t)n << env->sb.blkbits, false);
	if (err)
		return err;
	page->dirty &= ~block_mask(env, offset, offset + ((size_t)n << env->sb.blkbits));
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
	return run->state == REF_UNWRITTEN ? convert_blocks(env, inode, run) : 0;
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

	if (!folio_range(inode, pos, len, &first_page, &end_page))
		return false;
	*first = (uint32_t)first_page * blocks_per_page(env);
	*end = (uint32_t)end_page * blocks_per_page(env);
	return true;
}

/*
 * fs/ext4/inode.c, mpage_process_page_bufs, and fs/ext4/page-io.c, ext4_bio_write_folio (6.1 6.12 7.3): a block beyond
 * the end of the file gets no place, and is clean.
 */
static void drop_beyond_eof(const struct ref_env *env, struct ref_inode *inode, uint32_t *end)
{
	uint64_t eof = ((uint64_t)inode->i_size + ref_bs(env) - 1) >> env->sb.blkbits;

	for (uint64_t b = eof; b < *end; b++) {
		struct ref_page *page = page_find(&inode->cache, (int64_t)(b / blocks_per_page(env)));

		if (page)
			page->dirty &= ~(1u << b % blocks_per_page(env));
	}
	if (*end > eof)
		*end = (uint32_t)eof;
}

int ref_filemap_write_and_wait_range(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len)
{
	uint32_t lblk, end, n;
	struct ref_extent run;

	if (!cached_blocks(env, inode, pos, len, &lblk, &end))
		return 0;
	drop_beyond_eof(env, inode, &end);
	for (; (n = next_dirty_run(env, inode, &lblk, end)); lblk += run.len) {
		int err = ref_lookup(env, inode, lblk, n, &run);
		bool mapped = !err && run.state != REF_WRITTEN;

		if (!err)
			err = place_blocks(env, inode, lblk, run.len, env->sb.delalloc ? REF_ALLOC_RESERVED : 0, &run);
		if (!err)
			err = write_run(env, inode, &run);
		if (!err && mapped)
			err = ref_push_disksize(env, inode, (int64_t)(lblk + run.len) << env->sb.blkbits);
		if (err)
			return err;
	}
	return 0;
}

/* fs/buffer.c, __block_write_begin_int with ext4_get_block (6.1 6.12 7.3): block by block. */
int ref_page_cache_allocate(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len)
{
	uint32_t lblk, end;
	struct ref_extent run;

	if (!cached_blocks(env, inode, pos, len, &lblk, &end))
		return 0;
	for (; next_dirty_run(env, inode, &lblk, end); lblk++) {
		int err = place_blocks(env, inode, lblk, 1, 0, &run);

		if (err)
			return err;
	}
	return 0;
}

static void forget_block(const struct ref_env *env, struct ref_inode *inode, uint32_t lblk)
{
	struct ref_page *page = page_find(&inode->cache, lblk / blocks_per_page(env));
	size_t offset = (size_t)(lblk % blocks_per_page(env)) << env->sb.blkbits;

	memset(page->data + offset, 0, ref_bs(env));
	page->dirty &= ~block_mask(env, offset, offset + ref_bs(env));
}

int ref_page_cache_drop_unplaced(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len, int64_t *end)
{
	uint32_t lblk = ref_blk(env, pos), last = ref_blk(env, pos + (int64_t)len - 1);

	*end = pos + (int64_t)len;
	for (; lblk <= last; lblk++) {
		struct ref_extent run;
		int64_t at = ((int64_t)lblk << env->sb.blkbits) / REF_PAGE;
		int err = env->ops->lookup(env, inode, lblk, 1, &run);

		if (err)
			return err;
		if (run.state != REF_HOLE || !ref_block_is_dirty(env, inode, lblk))
			continue;
		at = page_find(&inode->cache, at)->folio * REF_PAGE;
		*end = at < *end ? at : *end;
		forget_block(env, inode, lblk);
	}
	return 0;
}
