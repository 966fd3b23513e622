/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lock, checks and the order of things: fs/ext4/file.c.
 *
 * The lock is chosen twice. First without knowing more than i_size (ref_first_lock), then, holding it, from what the
 * range needs (policies[]); a shared lock that does not do is dropped, taken exclusive, and everything checked again.
 */
#include "refimpl/path/path.h"

#include <errno.h>
#include <string.h>

/*
 * fs/ext4/file.c, ext4_should_use_dio (6.1 6.12 7.3). Encryption and verity are refused when the image is opened; what
 * is left is data in the journal, and in the inode.
 */
static bool ref_ext4_should_use_dio(const struct ref_write *w)
{
	return !ref_ext4_should_journal_data(w->env, w->inode) && !w->inode->inline_size;
}

/* lib/iov_iter.c, iov_iter_alignment (6.1 6.12 7.3): every address and length that is left, ORed. */
static uint64_t ref_iov_iter_alignment(const struct ref_iter *from)
{
	size_t skip = from->done, left = from->count;
	uint64_t addr = from->align, res = 0;

	for (uint32_t i = 0; i < from->nr_segs && left; addr += from->segs[i++]) {
		size_t len = from->segs[i] > skip ? from->segs[i] - skip : 0;

		if (len > left)
			len = left;
		if (len)
			res |= (addr + skip) | len;
		left -= len;
		skip = len ? 0 : skip - from->segs[i];
	}
	return res;
}

/* fs/ext4/file.c, ext4_unaligned_io (6.1 6.12 7.3). */
static bool ref_ext4_unaligned_io(const struct ref_write *w)
{
	return ((uint64_t)w->iocb.pos | ref_iov_iter_alignment(&w->from)) & (ref_bs(w->env) - 1);
}

static int64_t end_of(const struct ref_write *w)
{
	return w->iocb.pos + (int64_t)w->from.count;
}

/* fs/ext4/file.c, ext4_extending_io (6.1 6.12 7.3). The second arm: delayed allocations have not reached the disk. */
static bool ref_ext4_extending_io(const struct ref_write *w)
{
	return end_of(w) > w->inode->i_size || end_of(w) > w->inode->i_disksize;
}

/* What a look at @asked blocks from the write's first one on has found. */
static enum lookup_kind kind_of(const struct ref_write *w, const struct ref_map *map, uint32_t asked, int64_t found)
{
	if (found <= 0)
		return ref_block_is_delayed(w->env, w->inode, map->lblk) ? LOOKUP_DELALLOC : LOOKUP_HOLE;
	if (map->flags & REF_MAP_MAPPED)
		return found < asked ? LOOKUP_PART_WRITTEN : LOOKUP_WRITTEN;
	return found < asked ? LOOKUP_PART_UNWRITTEN : LOOKUP_UNWRITTEN;
}

/* Under the first lock, as the kernel side tells it: what the cache of extents then holds may be more. */
static int64_t look(struct ref_write *w, struct ref_map *map)
{
	uint32_t asked = map->len;
	int64_t found = ref_ext4_map_blocks(w, map, 0);

	if (w->rec.checks == 1 && map->lblk == ref_blk(w->env, w->iocb.pos))
		NOTE(w, LOOKUP, lookup, kind_of(w, map, asked, found));
	return found;
}

/* fs/ext4/file.c, ext4_overwrite_io (6.1 6.12; gone in 7.3): one lookup has to cover it all. */
static bool ref_ext4_overwrite_io(struct ref_write *w, bool *unwritten)
{
	struct ref_map map = {
		.lblk = ref_blk(w->env, w->iocb.pos),
		.len = ref_max_blocks(w->env, w->iocb.pos, w->from.count),
	};
	uint32_t blocks = map.len;

	if (end_of(w) > w->inode->i_size)
		return false;
	if (look(w, &map) != blocks)
		return false;
	*unwritten = !(map.flags & REF_MAP_MAPPED);
	return true;
}

static bool is_written(struct ref_write *w, struct ref_map *map)
{
	return look(w, map) > 0 && map->flags & REF_MAP_MAPPED;
}

/* fs/ext4/file.c, ext4_dio_needs_zeroing (7.3): a partial first or last block that is not written. */
static bool ref_ext4_dio_needs_zeroing(struct ref_write *w)
{
	uint32_t mask = ref_bs(w->env) - 1, head = ref_blk(w->env, w->iocb.pos), tail = ref_blk(w->env, end_of(w) - 1);
	struct ref_map map;

	if (end_of(w) > w->inode->i_size)
		return true;
	if (w->iocb.pos & mask) {
		map = (struct ref_map){.lblk = head, .len = tail - head + 1};
		if (!is_written(w, &map))
			return true;
		if (map.len > tail - head)
			return false;
	}
	if (!(end_of(w) & mask))
		return false;
	map = (struct ref_map){.lblk = tail, .len = 1};
	return !is_written(w, &map);
}

