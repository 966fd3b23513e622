/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block map and the allocator over libext2fs.
 *
 * Where blocks come from decides nothing directly, but neighbours merge into one extent, and "one extent" is what a
 * shared lock asks for. So the allocator follows mballoc where it shows: small files share a run of blocks and take
 * them in the order of their writes, wherever they lie in the file; in larger ones the place on the disk follows the
 * place in the file; and one allocation ends at the chunks into which mballoc cuts a file.
 */
#include "refimpl/fs_impl.h"

#include <errno.h>

/* --- extents --- */

struct ext_map {
	struct ref_fs *fs;
	uint64_t ino;
	struct ext2_inode raw;
	ext2_extent_handle_t handle; /* NULL for a file of indirect blocks */
};

static void ext_map_release(struct ext_map *m)
{
	if (m->handle)
		ext2fs_extent_free(m->handle);
}

static int ext_map_open(struct ext_map *m, struct ref_env *env, const struct ref_inode *inode)
{
	int err;

	*m = (struct ext_map){.fs = ref_fs_of(env), .ino = inode->ino};
	err = ref_fs_read_inode(m->fs, inode->ino, &m->raw);
	if (err || !inode->extents)
		return err;
	return ref_fs_error(ext2fs_extent_open2(m->fs->fs, (ext2_ino_t)inode->ino, &m->raw, &m->handle));
}

static uint64_t ext_end(const struct ext2fs_extent *e)
{
	return e->e_lblk + e->e_len;
}

static bool is_end_of_tree(errcode_t error)
{
	return error == EXT2_ET_EXTENT_NO_NEXT || error == EXT2_ET_NO_CURRENT_NODE;
}

/* Stand at the first extent that ends behind @lblk: 1, 0 when there is none, or -errno. */
static int ext_seek(struct ext_map *m, uint64_t lblk, struct ext2fs_extent *e)
{
	errcode_t error = ext2fs_extent_goto(m->handle, lblk);

	if (error && error != EXT2_ET_EXTENT_NOT_FOUND)
		return ref_fs_error(error);
	error = ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, e);
	while (!error && (!(e->e_flags & EXT2_EXTENT_FLAGS_LEAF) || ext_end(e) <= lblk))
		error = ext2fs_extent_get(m->handle, EXT2_EXTENT_NEXT_LEAF, e);
	if (is_end_of_tree(error))
		return 0;
	return error ? ref_fs_error(error) : 1;
}

static bool ext_follows(const struct ext2fs_extent *a, const struct ext2fs_extent *b)
{
	return ext_end(a) == b->e_lblk && a->e_pblk + a->e_len == b->e_pblk &&
	       !((a->e_flags ^ b->e_flags) & EXT2_EXTENT_FLAGS_UNINIT);
}

static int lookup_extents(struct ext_map *m, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	struct ext2fs_extent e, next;
	int found = ext_seek(m, lblk, &e);

	*run = (struct ref_extent){.lblk = lblk, .len = max, .state = REF_HOLE};
	if (found <= 0)
		return found;
	if (e.e_lblk > lblk) {
		if (e.e_lblk - lblk < max)
			run->len = (uint32_t)(e.e_lblk - lblk);
		return 0;
	}
	run->state = e.e_flags & EXT2_EXTENT_FLAGS_UNINIT ? REF_UNWRITTEN : REF_WRITTEN;
	run->pblk = e.e_pblk + (lblk - e.e_lblk);
	while (ext_end(&e) - lblk < max && !ext2fs_extent_get(m->handle, EXT2_EXTENT_NEXT_LEAF, &next) &&
	       ext_follows(&e, &next))
		e = next;
	if (ext_end(&e) - lblk < max)
		run->len = (uint32_t)(ext_end(&e) - lblk);
	return 0;
}

