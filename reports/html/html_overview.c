// SPDX-License-Identifier: GPL-2.0-only
/* The top of the page: how far it can be believed, where it comes from, and for a verify run the workloads. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/accounts.h"
#include "reports/html/html_page.h"
#include "reports/text/origin.h"
#include "reports/export/xml.h"

/* --- completeness --- */

static const struct write_set *first_set(const struct html_page *p, bool live)
{
	for (size_t i = 0; i < p->nr; i++) {
		const struct write_set *set = live ? p->outcomes[i].live : p->outcomes[i].reference;

		if (set)
			return set;
	}
	return NULL;
}

static void banner_open(struct html_page *p, const struct outcome *o)
{
	fputs("<p class=\"banner bad\" role=\"alert\">", p->out);
	if (!p->verify)
		return;
	fputs("<b>", p->out);
	xml_text(p->out, o->id);
	fputs("</b> ", p->out);
}

static int put_unbalanced(struct html_page *p, const struct outcome *o)
{
	_cleanup_free_ char *warning = NULL;
	int ret = accounts_check(&o->live->trailer, &warning);

	if (!warning)
		return ret;
	banner_open(p, o);
	xml_text(p->out, warning);
	fputs("</p>\n", p->out);
	return 0;
}

static int put_incomplete(struct html_page *p, const struct outcome *o)
{
	bool complete = true;
	_cleanup_free_ char *text = set_completeness(o->live, &complete);

	if (!text)
		return -ENOMEM;
	if (complete)
		return 0;
	banner_open(p, o);
	xml_text(p->out, text);
	fputs("</p>\n", p->out);
	return 0;
}

/* All outcomes of a page are by the same rules. */
static void put_caution(struct html_page *p)
{
	const char *caution = NULL;

	for (size_t i = 0; i < p->nr && !caution; i++)
		caution = p->outcomes[i].diff ? p->outcomes[i].diff->caution : NULL;
	if (!caution)
		return;
	fputs("<p class=\"banner bad\" role=\"alert\">the rules of the reference are the ", p->out);
	xml_text(p->out, caution);
	fputs(": findings may come of that</p>\n", p->out);
}

/* Loud when anything was lost; one quiet line otherwise. */
static int put_completeness(struct html_page *p)
{
	size_t incomplete = 0, sets = 0, left_out = 0;
	int ret = 0;

	for (size_t i = 0; i < p->nr && !ret; i++) {
		const struct write_set *live = p->outcomes[i].live;

		if (!live)
			continue;
		sets++;
		left_out += live->left_out;
		incomplete += !set_is_whole(live);
		ret = put_incomplete(p, &p->outcomes[i]);
		ret = ret ? ret : put_unbalanced(p, &p->outcomes[i]);
	}
	if (ret || incomplete)
		return ret;
	if (!sets)
		fputs("<p class=\"banner bad\">nothing was recorded</p>\n", p->out);
	else
		fprintf(p->out, "<p class=\"banner good\">complete: %s recorded, no write lost</p>\n",
			counted(p->totals->summary.writes + left_out, "write").text);
	return 0;
}

static void put_unknown(struct html_page *p)
{
	const struct summary *s = &p->totals->summary;

	if (!s->unknown_facts)
		return;
	fprintf(p->out,
		"<details class=\"quiet\"><summary><b>%zu</b> %s unknown in some write: not observable with these "
		"hooks on this kernel</summary>\n<ul class=\"unknowns\">\n",
		s->unknown_facts, s->unknown_facts == 1 ? "fact is" : "facts are");
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (!s->unknown[fact])
			continue;
		fputs("<li><b>", p->out);
		xml_text(p->out, write_fields[fact].label);
		fprintf(p->out, "</b> in %s <span class=\"muted\">", counted(s->unknown[fact], "write").text);
		xml_text(p->out, write_fields[fact].help);
		fputs("</span></li>\n", p->out);
	}
	fputs("</ul></details>\n", p->out);
}

