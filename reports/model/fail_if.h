/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conditions on a run, or on a run beside another, under which a CI job fails: NAME, a comparison, a value.
 *
 *	exclusive>0		a count: of a decision, or of a reason by its key in why_rows[]
 *	fallback>=5%		of all writes
 *	p99>10ms		a quantile of the whole write: p50 p90 p99 p99.9 max; mean
 *	sync:p99>10ms		of a row of time, by its name ("lock" is the wait for it)
 *	p99>+10%		against A: that much more, relative to it
 *	exclusive>+1%		of a share: percentage points more
 *	lost>0, writes<1000	records that were lost, writes that are there
 *
 * A quantile that is compared with that of A does not fail while what it differs by is no more than noise (compare.h);
 *where there are too few writes to tell, it does.
 */
#ifndef DIOSCOPE_FAIL_IF_H
#define DIOSCOPE_FAIL_IF_H

#include "reports/model/compare.h"

struct fail_if {
	const char *text; /* as it was given */
	enum {
		FAIL_COUNT,
		FAIL_TIME,
		FAIL_MEAN,
		FAIL_LOST,
		FAIL_WRITES
	} kind;
	bool counts[NR_COUNTS]; /* FAIL_COUNT: that are added up */
	unsigned int row;	/* FAIL_TIME, FAIL_MEAN: of run.times */
	enum quantile quantile;
	bool below, or_equal; /* '<'; "<=" or ">=" */
	bool against_a;	      /* the value has a sign */
	bool percent;
	double value; /* ns, a number, or percent */
};

struct fail_result {
	bool failed;
	bool unknown;	/* it does not hold as far as is known, and might if all were */
	char text[320]; /* what was seen */
};

/* @text must outlive it. -EINVAL with a sentence. */
int fail_if_parse(const char *text, struct fail_if *f, struct errmsg *err);
/* @a is NULL where there is one run alone; not for a condition against A. 0 or -ENOMEM. */
int fail_if_try(const struct fail_if *f, const struct run *a, const struct run *b, struct fail_result *result);

#endif
