// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "reports/export/export_json.h"
#include "reports/model/files.h"
#include "reports/model/fields.h"
#include "reports/export/json.h"
#include "reports/model/mapping.h"
#include "reports/model/why.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static char *json_text(const struct write_set *set)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CHECK_EQ(export_json(out, set), 0);
	fclose(out);
	return text;
}

static size_t lines(const char *text)
{
	size_t nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

TEST(one_object_a_line)
{
	struct write_set set = {0};
	char *text;

	sample_header(&set, "kernel");
	sample_all(&set);
	text = json_text(&set);
	CHECK_EQ(lines(text), 9);
	CHECK(!strncmp(text, "{\"type\":\"header\",\"schema\":2,\"record.version\":1", 45));
	CHECK(strstr(text, "\n{\"type\":\"write\",\"id\":1,\"op\":1,\"state\":[],\"pid\":4711,"));
	CHECK(strstr(text, "\"upgrade_reason\":[\"not-overwrite\"]"));
	CHECK(strstr(text,
		     "\"mapping\":\"plain overwrite\",\"why_exclusive\":[],\"why_buffered\":[],\"why_sync\":[],"));
	CHECK(strstr(text,
		     "\"why_exclusive\":[\"hole-or-unwritten\"],\"why_buffered\":[],\"why_sync\":[],"
		     "\"why_waited\":[\"drained\"],\"why_work\":[\"hole-or-unwritten\",\"converts\",\"zeroes\"],"));
	CHECK(strstr(text, "\"why_failed\":[\"position\"],\"error\":\"position 100 is not a multiple of 512\","));
	CHECK(strstr(text, "\"advice\":[{\"group\":\"why_failed\",\"why\":\"position\",\"writes\":1,\"ns\":"));
	CHECK(strstr(text, "],\"rest\":[{\"time\":\"enter\",\"ns\":"));
	CHECK(strstr(text, "\"comm\":\"fio\""));
	CHECK(strstr(text, "\"dev\":\"7:0\""));
	CHECK(strstr(
		text,
		"{\"kind\":\"round\",\"map\":\"unwritten\",\"flags\":[\"new\"],\"pos\":4096,\"len\":4096,\"addr\":"));
	CHECK(strstr(text, "{\"kind\":\"bio\",\"role\":\"zero-tail\",\"fua\":false,"));
	CHECK(strstr(text, "\"stages\":{\"enter\":0,\"check\":800,"));
	CHECK(strstr(text, "\n{\"type\":\"trailer\",\"writes\":7,\"syncs\":0,\"syncs_elsewhere\":0,\"lost\":0,\"lost_"
			   "steps\":0,\"complete\":true,\"why\":"
			   "null,\"balanced\":null,\"accounts\":null,\"advice\":[{"));
	free(text);
	set_release(&set);
}

TEST(absence_is_left_out_and_says_why)
{
	struct write_set set = {0};
	struct sample s;
	char *text;

	sample_init(&s, 1, "f", 0, 4096);
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	sample_how(&s, FACT_FUA, HOW_NOT_REACHED);
	sample_how(&s, FACT_CHECKS, HOW_INFERRED);
	s.steps[0].addr = ADDR_NONE;
	sample_add(&set, &s, 0);
	text = json_text(&set);
	CHECK(strstr(text, "\"op\":null"));
	CHECK(!strstr(text, "\"lock\":"));
	CHECK(!strstr(text, "\"fua\":\"")); /* that of a bio is no word */
	CHECK(strstr(text, "\"checks\":1"));
	CHECK(strstr(text, "\"how\":{\"checks\":\"inferred\"},\"unknown\":[\"lock\"],"));
	CHECK(strstr(text, "\"addr\":null"));
	free(text);
	set_release(&set);
}

TEST(a_trace_that_broke_off_says_so)
{
	struct write_set set = {.end = TRACE_TRUNCATED};
	char *text;

	set.end_why = strdup("the file ends inside a block");
	meta_set(&set.trailer, "writes", "99");
	meta_set(&set.trailer, META_EXIT, "3");
	text = json_text(&set);
	CHECK(strstr(text, "{\"type\":\"trailer\",\"writes\":0,\"syncs\":0,\"syncs_elsewhere\":0,\"lost\":null,\"lost_"
			   "steps\":null,\"complete\":false,"
			   "\"why\":\"the file ends inside a "
			   "block\",\"balanced\":null,\"accounts\":null,\"advice\":[],\"rest\":[],\"device_ns\":0,"
			   "\"latency_ns\":0,\"exit\":3}"));
	free(text);
	set_release(&set);
}

TEST(accounts_that_do_not_balance)
{
	struct write_set set = {.end = TRACE_COMPLETE};
	char *text;

	meta_set(&set.trailer, META_ACCOUNT "data", "8192 4096 7");
	text = json_text(&set);
	CHECK(strstr(text, "\"balanced\":false,\"accounts\":{\"writes\":{\"left\":0,\"right\":0,\"first\":null}"));
	CHECK(strstr(text, "\"data\":{\"left\":8192,\"right\":4096,\"first\":7}"));
	free(text);
	set_release(&set);
}

TEST(names_are_any_bytes)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "\"plain\""},
		{"caf\xc3\xa9", "\"caf\xc3\xa9\""},
		{"q\"b\\", "\"q\\u0022b\\u005c\""},
		{"\x01\n\x7f", "\"\\u0001\\u000a\\u007f\""},
		{"\xff\xc3", "\"\\u005cxff\\u005cxc3\""},
		{"\xc2\x9b", "\"\\u009b\""},
		{"</script><!--", "\"\\u003c/script\\u003e\\u003c!--\""},
		{"\xe2\x80\xae\xd8\x9c", "\"\\u202e\\u061c\""},
		{"\xe2\x80\xa8\xe2\x82\xac", "\"\\u2028\xe2\x82\xac\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		struct json j = {.out = out};

		json_string(&j, cases[i].in);
		json_end(&j);
		fclose(out);
		CHECK_STR(text, cases[i].out);
		free(text);
	}
}

