/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the parts of html.c; no interface for others. */
#ifndef DIOSCOPE_HTML_PAGE_H
#define DIOSCOPE_HTML_PAGE_H

#include "reports/export/json.h"
#include "reports/html/html.h"
#include "reports/html/words.h"
#include "reports/text/totals.h"

/* A row of the table of writes: a write of the trace, or what two sides made of the same one. */
struct html_row {
	const struct write *a, *b; /* live and reference; NULL: that side has none */
	size_t workload;
	uint32_t kept;			/* 1 << enum kept_group, a mask */
	uint32_t cut;			/* steps of a that are not here */
	uint32_t how;			/* number of the text of how the facts of a are known, */
	uint32_t tags;			/* and of its tags: html_rows.c */
	const struct finding *findings; /* the first of its pair */
	size_t nr_findings;
};

#define MAX_RUNS 2

/* What the page is about: one run, or A and B. All of a verify run is one, of no set. */
struct html_run {
	const char *name;	     /* "A"; "" where there is only one */
	const struct totals *totals; /* of all live writes */
	struct page_sums *sums;	     /* likewise */
	struct kept_write *kept;
	size_t nr_kept;
};

/* A page being written: a trace is one outcome without a reference, two are two. */
struct html_page {
	FILE *out;
	const struct html_input *in;
	const struct outcome *outcomes;
	struct outcome own_outcomes[MAX_RUNS];
	size_t nr;
	bool verify;
	struct html_run runs[MAX_RUNS];
	unsigned int nr_runs;
	const struct comparison *comparison; /* of two */
	struct totals own;
	struct page_sums own_sums;
	const struct totals *totals; /* of the first run */
	struct html_row *rows;
	size_t nr_rows;
	size_t total_rows;  /* that there would be if the page kept all writes */
	size_t *first_row;  /* of each outcome */
	struct words *hows; /* texts of the rows: words.h */
	struct words *tags;
};

/*
 * A write's rows in the totals as short tags, the ones that totals link to and the table filters by: a letter for
 * the breakdown and the number of the row in it.
 */
#define TAG_SUBMIT   'S'
#define TAG_LOCK     'L'
#define TAG_UPGRADE  'U' /* these six: enum why, of one group */
#define TAG_FALLBACK 'F'
#define TAG_SYNC     'Y'
#define TAG_WAIT     'A'
#define TAG_WORK     'K'
#define TAG_FAILED   'R'
#define TAG_MAPPING  'M'
#define TAG_DURABLE  'D'
#define TAG_ZERO     'Z' /* 0 head, 1 tail */
#define TAG_CONTEXT  'C'
#define TAG_ERROR    'E' /* errno */

/* "locked": how a filter of the table calls the rows of a letter; NULL: it is no filter. */
const char *html_group_key(char letter);
/* The letter of a group of reasons. */
char why_group_tag(enum why_group group);

/* Rows that an outcome has in the table of writes. */
size_t outcome_rows(const struct outcome *o);

/* The rows of the table, as far as they are kept; p->sums and p->first_row are there. 0 or -ENOMEM. */
int html_rows_init(struct html_page *p);
void html_rows_release(struct html_page *p);
/* Of the first outcome that has one; NULL: none does. */
const struct write_set *html_first_set(const struct html_page *p, bool live);
/* One letter for each fact: how it is known; @how has room for NR_FACTS + 1. */
void html_how_text(const struct write_record *rec, char *how);
/* "#f=..." for a filter of the table: @key is escaped, @value may be any text. */
void html_filter_link(FILE *out, const char *key, const char *value);
/* The same for the writes of one run. */
void html_run_link(const struct html_page *p, unsigned int run, const char *key, const char *value);
/* Which run a row is of. */
unsigned int html_run_of(const struct html_page *p, const struct html_row *row);
bool html_any_writes(const struct html_page *p);
static inline const struct summary *html_summary(const struct html_page *p, unsigned int run)
{
	return &p->runs[run].totals->summary;
}

/* Differences of B from A, as cells of a table: "+12", "+3.4 %"; empty where either is not known. */
void html_diff_count(FILE *out, size_t a, size_t b);
void html_diff_percent(FILE *out, double a, double b);

/* The parts, in page order. 0 or -ENOMEM. */
int html_overview(struct html_page *p);
void html_changes(struct html_page *p); /* of two runs */
void html_figures(struct html_page *p);
void html_time_bar(struct html_page *p);
int html_advice(struct html_page *p);
int html_causes(struct html_page *p);
int html_findings(struct html_page *p);
void html_outcomes(struct html_page *p); /* a part of html_findings() */
int html_where(struct html_page *p);
int html_totals(struct html_page *p);
int html_path(struct html_page *p);
int html_origin(struct html_page *p);
int html_breakdowns(struct html_page *p); /* these two are a part of html_where() */
void html_syncs(struct html_page *p);
int html_data(struct html_page *p);
/* Parts of the data. */
int html_columns(struct html_page *p, struct json *j);
void html_timeline(struct html_page *p, struct json *j);

#endif
