// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/advice.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static struct advice_list list;

/* A write of 100 us after @wait_ns for the lock. */
static void timed(struct sample *s, uint64_t wait_ns)
{
	static const enum stage later[] = {STAGE_CHECK, STAGE_IOMAP, STAGE_SUBMIT, STAGE_DEVICE, STAGE_COMPLETE};

	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		s->rec.stage_ns[later[i]] = s->rec.stage_ns[STAGE_ENTER] + wait_ns;
	s->rec.stage_ns[STAGE_RETURN] = s->rec.stage_ns[STAGE_ENTER] + wait_ns + 100000;
	s->rec.lock_wait_ns = wait_ns;
}

static void appends(struct sample *s, uint64_t id, uint64_t ino, uint64_t wait_ns)
{
	sample_append(s, id, "log");
	s->rec.submit = SUBMIT_SYNC;
	s->rec.convert = s->rec.journal_starts = 0;
	s->rec.ino = ino;
	timed(s, wait_ns);
}

static void judge(struct write_set *set)
{
	CHECK_EQ(advice_init(&list, set), 0);
	set_release(set);
	memset(set, 0, sizeof(*set));
}

TEST(a_plain_overwrite_has_no_reason)
{
	struct write_set set = {0};
	struct sample s;

	judge(&set);
	CHECK_EQ(list.nr, 0);
	sample_init(&s, 1, "f", 0, 4096);
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.nr, 0);
	CHECK_EQ(list.total_ns, 74500);
	CHECK_EQ(list.device_ns, 69400);
}

TEST(a_commit_costs_the_sync)
{
	struct write_set set = {0};
	struct sample s;

	sample_dsync(&s, 1, "f");
	s.rec.extend = s.rec.convert = 1;
	sample_add(&set, &s, 0);
	sample_init(&s, 2, "f", 0, 4096);
	sample_add(&set, &s, 0);
	judge(&set);
	/* it is counted once, for the first of its reasons; the conversion itself is another row of time */
	CHECK_EQ(list.nr, 2);
	CHECK_EQ(list.rows[0].why, WHY_COMMIT_EXTENDS);
	CHECK_EQ(list.rows[0].writes, 1);
	CHECK_EQ(list.rows[0].ns, 1000);
	CHECK_EQ(list.rows[1].why, WHY_CONVERTS);
	CHECK_EQ(list.rows[1].ns, 500);
	CHECK_EQ((int)(advice_share(&list, &list.rows[0]) * 100), 1000 * 10000 / 149000);
}

/* A late wake-up in the same row is not the conversion's doing. */
TEST(a_conversion_in_the_row_of_the_wake_up_costs_an_unknown_time)
{
	struct write_set set = {0};
	struct sample s;

	sample_hole(&s, 1, "f");
	s.rec.stage_ns[STAGE_ENDED] = s.rec.stage_ns[STAGE_COMPLETE];
	s.rec.stage_ns[STAGE_COMPLETE] = 0;
	sample_add(&set, &s, 0);
	judge(&set);
	for (size_t i = 0; i < list.nr; i++)
		CHECK(list.rows[i].why != WHY_CONVERTS);
}

TEST(who_waits_is_not_who_is_to_blame)
{
	struct write_set set = {0};
	struct sample s;

	appends(&s, 1, 12, 0);
	sample_add(&set, &s, 0);
	sample_init(&s, 2, "log", 0, 4096); /* a shared one that waited for it */
	timed(&s, 60000);
	sample_add(&set, &s, 0);
	appends(&s, 3, 13, 0); /* nobody waited for that one: another file */
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.nr, 1);
	CHECK_EQ(list.rows[0].why, WHY_EXTENDS);
	CHECK_EQ(list.rows[0].writes, 1);
	CHECK_EQ(list.rows[0].ns, 60000);
	CHECK_EQ(list.total_ns, 360000);
}

TEST(waits_are_divided_by_what_was_held)
{
	struct write_set set = {0};
	struct sample s;

	appends(&s, 1, 12, 40000);
	sample_add(&set, &s, 0);
	appends(&s, 2, 12, 40000);
	s.rec.extend = 0; /* as it was, for another reason */
	s.rec.isize = s.rec.disksize = 1 << 20;
	s.rec.asked_pos = s.rec.pos;
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.nr, 2);
	CHECK_EQ(list.rows[0].ns, 40000);
	CHECK_EQ(list.rows[1].ns, 40000);
	CHECK_EQ(list.rows[1].why, WHY_WAS_BEYOND);
}

