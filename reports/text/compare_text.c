// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/compare_text.h"

#include <errno.h>
#include <string.h>

#include "reports/model/comparison.h"
#include "reports/text/render.h"
#include "reports/text/render_row.h"
#include "user/base/utf8.h"

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
		run_count_name(count, name, sizeof(name)), run_share(c->a, count), run_share(c->b, count));
}

static void print_of_one(FILE *out, const struct comparison *c, unsigned int row)
{
	const struct stage_times *a = &c->a->times[row], *b = &c->b->times[row], *of = a->nr ? a : b;
	char p50[32], p99[32];

	fprintf(out, "  time, %s: %s%s, p50 %s, p99 %s%s\n", run_time_name(row), a->nr ? "" : "in none of A, now ",
		counted(of->nr, "write").text, format_time(of->at_ns[QUANTILE_P50], p50, sizeof(p50)),
		format_time(of->at_ns[QUANTILE_P99], p99, sizeof(p99)), a->nr ? " in A, in none of B" : "");
}

static void print_changed_time(FILE *out, const struct comparison *c, unsigned int row)
{
	const struct stage_times *a = &c->a->times[row], *b = &c->b->times[row];
	const char *before = ": ";
	char of_a[32], of_b[32];

	if (comparison_time_is_of_one(c, row))
		return print_of_one(out, c, row);
	fprintf(out, "  time, %s", run_time_name(row));
	for (size_t i = 0; i < NR_COMPARED; i++) {
		const struct shift *s = &c->shifts[row][i];

		if (!shift_changed(s))
			continue;
		fprintf(out, "%s%s %s, now %s (%+.1f %%)", before, quantile_name(compared_quantiles[i]),
			format_time(a->at_ns[compared_quantiles[i]], of_a, sizeof(of_a)),
			format_time(b->at_ns[compared_quantiles[i]], of_b, sizeof(of_b)), s->percent);
		before = "; ";
	}
	fputc('\n', out);
}

static void print_changes(FILE *out, const struct comparison *c)
{
	unsigned int rows[NR_RUN_TIMES];
	size_t nr = comparison_times(c, rows), counts = 0;

	fputs("\nwhat changed\n", out);
	for (unsigned int i = 0; i < NR_COUNTS; i++) {
		if (!comparison_count_changed(c, i))
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
	const struct run *a = c->a, *b = c->b;
	char label[128];
	const char *name = run_count_name(count, label, sizeof(label));

	if (strlen(name) > LABEL_WIDTH - 2) {
		fprintf(out, "  %s\n", name);
		name = "";
	}
	fprintf(out, "  %-*s %9zu %5.1f %% %9zu %5.1f %% %+7.1f  %s\n", LABEL_WIDTH - 2, name, a->all.counts[count],
		run_share(a, count), b->all.counts[count], run_share(b, count), comparison_points(c, count),
		compared_name(c->counts[count]));
}

static void print_counts(FILE *out, const struct comparison *c)
{
	const char *group = "";

	fprintf(out, "\n%-*s %9s %7s %9s %7s %7s\n", LABEL_WIDTH, "", "A", "", "B", "", "points");
	fprintf(out, "%-*s %9zu %7s %9zu\n", LABEL_WIDTH, "writes", c->a->all.writes, "", c->b->all.writes);
	for (unsigned int i = 0; i < NR_COUNTS; i++) {
		if (!c->a->all.counts[i] && !c->b->all.counts[i])
			continue;
		if (strcmp(group, run_count_group(i)))
			fprintf(out, "%s\n", run_count_group(i));
		group = run_count_group(i);
		print_count(out, c, i);
	}
}

static void print_shift(FILE *out, const struct comparison *c, unsigned int row, size_t i)
{
	const struct stage_times *a = &c->a->times[row], *b = &c->b->times[row];
	const struct shift *s = &c->shifts[row][i];
	char of_a[32], of_b[32];

	fprintf(out, "  %-26s %-6s %9s %9s ", i ? "" : run_time_name(row), quantile_name(compared_quantiles[i]),
		a->nr ? format_time(a->at_ns[compared_quantiles[i]], of_a, sizeof(of_a)) : "-",
		b->nr ? format_time(b->at_ns[compared_quantiles[i]], of_b, sizeof(of_b)) : "-");
	if (a->nr && b->nr && s->percent == s->percent)
		fprintf(out, "%+8.1f %%  %s\n", s->percent, compared_name(s->compared));
	else
		fputs("\n", out);
}

static void print_times(FILE *out, const struct comparison *c)
{
	fprintf(out, "\n%-28s %-6s %9s %9s %10s\n", "where the time went", "", "A", "B", "shift");
	for (unsigned int row = 0; row < NR_RUN_TIMES; row++)
		for (size_t i = 0; i < NR_COMPARED; i++)
			if (c->a->times[row].nr || c->b->times[row].nr)
				print_shift(out, c, row, i);
}

int render_compare(FILE *out, const struct compare_input *in)
{
	struct comparison c;

	if (comparison_init(&c, in->a, in->b))
		return -ENOMEM;
	print_head(out, in);
	print_changes(out, &c);
	print_counts(out, &c);
	print_times(out, &c);
	return 0;
}
