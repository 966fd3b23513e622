// SPDX-License-Identifier: GPL-2.0-only
/* On the first screen: how much was written how fast, and where the time of the writers went. */
#include <inttypes.h>

#include "reports/html/html_page.h"
#include "reports/text/render.h"

/* --- figures --- */

static void put_figure(FILE *out, const char *label, const char *value, const char *note)
{
	fprintf(out, "<div><dt>%s</dt><dd>%s", label, value);
	if (note && *note)
		fprintf(out, " <small>%s</small>", note);
	fputs("</dd></div>\n", out);
}

static void put_rates(FILE *out, const struct summary *s, uint64_t span_ns)
{
	double seconds = (double)span_ns / 1e9;
	char rate[32], bytes[32], text[40];

	if (!span_ns || s->writes < 2)
		return;
	snprintf(rate, sizeof(rate), "%.*f/s", (double)s->writes < 10 * seconds ? 1 : 0, (double)s->writes / seconds);
	snprintf(text, sizeof(text), "%s/s",
		 format_bytes((uint64_t)((double)s->bytes / seconds), bytes, sizeof(bytes)));
	put_figure(out, "rate", rate, text);
}

static void put_latency(FILE *out, const struct stage_times *t)
{
	char p50[32], p99[32], max[32], note[96];

	if (!t->nr)
		return;
	snprintf(note, sizeof(note), "p99 %s, max %s", format_time(t->at_ns[QUANTILE_P99], p99, sizeof(p99)),
		 format_time(t->at_ns[QUANTILE_MAX], max, sizeof(max)));
	put_figure(out, "latency, half of the writes below", format_time(t->at_ns[QUANTILE_P50], p50, sizeof(p50)),
		   note);
}

static uint64_t span_of(const struct html_run *run)
{
	return run->sums->timeline->last_ns - run->sums->timeline->first_ns;
}

static void put_figures(struct html_page *p)
{
	const struct summary *s = html_summary(p, 0);
	uint64_t span_ns = span_of(&p->runs[0]);
	char text[32], note[64] = "";

	if (!s->writes)
		return;
	fputs("<dl class=\"figures\">\n", p->out);
	snprintf(text, sizeof(text), "%zu", s->writes);
	if (s->failed)
		snprintf(note, sizeof(note), "<a href=\"#f=ret%%3C0\">%zu failed</a>", s->failed);
	put_figure(p->out, "writes", text, note);
	put_figure(p->out, "written", format_bytes(s->bytes, text, sizeof(text)), NULL);
	if (p->nr == 1) { /* between workloads nobody writes */
		put_figure(p->out, "first to last", format_time(span_ns, text, sizeof(text)), NULL);
		put_rates(p->out, s, span_ns);
	}
	put_latency(p->out, &s->latency);
	fputs("</dl>\n", p->out);
}

/* --- figures of two runs --- */

static const enum quantile told[] = {QUANTILE_P50, QUANTILE_P99, QUANTILE_MAX};

static double per_second(uint64_t nr, uint64_t span_ns)
{
	return span_ns ? (double)nr * 1e9 / (double)span_ns : 0;
}

static void put_figures_of(struct html_page *p, unsigned int run)
{
	const struct summary *s = html_summary(p, run);
	uint64_t span_ns = span_of(&p->runs[run]);
	char text[32];

	fprintf(p->out, "<tr><th scope=\"row\">%s</th><td class=\"num\">%zu</td><td class=\"num\">", p->runs[run].name,
		s->writes);
	fprintf(p->out, s->failed ? "<a href=\"#f=run%%3A%s+ret%%3C0\">%zu</a></td>" : "0</td>", p->runs[run].name,
		s->failed);
	fprintf(p->out, "<td class=\"num\">%s</td>", format_bytes(s->bytes, text, sizeof(text)));
	fprintf(p->out, "<td class=\"num\">%s</td>", format_time(span_ns, text, sizeof(text)));
	fprintf(p->out, "<td class=\"num\">%.0f/s</td>", per_second(s->writes, span_ns));
	fprintf(p->out, "<td class=\"num\">%s/s</td>",
		format_bytes((uint64_t)per_second(s->bytes, span_ns), text, sizeof(text)));
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		fprintf(p->out, "<td class=\"num\">%s</td>",
			s->latency.nr ? format_time(s->latency.at_ns[told[i]], text, sizeof(text)) : "");
	fputs("</tr>\n", p->out);
}

