/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a page wants of the writes of a trace beside their totals, gathered in the same pass: which of them it shows,
 * when they began, and the slowest calls of fsync.
 */
#ifndef DIOSCOPE_PAGE_SUMS_H
#define DIOSCOPE_PAGE_SUMS_H

#include "reports/model/kept.h"
#include "reports/model/timeline.h"
#include "reports/text/totals.h"

#define PAGE_SYNCS 64 /* the slowest are shown one by one */

/* A page of so many writes, of which no two are alike, is below 6 MiB. */
#define PAGE_KEPT                                                                                                      \
	{                                                                                                              \
		.sample = 10000, .slowest = 500, .by_reason = 100, .failed = 2000, .buffered = 2000                    \
	}

struct page_sums {
	struct timeline *timeline;
	struct kept *kept;
	struct sync_record syncs[PAGE_SYNCS]; /* the slowest last */
	size_t nr_syncs;
};

/* 0 or -ENOMEM; to be released even then. */
int page_sums_init(struct page_sums *s, const struct kept_limits *limits);
void page_sums_release(struct page_sums *s);
/* 0 or -ENOMEM. */
int page_sums_add(struct page_sums *s, const struct look *look);
void page_sums_add_sync(struct page_sums *s, const struct sync_record *sync);
/* For totals_load(); @s must outlive it. */
struct onlooker page_sums_onlooker(struct page_sums *s);

#endif
