/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Totals over a set, for the text summary and the report's first screen. Each breakdown accounts for every write it
 * is about: what is not known has a row of its own, so the rows add up.
 */
#ifndef DIOSCOPE_SUMMARY_H
#define DIOSCOPE_SUMMARY_H

#include "reports/model/answer.h"
#include "reports/model/fields.h"
#include "reports/model/look.h"
#include "reports/model/mapping.h"
#include "reports/model/set.h"
#include "reports/model/stage_times.h"
#include "reports/model/syncs.h"
#include "reports/model/why.h"

/* How the inode's lock was held; a write is in exactly one. */
enum lock_row {
	LOCK_ROW_SHARED,
	LOCK_ROW_EXCLUSIVE, /* from the start, or not known to have begun shared; why: WHY_GROUP_LOCK */
	LOCK_ROW_UPGRADED,  /* shared, then exclusive; why: likewise */
	LOCK_ROW_REFUSED,   /* RWF_NOWAIT, and it was taken */
	LOCK_ROW_OUTSIDE,   /* the write ended, or went to the page cache, before iomap */
	LOCK_ROW_UNKNOWN,
	NR_LOCK_ROWS,
};

/* What made a write durable that asked for it (O_DSYNC, O_SYNC and what amounts to them). */
enum durability {
	DURABLE_FUA,	/* all data bios carried FUA, no sync */
	DURABLE_FLUSH,	/* sync, and a cache flush */
	DURABLE_COMMIT, /* sync, and a journal commit */
	DURABLE_BOTH,	/* sync, flush and commit */
	DURABLE_SYNC,	/* sync, and whether it flushed or committed is no or not known */
	DURABLE_NONE,	/* neither FUA nor sync */
	DURABLE_FAILED, /* the write failed: nothing to make durable */
	DURABLE_UNKNOWN,
	NR_DURABLE,
};

#define NR_SUBMIT_ROWS	5 /* enum submit_kind, unknown */
#define NR_CONTEXT_ROWS 6 /* enum complete_context, not reached, unknown */

struct summary {
	size_t writes;
	uint64_t bytes;	   /* written, as the callers were told */
	size_t in_flight;  /* writes that were not over at the end: in no other row but how they were submitted and
			      locked */
	size_t unfinished; /* others whose end was not seen */
	size_t submit[NR_SUBMIT_ROWS];
	size_t lock[NR_LOCK_ROWS];
	size_t whys[NR_WHYS];	     /* a write may have several, but of errors one */
	char *failed_as[NR_WHYS];    /* what the first of each reason of an error says: error_format() */
	size_t refused_for[NR_WHYS]; /* reasons of the lock, of writes that would not wait for it */
	size_t mapping[NR_MAPPING_ROWS];
	uint64_t rounds, journal_starts;
	size_t in_rounds, in_journal; /* writes that had more than one round; that started the journal to map */
	size_t fallbacks;	      /* writes that went through the page cache, whole or in part */
	size_t fallbacks_whole;
	size_t fallbacks_unknown; /* writes of which it is not known */
	uint64_t fallback_bytes;
	size_t durable_asked;
	size_t durable[NR_DURABLE];
	size_t zero_heads, zero_tails, zero_unknown; /* writes */
	uint64_t zero_head_bytes, zero_tail_bytes;
	size_t context[NR_CONTEXT_ROWS];
	size_t failed;
	struct error_count {
		int err; /* positive */
		size_t nr;
	} * errors; /* most frequent first */
	size_t nr_errors;
	struct stage_times times[NR_TIME_ROWS]; /* of the writes that spent any there */
	struct stage_times latency;
	struct stage_times held; /* of asynchronous writes: from the call until the submitter could go on; not of
				    those that a worker did */
	size_t leaves_commit[NR_ANSWERS]; /* see commit_reason.h */
	size_t left_to_none;		  /* see commits_left.h; filled in by totals.c */
	struct sync_totals syncs;
	size_t unknown[NR_FACTS]; /* writes in which the fact is not observable */
	size_t unknown_facts;	  /* facts that are not observable in some write */
	uint64_t steps_missing;	  /* rounds and bios counted but not in the set */
};

/* Adding up, one write at a time. What it keeps does not grow with their number. */
struct summary_sums;
struct summary_sums *summary_begin(void);
void summary_free(struct summary_sums *sums);
/* 0 or -ENOMEM. */
int summary_add(struct summary_sums *sums, const struct look *look);
/* Its syncs are those of @syncs, settled. Once: what it has moves to @s. 0 or -ENOMEM: to be released even then. */
int summary_settle(struct summary_sums *sums, const struct sync_totals *syncs, struct summary *s);

/* The same of a whole set. 0 or -ENOMEM. */
int summary_init(struct summary *s, const struct write_set *set);
void summary_release(struct summary *s);

/* Where there are writes of io_uring, below the rows of time: what none of them has. */
#define URING_TIMES_NOTE                                                                                               \
	"no row has what a request of io_uring took until SQPOLL's thread took it, and after the kernel's "            \
	"completion until its submitter saw it (task work)"

/* What summary.held is called in every view. */
#define HELD_LABEL "submitter: call to return"

/* Labels of the rows, for every view. */
const char *submit_row_name(unsigned int row);
const char *lock_row_name(enum lock_row row);
const char *durability_name(enum durability row);
const char *context_row_name(unsigned int row);

/* The rows that a write counts in. */
unsigned int write_submit_row(const struct write_record *rec);
enum lock_row write_lock_row(const struct write_record *rec);
unsigned int write_context_row(const struct write_record *rec);
/* false when the write did not ask for durability. */
bool write_durability(const struct write_record *rec, enum durability *row);

/*
 * How far a set can be believed, in one sentence: "complete: 132 writes recorded, no write lost",
 * "NOT COMPLETE: ...". @complete (may be NULL) is false for all but the first. malloc'ed, NULL when memory is out.
 */
char *set_completeness(const struct write_set *set, bool *complete);

#endif
