/* SPDX-License-Identifier: GPL-2.0-only */
/* The block map over libext2fs: extents; files without them are fs_indirect.c's. */
#include "refimpl/env/fs_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- extents --- */

void ref_ext_map_release(struct ref_ext_map *m)
{
	if (m->handle)
		ext2fs_extent_free(m->handle);
	if (m->fs)
		m->fs->leaf_goal = 0;
}

/* fs/ext4/extents.c, ext4_ext_grow_indepth (6.1 6.12 6.18 7.3): where the inode's files begin, not near the data. */
static void aim_first_leaf(const struct ref_ext_map *m)
{
	const struct ext3_extent_header *root = (const void *)m->raw.i_block;
	dgrp_t group = (dgrp_t)ref_fs_group_of_file(m->fs, m->ino);

	m->fs->leaf_goal = root->eh_depth ? 0 : ext2fs_group_first_block2(m->fs->fs, group);
}

int ref_ext_map_open(struct ref_ext_map *m, struct ref_env *env, const struct ref_inode *inode)
{
	int err;

	*m = (struct ref_ext_map){.fs = ref_fs_of(env), .ino = inode->ino};
	err = ref_fs_read_inode(m->fs, inode->ino, &m->raw);
	m->blocks = m->raw.i_blocks;
	if (err || !inode->extents)
		return err;
	aim_first_leaf(m);
	return ref_fs_error(ext2fs_extent_open2(m->fs->fs, (ext2_ino_t)inode->ino, &m->raw, &m->handle));
}

static bool has_tables(const struct ref_ext_map *m)
{
	const struct ext3_extent_header *root = (const void *)m->raw.i_block;
	const __u32 *tables = m->raw.i_block + EXT2_IND_BLOCK;

	return m->handle ? root->eh_depth : tables[0] || tables[1] || tables[2];
}

/*
 * fs/ext4/ext4_jbd2.c, __ext4_handle_dirty_metadata (6.1 6.12 7.3): without a journal, a changed block of the map is
 * listed with the inode, and stays so until an fsync, whoever writes it before, or until it is freed: __ext4_forget().
 * The first blocks up to @end changed.
 */
void ref_ext_map_dirtied(const struct ref_ext_map *m, struct ref_inode *inode, uint64_t end)
{
	inode->private_list |= end > (m->handle ? 0 : EXT2_NDIR_BLOCKS);
	inode->private_list &= has_tables(m);
}

/*
 * include/linux/quotaops.h, dquot_alloc_block (6.1 6.12 7.3): a block that the tree of extents takes marks the inode
 * I_DIRTY, also where the file itself gets none. To be asked before anything is given back.
 */
static void note_growth(const struct ref_ext_map *m, struct ref_inode *inode)
{
	inode->datasync_dirty |= m->raw.i_blocks > m->blocks;
}

static bool is_end_of_tree(errcode_t error)
{
	return error == EXT2_ET_EXTENT_NO_NEXT || error == EXT2_ET_NO_CURRENT_NODE;
}

/* Stand at the first extent that ends behind @lblk: 1, 0 when there is none, or -errno. */
int ref_ext_seek(struct ref_ext_map *m, uint64_t lblk, struct ext2fs_extent *e)
{
	errcode_t error = ext2fs_extent_goto(m->handle, lblk);

	if (error && error != EXT2_ET_EXTENT_NOT_FOUND)
		return ref_fs_error(error);
	error = ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, e);
	while (!error && (!(e->e_flags & EXT2_EXTENT_FLAGS_LEAF) || ref_ext_end(e) <= lblk))
		error = ext2fs_extent_get(m->handle, EXT2_EXTENT_NEXT_LEAF, e);
	if (is_end_of_tree(error))
		return 0;
	return error ? ref_fs_error(error) : 1;
}

