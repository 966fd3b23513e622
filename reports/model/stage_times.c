// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/stage_times.h"

#include <stdlib.h>

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int i = ns ? 63u - (unsigned int)__builtin_clzll(ns) : 0;

	return i < NR_BUCKETS ? i : NR_BUCKETS - 1;
}

static const struct {
	const char *name;
	unsigned int permille;
} quantiles[NR_QUANTILES] = {
	[QUANTILE_P50] = {"p50", 500},	  [QUANTILE_P90] = {"p90", 900},  [QUANTILE_P99] = {"p99", 990},
	[QUANTILE_P999] = {"p99.9", 999}, [QUANTILE_MAX] = {"max", 1000},
};

const char *quantile_name(enum quantile q)
{
	return quantiles[q].name;
}

size_t quantile_rank(size_t nr, enum quantile q)
{
	return (nr * quantiles[q].permille + 999) / 1000;
}

void stage_times_init(struct stage_times *t, uint64_t *ns, size_t nr)
{
	*t = (struct stage_times){.nr = nr};
	if (!nr)
		return;
	qsort(ns, nr, sizeof(*ns), by_time);
	for (int q = 0; q < NR_QUANTILES; q++)
		t->at_ns[q] = ns[quantile_rank(nr, (enum quantile)q) - 1];
	for (size_t i = 0; i < nr; i++) {
		t->total_ns += ns[i];
		t->buckets[bucket_of(ns[i])]++;
	}
}
