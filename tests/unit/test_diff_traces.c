// SPDX-License-Identifier: GPL-2.0-only
/* Two traces in step: what is found is what is found of their sets. */
#include "reports/model/diff_traces.h"

#include <fcntl.h>
#include <stdlib.h>

#include "reports/model/infer.h"
#include "reports/text/render.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

struct two {
	struct write_set a, b;
	char paths[2][32];
};

static void two_init(struct two *t)
{
	*t = (struct two){.paths = {"/var/tmp/diff-a.XXXXXX", "/var/tmp/diff-b.XXXXXX"}};
	sample_header(&t->a, "a");
	sample_header(&t->b, "b");
}

static void two_save(struct two *t)
{
	struct write_set *sets[] = {&t->a, &t->b};
	struct errmsg err = {""};

	for (int i = 0; i < 2; i++) {
		int fd = mkstemp(t->paths[i]);

		CHECK(fd >= 0);
		CHECK_EQ(set_save(sets[i], fd, &err), 0);
		CHECK_STR(err.text, "");
	}
}

static void two_release(struct two *t)
{
	set_release(&t->a);
	set_release(&t->b);
	unlink(t->paths[0]);
	unlink(t->paths[1]);
}

static char *text_of(const struct diff *d, bool each)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	render_diff(out, "a, b", d, &(struct side_names){"A", "B"}, each);
	fclose(out);
	return text;
}

/* As it was before there was another way. */
static char *text_of_sets(const struct two *t, bool each)
{
	struct write_set a = {0}, b = {0};
	struct errmsg err = {""};
	struct diff d = {0};
	char *text;

	CHECK_EQ(set_load(&a, t->paths[0], &err), 0);
	CHECK_EQ(set_load(&b, t->paths[1], &err), 0);
	CHECK_EQ(diff_sets(&d, &a, &b), 0);
	text = text_of(&d, each);
	diff_release(&d);
	set_release(&a);
	set_release(&b);
	return text;
}

