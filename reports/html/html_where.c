// SPDX-License-Identifier: GPL-2.0-only
/* Where: by file, process, lock and reason; and by stage, with histograms that share an axis. */
#include "reports/html/html_page.h"
#include "reports/text/render.h"

/* The stages share one logarithmic axis: buckets [first, last]. */
struct axis {
	unsigned int first, last;
};

static void widen(struct axis *a, const struct stage_times *t)
{
	for (unsigned int i = 0; i < NR_BUCKETS && t->nr; i++) {
		if (!t->buckets[i])
			continue;
		a->first = i < a->first ? i : a->first;
		a->last = i > a->last ? i : a->last;
	}
}

#define BAR_WIDTH  12
#define BAR_HEIGHT 34

/* Its share of the bar that is highest; that of two runs is higher in one of them. A bar that has anything is seen. */
static void put_histogram_bar(FILE *out, const struct axis *a, unsigned int bucket, double part, const char *class)
{
	double height = part > 0 ? 2 + (BAR_HEIGHT - 2) * part : 0;

	fprintf(out, "<rect%s x=\"%u\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>", class,
		(bucket - a->first) * BAR_WIDTH + 1, BAR_HEIGHT - height, BAR_WIDTH - 2, height);
}

static void put_bucket_title(FILE *out, unsigned int bucket)
{
	char from[32], to[32];

	fprintf(out, ", %s to %s</title>", format_time(bucket ? 1ull << bucket : 0, from, sizeof(from)),
		format_time(1ull << (bucket + 1), to, sizeof(to)));
}

static double part_of(const struct stage_times *t, unsigned int bucket)
{
	return t->nr ? (double)t->buckets[bucket] / (double)t->nr : 0;
}

/* A stage of each run: what shares each other's axis, and, of two, are shares of their own. */
struct stage_row {
	const char *name;
	const struct stage_times *of[MAX_RUNS];
	unsigned int row; /* of the comparison; NR_RUN_TIMES: it has none */
	bool whole;
};

static void put_bucket(struct html_page *p, const struct axis *a, const struct stage_row *s, unsigned int i,
		       double most)
{
	static const char *const classes[MAX_RUNS] = {"", " class=\"of-b\""};

	fputs("<g>", p->out);
	if (p->nr_runs == 1)
		fprintf(p->out, "<title>%s", counted(s->of[0]->buckets[i], "write").text);
	else
		fprintf(p->out, "<title>A %.1f %%, B %.1f %%", 100 * part_of(s->of[0], i), 100 * part_of(s->of[1], i));
	put_bucket_title(p->out, i);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_histogram_bar(p->out, a, i, part_of(s->of[run], i) / most, classes[run]);
	fputs("</g>", p->out);
}

static bool has_bucket(const struct html_page *p, const struct stage_row *s, unsigned int i)
{
	return s->of[0]->buckets[i] || (p->nr_runs > 1 && s->of[1]->buckets[i]);
}

static void put_histogram(struct html_page *p, const struct axis *a, const struct stage_row *s)
{
	unsigned int width = (a->last - a->first + 1) * BAR_WIDTH;
	double most = 0;

	for (unsigned int i = a->first; i <= a->last; i++)
		for (unsigned int run = 0; run < p->nr_runs; run++)
			most = part_of(s->of[run], i) > most ? part_of(s->of[run], i) : most;
	fprintf(p->out,
		"<svg class=\"hist\" viewBox=\"0 0 %u %d\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"histogram\"><line x1=\"0\" y1=\"%d\" x2=\"%u\" y2=\"%d\"/>",
		width, BAR_HEIGHT + 1, BAR_HEIGHT, width, BAR_HEIGHT);
	for (unsigned int i = a->first; i <= a->last; i++) {
		if (has_bucket(p, s, i))
			put_bucket(p, a, s, i, most);
	}
	fputs("</svg>", p->out);
}

static void put_numbers(FILE *out, const struct stage_times *t)
{
	char text[32];

	fprintf(out, "<td class=\"num\">%zu</td>", t->nr);
	for (int q = -1; q < NR_QUANTILES; q++)
		fprintf(out, "<td class=\"num\">%s</td>",
			t->nr ? format_time(q < 0 ? t->total_ns : t->at_ns[q], text, sizeof(text)) : "");
}

/* How far it moved, and what the test says to that. */
static void put_shift(struct html_page *p, const struct stage_row *s, size_t i)
{
	const struct shift *shift = &p->comparison->shifts[s->row < NR_RUN_TIMES ? s->row : 0][i];
	const char *word = shift_changed(shift)			 ? "changed"
			   : shift->compared == COMPARED_CHANGED ? "same" /* by less than is worth a line */
								 : compared_name(shift->compared);

	if (s->row == NR_RUN_TIMES || !s->of[0]->nr || !s->of[1]->nr)
		return html_diff_percent(p->out, s->of[0]->nr && s->of[1]->nr ? (double)s->of[0]->at_ns[i] : 0,
					 (double)s->of[1]->at_ns[i]);
	fprintf(p->out, "<td class=\"num%s\">%+.1f&#8201;%% <small>%s</small></td>",
		shift_changed(shift) ? " changed" : "", shift->percent, word);
}

