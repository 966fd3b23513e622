/* SPDX-License-Identifier: GPL-2.0-only */
/* Between page_cache.c and writeback.c. */
#ifndef DIOSCOPE_REF_PAGE_CACHE_H
#define DIOSCOPE_REF_PAGE_CACHE_H

#include "refimpl/path/env.h"

/* Where page @index is, or belongs. */
size_t ref_page_slot(const struct ref_pages *cache, int64_t index);
struct ref_page *ref_page_find(const struct ref_pages *cache, int64_t index);
unsigned int ref_blocks_per_page(const struct ref_env *env);
/* The blocks of a page that [from, to) touches. */
uint8_t ref_block_mask(const struct ref_env *env, size_t from, size_t to);
/* The pages [first, end) of the cached folios that the range touches; false when there are none. */
bool ref_folio_range(const struct ref_inode *inode, int64_t pos, uint64_t len, int64_t *first, int64_t *end);

#endif
