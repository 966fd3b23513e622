/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writes of a set by file, by process, or by lock and reason: how many there were and where their time went. Every
 * write is in one row, so rows add up.
 */
#ifndef DIOSCOPE_BREAKDOWN_H
#define DIOSCOPE_BREAKDOWN_H

#include "reports/model/look.h"
#include "reports/model/set.h"
#include "reports/model/stage_times.h"
#include "reports/model/syncs.h"

enum breakdown_kind {
	BY_FILE,
	BY_PROCESS,
	BY_REASON,
	NR_BREAKDOWNS,
};

/* What is told of each row: a count, and times of those of it whose time is known. */
enum breakdown_part {
	PART_ALL,	/* its writes: their latency */
	PART_LOCK,	/* those that waited for i_rwsem: so long */
	PART_DRAIN,	/* those that waited in inode_dio_wait: likewise */
	PART_EXCLUSIVE, /* those that held i_rwsem exclusively: their latency */
	PART_FALLBACK,	/* those that went through the page cache, whole or in part: their latency */
	PART_SYNC,	/* fsync and fdatasync of the application; there are none by reason */
	NR_PARTS,
};

struct breakdown_row {
	char *label; /* what a terminal could obey is escaped */
	uint64_t bytes;
	uint64_t fallback_bytes;
	size_t nr[NR_PARTS];
	size_t unknown[NR_PARTS]; /* writes of which it is not known whether they are of this part */
	struct stage_times times[NR_PARTS];
};

struct breakdown {
	enum breakdown_kind kind;
	struct breakdown_row *rows; /* what took the most time first */
	size_t nr;
	size_t writes;
	uint64_t total_ns; /* of all writes */
};

/* Adding up, one write at a time. What it keeps grows with the rows, not with the writes. */
struct breakdown_sums;
struct breakdown_sums *breakdown_begin(enum breakdown_kind kind);
void breakdown_free(struct breakdown_sums *sums);
/* 0 or -ENOMEM. */
int breakdown_add(struct breakdown_sums *sums, const struct look *look);
/* With the syncs to the same; @set has the names. 0 or -ENOMEM; @b is to be released even then. */
int breakdown_settle(struct breakdown_sums *sums, const struct sync_sums *syncs, const struct write_set *set,
		     struct breakdown *b);

/* The same of a whole set. 0 or -ENOMEM; to be released even then. */
int breakdown_init(struct breakdown *b, const struct write_set *set, enum breakdown_kind kind);
void breakdown_release(struct breakdown *b);

/* "file", "process", "reason": as --by takes it. */
const char *breakdown_word(enum breakdown_kind kind);
/* -EINVAL for another. */
int breakdown_parse(const char *word, enum breakdown_kind *kind);
/* "by file", "by lock and reason": a heading, for every view. */
const char *breakdown_title(enum breakdown_kind kind);
/* "waited for the lock", for every view. */
const char *breakdown_part_name(enum breakdown_part part);

#endif
