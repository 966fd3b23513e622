/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of a write: from the system call to ext4_file_write_iter and back, and the record that it leaves.
 */
#include "refimpl/path/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- the record --- */

void ref_stage(struct ref_write *w, enum stage stage)
{
	if (w->rec.stage_ns[stage])
		return;
	if (w->beside)
		w->beside->stage(w->beside, stage);
	w->rec.stage_ns[stage] = w->env->ops->now_ns(w->env);
}

void ref_inode_lock(struct ref_write *w, enum lock_mode mode)
{
	if (w->beside)
		w->beside->lock(w->beside, w->inode, mode);
}

void ref_inode_unlock(struct ref_write *w)
{
	if (w->beside)
		w->beside->unlock(w->beside, w->inode);
}

void ref_add_step(struct ref_write *w, const struct write_step *step)
{
	/* in powers of two */
	if (!(w->nr_steps & (w->nr_steps - 1))) {
		size_t room = w->nr_steps ? w->nr_steps * 2 : 1;
		struct write_step *steps = realloc(w->steps, room * sizeof(*steps));

		if (!steps) {
			w->out_of_memory = true;
			return;
		}
		w->steps = steps;
	}
	w->steps[w->nr_steps++] = *step;
}

/* Facts that the reference has no answer for: nobody runs it. */
static const enum write_fact not_ours[] = {
	FACT_PID, FACT_TID, FACT_COMM, FACT_CGROUP, FACT_DEV, FACT_LOCK_WAIT,
};

static void begin_record(struct ref_write *w)
{
	memset(&w->rec, 0, sizeof(w->rec));
	memset(w->rec.how, HOW_NOT_REACHED, NR_FACTS);
	for (size_t i = 0; i < ARRAY_SIZE(not_ours); i++)
		w->rec.how[not_ours[i]] = HOW_UNKNOWN;
	w->nr_steps = 0;
}

void ref_note_buffer(struct ref_write *w)
{
	const struct ref_iter *from = &w->from;
	uint32_t addr = from->align, addr_align = 0, seg_align = 0, i;
	size_t left = from->count;

	for (i = 0; i < from->nr_segs && (left || !i); i++) {
		uint32_t len = from->segs[i] < left ? from->segs[i] : (uint32_t)left;

		addr_align |= addr;
		seg_align |= len;
		addr += len;
		left -= len;
	}
	NOTE(w, SEGMENTS, segments, i);
	NOTE(w, ADDR_ALIGN, addr_align, addr_align % REF_PAGE);
	NOTE(w, SEG_ALIGN, seg_align, seg_align % REF_PAGE);
}

static void note_asked(struct ref_write *w, const struct workload_op *op)
{
	NOTE(w, SUBMIT, submit, op->submit);
	NOTE(w, ASKED_POS, asked_pos, op->pos);
	NOTE(w, ASKED_LEN, asked_len, op->len);
	NOTE(w, POS, pos, op->pos);
	NOTE(w, LEN, len, op->len);
	NOTE(w, FLAGS, flags, w->iocb.flags);
	ref_note_buffer(w);
	memcpy(w->rec.file, op->file, sizeof(op->file));
	w->rec.how[FACT_FILE] = HOW_OBSERVED;
}
_Static_assert(WL_NAME_MAX <= FILE_NAME_LEN, "a workload's file name fits into the record");

static void note_state(struct ref_write *w)
{
	const struct ref_inode *inode = w->inode;
	const struct ref_sb *sb = &w->env->sb;

	NOTE(w, INO, ino, inode->ino);
	NOTE(w, ISIZE, isize, inode->i_size);
	NOTE(w, DISKSIZE, disksize, inode->i_disksize);
	NOTE(w, BLKBITS, blkbits, sb->blkbits);
	NOTE(w, EXTENTS, extents, inode->extents);
	NOTE(w, INODE_SYNC, inode_sync, inode->sync || sb->synchronous);
	NOTE(w, JOURNAL, journal, sb->journal);
	NOTE(w, BARRIER, barrier, sb->barrier);
	NOTE(w, LBS, lbs, sb->lbs);
	NOTE(w, DMA_MASK, dma_mask, sb->dma_mask);
	NOTE(w, DEV_FUA, dev_fua, sb->dev_fua);
	NOTE(w, DEV_CACHE, dev_cache, sb->dev_cache);
	NOTE(w, INODE_FLAGS, inode_flags,
	     (inode->journal_data ? INODE_JOURNAL_DATA : 0) | (inode->inline_size ? INODE_INLINE_DATA : 0));
	NOTE(w, DATA_MODE, data_mode, sb->data_journal ? DATA_JOURNAL : DATA_ORDERED);
}

void ref_write_end(struct ref_write *w, int64_t ret)
{
	ref_stage(w, STAGE_RETURN);
	NOTE(w, ISIZE_AFTER, isize_after, w->inode->i_size);
	NOTE(w, RET, ret, ret);
	w->rec.how[FACT_LATENCY] = HOW_OBSERVED;
	/* always reached: none, unless it was noted on the way */
	w->rec.how[FACT_SYNC] = w->rec.how[FACT_FALLBACK] = HOW_OBSERVED;
}

/* --- the buffer --- */

/*
 * With "fault" the buffer's pages are unmapped from half of LEN, rounded down to a page, on, counted from the page in
 * which the buffer begins.
 */
