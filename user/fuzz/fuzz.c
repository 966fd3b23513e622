// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "user/base/output.h"
#include "user/fuzz/shrink.h"
#include "user/fuzz/workers.h"

/* The reference runs a workload with all other checks in a fraction of a millisecond, e2fsck takes six of them. */
#define THOROUGH_EVERY 500
#define PROGRESS_NS  1000000000ull
#define WORKLOAD_MAX (1u << 20) /* bytes of a file */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- one workload --- */

/* What came of a text that was run. */
struct run {
	struct workload wl;
	struct verify_result result;
	char *key; /* NULL: nothing differs */
};

static void run_release(struct run *r)
{
	workload_release(&r->wl);
	verify_result_release(&r->result);
	free(r->key);
	*r = (struct run){0};
}

/* -EINVAL: it is no workload. */
static int run_text(struct fuzz *f, const char *text, enum fuzz_effort effort, struct run *r, struct errmsg *err)
{
	int ret = workload_parse(&r->wl, "fuzz.wl", text, strlen(text), err);

	if (ret)
		return ret;
	ret = f->run(f->engine, &r->wl, effort, &r->result, err);
	if (ret)
		return ret == -EINVAL ? -EIO : ret;
	r->key = finding_key(&r->result.diff);
	return 0;
}

/* --- a finding --- */

struct hunt {
	struct fuzz *f;
	const char *key;
};

static int still_differs(void *ctx, const char *text)
{
	_cleanup_(run_release) struct run r = {0};
	const struct hunt *h = ctx;
	struct errmsg err;
	int ret;

	if (*h->f->stop)
		return -EINTR;
	ret = run_text(h->f, text, FUZZ_THOROUGH, &r, &err);
	/* what the shrinker makes of a set-up may be nothing that mkfs or mount take */
	return ret == -ENOMEM ? ret : !ret && r.key && !strcmp(r.key, h->key);
}

/* "# " before each line. */
static char *as_comment(const char *text)
{
	char *out_text = NULL;
	size_t len;
	FILE *out = open_memstream(&out_text, &len);

	if (!out)
		return NULL;
	for (const char *end; *text; text = end) {
		end = strchrnul(text, '\n');
		fprintf(out, "# %.*s\n", (int)(end - text), text);
		end += *end == '\n';
	}
	fclose(out);
	return out_text;
}

static char *facts_of(const struct fuzz *f, const struct run *r)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	render_diff(out, r->wl.id, &r->result.diff, &f->sides, false);
	fclose(out);
	return text ? as_comment(text) : NULL;
}

static int describe(struct fuzz *f, struct cluster *c, struct errmsg *err)
{
	_cleanup_(run_release) struct run r = {0};
	int ret = run_text(f, c->text, FUZZ_THOROUGH, &r, err);

	if (ret)
		return ret;
	free(c->facts);
	if (r.key && !strcmp(r.key, c->key))
		c->facts = facts_of(f, &r);
	else
		c->facts = strdup("# it was seen once, and not again when the same workload was run once more\n");
	return c->facts ? 0 : fail(err, -ENOMEM, "out of memory");
}

static int write_out(const struct fuzz *f, const struct cluster *c, const char *id, struct errmsg *err)
{
	_cleanup_free_ char *path = f->options->out ? strf("%s/%s.wl", f->options->out, id) : NULL;
	struct output out;
	int ret = path ? output_open(&out, path, err) : 0;

	if (!path || ret)
		return ret;
	fprintf(out.file, "# %s\n%s%s", c->key, c->facts, c->text);
	return output_commit(&out, err);
}

/* A kind of difference that was not seen before. */
static int new_cluster(struct fuzz *f, struct cluster *c, const char *text, const char *id, struct errmsg *err)
{
	struct hunt hunt = {f, c->key};
	int ret;

	c->text = shrink(text, still_differs, &hunt, f->options->tries);
	ret = c->text ? describe(f, c, err) : fail(err, -ENOMEM, "out of memory");
	if (!ret)
		ret = write_out(f, c, id, err);
	if (!ret && f->found)
		f->found(c);
	return ret;
}

static int text_of(const struct fuzz *f, uint64_t nr, char **text, struct errmsg *err)
{
	const struct fuzz_options *o = f->options;
	size_t len;

	if (o->nr_files)
		return read_file(o->files[nr - o->from], WORKLOAD_MAX, text, &len, err);
	*text = generate_workload(o->theme, o->seed, nr, o->journal_data);
	return *text ? 0 : fail(err, -ENOMEM, "out of memory");
}

