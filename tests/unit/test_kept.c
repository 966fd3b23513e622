// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/kept.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static const struct kept_limits small = {.sample = 100, .slowest = 10, .by_reason = 5, .failed = 7, .buffered = 6};

/* Of write @id: how long it took, far from being in order. */
static uint64_t latency_of(uint64_t id)
{
	return 1000 + id * 7919 % 100003;
}

static void make(struct sample *s, uint64_t id)
{
	if (id % 50 == 7)
		sample_einval(s, id, "f");
	else if (id % 50 == 9)
		sample_buffered(s, id, "f");
	else if (id % 50 == 11)
		sample_append(s, id, "f");
	else
		sample_init(s, id, "f", 0, 4096);
	s->rec.stage_ns[STAGE_RETURN] = s->rec.stage_ns[STAGE_ENTER] + latency_of(id);
}

static struct kept_write *keep(struct kept *k, size_t nr_writes, size_t *nr)
{
	for (uint64_t id = 1; id <= nr_writes; id++) {
		struct sample s;
		struct write w;
		struct look look;

		make(&s, id);
		w = (struct write){.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
		look_at(&look, &w);
		CHECK_EQ(kept_offer(k, &look), 0);
	}
	return kept_settle(k, nr);
}

static size_t count(const struct kept_write *list, size_t nr, enum kept_group group)
{
	size_t found = 0;

	for (size_t i = 0; i < nr; i++)
		found += list[i].why >> group & 1;
	return found;
}

TEST(few_are_kept_whole)
{
	struct kept *k = kept_new(&small);
	size_t nr;
	struct kept_write *list = keep(k, 100, &nr);

	CHECK_EQ(nr, 100);
	for (size_t i = 0; i < nr; i++) {
		struct sample s;

		make(&s, i + 1);
		CHECK_EQ(list[i].write.rec.head.id, i + 1);
		CHECK_EQ(list[i].write.nr_steps, s.nr);
		CHECK(!s.nr || !memcmp(list[i].write.steps, s.steps, s.nr * sizeof(s.steps[0])));
	}
	kept_list_free(list, nr);
	kept_free(k);
}

TEST(of_many_the_slowest_and_some_of_all)
{
	struct kept *k = kept_new(&small);
	size_t nr, slower = 0;
	struct kept_write *list = keep(k, 20000, &nr);
	uint64_t fastest = UINT64_MAX, middle = 0;

	CHECK_EQ(count(list, nr, KEPT_SAMPLE), 100);
	CHECK_EQ(count(list, nr, KEPT_SLOWEST), 10);
	CHECK_EQ(count(list, nr, KEPT_FAILED), 7);
	CHECK_EQ(count(list, nr, KEPT_BUFFERED), 6);
	CHECK_EQ(kept_of(k, KEPT_FAILED), 400);
	CHECK(count(list, nr, KEPT_REASON) >= 10);
	for (size_t i = 0; i < nr; i++) {
		CHECK(list[i].why);
		CHECK(!i || list[i].write.rec.head.id > list[i - 1].write.rec.head.id);
		if (list[i].why >> KEPT_SLOWEST & 1 && latency_of(list[i].write.rec.head.id) < fastest)
			fastest = latency_of(list[i].write.rec.head.id);
		if (list[i].why >> KEPT_SAMPLE & 1)
			middle += list[i].write.rec.head.id / 100;
	}
	for (uint64_t id = 1; id <= 20000; id++)
		slower += latency_of(id) > fastest;
	CHECK_EQ(slower, 9);
	CHECK(middle > 8000 && middle < 12000); /* the mean of a uniform sample of a hundred: 10000, give or take 577 */
	kept_list_free(list, nr);
	kept_free(k);
}

TEST(the_same_writes_give_the_same_sample)
{
	size_t nr[2];
	struct kept_write *list[2];

	for (int i = 0; i < 2; i++) {
		struct kept *k = kept_new(&small);

		list[i] = keep(k, 5000, &nr[i]);
		kept_free(k);
	}
	CHECK_EQ(nr[0], nr[1]);
	for (size_t i = 0; i < nr[0] && i < nr[1]; i++)
		CHECK_EQ(list[0][i].write.rec.head.id, list[1][i].write.rec.head.id);
	kept_list_free(list[0], nr[0]);
	kept_list_free(list[1], nr[1]);
}

TEST(of_long_writes_the_first_steps)
{
	static struct write_step steps[KEPT_STEPS + 3];
	struct kept *k = kept_new(&small);
	struct sample s;
	struct look look;
	struct write w;
	struct kept_write *list;
	size_t nr;

	sample_init(&s, 1, "f", 0, 4096);
	w = (struct write){.rec = s.rec, .steps = steps, .nr_steps = KEPT_STEPS + 3};
	look_at(&look, &w);
	CHECK_EQ(kept_offer(k, &look), 0);
	list = kept_settle(k, &nr);
	CHECK_EQ(nr, 1);
	CHECK_EQ(list[0].write.nr_steps, KEPT_STEPS);
	CHECK_EQ(list[0].steps_cut, 3);
	kept_list_free(list, nr);
	kept_free(k);
}

TEST(nothing_was_offered)
{
	struct kept *k = kept_new(&small);
	size_t nr;
	struct kept_write *list = kept_settle(k, &nr);

	CHECK_EQ(nr, 0);
	kept_list_free(list, nr);
	kept_free(k);
}

TEST_MAIN()
