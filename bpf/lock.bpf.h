/* SPDX-License-Identifier: GPL-2.0-only */
/* The inode's lock: how it was first taken, why it was taken again, how long it was waited for. */
#ifndef DIOSCOPE_LOCK_BPF_H
#define DIOSCOPE_LOCK_BPF_H

#include "bpf/lookup.bpf.h"
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

/*
 * A call that writes where the file's position is holds that for as long as it takes, and threads that share the file
 * wait for one another there. Only then are the position and the sizes what this call asked for and met.
 */
static __always_inline void position_taken(struct call *call)
{
	struct file *file = (struct file *)call->file;
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	call->pos_ns = bpf_ktime_get_ns();
	call->pos = BPF_CORE_READ(file, f_pos);
	call->isize = BPF_CORE_READ(inode, i_size);
	call->disksize = inode_disksize((u64)inode);
	call->ext4_flags = inode_ext4_flags(inode);
}

static __always_inline int lock_wait_end(u64 lock)
{
	struct frame *frame = frame_find();

	if (frame && frame->call.file && lock == frame->call.file + bpf_core_field_offset(struct file, f_pos_lock))
		position_taken(&frame->call);
	if (!frame || frame->wait.lock != lock || !frame->wait.begin_ns)
		return 0;
	frame->wait.end_ns = bpf_ktime_get_ns();
	frame->wait.total_ns += frame->wait.end_ns - frame->wait.begin_ns;
	frame->wait.begin_ns = 0;
	return 0;
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
	if (READ(iter, count) < w->rec.len)
		fill_buffers(w, iter, READ(iter, count));
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
static __always_inline struct lookup *lookup_under_shared(struct frame *frame, struct inode *inode)
{
	if (!inode_lock_has_readers(inode) || !inode_wanted(inode) || !task_wanted())
		return NULL;
	if (!frame)
		frame = frame_get();
	if (!frame || frame->kiocb)
		return NULL;
	lookup_begin(&frame->lookup, inode);
	frame->lookup.valid = 1;
	return &frame->lookup;
}

/*
 * Inside iomap the first look for blocks comes when the cached pages are gone. Those that are made to write them back
 * come before: see pages_written_back().
 */
static __always_inline bool is_look_of_write(struct frame *frame, struct inode *inode)
{
	struct write_state *w;

	if (!frame || !frame->kiocb)
		return false;
	w = write_of_inode(frame, inode);
	if (w && w->rec.stage_ns[STAGE_IOMAP] && !w->rec.rounds)
		stage_begin(w, STAGE_MAP);
	return true;
}

static __always_inline int es_lookup_exit(struct inode *inode, struct extent_status *es, int found)
{
	struct frame *frame = frame_if_any();
	struct lookup *seen;
	u32 status;

	if (is_look_of_write(frame, inode))
		return 0;
	seen = found ? lookup_under_shared(frame, inode) : NULL;
	if (!seen)
		return 0;
	status = es_status(es);
	seen->lblk = READ(es, es_lblk);
	seen->len = READ(es, es_len);
	seen->blocks = status & (ES_WRITTEN | ES_UNWRITTEN) ? seen->len : 0;
	seen->delayed = !seen->blocks && status & ES_DELAYED;
	seen->unwritten = seen->unmapped = !(status & ES_WRITTEN);
	return 0;
}

static __always_inline int disk_lookup_exit(struct inode *inode, struct ext4_map_blocks *map, int ret)
{
	struct lookup *seen = lookup_under_shared(NULL, inode);

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
	struct frame *frame = frame_find();
	struct write_state *w = write_of_inode(frame, inode);

	if (!w || w->rec.stage_ns[STAGE_IOMAP] || w->rec.stage_ns[STAGE_BUFFERED])
		return 0;
	w->rec.dio_wait = 1;
	frame->drain_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int dio_drained(void)
{
	struct frame *frame = frame_find();
	struct write_state *w = write_current(frame);

	if (!w || !frame->drain_ns)
		return 0;
	OBSERVE(w, FACT_DRAIN, drain_ns, w->rec.drain_ns + bpf_ktime_get_ns() - frame->drain_ns);
	frame->drain_ns = 0;
	return 0;
}

/*
 * Without those hooks, from the code (ext4_dio_write_checks): with the exclusive lock, a write that is unaligned and
 * is not an overwrite of written blocks waits. It does so after the lock was given, until its first journal handle (for
 * the timestamp or the orphan list) or iomap.
 */
static __always_inline void infer_drain_ns(struct write_state *w, struct frame *frame)
{
	u64 from = frame->call.entered_ns, to = frame->call.checked_ns;

	/* nothing tells when its turn came */
	if (!from || frame->call.later)
		return;
	if (frame->call.pos_ns > from)
		from = frame->call.pos_ns;
	if (frame->wait.lock == inode_lock_addr(w->inode) && frame->wait.end_ns > from)
		from = frame->wait.end_ns;
	if (to < from)
		to = w->rec.stage_ns[STAGE_IOMAP];
	if (to < from)
		return;
	w->rec.drain_ns = to - from;
	infer_fact(w, FACT_DRAIN);
}

static __always_inline bool content_needs_drain(struct write_record *r, struct lookup *seen)
{
	return settings.upgrade_rule == UPGRADE_RULE_ZEROING ? seen->unmapped : r->lookup != LOOKUP_WRITTEN;
}

/*
 * The check before the lock was changed looked into the file and left what it found in the extent status tree, where it
 * joins what was known of the blocks behind: the check after it may see one extent over all of the write.
 */
static __always_inline bool next_look_sees_more(struct write_record *r)
{
	return settings.upgrade_rule != UPGRADE_RULE_ZEROING && r->upgrade && r->lookup == LOOKUP_PART_WRITTEN;
}

static __always_inline void infer_drain(struct write_state *w, struct frame *frame, s64 isize)
{
	struct write_record *r = &w->rec;
	bool beyond = r->pos + (s64)r->len > isize, candidate = r->lock == LOCK_EXCLUSIVE && r->unaligned;

	if (r->how[FACT_UNALIGNED] != HOW_OBSERVED)
		return;
	if (candidate && !beyond && (r->how[FACT_LOOKUP] != HOW_OBSERVED || next_look_sees_more(r)))
		return;
	r->dio_wait = candidate && (beyond || content_needs_drain(r, &frame->lookup));
	infer_fact(w, FACT_DIO_WAIT);
	if (r->dio_wait)
		infer_drain_ns(w, frame);
}

static __always_inline int orphan_added(struct inode *inode)
{
	struct write_state *w = write_of_inode(frame_find(), inode);

	if (w && !w->complete_seen && !only_buffered(w))
		w->rec.orphan = 1;
	return 0;
}

#endif