/* The JSON of three names of which a careless reader takes one for another. */
TEST(no_two_names_look_the_same)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"\xc3\xbf", "\"\xc3\xbf\""},	/* the character U+00FF */
		{"\xff", "\"\\u005cxff\""},	/* the byte */
		{"\\xff", "\"\\u005cx5cxff\""}, /* four characters */
	};
	struct sample s;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		struct json j = {.out = out};

		sample_init(&s, 1, cases[i].in, 0, 4096);
		json_fact(&j, &s.rec, FACT_FILE);
		json_end(&j);
		fclose(out);
		CHECK_STR(text, cases[i].out);
		free(text);
	}
}

static void check_word(const char *word)
{
	char *text[2] = {NULL, NULL};
	size_t len;

	for (int i = 0; i < 2; i++) {
		FILE *out = open_memstream(&text[i], &len);
		struct json j = {.out = out};

		i ? json_word(&j, word) : json_string(&j, word);
		json_end(&j);
		fclose(out);
	}
	CHECK_STR(text[0], text[1]);
	free(text[0]);
	free(text[1]);
}

/* They are written as they are. */
TEST(our_words_need_no_escape)
{
	for (int fact = 0; fact < NR_FACTS; fact++) {
		CHECK(strlen(write_fields[fact].key) <= JSON_KEY_MAX);
		check_word(write_fields[fact].key);
		for (const char *const *name = write_fields[fact].names; name && *name; name++)
			check_word(*name);
	}
	for (int why = 0; why < NR_WHYS; why++)
		check_word(why_rows[why].key);
	for (int row = 0; row < NR_MAPPING_ROWS; row++)
		check_word(mapping_row_name((enum mapping_row)row));
	for (int row = 0; row < NR_TIME_ROWS; row++) {
		CHECK(strlen(time_row_name((enum time_row)row)) <= JSON_KEY_MAX);
		check_word(time_row_name((enum time_row)row));
	}
	for (int stage = 0; stage < NR_STAGES; stage++)
		check_word(stage_name((enum stage)stage));
	for (int i = 0; i < 8; i++) {
		check_word(map_type_name((unsigned int)i));
		check_word(bio_role_name((unsigned int)i));
	}
}

