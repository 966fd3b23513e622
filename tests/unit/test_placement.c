// SPDX-License-Identifier: GPL-2.0-only
/* What only the allocator's history decides, and what it does not excuse. */
#include <errno.h>

#include "reports/model/fields.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"
#include "user/verify/parting.h"
#include "user/verify/placement.h"

#define ALONE	"create f\nwrite f 0 8k\n"
#define FLUSHED "create f\nbuffered f 0 8k\nsync\nwrite f 0 8k\n"

/* An overwrite of two blocks as 6.12 does it; @gap: they do not lie behind each other. */
static void overwrite(struct sample *s, uint64_t gap)
{
	sample_overwrite(s, 1, 0, 8192);
	s->nr = 0;
	s->rec.rounds = s->rec.bios = 0;
	sample_round(s, MAP_MAPPED, 0, 0, gap ? 4096 : 8192);
	if (gap) {
		sample_round(s, MAP_MAPPED, 0, 4096, 4096);
		s->steps[1].addr = s->steps[0].addr + 4096 + gap;
		s->rec.lock = LOCK_EXCLUSIVE;
	}
	sample_bio(s, BIO_DATA, 0, 0, 8192);
}

struct bench {
	struct sample live, reference;
	struct workload wl;
	struct write_set sets[2];
	struct diff diff;
};

static void begin(struct bench *b, const char *text)
{
	memset(b, 0, sizeof(*b));
	CHECK_EQ(workload_parse(&b->wl, "t.wl", text, strlen(text), NULL), 0);
	meta_set(&b->sets[0].header, META_ENGINE, "kernel");
	meta_set(&b->sets[1].header, META_ENGINE, "reference");
	overwrite(&b->live, 0);
	overwrite(&b->reference, 65536);
}

/* Findings that are left of the write, operation @op. */
static size_t judge_at(struct bench *b, uint32_t op, bool pinned)
{
	size_t nr;

	sample_add(&b->sets[0], &b->live, op);
	sample_add(&b->sets[1], &b->reference, op);
	CHECK_EQ(diff_sets(&b->diff, &b->sets[0], &b->sets[1]), 0);
	CHECK(b->diff.by_verdict[VERDICT_DIFFERENT] > 0);
	CHECK_EQ(placement_excuse(&b->diff, &b->wl, ref_rules_find("6.12"), pinned), 0);
	nr = b->diff.by_verdict[VERDICT_DIFFERENT];
	diff_release(&b->diff);
	set_release(&b->sets[0]);
	set_release(&b->sets[1]);
	workload_release(&b->wl);
	return nr;
}

static size_t judge(struct bench *b, bool pinned)
{
	return judge_at(b, (uint32_t)b->wl.nr_ops, pinned);
}

TEST(only_what_a_scenario_itself_allocates_has_its_place)
{
	static const struct {
		const char *text;
		bool pinned, excused;
	} cases[] = {{ALONE, false, true}, {ALONE, true, false}, {FLUSHED, false, true}, {FLUSHED, true, true}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, cases[i].text);
		CHECK_EQ(judge(&b, cases[i].pinned) == 0, cases[i].excused);
	}
}

