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
	size_t from = page_slot(cache, (pos + (len == INT64_MAX - (uint64_t)pos ? REF_PAGE - 1 : 0)) / REF_PAGE), to = from;
	int64_t last = (pos + (int64_t)len - 1) / REF_PAGE;

	while (to < cache->nr && cache->pages[to].index <= last)
		free(cache->pages[to++].data);
	if (from == to)
		return;
	memmove(&cache->pages[from], &cache->pages[to], (cache->nr - to) * sizeof(*cache->pages));
	cache->nr -= to - from;
}

void ref_inode_release(struct ref_inode *inode)
{
	for (size_t i = 0; i < inode->cache.nr; i++)
		free(inode->cache.pages[i].data);
	free(inode->cache.pages);
	inode->cache = (struct ref_pages){0};
}
