// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "user/base/output.h"
#include "user/fuzz/shrink.h"

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

static int take_finding(struct fuzz *f, const struct run *r, const char *text, struct errmsg *err)
{
	struct cluster *c = clusters_find(&f->clusters, r->key);
	bool first = !c;

	f->totals.differing++;
	if (first)
		c = clusters_add(&f->clusters, r->key);
	if (!c)
		return fail(err, -ENOMEM, "out of memory");
	c->nr++;
	return first ? new_cluster(f, c, text, r->wl.id, err) : 0;
}

/* --- all of them --- */

static void count(struct fuzz *f, const struct run *r)
{
	struct fuzz_totals *t = &f->totals;

	t->workloads++;
	t->writes += r->wl.nr_writes;
	t->facts += r->result.diff.compared;
	if (!r->result.not_observed)
		return;
	if (!r->result.diff.nr_mates)
		t->unreached++;
	else if (!t->unobserved++)
		t->unobserved_first = strf("%s: %s", r->wl.id, r->result.not_observed);
}

static int next_text(const struct fuzz *f, uint64_t nr, char **text, struct errmsg *err)
{
	const struct fuzz_options *o = f->options;
	size_t len;

	if (o->nr_files)
		return read_file(o->files[nr - o->from], WORKLOAD_MAX, text, &len, err);
	*text = generate_workload(o->theme, o->seed, nr, o->journal_data);
	return *text ? 0 : fail(err, -ENOMEM, "out of memory");
}

static int one(struct fuzz *f, uint64_t nr, struct errmsg *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(run_release) struct run r = {0};
	int ret = next_text(f, nr, &text, err);

	if (!ret)
		ret = run_text(f, text, f->options->nr_files ? FUZZ_THOROUGH : FUZZ_ONE_OF_MANY, &r, err);

	if (*f->stop) /* it may have ended the programs that we run, too */
		return 0;
	if (!ret)
		count(f, &r);
	return !ret && r.key ? take_finding(f, &r, text, err) : ret;
}

static bool is_over(const struct fuzz *f, uint64_t nr, uint64_t began_ns)
{
	const struct fuzz_options *o = f->options;

	if (o->nr_files && nr - o->from >= o->nr_files)
		return true;
	return *f->stop || (o->writes && f->totals.writes >= o->writes) ||
	       (o->time_ns && now_ns() - began_ns >= o->time_ns);
}

int fuzz_run(struct fuzz *f, struct errmsg *err)
{
	uint64_t began_ns = now_ns(), said_ns = began_ns;
	int ret = 0;

	for (uint64_t nr = f->options->from; !ret && !is_over(f, nr, began_ns); nr++) {
		ret = one(f, nr, err);
		f->totals.ns = now_ns() - began_ns;
		if (!f->progress || now_ns() - said_ns < PROGRESS_NS)
			continue;
		f->progress(&f->totals, &f->clusters);
		said_ns = now_ns();
	}
	return *f->stop ? 0 : ret;
}

void fuzz_release(struct fuzz *f)
{
	clusters_release(&f->clusters);
	free(f->totals.unobserved_first);
	f->totals.unobserved_first = NULL;
}
