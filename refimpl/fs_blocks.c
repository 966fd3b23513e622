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

/*
 * fs/ext4/indirect.c, ext4_block_to_path (6.1 6.12 7.3): the slots from i_block down to @lblk; how many.
 */
static int ind_path(const struct ext_map *m, uint32_t lblk, uint32_t slots[4])
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
static int ind_hole_len(const struct ext_map *m, uint32_t lblk, uint64_t *len)
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

static int cut_hole(const struct ext_map *m, struct ref_extent *run)
{
	uint64_t len;
	int err = ind_hole_len(m, run->lblk, &len);

	if (!err && len < run->len)
		run->len = (uint32_t)len;
	return err;
}

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
	return first ? 0 : cut_hole(m, run);
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

#define SMALL_FILE_BLOCKS 16   /* s_mb_stream_request */
#define SMALL_FILES_BLOCKS 512 /* s_mb_group_prealloc */

/* fs/ext4/mballoc.c, ext4_mb_group_or_file (6.1 6.12 7.3). */
static bool is_small_file(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	uint64_t end = (uint64_t)lblk + len, size = ((uint64_t)inode->i_size + ref_bs(env) - 1) >> env->sb.blkbits;

	return (end > size ? end : size) <= SMALL_FILE_BLOCKS;
}

/* --- what is set aside --- */

static void set_aside(struct ref_fs *fs, const struct ref_prealloc *pa)
{
	struct ref_prealloc *pas = realloc(fs->pas, (fs->nr_pas + 1) * sizeof(*pas));

	if (!pas)
		return; /* then nothing is */
	fs->pas = pas;
	pas[fs->nr_pas++] = *pa;
	ext2fs_mark_block_bitmap_range2(fs->busy, pa->pblk, pa->len);
}

/* fs/ext4/mballoc.c, ext4_mb_release_inode_pa and ext4_mb_release_group_pa: what has not been used is free again. */
static void discard(struct ref_fs *fs, size_t i)
{
	const struct ref_prealloc pa = fs->pas[i];

	fs->pas[i] = fs->pas[--fs->nr_pas];
	for (blk64_t b = pa.pblk; b < pa.pblk + pa.len; b++)
		if (!ext2fs_test_block_bitmap2(fs->fs->block_map, b))
			ext2fs_unmark_block_bitmap2(fs->busy, b);
}

static void discard_of(struct ref_fs *fs, uint64_t ino)
{
	for (size_t i = fs->nr_pas; i-- > 0;)
		if (fs->pas[i].ino == ino)
			discard(fs, i);
}

void ref_fs_discard_preallocations(struct ref_fs *fs, const struct ref_inode *inode)
{
	discard_of(fs, inode->ino);
}

void ref_fs_discard_all(struct ref_fs *fs)
{
	while (fs->nr_pas)
		discard(fs, fs->nr_pas - 1);
}

/* The library does not tell which range it frees: its callback for ranges gets none. */
static errcode_t read_busy(struct ref_fs *fs)
{
	ext2fs_block_bitmap busy;
	errcode_t error = ext2fs_copy_bitmap(fs->fs->block_map, &busy);

	if (error)
		return error;
	if (fs->busy)
		ext2fs_free_block_bitmap(fs->busy);
	fs->busy = busy;
	for (size_t i = 0; i < fs->nr_pas; i++)
		ext2fs_mark_block_bitmap_range2(busy, fs->pas[i].pblk, fs->pas[i].len);
	return 0;
}

/* ext2fs_punch() (1.47.0) misses blocks behind the first indirect table, so those files are walked. */
struct ind_range {
	uint64_t first;
	uint64_t last;
	uint64_t freed;
};

static bool is_empty_table(ext2_filsys fs, blk64_t table)
{
	uint32_t slots[REF_PAGE / 4];

	if (ext2fs_read_ind_block(fs, (blk_t)table, slots))
		return false;
	for (uint32_t i = 0; i < fs->blocksize / 4; i++)
		if (slots[i])
			return false;
	return true;
}

