// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/files.h"
#include "reports/model/select.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

#define START_NS 1000000000ull

/* Three writes that began 0, 1 and 2 seconds after the recording, and a sync with the last. */
static void make(struct write_set *set)
{
	static const char *const files[] = {"wal", "data", "wal"};
	static const char *const comms[] = {"fio", "mariadbd", "fio"};
	struct sample s;

	memset(set, 0, sizeof(*set));
	sample_header(set, "kernel");
	meta_set(&set->header, META_STARTED, "2026-11-26T23:59:59+0000");
	meta_setf(&set->header, META_START_NS, "%llu", START_NS);
	for (uint64_t i = 0; i < 3; i++) {
		sample_init(&s, i + 1, files[i], 0, 4096);
		for (int stage = 0; stage < NR_STAGES; stage++)
			if (s.rec.stage_ns[stage])
				s.rec.stage_ns[stage] += START_NS * (i + 1);
		s.rec.ino = 12 + i % 2;
		s.rec.pid = (uint32_t)(100 + i % 2);
		snprintf(s.rec.comm, sizeof(s.rec.comm), "%s", comms[i]);
		CHECK_EQ(sample_add(set, &s, 0), 0);
	}
	CHECK(sample_sync(set, &s, 1000) != NULL);
}

/* How many are left. */
static size_t left(const struct selection *sel)
{
	struct write_set set;
	struct errmsg err;
	size_t nr;

	make(&set);
	CHECK_EQ(select_writes(&set, sel, &err), 0);
	CHECK_EQ(set.nr + set.left_out, 3);
	nr = set.nr;
	set_release(&set);
	return nr;
}

static struct moment_spec moment(const char *text)
{
	struct moment_spec spec = {0};

	CHECK_EQ(moment_parse(text, &spec, NULL), 0);
	return spec;
}

TEST(by_each)
{
	CHECK_EQ(left(&(struct selection){0}), 3);
	CHECK_EQ(left(&(struct selection){.file = "wal"}), 2);
	CHECK_EQ(left(&(struct selection){.file = "some/wal"}), 2); /* its directory is not known */
	CHECK_EQ(left(&(struct selection){.file = "al"}), 0);
	CHECK_EQ(left(&(struct selection){.comm = "mariadbd"}), 1);
	CHECK_EQ(left(&(struct selection){.comm = "maria"}), 0);
	CHECK_EQ(left(&(struct selection){.pid = 100}), 2);
	CHECK_EQ(left(&(struct selection){.pid = 100, .file = "data"}), 0);
}

TEST(by_time)
{
	CHECK_EQ(left(&(struct selection){.since = moment("1")}), 2);
	CHECK_EQ(left(&(struct selection){.until = moment("1")}), 1);
	CHECK_EQ(left(&(struct selection){.since = moment("500ms"), .until = moment("1.5")}), 1);
	CHECK_EQ(left(&(struct selection){.since = moment("1m")}), 0);
	/* to the nanosecond at which the second began */
	CHECK_EQ(left(&(struct selection){.since = moment("1.000201")}), 2);
	CHECK_EQ(left(&(struct selection){.until = moment("1.000201")}), 1);
	CHECK_EQ(left(&(struct selection){.since = moment("23:59:59")}), 3);
	CHECK_EQ(left(&(struct selection){.since = moment("00:00:00")}), 2); /* the next day */
	CHECK_EQ(left(&(struct selection){.until = moment("00:00:00.5")}), 2);
}

TEST(what_is_no_moment)
{
	static const char *const bad[] = {"",
					  "x",
					  "-1",
					  "1x",
					  "24:00:00",
					  "12:60:00",
					  "1:2",
					  "1.5.5",
					  "1.",
					  ".5",
					  "12:00:00.",
					  "1e3",
					  "99999999999999999999",
					  "+1",
					  "12:0 0:1",
					  "1 s"};
	struct moment_spec spec;
	struct errmsg err;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int ret = moment_parse(bad[i], &spec, &err);

		if (!ret)
			printf("# '%s' was taken\n", bad[i]);
		CHECK(ret);
	}
}

static void refused(const struct selection *sel, bool dated, const char *why)
{
	struct write_set set;
	struct errmsg err = {""};

	make(&set);
	if (!dated)
		meta_set(&set.header, META_STARTED, "long ago");
	CHECK(select_writes(&set, sel, &err) != 0);
	CHECK(strstr(err.text, why) != NULL);
	set_release(&set);
}

TEST(times_that_make_no_sense)
{
	refused(&(struct selection){.since = moment("2"), .until = moment("1")}, true,
		"--until 1 is not after --since 2");
	refused(&(struct selection){.until = moment("0")}, true, "--until 0 is not after the beginning");
	refused(&(struct selection){.since = moment("12:00:00")}, false, "does not say when it began");
}

TEST(it_says_so)
{
	struct selection sel = {.file = "wal", .pid = 100};
	struct write_set set;
	struct errmsg err;

	make(&set);
	CHECK_EQ(select_writes(&set, &sel, &err), 0);
	CHECK_STR(meta_get(&set.header, META_SELECTED), "2 of 3 writes, those of --file wal --pid 100");
	CHECK_EQ(set.writes[1].rec.head.id, 3);
	set_release(&set);
}

TEST(syncs_are_selected_and_keep_their_file)
{
	struct selection sel = {.comm = "fio", .since = moment("2.0001")};
	struct write_set set;
	struct errmsg err;

	make(&set);
	CHECK_EQ(select_writes(&set, &sel, &err), 0);
	CHECK_EQ(set.nr_syncs, 1);
	CHECK(file_names_of_sync(set.names, &set.syncs[0]) != NULL);
	set_release(&set);
	make(&set);
	sel = (struct selection){.file = "data"};
	CHECK_EQ(select_writes(&set, &sel, &err), 0);
	CHECK_EQ(set.nr_syncs, 0);
	set_release(&set);
}

TEST_MAIN()
