/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page cache of one inode, as small as direct writes can see it: which pages there are, and which of their blocks
 * are dirty. Pages are whole when they enter, and belong to folios, which live and die as a whole.
 */
#include "refimpl/env/page_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- pages --- */

size_t ref_page_slot(const struct ref_pages *cache, int64_t index)
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

struct ref_page *ref_page_find(const struct ref_pages *cache, int64_t index)
{
	size_t slot = ref_page_slot(cache, index);

	return slot < cache->nr && cache->pages[slot].index == index ? &cache->pages[slot] : NULL;
}

unsigned int ref_blocks_per_page(const struct ref_env *env)
{
	return REF_PAGE >> env->sb.blkbits;
}

/* Fill @data from the blocks that are written; the others read as zeroes. */
static int page_read(struct ref_env *env, struct ref_inode *inode, int64_t index, uint8_t *data)
{
	uint32_t lblk = ref_blk(env, index * REF_PAGE);

	memset(data, 0, REF_PAGE);
	if (inode->inline_size)
		return index ? 0 : env->ops->inline_get(env, inode, data);
	for (unsigned int b = 0; b < ref_blocks_per_page(env); b++) {
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

/* --- folios --- */

#define MAX_FOLIO_ORDER 9 /* PREFERRED_MAX_PAGECACHE_ORDER */

static bool has_pages(const struct ref_pages *cache, int64_t first, int64_t end)
{
	size_t slot = ref_page_slot(cache, first);

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
	const struct ref_page *page = ref_page_find(&inode->cache, pos / REF_PAGE);

	return (page ? page->folio_end : ref_filemap_get_folio_end(inode, pos / REF_PAGE, len)) * REF_PAGE;
}

static int page_insert(struct ref_pages *cache, const struct ref_page *page)
{
	size_t slot = ref_page_slot(cache, page->index);
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

	if (!ref_page_find(&inode->cache, index))
		for (int64_t i = index; i < end && !err; i++)
			err = page_add(env, inode, i, index, end);
	*page = ref_page_find(&inode->cache, index);
	return err;
}

uint8_t ref_block_mask(const struct ref_env *env, size_t from, size_t to)
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
		page->dirty |= ref_block_mask(env, offset, offset + n);
		if (inode->extents) /* what is delayed is no hole */
			err = ref_ext4_es_remove_hole(inode, ref_blk(env, pos),
						      (uint64_t)ref_blk(env, pos + (int64_t)n - 1) + 1);
		if (err)
			return err;
		pos += (int64_t)n;
		data += n;
		len -= n;
	}
	return 0;
}

void ref_page_cache_dirty(const struct ref_env *env, struct ref_inode *inode, int64_t pos)
{
	struct ref_page *page = ref_page_find(&inode->cache, pos / REF_PAGE);

	if (page)
		page->dirty |= ref_block_mask(env, (size_t)(pos % REF_PAGE), (size_t)(pos % REF_PAGE) + 1);
}

uint8_t *ref_page_cache_first(struct ref_env *env, struct ref_inode *inode)
{
	struct ref_page *page;

	return page_get(env, inode, 0, 1, &page) ? NULL : page->data;
}

int ref_page_cache_prepare(struct ref_env *env, struct ref_inode *inode, int64_t pos, uint64_t len)
{
	struct ref_page *page;

	return page_get(env, inode, pos, len, &page);
}

bool ref_block_is_dirty(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk)
{
	const struct ref_page *page = ref_page_find(&inode->cache, lblk / ref_blocks_per_page(env));

	return page && page->dirty & 1u << lblk % ref_blocks_per_page(env);
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
	ref_ext4_jbd2_inode_add_write(env, inode, ref_blk(env, pos), ref_blk(env, pos) + 1);
	return ref_page_cache_write(env, inode, pos, zeroes, len);
}

bool ref_filemap_range_has_page(const struct ref_inode *inode, int64_t pos, uint64_t len)
{
	size_t slot = ref_page_slot(&inode->cache, pos / REF_PAGE);

	return slot < inode->cache.nr && inode->cache.pages[slot].index <= (pos + (int64_t)len - 1) / REF_PAGE;
}

bool ref_folio_range(const struct ref_inode *inode, int64_t pos, uint64_t len, int64_t *first, int64_t *end)
{
	int64_t last = (pos + (int64_t)len - 1) / REF_PAGE;
	const struct ref_page *page;

	if (!len || !ref_filemap_range_has_page(inode, pos, len))
		return false;
	page = &inode->cache.pages[ref_page_slot(&inode->cache, pos / REF_PAGE)];
	*first = page->folio < pos / REF_PAGE ? page->folio : page->index;
	page = &inode->cache.pages[ref_page_slot(&inode->cache, last + 1) - 1];
	*end = page->folio_end > page->index ? page->folio_end : page->index + 1;
	return true;
}

