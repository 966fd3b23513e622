// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/breakdown.h"
#include "reports/model/files.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static const struct breakdown_row no_row = {.label = ""};

static const struct breakdown_row *row_of(const struct breakdown *b, const char *label)
{
	for (size_t i = 0; i < b->nr; i++)
		if (!strcmp(b->rows[i].label, label))
			return &b->rows[i];
	printf("# there is no row '%s'\n", label);
	test_failed_checks++;
	return &no_row;
}

/* All of sample_all(): "wal" waited for the lock, "log" drained; and two calls of fdatasync on "log". */
static void make(struct write_set *set)
{
	struct sample s;

	memset(set, 0, sizeof(*set));
	CHECK_EQ(sample_all(set), 0);
	for (size_t i = 0; i < set->nr; i++)
		set->writes[i].rec.ino = 12 + i;
	for (size_t i = 0; i < set->nr; i++) /* three writes to one file, two to another */
		if (!strcmp(set->writes[i].rec.file, "data"))
			set->writes[i].rec.ino = 12;
	set->writes[2].rec.ino = set->writes[3].rec.ino = 14;
	set->writes[2].rec.lock_wait_ns = 300;
	set->writes[3].rec.lock_wait_ns = 100;
	set->writes[4].rec.dio_wait = 1;
	set->writes[4].rec.drain_ns = 200;
	sample_append(&s, 9, "log");
	s.rec.ino = set->writes[4].rec.ino;
	sample_sync(set, &s, 5000);
	sample_sync(set, &s, 7000);
	s.rec.ino = 4711;
	sample_sync(set, &s, 9000);
	CHECK_EQ(set_name_files(set), 0);
}

TEST(rows_add_up)
{
	struct write_set set;
	struct breakdown b;

	make(&set);
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++) {
		uint64_t bytes = 0, ns = 0;
		size_t nr = 0;

		CHECK_EQ(breakdown_init(&b, &set, (enum breakdown_kind)kind), 0);
		for (size_t i = 0; i < b.nr; i++) {
			nr += b.rows[i].nr[PART_ALL];
			bytes += b.rows[i].bytes;
			ns += b.rows[i].times[PART_ALL].total_ns;
		}
		CHECK_EQ(nr, 7);
		CHECK_EQ(b.writes, 7);
		CHECK_EQ(bytes, 4096 * 5 + 1024);
		CHECK_EQ(ns, b.total_ns);
		CHECK_EQ(ns, 7 * 74500);
		breakdown_release(&b);
	}
	set_release(&set);
}

TEST(by_file)
{
	struct write_set set;
	struct breakdown b;
	const struct breakdown_row *row;

	make(&set);
	CHECK_EQ(breakdown_init(&b, &set, BY_FILE), 0);
	CHECK_EQ(b.nr, 4);
	row = row_of(&b, "wal");
	CHECK_EQ(row->nr[PART_ALL], 2);
	CHECK_EQ(row->nr[PART_LOCK], 2);
	CHECK_EQ(row->times[PART_LOCK].total_ns, 400);
	CHECK_EQ(row->times[PART_LOCK].at_ns[QUANTILE_P50], 100);
	CHECK_EQ(row->times[PART_LOCK].at_ns[QUANTILE_MAX], 300);
	CHECK_EQ(row->nr[PART_EXCLUSIVE], 0);
	CHECK_EQ(row->nr[PART_SYNC], 0);
	row = row_of(&b, "log");
	CHECK_EQ(row->nr[PART_DRAIN], 1);
	CHECK_EQ(row->times[PART_DRAIN].total_ns, 200);
	CHECK_EQ(row->nr[PART_EXCLUSIVE], 1);
	CHECK_EQ(row->nr[PART_SYNC], 2);
	CHECK_EQ(row->times[PART_SYNC].total_ns, 12000);
	CHECK_EQ(row->times[PART_SYNC].at_ns[QUANTILE_MAX], 7000);
	row = row_of(&b, "inline");
	CHECK_EQ(row->nr[PART_FALLBACK], 1);
	CHECK_EQ(row->fallback_bytes, 4096);
	CHECK_STR(b.rows[0].label, "data"); /* three of seven */
	breakdown_release(&b);
	set_release(&set);
}

TEST(two_files_of_one_name_are_two_rows)
{
	struct write_set set = {0};
	struct breakdown b;
	struct sample s;

	sample_init(&s, 1, "t", 0, 4096);
	sample_add(&set, &s, 0);
	sample_file(&set, &s, "t", "one");
	sample_init(&s, 2, "t", 0, 4096);
	s.rec.ino = 13;
	sample_add(&set, &s, 0);
	sample_file(&set, &s, "t", "tw\xe2\x80\xaeo");
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_EQ(breakdown_init(&b, &set, BY_FILE), 0);
	CHECK_EQ(b.nr, 2);
	row_of(&b, "one/t");
	row_of(&b, "tw\\xe2\\x80\\xaeo/t"); /* U+202E would turn the rest of the line around */
	breakdown_release(&b);
	set_release(&set);
}

TEST(a_process_that_only_syncs)
{
	struct write_set set;
	struct breakdown b;

	make(&set);
	set.syncs[0].pid = 99;
	snprintf(set.syncs[0].comm, sizeof(set.syncs[0].comm), "syncer");
	CHECK_EQ(breakdown_init(&b, &set, BY_PROCESS), 0);
	CHECK_EQ(b.nr, 2);
	CHECK_EQ(row_of(&b, "fio (4711)")->nr[PART_ALL], 7);
	CHECK_EQ(row_of(&b, "fio (4711)")->nr[PART_SYNC], 1);
	CHECK_EQ(row_of(&b, "syncer (99)")->nr[PART_ALL], 0);
	CHECK_EQ(row_of(&b, "syncer (99)")->nr[PART_SYNC], 1);
	breakdown_release(&b);
	set_release(&set);
}

TEST(unknown_is_not_none)
{
	struct write_set set;
	struct breakdown b;

	make(&set);
	for (size_t i = 0; i < set.nr; i++)
		set.writes[i].rec.how[FACT_LOCK_WAIT] = set.writes[i].rec.how[FACT_LOCK] = HOW_UNKNOWN;
	CHECK_EQ(breakdown_init(&b, &set, BY_PROCESS), 0);
	CHECK_EQ(b.rows[0].unknown[PART_LOCK], 7);
	CHECK_EQ(b.rows[0].nr[PART_LOCK], 0);
	CHECK_EQ(b.rows[0].unknown[PART_EXCLUSIVE], 7);
	breakdown_release(&b);
	set_release(&set);
}

TEST(words)
{
	enum breakdown_kind kind;

	for (int i = 0; i < NR_BREAKDOWNS; i++) {
		CHECK_EQ(breakdown_parse(breakdown_word((enum breakdown_kind)i), &kind), 0);
		CHECK_EQ(kind, i);
	}
	CHECK(breakdown_parse("thread", &kind) != 0);
}

TEST_MAIN()
