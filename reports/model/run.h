/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run, to be compared with another: how many of its writes were decided how, and how long they took, in consecutive
 * parts of as many writes. How much these parts differ among each other is the noise of the run (compare.h). What it
 * keeps does not grow with the trace: where there are too many parts, neighbours become one.
 */
#ifndef DIOSCOPE_RUN_H
#define DIOSCOPE_RUN_H

#include "reports/model/histogram.h"
#include "reports/model/key_index.h"
#include "reports/model/mapping.h"
#include "reports/model/summary.h"
#include "reports/model/walk.h"

/* What is counted, in the order in which it is shown: a write may have several. */
enum run_count {
	COUNT_LOCK,				    /* + enum lock_row */
	COUNT_FALLBACK = COUNT_LOCK + NR_LOCK_ROWS, /* through the page cache, whole or in part */
	COUNT_FALLBACK_UNKNOWN,
	COUNT_DURABLE,					/* + enum durability */
	COUNT_MAPPING = COUNT_DURABLE + NR_DURABLE,	/* + enum mapping_row */
	COUNT_FAILED = COUNT_MAPPING + NR_MAPPING_ROWS, /* with an error */
	COUNT_WHY,					/* + enum why */
	NR_COUNTS = COUNT_WHY + NR_WHYS,
};

#define RUN_WHOLE    NR_TIME_ROWS /* beside enum time_row: the latency */
#define NR_RUN_TIMES (NR_TIME_ROWS + 1)

#define RUN_PARTS 64 /* at most; half of it from the moment on that there were so many */

struct run_part {
	size_t writes;
	size_t counts[NR_COUNTS];
	struct histogram times[NR_RUN_TIMES];
};

struct run {
	struct run_part all; /* of which the times are settled in @times */
	struct stage_times times[NR_RUN_TIMES];
	uint64_t bytes;
	struct run_part parts[RUN_PARTS];
	size_t nr, part_writes;
	uint64_t workload; /* the same for runs in which each file was written alike, write after write */
	char *completeness, *kernel;
	bool whole;	 /* complete, and nothing was lost */
	bool lost_known; /* the trace did not break off */
	uint64_t lost;	 /* records */
};

/* 0 or -errno with a sentence; to be released even then. */
int run_load(struct run *run, const char *path, const struct selection *sel, struct progress *progress,
	     struct errmsg *err);
void run_release(struct run *run);

/* "exclusive", "cached pages stayed": what a count is of; "lock", "why buffered": and of which group. */
const char *run_count_name(unsigned int count, char *buf, size_t size);
const char *run_count_group(unsigned int count);
/* "whole write" or the row's. */
const char *run_time_name(unsigned int row);

/*
 * The same for who goes over the writes for something else as well: run_load() is made of these. @run is to be released
 * by run_release() in any case. 0 or -ENOMEM.
 */
struct run_sums {
	struct run *run;
	struct key_index files;
	uint64_t *sums; /* of what was asked, by number of the file */
};
void run_sums_init(struct run_sums *l, struct run *run);
int run_sums_add(struct run_sums *l, const struct look *look);
int run_sums_settle(struct run_sums *l, const struct write_set *frame);
void run_sums_release(struct run_sums *l);

/* And for who has no trace that these writes are of. */
int run_add(struct run *run, const struct look *look);
int run_settle(struct run *run);

#endif