void ref_invalidate_range(struct ref_inode *inode, int64_t pos, uint64_t len)
{
	struct ref_pages *cache = &inode->cache;
	int64_t first, end;
	size_t from, to;

	if (!ref_folio_range(inode, pos, len, &first, &end))
		return;
	from = ref_page_slot(cache, first);
	to = ref_page_slot(cache, end);
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
		page->dirty &= ~ref_block_mask(env, first, end);
}

static void set_folio(struct ref_pages *cache, int64_t first, int64_t end)
{
	for (size_t i = ref_page_slot(cache, first); i < cache->nr && cache->pages[i].index < end; i++) {
		cache->pages[i].folio = first;
		cache->pages[i].folio_end = end;
	}
}

static bool folio_is_dirty(const struct ref_pages *cache, int64_t first, int64_t end)
{
	for (size_t i = ref_page_slot(cache, first); i < cache->nr && cache->pages[i].index < end; i++)
		if (cache->pages[i].dirty)
			return true;
	return false;
}

int ref_invalidate_inode_pages2_range(struct ref_inode *inode, int64_t pos, uint64_t len)
{
	struct ref_pages *cache = &inode->cache;
	int64_t last = (pos + (int64_t)len - 1) / REF_PAGE, first, end;
	int err = 0;

	for (int64_t page = pos / REF_PAGE; page <= last; page = end) {
		if (!ref_folio_range(inode, page * REF_PAGE, 1, &first, &end))
			end = page + 1;
		else if (folio_is_dirty(cache, first, end))
			err = -EBUSY;
		else
			ref_invalidate_range(inode, page * REF_PAGE, 1);
	}
	return err;
}

void ref_pagecache_isize_extended(const struct ref_env *env, struct ref_inode *inode, int64_t from, int64_t to)
{
	struct ref_pages *cache = &inode->cache;
	int64_t bs = ref_bs(env), block_end = (from + bs - 1) & ~(bs - 1), first, end;

	if (bs >= REF_PAGE || to <= block_end || !(block_end % REF_PAGE) ||
	    !ref_folio_range(inode, from, 1, &first, &end) || !folio_is_dirty(cache, first, end))
		return;
	to = to < end * REF_PAGE ? to : end * REF_PAGE;
	for (size_t i = ref_page_slot(cache, from / REF_PAGE); from < to; i++) {
		int64_t offset = from % REF_PAGE, len = to - from < REF_PAGE - offset ? to - from : REF_PAGE - offset;

		memset(cache->pages[i].data + offset, 0, (size_t)len);
		from += len;
	}
}

/*
 * mm/truncate.c, truncate_inode_partial_folio (6.18): a folio of which a part stays is halved until the page at which
 * it is cut is alone. One whose buffers are dirty cannot be; what was dirty only in the part that is cut no longer is.
 */
static void split_folio(struct ref_pages *cache, int64_t pos)
{
	int64_t index = pos / REF_PAGE;
	const struct ref_page *page = ref_page_find(cache, index);
	int64_t first = page ? page->folio : 0, end = page ? page->folio_end : 0;

	if (!page || first * REF_PAGE == pos || folio_is_dirty(cache, first, end))
		return;
	while (end - first > 1) {
		int64_t middle = first + (end - first) / 2;

		set_folio(cache, first, middle);
		set_folio(cache, middle, end);
		if (index < middle)
			end = middle;
		else
			first = middle;
	}
}

void ref_invalidate_mapping_pages(struct ref_inode *inode, int64_t pos, uint64_t len)
{
	int64_t first = pos / REF_PAGE, end = (pos + (int64_t)len - 1) / REF_PAGE + 1;

	for (int64_t i = first; i < end; i++) {
		const struct ref_page *page = ref_page_find(&inode->cache, i);

		if (page && page->folio >= first && page->folio_end <= end &&
		    !folio_is_dirty(&inode->cache, page->folio, page->folio_end))
			ref_invalidate_range(inode, i * REF_PAGE, 1);
	}
}

/* Nothing of its folio stays: what is left of one that was not halved stays in it as zeroes. */
static bool goes_as_a_whole(const struct ref_page *page, int64_t from, int64_t to)
{
	return page->folio * REF_PAGE >= from && page->folio_end <= to / REF_PAGE;
}

/* All pages that reach into [from, to). */
static void cut_pages(const struct ref_env *env, struct ref_pages *cache, int64_t from, int64_t to)
{
	for (size_t i = ref_page_slot(cache, from / REF_PAGE); i < cache->nr; i++) {
		int64_t start = cache->pages[i].index * REF_PAGE;

		if (start < to && start + REF_PAGE > from)
			page_cut(env, &cache->pages[i], from, to);
	}
}

