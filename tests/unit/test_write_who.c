// SPDX-License-Identifier: GPL-2.0-only
/* What is looked up once for all writes of one process to one file is what each of them would have found. */
#include <string.h>

#include "reports/model/write_who.h"
#include "reports/text/breakdown.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static uint64_t state = 88172645463325252ull;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % below;
}

/* Of a few processes and files, some facts of which are not known. */
static struct sample draw_write(void)
{
	static const enum write_fact facts[] = {FACT_PID, FACT_COMM, FACT_DEV, FACT_INO, FACT_FILE, FACT_GENERATION};
	struct sample s;

	sample_init(&s, 1, draw(2) ? "data" : "log", 0, 4096);
	s.rec.pid = 100 + (uint32_t)draw(5);
	snprintf(s.rec.comm, sizeof(s.rec.comm), "job%u", (unsigned int)draw(3));
	s.rec.dev = 7u << 20 | (uint32_t)draw(2);
	s.rec.ino = 12 + draw(4);
	s.rec.generation = (uint32_t)draw(2);
	if (draw(4) == 0)
		s.rec.how[facts[draw(ARRAY_SIZE(facts))]] = HOW_UNKNOWN;
	return s;
}

static void add(struct breakdown_sums *sums, struct write *w, const struct write_who *who)
{
	struct look look;

	w->who = who;
	look_at(&look, w);
	CHECK_EQ(breakdown_add(sums, &look), 0);
}

static void check_same(const struct breakdown *a, const struct breakdown *b)
{
	CHECK_EQ(a->nr, b->nr);
	CHECK(a->nr > 2);
	for (size_t i = 0; i < a->nr && i < b->nr; i++) {
		CHECK_STR(a->rows[i].label, b->rows[i].label);
		CHECK_EQ(a->rows[i].nr[PART_ALL], b->rows[i].nr[PART_ALL]);
		CHECK_EQ(a->rows[i].times[PART_ALL].total_ns, b->rows[i].times[PART_ALL].total_ns);
	}
}

static void compare(enum breakdown_kind kind)
{
	struct breakdown_sums *by_who = breakdown_begin(kind), *alone = breakdown_begin(kind);
	struct write_whos *whos = write_whos_new();
	struct write_set set = {0};
	struct sync_sums syncs;
	struct breakdown a, b;

	sync_sums_init(&syncs);
	for (int i = 0; i < 5000; i++) {
		struct sample s = draw_write();
		struct write w = {.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};

		add(by_who, &w, write_whos_find(whos, &w.rec));
		add(alone, &w, NULL);
	}
	CHECK_EQ(breakdown_settle(by_who, &syncs, &set, &a), 0);
	CHECK_EQ(breakdown_settle(alone, &syncs, &set, &b), 0);
	check_same(&a, &b);
	breakdown_release(&a);
	breakdown_release(&b);
	breakdown_free(by_who);
	breakdown_free(alone);
	sync_sums_release(&syncs);
	write_whos_free(whos);
}

TEST(a_row_is_found_as_it_is_without)
{
	compare(BY_FILE);
	compare(BY_PROCESS);
}

TEST(one_in_flight_is_nobody)
{
	struct write_whos *whos = write_whos_new();
	struct sample s = draw_write();

	CHECK(write_whos_find(whos, &s.rec));
	s.rec.state = WRITE_IN_FLIGHT;
	CHECK(!write_whos_find(whos, &s.rec));
	write_whos_free(whos);
}

/* A trace may come from anywhere: what is kept of it is bounded. */
TEST(too_many_are_nobody)
{
	struct write_whos *whos = write_whos_new();
	struct sample s = draw_write();

	for (uint32_t i = 0; i <= WHOS_MAX; i++) {
		struct write_who *who;

		s.rec.ino = i;
		who = write_whos_find(whos, &s.rec);
		CHECK_EQ(who != NULL, i < WHOS_MAX);
		CHECK(!who || who->index == i);
	}
	s.rec.ino = 7;
	CHECK_EQ(write_whos_find(whos, &s.rec)->index, 7);
	write_whos_free(whos);
}

TEST_MAIN()
