// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/coverage.h"
#include "reports/model/diff_pairs.h"
#include "reports/model/fields.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* Two sets and their diff, released together. */
struct bench {
	struct write_set a, b;
	struct diff d;
};

static void bench_diff(struct bench *x)
{
	CHECK_EQ(diff_sets(&x->d, &x->a, &x->b), 0);
}

static void bench_release(struct bench *x)
{
	diff_release(&x->d);
	set_release(&x->a);
	set_release(&x->b);
}

static void diff_two(struct bench *x, const struct sample *a, const struct sample *b)
{
	memset(x, 0, sizeof(*x));
	CHECK_EQ(sample_add(&x->a, a, 1), 0);
	CHECK_EQ(sample_add(&x->b, b, 1), 0);
	bench_diff(x);
}

static const struct finding *find(const struct diff *d, const char *what)
{
	for (size_t i = 0; i < d->nr; i++) {
		if (!strcmp(d->findings[i].what, what))
			return &d->findings[i];
	}
	return NULL;
}

static void check_verdict(const struct diff *d, const char *what, enum verdict verdict)
{
	const struct finding *f = find(d, what);

	CHECK(f);
	if (!f)
		printf("# no finding about %s\n", what);
	else
		CHECK_STR(verdict_name(f->verdict), verdict_name(verdict));
	if (f)
		CHECK(f->rule && *f->rule);
}

TEST(same_writes_have_no_finding)
{
	struct bench x = {0};

	CHECK_EQ(sample_all(&x.a), 0);
	CHECK_EQ(sample_all(&x.b), 0);
	bench_diff(&x);
	CHECK_EQ(x.d.nr, 0);
	CHECK_EQ(x.d.pairs, 7);
	CHECK(x.d.compared > 7 * 40);
	bench_release(&x);
}

TEST(what_is_not_compared_may_differ)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	b.rec.pid = 1;
	b.rec.ino = 99;
	b.rec.stage_ns[STAGE_RETURN] += 1000000;
	b.steps[0].addr = 0;
	sample_how(&b, FACT_LOCK_WAIT, HOW_UNKNOWN);
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 0);
	bench_release(&x);
}

TEST(an_exact_fact_that_differs_is_a_finding)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	a.rec.lock = LOCK_EXCLUSIVE;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1);
	CHECK_EQ(x.d.by_verdict[VERDICT_DIFFERENT], 1);
	CHECK_EQ(x.d.findings[0].fact, FACT_LOCK);
	CHECK_EQ(x.d.findings[0].op, 1);
	CHECK_STR(x.d.findings[0].a_value, "exclusive");
	CHECK_STR(x.d.findings[0].b_value, "shared");
	CHECK(x.d.findings[0].a == &x.a.writes[0]);
	bench_release(&x);
}

TEST(every_compared_fact_is_noticed)
{
	for (int fact = 0; fact < NR_FACTS; fact++) {
		const struct write_field *f = &write_fields[fact];
		struct sample a, b;
		struct bench x;

		if (f->compare != COMPARE_EXACT)
			continue;
		sample_init(&a, 1, "f", 0, 4096);
		b = a;
		((char *)&b.rec)[f->offset] ^= 1;
		diff_two(&x, &a, &b);
		check_verdict(&x.d, f->key, VERDICT_DIFFERENT);
		bench_release(&x);
	}
}

TEST(unknown_is_neither_same_nor_different)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	a.rec.lock = LOCK_EXCLUSIVE;
	sample_how(&a, FACT_LOCK, HOW_UNKNOWN);
	sample_how(&b, FACT_FLUSH, HOW_UNKNOWN);
	sample_how(&a, FACT_COMMIT, HOW_UNKNOWN);
	sample_how(&b, FACT_COMMIT, HOW_NOT_REACHED);
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 3);
	CHECK_EQ(x.d.by_verdict[VERDICT_UNOBSERVABLE], 3);
	check_verdict(&x.d, "lock", VERDICT_UNOBSERVABLE);
	bench_release(&x);
}

TEST(reached_on_one_side_only_is_different)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	sample_how(&a, FACT_FUA, HOW_NOT_REACHED);
	sample_how(&a, FACT_CONVERT, HOW_NOT_REACHED);
	sample_how(&b, FACT_CONVERT, HOW_NOT_REACHED);
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1);
	check_verdict(&x.d, "fua", VERDICT_DIFFERENT);
	CHECK_STR(x.d.findings[0].a_value, "not reached");
	CHECK_STR(x.d.findings[0].b_value, "none");
	bench_release(&x);
}

TEST(a_hole_may_be_allocated_in_chunks)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 4096, 12288);
	b = a;
	sample_round(&a, MAP_UNWRITTEN, MAP_F_NEW, 4096, 4096);
	sample_round(&a, MAP_UNWRITTEN, MAP_F_NEW, 8192, 8192);
	sample_round(&b, MAP_UNWRITTEN, MAP_F_NEW, 0, 1 << 20); /* clipped to the write */
	a.rec.journal_starts = 2;
	b.rec.journal_starts = 1;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.by_verdict[VERDICT_DIFFERENT], 0);
	check_verdict(&x.d, "rounds", VERDICT_ALLOWED);
	check_verdict(&x.d, "journal_starts", VERDICT_ALLOWED);
	bench_release(&x);
}