/* Only what was delayed before the write, and written back by nobody who waited for it alone. */
TEST(the_flusher_allocates_what_was_delayed_before_the_write)
{
	static const struct {
		const char *text;
		bool excused;
	} cases[] = {
		{"create f\nbuffered f 0 8k\nremount\nwrite f 0 8k\n", true},
		{"mount noatime\ncreate f\nbuffered f 0 8k\nsync\nwrite f 0 8k\n", true},
		{"mount nodelalloc\ncreate f\nbuffered f 0 8k\nsync\nwrite f 0 8k\n", false},
		{"create f\nsync\nbuffered f 0 8k\nwrite f 0 8k\n", false},
		{"create f\nfallocate f 0 8k\nsync\nwrite f 0 8k\n", false},
		{"create f\nbuffered f 0 8k\nfsync f\nwrite f 0 8k\n", false},
		{"create f\nwrite f 0 8k\nbuffered f 0 8k\nsync\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t op = 1;
		struct bench b;

		begin(&b, cases[i].text);
		while (workload_op(&b.wl, op)->kind != OP_WRITE)
			op++;
		CHECK_EQ(judge_at(&b, op, true) == 0, cases[i].excused);
	}
}

/* Three blocks in two extents, the first of which has @first bytes. */
static void overwrite_two(struct sample *s, uint64_t first)
{
	sample_overwrite(s, 1, 0, 12288);
	s->nr = 0;
	s->rec.rounds = s->rec.bios = 0;
	sample_round(s, MAP_MAPPED, 0, 0, first);
	sample_round(s, MAP_MAPPED, 0, (int64_t)first, 12288 - first);
	s->steps[1].addr += 1 << 20;
	sample_bio(s, BIO_DATA, 0, 0, first);
	sample_bio(s, BIO_DATA, 0, (int64_t)first, 12288 - first);
	s->rec.lookup = LOOKUP_PART_WRITTEN;
	s->rec.lock = LOCK_EXCLUSIVE;
	s->rec.upgrade = 1;
	s->rec.upgrade_reason = UPGRADE_NOT_OVERWRITE;
	sample_how(s, FACT_UPGRADE_REASON, HOW_OBSERVED);
	s->rec.checks = 2;
	s->rec.ops = OPS_IOMAP;
	s->rec.journal_starts = 1;
}

TEST(as_many_extents_are_not_the_same_ones)
{
	for (int other = 0; other < 2; other++) {
		struct bench b;

		begin(&b, ALONE);
		overwrite_two(&b.live, 4096);
		overwrite_two(&b.reference, other ? 8192 : 4096);
		b.reference.rec.checks = 1;
		CHECK_EQ(judge(&b, false) == 0, other);
	}
}

/* What one extent holds may be mapped in two rounds: by whose hand is the allocator's, and no scenario's. */
TEST(where_a_mapping_is_cut_is_a_place_where_nothing_is_pinned)
{
	for (int pinned = 0; pinned < 2; pinned++) {
		struct bench b;

		begin(&b, FLUSHED);
		b.reference.steps[1].addr = b.reference.steps[0].addr + 4096;
		CHECK_EQ(judge(&b, pinned) == 0, !pinned);
	}
}

TEST(only_the_same_failure_is_alike)
{
	static const struct {
		int64_t a, b;
		bool alike;
	} cases[] = {{-EIO, -EIO, true}, {-EIO, -ENOSPC, false}, {-EIO, 8192, false}, {8192, 8192, false}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct write a = {.rec.ret = cases[i].a}, b = {.rec.ret = cases[i].b};

		CHECK_EQ(placement_failed_alike(&a, &b), cases[i].alike);
	}
}

/* Of a write that did not fail the bytes are no matter of extents, nor is FUA. */
TEST(how_much_was_sent_and_how_is_no_place)
{
	struct bench b;

	begin(&b, ALONE);
	b.reference.rec.data_bytes = 4096;
	CHECK_EQ(judge(&b, false), 2); /* the number, and that it does not agree with the bios */
	begin(&b, ALONE);
	b.reference.steps[2].opf |= OPF_FUA;
	CHECK_EQ(judge(&b, false), 1);
}

TEST(in_the_same_extents_nothing_is_excused)
{
	struct bench b;

	begin(&b, ALONE);
	overwrite(&b.reference, 0);
	b.reference.rec.lock = LOCK_EXCLUSIVE;
	CHECK(judge(&b, false) > 0);
}

/* It gave up the shared lock over one extent. */
TEST(a_live_write_that_breaks_the_rules_is_not_excused)
{
	struct bench b;

	begin(&b, ALONE);
	b.live.rec.lock = LOCK_EXCLUSIVE;
	b.reference.rec.lock = LOCK_SHARED;
	CHECK(judge(&b, false) > 0);
}

TEST(other_bytes_are_not_excused)
{
	struct bench b;

	begin(&b, ALONE);
	b.reference.steps[2].len = 4096;
	CHECK(judge(&b, false) > 2); /* the bytes, and what is not excused: the lock, the rounds */
}

static void fail_in_a_bio(struct sample *s)
{
	s->rec.ret = s->rec.dio_ret = s->rec.end_error = -EIO;
	s->rec.flags = 0;
}

/* Of two extents the second was not sent any more when the first had failed. */
TEST(where_both_failed_one_may_have_come_further)
{
	struct bench b;

	begin(&b, ALONE);
	fail_in_a_bio(&b.live);
	fail_in_a_bio(&b.reference);
	b.reference.steps[2].len = 4096;
	b.reference.rec.data_bytes = 4096;
	CHECK_EQ(judge(&b, false), 0);
}

/* Where the mapping of one ends short of the write, and nothing goes on behind it. */
TEST(an_end_short_of_the_write_is_a_place)
{
	struct bench b;

	begin(&b, FLUSHED);
	overwrite(&b.reference, 0);
	b.reference.steps[0].len = 4096;
	b.reference.rec.lock = LOCK_EXCLUSIVE;
	CHECK_EQ(judge(&b, false), 0);
}

/* An unaligned write that found its block unwritten, and then written; @type: what it found then. */
static size_t judge_converted(uint8_t type, uint16_t flags)
{
	struct bench b;

	begin(&b, "create f\nwrite f 0 512\n");
	sample_overwrite(&b.live, 1, 0, 512);
	b.live.rec.unaligned = 1;
	b.live.rec.seg_align = 512;
	b.reference = b.live;
	b.live.rec.upgrade = b.live.rec.dio_wait = b.live.rec.force_wait = 1;
	b.live.rec.upgrade_reason = UPGRADE_UNALIGNED_UNWRITTEN;
	sample_how(&b.live, FACT_UPGRADE_REASON, HOW_OBSERVED);
	b.live.rec.lookup = LOOKUP_UNWRITTEN;
	sample_how(&b.live, FACT_LOOKUP, HOW_OBSERVED);
	b.live.rec.lock = LOCK_EXCLUSIVE;
	b.live.rec.checks = 2;
	b.live.rec.ops = OPS_IOMAP;
	b.live.steps[0].role = type;
	b.live.steps[0].map_flags = flags;
	return judge(&b, false);
}

TEST(what_the_flusher_converts_meanwhile_is_not_pinned)
{
	CHECK_EQ(judge_converted(MAP_MAPPED, 0), 0);
	CHECK(judge_converted(MAP_UNWRITTEN, 0) > 0);
	CHECK(judge_converted(MAP_MAPPED, MAP_F_NEW) > 0);
}

/* What is settled with the lock, behind the check, */
static const enum write_fact settled[] = {FACT_LOCK,	 FACT_UNALIGNED,  FACT_EXTEND,
					  FACT_DIO_WAIT, FACT_FORCE_WAIT, FACT_ORPHAN};
/* and what every write has, however early it ended. */
static const enum write_fact always[] = {FACT_RET, FACT_ISIZE_AFTER, FACT_SYNC, FACT_FALLBACK, FACT_LATENCY};

/* RWF_NOWAIT, of a file with a privilege to remove: refused under the shared lock, after the look. */
static void refuse(struct sample *s, enum lookup_kind found, uint8_t reasons)
{
	sample_bare(s, 1, "f", 0, 8192);
	for (int f = 0; f < NR_FACTS; f++)
		if (write_fields[f].stage > STAGE_CHECK)
			sample_how(s, (enum write_fact)f, HOW_NOT_REACHED);
	s->rec.stage_ns[STAGE_IOMAP] = s->rec.stage_ns[STAGE_SUBMIT] = s->rec.stage_ns[STAGE_DEVICE] = 0;
	s->rec.stage_ns[STAGE_COMPLETE] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(settled); i++)
		sample_how(s, settled[i], HOW_NOT_REACHED);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		sample_how(s, always[i], HOW_OBSERVED);
	s->rec.flags = WRITE_NOWAIT;
	s->rec.nosec = 0;
	s->rec.lookup = (uint8_t)found;
	s->rec.upgrade_reason = reasons;
	s->rec.ret = -EAGAIN;
}

