// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/files.h"
#include "reports/text/render.h"
#include "reports/text/render_breakdown.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static const struct side_names sides = {"live", "reference"};

static char *text_of_summary(const struct write_set *set)
{
	struct totals t;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CHECK_EQ(totals_init(&t, set), 0);
	CHECK_EQ(render_totals(out, set, &t), 0);
	fclose(out);
	totals_release(&t);
	return text;
}

static char *text_of_diff(const struct write_set *a, const struct write_set *b, bool verbose)
{
	struct diff d;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CHECK_EQ(diff_sets(&d, a, b), 0);
	render_diff(out, "S08", &d, &sides, verbose);
	fclose(out);
	diff_release(&d);
	return text;
}

static void check_columns(const char *text)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		CHECK(len <= 100);
		if (len > 100)
			printf("# %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

TEST(summary_says_what_happened)
{
	struct write_set set = {0};
	char *text;

	sample_header(&set, "kernel");
	CHECK_EQ(sample_all(&set), 0);
	text = text_of_summary(&set);
	CHECK(strstr(text, "complete: 7 writes recorded, no write lost"));
	CHECK(strstr(text, "6.18.15"));
	CHECK(strstr(text, "no hook    sync"));
	CHECK(strstr(text, "not an overwrite"));
	CHECK(strstr(text, "file not eligible"));
	CHECK(strstr(text, "EINVAL"));
	CHECK(strstr(text, "\nwhy exclusive\n  extends the file                                   1   14.3 %\n"));
	CHECK(strstr(text, "  not an overwrite\n    hole or unwritten extents                        1   14.3 %\n"));
	CHECK(strstr(text, "\nmapping  (6 rounds, 2 journal starts)\n"));
	CHECK(strstr(text, "    commit\n      other dirty metadata of the inode              1"));
	CHECK(strstr(text, "\nwhat cost most time, beside the device ("));
	CHECK(strstr(text, "\n  1. position is no multiple of the sector\n"));
	CHECK(strstr(text, "; decided by iomap_dio_bio_iter()\n     change: align to the device's logical block\n"));
	CHECK(strstr(text, "\n      position is no multiple of the sector          1   14.3 %\n"
			   "        such as: position 100 is not a multiple of 512\n"));
	CHECK(!strstr(text, "NOT DURABLE"));
	check_columns(text);
	free(text);
	set_release(&set);
}

TEST(what_is_not_durable_is_loud)
{
	struct write_set set = {0};
	struct sample s;
	char *text;

	sample_dsync(&s, 1, "wal");
	s.rec.barrier = s.rec.commit = 0;
	sample_add(&set, &s, 0);
	text = text_of_summary(&set);
	CHECK(strstr(text, "\nNOT DURABLE: barriers are off, in 1 write\n     change: mount with barrier=1"));
	CHECK(strstr(text, "    NOT DURABLE\n      barriers are off                               1"));
	free(text);
	set_release(&set);
}

/* A number stays in its column, whatever it is the number of. */
TEST(long_reasons_have_a_line_of_their_own)
{
	struct write_set set = {0};
	struct sample s;
	char *text;

	sample_bare(&s, 1, "log", 1 << 20, 4096);
	s.rec.lock_first = s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.lock_wait_ns = 700;
	s.rec.how[FACT_LATENCY] = HOW_OBSERVED;
	sample_add(&set, &s, 0);
	text = text_of_summary(&set);
	CHECK(strstr(text, "(700 ns), others waited for 1 write; decided by ext4_dio_write_iter()\n"));
	CHECK(strstr(text, "change: one writer per file, or larger appends; preallocate and write once in advance,"));
	CHECK(strstr(text, "\n  was beyond the end when it asked, and another write extended the file meanwhile\n"
			   "                                                     1  100.0 %\n"));
	check_columns(text);
	free(text);
	set_release(&set);
}

TEST(losses_are_loud)
{
	struct write_set set = {0};
	char *text;

	sample_all(&set);
	set.lost_records = 5;
	meta_set(&set.trailer, META_LOST_RING, "5");
	text = text_of_summary(&set);
	CHECK(strstr(text, "NOT COMPLETE: 7 writes recorded, 5 writes LOST (ring buffer full: 5"));
	free(text);
	set.end = TRACE_TRUNCATED;
	set.end_why = strdup("the file ends inside a block");
	text = text_of_summary(&set);
	CHECK(strstr(text, "NOT COMPLETE: 7 writes recorded; the file ends inside a block"));
	free(text);
	set_release(&set);
}

TEST(accounts_that_do_not_balance_are_loud)
{
	struct write_set set = {0};
	char *text;

	sample_all(&set);
	meta_set(&set.trailer, META_ACCOUNT "data", "8192 8192 0");
	text = text_of_summary(&set);
	CHECK(strstr(text, "accounts   1 balance\n"));
	free(text);
	meta_set(&set.trailer, META_ACCOUNT "data", "8192 4096 7");
	text = text_of_summary(&set);
	CHECK(strstr(text, "WARNING    the accounts do not balance: a hook was bypassed"));
	CHECK(strstr(text, "data: 8192 bytes that iomap says it wrote, 4096 bytes in data bios, first in write 7\n"));
	free(text);
	meta_set(&set.trailer, META_SKIPPED, "3");
	text = text_of_summary(&set);
	CHECK(strstr(text, "do not balance: the kernel skipped probes"));
	free(text);
	set_release(&set);
}

TEST(an_empty_set_has_a_summary)
{
	struct write_set set = {0};
	char *text = text_of_summary(&set);

	CHECK(strstr(text, "complete: 0 writes recorded"));
	CHECK(!strstr(text, "nan"));
	free(text);
	set_release(&set);
}

TEST(no_control_character_reaches_the_terminal)
{
	struct write_set set = {0};
	char *text;

	sample_header(&set, "kernel");
	meta_set(&set.header, META_COMMAND, "evil \x1b[2J\xff");
	sample_all(&set);
	text = text_of_summary(&set);
	CHECK(!strchr(text, 0x1b));
	CHECK(strstr(text, "\\x1b[2J\\xff"));
	free(text);
	set_release(&set);
}

/* 200 times pwrite and fdatasync, the way that is paid for there and not in the write. */
TEST(what_io_uring_takes_in_no_row)
{
	struct write_set set = {0};
	struct sample s;
	char *text;

	sample_init(&s, 1, "f", 0, 4096);
	sample_add(&set, &s, 0);
	text = text_of_summary(&set);
	CHECK(!strstr(text, "no row has what a request"));
	free(text);
	s.rec.submit = SUBMIT_IO_URING;
	s.rec.head.id = 2;
	sample_add(&set, &s, 0);
	text = text_of_summary(&set);
	check_columns(text);
	CHECK(strstr(text, "  no row has what a request of io_uring took until SQPOLL's thread took it"));
	free(text);
	set_release(&set);
}

/* Somebody syncs, but not the file that needs it: a time of 0 would not say so. */
TEST(a_file_that_is_never_synced)
{
	struct write_set set = {0};
	struct sample s;
	char *text;

	sample_header(&set, "kernel");
	meta_set(&set.header, META_HOOK "sync", "raw_tp:ext4_sync_file_enter");
	sample_append(&s, 1, "log");
	s.rec.journal = 1;
	sample_add(&set, &s, 0);
	sample_sync(&set, &s, 20000);
	sample_append(&s, 2, "data");
	s.rec.ino = 13;
	s.rec.journal = 1;
	sample_add(&set, &s, 0);
	CHECK_EQ(set_name_files(&set), 0);
	text = text_of_summary(&set);
	CHECK(strstr(text, "  leaves a commit to the next fdatasync              2  100.0 %\n"
			   "    and none of its file is recorded                 1   50.0 %\n"));
	CHECK(strstr(text, "  20.0 us\n"));
	CHECK(strstr(text, "     none\n"));
	free(text);
	/* where they are not seen that is not known */
	meta_set(&set.header, META_HOOK "sync", "none: it cannot be attached");
	text = text_of_summary(&set);
	CHECK(!strstr(text, "and none of its file"));
	free(text);
	meta_set(&set.header, META_HOOK "sync", "raw_tp:ext4_sync_file_enter");
	meta_set(&set.trailer, META_LOST_SYNCS, "3");
	text = text_of_summary(&set);
	CHECK(!strstr(text, "and none of its file"));
	free(text);
	set_release(&set);
}

TEST(syncs_of_the_application)
{
	struct write_set set = {.end = TRACE_COMPLETE};
	struct sample s;
	char *text;

	sample_append(&s, 1, "log");
	s.rec.journal = 1;
	s.rec.held_ns = 40000;
	sample_add(&set, &s, 0);
	for (uint64_t i = 0; i < 200; i++)
		sample_sync(&set, &s, i < 12 ? 20000 : 2000000)->flush = i < 12;
	s.rec.ino = 13;
	sample_sync(&set, &s, 1000);
	meta_set(&set.trailer, META_LOST_SYNCS, "3");
	CHECK_EQ(set_name_files(&set), 0);
	text = text_of_summary(&set);
	check_columns(text);
	CHECK(strstr(text, "fsync and fdatasync of files that were written directly  (100.0 % of the time"));
	CHECK(strstr(text, "  fdatasync                       200    376 ms   2.00 ms"));
	CHECK(strstr(text, "waited for a commit           188"));
	CHECK(strstr(text, "flushed, no commit             12"));
	CHECK(strstr(text, "  1 fsync or fdatasync of files without recorded direct writes\n"));
	CHECK(strstr(text, "  3 fsync or fdatasync LOST: the ring buffer was full\n"));
	CHECK(strstr(text, "share      p50      p99 lock wait in fsync\n  log "));
	CHECK(strstr(text, " 74.5 us      0 ns   376 ms\n"));
	CHECK(strstr(text, "  leaves a commit to the next fdatasync              1  100.0 %"));
	CHECK(strstr(text,
		     "  beside the sum, of asynchronous writes:\n  submitter: call to return         1   40.0 us"));
	free(text);
	set_release(&set);
}

static char *text_of_breakdown(const struct write_set *set, enum breakdown_kind kind)
{
	_cleanup_(breakdown_release) struct breakdown b;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CHECK_EQ(breakdown_init(&b, set, kind), 0);
	render_breakdown_whole(out, &b);
	fclose(out);
	return text;
}

TEST(a_breakdown_has_a_line_for_each_part)
{
	struct write_set set = {.end = TRACE_COMPLETE};
	struct sample s;
	char *text;

	sample_append(&s, 1, "log");
	s.rec.lock_wait_ns = 500;
	sample_how(&s, FACT_DIO_WAIT, HOW_UNKNOWN);
	sample_add(&set, &s, 0);
	sample_sync(&set, &s, 20000);
	CHECK_EQ(set_name_files(&set), 0);
	text = text_of_breakdown(&set, BY_FILE);
	check_columns(text);
	CHECK(strstr(text, "\n  log                               1  4.0 KiB  74.5 us 100.0 %  74.5 us"));
	CHECK(strstr(text, "\n    waited for the lock             1            500 ns   0.7 %   500 ns"));
	CHECK(strstr(text, "\n    drained other I/O (1 unknown)\n"));
	CHECK(strstr(text, "\n    exclusive (100.0 %)             1           74.5 us 100.0 %"));
	CHECK(strstr(text, "\n    fsync, fdatasync                1           20.0 us          20.0 us"));
	CHECK(!strstr(text, "buffered fallback"));
	free(text);
	set_release(&set);
}

TEST(a_long_label_has_a_line_of_its_own)
{
	struct write_set set = {.end = TRACE_COMPLETE};
	char name[201], *text;
	struct sample s;

	memset(name, 'n', 200);
	name[200] = '\0';
	sample_init(&s, 1, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", 0, 4096);
	sample_add(&set, &s, 0);
	sample_file(&set, &s, name, "d");
	CHECK_EQ(set_name_files(&set), 0);
	text = text_of_breakdown(&set, BY_FILE);
	CHECK(strstr(text, "nnn\n                                    1  4.0 KiB"));
	CHECK(strstr(text, name));
	free(text);
	set_release(&set);
}

TEST(a_diff_is_one_line_and_one_for_each_finding)
{
	struct write_set a = {0}, b = {0};
	struct sample s;
	char *text;

	sample_init(&s, 1, "f", 8192, 4096);
	sample_how(&s, FACT_FLUSH, HOW_UNKNOWN);
	sample_add(&a, &s, 3);
	s.rec.lock = LOCK_EXCLUSIVE;
	s.steps[1].len = 2048;
	sample_bio(&s, BIO_DATA, 0, 10240, 2048);
	sample_how(&s, FACT_ORPHAN, HOW_INFERRED);
	sample_add(&b, &s, 3);
	text = text_of_diff(&a, &b, false);
	CHECK(!strncmp(text, "S08              1 write  ", 25));
	CHECK(strstr(text, " facts compared     1 finding   (1 inferred, 1 allowed, 1 unobservable)\n"));
	CHECK(strstr(text,
		     "  op 3 f pos 8192 len 4096: lock: live shared, reference exclusive; rule: mode of i_rwsem"));
	CHECK(!strstr(text, "flush"));
	free(text);
	text = text_of_diff(&a, &b, true);
	CHECK(strstr(text, "unobservable: flush in 1 write:"));
	CHECK(strstr(text, "bios: live 1, reference 2; allowed: "));
	free(text);
	set_release(&a);
	set_release(&b);
}

/* Rules that are only the nearest are said with every count of findings, and only there. */
TEST(a_finding_of_the_nearest_rules_says_so)
{
	struct diff d = {.caution = "nearest to this kernel's"};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	render_diff(out, "S01", &d, &sides, false);
	fflush(out);
	CHECK(!strstr(text, "nearest"));
	diff_add(&d, VERDICT_DIFFERENT, 3, "lock", "shared", "exclusive", "equal");
	render_diff(out, "S02", &d, &sides, false);
	fclose(out);
	CHECK(strstr(text,
		     " 1 finding \n  beware: the rules of reference are the nearest to this kernel's\n  op 3 lock: "));
	free(text);
	diff_release(&d);
}

TEST(times_and_sizes_read_well)
{
	char buf[32];

	CHECK_STR(format_time(999, buf, sizeof(buf)), "999 ns");
	CHECK_STR(format_time(1500, buf, sizeof(buf)), "1.50 us");
	CHECK_STR(format_time(999499, buf, sizeof(buf)), "999 us");
	CHECK_STR(format_time(999500, buf, sizeof(buf)), "1.00 ms");
	CHECK_STR(format_time(9996, buf, sizeof(buf)), "10.0 us");
	CHECK_STR(format_time(75500000, buf, sizeof(buf)), "75.5 ms");
	CHECK_STR(format_time(~0ull, buf, sizeof(buf)), "18446744074 s");
	CHECK_STR(format_bytes(0, buf, sizeof(buf)), "0 B");
	CHECK_STR(format_bytes(1536, buf, sizeof(buf)), "1.5 KiB");
	CHECK_STR(format_bytes(64 << 20, buf, sizeof(buf)), "64 MiB");
}

TEST(writes_in_flight_are_said_to_be)
{
	struct diff d = {.pairs = 2, .in_flight = 1, .by_verdict = {[VERDICT_ALLOWED] = 3}};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	render_diff(out, "S", &d, &(struct side_names){"A", "B"}, false);
	fclose(out);
	CHECK(strstr(text, "  (3 allowed, 1 in flight)\n"));
	free(text);
}

TEST_MAIN()
