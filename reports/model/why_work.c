// SPDX-License-Identifier: GPL-2.0-only
/* Why a write was buffered, waited for others, or had more to do than to write its data. */
#include "reports/model/mapping.h"
#include "reports/model/why_rules.h"

/* --- through the page cache --- */

static bool fell_back_for(const struct write *w, enum fallback_reason reason)
{
	return fact_is_set(w, FACT_FALLBACK) && fact_is(w, FACT_FALLBACK_REASON, reason);
}

static bool is_kept_by(const struct write *w, unsigned int flag)
{
	return fell_back_for(w, FALLBACK_INELIGIBLE) && field_known(&w->rec, FACT_INODE_FLAGS) &&
	       w->rec.inode_flags & flag;
}

bool why_data_journal(const struct write *w)
{
	return fell_back_for(w, FALLBACK_INELIGIBLE) && fact_is(w, FACT_DATA_MODE, DATA_JOURNAL);
}

bool why_journal_flag(const struct write *w)
{
	return is_kept_by(w, INODE_JOURNAL_DATA) && !why_data_journal(w);
}

bool why_encrypted(const struct write *w)
{
	return is_kept_by(w, INODE_ENCRYPTED);
}

bool why_verity(const struct write *w)
{
	return is_kept_by(w, INODE_VERITY);
}

bool why_inline_data(const struct write *w)
{
	return is_kept_by(w, INODE_INLINE_DATA);
}

bool why_ineligible(const struct write *w)
{
	return fell_back_for(w, FALLBACK_INELIGIBLE) && !why_data_journal(w) && !is_kept_by(w, ~0u);
}

bool why_cached_stayed(const struct write *w)
{
	return fell_back_for(w, FALLBACK_INVALIDATE);
}

bool why_indirect_hole(const struct write *w)
{
	return fell_back_for(w, FALLBACK_INDIRECT_HOLE);
}

bool why_misaligned(const struct write *w)
{
	return fell_back_for(w, FALLBACK_ALIGNMENT);
}

bool why_fault_rest(const struct write *w)
{
	return fell_back_for(w, FALLBACK_FAULT);
}

bool why_buffered_unknown(const struct write *w)
{
	return fact_is_set(w, FACT_FALLBACK) &&
	       (!field_known(&w->rec, FACT_FALLBACK_REASON) || fell_back_for(w, FALLBACK_REASON_NONE));
}

/* --- waits --- */

bool why_drained(const struct write *w)
{
	return fact_is_set(w, FACT_DIO_WAIT);
}

static bool is_async(const struct write *w)
{
	return fact_is(w, FACT_SUBMIT, SUBMIT_LIBAIO) || fact_is(w, FACT_SUBMIT, SUBMIT_IO_URING);
}

/* In the task that submitted; a worker of io_uring is there to be held. */
static bool was_held(const struct write *w)
{
	return is_async(w) && !fact_is_set(w, FACT_WORKER);
}

bool why_async_extends(const struct write *w)
{
	return is_async(w) && fact_is_set(w, FACT_FORCE_WAIT) && fact_is_set(w, FACT_EXTEND);
}

bool why_async_unaligned(const struct write *w)
{
	return is_async(w) && fact_is_set(w, FACT_FORCE_WAIT) && !why_async_extends(w);
}

bool why_async_buffered(const struct write *w)
{
	return is_async(w) && fact_is_set(w, FACT_FALLBACK);
}

bool why_held_lock(const struct write *w)
{
	return was_held(w) && fact_is_set(w, FACT_LOCK_WAIT);
}

/* Made synchronous it was held to the end, whatever it mapped. */
bool why_held_map(const struct write *w)
{
	return was_held(w) && fact_is_set(w, FACT_JOURNAL_STARTS) && !fact_is_set(w, FACT_FORCE_WAIT);
}

/* The submitter tried, and was refused what it would have had to wait for. */
bool why_worker(const struct write *w)
{
	return fact_is(w, FACT_SUBMIT, SUBMIT_IO_URING) && field_known(&w->rec, FACT_ATTEMPTS) && w->rec.attempts > 1;
}

/* Nobody tried before the worker did. */
bool why_worker_asked(const struct write *w)
{
	return fact_is(w, FACT_SUBMIT, SUBMIT_IO_URING) && fact_is_set(w, FACT_WORKER) && fact_is(w, FACT_ATTEMPTS, 1);
}

/* --- beside the data --- */

bool why_allocates(const struct write *w)
{
	return (write_mapping_mask(w) & 1u << MAPPING_HOLE) && fact_is_set(w, FACT_JOURNAL_STARTS);
}

/* Preallocated or not: nothing tells. */
bool why_maps_new(const struct write *w)
{
	return (write_mapping_mask(w) & 1u << MAPPING_NEW) && fact_is_set(w, FACT_JOURNAL_STARTS) && !why_allocates(w);
}

bool why_converts(const struct write *w)
{
	return fact_is_set(w, FACT_CONVERT);
}

bool why_zeroes(const struct write *w)
{
	return fact_is_set(w, FACT_ZERO_HEAD) || fact_is_set(w, FACT_ZERO_TAIL);
}

/* No hook says whether there were any; where there are none, the look for them takes much less than this. */
#define DROPPED_NS 50000

bool takes_long_to_drop(const uint64_t ns[NR_TIME_ROWS])
{
	return ns[TIME_INVALIDATE] > DROPPED_NS;
}

bool why_drops_cache(const struct write *w)
{
	uint64_t ns[NR_TIME_ROWS];

	return w->rec.stage_ns[STAGE_MAP] && write_times(&w->rec, ns) && takes_long_to_drop(ns);
}