/* --- where it comes from --- */

static void put_origin(struct html_page *p, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(p->out, "<div><dt>%s</dt><dd>", label);
	xml_text(p->out, value);
	fputs("</dd></div>\n", p->out);
}

static void put_profile(struct html_page *p, const struct meta *header)
{
	const char *name = meta_get(header, META_PROFILE), *fit = meta_get(header, META_FIT);
	_cleanup_free_ char *text = name && fit ? strf("%s, %s", name, fit) : NULL;

	put_origin(p, "reference profile", text ? text : name);
}

/* The reference's has a row of its own, with how it fits; the page is a recording's or says so by it. */
static void put_origin_row(void *ctx, const char *label, const char *value)
{
	if (strcmp(label, "engine") != 0)
		put_origin(ctx, label, value);
}

static int put_origins(struct html_page *p)
{
	const struct write_set *live = first_set(p, true), *reference = first_set(p, false);
	int ret;

	fputs("<dl class=\"origin\">\n", p->out);
	ret = live ? origin_rows(live, put_origin_row, p) : 0;
	if (reference)
		put_profile(p, &reference->header);
	fputs("</dl>\n", p->out);
	return ret;
}

static void put_unseen(void *ctx, const char *sentence)
{
	struct html_page *p = ctx;

	fputs("<p class=\"banner unseen\">", p->out);
	xml_text(p->out, sentence);
	fputs("</p>\n", p->out);
}

/* The hooks were the same for all. */
static int put_all_unseen(struct html_page *p)
{
	const struct write_set *live = first_set(p, true);

	return live ? unseen_sentences(&live->header, &live->trailer, put_unseen, p) : 0;
}

static bool is_hook(const struct meta_line *line)
{
	return !strncmp(line->key, META_HOOK, strlen(META_HOOK));
}

static bool is_missing(const struct meta_line *line)
{
	return !strncmp(line->value, "none", 4);
}

static void put_hook(struct html_page *p, const struct meta_line *line)
{
	fprintf(p->out, "<tr%s><th scope=\"row\">", is_missing(line) ? " class=\"missing\"" : "");
	xml_text(p->out, line->key + strlen(META_HOOK));
	fputs("</th><td>", p->out);
	xml_text(p->out, line->value);
	fputs("</td></tr>\n", p->out);
}

static void put_hooks(struct html_page *p)
{
	const struct write_set *live = first_set(p, true);
	size_t nr = 0, missing = 0;

	for (size_t i = 0; live && i < live->header.nr; i++) {
		nr += is_hook(&live->header.lines[i]);
		missing += is_hook(&live->header.lines[i]) && is_missing(&live->header.lines[i]);
	}
	if (!nr)
		return;
	fprintf(p->out, "<details class=\"quiet\"><summary><b>%zu</b> %s attached", nr - missing,
		noun_of(nr - missing, "hook").text);
	if (missing)
		fprintf(p->out, ", <b>%zu</b> not available on this kernel", missing);
	fputs("</summary>\n<table class=\"hooks\"><tbody>\n", p->out);
	for (size_t i = 0; i < live->header.nr; i++) {
		if (is_hook(&live->header.lines[i]))
			put_hook(p, &live->header.lines[i]);
	}
	fputs("</tbody></table></details>\n", p->out);
}

/* --- the workloads of a verify run --- */

struct result_word {
	const char *class, *word;
};

static struct result_word result_of(const struct outcome *o)
{
	static const struct result_word words[NR_OUTCOMES] = {
		[OUTCOME_SAME] = {"good", "same"},
		[OUTCOME_NOT_OBSERVED] = {"unknown", "not observed"},
		[OUTCOME_DIFFERENT] = {"bad", "different"},
		[OUTCOME_TROUBLE] = {"bad", "trouble"},
	};

	return words[outcome_result(o)];
}

