/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct writes that never came to iomap, where functions cannot be hooked: ext4 refused them before (RWF_NOWAIT, an
 * immutable file, a limit), or the page cache took them (data=journal, encryption, inline data). They are told by the
 * system call's end, or by that of the io_uring request: what asked for a direct write to ext4 and brought none.
 */
#ifndef DIOSCOPE_REFUSED_BPF_H
#define DIOSCOPE_REFUSED_BPF_H

#include "bpf/asked.bpf.h"
#include "bpf/lookup.bpf.h"
#include "bpf/open.bpf.h"

/* --- what became of it --- */

/* The whole write through the page cache: ext4_should_use_dio() is asked first of all. */
static __always_inline void infer_ineligible(struct write_state *w, s64 ret)
{
	struct write_record *r = &w->rec;

	r->fallback = FALLBACK_WHOLE;
	r->fallback_reason = FALLBACK_INELIGIBLE;
	r->fallback_pos = r->pos;
	r->fallback_len = r->len;
	r->fallback_ret = ret;
	r->stage_ns[STAGE_BUFFERED] = r->stage_ns[STAGE_ENTER];
	for (int fact = FACT_FALLBACK; fact <= FACT_FALLBACK_RET; fact++)
		r->how[fact] = HOW_INFERRED;
}

#define RLIMIT_FSIZE_NR 1 /* RLIMIT_FSIZE */

/*
 * What the checks make of it before the first reason to block: O_APPEND begins at the end of the file, and the writer's
 * limit cuts it. Of several segments it is not known which are left.
 */
static __always_inline void infer_checked(struct write_state *w)
{
	u64 limit = BPF_CORE_READ(current_task(), signal, rlim[RLIMIT_FSIZE_NR].rlim_cur);
	struct write_record *r = &w->rec;

	if (r->flags & WRITE_APPEND) {
		r->pos = r->isize;
		infer_fact(w, FACT_POS);
	}
	if ((u64)r->pos >= limit || r->len <= limit - (u64)r->pos)
		return;
	r->len = limit - (u64)r->pos;
	infer_fact(w, FACT_LEN);
	r->seg_align = r->len & 4095;
	r->how[FACT_SEG_ALIGN] = r->segments == 1 ? HOW_INFERRED : HOW_UNKNOWN;
	if (r->segments != 1)
		r->how[FACT_SEGMENTS] = r->how[FACT_ADDR_ALIGN] = HOW_UNKNOWN;
}

/*
 * RWF_NOWAIT: with a look at the mapping the shared lock was held, and given up would have been for what was seen;
 * without one, of a write that always looks, the lock itself was taken.
 */
static __always_inline void infer_would_block(struct write_state *w, struct lookup *seen)
{
	struct write_record *r = &w->rec;
	/* what O_APPEND moves there is no more looked up than what was meant to be there */
	bool beyond = r->pos + (s64)r->len > r->isize || r->flags & WRITE_APPEND;

	infer_checked(w);
	if (lookup_is_of(seen, w)) {
		r->lock_first = LOCK_SHARED;
		fill_upgrade_reason(w, seen, r->pos, r->len);
		OBSERVE(w, FACT_NOSEC, nosec, seen->nosec);
		fill_lookup(w, seen);
	} else if (beyond || seen->inode || settings.upgrade_rule != UPGRADE_RULE_ALLOCATED) {
		return;
	} else {
		r->lock_first = LOCK_NONE;
	}
	infer_fact(w, FACT_LOCK_FIRST);
	infer_fact(w, FACT_UPGRADE);
}

/* It is refused in the buffered path, which knows no NOWAIT; io_uring makes -EAGAIN of that. */
static __always_inline bool refused_as_buffered(const struct write_state *w, const struct frame *frame, s64 ret)
{
	bool ineligible = w->rec.data_mode == DATA_JOURNAL || frame->file.ext4_flags & EXT4_INLINE_DATA_FL;

	return ineligible && w->rec.flags & WRITE_NOWAIT && (ret == -EAGAIN || ret == -EOPNOTSUPP);
}

static __always_inline void fill_refused_end(struct write_state *w, struct frame *frame, struct lookup *seen, s64 ret,
					     u64 now)
{
	OBSERVE(w, FACT_RET, ret, ret);
	OBSERVE(w, FACT_ISIZE_AFTER, isize_after, write_isize(w));
	w->rec.stage_ns[STAGE_RETURN] = now;
	if (ret > 0)
		infer_ineligible(w, ret);
	else if (refused_as_buffered(w, frame, ret))
		infer_ineligible(w, -EOPNOTSUPP);
	else if (ret == -EAGAIN && w->rec.flags & WRITE_NOWAIT)
		infer_would_block(w, seen);
}