/* Tables come after what is in them. */
static int free_ind_block(ext2_filsys fs, blk64_t *blk, e2_blkcnt_t lblk, blk64_t table, int slot, void *data)
{
	struct ind_range *r = data;

	(void)table;
	(void)slot;
	if (lblk >= 0 ? (uint64_t)lblk < r->first || (uint64_t)lblk > r->last : !is_empty_table(fs, *blk))
		return 0;
	ext2fs_block_alloc_stats2(fs, *blk, -1);
	*blk = 0;
	r->freed++;
	return BLOCK_CHANGED;
}

static errcode_t punch_indirect(struct ext_map *m, uint64_t first, uint64_t last)
{
	struct ind_range range = {first, last, 0};
	ext2_filsys fs = m->fs->fs;
	ext2_ino_t ino = (ext2_ino_t)m->ino;
	errcode_t error = ext2fs_block_iterate3(fs, ino, BLOCK_FLAG_DEPTH_TRAVERSE, NULL, free_ind_block, &range);

	if (!error)
		error = ext2fs_read_inode(fs, ino, &m->raw);
	if (!error)
		error = ext2fs_iblk_sub_blocks(fs, &m->raw, range.freed);
	return error ? error : ext2fs_write_inode(fs, ino, &m->raw);
}

int ref_fs_map_free(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t last)
{
	struct ref_fs *fs = ref_fs_of(env);
	blk64_t end = last == UINT32_MAX ? ~0ULL : last;
	_cleanup_(ext_map_release) struct ext_map m;
	int err = ext_map_open(&m, env, inode);
	errcode_t error;

	if (err)
		return err;
	error = m.handle ? ext2fs_punch(fs->fs, (ext2_ino_t)inode->ino, &m.raw, NULL, first, end) :
			   punch_indirect(&m, first, end);
	discard_of(fs, inode->ino);
	if (!error)
		error = read_busy(fs);
	return ref_fs_error(error);
}

/* The library's own allocations, of directories, extent and indirect blocks, keep off what is set aside. */
static errcode_t alloc_block(ext2_filsys filsys, blk64_t goal, blk64_t *ret)
{
	struct ref_fs *fs = filsys->priv_data;
	blk64_t len;
	errcode_t error = ext2fs_new_range(filsys, 0, goal, 1, fs->busy, ret, &len);

	if (error != EXT2_ET_BLOCK_ALLOC_FAIL || !fs->nr_pas)
		return error;
	ref_fs_discard_all(fs);
	return ext2fs_new_range(filsys, 0, goal, 1, fs->busy, ret, &len);
}

static void note_block(ext2_filsys filsys, blk64_t blk, int inuse)
{
	struct ref_fs *fs = filsys->priv_data;

	if (inuse > 0)
		ext2fs_mark_block_bitmap2(fs->busy, blk);
	else
		ext2fs_unmark_block_bitmap2(fs->busy, blk);
}

errcode_t ref_fs_alloc_init(struct ref_fs *fs)
{
	fs->fs->priv_data = fs;
	ext2fs_set_alloc_block_callback(fs->fs, alloc_block, NULL);
	ext2fs_set_block_alloc_stats_callback(fs->fs, note_block, NULL);
	return read_busy(fs);
}

void ref_fs_alloc_release(struct ref_fs *fs)
{
	if (fs->busy)
		ext2fs_free_block_bitmap(fs->busy);
	free(fs->pas);
}

/* --- where blocks come from --- */

/* A request of @len blocks at @lblk, and what is known around it. */
struct request {
	struct ext_map *m;
	const struct ref_inode *inode;
	uint32_t lblk;
	uint32_t len;
	blk64_t pblk; /* the answer */
	blk64_t goal;
	uint64_t left; /* the first block behind the nearest one on the left that is allocated, and its neighbour's place */
	blk64_t left_pblk;
	uint64_t right; /* the nearest allocated block on the right */
};

