/* SPDX-License-Identifier: GPL-2.0-only */
/* What a buffered write asks for: a place of its blocks, or the promise of one; and what has been promised. */
#include "refimpl/env/page_cache.h"

#include <errno.h>

/* Promised blocks that are not dirty any more. */
static int64_t kept_blocks(const struct ref_env *env, const struct ref_inode *inode)
{
	int64_t n = 0;

	for (size_t i = 0; i < inode->kept.nr; i++)
		for (uint64_t b = inode->kept.holes[i].start; b < inode->kept.holes[i].end; b++)
			n += !ref_block_is_dirty(env, inode, (uint32_t)b);
	return n;
}

/* --- clusters --- */

static uint32_t cluster_end(const struct ref_env *env, uint32_t lblk)
{
	return ((lblk >> env->sb.cluster_bits) + 1) << env->sb.cluster_bits;
}

/* Has a block of [lblk, end) a place? */
static int has_place(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t end)
{
	struct ref_extent run;
	int err = 0;

	for (; !err && lblk < end; lblk += run.len) {
		err = env->ops->lookup(env, inode, lblk, end - lblk, &run);
		if (!err && run.state != REF_HOLE)
			return 1;
	}
	return err;
}

/* Has a block of [lblk, end) been promised one? */
static bool has_delayed(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t end)
{
	for (; lblk < end; lblk++)
		if (ref_block_is_dirty(env, inode, lblk) && !has_place(env, inode, lblk, lblk + 1))
			return true;
	return false;
}

/* fs/ext4/inode.c, ext4_clu_alloc_state (6.12 7.3): is the cluster of @lblk there, or promised? */
static int cluster_is_settled(struct ref_env *env, struct ref_inode *inode, uint32_t lblk)
{
	uint32_t first = lblk >> env->sb.cluster_bits << env->sb.cluster_bits, end = cluster_end(env, lblk);
	int there = env->sb.cluster_bits ? has_place(env, inode, first, end) : 0;

	return there ? there : env->sb.cluster_bits && has_delayed(env, inode, first, end);
}

/* The promised clusters among those of the hole [lblk, lblk + len), of which blocks are dirty. */
static int64_t promised_in(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, uint32_t *counted)
{
	uint32_t bits = env->sb.cluster_bits, first = lblk >> bits, last = (lblk + len - 1) >> bits;
	int64_t n = 0;

	if (!bits)
		return len;
	for (uint32_t c = first > *counted ? first : *counted; c <= last; c++) {
		int there = has_place(env, inode, c << bits, (c + 1) << bits);

		if (there < 0)
			return there;
		n += !there;
	}
	*counted = last + 1;
	return n;
}

int64_t ref_delayed_clusters(struct ref_env *env, struct ref_inode *inode)
{
	int64_t delayed = kept_blocks(env, inode);
	uint32_t n, counted = 0;

	for (uint32_t lblk = 0; (n = ref_next_dirty_run(env, inode, &lblk, UINT32_MAX)); lblk += n) {
		struct ref_extent run;
		int64_t more = env->ops->lookup(env, inode, lblk, n, &run);

		if (!more && run.state == REF_HOLE)
			more = promised_in(env, inode, lblk, run.len, &counted);
		if (more < 0)
			return more;
		n = run.len;
		delayed += more;
	}
	return delayed;
}

/* --- what a buffered write asks for --- */

/* fs/ext4/inode.c, ext4_insert_delayed_blocks and ext4_da_reserve_space (6.12 7.3), for one block. */
static int promise_block(struct ref_env *env, struct ref_inode *inode, uint32_t lblk)
{
	uint64_t left = env->ops->clusters_left ? env->ops->clusters_left(env, true) : UINT64_MAX;
	int settled = cluster_is_settled(env, inode, lblk);

	if (settled)
		return settled < 0 ? settled : 0;
	if (left <= env->sb.delayed)
		return -ENOSPC;
	env->sb.delayed++;
	return 0;
}

/*
 * A block that is not written gets its place, or, if @delayed, the promise of one. Of a dirty buffer neither is asked: it
 * is BH_Mapped, also while it is BH_Delay.
 */
static int place_or_promise(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, bool delayed,
			    struct ref_extent *run)
{
	if (!delayed)
		return ref_block_is_dirty(env, inode, lblk) ? 0 : ref_place_blocks(env, inode, lblk, 1, 0, run);
	if (run->state != REF_HOLE || ref_block_is_delayed(env, inode, lblk))
		return 0;
	return promise_block(env, inode, lblk);
}

/*
 * fs/ext4/inode.c, ext4_block_write_begin with ext4_get_block or ext4_da_get_block_prep (6.1 6.12 7.3): block by block.
 * A new one is zero, also where nothing will be copied, and dirty if that is all of it because there was no room for a
 * later one.
 */
int ref_block_write_begin(struct ref_env *env, struct ref_inode *inode, int64_t pos, int64_t end, bool delayed)
{
	static const uint8_t zeroes[REF_PAGE];

	for (int64_t next; pos < end; pos = next) {
		uint32_t lblk = ref_blk(env, pos);
		struct ref_extent run;
		int err = ref_lookup(env, inode, lblk, 1, &run);
		bool fresh = !err && run.state != REF_WRITTEN && !ref_block_is_dirty(env, inode, lblk);
		bool promised = !err && delayed && run.state == REF_HOLE;

		next = ((int64_t)lblk + 1) << env->sb.blkbits;
		next = next < end ? next : end;
		if (!err && run.state != REF_WRITTEN)
			err = place_or_promise(env, inode, lblk, delayed, &run);
		if (!err && fresh)
			err = ref_page_cache_write(env, inode, (int64_t)lblk << env->sb.blkbits, zeroes, ref_bs(env));
		if (err)
			return err;
		if (fresh)
			ref_set_buffer_delay(env, inode, lblk, promised);
	}
	return 0;
}
