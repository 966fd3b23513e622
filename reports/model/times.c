// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/times.h"

#include <string.h>

#include "reports/model/fields.h"
#include "user/base/util.h"

static const char *const stage_names[NR_STAGES] = {
	[STAGE_ENTER] = "enter",   [STAGE_CHECK] = "check",	  [STAGE_IOMAP] = "iomap",
	[STAGE_MAP] = "map",	   [STAGE_SUBMIT] = "submit",	  [STAGE_DEVICE] = "device",
	[STAGE_ENDED] = "ended",   [STAGE_COMPLETE] = "complete", [STAGE_SYNC] = "sync",
	[STAGE_RETURN] = "return", [STAGE_BUFFERED] = "buffered",
};

static const char *const row_names[NR_TIME_ROWS] = {
	[TIME_ENTER] = "enter",
	[TIME_ENTER_CHECK] = "enter and check",
	[TIME_LOCK] = "waited for the lock",
	[TIME_CHECK] = "check",
	[TIME_DRAIN] = "drained other I/O",
	[TIME_INVALIDATE] = "drop cached pages",
	[TIME_INVALIDATE_MAP] = "drop cached pages, map",
	[TIME_MAP] = "map",
	[TIME_SUBMIT] = "submit (first to last bio)",
	[TIME_DEVICE] = "device",
	[TIME_DEVICE_COMPLETE] = "device and completion",
	[TIME_WAKEUP] = "wake-up",
	[TIME_WAKEUP_COMPLETE] = "wake-up and complete",
	[TIME_COMPLETE] = "complete",
	[TIME_SYNC] = "sync",
	[TIME_BUFFERED] = "buffered",
	[TIME_REST] = "not accounted for",
};

/* The row of a stage, and the one where it is not parted from what follows: 'parts' and 'or' were not seen to begin. */
static const struct {
	enum stage stage;
	enum time_row row, shared;
	enum stage parts, or ;
} stage_rows[] = {
	{STAGE_ENTER, TIME_ENTER, TIME_ENTER_CHECK, STAGE_CHECK, STAGE_CHECK},
	{STAGE_CHECK, TIME_CHECK, TIME_CHECK, STAGE_IOMAP, STAGE_IOMAP},
	{STAGE_IOMAP, TIME_INVALIDATE, TIME_INVALIDATE_MAP, STAGE_MAP, STAGE_MAP},
	{STAGE_MAP, TIME_MAP, TIME_MAP, STAGE_SUBMIT, STAGE_SUBMIT},
	{STAGE_SUBMIT, TIME_SUBMIT, TIME_SUBMIT, STAGE_DEVICE, STAGE_DEVICE},
	{STAGE_DEVICE, TIME_DEVICE, TIME_DEVICE_COMPLETE, STAGE_ENDED, STAGE_COMPLETE},
	{STAGE_ENDED, TIME_WAKEUP, TIME_WAKEUP_COMPLETE, STAGE_COMPLETE, STAGE_COMPLETE},
	{STAGE_COMPLETE, TIME_COMPLETE, TIME_COMPLETE, STAGE_RETURN, STAGE_RETURN},
	{STAGE_SYNC, TIME_SYNC, TIME_SYNC, STAGE_RETURN, STAGE_RETURN},
	{STAGE_BUFFERED, TIME_BUFFERED, TIME_BUFFERED, STAGE_RETURN, STAGE_RETURN},
};

const char *stage_name(enum stage stage)
{
	return (unsigned int)stage < NR_STAGES ? stage_names[stage] : "?";
}

const char *time_row_name(enum time_row row)
{
	return (unsigned int)row < NR_TIME_ROWS ? row_names[row] : "?";
}

/* Of the time before its first stamp only that is known. */
static bool waited_before(const struct write_record *rec)
{
	return !rec->stage_ns[STAGE_ENTER] && field_known(rec, FACT_LOCK_WAIT);
}

bool write_latency_ns(const struct write_record *rec, uint64_t *ns)
{
	uint64_t begin = UINT64_MAX, end = rec->stage_ns[STAGE_RETURN];

	for (int i = 0; i < STAGE_RETURN; i++)
		if (rec->stage_ns[i] && rec->stage_ns[i] < begin)
			begin = rec->stage_ns[i];
	if (begin > end)
		return false;
	*ns = end - begin + (waited_before(rec) ? rec->lock_wait_ns : 0);
	return true;
}