/* --- checks --- */

/* fs/read_write.c, generic_write_check_limits (6.1 6.12 7.3). SIGXFSZ is ignored by the writer. */
static int ref_generic_write_check_limits(struct ref_write *w, int64_t limit)
{
	if (w->iocb.pos >= limit)
		return -EFBIG;
	if ((int64_t)w->from.count > limit - w->iocb.pos)
		w->from.count = (size_t)(limit - w->iocb.pos);
	return 0;
}

/* fs/ext4/file.c, ext4_generic_write_checks and fs/read_write.c, generic_write_checks (6.1 6.12 7.3). */
static int64_t write_checks(struct ref_write *w)
{
	const struct ref_sb *sb = &w->env->sb;
	const int64_t limits[] = {sb->limit < 0 ? INT64_MAX : sb->limit, sb->maxbytes,
				  w->inode->extents ? INT64_MAX : sb->bitmap_maxbytes};

	if (w->inode->immutable)
		return -EPERM;
	if (!w->from.count)
		return 0;
	if (w->iocb.flags & WRITE_APPEND)
		w->iocb.pos = w->inode->i_size;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int err = ref_generic_write_check_limits(w, limits[i]);

		if (err)
			return err;
	}
	return (int64_t)w->from.count;
}

/* The same, noted unless it is the buffered path that checks: that one has its own lock and is no pass of ours. */
int64_t ref_ext4_generic_write_checks(struct ref_write *w)
{
	enum lock_mode mode = w->checks.shared ? LOCK_SHARED : LOCK_EXCLUSIVE;
	bool buffered = w->rec.stage_ns[STAGE_BUFFERED];
	int64_t ret;

	if (!buffered) {
		ref_stage(w, STAGE_CHECK);
		NOTE(w, CHECKS, checks, w->rec.checks + 1);
		if (w->rec.checks == 1) {
			NOTE(w, LOCK_FIRST, lock_first, mode);
			NOTE(w, UPGRADE, upgrade, 0);
			NOTE(w, NOSEC, nosec, w->inode->nosec);
			NOTE(w, LOOKUP, lookup, LOOKUP_NONE);
		}
	}
	ret = write_checks(w);
	if (!buffered && ret > 0) {
		NOTE(w, POS, pos, w->iocb.pos);
		NOTE(w, LEN, len, w->from.count);
		ref_note_buffer(w);
	}
	return ret;
}

/* include/linux/fs.h, is_sxid (6.1.192 6.12 7.3): S_ISGID counts with S_IXGRP and without it. */
bool ref_is_sxid(uint16_t mode)
{
	return mode & 06000;
}

/*
 * fs/inode.c, file_modified (6.1 6.12) and kiocb_modified (7.3). The writer is root: privileges are not removed, and
 * an inode without any is marked so that nobody looks again. A timestamp is taken to be due, unless the environment
 * knows better.
 */
int ref_file_modified(struct ref_write *w)
{
	bool due = !w->inode->times_current;

	if (!ref_is_sxid(w->inode->mode))
		w->inode->nosec = true;
	if (due && w->iocb.nowait && w->rules->nowait_refuses_timestamp)
		return -EAGAIN;
	if (due)
		ref_journal_timestamp(w->env, w->inode);
	return 0;
}

/* --- what the content of the range means for the lock: one policy for each enum ref_content_rule --- */

struct lock_policy {
	/* Before the decision of each pass; NULL: nothing. */
	void (*look)(struct ref_write *w);
	/* Reasons to upgrade beyond those that need no look at the mapping, given in @reasons. */
	uint8_t (*reasons)(struct ref_write *w, uint8_t reasons);
	/* FORCE_WAIT, and refuse NOWAIT. */
	bool (*waits)(const struct ref_checks *c);
	/* inode_dio_wait(), if it waits. */
	bool (*drains)(const struct ref_checks *c);
};

static uint8_t reasons_written(struct ref_write *w, uint8_t reasons)
{
	struct ref_checks *c = &w->checks;

	if (reasons)
		return 0; /* the || has its answer */
	c->overwrite = ref_ext4_overwrite_io(w, &c->unwritten) && !c->unwritten;
	return c->overwrite ? 0 : UPGRADE_NOT_OVERWRITE;
}

