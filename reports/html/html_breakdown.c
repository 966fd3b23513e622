// SPDX-License-Identifier: GPL-2.0-only
/* The writes of a trace by file, process and reason, and what its program synced itself. */
#include <inttypes.h>
#include <string.h>

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

static double share_of(const struct breakdown *b, const struct breakdown_row *row)
{
	return b->total_ns ? 100.0 * (double)row->times[PART_ALL].total_ns / (double)b->total_ns : 0;
}

static void put_share(FILE *out, const struct breakdown *b, const struct breakdown_row *row)
{
	char text[32] = "";

	if (b->total_ns)
		snprintf(text, sizeof(text), "%.1f&#8201;%%", share_of(b, row));
	put_text(out, text);
}

/* What the rows of a table are called in a filter of the writes. */
static const char *const filters[NR_BREAKDOWNS] = {[BY_FILE] = "file", [BY_PROCESS] = "process", [BY_REASON] = "why"};

static void put_cells(FILE *out, const struct breakdown *b, const struct breakdown_row *row)
{
	char text[32];

	put_number(out, row->nr[PART_ALL]);
	put_text(out, format_bytes(row->bytes, text, sizeof(text)));
	put_time(out, &row->times[PART_ALL], row->times[PART_ALL].total_ns);
	put_share(out, b, row);
	put_quantiles(out, &row->times[PART_ALL]);
	for (int part = PART_ALL + 1; part < nr_parts(b); part++) {
		put_count(out, row, (enum breakdown_part)part);
		put_time(out, &row->times[part], row->times[part].total_ns);
	}
}

static void put_label(FILE *out, const struct breakdown *b, const char *label)
{
	fputs("<a href=\"", out);
	html_filter_link(out, filters[b->kind], label);
	fputs("\"><bdi>", out);
	xml_text(out, label);
	fputs("</bdi></a></th>", out);
}

static void put_row(FILE *out, const struct breakdown *b, const struct breakdown_row *row)
{
	fputs("<tr><th scope=\"row\">", out);
	put_label(out, b, row->label);
	put_cells(out, b, row);
	fputs("</tr>\n", out);
}

static void put_heading(struct html_page *p, const struct breakdown *b)
{
	FILE *out = p->out;

	fprintf(out,
		"<h3>%s</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
		"class=\"grid breakdown\"><thead><tr><th>%s</th>%s"
		"<th class=\"num\">writes</th><th class=\"num\">bytes</th><th class=\"num\">time</th>"
		"<th class=\"num\">share</th>",
		breakdown_title(b->kind), breakdown_word(b->kind), p->nr_runs > 1 ? "<th>run</th>" : "");
	put_quantile_names(out);
	for (int part = PART_ALL + 1; part < nr_parts(b); part++)
		fprintf(out, "<th class=\"num\">%s</th><th class=\"num\">time</th>",
			breakdown_part_name((enum breakdown_part)part));
	fputs("</tr></thead>\n", out);
}

static void put_more(FILE *out, const struct breakdown *b, size_t nr)
{
	fputs("</table></div>\n", out);
	if (nr > MAX_ROWS)
		fprintf(out, "<p class=\"muted\">and %zu more: dioscope report --by %s</p>\n", nr - MAX_ROWS,
			breakdown_word(b->kind));
}

static void put_breakdown(struct html_page *p, const struct breakdown *b)
{
	put_heading(p, b);
	fputs("<tbody>\n", p->out);
	for (size_t i = 0; i < b->nr && i < MAX_ROWS; i++)
		put_row(p->out, b, &b->rows[i]);
	fputs("</tbody>", p->out);
	put_more(p->out, b, b->nr);
}

/* --- of two runs: a row of each, and what differs --- */

struct both {
	const struct breakdown_row *of[MAX_RUNS]; /* NULL: that run has none */
};

static const struct breakdown_row *find_row(const struct breakdown *b, const char *label)
{
	for (size_t i = 0; i < b->nr; i++)
		if (!strcmp(b->rows[i].label, label))
			return &b->rows[i];
	return NULL;
}

static uint64_t both_ns(const struct both *both)
{
	uint64_t ns = 0;

	for (unsigned int run = 0; run < MAX_RUNS; run++)
		ns += both->of[run] ? both->of[run]->times[PART_ALL].total_ns : 0;
	return ns;
}

static int by_time(const void *x, const void *y)
{
	uint64_t a = both_ns(x), b = both_ns(y);

	return a > b ? -1 : a < b;
}

/* What costs either of them most. */
static size_t join(const struct breakdown *a, const struct breakdown *b, struct both list[2 * MAX_ROWS])
{
	size_t nr = 0;

	for (size_t i = 0; i < a->nr && i < MAX_ROWS; i++)
		list[nr++] = (struct both){{&a->rows[i], find_row(b, a->rows[i].label)}};
	for (size_t i = 0; i < b->nr && i < MAX_ROWS; i++) {
		const struct breakdown_row *of_a = find_row(a, b->rows[i].label);

		if (!of_a || of_a >= a->rows + MAX_ROWS)
			list[nr++] = (struct both){{of_a, &b->rows[i]}};
	}
	qsort(list, nr, sizeof(*list), by_time);
	return nr;
}

static void put_times_diff(FILE *out, const struct breakdown_row *a, const struct breakdown_row *b,
			   enum breakdown_part part)
{
	html_diff_percent(out, (double)a->times[part].total_ns, (double)b->times[part].total_ns);
}

