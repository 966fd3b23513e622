// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/summary.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static void make(struct write_set *set, struct summary *s)
{
	memset(set, 0, sizeof(*set));
	CHECK_EQ(sample_all(set), 0);
	CHECK_EQ(summary_init(s, set), 0);
}

static void release(struct write_set *set, struct summary *s)
{
	summary_release(s);
	set_release(set);
}

TEST(rows_add_up)
{
	struct write_set set;
	struct summary s;
	size_t submit = 0, lock = 0, context = 0, durable = 0, reasons = 0, mapping = 0;

	make(&set, &s);
	for (int i = 0; i < NR_SUBMIT_ROWS; i++)
		submit += s.submit[i];
	for (int i = 0; i < NR_LOCK_ROWS; i++)
		lock += s.lock[i];
	for (int i = 0; i < NR_CONTEXT_ROWS; i++)
		context += s.context[i];
	for (int i = 0; i < NR_DURABLE; i++)
		durable += s.durable[i];
	for (int i = 0; i < NR_WHYS; i++)
		reasons += why_rows[i].group == WHY_GROUP_BUFFERED ? s.whys[i] : 0;
	for (int i = 0; i < NR_MAPPING_ROWS; i++)
		mapping += s.mapping[i];
	CHECK_EQ(submit, 7);
	CHECK_EQ(lock, 7);
	CHECK_EQ(context, 7);
	CHECK_EQ(durable, s.durable_asked);
	CHECK_EQ(reasons, s.fallbacks);
	CHECK_EQ(mapping, 7);
	release(&set, &s);
}

TEST(totals)
{
	struct write_set set;
	struct summary s;

	make(&set, &s);
	CHECK_EQ(s.writes, 7);
	CHECK_EQ(s.bytes, 4096 * 5 + 1024);
	CHECK_EQ(s.submit[SUBMIT_LIBAIO], 1);
	CHECK_EQ(s.lock[LOCK_ROW_SHARED], 4);
	CHECK_EQ(s.lock[LOCK_ROW_EXCLUSIVE], 1);
	CHECK_EQ(s.lock[LOCK_ROW_UPGRADED], 1);
	CHECK_EQ(s.lock[LOCK_ROW_OUTSIDE], 1);
	CHECK_EQ(s.whys[WHY_EXTENDS], 1);
	CHECK_EQ(s.whys[WHY_NOT_WRITTEN], 1);
	CHECK_EQ(s.whys[WHY_COMMIT_OTHER], 1);
	CHECK_EQ(s.whys[WHY_POSITION], 1);
	CHECK_EQ(s.mapping[MAPPING_OVERWRITE], 4);
	CHECK_EQ(s.mapping[MAPPING_NEW], 2);
	CHECK_EQ(s.mapping[MAPPING_NONE], 1);
	CHECK_EQ(s.rounds, 6);
	CHECK_EQ(s.journal_starts, 2);
	CHECK_EQ(s.fallbacks, 1);
	CHECK_EQ(s.fallbacks_whole, 1);
	CHECK_EQ(s.fallback_bytes, 4096);
	CHECK_EQ(s.whys[WHY_INELIGIBLE], 1);
	CHECK_EQ(s.durable_asked, 2);
	CHECK_EQ(s.durable[DURABLE_FUA], 1);
	CHECK_EQ(s.durable[DURABLE_COMMIT], 1);
	CHECK_EQ(s.zero_heads, 1);
	CHECK_EQ(s.zero_head_bytes, 512);
	CHECK_EQ(s.zero_tail_bytes, 2560);
	CHECK_EQ(s.failed, 1);
	CHECK_EQ(s.nr_errors, 1);
	CHECK_EQ(s.errors[0].err, 22);
	CHECK_EQ(s.unknown_facts, 0);
	release(&set, &s);
}