/* Of indirect blocks only the goal is known. fs/ext4/extents.c, ext4_ext_search_left, ext4_ext_search_right and ext4_ext_find_goal (6.1 6.12 7.3). */
static void look_around(struct request *r)
{
	ext2_filsys fs = r->m->fs->fs;
	struct ext2fs_extent e;

	r->goal = ext2fs_group_first_block2(fs, ext2fs_group_of_ino(fs, (ext2_ino_t)r->m->ino));
	r->right = UINT64_MAX;
	if (!r->m->handle) {
		blk64_t pblk = 0;

		if (r->lblk && !ext2fs_bmap2(fs, (ext2_ino_t)r->m->ino, &r->m->raw, NULL, 0, r->lblk - 1, NULL, &pblk) &&
		    pblk)
			r->goal = pblk + 1;
		return;
	}
	if (ext_seek(r->m, r->lblk, &e) > 0) {
		r->right = e.e_lblk;
		if (e.e_pblk > e.e_lblk - r->lblk)
			r->goal = e.e_pblk - (e.e_lblk - r->lblk);
	}
	ext2fs_extent_goto(r->m->handle, r->lblk);
	if (!ext2fs_extent_get(r->m->handle, EXT2_EXTENT_CURRENT, &e) && ext_end(&e) <= r->lblk) {
		r->left = ext_end(&e);
		r->left_pblk = e.e_pblk + e.e_len;
		r->goal = r->left_pblk + (r->lblk - r->left);
	}
}

/* The first run of @len free blocks from @goal on. */
static bool find_blocks(const struct ref_fs *fs, blk64_t goal, uint32_t len, blk64_t *pblk)
{
	blk64_t found;

	return !ext2fs_new_range(fs->fs, EXT2_NEWRANGE_MIN_LENGTH, goal, len, fs->busy, pblk, &found);
}

/* fs/ext4/mballoc.c, ext4_mb_use_inode_pa (6.1 6.12 7.3). */
static bool take_own(struct request *r)
{
	struct ref_fs *fs = r->m->fs;

	for (size_t i = 0; i < fs->nr_pas; i++) {
		const struct ref_prealloc *pa = &fs->pas[i];

		if (pa->ino != r->m->ino || r->lblk < pa->lblk || r->lblk >= pa->lblk + pa->len)
			continue;
		r->pblk = pa->pblk + (r->lblk - pa->lblk);
		if (r->len > pa->lblk + pa->len - r->lblk)
			r->len = (uint32_t)(pa->lblk + pa->len - r->lblk);
		return true;
	}
	return false;
}

static struct ref_prealloc *find_shared(struct ref_fs *fs)
{
	for (size_t i = 0; i < fs->nr_pas; i++)
		if (!fs->pas[i].ino)
			return &fs->pas[i];
	return NULL;
}

/* fs/ext4/mballoc.c, ext4_mb_use_group_pa (6.1 6.12 7.3): in the order of the requests. */
static bool take_shared(struct request *r, bool renew)
{
	struct ref_fs *fs = r->m->fs;
	struct ref_prealloc *pa = find_shared(fs), fresh = {.len = SMALL_FILES_BLOCKS};

	if ((!pa || pa->len < r->len) && renew) {
		discard_of(fs, 0);
		if (find_blocks(fs, r->goal, fresh.len, &fresh.pblk))
			set_aside(fs, &fresh);
		pa = find_shared(fs);
	}
	if (!pa || pa->len < r->len)
		return false;
	r->pblk = pa->pblk;
	pa->pblk += r->len;
	pa->len -= r->len;
	return true;
}

/* The logical range that a request stands for. */
struct chunk {
	uint64_t start;
	uint64_t end;
};

/*
 * fs/ext4/mballoc.c, ext4_mb_normalize_request (6.1 6.12 7.3): the file's size is guessed, from 16 KiB to 1 MiB in powers
 * of two; beyond, the file is cut into chunks of 2, 4 or 8 MiB. Neighbours that are allocated bound it.
 */
static struct chunk normalize(const struct request *r)
{
	static const struct {
		int64_t size; /* of files up to this, and of all with blocks of up to 1 << blkbits bytes */
		uint8_t blkbits;
		uint8_t chunk_bits;
	} sizes[] = {{16 << 10, 0, 14},	 {32 << 10, 0, 15},  {64 << 10, 0, 16}, {128 << 10, 0, 17}, {256 << 10, 0, 18},
		     {512 << 10, 0, 19}, {1 << 20, 0, 20},   {4 << 20, 10, 21}, {8 << 20, 11, 22},  {INT64_MAX, 0, 23}};
	uint8_t bits = r->m->fs->env.sb.blkbits;
	int64_t size = ((int64_t)r->lblk + r->len) << bits;
	uint64_t blocks, start;
	size_t i = 0;

