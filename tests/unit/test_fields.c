// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>

#include "reports/model/fields.h"
#include "user/base/utf8.h"
#include "reports/model/summary.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static const char *shown(const struct write_record *rec, enum write_fact fact)
{
	static char buf[256];

	return field_format(rec, fact, buf, sizeof(buf));
}

TEST(every_fact_has_a_row)
{
	for (int i = 0; i < NR_FACTS; i++) {
		const struct write_field *f = &write_fields[i];

		CHECK(f->key && f->label && f->unit && f->help);
		if (!f->key)
			continue;
		for (const char *p = f->key; *p; p++)
			CHECK(islower((unsigned char)*p) || *p == '_');
		CHECK(strlen(f->key) < 32); /* finding.what */
		CHECK((f->kind == FIELD_ENUM || f->kind == FIELD_MASK) == (f->names != NULL));
		for (int j = 0; j < i; j++)
			CHECK(strcmp(f->key, write_fields[j].key));
	}
}

TEST(rows_lie_inside_the_record_and_do_not_overlap)
{
	char used[sizeof(struct write_record)] = {0};

	for (int i = 0; i < NR_FACTS; i++) {
		const struct write_field *f = &write_fields[i];

		if (i == FACT_LATENCY)
			continue;
		CHECK(f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8 || f->kind == FIELD_TEXT);
		CHECK(f->offset + f->size <= (int)sizeof(used));
		for (int b = f->offset; b < f->offset + f->size; b++)
			CHECK_EQ(used[b]++, 0);
	}
}

TEST(values_keep_their_sign)
{
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	s.rec.invalidate = -16;
	s.rec.ret = -529;
	s.rec.len = ~0ull;
	s.rec.tid = 0x80000000;
	CHECK_EQ(field_value(&s.rec, FACT_INVALIDATE), -16);
	CHECK_EQ(field_value(&s.rec, FACT_RET), -529);
	CHECK_EQ(field_value(&s.rec, FACT_TID), 0x80000000ll);
	CHECK_STR(shown(&s.rec, FACT_LEN), "18446744073709551615");
	CHECK_STR(shown(&s.rec, FACT_INVALIDATE), "-EBUSY");
	CHECK_STR(shown(&s.rec, FACT_RET), "-EIOCBQUEUED");
}

TEST(values_have_words)
{
	struct sample s;

	sample_hole(&s, 1, "f");
	s.rec.flags = WRITE_DSYNC | WRITE_APPEND;
	s.rec.upgrade_reason = UPGRADE_EXTEND | 0x80;
	s.rec.fua = 9;
	CHECK_STR(shown(&s.rec, FACT_LOCK), "exclusive");
	CHECK_STR(shown(&s.rec, FACT_FLAGS), "O_DSYNC,append");
	CHECK_STR(shown(&s.rec, FACT_UPGRADE_REASON), "extend,bit7");
	CHECK_STR(shown(&s.rec, FACT_FUA), "9");
	CHECK_STR(shown(&s.rec, FACT_UPGRADE), "yes");
	CHECK_STR(shown(&s.rec, FACT_DEV), "7:0");
	CHECK_STR(shown(&s.rec, FACT_LATENCY), "74.50 us");
	CHECK_STR(shown(&s.rec, FACT_RET), "1024");
	s.rec.flags = 0;
	CHECK_STR(shown(&s.rec, FACT_FLAGS), "none");
}

TEST(absence_is_a_value)
{
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	sample_how(&s, FACT_FUA, HOW_NOT_REACHED);
	CHECK_STR(shown(&s.rec, FACT_LOCK), "unknown");
	CHECK_STR(shown(&s.rec, FACT_FUA), "not reached");
	s.rec.stage_ns[STAGE_RETURN] = 0;
	CHECK_STR(shown(&s.rec, FACT_LATENCY), "unknown");
}

TEST(a_write_is_named_by_what_is_known_of_it)
{
	struct sample s;
	char buf[256];

	sample_append(&s, 1, "log");
	CHECK_STR(write_subject(&s.rec, buf, sizeof(buf)), "log pos 0 len 4096");
	sample_how(&s, FACT_ASKED_POS, HOW_UNKNOWN);
	sample_how(&s, FACT_ASKED_LEN, HOW_UNKNOWN);
	CHECK_STR(write_subject(&s.rec, buf, sizeof(buf)), "log pos 1048576 len 4096");
	sample_how(&s, FACT_POS, HOW_NOT_REACHED);
	CHECK_STR(write_subject(&s.rec, buf, sizeof(buf)), "log pos unknown len 4096");
}

TEST(names_cannot_command_a_terminal)
{
	struct sample s;

	sample_init(&s, 1, "caf\xc3\xa9 \x1b[2J\xff\xc2\x9b\\", 0, 4096);
	CHECK_STR(shown(&s.rec, FACT_FILE), "caf\xc3\xa9 \\x1b[2J\\xff\\xc2\\x9b\\x5c");
}

TEST(a_short_buffer_is_enough)
{
	struct sample s;
	char buf[8];

	sample_init(&s, 1, "a-rather-long-name", 0, 4096);
	s.rec.flags = WRITE_FLAGS_ALL;
	for (int i = 0; i < NR_FACTS; i++)
		CHECK(strlen(field_format(&s.rec, (enum write_fact)i, buf, sizeof(buf))) < sizeof(buf));
}

TEST(errors_have_names)
{
	CHECK_STR(errno_name(28), "ENOSPC");
	CHECK_STR(errno_name(529), "EIOCBQUEUED");
	CHECK_STR(errno_name(4711), "errno 4711");
}

