/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace in plain sentences: what the kernel did with a write, why (the reason, the function that decides, the rule
 * and the kernels that have it), what it cost, what would change it, and what is not known. The words are those of
 * write_fields[], why_rows[] and ref_rule_rows[]; a sentence that rests on an inferred fact says so, and what is
 * unknown is never said of, but listed.
 */
#ifndef DIOSCOPE_TELL_H
#define DIOSCOPE_TELL_H

#include <stdio.h>

#include "reports/model/select.h"
#include "reports/model/why.h"
#include "user/base/progress.h"

#define TELL_REASONS_MAX 4 /* groups may have a reason of one name */

/* What is asked for, of a trace. */
struct tell {
	const char *path;
	const struct selection *sel;
	uint64_t id; /* of a write; 0: of all */
	enum why reasons[TELL_REASONS_MAX];
	size_t nr_reasons; /* 0: of all that hold */
	struct progress *progress;
};

/* The reasons of this key of why_rows[], at most TELL_REASONS_MAX; how many. */
size_t tell_find_reasons(const char *key, enum why reasons[TELL_REASONS_MAX]);
/* 0, -ENOENT when there is no such write, or -errno; each with a sentence. */
int tell_trace(FILE *out, const struct tell *tell, struct errmsg *err);

#endif
