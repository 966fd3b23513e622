/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the device was done with a write: the end of the last of its bios. It comes on any processor, in an interrupt,
 * where a synchronous write's state, which is its task's, is out of reach. So the first of its bios takes one of two
 * slots that the dio's address leads to, the end of each leaves the moment there, and the write's completion looks.
 * What is no write of ours has none, and all that its bios cost is to look for it. A write that finds neither to be its
 * own, because others have taken both since, does not know when its device was done.
 */
#ifndef DIOSCOPE_ENDED_BPF_H
#define DIOSCOPE_ENDED_BPF_H

#include "bpf/state.bpf.h"

#define END_SLOTS  8192 /* a power of two */
#define CHAIN_MAX  4	/* bios that were split off one another */
#define MERGED_MAX 128	/* bios in one request */

struct dio_end {
	u64 dio; /* struct iomap_dio * */
	u64 ns;	 /* of the last end, or when the slot was taken */
};

OWN_LINE unsigned long long ends[END_SLOTS][2] __weak; /* struct dio_end, which user space has no type for */

/* Fibonacci hashing: objects of one slab lie in rows. @way: 0 or 1. */
static __always_inline struct dio_end *end_slot(u64 dio, u32 way)
{
	return (struct dio_end *)ends[((dio * 0x9e3779b97f4a7c15ull >> 51) ^ way) & (END_SLOTS - 1)];
}

/* Its own, if it has one. */
static __always_inline struct dio_end *end_find(u64 dio)
{
	struct dio_end *first = end_slot(dio, 0), *second = end_slot(dio, 1);

	return first->dio == dio ? first : second->dio == dio ? second : NULL;
}

/* The one that was used longer ago is the one that is needed less. */
static __always_inline void end_take(u64 dio, u64 now)
{
	struct dio_end *first = end_slot(dio, 0), *second = end_slot(dio, 1), *end = end_find(dio);

	if (!end)
		end = first->ns <= second->ns ? first : second;
	end->dio = dio;
	end->ns = now;
}

static __always_inline void end_stamp(u64 dio)
{
	struct dio_end *end = end_find(dio);

	if (end)
		end->ns = bpf_ktime_get_ns();
}

/* A number: the compiler may know that it is the pointer that led here, which may not be multiplied. */
static __always_inline u64 write_dio(struct write_state *w)
{
	return *(volatile u64 *)&w->dio;
}

/*
 * 0: not known. What is not younger than the last bio is when the slot was taken, or the end of one before the last; a
 * write without bios has taken none.
 */
static __always_inline u64 write_device_end(struct write_state *w)
{
	u64 dio = write_dio(w);
	struct dio_end *end = dio ? end_find(dio) : NULL;

	if (!end || !w->rec.stage_ns[STAGE_DEVICE] || end->ns <= w->rec.stage_ns[STAGE_DEVICE])
		return 0;
	return end->ns;
}

static __always_inline int dio_bio_ended(struct bio *bio)
{
	if (READ(bio, bi_opf) & OPF_WRITE)
		end_stamp(READ_WORD(&bio->bi_private));
	return 0;
}

/* The block layer splits what is too large for the device: each part but the last one leads to the bio it is of. */
static __always_inline void bio_ended(struct bio *bio)
{
	u64 end_io = (u64)READ(bio, bi_end_io);

	if (!(READ(bio, bi_opf) & OPF_WRITE))
		return;
	for (int i = 0; i < CHAIN_MAX && end_io && end_io == settings.fn_bio_chain_endio; i++) {
		bio = BPF_CORE_READ(bio, bi_private);
		end_io = (u64)BPF_CORE_READ(bio, bi_end_io);
	}
	if (end_io && end_io == settings.fn_iomap_dio_bio_end_io)
		end_stamp(READ_WORD(&bio->bi_private));
}

/* Those of the request that have not ended yet: a driver may end it piece by piece. */
static __always_inline int request_ended(struct request *rq)
{
	struct bio *bio = READ(rq, bio);

	for (int i = 0; i < MERGED_MAX && bio; i++) {
		bio_ended(bio);
		bio = READ(bio, bi_next);
	}
	return 0;
}

#endif