static bool ext_follows(const struct ext2fs_extent *a, const struct ext2fs_extent *b)
{
	return ref_ext_end(a) == b->e_lblk && a->e_pblk + a->e_len == b->e_pblk &&
	       !((a->e_flags ^ b->e_flags) & EXT2_EXTENT_FLAGS_UNINIT);
}

/*
 * Where the last extent before the hole at @lblk ends. Before the first one of a file the kernel takes the hole from
 * where it looks, fs/ext4/extents.c, ext4_ext_find_hole (6.18; in 6.1 and 6.12 within its caller).
 */
static uint64_t ext_gap_start(struct ref_ext_map *m, uint64_t lblk)
{
	struct ext2fs_extent e;

	ext2fs_extent_goto(m->handle, lblk);
	if (ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, &e))
		return 0;
	return e.e_lblk > lblk ? lblk : ref_ext_end(&e);
}

static int lookup_extents(struct ref_ext_map *m, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	struct ext2fs_extent e, next;
	int found = ref_ext_seek(m, lblk, &e);

	*run = (struct ref_extent){.lblk = lblk, .len = max, .state = REF_HOLE};
	if (found < 0)
		return found;
	if (!found || e.e_lblk > lblk) {
		run->gap_start = ext_gap_start(m, lblk);
		run->gap_end = found ? e.e_lblk : REF_GAP_END;
		if (run->gap_end - lblk < max)
			run->len = (uint32_t)(run->gap_end - lblk);
		return 0;
	}
	run->state = e.e_flags & EXT2_EXTENT_FLAGS_UNINIT ? REF_UNWRITTEN : REF_WRITTEN;
	run->pblk = e.e_pblk + (lblk - e.e_lblk);
	while (ref_ext_end(&e) - lblk < max && !ext2fs_extent_get(m->handle, EXT2_EXTENT_NEXT_LEAF, &next) &&
	       ext_follows(&e, &next))
		e = next;
	if (ref_ext_end(&e) - lblk < max)
		run->len = (uint32_t)(ref_ext_end(&e) - lblk);
	return 0;
}

static struct ext2fs_extent extent_of(const struct ref_extent *run)
{
	return (struct ext2fs_extent){
		.e_lblk = run->lblk,
		.e_pblk = run->pblk,
		.e_len = run->len,
		.e_flags = run->state == REF_UNWRITTEN ? EXT2_EXTENT_FLAGS_UNINIT : 0,
	};
}

static errcode_t insert_alone(struct ref_ext_map *m, const struct ref_extent *run)
{
	struct ext2fs_extent e, new = extent_of(run);
	errcode_t error = ext2fs_extent_goto(m->handle, run->lblk);

	if (error && error != EXT2_ET_EXTENT_NOT_FOUND)
		return error;
	error = ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, &e);
	error = ext2fs_extent_insert(m->handle, !error && e.e_lblk < run->lblk ? EXT2_EXTENT_INSERT_AFTER : 0, &new);
	/* one that is now the first of its leaf begins what the index above says, too */
	return error ? error : ext2fs_extent_fix_parents(m->handle);
}

static uint32_t longest_extent(const struct ref_extent *run)
{
	return run->state == REF_UNWRITTEN ? EXT_UNINIT_MAX_LEN : EXT_INIT_MAX_LEN;
}

/* Come to the extent in the same leaf that follows a hole at @lblk, unless another ends there. */
static bool goto_behind_gap(struct ref_ext_map *m, uint32_t lblk, struct ext2fs_extent *e)
{
	errcode_t error = ext2fs_extent_goto(m->handle, lblk);

	if ((error && error != EXT2_ET_EXTENT_NOT_FOUND) || ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, e))
		return false;
	return e->e_lblk > lblk || (ref_ext_end(e) < lblk && !ext2fs_extent_get(m->handle, EXT2_EXTENT_NEXT_SIB, e));
}

