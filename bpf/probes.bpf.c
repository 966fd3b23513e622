// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probes, in path order. A stage has one body; the SEC functions below it are the candidates by which it can be
 * reached (fentry/fexit where allowed, a raw tracepoint else) and do nothing but call it. user/hooks.c has the same
 * list, picks one per stage for the running kernel and leaves the others unloaded.
 */
#include "bpf/fill.bpf.h"
#include "bpf/state.bpf.h"

#include <linux/errno.h>

char LICENSE[] SEC("license") = "GPL";

/* ---- filters: first in every probe that begins a write -------------------------------------------------------- */

static __always_inline bool task_wanted(void)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	return !settings.by_pid || bpf_map_lookup_elem(&pids, &tgid);
}

static __always_inline bool inode_wanted(struct inode *inode)
{
	if (settings.dev && BPF_CORE_READ(inode, i_sb, s_dev) != settings.dev)
		return false;
	return !settings.ino || BPF_CORE_READ(inode, i_ino) == settings.ino;
}

/* Not every caller of iomap is ext4. */
static __always_inline bool file_is_ext4(struct file *file, struct inode *inode)
{
	if (settings.fn_ext4_file_write_iter)
		return (u64)BPF_CORE_READ(file, f_op, write_iter) == settings.fn_ext4_file_write_iter;
	return BPF_CORE_READ(inode, i_sb, s_magic) == EXT4_SUPER_MAGIC;
}

/* ---- states: a fresh one, or the one of the attempt before ---------------------------------------------------- */

/* A fresh state under the kiocb's key. An old one means that a hook missed the end of an earlier write. */
static __always_inline struct write_state *write_open(u64 key)
{
	struct write_state *w = bpf_map_lookup_elem(&writes, &key);
	u32 zero = 0;
	u64 id;

	if (w) {
		if (!(w->rec.state & WRITE_LATE))
			w->rec.state |= WRITE_REUSED;
		write_emit(w, key);
	}
	id = count_total(TOTAL_ENTERED, 1) + 1;
	w = bpf_map_lookup_elem(&fresh, &zero);
	if (!w || bpf_map_update_elem(&writes, &key, w, BPF_ANY)) {
		count_total(TOTAL_LOST_STATE, 1);
		return NULL;
	}
	w = bpf_map_lookup_elem(&writes, &key);
	if (w)
		w->rec.head.id = id;
	return w;
}

/* No memory for the task's frame: the write is lost, and counted. */
static __always_inline struct write_state *write_unopened(void)
{
	count_total(TOTAL_ENTERED, 1);
	count_total(TOTAL_LOST_STATE, 1);
	return NULL;
}

/* io_uring's worker repeats what the inline attempt could not do: the same write, its decisions taken again. */
static __always_inline struct write_state *write_reopen(struct write_state *w, u64 key)
{
	u64 id = w->rec.head.id, entered = w->rec.stage_ns[STAGE_ENTER], asked_len = w->rec.asked_len;
	s64 asked_pos = w->rec.asked_pos;
	u8 attempts = w->rec.attempts;
	u32 zero = 0;

	w = bpf_map_lookup_elem(&fresh, &zero);
	if (!w || bpf_map_update_elem(&writes, &key, w, BPF_ANY))
		return NULL;
	w = bpf_map_lookup_elem(&writes, &key);
	if (!w)
		return NULL;
	w->rec.head.id = id;
	w->rec.stage_ns[STAGE_ENTER] = entered;
	w->rec.attempts = attempts;
	w->rec.asked_pos = asked_pos; /* O_APPEND has been applied to the kiocb by now */
	w->rec.asked_len = asked_len;
	return w;
}

/* Without a hook on the return, a first attempt that came to nothing is one that mapped nothing. */
static __always_inline bool is_retry(struct write_state *w)
{
	return w && bpf_get_current_task_btf()->flags & PF_IO_WORKER &&
	       (w->retry || (!settings.has_return && !w->rec.rounds && !w->complete_seen &&
			     !(w->rec.state & WRITE_LATE)));
}

static __always_inline struct write_state *write_open_or_reopen(u64 key)
{
	struct write_state *w = bpf_map_lookup_elem(&writes, &key);

	return is_retry(w) ? write_reopen(w, key) : write_open(key);
}

/* ---- enter ------------------------------------------------------------------------------------------------------ */

static __always_inline int write_enter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct write_state *w;
	struct frame *frame;
	struct file *file;
	struct inode *inode;

	if (!(BPF_CORE_READ(iocb, ki_flags) & IOCB_DIRECT) || !task_wanted())
		return 0;
	file = BPF_CORE_READ(iocb, ki_filp);
	inode = BPF_CORE_READ(file, f_inode);
	if (!inode_wanted(inode))
		return 0;
	frame = frame_get();
	w = frame ? write_open_or_reopen((u64)iocb) : write_unopened();
	if (!w)
		return 0;
	stage_begin(w, STAGE_ENTER);
	OBSERVE(w, FACT_ATTEMPTS, attempts, w->rec.attempts + 1);
	fill_who(w, iocb);
	fill_inode(w, inode, file);
	fill_asked(w, iocb, iter);
	if (w->rec.attempts == 1) {
		w->rec.asked_pos = w->rec.pos;
		w->rec.asked_len = w->rec.len;
	}
	w->rec.how[FACT_ASKED_POS] = w->rec.how[FACT_ASKED_LEN] = HOW_OBSERVED;
	frame->kiocb = (u64)iocb;
	frame->completing = 0;
	frame->lookup.inode = 0;
	return 0;
}

