/* SPDX-License-Identifier: GPL-2.0-only */
/* Of threads that write at the same time: what is a finding, and what may be of their order. */
#include "reports/model/fields.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"
#include "user/verify/order.h"

/* An overwrite of written blocks as 6.12 does it; @part: not of a whole block, which 6.1 does otherwise. */
static void overwrite(struct sample *s, uint64_t id, int64_t pos, bool part)
{
	sample_overwrite(s, id, pos, part ? 512 : 4096);
	s->rec.unaligned = part;
	if (!part)
		return;
	s->rec.seg_align = 512;
	s->nr = 0;
	s->rec.rounds = s->rec.bios = 0;
	sample_round(s, MAP_MAPPED, 0, pos & ~4095, 4096);
	sample_bio(s, BIO_DATA, 0, pos, 512);
}

/* The two threads of a block, each of which wrote once; the live ones are @apart_ns from each other. */
struct bench {
	struct workload wl;
	struct write_set live, reference;
	struct diff diff;
};

struct story {
	const char *text;
	uint32_t second;	    /* operation of the second write; the first one is operation 1 */
	const struct sample *third; /* the same on both sides, operation 3; or NULL */
};

static void bench_init_as(struct bench *b, struct sample live[2], struct sample reference[2], uint64_t apart_ns,
			  const struct story *story)
{
	memset(b, 0, sizeof(*b));
	CHECK_EQ(workload_parse(&b->wl, "t.wl", story->text, strlen(story->text), NULL), 0);
	meta_set(&b->live.header, META_ENGINE, "kernel");
	meta_set(&b->reference.header, META_ENGINE, "reference");
	for (int i = 0; i < NR_STAGES; i++) /* samples are 100 us apart */
		if (live[1].rec.stage_ns[i])
			live[1].rec.stage_ns[i] += apart_ns - 100000;
	for (uint32_t i = 0; i < 2; i++) {
		sample_add(&b->live, &live[i], i ? story->second : 1);
		sample_add(&b->reference, &reference[i], i ? story->second : 1);
	}
	if (story->third) {
		sample_add(&b->live, story->third, 3);
		sample_add(&b->reference, story->third, 3);
	}
	CHECK_EQ(diff_sets(&b->diff, &b->live, &b->reference), 0);
}

#define THREE "parallel\nthread a\nwrite f 0 4k\nthread b\nwrite f 4k 4k\nthread c\nwrite f 8k 4k\nend\n"

static void bench_init(struct bench *b, struct sample live[2], struct sample reference[2], uint64_t apart_ns)
{
	bench_init_as(b, live, reference, apart_ns, &(struct story){.text = THREE, .second = 2});
}

static void bench_release(struct bench *b)
{
	diff_release(&b->diff);
	set_release(&b->live);
	set_release(&b->reference);
	workload_release(&b->wl);
}

static size_t findings(struct sample live[2], struct sample reference[2], uint64_t apart_ns, const char *rules)
{
	struct bench b;
	size_t nr;

	bench_init(&b, live, reference, apart_ns);
	CHECK(b.diff.by_verdict[VERDICT_DIFFERENT] > 0);
	CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find(rules), true), 0);
	nr = b.diff.by_verdict[VERDICT_DIFFERENT];
	bench_release(&b);
	return nr;
}

static void make(struct sample live[2], struct sample reference[2], bool part)
{
	for (uint64_t i = 0; i < 2; i++) {
		overwrite(&live[i], i + 1, (int64_t)i * 4096, part);
		overwrite(&reference[i], i + 1, (int64_t)i * 4096, part);
	}
}

#define BESIDE 1000   /* ns: each takes 74.5 us */
#define LATER  200000 /* the first is over */

/* The size moved while another thread's write was under way: it found what that one had found. */
TEST(a_size_that_another_found_is_of_the_order)
{
	struct sample live[2], reference[2];

	make(live, reference, false);
	reference[1].rec.isize = 2 << 20;
	CHECK_EQ(findings(live, reference, BESIDE, "6.12"), 0);
	CHECK(findings(live, reference, LATER, "6.12") > 0);
}

