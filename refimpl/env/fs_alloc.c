/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The allocator over libext2fs.
 *
 * Where blocks come from decides nothing directly, but neighbours merge into one extent, and "one extent" is what a
 * shared lock asks for. So it follows fs/ext4/mballoc.c where that shows: small files share a run of blocks and take
 * them in the order of their writes, wherever they lie in the file; for larger ones a chunk of the file is set aside
 * at once, so that the place on the disk follows the place in the file. The kernel's small files share a run on each
 * CPU; here there is one CPU.
 *
 * With bigalloc whole clusters are given out. Which block of its cluster one is, is the same in the file and on the
 * disk: so a block of a cluster in which the file has another one already has its place, and for all others the request
 * is widened to clusters before it comes to the allocator. Lengths are of blocks all the same.
 */
#include "refimpl/env/fs_impl.h"

#include <errno.h>

#define SMALL_FILE_BLOCKS  16  /* s_mb_stream_request */
#define SMALL_FILES_BLOCKS 512 /* s_mb_group_prealloc, whatever clusters still fit into a small file */

/* fs/ext4/mballoc.c, ext4_mb_group_or_file (6.1 6.12 7.3). */
static bool is_small_file(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	uint64_t end = (uint64_t)lblk + len, size = ((uint64_t)inode->i_size + ref_bs(env) - 1) >> env->sb.blkbits;

	return (end > size ? end : size) <= SMALL_FILE_BLOCKS;
}

/* The same: nothing is set aside for a file that is written back after it was closed. */
static bool is_closed_file(const struct ref_env *env, const struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	return !inode->open && (uint64_t)lblk + len == ((uint64_t)inode->i_size + ref_bs(env) - 1) >> env->sb.blkbits;
}

/* A request of @len blocks at @lblk, from place() on of whole clusters, and what is known around it. */
struct request {
	struct ref_ext_map *m;
	const struct ref_inode *inode;
	uint32_t lblk;
	uint32_t len;
	blk64_t pblk; /* the answer */
	blk64_t goal;
	uint32_t tables; /* that are missing on the way there, of indirect blocks */
	uint64_t left;	 /* the first block behind the nearest one on the left that is allocated, and its neighbour's
			  place */
	blk64_t left_pblk;
	uint64_t right; /* the nearest allocated block on the right, and its place */
	blk64_t right_pblk;
	blk64_t fresh; /* the clusters that were free before */
	uint32_t nr_fresh;
};

static uint64_t cluster_floor(const struct ref_fs *fs, uint64_t blk)
{
	return blk & ~(uint64_t)EXT2FS_CLUSTER_MASK(fs->fs);
}

static uint64_t cluster_ceil(const struct ref_fs *fs, uint64_t blk)
{
	return cluster_floor(fs, blk + EXT2FS_CLUSTER_MASK(fs->fs));
}

static blk64_t valid_goal(const struct ref_fs *fs, blk64_t goal)
{
	struct ext2_super_block *super = fs->fs->super;

	return goal < super->s_first_data_block || goal >= ext2fs_blocks_count(super) ? super->s_first_data_block
										      : goal;
}

/* fs/ext4/indirect.c, ext4_find_goal (6.1 6.12 7.3): of indirect blocks only the goal is known. */
static int look_around_branch(struct request *r)
{
	uint32_t room;
	blk64_t near;
	int err = ref_ind_branch(r->m, r->lblk, &near, &r->tables, &room);

	if (err)
		return err;
	r->goal = near ? near : r->goal;
	r->len = r->len < room ? r->len : room;
	return 0;
}

