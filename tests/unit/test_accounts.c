// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/accounts.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* A record with its steps behind it, as the kernel side emits it. */
struct emitted {
	struct write_record rec;
	struct write_step steps[STEPS_INLINE];
};

static void take(struct accounts *a, const struct sample *s)
{
	struct emitted e = {.rec = s->rec};

	e.rec.nr_inline = e.rec.steps_total = s->nr;
	memcpy(e.steps, s->steps, s->nr * sizeof(s->steps[0]));
	accounts_take(a, &e.rec);
}

/* All hooks were taken. */
static void begin(struct accounts *a)
{
	memset(a, 0, sizeof(*a));
	memset(a->promised, HOW_OBSERVED, NR_FACTS);
}

static void take_all(struct accounts *a)
{
	static void (*const inits[])(struct sample *, uint64_t, const char *) = {
		sample_hole, sample_fua, sample_dsync, sample_append, sample_buffered, sample_einval,
	};
	struct sample s;

	begin(a);
	sample_init(&s, 1, "f", 0, 4096);
	take(a, &s);
	for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
		inits[i](&s, 2 + i, "f");
		take(a, &s);
	}
	accounts_take_totals(a, 9, 9);
}

static unsigned int row_of(const char *key)
{
	unsigned int i = 0;

	while (account_key(i) && strcmp(account_key(i), key) != 0)
		i++;
	return i;
}

TEST(what_was_seen_balances)
{
	struct accounts a;

	take_all(&a);
	CHECK_EQ(accounts_broken(&a), 0);
	CHECK_EQ(accounts_drawn(&a), row_of("rests")); /* no write of these came short; all others have something */
	CHECK_EQ(a.accounts[row_of("data")].left, 4 * 4096 + 1024);
	CHECK_EQ(a.accounts[row_of("bytes")].left, 4 * 4096 + 4096);
}

/* Whether its sync was still of its write, nobody knows: it is counted where it was seen, and else on neither side. */
TEST(the_sync_of_a_worker_may_be_unknown)
{
	static const struct {
		uint8_t worker, how;
		unsigned int broken;
	} cases[] = {{0, HOW_UNKNOWN, 1}, {1, HOW_UNKNOWN, 0}, {1, HOW_OBSERVED, 1}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct accounts a;
		struct sample s;

		begin(&a);
		sample_append(&s, 7, "log");
		s.rec.flags |= WRITE_DSYNC;
		s.rec.sync = SYNC_NONE;
		s.rec.worker = cases[i].worker;
		sample_how(&s, FACT_SYNC, cases[i].how);
		take(&a, &s);
		CHECK_EQ(accounts_broken(&a), cases[i].broken);
	}
}

/* One hook after another is hit too seldom: exactly the account that is about it says so, and names the write. */
static void no_check(struct sample *s)
{
	s->rec.checks = 0;
}
static void no_ops(struct sample *s)
{
	sample_how(s, FACT_OPS, HOW_UNKNOWN);
}
static void no_invalidate(struct sample *s)
{
	sample_how(s, FACT_INVALIDATE, HOW_UNKNOWN);
}
static void no_end_io(struct sample *s)
{
	sample_how(s, FACT_END_SIZE, HOW_UNKNOWN);
}
static void no_context(struct sample *s)
{
	sample_how(s, FACT_CONTEXT, HOW_UNKNOWN);
}
static void no_orphan(struct sample *s)
{
	s->rec.orphan = 0;
}
static void no_sync(struct sample *s)
{
	s->rec.sync = SYNC_NONE;
}
static void no_end(struct sample *s)
{
	s->rec.state = WRITE_REUSED;
}

static void no_completion(struct sample *s)
{
	sample_how(s, FACT_DIO_RET, HOW_UNKNOWN);
	sample_how(s, FACT_RET, HOW_UNKNOWN);
}

static void no_round(struct sample *s)
{
	s->rec.rounds = 0;
	s->nr = 0;
	s->rec.bios = 0;
	sample_bio(s, BIO_DATA, 0, 0, s->rec.data_bytes);
}

static void no_data_bio(struct sample *s)
{
	s->rec.data_bytes = 0;
	s->rec.bios = s->nr = 0;
	s->rec.rounds = 0;
	sample_round(s, MAP_UNWRITTEN, 0, 1 << 20, 4096);
}

static void one_step_less(struct sample *s)
{
	s->rec.rounds++;
}

static void no_rest(struct sample *s)
{
	s->rec.dio_ret = s->rec.data_bytes = 2048;
	s->steps[s->nr - 1].len = 2048;
}