/* One place on the disk for a hole's blocks; neighbours that fit are extended. */
static errcode_t insert_extents(struct ext_map *m, const struct ref_extent *run)
{
	bool unwritten = run->state == REF_UNWRITTEN;
	uint32_t longest = unwritten ? EXT_UNINIT_MAX_LEN : EXT_INIT_MAX_LEN, at = 0;

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
		if (more && ext_end(&e) == run->lblk + at + 1) {
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
static errcode_t merge_left(struct ext_map *m, uint64_t lblk)
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

/* The part of unwritten extent @e from @from to @to becomes written. */
static errcode_t convert_extent(struct ext_map *m, struct ext2fs_extent *e, uint64_t from, uint64_t to)
{
	errcode_t error = 0;

	if (from <= e->e_lblk && to >= ext_end(e)) {
		e->e_flags &= ~EXT2_EXTENT_FLAGS_UNINIT;
		return ext2fs_extent_replace(m->handle, 0, e);
	}
	for (uint64_t b = from > e->e_lblk ? from : e->e_lblk; !error && b < to && b < ext_end(e); b++)
		error = ext2fs_extent_set_bmap(m->handle, b, e->e_pblk + (b - e->e_lblk), 0);
	return error;
}

static int convert_extents(struct ext_map *m, uint64_t from, uint64_t to)
{
	struct ext2fs_extent e, next;
	int found;

	for (uint64_t at = from; (found = ext_seek(m, at, &e)) > 0 && e.e_lblk < to; at = ext_end(&e)) {
		uint64_t start = from > e.e_lblk ? from : e.e_lblk;
		errcode_t error;

		if (!(e.e_flags & EXT2_EXTENT_FLAGS_UNINIT))
			continue;
		error = convert_extent(m, &e, from, to);
		if (!error)
			error = merge_left(m, start);
		if (!error && ext_end(&e) <= to && ext_seek(m, ext_end(&e), &next) > 0)
			error = merge_left(m, next.e_lblk);
		if (error)
			return ref_fs_error(error);
	}
	return found < 0 ? found : 0;
}

/* --- indirect blocks --- */

static int lookup_indirect(struct ext_map *m, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	blk64_t first = 0;

	*run = (struct ref_extent){.lblk = lblk};
	for (; run->len < max; run->len++) {
		blk64_t pblk = 0;
		errcode_t error = ext2fs_bmap2(m->fs->fs, (ext2_ino_t)m->ino, &m->raw, NULL, 0, lblk + run->len, NULL,
					       &pblk);

		if (error)
			return ref_fs_error(error);
		if (!run->len)
			first = pblk;
		if (pblk != (first ? first + run->len : 0))
			break;
	}
	run->pblk = first;
	run->state = first ? REF_WRITTEN : REF_HOLE;
	return 0;
}

static errcode_t insert_indirect(struct ext_map *m, const struct ref_extent *run)
{
	errcode_t error = 0;

	for (uint32_t i = 0; !error && i < run->len; i++) {
		blk64_t pblk = run->pblk + i;

		error = ext2fs_bmap2(m->fs->fs, (ext2_ino_t)m->ino, &m->raw, NULL, BMAP_SET | BMAP_ALLOC,
				     run->lblk + i, NULL, &pblk);
	}
	return error;
}

/* --- the environment's questions --- */

int ref_fs_map_lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max,
		      struct ref_extent *run)
{
	_cleanup_(ext_map_release) struct ext_map m;
	int err = ext_map_open(&m, env, inode);

	if (err)
		return err;
	return m.handle ? lookup_extents(&m, lblk, max, run) : lookup_indirect(&m, lblk, max, run);
}

int ref_fs_map_convert(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	_cleanup_(ext_map_release) struct ext_map m;
	int err = ext_map_open(&m, env, inode);

	if (err || !m.handle)
		return err;
	err = convert_extents(&m, lblk, (uint64_t)lblk + len);
	return err ? err : ref_fs_put_inode(m.fs, inode->ino, &m.raw);
}

int ref_fs_map_free(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last)
{
	struct ref_fs *fs = ref_fs_of(env);
	blk64_t end = last == UINT32_MAX ? ~0ULL : last;

	return ref_fs_error(ext2fs_punch(fs->fs, (ext2_ino_t)inode->ino, NULL, NULL, first, end));
}

/* --- allocation --- */

/*
 * fs/ext4/balloc.c, ext4_claim_free_clusters as ext4_mb_new_blocks asks it (6.1 6.12 7.3): what does not fit beside the
 * reserve is asked for by halves. The writer is root, so that only the reserve for metadata counts, not root's.
 */
static uint32_t claim_blocks(const struct ref_fs *fs, uint32_t len)
{
	struct ext2_super_block *super = fs->fs->super;
	uint64_t reserve = ext2fs_blocks_count(super) / 50, left = ext2fs_free_blocks_count(super);

	if (reserve > 4096)
		reserve = 4096;
	if (!ext2fs_has_feature_extents(super))
		reserve = 0;
	while (len && left < reserve + len)
		len >>= 1;
	return len;
}

#define SMALL_FILE_BLOCKS 16	/* s_mb_stream_request */
#define SMALL_FILES_BLOCKS 512	/* s_mb_group_prealloc */

/* fs/ext4/mballoc.c, ext4_mb_group_or_file (6.1 6.12 7.3). */
static bool is_small_file(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	uint64_t end = (uint64_t)lblk + len, size = ((uint64_t)inode->i_size + ref_bs(env) - 1) >> env->sb.blkbits;

	return (end > size ? end : size) <= SMALL_FILE_BLOCKS;
}

/* fs/ext4/mballoc.c, ext4_mb_normalize_request (6.1 6.12 7.3): where the chunk of @lblk ends, in a file over 1 MiB. */
static uint32_t cut_to_chunk(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	static const struct {
		int64_t size; /* of files up to this, or of all with blocks of up to 1 << blkbits bytes */
		uint8_t blkbits;
		uint8_t chunk_bits;
	} chunks[] = {{1 << 20, 0, 0}, {4 << 20, 10, 21}, {8 << 20, 11, 22}, {INT64_MAX, 0, 23}};
	uint8_t bits = env->sb.blkbits;
	int64_t size = ((int64_t)lblk + len) << bits;
	uint32_t room;
	size_t i = 0;

	if (size < inode->i_size)
		size = inode->i_size;
	while (size > chunks[i].size && bits > chunks[i].blkbits)
		i++;
	if (!chunks[i].chunk_bits)
		return len;
	room = (1u << (chunks[i].chunk_bits - bits)) - (lblk & ((1u << (chunks[i].chunk_bits - bits)) - 1));
	return len < room ? len : room;
}

/* fs/ext4/extents.c, ext4_ext_find_goal, and fs/ext4/balloc.c, ext4_inode_to_goal_block (6.1 6.12 7.3). */
static blk64_t find_goal(struct ext_map *m, uint32_t lblk)
{
	ext2_filsys fs = m->fs->fs;
	blk64_t group = ext2fs_group_first_block2(fs, ext2fs_group_of_ino(fs, (ext2_ino_t)m->ino));
	struct ext2fs_extent e;
	blk64_t pblk = 0;

	if (!m->handle) {
		if (lblk)
			ext2fs_bmap2(fs, (ext2_ino_t)m->ino, &m->raw, NULL, 0, lblk - 1, NULL, &pblk);
		return pblk ? pblk + 1 : group;
	}
	ext2fs_extent_goto(m->handle, lblk);
	if (ext2fs_extent_get(m->handle, EXT2_EXTENT_CURRENT, &e))
		return group;
	if (lblk > e.e_lblk)
		return e.e_pblk + (lblk - e.e_lblk);
	return e.e_lblk - lblk < e.e_pblk ? e.e_pblk - (e.e_lblk - lblk) : group;
}

/* The first free run of @len blocks from @goal on; a shorter one when there is none. */
static errcode_t find_blocks(ext2_filsys fs, blk64_t goal, uint32_t len, blk64_t *pblk, blk64_t *found)
{
	errcode_t error = ext2fs_new_range(fs, EXT2_NEWRANGE_MIN_LENGTH, goal, len, NULL, pblk, found);

	return error ? ext2fs_new_range(fs, 0, goal, len, NULL, pblk, found) : 0;
}

static void mark_kept(struct ref_fs *fs, bool used)
{
	struct ref_locality *k = &fs->small;

	if (k->next == k->end)
		return;
	if (used)
		ext2fs_mark_block_bitmap_range2(fs->fs->block_map, k->next, (unsigned int)(k->end - k->next));
	else
		ext2fs_unmark_block_bitmap_range2(fs->fs->block_map, k->next, (unsigned int)(k->end - k->next));
}

void ref_fs_show_kept(struct ref_fs *fs)
{
	mark_kept(fs, false);
}

void ref_fs_hide_kept(struct ref_fs *fs)
{
	mark_kept(fs, true);
}

/* A new run for small files, unless space is scarce. */
static void keep_blocks(struct ref_fs *fs, blk64_t goal)
{
	blk64_t pblk, len;

	ref_fs_show_kept(fs);
	fs->small = (struct ref_locality){0};
	if (ext2fs_free_blocks_count(fs->fs->super) < 8 * SMALL_FILES_BLOCKS ||
	    ext2fs_new_range(fs->fs, EXT2_NEWRANGE_MIN_LENGTH, goal, SMALL_FILES_BLOCKS, NULL, &pblk, &len))
		return;
	fs->small = (struct ref_locality){.next = pblk, .end = pblk + SMALL_FILES_BLOCKS};
	ref_fs_hide_kept(fs);
}

/* From the run of the small files: they are marked already, and are theirs now. */
static bool take_kept(struct ref_fs *fs, blk64_t goal, uint32_t len, blk64_t *pblk)
{
	if (fs->small.end - fs->small.next < len)
		keep_blocks(fs, goal);
	if (fs->small.end - fs->small.next < len)
		return false;
	*pblk = fs->small.next;
	fs->small.next += len;
	return true;
}

/* Which blocks: *len of them at *pblk, no longer free. */
static errcode_t choose_blocks(struct ext_map *m, const struct ref_inode *inode, uint32_t lblk, uint32_t *len,
			       blk64_t *pblk)
{
	struct ref_fs *fs = m->fs;
	blk64_t goal = find_goal(m, lblk), found;
	errcode_t error;

	if (is_small_file(&fs->env, inode, lblk, *len) && take_kept(fs, goal, *len, pblk))
		return 0;
	*len = cut_to_chunk(&fs->env, inode, lblk, *len);
	error = find_blocks(fs->fs, goal, *len, pblk, &found);
	if (error == EXT2_ET_BLOCK_ALLOC_FAIL && fs->small.next != fs->small.end) {
		ref_fs_show_kept(fs);
		fs->small = (struct ref_locality){0};
		error = find_blocks(fs->fs, goal, *len, pblk, &found);
	}
	if (!error && found < *len)
		*len = (uint32_t)found;
	return error;
}

static errcode_t insert_blocks(struct ext_map *m, const struct ref_extent *run)
{
	errcode_t error;

	/* first, or the library would take the same ones for its tree */
	ext2fs_block_alloc_stats_range(m->fs->fs, run->pblk, run->len, +1);
	error = m->handle ? insert_extents(m, run) : insert_indirect(m, run);
	return error ? error : ext2fs_iblk_add_blocks(m->fs->fs, &m->raw, run->len);
}

int ref_fs_map_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, bool unwritten,
			struct ref_extent *run)
{
	_cleanup_(ext_map_release) struct ext_map m;
	int err = ext_map_open(&m, env, inode);
	errcode_t error;
	blk64_t pblk;

	if (err)
		return err;
	len = claim_blocks(m.fs, len);
	if (!len)
		return -ENOSPC;
	error = choose_blocks(&m, inode, lblk, &len, &pblk);
	*run = (struct ref_extent){lblk, len, pblk, unwritten ? REF_UNWRITTEN : REF_WRITTEN};
	if (!error)
		error = insert_blocks(&m, run);
	return error ? ref_fs_error(error) : ref_fs_put_inode(m.fs, inode->ino, &m.raw);
}
