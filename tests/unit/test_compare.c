// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "reports/model/fail_if.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* --- the test by itself --- */

static double mean_rank_above(const double *x, const double *y, int n)
{
	double u = 0;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < n; k++)
			u += y[i] > x[k] ? 1 : y[i] == x[k] ? 0.5 : 0;
	return u - n * n / 2.0;
}

/* Its deviation, from all ways to deal the values out to two sides, which is what the formula stands for. */
static double deviation_of(const double *all, int n)
{
	double sum = 0;
	int ways = 0;

	for (int mask = 0; mask < 1 << 2 * n; mask++) {
		double x[8], y[8], u;
		int nx = 0, ny = 0;

		if (__builtin_popcount((unsigned int)mask) != n)
			continue;
		for (int i = 0; i < 2 * n; i++)
			*(mask >> i & 1 ? &y[ny++] : &x[nx++]) = all[i];
		u = mean_rank_above(x, y, n);
		sum += u * u;
		ways++;
	}
	return sqrt(sum / ways);
}

TEST(rank_sum_is_what_all_permutations_say)
{
	static const double cases[][8] = {
		{1, 2, 3, 4, 5, 6, 7, 8},
		{1, 3, 5, 7, 2, 4, 6, 8},
		{1, 1, 2, 2, 2, 2, 3, 3},
		{5, 5, 5, 1, 5, 5, 5, 5},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const double *a = cases[i], *b = a + 4;
		double u = mean_rank_above(a, b, 4), away = fabs(u) > 0.5 ? fabs(u) - 0.5 : 0;

		CHECK(fabs(fabs(rank_sum_z(a, 4, b, 4)) - away / deviation_of(a, 4)) < 1e-9);
		CHECK(rank_sum_z(a, 4, b, 4) == -rank_sum_z(b, 4, a, 4));
	}
	CHECK(rank_sum_z((double[]){3, 3, 3}, 3, (double[]){3, 3, 3}, 3) == 0);
}

static uint64_t chance_state = 88172645463325252ull;

static double chance(void)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (double)(chance_state >> 11) / 9007199254740992.0;
}

/* Of 10000 pairs of one kind 10 are expected. */
TEST(what_is_of_one_kind_is_seldom_a_change)
{
	int wrong = 0, found = 0;

	for (int trial = 0; trial < 10000; trial++) {
		double a[32], b[32], more[32];

		for (int i = 0; i < 32; i++) {
			a[i] = -log(1 - chance());
			b[i] = -log(1 - chance());
			more[i] = 10 * -log(1 - chance());
		}
		wrong += fabs(rank_sum_z(a, 32, b, 32)) >= 3.29;
		found += fabs(rank_sum_z(a, 32, more, 32)) >= 3.29;
	}
	CHECK(wrong <= 25);
	CHECK(found >= 9000);
}

/* --- runs --- */

struct kind {
	enum lock_mode lock;
	uint64_t device_ns; /* and up to a half more */
};

static struct run *run_of(size_t nr, const struct kind *kind)
{
	struct run *run = calloc(1, sizeof(*run));
	struct sample s;

	for (size_t i = 0; i < nr; i++) {
		struct write w;
		struct look look;

		sample_init(&s, i + 1, "f", (int64_t)i * 4096, 4096);
		s.rec.lock = (uint8_t)kind->lock;
		s.rec.stage_ns[STAGE_COMPLETE] = s.rec.stage_ns[STAGE_DEVICE] + kind->device_ns +
						 (uint64_t)(chance() * (double)kind->device_ns / 2);
		s.rec.stage_ns[STAGE_ENDED] = 0;
		s.rec.stage_ns[STAGE_RETURN] = s.rec.stage_ns[STAGE_COMPLETE] + 500;
		w = (struct write){.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
		look_at(&look, &w);
		CHECK(!run_add(run, &look));
	}
	CHECK(!run_settle(run));
	run->lost_known = true;
	return run;
}

static void run_free(struct run *run)
{
	run_release(run);
	free(run);
}

static enum compared compare_p99(const struct run *a, const struct run *b)
{
	enum compared result;