/* --- system calls --- */

/* What the VFS refuses on its own: the flags of the call, or where it is to write. */
static __always_inline bool refused_by_vfs(const struct asked *asked, s64 ret)
{
	if (!asked->len || asked->pos < 0 || (s64)asked->len < 0)
		return true;
	if (ret == -EBADF || ret == -EFAULT || ret == -ESPIPE)
		return true;
	if (asked->rwf & WRITE_APPEND && asked->rwf & RWF_NOAPPEND_FLAG)
		return true;
	return ret == -EOPNOTSUPP && asked->rwf & ~(u32)(WRITE_NOWAIT | WRITE_DSYNC | WRITE_SYNC | WRITE_HIPRI);
}

/* The direct write was there and not seen: say nothing rather than something wrong. */
static __always_inline bool was_missed(struct frame *frame, s64 ret)
{
	return ret >= 0 && !frame->call.buffered;
}

static __always_inline void fill_own_sync(struct write_state *w, struct call *call)
{
	w->rec.sync = call->sync;
	w->rec.flush = call->flush;
	w->rec.stage_ns[STAGE_SYNC] = call->sync_ns;
}

static __always_inline void call_refused(struct frame *frame, enum write_call call, struct pt_regs *regs, s64 ret,
					 u64 now)
{
	struct file *file = AS(file, frame->call.file);
	struct inode *inode = READ(file, f_inode);
	struct asked asked = {};
	struct write_state *w;

	if (was_missed(frame, ret) || !task_wanted() || !inode_wanted(inode) ||
	    ask_call(&asked, call, regs, frame->call.pos) || refused_by_vfs(&asked, ret))
		return;
	w = write_open(frame, (u64)file, true);
	if (!w)
		return;
	w->rec.stage_ns[STAGE_ENTER] = frame->call.entered_ns;
	fill_who(w, frame);
	OBSERVE(w, FACT_SUBMIT, submit, SUBMIT_SYNC);
	fill_file_met(w, frame, file, inode, frame->call.ext4_flags);
	fill_size_at_call(w, frame);
	fill_asked_range(w, &asked);
	OBSERVE(w, FACT_POS, pos, asked.pos);
	OBSERVE(w, FACT_LEN, len, asked.len);
	fill_asked_buffers(w, &asked);
	OBSERVE(w, FACT_FLAGS, flags, asked_flags(READ(file, f_flags), asked.rwf));
	OBSERVE(w, FACT_ATTEMPTS, attempts, 1);
	fill_lock_wait(w, frame);
	fill_refused_end(w, frame, &frame->lookup, ret, now);
	fill_own_sync(w, &frame->call);
	write_emit(frame, w, frame->own);
}

/* --- requests of io_uring --- */

/* A list of buffers need not be what it was when the kernel took it: the caller may use its memory again. */
static __always_inline void fill_refused_request(struct write_state *w, struct io_kiocb *req, struct kiocb *iocb,
						 const struct asked *asked)
{
	u32 flags = READ(iocb, ki_flags) & WRITE_FLAGS_ALL;

	if (!io_uring_asked_nowait(req, settings.req_f_nowait_bit))
		flags &= ~WRITE_NOWAIT;
	OBSERVE(w, FACT_SUBMIT, submit, SUBMIT_IO_URING);
	OBSERVE(w, FACT_FLAGS, flags, flags);
	fill_asked_range(w, asked);
	if (flags & WRITE_APPEND) /* the checks have changed it in the request */
		w->rec.how[FACT_ASKED_POS] = HOW_UNKNOWN;
	OBSERVE(w, FACT_POS, pos, asked->pos);
	OBSERVE(w, FACT_LEN, len, asked->len);
	fill_asked_buffers(w, asked);
	if (!io_uring_op_is_vectored(BPF_CORE_READ(req, opcode)))
		return;
	for (int fact = FACT_SEGMENTS; fact <= FACT_SEG_ALIGN; fact++)
		w->rec.how[fact] = HOW_INFERRED;
	w->rec.how[FACT_LEN] = w->rec.how[FACT_ASKED_LEN] = HOW_INFERRED;
}