TEST(a_bypassed_hook_breaks_its_account)
{
	static const struct {
		const char *key;
		void (*bypass)(struct sample *s);
	} cases[] = {
		{"ends", no_end},      {"checks", no_check},	 {"ops", no_ops},	 {"invalidate", no_invalidate},
		{"rounds", no_round},  {"steps", one_step_less}, {"data", no_data_bio},	 {"completions", no_completion},
		{"end_io", no_end_io}, {"contexts", no_context}, {"orphans", no_orphan}, {"syncs", no_sync},
		{"rests", no_rest},
	};
	char *sentence, key[32];
	struct accounts a;
	struct sample s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&a);
		sample_append(&s, 7, "log");
		s.rec.flags |= WRITE_DSYNC;
		s.rec.sync = SYNC_FDATASYNC;
		take(&a, &s);
		CHECK_EQ(accounts_broken(&a), 0);
		s.rec.head.id = 8;
		cases[i].bypass(&s);
		take(&a, &s);
		CHECK_EQ(accounts_broken(&a), 1);
		sentence = accounts_sentence(&a, 0);
		CHECK(sentence && strstr(sentence, strcat(strcpy(key, cases[i].key), ": ")));
		CHECK(sentence && strstr(sentence, "first in write 8"));
		s.rec.head.id = 9;
		take(&a, &s);
		CHECK_EQ(a.accounts[row_of(cases[i].key)].first, 8);
		if (accounts_broken(&a) != 1)
			printf("# %s: %s\n", cases[i].key, sentence);
		free(sentence);
	}
}

/* What of one sample each account counts on its sides. */
static void check_sides(const struct sample *s, const char *key, uint64_t left, uint64_t right)
{
	struct accounts a;

	begin(&a);
	take(&a, s);
	CHECK_EQ(a.accounts[row_of(key)].left, left);
	CHECK_EQ(a.accounts[row_of(key)].right, right);
}

TEST(a_bio_that_is_under_way_is_to_complete)
{
	static const struct {
		uint32_t state;
		enum how how;
		uint64_t right;
	} cases[] = {{0, HOW_UNKNOWN, 0}, {WRITE_IN_FLIGHT, HOW_UNKNOWN, 1}, {0, HOW_OBSERVED, 1}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		s.rec.state = cases[i].state;
		sample_how(&s, FACT_DIO_RET, cases[i].how);
		check_sides(&s, "completions", 1, cases[i].right);
		s.rec.bios = 0;
		check_sides(&s, "completions", 0, 0);
	}
}

