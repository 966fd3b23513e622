// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/histogram.h"

#include <errno.h>
#include <stdlib.h>

#include "user/base/array.h"

#define SUB_BITS HISTOGRAM_SUB_BITS
#define NR_SUB	 HISTOGRAM_SUBS

static uint64_t middle_of(unsigned int octave, unsigned int sub)
{
	unsigned int shift = octave > SUB_BITS ? octave - SUB_BITS : 0;
	uint64_t first = (octave >= SUB_BITS ? (uint64_t)NR_SUB + sub : sub) << shift;

	return first + ((1ull << shift) >> 1);
}

/* --- adding --- */

void histogram_release(struct histogram *h)
{
	for (int i = 0; h->buckets && i < 64; i++)
		free(h->buckets->octaves[i]);
	free(h->buckets);
	free(h->exact);
	*h = (struct histogram){0};
}

static uint64_t count_of(const struct histogram_octave *o, unsigned int sub)
{
	return (uint64_t)o->carried[sub] << 32 | o->counts[sub];
}

static int count(struct histogram_buckets *b, unsigned int octave, unsigned int sub, uint64_t nr)
{
	struct histogram_octave **o = &b->octaves[octave];

	if (!*o && !(*o = calloc(1, sizeof(**o))))
		return -ENOMEM;
	nr += count_of(*o, sub);
	(*o)->counts[sub] = (uint32_t)nr;
	(*o)->carried[sub] = (uint32_t)(nr >> 32);
	return 0;
}

static int count_one(struct histogram_buckets *b, unsigned int bucket)
{
	return count(b, bucket / NR_SUB, bucket % NR_SUB, 1);
}

/* From now on no time is kept by itself. */
static int use_buckets(struct histogram *h)
{
	int ret = 0;

	if (h->buckets)
		return 0;
	h->buckets = calloc(1, sizeof(*h->buckets));
	if (!h->buckets)
		return -ENOMEM;
	for (size_t i = 0; i < h->nr && !ret; i++)
		ret = count_one(h->buckets, histogram_bucket(h->exact[i]));
	free(h->exact);
	h->exact = NULL;
	return ret;
}

static int keep(struct histogram *h, uint64_t ns)
{
	uint64_t *exact = array_grow(h->exact, h->nr, sizeof(*exact));

	if (!exact)
		return -ENOMEM;
	h->exact = exact;
	exact[h->nr] = ns;
	return 0;
}

int histogram_add_first(struct histogram *h, unsigned int bucket, uint64_t ns)
{
	int ret = h->nr == HISTOGRAM_EXACT ? use_buckets(h) : 0;

	if (!ret)
		ret = h->buckets ? count_one(h->buckets, bucket) : keep(h, ns);
	if (ret)
		return ret;
	histogram_add_sums(h, ns);
	return 0;
}

static int merge_buckets(struct histogram *to, const struct histogram *from)
{
	int ret = use_buckets(to);

	for (unsigned int i = 0; i < 64 * NR_SUB && !ret; i++) {
		const struct histogram_octave *o = from->buckets->octaves[i / NR_SUB];

		if (o && count_of(o, i % NR_SUB))
			ret = count(to->buckets, i / NR_SUB, i % NR_SUB, count_of(o, i % NR_SUB));
	}
	to->nr += from->nr;
	to->total_ns += from->total_ns;
	to->max_ns = from->max_ns > to->max_ns ? from->max_ns : to->max_ns;
	return ret;
}

int histogram_merge(struct histogram *to, const struct histogram *from)
{
	int ret = 0;

	if (from->buckets)
		return merge_buckets(to, from);
	for (size_t i = 0; i < from->nr && !ret; i++)
		ret = histogram_add(to, from->exact[i]);
	return ret;
}

/* --- showing --- */

static void settle_exact(struct histogram *h, struct stage_times *t)
{
	if (h->nr)
		stage_times_init(t, h->exact, h->nr);
}

/* The quantile that ends where @seen of all have been seen, in a bucket whose middle is @ns. */
static void settle_quantiles(const struct histogram *h, struct stage_times *t, size_t seen, uint64_t ns, int *q)
{
	while (*q < QUANTILE_MAX && quantile_rank(h->nr, (enum quantile) * q) <= seen)
		t->at_ns[(*q)++] = ns < h->max_ns ? ns : h->max_ns;
}

static void settle_buckets(const struct histogram *h, struct stage_times *t)
{
	size_t seen = 0;
	int q = 0;

	for (unsigned int i = 0; i < 64 * NR_SUB; i++) {
		const struct histogram_octave *o = h->buckets->octaves[i / NR_SUB];
		uint64_t nr = o ? count_of(o, i % NR_SUB) : 0;

		if (!nr)
			continue;
		seen += nr;
		t->buckets[i / NR_SUB < NR_BUCKETS ? i / NR_SUB : NR_BUCKETS - 1] += nr;
		settle_quantiles(h, t, seen, middle_of(i / NR_SUB, i % NR_SUB), &q);
	}
}

void histogram_settle(struct histogram *h, struct stage_times *t)
{
	*t = (struct stage_times){.nr = h->nr, .total_ns = h->total_ns};
	if (!h->buckets)
		return settle_exact(h, t);
	settle_buckets(h, t);
	t->at_ns[QUANTILE_MAX] = h->max_ns;
}
