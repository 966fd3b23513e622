/* SPDX-License-Identifier: GPL-2.0-only */
/* The predicates of why_rows[], by group; for why.c alone. Each says of one write whether one reason holds. */
#ifndef DIOSCOPE_WHY_RULES_H
#define DIOSCOPE_WHY_RULES_H

#include "reports/model/fields.h"
#include "reports/model/why.h"

/* Known, and not 0. */
static inline bool fact_is_set(const struct write *w, enum write_fact fact)
{
	return field_known(&w->rec, fact) && field_value(&w->rec, fact);
}

/* Known, and @value. */
static inline bool fact_is(const struct write *w, enum write_fact fact, int64_t value)
{
	return field_known(&w->rec, fact) && field_value(&w->rec, fact) == value;
}

static inline bool asked_for(const struct write *w, unsigned int flags)
{
	return field_known(&w->rec, FACT_FLAGS) && w->rec.flags & flags;
}

static inline bool failed_with(const struct write *w, int err)
{
	return field_known(&w->rec, FACT_RET) && w->rec.ret == -err;
}

/* why_lock.c */
bool why_extends(const struct write *w);
bool why_extends_disk(const struct write *w);
bool why_was_beyond(const struct write *w);
bool why_hole(const struct write *w);
bool why_delalloc(const struct write *w);
bool why_border(const struct write *w);
bool why_extents(const struct write *w);
bool why_unwritten(const struct write *w);
bool why_not_written(const struct write *w);
bool why_not_one_extent(const struct write *w);
bool why_not_overwrite(const struct write *w);
bool why_unaligned_unwritten(const struct write *w);
bool why_zeroing(const struct write *w);
bool why_unaligned(const struct write *w);
bool why_not_nosec(const struct write *w);
bool why_beyond_or_content(const struct write *w);
bool why_lock_unknown(const struct write *w);
/* It ended before iomap, and the lock that it would have needed is known to be the exclusive one. */
bool why_would_be_exclusive(const struct write *w);

/* why_sync.c */
bool why_no_barrier(const struct write *w);
bool why_no_flush(const struct write *w);
bool why_commit_extends(const struct write *w);
bool why_commit_converts(const struct write *w);
bool why_commit_allocates(const struct write *w);
bool why_commit_other(const struct write *w);
bool why_commit_times(const struct write *w);
bool why_flush_only(const struct write *w);
bool why_flush_only_sync(const struct write *w);
bool why_sync_unknown(const struct write *w);

/* why_work.c */
bool why_data_journal(const struct write *w);
bool why_journal_flag(const struct write *w);
bool why_encrypted(const struct write *w);
bool why_verity(const struct write *w);
bool why_inline_data(const struct write *w);
bool why_ineligible(const struct write *w);
bool why_cached_stayed(const struct write *w);
bool why_indirect_hole(const struct write *w);
bool why_misaligned(const struct write *w);
bool why_fault_rest(const struct write *w);
bool why_buffered_unknown(const struct write *w);
bool why_drained(const struct write *w);
bool why_async_extends(const struct write *w);
bool why_async_unaligned(const struct write *w);
bool why_async_buffered(const struct write *w);
bool why_held_lock(const struct write *w);
bool why_held_map(const struct write *w);
bool why_worker(const struct write *w);
bool why_worker_asked(const struct write *w);
bool why_allocates(const struct write *w);
bool why_maps_new(const struct write *w);
bool why_converts(const struct write *w);
bool why_zeroes(const struct write *w);
bool why_drops_cache(const struct write *w);

/* why_error.c: of a write that failed with the error of the row */
bool why_atomic_shape(const struct write *w);
bool why_length(const struct write *w);
bool why_position(const struct write *w);
bool why_address(const struct write *w);
bool why_segment(const struct write *w);
bool why_always(const struct write *w);
bool why_nowait_exclusive(const struct write *w);
bool why_nowait_taken(const struct write *w);
bool why_nowait_times(const struct write *w);
bool why_nowait_cached(const struct write *w);
bool why_nowait_allocation(const struct write *w);
bool why_nowait_checks(const struct write *w);
bool why_nowait_lock(const struct write *w);
bool why_atomic_cached(const struct write *w);
bool why_atomic_unsupported(const struct write *w);
bool why_nowait_ineligible(const struct write *w);
bool why_nowait_rest(const struct write *w);
bool why_io_device(const struct write *w);
bool why_io_shutdown(const struct write *w);

#endif
