/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the parts of html.c; no interface for others. */
#ifndef DIOSCOPE_HTML_PAGE_H
#define DIOSCOPE_HTML_PAGE_H

#include "reports/html/html.h"
#include "reports/text/totals.h"

/* A page being written: a trace is one outcome without a reference. */
struct html_page {
	FILE *out;
	const struct html_input *in;
	const struct outcome *outcomes;
	size_t nr;
	bool verify;
	struct totals own;
	const struct totals *totals; /* of all live writes */
	size_t rows;		     /* of the table of writes: pairs, or writes of a trace */
	size_t *first_row;	     /* of each outcome */
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

/* The letter of a group of reasons. */
char why_group_tag(enum why_group group);

/* Rows that an outcome has in the table of writes. */
size_t outcome_rows(const struct outcome *o);

/* The parts, in page order. 0 or -ENOMEM. */
int html_overview(struct html_page *p);
int html_advice(struct html_page *p);
int html_findings(struct html_page *p);
int html_totals(struct html_page *p);
int html_breakdowns(struct html_page *p); /* these two are what the totals end with */
void html_syncs(struct html_page *p);
int html_data(struct html_page *p);

#endif
