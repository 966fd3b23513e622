/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of one workload, for the views that show many: HTML, JUnit. Nothing here is owned. */
#ifndef DIOSCOPE_OUTCOME_H
#define DIOSCOPE_OUTCOME_H

#include "reports/model/diff.h"
#include "reports/model/set.h"

struct outcome {
	const char *id;	   /* "S08" */
	const char *title; /* may be NULL */
	const struct write_set *live;
	const struct write_set *reference;
	const struct diff *diff;   /* of live against reference; NULL when there is none */
	const char *not_observed;  /* what could not be observed, one sentence; then the three above may be NULL */
	const char *trouble;	   /* what went wrong, one sentence; likewise */
	const char *profile, *fit; /* whose rules, and why; NULL: the header of @reference says it */
	double seconds;		   /* how long it took */
};

/* The worst of what can be said of it: a difference that was seen is one, whatever else was not. */
enum outcome_result {
	OUTCOME_SAME,
	OUTCOME_NOT_OBSERVED,
	OUTCOME_DIFFERENT,
	OUTCOME_TROUBLE,
	NR_OUTCOMES,
};

enum outcome_result outcome_result(const struct outcome *o);
/* EXIT_* of util.h: what a verb that came to it, at the worst, exits with. */
int outcome_exit_code(enum outcome_result result);
size_t outcome_differences(const struct outcome *o);

#endif
