// SPDX-License-Identifier: GPL-2.0-only
#include "refimpl/env/extent_tree.h"

#include <stdlib.h>

#include "refimpl/env/page_cache.h"
#include "refimpl/env/ranges.h"

/* Where all replaces what is cached in part, a hole is seen to be promised only when what was cached before is gone. */
static int cache_hole(const struct ref_env *env, struct ref_inode *inode, uint64_t start, uint64_t end)
{
	uint64_t delayed = ref_first_delayed(env, inode, start, end);

	if (delayed < end)
		return env->sb.es_cache_replaces ? ref_ranges_cut(&inode->holes, start, delayed) : 0;
	if (!env->sb.es_cache_replaces && ref_ranges_overlap(&inode->holes, start, end))
		return 0;
	return ref_ext4_es_insert_hole(inode, start, end);
}

/* fs/ext4/extents_status.c, ext4_es_cache_extent (6.1 6.12 6.18 7.1). */
static int cache_extent(const struct ref_env *env, struct ref_inode *inode, const struct ref_extent *e)
{
	uint64_t end = (uint64_t)e->lblk + e->len;

	if (!env->sb.es_cache_replaces && ref_ranges_overlap(&inode->blocks, e->lblk, end))
		return 0;
	return ref_ext4_es_insert_blocks(inode, e->lblk, end);
}

/* fs/ext4/extents.c, ext4_cache_extents (6.1 6.12 6.18 7.1): nothing before the first, or block 0 alone. */
static int cache_extents(const struct ref_env *env, struct ref_inode *inode, const struct ref_leaf *leaf)
{
	uint64_t prev = 0;
	int err = 0;

	for (size_t i = 0; i < leaf->nr && !err; i++) {
		const struct ref_extent *e = &leaf->extents[i];

		if (prev && prev != e->lblk)
			err = cache_hole(env, inode, prev, e->lblk);
		if (!err)
			err = cache_extent(env, inode, e);
		prev = (uint64_t)e->lblk + e->len;
	}
	return err;
}

static bool is_verified(const struct ref_inode *inode, const struct ref_leaf *leaf)
{
	return leaf->block && ref_ranges_overlap(&inode->leaves, leaf->block, leaf->block + 1);
}

static int verify(struct ref_inode *inode, const struct ref_leaf *leaf)
{
	return !leaf->block || is_verified(inode, leaf) ? 0
							: ref_ranges_add(&inode->leaves, leaf->block, leaf->block + 1);
}

static bool has_tree(const struct ref_env *env, const struct ref_inode *inode)
{
	return env->ops->siblings && !env->told && inode->extents;
}

/* fs/ext4/extents.c, __read_extent_tree_block (6.1 6.12 6.18 7.1): what is BH_Verified is not looked at again. */
int ref_ext4_find_extent(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, bool nocache)
{
	struct ref_leaf leaf;
	int err;

	if (!has_tree(env, inode))
		return 0;
	err = env->ops->siblings(env, inode, lblk, &leaf);
	if (!err && !nocache && !is_verified(inode, &leaf))
		err = cache_extents(env, inode, &leaf);
	free(leaf.extents);
	return err ? err : verify(inode, &leaf);
}

/* The leaf of *@lblk; is there one before it, from where *@lblk is now? 1, 0 or -errno. */
static int remove_leaf(struct ref_env *env, struct ref_inode *inode, uint32_t *lblk, struct ref_leaf *leaf)
{
	int err = env->ops->siblings(env, inode, *lblk, leaf);
	bool more = !err && leaf->block && leaf->nr && leaf->extents[0].lblk;

	if (!err)
		err = verify(inode, leaf);
	if (more)
		*lblk = leaf->extents[0].lblk - 1;
	free(leaf->extents);
	return err ? err : more;
}

/* From the right, for as long as leaves become empty; the one before where a punch ends is read in any case. */
int ref_ext4_ext_remove_space(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last)
{
	bool punch = last != UINT32_MAX;
	uint64_t before = 0;
	uint32_t lblk = last;
	int ret = has_tree(env, inode);

	while (ret > 0) {
		struct ref_leaf leaf;

		ret = remove_leaf(env, inode, &lblk, &leaf);
		if (ret > 0)
			ret = leaf.block != before && (punch || lblk + 1 >= first);
		before = leaf.block;
		punch = false;
	}
	return ret;
}