/* fs/ext4/extents.c, ext4_ext_insert_extent (6.1 6.12 6.18 7.3): is it the front of the extent that follows? */
static bool prepend(struct ref_ext_map *m, const struct ref_extent *run, errcode_t *error)
{
	const struct ext2fs_extent new = extent_of(run);
	struct ext2fs_extent e;

	if (!goto_behind_gap(m, run->lblk, &e) || !ext_follows(&new, &e) || e.e_len + run->len > longest_extent(run))
		return false;
	e.e_lblk = run->lblk;
	e.e_pblk = run->pblk;
	e.e_len += run->len;
	*error = ext2fs_extent_replace(m->handle, 0, &e);
	if (!*error)
		*error = ext2fs_extent_fix_parents(m->handle);
	return true;
}

/* One place on the disk for a hole's blocks; neighbours that fit are extended. */
static errcode_t insert_extents(struct ref_ext_map *m, const struct ref_extent *run)
{
	bool unwritten = run->state == REF_UNWRITTEN;
	uint32_t longest = longest_extent(run), at = 0;

	while (at < run->len) {
		struct ext2fs_extent e;
		uint32_t more = run->len - at - 1;
		errcode_t error = ext2fs_extent_set_bmap(m->handle, run->lblk + at, run->pblk + at,
							 unwritten ? EXT2_EXTENT_SET_BMAP_UNINIT : 0);

		if (!error)
			error = ext2fs_extent_goto(m->handle, run->lblk + at);
		if (!error)
			error = ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, &e);
		if (error)
			return error;
		/* what was just set is the extent's last block, unless it also met its right neighbour */
		if (more && ref_ext_end(&e) == run->lblk + at + 1) {
			more = more < longest - e.e_len ? more : longest - e.e_len;
			e.e_len += more;
			error = ext2fs_extent_replace(m->handle, 0, &e);
			if (error)
				return error;
			at += more;
		}
		at++;
	}
	return 0;
}

/* Make one extent of @lblk's and the one before it, if they are one run. */
static errcode_t merge_left(struct ref_ext_map *m, uint64_t lblk)
{
	struct ext2fs_extent e, left;
	errcode_t error = ext2fs_extent_goto(m->handle, lblk);

	if (!error)
		error = ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, &e);
	if (error)
		return error;
	if (ext2fs_extent_get(m->handle, EXT2_EXTENT_PREV_SIB, &left) || !ext_follows(&left, &e) ||
	    left.e_len + e.e_len > EXT_UNINIT_MAX_LEN)
		return 0;
	error = ext2fs_extent_get(m->handle, EXT2_EXTENT_NEXT_SIB, &e);
	if (!error)
		error = ext2fs_extent_delete(m->handle, EXT2_EXTENT_DELETE_KEEP_EMPTY);
	if (!error)
		error = ext2fs_extent_goto(m->handle, left.e_lblk);
	left.e_len += e.e_len;
	return error ? error : ext2fs_extent_replace(m->handle, 0, &left);
}

static errcode_t cut_extent(struct ref_ext_map *m, struct ext2fs_extent *e, uint32_t lblk)
{
	struct ext2fs_extent rest = *e;
	errcode_t error;

	rest.e_lblk = lblk;
	rest.e_pblk += lblk - e->e_lblk;
	rest.e_len -= lblk - e->e_lblk;
	e->e_len -= rest.e_len;
	error = ext2fs_extent_replace(m->handle, 0, e);
	return error ? error : ext2fs_extent_insert(m->handle, EXT2_EXTENT_INSERT_AFTER, &rest);
}

/* Does written extent @e go on with blocks at @lblk, on the side where they are? */
static bool is_joined(struct ref_ext_map *m, const struct ext2fs_extent *e, uint64_t lblk)
{
	struct ext2fs_extent other;

	return ref_ext_seek(m, lblk, &other) > 0 && other.e_lblk <= lblk &&
	       !(other.e_flags & EXT2_EXTENT_FLAGS_UNINIT) &&
	       other.e_pblk + (lblk - other.e_lblk) + (e->e_lblk - lblk) == e->e_pblk;
}

