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

static void put_histogram_bar(FILE *out, const struct axis *a, unsigned int bucket, size_t nr, size_t most)
{
	/* a bar that has anything in it is seen */
	double height = 2 + (BAR_HEIGHT - 2) * (double)nr / (double)most;
	char from[32], to[32];

	fprintf(out, "<rect x=\"%u\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"><title>%s, %s to %s</title></rect>",
		(bucket - a->first) * BAR_WIDTH + 1, BAR_HEIGHT - height, BAR_WIDTH - 2, height,
		counted(nr, "write").text, format_time(bucket ? 1ull << bucket : 0, from, sizeof(from)),
		format_time(1ull << (bucket + 1), to, sizeof(to)));
}

static void put_histogram(FILE *out, const struct axis *a, const struct stage_times *t)
{
	unsigned int width = (a->last - a->first + 1) * BAR_WIDTH;
	size_t most = 1;

	for (unsigned int i = a->first; i <= a->last; i++)
		most = t->buckets[i] > most ? t->buckets[i] : most;
	fprintf(out,
		"<svg class=\"hist\" viewBox=\"0 0 %u %d\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"histogram\"><line x1=\"0\" y1=\"%d\" x2=\"%u\" y2=\"%d\"/>",
		width, BAR_HEIGHT + 1, BAR_HEIGHT, width, BAR_HEIGHT);
	for (unsigned int i = a->first; i <= a->last; i++) {
		if (t->buckets[i])
			put_histogram_bar(out, a, i, t->buckets[i], most);
	}
	fputs("</svg>", out);
}

static void put_times(FILE *out, const struct axis *a, const char *name, const struct stage_times *t, bool whole)
{
	char text[32];

	if (!t->nr)
		return;
	fprintf(out, "<tr%s><th scope=\"row\">%s</th><td class=\"num\">%zu</td><td class=\"num\">%s</td>",
		whole ? " class=\"whole\"" : "", name, t->nr, format_time(t->total_ns, text, sizeof(text)));
	for (int q = 0; q < NR_QUANTILES; q++)
		fprintf(out, "<td class=\"num\">%s</td>", format_time(t->at_ns[q], text, sizeof(text)));
	fputs("<td class=\"histcell\">", out);
	put_histogram(out, a, t);
	fputs("</td></tr>\n", out);
}

static void put_axis(FILE *out, const struct axis *a)
{
	unsigned int buckets = a->last - a->first + 1, every = buckets > 10 ? (buckets + 4) / 5 : 2;
	char text[32];

	fprintf(out, "<tr class=\"axis\"><td colspan=\"%d\"></td><td><div>", 3 + NR_QUANTILES);
	for (unsigned int i = 0; i < buckets; i += every)
		fprintf(out, "<span style=\"left:%.2f%%\">%s</span>", 100.0 * i / buckets,
			format_time(a->first + i ? 1ull << (a->first + i) : 0, text, sizeof(text)));
	fputs("</div></td></tr>\n", out);
}

static void put_stages(FILE *out, const struct summary *s)
{
	struct axis a = {.first = NR_BUCKETS - 1};

	widen(&a, &s->latency);
	widen(&a, &s->held);
	for (int i = 0; i < NR_TIME_ROWS; i++)
		widen(&a, &s->times[i]);
	if (a.first > a.last)
		return;
	fputs("<h3>by stage</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
	      "class=\"grid "
	      "times\"><thead><tr>"
	      "<th>stage</th><th class=\"num\">writes</th><th class=\"num\">total</th>",
	      out);
	for (int q = 0; q < NR_QUANTILES; q++)
		fprintf(out, "<th class=\"num\">%s</th>", quantile_name((enum quantile)q));
	fputs("<th>distribution, each bar twice as long a time as the one before</th></tr></thead><tbody>\n", out);
	for (int i = 0; i < NR_TIME_ROWS; i++)
		put_times(out, &a, time_row_name((enum time_row)i), &s->times[i], false);
	put_times(out, &a, "whole write", &s->latency, true);
	put_times(out, &a, HELD_LABEL " (beside the sum)", &s->held, false);
	put_axis(out, &a);
	fputs("</tbody></table></div>\n", out);
	if (s->submit[SUBMIT_IO_URING])
		fputs("<p class=\"muted\">" URING_TIMES_NOTE "</p>\n", out);
}

int html_where(struct html_page *p)
{
	int ret;

	fputs("<section id=\"where\"><h2>Where</h2>\n", p->out);
	ret = html_breakdowns(p);
	put_stages(p->out, &p->totals->summary);
	html_syncs(p);
	fputs("</section>\n", p->out);
	return ret;
}
