// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/compare_text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "reports/text/render.h"
#include "reports/text/render_row.h"
#include "user/base/utf8.h"

/* Less is no change worth a line, whatever the test says: a histogram is exact to 0.8 %. */
#define POINTS_WORTH  0.1
#define PERCENT_WORTH 2.0

static const enum quantile shown[] = {QUANTILE_P50, QUANTILE_P90, QUANTILE_P99, QUANTILE_P999};

/* A quantile of a row in both. */
struct shift {
	enum compared compared;
	double percent; /* of A; NAN: A has none */
};

struct comparison {
	const struct compare_input *in;
	enum compared counts[NR_COUNTS];
	struct shift shifts[NR_RUN_TIMES][ARRAY_SIZE(shown)];
};

/* --- what differs --- */

static double points(const struct comparison *c, unsigned int count)
{
	return run_share(c->in->b, count) - run_share(c->in->a, count);
}

static int compare_shift(struct comparison *c, unsigned int row, size_t i)
{
	const struct stage_times *a = &c->in->a->times[row], *b = &c->in->b->times[row];
	double before = (double)a->at_ns[shown[i]], now = (double)b->at_ns[shown[i]];
	struct shift *s = &c->shifts[row][i];

	s->percent = before > 0 ? 100.0 * (now - before) / before : (double)NAN;
	return compare_time(c->in->a, c->in->b, row, shown[i], &s->compared);
}

static int compare_all(struct comparison *c)
{
	int ret = 0;

	for (unsigned int i = 0; i < NR_COUNTS; i++)
		c->counts[i] = compare_count(c->in->a, c->in->b, i);
	for (unsigned int row = 0; row < NR_RUN_TIMES; row++)
		for (size_t i = 0; i < ARRAY_SIZE(shown) && !ret; i++)
			ret = compare_shift(c, row, i);
	return ret;
}

static bool count_changed(const struct comparison *c, unsigned int count)
{
	return c->counts[count] == COMPARED_CHANGED && fabs(points(c, count)) >= POINTS_WORTH;
}

static bool shift_changed(const struct shift *s)
{
	return s->compared == COMPARED_CHANGED && !(fabs(s->percent) < PERCENT_WORTH);
}

/* What the writes of one run came to, a hundredth of them at least, and none of the other. */
static bool is_of_one(const struct comparison *c, unsigned int row)
{
	size_t a = c->in->a->times[row].nr, b = c->in->b->times[row].nr;

	return (!a && b * 100 >= c->in->b->all.writes && b) || (!b && a * 100 >= c->in->a->all.writes && a);
}

static bool time_changed(const struct comparison *c, unsigned int row)
{
	if (is_of_one(c, row))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		if (shift_changed(&c->shifts[row][i]))
			return true;
	return false;
}

/* --- the first lines --- */

static void print_side(FILE *out, const char *side, const char *name, const struct run *run)
{
	fprintf(out, "%-10s ", side);
	utf8_print(out, name);
	fputs(": ", out);
	utf8_print(out, run->kernel);
	fputs("; ", out);
	utf8_print(out, run->completeness);
	fputc('\n', out);
}

/* By facts: how many writes differ in each. */
static void print_matched(FILE *out, const struct diff *d)
{
	size_t facts[NR_FACTS] = {0}, rest = 0;
	const char *before = ": ";

	for (size_t i = 0; i < d->nr; i++) {
		if (d->findings[i].verdict != VERDICT_DIFFERENT)
			continue;
		if (d->findings[i].fact >= 0)
			facts[d->findings[i].fact]++;
		else
			rest++;
	}
	fprintf(out, "matched    %s by file, position and order; %s", counted(d->pairs, "write").text,
		counted(d->by_verdict[VERDICT_DIFFERENT], "difference").text);
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (!facts[fact])
			continue;
		fprintf(out, "%s%s %zu", before, write_fields[fact].key, facts[fact]);
		before = ", ";
	}
	if (rest)
		fprintf(out, "%srounds and bios %zu", before, rest);
	fputs(d->left_out[VERDICT_DIFFERENT] ? " of the first that were kept\n" : "\n", out);
}

static void print_head(FILE *out, const struct compare_input *in)
{
	print_side(out, "A", in->names[0], in->a);
	print_side(out, "B", in->names[1], in->b);
	if (in->diff)
		print_matched(out, in->diff);
	else
		fputs("matched    no: the two did not write the same, and are compared by distribution\n", out);
	fputs("test       " COMPARE_TEST "\n", out);
}

/* --- what changed --- */

static void print_changed_count(FILE *out, const struct comparison *c, unsigned int count)
{
	char name[128];

	fprintf(out, "  %s, %s: %.1f %% of the writes, now %.1f %%\n", run_count_group(count),
		run_count_name(count, name, sizeof(name)), run_share(c->in->a, count), run_share(c->in->b, count));
}

static void print_of_one(FILE *out, const struct comparison *c, unsigned int row)
{
	const struct stage_times *a = &c->in->a->times[row], *b = &c->in->b->times[row], *of = a->nr ? a : b;
	char p50[32], p99[32];

	fprintf(out, "  time, %s: %s%s, p50 %s, p99 %s%s\n", run_time_name(row), a->nr ? "" : "in none of A, now ",
		counted(of->nr, "write").text, format_time(of->at_ns[QUANTILE_P50], p50, sizeof(p50)),
		format_time(of->at_ns[QUANTILE_P99], p99, sizeof(p99)), a->nr ? " in A, in none of B" : "");
}

