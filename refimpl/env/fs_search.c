/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where there are free blocks: the search of fs/ext4/mballoc.c, group by group, by five criteria of falling hope.
 *
 * The kernel looks at buddies: free blocks as pieces of powers of two, each aligned to its size within the group and as
 * large as it can be. So what it finds at a place is not all that is free there, but as many pieces as are needed, and
 * a piece of just the right size is taken wherever it is. Both show in where a request comes to lie.
 *
 * It counts in clusters, which without bigalloc are blocks; who asks counts in blocks.
 */
#include "refimpl/env/fs_impl.h"

#define FLEX_SIZE_OWN_DIRS 4   /* EXT4_FLEX_SIZE_DIR_ALLOC_SCHEME */
#define MAX_TO_SCAN	   200 /* s_mb_max_to_scan, s_mb_min_to_scan */
#define MIN_TO_SCAN	   10
#define ORDER2_REQUESTS	   2 /* s_mb_order2_reqs */

/* CR_x; CR_BEST_AVAIL_LEN finds what CR_GOAL_LEN_FAST does, where groups are so few that they are walked through. */
enum criteria {
	POWER2_ALIGNED,
	GOAL_LEN_FAST,
	GOAL_LEN_SLOW,
	ANY_FREE,
	NR_CRITERIA,
};

/* A group; its clusters are counted from its first. */
struct group {
	const struct ref_fs *fs;
	uint64_t nr;
	blk64_t first;
	uint32_t clusters;
	uint32_t free;
	uint32_t fragments;
};

struct piece {
	uint64_t group;
	uint32_t at;
	uint32_t len;
};

/* struct ext4_allocation_context. */
struct scan {
	struct ref_search *asked;
	unsigned int order; /* of a request that is a power of two; 0: it is not */
	enum criteria criteria;
	unsigned int seen; /* ac_found */
	struct piece best;
	uint64_t prefetch; /* ac_prefetch_grp, ac_prefetch_nr */
	uint32_t nr_prefetched;
	enum {
		SCAN_ON,
		SCAN_BREAK,
		SCAN_FOUND
	} status;
};

/* --- groups --- */

static uint32_t flex_size(const struct ref_fs *fs)
{
	const struct ext2_super_block *super = fs->fs->super;

	return ext2fs_has_feature_flex_bg(fs->fs->super) ? 1u << super->s_log_groups_per_flex : 1;
}

/* fs/ext4/balloc.c, ext4_inode_to_goal_block (6.1 6.12 7.3): the first group of a flex group is for directories. */
uint64_t ref_fs_group_of_file(const struct ref_fs *fs, uint64_t ino)
{
	uint32_t flex = flex_size(fs);
	uint64_t group = (uint64_t)ext2fs_group_of_ino(fs->fs, (ext2_ino_t)ino);

	return flex < FLEX_SIZE_OWN_DIRS ? group : group / flex * flex + 1;
}

static blk64_t place_in(const struct group *g, uint32_t at)
{
	return g->first + EXT2FS_C2B(g->fs->fs, (blk64_t)at);
}

static bool is_free(const struct group *g, uint32_t at, uint32_t len)
{
	return at + len <= g->clusters &&
	       ext2fs_test_block_bitmap_range2(g->fs->busy, place_in(g, at), EXT2FS_C2B(g->fs->fs, len));
}

/* The free run at @at or behind it: where it begins and ends; false when there is none. */
static bool next_run(const struct group *g, uint32_t *at, uint32_t *end)
{
	blk64_t last = place_in(g, g->clusters) - 1, from, to;

	if (*at >= g->clusters || ext2fs_find_first_zero_block_bitmap2(g->fs->busy, place_in(g, *at), last, &from))
		return false;
	if (ext2fs_find_first_set_block_bitmap2(g->fs->busy, from, last, &to))
		to = last + 1;
	*at = (uint32_t)EXT2FS_B2C(g->fs->fs, from - g->first);
	*end = (uint32_t)EXT2FS_B2C(g->fs->fs, to - g->first);
	return true;
}

