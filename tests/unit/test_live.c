// SPDX-License-Identifier: GPL-2.0-only
/* The lines and the table of live: what each column says of a write, and what it does not claim to know. */
#include <errno.h>

#include "reports/text/live.h"
#include "reports/text/top.h"
#include "user/base/utf8.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static const struct live_clock clock_of_samples = {true, 0, 86399}; /* 23:59:59 when the samples begin */

static char *text;
static size_t text_len;

static FILE *text_open(void)
{
	free(text);
	text = NULL;
	return open_memstream(&text, &text_len);
}

/* The line of one sample; valid until the next. */
static const char *line_of(const struct sample *s, const struct live_clock *clock)
{
	struct write w = {.rec = s->rec, .steps = (struct write_step *)s->steps, .nr_steps = s->nr};
	FILE *out = text_open();

	live_print(out, NULL, &w, clock, false);
	fclose(out);
	return text;
}

#define LINE(s, expected) CHECK_STR(line_of(s, &clock_of_samples), expected "\n")

TEST(the_columns_stand_above_their_values)
{
	struct sample s;
	FILE *out = text_open();

	live_print_header(out, false);
	fclose(out);
	CHECK_STR(text, "TIME     COMM            PID     T BYTES    OFF_KB       LAT(us) WAIT(us) FILENAME         "
			"LOCK FB     FUA"
			"        PAD BIOS WHY\n");
	sample_init(&s, 1, "f", 8192, 4096);
	LINE(&s, "23:59:59 fio             4711    S 4096     8               74.5        - f                S    -    "
		 "  -      "
		 "      0    1");
}

TEST(each_decision_has_its_letter)
{
	struct sample s;

	sample_hole(&s, 1, "f");
	LINE(&s, "23:59:59 fio             4711    S 1024     4               74.5        - f                S>X  -    "
		 "  -      "
		 "   3072    3 hole-or-unwritten");
	sample_append(&s, 1, "log");
	LINE(&s, "23:59:59 fio             4711    A 4096     1024            74.5        - log              X    -    "
		 "  -      "
		 "      0    1 extend");
	sample_buffered(&s, 1, "inline");
	LINE(&s, "23:59:59 fio             4711    S 4096     0               74.5        - inline           -    "
		 "whole  -      "
		 "      -    - ineligible");
	sample_einval(&s, 1, "data");
	LINE(&s, "23:59:59 fio             4711    S -EINVAL  0               74.5        - data             S    -    "
		 "  -      "
		 "      -    0 position 100 is not a multiple of 512");
}

/* The word in the FUA column. */
static const char *durable_word(const struct sample *s)
{
	static char word[32];

	if (sscanf(line_of(s, &clock_of_samples) + 103, "%31s", word) != 1)
		return NULL;
	return word;
}

TEST(the_fua_column_says_what_made_it_durable)
{
	struct sample s;

	sample_fua(&s, 1, "wal");
	CHECK_STR(durable_word(&s), "all");
	sample_how(&s, FACT_FUA, HOW_INFERRED);
	CHECK_STR(durable_word(&s), "~all");
	sample_how(&s, FACT_FUA, HOW_UNKNOWN);
	CHECK_STR(durable_word(&s), "?");
	sample_fua(&s, 1, "wal");
	s.rec.fua = FUA_NONE;
	CHECK_STR(durable_word(&s), "none");
	s.rec.fua = FUA_SOME;
	CHECK_STR(durable_word(&s), "some");
	sample_dsync(&s, 1, "wal");
	CHECK_STR(durable_word(&s), "commit");
	s.rec.flush = 1;
	CHECK_STR(durable_word(&s), "commit+flush");
	s.rec.commit = 0;
	CHECK_STR(durable_word(&s), "flush");
	s.rec.flush = 0;
	CHECK_STR(durable_word(&s), "sync");
	s.rec.ret = -ENOSPC;
	CHECK_STR(durable_word(&s), "-");
	sample_init(&s, 1, "f", 0, 4096);
	CHECK_STR(durable_word(&s), "-");
}