static void put_figures_more(struct html_page *p)
{
	const struct summary *a = html_summary(p, 0), *b = html_summary(p, 1);
	uint64_t spans[MAX_RUNS] = {span_of(&p->runs[0]), span_of(&p->runs[1])};

	fputs("<tr class=\"more\"><th scope=\"row\">B&#8722;A</th>", p->out);
	html_diff_count(p->out, a->writes, b->writes);
	html_diff_count(p->out, a->failed, b->failed);
	html_diff_percent(p->out, (double)a->bytes, (double)b->bytes);
	html_diff_percent(p->out, (double)spans[0], (double)spans[1]);
	html_diff_percent(p->out, per_second(a->writes, spans[0]), per_second(b->writes, spans[1]));
	html_diff_percent(p->out, per_second(a->bytes, spans[0]), per_second(b->bytes, spans[1]));
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		html_diff_percent(p->out, b->latency.nr ? (double)a->latency.at_ns[told[i]] : 0,
				  (double)b->latency.at_ns[told[i]]);
	fputs("</tr>\n", p->out);
}

static void put_figures_of_both(struct html_page *p)
{
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"figures\"><table class=\"grid figs\">"
	      "<thead><tr><th>run</th>",
	      p->out);
	for (size_t i = 0; i < 6; i++) {
		static const char *const names[6] = {"writes",	      "failed", "written",
						     "first to last", "rate",	"throughput"};

		fprintf(p->out, "<th class=\"num\">%s</th>", names[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		fprintf(p->out, "<th class=\"num\">latency %s</th>", quantile_name(told[i]));
	fputs("</tr></thead><tbody>\n", p->out);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_figures_of(p, run);
	put_figures_more(p);
	fputs("</tbody></table></div>\n", p->out);
}

void html_figures(struct html_page *p)
{
	if (p->nr_runs > 1)
		put_figures_of_both(p);
	else
		put_figures(p);
}

/* --- where the time went --- */

/* Rows of time as one part of the bar. */
static const struct bar_part {
	const char *name, *class;
	uint32_t rows;
} bar_parts[] = {
	{"lock", "t-lock", 1u << TIME_LOCK | 1u << TIME_DRAIN},
	{"map", "t-map", 1u << TIME_MAP | 1u << TIME_INVALIDATE | 1u << TIME_INVALIDATE_MAP},
	{"device", "t-device", 1u << TIME_SUBMIT | 1u << TIME_DEVICE | 1u << TIME_DEVICE_COMPLETE},
	{"complete", "t-complete", 1u << TIME_WAKEUP | 1u << TIME_WAKEUP_COMPLETE | 1u << TIME_COMPLETE},
	{"sync", "t-sync", 1u << TIME_SYNC},
	{"buffered", "t-buffered", 1u << TIME_BUFFERED},
	{"enter and check", "t-rest", 1u << TIME_ENTER | 1u << TIME_ENTER_CHECK | 1u << TIME_CHECK | 1u << TIME_REST},
};

#define NR_BAR (ARRAY_SIZE(bar_parts) + 1) /* and the application's own syncs */

static uint64_t part_ns(const struct summary *s, const struct bar_part *part)
{
	uint64_t ns = 0;

	for (int row = 0; row < NR_TIME_ROWS; row++)
		ns += part->rows >> row & 1 ? s->times[row].total_ns : 0;
	return ns;
}

/* Where the time of a run went. */
struct spent {
	uint64_t ns[NR_BAR], total;
	size_t writes;
};

static struct spent spent_by(const struct summary *s)
{
	struct spent spent = {.writes = s->writes};

	for (size_t i = 0; i < ARRAY_SIZE(bar_parts); i++)
		spent.ns[i] = part_ns(s, &bar_parts[i]);
	spent.ns[NR_BAR - 1] = s->syncs.total_ns;
	for (size_t i = 0; i < NR_BAR; i++)
		spent.total += spent.ns[i];
	return spent;
}

static double mean_ns(const struct spent *s)
{
	return s->writes ? (double)s->total / (double)s->writes : 0;
}

static const char *part_name(size_t i)
{
	return i < ARRAY_SIZE(bar_parts) ? bar_parts[i].name : "fsync of the application";
}

static const char *part_class(size_t i)
{
	return i < ARRAY_SIZE(bar_parts) ? bar_parts[i].class : "t-fsync";
}

/* Of two runs a bar is as long as what a write took on average. */
static void put_bar(FILE *out, const struct spent *s, double width)
{
	fputs("<div class=\"timebar\" aria-hidden=\"true\"", out);
	fprintf(out, width < 100 ? " style=\"width:%.1f%%\">" : ">", width);
	for (size_t i = 0; i < NR_BAR; i++)
		if (s->ns[i])
			fprintf(out, "<i class=\"%s\" style=\"flex:%.4f\"></i>", part_class(i),
				(double)s->ns[i] / (double)s->total);
	fputs("</div>\n", out);
}

static void put_bars(struct html_page *p, const struct spent spent[MAX_RUNS])
{
	double most = 0;
	char text[32];

	for (unsigned int run = 0; run < p->nr_runs; run++)
		most = mean_ns(&spent[run]) > most ? mean_ns(&spent[run]) : most;
	for (unsigned int run = 0; run < p->nr_runs; run++) {
		if (p->nr_runs > 1)
			fprintf(p->out, "<p class=\"barname\"><b>%s</b> %s a write on average</p>\n", p->runs[run].name,
				format_time((uint64_t)mean_ns(&spent[run]), text, sizeof(text)));
		put_bar(p->out, &spent[run], p->nr_runs > 1 ? 100 * mean_ns(&spent[run]) / most : 100);
	}
}

static void put_part(struct html_page *p, const struct spent spent[MAX_RUNS], size_t i)
{
	char time[32];

	if (!spent[0].ns[i] && !(p->nr_runs > 1 && spent[1].ns[i]))
		return;
	fprintf(p->out, "<li><i class=\"%s\"></i>%s", part_class(i), part_name(i));
	for (unsigned int run = 0; run < p->nr_runs; run++)
		fprintf(p->out, "%s%s <b>%.1f&#8201;%%</b> <span class=\"muted\">%s</span>", run ? ", " : " ",
			p->runs[run].name, 100.0 * (double)spent[run].ns[i] / (double)(spent[run].total ?: 1),
			format_time(spent[run].ns[i], time, sizeof(time)));
	fputs("</li>\n", p->out);
}

static void put_untimed(struct html_page *p, unsigned int run)
{
	const struct summary *s = html_summary(p, run);

	if (s->latency.nr < s->writes)
		fprintf(p->out, "<p class=\"muted\">%s%sHow long it took is not known of %s.</p>\n", p->runs[run].name,
			*p->runs[run].name ? ": " : "", counted(s->writes - s->latency.nr, "write").text);
}

void html_time_bar(struct html_page *p)
{
	struct spent spent[MAX_RUNS] = {0};
	uint64_t total = 0;

	for (unsigned int run = 0; run < p->nr_runs; run++) {
		spent[run] = spent_by(html_summary(p, run));
		total += spent[run].total;
	}
	if (!total)
		return;
	fputs("<h2>Where the writers' time went</h2>\n", p->out);
	put_bars(p, spent);
	fputs("<ul class=\"legend\">\n", p->out);
	for (size_t i = 0; i < NR_BAR; i++)
		put_part(p, spent, i);
	fputs("</ul>\n", p->out);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_untimed(p, run);
}