TEST(journal_starts_are_equal_when_the_rounds_are)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	b.rec.journal_starts = 1;
	diff_two(&x, &a, &b);
	check_verdict(&x.d, "journal_starts", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(mappings_of_another_type_are_a_finding_with_ranges)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 4096, 8192);
	b = a;
	sample_round(&a, MAP_MAPPED, 0, 4096, 4096);
	sample_round(&a, MAP_UNWRITTEN, MAP_F_NEW, 8192, 4096);
	sample_round(&b, MAP_MAPPED, 0, 4096, 8192);
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1); /* the number of rounds is not said apart */
	check_verdict(&x.d, "rounds", VERDICT_DIFFERENT);
	CHECK_EQ(x.d.findings[0].fact, -1);
	CHECK_STR(x.d.findings[0].a_value, "mapped [4096,8192), unwritten+new [8192,12288)");
	CHECK_STR(x.d.findings[0].b_value, "mapped [4096,12288)");
	bench_release(&x);
}

TEST(the_order_of_mappings_counts)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 0, 8192);
	b = a;
	sample_round(&a, MAP_MAPPED, 0, 0, 4096);
	sample_round(&a, MAP_HOLE, 0, 4096, 4096);
	sample_round(&b, MAP_HOLE, 0, 4096, 4096);
	sample_round(&b, MAP_MAPPED, 0, 0, 4096);
	diff_two(&x, &a, &b);
	check_verdict(&x.d, "rounds", VERDICT_DIFFERENT);
	bench_release(&x);
}

/* Over a clean mapping: FUA, and nothing behind it. */
static void sample_clean(struct sample *s)
{
	sample_fua(s, 1, "f");
	sample_how(s, FACT_FLUSH, HOW_NOT_REACHED);
	sample_how(s, FACT_COMMIT, HOW_NOT_REACHED);
}

TEST(dirty_and_what_follows_from_it_may_differ)
{
	struct sample a, b;
	struct bench x;

	sample_clean(&a);
	sample_dsync(&b, 1, "f");
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.by_verdict[VERDICT_DIFFERENT], 0);
	check_verdict(&x.d, "rounds", VERDICT_ALLOWED);
	check_verdict(&x.d, "fua", VERDICT_ALLOWED);
	check_verdict(&x.d, "sync", VERDICT_ALLOWED);
	check_verdict(&x.d, "commit", VERDICT_ALLOWED);
	bench_release(&x);
}

TEST(durability_is_exact_on_the_same_mapping)
{
	struct sample a, b;
	struct bench x;

	sample_fua(&a, 1, "f");
	sample_dsync(&b, 1, "f");
	b.steps[0].map_flags = 0;
	diff_two(&x, &a, &b);
	check_verdict(&x.d, "fua", VERDICT_DIFFERENT);
	check_verdict(&x.d, "sync", VERDICT_DIFFERENT);
	CHECK(!find(&x.d, "data")); /* said once */
	bench_release(&x);
}

TEST(data_may_be_split_into_bios)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 0, 8192);
	b = a;
	sample_bio(&a, BIO_DATA, 0, 0, 8192);
	sample_bio(&b, BIO_DATA, 0, 4096, 4096);
	sample_bio(&b, BIO_DATA, 0, 0, 4096);
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1);
	check_verdict(&x.d, "bios", VERDICT_ALLOWED);
	bench_release(&x);
}

TEST(data_in_another_place_is_a_finding)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 0, 8192);
	b = a;
	sample_bio(&a, BIO_DATA, 0, 0, 8192);
	sample_bio(&b, BIO_DATA, 0, 4096, 8192);
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1);
	check_verdict(&x.d, "data", VERDICT_DIFFERENT);
	CHECK_STR(x.d.findings[0].b_value, "[4096,12288)");
	bench_release(&x);
}

TEST(fua_on_part_of_the_data_is_a_finding)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 0, 8192);
	a.rec.fua = FUA_SOME;
	b = a;
	sample_bio(&a, BIO_DATA, OPF_FUA, 0, 4096);
	sample_bio(&a, BIO_DATA, 0, 4096, 4096);
	sample_bio(&b, BIO_DATA, 0, 0, 4096);
	sample_bio(&b, BIO_DATA, OPF_FUA, 4096, 4096);
	diff_two(&x, &a, &b);
	check_verdict(&x.d, "data", VERDICT_DIFFERENT);
	CHECK_STR(x.d.findings[0].a_value, "FUA [0,4096), [4096,8192)");
	bench_release(&x);
}

TEST(zero_outs_are_exact)
{
	struct sample a, b;
	struct bench x;

	sample_hole(&a, 1, "f");
	b = a;
	b.steps[1].pos = 4352; /* same number of bytes elsewhere */
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1);
	check_verdict(&x.d, "zero-outs", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(lost_steps_cannot_be_compared)
{
	struct sample a, b;
	struct bench x;

	sample_hole(&a, 1, "f");
	b = a;
	a.rec.steps_total = 40;
	a.rec.rounds = 30;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.by_verdict[VERDICT_DIFFERENT], 0);
	check_verdict(&x.d, "rounds", VERDICT_UNOBSERVABLE);
	bench_release(&x);
}

TEST(an_asynchronous_write_may_complete_anywhere)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	a.rec.submit = SUBMIT_LIBAIO;
	b = a;
	b.rec.queued = 1;
	b.rec.context = COMPLETE_WORKQUEUE;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.by_verdict[VERDICT_ALLOWED], 2);
	CHECK_EQ(x.d.nr, 2);
	bench_release(&x);
	a.rec.force_wait = b.rec.force_wait = 1;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.by_verdict[VERDICT_DIFFERENT], 2);
	bench_release(&x);
}