static bool waits_unaligned_or_extend(const struct ref_checks *c)
{
	return c->unaligned || c->extend;
}

static bool drains_unaligned(const struct ref_checks *c)
{
	return c->unaligned;
}

static void look_overwrite(struct ref_write *w)
{
	w->checks.overwrite = ref_ext4_overwrite_io(w, &w->checks.unwritten);
}

static uint8_t reasons_allocated(struct ref_write *w, uint8_t reasons)
{
	const struct ref_checks *c = &w->checks;

	(void)reasons;
	return (c->overwrite ? 0 : UPGRADE_NOT_OVERWRITE) |
	       (c->unaligned && c->unwritten ? UPGRADE_UNALIGNED_UNWRITTEN : 0);
}

static bool waits_exclusive(const struct ref_checks *c)
{
	return !c->shared && (c->unaligned || c->extend);
}

static bool drains_unaligned_new(const struct ref_checks *c)
{
	return c->unaligned && (!c->overwrite || c->unwritten);
}

/* Not reset by a second pass that is aligned. */
static void look_zeroing(struct ref_write *w)
{
	if (w->checks.unaligned)
		w->checks.needs_zeroing = ref_ext4_dio_needs_zeroing(w);
}

static uint8_t reasons_zeroing(struct ref_write *w, uint8_t reasons)
{
	(void)reasons;
	return w->checks.needs_zeroing ? UPGRADE_NEEDS_ZEROING : 0;
}

static bool waits_zeroing(const struct ref_checks *c)
{
	return !c->shared && (c->needs_zeroing || c->extend);
}

static bool drains_zeroing(const struct ref_checks *c)
{
	return c->needs_zeroing;
}

static const struct lock_policy policies[] = {
	[REF_CONTENT_WRITTEN] = {NULL, reasons_written, waits_unaligned_or_extend, drains_unaligned},
	[REF_CONTENT_ALLOCATED] = {look_overwrite, reasons_allocated, waits_exclusive, drains_unaligned_new},
	[REF_CONTENT_ZEROING] = {look_zeroing, reasons_zeroing, waits_zeroing, drains_zeroing},
};

/* --- ext4_dio_write_checks --- */

static uint8_t upgrade_reasons(struct ref_write *w)
{
	uint8_t reasons = 0;

	if (!w->inode->nosec)
		reasons |= UPGRADE_NOT_NOSEC;
	if (w->checks.extend)
		reasons |= UPGRADE_EXTEND;
	return reasons | policies[w->rules->content].reasons(w, reasons);
}

static void look_at_range(struct ref_write *w)
{
	if (!w->rules->unaligned_starts_exclusive)
		w->checks.unaligned = ref_ext4_unaligned_io(w);
	w->checks.extend = ref_ext4_extending_io(w);
	if (policies[w->rules->content].look)
		policies[w->rules->content].look(w);
}

static void upgrade(struct ref_write *w)
{
	ref_inode_unlock(w);
	ref_inode_lock(w, LOCK_EXCLUSIVE);
	w->checks.shared = false;
	NOTE(w, UPGRADE, upgrade, 1);
}

/* The passes; returns when the lock is settled. */
static int64_t settle_lock(struct ref_write *w)
{
	for (;;) {
		int64_t count = ref_ext4_generic_write_checks(w);
		uint8_t reasons;

		if (count <= 0)
			return count;
		look_at_range(w);
		reasons = w->checks.shared ? upgrade_reasons(w) : 0;
		if (!reasons)
			return count;
		NOTE(w, UPGRADE_REASON, upgrade_reason, reasons);
		if (w->iocb.nowait)
			return -EAGAIN;
		upgrade(w);
	}
}

/* fs/ext4/file.c, ext4_dio_write_checks (6.1 6.12 7.3); in 6.1 the second half is in ext4_dio_write_iter. */
static int64_t ref_ext4_dio_write_checks(struct ref_write *w)
{
	const struct lock_policy *policy = &policies[w->rules->content];
	int64_t count = settle_lock(w);
	int err;

	if (count <= 0)
		return count;
	w->checks.force_wait = policy->waits(&w->checks);
	if (w->checks.force_wait && w->iocb.nowait && !w->rules->nowait_after_modified)
		return -EAGAIN;
	err = ref_file_modified(w);
	if (err)
		return err;
	if (w->checks.force_wait && w->iocb.nowait)
		return -EAGAIN;
	return count;
}

/* --- ext4_dio_write_iter --- */

