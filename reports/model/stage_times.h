/* SPDX-License-Identifier: GPL-2.0-only */
/* Many times as a few numbers: total, percentiles and a histogram. */
#ifndef DIOSCOPE_STAGE_TIMES_H
#define DIOSCOPE_STAGE_TIMES_H

#include <stddef.h>
#include <stdint.h>

#define NR_BUCKETS 40 /* bucket i: 2^i <= ns < 2^(i+1); bucket 0 has 0 too, the last has all above */

enum quantile {
	QUANTILE_P50,
	QUANTILE_P90,
	QUANTILE_P99,
	QUANTILE_P999,
	QUANTILE_MAX,
	NR_QUANTILES,
};

/* Times of one stage, or of the whole write. */
struct stage_times {
	size_t nr; /* writes in which it was seen */
	uint64_t total_ns;
	uint64_t at_ns[NR_QUANTILES];
	size_t buckets[NR_BUCKETS];
};

/* Of @nr times, which it sorts. */
void stage_times_init(struct stage_times *t, uint64_t *ns, size_t nr);
/* Nearest rank: the first of so many in order that is no less than the quantile, counted from 1. */
size_t quantile_rank(size_t nr, enum quantile q);
/* "p99.9" and the others, for every view. */
const char *quantile_name(enum quantile q);

#endif