TEST(size_on_disk_may_lag)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	b.rec.disksize = 4096;
	diff_two(&x, &a, &b);
	check_verdict(&x.d, "disksize", VERDICT_ALLOWED);
	bench_release(&x);
	b.rec.disksize = b.rec.isize + 1;
	diff_two(&x, &a, &b);
	check_verdict(&x.d, "disksize", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(writes_pair_by_operation)
{
	struct sample first, second;
	struct bench x = {0};

	sample_init(&first, 1, "f", 0, 4096);
	sample_init(&second, 2, "f", 4096, 4096);
	sample_add(&x.a, &first, 5);
	sample_add(&x.a, &second, 9);
	/* the other engine ran them the other way round */
	second.rec.stage_ns[STAGE_ENTER] = 1;
	sample_add(&x.b, &first, 5);
	sample_add(&x.b, &second, 9);
	CHECK_EQ(x.b.writes[0].op, 9);
	bench_diff(&x);
	CHECK_EQ(x.d.pairs, 2);
	CHECK_EQ(x.d.nr, 0);
	bench_release(&x);
}

TEST(records_of_one_operation_pair_in_order)
{
	struct sample s;
	struct bench x = {0};

	for (int i = 0; i < 3; i++) {
		sample_init(&s, (uint64_t)i + 1, "f", i * 4096, 4096);
		sample_add(&x.a, &s, 5);
		sample_add(&x.b, &s, 5);
	}
	sample_init(&s, 4, "f", 0, 512);
	sample_add(&x.a, &s, 5);
	bench_diff(&x);
	CHECK_EQ(x.d.pairs, 3);
	CHECK_EQ(x.d.nr, 1);
	check_verdict(&x.d, "write", VERDICT_DIFFERENT);
	CHECK_STR(x.d.findings[0].a_value, "f pos 0 len 512: 512");
	CHECK_STR(x.d.findings[0].b_value, "no such write");
	CHECK(!x.d.findings[0].b);
	CHECK_EQ(x.d.nr_mates, 4);
	CHECK(x.d.mates[0].a == &x.a.writes[0] && x.d.mates[0].b == &x.b.writes[0]);
	CHECK(x.d.mates[3].a == &x.a.writes[3] && !x.d.mates[3].b);
	bench_release(&x);
}

TEST(without_operations_writes_pair_by_file_and_order)
{
	struct sample f, g;
	struct bench x = {0};

	sample_init(&f, 1, "f", 0, 4096);
	sample_init(&g, 2, "g", 0, 8192);
	sample_add(&x.a, &f, 0);
	sample_add(&x.a, &g, 0);
	f.rec.head.id = 7;
	for (int stage = 0; stage < NR_STAGES; stage++)
		f.rec.stage_ns[stage] += f.rec.stage_ns[stage] ? 1000000 : 0;
	sample_add(&x.b, &g, 3);
	sample_add(&x.b, &f, 4);
	bench_diff(&x);
	CHECK_EQ(x.d.pairs, 2);
	CHECK_EQ(x.d.nr, 0);
	bench_release(&x);
}

static void lonely(struct bench *x, const struct sample *s)
{
	memset(x, 0, sizeof(*x));
	sample_add(&x->b, s, 1);
}

TEST(a_lonely_write_is_different)
{
	struct sample s;
	struct bench x;

	sample_buffered(&s, 1, "f");
	lonely(&x, &s);
	meta_set(&x.a.header, META_HOOK "enter", "fentry:ext4_file_write_iter");
	bench_diff(&x);
	check_verdict(&x.d, "write", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(a_write_before_iomap_needs_the_entry_hook)
{
	static const char *const hooks[] = {"none: refused", "raw_tp:iomap_dio_rw_begin"};
	struct sample s;
	struct bench x;

	for (int i = 0; i < 2; i++) {
		sample_buffered(&s, 1, "f");
		lonely(&x, &s);
		meta_set(&x.a.header, META_HOOK "enter", hooks[i]);
		bench_diff(&x);
		check_verdict(&x.d, "write", VERDICT_UNOBSERVABLE);
		CHECK_EQ(x.d.unhooked, 1);
		bench_release(&x);
		/* one that reached iomap had to be seen */
		sample_init(&s, 1, "f", 0, 4096);
		lonely(&x, &s);
		meta_set(&x.a.header, META_HOOK "enter", hooks[i]);
		bench_diff(&x);
		check_verdict(&x.d, "write", VERDICT_DIFFERENT);
		bench_release(&x);
	}
}

TEST(a_write_may_be_among_the_lost)
{
	struct sample s;
	struct bench x;

	sample_init(&s, 1, "f", 0, 4096);
	lonely(&x, &s);
	x.a.lost_records = 1;
	bench_diff(&x);
	check_verdict(&x.d, "write", VERDICT_UNOBSERVABLE);
	CHECK_EQ(x.d.unhooked, 0);
	bench_release(&x);
	lonely(&x, &s);
	x.a.end_why = strdup("the trailer says that 2 writes were recorded, and 1 are here");
	bench_diff(&x);
	check_verdict(&x.d, "write", VERDICT_UNOBSERVABLE);
	bench_release(&x);
	lonely(&x, &s);
	x.a.end = TRACE_TRUNCATED;
	bench_diff(&x);
	check_verdict(&x.d, "write", VERDICT_UNOBSERVABLE);
	bench_release(&x);
}

TEST(hostile_ranges_do_not_overflow)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", INT64_MAX - 1, ~0ull);
	sample_round(&a, MAP_MAPPED, 0, INT64_MIN, ~0ull);
	sample_bio(&a, BIO_DATA, 0, INT64_MAX, ~0ull);
	sample_bio(&a, BIO_ZERO_HEAD, 0, INT64_MIN, INT64_MAX);
	b = a;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 0);
	bench_release(&x);
}

TEST(findings_can_be_added)
{
	struct diff d = {0};

	CHECK_EQ(diff_add(&d, VERDICT_DIFFERENT, 4, "image", "1 block", "2 blocks", "equal"), 0);
	CHECK_EQ(d.by_verdict[VERDICT_DIFFERENT], 1);
	CHECK_EQ(d.findings[0].fact, -1);
	CHECK_STR(d.findings[0].what, "image");
	CHECK_STR(d.findings[0].b_value, "2 blocks");
	diff_release(&d);
	CHECK_EQ(d.nr, 0);
}

TEST(empty_sets)
{
	struct bench x = {0};

	bench_diff(&x);
	CHECK_EQ(x.d.nr, 0);
	CHECK_EQ(x.d.pairs, 0);
	bench_release(&x);
}

TEST(a_write_in_flight_is_compared_as_far_as_it_came)
{
	struct sample a, b;
	struct bench x;

	sample_dsync(&b, 1, "f");
	a = b;
	sample_in_flight(&a, STAGE_DEVICE);
	a.nr = 0; /* its bio was still to come */
	a.rec.steps_total = a.rec.bios = 0;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.in_flight, 1);
	CHECK_EQ(x.d.nr, 0);
	CHECK(x.d.compared > 10);
	bench_release(&x);
	a.rec.lock = LOCK_EXCLUSIVE;
	diff_two(&x, &a, &b);
	check_verdict(&x.d, "lock", VERDICT_DIFFERENT);
	bench_release(&x);
}