/* Asked for, not flushed, and a cache that forgets. */
TEST(what_is_not_durable_says_so)
{
	struct sample s;

	sample_dsync(&s, 1, "f");
	s.rec.dev_cache = 1;
	CHECK(!strstr(line_of(&s, &clock_of_samples), "NOT DURABLE"));
	s.rec.barrier = s.rec.flush = 0;
	CHECK(strstr(line_of(&s, &clock_of_samples), "NOT DURABLE"));
}

TEST(what_is_unknown_is_a_question_mark)
{
	static const struct live_clock no_clock;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	memset(s.rec.how, HOW_UNKNOWN, sizeof(s.rec.how));
	memset(s.rec.stage_ns, 0, sizeof(s.rec.stage_ns));
	CHECK_STR(line_of(&s, &no_clock), "?        ?               ?       ? ?        ?                  ?        ? ?"
					  "                ?    ?      ?            ?    ?\n");
	sample_append(&s, 1, "log"); /* exclusive; whether it began shared is not known */
	sample_how(&s, FACT_UPGRADE, HOW_UNKNOWN);
	CHECK(strstr(line_of(&s, &no_clock), " ?>X  -      -            0    1 extend\n"));
	sample_how(&s, FACT_UPGRADE, HOW_INFERRED);
	s.rec.upgrade = 1;
	CHECK(strstr(line_of(&s, &no_clock), " ~S>X -      -            0    1"));
	sample_how(&s, FACT_FALLBACK, HOW_INFERRED);
	s.rec.fallback = FALLBACK_REST;
	s.rec.fallback_reason = FALLBACK_FAULT;
	CHECK(strstr(line_of(&s, &no_clock), " ~rest  -            0    1"));
	CHECK(strstr(text, "fault\n"));
	CHECK(strstr(line_of(&s, &no_clock), "  74.5 "));
	sample_how(&s, FACT_LATENCY, HOW_INFERRED);
	CHECK(strstr(line_of(&s, &no_clock), " ~74.5 "));
	s.rec.lock_wait_ns = 12340;
	CHECK(strstr(line_of(&s, &no_clock), " ~74.5     12.3 "));
	sample_how(&s, FACT_LOCK_WAIT, HOW_INFERRED);
	CHECK(strstr(line_of(&s, &no_clock), " ~74.5    ~12.3 "));
}

/* What it had not come to is not unknown. */
TEST(a_write_in_flight_is_said_to_be)
{
	struct sample s;

	sample_init(&s, 1, "f", 8192, 4096);
	sample_in_flight(&s, STAGE_DEVICE);
	LINE(&s, "23:59:59 fio             4711    S -        8                  -        - f                S    -    "
		 "  -      "
		 "      0    1 in flight");
}

TEST(no_control_character_reaches_the_terminal)
{
	struct sample s;

	sample_init(&s, 1, "a\x1b[2J", 0, 4096);
	memcpy(s.rec.comm,
	       "\x9b"
	       "1m\n",
	       5);
	CHECK(strstr(line_of(&s, &clock_of_samples), "\\x9b1m\\x0a"));
	CHECK(strstr(text, "a\\x1b[2J "));
	CHECK(!strchr(text, 0x1b));
}

TEST(names_of_many_bytes_keep_the_columns)
{
	struct sample s;

	sample_init(&s, 1, "\xc3\xa4\xc3\xb6\xc3\xbc", 0, 4096);
	CHECK(strstr(line_of(&s, &clock_of_samples), " \xc3\xa4\xc3\xb6\xc3\xbc              S    -"));
}