TEST(a_size_that_nobody_had_is_a_finding)
{
	struct sample live[2], reference[2];

	make(live, reference, false);
	live[1].rec.isize = live[1].rec.disksize = live[1].rec.isize_after = 3 << 20;
	CHECK(findings(live, reference, BESIDE, "6.12") > 0);
}

/* What the live write decided must follow from the rules: with those of another kernel it does not. */
TEST(a_wrong_lock_rule_is_a_finding)
{
	struct sample live[2], reference[2];

	make(live, reference, true);
	reference[1].rec.lock = reference[1].rec.lock_first = LOCK_EXCLUSIVE;
	CHECK(findings(live, reference, BESIDE, "6.1") > 0);
	CHECK(findings(live, reference, LATER, "6.12") > 0);
	CHECK_EQ(findings(live, reference, BESIDE, "6.12"), 0);
}

TEST(what_the_caller_was_told_is_a_finding)
{
	struct sample live[2], reference[2];

	make(live, reference, false);
	reference[1].rec.ret = 512;
	CHECK(findings(live, reference, BESIDE, "6.12") > 0);
}

/* What was dirty when a thread had the journal commit, the commit may have taken with it, or not. */
TEST(a_commit_beside_others_leaves_open_what_is_dirty)
{
	for (int synced = 0; synced < 2; synced++) {
		struct sample live[2], reference[2];
		struct bench b;

		make(live, reference, false);
		live[1].steps[0].map_flags = MAP_F_DIRTY;
		bench_init(&b, live, reference, LATER);
		CHECK(b.diff.by_verdict[VERDICT_DIFFERENT] > 0);
		b.wl.ops[0].flags = synced ? WRITE_DSYNC : 0;
		CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find("6.12"), true), 0);
		CHECK_EQ(b.diff.by_verdict[VERDICT_DIFFERENT] > 0, !synced);
		bench_release(&b);
	}
}

/* Whether a sync found a timestamp due shows in its flush, where the device has a cache. */
TEST(a_sync_within_a_tick_leaves_open_what_is_dirty)
{
	static const struct {
		bool writethrough, pinned;
		uint8_t flags;
		bool excused;
	} cases[] = {
		{true, false, WRITE_SYNC, true},
		{false, false, WRITE_SYNC, false},
		{true, true, WRITE_SYNC, false},
		{true, false, WRITE_DSYNC, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample live[2], reference[2];
		struct bench b;

		make(live, reference, false);
		live[1].steps[0].map_flags = MAP_F_DIRTY;
		bench_init(&b, live, reference, LATER);
		b.wl.ops[0].flags = cases[i].flags;
		b.wl.ops[0].group = b.wl.ops[1].group = 0;
		b.wl.writethrough = cases[i].writethrough;
		CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find("6.12"), cases[i].pinned), 0);
		CHECK_EQ(b.diff.by_verdict[VERDICT_DIFFERENT] == 0, cases[i].excused);
		bench_release(&b);
	}
}

/* One thread's writes have one order. */
TEST(alone_there_is_no_order)
{
	struct sample live[2], reference[2];
	struct bench b;

	make(live, reference, false);
	reference[1].rec.lock = LOCK_EXCLUSIVE;
	bench_init(&b, live, reference, BESIDE);
	b.wl.ops[1].thread = 0;
	CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find("6.12"), true), 0);
	CHECK(b.diff.by_verdict[VERDICT_DIFFERENT] > 0);
	bench_release(&b);
}

/* The first begins while the other one is under way, or the other way round: and neither where one is over. */
TEST(company_is_there_at_the_same_time)
{
	for (int which = 0; which < 2; which++) {
		struct sample live[2], reference[2];

		make(live, reference, false);
		reference[which].rec.lock = LOCK_EXCLUSIVE;
		CHECK_EQ(findings(live, reference, BESIDE, "6.12"), 0);
		make(live, reference, false);
		reference[which].rec.lock = LOCK_EXCLUSIVE;
		CHECK(findings(live, reference, LATER, "6.12") > 0);
	}
}