/* --- a kernel against the reference: only one of them has a background --- */

static void verify_two(struct bench *x, const struct sample *a, const struct sample *b)
{
	memset(x, 0, sizeof(*x));
	meta_set(&x->a.header, META_ENGINE, "kernel");
	meta_set(&x->b.header, META_ENGINE, "reference");
	CHECK_EQ(sample_add(&x->a, a, 1), 0);
	CHECK_EQ(sample_add(&x->b, b, 1), 0);
	bench_diff(x);
}

/* What is no finding this way round is one the other way; between two recordings it never is one. */
static void check_one_way(const struct sample *a, const struct sample *b)
{
	struct bench x;

	verify_two(&x, a, b);
	CHECK_EQ(x.d.by_verdict[VERDICT_DIFFERENT], 0);
	CHECK(x.d.by_verdict[VERDICT_ALLOWED] > 0);
	bench_release(&x);
	verify_two(&x, b, a);
	CHECK(x.d.by_verdict[VERDICT_DIFFERENT] > 0);
	bench_release(&x);
	diff_two(&x, b, a);
	CHECK_EQ(x.d.by_verdict[VERDICT_DIFFERENT], 0);
	bench_release(&x);
}

TEST(a_commit_in_the_background_cleans)
{
	struct sample clean, dirty;

	sample_clean(&clean);
	sample_dsync(&dirty, 1, "f");
	check_one_way(&clean, &dirty);
}

/* The reference allocates in the kernel's chunks; between two recordings they are the allocator's. */
TEST(chunks_are_those_of_the_reference)
{
	static const char *const facts[] = {"rounds", "journal_starts", "bios"};
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 0, 8192);
	b = a;
	sample_round(&a, MAP_UNWRITTEN, MAP_F_NEW, 0, 4096);
	sample_bio(&a, BIO_DATA, 0, 0, 4096);
	sample_round(&a, MAP_UNWRITTEN, MAP_F_NEW, 4096, 4096);
	sample_bio(&a, BIO_DATA, 0, 4096, 4096);
	sample_round(&b, MAP_UNWRITTEN, MAP_F_NEW, 0, 8192);
	sample_bio(&b, BIO_DATA, 0, 0, 8192);
	a.rec.journal_starts = 2;
	b.rec.journal_starts = 1;
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		verify_two(&x, &a, &b);
		check_verdict(&x.d, facts[i], VERDICT_DIFFERENT);
		bench_release(&x);
		diff_two(&x, &a, &b);
		check_verdict(&x.d, facts[i], VERDICT_ALLOWED);
		bench_release(&x);
	}
}

/* More pages than a bio has room for may lie in memory so that it takes them all the same. */
TEST(how_many_bios_a_large_mapping_takes_is_the_buffers)
{
	static const struct {
		uint32_t pages;
		enum verdict verdict;
	} cases[] = {{255, VERDICT_DIFFERENT}, {256, VERDICT_ALLOWED}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t len = cases[i].pages << 12;
		struct sample a, b;
		struct bench x;

		sample_bare(&a, 1, "f", 0, len);
		sample_round(&a, MAP_MAPPED, 0, 0, len);
		b = a;
		sample_bio(&a, BIO_DATA, 0, 0, 4096);
		sample_bio(&a, BIO_DATA, 0, 4096, len - 4096);
		sample_bio(&b, BIO_DATA, 0, 0, len);
		verify_two(&x, &a, &b);
		check_verdict(&x.d, "bios", cases[i].verdict);
		bench_release(&x);
	}
}

