/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times, any number of them, in little memory: exactly up to HISTOGRAM_EXACT, then in buckets, 64 to each power of two,
 * whose middle is at most 0.8 % from what is in them. Count, total and maximum are exact always.
 */
#ifndef DIOSCOPE_HISTOGRAM_H
#define DIOSCOPE_HISTOGRAM_H

#include "reports/model/stage_times.h"

#define HISTOGRAM_EXACT 1024

struct histogram_buckets;

/* All zero: empty. */
struct histogram {
	size_t nr;
	uint64_t total_ns, max_ns;
	uint64_t *exact; /* nr times, while there are no buckets */
	struct histogram_buckets *buckets;
};

unsigned int histogram_bucket(uint64_t ns);
void histogram_release(struct histogram *h);
/* These three: 0 or -ENOMEM. */
int histogram_add(struct histogram *h, uint64_t ns);
/* The same, of @bucket = histogram_bucket(@ns), for who adds a time to several. */
int histogram_add_at(struct histogram *h, unsigned int bucket, uint64_t ns);
int histogram_merge(struct histogram *to, const struct histogram *from);
/* What is to be shown; sorts what is exact. */
void histogram_settle(struct histogram *h, struct stage_times *t);

#endif
