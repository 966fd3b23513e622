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

void html_figures(struct html_page *p)
{
	const struct summary *s = &p->totals->summary;
	uint64_t span_ns = p->sums->timeline->last_ns - p->sums->timeline->first_ns;
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

static void put_bar(FILE *out, const uint64_t ns[NR_BAR], uint64_t total)
{
	fputs("<div class=\"timebar\" aria-hidden=\"true\">", out);
	for (size_t i = 0; i < NR_BAR; i++)
		if (ns[i])
			fprintf(out, "<i class=\"%s\" style=\"flex:%.4f\"></i>",
				i < ARRAY_SIZE(bar_parts) ? bar_parts[i].class : "t-fsync",
				(double)ns[i] / (double)total);
	fputs("</div>\n<ul class=\"legend\">\n", out);
}

static void put_part(FILE *out, const char *name, const char *class, uint64_t ns, uint64_t total)
{
	char time[32];

	if (ns)
		fprintf(out, "<li><i class=\"%s\"></i>%s <b>%.1f&#8201;%%</b> <span class=\"muted\">%s</span></li>\n",
			class, name, 100.0 * (double)ns / (double)total, format_time(ns, time, sizeof(time)));
}

void html_time_bar(struct html_page *p)
{
	const struct summary *s = &p->totals->summary;
	uint64_t ns[NR_BAR], total = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bar_parts); i++)
		ns[i] = part_ns(s, &bar_parts[i]);
	ns[NR_BAR - 1] = s->syncs.total_ns;
	for (size_t i = 0; i < NR_BAR; i++)
		total += ns[i];
	if (!total)
		return;
	fputs("<h2>Where the writers' time went</h2>\n", p->out);
	put_bar(p->out, ns, total);
	for (size_t i = 0; i < ARRAY_SIZE(bar_parts); i++)
		put_part(p->out, bar_parts[i].name, bar_parts[i].class, ns[i], total);
	put_part(p->out, "fsync of the application", "t-fsync", ns[NR_BAR - 1], total);
	fputs("</ul>\n", p->out);
	if (s->latency.nr < s->writes)
		fprintf(p->out, "<p class=\"muted\">How long it took is not known of %s.</p>\n",
			counted(s->writes - s->latency.nr, "write").text);
}