/* The quick decision without the lock: i_size may move, and O_APPEND has not been applied. */
static enum lock_mode ref_first_lock(struct ref_write *w)
{
	w->checks.unaligned = w->rules->unaligned_starts_exclusive && ref_ext4_unaligned_io(w);
	return w->checks.unaligned || end_of(w) > w->inode->i_size ? LOCK_EXCLUSIVE : LOCK_SHARED;
}

static enum iomap_ops_kind choose_ops(const struct ref_write *w)
{
	switch (w->rules->overwrite_ops) {
	case REF_OVERWRITE_OPS_SHARED:
		return w->checks.shared ? OPS_OVERWRITE : OPS_IOMAP;
	case REF_OVERWRITE_OPS_WRITTEN:
		return w->checks.shared && !w->checks.unwritten ? OPS_OVERWRITE : OPS_IOMAP;
	case REF_OVERWRITE_OPS_NEVER:
		return OPS_IOMAP;
	}
	return OPS_NONE;
}

static void note_locked(struct ref_write *w)
{
	const struct ref_checks *c = &w->checks;

	NOTE(w, LOCK, lock, c->shared ? LOCK_SHARED : LOCK_EXCLUSIVE);
	NOTE(w, UNALIGNED, unaligned, c->unaligned);
	NOTE(w, EXTEND, extend, c->extend);
	NOTE(w, FORCE_WAIT, force_wait, c->force_wait);
	NOTE(w, DIO_WAIT, dio_wait, c->force_wait && policies[w->rules->content].drains(c));
	NOTE(w, ORPHAN, orphan, 0);
	NOTE(w, TRUNCATE, truncate, 0);
}

/* From the settled lock to its release. */
static int64_t write_locked(struct ref_write *w)
{
	int64_t ret;

	note_locked(w);
	if (w->checks.extend) {
		int err = ref_ext4_orphan_add(w);

		if (err)
			return err;
	}
	ret = ref_iomap_dio_rw(w, choose_ops(w), w->checks.force_wait);
	if (ret == -ENOTBLK)
		ret = 0;
	if (w->checks.extend)
		ref_ext4_inode_extension_cleanup(w, ret < 0);
	return ret;
}

/* The whole write, or what the direct part left, through the page cache. */
static int64_t fall_back(struct ref_write *w, enum fallback_reason reason)
{
	int64_t ret;

	NOTE(w, FALLBACK, fallback, w->from.done ? FALLBACK_REST : FALLBACK_WHOLE);
	NOTE(w, FALLBACK_REASON, fallback_reason, reason);
	NOTE(w, FALLBACK_POS, fallback_pos, w->iocb.pos);
	NOTE(w, FALLBACK_LEN, fallback_len, (int64_t)w->from.count);
	ref_inode_lock(w, LOCK_EXCLUSIVE);
	ref_stage(w, STAGE_BUFFERED);
	ret = ref_ext4_buffered_write_iter(w);
	ref_inode_unlock(w);
	NOTE(w, FALLBACK_RET, fallback_ret, ret);
	return ret;
}

/* The rest after @ret bytes: written, put on disk and dropped from the cache. Its error hides the @ret bytes. */
static int64_t write_rest(struct ref_write *w, int64_t ret)
{
	int64_t pos, n = fall_back(w, w->rest_reason);

	if (n < 0)
		return n;
	pos = w->iocb.pos - n;
	if (n && !ref_filemap_write_and_wait_range(w->env, w->inode, pos, (uint64_t)n))
		ref_invalidate_mapping_pages(w->inode, pos, (uint64_t)n);
	return ret + n;
}

/* fs/ext4/file.c, ext4_dio_write_iter (6.1 6.12 6.18 7.3). */
static int64_t ref_ext4_dio_write_iter(struct ref_write *w)
{
	int64_t ret;

	w->checks.shared = ref_first_lock(w) == LOCK_SHARED;
	if (!ref_ext4_should_use_dio(w))
		return fall_back(w, FALLBACK_INELIGIBLE);
	ref_inode_lock(w, w->checks.shared ? LOCK_SHARED : LOCK_EXCLUSIVE);
	w->inode->may_inline = false;
	ret = ref_ext4_dio_write_checks(w);
	if (ret <= 0) {
		ref_inode_unlock(w);
		return ret;
	}
	ret = write_locked(w);
	ref_inode_unlock(w);
	if (ret >= 0 && w->from.count && !w->queued)
		ret = write_rest(w, ret);
	return ret;
}

/* fs/ext4/file.c, ext4_file_write_iter (6.1 6.12 7.3): not shut down, not DAX, not atomic. */
int64_t ref_ext4_file_write_iter(struct ref_write *w)
{
	return ref_ext4_dio_write_iter(w);
}
