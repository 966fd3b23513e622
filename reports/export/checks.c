// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/checks.h"

#include <errno.h>
#include <string.h>

#include "reports/export/xml.h"

/* --- JUnit --- */

static const char *const junit_elements[NR_OUTCOMES] = {
	[OUTCOME_NOT_OBSERVED] = "skipped", [OUTCOME_DIFFERENT] = "failure", [OUTCOME_TROUBLE] = "error"};

static size_t count(const struct check_list *list, enum outcome_result result)
{
	size_t nr = 0;

	for (size_t i = 0; i < list->nr; i++)
		nr += list->rows[i].result == result;
	return nr;
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	xml_text(out, value);
	fputc('"', out);
}

static void put_case(FILE *out, const struct check_row *row)
{
	fputs("    <testcase classname=\"dioscope.report\"", out);
	put_attribute(out, "name", row->name);
	fputs(">\n", out);
	if (junit_elements[row->result]) {
		fprintf(out, "      <%s", junit_elements[row->result]);
		put_attribute(out, "message", row->text);
		fputs("/>\n", out);
	} else {
		fputs("      <system-out>", out);
		xml_text(out, row->text);
		fputs("</system-out>\n", out);
	}
	fputs("    </testcase>\n", out);
}

int checks_junit(FILE *out, const struct check_list *list)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", out);
	put_attribute(out, "name", list->title);
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", list->nr,
		count(list, OUTCOME_DIFFERENT), count(list, OUTCOME_TROUBLE), count(list, OUTCOME_NOT_OBSERVED));
	for (size_t i = 0; i < list->nr; i++)
		put_case(out, &list->rows[i]);
	fputs("  </testsuite>\n</testsuites>\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

/* --- Markdown --- */

static const char *const words[NR_OUTCOMES] = {
	[OUTCOME_SAME] = "passed",
	[OUTCOME_NOT_OBSERVED] = "not observed",
	[OUTCOME_DIFFERENT] = "**failed**",
	[OUTCOME_TROUBLE] = "**trouble**",
};

/* In a cell of a table: what Markdown or HTML could take for more is escaped; names of files come here. */
static void put_cell(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>()#+-!|~&", *text))
			fputc('\\', out);
		fputc(*text == '\n' || *text == '\r' ? ' ' : *text, out);
	}
}

int checks_markdown(FILE *out, const struct check_list *list)
{
	fputs("### ", out);
	put_cell(out, list->title);
	fputs("\n\n| condition | result | seen |\n|---|---|---|\n", out);
	for (size_t i = 0; i < list->nr; i++) {
		fputs("| ", out);
		put_cell(out, list->rows[i].name);
		fprintf(out, " | %s | ", words[list->rows[i].result]);
		put_cell(out, list->rows[i].text);
		fputs(" |\n", out);
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}

/* --- workloads and traces as Markdown --- */

#define FINDINGS_SHOWN 10 /* of each: the rest is counted */

/* "6.1: asked for"; of a workload of which nothing came, nothing. */
static void put_rules(FILE *out, const struct outcome *o)
{
	const struct meta *header = o->reference ? &o->reference->header : NULL;
	const char *profile = o->profile ? o->profile : header ? meta_get(header, META_PROFILE) : NULL;
	const char *fit = o->fit ? o->fit : header ? meta_get(header, META_FIT) : NULL;

	if (!profile)
		return;
	put_cell(out, profile);
	fputs(": ", out);
	put_cell(out, fit ? fit : "unknown why");
}

static void put_row(FILE *out, const struct outcome *o)
{
	const char *why = o->trouble ? o->trouble : o->not_observed;

	fputs("| ", out);
	put_cell(out, o->id);
	fputs(" | ", out);
	put_rules(out, o);
	fprintf(out, " | %s | ", words[outcome_result(o)]);
	if (o->diff)
		fprintf(out, "%zu | %zu | %zu | ", o->diff->pairs, o->diff->compared, outcome_differences(o));
	else
		fputs(" | | | ", out);
	put_cell(out, why ? why : "");
	fputs(" |\n", out);
}

static void put_finding(FILE *out, const struct finding *f)
{
	char subject[256];

	fputs("- ", out);
	if (f->op)
		fprintf(out, "op %u ", f->op);
	put_cell(out, finding_subject(f, subject, sizeof(subject)));
	fputs(*subject ? ": " : "", out);
	put_cell(out, f->what);
	fputs(": ", out);
	put_cell(out, f->a_value);
	fputs(" live, ", out);
	put_cell(out, f->b_value);
	fputs(" by the reference; ", out);
	put_cell(out, f->rule ? f->rule : "");
	fputc('\n', out);
}

static void put_findings(FILE *out, const struct outcome *o)
{
	size_t shown = 0, of = o->diff ? outcome_differences(o) : 0;

	if (!of)
		return;
	fputs("\n#### ", out);
	put_cell(out, o->id);
	fputs("\n\n", out);
	for (size_t i = 0; i < o->diff->nr && shown < FINDINGS_SHOWN; i++) {
		if (o->diff->findings[i].verdict != VERDICT_DIFFERENT)
			continue;
		put_finding(out, &o->diff->findings[i]);
		shown++;
	}
	if (shown < of)
		fprintf(out, "- and %zu more\n", of - shown);
}

int markdown_report(FILE *out, const char *title, const struct outcome *outcomes, size_t nr)
{
	fputs("### ", out);
	put_cell(out, title);
	fputs("\n\n| | rules | result | writes | facts | findings | why |\n|---|---|---|---:|---:|---:|---|\n", out);
	for (size_t i = 0; i < nr; i++)
		put_row(out, &outcomes[i]);
	for (size_t i = 0; i < nr; i++)
		put_findings(out, &outcomes[i]);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
