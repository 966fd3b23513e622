/* SPDX-License-Identifier: GPL-2.0-only */
/* What was checked and what came of it, for CI: JUnit XML, and Markdown for a job's summary. */
#ifndef DIOSCOPE_CHECKS_H
#define DIOSCOPE_CHECKS_H

#include <stdio.h>

#include "reports/model/outcome.h"

struct check_row {
	const char *name; /* "p99>+10%" */
	enum outcome_result result;
	const char *text; /* what was seen, one sentence */
};

struct check_list {
	const char *title; /* "dioscope report, before.trace and after.trace" */
	const struct check_row *rows;
	size_t nr;
};

/* 0, or -EIO when @out could not take it all; so below. */
int checks_junit(FILE *out, const struct check_list *list);
int checks_markdown(FILE *out, const struct check_list *list);
/* Workloads or traces, as junit_report() has them, as a table of Markdown and a list of what differs. 0, -EIO or
 * -ENOMEM. */
int markdown_report(FILE *out, const char *title, const struct outcome *outcomes, size_t nr);

#endif
