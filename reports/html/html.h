/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One self-contained HTML file: style, script and data inlined, no request, works from file://. What matters can be
 * read without the script: completeness, findings, totals, times. The script adds the table of writes, with every
 * fact, mapping round and bio on demand.
 *
 * The data is JSON in <script type="application/json" id="data">; html_data.c describes it.
 */
#ifndef DIOSCOPE_HTML_H
#define DIOSCOPE_HTML_H

#include <stdio.h>

#include "reports/model/outcome.h"
#include "reports/model/set.h"
#include "reports/text/totals.h"

/* Writes beyond the first so many are in the totals but not in the table, and the page says so. */
#define HTML_MAX_WRITES 20000

struct html_input {
	const char *title; /* "dioscope report: t.dio" */
	/* Either one trace ... */
	const struct write_set *trace;
	const struct totals *totals; /* of all that was streamed of it (totals_load()); NULL: it holds all */
	/* ... or the workloads of a verify run; @trace is then NULL. */
	const struct outcome *outcomes;
	size_t nr;
	size_t max_writes; /* 0: HTML_MAX_WRITES */
};

/* 0, -ENOMEM, or -EIO when @out could not take it all. */
int html_report(FILE *out, const struct html_input *in);

#endif