static __always_inline int ask_request(struct asked *asked, struct io_kiocb *req, struct kiocb *iocb, s32 res)
{
	u64 addr = BPF_CORE_READ((struct io_rw *)req, addr);
	u32 len = BPF_CORE_READ((struct io_rw *)req, len);

	asked->pos = READ(iocb, ki_pos) - (res > 0 ? res : 0);
	asked->rwf = BPF_CORE_READ((struct io_rw *)req, flags);
	if (io_uring_op_is_vectored(BPF_CORE_READ(req, opcode)))
		return user_segments_read(addr, len, &asked->segments, &asked->len);
	asked->len = len;
	asked->segments = (struct segments){1, addr & 4095, len & 4095};
	return 0;
}

/* A request on its way to a worker. */
struct punt {
	u64 entered_ns;
	s64 isize; /* i_size and i_disksize then */
	s64 disksize;
	u32 ext4_flags; /* of its inode, then */
	u8 tried;	/* its submitter has tried it: it was not asked to go there at once */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct punt);
} punts __weak SEC(".maps");

unsigned int punted __weak; /* any: mostly none was, and then nobody needs to look there */

static __always_inline void punt_end(u64 req)
{
	if (punted)
		bpf_map_delete_elem(&punts, &req);
}

/* What one that is not told to have ended leaves there is for the next request of that address to write over. */
static __always_inline struct punt *punt_find(u64 req)
{
	return bpf_map_lookup_elem(&punts, &req);
}

/* The size that a write met is not known if it is where it ends, unless it went to a worker, before it began. */
static __always_inline void fill_punted(struct write_state *w, struct punt *punt, s64 res)
{
	struct write_record *r = &w->rec;

	if (punt) {
		/* IORING_SETUP_DEFER_TASKRUN: its submitter tells what a worker did */
		if (!r->worker) {
			r->worker = 1;
			infer_fact(w, FACT_WORKER);
		}
		r->isize = punt->isize;
		r->disksize = punt->disksize;
		r->stage_ns[STAGE_ENTER] = punt->entered_ns;
		OBSERVE(w, FACT_ATTEMPTS, attempts, punt->tried + 1);
	} else if (res > 0 && r->isize == r->pos + res) {
		r->how[FACT_ISIZE] = r->how[FACT_DISKSIZE] = HOW_UNKNOWN;
	}
}

static __always_inline bool takes_no_direct_write(struct inode *inode, u32 ext4_flags)
{
	struct ext4_sb_info *sbi = READ(inode, i_sb, s_fs_info);

	return inode_flags(ext4_flags) || data_mode(READ_AS(ext4_sb_info, sbi, s_mount_opt)) == DATA_JOURNAL;
}

static __always_inline bool request_wanted(struct kiocb *iocb, struct file *file, struct inode *inode)
{
	return READ(iocb, ki_flags) & IOCB_DIRECT && armed && file_is_ext4(file, inode) && task_wanted() &&
	       inode_wanted(inode);
}

/* The address may be that of an earlier request, whose sync came before this one was asked for. */
static __always_inline bool request_synced(const struct write_state *w, const struct call *call, u64 req)
{
	return call->sync_req == req && call->sync_ns > w->rec.stage_ns[STAGE_ENTER];
}

static __always_inline int request_refused(struct io_kiocb *req, s32 res)
{
	struct kiocb *iocb = AS(kiocb, req);
	struct file *file = READ(iocb, ki_filp);
	struct inode *inode = READ(file, f_inode);
	struct asked asked = {};
	struct write_state *w;
	struct frame *frame;
	struct punt *punt;
	u32 ext4_flags;

	if (!request_wanted(iocb, file, inode))
		return 0;
	punt = punt_find((u64)req);
	ext4_flags = punt ? punt->ext4_flags : inode_ext4_flags(inode);
	if ((res >= 0 && !takes_no_direct_write(inode, ext4_flags)) || ask_request(&asked, req, iocb, res) ||
	    refused_by_vfs(&asked, res))
		return 0;
	frame = frame_get();
	w = frame ? write_open(frame, (u64)req, true) : NULL;
	if (!w)
		return 0;
	if (!frame->call.waits)
		w->rec.stage_ns[STAGE_ENTER] = frame->call.entered_ns;
	fill_who(w, frame);
	fill_file_met(w, frame, file, inode, ext4_flags);
	fill_refused_request(w, req, iocb, &asked);
	fill_punted(w, punt, res);
	if (request_synced(w, &frame->call, (u64)req))
		fill_own_sync(w, &frame->call);
	else if (res > 0) /* it is told by another task than did it */
		forget_tail(&w->rec);
	/* it may be told after the system call, and so after others of the same batch */
	fill_refused_end(w, frame, frame->lookup.inode ? &frame->lookup : &frame->batch_lookup, res,
			 bpf_ktime_get_ns());
	write_emit(frame, w, frame->own);
	return 0;
}

#endif