static void load_group(struct group *g, const struct ref_fs *fs, uint64_t nr)
{
	struct ext2_super_block *super = fs->fs->super;
	blk64_t left;
	uint32_t at = 0, end;

	*g = (struct group){.fs = fs, .nr = nr, .first = ext2fs_group_first_block2(fs->fs, (dgrp_t)nr)};
	left = EXT2FS_NUM_B2C(fs->fs, ext2fs_blocks_count(super) - g->first);
	g->clusters = left < super->s_clusters_per_group ? (uint32_t)left : super->s_clusters_per_group;
	for (; next_run(g, &at, &end); at = end) {
		g->free += end - at;
		g->fragments++;
	}
}

/* --- groups that have been read --- */

/* fs/ext4/mballoc.c, ext4_mb_init_cache (6.1 6.12 7.3): one page holds what is known of several groups of small blocks.
 */
void ref_fs_know_group(struct ref_fs *fs, uint64_t nr)
{
	uint32_t per_page = REF_PAGE / fs->fs->blocksize / 2, n = per_page ? per_page : 1;

	for (uint64_t i = nr / n * n; i < nr / n * n + n && i < fs->fs->group_desc_count; i++)
		fs->known[i] = true;
}

/*
 * fs/ext4/mballoc.c, ext4_mb_good_group_nolock (6.1 6.12 7.3): the hopeful criteria pass over a group that would have
 * to be read first, but not over the first of a flex group.
 */
static bool passes_over(const struct scan *s, const struct ref_fs *fs, uint64_t nr)
{
	uint32_t flex = flex_size(fs);
	bool is_first = flex > 1 && nr % flex == 0;

	if (fs->known[nr] || s->criteria >= GOAL_LEN_SLOW || is_first)
		return false;
	return !ext2fs_has_group_desc_csum(fs->fs) || !ext2fs_bg_flags_test(fs->fs, (dgrp_t)nr, EXT2_BG_BLOCK_UNINIT);
}

#define PREFETCH_FLEX_GROUPS 8	/* s_mb_prefetch */
#define PREFETCH_GROUPS	     32 /* the same, without flex groups */

/* fs/ext4/mballoc.c, ext4_mb_might_prefetch (6.1 6.12 7.3): what follows is on its way, to the end of the flex group.
 */
static void might_prefetch(struct scan *s, const struct ref_fs *fs, uint64_t nr)
{
	uint32_t groups = fs->fs->group_desc_count, flex = flex_size(fs);
	bool has_flex = ext2fs_has_feature_flex_bg(fs->fs->super);
	uint32_t most = has_flex ? flex * PREFETCH_FLEX_GROUPS : PREFETCH_GROUPS;
	uint32_t n = has_flex ? flex - (uint32_t)(nr % flex) : most;

	if (nr != s->prefetch)
		return;
	most = most < groups ? most : groups;
	s->nr_prefetched = n < most ? n : most;
	s->prefetch = (nr + s->nr_prefetched) % groups;
}

/* fs/ext4/mballoc.c, ext4_mb_prefetch_fini (6.1 6.12 7.3): it has come by the end of the search. */
static void finish_prefetch(const struct scan *s, struct ref_fs *fs)
{
	uint64_t nr = s->prefetch;

	for (uint32_t i = 0; i < s->nr_prefetched; i++) {
		nr = (nr ? nr : fs->fs->group_desc_count) - 1;
		if (ext2fs_bg_free_blocks_count(fs->fs, (dgrp_t)nr))
			ref_fs_know_group(fs, nr);
	}
}

/* --- buddies --- */

/* fs/ext4/mballoc.c, mb_find_order_for_block (6.1 6.12 7.3): of the piece that free cluster @at is part of. */
static unsigned int order_of(const struct group *g, uint32_t at)
{
	unsigned int order = 0, most = EXT2_BLOCK_SIZE_BITS(g->fs->fs->super) + 1; /* MB_NUM_ORDERS - 1 */

	while (order < most && is_free(g, at >> (order + 1) << (order + 1), 2u << order))
		order++;
	return order;
}