SEC("fentry/ext4_dio_write_iter")
int BPF_PROG(fentry_ext4_dio_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return write_enter(iocb, from);
}

SEC("fentry/ext4_file_write_iter")
int BPF_PROG(fentry_ext4_file_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	return write_enter(iocb, from);
}

/* ---- lock and check -----------------------------------------------------------------------------------------------
 */

static __always_inline bool is_unaligned(struct write_record *r)
{
	u32 mask = (1u << (r->blkbits & 31)) - 1;

	return (((u32)r->pos | (u32)r->len | r->addr_align | r->seg_align) & mask) != 0;
}

static __always_inline void lookup_begin(struct lookup *seen, struct inode *inode)
{
	struct ext4_inode_info *ei = (void *)inode - bpf_core_field_offset(struct ext4_inode_info, vfs_inode);

	seen->inode = (u64)inode;
	seen->isize = BPF_CORE_READ(inode, i_size);
	seen->disksize = BPF_CORE_READ(ei, i_disksize);
	seen->nosec = !!(BPF_CORE_READ(inode, i_flags) & S_NOSEC);
	seen->valid = 0;
}

/* Why the shared lock did not do: the conditions of ext4_dio_write_checks(), from what was seen under that lock. */
static __always_inline void fill_upgrade_reason(struct write_state *w, struct lookup *seen, s64 pos, s64 len)
{
	struct write_record *r = &w->rec;
	u32 bits = r->blkbits & 31, first = pos >> bits, last = (pos + len - 1) >> bits;
	bool overwrite = pos + len <= seen->isize && seen->lblk <= first && seen->lblk + seen->blocks > last;

	if (!seen->nosec)
		r->upgrade_reason |= UPGRADE_NOT_NOSEC;
	if (pos + len > seen->isize || pos + len > seen->disksize)
		r->upgrade_reason |= UPGRADE_EXTEND;
	if (!seen->valid && pos + len <= seen->isize)
		return; /* the lookup was not seen: what it said stays unknown */
	if (!overwrite)
		r->upgrade_reason |= UPGRADE_NOT_OVERWRITE;
	else if (is_unaligned(r) && seen->unwritten)
		r->upgrade_reason |= UPGRADE_UNALIGNED_UNWRITTEN;
	/* the conditions were seen, the kernel's test was not: the rule is that of 6.3 to 7.2 */
	r->how[FACT_UPGRADE_REASON] = HOW_INFERRED;
}

static __always_inline int write_check(struct kiocb *iocb, struct iov_iter *iter)
{
	struct write_state *w = write_find(iocb);
	struct frame *frame = frame_find();
	struct inode *inode;
	enum lock_mode mode;

	/* the buffered path checks again, with its own lock: not a pass of ours */
	if (!w || !frame || w->rec.stage_ns[STAGE_MAP] || w->rec.stage_ns[STAGE_BUFFERED])
		return 0;
	inode = (struct inode *)w->inode;
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
	fill_upgrade_reason(w, &frame->lookup, BPF_CORE_READ(iocb, ki_pos), BPF_CORE_READ(iter, count));
	return 0;
}

SEC("fentry/ext4_generic_write_checks")
int BPF_PROG(fentry_ext4_generic_write_checks, struct kiocb *iocb, struct iov_iter *from)
{
	return write_check(iocb, from);
}

/* The checks cut the length and apply O_APPEND: what is left of a write that ends here. */
SEC("fexit/ext4_generic_write_checks")
int BPF_PROG(fexit_ext4_generic_write_checks, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	struct write_state *w = write_find(iocb);

	if (!w || ret <= 0 || w->rec.stage_ns[STAGE_MAP] || w->rec.stage_ns[STAGE_BUFFERED])
		return 0;
	OBSERVE(w, FACT_POS, pos, BPF_CORE_READ(iocb, ki_pos));
	OBSERVE(w, FACT_LEN, len, BPF_CORE_READ(from, count));
	return 0;
}

/* The overwrite check: one lookup that allocates nothing, before the write maps anything. */
SEC("fexit/ext4_map_blocks")
int BPF_PROG(fexit_ext4_map_blocks, void *handle, struct inode *inode, struct ext4_map_blocks *map, int flags, int ret)
{
	struct frame *frame = frame_find();
	struct write_state *w;

	if (!frame || !frame->kiocb || handle || flags)
		return 0;
	w = write_of_inode(frame, inode);
	if (!w || w->rec.stage_ns[STAGE_MAP] || w->rec.checks > 1)
		return 0;
	frame->lookup.lblk = BPF_CORE_READ(map, m_lblk);
	frame->lookup.blocks = ret > 0 ? ret : 0;
	frame->lookup.unwritten = !(BPF_CORE_READ(map, m_flags) & EXT4_MAP_MAPPED);
	frame->lookup.valid = 1;
	return 0;
}

/*
 * Without a hook on the checks: a task that looks up blocks while its inode is held shared, and then maps that inode
 * with the lock exclusive, gave the shared lock up. The lookup also tells why.
 */