TEST(company_is_of_the_same_file_and_block)
{
	static const struct {
		uint64_t ino;
		uint16_t group;
		bool excused;
	} cases[] = {{12, 1, true}, {13, 1, false}, {12, 2, false}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample live[2], reference[2];
		struct bench b;

		make(live, reference, false);
		reference[1].rec.lock = LOCK_EXCLUSIVE;
		live[0].rec.ino = cases[i].ino;
		bench_init(&b, live, reference, BESIDE);
		b.wl.ops[0].group = cases[i].group;
		CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find("6.12"), true), 0);
		CHECK_EQ(b.diff.by_verdict[VERDICT_DIFFERENT] == 0, cases[i].excused);
		bench_release(&b);
	}
}

/* It has company, and a size that only a third one had, which may be of another file or block, or have come later. */
TEST(a_size_is_of_the_same_file_and_block)
{
	enum {
		NOBODY,
		FOUND,
		LEFT
	};
	static const struct {
		uint64_t ino;
		uint16_t group;
		uint64_t apart_ns;
		int has;
		bool excused;
	} cases[] = {
		{12, 1, BESIDE, FOUND, true},  {12, 1, BESIDE, LEFT, true},   {12, 1, BESIDE, NOBODY, false},
		{13, 1, BESIDE, FOUND, false}, {12, 2, BESIDE, FOUND, false}, {12, 1, LATER, FOUND, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample live[2], reference[2], third;
		struct bench b;

		make(live, reference, false);
		live[1].rec.isize = live[1].rec.disksize = live[1].rec.isize_after = 3 << 20;
		reference[1].rec.isize_after = 3 << 20;
		overwrite(&third, 1, 8192, false);
		third.rec.ino = cases[i].ino;
		third.rec.isize = cases[i].has == FOUND ? 3 << 20 : 1 << 20;
		third.rec.isize_after = cases[i].has == LEFT ? 3 << 20 : 1 << 20;
		for (int k = 0; k < NR_STAGES; k++)
			third.rec.stage_ns[k] += third.rec.stage_ns[k] ? cases[i].apart_ns : 0;
		bench_init_as(&b, live, reference, BESIDE, &(struct story){THREE, 2, &third});
		b.wl.ops[2].group = cases[i].group;
		CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find("6.12"), true), 0);
		CHECK_EQ(b.diff.by_verdict[VERDICT_DIFFERENT] == 0, cases[i].excused);
		bench_release(&b);
	}
}

/* One fact of the second write is otherwise in the reference. */
static size_t findings_about(enum write_fact fact, uint64_t apart_ns, const char *text)
{
	struct sample live[2], reference[2];
	struct bench b;
	size_t nr;

	make(live, reference, false);
	((char *)&reference[1].rec)[write_fields[fact].offset] ^= 1;
	sample_how(&reference[1], fact, HOW_OBSERVED);
	bench_init_as(&b, live, reference, apart_ns, &(struct story){.text = text, .second = 2});
	CHECK(b.diff.by_verdict[VERDICT_DIFFERENT] > 0);
	CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find("6.12"), true), 0);
	nr = b.diff.by_verdict[VERDICT_DIFFERENT];
	bench_release(&b);
	return nr;
}