TEST(words_of_foreign_numbers)
{
	CHECK_STR(map_type_name(MAP_UNWRITTEN), "unwritten");
	CHECK_STR(map_type_name(77), "?");
	CHECK_STR(bio_role_name(BIO_ZERO_TAIL), "zero-tail");
	CHECK_STR(bio_role_name(255), "?");
	CHECK_STR(how_name(HOW_INFERRED), "inferred");
	CHECK_STR(how_name((enum how)200), "?");
}

TEST(utf8_is_what_rfc_3629_says)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{"a", 1},
		{"\xc3\xa9", 2},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x98\x80", 4},
		{"\xc0\x80", 0},
		{"\xe0\x80\x80", 0},
		{"\xed\xa0\x80", 0},
		{"\xf4\x90\x80\x80", 0},
		{"\xf5\x80\x80", 0},
		{"\x80", 0},
		{"\xe2\x82", 0},
		{"", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_EQ(utf8_len(cases[i].text), cases[i].len);
}

TEST(a_write_in_flight_knows_what_it_came_to)
{
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	sample_in_flight(&s, STAGE_DEVICE);
	CHECK_STR(shown(&s.rec, FACT_LOCK), "shared");
	CHECK_STR(shown(&s.rec, FACT_UPGRADE), "no"); /* decided, and before */
	CHECK_STR(shown(&s.rec, FACT_BIOS), "1");
	CHECK_STR(shown(&s.rec, FACT_RET), "in flight");
	CHECK_STR(shown(&s.rec, FACT_SYNC), "in flight"); /* none so far says nothing */
	CHECK_STR(shown(&s.rec, FACT_FALLBACK), "in flight");
	CHECK_STR(shown(&s.rec, FACT_LATENCY), "in flight");
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	CHECK_STR(shown(&s.rec, FACT_LOCK), "unknown"); /* it was past that: the hooks did not tell */
	sample_in_flight(&s, STAGE_ENTER);
	CHECK_STR(shown(&s.rec, FACT_LOCK), "in flight");
	s.rec.state = 0;
	CHECK_STR(shown(&s.rec, FACT_LOCK), "unknown");
}

/* How often @word stands for itself among the labels and values of facts, the stages and the rows of times. */
static int meanings_of(const char *word)
{
	int nr = 0;

	for (int fact = 0; fact < NR_FACTS; fact++) {
		const char *const *name = write_fields[fact].names;

		nr += !strcmp(write_fields[fact].label, word);
		for (; name && *name; name++)
			nr += !strcmp(*name, word);
	}
	for (int stage = 0; stage < NR_STAGES; stage++)
		nr += !strcmp(stage_name((enum stage)stage), word);
	for (unsigned int row = 0; row < NR_SUBMIT_ROWS; row++)
		nr += !strcmp(submit_row_name(row), word);
	return nr;
}

TEST(one_word_is_one_fact)
{
	CHECK_EQ(meanings_of("sync"), 1); /* the stage: ext4_sync_file for the write */
	CHECK_EQ(meanings_of("O_SYNC"), 1);
	CHECK_EQ(meanings_of("O_DSYNC"), 1);
	for (int a = 0; a < NR_FACTS; a++)
		for (int b = 0; b < a; b++)
			CHECK(strcmp(write_fields[a].label, write_fields[b].label) != 0);
	for (unsigned int row = 0; row <= SUBMIT_KERNEL; row++)
		CHECK_STR(submit_row_name(row), write_fields[FACT_SUBMIT].names[row]);
	CHECK_STR(submit_row_name(NR_SUBMIT_ROWS - 1), "unknown");
}

/* field_value() takes a byte as it is. */
TEST(no_byte_is_signed)
{
	for (int fact = 0; fact < NR_FACTS; fact++)
		CHECK(write_fields[fact].size != 1 ||
		      (write_fields[fact].kind != FIELD_INT && write_fields[fact].kind != FIELD_ERRNO));
}

/* A fact that is not compared any more, or only within an envelope, is a change that somebody has to mean. */
TEST(which_facts_are_compared_and_how)
{
	static const char pinned[] = /* = exact, ~ with an envelope, - not */
		"-pid -tid -comm -cgroup =submit -dev -ino =file =asked_pos =asked_len =pos =len =flags =segments "
		"=addr_align =seg_align =isize ~disksize =blkbits =extents =nosec =inode_sync =journal =barrier "
		"=lbs =dma_mask =dev_fua =dev_cache =lock_first =lock =upgrade =upgrade_reason -lock_wait =checks "
		"=unaligned =extend =dio_wait =force_wait =invalidate =ops ~rounds ~journal_starts ~bios "
		"=data_bytes =zero_head =zero_tail =fua ~queued ~context =end_size =end_error =convert "
		"=isize_after =orphan =truncate =sync =flush =commit =dio_ret =fallback =fallback_reason "
		"=fallback_pos =fallback_len =fallback_ret =attempts =ret -latency -lookup -drain -held -worker "
		"-inode_flags -data_mode -generation";
	static const char marks[] = {[COMPARE_EXACT] = '=', [COMPARE_ENVELOPE] = '~', [COMPARE_NOT] = '-'};
	char seen[2048] = "";

	for (int fact = 0; fact < NR_FACTS; fact++)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%c%s", fact ? " " : "",
			 marks[write_fields[fact].compare], write_fields[fact].key);
	CHECK_STR(seen, pinned);
}

TEST_MAIN()