/* fs/ext4/extents.c, ext4_ext_search_left, ext4_ext_search_right and ext4_ext_find_goal (6.1 6.12 7.3). */
static int look_around(struct request *r)
{
	struct ref_fs *fs = r->m->fs;
	struct ext2fs_extent e;

	r->goal = ext2fs_group_first_block2(fs->fs, (dgrp_t)ref_fs_group_of_file(fs, r->m->ino));
	r->right = UINT64_MAX;
	if (!r->m->handle)
		return look_around_branch(r);
	if (ref_ext_seek(r->m, r->lblk, &e) > 0) {
		r->right = e.e_lblk;
		r->right_pblk = e.e_pblk;
		r->goal = e.e_pblk - (e.e_lblk - r->lblk);
	}
	ext2fs_extent_goto(r->m->handle, r->lblk);
	if (!ext2fs_extent_get(r->m->handle, EXT2_EXTENT_CURRENT, &e) && ref_ext_end(&e) <= r->lblk) {
		r->left = ref_ext_end(&e);
		r->left_pblk = e.e_pblk + e.e_len;
		r->goal = r->left_pblk + (r->lblk - r->left);
	}
	return 0;
}

/* fs/ext4/mballoc.c, ext4_mb_use_inode_pa (6.1 6.12 7.3). */
static bool take_own(struct request *r)
{
	struct ref_fs *fs = r->m->fs;
	uint64_t at;

	for (size_t i = 0; i < fs->nr_pas; i++) {
		const struct ref_prealloc *pa = &fs->pas[i];

		if (pa->ino != r->m->ino || r->lblk < pa->lblk || r->lblk >= pa->lblk + pa->len)
			continue;
		/* a chunk may begin within a cluster that the file had before: its places count from the next one */
		at = cluster_floor(fs, r->lblk - pa->lblk);
		r->pblk = pa->pblk + at;
		if (r->len > pa->len - at)
			r->len = (uint32_t)(pa->len - at);
		return true;
	}
	return false;
}

static uint64_t distance(blk64_t a, blk64_t b)
{
	return a > b ? a - b : b - a;
}

/* fs/ext4/mballoc.c, ext4_mb_check_group_pa (6.1 6.12 7.3): the nearest; of those equally near, the smallest. */
static bool is_nearer(const struct ref_prealloc *a, const struct ref_prealloc *b, blk64_t goal)
{
	uint64_t to_a = distance(a->pblk, goal), to_b = distance(b->pblk, goal);

	return to_a < to_b || (to_a == to_b && a->len < b->len);
}

/* fs/ext4/mballoc.c, ext4_mb_use_preallocated and ext4_mb_use_group_pa (6.1 6.12 7.3): from its front. */
static bool take_shared(struct request *r)
{
	struct ref_fs *fs = r->m->fs;
	blk64_t goal = cluster_floor(fs, valid_goal(fs, r->goal));
	struct ref_prealloc *pa = NULL;

	for (size_t i = 0; i < fs->nr_pas; i++)
		if (!fs->pas[i].ino && fs->pas[i].len >= r->len && (!pa || is_nearer(&fs->pas[i], pa, goal)))
			pa = &fs->pas[i];
	if (!pa)
		return false;
	r->pblk = pa->pblk;
	pa->pblk += r->len;
	pa->len -= r->len;
	if (!pa->len)
		*pa = fs->pas[--fs->nr_pas];
	return true;
}

/* The logical range that a request stands for. */
struct chunk {
	uint64_t start;
	uint64_t end;
};

/*
 * fs/ext4/mballoc.c, ext4_mb_normalize_request (6.1 6.12 7.3): the file's size is guessed, from 16 KiB to 1 MiB in
 * powers of two; beyond, the file is cut into chunks of 2, 4 or 8 MiB. Neighbours that are allocated bound it.
 */