static errcode_t set_written(struct ref_ext_map *m, const struct ext2fs_extent *e, uint64_t lblk)
{
	return ext2fs_extent_set_bmap(m->handle, lblk, e->e_pblk + (lblk - e->e_lblk), 0);
}

/* Blocks [from, to) of @e go to the extent before it, the first one first, or to the one behind it, the last one first.
 */
static errcode_t move_to_left(struct ref_ext_map *m, const struct ext2fs_extent *e, uint64_t from, uint64_t to)
{
	errcode_t error = 0;

	for (uint64_t b = from; !error && b < to; b++)
		error = set_written(m, e, b);
	return error;
}

static errcode_t move_to_right(struct ref_ext_map *m, const struct ext2fs_extent *e, uint64_t from, uint64_t to)
{
	errcode_t error = 0;

	for (uint64_t b = to; !error && b-- > from;)
		error = set_written(m, e, b);
	return error;
}

/* fs/ext4/extents.c, ext4_split_extent (6.1 6.12 7.3): the end first, so that there are never more than in the end. */
static errcode_t cut_out(struct ref_ext_map *m, uint64_t from, uint64_t to)
{
	struct ext2fs_extent e = {0};
	errcode_t error = 0;

	if (ref_ext_seek(m, from, &e) > 0 && to < ref_ext_end(&e))
		error = cut_extent(m, &e, (uint32_t)to);
	if (!error && from > e.e_lblk && ref_ext_seek(m, from, &e) > 0)
		error = cut_extent(m, &e, (uint32_t)from);
	if (error || ref_ext_seek(m, from, &e) <= 0)
		return error;
	e.e_flags &= ~EXT2_EXTENT_FLAGS_UNINIT;
	return ext2fs_extent_replace(m->handle, 0, &e);
}

/* The part of unwritten extent @e from @from to @to becomes written. */
static errcode_t convert_extent(struct ref_ext_map *m, const struct ext2fs_extent *e, uint64_t from, uint64_t to)
{
	uint64_t first = e->e_lblk, end = ref_ext_end(e);

	from = from > first ? from : first;
	to = to < end ? to : end;
	if (from == first && to < end && first && is_joined(m, e, first - 1))
		return move_to_left(m, e, from, to);
	if (to == end && from > first && is_joined(m, e, end))
		return move_to_right(m, e, from, to);
	return cut_out(m, from, to);
}

static int convert_extents(struct ref_ext_map *m, uint64_t from, uint64_t to)
{
	struct ext2fs_extent e, next;
	int found;

	for (uint64_t at = from; (found = ref_ext_seek(m, at, &e)) > 0 && e.e_lblk < to; at = ref_ext_end(&e)) {
		uint64_t start = from > e.e_lblk ? from : e.e_lblk;
		errcode_t error;

		if (!(e.e_flags & EXT2_EXTENT_FLAGS_UNINIT))
			continue;
		error = convert_extent(m, &e, from, to);
		if (!error)
			error = merge_left(m, start);
		if (!error && ref_ext_end(&e) <= to && ref_ext_seek(m, ref_ext_end(&e), &next) > 0)
			error = merge_left(m, next.e_lblk);
		if (error)
			return ref_fs_error(error);
	}
	return found < 0 ? found : 0;
}

#define ROOT_EXTENTS 4 /* that have a place in the inode */

/* fs/ext4/extents.c, ext4_ext_try_to_merge_up (6.1 6.12 7.3): a leaf whose extents fit into the inode goes back there.
 */
