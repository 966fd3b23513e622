/* SPDX-License-Identifier: GPL-2.0-only */
/* Bios: which bytes of the file each carries, which only pad a block, which flush the device. */
#ifndef DIOSCOPE_SUBMIT_BPF_H
#define DIOSCOPE_SUBMIT_BPF_H

#include "bpf/app_sync.bpf.h"
#include "bpf/ended.bpf.h"
#include "bpf/state.bpf.h"

/* What a round's body could not do tells why the rest goes through the page cache. */
static __always_inline int body_done(struct write_state *w, s32 ret)
{
	if (w && ret < 0)
		w->body_error = ret;
	return 0;
}

static __always_inline int zero_begin(s64 pos, u32 len)
{
	struct frame *frame;
	struct write_state *w;

	if (!len) /* from 6.12 on it is called for nothing, too */
		return 0;
	frame = frame_find();
	w = write_current(frame);
	if (w)
		frame->zero_role = pos < w->data_end ? BIO_ZERO_HEAD : BIO_ZERO_TAIL;
	return 0;
}

static __always_inline int zero_end(void)
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
	if (bit && w->user_pages && !(READ(bio, bi_flags) >> ((bit - 1) & 15) & 1))
		return BIO_ZERO_TAIL;
	return BIO_DATA;
}

static __always_inline enum bio_role bio_role(struct write_state *w, struct bio *bio, s64 pos)
{
	struct frame *frame;

	if (!settings.has_zero)
		return bio_role_by_position(w, bio, pos);
	frame = frame_find();
	return frame ? frame->zero_role : BIO_DATA;
}

static __always_inline void count_bio(struct write_state *w, enum bio_role role, s64 pos, u32 len, u32 opf)
{
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

/* The write that this dio is of. Its first bio tells which one it has; after that a look at the address is enough. */
static __always_inline struct write_state *write_of_dio(struct frame *frame, u64 dio)
{
	u64 key = (u64)READ_AS(iomap_dio, dio, iocb);
	struct write_state *w = write_by_key(frame, key);

	if (!w || !write_is_direct(w))
		return NULL;
	if (!w->dio && w->inode == kiocb_inode(key))
		w->dio = dio;
	return w->dio == dio ? w : NULL;
}

static __always_inline void device_begins(struct write_state *w)
{
	u64 now = bpf_ktime_get_ns();

	w->rec.stage_ns[STAGE_DEVICE] = now;
	if (w->rec.stage_ns[STAGE_SUBMIT])
		return;
	w->rec.stage_ns[STAGE_SUBMIT] = now;
	end_take(write_dio(w), now);
}

static __always_inline void write_bio(struct frame *frame, struct bio *bio, u64 addr)
{
	struct write_state *w = write_of_dio(frame, (u64)READ(bio, bi_private));
	s64 pos;
	u32 len, opf;
	enum bio_role role;

	if (!w || w->complete_seen)
		return;
	device_begins(w);
	pos = w->map_pos + (addr - w->map_addr);
	len = READ(bio, bi_iter.bi_size);
	opf = READ(bio, bi_opf);
	role = bio_role(w, bio, pos);
	step_add(w, STEP_BIO, bio_tag(role, opf), pos, len, addr);
	count_bio(w, role, pos, len, opf);
}

/* An empty bio with PREFLUSH inside a sync: the cache of the device is flushed for this write. */
static __always_inline void flush_bio(struct frame *frame, struct bio *bio)
{
	struct write_state *w;

	if (!(READ(bio, bi_opf) & OPF_PREFLUSH) || READ(bio, bi_iter.bi_size))
		return;
	w = write_current_or_tail(frame);
	if (!w)
		app_sync_flushes(frame);
	else if (w->rec.stage_ns[STAGE_SYNC])
		w->rec.flush = 1;
}

static __always_inline bool bio_of_direct_write(struct bio *bio)
{
	return (u64)READ(bio, bi_end_io) == settings.fn_iomap_dio_bio_end_io && READ(bio, bi_opf) & OPF_WRITE;
}

/*
 * @part_start: bytes that the sector is already moved by, below the partition; 0 above it. Whatever submits a bio of a
 * write is inside of it, so a task without a frame is not.
 */
static __always_inline int bio_seen(struct bio *bio, u64 part_start)
{
	struct frame *frame = frame_if_any();

	if (!frame)
		return 0;
	if (bio_of_direct_write(bio))
		write_bio(frame, bio, (READ(bio, bi_iter.bi_sector) << 9) - part_start);
	else
		flush_bio(frame, bio);
	return 0;
}

#endif