/* The line after @text, if there is one. */
static char *line_after(char *text)
{
	char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

static void check_as_alone(const struct write_set *all, size_t i, const char *line)
{
	struct write_set alone = {.writes = &all->writes[i], .nr = 1};
	char *text, *own;

	CHECK_EQ(set_name_files(&alone), 0);
	text = json_text(&alone);
	own = line_after(text);
	CHECK(!strncmp(line, own, strcspn(own, "\n") + 1));
	free(text);
	file_names_free(alone.names);
}

/* Writes that differ in one byte, or in how one fact is known, twice each: none gets what another is like. */
TEST(many_writes_are_as_each_alone)
{
	struct write_set set = {0};
	struct sample s;
	char *text, *line;

	for (int round = 0; round < 2; round++) {
		for (size_t at = offsetof(struct write_record, pid); at < offsetof(struct write_record, steps_total);
		     at++) {
			if (at == offsetof(struct write_record, state))
				continue;
			sample_init(&s, set.nr + 1, "a-file", 4096, 4096);
			((char *)&s.rec)[at] ^= 1;
			s.rec.file[FILE_NAME_LEN - 1] = s.rec.comm[COMM_LEN - 1] = '\0';
			sample_add(&set, &s, 0);
		}
		for (int fact = 0; fact < NR_FACTS; fact++)
			for (int how = HOW_UNKNOWN; how <= HOW_NOT_REACHED; how++) {
				sample_init(&s, set.nr + 1, "a-file", 4096, 4096);
				sample_how(&s, (enum write_fact)fact, (enum how)how);
				s.rec.state = fact % 3 ? 0 : WRITE_IN_FLIGHT;
				sample_add(&set, &s, 0);
			}
	}
	CHECK(set.nr > 1000);
	CHECK_EQ(set_name_files(&set), 0);
	text = json_text(&set);
	line = line_after(text);
	for (size_t i = 0; i < set.nr && line; line = line_after(line))
		check_as_alone(&set, i++, line);
	CHECK(line != NULL);
	free(text);
	set_release(&set);
}

TEST(files_and_syncs)
{
	struct write_set set = {0};
	char name[201], *text;
	struct sample s;

	memset(name, 'n', 200);
	name[200] = '\0';
	sample_append(&s, 1, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	s.rec.journal = 1;
	sample_add(&set, &s, 0);
	sample_file(&set, &s, name, "pgdata");
	sample_sync(&set, &s, 1500);
	s.rec.ino = 13;
	sample_sync(&set, &s, 1500);
	sample_init(&s, 2, "another-name-of-which-39-bytes-are-kept", 0, 4096);
	s.rec.ino = 14;
	sample_add(&set, &s, 0);
	CHECK_EQ(set_name_files(&set), 0);
	text = json_text(&set);
	CHECK_EQ(lines(text), 5);
	CHECK(strstr(text, "nnn\",\"file_cut\":false,\"parent\":\"pgdata\",\"generation\":0,"));
	CHECK(strstr(text, "are-kept\",\"file_cut\":true,\"parent\":null,"));
	CHECK(strstr(text, "\"leaves_commit\":true,"));
	CHECK(strstr(text, "\n{\"type\":\"sync\",\"call\":\"fdatasync\",\"pid\":4711,"));
	CHECK(strstr(text, "\"latency\":1500,\"ret\":0,\"flush\":false,\"commit\":true}\n"));
	CHECK(strstr(text, "\"writes\":2,\"syncs\":1,\"syncs_elsewhere\":1,"));
	free(text);
	set_release(&set);
}

TEST(a_full_disk_is_noticed)
{
	struct write_set set = {0};
	FILE *out = fopen("/dev/full", "w");

	if (!out)
		SKIP("no /dev/full");
	CHECK(export_json(out, &set) < 0);
	fclose(out);
}

/* A number, with and without its key, as printf() writes it. */
static void check_number(uint64_t n)
{
	_cleanup_free_ char *text = NULL;
	char wanted[160];
	struct json_key key;
	struct json j = {0};
	size_t len;

	j.out = open_memstream(&text, &len);
	json_make_key(&key, "n");
	json_open(&j, '{');
	json_made_uint(&j, &key, n);
	json_made_int(&j, &key, (int64_t)n);
	json_close(&j, '}');
	json_open(&j, '[');
	json_uint(&j, n);
	json_int(&j, (int64_t)n);
	json_close(&j, ']');
	json_end(&j);
	fclose(j.out);
	snprintf(wanted, sizeof(wanted), "{\"n\":%" PRIu64 ",\"n\":%" PRId64 "},[%" PRIu64 ",%" PRId64 "]", n,
		 (int64_t)n, n, (int64_t)n);
	CHECK_STR(text, wanted);
}

TEST(numbers_have_all_their_digits)
{
	for (uint64_t n = 1;; n *= 10) {
		check_number(n - 1);
		check_number(n);
		check_number(n + 1);
		if (n > UINT64_MAX / 10)
			break;
	}
	for (int bit = 0; bit < 64; bit++)
		check_number(1ull << bit);
	check_number(UINT64_MAX);
}

TEST_MAIN()