TEST(what_is_decided_beside_others_and_what_they_change_is_of_the_order)
{
	static const char text[] = "parallel\nthread a\nwrite f 0 4k\nthread b\nwrite f 4k 4k\nend\n";
	static const struct {
		enum write_fact fact;
		bool excused;
	} cases[] = {
		{FACT_JOURNAL_STARTS, true}, {FACT_LOCK, true},	    {FACT_NOSEC, true},	    {FACT_SYNC, true},
		{FACT_RET, false},	     {FACT_EXTENTS, false}, {FACT_ATTEMPTS, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_EQ(findings_about(cases[i].fact, BESIDE, text) == 0, cases[i].excused);
}

TEST(how_it_became_durable_is_of_the_commit)
{
	static const char text[] = "parallel\nthread a\nwrite f 0 4k dsync\nthread b\nwrite f 4k 4k\nend\n";
	static const struct {
		enum write_fact fact;
		bool excused;
	} cases[] = {
		{FACT_SYNC, true}, {FACT_FLUSH, true}, {FACT_COMMIT, true}, {FACT_FUA, true}, {FACT_LOCK, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_EQ(findings_about(cases[i].fact, LATER, text) == 0, cases[i].excused);
}

/* Whether its block was dirty, of a write when the other one is long over. */
static bool dirty_excused(const char *text, uint32_t second, bool pinned, int64_t elsewhere)
{
	struct sample live[2], reference[2];
	struct bench b;
	bool excused;

	make(live, reference, false);
	live[1].steps[0].map_flags = MAP_F_DIRTY;
	reference[1].steps[0].pos += elsewhere;
	bench_init_as(&b, live, reference, LATER, &(struct story){.text = text, .second = second});
	CHECK(b.diff.by_verdict[VERDICT_DIFFERENT] > 0);
	CHECK_EQ(order_excuse(&b.diff, &b.wl, &b.live, ref_rules_find("6.12"), pinned), 0);
	excused = !b.diff.by_verdict[VERDICT_DIFFERENT];
	bench_release(&b);
	return excused;
}

#define BLOCK_OF(a, b) "parallel\nthread a\n" a "thread b\n" b "end\n"

TEST(a_commit_races_from_when_it_is_asked_for_until_all_is_settled)
{
	static const struct {
		const char *text;
		uint32_t second;
		bool excused;
	} cases[] = {
		{BLOCK_OF("write f 0 4k\nfsync f\n", "write f 4k 4k\n"), 3, true},
		{BLOCK_OF("write f 0 4k\nfdatasync f\n", "write f 4k 4k\n"), 3, true},
		{BLOCK_OF("write f 0 4k sync\n", "write f 4k 4k\n"), 2, true},
		{BLOCK_OF("write f 0 4k\n", "write f 4k 4k dsync\n"), 2, true},
		{BLOCK_OF("write f 0 4k\n", "write f 4k 4k\nfsync f\n"), 2, false},
		{BLOCK_OF("write f 0 4k dsync\n", "write g 0 4k\n") "write f 4k 4k\n", 3, true},
		{BLOCK_OF("write f 0 4k dsync\n", "write g 0 4k\n") "sync\nwrite f 4k 4k\n", 4, false},
		{BLOCK_OF("write f 0 4k dsync\n", "write g 0 4k\n") "remount\nwrite f 4k 4k\n", 4, false},
		{"write f 0 4k dsync\nwrite f 4k 4k\n", 2, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_EQ(dirty_excused(cases[i].text, cases[i].second, true, 0), cases[i].excused);
	CHECK(!dirty_excused(cases[2].text, cases[2].second, true, 4096));
}

TEST(a_sync_is_unseen_from_behind_it_until_all_is_settled)
{
	static const struct {
		const char *text;
		uint32_t second;
		bool excused;
	} cases[] = {
		{"mount nobarrier\nwrite f 0 4k sync\nwrite f 4k 4k\n", 2, true},
		{"mount noatime\nwrite f 0 4k sync\nwrite f 4k 4k\n", 2, false},
		{"mount nobarrier\nwrite f 0 4k\nfsync f\nwrite f 4k 4k\n", 3, true},
		{"mount nobarrier\nwrite f 0 4k\nfdatasync f\nwrite f 4k 4k\n", 3, false},
		{"mount nobarrier\nwrite f 0 4k\nwrite f 4k 4k sync\n", 2, false},
		{"mount nobarrier\nwrite f 0 4k sync\nsync\nwrite f 4k 4k\n", 3, false},
		{"mount nobarrier\nwrite f 0 4k sync\nremount\nwrite f 4k 4k\n", 3, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_EQ(dirty_excused(cases[i].text, cases[i].second, false, 0), cases[i].excused);
}

TEST_MAIN()