TEST(the_clock_is_that_of_the_header)
{
	static const struct {
		const char *started, *at;
		bool known;
		unsigned int second;
	} cases[] = {
		{"2026-01-02T23:59:58+0100", "5000", true, 86398},
		{"2026-01-02T00:00:00+0000", "1", true, 0},
		{"yesterday", "5000", false, 0},
		{"2026-01-02T23:59:58+0100", NULL, false, 0},
		{NULL, "5000", false, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct meta header = {0};
		struct live_clock clock;

		if (cases[i].started)
			meta_set(&header, META_STARTED, cases[i].started);
		if (cases[i].at)
			meta_set(&header, META_START_NS, cases[i].at);
		live_clock_init(&clock, &header);
		CHECK_EQ(clock.known, cases[i].known);
		if (clock.known)
			CHECK_EQ(clock.second, cases[i].second);
		meta_release(&header);
	}
}

TEST(midnight_and_what_came_before_the_start)
{
	static const struct live_clock clock = {true, 10000000000, 86398};
	static const struct {
		uint64_t ns;
		const char *time;
	} cases[] = {
		{10000000000, "23:59:58"},
		{12000000000, "00:00:00"},
		{9000000000, "23:59:57"},
		{UINT64_MAX, NULL}, /* whatever: but a time */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int hour, minute, second;
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		s.rec.stage_ns[STAGE_RETURN] = cases[i].ns;
		CHECK_EQ(sscanf(line_of(&s, &clock), "%2u:%2u:%2u ", &hour, &minute, &second), 3);
		CHECK(hour < 24 && minute < 60 && second < 60);
		if (cases[i].time)
			CHECK(!strncmp(text, cases[i].time, 8));
	}
}

/* --- records --- */

struct whole {
	struct write_record rec;
	struct write_step steps[STEPS_INLINE];
};

static size_t whole_init(struct whole *r, const struct sample *s)
{
	r->rec = s->rec;
	r->rec.nr_inline = s->nr;
	r->rec.steps_total = s->nr;
	memcpy(r->steps, s->steps, s->nr * sizeof(r->steps[0]));
	r->rec.head.len = (uint32_t)(sizeof(r->rec) + s->nr * sizeof(r->steps[0]));
	return r->rec.head.len;
}

TEST(records_are_taken_one_by_one)
{
	struct steps_record steps = {.head = {RECORD_STEPS, sizeof(steps), 1}};
	struct write_set one = {0};
	struct errmsg err;
	struct sample s;
	struct whole r;
	size_t len;

	sample_header(&one, "kernel");
	sample_hole(&s, 1, "f");
	sample_how(&s, FACT_ORPHAN, HOW_UNKNOWN);
	len = whole_init(&r, &s);
	CHECK_EQ(live_take(&one, &steps, sizeof(steps), &err), 0);
	CHECK_EQ(live_take(&one, &r, len, &err), 1);
	CHECK_EQ(one.nr, 1);
	CHECK_EQ(one.writes[0].nr_steps, 4);
	CHECK_EQ(one.writes[0].rec.how[FACT_ORPHAN], HOW_INFERRED); /* infer.c has seen it */
	sample_init(&s, 2, "g", 0, 4096);
	len = whole_init(&r, &s);
	CHECK_EQ(live_take(&one, &r, len, &err), 1);
	CHECK_EQ(one.nr, 1);
	CHECK_STR(one.writes[0].rec.file, "g");
	set_release(&one);
}

TEST(records_that_lie_are_refused)
{
	struct write_set one = {0};
	struct errmsg err;
	struct sample s;
	struct whole r;
	size_t len;

	sample_header(&one, "kernel");
	sample_init(&s, 1, "f", 0, 4096);
	len = whole_init(&r, &s);
	CHECK_EQ(live_take(&one, &r, len - 8, &err), -EINVAL);
	CHECK_EQ(live_take(&one, &r, sizeof(struct record_head), &err), -EINVAL);
	r.rec.nr_inline = UINT32_MAX;
	CHECK_EQ(live_take(&one, &r, len, &err), -EINVAL);
	len = whole_init(&r, &s);
	memset(r.rec.file, 'x', sizeof(r.rec.file));
	CHECK_EQ(live_take(&one, &r, len, &err), -EINVAL);
	len = whole_init(&r, &s);
	r.rec.head.type = 9;
	CHECK_EQ(live_take(&one, &r, len, &err), -EINVAL);
	CHECK(strstr(err.text, "type 9"));
	set_release(&one);
}

/* A write to inode @ino, which its FILE record calls @dir/@name. */
static void take_named(struct write_set *one, uint64_t ino, const char *dir, const char *name)
{
	struct file_record file = {.head = {RECORD_FILE, sizeof(file), 0}, .ino = ino, .dev = 7u << 20};
	struct errmsg err;
	struct sample s;
	struct whole r;

	sample_init(&s, ino, "", 0, 4096);
	s.rec.ino = ino;
	snprintf(file.name, sizeof(file.name), "%s", name);
	snprintf(file.parent, sizeof(file.parent), "%s", dir);
	snprintf(s.rec.file, sizeof(s.rec.file), "%s", name);
	CHECK_EQ(live_take(one, &file, sizeof(file), &err), 0);
	CHECK_EQ(live_take(one, &r, whole_init(&r, &s), &err), 1);
}

static const char *named_line(const struct write_set *one)
{
	struct live_clock clock = {0};
	FILE *out = text_open();

	live_print(out, one, &one->writes[0], &clock, false);
	fclose(out);
	return text;
}

TEST(files_are_told_apart_in_lines_and_in_the_table)
{
	struct top_screen screen = {.status = {.what = "t"}};
	struct top *top = top_new();
	struct write_set one = {0};
	char name[256];
	FILE *out;

	sample_header(&one, "kernel");
	take_named(&one, 12, "one", "t.ibd");
	CHECK(strstr(named_line(&one), " t.ibd  "));
	top_add(top, one.names, &one.writes[0]);
	take_named(&one, 13, "tw\xe2\x80\xaeo", "t.ibd");
	CHECK(strstr(named_line(&one), " tw\\xe2\\x80\\xaeo/t.ibd "));
	top_add(top, one.names, &one.writes[0]);
	take_named(&one, 12, "one", "t.ibd");
	top_add(top, one.names, &one.writes[0]);
	memset(name, 'n', 255);
	name[255] = '\0';
	take_named(&one, 14, "one", name);
	CHECK(strstr(named_line(&one), name));
	out = text_open();
	top_print(out, top, &screen);
	fclose(out);
	CHECK(strstr(text, "  one/t.ibd "));
	CHECK(strstr(text, "  tw\\xe2\\x80\\xaeo/t.ibd"));
	CHECK(!strstr(text, "  t.ibd"));
	top_free(top);
	set_release(&one);
}

TEST(a_file_record_that_lies_is_refused)
{
	struct file_record file = {.head = {RECORD_FILE, sizeof(file), 0}};
	struct write_set one = {0};
	struct errmsg err;

	sample_header(&one, "kernel");
	CHECK_EQ(live_take(&one, &file, sizeof(file) - 8, &err), -EINVAL);
	memset(file.parent, 'x', sizeof(file.parent));
	CHECK_EQ(live_take(&one, &file, sizeof(file), &err), -EINVAL);
	set_release(&one);
}

TEST(a_header_of_another_version_is_refused)
{
	struct meta header = {0};
	struct write_set one = {0};
	struct errmsg err;

	CHECK_EQ(live_take_header(&one, &header, &err), -EINVAL);
	meta_setf(&header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
	CHECK_EQ(live_take_header(&one, &header, &err), 0);
	meta_setf(&header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION + 1);
	CHECK_EQ(live_take_header(&one, &header, &err), -EINVAL);
	set_release(&one);
	meta_release(&header);
}

/* --- the table --- */

static void add(struct top *top, const struct sample *s)
{
	struct write w = {.rec = s->rec};

	w.rec.how[FACT_LATENCY] = w.rec.stage_ns[STAGE_RETURN] ? HOW_OBSERVED : HOW_UNKNOWN;
	CHECK_EQ(top_add(top, NULL, &w), 0);
}

static void set_latency(struct sample *s, uint64_t ns)
{
	s->rec.stage_ns[STAGE_RETURN] = s->rec.stage_ns[STAGE_ENTER] + ns;
}

static const char *table_on(const struct top *top, const struct top_screen *screen)
{
	FILE *out = text_open();

	top_print(out, top, screen);
	fclose(out);
	return text;
}

/* Of whatever width. */
static const char *table_of(const struct top *top, unsigned int lines)
{
	const struct top_screen screen = {.status = {.what = "t"}, .lines = lines};

	return table_on(top, &screen);
}

static const char *reason_of_sample(struct sample *s, char *buf, size_t size)
{
	struct write w = {.rec = s->rec, .steps = s->steps, .nr_steps = s->nr};

	return top_reason(&w, buf, size);
}

TEST(an_inode_number_given_again_is_another_row)
{
	struct top *top = top_new();
	struct sample s;
	const char *row;

	sample_init(&s, 1, "reused", 0, 4096);
	add(top, &s);
	s.rec.generation = 7;
	add(top, &s);
	row = strstr(table_of(top, 0), "  reused ");
	CHECK(row && strstr(row + 1, "  reused "));
	top_free(top);
}

TEST(a_reason_is_all_that_made_a_write_slow)
{
	char buf[256];
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "shared");
	sample_hole(&s, 1, "f");
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)),
		  "upgraded to exclusive: not an overwrite: hole or unwritten extents; drained other I/O");
	sample_append(&s, 1, "f");
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "exclusive: extends the file; forced to wait");
	s.rec.lock_wait_ns = 1;
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)),
		  "exclusive: extends the file; forced to wait"); /* which has a column */
	sample_dsync(&s, 1, "f");
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "shared; commit: other dirty metadata of the inode");
	sample_fua(&s, 1, "f");
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "shared; FUA");
	sample_buffered(&s, 1, "f");
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "ended before iomap; buffered: file not eligible");
	sample_einval(&s, 1, "f");
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "shared; -EINVAL: position is no multiple of the sector");
	s.rec.extend = 1; /* the lock is no reason to fail */
	s.rec.lock = LOCK_EXCLUSIVE;
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "exclusive; -EINVAL: position is no multiple of the sector");
	sample_bare(&s, 1, "f", 0, 4096);
	s.rec.flags = WRITE_NOWAIT;
	s.rec.ret = -EAGAIN;
	s.rec.lookup = LOOKUP_HOLE;
	s.rec.stage_ns[STAGE_IOMAP] = s.rec.nosec = 0;
	sample_how(&s, FACT_LOCK, HOW_NOT_REACHED);
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)),
		  "ended before iomap; -EAGAIN: nowait: would need the exclusive lock: hole, S_NOSEC not set");
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	sample_how(&s, FACT_LOCK_FIRST, HOW_UNKNOWN);
	sample_how(&s, FACT_RET, HOW_UNKNOWN);
	s.rec.state = WRITE_IN_FLIGHT;
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "in flight");
	s.rec.state = WRITE_REUSED;
	CHECK_STR(reason_of_sample(&s, buf, sizeof(buf)), "lock unknown; end not seen");
	CHECK_EQ(strlen(reason_of_sample(&s, buf, 8)), 7); /* cut, and ended */
}

