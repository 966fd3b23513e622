// SPDX-License-Identifier: GPL-2.0-only
/* What comes of many workloads: counts, kinds of findings, files and the exit code, of an engine that is made up. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "user/fuzz/fuzz.h"

/* --- an engine: what it sees of a workload goes by the names of its files --- */

struct engine {
	size_t runs, thorough;
	bool forgetful; /* it finds something but once */
	bool found;
	sig_atomic_t *stop; /* told in run @stop_in, and none after it ends well; NULL: never */
	size_t stop_in;
};

static bool has_file(const struct workload *wl, const char *name)
{
	for (size_t i = 0; i < wl->nr_ops; i++)
		if (!strcmp(wl->ops[i].file, name))
			return true;
	return false;
}

static int find(struct engine *e, const char *what, struct verify_result *r)
{
	if (e->forgetful && e->found)
		return 0;
	e->found = true;
	return diff_add(&r->diff, VERDICT_DIFFERENT, 1, what, "a", "b", "rule");
}

static int run(void *engine, const struct workload *wl, enum fuzz_effort effort, struct verify_result *r,
	       struct errmsg *err)
{
	struct engine *e = engine;

	*r = (struct verify_result){0};
	e->runs++;
	e->thorough += effort == FUZZ_THOROUGH;
	if (e->stop && e->runs >= e->stop_in)
		*e->stop = 1;
	if (has_file(wl, "trouble") || (e->stop && e->runs > e->stop_in))
		return fail(err, -EINVAL, "trouble");
	r->diff.compared = has_file(wl, "nothing") ? 0 : 10;
	r->diff.nr_mates = 1;
	r->diff.unhooked = has_file(wl, "unhooked");
	if (has_file(wl, "unseen") || r->diff.unhooked)
		r->not_observed = strdup("1 fact");
	return has_file(wl, "lock") ? find(e, "lock", r) : has_file(wl, "fua") ? find(e, "fua", r) : 0;
}

/* --- workloads in files --- */

#define FILES_MAX 4

struct bench {
	char dir[32];
	char *files[FILES_MAX];
	struct fuzz_options options;
	struct fuzz fuzz;
	struct engine engine;
	sig_atomic_t stop;
	struct errmsg err;
};

static size_t times_told;

static void told(const struct cluster *c)
{
	times_told += !!c->text;
}

static bool put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	return f && fputs(text, f) >= 0 && !fclose(f);
}

/* Of each word: a file of that name, and more that has nothing to do with what is found. */
static void begin(struct bench *b, const char *const *words)
{
	*b = (struct bench){.dir = "/var/tmp/fuzz-run-XXXXXX", .options = {.from = 1, .tries = 50}};
	CHECK(mkdtemp(b->dir));
	for (; words && b->options.nr_files < FILES_MAX && words[b->options.nr_files]; b->options.nr_files++) {
		_cleanup_free_ char *text =
			strf("scenario %s-%zu\ncreate other\ncreate %s\nwrite other 0 4k\n", words[b->options.nr_files],
			     b->options.nr_files, words[b->options.nr_files]);

		b->files[b->options.nr_files] = strf("%s/%zu", b->dir, b->options.nr_files);
		CHECK(put(b->files[b->options.nr_files], text));
	}
	b->options.files = b->files;
	b->options.out = b->dir;
	b->fuzz = (struct fuzz){.options = &b->options,
				.run = run,
				.engine = &b->engine,
				.sides = {"live", "reference"},
				.observes = true,
				.stop = &b->stop,
				.found = told};
	times_told = 0;
}

static void bench_release(struct bench *b)
{
	_cleanup_free_ char *cmd = strf("rm -r %s", b->dir);

	CHECK_EQ(system(cmd), 0);
	for (size_t i = 0; i < FILES_MAX; i++)
		free(b->files[i]);
	fuzz_release(&b->fuzz);
}

