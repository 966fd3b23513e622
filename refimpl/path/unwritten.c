/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unwritten extents as the tree has them, fs/ext4/extents.c. The extent status cache joins neighbours, so a lookup does
 * not see where one ends; what changes an extent does.
 */
#include "refimpl/path/env.h"

#include <errno.h>

#define EXTENT_MAX_ZEROOUT (32 << 10) /* s_extent_max_zeroout_kb, in bytes */
#define EXT_INIT_MAX_LEN   32768u

int ref_leaf(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_extent *extent)
{
	if (env->ops->leaf)
		return env->ops->leaf(env, inode, lblk, extent);
	return env->ops->lookup(env, inode, lblk, UINT32_MAX - lblk, extent);
}

/* fs/ext4/extents.c, ext4_split_extent (6.1 6.12): the end first, then the beginning. */
int ref_ext4_split_extent(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	struct ref_extent e;
	int err = env->ops->split ? ref_leaf(env, inode, lblk, &e) : 0;

	if (err || !env->ops->split || e.state != REF_UNWRITTEN)
		return err;
	if (len < e.lblk + e.len - lblk)
		err = env->ops->split(env, inode, lblk + len);
	return err ? err : env->ops->split(env, inode, lblk);
}

/*
 * fs/ext4/extents.c, ext4_convert_unwritten_extents_endio (6.1 6.12 6.18 7.3): what is converted gets an extent of its
 * own first, the end before the beginning, and only then joins its neighbours. Until 6.19 it has got that before the
 * I/O. In between, the tree may be too large for the inode: then a block of the map is freed again, and that waits for
 * a commit.
 */
int ref_ext4_convert_unwritten_extents_endio(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	int err = env->ops->split ? env->ops->split(env, inode, lblk + len) : 0;

	if (!err && env->ops->split)
		err = env->ops->split(env, inode, lblk);
	return err ? err : env->ops->convert(env, inode, lblk, len);
}

/* Blocks of an unwritten extent that become written, and of which extent. */
struct conversion {
	struct ref_env *env;
	struct ref_inode *inode;
	struct ref_extent e;
	uint32_t lblk;
	uint32_t len;
};

static uint32_t end_of_extent(const struct ref_extent *e)
{
	return e->lblk + e->len;
}

/* Is the extent at @lblk written, next to the blocks at @pblk, and short enough to take them, too? */
static bool abuts(const struct conversion *c, uint32_t lblk, uint64_t pblk)
{
	struct ref_extent next;

	return !ref_leaf(c->env, c->inode, lblk, &next) && next.state == REF_WRITTEN &&
	       next.pblk + (lblk - next.lblk) == pblk && next.len < EXT_INIT_MAX_LEN - c->len;
}

/* A part at an end goes to the neighbour that it continues: much cheaper than to cut the extent. */
static bool goes_to_neighbour(const struct conversion *c)
{
	const struct ref_extent *e = &c->e;

	if (c->len >= e->len)
		return false;
	if (c->lblk == e->lblk)
		return c->lblk && abuts(c, c->lblk - 1, e->pblk - 1);
	return c->lblk + c->len == end_of_extent(e) && abuts(c, end_of_extent(e), e->pblk + e->len);
}

/* Only what lies inside the file may be zeroed: beyond its end, unwritten blocks are what they were asked to be. */
static uint32_t max_zeroout(const struct conversion *c)
{
	uint32_t eof = (uint32_t)((c->inode->i_disksize + ref_bs(c->env) - 1) >> c->env->sb.blkbits);

	if (eof < c->lblk + c->len)
		eof = c->lblk + c->len;
	return end_of_extent(&c->e) <= eof ? EXTENT_MAX_ZEROOUT >> c->env->sb.blkbits : 0;
}

static int zero_out(const struct conversion *c, uint32_t from, uint32_t to)
{
	uint8_t bits = c->env->sb.blkbits;

	return from == to ? 0
			  : c->env->ops->write(c->env, (c->e.pblk + (from - c->e.lblk)) << bits, NULL,
					       (size_t)(to - from) << bits, false);
}

/* Rather than to cut a short extent, the rest of it is zeroed and converted with it: behind, then before. */
static int widen(struct conversion *c)
{
	uint32_t max = max_zeroout(c), allocated = end_of_extent(&c->e) - c->lblk;
	int err = 0;

	if (!max || allocated <= c->len)
		return 0;
	if (allocated <= max) {
		err = zero_out(c, c->lblk + c->len, end_of_extent(&c->e));
		c->len = allocated;
	}
	if (!err && c->lblk - c->e.lblk + c->len < max) {
		err = zero_out(c, c->e.lblk, c->lblk);
		c->len += c->lblk - c->e.lblk;
		c->lblk = c->e.lblk;
	}
	return err;
}

/* fs/ext4/extents.c, ext4_ext_convert_to_initialized (6.1 6.12 7.3). */
int64_t ref_ext4_ext_convert_to_initialized(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	struct conversion c = {.env = env, .inode = inode, .lblk = lblk, .len = len};
	int err = ref_leaf(env, inode, lblk, &c.e);

	if (err)
		return err;
	if (len > end_of_extent(&c.e) - lblk)
		c.len = len = end_of_extent(&c.e) - lblk;
	if (!goes_to_neighbour(&c))
		err = widen(&c);
	if (!err)
		err = env->ops->convert(env, inode, c.lblk, c.len);
	if (!err && env->ops->siblings)
		err = ref_ext4_es_insert_blocks(inode, c.lblk, c.lblk + c.len); /* ext4_zeroout_es(), too */
	if (err)
		return err;
	ref_ext4_update_inode_fsync_trans(env, inode, true);
	return len;
}
