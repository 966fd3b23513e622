// SPDX-License-Identifier: GPL-2.0-only
/* The first screen: how far the page can be believed, what it is about, what cost most, what differs. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/accounts.h"
#include "reports/html/html_page.h"
#include "reports/text/origin.h"
#include "reports/export/xml.h"

/* --- completeness --- */

const struct write_set *html_first_set(const struct html_page *p, bool live)
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
	if (p->nr == 1 && !p->verify)
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

/* What a probe that was skipped would have counted nobody has: then it is not known that none is missing. */
static void put_whole(struct html_page *p, size_t writes, uint64_t skipped)
{
	if (skipped)
		fprintf(p->out,
			"<p class=\"banner unseen\">%s recorded, no write said to be lost; %s skipped: writes or facts "
			"may be missing</p>\n",
			counted(writes, "write").text, counted(skipped, "probe run").text);
	else
		fprintf(p->out, "<p class=\"banner good\">complete: %s recorded, no write lost</p>\n",
			counted(writes, "write").text);
}

/* Loud when anything was lost; one quiet line otherwise. */
static int put_completeness(struct html_page *p)
{
	size_t incomplete = 0, sets = 0, left_out = 0;
	uint64_t skipped = 0;
	int ret = 0;

	for (size_t i = 0; i < p->nr && !ret; i++) {
		const struct write_set *live = p->outcomes[i].live;

		if (!live)
			continue;
		sets++;
		left_out += live->left_out;
		incomplete += !set_is_whole(live);
		skipped += meta_u64(&live->trailer, META_SKIPPED, 0);
		ret = p->nr_runs > 1 ? 0 : put_incomplete(p, &p->outcomes[i]); /* html_changes() says so */
		ret = ret ? ret : put_unbalanced(p, &p->outcomes[i]);
	}
	if (ret || incomplete)
		return ret;
	if (!sets)
		fputs("<p class=\"banner bad\">nothing was recorded</p>\n", p->out);
	else if (p->nr_runs == 1) /* of two runs each says so by itself */
		put_whole(p, p->totals->summary.writes + left_out, skipped);
	return 0;
}

struct unseen {
	struct html_page *p;
	const char *run;
};

static void put_unseen(void *ctx, const char *sentence)
{
	const struct unseen *u = ctx;

	fprintf(u->p->out, "<p class=\"banner unseen\">%s%s", u->run, *u->run ? ": " : "");
	xml_text(u->p->out, sentence);
	fputs("</p>\n", u->p->out);
}

/* The hooks were the same for all workloads. */
static int put_all_unseen(struct html_page *p)
{
	int ret = 0;

	for (unsigned int run = 0; run < p->nr_runs && !ret; run++) {
		const struct write_set *live = p->nr_runs > 1 ? p->outcomes[run].live : html_first_set(p, true);
		struct unseen u = {p, p->runs[run].name};

		ret = live ? unseen_sentences(&live->header, &live->trailer, put_unseen, &u) : 0;
	}
	return ret;
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

static void put_outcome(struct html_page *p, const struct outcome *o)
{
	struct result_word result = result_of(o);

	fprintf(p->out, "<tr><td><span class=\"mark %s\">%s</span></td><th scope=\"row\"><a href=\"", result.class,
		result.word);
	html_filter_link(p->out, "workload", o->id);
	fputs("\">", p->out);
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

void html_outcomes(struct html_page *p)
{
	fprintf(p->out,
		"<section id=\"workloads\"><h2>Workloads</h2>\n<details%s><summary>%s, kernel against reference"
		"</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table "
		"class=\"grid\"><thead><tr><th>result</th><th>workload</th><th>title</th>"
		"<th class=\"num\">writes</th><th class=\"num\">facts compared</th><th class=\"num\">findings</th>"
		"<th class=\"num\">allowed</th><th class=\"num\">unobservable</th></tr></thead><tbody>\n",
		p->nr <= 60 ? " open" : "", counted(p->nr, "workload").text);
	for (size_t i = 0; i < p->nr; i++)
		put_outcome(p, &p->outcomes[i]);
	fputs("</tbody></table></div></details></section>\n", p->out);
}

int html_overview(struct html_page *p)
{
	int ret;

	if (p->verify)
		put_verdict(p);
	put_caution(p);
	if (p->nr_runs > 1)
		html_changes(p);
	ret = put_completeness(p) ?: put_all_unseen(p);
	if (ret)
		return ret;
	if (p->verify) /* what the run was for; who looks for time finds it below */
		ret = html_causes(p);
	html_figures(p);
	html_time_bar(p);
	if (!p->verify || p->nr == 1) /* files of several workloads are not each other's, nor are their locks */
		ret = ret ?: html_advice(p);
	return ret;
}
