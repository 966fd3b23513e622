// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/atlas.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "refimpl/refimpl.h"
#include "reports/model/coverage.h"
#include "reports/model/fields.h"
#include "user/base/array.h"
#include "user/verify/loop_fs.h"

const char *const atlas_decision_names[NR_ATLAS_DECISIONS] = {
	[ATLAS_LOCK] = "lock",	     [ATLAS_FALLBACK] = "fallback", [ATLAS_DURABILITY] = "durability",
	[ATLAS_MAPPING] = "mapping", [ATLAS_ZEROES] = "zero-out",   [ATLAS_RESULT] = "result",
};

/* --- images --- */

struct template
{
	uint64_t size;
	char *mkfs;
	int fd;
};

struct atlas_stock {
	struct template *templates;
	size_t nr;
	int work;
};

struct atlas_stock *atlas_stock_new(void)
{
	struct atlas_stock *s = calloc(1, sizeof(*s));

	if (s)
		s->work = memfd_create("dioscope-atlas", MFD_CLOEXEC);
	if (s && s->work < 0) {
		free(s);
		return NULL;
	}
	return s;
}

void atlas_stock_free(struct atlas_stock *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++) {
		free(s->templates[i].mkfs);
		close(s->templates[i].fd);
	}
	free(s->templates);
	close(s->work);
	free(s);
}

/* For other programs, too, as long as this process is there. */
static void path_of(int fd, char *buf, size_t size)
{
	snprintf(buf, size, "/proc/%d/fd/%d", (int)getpid(), fd);
}

static int make_template(struct template *t, const struct workload *wl, struct errmsg *err)
{
	char path[64];
	int ret;

	*t = (struct template){
		.size = wl->device_size, .mkfs = strdup(wl->mkfs), .fd = memfd_create("dioscope-atlas", MFD_CLOEXEC)};
	if (!t->mkfs || t->fd < 0 || ftruncate(t->fd, (off_t)t->size)) {
		ret = fail(err, -ENOMEM, "no memory for an image");
	} else {
		path_of(t->fd, path, sizeof(path));
		ret = loop_fs_mkfs(path, 0, t->mkfs, "", err);
	}
	if (!ret)
		return 0;
	free(t->mkfs);
	if (t->fd >= 0)
		close(t->fd);
	return ret;
}

static int find_template(struct atlas_stock *s, const struct workload *wl, int *fd, struct errmsg *err)
{
	struct template *grown;
	int ret;

	for (size_t i = 0; i < s->nr; i++) {
		*fd = s->templates[i].fd;
		if (s->templates[i].size == wl->device_size && !strcmp(s->templates[i].mkfs, wl->mkfs))
			return 0;
	}
	grown = array_grow(s->templates, s->nr, sizeof(*grown));
	if (!grown)
		return fail(err, -ENOMEM, "out of memory");
	s->templates = grown;
	ret = make_template(&grown[s->nr], wl, err);
	if (!ret)
		*fd = grown[s->nr++].fd;
	return ret;
}

