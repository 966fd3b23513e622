/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From mappings to bios: fs/iomap/direct-io.c.
 *
 * A mapping gives up to three bios: zeroes before the data and after it, where the rest of a block would show what is
 * on the disk, and the data. How many bios the data takes depends on the pages of the buffer and says nothing: here it
 * is one for each mapping, up to a fault.
 */
#include "refimpl/path/path.h"

#include <errno.h>

/* --- bios --- */

struct piece {
	int64_t pos;
	uint64_t len;
	enum bio_role role;
	uint32_t opf;
};

static void note_bio(struct ref_write *w, const struct piece *p, uint64_t addr)
{
	const struct write_step step = {
		.kind = STEP_BIO, .role = p->role, .opf = p->opf, .pos = p->pos, .len = p->len, .addr = addr};

	ref_stage(w, STAGE_SUBMIT);
	w->rec.stage_ns[STAGE_DEVICE] = w->env->ops->now_ns(w->env);
	w->rec.bios++;
	ref_add_step(w, &step);
}

static void first_error(struct ref_dio *dio, int error)
{
	if (!dio->error)
		dio->error = error;
}

static void submit(struct ref_write *w, struct ref_dio *dio, const struct ref_iomap *iomap, const struct piece *p,
		   const void *data)
{
	uint64_t addr = iomap->addr + (uint64_t)(p->pos - iomap->offset);
	int err;

	note_bio(w, p, addr);
	err = w->env->ops->write(w->env, addr, data, p->len, p->opf & OPF_FUA);
	if (err)
		first_error(dio, err);
}

/* fs/iomap/direct-io.c, iomap_dio_zero (6.1 6.12 7.3): no FUA, and nothing where there is nothing to pad. */
static void ref_iomap_dio_zero(struct ref_write *w, struct ref_dio *dio, const struct ref_iomap *iomap,
			       enum bio_role role, int64_t pos, uint32_t len)
{
	const struct piece zero = {pos, len, role, OPF_WRITE | OPF_SYNC | OPF_IDLE};

	if (!len)
		return;
	submit(w, dio, iomap, &zero, NULL);
	if (role == BIO_ZERO_HEAD)
		w->rec.zero_head += len;
	else
		w->rec.zero_tail += len;
}

/* --- the buffer against the device --- */

/*
 * block/bdev.c, bdev_iter_is_aligned over lib/iov_iter.c, iov_iter_is_aligned (6.1 6.12 6.14): each segment that is
 * left, its length against the logical block and its address against the DMA mask.
 */
static bool ref_bdev_iter_is_aligned(const struct ref_write *w)
{
	const struct ref_iter *from = &w->from;
	size_t skip = from->done, left = from->count;
	uint64_t addr = from->align;

	for (uint32_t i = 0; i < from->nr_segs && left; addr += from->segs[i++]) {
		size_t len;

		if (from->segs[i] <= skip) {
			skip -= from->segs[i];
			continue;
		}
		len = from->segs[i] - skip < left ? from->segs[i] - skip : left;
		if (len & (w->env->sb.lbs - 1) || (addr + skip) & w->env->sb.dma_mask)
			return false;
		left -= len;
		skip = 0;
	}
	return true;
}

/*
 * block/blk-merge.c, bio_split_io_at and bio_may_need_split (6.18, seen live): segments that follow each other in
 * memory are one vector, so what is looked at is the part in each page; all of it in one page is not looked at.
 */
static bool split_refuses(const struct ref_write *w, uint64_t len)
{
	uint64_t start = w->from.align + w->from.done, end = start + len;

	if (end - start / REF_PAGE * REF_PAGE <= REF_PAGE)
		return false;
	return (start | end) & w->env->sb.dma_mask;
}

/*
 * lib/iov_iter.c, iov_iter_extract_bvecs under block/bio.c, bio_iov_iter_get_pages with mem_align_mask (7.2 7.3, seen
 * live): the address of what is left of each segment in the piece, and its length: of one segment among several also
 * what is behind the piece, of the only one (ITER_UBUF) what the iterator was cut to, which is the piece. A segment at
 * which a fault comes is looked at first.
 */
static bool fill_refuses(const struct ref_write *w, uint64_t len)
{
	const struct ref_iter *from = &w->from;
	uint64_t offset = 0, start = from->done, end = start + len;

	for (uint32_t i = 0; i < from->nr_segs && offset < end && offset <= from->readable; offset += from->segs[i++]) {
		uint64_t at = offset > start ? offset : start, left = offset + from->segs[i] - at;

		if (offset + from->segs[i] <= start)
			continue;
		if (((from->align + at) | (from->nr_segs > 1 ? left : len)) & w->env->sb.dma_mask)
			return true;
	}
	return false;
}

/* The first checks of iomap_dio_bio_iter: until 6.17 they look beyond this mapping, at all of the buffer. */
static int check_alignment(const struct ref_write *w, int64_t pos, uint64_t length)
{
	if (((uint64_t)pos | length) & (w->env->sb.lbs - 1))
		return -EINVAL;
	if (w->rules->buffer == REF_BUFFER_BEFORE && !ref_bdev_iter_is_aligned(w))
		return -EINVAL;
	return 0;
}