SEC("raw_tp/ext4_es_lookup_extent_enter")
int BPF_PROG(tp_ext4_es_lookup_extent_enter, struct inode *inode, u32 lblk)
{
	struct frame *frame;

	if (!inode_lock_has_readers(inode) || !inode_wanted(inode) || !task_wanted())
		return 0;
	frame = frame_get();
	if (!frame || frame->kiocb)
		return 0;
	lookup_begin(&frame->lookup, inode);
	frame->lookup.lblk = lblk;
	return 0;
}

SEC("raw_tp/ext4_es_lookup_extent_exit")
int BPF_PROG(tp_ext4_es_lookup_extent_exit, struct inode *inode, struct extent_status *es, int found)
{
	struct frame *frame = frame_find();
	struct lookup *seen;
	u32 status;

	if (!frame || frame->kiocb || !found || frame->lookup.inode != (u64)inode || frame->lookup.valid)
		return 0;
	seen = &frame->lookup;
	status = es_status(es);
	seen->blocks = 0;
	if (status & (ES_WRITTEN | ES_UNWRITTEN))
		seen->blocks = BPF_CORE_READ(es, es_lblk) + BPF_CORE_READ(es, es_len) - seen->lblk;
	seen->unwritten = !(status & ES_WRITTEN);
	seen->valid = 1;
	return 0;
}

/* The same lookup when the extent status cache did not know. */
static __always_inline int lookup_on_disk(struct inode *inode, struct ext4_map_blocks *map, int ret)
{
	struct frame *frame = frame_find();
	struct lookup *seen;

	if (!frame || frame->kiocb || frame->lookup.inode != (u64)inode || frame->lookup.valid)
		return 0;
	seen = &frame->lookup;
	seen->blocks = ret > 0 ? ret : 0;
	seen->unwritten = !(BPF_CORE_READ(map, m_flags) & EXT4_MAP_MAPPED);
	seen->valid = 1;
	return 0;
}

SEC("raw_tp/ext4_ext_map_blocks_exit")
int BPF_PROG(tp_ext4_ext_map_blocks_exit, struct inode *inode, u32 flags, struct ext4_map_blocks *map, int ret)
{
	return lookup_on_disk(inode, map, ret);
}

SEC("raw_tp/ext4_ind_map_blocks_exit")
int BPF_PROG(tp_ext4_ind_map_blocks_exit, struct inode *inode, u32 flags, struct ext4_map_blocks *map, int ret)
{
	return lookup_on_disk(inode, map, ret);
}

SEC("fentry/inode_dio_wait")
int BPF_PROG(fentry_inode_dio_wait, struct inode *inode)
{
	struct write_state *w = write_of_inode(frame_find(), inode);

	if (w && !w->rec.stage_ns[STAGE_MAP] && !w->rec.stage_ns[STAGE_BUFFERED])
		w->rec.dio_wait = 1;
	return 0;
}

SEC("fentry/ext4_orphan_add")
int BPF_PROG(fentry_ext4_orphan_add, void *handle, struct inode *inode)
{
	struct write_state *w = write_of_inode(frame_find(), inode);

	if (w && !w->complete_seen)
		w->rec.orphan = 1;
	return 0;
}

/* ---- map ------------------------------------------------------------------------------------------------------------
 */

static __always_inline void fill_ops(struct write_state *w, const struct iomap_ops *ops)
{
	u64 begin = (u64)BPF_CORE_READ(ops, iomap_begin);

	if (!ops || w->rec.how[FACT_OPS] != HOW_UNKNOWN)
		return;
	OBSERVE(w, FACT_OPS, ops, begin && begin == settings.fn_ext4_iomap_overwrite_begin ? OPS_OVERWRITE : OPS_IOMAP);
}

/* Inside iomap the lock is held, and what was asked is final. */
static __always_inline void fill_begin(struct write_state *w, struct kiocb *iocb, struct iov_iter *iter, u32 dio_flags)
{
	struct inode *inode = (struct inode *)w->inode;
	struct write_record *r = &w->rec;
	s64 end;

	stage_begin(w, STAGE_MAP);
	OBSERVE(w, FACT_POS, pos, BPF_CORE_READ(iocb, ki_pos));
	OBSERVE(w, FACT_LEN, len, BPF_CORE_READ(iter, count));
	OBSERVE(w, FACT_LOCK, lock, inode_lock_held(inode));
	OBSERVE(w, FACT_FORCE_WAIT, force_wait, !!(dio_flags & IOMAP_DIO_FORCE_WAIT));
	end = r->pos + (s64)r->len;
	/* the sizes as they are under the lock, which may not be those that the write met when it entered */
	OBSERVE(w, FACT_EXTEND, extend, end > write_isize(w) || end > write_disksize(w));
	if (r->how[FACT_SEG_ALIGN] == HOW_OBSERVED)
		OBSERVE(w, FACT_UNALIGNED, unaligned, is_unaligned(r));
	w->data_end = r->pos;
}

static __always_inline int write_begin(struct kiocb *iocb, struct iov_iter *iter, const struct iomap_ops *ops,
				       u32 dio_flags)
{
	struct write_state *w = write_find(iocb);

	if (!w || w->rec.stage_ns[STAGE_MAP])
		return 0;
	fill_begin(w, iocb, iter, dio_flags);
	fill_ops(w, ops);
	return 0;
}

