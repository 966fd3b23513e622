// SPDX-License-Identifier: GPL-2.0-only
/* Parts of a record that say the same thing twice. */
#include "reports/model/record_sense.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static struct sample s;

/* The one disagreement, "" for none, "many". */
static const char *said(void)
{
	struct write w = {.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
	uint32_t mask;

	w.rec.steps_total = s.rec.steps_total ? s.rec.steps_total : s.nr;
	mask = record_disagrees(&w);
	if (!mask)
		return "";
	return mask & (mask - 1) ? "many" : record_disagreement((unsigned int)__builtin_ctz(mask));
}

TEST(samples_agree)
{
	static void (*const kinds[])(struct sample *, uint64_t, const char *) = {
		sample_hole, sample_fua, sample_dsync, sample_append, sample_buffered, sample_einval,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		kinds[i](&s, 1, "f");
		CHECK_STR(said(), "");
	}
}

TEST(counts_and_steps)
{
	sample_hole(&s, 1, "f");
	s.rec.rounds++;
	CHECK_STR(said(), "rounds counted and rounds listed");
	sample_hole(&s, 1, "f");
	s.rec.bios--;
	CHECK_STR(said(), "bios counted and bios listed");
	s.rec.steps_total = s.nr + 1; /* some were lost */
	CHECK_STR(said(), "");
	s.rec.steps_total = 0;
	sample_how(&s, FACT_BIOS, HOW_UNKNOWN);
	CHECK_STR(said(), "");
}

TEST(sums_and_bios)
{
	sample_hole(&s, 1, "f");
	s.rec.data_bytes += 512;
	CHECK_STR(said(), "bytes of data and those of its bios");
	for (int tail = 0; tail < 2; tail++) {
		sample_hole(&s, 1, "f");
		*(tail ? &s.rec.zero_tail : &s.rec.zero_head) += 512;
		CHECK_STR(said(), "bytes of zeroes and those of their bios");
	}
}

TEST(stages_come_in_order)
{
	for (int stage = STAGE_CHECK; stage <= STAGE_COMPLETE; stage++) {
		sample_hole(&s, 1, "f");
		if (!s.rec.stage_ns[stage])
			continue;
		s.rec.stage_ns[stage] = s.rec.stage_ns[STAGE_RETURN] + 1;
		CHECK_STR(said(), "the order of its stages");
	}
	sample_hole(&s, 1, "f");
	s.rec.stage_ns[STAGE_CHECK] = s.rec.stage_ns[STAGE_IOMAP];
	CHECK_STR(said(), "");
	sample_buffered(&s, 1, "f");
	s.rec.sync = SYNC_FSYNC;
	s.rec.stage_ns[STAGE_SYNC] = s.rec.stage_ns[STAGE_BUFFERED] + 1; /* inside of it */
	CHECK_STR(said(), "");
	s.rec.stage_ns[STAGE_SYNC] = s.rec.stage_ns[STAGE_RETURN] + 1;
	CHECK_STR(said(), "the order of its stages");
}

TEST(what_happens_has_a_stage)
{
	sample_hole(&s, 1, "f");
	s.rec.stage_ns[STAGE_SUBMIT] = 0;
	CHECK_STR(said(), "bios and the stage in which they are submitted");
	sample_einval(&s, 1, "f");
	s.rec.stage_ns[STAGE_SUBMIT] = s.rec.stage_ns[STAGE_DEVICE] = s.rec.stage_ns[STAGE_IOMAP];
	CHECK_STR(said(), "bios and the stage in which they are submitted");
	sample_hole(&s, 1, "f");
	s.rec.stage_ns[STAGE_IOMAP] = 0;
	CHECK_STR(said(), "rounds and the stage in which iomap begins");
	sample_dsync(&s, 1, "f");
	s.rec.stage_ns[STAGE_SYNC] = 0;
	CHECK_STR(said(), "a sync and its stage");
}

TEST(nothing_is_asked_of_a_write_that_is_not_over)
{
	sample_hole(&s, 1, "f");
	s.rec.rounds++;
	s.rec.state = WRITE_IN_FLIGHT;
	CHECK_STR(said(), "");
	s.rec.state = WRITE_REUSED;
	CHECK_STR(said(), "");
}

TEST_MAIN()