static void put_verdict(struct html_page *p)
{
	size_t findings = 0, nr[NR_OUTCOMES] = {0};
	const char *class;

	for (size_t i = 0; i < p->nr; i++) {
		findings += outcome_differences(&p->outcomes[i]);
		nr[outcome_result(&p->outcomes[i])]++;
	}
	class = findings || nr[OUTCOME_TROUBLE] ? "bad" : nr[OUTCOME_NOT_OBSERVED] ? "unknown" : "good";
	fprintf(p->out, "<p class=\"verdict %s\"><b>%s</b> in %s", class, counted(findings, "finding").text,
		counted(p->nr, "workload").text);
	if (nr[OUTCOME_DIFFERENT])
		fprintf(p->out, ", %zu of them different", nr[OUTCOME_DIFFERENT]);
	if (nr[OUTCOME_TROUBLE])
		fprintf(p->out, ", %zu in trouble", nr[OUTCOME_TROUBLE]);
	if (nr[OUTCOME_NOT_OBSERVED])
		fprintf(p->out, ", %zu not observed", nr[OUTCOME_NOT_OBSERVED]);
	fputs("</p>\n", p->out);
}

static void put_outcome_counts(struct html_page *p, const struct diff *d)
{
	fprintf(p->out,
		"<td class=\"num\">%zu</td><td class=\"num\">%zu</td><td class=\"num\">%zu</td>"
		"<td class=\"num\">%zu</td><td class=\"num\">%zu</td>",
		d->pairs, d->compared, d->by_verdict[VERDICT_DIFFERENT], d->by_verdict[VERDICT_ALLOWED],
		d->by_verdict[VERDICT_UNOBSERVABLE]);
}

static void put_outcome(struct html_page *p, const struct outcome *o, size_t index)
{
	struct result_word result = result_of(o);

	fprintf(p->out, "<tr><td><span class=\"mark %s\">%s</span></td><th scope=\"row\"><a href=\"#t=W%zu\">",
		result.class, result.word, index);
	xml_text(p->out, o->id);
	fputs("</a></th><td class=\"title\">", p->out);
	xml_text(p->out, o->title ? o->title : "");
	fputs("</td>", p->out);
	if (outcome_result(o) == OUTCOME_SAME || outcome_result(o) == OUTCOME_DIFFERENT) {
		put_outcome_counts(p, o->diff);
	} else {
		fputs("<td colspan=\"5\" class=\"why\">", p->out);
		xml_text(p->out, o->trouble ? o->trouble : o->not_observed ? o->not_observed : "");
		fputs("</td>", p->out);
	}
	fputs("</tr>\n", p->out);
}

static void put_outcomes(struct html_page *p)
{
	fprintf(p->out,
		"<section id=\"workloads\"><h2>Workloads</h2>\n<details%s><summary>%s, kernel against reference"
		"</summary>\n<div class=\"scroll\"><table "
		"class=\"grid\"><thead><tr><th>result</th><th>workload</th><th></th>"
		"<th class=\"num\">writes</th><th class=\"num\">facts compared</th><th class=\"num\">findings</th>"
		"<th class=\"num\">allowed</th><th class=\"num\">unobservable</th></tr></thead><tbody>\n",
		p->nr <= 60 ? " open" : "", counted(p->nr, "workload").text);
	for (size_t i = 0; i < p->nr; i++)
		put_outcome(p, &p->outcomes[i], i);
	fputs("</tbody></table></div></details></section>\n", p->out);
}

int html_overview(struct html_page *p)
{
	int ret;

	if (p->verify)
		put_verdict(p);
	put_caution(p);
	ret = put_completeness(p);
	if (!ret)
		ret = put_all_unseen(p);
	if (!ret && !p->verify)
		ret = html_advice(p);
	if (!ret)
		ret = put_origins(p);
	if (ret)
		return ret;
	put_hooks(p);
	put_unknown(p);
	if (p->verify)
		put_outcomes(p);
	return 0;
}
