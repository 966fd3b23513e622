// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/comparison.h"

#include <errno.h>
#include <math.h>

/* Less is no change worth a line, whatever the test says: a histogram is exact to 0.8 %. */
#define POINTS_WORTH  0.1
#define PERCENT_WORTH 2.0

const enum quantile compared_quantiles[NR_COMPARED] = {QUANTILE_P50, QUANTILE_P90, QUANTILE_P99, QUANTILE_P999};

double comparison_points(const struct comparison *c, unsigned int count)
{
	return run_share(c->b, count) - run_share(c->a, count);
}

static int compare_shift(struct comparison *c, unsigned int row, size_t i)
{
	enum quantile q = compared_quantiles[i];
	double before = (double)c->a->times[row].at_ns[q], now = (double)c->b->times[row].at_ns[q];
	struct shift *s = &c->shifts[row][i];

	s->percent = before > 0 ? 100.0 * (now - before) / before : (double)NAN;
	return compare_time(c->a, c->b, row, q, &s->compared);
}

int comparison_init(struct comparison *c, const struct run *a, const struct run *b)
{
	int ret = 0;

	*c = (struct comparison){.a = a, .b = b};
	for (unsigned int i = 0; i < NR_COUNTS; i++)
		c->counts[i] = compare_count(a, b, i);
	for (unsigned int row = 0; row < NR_RUN_TIMES; row++)
		for (size_t i = 0; i < NR_COMPARED && !ret; i++)
			ret = compare_shift(c, row, i);
	return ret;
}

bool comparison_count_changed(const struct comparison *c, unsigned int count)
{
	return c->counts[count] == COMPARED_CHANGED && fabs(comparison_points(c, count)) >= POINTS_WORTH;
}

bool shift_changed(const struct shift *s)
{
	return s->compared == COMPARED_CHANGED && !(fabs(s->percent) < PERCENT_WORTH);
}

bool comparison_time_is_of_one(const struct comparison *c, unsigned int row)
{
	size_t a = c->a->times[row].nr, b = c->b->times[row].nr;

	return (!a && b * 100 >= c->b->all.writes && b) || (!b && a * 100 >= c->a->all.writes && a);
}

static bool time_changed(const struct comparison *c, unsigned int row)
{
	if (comparison_time_is_of_one(c, row))
		return true;
	for (size_t i = 0; i < NR_COMPARED; i++)
		if (shift_changed(&c->shifts[row][i]))
			return true;
	return false;
}

double run_mean_ns(const struct run *run, unsigned int row)
{
	return run->all.writes ? (double)run->times[row].total_ns / (double)run->all.writes : 0;
}

/* What it adds to a write, or takes from it. */
static double added_ns(const struct comparison *c, unsigned int row)
{
	return fabs(run_mean_ns(c->b, row) - run_mean_ns(c->a, row));
}

size_t comparison_times(const struct comparison *c, unsigned int rows[NR_RUN_TIMES])
{
	size_t nr = 0, at;

	for (unsigned int row = NR_RUN_TIMES; row-- > 0;) {
		if (!time_changed(c, row))
			continue;
		for (at = nr++; at && added_ns(c, rows[at - 1]) < added_ns(c, row); at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
	}
	return nr;
}