static size_t readable_bytes(const struct workload_op *op)
{
	size_t mapped = (size_t)op->len / 2 / REF_PAGE * REF_PAGE;

	if (!op->fault)
		return SIZE_MAX;
	return mapped > op->align ? mapped - op->align : 0;
}

static void rewind_buffer(struct ref_write *w, const struct workload_op *op)
{
	w->from.count = (size_t)op->len;
	w->from.done = 0;
}

void ref_write_init(struct ref_write *w, struct ref_env *env, const struct ref_rules *rules, struct ref_inode *inode,
		    const struct workload_op *op, const uint8_t *data)
{
	*w = (struct ref_write){
		.env = env,
		.rules = rules,
		.inode = inode,
		.iocb = {.flags = op->flags, .sync = op->submit == SUBMIT_SYNC},
		.from = {.data = data,
			 .readable = readable_bytes(op),
			 .align = op->align,
			 .nr_segs = op->nr_segs,
			 .segs = op->segs},
	};
	w->iocb.pos = op->pos;
	rewind_buffer(w, op);
}

void ref_write_release(struct ref_write *w)
{
	free(w->steps);
	w->steps = NULL;
	w->nr_steps = 0;
}

/* --- the system call --- */

/* include/linux/fs.h, iocb_is_dsync (6.1 6.12 7.3). */
bool ref_iocb_is_dsync(const struct ref_write *w)
{
	return w->iocb.flags & WRITE_DSYNC || w->inode->sync || w->env->sb.synchronous;
}

/*
 * include/linux/fs.h, kiocb_set_rw_flags (6.1 6.12 7.3); fs/aio.c, aio_prep_rw; io_uring/rw.c, io_rw_init_file: what
 * the flags need, and what each way to submit makes of them. A loop device has no atomic write unit.
 */
static int ref_kiocb_set_rw_flags(struct ref_write *w, const struct workload_op *op)
{
	if (op->flags & WRITE_ATOMIC || (op->flags & WRITE_DONTCACHE && !w->rules->dontcache))
		return -EOPNOTSUPP;
	if (op->flags & WRITE_HIPRI && op->submit == SUBMIT_IO_URING)
		return -EINVAL; /* the ring does not poll */
	if (op->flags & WRITE_SYNC)
		w->iocb.flags |= WRITE_DSYNC;
	if (op->submit == SUBMIT_LIBAIO)
		w->iocb.flags &= ~WRITE_HIPRI; /* nobody would poll */
	return 0;
}

/* fs/read_write.c, rw_verify_area (6.1 6.12 7.3). */
static int ref_rw_verify_area(const struct workload_op *op)
{
	return op->pos < 0 || op->len < 0 || op->len > INT64_MAX - op->pos ? -EINVAL : 0;
}

/* io_uring/rw.c, io_write (6.1 6.12 7.3): who may not wait is told to do it again, whatever the reason. */
static int64_t ref_io_retold(const struct workload_op *op, int64_t ret)
{
	return ret == -EOPNOTSUPP && op->submit == SUBMIT_IO_URING ? -EAGAIN : ret;
}

/* With a record of its own: the last attempt is the one that counts. */
int64_t ref_write_attempt(struct ref_write *w, const struct workload_op *op, bool nowait)
{
	uint64_t entered_ns = w->rec.stage_ns[STAGE_ENTER];
	uint8_t attempts = w->rec.attempts + 1;

	begin_record(w);
	rewind_buffer(w, op);
	w->iocb.nowait = nowait;
	w->checks = (struct ref_checks){0};
	w->rest_reason = FALLBACK_REASON_NONE;
	w->queued = false;
	w->data_bios = w->fua_bios = 0;
	w->entered = true;
	w->rec.stage_ns[STAGE_ENTER] = entered_ns;
	ref_stage(w, STAGE_ENTER);
	NOTE(w, ATTEMPTS, attempts, attempts);
	note_asked(w, op);
	note_state(w);
	return ref_io_retold(op, ref_ext4_file_write_iter(w));
}

/*
 * io_uring/rw.c, io_write (6.1 6.12 7.3): inline with NOWAIT first; what would block is repeated by a worker, which
 * may, unless the caller asked for NOWAIT himself. The buffer is rewound for it, but ki_pos is not: where the first
 * attempt has applied O_APPEND, the second begins at what was the end of the file, and takes the lock exclusive at once
 * (seen live on 6.12).
 */
static int64_t ref_io_write(struct ref_write *w, const struct workload_op *op)
{
	int64_t ret = ref_write_attempt(w, op, true);

	if (ret != -EAGAIN || op->flags & WRITE_NOWAIT || op->noretry)
		return ret;
	return ref_write_attempt(w, op, false);
}

int64_t ref_vfs_write(struct ref_write *w, const struct workload_op *op)
{
	int64_t ret;

	if (!op->len && op->submit == SUBMIT_SYNC)
		return 0; /* vfs_writev: nothing to do, flags are not looked at, ext4 is not called */
	ret = ref_kiocb_set_rw_flags(w, op);
	if (!ret)
		ret = ref_rw_verify_area(op);
	if (ret)
		return ret;
	if (op->submit == SUBMIT_IO_URING)
		ret = ref_io_write(w, op);
	else
		ret = ref_write_attempt(w, op, op->flags & WRITE_NOWAIT);
	ref_write_end(w, ret);
	return ret;
}
