/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the time of a write went: rows that are disjoint and add up to its latency. A stage lasts until the one that
 * was seen next, in time and not in path order: a sync inside of the completion ends the completion's time. Where the
 * hook that would part two stages is not there, they share a row of their own.
 */
#ifndef DIOSCOPE_TIMES_H
#define DIOSCOPE_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/write_record.h"

enum time_row {
	TIME_ENTER,
	TIME_ENTER_CHECK, /* with the checks: their beginning was not seen */
	TIME_LOCK,	  /* slept for i_rwsem, all times together */
	TIME_CHECK,
	TIME_DRAIN,	 /* inode_dio_wait: other direct I/O of the file had to finish */
	TIME_INVALIDATE, /* cached pages written back and dropped */
	TIME_INVALIDATE_MAP,
	TIME_MAP,
	TIME_SUBMIT, /* first to last bio */
	TIME_DEVICE,
	TIME_DEVICE_COMPLETE, /* with the completion: the end of the last bio was not seen */
	TIME_WAKEUP,	      /* from the end of the last bio until the completion ran */
	TIME_WAKEUP_COMPLETE,
	TIME_COMPLETE,
	TIME_SYNC,
	TIME_BUFFERED,
	TIME_REST, /* not accounted for */
	NR_TIME_ROWS,
};

/* "enter", "check", ...: stage names for every view. */
const char *stage_name(enum stage stage);
/* "waited for the lock", ... for every view. */
const char *time_row_name(enum time_row row);

/* Of one write, by row; rows that it did not come to are 0. false when its latency is not known. */
bool write_times(const struct write_record *rec, uint64_t ns[NR_TIME_ROWS]);
/* The same, where the latency is known: write_latency_ns(). */
void write_times_within(const struct write_record *rec, uint64_t latency_ns, uint64_t ns[NR_TIME_ROWS]);
/* Which rows are not zero, as a mask. */
uint32_t time_rows(const uint64_t ns[NR_TIME_ROWS]);
/*
 * From the moment that the caller asked to STAGE_RETURN; false when the end was not seen. Where STAGE_ENTER was not, it
 * is from the earliest stage, and what the write waited for the lock before it.
 */
bool write_latency_ns(const struct write_record *rec, uint64_t *ns);

/*
 * How the time of all writes is divided that were seen to come to the same stages, whose facts are known alike: most
 * come to them in the order of the path.
 */
struct time_plan {
	uint8_t nr;		   /* stages, of which the last is STAGE_RETURN; 0: there is no plan */
	uint8_t stages[NR_STAGES]; /* in path order, */
	uint8_t rows[NR_STAGES];   /* and the row of the time until the next of them */
	bool waited;		   /* its time before the first of them is what it waited for the lock */
};

struct time_plan time_plan_of(const struct write_record *rec);
/* write_latency_ns(), write_times() and time_rows() by the plan. false: it came to them in another order. */
bool write_times_planned(const struct write_record *rec, const struct time_plan *plan, uint64_t *latency_ns,
			 uint64_t ns[NR_TIME_ROWS], uint32_t *rows);

#endif
