// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/compare.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define PARTS_MIN 8
#define Z_CHANGED 3.29 /* p < 0.001, two-sided */

const char *compared_name(enum compared compared)
{
	static const char *const names[] = {
		[COMPARED_SAME] = "same",
		[COMPARED_NOISE] = "noise",
		[COMPARED_CHANGED] = "changed",
		[COMPARED_UNKNOWN] = "too few to tell",
	};

	return names[compared];
}

/* --- the test --- */

struct ranked {
	double value;
	bool of_b;
};

static int by_value(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	return a->value < b->value ? -1 : a->value > b->value;
}

/* Those of one value share the mean of their ranks. *@ties grows by t^3 - t. */
static double ranks_of_b(const struct ranked *all, size_t nr, double *ties)
{
	double sum = 0;

	for (size_t i = 0, end; i < nr; i = end) {
		double n, of_b = 0;

		for (end = i; end < nr && all[end].value == all[i].value; end++)
			of_b += all[end].of_b;
		n = (double)(end - i);
		sum += of_b * ((double)i + 1 + (n - 1) / 2);
		*ties += n * n * n - n;
	}
	return sum;
}

double rank_sum_z(const double *a, size_t nr_a, const double *b, size_t nr_b)
{
	double na = (double)nr_a, nb = (double)nr_b, n = na + nb, ties = 0, u, variance, away;
	struct ranked all[2 * RUN_PARTS];
	size_t nr = 0;

	for (size_t i = 0; i < nr_a && nr < 2 * RUN_PARTS; i++)
		all[nr++] = (struct ranked){a[i], false};
	for (size_t i = 0; i < nr_b && nr < 2 * RUN_PARTS; i++)
		all[nr++] = (struct ranked){b[i], true};
	qsort(all, nr, sizeof(*all), by_value);
	u = ranks_of_b(all, nr, &ties) - nb * (nb + 1) / 2 - na * nb / 2;
	variance = na * nb / 12 * (n + 1 - ties / (n * (n - 1)));
	if (!(variance > 0))
		return 0;
	away = fabs(u) > 0.5 ? fabs(u) - 0.5 : 0; /* it moves by steps */
	return copysign(away / sqrt(variance), u);
}

static enum compared judge(const double *a, size_t nr_a, const double *b, size_t nr_b, bool same)
{
	if (same)
		return COMPARED_SAME;
	if (nr_a < PARTS_MIN || nr_b < PARTS_MIN)
		return COMPARED_UNKNOWN;
	return fabs(rank_sum_z(a, nr_a, b, nr_b)) >= Z_CHANGED ? COMPARED_CHANGED : COMPARED_NOISE;
}

/* --- what is tested --- */

static size_t shares(const struct run *run, unsigned int count, double values[RUN_PARTS])
{
	size_t nr = 0;

	for (size_t i = 0; i < run->nr; i++)
		if (run->parts[i].writes == run->part_writes) /* the last may be of a few */
			values[nr++] = (double)run->parts[i].counts[count] / (double)run->parts[i].writes;
	return nr;
}

enum compared compare_count(const struct run *a, const struct run *b, unsigned int count)
{
	double of_a[RUN_PARTS], of_b[RUN_PARTS];
	size_t nr_a = shares(a, count, of_a), nr_b = shares(b, count, of_b);

	return judge(of_a, nr_a, of_b, nr_b, run_share(a, count) == run_share(b, count));
}

/* Times that a part needs for a quantile to mean something. */
static const size_t needed[NR_QUANTILES] = {
	[QUANTILE_P50] = 8,
	[QUANTILE_P90] = 16,
	[QUANTILE_P99] = 100,
	[QUANTILE_P999] = 1000,
};

/* Neighbouring parts together, until there are enough. */
static int quantiles(const struct run *run, unsigned int row, enum quantile q, double values[RUN_PARTS], size_t *nr)
{
	struct histogram sum = {0};
	struct stage_times t;
	int ret = 0;

	*nr = 0;
	for (size_t i = 0; i < run->nr && !ret; i++) {
		ret = histogram_merge(&sum, &run->parts[i].times[row]);
		if (ret || sum.nr < needed[q])
			continue;
		histogram_settle(&sum, &t);
		values[(*nr)++] = (double)t.at_ns[q];
		histogram_release(&sum);
	}
	histogram_release(&sum);
	return ret;
}

int compare_time(const struct run *a, const struct run *b, unsigned int row, enum quantile q, enum compared *result)
{
	double of_a[RUN_PARTS], of_b[RUN_PARTS];
	size_t nr_a, nr_b;

	*result = COMPARED_UNKNOWN;
	if (q == QUANTILE_MAX)
		return 0;
	if (quantiles(a, row, q, of_a, &nr_a) || quantiles(b, row, q, of_b, &nr_b))
		return -ENOMEM;
	*result = judge(of_a, nr_a, of_b, nr_b, a->times[row].at_ns[q] == b->times[row].at_ns[q]);
	return 0;
}

bool compare_same_workload(const struct run *a, const struct run *b)
{
	return a->all.writes == b->all.writes && a->workload == b->workload;
}