/* fs/ext4/mballoc.c, mb_find_extent (6.1 6.12 7.3): as many pieces from @at on as @needed takes. 0: it is not free. */
static uint32_t pieces_at(const struct group *g, uint32_t at, uint32_t needed)
{
	unsigned int order;
	uint32_t end;

	if (!is_free(g, at, 1))
		return 0;
	order = order_of(g, at);
	end = ((at >> order) + 1) << order;
	while (end - at < needed && is_free(g, end, 1))
		end += 1u << order_of(g, end);
	return end - at;
}

/* --- one group --- */

static void take(struct scan *s, const struct group *g, uint32_t at, uint32_t len)
{
	s->best = (struct piece){g->nr, at, len < s->asked->len ? len : s->asked->len};
	s->status = SCAN_FOUND;
}

/* fs/ext4/mballoc.c, ext4_mb_simple_scan_group (6.1 6.12 7.3): the first of the smallest pieces that are enough. */
static void scan_aligned(struct scan *s, const struct group *g)
{
	unsigned int best_order = UINT8_MAX;
	uint32_t best = 0, at = 0, end;

	for (; next_run(g, &at, &end); at = end) {
		for (unsigned int order; at < end; at += 1u << order) {
			order = order_of(g, at);
			if (order >= s->order && order < best_order) {
				best_order = order;
				best = at;
			}
		}
	}
	if (best_order != UINT8_MAX)
		take(s, g, best, 1u << best_order);
}

/* fs/ext4/mballoc.c, ext4_mb_measure_extent (6.1 6.12 7.3). */
static void measure(struct scan *s, const struct group *g, uint32_t at, uint32_t len)
{
	uint32_t goal = s->asked->len;
	bool first = !s->best.len;
	bool better = s->best.len < goal ? len > s->best.len : len > goal && len < s->best.len;

	s->seen++;
	if (len == goal) {
		take(s, g, at, len);
		return;
	}
	if (first || better)
		s->best = (struct piece){g->nr, at, len};
	if (first)
		return;
	if (s->seen > MAX_TO_SCAN)
		s->status = SCAN_BREAK;
	else if (s->best.len >= goal && s->seen > MIN_TO_SCAN)
		take(s, g, s->best.at, s->best.len);
}

/* fs/ext4/mballoc.c, ext4_mb_complex_scan_group (6.1 6.12 7.3). */
static void scan_all(struct scan *s, const struct group *g)
{
	uint32_t at = 0, end, len;

	while (s->status == SCAN_ON && next_run(g, &at, &end)) {
		if (s->criteria < GOAL_LEN_SLOW && end - at < s->asked->len) {
			at = end;
			continue;
		}
		len = pieces_at(g, at, s->asked->len);
		measure(s, g, at, len);
		at += len;
	}
	if (s->status == SCAN_ON && s->best.len >= s->asked->len)
		take(s, g, s->best.at, s->best.len);
}

static bool avoids_group(const struct scan *s, const struct group *g)
{
	uint32_t flex = flex_size(g->fs);

	return s->asked->data && flex >= FLEX_SIZE_OWN_DIRS && g->nr % flex == 0;
}

/* fs/ext4/mballoc.c, ext4_mb_good_group (6.1 6.12 7.3). */
static bool is_good(const struct scan *s, const struct group *g)
{
	if (!g->free)
		return false;
	switch (s->criteria) {
	case POWER2_ALIGNED:
		return !avoids_group(s, g) && g->free >= s->asked->len;
	case GOAL_LEN_FAST:
		return g->free / g->fragments >= s->asked->len;
	case GOAL_LEN_SLOW:
		return g->free >= s->asked->len;
	case ANY_FREE:
	case NR_CRITERIA:
		return true;
	}
	return true;
}

static void scan_group(struct scan *s, struct ref_fs *fs, uint64_t nr)
{
	struct group g;

	might_prefetch(s, fs, nr);
	load_group(&g, fs, nr);
	if (!g.free || (s->criteria < ANY_FREE && g.free < s->asked->len) || passes_over(s, fs, nr))
		return;
	ref_fs_know_group(fs, nr);
	if (!is_good(s, &g))
		return;
	if (s->criteria == POWER2_ALIGNED)
		scan_aligned(s, &g);
	else
		scan_all(s, &g);
}

