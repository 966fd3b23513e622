// SPDX-License-Identifier: GPL-2.0-only
/* What a recording cost: nothing is said of a write that may have been another's time. */
#include "reports/text/cost_line.h"
#include "tests/unit/test.h"

static char *text;
static size_t text_len;

static const char *line_of(const struct cost_totals *cost)
{
	FILE *out;

	free(text);
	out = open_memstream(&text, &text_len);
	cost_print(out, "cost ", cost);
	fclose(out);
	return text;
}

/* 300 writes in 150 ms, 4 us each, and nothing else. */
static struct cost_totals usual(void)
{
	return (struct cost_totals){.sample = {150000000, 1200000, 4000, 300, 0}, .ring_high = 3, .ring_size = 100};
}

TEST(a_share_and_at_most_so_much_a_write)
{
	struct cost_totals cost = usual();

	CHECK_STR(line_of(&cost),
		  "cost probes took 0.80 % of a processor (1.20 ms in 150 ms sampled), at most 4.00 us a "
		  "write (of 300 sampled), ring buffer at most 3 % full\n");
	cost.ring_size = 0;
	CHECK_STR(line_of(&cost), "");
}

TEST(few_samples_give_no_figure)
{
	struct cost_totals cost = usual();

	cost.sample.writes = 99;
	CHECK(strstr(line_of(&cost), "), cost of a write unknown: too few (99 writes sampled), ring"));
	CHECK(!strstr(text, "us a write"));
	cost.sample.writes = 1;
	CHECK(strstr(line_of(&cost), "(1 write sampled)"));
	cost.sample.writes = 100;
	CHECK(strstr(line_of(&cost), "at most 12.0 us a write"));
}

/* Their part of the time is by number, and they are not all alike: no bound, but near. */
TEST(other_system_calls_are_left_out)
{
	struct cost_totals cost = usual();

	cost.sample.calls_ns = 600000;
	CHECK(strstr(line_of(&cost), "), about 2.00 us a write (of 300 sampled), ring"));
}

TEST(other_io_is_not_divided_among_the_writes)
{
	struct cost_totals cost = usual();

	cost.sample.others = 30;
	CHECK(strstr(line_of(&cost), "at most 4.00 us a write"));
	cost.sample.others = 31;
	CHECK(strstr(line_of(&cost), "), cost of a write unknown: they also ran for 31 other calls (beside 300 writes), ring"));
	CHECK(!strstr(text, "us a write"));
}

TEST(a_ring_that_lost_was_full)
{
	struct cost_totals cost = usual();

	cost.ring_lost = 1;
	CHECK(strstr(line_of(&cost), ", ring buffer full: --ring-size makes it larger\n"));
}

TEST(a_trailer_has_all_of_it)
{
	struct meta trailer = {0};
	struct cost_totals cost;

	meta_set(&trailer, META_COST_NS, "1200000");
	meta_set(&trailer, META_COST_WRITES, "300");
	meta_set(&trailer, META_RING_HIGH, "3");
	meta_set(&trailer, META_RING_SIZE, "100");
	cost_load(&cost, &trailer); /* an older trace says no more */
	CHECK_STR(line_of(&cost), "cost at most 4.00 us a write (of 300 sampled), ring buffer at most 3 % full\n");
	meta_set(&trailer, META_COST_SPAN, "150000000");
	meta_set(&trailer, META_COST_OTHERS, "500");
	meta_set(&trailer, META_LOST_RING, "7");
	cost_load(&cost, &trailer);
	CHECK_STR(line_of(&cost),
		  "cost probes took 0.80 % of a processor (1.20 ms in 150 ms sampled), cost of a write "
		  "unknown: they also ran for 500 other calls (beside 300 writes), ring buffer full: --ring-size makes "
		  "it larger\n");
	meta_release(&trailer);
}

TEST_MAIN()
