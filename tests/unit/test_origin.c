// SPDX-License-Identifier: GPL-2.0-only
/* Where a set comes from, what it cannot hold, and why it may be empty. */
#include <string.h>

#include "reports/text/origin.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static char seen[4096];

static void take_row(void *ctx, const char *label, const char *value)
{
	(void)ctx;
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s=%s|", label, value);
}

static void take_sentence(void *ctx, const char *sentence)
{
	take_row(ctx, "", sentence);
}

static const char *rows_of(const struct write_set *set)
{
	seen[0] = '\0';
	CHECK_EQ(origin_rows(set, take_row, NULL), 0);
	return seen;
}

static void describe(struct write_set *set)
{
	static const char *const lines[][2] = {
		{META_HOST, "db1"},
		{META_VERSION, "0.1.0"},
		{META_DEV "7:0." META_DEV_NAME, "/dev/loop0"},
		{META_DEV "7:0." META_DEV_MODEL, "loop device of /img"},
		{META_DEV "7:0." META_DEV_MOUNT, "/mnt"},
		{META_DEV "7:0." META_DEV_OPTIONS, "rw,noatime,rw,data=ordered"},
		{META_DEV "8:1." META_DEV_NAME, "/dev/sda1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		CHECK_EQ(meta_set(&set->header, lines[i][0], lines[i][1]), 0);
	meta_set(&set->trailer, META_DURATION, "1500000000");
}

static void add(struct write_set *set, uint64_t id, unsigned int dev)
{
	struct sample s;

	sample_init(&s, id, "f", 0, 4096);
	s.rec.dev = dev;
	sample_add(set, &s, 0);
}

TEST(devices_that_were_written_to_have_their_words)
{
	struct write_set set = {0};

	sample_header(&set, "kernel");
	describe(&set);
	CHECK(!strstr(rows_of(&set), "/dev/"));
	add(&set, 1, 7 << 20);
	add(&set, 2, 7 << 20);
	add(&set, 3, 9 << 20 | 3);
	rows_of(&set);
	CHECK(strstr(seen, "|host=db1|dioscope=0.1.0|"));
	CHECK(strstr(seen, "|duration=1.50 s|device=/dev/loop0 (7:0), model: loop device of /img|"
			   "mounted=/mnt: rw,noatime,rw,data=ordered|device=unknown (9:3), model: unknown|"
			   "mounted=unknown|"));
	CHECK(!strstr(seen, "sda1"));
	set_release(&set);
}

TEST(an_older_trace_does_not_say)
{
	struct write_set set = {0};

	sample_header(&set, "kernel");
	rows_of(&set);
	CHECK(strstr(seen, "|host=unknown|dioscope=unknown|"));
	CHECK(strstr(seen, "|duration=unknown|"));
	set_release(&set);
	set = (struct write_set){0};
	sample_header(&set, "reference");
	CHECK(!strstr(rows_of(&set), "unknown"));
	set_release(&set);
}

TEST(what_cannot_be_seen_is_said)
{
	struct write_set set = {0};

	seen[0] = '\0';
	CHECK_EQ(unseen_sentences(&set.header, &set.trailer, take_sentence, NULL), 0);
	CHECK_STR(seen, "");
	meta_set(&set.header, META_BLIND "1", "writes of a");
	meta_set(&set.header, META_KERNEL, "6.18");
	meta_set(&set.header, META_BLIND "2", "writes of b");
	meta_set(&set.trailer, META_OTHER_FS, "1");
	CHECK_EQ(unseen_sentences(&set.header, &set.trailer, take_sentence, NULL), 0);
	CHECK_STR(seen,
		  "=this recording cannot see: writes of a; writes of b|=1 direct write of other file systems was "
		  "not recorded|");
	seen[0] = '\0';
	meta_set(&set.trailer, META_OTHER_FS, "12");
	CHECK_EQ(unseen_sentences(&set.header, &set.trailer, take_sentence, NULL), 0);
	CHECK(strstr(seen, "12 direct writes of other file systems were not recorded"));
	set_release(&set);
}

static void check_no_writes(const struct write_set *set, const char *expected)
{
	char *text = no_writes_sentence(set);

	CHECK_STR(text, expected);
	free(text);
}

TEST(an_empty_trace_says_what_could_be_the_cause)
{
	struct write_set set = {0};

	describe(&set);
	check_no_writes(&set, "no O_DIRECT write to ext4 was seen: there was none, buffered writes are not recorded");
	meta_set(&set.header, META_BLIND "1", "writes of a");
	check_no_writes(&set,
			"no O_DIRECT write to ext4 was seen: there was none (buffered writes are not recorded), or it "
			"was one of those that this recording cannot see: writes of a");
	meta_set(&set.header, META_DEV "7:0." META_DEV_OPTIONS, "rw,data=journal");
	check_no_writes(&set,
			"no O_DIRECT write to ext4 was seen: '/mnt' is mounted data=journal, where each of them is a "
			"buffered write");
	set_release(&set);
}

TEST_MAIN()