static void print_changed_time(FILE *out, const struct comparison *c, unsigned int row)
{
	const struct stage_times *a = &c->in->a->times[row], *b = &c->in->b->times[row];
	const char *before = ": ";
	char of_a[32], of_b[32];

	if (is_of_one(c, row))
		return print_of_one(out, c, row);
	fprintf(out, "  time, %s", run_time_name(row));
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		const struct shift *s = &c->shifts[row][i];

		if (!shift_changed(s))
			continue;
		fprintf(out, "%s%s %s, now %s (%+.1f %%)", before, quantile_name(shown[i]),
			format_time(a->at_ns[shown[i]], of_a, sizeof(of_a)),
			format_time(b->at_ns[shown[i]], of_b, sizeof(of_b)), s->percent);
		before = "; ";
	}
	fputc('\n', out);
}

/* What it adds to a write, or takes from it. */
static double added_ns(const struct comparison *c, unsigned int row)
{
	const struct run *a = c->in->a, *b = c->in->b;
	double of_a = a->all.writes ? (double)a->times[row].total_ns / (double)a->all.writes : 0;
	double of_b = b->all.writes ? (double)b->times[row].total_ns / (double)b->all.writes : 0;

	return fabs(of_b - of_a);
}

/* Rows that changed: what makes most of the change to a write first, all of it before its parts. */
static size_t order_times(const struct comparison *c, unsigned int rows[NR_RUN_TIMES])
{
	size_t nr = 0, at;

	for (unsigned int row = NR_RUN_TIMES; row-- > 0;) {
		if (!time_changed(c, row))
			continue;
		for (at = nr++; at && added_ns(c, rows[at - 1]) < added_ns(c, row); at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
	}
	return nr;
}

static void print_changes(FILE *out, const struct comparison *c)
{
	unsigned int rows[NR_RUN_TIMES];
	size_t nr = order_times(c, rows), counts = 0;

	fputs("\nwhat changed\n", out);
	for (unsigned int i = 0; i < NR_COUNTS; i++) {
		if (!count_changed(c, i))
			continue;
		print_changed_count(out, c, i);
		counts++;
	}
	for (size_t i = 0; i < nr; i++)
		print_changed_time(out, c, rows[i]);
	if (!nr && !counts)
		fputs("  nothing that exceeds the noise\n", out);
}

/* --- all of it --- */

static void print_count(FILE *out, const struct comparison *c, unsigned int count)
{
	const struct run *a = c->in->a, *b = c->in->b;
	char label[128];
	const char *name = run_count_name(count, label, sizeof(label));

	if (strlen(name) > LABEL_WIDTH - 2) {
		fprintf(out, "  %s\n", name);
		name = "";
	}
	fprintf(out, "  %-*s %9zu %5.1f %% %9zu %5.1f %% %+7.1f  %s\n", LABEL_WIDTH - 2, name, a->all.counts[count],
		run_share(a, count), b->all.counts[count], run_share(b, count), points(c, count),
		compared_name(c->counts[count]));
}

static void print_counts(FILE *out, const struct comparison *c)
{
	const char *group = "";

	fprintf(out, "\n%-*s %9s %7s %9s %7s %7s\n", LABEL_WIDTH, "", "A", "", "B", "", "points");
	fprintf(out, "%-*s %9zu %7s %9zu\n", LABEL_WIDTH, "writes", c->in->a->all.writes, "", c->in->b->all.writes);
	for (unsigned int i = 0; i < NR_COUNTS; i++) {
		if (!c->in->a->all.counts[i] && !c->in->b->all.counts[i])
			continue;
		if (strcmp(group, run_count_group(i)))
			fprintf(out, "%s\n", run_count_group(i));
		group = run_count_group(i);
		print_count(out, c, i);
	}
}

static void print_shift(FILE *out, const struct comparison *c, unsigned int row, size_t i)
{
	const struct stage_times *a = &c->in->a->times[row], *b = &c->in->b->times[row];
	const struct shift *s = &c->shifts[row][i];
	char of_a[32], of_b[32];

	fprintf(out, "  %-26s %-6s %9s %9s ", i ? "" : run_time_name(row), quantile_name(shown[i]),
		a->nr ? format_time(a->at_ns[shown[i]], of_a, sizeof(of_a)) : "-",
		b->nr ? format_time(b->at_ns[shown[i]], of_b, sizeof(of_b)) : "-");
	if (a->nr && b->nr && s->percent == s->percent)
		fprintf(out, "%+8.1f %%  %s\n", s->percent, compared_name(s->compared));
	else
		fputs("\n", out);
}

static void print_times(FILE *out, const struct comparison *c)
{
	fprintf(out, "\n%-28s %-6s %9s %9s %10s\n", "where the time went", "", "A", "B", "shift");
	for (unsigned int row = 0; row < NR_RUN_TIMES; row++)
		for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
			if (c->in->a->times[row].nr || c->in->b->times[row].nr)
				print_shift(out, c, row, i);
}

int render_compare(FILE *out, const struct compare_input *in)
{
	struct comparison c = {.in = in};

	if (compare_all(&c))
		return -ENOMEM;
	print_head(out, in);
	print_changes(out, &c);
	print_counts(out, &c);
	print_times(out, &c);
	return 0;
}
