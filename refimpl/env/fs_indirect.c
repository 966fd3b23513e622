/* SPDX-License-Identifier: GPL-2.0-only */
/* The block map of files without extents: tables of blocks, and tables of those. */
#include "refimpl/env/fs_impl.h"

/*
 * fs/ext4/indirect.c, ext4_block_to_path (6.1 6.12 7.3): the slots from i_block down to @lblk; how many.
 */
static int ind_path(const struct ref_ext_map *m, uint32_t lblk, uint32_t slots[4])
{
	uint64_t per_block = m->fs->fs->blocksize / 4, n = lblk, span = per_block;
	int depth = 1;

	if (n < EXT2_NDIR_BLOCKS) {
		slots[0] = lblk;
		return 1;
	}
	for (n -= EXT2_NDIR_BLOCKS; n >= span; span *= per_block) {
		n -= span;
		depth++;
	}
	slots[0] = (uint32_t)(EXT2_NDIR_BLOCKS + depth - 1);
	for (int i = depth; i > 0; i--, n /= per_block)
		slots[i] = (uint32_t)(n % per_block);
	return depth + 1;
}

/*
 * fs/ext4/indirect.c, ext4_ind_map_blocks (6.1 6.12 7.3): a hole is one block where its slot exists, and the rest of
 * the subtree where that is missing; so blocks under one indirect block are allocated one at a time.
 */
static int ind_hole_len(const struct ref_ext_map *m, uint32_t lblk, uint64_t *len)
{
	uint32_t slots[4], slot, table[REF_PAGE / 4], per_block = m->fs->fs->blocksize / 4;
	int depth = ind_path(m, lblk, slots), i = 0;
	blk_t next = m->raw.i_block[slots[0]];

	for (; next && i + 1 < depth; i++) {
		errcode_t error = ext2fs_read_ind_block(m->fs->fs, next, table);

		if (error)
			return ref_fs_error(error);
		slot = slots[i + 1];
		next = table[slot];
	}
	*len = 0;
	for (i++; i < depth; i++)
		*len = *len * per_block + per_block - slots[i] - 1;
	++*len;
	return 0;
}

/* fs/ext4/indirect.c, ext4_find_near (6.1 6.12 7.3): the place of what comes before slot @slot of a table. */
static blk64_t ind_near(const uint32_t *table, uint32_t slot, blk64_t own)
{
	while (slot--)
		if (table[slot])
			return table[slot];
	return own;
}

/* fs/ext4/indirect.c, ext4_block_to_path (6.1 6.12 7.3): a lookup does not go on into the next table. */
static uint32_t left_in_table(const struct ref_ext_map *m, uint32_t lblk)
{
	uint32_t slots[4];
	int depth = ind_path(m, lblk, slots);

	return (depth > 1 ? m->fs->fs->blocksize / 4 : EXT2_NDIR_BLOCKS) - slots[depth - 1];
}

int ref_ind_branch(const struct ref_ext_map *m, uint32_t lblk, blk64_t *goal, uint32_t *missing, uint32_t *room)
{
	uint32_t slots[4], read[REF_PAGE / 4];
	int depth = ind_path(m, lblk, slots), level = 0;
	const uint32_t *table = m->raw.i_block;
	blk_t own = 0;

	for (; level + 1 < depth && table[slots[level]]; level++) {
		errcode_t error = ext2fs_read_ind_block(m->fs->fs, own = table[slots[level]], read);

		if (error)
			return ref_fs_error(error);
		table = read;
	}
	*goal = ind_near(table, slots[level], own);
	*missing = (uint32_t)(depth - 1 - level);
	*room = left_in_table(m, lblk);
	return 0;
}

static int cut_hole(const struct ref_ext_map *m, struct ref_extent *run)
{
	uint64_t len = 0;
	int err = ind_hole_len(m, run->lblk, &len);

	if (err)
		return err;
	run->gap_start = run->lblk;
	run->gap_end = run->lblk + len < REF_GAP_END ? run->lblk + len : REF_GAP_END;
	if (len < run->len)
		run->len = (uint32_t)len;
	return 0;
}

/* The table that was read last: the places of blocks [first, end). */
struct leaf {
	uint64_t first;
	uint64_t end;
	uint32_t table[REF_PAGE / 4];
};

/* Down to the table that has the place of @lblk, or to where that is missing. */
static errcode_t read_leaf(const struct ref_ext_map *m, uint32_t lblk, struct leaf *leaf, blk64_t *pblk)
{
	uint32_t slots[4];
	int depth = ind_path(m, lblk, slots);

	*pblk = m->raw.i_block[slots[0]];
	for (int i = 1; i < depth && *pblk; i++) {
		errcode_t error = ext2fs_read_ind_block(m->fs->fs, (blk_t)*pblk, leaf->table);

		leaf->first = leaf->end = 0;
		if (error)
			return error;
		*pblk = leaf->table[slots[i]];
		if (i + 1 == depth) {
			leaf->first = lblk - slots[i];
			leaf->end = leaf->first + m->fs->fs->blocksize / 4;
		}
	}
	return 0;
}