SEC("fentry/__iomap_dio_rw")
int BPF_PROG(fentry_iomap_dio_rw, struct kiocb *iocb, struct iov_iter *iter, const struct iomap_ops *ops,
	     const void *dops, unsigned int dio_flags)
{
	return write_begin(iocb, iter, ops, dio_flags);
}

/* An io_uring request that came to nothing is entered again by a worker, with the same kiocb. */
static __always_inline bool will_be_retried(struct write_state *w)
{
	return w->rec.submit == SUBMIT_IO_URING && !(w->rec.flags & WRITE_NOWAIT) && !w->rec.rounds &&
	       !w->complete_seen && !(w->rec.state & WRITE_LATE);
}

/* From here on the task is out of its write, but the write is not over. */
static __always_inline void frame_leave(struct frame *frame, struct write_state *w, u64 key)
{
	w->rec.state |= WRITE_LATE;
	frame->late = key;
	frame->late_id = w->rec.head.id;
	frame->kiocb = 0;
}

/*
 * A write whose end no hook saw is over when its task begins another, or exits. So is one that the task is still
 * inside of by its frame: iomap refused it without a word (RWF_NOWAIT, and pages were cached).
 */
static __always_inline void close_late(struct frame *frame)
{
	struct write_state *w = write_current(frame);

	if (w && will_be_retried(w))
		w->retry = 1;
	else if (w)
		frame_leave(frame, w, frame->kiocb);
	w = write_late(frame);
	if (w)
		write_emit(w, frame->late);
	frame->late = frame->kiocb = 0;
}

/*
 * Was that lookup the check under a shared lock that this write gave up? Then it was of this write's first block. A
 * write that ends beyond i_size is not looked up for: what is there was left by a write that RWF_NOWAIT ended.
 */
static __always_inline bool lookup_was_a_check(struct write_state *w, struct lookup *seen)
{
	struct write_record *r = &w->rec;

	return seen->inode && r->lock == LOCK_EXCLUSIVE && r->pos + (s64)r->len <= r->isize &&
	       seen->lblk == (u32)(r->pos >> (r->blkbits & 31));
}

/* Without a hook on the entry, a write begins here. */
static __always_inline int write_begin_blind(struct kiocb *iocb, struct iov_iter *iter, u32 dio_flags)
{
	struct lookup seen = {};
	struct write_state *w;
	struct frame *frame = frame_get();
	struct file *file = BPF_CORE_READ(iocb, ki_filp);
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if (frame) {
		close_late(frame);
		if (frame->lookup.inode == (u64)inode)
			seen = frame->lookup;
		frame->lookup.inode = 0;
	}
	if (!BPF_CORE_READ(iter, data_source) || !task_wanted() || !inode_wanted(inode) || !file_is_ext4(file, inode))
		return 0;
	w = frame ? write_open_or_reopen((u64)iocb) : write_unopened();
	if (!w || !frame)
		return 0;
	fill_who(w, iocb);
	fill_inode(w, inode, file);
	fill_asked(w, iocb, iter);
	fill_begin(w, iocb, iter, dio_flags);
	/* a worker that is the first we see may have been called in after an attempt that ended before iomap */
	if (w->rec.attempts || !(bpf_get_current_task_btf()->flags & PF_IO_WORKER))
		OBSERVE(w, FACT_ATTEMPTS, attempts, w->rec.attempts + 1);
	if (lookup_was_a_check(w, &seen)) {
		OBSERVE(w, FACT_LOCK_FIRST, lock_first, LOCK_SHARED);
		w->rec.upgrade = 1;
		w->rec.how[FACT_UPGRADE] = HOW_INFERRED;
		OBSERVE(w, FACT_NOSEC, nosec, seen.nosec);
		fill_upgrade_reason(w, &seen, w->rec.pos, w->rec.len);
	}
	frame->kiocb = (u64)iocb;
	return 0;
}

SEC("raw_tp/iomap_dio_rw_begin")
int BPF_PROG(tp_iomap_dio_rw_begin, struct kiocb *iocb, struct iov_iter *iter, unsigned int dio_flags)
{
	return settings.has_enter ? write_begin(iocb, iter, NULL, dio_flags) : write_begin_blind(iocb, iter, dio_flags);
}

SEC("fexit/kiocb_invalidate_pages")
int BPF_PROG(fexit_kiocb_invalidate_pages, struct kiocb *iocb, size_t count, int ret)
{
	struct write_state *w = write_find(iocb);

	if (w && w->rec.stage_ns[STAGE_MAP] && !w->rec.rounds)
		OBSERVE(w, FACT_INVALIDATE, invalidate, ret);
	return 0;
}

SEC("raw_tp/iomap_dio_invalidate_fail")
int BPF_PROG(tp_iomap_dio_invalidate_fail, struct inode *inode)
{
	struct frame *frame = frame_find();
	struct write_state *w = write_of_inode(frame, inode);

	if (!w)
		return 0;
	if (!w->rec.invalidate)
		OBSERVE(w, FACT_INVALIDATE, invalidate, -EBUSY);
	/* iomap is left at once and nothing completes: only the buffered path is still to come */
	if (!settings.has_return)
		frame_leave(frame, w, frame->kiocb);
	return 0;
}