/* --- one mapping --- */

/* fs/iomap/direct-io.c, iomap_dio_can_use_fua (6.18) and iomap_dio_bio_iter (6.1 6.12 7.3). */
static bool use_fua(const struct ref_write *w, const struct ref_dio *dio, const struct ref_iomap *iomap)
{
	const struct ref_sb *sb = &w->env->sb;

	return dio->write_through && iomap->type == MAP_MAPPED &&
	       !(iomap->flags & (MAP_F_NEW | MAP_F_SHARED | MAP_F_DIRTY)) &&
	       (sb->dev_fua || (w->rules->no_cache_is_fua && !sb->dev_cache));
}

/* fs/iomap/direct-io.c, iomap_dio_bio_opflags (6.1 6.12): a bio without FUA ends write-through for good. */
static uint32_t ref_iomap_dio_bio_opflags(const struct ref_write *w, struct ref_dio *dio, const struct ref_iomap *iomap)
{
	uint32_t opf = OPF_WRITE | OPF_SYNC | OPF_IDLE;

	if (use_fua(w, dio, iomap))
		return opf | OPF_FUA;
	dio->write_through = false;
	return opf;
}

static void submit_data(struct ref_write *w, struct ref_dio *dio, const struct ref_iomap *iomap, int64_t pos,
			uint64_t len, uint32_t opf)
{
	const struct piece data = {pos, len, BIO_DATA, opf};

	if (w->rules->buffer == REF_BUFFER_SPLIT && split_refuses(w, len)) {
		note_bio(w, &data, iomap->addr + (uint64_t)(pos - iomap->offset));
		first_error(dio, -EINVAL);
	} else {
		submit(w, dio, iomap, &data, w->from.data + w->from.done);
	}
	dio->size += (int64_t)len;
	w->rec.data_bytes += len;
	w->data_bios++;
	w->fua_bios += !!(opf & OPF_FUA);
}

/* The bio loop: how much of @length was given to the device; @err: why it is less. */
static uint64_t ref_iomap_dio_bios(struct ref_write *w, struct ref_dio *dio, const struct ref_iomap *iomap, int64_t pos,
				   uint64_t length, uint32_t opf, int *err)
{
	struct ref_iter *from = &w->from;
	uint64_t readable = from->readable > from->done ? from->readable - from->done : 0;
	uint64_t n = length < readable ? length : readable;

	*err = n < length ? -EFAULT : 0;
	if (w->rules->buffer == REF_BUFFER_FILL && fill_refuses(w, length)) {
		*err = -EINVAL;
		return 0;
	}
	if (n)
		submit_data(w, dio, iomap, pos, n, opf);
	from->done += n;
	from->count -= n;
	return n;
}

static bool take_mapping(struct ref_dio *dio, const struct ref_iomap *iomap, int64_t pos)
{
	bool needs_zeroing = iomap->type == MAP_UNWRITTEN || iomap->flags & MAP_F_NEW;

	if (iomap->type == MAP_UNWRITTEN && pos < dio->unwritten)
		dio->unwritten = pos;
	dio->comp_work |= needs_zeroing;
	return needs_zeroing;
}

/*
 * fs/iomap/direct-io.c, iomap_dio_bio_iter (6.1 6.12 6.18 7.3): bytes, or the error. 0 bytes without an error is what a
 * fault comes to whose error the zeroes behind it have hidden.
 */
static int64_t ref_iomap_dio_bio_iter(struct ref_write *w, struct ref_dio *dio, const struct ref_iomap_iter *iter)
{
	const struct ref_iomap *iomap = &iter->iomap;
	uint64_t room = (uint64_t)(iomap->offset - iter->pos) + iomap->length;
	uint64_t length = iter->len < room ? iter->len : room, copied;
	uint32_t mask = ref_bs(w->env) - 1, opf, pad;
	int64_t pos = iter->pos;
	bool needs_zeroing;
	int err = check_alignment(w, pos, length);

	if (err)
		return err;
	needs_zeroing = take_mapping(dio, iomap, pos);
	pad = needs_zeroing ? pos & mask : 0;
	ref_iomap_dio_zero(w, dio, iomap, BIO_ZERO_HEAD, pos - pad, pad);
	opf = ref_iomap_dio_bio_opflags(w, dio, iomap);
	if (dio->error)
		return 0; /* an earlier bio has failed already: the error is kept, the loop ends */
	copied = ref_iomap_dio_bios(w, dio, iomap, pos, length, opf, &err);
	pos += (int64_t)copied;
	if ((needs_zeroing || pos >= dio->i_size) && pos & mask) {
		pad = ref_bs(w->env) - (pos & mask);
		ref_iomap_dio_zero(w, dio, iomap, BIO_ZERO_TAIL, pos, pad);
		if (w->rules->tail_zero_hides_error) {
			dio->hidden = err;
			err = 0;
		}
	}
	return copied ? (int64_t)copied : err;
}