static errcode_t place_of(const struct ref_ext_map *m, uint32_t lblk, struct leaf *leaf, blk64_t *pblk)
{
	if (lblk < leaf->first || lblk >= leaf->end)
		return read_leaf(m, lblk, leaf, pblk);
	*pblk = leaf->table[lblk - leaf->first];
	return 0;
}

int ref_ind_lookup(struct ref_ext_map *m, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	struct leaf leaf = {.end = 0};
	uint32_t left = left_in_table(m, lblk);
	blk64_t first, next;
	errcode_t error = place_of(m, lblk, &leaf, &first);

	if (error)
		return ref_fs_error(error);
	*run = (struct ref_extent){.lblk = lblk, .len = max, .pblk = first, .state = first ? REF_WRITTEN : REF_HOLE};
	if (!first)
		return cut_hole(m, run);
	for (run->len = 1; run->len < max && run->len < left; run->len++) {
		error = place_of(m, lblk + run->len, &leaf, &next);
		if (error)
			return ref_fs_error(error);
		if (next != first + run->len)
			break;
	}
	return 0;
}

errcode_t ref_ind_insert(struct ref_ext_map *m, const struct ref_extent *run)
{
	errcode_t error = 0;

	for (uint32_t i = 0; !error && i < run->len; i++) {
		blk64_t pblk = run->pblk + i;

		error = ext2fs_bmap2(m->fs->fs, (ext2_ino_t)m->ino, &m->raw, NULL, BMAP_SET | BMAP_ALLOC, run->lblk + i,
				     NULL, &pblk);
	}
	return error;
}

/* --- taking blocks away; ext2fs_punch() (1.47.0) misses those behind the first table --- */

struct ind_cut {
	ext2_filsys fs;
	uint64_t first; /* blocks [first, end) go */
	uint64_t end;
	uint64_t freed;
	bool dirtied; /* a table that stays was changed */
};

static void cut_block(struct ind_cut *c, uint32_t *slot)
{
	ext2fs_block_alloc_stats2(c->fs, *slot, -1);
	*slot = 0;
	c->freed++;
}

static bool is_empty_table(const struct ind_cut *c, const uint32_t *table)
{
	for (uint32_t i = 0; i < c->fs->blocksize / 4; i++)
		if (table[i])
			return false;
	return true;
}

static errcode_t cut_table(struct ind_cut *c, uint32_t *slot, uint64_t at, uint64_t span);

/* Of @nr slots, each of which leads to @span blocks, the first of them to block @at. */
static errcode_t cut_slots(struct ind_cut *c, uint32_t *slots, uint64_t nr, uint64_t at, uint64_t span)
{
	errcode_t error = 0;

	for (uint64_t i = 0; !error && i < nr; i++, at += span) {
		if (!slots[i] || at + span <= c->first || at >= c->end)
			continue;
		if (span == 1)
			cut_block(c, &slots[i]);
		else
			error = cut_table(c, &slots[i], at, span);
	}
	return error;
}

/*
 * fs/ext4/indirect.c, ext4_find_shared as ext4_ind_remove_space asks it (6.1 6.12 7.3): the table that has the end of
 * the range survives, also when there is nothing left in it.
 */
static bool table_stays(const struct ind_cut *c, const uint32_t *table, uint64_t at, uint64_t span)
{
	return (c->end > at && c->end < at + span) || !is_empty_table(c, table);
}

static errcode_t cut_table(struct ind_cut *c, uint32_t *slot, uint64_t at, uint64_t span)
{
	uint32_t table[REF_PAGE / 4], per_block = c->fs->blocksize / 4;
	uint64_t freed = c->freed;
	errcode_t error = ext2fs_read_ind_block(c->fs, *slot, table);

	if (!error)
		error = cut_slots(c, table, per_block, at, span / per_block);
	if (error)
		return error;
	if (!table_stays(c, table, at, span)) {
		cut_block(c, slot);
		return 0;
	}
	c->dirtied |= freed != c->freed || c->first > at;
	return freed != c->freed ? ext2fs_write_ind_block(c->fs, *slot, table) : 0;
}

static errcode_t cut_inode(struct ind_cut *c, uint32_t *i_block)
{
	uint64_t at = EXT2_NDIR_BLOCKS, span = c->fs->blocksize / 4;
	errcode_t error = cut_slots(c, i_block, EXT2_NDIR_BLOCKS, 0, 1);

	for (int i = EXT2_IND_BLOCK; !error && i <= EXT2_TIND_BLOCK; i++, at += span, span *= c->fs->blocksize / 4)
		error = cut_slots(c, &i_block[i], 1, at, span);
	return error;
}

errcode_t ref_ind_punch(struct ref_ext_map *m, uint64_t first, uint64_t last, bool *dirtied)
{
	struct ind_cut cut = {.fs = m->fs->fs, .first = first, .end = last == ~0ULL ? last : last + 1};
	errcode_t error = cut_inode(&cut, m->raw.i_block);

	*dirtied = cut.dirtied;
	if (!error)
		error = ext2fs_iblk_sub_blocks(cut.fs, &m->raw, cut.freed);
	return error ? error : ext2fs_write_inode(cut.fs, (ext2_ino_t)m->ino, &m->raw);
}