SEC("raw_tp/iomap_iter")
int BPF_PROG(tp_iomap_iter, struct iomap_iter *iter, const struct iomap_ops *ops)
{
	struct frame *frame = frame_find();
	struct write_state *w = write_current(frame);

	if (w && w->rec.how[FACT_OPS] == HOW_UNKNOWN && w->inode == (u64)BPF_CORE_READ(iter, inode))
		fill_ops(w, ops);
	return 0;
}

static __always_inline int write_round(struct frame *frame, struct inode *inode, struct iomap *map)
{
	struct write_state *w = write_of_inode(frame, inode);
	struct write_step *step;

	if (!w || w->complete_seen || !w->rec.stage_ns[STAGE_MAP])
		return 0;
	step = step_add(w);
	if (!step)
		return 0;
	w->map_pos = BPF_CORE_READ(map, offset);
	w->map_addr = BPF_CORE_READ(map, addr);
	step->kind = STEP_ROUND;
	step->role = BPF_CORE_READ(map, type);
	step->map_flags = BPF_CORE_READ(map, flags) & MAP_F_STABLE;
	step->opf = 0;
	step->pos = w->map_pos;
	step->len = BPF_CORE_READ(map, length);
	step->addr = w->map_addr;
	w->rec.rounds++;
	w->rec.journal_starts += w->starts;
	w->starts = 0;
	return 0;
}

SEC("raw_tp/iomap_iter_dstmap")
int BPF_PROG(tp_iomap_iter_dstmap, struct inode *inode, struct iomap *map)
{
	struct frame *frame = frame_find();

	if (!frame)
		return 0;
	frame->lookup.inode = 0; /* somebody maps under the lock: what was looked up is not a check's any more */
	return write_round(frame, inode, map);
}

SEC("fexit/iomap_iter")
int BPF_PROG(fexit_iomap_iter, struct iomap_iter *iter, const struct iomap_ops *ops, int ret)
{
	if (ret != 1)
		return 0;
	return write_round(frame_find(), BPF_CORE_READ(iter, inode), &iter->iomap);
}

/* Handles to map blocks; those that no round follows belong to a failed round or to the conversion at the end. */
SEC("raw_tp/ext4_journal_start_inode")
int BPF_PROG(tp_ext4_journal_start_inode, struct inode *inode, int blocks, int rsv, int revoke, int type)
{
	struct write_state *w;

	if (type != EXT4_HT_MAP_BLOCKS)
		return 0;
	w = write_of_inode(frame_find(), inode);
	if (w && w->rec.stage_ns[STAGE_MAP] && !w->complete_seen)
		w->starts++;
	return 0;
}

/* ---- submit
 * ----------------------------------------------------------------------------------------------------------- */

/* What a round's body could not do tells why the rest goes through the page cache. */
SEC("fexit/iomap_dio_bio_iter")
int BPF_PROG(fexit_iomap_dio_bio_iter, struct iomap_iter *iter, struct iomap_dio *dio, long ret)
{
	struct write_state *w;

	if ((int)ret >= 0)
		return 0;
	w = write_find(BPF_CORE_READ(dio, iocb));
	if (w)
		w->body_error = (int)ret;
	return 0;
}

SEC("fentry/iomap_dio_zero")
int BPF_PROG(fentry_iomap_dio_zero, struct iomap_iter *iter, struct iomap_dio *dio, loff_t pos, unsigned int len)
{
	struct write_state *w;
	struct frame *frame;

	if (!len) /* from 6.12 on it is called for nothing, too */
		return 0;
	frame = frame_find();
	w = write_current(frame);
	if (w)
		frame->zero_role = pos < w->data_end ? BIO_ZERO_HEAD : BIO_ZERO_TAIL;
	return 0;
}

SEC("fexit/iomap_dio_zero")
int BPF_PROG(fexit_iomap_dio_zero, struct iomap_iter *iter, struct iomap_dio *dio, loff_t pos, unsigned int len)
{
	struct frame *frame = frame_find();

	if (frame)
		frame->zero_role = BIO_DATA;
	return 0;
}

/*
 * Without a hook on iomap_dio_zero: a bio that begins before the data so far ends pads its head; one outside the range
 * of the write, or one whose page is not pinned although the user's are (after a fault a block is padded inside the
 * range), pads its tail.
 */
static __always_inline enum bio_role bio_role_by_position(struct write_state *w, struct bio *bio, s64 pos)
{
	u32 bit = settings.bio_page_pinned;

	if (pos < w->data_end)
		return BIO_ZERO_HEAD;
	if (pos >= w->rec.pos + (s64)w->rec.len)
		return BIO_ZERO_TAIL;
	if (bit && w->user_pages && !(BPF_CORE_READ(bio, bi_flags) >> ((bit - 1) & 15) & 1))
		return BIO_ZERO_TAIL;
	return BIO_DATA;
}

