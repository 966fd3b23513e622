/* SPDX-License-Identifier: GPL-2.0-only */
/* Between page_cache.c, delalloc.c, writeback.c and extent_status.c. */
#ifndef DIOSCOPE_REF_PAGE_CACHE_H
#define DIOSCOPE_REF_PAGE_CACHE_H

#include "refimpl/path/env.h"

/* Where page @index is, or belongs. */
size_t ref_page_slot(const struct ref_pages *cache, int64_t index);
struct ref_page *ref_page_find(const struct ref_pages *cache, int64_t index);
unsigned int ref_blocks_per_page(const struct ref_env *env);
/* The first block of [start, end) that is promised a place and has none; @end: there is none. */
uint64_t ref_first_delayed(const struct ref_env *env, const struct ref_inode *inode, uint64_t start, uint64_t end);
/* The blocks of a page that [from, to) touches. */
uint8_t ref_block_mask(const struct ref_env *env, size_t from, size_t to);
/* The pages [first, end) of the cached folios that the range touches; false when there are none. */
bool ref_folio_range(const struct ref_inode *inode, int64_t pos, uint64_t len, int64_t *first, int64_t *end);
/* The first run of dirty blocks in [*lblk, end): its length, 0 when there is none. */
uint32_t ref_next_dirty_run(const struct ref_env *env, const struct ref_inode *inode, uint32_t *lblk, uint32_t end);
/* BH_Delay: promised a place when it was last written to, whatever it has been given since. The block's page is cached.
 */
bool ref_buffer_delay(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk);
void ref_set_buffer_delay(const struct ref_env *env, struct ref_inode *inode, uint32_t lblk, bool delay);
/*
 * The place of the first blocks of a dirty run: where they are, or new ones, REF_ALLOC_RESERVED if they were promised.
 * 0 or -errno.
 */
int ref_place_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
		     struct ref_extent *run);

/* A dirty block is clean from now on, and keeps its promise, if it had but one. */
int ref_make_clean(struct ref_env *env, struct ref_inode *inode, uint32_t lblk);

#endif