TEST(lock_rows)
{
	static const struct {
		uint8_t lock, upgrade;
		enum lock_row row;
	} cases[] = {
		{LOCK_SHARED, 0, LOCK_ROW_SHARED},
		{LOCK_EXCLUSIVE, 0, LOCK_ROW_EXCLUSIVE},
		{LOCK_EXCLUSIVE, 1, LOCK_ROW_UPGRADED},
		{LOCK_NONE, 0, LOCK_ROW_REFUSED},
	};
	struct sample s;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sample_init(&s, 1, "f", 0, 4096);
		s.rec.lock = cases[i].lock;
		s.rec.upgrade = cases[i].upgrade;
		CHECK_STR(lock_row_name(write_lock_row(&s.rec)), lock_row_name(cases[i].row));
	}
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	sample_how(&s, FACT_LOCK_FIRST, HOW_UNKNOWN);
	CHECK_EQ(write_lock_row(&s.rec), LOCK_ROW_UNKNOWN);
}

TEST(durability_rows)
{
	static const struct {
		uint8_t flags, fua, sync, flush, commit;
		enum durability row;
	} cases[] = {
		{WRITE_DSYNC, FUA_ALL, SYNC_NONE, 0, 0, DURABLE_FUA},
		{WRITE_DSYNC, FUA_SOME, SYNC_FDATASYNC, 1, 0, DURABLE_FLUSH},
		{WRITE_SYNC, FUA_NONE, SYNC_FSYNC, 0, 1, DURABLE_COMMIT},
		{WRITE_SYNC, FUA_NONE, SYNC_FSYNC, 1, 1, DURABLE_BOTH},
		{WRITE_SYNC, FUA_NONE, SYNC_FSYNC, 0, 0, DURABLE_SYNC},
		{WRITE_DSYNC, FUA_NONE, SYNC_NONE, 0, 0, DURABLE_NONE},
		{0, FUA_ALL, SYNC_NONE, 0, 0, DURABLE_FUA}, /* chattr +S */
	};
	enum durability row = NR_DURABLE;
	struct sample s;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sample_init(&s, 1, "f", 0, 4096);
		s.rec.flags = cases[i].flags;
		s.rec.fua = cases[i].fua;
		s.rec.sync = cases[i].sync;
		s.rec.flush = cases[i].flush;
		s.rec.commit = cases[i].commit;
		CHECK(write_durability(&s.rec, &row));
		CHECK_STR(durability_name(row), durability_name(cases[i].row));
	}
	sample_init(&s, 1, "f", 0, 4096);
	CHECK(!write_durability(&s.rec, &row));
	s.rec.inode_sync = 1;
	CHECK(write_durability(&s.rec, &row));
	CHECK_EQ(row, DURABLE_NONE);
	s.rec.flags = WRITE_DSYNC;
	sample_how(&s, FACT_SYNC, HOW_UNKNOWN);
	CHECK(write_durability(&s.rec, &row));
	CHECK_EQ(row, DURABLE_UNKNOWN);
	s.rec.ret = -5;
	CHECK(write_durability(&s.rec, &row));
	CHECK_EQ(row, DURABLE_FAILED);
}

TEST(percentiles_are_exact)
{
	struct write_set set = {0};
	struct summary s;
	struct sample x;

	for (uint64_t i = 1; i <= 200; i++) {
		sample_init(&x, i, "f", 0, 4096);
		x.rec.stage_ns[STAGE_RETURN] = x.rec.stage_ns[STAGE_ENTER] + i * 1000;
		sample_add(&set, &x, 0);
	}
	CHECK_EQ(summary_init(&s, &set), 0);
	CHECK_EQ(s.latency.nr, 200);
	CHECK_EQ(s.latency.at_ns[QUANTILE_P50], 100000);
	CHECK_EQ(s.latency.at_ns[QUANTILE_P90], 180000);
	CHECK_EQ(s.latency.at_ns[QUANTILE_P99], 198000);
	CHECK_EQ(s.latency.at_ns[QUANTILE_P999], 200000);
	CHECK_EQ(s.latency.at_ns[QUANTILE_MAX], 200000);
	CHECK_EQ(s.latency.buckets[16], 131 - 65); /* 66 to 131 us lie in 65.5 to 131.07 */
	CHECK_EQ(s.times[TIME_ENTER].nr, 200);
	CHECK_EQ(s.times[TIME_SYNC].nr, 0);
	release(&set, &s);
}

