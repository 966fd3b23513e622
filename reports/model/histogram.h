/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times, any number of them, in little memory: exactly up to HISTOGRAM_EXACT, then in buckets, 64 to each power of two,
 * whose middle is at most 0.8 % from what is in them. Count, total and maximum are exact always.
 */
#ifndef DIOSCOPE_HISTOGRAM_H
#define DIOSCOPE_HISTOGRAM_H

#include "reports/model/stage_times.h"

#define HISTOGRAM_EXACT 1024

#define HISTOGRAM_SUB_BITS 6
#define HISTOGRAM_SUBS	   (1u << HISTOGRAM_SUB_BITS) /* buckets in an octave */

/* Counts of the times from 2^i on, where there are any. What is hot stands close together: carries are rare. */
struct histogram_buckets {
	struct histogram_octave {
		uint32_t counts[HISTOGRAM_SUBS];
		uint32_t carried[HISTOGRAM_SUBS];
	} * octaves[64];
};

/* All zero: empty. */
struct histogram {
	size_t nr;
	uint64_t total_ns, max_ns;
	uint64_t *exact; /* nr times, while there are no buckets */
	struct histogram_buckets *buckets;
};

/* Below HISTOGRAM_SUBS a bucket is one nanosecond; else these are the bits behind the first one. */
static inline unsigned int histogram_bucket(uint64_t ns)
{
	unsigned int octave = 63u - (unsigned int)__builtin_clzll(ns | 1);
	unsigned int shift = octave > HISTOGRAM_SUB_BITS ? octave - HISTOGRAM_SUB_BITS : 0;

	return octave * HISTOGRAM_SUBS + (unsigned int)(ns >> shift & (HISTOGRAM_SUBS - 1));
}
void histogram_release(struct histogram *h);
static inline void histogram_add_sums(struct histogram *h, uint64_t ns)
{
	h->nr++;
	h->total_ns += ns;
	h->max_ns = ns > h->max_ns ? ns : h->max_ns;
}
/* These four: 0 or -ENOMEM. */
int histogram_add_first(struct histogram *h, unsigned int bucket, uint64_t ns);
/* The same, of @bucket = histogram_bucket(@ns), for who adds a time to several. */
static inline int histogram_add_at(struct histogram *h, unsigned int bucket, uint64_t ns)
{
	struct histogram_octave *o = h->buckets ? h->buckets->octaves[bucket / HISTOGRAM_SUBS] : NULL;

	if (!o)
		return histogram_add_first(h, bucket, ns);
	if (!++o->counts[bucket % HISTOGRAM_SUBS])
		o->carried[bucket % HISTOGRAM_SUBS]++;
	histogram_add_sums(h, ns);
	return 0;
}
static inline int histogram_add(struct histogram *h, uint64_t ns)
{
	return histogram_add_at(h, histogram_bucket(ns), ns);
}
int histogram_merge(struct histogram *to, const struct histogram *from);
/* What is to be shown; sorts what is exact. */
void histogram_settle(struct histogram *h, struct stage_times *t);

#endif
