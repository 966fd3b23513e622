/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page cache of one inode, as small as direct writes can see it: which pages there are, which of their blocks are
 * dirty, and what writing them back does to the mapping and to i_disksize. Pages are whole when they enter.
 */
#include "refimpl/env.h"

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
		int err = env->ops->lookup(env, inode, lblk + b, 1, &run);

		if (!err && run.state == REF_WRITTEN)
			err = env->ops->read(env, run.pblk << env->sb.blkbits, data + ((size_t)b << env->sb.blkbits),
					     ref_bs(env));
		if (err)
			return err;
	}
	return 0;
}

static int page_insert(struct ref_pages *cache, int64_t index, uint8_t *data, struct ref_page **page)
{
	size_t slot = page_slot(cache, index);
	struct ref_page *pages;

	pages = realloc(cache->pages, (cache->nr + 1) * sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	cache->pages = pages;
	memmove(&pages[slot + 1], &pages[slot], (cache->nr - slot) * sizeof(*pages));
	cache->nr++;
	pages[slot] = (struct ref_page){.index = index, .data = data};
	*page = &pages[slot];
	return 0;
}

static int page_get(struct ref_env *env, struct ref_inode *inode, int64_t index, struct ref_page **page)
{
	uint8_t *data;
	int err;

	*page = page_find(&inode->cache, index);
	if (*page)
		return 0;
	data = aligned_alloc(REF_PAGE, REF_PAGE);
	if (!data)
		return -ENOMEM;
	err = page_read(env, inode, index, data);
	if (!err)
		err = page_insert(&inode->cache, index, data, page);
	if (err)
		free(data);
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
		int err = page_get(env, inode, pos / REF_PAGE, &page);

		if (err)
			return err;
		memcpy(page->data + offset, data, n);
		page->dirty |= block_mask(env, offset, offset + n);
		pos += (int64_t)n;
		data += n;
		len -= n;
	}
	return 0;
}

static bool block_is_dirty(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk)
{
	const struct ref_page *page = page_find(&inode->cache, lblk / blocks_per_page(env));

	return page && page->dirty & 1u << lblk % blocks_per_page(env);
}

/* fs/ext4/inode.c, ext4_block_zero_page_range (6.1 6.12 7.3). */
int ref_ext4_block_zero_range(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint32_t len)
{
	static const uint8_t zeroes[REF_PAGE];
	struct ref_extent run;
	int err = env->ops->lookup(env, inode, ref_blk(env, pos), 1, &run);

	if (err || (run.state != REF_WRITTEN && !block_is_dirty(env, inode, ref_blk(env, pos))))
		return err;
	return ref_page_cache_write(env, inode, pos, zeroes, len);
}

bool ref_filemap_range_has_page(const struct ref_inode *inode, int64_t pos, uint64_t len)
{
	size_t slot = page_slot(&inode->cache, pos / REF_PAGE);

	return slot < inode->cache.nr && inode->cache.pages[slot].index <= (pos + (int64_t)len - 1) / REF_PAGE;
}

void ref_invalidate_range(struct ref_inode *inode, int64_t pos, uint64_t len)
{
	struct ref_pages *cache = &inode->cache;
	size_t from = page_slot(cache, pos / REF_PAGE), to = from;
	int64_t last = (pos + (int64_t)len - 1) / REF_PAGE;

	while (to < cache->nr && cache->pages[to].index <= last)
		free(cache->pages[to++].data);
	if (from == to)
		return;
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
}

/* --- writeback --- */

/* The first run of dirty blocks in [*lblk, end): its length, 0 when there is none. */
static uint32_t next_dirty_run(const struct ref_env *env, const struct ref_inode *inode, uint32_t *lblk, uint32_t end)
{
	const struct ref_pages *cache = &inode->cache;
	uint32_t len = 0;

	while (*lblk < end && !block_is_dirty(env, inode, *lblk)) {
		size_t slot = page_slot(cache, *lblk / blocks_per_page(env));

		if (slot == cache->nr)
			return 0;
		if (cache->pages[slot].index > *lblk / blocks_per_page(env))
			*lblk = (uint32_t)cache->pages[slot].index * blocks_per_page(env);
		else
			++*lblk;
	}
	while (*lblk + len < end && block_is_dirty(env, inode, *lblk + len))
		len++;
	return len;
}

/* The place of the first blocks of a dirty run: where they are, or new ones, unwritten until the data is there. */
static int place_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len,
			struct ref_extent *run)
{
	int err = env->ops->lookup(env, inode, lblk, len, run);

	if (err || run->state != REF_HOLE)
		return err;
	err = env->ops->allocate(env, inode, lblk, run->len, inode->extents, run);
	if (err)
		return err;
	inode->datasync_dirty = true;
	ref_ext4_update_inode_fsync_trans(env, inode, !inode->extents);
	return 0;
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
	if (run->state != REF_UNWRITTEN)
		return 0;
	err = env->ops->convert(env, inode, run->lblk, run->len);
	ref_ext4_update_inode_fsync_trans(env, inode, true);
	return err;
}

/* fs/ext4/inode.c, mpage_map_and_submit_extent (6.1 6.12 7.3): the size follows what has been given its place. */
static int push_disksize(struct ref_env *env, struct ref_inode *inode, int64_t end)
{
	if (end > inode->i_size)
		end = inode->i_size;
	if (end <= inode->i_disksize)
		return 0;
	inode->i_disksize = end;
	ref_ext4_update_inode_fsync_trans(env, inode, true);
	return env->ops->set_disksize(env, inode);
}

/* Blocks [first, end) of the cached pages that the range touches; false when there are none. */
static bool cached_blocks(const struct ref_env *env, const struct ref_inode *inode, int64_t pos, uint64_t len,
			  uint32_t *first, uint32_t *end)
{
	const struct ref_pages *cache = &inode->cache;
	int64_t last;

	if (!len || !ref_filemap_range_has_page(inode, pos, len))
		return false;
	last = (pos + (int64_t)len - 1) / REF_PAGE;
	if (last > cache->pages[cache->nr - 1].index)
		last = cache->pages[cache->nr - 1].index;
	*first = (uint32_t)(pos / REF_PAGE) * blocks_per_page(env);
	*end = (uint32_t)(last + 1) * blocks_per_page(env);
	return true;
}

int ref_filemap_write_and_wait_range(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len)
{
	uint32_t lblk, end, n;
	struct ref_extent run;

	if (!cached_blocks(env, inode, pos, len, &lblk, &end))
		return 0;
	for (; (n = next_dirty_run(env, inode, &lblk, end)); lblk += run.len) {
		int err = place_blocks(env, inode, lblk, n, &run);

		if (!err)
			err = write_run(env, inode, &run);
		if (!err)
			err = push_disksize(env, inode, (int64_t)(lblk + run.len) << env->sb.blkbits);
		if (err)
			return err;
	}
	return 0;
}

int ref_page_cache_allocate(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len)
{
	uint32_t lblk, end, n;
	struct ref_extent run;

	if (!cached_blocks(env, inode, pos, len, &lblk, &end))
		return 0;
	for (; (n = next_dirty_run(env, inode, &lblk, end)); lblk += run.len) {
		int err = place_blocks(env, inode, lblk, n, &run);

		if (err)
			return err;
	}
	return 0;
}
