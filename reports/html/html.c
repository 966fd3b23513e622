// SPDX-License-Identifier: GPL-2.0-only
/* The page around its parts: reports/html/web/page.html with {{names}} where something is put in. */
#include "reports/html/html.h"

#include <errno.h>
#include <string.h>

#include "reports/html/html_page.h"
#include "reports/html/web_assets.h"
#include "reports/export/xml.h"

/* --- the parts of page.html --- */

static int put_title(struct html_page *p)
{
	xml_text(p->out, p->in->title ? p->in->title : "dioscope report");
	return 0;
}

static int put_style(struct html_page *p)
{
	fputs(web_style_css, p->out);
	return 0;
}

static int put_script(struct html_page *p)
{
	fputs(web_script_js, p->out);
	return 0;
}

/* Of a verify run one section more. */
static int put_nav(struct html_page *p)
{
	static const struct {
		const char *id, *name;
	} sections[] = {{"when", "when"},     {"findings", "findings"},	 {"where", "where"},
			{"path", "path"},     {"totals", "totals"},	 {"file", "file"},
			{"writes", "writes"}, {"recording", "recording"}};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (p->verify || strcmp(sections[i].id, "findings") != 0)
			fprintf(p->out, "<a href=\"#%s\">%s</a>\n", sections[i].id, sections[i].name);
	return 0;
}

static const struct part {
	const char *name;
	int (*put)(struct html_page *p);
} parts[] = {
	{"title", put_title},	     {"style", put_style},    {"script", put_script}, {"overview", html_overview},
	{"findings", html_findings}, {"where", html_where},   {"path", html_path},    {"nav", put_nav},
	{"totals", html_totals},     {"origin", html_origin}, {"data", html_data},
};

static const struct part *find_part(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strlen(parts[i].name) == len && !memcmp(parts[i].name, name, len))
			return &parts[i];
	}
	return NULL;
}

static int put_page(struct html_page *p)
{
	const char *text = web_page_html, *open, *close;

	while ((open = strstr(text, "{{")) && (close = strstr(open, "}}"))) {
		const struct part *part = find_part(open + 2, (size_t)(close - open - 2));
		int ret;

		fwrite(text, 1, (size_t)(open - text), p->out);
		if (!part)
			return -EINVAL; /* page.html and parts[] disagree: a bug that the unit test finds */
		ret = part->put(p);
		if (ret)
			return ret;
		text = close + 2;
	}
	fputs(text, p->out);
	return 0;
}

/* --- what the parts share --- */

static int count_rows(struct html_page *p)
{
	p->first_row = malloc((p->nr + 1) * sizeof(*p->first_row));
	if (!p->first_row)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr; i++) {
		p->first_row[i] = p->total_rows;
		p->total_rows += outcome_rows(&p->outcomes[i]);
	}
	return 0;
}

/* Without files and syncs: those of a verify run are of many file systems, and stay with their workloads. */
static int add_up_outcomes(struct html_page *p)
{
	_cleanup_free_ struct write *writes = NULL;
	struct write_set all = {0};
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++)
		nr += p->outcomes[i].live ? p->outcomes[i].live->nr : 0;
	all.writes = writes = malloc((nr + 1) * sizeof(*writes));
	if (!writes)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr; i++) {
		const struct write_set *live = p->outcomes[i].live;

		if (live && live->nr)
			memcpy(writes + all.nr, live->writes, live->nr * sizeof(*writes));
		all.nr += live ? live->nr : 0;
	}
	return totals_init(&p->own, &all);
}

/* Rows of a trace are of the run that it is. */
unsigned int html_run_of(const struct html_page *p, const struct html_row *row)
{
	return p->nr_runs > 1 ? (unsigned int)row->workload : 0;
}

bool html_any_writes(const struct html_page *p)
{
	for (unsigned int run = 0; run < p->nr_runs; run++)
		if (p->runs[run].totals->summary.writes)
			return true;
	return false;
}

static int look_at_set(struct page_sums *sums, const struct write_set *set)
{
	struct look look;
	int ret = 0;

	for (size_t i = 0; set && i < set->nr && !ret; i++) {
		look_at(&look, &set->writes[i]);
		ret = page_sums_add(sums, &look);
	}
	for (size_t i = 0; set && i < set->nr_syncs; i++)
		page_sums_add_sync(sums, &set->syncs[i]);
	return ret;
}

/* What was not gathered in a pass over the trace is here. Of a verify run the rows are kept by workload. */
static int sum_up(struct html_page *p)
{
	static const struct kept_limits of_trace = PAGE_KEPT, none = {0};
	int ret = page_sums_init(&p->own_sums, p->verify ? &none : &of_trace);

	for (size_t i = 0; i < p->nr && !ret; i++)
		ret = look_at_set(&p->own_sums, p->outcomes[i].live);
	if (ret)
		return ret;
	return p->verify ? add_up_outcomes(p) : totals_init(&p->own, p->in->trace);
}

static void take_one(struct html_page *p, bool streamed)
{
	p->nr_runs = 1;
	p->runs[0] = (struct html_run){.name = "",
				       .totals = streamed ? p->in->totals : &p->own,
				       .sums = streamed ? p->in->sums : &p->own_sums};
}

static void take_pair(struct html_page *p, const struct html_pair *pair)
{
	static const char *const names[MAX_RUNS] = {"A", "B"};

	p->nr_runs = MAX_RUNS;
	for (unsigned int i = 0; i < MAX_RUNS; i++) {
		const struct html_side *side = &pair->sides[i];

		p->runs[i] = (struct html_run){.name = names[i], .totals = side->totals, .sums = side->sums};
		p->own_outcomes[i] = (struct outcome){.id = names[i], .title = side->name, .live = side->trace};
	}
}

/* What is on the page: one trace, two, or workloads. */
static void take_outcomes(struct html_page *p)
{
	const struct html_input *in = p->in;

	p->own_outcomes[0] = (struct outcome){.id = "", .live = in->trace};
	if (in->pair)
		take_pair(p, in->pair);
	p->verify = !in->trace && !in->pair;
	p->outcomes = p->verify ? in->outcomes : p->own_outcomes;
	p->nr = p->verify ? in->nr : in->pair ? MAX_RUNS : 1;
}

static int gather(struct html_page *p)
{
	bool streamed = p->in->pair || (p->in->trace && p->in->totals && p->in->sums);
	int ret = count_rows(p);

	if (!p->in->pair)
		take_one(p, streamed);
	if (!ret && !streamed)
		ret = sum_up(p);
	p->totals = p->runs[0].totals;
	return ret ? ret : html_rows_init(p);
}

static void page_release(struct html_page *p)
{
	html_rows_release(p);
	page_sums_release(&p->own_sums);
	totals_release(&p->own);
	free(p->first_row);
}

static int report(FILE *out, const struct html_input *in, const struct comparison *comparison)
{
	_cleanup_(page_release) struct html_page p = {.out = out, .in = in, .comparison = comparison};
	int ret;

	take_outcomes(&p);
	ret = gather(&p);
	if (!ret)
		ret = put_page(&p);
	if (ret)
		return ret;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

int html_report(FILE *out, const struct html_input *in)
{
	struct comparison comparison;

	if (!in->pair)
		return report(out, in, NULL);
	if (comparison_init(&comparison, in->pair->sides[0].run, in->pair->sides[1].run))
		return -ENOMEM;
	return report(out, in, &comparison);
}