static __always_inline void add_bio(struct write_state *w, struct bio *bio, enum bio_role role, s64 pos, u64 addr)
{
	u32 len = BPF_CORE_READ(bio, bi_iter.bi_size), opf = BPF_CORE_READ(bio, bi_opf);
	struct write_step *step = step_add(w);

	if (!step)
		return;
	step->kind = STEP_BIO;
	step->role = role;
	step->map_flags = 0;
	step->opf = opf;
	step->pos = pos;
	step->len = len;
	step->addr = addr;
	w->rec.bios++;
	if (role == BIO_ZERO_HEAD) {
		w->rec.zero_head += len;
	} else if (role == BIO_ZERO_TAIL) {
		w->rec.zero_tail += len;
	} else {
		w->rec.data_bytes += len;
		w->data_end = pos + len;
		w->data_bios++;
		w->fua_bios += !!(opf & OPF_FUA);
		w->rec.fua = !w->fua_bios ? FUA_NONE : w->fua_bios == w->data_bios ? FUA_ALL : FUA_SOME;
	}
}

static __always_inline void write_bio(struct bio *bio, u64 addr)
{
	struct iomap_dio *dio = BPF_CORE_READ(bio, bi_private);
	struct write_state *w = write_find(BPF_CORE_READ(dio, iocb));
	struct frame *frame;
	enum bio_role role;
	s64 pos;

	if (!w || w->complete_seen)
		return;
	stage_begin(w, STAGE_SUBMIT);
	w->rec.stage_ns[STAGE_DEVICE] = bpf_ktime_get_ns();
	pos = w->map_pos + (addr - w->map_addr);
	if (settings.has_zero) {
		frame = frame_find();
		role = frame ? frame->zero_role : BIO_DATA;
	} else {
		role = bio_role_by_position(w, bio, pos);
	}
	add_bio(w, bio, role, pos, addr);
}

/* An empty bio with PREFLUSH inside a sync: the cache of the device is flushed for this write. */
static __always_inline void flush_bio(struct bio *bio)
{
	struct frame *frame;
	struct write_state *w;

	if (!(BPF_CORE_READ(bio, bi_opf) & OPF_PREFLUSH) || BPF_CORE_READ(bio, bi_iter.bi_size))
		return;
	frame = frame_find();
	w = write_current_or_late(frame);
	if (w && w->rec.stage_ns[STAGE_SYNC])
		w->rec.flush = 1;
}

static __always_inline int bio_seen(struct bio *bio, u64 part_start_known)
{
	u64 addr;

	if ((u64)BPF_CORE_READ(bio, bi_end_io) != settings.fn_iomap_dio_bio_end_io) {
		flush_bio(bio);
		return 0;
	}
	addr = BPF_CORE_READ(bio, bi_iter.bi_sector) << 9;
	write_bio(bio, addr - part_start_known);
	return 0;
}

SEC("fentry/submit_bio")
int BPF_PROG(fentry_submit_bio, struct bio *bio)
{
	return bio_seen(bio, 0);
}

/* Below the partition: the sector counts from the start of the disk, and bi_bdev is still the partition. */
SEC("raw_tp/block_bio_queue")
int BPF_PROG(tp_block_bio_queue, struct bio *bio)
{
	return bio_seen(bio, BPF_CORE_READ(bio, bi_bdev, bd_start_sect) << 9);
}

/* ---- complete
 * ------------------------------------------------------------------------------------------------------------ */

static __always_inline enum complete_context completion_context(struct write_state *w)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if ((u32)bpf_get_current_pid_tgid() == w->rec.tid)
		return COMPLETE_SUBMITTER;
	return task->flags & PF_WQ_WORKER ? COMPLETE_WORKQUEUE : COMPLETE_INTERRUPT;
}

/* iomap_dio_complete begins, in whatever task: that task is inside the write from here on. */
static __always_inline int complete_enter(struct iomap_dio *dio)
{
	struct kiocb *iocb = BPF_CORE_READ(dio, iocb);
	struct write_state *w = write_find(iocb);
	struct frame *frame;

	if (!w)
		return 0;
	stage_begin(w, STAGE_COMPLETE);
	OBSERVE(w, FACT_CONTEXT, context, completion_context(w));
	w->complete_seen = 1;
	frame = frame_get();
	if (frame && frame->kiocb != (u64)iocb) {
		frame->outer = frame->kiocb;
		frame->kiocb = (u64)iocb;
		frame->completing = 1;
	}
	return 0;
}

SEC("fentry/iomap_dio_complete")
int BPF_PROG(fentry_iomap_dio_complete, struct iomap_dio *dio)
{
	return complete_enter(dio);
}

SEC("raw_tp/workqueue_execute_start")
int BPF_PROG(tp_workqueue_execute_start, struct work_struct *work)
{
	if ((u64)BPF_CORE_READ(work, func) != settings.fn_iomap_dio_complete_work)
		return 0;
	return complete_enter((void *)work - bpf_core_field_offset(struct iomap_dio, aio.work));
}

SEC("fentry/ext4_dio_write_end_io")
int BPF_PROG(fentry_ext4_dio_write_end_io, struct kiocb *iocb, long size, int error, unsigned int flags)
{
	struct write_state *w = write_find(iocb);

	if (!w)
		return 0;
	OBSERVE(w, FACT_END_SIZE, end_size, size);
	OBSERVE(w, FACT_END_ERROR, end_error, error);
	OBSERVE(w, FACT_CONVERT, convert, !error && size > 0 && flags & IOMAP_DIO_UNWRITTEN);
	return 0;
}