/* What is not one extent over the whole range is no overwrite. */
static void refuse_for(struct sample *s, enum lookup_kind found)
{
	bool one = found == LOOKUP_WRITTEN || found == LOOKUP_UNWRITTEN;

	refuse(s, found, UPGRADE_NOT_NOSEC | (one ? 0 : UPGRADE_NOT_OVERWRITE));
}

TEST(what_was_refused_has_its_place_from_the_look)
{
	static const struct {
		enum lookup_kind live, reference;
		bool excused;
	} cases[] = {
		{LOOKUP_PART_WRITTEN, LOOKUP_WRITTEN, true}, {LOOKUP_PART_UNWRITTEN, LOOKUP_UNWRITTEN, true},
		{LOOKUP_WRITTEN, LOOKUP_PART_WRITTEN, true}, {LOOKUP_UNWRITTEN, LOOKUP_PART_UNWRITTEN, true},
		{LOOKUP_HOLE, LOOKUP_WRITTEN, false},	     {LOOKUP_PART_WRITTEN, LOOKUP_UNWRITTEN, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, ALONE);
		refuse_for(&b.live, cases[i].live);
		refuse_for(&b.reference, cases[i].reference);
		CHECK_EQ(judge(&b, false) == 0, cases[i].excused);
	}
}