TEST(only_where_one_is_dirty_the_other_may_be_clean)
{
	struct sample a, b;
	struct bench x;

	sample_bare(&a, 1, "f", 0, 8192);
	b = a;
	sample_round(&a, MAP_MAPPED, MAP_F_DIRTY, 0, 4096);
	sample_round(&a, MAP_MAPPED, 0, 4096, 4096);
	sample_round(&b, MAP_MAPPED, MAP_F_DIRTY, 0, 8192);
	a.rec.rounds = b.rec.rounds = 2;
	b.nr = 0;
	sample_round(&b, MAP_MAPPED, 0, 0, 4096);
	sample_round(&b, MAP_MAPPED, MAP_F_DIRTY, 4096, 4096);
	b.rec.rounds = 2;
	verify_two(&x, &a, &b);
	check_verdict(&x.d, "rounds", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(a_timestamp_that_is_not_due_spares_a_commit)
{
	struct sample flushes, commits;
	struct bench x;

	sample_dsync(&commits, 1, "f");
	commits.rec.sync = SYNC_FSYNC;
	flushes = commits;
	flushes.rec.flush = 1;
	flushes.rec.commit = 0;
	check_one_way(&flushes, &commits);
	flushes.rec.commit = 1; /* both at once it never does */
	verify_two(&x, &flushes, &commits);
	check_verdict(&x.d, "flush", VERDICT_DIFFERENT);
	bench_release(&x);
	flushes.rec.flush = flushes.rec.commit = 0; /* nor neither */
	verify_two(&x, &flushes, &commits);
	check_verdict(&x.d, "commit", VERDICT_DIFFERENT);
	bench_release(&x);
	flushes.rec.journal = commits.rec.journal = 0;
	commits.rec.commit = 0;
	commits.rec.flush = 1;
	check_one_way(&flushes, &commits);
	flushes.rec.how[FACT_JOURNAL] = HOW_UNKNOWN; /* that is not known to be none */
	verify_two(&x, &flushes, &commits);
	check_verdict(&x.d, "flush", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(fdatasync_on_the_same_mapping_does_the_same)
{
	struct sample a, b;
	struct bench x;

	sample_dsync(&b, 1, "f");
	a = b;
	a.rec.flush = 1;
	a.rec.commit = 0;
	verify_two(&x, &a, &b);
	check_verdict(&x.d, "flush", VERDICT_DIFFERENT);
	check_verdict(&x.d, "commit", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(the_submitter_may_find_that_it_is_over)
{
	struct sample over, queued;

	sample_init(&over, 1, "f", 0, 4096);
	over.rec.submit = SUBMIT_LIBAIO;
	queued = over;
	queued.rec.queued = 1;
	queued.rec.context = COMPLETE_WORKQUEUE;
	check_one_way(&over, &queued);
}

/* No record tells whether pages of the file were cached: then the interrupt leaves it to the workqueue, never else. */
TEST(what_the_device_does_with_a_completion_is_a_rule)
{
	struct sample queue, interrupt;

	sample_init(&queue, 1, "f", 0, 4096);
	queue.rec.submit = SUBMIT_LIBAIO;
	queue.rec.queued = 1;
	queue.rec.context = COMPLETE_WORKQUEUE;
	interrupt = queue;
	interrupt.rec.context = COMPLETE_INTERRUPT;
	check_one_way(&queue, &interrupt);
}

/* FUA on the clean side spares it the sync, which an interrupt cannot do. */
TEST(a_sync_is_left_to_the_workqueue)
{
	struct sample clean, dirty;
	struct bench x;

	sample_clean(&clean);
	sample_dsync(&dirty, 1, "f");
	clean.rec.submit = dirty.rec.submit = SUBMIT_LIBAIO;
	clean.rec.queued = dirty.rec.queued = 1;
	clean.rec.context = COMPLETE_INTERRUPT;
	dirty.rec.context = COMPLETE_WORKQUEUE;
	check_one_way(&clean, &dirty);
	clean.rec.context = COMPLETE_WORKQUEUE;
	dirty.rec.context = COMPLETE_SUBMITTER; /* no sync is the reason of that */
	verify_two(&x, &clean, &dirty);
	check_verdict(&x.d, "context", VERDICT_DIFFERENT);
	bench_release(&x);
	clean.rec.context = COMPLETE_INTERRUPT;
	dirty.rec.context = COMPLETE_WORKQUEUE;
	dirty.steps[0].map_flags = 0; /* what is clean on both sides explains nothing */
	verify_two(&x, &clean, &dirty);
	check_verdict(&x.d, "context", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(a_flusher_moves_the_size_on_disk)
{
	struct sample early, late;

	sample_init(&early, 1, "f", 0, 4096);
	late = early;
	late.rec.disksize = 4096;
	check_one_way(&early, &late);
}

TEST(what_writeback_converts_may_be_unwritten_when_it_is_looked_at)
{
	struct sample live, ref;
	struct bench x;

	sample_init(&live, 1, "f", 0, 4096);
	ref = live;
	live.rec.lookup = LOOKUP_UNWRITTEN;
	ref.rec.lookup = LOOKUP_WRITTEN;
	live.rec.ops = OPS_IOMAP;
	ref.rec.ops = OPS_OVERWRITE;
	diff_two(&x, &live, &ref);
	check_verdict(&x.d, "ops", VERDICT_ALLOWED);
	bench_release(&x);
	live.rec.lookup = LOOKUP_WRITTEN; /* then there is nothing to convert */
	diff_two(&x, &live, &ref);
	check_verdict(&x.d, "ops", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(an_append_that_is_not_direct_may_be_seen_before_or_after_it_has_its_place)
{
	struct sample early, late;
	struct bench x;

	sample_init(&early, 1, "f", 512, 512);
	early.rec.flags |= WRITE_APPEND;
	early.rec.stage_ns[STAGE_IOMAP] = 0;
	early.rec.asked_pos = 512;
	late = early;
	late.rec.pos = late.rec.isize;
	diff_two(&x, &late, &early);
	check_verdict(&x.d, "pos", VERDICT_ALLOWED);
	bench_release(&x);
	sample_how(&early, FACT_ISIZE, HOW_UNKNOWN); /* then nobody knows where the end was */
	diff_two(&x, &late, &early);
	check_verdict(&x.d, "pos", VERDICT_DIFFERENT);
	bench_release(&x);
	sample_how(&early, FACT_ISIZE, HOW_OBSERVED);
	late.rec.pos++; /* nobody's place */
	diff_two(&x, &late, &early);
	check_verdict(&x.d, "pos", VERDICT_DIFFERENT);
	bench_release(&x);
	late.rec.pos = late.rec.isize;
	late.rec.stage_ns[STAGE_IOMAP] = early.rec.stage_ns[STAGE_IOMAP] = 2; /* iomap is given the place */
	diff_two(&x, &late, &early);
	check_verdict(&x.d, "pos", VERDICT_DIFFERENT);
	bench_release(&x);
}

TEST(what_a_side_inferred_and_what_neither_reached_is_counted)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	sample_how(&a, FACT_ORPHAN, HOW_INFERRED);
	sample_how(&a, FACT_QUEUED, HOW_INFERRED);
	sample_how(&a, FACT_COMMIT, HOW_NOT_REACHED);
	sample_how(&b, FACT_COMMIT, HOW_NOT_REACHED);
	sample_how(&a, FACT_PID, HOW_INFERRED); /* not compared */
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.inferred, 2);
	CHECK_EQ(x.d.unreached, 1);
	bench_release(&x);
}

TEST(writes_of_one_operation_are_of_one_file)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	sample_init(&b, 1, "g", 0, 4096);
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1);
	check_verdict(&x.d, "file", VERDICT_DIFFERENT);
	bench_release(&x);
}

/* Verdict about @what of two recordings. */
static enum verdict verdict_of(const struct sample *a, const struct sample *b, const char *what)
{
	enum verdict verdict = VERDICT_UNOBSERVABLE;
	const struct finding *f;
	struct bench x;

	diff_two(&x, a, b);
	f = find(&x.d, what);
	CHECK(f);
	if (f)
		verdict = f->verdict;
	bench_release(&x);
	return verdict;
}

/* Neither who is asked alone, nor the side on which it stands, makes a difference between two recordings. */
static void check_both_ways(const struct sample *a, const struct sample *b, const char *what, enum verdict verdict)
{
	CHECK_STR(verdict_name(verdict_of(a, b, what)), verdict_name(verdict));
	CHECK_STR(verdict_name(verdict_of(b, a, what)), verdict_name(verdict));
}

TEST(what_nobody_completed_was_not_completed_elsewhere)
{
	struct sample done, none;

	sample_init(&done, 1, "f", 0, 4096);
	done.rec.submit = SUBMIT_LIBAIO;
	none = done;
	none.rec.context = COMPLETE_NONE;
	check_both_ways(&done, &none, "context", VERDICT_DIFFERENT);
}

/* Of one side it is enough: the other one did not see it. */
TEST(who_issued_it_and_who_had_to_wait_may_be_seen_by_one_side)
{
	static const struct {
		enum submit_kind submit;
		bool wait, seen;
		enum verdict verdict;
	} cases[] = {
		{SUBMIT_LIBAIO, false, true, VERDICT_ALLOWED},	  {SUBMIT_IO_URING, false, true, VERDICT_ALLOWED},
		{SUBMIT_SYNC, false, true, VERDICT_DIFFERENT},	  {SUBMIT_LIBAIO, true, true, VERDICT_DIFFERENT},
		{SUBMIT_LIBAIO, false, false, VERDICT_DIFFERENT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample here, there;

		sample_init(&here, 1, "f", 0, 4096);
		here.rec.submit = cases[i].submit;
		here.rec.force_wait = cases[i].wait;
		there = here;
		there.rec.context = COMPLETE_WORKQUEUE;
		there.rec.queued = 1;
		sample_how(&there, FACT_SUBMIT, HOW_UNKNOWN);
		sample_how(&there, FACT_FORCE_WAIT, HOW_UNKNOWN);
		sample_how(&here, FACT_SUBMIT, cases[i].seen ? HOW_OBSERVED : HOW_UNKNOWN);
		check_both_ways(&here, &there, "context", cases[i].verdict);
		check_both_ways(&here, &there, "queued", cases[i].verdict);
	}
}

/* A sync that one side has has its flush or commit, and FUA does without. */
TEST(what_a_sync_did_is_reached_where_there_was_one)
{
	static const enum write_fact facts[] = {FACT_FLUSH, FACT_COMMIT};

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		struct sample clean, dirty, other;
		const char *key = write_fields[facts[i]].key;

		sample_clean(&clean);
		sample_dsync(&dirty, 1, "f");
		check_both_ways(&clean, &dirty, key, VERDICT_ALLOWED);
		other = dirty; /* of the same sync it is a finding, */
		sample_how(&other, facts[i], HOW_NOT_REACHED);
		other.steps[0].map_flags = 0;
		other.rec.fua = FUA_ALL;
		check_both_ways(&other, &dirty, key, VERDICT_DIFFERENT);
		other = clean; /* of one that nobody saw, too, */
		sample_how(&other, FACT_SYNC, HOW_UNKNOWN);
		check_both_ways(&other, &dirty, key, VERDICT_DIFFERENT);
		other = clean; /* and without FUA */
		other.rec.fua = FUA_NONE;
		check_both_ways(&other, &dirty, key, VERDICT_DIFFERENT);
	}
}

TEST(fua_that_nobody_saw_spared_nothing)
{
	struct sample clean, dirty;

	sample_clean(&clean);
	sample_dsync(&dirty, 1, "f");
	sample_how(&clean, FACT_FUA, HOW_UNKNOWN);
	check_both_ways(&clean, &dirty, "sync", VERDICT_DIFFERENT);
}

/* Of two recordings either may have had cached pages; a replay has what the rules say. */
TEST(a_replay_follows_rules)
{
	struct sample live, other;
	struct bench x;

	sample_init(&live, 1, "f", 0, 4096);
	live.rec.submit = SUBMIT_LIBAIO;
	live.rec.queued = 1;
	live.rec.context = COMPLETE_INTERRUPT;
	other = live;
	other.rec.context = COMPLETE_WORKQUEUE;
	check_both_ways(&live, &other, "context", VERDICT_ALLOWED);
	for (int way = 0; way < 2; way++) {
		struct diff d = {0};

		diff_two(&x, way ? &other : &live, way ? &live : &other);
		CHECK_EQ(diff_decisions(&d, &x.a.writes[0], &x.b.writes[0], (bool[NR_FACTS]){[FACT_CONTEXT] = true}),
			 0);
		check_verdict(&d, "context", way ? VERDICT_ALLOWED : VERDICT_DIFFERENT);
		diff_release(&d);
		bench_release(&x);
	}
}

TEST(only_what_a_sync_did_may_be_reached_by_one_side)
{
	struct sample clean, dirty;

	sample_clean(&clean);
	sample_dsync(&dirty, 1, "f");
	sample_how(&clean, FACT_CONVERT, HOW_NOT_REACHED);
	check_both_ways(&clean, &dirty, "convert", VERDICT_DIFFERENT);
}

/* O_SYNC on one side, O_DSYNC on the other: no timestamp explains that. */
TEST(a_timestamp_is_due_where_both_write_them)
{
	struct sample flushes, commits, other;

	sample_dsync(&commits, 1, "f");
	commits.rec.sync = SYNC_FSYNC;
	flushes = commits;
	flushes.rec.flush = 1;
	flushes.rec.commit = 0;
	check_both_ways(&flushes, &commits, "flush", VERDICT_ALLOWED);
	other = commits;
	other.rec.sync = SYNC_FDATASYNC;
	check_both_ways(&flushes, &other, "flush", VERDICT_DIFFERENT);
	other = commits;
	sample_how(&other, FACT_SYNC, HOW_UNKNOWN);
	check_both_ways(&flushes, &other, "flush", VERDICT_DIFFERENT);
	other = commits; /* both at once it never does */
	other.rec.flush = 1;
	check_both_ways(&flushes, &other, "commit", VERDICT_DIFFERENT);
}

/* What one side did not see of it may be what the other's would take. */
TEST(a_flush_or_commit_that_was_not_seen_may_be_any)
{
	static const enum write_fact facts[] = {FACT_FLUSH, FACT_COMMIT};

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		struct sample flushes, commits;

		sample_dsync(&commits, 1, "f");
		commits.rec.sync = SYNC_FSYNC;
		flushes = commits;
		flushes.rec.flush = 1;
		flushes.rec.commit = 0;
		sample_how(&flushes, facts[i], HOW_UNKNOWN);
		((char *)&flushes.rec)[write_fields[facts[i]].offset] ^= 1; /* and no value of it is one */
		check_both_ways(&flushes, &commits, write_fields[facts[!i]].key, VERDICT_ALLOWED);
	}
}

TEST(without_a_journal_who_is_clean_does_not_flush)
{
	struct sample clean, dirty, other;

	sample_dsync(&dirty, 1, "f");
	dirty.rec.sync = SYNC_FSYNC;
	dirty.rec.journal = dirty.rec.commit = 0;
	dirty.rec.flush = 1;
	clean = dirty;
	clean.rec.flush = 0;
	check_both_ways(&clean, &dirty, "flush", VERDICT_ALLOWED);
	other = clean; /* with a journal one that does not flush commits */
	other.rec.journal = 1;
	check_both_ways(&other, &dirty, "flush", VERDICT_DIFFERENT);
	other = clean; /* nor does anybody commit */
	other.rec.commit = 1;
	check_both_ways(&other, &clean, "commit", VERDICT_DIFFERENT);
	other = dirty;
	other.rec.commit = 1;
	check_both_ways(&other, &dirty, "commit", VERDICT_DIFFERENT);
}

TEST(a_size_on_disk_lags_behind_a_size_that_is_the_same)
{
	static const struct {
		int64_t isize, disksize;
		enum how how;
		enum verdict verdict;
	} cases[] = {
		{1 << 20, 4096, HOW_OBSERVED, VERDICT_ALLOWED},
		{1 << 20, (1 << 20) + 1, HOW_OBSERVED, VERDICT_DIFFERENT},
		{2 << 20, 4096, HOW_OBSERVED, VERDICT_DIFFERENT},
		{1 << 20, 4096, HOW_UNKNOWN, VERDICT_DIFFERENT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample a, b;

		sample_init(&a, 1, "f", 0, 4096);
		b = a;
		b.rec.isize = cases[i].isize;
		b.rec.disksize = cases[i].disksize;
		sample_how(&b, FACT_ISIZE, cases[i].how);
		check_both_ways(&a, &b, "disksize", cases[i].verdict);
	}
}

/* Outside of a workload others write beside it. */
TEST(a_size_afterwards_is_of_who_extends)
{
	static const struct {
		uint32_t op_a, op_b;
		bool extends;
		enum verdict verdict;
	} cases[] = {
		{0, 0, false, VERDICT_ALLOWED},	  {0, 0, true, VERDICT_DIFFERENT},  {1, 1, false, VERDICT_DIFFERENT},
		{1, 0, false, VERDICT_DIFFERENT}, {0, 1, false, VERDICT_DIFFERENT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench x = {0};
		struct sample a, b;

		sample_init(&a, 1, "f", 0, 4096);
		a.rec.extend = cases[i].extends;
		b = a;
		b.rec.isize_after += 4096;
		CHECK_EQ(sample_add(&x.a, &a, cases[i].op_a), 0);
		CHECK_EQ(sample_add(&x.b, &b, cases[i].op_b), 0);
		bench_diff(&x);
		check_verdict(&x.d, "isize_after", cases[i].verdict);
		bench_release(&x);
	}
}

TEST(no_bio_is_not_some)
{
	struct sample a, b;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	b.rec.bios = 0;
	check_both_ways(&a, &b, "bios", VERDICT_DIFFERENT);
	b.rec.bios = 2;
	check_both_ways(&a, &b, "bios", VERDICT_ALLOWED);
}

/* Mapped as it was after writeback, by the operations for what had been unwritten: that way round alone. */
TEST(late_writeback_shows_in_the_operations_of_who_saw_it_unwritten)
{
	enum {
		AS_IT_IS,
		LOOKED_UNSEEN,
		MAPPED_OTHERWISE,
		OTHER_OPS,
		REFERENCE_OTHER_OPS,
		NR_CASES
	};

	for (int c = 0; c < NR_CASES; c++) {
		struct sample live, ref;

		sample_init(&live, 1, "f", 0, 4096);
		ref = live;
		live.rec.lookup = LOOKUP_UNWRITTEN;
		sample_how(&live, FACT_LOOKUP, c == LOOKED_UNSEEN ? HOW_UNKNOWN : HOW_OBSERVED);
		live.steps[0].role = c == MAPPED_OTHERWISE ? MAP_UNWRITTEN : MAP_MAPPED;
		live.rec.ops = c == OTHER_OPS ? OPS_NONE : OPS_IOMAP;
		ref.rec.ops = c == REFERENCE_OTHER_OPS ? OPS_NONE : OPS_OVERWRITE;
		CHECK_EQ(verdict_of(&live, &ref, "ops"), c == AS_IT_IS ? VERDICT_ALLOWED : VERDICT_DIFFERENT);
		CHECK_EQ(verdict_of(&ref, &live, "ops"), VERDICT_DIFFERENT);
	}
}

TEST(only_an_append_on_both_sides_that_never_came_to_iomap_has_two_places)
{
	enum {
		AS_IT_IS,
		ONE_APPENDS,
		ONE_DIRECT,
		ASKED_UNSEEN,
		NR_CASES
	};

	for (int c = 0; c < NR_CASES; c++) {
		struct sample early, late;

		sample_init(&early, 1, "f", 512, 512);
		early.rec.flags |= WRITE_APPEND;
		early.rec.stage_ns[STAGE_IOMAP] = 0;
		late = early;
		late.rec.pos = late.rec.isize;
		if (c == ONE_APPENDS)
			late.rec.flags = 0;
		if (c == ONE_DIRECT)
			late.rec.stage_ns[STAGE_IOMAP] = 2;
		if (c == ASKED_UNSEEN)
			sample_how(&late, FACT_ASKED_POS, HOW_UNKNOWN);
		check_both_ways(&late, &early, "pos",
				c == AS_IT_IS || c == ASKED_UNSEEN ? VERDICT_ALLOWED : VERDICT_DIFFERENT);
	}
}

/* A number of chunks explains the handles where what they map is the same, and is another number. */
TEST(journal_starts_follow_the_chunks)
{
	struct sample a, b;

	sample_bare(&a, 1, "f", 0, 8192);
	b = a;
	sample_round(&a, MAP_UNWRITTEN, MAP_F_NEW, 0, 4096);
	sample_round(&a, MAP_UNWRITTEN, MAP_F_NEW, 4096, 4096);
	sample_round(&b, MAP_UNWRITTEN, MAP_F_NEW, 0, 8192);
	a.rec.journal_starts = 2;
	b.rec.journal_starts = 1;
	check_both_ways(&a, &b, "journal_starts", VERDICT_ALLOWED);
	b.steps[0].len = 4096; /* not the same ranges */
	check_both_ways(&a, &b, "journal_starts", VERDICT_DIFFERENT);
	b.rec.steps_total = 7; /* and it cannot be said */
	check_both_ways(&a, &b, "journal_starts", VERDICT_UNOBSERVABLE);
}

TEST(a_record_that_contradicts_itself_is_a_finding)
{
	struct sample a, b;
	struct bench x;

	sample_init(&a, 1, "f", 0, 4096);
	b = a;
	b.rec.stage_ns[STAGE_IOMAP] = b.rec.stage_ns[STAGE_SUBMIT] + 1;
	diff_two(&x, &a, &b);
	CHECK_EQ(x.d.nr, 1);
	check_verdict(&x.d, "record", VERDICT_DIFFERENT);
	CHECK_STR(x.d.findings[0].rule, "the order of its stages");
	CHECK_STR(x.d.findings[0].b_value, "do not agree");
	bench_release(&x);
	diff_two(&x, &b, &b); /* a trace is the same as itself */
	CHECK_EQ(x.d.nr, 0);
	bench_release(&x);
}

TEST_MAIN()
