// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/times.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

TEST(rows_last_until_the_next_stage_seen)
{
	uint64_t ns[NR_TIME_ROWS], latency;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	CHECK(write_times(&s.rec, ns));
	CHECK_EQ(ns[TIME_ENTER], 800);
	CHECK_EQ(ns[TIME_COMPLETE], 1500); /* sync and buffered were not seen */
	CHECK_EQ(ns[TIME_SYNC], 0);
	CHECK(write_latency_ns(&s.rec, &latency));
	CHECK_EQ(latency, 74500);
	s.rec.stage_ns[STAGE_ENTER] = 0;
	CHECK(write_latency_ns(&s.rec, &latency));
	CHECK_EQ(latency, 73700);
	s.rec.stage_ns[STAGE_RETURN] = 1;
	CHECK(!write_latency_ns(&s.rec, &latency));
	CHECK(!write_times(&s.rec, ns));
	CHECK_STR(stage_name(STAGE_COMPLETE), "complete");
	CHECK_STR(stage_name((enum stage)99), "?");
	CHECK_STR(time_row_name((enum time_row)99), "?");
}

static const struct {
	uint64_t stamps[NR_STAGES];
	enum time_row row;
	uint64_t ns;
} adding_up[] = {
	/* a completion that is seen when it ends, after the sync that it made: who says "device" means both */
	{{[STAGE_IOMAP] = 100, [STAGE_SUBMIT] = 110, [STAGE_DEVICE] = 120, [STAGE_SYNC] = 400, [STAGE_RETURN] = 950},
	 TIME_DEVICE_COMPLETE,
	 280},
	/* the completion came before the submitter knew of its last bio, and its return after the end */
	{{[STAGE_ENTER] = 50,
	  [STAGE_IOMAP] = 100,
	  [STAGE_SUBMIT] = 110,
	  [STAGE_COMPLETE] = 150,
	  [STAGE_DEVICE] = 210,
	  [STAGE_RETURN] = 200},
	 TIME_COMPLETE,
	 50},
	/* two that began in one nanosecond */
	{{[STAGE_IOMAP] = 100, [STAGE_SUBMIT] = 100, [STAGE_DEVICE] = 100, [STAGE_RETURN] = 200},
	 TIME_DEVICE_COMPLETE,
	 100},
	{{[STAGE_IOMAP] = 100,
	  [STAGE_MAP] = 130,
	  [STAGE_SUBMIT] = 150,
	  [STAGE_DEVICE] = 160,
	  [STAGE_ENDED] = 400,
	  [STAGE_COMPLETE] = 450,
	  [STAGE_SYNC] = 500,
	  [STAGE_RETURN] = 900},
	 TIME_WAKEUP,
	 50},
	{{[STAGE_ENTER] = 50,
	  [STAGE_IOMAP] = 100,
	  [STAGE_SUBMIT] = 150,
	  [STAGE_DEVICE] = 160,
	  [STAGE_COMPLETE] = 400,
	  [STAGE_RETURN] = 900},
	 TIME_INVALIDATE_MAP,
	 50},
	{{[STAGE_ENTER] = 50, [STAGE_BUFFERED] = 70, [STAGE_RETURN] = 900}, TIME_BUFFERED, 830},
	{{[STAGE_ENTER] = 50, [STAGE_RETURN] = 900}, TIME_ENTER_CHECK, 850},
};

TEST(rows_are_disjoint_and_add_up)
{
	for (size_t i = 0; i < ARRAY_SIZE(adding_up); i++) {
		uint64_t ns[NR_TIME_ROWS], sum = 0, latency = 0;
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		memcpy(s.rec.stage_ns, adding_up[i].stamps, sizeof(s.rec.stage_ns));
		CHECK(write_times(&s.rec, ns));
		for (int row = 0; row < NR_TIME_ROWS; row++)
			sum += ns[row];
		CHECK(write_latency_ns(&s.rec, &latency));
		CHECK_EQ(sum, latency);
		CHECK_EQ(ns[TIME_REST], 0);
		CHECK_EQ(ns[adding_up[i].row], adding_up[i].ns);
	}
}

