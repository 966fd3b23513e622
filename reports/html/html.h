/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One self-contained HTML file: style, script and data inlined, no request, works from file://. What matters can be
 * read without the script: completeness, findings, where the time went and what would change it, totals, who and what.
 * The script adds the timeline, the table of writes with a filter over any fact, and one write in full.
 *
 * The data is JSON in <script type="application/json" id="data">; html_data.c describes it.
 */
#ifndef DIOSCOPE_HTML_H
#define DIOSCOPE_HTML_H

#include <stdio.h>

#include "reports/html/page_sums.h"
#include "reports/model/comparison.h"
#include "reports/model/outcome.h"
#include "reports/model/set.h"
#include "reports/text/totals.h"

/* Of a verify run, writes beyond the first so many are in the totals but not in the table, and the page says so. */
#define HTML_MAX_WRITES 20000

/* Two runs, A and B, in every part of the page. */
struct html_pair {
	struct html_side {
		const char *name; /* of its trace */
		const struct write_set *trace;
		const struct totals *totals; /* as below */
		struct page_sums *sums;
		const struct run *run;
	} sides[2];
	const struct diff *diff; /* write by write; NULL: they did not do the same */
};

struct html_input {
	const char *title; /* "dioscope report: t.dio" */
	/* Either one trace ... */
	const struct write_set *trace;
	const struct totals *totals; /* of all that was streamed of it (totals_load()), and */
	struct page_sums *sums;	     /* likewise, which the page settles; both NULL: the set holds all */
	/* ... or two ... */
	const struct html_pair *pair;
	/* ... or the workloads of a verify run; @trace and @pair are then NULL. */
	const struct outcome *outcomes;
	size_t nr;
	size_t max_writes; /* of a verify run; 0: HTML_MAX_WRITES */
};

/* 0, -ENOMEM, or -EIO when @out could not take it all. */
int html_report(FILE *out, const struct html_input *in);

#endif