static errcode_t merge_up(struct ref_ext_map *m)
{
	struct ext3_extent_header *root = (void *)m->raw.i_block;
	struct ext3_extent_idx index = *EXT_FIRST_INDEX(root);
	blk64_t blk = index.ei_leaf | (blk64_t)index.ei_leaf_hi << 32;
	uint64_t buf[REF_PAGE / sizeof(uint64_t)];
	struct ext3_extent_header *leaf = (void *)buf;
	ext2fs_block_bitmap before;
	errcode_t error;

	if (root->eh_depth != 1 || root->eh_entries != 1)
		return 0;
	error = io_channel_read_blk64(m->fs->fs->io, blk, 1, buf);
	if (error || leaf->eh_entries > ROOT_EXTENTS)
		return error;
	error = ext2fs_copy_bitmap(m->fs->fs->block_map, &before);
	if (error)
		return error;
	memcpy(root, leaf, sizeof(*leaf) + leaf->eh_entries * sizeof(struct ext3_extent));
	root->eh_max = ROOT_EXTENTS;
	ext2fs_block_alloc_stats2(m->fs->fs, blk, -1);
	error = ref_fs_note_freed(m->fs, before, true);
	return error ? error : ext2fs_iblk_sub_blocks(m->fs->fs, &m->raw, 1);
}

/* --- either --- */

/*
 * fs/ext4/extents.c, ext4_ext_insert_extent (6.1 6.12 6.18 7.3): behind an extent that it cannot join, the new one is
 * not tried on the one that follows. It gets a place of its own, for which there may have to be another block of the
 * map, and only then they are joined.
 */
static bool joins_late(struct ref_ext_map *m, const struct ref_extent *run)
{
	const struct ext2fs_extent new = extent_of(run);
	struct ext2fs_extent left, right;

	if (ref_ext_seek(m, run->lblk, &right) <= 0 || !ext_follows(&new, &right))
		return false;
	return run->lblk && ref_ext_seek(m, run->lblk - 1, &left) > 0 && ref_ext_end(&left) == run->lblk &&
	       !ext_follows(&left, &new);
}

/*
 * The same, ext4_ext_try_to_merge: with the extents on both sides, which so far may have been kept apart from each
 * other.
 */
static errcode_t join(struct ref_ext_map *m, const struct ref_extent *run)
{
	uint64_t end = (uint64_t)run->lblk + run->len;
	struct ext2fs_extent e;
	errcode_t error = merge_left(m, run->lblk);

	if (error || ref_ext_seek(m, end, &e) <= 0 || e.e_lblk != end)
		return error;
	return merge_left(m, end);
}

errcode_t ref_ext_map_insert(struct ref_ext_map *m, const struct ref_extent *run, bool alone)
{
	errcode_t error;

	if (!m->handle)
		return ref_ind_insert(m, run);
	if (alone)
		return insert_alone(m, run);
	if (!prepend(m, run, &error))
		error = joins_late(m, run) ? insert_alone(m, run) : insert_extents(m, run);
	if (!error)
		error = join(m, run);
	return error ? error : merge_up(m);
}

/* --- the environment's questions --- */

int ref_fs_map_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	_cleanup_(ref_ext_map_release) struct ref_ext_map m;
	int err = ref_ext_map_open(&m, env, inode);

	if (err)
		return err;
	if (inode->inline_size)
		return ref_fs_inline_lookup(lblk, max, run);
	return m.handle ? lookup_extents(&m, lblk, max, run) : ref_ind_lookup(&m, lblk, max, run);
}

static struct ref_extent run_of(const struct ext2fs_extent *e)
{
	return (struct ref_extent){
		.lblk = (uint32_t)e->e_lblk,
		.len = e->e_len,
		.pblk = e->e_pblk,
		.state = e->e_flags & EXT2_EXTENT_FLAGS_UNINIT ? REF_UNWRITTEN : REF_WRITTEN,
	};
}

int ref_fs_map_leaf(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_extent *extent)
{
	_cleanup_(ref_ext_map_release) struct ref_ext_map m;
	int err = ref_ext_map_open(&m, env, inode);
	struct ext2fs_extent e;

	if (err || !m.handle)
		return err ? err : ref_ind_lookup(&m, lblk, UINT32_MAX - lblk, extent);
	err = ref_ext_seek(&m, lblk, &e);
	*extent = (struct ref_extent){.lblk = lblk, .state = REF_HOLE};
	if (err > 0 && e.e_lblk <= lblk)
		*extent = run_of(&e);
	return err < 0 ? err : 0;
}

