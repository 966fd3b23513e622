/* SPDX-License-Identifier: GPL-2.0-only */
/* All that is compared of two runs (compare.h), and what of it is worth a line: for every view. */
#ifndef DIOSCOPE_COMPARISON_H
#define DIOSCOPE_COMPARISON_H

#include "reports/model/compare.h"

#define NR_COMPARED 4 /* quantiles: all but the longest time, which is one write's */

extern const enum quantile compared_quantiles[NR_COMPARED];

/* A quantile of a row of time in both. */
struct shift {
	enum compared compared;
	double percent; /* of A; NAN: A has none */
};

struct comparison {
	const struct run *a, *b;
	enum compared counts[NR_COUNTS];
	struct shift shifts[NR_RUN_TIMES][NR_COMPARED];
};

/* Both must outlive it. 0 or -ENOMEM. */
int comparison_init(struct comparison *c, const struct run *a, const struct run *b);
/* How many of a hundred writes more in B. */
double comparison_points(const struct comparison *c, unsigned int count);
/* More than noise, and than what is worth a line. */
bool comparison_count_changed(const struct comparison *c, unsigned int count);
bool shift_changed(const struct shift *s);
/* What the writes of one run came to, a hundredth of them at least, and none of the other. */
bool comparison_time_is_of_one(const struct comparison *c, unsigned int row);
/* Rows that changed: what makes most of the change to a write first, all of it before its parts. How many. */
size_t comparison_times(const struct comparison *c, unsigned int rows[NR_RUN_TIMES]);
/* What a write of the run spends in the row on average, those too that do not come to it. */
double run_mean_ns(const struct run *run, unsigned int row);

#endif
