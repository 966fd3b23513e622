/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two runs: what differs, and whether it is more than noise. Shares of decisions and quantiles of times are compared.
 *
 * The test. Writes of a run are not independent of each other: they come in bursts, a commit takes them all. So it is
 * not writes that are counted as a sample, but consecutive parts of each run (run.h), 8 to 64 of them, and of each part
 * the share or the quantile. Whether these are larger in one run than in the other is told by the rank-sum test of Mann
 * and Whitney, two-sided, with ties, by the normal approximation, at p < 0.001, as there are many comparisons. A
 * quantile needs parts in which it means something: 100 times for p99, 1000 for p99.9. With fewer than 8 parts nothing
 * is said to be more than noise, nor to be noise. One run of each says nothing of how two runs of the same kind differ:
 * a disk that is slower on another day is a difference.
 */
#ifndef DIOSCOPE_COMPARE_H
#define DIOSCOPE_COMPARE_H

#include "reports/model/run.h"

#define COMPARE_TEST                                                                                                   \
	"Mann-Whitney rank-sum test, two-sided, p < 0.001, of the value in 8 to 64 consecutive parts of each run"

enum compared {
	COMPARED_SAME,
	COMPARED_NOISE,	  /* it differs, as its parts do among each other */
	COMPARED_CHANGED, /* more than that */
	COMPARED_UNKNOWN, /* too few writes to tell */
};

/* How the share of writes changed. */
enum compared compare_count(const struct run *a, const struct run *b, unsigned int count);
/* How a quantile of a row of time did; QUANTILE_MAX is always unknown. 0 or -ENOMEM. */
int compare_time(const struct run *a, const struct run *b, unsigned int row, enum quantile q, enum compared *result);
/* Whether they did the same: each file was written alike, write after write. */
bool compare_same_workload(const struct run *a, const struct run *b);
/* "changed", "noise", "too few writes to tell", "same": for every view. */
const char *compared_name(enum compared compared);

/* The test by itself. z: how many deviations b is above a; 0 where all are the same. */
double rank_sum_z(const double *a, size_t nr_a, const double *b, size_t nr_b);

/* In percent, of writes. */
static inline double run_share(const struct run *run, unsigned int count)
{
	return run->all.writes ? 100.0 * (double)run->all.counts[count] / (double)run->all.writes : 0;
}

#endif