/* What was written out as "DIR/ID.wl", or NULL. */
static char *written(const struct bench *b, const char *id)
{
	_cleanup_free_ char *path = strf("%s/%s.wl", b->dir, id);
	struct errmsg err;
	char *text;
	size_t len;

	return read_file(path, 1 << 16, &text, &len, &err) ? NULL : text;
}

/* --- cases --- */

TEST(the_exit_code_is_that_of_all)
{
	static const struct {
		const char *words[FILES_MAX];
		const char *known; /* a key; NULL: none */
		bool alone;	   /* no kernel is looked at */
		int code;
	} cases[] = {
		{{"fine", "fine"}, NULL, false, EXIT_SAME},
		{{"lock", "fine"}, NULL, false, EXIT_DIFFERENT},
		{{"fine", "lock"}, NULL, false, EXIT_DIFFERENT},
		{{"lock", "unseen"}, NULL, false, EXIT_DIFFERENT},
		{{"lock", "fine"}, NULL, true, EXIT_DIFFERENT},
		{{"lock"}, "lock a|b", false, EXIT_SAME},
		{{"lock", "fua"}, "lock a|b", false, EXIT_DIFFERENT},
		{{"fine"}, "lock a|b", false, EXIT_SAME},
		/* not observed: beside others, too */
		{{"unseen", "fine"}, NULL, false, EXIT_UNOBSERVED},
		{{"fine", "unseen"}, NULL, false, EXIT_UNOBSERVED},
		{{"unseen"}, NULL, true, EXIT_SAME},
		/* what ends before a hook is none's fault, but alone it is no pass */
		{{"unhooked", "fine"}, NULL, false, EXIT_SAME},
		{{"nothing", "fine"}, NULL, false, EXIT_SAME},
		{{"nothing"}, NULL, false, EXIT_UNOBSERVED},
		{{"nothing"}, NULL, true, EXIT_SAME},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, cases[i].words);
		b.fuzz.observes = !cases[i].alone;
		if (cases[i].known)
			clusters_add(&b.fuzz.clusters, cases[i].known)->cause = strdup("it is so");
		CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
		CHECK_EQ(fuzz_exit_code(&b.fuzz), cases[i].code);
		bench_release(&b);
	}
}

TEST(workloads_are_counted_by_what_became_of_them)
{
	const struct fuzz_totals *t;
	struct bench b;

	begin(&b, (const char *const[]){"lock", "unseen", "unhooked", "lock", NULL});
	t = &b.fuzz.totals;
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
	CHECK_EQ(t->workloads, 4);
	CHECK_EQ(t->writes, 4);
	CHECK_EQ(t->facts, 40);
	CHECK_EQ(t->differing, 2);
	CHECK_EQ(t->unobserved, 1);
	CHECK_EQ(t->unreached, 1);
	CHECK_STR(t->unobserved_first, "unseen-1: 1 fact");
	CHECK(t->ns > 0);
	bench_release(&b);
}

TEST(findings_that_are_alike_are_one_kind)
{
	_cleanup_free_ char *text = NULL, *second = NULL;
	const struct clusters *c;
	struct bench b;

	begin(&b, (const char *const[]){"lock", "fua", "lock", "lock"});
	c = &b.fuzz.clusters;
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
	CHECK_EQ(c->nr, 2);
	CHECK_STR(c->all[0].key, "lock a|b");
	CHECK_EQ(c->all[0].nr, 3);
	CHECK_EQ(c->all[1].nr, 1);
	CHECK_EQ(times_told, 2);
	text = written(&b, "lock-0");
	second = written(&b, "lock-2");
	CHECK(text && !second);
	bench_release(&b);
}

