// SPDX-License-Identifier: GPL-2.0-only
/* The writes of a trace by file, process and reason, and what its program synced itself. */
#include <inttypes.h>

#include "reports/text/breakdown.h"
#include "reports/html/html_page.h"
#include "reports/text/render.h"
#include "reports/export/xml.h"

/* Rows of one table; report --by has all. */
#define MAX_ROWS 100

static void put_number(FILE *out, size_t nr)
{
	fprintf(out, "<td class=\"num\">%zu</td>", nr);
}

static void put_text(FILE *out, const char *text)
{
	fprintf(out, "<td class=\"num\">%s</td>", text);
}

static void put_time(FILE *out, const struct stage_times *t, uint64_t ns)
{
	char text[32];

	put_text(out, t->nr ? format_time(ns, text, sizeof(text)) : "");
}

static void put_quantiles(FILE *out, const struct stage_times *t)
{
	for (int q = 0; q < NR_QUANTILES; q++)
		put_time(out, t, t->at_ns[q]);
}

static void put_quantile_names(FILE *out)
{
	for (int q = 0; q < NR_QUANTILES; q++)
		fprintf(out, "<th class=\"num\">%s</th>", quantile_name((enum quantile)q));
}

/* --- breakdowns --- */

/* Who syncs does so for no reason that a row has. */
static int nr_parts(const struct breakdown *b)
{
	return b->kind == BY_REASON ? PART_SYNC : NR_PARTS;
}

/* What it is unknown of is no nothing. */
static void put_count(FILE *out, const struct breakdown_row *row, enum breakdown_part part)
{
	if (row->nr[part] || !row->unknown[part])
		put_number(out, row->nr[part]);
	else
		put_text(out, "?");
}

static void put_share(FILE *out, const struct breakdown *b, const struct breakdown_row *row)
{
	char text[32] = "";

	if (b->total_ns)
		snprintf(text, sizeof(text), "%.1f&#8201;%%",
			 100.0 * (double)row->times[PART_ALL].total_ns / (double)b->total_ns);
	put_text(out, text);
}

/* What the rows of a table are called in a filter of the writes. */
static const char *const filters[NR_BREAKDOWNS] = {[BY_FILE] = "file", [BY_PROCESS] = "process", [BY_REASON] = "why"};

static void put_row(FILE *out, const struct breakdown *b, const struct breakdown_row *row)
{
	char text[32];

	fputs("<tr><th scope=\"row\"><a href=\"", out);
	html_filter_link(out, filters[b->kind], row->label);
	fputs("\"><bdi>", out);
	xml_text(out, row->label);
	fputs("</bdi></a></th>", out);
	put_number(out, row->nr[PART_ALL]);
	put_text(out, format_bytes(row->bytes, text, sizeof(text)));
	put_time(out, &row->times[PART_ALL], row->times[PART_ALL].total_ns);
	put_share(out, b, row);
	put_quantiles(out, &row->times[PART_ALL]);
	for (int part = PART_ALL + 1; part < nr_parts(b); part++) {
		put_count(out, row, (enum breakdown_part)part);
		put_time(out, &row->times[part], row->times[part].total_ns);
	}
	fputs("</tr>\n", out);
}

static void put_heading(FILE *out, const struct breakdown *b)
{
	fprintf(out,
		"<h3>%s</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
		"class=\"grid breakdown\"><thead><tr><th>%s</th>"
		"<th class=\"num\">writes</th><th class=\"num\">bytes</th><th class=\"num\">time</th>"
		"<th class=\"num\">share</th>",
		breakdown_title(b->kind), breakdown_word(b->kind));
	put_quantile_names(out);
	for (int part = PART_ALL + 1; part < nr_parts(b); part++)
		fprintf(out, "<th class=\"num\">%s</th><th class=\"num\">time</th>",
			breakdown_part_name((enum breakdown_part)part));
	fputs("</tr></thead><tbody>\n", out);
}

static void put_breakdown(FILE *out, const struct breakdown *b)
{
	put_heading(out, b);
	for (size_t i = 0; i < b->nr && i < MAX_ROWS; i++)
		put_row(out, b, &b->rows[i]);
	fputs("</tbody></table></div>\n", out);
	if (b->nr > MAX_ROWS)
		fprintf(out, "<p class=\"muted\">and %zu more: dioscope report --by %s</p>\n", b->nr - MAX_ROWS,
			breakdown_word(b->kind));
}

int html_breakdowns(struct html_page *p)
{
	if (p->verify || !p->totals->summary.writes) /* the files of one workload are not those of another */
		return 0;
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++)
		put_breakdown(p->out, &p->totals->breakdowns[kind]);
	return 0;
}

/* --- syncs --- */

static void put_sync_row(FILE *out, const char *name, const struct sync_row *row)
{
	fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
	put_number(out, row->nr);
	put_time(out, &row->times, row->times.total_ns);
	put_quantiles(out, &row->times);
	for (int means = 0; means < NR_SYNC_MEANS; means++)
		put_number(out, row->means[means]);
	put_number(out, row->failed);
	fputs("</tr>\n", out);
}

static void put_sync_table(FILE *out, const struct sync_totals *t)
{
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
	      "class=\"grid\"><thead><tr><th>call</th><th class=\"num\">calls</th>"
	      "<th class=\"num\">total</th>",
	      out);
	put_quantile_names(out);
	for (int means = 0; means < NR_SYNC_MEANS; means++)
		fprintf(out, "<th class=\"num\">%s</th>", sync_means_name((enum sync_means)means));
	fputs("<th class=\"num\">failed</th></tr></thead><tbody>\n", out);
	for (unsigned int row = 0; row < NR_SYNC_ROWS; row++)
		if (t->rows[row].nr)
			put_sync_row(out, sync_row_name(row), &t->rows[row]);
	fputs("</tbody></table></div>\n", out);
}

void html_syncs(struct html_page *p)
{
	const struct sync_totals *t = &p->totals->summary.syncs;

	if (!t->nr && !t->elsewhere && !t->lost)
		return;
	fputs("<h3>fsync and fdatasync of files that were written directly</h3>\n", p->out);
	if (t->nr)
		put_sync_table(p->out, t);
	if (t->elsewhere)
		fprintf(p->out,
			"<p class=\"muted\">%zu fsync or fdatasync of files without recorded direct writes</p>\n",
			t->elsewhere);
	if (t->lost)
		fprintf(p->out, "<p class=\"bad\">%" PRIu64 " fsync or fdatasync LOST: the ring buffer was full</p>\n",
			t->lost);
}