TEST(a_failed_write_spent_all_of_its_time_for_that)
{
	struct write_set set = {0};
	struct sample s;

	sample_einval(&s, 1, "f");
	s.rec.convert = 1;
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.nr, 1);
	CHECK_EQ(list.rows[0].why, WHY_POSITION);
	CHECK_EQ(list.rows[0].ns, list.total_ns);
}

TEST(what_is_not_known_costs_nothing)
{
	struct write_set set = {0};
	struct sample s;

	sample_dsync(&s, 1, "f");
	s.rec.stage_ns[STAGE_RETURN] = 0;
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.nr, 0);
	CHECK_EQ(list.total_ns, 0);
}

TEST(what_no_reason_claims_is_named)
{
	enum time_row rows[NR_TIME_ROWS];
	struct write_set set = {0};
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	s.rec.stage_ns[STAGE_ENDED] = s.rec.stage_ns[STAGE_DEVICE] + 9400; /* then a tick until it is woken up */
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.nr, 0);
	CHECK_EQ(list.device_ns, 9400);
	CHECK_EQ(list.rest_ns[TIME_WAKEUP], 60000);
	CHECK_EQ(advice_rest(&list, rows), 1); /* the others are less than a twentieth */
	CHECK_EQ(rows[0], TIME_WAKEUP);
	CHECK_STR(advice_rest_cause(rows[0]), "the processor or the worker was late");
	CHECK_EQ((int)advice_rest_share(&list, TIME_WAKEUP), 80);
}

TEST(every_row_of_the_rest_has_a_cause)
{
	for (int row = 0; row < NR_TIME_ROWS; row++)
		CHECK((row == TIME_DEVICE || row == TIME_DEVICE_COMPLETE) ==
		      !strcmp(advice_rest_cause((enum time_row)row), "?"));
}

/* One share of the device everywhere: what a submitter waited of it is a part, not another. */
TEST(made_synchronous_is_a_part_of_the_device)
{
	struct write_set set = {0};
	struct sample s;

	sample_append(&s, 1, "log");
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.rows[0].why, WHY_ASYNC_EXTENDS);
	CHECK_EQ(list.rows[0].ns, 69400);
	CHECK_EQ(list.device_ns, 69400);
	CHECK_STR(advice_relation(&list.rows[0]), "part of the device's: the submitter waited in ");
}

/* What held the lock is in no record: a read, or a buffered write. */
TEST(a_lock_that_no_write_held)
{
	struct write_set set = {0};
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	timed(&s, 60000);
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.nr, 0);
	CHECK_EQ(list.rest_ns[TIME_LOCK], 60000);
}

/* What was said of their files is lost: whether one held what the other waited for is not known. */
TEST(locks_of_unknown_files_are_nobodys)
{
	struct write_set set = {0};
	struct sample s;

	appends(&s, 1, 0, 0);
	sample_how(&s, FACT_INO, HOW_UNKNOWN);
	sample_add(&set, &s, 0);
	sample_init(&s, 2, "f", 0, 4096);
	timed(&s, 60000);
	s.rec.ino = 0;
	sample_how(&s, FACT_INO, HOW_UNKNOWN);
	sample_add(&set, &s, 0);
	judge(&set);
	CHECK_EQ(list.rest_ns[TIME_LOCK], 60000);
}

TEST(what_is_next_to_nothing_is_not_worth_a_line)
{
	list = (struct advice_list){.rows = {{WHY_FLUSH_ONLY, 1, 500}, {WHY_ZEROES, 1, 9}}, .nr = 2, .total_ns = 10000};
	CHECK_EQ(advice_worth(&list), 1);
	list.rows[1].ns = 10;
	CHECK_EQ(advice_worth(&list), 2);
	list.nr = 5;
	list.rows[2].ns = list.rows[3].ns = list.rows[4].ns = 10;
	CHECK_EQ(advice_worth(&list), ADVICE_MAX);
}

TEST(a_newer_kernel_is_named)
{
	char text[256];

	CHECK_STR(advice_format(WHY_HOLE, text, sizeof(text)),
		  "write the range once in advance: to preallocate it is not enough; or kernel 7.3");
	CHECK_STR(advice_format(WHY_PERM, text, sizeof(text)), "chattr -i");
}

TEST_MAIN()
