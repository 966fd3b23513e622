// SPDX-License-Identifier: GPL-2.0-only
/* What is no difference is a pass only where it was observed. */
#include "reports/model/observed.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* One write of a live kernel that sees everything, and the reference's. */
struct bench {
	struct write_set live, reference;
	struct diff diff;
	unsigned char promised[FACTS_MAX];
};

static void bench_init(struct bench *b, const struct sample *live)
{
	struct sample s;

	memset(b, 0, sizeof(*b));
	memset(b->promised, HOW_OBSERVED, sizeof(b->promised));
	sample_init(&s, 1, "f", 0, 4096);
	sample_add(&b->reference, &s, 2);
	if (live)
		sample_add(&b->live, live, 2);
}

static void check_why(struct bench *b, const char *why)
{
	char *said;

	CHECK_EQ(diff_sets(&b->diff, &b->live, &b->reference), 0);
	CHECK_EQ(b->diff.by_verdict[VERDICT_DIFFERENT], 0);
	CHECK_EQ(observed_check(&b->diff, &b->live, b->promised, &said), 0);
	CHECK_STR(said ?: "all of it", why ?: "all of it");
	free(said);
	diff_release(&b->diff);
	set_release(&b->live);
	set_release(&b->reference);
}

TEST(all_of_it_was_observed)
{
	struct bench b;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	bench_init(&b, &s);
	check_why(&b, NULL);
}

TEST(what_was_lost_is_no_pass)
{
	struct bench b;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	bench_init(&b, &s);
	b.live.lost_records = 2;
	check_why(&b, "NOT COMPLETE: 1 write recorded, 2 writes LOST");
	bench_init(&b, &s);
	b.live.end_why = strdup("the trailer says that 2 writes were recorded, and 1 are here");
	check_why(&b, "NOT COMPLETE: 1 write recorded, no write said to be lost; the trailer says that 2 writes were "
		      "recorded, and 1 are here");
	bench_init(&b, NULL);
	b.live.lost_records = 1; /* every record */
	check_why(&b, "NOT COMPLETE: 0 writes recorded, 1 write LOST");
}

TEST(what_was_not_compared_is_no_pass)
{
	struct sample blind;
	struct bench b;

	bench_init(&b, NULL);
	meta_set(&b.live.header, META_HOOK "enter", "none: no function hook");
	b.reference.writes[0].rec.ops = OPS_NONE; /* it ended before iomap, where these hooks see nothing */
	check_why(&b, "nothing was compared: 1 write ended before the first hook");
	bench_init(&b, NULL);
	set_release(&b.reference); /* no write came to the path on either side */
	check_why(&b, "nothing was compared: of 0 writes the hooks saw 0");
	sample_init(&blind, 1, "f", 0, 4096);
	memset(blind.rec.how, HOW_UNKNOWN, sizeof(blind.rec.how));
	bench_init(&b, &blind);
	check_why(&b, "nothing was compared: of 1 write no fact is known on both sides");
}

TEST(a_write_whose_end_was_not_seen_is_no_pass)
{
	struct bench b;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	sample_in_flight(&s, STAGE_DEVICE);
	bench_init(&b, &s);
	check_why(&b, "the end of a write was not seen: f pos 0 len 4096");
	sample_init(&s, 1, "f", 0, 4096);
	s.rec.state = WRITE_REUSED;
	bench_init(&b, &s);
	check_why(&b, "the end of a write was not seen: f pos 0 len 4096");
}

TEST(accounts_that_do_not_balance_are_no_pass)
{
	struct bench b;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	bench_init(&b, &s);
	meta_set(&b.live.trailer, META_ACCOUNT "data", "8192 4096 1");
	check_why(&b, "the accounts do not balance: a hook was bypassed, or facts are wrong: data: 8192 bytes that "
		      "iomap says it wrote, 4096 bytes in data bios, first in write 1");
}

TEST(a_fact_that_the_hooks_promise_must_be_known)
{
	static const struct {
		enum write_fact fact;
		enum how promised;
		const char *why;
	} cases[] = {
		{FACT_LOCK, HOW_OBSERVED,
		 "1 fact that the hooks promise was not observed, first lock of f pos 0 len 4096"},
		{FACT_LOCK, HOW_UNKNOWN, NULL},
		{FACT_LOCK, HOW_INFERRED, NULL},
		{FACT_SYNC, HOW_OBSERVED,
		 "1 fact that the hooks promise was not observed, first sync of f pos 0 len 4096"},
		{FACT_LOCK_WAIT, HOW_OBSERVED, NULL}, /* not compared */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		sample_how(&s, cases[i].fact, HOW_UNKNOWN);
		bench_init(&b, &s);
		b.promised[cases[i].fact] = cases[i].promised;
		check_why(&b, cases[i].why);
	}
}

/* A promise is for each write, but for those of which nobody could know it. */
TEST(what_a_write_may_withhold)
{
	static const struct {
		enum write_fact fact;
		uint8_t submit, state, dev_cache, worker;
		bool may;
	} cases[] = {
		{FACT_ATTEMPTS, SUBMIT_IO_URING, 0, 1, 0, true},
		{FACT_ATTEMPTS, SUBMIT_LIBAIO, 0, 1, 0, false},
		{FACT_FLUSH, SUBMIT_SYNC, 0, 1, 0, false},
		{FACT_FLUSH, SUBMIT_SYNC, WRITE_LATE, 1, 0, true},
		{FACT_SYNC, SUBMIT_SYNC, WRITE_LATE, 1, 0, true},
		{FACT_TRUNCATE, SUBMIT_SYNC, 0, 1, 0, false},
		{FACT_ISIZE_AFTER, SUBMIT_SYNC, WRITE_LATE, 1, 0, true},
		{FACT_ISIZE_AFTER, SUBMIT_SYNC, 0, 1, 0, false},
		{FACT_FLUSH, SUBMIT_SYNC, 0, 0, 0, true},
		{FACT_FUA, SUBMIT_SYNC, 0, 0, 0, true},
		{FACT_FUA, SUBMIT_SYNC, WRITE_LATE, 1, 0, false},
		{FACT_TRUNCATE, SUBMIT_IO_URING, 0, 1, 1, true},
		{FACT_TRUNCATE, SUBMIT_IO_URING, 0, 1, 0, false},
		{FACT_SYNC, SUBMIT_IO_URING, 0, 1, 1, true},
		{FACT_FLUSH, SUBMIT_IO_URING, 0, 1, 1, true},
		{FACT_ISIZE_AFTER, SUBMIT_IO_URING, 0, 1, 1, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct write_record rec = {.submit = cases[i].submit,
						 .state = cases[i].state,
						 .worker = cases[i].worker,
						 .dev_cache = cases[i].dev_cache};

		CHECK_EQ(observed_may_withhold(&rec, cases[i].fact), cases[i].may);
	}
}

TEST_MAIN()