TEST(a_look_that_was_not_seen_is_no_place)
{
	for (int side = 0; side < 2; side++) {
		struct bench b;

		begin(&b, ALONE);
		refuse_for(&b.live, LOOKUP_PART_WRITTEN);
		refuse_for(&b.reference, LOOKUP_WRITTEN);
		sample_how(side ? &b.reference : &b.live, FACT_LOOKUP, HOW_UNKNOWN);
		CHECK(judge(&b, false) > 0);
	}
}

/* It says that it was no overwrite, and had seen all of it in one extent. */
TEST(a_refusal_that_breaks_the_rules_is_not_excused)
{
	struct bench b;

	begin(&b, ALONE);
	refuse(&b.live, LOOKUP_WRITTEN, UPGRADE_NOT_NOSEC | UPGRADE_NOT_OVERWRITE);
	refuse(&b.reference, LOOKUP_PART_WRITTEN, UPGRADE_NOT_NOSEC);
	CHECK(judge(&b, false) > 0);
}

/* --- what came after a write that its extents ended --- */

static void add_others(struct diff *diff, uint32_t op, const char *file)
{
	char image[64];

	snprintf(image, sizeof(image), "%s: size 0", file);
	CHECK_EQ(diff_add(diff, VERDICT_DIFFERENT, op, "result", "-EAGAIN", "8192", "r"), 0);
	CHECK_EQ(diff_add(diff, VERDICT_DIFFERENT, 0, "image", image, "other", "r"), 0);
}

struct left {
	size_t of_write, others;
};

static struct left left_of(const struct diff *diff)
{
	struct left left = {0};

	for (size_t i = 0; i < diff->nr; i++)
		if (diff->findings[i].verdict == VERDICT_DIFFERENT)
			*(diff->findings[i].a ? &left.of_write : &left.others) += 1;
	return left;
}

/* Findings that are left of the write, operation @write, and of the result of operation @op and the image of @file. */
static struct left judge_parted(struct bench *b, uint32_t write, uint32_t op, const char *file)
{
	struct left left;

	sample_add(&b->sets[0], &b->live, write);
	sample_add(&b->sets[1], &b->reference, write);
	CHECK_EQ(diff_sets(&b->diff, &b->sets[0], &b->sets[1]), 0);
	add_others(&b->diff, op, file);
	CHECK_EQ(parting_excuse(&b->diff, &b->wl, ref_rules_find("6.12")), 0);
	left = left_of(&b->diff);
	diff_release(&b->diff);
	set_release(&b->sets[0]);
	set_release(&b->sets[1]);
	workload_release(&b->wl);
	return left;
}

#define PARTED	   "create f\ncreate g\nbuffered f 0 8k\nwrite f 0 8k nowait\nwrite f 0 8k\nwrite g 0 8k\n"
#define BEFORE	   3
#define REFUSED	   4
#define AFTERWARDS 5
#define OF_ANOTHER 6

