// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/files.h"
#include "reports/model/syncs.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static struct sync_record one(void)
{
	struct write_set set = {0};
	struct sync_record sync;
	struct sample s;

	sample_init(&s, 1, "log", 0, 4096);
	sync = *sample_sync(&set, &s, 1000);
	set_release(&set);
	return sync;
}

TEST(a_commit_is_inferred)
{
	struct sync_record sync = one();

	CHECK_EQ(sync_flushed(&sync), ANSWER_NO);
	CHECK_EQ(sync_committed(&sync), ANSWER_YES);
	CHECK_EQ(sync_means(&sync), SYNC_BY_COMMIT);
	sync.flush = 1;
	CHECK_EQ(sync_committed(&sync), ANSWER_NO);
	CHECK_EQ(sync_means(&sync), SYNC_BY_FLUSH);
}

TEST(where_it_does_not_follow_it_is_unknown)
{
	struct sync_record sync = one();

	sync.flush_how = HOW_UNKNOWN;
	CHECK_EQ(sync_committed(&sync), ANSWER_UNKNOWN);
	CHECK_EQ(sync_means(&sync), SYNC_BY_UNKNOWN);
	sync = one();
	sync.barrier = 0;
	CHECK_EQ(sync_committed(&sync), ANSWER_UNKNOWN);
	sync = one();
	sync.ret = -5;
	CHECK_EQ(sync_committed(&sync), ANSWER_UNKNOWN);
	sync = one();
	sync.journal = 0;
	CHECK_EQ(sync_committed(&sync), ANSWER_NO);
	CHECK_EQ(sync_means(&sync), SYNC_BY_NOTHING);
}

TEST(totals)
{
	struct write_set set = {0};
	struct sync_totals t;
	struct sample s;

	sample_append(&s, 1, "log");
	sample_add(&set, &s, 0);
	sample_sync(&set, &s, 1000);
	sample_sync(&set, &s, 3000)->flush = 1;
	sample_sync(&set, &s, 500)->sync = SYNC_FSYNC;
	sample_sync(&set, &s, 700)->ret = -5;
	s.rec.ino = 13; /* no write to it */
	sample_sync(&set, &s, 100000);
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_EQ(sync_totals_init(&t, &set), 0);
	CHECK_EQ(t.nr, 4);
	CHECK_EQ(t.elsewhere, 1);
	CHECK_EQ(t.total_ns, 5200);
	CHECK_EQ(t.rows[0].nr, 3);
	CHECK_EQ(t.rows[0].failed, 1);
	CHECK_EQ(t.rows[0].means[SYNC_BY_COMMIT], 1);
	CHECK_EQ(t.rows[0].means[SYNC_BY_FLUSH], 1);
	CHECK_EQ(t.rows[0].means[SYNC_BY_UNKNOWN], 1);
	CHECK_EQ(t.rows[0].times.total_ns, 4700);
	CHECK_EQ(t.rows[0].times.at_ns[QUANTILE_MAX], 3000);
	CHECK_EQ(t.rows[1].nr, 1);
	CHECK_EQ(t.rows[1].times.total_ns, 500);
	set_release(&set);
}

TEST(a_damaged_record_has_no_time)
{
	struct sync_record sync = one();

	sync.ended_ns = sync.began_ns - 1;
	CHECK_EQ(sync_ns(&sync), 0);
}

TEST_MAIN()