TEST(extreme_values)
{
	struct write_set set = {0};
	struct summary s;
	struct sample x;

	sample_init(&x, 1, "f", INT64_MAX, ~0ull);
	x.rec.submit = x.rec.lock = x.rec.fallback = x.rec.fallback_reason = x.rec.context = x.rec.sync = 255;
	x.rec.ret = INT64_MIN;
	x.rec.stage_ns[STAGE_ENTER] = 1;
	x.rec.stage_ns[STAGE_RETURN] = ~0ull;
	x.rec.steps_total = ~0u;
	sample_add(&set, &x, 0);
	CHECK_EQ(summary_init(&s, &set), 0);
	CHECK_EQ(s.latency.buckets[NR_BUCKETS - 1], 1);
	CHECK_EQ(s.failed, 1);
	CHECK_EQ(s.steps_missing, ~0u - 2u);
	release(&set, &s);
}

TEST(a_worker_is_no_submitter_that_was_held)
{
	struct write_set set = {0};
	struct summary sum;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	s.rec.submit = SUBMIT_IO_URING;
	s.rec.held_ns = 5000;
	sample_add(&set, &s, 0);
	s.rec.head.id = 2;
	s.rec.worker = 1;
	sample_add(&set, &s, 0);
	CHECK_EQ(summary_init(&sum, &set), 0);
	CHECK_EQ(sum.held.nr, 1);
	summary_release(&sum);
	set_release(&set);
}

TEST(completeness_is_said)
{
	struct write_set set = {0};
	bool complete;
	char *text = set_completeness(&set, &complete);

	CHECK_STR(text, "complete: 0 writes recorded, no write lost");
	CHECK(complete);
	free(text);
	CHECK_EQ(meta_set(&set.trailer, META_SKIPPED, "3"), 0);
	text = set_completeness(&set, &complete);
	CHECK_STR(text, "complete: 0 writes recorded, no write said to be lost; 3 probe runs skipped: writes or facts "
			"may be missing");
	free(text);
	CHECK_EQ(meta_set(&set.trailer, META_SKIPPED, "0"), 0);
	set.lost_steps = 4;
	text = set_completeness(&set, &complete);
	CHECK_STR(text,
		  "NOT COMPLETE: 0 writes recorded, no write lost, 4 steps LOST: a larger --ring-size loses fewer");
	CHECK(!complete);
	free(text);
	set.lost_steps = 0;
	set.end_why = strdup("the trailer says that 1 writes were recorded, and 0 are here");
	text = set_completeness(&set, &complete);
	CHECK_STR(text,
		  "NOT COMPLETE: 0 writes recorded, no write said to be lost; the trailer says that 1 writes were "
		  "recorded, and 0 are here");
	CHECK(!complete);
	free(text);
	set.end = TRACE_DAMAGED; /* more were recorded than can be read */
	text = set_completeness(&set, &complete);
	CHECK(!strncmp(text, "NOT COMPLETE: 0 writes read; ", 29));
	free(text);
	set_release(&set);
}

TEST(a_write_in_flight_is_in_no_row_of_what_it_did_not_come_to)
{
	struct write_set set = {0};
	struct summary s;
	struct sample w;

	sample_dsync(&w, 1, "f");
	sample_in_flight(&w, STAGE_DEVICE);
	sample_add(&set, &w, 0);
	sample_init(&w, 2, "f", 0, 4096);
	sample_how(&w, FACT_LOCK, HOW_UNKNOWN);
	sample_in_flight(&w, STAGE_ENTER);
	sample_add(&set, &w, 0);
	CHECK_EQ(summary_init(&s, &set), 0);
	CHECK_EQ(s.writes, 2);
	CHECK_EQ(s.in_flight, 2);
	CHECK_EQ(s.unfinished, 0);
	CHECK_EQ(s.lock[LOCK_ROW_SHARED], 1);
	CHECK_EQ(s.lock[LOCK_ROW_UNKNOWN], 0);
	CHECK_EQ(s.fallbacks_unknown + s.zero_unknown + s.durable_asked + s.unknown_facts, 0);
	for (int i = 0; i < NR_CONTEXT_ROWS; i++)
		CHECK_EQ(s.context[i], 0);
	summary_release(&s);
	set_release(&set);
}

TEST_MAIN()