/* What is written of @from, and zeroes around it. */
static int copy_image(int from, int to, uint64_t size)
{
	static char buf[1 << 16];
	off_t end = 0, at;

	if (ftruncate(to, 0) || ftruncate(to, (off_t)size))
		return -errno;
	while ((at = lseek(from, end, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		for (ssize_t n; at < end; at += n) {
			n = pread(from, buf, end - at < (off_t)sizeof(buf) ? (size_t)(end - at) : sizeof(buf), at);
			if (n <= 0 || pwrite(to, buf, (size_t)n, at) != n)
				return -EIO;
		}
	}
	return errno == ENXIO ? 0 : -errno;
}

/* --- one run --- */

struct run {
	struct write_set set;
	struct op_result *results;
};

static void run_release(struct run *r)
{
	set_release(&r->set);
	free(r->results);
}

static int run_by(struct run *r, const struct workload *wl, const struct ref_rules *rules, struct atlas_stock *stock,
		  struct errmsg *err)
{
	struct ref_target target = {.lbs = wl->lbs, .dma_mask = 511, .dev_cache = !wl->writethrough, .go_on = true};
	char path[64];
	int fd = -1, ret = find_template(stock, wl, &fd, err);

	*r = (struct run){0};
	if (ret)
		return ret;
	ret = copy_image(fd, stock->work, wl->device_size);
	if (ret)
		return fail(err, ret, "cannot copy an image: %s", strerror(-ret));
	path_of(stock->work, path, sizeof(path));
	target.path = path;
	r->results = calloc(wl->nr_ops + 1, sizeof(*r->results));
	if (!r->results)
		return fail(err, -ENOMEM, "out of memory");
	ret = ref_run(wl, &target, rules, &r->set, r->results, err);
	if (ret)
		freep(&r->results);
	return ret;
}

/* --- a cell --- */

static bool was_reached(const struct write *w, enum write_fact fact)
{
	return w && field_known(&w->rec, fact);
}

static char *words_of(const struct write *w, enum write_fact fact)
{
	char buf[256];

	return strdup(was_reached(w, fact) ? field_format(&w->rec, fact, buf, sizeof(buf)) : "-");
}

static char *lock_words(const struct write *w, int64_t result)
{
	char why[256];

	(void)result;
	if (was_reached(w, FACT_UPGRADE_REASON))
		return strf("%s: %s", was_reached(w, FACT_LOCK) ? "upgraded" : "shared, refused",
			    field_format(&w->rec, FACT_UPGRADE_REASON, why, sizeof(why)));
	return words_of(w, was_reached(w, FACT_LOCK) ? FACT_LOCK : FACT_LOCK_FIRST);
}

static char *fallback_words(const struct write *w, int64_t result)
{
	char how[64], why[64];

	(void)result;
	if (!was_reached(w, FACT_FALLBACK) || w->rec.fallback == FALLBACK_NONE)
		return strdup("-");
	return strf("%s: %s", field_format(&w->rec, FACT_FALLBACK, how, sizeof(how)),
		    field_format(&w->rec, FACT_FALLBACK_REASON, why, sizeof(why)));
}

static char *durability_words(const struct write *w, int64_t result)
{
	bool synced = was_reached(w, FACT_SYNC) && w->rec.sync != SYNC_NONE;
	bool fua = was_reached(w, FACT_FUA) && w->rec.fua != FUA_NONE;

	(void)result;
	if (!synced)
		return strdup(fua ? "FUA" : "-");
	return strf("%s%s", w->rec.commit ? "commit" : "sync", w->rec.flush ? ", flush" : "");
}

static char *mapping_words(const struct write *w, int64_t result)
{
	_cleanup_(spans_release) struct spans spans = {0};

	(void)result;
	if (!was_reached(w, FACT_ROUNDS))
		return strdup("-");
	return coverage_rounds(&spans, w, MAP_F_STABLE) ? NULL : spans_format(&spans, SPAN_ROUND);
}

static char *zero_words(const struct write *w, int64_t result)
{
	_cleanup_(spans_release) struct spans spans = {0};

	(void)result;
	if (!w || !(w->rec.zero_head || w->rec.zero_tail))
		return strdup("-");
	return coverage_zeroes(&spans, w) ? NULL : spans_format(&spans, SPAN_ZERO);
}

static char *result_words(const struct write *w, int64_t result)
{
	(void)w;
	return result < 0 ? strf("-%s", errno_name(-result)) : strf("%lld", (long long)result);
}

static char *(*const words[NR_ATLAS_DECISIONS])(const struct write *w, int64_t result) = {
	[ATLAS_LOCK] = lock_words,	 [ATLAS_FALLBACK] = fallback_words, [ATLAS_DURABILITY] = durability_words,
	[ATLAS_MAPPING] = mapping_words, [ATLAS_ZEROES] = zero_words,	    [ATLAS_RESULT] = result_words,
};

/* NULL: ext4 was not called. */
static const struct write *write_of(const struct run *r, uint32_t op)
{
	for (size_t i = 0; i < r->set.nr; i++)
		if (r->set.writes[i].op == op)
			return &r->set.writes[i];
	return NULL;
}

static char *word_of(const struct run *r, const struct workload_op *op, enum atlas_decision decision)
{
	return words[decision](write_of(r, op->nr), r->results[op->nr - 1].ret);
}

static int fill_cell(struct atlas_cell *cell, const struct run *r, const struct workload_op *op)
{
	for (int d = 0; d < NR_ATLAS_DECISIONS; d++) {
		cell->words[d] = word_of(r, op, (enum atlas_decision)d);
		if (!cell->words[d])
			return -ENOMEM;
	}
	return 0;
}

/* --- why it changes --- */

bool atlas_changes(const struct atlas_write *w, size_t profile, enum atlas_decision decision)
{
	return profile && strcmp(w->cells[profile].words[decision], w->cells[profile - 1].words[decision]) != 0;
}

static bool any_changes(const struct atlas *a, size_t profile)
{
	for (size_t i = 0; i < a->nr; i++)
		for (int d = 0; d < NR_ATLAS_DECISIONS; d++)
			if (atlas_changes(&a->writes[i], profile, (enum atlas_decision)d))
				return true;
	return false;
}

/* Without the rule of @row, all else as in @profile, is it as before? Then that makes the difference. */
static int blame_row(struct atlas *a, const struct workload *wl, size_t profile, const struct ref_rule_row *row,
		     const struct run *without)
{
	for (size_t i = 0; i < a->nr; i++) {
		struct atlas_write *w = &a->writes[i];

		for (int d = 0; d < NR_ATLAS_DECISIONS; d++) {
			_cleanup_free_ char *word = NULL;

			if (w->cells[profile].why[d] || !atlas_changes(w, profile, (enum atlas_decision)d))
				continue;
			word = word_of(without, workload_op(wl, w->op), (enum atlas_decision)d);
			if (!word)
				return -ENOMEM;
			if (!strcmp(word, w->cells[profile - 1].words[d]))
				w->cells[profile].why[d] = row;
		}
	}
	return 0;
}

static int explain(struct atlas *a, const struct workload *wl, size_t profile, struct atlas_stock *stock,
		   struct errmsg *err)
{
	const struct ref_rules *now = &ref_profiles[profile], *before = now - 1;
	int ret = 0;

	for (const struct ref_rule_row *row = ref_rule_rows; row->name && !ret; row++) {
		struct ref_rules without = ref_rules_with(now, row, ref_rule_value(before, row));
		_cleanup_(run_release) struct run r = {0};

		if (ref_rule_value(now, row) == ref_rule_value(before, row))
			continue;
		ret = run_by(&r, wl, &without, stock, err);
		if (!ret && blame_row(a, wl, profile, row, &r))
			ret = fail(err, -ENOMEM, "out of memory");
	}
	return ret;
}

/* --- all of it --- */

static int prepare(struct atlas *a, const struct workload *wl)
{
	*a = (struct atlas){0};
	while (ref_profiles[a->nr_profiles].name)
		a->nr_profiles++;
	a->writes = calloc(wl->nr_ops + 1, sizeof(*a->writes));
	if (!a->writes)
		return -ENOMEM;
	for (size_t i = 0; i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];
		struct atlas_write *w = &a->writes[a->nr];

		if (op->kind != OP_WRITE)
			continue;
		a->nr++;
		w->op = op->nr;
		w->subject = strf("%s pos %lld len %lld", op->file, (long long)op->pos, (long long)op->len);
		w->cells = calloc(a->nr_profiles, sizeof(*w->cells));
		if (!w->subject || !w->cells)
			return -ENOMEM;
	}
	return 0;
}

static int fill_profile(struct atlas *a, const struct workload *wl, size_t profile, struct atlas_stock *stock,
			struct errmsg *err)
{
	_cleanup_(run_release) struct run r = {0};
	int ret = run_by(&r, wl, &ref_profiles[profile], stock, err);

	for (size_t i = 0; i < a->nr && !ret; i++)
		if (fill_cell(&a->writes[i].cells[profile], &r, workload_op(wl, a->writes[i].op)))
			ret = fail(err, -ENOMEM, "out of memory");
	return ret;
}

int atlas_make(struct atlas *a, const struct workload *wl, struct atlas_stock *stock, struct errmsg *err)
{
	int ret = prepare(a, wl);

	if (ret)
		fail(err, ret, "out of memory");
	for (size_t p = 0; p < a->nr_profiles && !ret; p++) {
		ret = fill_profile(a, wl, p, stock, err);
		if (!ret && any_changes(a, p))
			ret = explain(a, wl, p, stock, err);
	}
	if (ret)
		atlas_release(a);
	return ret;
}

void atlas_release(struct atlas *a)
{
	for (size_t i = 0; i < a->nr; i++) {
		for (size_t p = 0; a->writes[i].cells && p < a->nr_profiles; p++)
			for (int d = 0; d < NR_ATLAS_DECISIONS; d++)
				free(a->writes[i].cells[p].words[d]);
		free(a->writes[i].cells);
		free(a->writes[i].subject);
	}
	free(a->writes);
	*a = (struct atlas){0};
}