/* Which block of the tree the extent is in where @m stands; 0: the inode. */
static errcode_t leaf_block(struct ref_ext_map *m, uint64_t *block)
{
	struct ext2_extent_info info;
	struct ext2fs_extent e;
	errcode_t error = ext2fs_extent_get_info(m->handle, &info);

	if (error || !info.curr_level)
		return error;
	error = ext2fs_extent_get(m->handle, EXT2_EXTENT_UP, &e);
	*block = e.e_pblk;
	return error ? error : ext2fs_extent_get(m->handle, EXT2_EXTENT_DOWN, &e);
}

static int add_sibling(struct ref_leaf *leaf, const struct ext2fs_extent *e)
{
	struct ref_extent *extents = realloc(leaf->extents, (leaf->nr + 1) * sizeof(*extents));

	if (!extents)
		return -ENOMEM;
	extents[leaf->nr++] = run_of(e);
	leaf->extents = extents;
	return 0;
}

int ref_fs_map_siblings(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_leaf *leaf)
{
	_cleanup_(ref_ext_map_release) struct ref_ext_map m;
	int err = ref_ext_map_open(&m, env, inode);
	struct ext2fs_extent e;
	errcode_t error;

	*leaf = (struct ref_leaf){0};
	if (err || !m.handle || inode->inline_size)
		return err;
	error = ext2fs_extent_goto(m.handle, lblk);
	if (error && error != EXT2_ET_EXTENT_NOT_FOUND)
		return ref_fs_error(error);
	if (ext2fs_extent_get(m.handle, EXT2_EXTENT_CURRENT, &e)) /* there are none */
		return 0;
	error = leaf_block(&m, &leaf->block);
	if (!error)
		error = ext2fs_extent_get(m.handle, EXT2_EXTENT_FIRST_SIB, &e);
	for (; !error && !err; error = ext2fs_extent_get(m.handle, EXT2_EXTENT_NEXT_SIB, &e))
		err = add_sibling(leaf, &e);
	return err || error == EXT2_ET_EXTENT_NO_NEXT ? err : ref_fs_error(error);
}

int ref_fs_map_split(struct ref_env *env, struct ref_inode *inode, uint32_t lblk)
{
	_cleanup_(ref_ext_map_release) struct ref_ext_map m;
	int err = ref_ext_map_open(&m, env, inode);
	struct ext2fs_extent e;

	if (err || !m.handle)
		return err;
	err = ref_ext_seek(&m, lblk, &e);
	if (err <= 0 || e.e_lblk > lblk || !(e.e_flags & EXT2_EXTENT_FLAGS_UNINIT))
		return err < 0 ? err : 0;
	err = e.e_lblk < lblk ? ref_fs_error(cut_extent(&m, &e, lblk)) : 0;
	note_growth(&m, inode);
	ref_ext_map_dirtied(&m, inode, (uint64_t)lblk + 1); /* ext4_ext_dirty(), also where there was nothing to cut */
	return err ? err : ref_fs_put_inode(m.fs, inode->ino, &m.raw);
}

int ref_fs_map_convert(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	_cleanup_(ref_ext_map_release) struct ref_ext_map m;
	int err = ref_ext_map_open(&m, env, inode);

	if (err || !m.handle)
		return err;
	err = convert_extents(&m, lblk, (uint64_t)lblk + len);
	if (!err)
		err = ref_fs_error(merge_up(&m));
	ref_ext_map_dirtied(&m, inode, (uint64_t)lblk + len);
	return err ? err : ref_fs_put_inode(m.fs, inode->ino, &m.raw);
}