TEST(rows_are_by_file_and_reason_most_time_first)
{
	struct top *top = top_new();
	struct sample s;

	for (unsigned int i = 1; i <= 100; i++) {
		sample_init(&s, i, "data", 0, 4096);
		set_latency(&s, i * 1000);
		add(top, &s);
	}
	sample_dsync(&s, 101, "data");
	set_latency(&s, 9000000);
	add(top, &s);
	sample_init(&s, 102, "other", 0, 4096);
	s.rec.ino = 13;
	s.rec.stage_ns[STAGE_RETURN] = 0;
	add(top, &s);
	CHECK_STR(table_of(top, 0),
		  "0.0 s  0 writes/s  0 B/s  lost: not known yet  cost ?  t\n"
		  " WRITES    BYTES     TIME LOCKWAIT  DRAINED      P50      P99      MAX  FILENAME         WHY\n"
		  "    102  408 KiB  14.1 ms        -        -  50.2 us   100 us  9.00 ms  all\n"
		  "      1  4.0 KiB  9.00 ms        -        -  9.00 ms  9.00 ms  9.00 ms  data             shared; "
		  "commit: other dirty metadata of the inode\n"
		  "    100  400 KiB  5.05 ms        -        -  50.2 us   100 us   100 us  data             shared\n"
		  "      1  4.0 KiB        ?        -        -        ?        ?        ?  other            shared\n");
	CHECK(strstr(table_of(top, 5), "    ... 2 more rows\n"));
	CHECK(strstr(text, "metadata of the inode\n"));
	top_free(top);
}