/* After a write whose end was not seen, a sync is its own only if it asked for one and did not fail. */
static __always_inline bool may_sync(struct write_record *r)
{
	return !(r->state & WRITE_LATE) ||
	       (r->dio_ret >= 0 && (r->flags & (WRITE_DSYNC | WRITE_SYNC) || r->inode_sync));
}

SEC("raw_tp/ext4_sync_file_enter")
int BPF_PROG(tp_ext4_sync_file_enter, struct file *file, int datasync)
{
	struct write_state *w = write_current_or_late(frame_find());

	if (!w || w->inode != (u64)BPF_CORE_READ(file, f_inode) || !may_sync(&w->rec) || w->rec.sync)
		return 0;
	stage_begin(w, STAGE_SYNC);
	w->rec.sync = datasync ? SYNC_FDATASYNC : SYNC_FSYNC;
	return 0;
}

SEC("raw_tp/ext4_truncate_enter")
int BPF_PROG(tp_ext4_truncate_enter, struct inode *inode)
{
	struct write_state *w = write_current_or_late(frame_find());

	/* the clean-up after a failed extension leaves i_size; ftruncate(2) has moved it by now */
	if (w && w->inode == (u64)inode && BPF_CORE_READ(inode, i_size) == w->rec.isize)
		w->rec.truncate = 1;
	return 0;
}

SEC("raw_tp/iomap_dio_rw_queued")
int BPF_PROG(tp_iomap_dio_rw_queued, struct inode *inode)
{
	struct frame *frame = frame_find();

	/* from here on the write is its completion's, which may have ended it already: do not touch it */
	if (frame && !settings.has_return)
		frame->kiocb = 0;
	return 0;
}

static __always_inline void fill_complete(struct write_state *w, int error, s64 ret)
{
	struct write_record *r = &w->rec;

	stage_begin(w, STAGE_COMPLETE);
	if (r->how[FACT_CONTEXT] == HOW_UNKNOWN)
		OBSERVE(w, FACT_CONTEXT, context, completion_context(w));
	OBSERVE(w, FACT_DIO_RET, dio_ret, ret);
	OBSERVE(w, FACT_ISIZE_AFTER, isize_after, write_isize(w));
	/* a round that failed after its journal start; a conversion needs an extent and no error */
	if (error || !r->extents)
		r->journal_starts += w->starts;
	w->starts = 0;
	w->complete_seen = 1;
}

/* Without a hook on the return: is there more to come after the direct part? */
static __always_inline bool has_tail(struct write_record *r, s64 ret)
{
	return (ret >= 0 && ret < (s64)r->len) || (ret < 0 && r->extend);
}

static __always_inline void complete_blind(struct write_state *w, struct frame *frame, u64 key, s64 ret)
{
	if (frame && has_tail(&w->rec, ret)) {
		frame_leave(frame, w, key);
		return;
	}
	OBSERVE(w, FACT_RET, ret, ret);
	stage_begin(w, STAGE_RETURN);
	write_emit(w, key);
}

/*
 * An asynchronous write is over when its submission has returned -EIOCBQUEUED and its completion ran; the later of
 * the two emits. One that completes before its submitter returns anything else is emitted by the return.
 */
static __always_inline void complete_async(struct write_state *w, u64 key, s64 ret)
{
	OBSERVE(w, FACT_RET, ret, ret);
	w->rec.stage_ns[STAGE_RETURN] = bpf_ktime_get_ns();
	if (__sync_fetch_and_or(&w->done, DONE_COMPLETED) & DONE_RETURNED)
		write_emit(w, key);
}

static __always_inline int write_complete(struct kiocb *iocb, int error, s64 ret)
{
	struct write_state *w = write_find(iocb);
	struct frame *frame = frame_find();

	/* an interrupt borrows whatever task it meets: what is not this task's own write leaves its frame alone */
	if (frame && frame->kiocb != (u64)iocb)
		frame = NULL;
	if (frame) {
		frame->lookup.inode = 0;
		if (frame->completing)
			frame->kiocb = frame->outer;
		else if (!settings.has_return)
			frame->kiocb = 0;
		frame->completing = frame->outer = 0;
	}
	if (!w)
		return 0;
	fill_complete(w, error, ret);
	if (!settings.has_return)
		complete_blind(w, frame, (u64)iocb, ret);
	else if (w->rec.submit != SUBMIT_SYNC)
		complete_async(w, (u64)iocb, ret);
	return 0;
}

SEC("raw_tp/iomap_dio_complete")
int BPF_PROG(tp_iomap_dio_complete, struct kiocb *iocb, int error, long ret)
{
	return write_complete(iocb, error, ret);
}

/* ---- buffered remainder
 * ------------------------------------------------------------------------------------------------------ */

SEC("fentry/ext4_buffered_write_iter")
int BPF_PROG(fentry_ext4_buffered_write_iter, struct kiocb *iocb, struct iov_iter *from)
{
	struct write_state *w = write_find(iocb);

	if (!w)
		return 0;
	stage_begin(w, STAGE_BUFFERED);
	w->rec.fallback = w->rec.dio_ret > 0 ? FALLBACK_REST : FALLBACK_WHOLE;
	if (w->body_error == -EINVAL)
		OBSERVE(w, FACT_FALLBACK_REASON, fallback_reason, FALLBACK_ALIGNMENT);
	else if (w->body_error == -EFAULT)
		OBSERVE(w, FACT_FALLBACK_REASON, fallback_reason, FALLBACK_FAULT);
	OBSERVE(w, FACT_FALLBACK_POS, fallback_pos, BPF_CORE_READ(iocb, ki_pos));
	OBSERVE(w, FACT_FALLBACK_LEN, fallback_len, BPF_CORE_READ(from, count));
	return 0;
}

