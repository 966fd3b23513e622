// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a write failed: what the kernel tests before it says so, in the order of its tests. The lock that it held is no
 * reason to fail, but for a write that did not want to wait for it.
 */
#include <errno.h>

#include "reports/model/why_rules.h"

static bool came_to_iomap(const struct write *w)
{
	return w->rec.stage_ns[STAGE_IOMAP];
}

bool why_always(const struct write *w)
{
	(void)w;
	return true;
}

/* --- EINVAL: a size or an address that the device cannot take --- */

static bool is_no_multiple(const struct write *w, enum write_fact fact)
{
	return field_known(&w->rec, fact) && field_known(&w->rec, FACT_LBS) && w->rec.lbs &&
	       (uint64_t)field_value(&w->rec, fact) % w->rec.lbs;
}

/* Refused before iomap: generic_atomic_write_valid(), and the limits of the device. */
bool why_atomic_shape(const struct write *w)
{
	return asked_for(w, WRITE_ATOMIC) && !came_to_iomap(w);
}

bool why_length(const struct write *w)
{
	return is_no_multiple(w, FACT_LEN);
}

bool why_position(const struct write *w)
{
	return is_no_multiple(w, FACT_POS);
}

bool why_address(const struct write *w)
{
	return field_known(&w->rec, FACT_ADDR_ALIGN) && field_known(&w->rec, FACT_DMA_MASK) &&
	       w->rec.addr_align & w->rec.dma_mask;
}

bool why_segment(const struct write *w)
{
	return is_no_multiple(w, FACT_SEG_ALIGN);
}

/* --- EAGAIN, of who asked not to wait --- */

static bool is_nowait(const struct write *w)
{
	return asked_for(w, WRITE_NOWAIT);
}

bool why_nowait_exclusive(const struct write *w)
{
	return is_nowait(w) && !why_nowait_taken(w) && why_would_be_exclusive(w);
}

/* The first check comes after the lock: none was reached. */
bool why_nowait_taken(const struct write *w)
{
	return is_nowait(w) && !came_to_iomap(w) &&
	       (fact_is(w, FACT_LOCK_FIRST, LOCK_NONE) || fact_is(w, FACT_LOCK, LOCK_NONE) ||
		fact_is(w, FACT_CHECKS, 0));
}

/* The lock would have done, and still it ended before iomap: file_modified() is all that is between. */
bool why_nowait_times(const struct write *w)
{
	return is_nowait(w) && !came_to_iomap(w) && fact_is(w, FACT_LOCK_FIRST, LOCK_SHARED) &&
	       fact_is_set(w, FACT_NOSEC) && field_known(&w->rec, FACT_LOOKUP) && !why_would_be_exclusive(w);
}

bool why_nowait_cached(const struct write *w)
{
	return is_nowait(w) && came_to_iomap(w) && fact_is_set(w, FACT_INVALIDATE);
}

bool why_nowait_allocation(const struct write *w)
{
	return is_nowait(w) && came_to_iomap(w) && fact_is(w, FACT_INVALIDATE, 0);
}

static bool ended_early(const struct write *w)
{
	return is_nowait(w) && !came_to_iomap(w) && !why_nowait_exclusive(w) && !why_nowait_taken(w) &&
	       !why_nowait_times(w);
}

/* It had the lock, and what it looked up, if it did, was not seen. */
bool why_nowait_checks(const struct write *w)
{
	return ended_early(w) && fact_is_set(w, FACT_CHECKS);
}

/* All that is known is that it ended early. */
bool why_nowait_lock(const struct write *w)
{
	return ended_early(w) && !fact_is_set(w, FACT_CHECKS);
}

bool why_atomic_cached(const struct write *w)
{
	return asked_for(w, WRITE_ATOMIC) && !is_nowait(w) && fact_is_set(w, FACT_INVALIDATE);
}

/* --- EOPNOTSUPP --- */

bool why_atomic_unsupported(const struct write *w)
{
	return asked_for(w, WRITE_ATOMIC);
}

bool why_nowait_ineligible(const struct write *w)
{
	return is_nowait(w) && !came_to_iomap(w) && !why_atomic_unsupported(w);
}

bool why_nowait_rest(const struct write *w)
{
	return is_nowait(w) && came_to_iomap(w);
}

/* --- EIO --- */

bool why_io_device(const struct write *w)
{
	return fact_is_set(w, FACT_BIOS);
}

bool why_io_shutdown(const struct write *w)
{
	return field_how(&w->rec, FACT_LOCK) == HOW_NOT_REACHED && !came_to_iomap(w);
}
