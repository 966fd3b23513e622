/* SPDX-License-Identifier: GPL-2.0-only */
/* Of threads that write at the same time: what is a finding, and what may be of their order. */
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

static void bench_init(struct bench *b, struct sample live[2], struct sample reference[2], uint64_t apart_ns)
{
	static const char text[] = "parallel\nthread a\nwrite f 0 4k\nthread b\nwrite f 4k 4k\nend\n";

	memset(b, 0, sizeof(*b));
	CHECK_EQ(workload_parse(&b->wl, "t.wl", text, sizeof(text) - 1, NULL), 0);
	meta_set(&b->live.header, META_ENGINE, "kernel");
	meta_set(&b->reference.header, META_ENGINE, "reference");
	for (int i = 0; i < NR_STAGES; i++) /* samples are 100 us apart */
		if (live[1].rec.stage_ns[i])
			live[1].rec.stage_ns[i] += apart_ns - 100000;
	for (uint32_t i = 0; i < 2; i++) {
		sample_add(&b->live, &live[i], i + 1);
		sample_add(&b->reference, &reference[i], i + 1);
	}
	CHECK_EQ(diff_sets(&b->diff, &b->live, &b->reference), 0);
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

TEST_MAIN()
