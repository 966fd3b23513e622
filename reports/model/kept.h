/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which writes of a trace a view keeps that cannot hold all: the slowest of each reason and of all, those that failed,
 * those that went through the page cache, and a uniform sample. One pass, in memory that does not grow with the trace;
 * a trace of no more writes than the sample takes is kept whole. The same trace gives the same sample.
 */
#ifndef DIOSCOPE_KEPT_H
#define DIOSCOPE_KEPT_H

#include "reports/model/look.h"

/* Why a write was kept: bits. In words: kept_name(). */
enum kept_group {
	KEPT_SAMPLE,
	KEPT_SLOWEST, /* of all */
	KEPT_REASON,  /* the slowest of a reason */
	KEPT_FAILED,
	KEPT_BUFFERED,
	NR_KEPT_GROUPS,
};

/* How many of each; of failed and buffered ones a uniform sample where there are more. */
struct kept_limits {
	size_t sample, slowest, by_reason, failed, buffered;
};

/* At most so many of a write's steps are kept. */
#define KEPT_STEPS 64

struct kept_write {
	struct write write; /* of no class; owns its steps */
	uint32_t steps_cut; /* those that were not kept */
	uint32_t why;	    /* 1 << enum kept_group, a mask; of use once it is settled */
	uint32_t groups;    /* that it is in */
};

struct kept;

struct kept *kept_new(const struct kept_limits *limits);
void kept_free(struct kept *k);
/* 0 or -ENOMEM. */
int kept_offer(struct kept *k, const struct look *look);
/* How many of a group there were, kept or not; KEPT_REASON: of none in particular. */
uint64_t kept_of(const struct kept *k, enum kept_group group);
/*
 * All that were kept, by entry, *nr of them: malloc'ed, to be freed by kept_list_free(). Once; NULL when memory is out.
 */
struct kept_write *kept_settle(struct kept *k, size_t *nr);
void kept_list_free(struct kept_write *list, size_t nr);
/* "sample", "slowest of a reason": for every view. */
const char *kept_name(enum kept_group group);

#endif