static void put_shifts(struct html_page *p, const struct stage_row *s)
{
	const struct stage_times *a = s->of[0], *b = s->of[1];

	fputs("<tr class=\"more\"><td>B&#8722;A</td>", p->out);
	html_diff_count(p->out, a->nr, b->nr);
	html_diff_percent(p->out, (double)a->total_ns, (double)b->total_ns);
	for (size_t i = 0; i < NR_COMPARED; i++)
		put_shift(p, s, i);
	html_diff_percent(p->out, a->nr && b->nr ? (double)a->at_ns[QUANTILE_MAX] : 0, (double)b->at_ns[QUANTILE_MAX]);
	fputs("</tr>", p->out);
}

static void put_stage(struct html_page *p, const struct axis *a, const struct stage_row *s)
{
	bool two = p->nr_runs > 1;

	if (!s->of[0]->nr && !(two && s->of[1]->nr))
		return;
	fprintf(p->out, "%s<tr%s><th scope=\"row%s>%s</th>%s", two ? "<tbody class=\"both\">" : "",
		s->whole ? " class=\"whole\"" : "", two ? "group\" rowspan=\"3\"" : "\"", s->name,
		two ? "<td>A</td>" : "");
	put_numbers(p->out, s->of[0]);
	fprintf(p->out, "<td class=\"histcell\"%s>", two ? " rowspan=\"3\"" : "");
	put_histogram(p, a, s);
	fputs("</td></tr>\n", p->out);
	if (!two)
		return;
	fprintf(p->out, "<tr%s><td>B</td>", s->whole ? " class=\"whole\"" : "");
	put_numbers(p->out, s->of[1]);
	fputs("</tr>", p->out);
	put_shifts(p, s);
	fputs("</tbody>\n", p->out);
}

static void put_axis(struct html_page *p, const struct axis *a)
{
	unsigned int buckets = a->last - a->first + 1, every = buckets > 10 ? (buckets + 4) / 5 : 2;
	char text[32];

	fprintf(p->out, "<tr class=\"axis\"><td colspan=\"%d\"></td><td><div>", 2 + (int)p->nr_runs + NR_QUANTILES);
	for (unsigned int i = 0; i < buckets; i += every)
		fprintf(p->out, "<span style=\"left:%.2f%%\">%s</span>", 100.0 * i / buckets,
			format_time(a->first + i ? 1ull << (a->first + i) : 0, text, sizeof(text)));
	fputs("</div></td></tr>\n", p->out);
}

/* The rows of time, all of it, and what is told beside the sum. */
#define NR_STAGES_SHOWN (NR_TIME_ROWS + 2)

static struct stage_row stage_of(const struct html_page *p, unsigned int i)
{
	struct stage_row s = {.row = i};

	s.name = i < NR_TIME_ROWS ? time_row_name((enum time_row)i)
		 : i == RUN_WHOLE ? "whole write"
				  : HELD_LABEL " (beside the sum)";
	s.whole = i == RUN_WHOLE;
	for (unsigned int run = 0; run < p->nr_runs; run++) {
		const struct summary *sum = html_summary(p, run);

		s.of[run] = i < NR_TIME_ROWS ? &sum->times[i] : i == RUN_WHOLE ? &sum->latency : &sum->held;
	}
	return s;
}

static void put_stages_head(struct html_page *p)
{
	bool two = p->nr_runs > 1;

	fprintf(p->out,
		"<h3>by stage</h3>\n%s<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
		"class=\"grid times\"><thead><tr><th>stage</th>%s<th class=\"num\">writes</th><th "
		"class=\"num\">total</th>",
		two ? "<p class=\"muted\">Whether a shift exceeds the noise: " COMPARE_TEST ".</p>\n" : "",
		two ? "<th>run</th>" : "");
	for (int q = 0; q < NR_QUANTILES; q++)
		fprintf(p->out, "<th class=\"num\">%s</th>", quantile_name((enum quantile)q));
	fprintf(p->out, "<th>%s, each bar twice as long a time as the one before</th></tr></thead>%s\n",
		two ? "shares of <span class=\"key-a\">A</span> and <span class=\"key-b\">B</span>" : "distribution",
		two ? "" : "<tbody>");
}

static void put_stages(struct html_page *p)
{
	struct axis a = {.first = NR_BUCKETS - 1};

	for (unsigned int i = 0; i < NR_STAGES_SHOWN; i++)
		for (unsigned int run = 0; run < p->nr_runs; run++)
			widen(&a, stage_of(p, i).of[run]);
	if (a.first > a.last)
		return;
	put_stages_head(p);
	for (unsigned int i = 0; i < NR_STAGES_SHOWN; i++) {
		struct stage_row s = stage_of(p, i);

		put_stage(p, &a, &s);
	}
	fputs(p->nr_runs > 1 ? "<tbody>" : "", p->out);
	put_axis(p, &a);
	fputs("</tbody></table></div>\n", p->out);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		if (html_summary(p, run)->submit[SUBMIT_IO_URING]) {
			fputs("<p class=\"muted\">" URING_TIMES_NOTE "</p>\n", p->out);
			break;
		}
}

int html_where(struct html_page *p)
{
	int ret;

	fputs("<section id=\"where\"><h2>Where</h2>\n", p->out);
	ret = html_breakdowns(p);
	put_stages(p);
	html_syncs(p);
	fputs("</section>\n", p->out);
	return ret;
}