/* --- all groups --- */

static blk64_t block_of(const struct ref_fs *fs, const struct piece *p)
{
	return ext2fs_group_first_block2(fs->fs, (dgrp_t)p->group) + EXT2FS_C2B(fs->fs, (blk64_t)p->at);
}

/* fs/ext4/mballoc.c, ext4_mb_find_by_goal (6.1 6.12 7.3). */
static bool find_by_goal(struct ref_fs *fs, const struct ref_search *asked)
{
	struct group g;
	uint64_t nr;

	if (asked->goal < fs->fs->super->s_first_data_block || asked->goal >= ext2fs_blocks_count(fs->fs->super))
		return false;
	nr = ext2fs_group_of_blk2(fs->fs, asked->goal);
	load_group(&g, fs, nr);
	if (g.free)
		ref_fs_know_group(fs, nr);
	return is_free(&g, (uint32_t)EXT2FS_B2C(fs->fs, asked->goal - g.first), asked->len);
}

static unsigned int order_of_request(const struct ref_fs *fs, uint32_t len)
{
	unsigned int order = 0;

	while (len >> (order + 1))
		order++;
	if (len & (len - 1) || order + 1 < ORDER2_REQUESTS || order > EXT2_BLOCK_SIZE_BITS(fs->fs->super) + 1)
		return 0;
	return order;
}

/* The group that the last stream went to, of all files or of those that share a slot with this one. */
static uint64_t *stream_group(struct ref_fs *fs, uint64_t ino)
{
	uint32_t groups = fs->fs->group_desc_count, slots = fs->env.sb.stream_goals;

	if (slots > (groups + 3) / 4)
		slots = (groups + 3) / 4;
	if (slots > REF_STREAM_GOALS_MAX)
		slots = REF_STREAM_GOALS_MAX;
	return &fs->stream_groups[slots ? ino % slots : 0];
}

/* fs/ext4/mballoc.c, ext4_mb_scan_groups (6.18, and ext4_mb_regular_allocator 6.1 7.3): all groups, from @first on. */
static void scan_groups(struct scan *s, struct ref_fs *fs, uint64_t first)
{
	uint64_t groups = fs->fs->group_desc_count;

	for (s->criteria = s->order ? POWER2_ALIGNED : GOAL_LEN_FAST; s->criteria < NR_CRITERIA && s->status == SCAN_ON;
	     s->criteria++) {
		if (s->criteria == GOAL_LEN_SLOW && s->asked->modest)
			s->asked->len = s->asked->modest;
		s->prefetch = first;
		s->nr_prefetched = 0;
		for (uint64_t i = 0; i < groups && s->status == SCAN_ON; i++)
			scan_group(s, fs, (first + i) % groups);
	}
	finish_prefetch(s, fs);
}

/* fs/ext4/mballoc.c, ext4_mb_regular_allocator (6.1 6.12 7.3). */
bool ref_fs_search(struct ref_fs *fs, const struct ref_search *asked, blk64_t *pblk, uint32_t *len)
{
	struct ref_search in = *asked;
	struct scan s = {.asked = &in};
	uint64_t *stream = stream_group(fs, asked->ino), first = asked->stream ? *stream : asked->group;

	in.len = EXT2FS_B2C(fs->fs, asked->len);
	in.modest = EXT2FS_NUM_B2C(fs->fs, asked->modest);
	s.order = order_of_request(fs, in.len);
	if (in.at_goal && find_by_goal(fs, &in)) {
		*pblk = asked->goal & ~(blk64_t)EXT2FS_CLUSTER_MASK(fs->fs);
		*len = asked->len;
		s.best.group = ext2fs_group_of_blk2(fs->fs, asked->goal);
	} else {
		scan_groups(&s, fs, first < fs->fs->group_desc_count ? first : 0);
		if (!s.best.len)
			return false;
		*pblk = block_of(fs, &s.best);
		*len = EXT2FS_C2B(fs->fs, s.best.len < in.len ? s.best.len : in.len);
	}
	if (asked->stream) {
		*stream = s.best.group;
		fs->stream_block = *pblk;
	}
	return true;
}