static int take_finding(struct fuzz *f, uint64_t nr, const struct outcome *o, struct errmsg *err)
{
	struct cluster *c = clusters_find(&f->clusters, o->key);
	_cleanup_free_ char *text = NULL;
	bool first = !c;
	int ret;

	f->totals.differing++;
	if (first)
		c = clusters_add(&f->clusters, o->key);
	if (!c)
		return fail(err, -ENOMEM, "out of memory");
	c->nr++;
	if (!first)
		return 0;
	ret = text_of(f, nr, &text, err);
	return ret ? ret : new_cluster(f, c, text, o->id, err);
}

/* --- all of them --- */

static void count(struct fuzz *f, const struct outcome *o)
{
	struct fuzz_totals *t = &f->totals;

	t->workloads++;
	t->writes += o->writes;
	t->facts += o->facts;
	if (!o->not_observed)
		return;
	if (!o->reached)
		t->unreached++;
	else if (!t->unobserved++)
		t->unobserved_first = strf("%s: %s", o->id, o->not_observed);
}

static struct outcome outcome_of(struct run *r)
{
	struct outcome o = {.writes = r->wl.nr_writes,
			    .facts = r->result.diff.compared,
			    .reached = r->result.diff.nr_mates > r->result.diff.unhooked,
			    .not_observed = r->result.not_observed,
			    .key = r->key};

	memcpy(o.id, r->wl.id, sizeof(o.id));
	r->result.not_observed = r->key = NULL;
	return o;
}

/* By the number alone, so that it is the same however many processes there are. */
static enum fuzz_effort effort_for(const struct fuzz_options *o, uint64_t nr)
{
	return o->nr_files || (nr - o->from) % THOROUGH_EVERY == 0 ? FUZZ_THOROUGH : FUZZ_ONE_OF_MANY;
}

static int try_nr(void *ctx, uint64_t nr, struct outcome *o, struct errmsg *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(run_release) struct run r = {0};
	struct fuzz *f = ctx;
	int ret = text_of(f, nr, &text, err);

	if (!ret)
		ret = run_text(f, text, effort_for(f->options, nr), &r, err);
	if (!ret)
		*o = outcome_of(&r);
	return ret;
}

static int one(struct fuzz *f, struct workers *workers, uint64_t nr, struct errmsg *err)
{
	_cleanup_(outcome_release) struct outcome o = {0};
	int ret = workers ? workers_next(workers, &o, err) : try_nr(f, nr, &o, err);

	if (*f->stop) /* it may have ended the programs that we run, too */
		return 0;
	if (!ret)
		count(f, &o);
	return !ret && o.key ? take_finding(f, nr, &o, err) : ret;
}

static bool is_over(const struct fuzz *f, uint64_t nr, uint64_t began_ns)
{
	const struct fuzz_options *o = f->options;

	if (o->nr_files && nr - o->from >= o->nr_files)
		return true;
	return *f->stop || (o->writes && f->totals.writes >= o->writes) ||
	       (o->time_ns && now_ns() - began_ns >= o->time_ns);
}

static int run_all(struct fuzz *f, struct workers *workers, struct errmsg *err)
{
	uint64_t began_ns = now_ns(), said_ns = began_ns;
	int ret = 0;

	for (uint64_t nr = f->options->from; !ret && !is_over(f, nr, began_ns); nr++) {
		ret = one(f, workers, nr, err);
		f->totals.ns = now_ns() - began_ns;
		if (!f->progress || now_ns() - said_ns < PROGRESS_NS)
			continue;
		f->progress(&f->totals, &f->clusters);
		said_ns = now_ns();
	}
	return *f->stop ? 0 : ret;
}

int fuzz_run(struct fuzz *f, struct errmsg *err)
{
	const struct fuzz_options *o = f->options;
	struct workers *workers = NULL;
	int ret = o->jobs > 1 && !o->nr_files ? workers_start(&workers, o->jobs, o->from, try_nr, f, err) : 0;

	if (!ret)
		ret = run_all(f, workers, err);
	workers_stop(workers);
	return ret;
}

int fuzz_exit_code(const struct fuzz *f)
{
	if (clusters_unlisted(&f->clusters))
		return EXIT_DIFFERENT;
	return f->observes && (f->totals.unobserved || !f->totals.facts) ? EXIT_UNOBSERVED : EXIT_SAME;
}

void fuzz_release(struct fuzz *f)
{
	clusters_release(&f->clusters);
	free(f->totals.unobserved_first);
	f->totals.unobserved_first = NULL;
}
