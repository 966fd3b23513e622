// SPDX-License-Identifier: GPL-2.0-only
/* The findings of a verify run, side by side; below them, collapsed, what is allowed and what could not be seen. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/html/html_page.h"
#include "reports/text/render.h"
#include "reports/export/xml.h"

/* More rows than anyone reads; the table of writes has them all. */
#define MAX_ROWS 500
#define MAX_OPEN 20 /* that are shown without being asked for */

#define NO_ROW ((size_t)-1)

/* --- one table --- */

/* Findings are in the order of the mates, so each search begins where the last one ended. */
static size_t find_row(const struct diff *d, const struct finding *f, size_t *from)
{
	for (size_t i = *from; i < d->nr_mates && (f->a || f->b); i++) {
		if (d->mates[i].a == f->a && d->mates[i].b == f->b) {
			*from = i;
			return i;
		}
	}
	return NO_ROW;
}

static void put_subject(struct html_page *p, const struct finding *f, size_t row)
{
	char subject[256];

	finding_subject(f, subject, sizeof(subject));
	if (row != NO_ROW)
		fprintf(p->out, "<a href=\"#w=%zu\">", row);
	if (f->op)
		fprintf(p->out, "op %" PRIu32 " ", f->op);
	fputs("<bdi>", p->out);
	xml_text(p->out, subject);
	fputs("</bdi>", p->out);
	if (row != NO_ROW)
		fputs("</a>", p->out);
}

static void put_value(struct html_page *p, const char *class, const char *value)
{
	fprintf(p->out, "<td class=\"%s\">", class);
	xml_text(p->out, value);
	fputs("</td>", p->out);
}

static void put_finding(struct html_page *p, const struct outcome *o, const struct finding *f, size_t row)
{
	const char *what = f->fact >= 0 ? write_fields[f->fact].label : f->what;

	fputs("<tr><th scope=\"row\">", p->out);
	xml_text(p->out, o->id);
	fputs("</th><td class=\"subject\">", p->out);
	put_subject(p, f, row);
	fputs("</td>", p->out);
	put_value(p, "fact", what);
	put_value(p, "side a", f->a_value);
	put_value(p, "side b", f->b_value);
	put_value(p, "rule", f->rule ? f->rule : "");
	fputs("</tr>\n", p->out);
}

static size_t put_findings_of(struct html_page *p, size_t index, enum verdict verdict, size_t room)
{
	const struct outcome *o = &p->outcomes[index];
	size_t put = 0, from = 0;

	for (size_t i = 0; o->diff && i < o->diff->nr && put < room; i++) {
		const struct finding *f = &o->diff->findings[i];
		size_t row;

		if (f->verdict != verdict)
			continue;
		row = find_row(o->diff, f, &from);
		put_finding(p, o, f, row == NO_ROW ? row : p->first_row[index] + row);
		put++;
	}
	return put;
}

static void put_table(struct html_page *p, enum verdict verdict, size_t total)
{
	size_t put = 0;

	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table class=\"grid "
	      "findings\"><thead><tr><th>workload</th><th>write</th><th>fact</th>"
	      "<th>live kernel</th><th>reference</th><th>rule</th></tr></thead><tbody>\n",
	      p->out);
	for (size_t i = 0; i < p->nr; i++)
		put += put_findings_of(p, i, verdict, MAX_ROWS - put);
	fputs("</tbody></table></div>\n", p->out);
	if (put < total)
		fprintf(p->out, "<p class=\"muted\">%zu more are not listed here; each write has its own.</p>\n",
			total - put);
}

/* --- what could not be seen, once for each fact --- */

static size_t count_unobservable(const struct html_page *p, int fact, const char **rule)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++) {
		const struct diff *d = p->outcomes[i].diff;

		for (size_t j = 0; d && j < d->nr; j++) {
			if (d->findings[j].verdict != VERDICT_UNOBSERVABLE || d->findings[j].fact != fact)
				continue;
			*rule = d->findings[j].rule;
			nr++;
		}
	}
	return nr;
}

static void put_unobservable_row(struct html_page *p, const char *what, size_t nr, const char *rule)
{
	if (!nr)
		return;
	fputs("<tr><th scope=\"row\">", p->out);
	xml_text(p->out, what);
	fprintf(p->out, "</th><td class=\"num\">%zu</td>", nr);
	put_value(p, "rule", rule ? rule : "");
	fputs("</tr>\n", p->out);
}

static void put_unobservable(struct html_page *p, size_t total)
{
	const char *rule = NULL;
	size_t nr;

	fprintf(p->out,
		"<details class=\"quiet\"><summary><b>%zu</b> comparisons could not be made: one side cannot see the "
		"fact"
		"</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
		"class=\"grid\"><thead><tr><th>fact</th><th "
		"class=\"num\">writes</th>"
		"<th>why</th></tr></thead><tbody>\n",
		total);
	for (int fact = 0; fact < NR_FACTS; fact++) {
		nr = count_unobservable(p, fact, &rule);
		put_unobservable_row(p, write_fields[fact].label, nr, rule);
	}
	nr = count_unobservable(p, -1, &rule);
	put_unobservable_row(p, "whole writes, or their steps", nr, rule);
	fputs("</tbody></table></div></details>\n", p->out);
}

/* --- all --- */

static size_t total_of(const struct html_page *p, enum verdict verdict)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++)
		nr += p->outcomes[i].diff ? p->outcomes[i].diff->by_verdict[verdict] : 0;
	return nr;
}

int html_findings(struct html_page *p)
{
	size_t different = total_of(p, VERDICT_DIFFERENT), allowed = total_of(p, VERDICT_ALLOWED);
	size_t unobservable = total_of(p, VERDICT_UNOBSERVABLE);

	if (!p->verify)
		return 0;
	html_outcomes(p);
	fputs("<section id=\"findings\"><h2>Findings, one by one</h2>\n", p->out);
	if (different) {
		fprintf(p->out,
			"<details class=\"quiet\"%s><summary><b>%zu</b> %s: the kernel against the reference"
			"</summary>\n",
			different <= MAX_OPEN ? " open" : "", different, noun_of(different, "difference").text);
		put_table(p, VERDICT_DIFFERENT, different);
		fputs("</details>\n", p->out);
	} else
		fputs("<p class=\"muted\">No fact that both sides know differs.</p>\n", p->out);
	if (allowed) {
		fprintf(p->out, "<details class=\"quiet\"><summary><b>%zu</b> %s within what is allowed</summary>\n",
			allowed, noun_of(allowed, "difference").text);
		put_table(p, VERDICT_ALLOWED, allowed);
		fputs("</details>\n", p->out);
	}
	if (unobservable)
		put_unobservable(p, unobservable);
	fputs("</section>\n", p->out);
	return 0;
}