/* The same text from both, found in the way that is expected. */
static void check_same(const struct two *t, const struct diff_limits *limits, bool loaded)
{
	struct diff_traces d;
	struct errmsg err = {""};
	char *seen, *wanted = text_of_sets(t, limits->each);

	CHECK_EQ(diff_traces(&d, t->paths[0], t->paths[1], limits, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_EQ(d.loaded != NULL, loaded);
	seen = text_of(&d.diff, limits->each);
	CHECK_STR(seen, wanted);
	free(seen);
	free(wanted);
	diff_traces_release(&d);
}

static void check_both(const struct two *t, bool loaded)
{
	check_same(t, &(struct diff_limits){.each = false}, loaded);
	check_same(t, &(struct diff_limits){.each = true}, loaded);
}

static uint32_t dice(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % sides;
}

/* A write of one of five files, now and then unlike its like. */
static void add_some(struct write_set *set, uint32_t *seed, bool ops)
{
	static const char *const files[] = {"zeta", "alpha", "log", "", "beta"};
	struct sample s;

	sample_init(&s, set->nr + 1, files[dice(seed, 5)], 4096 * dice(seed, 3), 4096);
	if (!dice(seed, 4))
		sample_how(&s, (enum write_fact)dice(seed, NR_FACTS), HOW_UNKNOWN);
	if (!dice(seed, 5))
		s.rec.lock = LOCK_EXCLUSIVE;
	if (!dice(seed, 7))
		s.steps[0].map_flags = MAP_F_DIRTY;
	if (!dice(seed, 9))
		s.rec.steps_total = s.nr + 1;
	sample_how(&s, FACT_FILE, HOW_OBSERVED);
	sample_add(set, &s, ops ? 1 + dice(seed, 40) : 0);
}

TEST(as_sets_whatever_the_order)
{
	for (uint32_t round = 1; round <= 60; round++) {
		uint32_t seed = round, nr_a, nr_b;
		struct two t;

		two_init(&t);
		nr_a = dice(&seed, 80);
		nr_b = dice(&seed, 80);
		for (uint32_t i = 0; i < nr_a; i++)
			add_some(&t.a, &seed, round % 4 == 0 || round % 4 == 1);
		for (uint32_t i = 0; i < nr_b; i++)
			add_some(&t.b, &seed, round % 4 == 0);
		if (round % 5 == 0) /* a file that is not known: by order alone */
			t.a.nr ? t.a.writes[0].rec.how[FACT_FILE] = HOW_UNKNOWN : 0;
		if (round % 7 == 0)
			t.b.end = TRACE_TRUNCATED;
		two_save(&t);
		check_both(&t, false);
		two_release(&t);
	}
}

static void add_of(struct write_set *set, const char *file, int nr)
{
	struct sample s;

	for (int i = 0; i < nr; i++) {
		sample_init(&s, set->nr + 1, file, 4096 * i, 4096);
		s.rec.pid = (uint32_t)set->nr;
		sample_add(set, &s, 0);
	}
}

TEST(one_file_after_the_other)
{
	struct two t;

	two_init(&t);
	add_of(&t.a, "f", 100);
	add_of(&t.a, "g", 100);
	add_of(&t.b, "g", 110);
	add_of(&t.b, "f", 100);
	two_save(&t);
	check_both(&t, false);
	/* as much memory as half of it takes */
	check_same(&t, &(struct diff_limits){.waiting_bytes = 50 * sizeof(struct write)}, true);
	two_release(&t);
}

/* One that takes as long as 20000 others comes too late for its place. */
TEST(out_of_order)
{
	struct two t;

	two_init(&t);
	add_of(&t.a, "f", 20001);
	add_of(&t.b, "f", 20000);
	{
		struct write first = t.a.writes[0];

		memmove(t.a.writes, t.a.writes + 1, 20000 * sizeof(first));
		first.rec.pos = 77;
		t.a.writes[20000] = first;
	}
	two_save(&t);
	check_same(&t, &(struct diff_limits){.each = false}, true);
	two_release(&t);
}

TEST(what_is_not_kept_is_counted)
{
	struct diff_traces d;
	struct errmsg err = {""};
	struct two t;
	char *text;

	two_init(&t);
	add_of(&t.a, "f", 30);
	add_of(&t.b, "f", 25);
	for (int i = 0; i < 20; i++)
		t.b.writes[i].rec.lock = LOCK_EXCLUSIVE;
	two_save(&t);
	CHECK_EQ(diff_traces(&d, t.paths[0], t.paths[1], &(struct diff_limits){.findings = 8}, &err), 0);
	CHECK_EQ(d.diff.by_verdict[VERDICT_DIFFERENT], 25);
	CHECK_EQ(d.diff.nr, 8);
	text = text_of(&d.diff, false);
	CHECK(strstr(text, "25 findings"));
	CHECK(strstr(text, "\n  f: 5 writes only in A\n"));
	CHECK(strstr(text, "\n  f pos 28672 len 4096: lock: A shared, B exclusive;"));
	CHECK(!strstr(text, "pos 32768 len 4096: lock"));
	CHECK(strstr(text, "\n  and 12 findings more, which were only counted\n"));
	free(text);
	diff_traces_release(&d);
	two_release(&t);
}

TEST(what_is_no_trace_is_said)
{
	struct diff_traces d;
	struct errmsg err = {""};

	CHECK(diff_traces(&d, "/no/such/trace", "/no/such/trace", &(struct diff_limits){0}, &err) < 0);
	CHECK(strstr(err.text, "No such file"));
	diff_traces_release(&d);
	CHECK(diff_traces(&d, "/dev/null", "/dev/null", &(struct diff_limits){0}, &err) < 0);
	CHECK(*err.text);
	diff_traces_release(&d);
}

TEST_MAIN()
