// SPDX-License-Identifier: GPL-2.0-only
/* What the durability of a write took, and whether it has any: ext4_sync_file() and iomap's FUA. */
#include "reports/model/commit_reason.h"
#include "reports/model/summary.h"
#include "reports/model/why_rules.h"

/* --- not durable --- */

/* It wrote, was to be durable, and what it wrote may still be in a cache that forgets. */
static bool is_at_risk(const struct write *w, enum durability *row)
{
	return write_durability(&w->rec, row) && *row != DURABLE_FAILED && *row != DURABLE_FUA &&
	       *row != DURABLE_UNKNOWN && fact_is_set(w, FACT_DEV_CACHE) && !fact_is_set(w, FACT_FLUSH);
}

/* Without barriers neither fsync nor the journal's commits flush the device. */
bool why_no_barrier(const struct write *w)
{
	enum durability row;

	return is_at_risk(w, &row) && fact_is(w, FACT_BARRIER, 0);
}

static bool had_no_commit(const struct write *w)
{
	return fact_is(w, FACT_FLUSH, 0) && fact_is(w, FACT_COMMIT, 0);
}

/* Of direct writes: what the page cache wrote is synced out of the sight of some hooks. */
bool why_no_flush(const struct write *w)
{
	enum durability row;

	return is_at_risk(w, &row) && !why_no_barrier(w) && fact_is(w, FACT_FALLBACK, FALLBACK_NONE) &&
	       (row == DURABLE_NONE || (row == DURABLE_SYNC && had_no_commit(w)));
}

/* --- what a commit was for --- */

static bool commits_for(const struct write *w, unsigned int reason)
{
	return write_commit_reasons(w) & reason;
}

bool why_commit_extends(const struct write *w)
{
	return commits_for(w, COMMIT_EXTENDS);
}

bool why_commit_converts(const struct write *w)
{
	return commits_for(w, COMMIT_CONVERTS);
}

/*
 * New blocks that were converted when the data was there are one change, said once. What extends may have found its
 * blocks preallocated, which until 6.19 are new like others.
 */
bool why_commit_allocates(const struct write *w)
{
	return commits_for(w, COMMIT_ALLOCATES) && !commits_for(w, COMMIT_CONVERTS | COMMIT_EXTENDS);
}

/* The mapping was dirty before this write: ext4_inode_datasync_dirty(). */
static bool was_dirty(const struct write *w)
{
	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_ROUND && w->steps[i].map_flags & MAP_F_DIRTY)
			return true;
	return false;
}

/* fsync waits for the transaction of any change of the inode; fdatasync, for those that its data cannot do without. */
bool why_commit_times(const struct write *w)
{
	return commits_for(w, COMMIT_OTHER) && fact_is(w, FACT_SYNC, SYNC_FSYNC) && !was_dirty(w) && w->nr_steps;
}

bool why_commit_other(const struct write *w)
{
	return commits_for(w, COMMIT_OTHER) && !why_commit_times(w);
}

static bool only_flushed(const struct write *w)
{
	return fact_is_set(w, FACT_SYNC) && fact_is_set(w, FACT_FLUSH) && fact_is(w, FACT_COMMIT, 0);
}

bool why_flush_only(const struct write *w)
{
	return only_flushed(w) && !why_flush_only_sync(w);
}

/* O_SYNC: iomap never asks for FUA then. */
bool why_flush_only_sync(const struct write *w)
{
	return only_flushed(w) && asked_for(w, WRITE_SYNC);
}

bool why_sync_unknown(const struct write *w)
{
	bool known = field_known(&w->rec, FACT_COMMIT) && field_known(&w->rec, FACT_FLUSH);

	return fact_is_set(w, FACT_SYNC) && !known && !fact_is_set(w, FACT_COMMIT);
}