static size_t widest_line(const char *p)
{
	size_t widest = 0, len;

	for (; *p; p += len + 1) {
		len = strcspn(p, "\n");
		widest = utf8_columns(p) && len > widest ? len : widest;
	}
	return widest;
}

TEST(nothing_is_wider_than_the_screen)
{
	struct top *top = top_new();
	struct sample s;

	sample_append(&s, 1, "a-name-of-many-bytes-to-be-cut");
	s.rec.lock_wait_ns = 987654321;
	sample_how(&s, FACT_LOCK_WAIT, HOW_INFERRED);
	set_latency(&s, 98765432109876543);
	add(top, &s);
	for (unsigned int columns = 46; columns <= 200; columns++) {
		const struct top_screen screen = {.status = {.what = "dioscope live --top -- fio job.fio",
							     .keys = "q ends it",
							     .lost = 12345678,
							     .lost_known = true,
							     .cost_ns = 1230,
							     .cost_of_ns = 100000,
							     .elapsed_ns = 3600000000000},
						  .columns = columns};

		CHECK(widest_line(table_on(top, &screen)) <= columns);
		CHECK(strstr(text, " ~988 ms "));
		CHECK(strstr(text, " 27435 h "));
		CHECK(strstr(text, columns < 80 ? "12345678" : "12345678 LOST  cost 1.23 % CPU  q ends it"));
	}
	CHECK(strstr(text, "  all\n"));
	top_free(top);
}

