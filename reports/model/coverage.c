// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/coverage.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/fields.h"

/* --- spans from steps --- */

/* A trace may say anything: ends saturate. */
static int64_t range_end(int64_t pos, uint64_t len)
{
	int64_t end;

	return len > INT64_MAX || __builtin_add_overflow(pos, (int64_t)len, &end) ? INT64_MAX : end;
}

static struct span step_span(const struct write_step *step)
{
	return (struct span){.pos = step->pos, .end = range_end(step->pos, step->len), .role = step->role};
}

static void clip(struct span *s, const struct write_record *rec)
{
	int64_t end = range_end(rec->pos, rec->len);

	if (!field_known(rec, FACT_POS) || !field_known(rec, FACT_LEN))
		return;
	if (s->pos < rec->pos)
		s->pos = rec->pos;
	if (s->end > end)
		s->end = end;
}

static bool same_kind(const struct span *a, const struct span *b)
{
	return a->role == b->role && a->flags == b->flags;
}

/* Append @s, or extend the last span where @s begins inside or right after it. */
static void add_joined(struct spans *out, const struct span *s)
{
	struct span *last = out->nr ? &out->spans[out->nr - 1] : NULL;

	if (!last || !same_kind(last, s) || s->pos < last->pos || s->pos > last->end)
		out->spans[out->nr++] = *s;
	else if (s->end > last->end)
		last->end = s->end;
}

static int spans_init(struct spans *out, const struct write *w)
{
	out->nr = 0;
	out->spans = malloc((w->nr_steps + 1) * sizeof(*out->spans));
	return out->spans ? 0 : -ENOMEM;
}

int coverage_rounds(struct spans *out, const struct write *w, uint16_t flags)
{
	if (spans_init(out, w))
		return -ENOMEM;
	for (uint32_t i = 0; i < w->nr_steps; i++) {
		struct span s = step_span(&w->steps[i]);

		if (w->steps[i].kind != STEP_ROUND)
			continue;
		s.flags = w->steps[i].map_flags & flags;
		clip(&s, &w->rec);
		if (s.pos < s.end)
			add_joined(out, &s);
	}
	return 0;
}

static int by_number(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_pos(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int cmp = by_number(x->pos, y->pos);

	cmp = cmp ? cmp : by_number(x->end, y->end);
	cmp = cmp ? cmp : x->role - y->role;
	return cmp ? cmp : x->flags - y->flags;
}

/* Kinds apart, so that those of one kind become neighbours. */
static int by_flags_pos(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->flags != y->flags ? x->flags - y->flags : by_pos(a, b);
}

static int bios(struct spans *out, const struct write *w, bool data, bool fua)
{
	if (spans_init(out, w))
		return -ENOMEM;
	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *step = &w->steps[i];
		struct span s = step_span(step);

		if (step->kind != STEP_BIO || (step->role == BIO_DATA) != data || s.pos >= s.end)
			continue;
		s.flags = fua && step->opf & OPF_FUA;
		out->spans[out->nr++] = s;
	}
	return 0;
}

static void join(struct spans *s)
{
	struct spans joined = {.spans = s->spans};

	for (size_t i = 0; i < s->nr; i++) {
		struct span span = s->spans[i]; /* a copy: joining is done in place */

		add_joined(&joined, &span);
	}
	s->nr = joined.nr;
}

int coverage_data(struct spans *out, const struct write *w, bool fua)
{
	if (bios(out, w, true, fua))
		return -ENOMEM;
	qsort(out->spans, out->nr, sizeof(*out->spans), by_flags_pos);
	join(out);
	qsort(out->spans, out->nr, sizeof(*out->spans), by_pos);
	return 0;
}

int coverage_zeroes(struct spans *out, const struct write *w)
{
	if (bios(out, w, false, false))
		return -ENOMEM;
	qsort(out->spans, out->nr, sizeof(*out->spans), by_pos);
	return 0;
}

bool spans_equal(const struct spans *a, const struct spans *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->nr; i++) {
		const struct span *x = &a->spans[i], *y = &b->spans[i];

		if (x->pos != y->pos || x->end != y->end || !same_kind(x, y))
			return false;
	}
	return true;
}

void spans_release(struct spans *s)
{
	free(s->spans);
	memset(s, 0, sizeof(*s));
}

/* --- words --- */

const char *map_flags_format(uint16_t flags, char *buf, size_t size)
{
	static const char *const names[] = {"new", "dirty", "shared", "merged"};
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names) && at < size; i++) {
		if (flags & 1u << i)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? "+" : "", names[i]);
	}
	return buf;
}

static void print_name(FILE *out, const struct span *s, enum span_kind kind)
{
	char flags[32];

	switch (kind) {
	case SPAN_ROUND:
		map_flags_format(s->flags, flags, sizeof(flags));
		fprintf(out, "%s%s%s ", map_type_name(s->role), flags[0] ? "+" : "", flags);
		return;
	case SPAN_DATA:
		fprintf(out, "%s", s->flags ? "FUA " : "");
		return;
	case SPAN_ZERO:
		fprintf(out, "%s ", bio_role_name(s->role));
		return;
	}
}

char *spans_format(const struct spans *s, enum span_kind kind)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (!s->nr)
		fputs("nothing", out);
	for (size_t i = 0; i < s->nr; i++) {
		fputs(i ? ", " : "", out);
		print_name(out, &s->spans[i], kind);
		fprintf(out, "[%" PRId64 ",%" PRId64 ")", s->spans[i].pos, s->spans[i].end);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

int coverage_alike(const struct write *a, const struct write *b)
{
	_cleanup_(spans_release) struct spans of_a = {0}, of_b = {0};

	if (!coverage_complete(a) || !coverage_complete(b))
		return 0;
	if (coverage_rounds(&of_a, a, MAP_F_STABLE & ~MAP_F_DIRTY) ||
	    coverage_rounds(&of_b, b, MAP_F_STABLE & ~MAP_F_DIRTY))
		return -ENOMEM;
	return of_a.nr && spans_equal(&of_a, &of_b);
}

int coverage_same_data(const struct write *a, const struct write *b)
{
	_cleanup_(spans_release) struct spans of_a = {0}, of_b = {0};

	if (!coverage_complete(a) || !coverage_complete(b))
		return 0;
	if (coverage_data(&of_a, a, false) || coverage_data(&of_b, b, false))
		return -ENOMEM;
	return spans_equal(&of_a, &of_b);
}