	CHECK(!compare_time(a, b, RUN_WHOLE, QUANTILE_P99, &result));
	return result;
}

TEST(parts_are_few_and_all_of_it)
{
	static const struct kind kind = {LOCK_SHARED, 10000};

	for (size_t nr = 0; nr <= 3000; nr += nr < 20 ? 1 : 493) {
		struct run *run = run_of(nr, &kind);
		size_t sum = 0;

		for (size_t i = 0; i < run->nr; i++)
			sum += run->parts[i].writes;
		CHECK_EQ(sum, nr);
		CHECK_EQ(run->all.writes, nr);
		CHECK_EQ(run->times[RUN_WHOLE].nr, nr);
		CHECK(run->nr <= RUN_PARTS);
		CHECK(nr < 1000 || run->nr >= RUN_PARTS / 2);
		run_free(run);
	}
}

TEST(a_change_is_told_from_noise)
{
	struct run *a = run_of(4000, &(struct kind){LOCK_SHARED, 10000}),
		   *again = run_of(4000, &(struct kind){LOCK_SHARED, 10000}),
		   *slower = run_of(4000, &(struct kind){LOCK_EXCLUSIVE, 12000}),
		   *few = run_of(40, &(struct kind){LOCK_EXCLUSIVE, 20000});
	unsigned int exclusive = COUNT_LOCK + LOCK_ROW_EXCLUSIVE;

	CHECK(compare_p99(a, again) != COMPARED_CHANGED);
	CHECK_EQ(compare_p99(a, slower), COMPARED_CHANGED);
	CHECK_EQ(compare_p99(a, few), COMPARED_UNKNOWN);
	CHECK_EQ(compare_count(a, again, exclusive), COMPARED_SAME);
	CHECK_EQ(compare_count(a, slower, exclusive), COMPARED_CHANGED);
	CHECK_EQ(compare_count(a, few, exclusive), COMPARED_UNKNOWN);
	run_free(a);
	run_free(again);
	run_free(slower);
	run_free(few);
}

/* --- conditions --- */

TEST(conditions_are_parsed)
{
	static const char *const good[] = {"p99>+10%",	    "p99.9 > 5ms", "exclusive>0",     "fallback>=5%",
					   "sync:p99>10ms", "mean>1us",	   "lock:max<2s",     "lost>0",
					   "writes<1000",   "extend>+1%",  "device:p50>-5us", "commit-extends>3",
					   "failed>0"};
	static const char *const bad[] = {"",	       "p99",	       "p99>",	  "p99>10",	 "p99>10%",
					  "p98>1ms",   "nobody>0",     ">1",	  "exclusive>x", "exclusive>1ms",
					  "sync:>1ms", "moon:p99>1ms", "lost>5%", "p99>1e99s"};
	struct fail_if f;
	struct errmsg err;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(!fail_if_parse(good[i], &f, &err));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(fail_if_parse(bad[i], &f, &err), -EINVAL);
}

static bool fails(const char *text, const struct run *a, const struct run *b)
{
	struct fail_result result;
	struct fail_if f;

	CHECK(!fail_if_parse(text, &f, NULL));
	CHECK(!fail_if_try(&f, a, b, &result));
	return result.failed;
}

TEST(conditions_hold_or_do_not)
{
	struct run *a = run_of(4000, &(struct kind){LOCK_SHARED, 10000}),
		   *b = run_of(4000, &(struct kind){LOCK_EXCLUSIVE, 12000}),
		   *again = run_of(4000, &(struct kind){LOCK_SHARED, 10100});
	struct fail_result result;
	struct fail_if f;

	CHECK(fails("p99>+10%", a, b) && !fails("p99>+40%", a, b));
	CHECK(!fails("p99>+0%", a, again)); /* more, and noise */
	CHECK(fails("p50<-5%", b, a) && !fails("p50<-5%", a, b));
	CHECK(fails("exclusive>0", NULL, b) && !fails("exclusive>0", NULL, a));
	CHECK(fails("exclusive>=100%", NULL, b) && !fails("exclusive>100%", NULL, b));
	CHECK(fails("exclusive>+50%", a, b) && !fails("exclusive>+50%", b, b));
	CHECK(fails("writes<5000", NULL, a) && !fails("lost>0", NULL, a));
	CHECK(fails("p99>10us", NULL, a) && !fails("p99>1ms", NULL, a));
	/* what is not known is no pass */
	b->lost_known = false;
	CHECK(!fail_if_parse("lost>0", &f, NULL) && !fail_if_try(&f, NULL, b, &result) && result.unknown);
	b->all.counts[COUNT_LOCK + LOCK_ROW_UNKNOWN] = 1;
	CHECK(!fail_if_parse("shared>0", &f, NULL) && !fail_if_try(&f, NULL, b, &result) && result.unknown);
	run_free(a);
	run_free(b);
	run_free(again);
}

TEST_MAIN()