/* ext2fs_punch() (1.47.0) takes a run that ends with the last block for one beyond the end, and forgets its blocks. */
static errcode_t punch_extents(struct ref_ext_map *m, const struct ref_inode *inode, blk64_t first, blk64_t end)
{
	struct ext2_super_block *super = m->fs->fs->super;
	errcode_t error;

	ext2fs_blocks_count_set(super, ext2fs_blocks_count(super) + 1);
	error = ext2fs_punch(m->fs->fs, (ext2_ino_t)inode->ino, &m->raw, NULL, first, end);
	ext2fs_blocks_count_set(super, ext2fs_blocks_count(super) - 1);
	return error;
}

/*
 * fs/ext4/extents.c, ext4_ext_remove_space (6.1 6.12 7.3): an extent that goes on behind the range is split there
 * first, and that can ask for a block of the map, though in the end there are no more extents than before.
 */
static errcode_t split_behind(struct ref_ext_map *m, uint32_t last)
{
	struct ext2fs_extent e;

	if (ref_ext_seek(m, last, &e) <= 0 || e.e_lblk > last || ref_ext_end(&e) == (uint64_t)last + 1)
		return 0;
	return cut_extent(m, &e, last + 1);
}

static bool has_extent_in(struct ref_ext_map *m, uint32_t first, uint32_t last)
{
	struct ext2fs_extent e;

	return ref_ext_seek(m, first, &e) > 0 && e.e_lblk <= last;
}

static int mark_table(ext2_filsys fs, blk64_t *blk, e2_blkcnt_t lblk, blk64_t table, int slot, void *tables)
{
	(void)fs;
	(void)table;
	(void)slot;
	if (lblk < 0)
		ext2fs_mark_block_bitmap2(tables, *blk);
	return 0;
}

/* The blocks of the map itself; none where they wait for a commit as data do. */
static errcode_t find_tables(const struct ref_ext_map *m, ext2fs_block_bitmap *tables)
{
	ext2_filsys fs = m->fs->fs;
	errcode_t error;

	if (!m->fs->env.sb.data_writeback)
		return 0;
	error = ext2fs_allocate_block_bitmap(fs, "tables", tables);
	return error ? error
		     : ext2fs_block_iterate3(fs, (ext2_ino_t)m->ino, BLOCK_FLAG_READ_ONLY, NULL, mark_table, *tables);
}

/* fs/ext4/mballoc.c, ext4_free_blocks (6.1 6.12 6.18): with data=writeback, those that are freed with _METADATA wait.
 */
static errcode_t note_freed(struct ref_fs *fs, ext2fs_block_bitmap before, ext2fs_block_bitmap tables)
{
	errcode_t error = ref_fs_note_freed(fs, before, false),
		  noted = tables ? ref_fs_note_freed(fs, tables, true) : 0;

	return error ? error : noted;
}

int ref_fs_map_free(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last)
{
	struct ref_fs *fs = ref_fs_of(env);
	blk64_t end = last == UINT32_MAX ? ~0ULL : last;
	_cleanup_(ref_ext_map_release) struct ref_ext_map m;
	int err = ref_ext_map_open(&m, env, inode);
	ext2fs_block_bitmap before, tables = NULL;
	errcode_t error, noted;
	bool dirtied;

	if (!err)
		err = ref_fs_error(ext2fs_copy_bitmap(fs->fs->block_map, &before));
	if (err)
		return err;
	dirtied = m.handle && has_extent_in(&m, first, last);
	/* first, as ext4_punch_hole() and ext4_truncate() do: a split may take a block of it */
	ref_fs_discard_preallocations(fs, inode);
	error = m.handle && last != UINT32_MAX ? split_behind(&m, last) : 0;
	note_growth(&m, inode);
	if (!error)
		error = find_tables(&m, &tables);
	if (!error)
		error = m.handle ? punch_extents(&m, inode, first, end) : ref_ind_punch(&m, first, end, &dirtied);
	ref_ext_map_dirtied(&m, inode, dirtied ? UINT64_MAX : 0);
	noted = note_freed(fs, before, tables);
	return ref_fs_error(error ? error : noted);
}