SEC("fexit/ext4_buffered_write_iter")
int BPF_PROG(fexit_ext4_buffered_write_iter, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	struct write_state *w = write_find(iocb);

	if (w && w->rec.stage_ns[STAGE_BUFFERED])
		OBSERVE(w, FACT_FALLBACK_RET, fallback_ret, ret);
	return 0;
}

/* Without that hook: pages of exactly the missing part, written by the task whose direct write came back short. */
static __always_inline int buffered_page(struct inode *inode, s64 pos, unsigned int copied)
{
	struct frame *frame = frame_find();
	struct write_state *w = write_late(frame);
	struct write_record *r;
	s64 next;

	if (!w || w->inode != (u64)inode || w->rec.dio_ret < 0)
		return 0;
	r = &w->rec;
	next = r->pos + (r->dio_ret > 0 ? r->dio_ret : 0) + r->fallback_ret;
	if (!copied || pos != next || pos >= r->pos + (s64)r->len)
		return 0;
	stage_begin(w, STAGE_BUFFERED);
	if (!r->fallback_ret) {
		OBSERVE(w, FACT_FALLBACK, fallback, r->dio_ret > 0 ? FALLBACK_REST : FALLBACK_WHOLE);
		OBSERVE(w, FACT_FALLBACK_POS, fallback_pos, pos);
	}
	OBSERVE(w, FACT_FALLBACK_RET, fallback_ret, r->fallback_ret + copied);
	/* the tracepoint comes before the size is moved */
	if (r->isize_after < pos + copied)
		r->isize_after = pos + copied;
	r->how[FACT_ISIZE_AFTER] = HOW_INFERRED;
	return 0;
}

SEC("raw_tp/ext4_da_write_end")
int BPF_PROG(tp_ext4_da_write_end, struct inode *inode, loff_t pos, unsigned int len, unsigned int copied)
{
	return buffered_page(inode, pos, copied);
}

SEC("raw_tp/ext4_write_end")
int BPF_PROG(tp_ext4_write_end, struct inode *inode, loff_t pos, unsigned int len, unsigned int copied)
{
	return buffered_page(inode, pos, copied);
}

/* ---- return
 * --------------------------------------------------------------------------------------------------------------------
 */

/* A worker will enter with this kiocb; until then the write is in flight. */
static __always_inline void keep_for_retry(struct write_state *w)
{
	w->retry = 1;
	w->rec.how[FACT_RET] = HOW_UNKNOWN;
	w->rec.stage_ns[STAGE_RETURN] = 0;
}

static __always_inline void return_sync(struct write_state *w, u64 key, s64 ret)
{
	OBSERVE(w, FACT_RET, ret, ret);
	OBSERVE(w, FACT_QUEUED, queued, 0);
	OBSERVE(w, FACT_ISIZE_AFTER, isize_after, write_isize(w));
	w->rec.stage_ns[STAGE_RETURN] = bpf_ktime_get_ns();
	if (ret == -EAGAIN && w->rec.submit == SUBMIT_IO_URING && !(w->rec.flags & WRITE_NOWAIT))
		keep_for_retry(w);
	else
		write_emit(w, key);
}

static __always_inline int write_return(struct kiocb *iocb, s64 ret)
{
	u64 key = (u64)iocb;
	struct frame *frame = frame_find();
	struct write_state *w;

	if (!frame || frame->kiocb != key)
		return 0;
	frame->kiocb = 0;
	frame->completing = 0;
	w = write_find(iocb);
	if (!w)
		return 0;
	if (ret != -EIOCBQUEUED) {
		return_sync(w, key, ret);
		return 0;
	}
	OBSERVE(w, FACT_QUEUED, queued, 1);
	if (__sync_fetch_and_or(&w->done, DONE_RETURNED) & DONE_COMPLETED)
		write_emit(w, key);
	return 0;
}

SEC("fexit/ext4_dio_write_iter")
int BPF_PROG(fexit_ext4_dio_write_iter, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	return write_return(iocb, ret);
}

SEC("fexit/ext4_file_write_iter")
int BPF_PROG(fexit_ext4_file_write_iter, struct kiocb *iocb, struct iov_iter *from, long ret)
{
	return write_return(iocb, ret);
}

/* ---- processes
 * -------------------------------------------------------------------------------------------------------------------
 */

SEC("raw_tp/sched_process_fork")
int BPF_PROG(tp_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 from = BPF_CORE_READ(parent, tgid), to = BPF_CORE_READ(child, tgid);
	u8 one = 1;

	if (settings.by_pid && from != to && bpf_map_lookup_elem(&pids, &from))
		bpf_map_update_elem(&pids, &to, &one, BPF_ANY);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(tp_sched_process_exit, struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	struct frame *frame = frame_find();

	if (frame)
		close_late(frame);
	/* the process lives on in its other threads */
	if (settings.by_pid && !BPF_CORE_READ(task, signal, live.counter))
		bpf_map_delete_elem(&pids, &tgid);
	return 0;
}