/* The stages that were seen, in time; of two at the same moment the earlier of the path first. */
static unsigned int order_stages(const struct write_record *rec, unsigned char order[NR_STAGES])
{
	unsigned int nr = 0, at;

	for (unsigned char i = 0; i < NR_STAGES; i++) {
		if (!rec->stage_ns[i])
			continue;
		for (at = nr++; at && rec->stage_ns[order[at - 1]] > rec->stage_ns[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	return nr;
}

/* From the stamp of each to the next; 0: it was not seen before the end. */
static void between_stamps(const struct write_record *rec, uint64_t spent_ns[NR_STAGES])
{
	const __u64 *ns = rec->stage_ns;
	unsigned char order[NR_STAGES];
	unsigned int nr = order_stages(rec, order);

	memset(spent_ns, 0, NR_STAGES * sizeof(*spent_ns));
	/* what an asynchronous submitter did after the write had ended took none of its time */
	for (unsigned int i = 0; i + 1 < nr && ns[order[i]] < ns[STAGE_RETURN]; i++)
		spent_ns[order[i]] = ns[order[i + 1]] - ns[order[i]];
}

/* What is known as a sum, moved out of the rows that it was spent in, as much as each has room for. */
static void move(uint64_t ns[NR_TIME_ROWS], enum time_row to, uint64_t left, const enum time_row *from, size_t nr)
{
	for (size_t i = 0; i < nr && left; i++) {
		uint64_t part = ns[from[i]] < left ? ns[from[i]] : left;

		ns[from[i]] -= part;
		ns[to] += part;
		left -= part;
	}
}

static void move_lock_wait(const struct write_record *rec, uint64_t ns[NR_TIME_ROWS])
{
	static const enum time_row locking[] = {TIME_ENTER, TIME_ENTER_CHECK, TIME_CHECK, TIME_BUFFERED};

	if (waited_before(rec))
		ns[TIME_LOCK] = rec->lock_wait_ns;
	else if (field_known(rec, FACT_LOCK_WAIT))
		move(ns, TIME_LOCK, rec->lock_wait_ns, locking, ARRAY_SIZE(locking));
}

static void move_drain(const struct write_record *rec, uint64_t ns[NR_TIME_ROWS])
{
	static const enum time_row checking[] = {TIME_CHECK, TIME_ENTER_CHECK};

	if (field_known(rec, FACT_DRAIN))
		move(ns, TIME_DRAIN, rec->drain_ns, checking, ARRAY_SIZE(checking));
}

static enum time_row row_of(const struct write_record *rec, size_t stage)
{
	bool parted = rec->stage_ns[stage_rows[stage].parts] || rec->stage_ns[stage_rows[stage].or ];

	return parted ? stage_rows[stage].row : stage_rows[stage].shared;
}

void write_times_within(const struct write_record *rec, uint64_t latency_ns, uint64_t ns[NR_TIME_ROWS])
{
	uint64_t spent_ns[NR_STAGES], sum = 0;

	memset(ns, 0, NR_TIME_ROWS * sizeof(*ns));
	between_stamps(rec, spent_ns);
	for (size_t i = 0; i < ARRAY_SIZE(stage_rows); i++)
		ns[row_of(rec, i)] += spent_ns[stage_rows[i].stage];
	move_lock_wait(rec, ns);
	move_drain(rec, ns);
	for (int row = 0; row < TIME_REST; row++)
		sum += ns[row];
	ns[TIME_REST] = latency_ns > sum ? latency_ns - sum : 0;
}

bool write_times(const struct write_record *rec, uint64_t ns[NR_TIME_ROWS])
{
	uint64_t latency_ns;

	memset(ns, 0, NR_TIME_ROWS * sizeof(*ns));
	if (!write_latency_ns(rec, &latency_ns))
		return false;
	write_times_within(rec, latency_ns, ns);
	return true;
}

uint32_t time_rows(const uint64_t ns[NR_TIME_ROWS])
{
	uint32_t rows = 0;

	for (int row = 0; row < NR_TIME_ROWS; row++)
		rows |= (uint32_t)(ns[row] != 0) << row;
	return rows;
}

/* --- by a plan --- */

/* stage_rows[] are in path order, and have all but STAGE_RETURN. */
struct time_plan time_plan_of(const struct write_record *rec)
{
	struct time_plan plan = {.waited = waited_before(rec)};

	if (!rec->stage_ns[STAGE_RETURN] || !field_known(rec, FACT_LATENCY))
		return plan;
	for (size_t i = 0; i < ARRAY_SIZE(stage_rows); i++) {
		if (!rec->stage_ns[stage_rows[i].stage])
			continue;
		plan.stages[plan.nr] = (uint8_t)stage_rows[i].stage;
		plan.rows[plan.nr++] = (uint8_t)row_of(rec, i);
	}
	plan.stages[plan.nr] = STAGE_RETURN;
	plan.nr += plan.nr > 0;
	return plan;
}

/* All of it is in a row: nothing is left for TIME_REST. */
bool write_times_planned(const struct write_record *rec, const struct time_plan *plan, uint64_t *latency_ns,
			 uint64_t ns[NR_TIME_ROWS], uint32_t *rows)
{
	uint64_t first = rec->stage_ns[plan->stages[0]], last = first;

	memset(ns, 0, NR_TIME_ROWS * sizeof(*ns));
	*rows = 0;
	for (int i = 1; i < plan->nr; i++) {
		uint64_t next = rec->stage_ns[plan->stages[i]];

		if (next < last)
			return false;
		ns[plan->rows[i - 1]] = next - last;
		*rows |= (uint32_t)(next != last) << plan->rows[i - 1];
		last = next;
	}
	*latency_ns = last - first + (plan->waited ? rec->lock_wait_ns : 0);
	if (rec->lock_wait_ns || rec->drain_ns) {
		move_lock_wait(rec, ns);
		move_drain(rec, ns);
		*rows = time_rows(ns);
	}
	return plan->nr;
}