TEST(a_wait_is_unknown_only_where_none_is_known)
{
	struct top *top = top_new();
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	sample_how(&s, FACT_LOCK_WAIT, HOW_UNKNOWN);
	sample_how(&s, FACT_DRAIN, HOW_UNKNOWN);
	add(top, &s);
	CHECK(strstr(table_of(top, 0), "        ?        ?  74"));
	sample_how(&s, FACT_LOCK_WAIT, HOW_OBSERVED);
	s.rec.lock_wait_ns = 5000;
	add(top, &s);
	CHECK(strstr(table_of(top, 0), " 5.00 us        ?  "));
	sample_how(&s, FACT_DRAIN, HOW_NOT_REACHED); /* of another that is not known either way, it is no zero */
	add(top, &s);
	CHECK(strstr(table_of(top, 0), " 10.0 us        ?  "));
	top_free(top);
}

TEST(what_did_not_wait_is_not_unknown)
{
	struct top *top = top_new();
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	s.rec.dio_wait = 0;
	sample_how(&s, FACT_DIO_WAIT, HOW_INFERRED);
	sample_how(&s, FACT_DRAIN, HOW_NOT_REACHED);
	add(top, &s);
	CHECK(strstr(table_of(top, 0), "        -        -  74"));
	top_free(top);
}

TEST(percentiles_are_near)
{
	static const uint64_t times[] = {0, 1, 15, 16, 17, 31, 32, 1000, 4095, 123456789, UINT64_MAX / 4};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct top *top = top_new();
		double number = 0, error;
		char unit[8] = "";
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		set_latency(&s, times[i]);
		add(top, &s);
		set_latency(&s, times[i] * 2); /* so that the maximum does not bound the median */
		add(top, &s);
		CHECK_EQ(sscanf(strstr(table_of(top, 0), "KiB") + 3, " %*f %*s %*s %*s %lf %7s", &number, unit), 2);
		number *= !strcmp(unit, "us")	? 1e3
			  : !strcmp(unit, "ms") ? 1e6
			  : !strcmp(unit, "s")	? 1e9
			  : !strcmp(unit, "h")	? 3600e9
						: 1;
		error = number - (double)times[i];
		if (error < 0)
			error = -error;
		if (error > 0.04 * (double)times[i])
			printf("# %llu: %f\n", (unsigned long long)times[i], number);
		CHECK(error <= 0.04 * (double)times[i]);
		top_free(top);
	}
}

TEST(many_files_do_not_grow_without_end)
{
	struct top *top = top_new();
	size_t rows = 0;
	struct sample s;

	for (unsigned int i = 0; i < 3000; i++) {
		sample_init(&s, 1, "f", 0, 4096);
		s.rec.ino = i;
		add(top, &s);
	}
	table_of(top, 0);
	for (const char *p = text; (p = strstr(p, " f ")); p++)
		rows++;
	CHECK_EQ(rows, 1000);
	CHECK(strstr(text, "   3000   12 MiB "));
	CHECK(strstr(text, "   2000  7.8 MiB"));
	CHECK(strstr(text, "  all beyond 1000 rows\n"));
	top_free(top);
	top_free(NULL);
	free(text);
	text = NULL;
}

TEST_MAIN()