/* The live write was refused, the other one done. */
static void part(struct bench *b, enum lookup_kind live, enum lookup_kind reference)
{
	begin(b, PARTED);
	refuse(&b->live, live, UPGRADE_NOT_NOSEC | UPGRADE_NOT_OVERWRITE);
	overwrite(&b->reference, 0);
	b->reference.rec.flags = WRITE_NOWAIT;
	b->reference.rec.lookup = (uint8_t)reference;
	sample_how(&b->reference, FACT_LOOKUP, HOW_OBSERVED);
}

TEST(where_extents_decide_what_is_refused_the_files_part)
{
	static const struct {
		uint32_t op;
		const char *file;
		size_t left;
	} cases[] = {
		{REFUSED, "f", 0}, {AFTERWARDS, "f", 0}, {OF_ANOTHER, "f", 1}, {REFUSED, "g", 1}, {BEFORE, "f", 1}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct left left;
		struct bench b;

		part(&b, LOOKUP_PART_WRITTEN, LOOKUP_WRITTEN);
		left = judge_parted(&b, REFUSED, cases[i].op, cases[i].file);
		CHECK_EQ(left.of_write, 0);
		CHECK_EQ(left.others, cases[i].left);
	}
}

/* What of a failed write came to the disk went by its mappings. */
TEST(where_both_failed_the_files_part_too)
{
	struct left left;
	struct bench b;

	begin(&b, PARTED);
	fail_in_a_bio(&b.live);
	fail_in_a_bio(&b.reference);
	left = judge_parted(&b, REFUSED, AFTERWARDS, "f");
	CHECK_EQ(left.of_write + left.others, 0);
}

/* The live hooks saw nothing of it; @len: whether it could be in two extents. */
static struct left judge_unseen(uint32_t len, uint32_t write, const char *live)
{
	struct left left;
	struct bench b;

	begin(&b, PARTED);
	sample_overwrite(&b.reference, 1, 0, len);
	sample_add(&b.sets[1], &b.reference, write);
	CHECK_EQ(diff_sets(&b.diff, &b.sets[0], &b.sets[1]), 0);
	CHECK_EQ(diff_add(&b.diff, VERDICT_DIFFERENT, write, "result", live, "8192", "r"), 0);
	CHECK_EQ(parting_excuse(&b.diff, &b.wl, ref_rules_find("6.12")), 0);
	left = left_of(&b.diff);
	diff_release(&b.diff);
	set_release(&b.sets[1]);
	workload_release(&b.wl);
	return left;
}

TEST(what_was_refused_unseen_parts_them_where_two_extents_may_be)
{
	static const struct {
		uint32_t len, op;
		const char *live;
		size_t left;
	} cases[] = {{8192, REFUSED, "-EAGAIN", 0},
		     {4096, REFUSED, "-EAGAIN", 2},
		     {8192, AFTERWARDS, "-EAGAIN", 2},
		     {8192, REFUSED, "-EIO", 2}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_EQ(judge_unseen(cases[i].len, cases[i].op, cases[i].live).others, cases[i].left);
}

/* Both the result and the image are findings still. */
static void check_together(enum lookup_kind live, enum lookup_kind reference, uint32_t write)
{
	struct left left;
	struct bench b;

	part(&b, live, reference);
	left = judge_parted(&b, write, AFTERWARDS, "f");
	CHECK(left.of_write > 0);
	CHECK_EQ(left.others, 2);
}

TEST(in_the_same_extents_they_do_not_part)
{
	check_together(LOOKUP_PART_WRITTEN, LOOKUP_PART_WRITTEN, REFUSED);
}

TEST(a_write_that_may_wait_does_not_part_them)
{
	check_together(LOOKUP_PART_WRITTEN, LOOKUP_WRITTEN, AFTERWARDS);
}

/* It says that it was no overwrite, and had seen all of it in one extent. */
TEST(nor_does_one_that_breaks_the_rules)
{
	check_together(LOOKUP_WRITTEN, LOOKUP_PART_WRITTEN, REFUSED);
}

TEST_MAIN()