/*
 * fs/ext4/inode.c, ext4_truncate: of a file whose data are still in its inode it ends before the extent status cache is
 * cut, and what was promised to pages that are cut stays promised.
 */
static void keep_promises(const struct ref_env *env, struct ref_inode *inode, int64_t from, int64_t to)
{
	uint32_t bs = ref_bs(env), end = to == INT64_MAX ? UINT32_MAX : ref_blk(env, to);

	for (uint32_t lblk = ref_blk(env, from + bs - 1); ref_next_dirty_run(env, inode, &lblk, end); lblk++)
		(void)ref_keep_promise(inode, lblk);
}

void ref_truncate_pagecache_range(const struct ref_env *env, struct ref_inode *inode, int64_t from, int64_t to)
{
	struct ref_pages *cache = &inode->cache;
	size_t kept = ref_page_slot(cache, from / REF_PAGE);

	if (inode->inline_size)
		keep_promises(env, inode, from, to);
	cut_pages(env, cache, from, to);
	split_folio(cache, from);
	split_folio(cache, to);
	for (size_t i = kept; i < cache->nr; i++) {
		struct ref_page *page = &cache->pages[i];

		if (goes_as_a_whole(page, from, to))
			free(page->data);
		else
			cache->pages[kept++] = *page;
	}
	cache->nr = kept;
}

/* What is behind EOF at @from is clean from now on, and promised blocks stay so. */
static void clean_beyond(struct ref_env *env, struct ref_inode *inode, int64_t from)
{
	uint32_t lblk = ref_blk(env, from + ref_bs(env) - 1);

	for (uint32_t n; (n = ref_next_dirty_run(env, inode, &lblk, UINT32_MAX)); lblk++)
		(void)ref_make_clean(env, inode, lblk);
}

void ref_truncate_pagecache_up(struct ref_env *env, struct ref_inode *inode, int64_t from)
{
	struct ref_pages *cache = &inode->cache;
	int64_t end = (from + REF_PAGE - 1) / REF_PAGE;

	clean_beyond(env, inode, from);
	split_folio(cache, from);
	for (size_t i = ref_page_slot(cache, end); i < cache->nr;) {
		if (cache->pages[i].folio >= end)
			ref_invalidate_range(inode, cache->pages[i].index * REF_PAGE, 1);
		else
			i++;
	}
}

void ref_drop_held_folio(const struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t from)
{
	const struct ref_page *page = ref_page_find(&inode->cache, pos / REF_PAGE);
	int64_t first = page ? page->folio : 0, end = page ? page->folio_end : 0;

	if (end - first <= 1 || first * REF_PAGE >= from || from >= end * REF_PAGE)
		return;
	cut_pages(env, &inode->cache, from, end * REF_PAGE);
	if (!folio_is_dirty(&inode->cache, first, end))
		ref_invalidate_range(inode, first * REF_PAGE, (uint64_t)(end - first) * REF_PAGE);
}

void ref_inode_release(struct ref_inode *inode)
{
	for (size_t i = 0; i < inode->cache.nr; i++)
		free(inode->cache.pages[i].data);
	free(inode->cache.pages);
	inode->cache = (struct ref_pages){0};
	free(inode->holes.holes);
	free(inode->blocks.holes);
	free(inode->kept.holes);
	free(inode->leaves.holes);
	inode->holes = inode->blocks = inode->kept = inode->leaves = (struct ref_holes){0};
}

uint32_t ref_next_dirty_run(const struct ref_env *env, const struct ref_inode *inode, uint32_t *lblk, uint32_t end)
{
	const struct ref_pages *cache = &inode->cache;
	uint32_t len = 0;

	while (*lblk < end && !ref_block_is_dirty(env, inode, *lblk)) {
		size_t slot = ref_page_slot(cache, *lblk / ref_blocks_per_page(env));

		if (slot == cache->nr)
			return 0;
		if (cache->pages[slot].index > *lblk / ref_blocks_per_page(env))
			*lblk = (uint32_t)cache->pages[slot].index * ref_blocks_per_page(env);
		else
			++*lblk;
	}
	while (*lblk + len < end && ref_block_is_dirty(env, inode, *lblk + len))
		len++;
	return len;
}

bool ref_buffer_delay(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk)
{
	const struct ref_page *page = ref_page_find(&inode->cache, lblk / ref_blocks_per_page(env));

	return page && page->delay & 1u << lblk % ref_blocks_per_page(env);
}

void ref_set_buffer_delay(const struct ref_env *env, struct ref_inode *inode, uint32_t lblk, bool delay)
{
	struct ref_page *page = ref_page_find(&inode->cache, lblk / ref_blocks_per_page(env));
	uint8_t bit = (uint8_t)(1u << lblk % ref_blocks_per_page(env));

	page->delay = (uint8_t)(delay ? page->delay | bit : page->delay & ~bit);
}