/* By whom it was asked for, and that it came to anything, and that there is a cache. */
TEST(only_what_was_written_into_a_cache_had_to_be_durable)
{
	static const struct {
		uint8_t flags, inode_sync, dev_cache;
		int64_t ret;
		enum how how;
		uint64_t due;
	} cases[] = {
		{WRITE_DSYNC, 0, 1, 4096, HOW_OBSERVED, 1}, {WRITE_SYNC, 0, 1, 4096, HOW_OBSERVED, 1},
		{0, 1, 1, 4096, HOW_OBSERVED, 1},	    {0, 0, 1, 4096, HOW_OBSERVED, 0},
		{WRITE_DSYNC, 0, 0, 4096, HOW_OBSERVED, 0}, {WRITE_DSYNC, 0, 1, 0, HOW_OBSERVED, 0},
		{WRITE_DSYNC, 0, 1, -5, HOW_OBSERVED, 0},   {WRITE_DSYNC, 0, 1, 4096, HOW_UNKNOWN, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		s.rec.flags = cases[i].flags;
		s.rec.inode_sync = cases[i].inode_sync;
		s.rec.dev_cache = cases[i].dev_cache;
		s.rec.ret = cases[i].ret;
		sample_how(&s, FACT_RET, cases[i].how);
		check_sides(&s, "syncs", cases[i].due, 0);
		s.rec.fua = FUA_SOME; /* the rest has to be synced */
		check_sides(&s, "syncs", cases[i].due, 0);
		s.rec.fua = FUA_ALL;
		check_sides(&s, "syncs", cases[i].due, cases[i].due);
		s.rec.fua = FUA_NONE;
		s.rec.sync = SYNC_FSYNC;
		check_sides(&s, "syncs", cases[i].due, cases[i].due);
	}
}

/* What iomap did not write has no round, no data and no rest: of an error or nothing. */
TEST(what_iomap_did_not_write_is_not_counted)
{
	static const struct {
		int64_t dio_ret;
		uint64_t rounds, data, rests;
	} cases[] = {{4096, 1, 4096, 0}, {2048, 1, 2048, 1}, {0, 0, 0, 1}, {-5, 0, 0, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample s;

		sample_init(&s, 1, "f", 0, 4096);
		s.rec.dio_ret = cases[i].dio_ret;
		s.rec.fallback = FALLBACK_REST;
		check_sides(&s, "rounds", cases[i].rounds, cases[i].rounds);
		check_sides(&s, "data", cases[i].data, cases[i].data ? 4096 : 0);
		check_sides(&s, "rests", cases[i].rests, cases[i].rests);
		s.rec.queued = 1;
		check_sides(&s, "rests", 0, 0);
	}
}

TEST(only_an_extending_write_that_came_to_iomap_is_on_the_orphan_list)
{
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	s.rec.orphan = 1;
	check_sides(&s, "orphans", 0, 0);
	s.rec.extend = 1;
	check_sides(&s, "orphans", 1, 1);
	s.rec.stage_ns[STAGE_IOMAP] = 0;
	check_sides(&s, "orphans", 0, 0);
}

/* The steps that are not in the record itself may be any. */
TEST(bytes_are_those_of_a_whole_list)
{
	struct accounts a;
	struct emitted e;
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	e = (struct emitted){.rec = s.rec};
	memcpy(e.steps, s.steps, s.nr * sizeof(s.steps[0]));
	e.rec.nr_inline = (uint8_t)s.nr;
	e.rec.steps_total = s.nr + 1;
	begin(&a);
	accounts_take(&a, &e.rec);
	CHECK_EQ(a.accounts[row_of("bytes")].left + a.accounts[row_of("bytes")].right, 0);
}

TEST(what_no_hook_promised_is_no_account)
{
	struct accounts a;
	struct sample s;

	begin(&a);
	a.promised[FACT_OPS] = HOW_INFERRED;
	a.promised[FACT_CHECKS] = HOW_UNKNOWN;
	sample_init(&s, 1, "f", 0, 4096);
	sample_how(&s, FACT_OPS, HOW_INFERRED);
	s.rec.checks = 0;
	take(&a, &s);
	CHECK_EQ(accounts_broken(&a), 0);
}

TEST(of_an_empty_range_nothing_is_dropped)
{
	struct accounts a;
	struct sample s;

	begin(&a);
	sample_init(&s, 1, "f", 0, 0);
	sample_how(&s, FACT_INVALIDATE, HOW_UNKNOWN);
	take(&a, &s);
	CHECK_EQ(a.accounts[row_of("invalidate")].left, 0);
}

TEST(one_too_many_does_not_make_up_for_one_too_few)
{
	struct accounts a;
	struct sample s;

	begin(&a);
	sample_init(&s, 1, "f", 0, 4096);
	s.rec.data_bytes = s.steps[1].len = 0;
	take(&a, &s);
	s.rec.data_bytes = s.steps[1].len = 8192;
	take(&a, &s);
	CHECK_EQ(a.accounts[row_of("data")].left, a.accounts[row_of("data")].right);
	CHECK_EQ(accounts_broken(&a), 1);
}

TEST(a_trailer_keeps_them)
{
	struct accounts a, b;
	struct meta trailer = {0};

	CHECK(!accounts_load(&b, &trailer));
	take_all(&a);
	a.accounts[row_of("syncs")] = (struct account){.left = 3, .right = 1, .first = 17};
	CHECK_EQ(accounts_store(&a, &trailer), 0);
	CHECK_STR(meta_get(&trailer, META_ACCOUNT "syncs"), "3 1 17");
	CHECK(accounts_load(&b, &trailer));
	CHECK_EQ(memcmp(a.accounts, b.accounts, sizeof(a.accounts)), 0);
	/* what is no account is none */
	meta_set(&trailer, META_ACCOUNT "syncs", "3");
	CHECK(accounts_load(&b, &trailer));
	CHECK_EQ(b.accounts[row_of("syncs")].left, 0);
	meta_release(&trailer);
}

TEST(lost_writes_are_accounted_for)
{
	struct accounts a;
	char *sentence;

	begin(&a);
	accounts_take_totals(&a, 100, 99);
	sentence = accounts_sentence(&a, 0);
	CHECK_STR(sentence, "the accounts do not balance: a hook was bypassed, or facts are wrong: writes: 100 writes "
			    "that entered, 99 recorded, lost or left out as asked");
	free(sentence);
}

TEST_MAIN()