/* The smallest that shows it, with what differs before it. */
TEST(a_finding_is_shrunk_and_written_out)
{
	_cleanup_free_ char *text = NULL;
	struct bench b;

	begin(&b, (const char *const[]){"lock", NULL});
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
	text = written(&b, "lock-0");
	CHECK(text && strstr(text, "# lock a|b\n") == text);
	CHECK(text && strstr(text, "\n# ") && strstr(text, "live a, reference b"));
	CHECK(text && strstr(text, "\ncreate lock\n"));
	CHECK(text && !strstr(text, "create other"));
	CHECK_EQ(b.engine.runs, b.engine.thorough);
	bench_release(&b);
}

TEST(what_is_known_is_counted_and_not_written)
{
	_cleanup_free_ char *text = NULL;
	struct bench b;

	begin(&b, (const char *const[]){"lock", "lock", NULL});
	clusters_add(&b.fuzz.clusters, "lock a|b")->cause = strdup("it is so");
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
	text = written(&b, "lock-0");
	CHECK(!text);
	CHECK_EQ(b.fuzz.clusters.all[0].nr, 2);
	CHECK_EQ(b.fuzz.totals.differing, 2);
	CHECK_EQ(times_told, 0);
	CHECK_EQ(b.engine.runs, 2);
	bench_release(&b);
}

TEST(what_does_not_come_again_is_said_to_have_come_once)
{
	_cleanup_free_ char *text = NULL;
	struct bench b;

	begin(&b, (const char *const[]){"lock", NULL});
	b.engine.forgetful = true;
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
	text = written(&b, "lock-0");
	CHECK(text && strstr(text, "# it was seen once, "));
	CHECK(text && strstr(text, "create other"));
	CHECK_EQ(fuzz_exit_code(&b.fuzz), EXIT_DIFFERENT);
	bench_release(&b);
}

/* What was found until then is there; -EINVAL would say that the user's file is wrong. */
TEST(trouble_ends_it)
{
	struct bench b;

	begin(&b, (const char *const[]){"lock", "trouble", "fine", NULL});
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), -EIO);
	CHECK_STR(b.err.text, "trouble");
	CHECK_EQ(b.fuzz.totals.workloads, 1);
	CHECK_EQ(b.fuzz.clusters.nr, 1);
	bench_release(&b);
	begin(&b, (const char *const[]){"fine", NULL});
	CHECK(put(b.files[0], "no workload\n"));
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), -EINVAL);
	bench_release(&b);
	begin(&b, (const char *const[]){"lock", NULL});
	b.options.out = b.files[0];
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), -ENOTDIR);
	bench_release(&b);
}

/* The run that was under way is none: its programs may have been ended, too. The third is of the shrinking. */
TEST(stopping_is_no_trouble)
{
	for (size_t in = 1; in <= 3; in += 2) {
		struct bench b;

		begin(&b, (const char *const[]){"lock", "fine", NULL});
		b.engine.stop = &b.stop;
		b.engine.stop_in = in;
		CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
		CHECK_EQ(b.fuzz.totals.workloads, in > 1);
		CHECK_EQ(b.fuzz.clusters.nr, in > 1);
		CHECK_EQ(b.engine.runs, in > 1 ? in + 1 : in); /* what is left of the finding is looked at once */
		bench_release(&b);
	}
}

/* Of random ones the first is tried with all that is asked, and one of so many; they end by writes or by time. */
TEST(random_workloads_go_on_until_it_is_enough)
{
	struct bench b;

	begin(&b, NULL);
	b.options.theme = theme_find("plain");
	b.options.seed = 3;
	b.options.writes = 2500;
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
	CHECK(b.fuzz.totals.writes >= 2500 && b.fuzz.totals.writes < 2600);
	CHECK_EQ(b.engine.runs, b.fuzz.totals.workloads);
	CHECK_EQ(b.engine.thorough, (b.engine.runs + 499) / 500);
	bench_release(&b);
	begin(&b, NULL);
	b.options.theme = theme_find("plain");
	b.options.time_ns = 1;
	CHECK_EQ(fuzz_run(&b.fuzz, &b.err), 0);
	CHECK_EQ(b.fuzz.totals.workloads, 0);
	bench_release(&b);
}

TEST_MAIN()
