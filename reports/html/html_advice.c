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

static void put_not_durable(struct html_page *p)
{
	static const enum why whys[] = {WHY_NO_BARRIER, WHY_NO_FLUSH};
	char text[96];

	for (size_t i = 0; i < ARRAY_SIZE(whys); i++) {
		size_t nr = p->totals->summary.whys[whys[i]];

		if (!nr)
			continue;
		fprintf(p->out, "<p class=\"banner bad\" role=\"alert\"><b>%s</b>, in %s",
			why_format(whys[i], text, sizeof(text)), counted(nr, "write").text);
		fputs("<br>", p->out);
		put_change(p->out, whys[i]);
		fputs("</p>\n", p->out);
	}
}

static void put_one(FILE *out, const struct advice_list *list, const struct advice *a)
{
	char text[128], time[32];

	fputs("<li><b>", out);
	xml_text(out, why_format(a->why, text, sizeof(text)));
	fprintf(out, "</b>: %.1f&#8201;%% of the time (%s), %s<a href=\"", advice_share(list, a),
		format_time(a->ns, time, sizeof(time)), advice_relation(a));
	html_filter_link(out, why_group_key(why_rows[a->why].group), why_rows[a->why].key);
	fprintf(out, "\">%s</a> <span class=\"muted\">%s()</span>", counted(a->writes, "write").text,
		why_rows[a->why].function);
	fprintf(out, "<span class=\"share\" aria-hidden=\"true\"><i style=\"width:%.1f%%\"></i></span>",
		advice_share(list, a));
	put_change(out, a->why);
	fputs("</li>\n", out);
}

static void put_reasons(FILE *out, const struct advice_list *list, size_t shown)
{
	if (shown)
		fputs("<ol>\n", out);
	for (size_t i = 0; i < shown; i++)
		put_one(out, list, &list->rows[i]);
	if (shown)
		fputs("</ol>\n", out);
}

static void put_rest(FILE *out, const struct advice_list *list, const enum time_row *rows, size_t nr)
{
	char time[32];

	if (nr)
		fputs("<p>" ADVICE_REST_TITLE ":</p>\n<ul>\n", out);
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "<li><b>%s</b> %.1f&#8201;%% (%s): %s</li>\n", time_row_name(rows[i]),
			advice_rest_share(list, rows[i]), format_time(list->rest_ns[rows[i]], time, sizeof(time)),
			advice_rest_cause(rows[i]));
	if (nr)
		fputs("</ul>\n", out);
}

int html_advice(struct html_page *p)
{
	const struct advice_list *list = &p->totals->advice;
	enum time_row rest[NR_TIME_ROWS];
	size_t shown, nr_rest;

	put_not_durable(p);
	shown = advice_worth(list);
	nr_rest = advice_rest(list, rest);
	if (!shown && !nr_rest)
		return 0;
	fprintf(p->out, "<div class=\"advice\"><h2>What cost most time, beside the device (%.1f&#8201;%%)</h2>\n",
		100.0 * (double)list->device_ns / (double)list->total_ns);
	put_reasons(p->out, list, shown);
	put_rest(p->out, list, rest, nr_rest);
	fputs("</div>\n", p->out);
	return 0;
}
