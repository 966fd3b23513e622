/* SPDX-License-Identifier: GPL-2.0-only */
/* The inode's lock: how it was first taken, why it was taken again, how long it was waited for. */
#ifndef DIOSCOPE_LOCK_BPF_H
#define DIOSCOPE_LOCK_BPF_H

#include "bpf/fill.bpf.h"
#include "bpf/open.bpf.h"

/* --- waits --- */

/*
 * Which lock a wait is for. With a hook on the entry, only that of the write under way. Without one the write is not
 * known yet: any ext4 inode's is kept, and the write that follows looks whether it was its own.
 */
static __always_inline bool lock_wanted(u64 lock)
{
	struct write_state *w;

	if (!settings.has_enter)
		return task_wanted() && lock_is_of_ext4(lock);
	w = write_current(frame_find());
	return w && lock == inode_lock_addr(w->inode);
}

static __always_inline int lock_wait_begin(u64 lock, u32 flags)
{
	struct frame *frame;

	if (!contended_rwsem(flags) || !lock_wanted(lock))
		return 0;
	frame = frame_get();
	if (!frame)
		return 0;
	if (frame->wait.lock != lock) {
		frame->wait.lock = lock;
		frame->wait.total_ns = 0;
	}
	frame->wait.begin_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int lock_wait_end(u64 lock)
{
	struct frame *frame = frame_find();

	if (!frame || frame->wait.lock != lock || !frame->wait.begin_ns)
		return 0;
	frame->wait.total_ns += bpf_ktime_get_ns() - frame->wait.begin_ns;
	frame->wait.begin_ns = 0;
	return 0;
}

/* --- what is seen under the lock --- */

static __always_inline void lookup_begin(struct lookup *seen, struct inode *inode)
{
	seen->inode = (u64)inode;
	seen->isize = READ(inode, i_size);
	seen->disksize = inode_disksize((u64)inode);
	seen->nosec = !!(READ(inode, i_flags) & S_NOSEC);
	seen->valid = seen->unmapped = 0;
}

/* The overwrite check: lookups that allocate nothing, before the write maps anything. */
static __always_inline void lookup_add(struct lookup *seen, struct ext4_map_blocks *map, int ret)
{
	seen->lblk = READ(map, m_lblk);
	seen->blocks = ret > 0 ? ret : 0;
	seen->unwritten = !(READ(map, m_flags) & EXT4_MAP_MAPPED);
	seen->unmapped |= ret <= 0 || seen->unwritten;
	seen->valid = 1;
}

static __always_inline bool is_unaligned(struct write_record *r)
{
	u32 mask = (1u << (r->blkbits & 31)) - 1;

	return (((u32)r->pos | (u32)r->len | r->addr_align | r->seg_align) & mask) != 0;
}

/* --- why the shared lock did not do: the conditions of ext4_dio_write_checks(), from what was seen under it --- */

/* Does the content of the range say something that the look-ups, if they were seen, have not told? */
static __always_inline bool content_is_known(struct write_record *r, struct lookup *seen, s64 end)
{
	switch (settings.upgrade_rule) {
	case UPGRADE_RULE_WRITTEN:
		return true;
	case UPGRADE_RULE_ALLOCATED:
		return seen->valid || end > seen->isize;
	default:
		return seen->valid || end > seen->isize || !is_unaligned(r);
	}
}

static __always_inline bool is_overwrite(struct write_record *r, struct lookup *seen, s64 pos, s64 end)
{
	u32 bits = r->blkbits & 31, first = pos >> bits, last = (end - 1) >> bits;

	return end <= seen->isize && seen->lblk <= first && seen->lblk + seen->blocks > last;
}

static __always_inline u8 reasons_of_content(struct write_record *r, struct lookup *seen, s64 pos, s64 end, u8 others)
{
	switch (settings.upgrade_rule) {
	case UPGRADE_RULE_WRITTEN: /* asked last: it is what is left */
		return others ? 0 : UPGRADE_NOT_OVERWRITE;
	case UPGRADE_RULE_ALLOCATED:
		if (!is_overwrite(r, seen, pos, end))
			return UPGRADE_NOT_OVERWRITE;
		return is_unaligned(r) && seen->unwritten ? UPGRADE_UNALIGNED_UNWRITTEN : 0;
	default:
		return is_unaligned(r) && (end > seen->isize || seen->unmapped) ? UPGRADE_NEEDS_ZEROING : 0;
	}
}

static __always_inline void fill_upgrade_reason(struct write_state *w, struct lookup *seen, s64 pos, s64 len)
{
	struct write_record *r = &w->rec;
	s64 end = pos + len;

	if (!seen->nosec)
		r->upgrade_reason |= UPGRADE_NOT_NOSEC;
	if (end > seen->isize || end > seen->disksize)
		r->upgrade_reason |= UPGRADE_EXTEND;
	if (!content_is_known(r, seen, end))
		return;
	r->upgrade_reason |= reasons_of_content(r, seen, pos, end, r->upgrade_reason);
	/* the conditions were seen, the kernel's test was not */
	r->how[FACT_UPGRADE_REASON] = HOW_INFERRED;
}

/* --- hooks --- */

/* ext4_generic_write_checks: once an attempt, with the lock held. */
static __always_inline int write_check(struct kiocb *iocb, struct iov_iter *iter)
{
	struct write_state *w = write_find(iocb);
	struct frame *frame = frame_find();
	struct inode *inode;
	enum lock_mode mode;

	/* the buffered path checks again, with its own lock: not a pass of ours; nor is that of a retry whose entry was
	 * missed, which begins with iomap */
	if (!w || !frame || w->retry || w->rec.stage_ns[STAGE_IOMAP] || w->rec.stage_ns[STAGE_BUFFERED])
		return 0;
	inode = READ(iocb, ki_filp, f_inode);
	mode = inode_lock_held(inode);
	stage_begin(w, STAGE_CHECK);
	OBSERVE(w, FACT_CHECKS, checks, w->rec.checks + 1);
	OBSERVE(w, FACT_LOCK, lock, mode);
	if (w->rec.checks == 1) {
		OBSERVE(w, FACT_LOCK_FIRST, lock_first, mode);
		OBSERVE(w, FACT_UPGRADE, upgrade, 0);
		lookup_begin(&frame->lookup, inode);
		OBSERVE(w, FACT_NOSEC, nosec, frame->lookup.nosec);
		return 0;
	}
	OBSERVE(w, FACT_UPGRADE, upgrade, w->rec.lock_first == LOCK_SHARED && mode == LOCK_EXCLUSIVE);
	fill_upgrade_reason(w, &frame->lookup, READ(iocb, ki_pos), READ(iter, count));
	return 0;
}

/* The checks cut the length and apply O_APPEND: what is left of a write that ends here. */
static __always_inline int write_checked(struct kiocb *iocb, struct iov_iter *iter, s64 ret)
{
	struct write_state *w = write_find(iocb);

	if (!w || ret <= 0 || w->rec.stage_ns[STAGE_IOMAP] || w->rec.stage_ns[STAGE_BUFFERED])
		return 0;
	OBSERVE(w, FACT_POS, pos, READ(iocb, ki_pos));
	OBSERVE(w, FACT_LEN, len, READ(iter, count));
	return 0;
}

/* Is that call of ext4_map_blocks() a look under the shared lock? */
static __always_inline bool is_check_lookup(struct frame *frame, void *handle, struct inode *inode, int flags)
{
	struct write_state *w;

	if (!frame || !frame->kiocb || handle || flags)
		return false;
	w = write_of_inode(frame, inode);
	return w && !w->rec.stage_ns[STAGE_IOMAP] && w->rec.checks == 1;
}

static __always_inline int blocks_looked_up(void *handle, struct inode *inode, struct ext4_map_blocks *map, int flags,
					    int ret)
{
	struct frame *frame = frame_find();

	if (is_check_lookup(frame, handle, inode, flags))
		lookup_add(&frame->lookup, map, ret);
	return 0;
}

/*
 * Without a hook on the checks: a task that looks up blocks while its inode is held shared, and then maps that inode
 * with the lock exclusive, gave the shared lock up. The lookup also tells why. One in the extent status cache that
 * finds nothing is followed by one on disk.
 */
static __always_inline struct lookup *lookup_under_shared(struct inode *inode)
{
	struct frame *frame;

	if (!inode_lock_has_readers(inode) || !inode_wanted(inode) || !task_wanted())
		return NULL;
	frame = frame_find();
	if (frame && frame->kiocb)
		return NULL;
	if (!frame)
		frame = frame_get();
	if (!frame)
		return NULL;
	lookup_begin(&frame->lookup, inode);
	frame->lookup.valid = 1;
	return &frame->lookup;
}

static __always_inline int es_lookup_exit(struct inode *inode, struct extent_status *es, int found)
{
	struct lookup *seen = found ? lookup_under_shared(inode) : NULL;
	u32 status;

	if (!seen)
		return 0;
	status = es_status(es);
	seen->lblk = READ(es, es_lblk);
	seen->len = READ(es, es_len);
	seen->blocks = status & (ES_WRITTEN | ES_UNWRITTEN) ? seen->len : 0;
	seen->unwritten = seen->unmapped = !(status & ES_WRITTEN);
	return 0;
}

static __always_inline int disk_lookup_exit(struct inode *inode, struct ext4_map_blocks *map, int ret)
{
	struct lookup *seen = lookup_under_shared(inode);

	if (!seen)
		return 0;
	seen->lblk = READ(map, m_lblk);
	seen->len = READ(map, m_len);
	seen->blocks = ret > 0 ? ret : 0;
	seen->unwritten = !(READ(map, m_flags) & EXT4_MAP_MAPPED);
	seen->unmapped = ret <= 0 || seen->unwritten;
	return 0;
}

static __always_inline int dio_waited(struct inode *inode)
{
	struct write_state *w = write_of_inode(frame_find(), inode);

	if (w && !w->rec.stage_ns[STAGE_IOMAP] && !w->rec.stage_ns[STAGE_BUFFERED])
		w->rec.dio_wait = 1;
	return 0;
}

static __always_inline int orphan_added(struct inode *inode)
{
	struct write_state *w = write_of_inode(frame_find(), inode);

	if (w && !w->complete_seen)
		w->rec.orphan = 1;
	return 0;
}

#endif