	if (size < r->inode->i_size)
		size = r->inode->i_size;
	while (size > sizes[i].size && bits > sizes[i].blkbits)
		i++;
	blocks = 1ull << (sizes[i].chunk_bits - bits);
	start = r->lblk / blocks * blocks;
	return (struct chunk){
		.start = start > r->left ? start : r->left,
		.end = start + blocks < r->right ? start + blocks : r->right,
	};
}

/* What is set aside for the file already bounds it, too: @r->lblk is in none of that. */
static struct chunk bound(const struct request *r, struct chunk c)
{
	const struct ref_fs *fs = r->m->fs;

	for (size_t i = 0; i < fs->nr_pas; i++) {
		const struct ref_prealloc *pa = &fs->pas[i];

		if (pa->ino != r->m->ino)
			continue;
		if (pa->lblk > r->lblk && pa->lblk < c.end)
			c.end = pa->lblk;
		else if (pa->lblk <= r->lblk && pa->lblk + pa->len > c.start)
			c.start = pa->lblk + pa->len;
	}
	return c;
}

/* Set the whole chunk aside for the file: next to what is on its left, if that is free. */
static void set_chunk_aside(struct request *r)
{
	struct ref_fs *fs = r->m->fs;
	const struct chunk c = bound(r, normalize(r));
	struct ref_prealloc pa = {.ino = r->m->ino, .lblk = c.start, .len = (uint32_t)(c.end - c.start)};

	if (find_blocks(fs, r->left && c.start == r->left ? r->left_pblk : r->goal, pa.len, &pa.pblk))
		set_aside(fs, &pa);
}

static bool take_best(struct request *r)
{
	for (uint32_t n = r->len; n; n >>= 1) {
		if (find_blocks(r->m->fs, r->goal, n, &r->pblk)) {
			r->len = n;
			return true;
		}
	}
	return false;
}

/* As many blocks as there are together, at most up to the end of the chunk. */
static errcode_t take_any(struct request *r, bool normalized)
{
	const struct chunk c = normalize(r);

	if (normalized && r->len > c.end - r->lblk)
		r->len = (uint32_t)(c.end - r->lblk);
	if (take_best(r))
		return 0;
	ref_fs_discard_all(r->m->fs);
	return take_best(r) ? 0 : EXT2_ET_BLOCK_ALLOC_FAIL;
}

/* fs/ext4/mballoc.c, ext4_mb_new_blocks (6.1 6.12 7.3): r->len blocks at r->pblk, no longer free. */
static errcode_t choose_blocks(struct request *r, bool normalized)
{
	if (take_own(r))
		return 0;
	if (is_small_file(&r->m->fs->env, r->inode, r->lblk, r->len) && take_shared(r, normalized))
		return 0;
	if (normalized && !is_small_file(&r->m->fs->env, r->inode, r->lblk, r->len)) {
		set_chunk_aside(r);
		if (take_own(r))
			return 0;
	}
	return take_any(r, normalized);
}

static errcode_t insert_blocks(struct ext_map *m, const struct ref_extent *run)
{
	errcode_t error;

	/* first, or the library would take the same ones for its tree */
	ext2fs_block_alloc_stats_range(m->fs->fs, run->pblk, run->len, +1);
	ext2fs_mark_block_bitmap_range2(m->fs->busy, run->pblk, run->len);
	error = m->handle ? insert_extents(m, run) : insert_indirect(m, run);
	return error ? error : ext2fs_iblk_add_blocks(m->fs->fs, &m->raw, run->len);
}

int ref_fs_map_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
			struct ref_extent *run)
{
	_cleanup_(ext_map_release) struct ext_map m;
	struct request r = {.m = &m, .inode = inode, .lblk = lblk};
	int err = ext_map_open(&m, env, inode);
	errcode_t error;

	if (err)
		return err;
	r.len = claim_blocks(m.fs, len);
	if (!r.len)
		return -ENOSPC;
	look_around(&r);
	error = choose_blocks(&r, !(flags & REF_ALLOC_NO_NORMALIZE));
	*run = (struct ref_extent){lblk, r.len, r.pblk, flags & REF_ALLOC_UNWRITTEN ? REF_UNWRITTEN : REF_WRITTEN};
	if (!error)
		error = insert_blocks(&m, run);
	return error ? ref_fs_error(error) : ref_fs_put_inode(m.fs, inode->ino, &m.raw);
}
