// SPDX-License-Identifier: GPL-2.0-only
/* On the first screen: what is not durable, and what cost most time with what would change it. */
#include "reports/model/advice.h"
#include "reports/html/html_page.h"
#include "reports/text/render.h"
#include "reports/export/xml.h"

static void put_change(FILE *out, enum why why)
{
	char change[256];

	fputs("<b class=\"change\">change:</b> ", out);
	xml_text(out, advice_format(why, change, sizeof(change)));
}

static void put_not_durable(struct html_page *p, unsigned int run)
{
	static const enum why whys[] = {WHY_NO_BARRIER, WHY_NO_FLUSH};
	char text[96];

	for (size_t i = 0; i < ARRAY_SIZE(whys); i++) {
		size_t nr = html_summary(p, run)->whys[whys[i]];

		if (!nr)
			continue;
		fprintf(p->out, "<p class=\"banner bad\" role=\"alert\">%s%s<b>%s</b>, in %s", p->runs[run].name,
			*p->runs[run].name ? ": " : "", why_format(whys[i], text, sizeof(text)),
			counted(nr, "write").text);
		fputs("<br>", p->out);
		put_change(p->out, whys[i]);
		fputs("</p>\n", p->out);
	}
}

/* --- reasons --- */

static const struct advice_list *list_of(const struct html_page *p, unsigned int run)
{
	return &p->runs[run].totals->advice;
}

static const struct advice *find_advice(const struct advice_list *list, enum why why)
{
	for (size_t i = 0; i < list->nr; i++)
		if (list->rows[i].why == why)
			return &list->rows[i];
	return NULL;
}

/* "12.3 % of the time (5 ms), 40 writes"; of two runs each has its own. */
static void put_cost(struct html_page *p, enum why why, unsigned int run)
{
	const struct advice_list *list = list_of(p, run);
	const struct advice *a = find_advice(list, why);
	char time[32];

	if (p->nr_runs > 1)
		fprintf(p->out, "<div><b>%s</b> ", p->runs[run].name);
	if (!a) {
		fputs("no time</div>", p->out);
		return;
	}
	fprintf(p->out, "%.1f&#8201;%% of the time (%s), %s<a href=\"", advice_share(list, a),
		format_time(a->ns, time, sizeof(time)), advice_relation(a));
	html_run_link(p, run, why_group_key(why_rows[why].group), why_rows[why].key);
	fprintf(p->out, "\">%s</a>", counted(a->writes, "write").text);
	if (p->nr_runs == 1)
		fprintf(p->out, " <span class=\"muted\">%s()</span>", why_rows[why].function);
	fprintf(p->out, "<span class=\"share\" aria-hidden=\"true\"><i style=\"width:%.1f%%\"></i></span>%s",
		advice_share(list, a), p->nr_runs > 1 ? "</div>" : "");
}

static void put_one(struct html_page *p, enum why why)
{
	char text[128];

	fputs("<li><b>", p->out);
	xml_text(p->out, why_format(why, text, sizeof(text)));
	fputs(p->nr_runs > 1 ? "</b>" : "</b>: ", p->out);
	if (p->nr_runs > 1)
		fprintf(p->out, " <span class=\"muted\">%s()</span>", why_rows[why].function);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_cost(p, why, run);
	put_change(p->out, why);
	fputs("</li>\n", p->out);
}

static double worst_share(const struct html_page *p, enum why why)
{
	double most = 0;

	for (unsigned int run = 0; run < p->nr_runs; run++) {
		const struct advice *a = find_advice(list_of(p, run), why);
		double share = a ? advice_share(list_of(p, run), a) : 0;

		most = share > most ? share : most;
	}
	return most;
}

/* Those worth a line in any run, what costs one of them most first. */
static size_t worth(const struct html_page *p, enum why whys[MAX_RUNS * ADVICE_MAX])
{
	size_t nr = 0, at;

	for (unsigned int run = 0; run < p->nr_runs; run++) {
		for (size_t i = 0; i < advice_worth(list_of(p, run)); i++) {
			enum why why = list_of(p, run)->rows[i].why;

			for (at = 0; at < nr && whys[at] != why; at++)
				;
			if (at < nr)
				continue;
			for (at = nr++; at && worst_share(p, whys[at - 1]) < worst_share(p, why); at--)
				whys[at] = whys[at - 1];
			whys[at] = why;
		}
	}
	return nr;
}

static void put_reasons(struct html_page *p, const enum why *whys, size_t nr)
{
	if (nr)
		fputs("<ol>\n", p->out);
	for (size_t i = 0; i < nr; i++)
		put_one(p, whys[i]);
	if (nr)
		fputs("</ol>\n", p->out);
}

static void put_rest(struct html_page *p, unsigned int run)
{
	const struct advice_list *list = list_of(p, run);
	enum time_row rows[NR_TIME_ROWS];
	size_t nr = advice_rest(list, rows);
	char time[32];

	if (nr)
		fprintf(p->out, "<p>%s%s" ADVICE_REST_TITLE ":</p>\n<ul>\n", p->runs[run].name,
			*p->runs[run].name ? ": " : "");
	for (size_t i = 0; i < nr; i++)
		fprintf(p->out, "<li><b>%s</b> %.1f&#8201;%% (%s): %s</li>\n", time_row_name(rows[i]),
			advice_rest_share(list, rows[i]), format_time(list->rest_ns[rows[i]], time, sizeof(time)),
			advice_rest_cause(rows[i]));
	if (nr)
		fputs("</ul>\n", p->out);
}

static bool has_rest(const struct html_page *p)
{
	enum time_row rows[NR_TIME_ROWS];

	for (unsigned int run = 0; run < p->nr_runs; run++)
		if (advice_rest(list_of(p, run), rows))
			return true;
	return false;
}

static void put_device(struct html_page *p, unsigned int run)
{
	const struct advice_list *list = list_of(p, run);

	fprintf(p->out, "%s%s%s%.1f&#8201;%%", run ? ", " : "", p->runs[run].name, *p->runs[run].name ? " " : "",
		list->total_ns ? 100.0 * (double)list->device_ns / (double)list->total_ns : 0);
}

int html_advice(struct html_page *p)
{
	enum why whys[MAX_RUNS * ADVICE_MAX];
	size_t nr = worth(p, whys);

	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_not_durable(p, run);
	if (!nr && !has_rest(p))
		return 0;
	fputs("<div class=\"advice\"><h2>What cost most time, beside the device (", p->out);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_device(p, run);
	fputs(")</h2>\n", p->out);
	put_reasons(p, whys, nr);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_rest(p, run);
	fputs("</div>\n", p->out);
	return 0;
}
