// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "reports/model/histogram.h"
#include "tests/unit/test.h"

/* Of @nr times, each a little more than half again the one before and far apart: what both ways say of them. */
static uint64_t spread(size_t i)
{
	uint64_t ns = 3 + i * i * 17 % 1000;

	return ns << i % 30;
}

static void fill(struct histogram *h, uint64_t *ns, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		ns[i] = spread(i);
		CHECK_EQ(histogram_add(h, ns[i]), 0);
	}
}

static double error_of(uint64_t got, uint64_t exact)
{
	double off = (double)got - (double)exact;

	return (off < 0 ? -off : off) / (double)exact;
}

static void check_near(const struct stage_times *got, const struct stage_times *exact, double most)
{
	CHECK_EQ(got->nr, exact->nr);
	CHECK_EQ(got->total_ns, exact->total_ns);
	CHECK_EQ(got->at_ns[QUANTILE_MAX], exact->at_ns[QUANTILE_MAX]);
	for (int q = 0; q < QUANTILE_MAX; q++)
		CHECK(error_of(got->at_ns[q], exact->at_ns[q]) <= most);
	for (int i = 0; i < NR_BUCKETS; i++)
		CHECK_EQ(got->buckets[i], exact->buckets[i]);
}

static void compare(size_t nr, double most)
{
	uint64_t *ns = malloc(nr * sizeof(*ns));
	struct histogram h = {0};
	struct stage_times got, exact;

	fill(&h, ns, nr);
	histogram_settle(&h, &got);
	stage_times_init(&exact, ns, nr);
	check_near(&got, &exact, most);
	histogram_release(&h);
	free(ns);
}

TEST(few_are_exact)
{
	compare(1, 0);
	compare(100, 0);
	compare(HISTOGRAM_EXACT, 0);
}

TEST(many_are_within_one_percent)
{
	compare(HISTOGRAM_EXACT + 1, 0.008);
	compare(100000, 0.008);
}

TEST(none)
{
	struct histogram h = {0};
	struct stage_times t;

	histogram_settle(&h, &t);
	CHECK_EQ(t.nr, 0);
	CHECK_EQ(t.at_ns[QUANTILE_P50], 0);
	histogram_release(&h);
}

/* No time at all, and more of it than there is. */
TEST(the_ends)
{
	struct histogram h = {0};
	struct stage_times t;

	for (int i = 0; i < 3000; i++)
		CHECK_EQ(histogram_add(&h, i % 2 ? UINT64_MAX : 0), 0);
	histogram_settle(&h, &t);
	CHECK_EQ(t.at_ns[QUANTILE_P50], 0);
	CHECK(error_of(t.at_ns[QUANTILE_P90], UINT64_MAX) <= 0.008);
	CHECK(t.at_ns[QUANTILE_MAX] == UINT64_MAX);
	CHECK_EQ(t.buckets[NR_BUCKETS - 1], 1500);
	histogram_release(&h);
}

/* Exact with exact, exact with buckets, and both ways round. */
TEST(merging_is_adding)
{
	static const size_t sizes[][2] = {{10, 20}, {600, 600}, {10, 5000}, {5000, 10}, {3000, 4000}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct histogram a = {0}, b = {0}, both = {0};
		struct stage_times merged, added;
		uint64_t ns[8192];

		fill(&a, ns, sizes[i][0]);
		fill(&b, ns, sizes[i][1]);
		fill(&both, ns, sizes[i][0]);
		fill(&both, ns, sizes[i][1]);
		CHECK_EQ(histogram_merge(&a, &b), 0);
		histogram_settle(&a, &merged);
		histogram_settle(&both, &added);
		check_near(&merged, &added, 0);
		histogram_release(&a);
		histogram_release(&b);
		histogram_release(&both);
	}
}

/* Added to itself again and again: a bucket holds more than 32 bits count. */
TEST(more_than_four_billion_in_a_bucket)
{
	struct histogram h = {0};
	struct stage_times t;
	uint64_t nr = 3000;

	for (uint64_t i = 0; i < nr; i++)
		CHECK_EQ(histogram_add(&h, i % 3 ? 1000 : 5), 0);
	for (; nr < 1ull << 40; nr *= 2)
		CHECK_EQ(histogram_merge(&h, &h), 0);
	h.buckets->octaves[2]->counts[5] = UINT32_MAX; /* as it happens to be, one before it turns */
	CHECK_EQ(histogram_add(&h, 5), 0);
	histogram_settle(&h, &t);
	CHECK_EQ(t.nr, nr + 1);
	CHECK_EQ(t.buckets[9], nr / 3 * 2);
	CHECK_EQ(t.buckets[2], ((nr / 3) | UINT32_MAX) + 1);
	CHECK_EQ(t.at_ns[QUANTILE_P50], 1000);
	histogram_release(&h);
}

TEST_MAIN()