TEST(waits_are_no_part_of_other_rows)
{
	uint64_t ns[NR_TIME_ROWS], latency;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096); /* enter 800, check 700, ... */
	s.rec.lock_wait_ns = 1000;
	s.rec.drain_ns = 300;
	CHECK(write_times(&s.rec, ns));
	CHECK_EQ(ns[TIME_LOCK], 1000);
	CHECK_EQ(ns[TIME_ENTER], 0);
	CHECK_EQ(ns[TIME_DRAIN], 300);
	CHECK_EQ(ns[TIME_CHECK], 700 - 200 - 300); /* the second time it was taken */
	CHECK(write_latency_ns(&s.rec, &latency));
	CHECK_EQ(latency, 74500);
	/* more than there is room for is not shown */
	s.rec.drain_ns = 100000;
	CHECK(write_times(&s.rec, ns));
	CHECK_EQ(ns[TIME_DRAIN], 500);
	/* not seen to enter: it began at least so long before */
	s.rec.stage_ns[STAGE_ENTER] = s.rec.stage_ns[STAGE_CHECK] = 0;
	CHECK(write_latency_ns(&s.rec, &latency));
	CHECK_EQ(latency, s.rec.stage_ns[STAGE_RETURN] - s.rec.stage_ns[STAGE_IOMAP] + 1000);
	CHECK(write_times(&s.rec, ns));
	CHECK_EQ(ns[TIME_LOCK], 1000);
	s.rec.how[FACT_LOCK_WAIT] = HOW_UNKNOWN;
	CHECK(write_latency_ns(&s.rec, &latency));
	CHECK_EQ(latency, s.rec.stage_ns[STAGE_RETURN] - s.rec.stage_ns[STAGE_IOMAP]);
}

/* --- plans --- */

static uint64_t state = 1;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % below;
}

/* Any of the stages, now and then not in the order of the path, or two at once. */
static void draw_stages(struct write_record *rec, const bool *seen)
{
	uint64_t now = 1000;

	for (int i = 0; i < NR_STAGES; i++) {
		now += draw(4) ? draw(500) : 0;
		rec->stage_ns[i] = seen[i] ? now - (draw(16) ? 0 : draw(800)) : 0;
	}
	rec->lock_wait_ns = draw(3) ? 0 : draw(900);
	rec->drain_ns = draw(3) ? 0 : draw(900);
}

static void draw_kind(struct write_record *rec, bool *seen)
{
	static const enum write_fact facts[] = {FACT_LOCK_WAIT, FACT_DRAIN, FACT_LATENCY};

	for (int i = 0; i < NR_STAGES; i++)
		seen[i] = draw(4);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		rec->how[facts[i]] = draw(4) ? HOW_OBSERVED : HOW_UNKNOWN;
}

/* How often the plan was of use. */
static int compare(const struct write_record *rec, const struct time_plan *plan)
{
	uint64_t ns[NR_TIME_ROWS], planned[NR_TIME_ROWS], latency = 0, planned_latency = 0;
	uint32_t rows;

	if (!write_times_planned(rec, plan, &planned_latency, planned, &rows))
		return 0;
	CHECK(write_latency_ns(rec, &latency));
	CHECK_EQ(planned_latency, latency);
	CHECK(write_times(rec, ns));
	for (int row = 0; row < NR_TIME_ROWS; row++)
		CHECK_EQ(planned[row], ns[row]);
	CHECK_EQ(rows, time_rows(ns));
	return 1;
}

TEST(a_plan_divides_as_one_does_without)
{
	int nr = 0;

	for (int kind = 0; kind < 2000; kind++) {
		struct time_plan plan;
		bool seen[NR_STAGES];
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		draw_kind(&s.rec, seen);
		draw_stages(&s.rec, seen);
		plan = time_plan_of(&s.rec);
		for (int i = 0; i < 20; i++) {
			draw_stages(&s.rec, seen);
			nr += compare(&s.rec, &plan);
		}
	}
	CHECK(nr > 10000);
}

TEST_MAIN()