static struct chunk normalize(const struct request *r)
{
	static const struct {
		int64_t size; /* of files up to this, and of all with blocks of up to 1 << blkbits bytes */
		uint8_t blkbits;
		uint8_t chunk_bits;
	} sizes[] = {{16 << 10, 0, 14},	 {32 << 10, 0, 15}, {64 << 10, 0, 16}, {128 << 10, 0, 17}, {256 << 10, 0, 18},
		     {512 << 10, 0, 19}, {1 << 20, 0, 20},  {4 << 20, 10, 21}, {8 << 20, 11, 22},  {INT64_MAX, 0, 23}};
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

/* What a request is made of before blocks are looked for. */
enum ambition {
	AMBITION_NONE,	/* as many as were asked for, EXT4_MB_HINT_NOPREALLOC */
	AMBITION_GROUP, /* a run that small files share, EXT4_MB_HINT_GROUP_ALLOC */
	AMBITION_CHUNK, /* the chunk of the file that they lie in */
};

/* Next to a neighbour, the left one before the right one, if all of it is free there. */
static void aim(const struct request *r, const struct chunk *c, struct ref_search *asked)
{
	if (r->left && c->start == r->left) {
		asked->goal = r->left_pblk;
		asked->at_goal = true;
	} else if (c->end == r->right && r->right_pblk > asked->len) {
		asked->goal = r->right_pblk - asked->len;
		asked->at_goal = true;
	}
	if (asked->at_goal)
		asked->group = ext2fs_group_of_blk2(r->m->fs->fs, valid_goal(r->m->fs, asked->goal));
}

/*
 * fs/ext4/mballoc.c, ext4_mb_new_inode_pa (6.1 6.12 7.3): of a chunk that is shorter than asked for, the end if the
 * request's first block lies in it, else the beginning if all of the request does, else from the request on.
 */
static uint64_t chunk_of_found(const struct request *r, const struct chunk *c, uint32_t found)
{
	if (r->lblk >= c->end - found)
		return c->end - found;
	return (uint64_t)r->lblk + r->len <= c->start + found ? c->start : r->lblk;
}

/* fs/ext4/mballoc.c, ext4_mb_new_preallocation (6.1 6.12 7.3): more was found than asked for. */
static bool take_aside(struct request *r, const struct chunk *c, const struct ref_prealloc *found)
{
	struct ref_prealloc pa = *found;

	if (pa.ino)
		pa.lblk = chunk_of_found(r, c, pa.len);
	ref_fs_set_aside(r->m->fs, &pa);
	return pa.ino ? take_own(r) : take_shared(r);
}

/* fs/ext4/mballoc.c, ext4_mb_new_blocks without anything set aside (6.1 6.12 7.3). */
static errcode_t find_blocks(struct request *r, enum ambition ambition, bool stream)
{
	struct ref_fs *fs = r->m->fs;
	struct chunk c = {r->lblk, (uint64_t)r->lblk + r->len};
	struct ref_prealloc found = {.ino = ambition == AMBITION_CHUNK ? r->m->ino : 0};
	struct ref_search asked = {.len = r->len, .needed = r->len, .data = true, .stream = stream, .ino = r->m->ino};

	asked.group = ext2fs_group_of_blk2(fs->fs, valid_goal(fs, r->goal));
	if (ambition == AMBITION_GROUP) {
		asked.len = SMALL_FILES_BLOCKS;
		asked.modest = fs->env.sb.shared_run_is_given_up ? r->len : 0;
	}
	if (ambition == AMBITION_CHUNK) {
		c = bound(r, normalize(r));
		asked.len = (uint32_t)(c.end - c.start);
		aim(r, &c, &asked);
		asked.len = (uint32_t)cluster_ceil(fs, asked.len);
		c.end = c.start + asked.len;
	}
	if (!ref_fs_search_or_discard(fs, &asked, &found.pblk, &found.len))
		return EXT2_ET_BLOCK_ALLOC_FAIL;
	if (found.len > r->len && take_aside(r, &c, &found))
		return 0;
	r->pblk = found.pblk;
	r->len = found.len < r->len ? found.len : r->len;
	return 0;
}

/* fs/ext4/mballoc.c, ext4_mb_new_blocks (6.1 6.12 7.3): r->len blocks at r->pblk, no longer free. */
static errcode_t choose_blocks(struct request *r, bool normalized)
{
	const struct ref_env *env = &r->m->fs->env;
	bool small = is_small_file(env, r->inode, r->lblk, r->len);

	if (take_own(r) || (small && take_shared(r)))
		return 0;
	if (!small && is_closed_file(env, r->inode, r->lblk, r->len))
		return find_blocks(r, AMBITION_NONE, false);
	if (!normalized)
		return find_blocks(r, AMBITION_NONE, !small);
	return find_blocks(r, small ? AMBITION_GROUP : AMBITION_CHUNK, !small);
}

/* What has found no place in the map is freed again; the file's chunks are given up with it. */
static errcode_t give_back(const struct request *r)
{
	struct ref_fs *fs = r->m->fs;
	ext2fs_block_bitmap before;
	errcode_t error = ext2fs_copy_bitmap(fs->fs->block_map, &before);

	if (error)
		return error;
	ref_fs_discard_preallocations(fs, r->inode);
	ext2fs_block_alloc_stats_range(fs->fs, r->fresh, r->nr_fresh, -1);
	return ref_fs_note_freed(fs, before, false);
}

static errcode_t insert_in_map(const struct request *r, const struct ref_extent *run, unsigned int flags)
{
	errcode_t error;

	r->m->fs->tables_claim = !(flags & REF_ALLOC_RESERVED);
	error = ref_ext_map_insert(r->m, run, flags & REF_ALLOC_PRE_IO);
	r->m->fs->tables_claim = false;
	return error;
}

/* Unless it has been promised, a new block of the map, too, has to leave the reserve alone. */
static errcode_t insert_blocks(const struct request *r, const struct ref_extent *run, unsigned int flags)
{
	struct ref_fs *fs = r->m->fs;
	errcode_t error;

	if (!r->nr_fresh)
		return insert_in_map(r, run, flags);
	/* first, or the library would take the same ones for its tree */
	ext2fs_block_alloc_stats_range(fs->fs, r->fresh, r->nr_fresh, +1);
	ext2fs_mark_block_bitmap_range2(fs->busy, r->fresh, r->nr_fresh);
	error = insert_in_map(r, run, flags);
	if (error) {
		(void)give_back(r);
		return error;
	}
	return ext2fs_iblk_add_blocks(fs->fs, &r->m->raw, EXT2FS_B2C(fs->fs, r->nr_fresh));
}

/* fs/ext4/indirect.c, ext4_alloc_branch (6.1 6.12 7.3): tables come before the blocks that they are to point to. */
static errcode_t choose_tables(struct request *r, bool promised)
{
	struct ref_fs *fs = r->m->fs;

	for (fs->nr_tables = 0; fs->nr_tables < r->tables; fs->nr_tables++) {
		struct ref_search asked = {.len = 1, .group = ext2fs_group_of_blk2(fs->fs, valid_goal(fs, r->goal))};
		uint32_t len;

		if (!promised && !ref_fs_claim(fs, 1))
			return EXT2_ET_BLOCK_ALLOC_FAIL;
		if (!ref_fs_search_or_discard(fs, &asked, &r->goal, &len))
			return EXT2_ET_BLOCK_ALLOC_FAIL;
		ext2fs_mark_block_bitmap2(fs->busy, r->goal);
		fs->tables[fs->nr_tables] = r->goal;
	}
	return 0;
}

static void drop_tables(struct ref_fs *fs)
{
	while (fs->nr_tables)
		ext2fs_unmark_block_bitmap2(fs->busy, fs->tables[--fs->nr_tables]);
}

/* The same (6.1 6.12 6.18): tables for which there were no blocks are freed again, which waits for a commit. */
static void give_tables_back(struct ref_fs *fs)
{
	ext2fs_block_bitmap before;

	if (!fs->nr_tables || ext2fs_copy_bitmap(fs->fs->block_map, &before))
		return;
	for (uint32_t i = 0; i < fs->nr_tables; i++)
		ext2fs_mark_block_bitmap2(before, fs->tables[i]);
	fs->nr_tables = 0;
	(void)ref_fs_note_freed(fs, before, false);
}

static errcode_t choose_clusters(struct request *r, unsigned int flags)
{
	errcode_t error = choose_tables(r, flags & REF_ALLOC_RESERVED);

	if (error)
		return error;
	if (!(flags & REF_ALLOC_RESERVED))
		r->len = ref_fs_claim(r->m->fs, r->len);
	return r->len ? choose_blocks(r, !(flags & REF_ALLOC_NO_NORMALIZE)) : EXT2_ET_BLOCK_ALLOC_FAIL;
}

/*
 * fs/ext4/extents.c, get_implied_cluster_alloc (6.1 6.12 7.3): what comes before or behind in the file lies in the same
 * cluster, so that the place is given, as far as that cluster and the hole go.
 */
static bool is_implied(struct request *r)
{
	const struct ref_fs *fs = r->m->fs;
	uint64_t first = cluster_floor(fs, r->lblk), end = first + EXT2FS_CLUSTER_RATIO(fs->fs);
	bool left = r->left > first, right = r->right < end;

	if (!left && !right)
		return false;
	r->pblk = left ? r->left_pblk + (r->lblk - r->left) : r->right_pblk - (r->right - r->lblk);
	if (right)
		end = r->right;
	if (r->len > end - r->lblk)
		r->len = (uint32_t)(end - r->lblk);
	return true;
}

/* fs/ext4/extents.c, ext4_ext_check_overlap (6.1 6.12 7.3): the cluster of what comes next in the file is there. */
static void cut_before_next(struct request *r)
{
	uint64_t next = cluster_floor(r->m->fs, r->right);

	if (r->len > next - r->lblk)
		r->len = (uint32_t)(next - r->lblk);
}

/* fs/ext4/extents.c, ext4_ext_map_blocks (6.1 6.12 7.3). */
static errcode_t choose(struct request *r, unsigned int flags)
{
	uint32_t lblk = r->lblk, offset = lblk & EXT2FS_CLUSTER_MASK(r->m->fs->fs), asked;
	errcode_t error;

	if (is_implied(r))
		return 0;
	cut_before_next(r);
	asked = r->len;
	r->lblk = lblk - offset;
	r->goal -= offset;
	r->len = (uint32_t)cluster_ceil(r->m->fs, asked + offset);
	error = choose_clusters(r, flags);
	r->lblk = lblk;
	r->fresh = r->pblk;
	r->nr_fresh = r->len;
	r->pblk += offset;
	r->len = r->len - offset < asked ? r->len - offset : asked;
	return error;
}

/*
 * include/linux/quotaops.h (6.1 6.12 7.3): dquot_alloc_block() marks the inode I_DIRTY, also for what is given back, and
 * so an fsync has something to commit; dquot_claim_block() of what was promised, and of the map's blocks for it, only
 * I_DIRTY_SYNC. The rest of a cluster that the file has is not asked for.
 */
static void mark_inode_dirty(struct ref_env *env, struct ref_inode *inode)
{
	inode->datasync_dirty = true;
	ref_ext4_update_inode_fsync_trans(env, inode, false);
}

int ref_fs_map_allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
			struct ref_extent *run)
{
	_cleanup_(ref_ext_map_release) struct ref_ext_map m;
	struct request r = {.m = &m, .inode = inode, .lblk = lblk, .len = len};
	int err = ref_ext_map_open(&m, env, inode);
	errcode_t error;

	if (!err)
		err = look_around(&r);
	if (err)
		return err;
	error = choose(&r, flags);
	if (!(flags & REF_ALLOC_RESERVED) && ((!error && r.nr_fresh) || m.fs->nr_tables))
		mark_inode_dirty(env, inode);
	if (error)
		give_tables_back(m.fs);
	*run = (struct ref_extent){
		.lblk = lblk,
		.len = r.len,
		.pblk = r.pblk,
		.state = flags & REF_ALLOC_UNWRITTEN ? REF_UNWRITTEN : REF_WRITTEN,
	};
	if (!error)
		error = insert_blocks(&r, run, flags);
	drop_tables(m.fs);
	if (error)
		return ref_fs_error(error);
	ref_ext_map_dirtied(&m, inode, (uint64_t)lblk + r.len);
	return ref_fs_put_inode(m.fs, inode->ino, &m.raw);
}