/* fs/iomap/direct-io.c, iomap_dio_iter (6.1 6.12 7.3). */
static int64_t ref_iomap_dio_iter(struct ref_write *w, struct ref_dio *dio, const struct ref_iomap_iter *iter)
{
	if (iter->iomap.type == MAP_HOLE || iter->iomap.type == MAP_DELALLOC)
		return -EIO;
	return ref_iomap_dio_bio_iter(w, dio, iter);
}

/* --- the whole --- */

/* include/linux/pagemap.h, kiocb_invalidate_pages (6.5 7.3), and the same by hand in fs/iomap/direct-io.c (6.1). */
static int ref_kiocb_invalidate_pages(struct ref_write *w)
{
	int64_t pos = w->iocb.pos;
	uint64_t len = w->from.count;
	int err;

	if (!ref_filemap_range_has_page(w->inode, pos, len))
		return 0;
	if (w->iocb.nowait)
		return -EAGAIN;
	err = ref_filemap_write_and_wait_range(w->env, w->inode, pos, len);
	return err ? err : ref_invalidate_inode_pages2_range(w->inode, pos, len);
}

static int invalidate(struct ref_write *w)
{
	int err = ref_kiocb_invalidate_pages(w);

	NOTE(w, INVALIDATE, invalidate, err);
	if (!err || err == -EAGAIN || (err != -EBUSY && !w->rules->writeback_error_falls_back))
		return err;
	w->rest_reason = FALLBACK_INVALIDATE;
	return -ENOTBLK;
}

static void note_reached(struct ref_write *w, enum iomap_ops_kind ops)
{
	static const enum write_fact counted[] = {FACT_ROUNDS,	   FACT_JOURNAL_STARTS, FACT_BIOS,
						  FACT_DATA_BYTES, FACT_ZERO_HEAD,	FACT_ZERO_TAIL};

	NOTE(w, OPS, ops, ops);
	for (size_t i = 0; i < ARRAY_SIZE(counted); i++)
		w->rec.how[counted[i]] = HOW_OBSERVED;
}

static void note_fua(struct ref_write *w)
{
	if (w->data_bios)
		NOTE(w, FUA, fua, !w->fua_bios ? FUA_NONE : w->fua_bios == w->data_bios ? FUA_ALL : FUA_SOME);
}

/* Why the page cache gets what these rounds left, if anything. Only a begin that found a hole says -ENOTBLK itself. */
static enum fallback_reason rest_reason(const struct ref_iomap_iter *iter, const struct ref_dio *dio, int ret)
{
	if (iter->processed == -EINVAL || dio->hidden == -EINVAL)
		return FALLBACK_ALIGNMENT;
	return ret == -ENOTBLK && (!iter->mapped || iter->processed > 0) ? FALLBACK_INDIRECT_HOLE : FALLBACK_FAULT;
}

/* All rounds: 0, or the error that ended them. */
static int run_rounds(struct ref_write *w, struct ref_dio *dio, enum iomap_ops_kind ops)
{
	struct ref_iomap_iter iter = {.pos = w->iocb.pos, .len = w->from.count, .ops = ops};
	int ret;

	while ((ret = ref_iomap_iter(w, &iter)) > 0)
		iter.processed = ref_iomap_dio_iter(w, dio, &iter);
	w->rest_reason = rest_reason(&iter, dio, ret);
	return ret;
}

static void settle_context(struct ref_write *w, const struct ref_dio *dio, bool wait)
{
	enum complete_context context = COMPLETE_SUBMITTER;

	w->queued = !wait && w->rec.bios;
	if (w->queued)
		context = w->rules->completes_in_interrupt && !dio->comp_work && !dio->error ? COMPLETE_INTERRUPT
											     : COMPLETE_WORKQUEUE;
	NOTE(w, QUEUED, queued, w->queued);
	NOTE(w, CONTEXT, context, context);
}

/* fs/iomap/direct-io.c, __iomap_dio_rw and iomap_dio_rw (6.1 6.12 6.18 7.3). */
int64_t ref_iomap_dio_rw(struct ref_write *w, enum iomap_ops_kind ops, bool force_wait)
{
	bool dsync = ref_iocb_is_dsync(w), wait = w->iocb.sync || force_wait;
	struct ref_dio dio = {
		.i_size = w->inode->i_size,
		.unwritten = INT64_MAX,
		.need_sync = dsync,
		.write_through = dsync && !(w->iocb.flags & WRITE_SYNC),
		.comp_work = w->iocb.pos + (int64_t)w->from.count > w->inode->i_size,
	};
	int ret;

	ref_stage(w, STAGE_IOMAP);
	ret = invalidate(w);
	if (ret)
		return ret;
	ref_stage(w, STAGE_MAP);
	note_reached(w, ops);
	ret = run_rounds(w, &dio, ops);
	note_fua(w);
	if (ret == -ENOTBLK)
		wait = true;
	else if (ret < 0)
		first_error(&dio, ret);
	if (dio.write_through)
		dio.need_sync = false;
	dio.comp_work |= dio.need_sync;
	settle_context(w, &dio, wait);
	if (w->rec.bios)
		ref_stage(w, STAGE_ENDED);
	return ref_iomap_dio_complete(w, &dio);
}
