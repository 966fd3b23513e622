// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/record_v1.h"

#include <errno.h>

#include "tests/unit/test.h"

/* A record of version 1, byte for byte: head, nine stages, 72 bytes of how[], the members up to nr_inline and on. */
#define V1_LEN	     480
#define V1_STAGES    16
#define V1_HOW	     (V1_STAGES + 9 * 8)
#define V1_PID	     (V1_HOW + 72)
#define V1_NR_INLINE (V1_LEN - 16)

struct old {
	char bytes[V1_LEN + STEPS_INLINE * sizeof(struct write_step)];
	size_t len;
};

static void put(struct old *old, size_t at, uint64_t value, size_t size)
{
	memcpy(old->bytes + at, &value, size);
}

static void old_init(struct old *old, uint32_t steps)
{
	memset(old, 0, sizeof(*old));
	old->len = V1_LEN + steps * sizeof(struct write_step);
	put(old, 0, RECORD_WRITE, 4);
	put(old, 4, old->len, 4);
	put(old, 8, 7, 8); /* id */
	for (uint64_t i = 0; i < 9; i++)
		put(old, V1_STAGES + 8 * i, 100 + i, 8);
	memset(old->bytes + V1_HOW, HOW_OBSERVED, 67);
	put(old, V1_PID, 4711, 4);
	put(old, V1_NR_INLINE, steps, 4);
	put(old, V1_LEN, STEP_BIO, 1);
}

static int read_old(struct old *old, struct record_buffer *buf, size_t *len, struct errmsg *err)
{
	const void *record;

	*len = old->len;
	return record_of_version(1, old->bytes, len, buf, &record, err);
}

TEST(what_was_there_is_read)
{
	struct record_buffer buf;
	struct errmsg err;
	struct old old;
	size_t len;

	old_init(&old, 1);
	CHECK_EQ(read_old(&old, &buf, &len, &err), 0);
	CHECK_EQ(len, sizeof(buf.rec) + sizeof(struct write_step));
	CHECK_EQ(buf.rec.head.len, len);
	CHECK_EQ(buf.rec.head.id, 7);
	CHECK_EQ(buf.rec.pid, 4711);
	CHECK_EQ(buf.rec.nr_inline, 1);
	CHECK_EQ(buf.steps[0].kind, STEP_BIO);
	CHECK_EQ(buf.rec.stage_ns[STAGE_IOMAP], 102);
	CHECK_EQ(buf.rec.stage_ns[STAGE_MAP], 0);
	CHECK_EQ(buf.rec.stage_ns[STAGE_COMPLETE], 105);
	CHECK_EQ(buf.rec.stage_ns[STAGE_RETURN], 108);
	CHECK_EQ(buf.rec.how[FACT_LATENCY], HOW_OBSERVED);
	CHECK_EQ(buf.rec.how[FACT_LOOKUP], HOW_UNKNOWN);
}

/* Where no hook saw it begin, its beginning was said to be the write's end. */
TEST(a_completion_that_was_not_seen_took_no_time)
{
	struct record_buffer buf;
	struct errmsg err;
	struct old old;
	size_t len;

	old_init(&old, 0);
	put(&old, V1_STAGES + 8 * 5, 108, 8);
	CHECK_EQ(read_old(&old, &buf, &len, &err), 0);
	CHECK_EQ(buf.rec.stage_ns[STAGE_COMPLETE], 0);
}

TEST(lengths_are_not_believed)
{
	struct record_buffer buf;
	struct errmsg err;
	struct old old;
	size_t len;

	old_init(&old, 0);
	old.len = V1_LEN - 1;
	CHECK_EQ(read_old(&old, &buf, &len, &err), -EINVAL);
	old_init(&old, 1);
	put(&old, V1_NR_INLINE, 2, 4);
	CHECK_EQ(read_old(&old, &buf, &len, &err), -EINVAL);
	put(&old, V1_NR_INLINE, STEPS_INLINE + 1, 4);
	old.len = V1_LEN + (STEPS_INLINE + 1) * sizeof(struct write_step);
	CHECK_EQ(read_old(&old, &buf, &len, &err), -EINVAL);
	CHECK(strstr(err.text, "write 7 does not have the length"));
}

TEST(records_of_today_are_left_alone)
{
	struct write_record rec = {.head = {RECORD_WRITE, sizeof(rec), 1}};
	struct record_buffer buf;
	struct errmsg err;
	const void *record;
	size_t len = sizeof(rec);

	CHECK_EQ(record_of_version(WRITE_RECORD_VERSION, &rec, &len, &buf, &record, &err), 0);
	CHECK(record == &rec);
	CHECK_EQ(record_check_version(1, &err), 0);
	CHECK_EQ(record_check_version(WRITE_RECORD_VERSION, &err), 0);
	CHECK_EQ(record_check_version(WRITE_RECORD_VERSION + 1, &err), -EINVAL);
	CHECK_EQ(record_check_version(0, &err), -EINVAL);
}

TEST_MAIN()