static void put_diff(FILE *out, const struct breakdown *const of[MAX_RUNS], const struct breakdown_row *a,
		     const struct breakdown_row *b)
{
	const struct stage_times *before = &a->times[PART_ALL], *now = &b->times[PART_ALL];

	html_diff_count(out, a->nr[PART_ALL], b->nr[PART_ALL]);
	html_diff_percent(out, (double)a->bytes, (double)b->bytes);
	put_times_diff(out, a, b, PART_ALL);
	fprintf(out, "<td class=\"num\">%+.1f</td>", share_of(of[1], b) - share_of(of[0], a));
	for (int q = 0; q < NR_QUANTILES; q++)
		html_diff_percent(out, before->nr && now->nr ? (double)before->at_ns[q] : 0, (double)now->at_ns[q]);
	for (int part = PART_ALL + 1; part < nr_parts(of[0]); part++) {
		if (a->unknown[part] || b->unknown[part])
			put_text(out, "?");
		else
			html_diff_count(out, a->nr[part], b->nr[part]);
		put_times_diff(out, a, b, (enum breakdown_part)part);
	}
}

static void put_both(struct html_page *p, const struct breakdown *const of[MAX_RUNS], const struct both *both)
{
	static const struct breakdown_row none = {0};
	const struct breakdown_row *rows[MAX_RUNS];

	fputs("<tbody class=\"both\"><tr><th scope=\"rowgroup\" rowspan=\"3\">", p->out);
	put_label(p->out, of[0], (both->of[0] ? both->of[0] : both->of[1])->label);
	for (unsigned int run = 0; run < MAX_RUNS; run++) {
		rows[run] = both->of[run] ? both->of[run] : &none;
		fprintf(p->out, "%s<td>%s</td>", run ? "<tr>" : "", p->runs[run].name);
		put_cells(p->out, of[run], rows[run]);
		fputs("</tr>\n", p->out);
	}
	fputs("<tr class=\"more\"><td>B&#8722;A</td>", p->out);
	put_diff(p->out, of, rows[0], rows[1]);
	fputs("</tr></tbody>\n", p->out);
}

static void put_breakdowns_of_both(struct html_page *p, enum breakdown_kind kind)
{
	const struct breakdown *const of[MAX_RUNS] = {&p->runs[0].totals->breakdowns[kind],
						      &p->runs[1].totals->breakdowns[kind]};
	struct both list[2 * MAX_ROWS];
	size_t nr = join(of[0], of[1], list);

	put_heading(p, of[0]);
	for (size_t i = 0; i < nr && i < MAX_ROWS; i++)
		put_both(p, of, &list[i]);
	put_more(p->out, of[0], nr);
}

int html_breakdowns(struct html_page *p)
{
	if (p->verify || !html_any_writes(p)) /* the files of one workload are not those of another */
		return 0;
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++) {
		if (p->nr_runs > 1)
			put_breakdowns_of_both(p, (enum breakdown_kind)kind);
		else
			put_breakdown(p, &p->totals->breakdowns[kind]);
	}
	return 0;
}

/* --- syncs --- */

static void put_sync_row(FILE *out, const char *run, const char *name, const struct sync_row *row)
{
	fprintf(out, "<tr><th scope=\"row\">%s%s%s</th>", run, *run ? ": " : "", name);
	put_number(out, row->nr);
	put_time(out, &row->times, row->times.total_ns);
	put_quantiles(out, &row->times);
	for (int means = 0; means < NR_SYNC_MEANS; means++)
		put_number(out, row->means[means]);
	put_number(out, row->failed);
	fputs("</tr>\n", out);
}

static void put_sync_rows(struct html_page *p)
{
	for (unsigned int row = 0; row < NR_SYNC_ROWS; row++)
		for (unsigned int run = 0; run < p->nr_runs; run++) {
			const struct sync_row *r = &html_summary(p, run)->syncs.rows[row];

			if (r->nr)
				put_sync_row(p->out, p->runs[run].name, sync_row_name(row), r);
		}
}

static void put_sync_table(struct html_page *p)
{
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
	      "class=\"grid\"><thead><tr><th>call</th><th class=\"num\">calls</th>"
	      "<th class=\"num\">total</th>",
	      p->out);
	put_quantile_names(p->out);
	for (int means = 0; means < NR_SYNC_MEANS; means++)
		fprintf(p->out, "<th class=\"num\">%s</th>", sync_means_name((enum sync_means)means));
	fputs("<th class=\"num\">failed</th></tr></thead><tbody>\n", p->out);
	put_sync_rows(p);
	fputs("</tbody></table></div>\n", p->out);
}

static void put_other_syncs(FILE *out, const char *run, const struct sync_totals *t)
{
	const char *colon = *run ? ": " : "";

	if (t->elsewhere)
		fprintf(out,
			"<p class=\"muted\">%s%s%zu fsync or fdatasync of files without recorded direct writes</p>\n",
			run, colon, t->elsewhere);
	if (t->lost)
		fprintf(out, "<p class=\"bad\">%s%s%" PRIu64 " fsync or fdatasync LOST: the ring buffer was full</p>\n",
			run, colon, t->lost);
}

void html_syncs(struct html_page *p)
{
	bool calls = false, any = false;

	for (unsigned int run = 0; run < p->nr_runs; run++) {
		const struct sync_totals *t = &html_summary(p, run)->syncs;

		calls |= t->nr > 0;
		any |= t->nr || t->elsewhere || t->lost;
	}
	if (any)
		fputs("<h3>fsync and fdatasync of files that were written directly</h3>\n", p->out);
	if (calls)
		put_sync_table(p);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_other_syncs(p->out, p->runs[run].name, &html_summary(p, run)->syncs);
}
