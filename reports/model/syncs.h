/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsync and fdatasync of the application on files that were written directly. That is where the time of those goes who
 * do not ask for durability in the write itself.
 */
#ifndef DIOSCOPE_SYNCS_H
#define DIOSCOPE_SYNCS_H

#include "reports/model/answer.h"
#include "reports/model/histogram.h"
#include "reports/model/key_index.h"
#include "reports/model/set.h"
#include "reports/model/stage_times.h"

#define NR_SYNC_ROWS 2 /* fdatasync, fsync */

/* What made durable what was there to be; a call is in exactly one. */
enum sync_means {
	SYNC_BY_COMMIT, /* it waited for a commit of the journal, which flushes */
	SYNC_BY_FLUSH,	/* there was nothing to commit: a flush of the device's cache */
	SYNC_BY_NOTHING,
	SYNC_BY_UNKNOWN,
	NR_SYNC_MEANS,
};

struct sync_totals {
	struct sync_row {
		size_t nr;
		size_t failed;
		size_t means[NR_SYNC_MEANS];
		struct stage_times times;
	} rows[NR_SYNC_ROWS];
	size_t nr;
	uint64_t total_ns;
	uint64_t lost;	  /* the ring buffer was full: of whatever file */
	size_t elsewhere; /* on files of which no direct write was recorded: nothing else is said of them */
};

/*
 * Adding up, one at a time, by file and process: only after the last write is it known which files were written. What
 * it keeps grows with these, not with the number of syncs.
 */
struct sync_group {
	struct sync_record of; /* its file and process are those of all of the group */
	struct sync_group_row {
		size_t nr, failed;
		size_t means[NR_SYNC_MEANS];
		struct histogram times;
	} rows[NR_SYNC_ROWS];
};

struct sync_sums {
	struct key_index keys;
	struct sync_group *groups;
};

size_t sync_group_nr(const struct sync_group *group);
/* As if it had none. */
void sync_group_clear(struct sync_group *group);
void sync_sums_init(struct sync_sums *sums);
void sync_sums_release(struct sync_sums *sums);
/* These two: 0 or -ENOMEM. */
int sync_sums_add(struct sync_sums *sums, const struct sync_record *sync);
int sync_sums_settle(const struct sync_sums *sums, const struct write_set *set, struct sync_totals *totals);

/* The same of a whole set. 0 or -ENOMEM. Nothing is to be released. */
int sync_totals_init(struct sync_totals *totals, const struct write_set *set);
/* "fdatasync", "fsync": for every view. */
const char *sync_row_name(unsigned int row);
unsigned int sync_row_of(const struct sync_record *sync);

enum sync_means sync_means(const struct sync_record *sync);
const char *sync_means_name(enum sync_means means);

/* A direct write to its file is in the trace, or was before some were selected. */
bool sync_is_of_a_written_file(const struct write_set *set, const struct sync_record *sync);
uint64_t sync_ns(const struct sync_record *sync);
/* Did it flush the device's cache itself? Observed. */
enum answer sync_flushed(const struct sync_record *sync);
/*
 * Did it wait for a commit of the journal? Inferred: with a journal and barriers, one that succeeded without a flush of
 * its own did (see infer_commit()).
 */
enum answer sync_committed(const struct sync_record *sync);

#endif
