/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two runs side by side, and conditions on them: what report A B, diff --summary A B and report --fail-if share.
 */
#ifndef DIOSCOPE_COMPARE_RUNS_H
#define DIOSCOPE_COMPARE_RUNS_H

#include "reports/model/fail_if.h"
#include "user/cmd/command.h"

#define FAIL_IF_MAX 32

struct conditions {
	struct fail_if list[FAIL_IF_MAX];
	size_t nr;
	const char *junit, *markdown; /* NULL: not wanted */
};

/* Rows of the options of such a verb, in this order, and the taking of one: 0 or -EINVAL with a sentence. */
enum {
	CONDITION_FAIL_IF,
	CONDITION_JUNIT,
	CONDITION_MARKDOWN,
	NR_CONDITION_OPTIONS
};
#define CONDITION_OPTIONS(first)                                                                                       \
	[(first) + CONDITION_FAIL_IF] = {"fail-if", 0, "CONDITION",                                                    \
					 "exit 1 if it holds: 'p99>10ms', 'exclusive>0', 'p99>+10%' of A"},            \
		   [(first) + CONDITION_JUNIT] = {"junit", 0, "FILE", "write the conditions as JUnit XML"},            \
		   [(first) + CONDITION_MARKDOWN] = {"markdown", 0, "FILE", "write them as Markdown"}
int conditions_take(struct conditions *c, int option, const char *value, struct errmsg *err);

/* Whether they make sense for these traces (@a may be NULL), and can be written: an exit code, with a sentence. */
int conditions_check(const struct conditions *c, const struct command *cmd, const char *a, const char *b);

struct compare_job {
	const struct command *cmd;
	const char *a, *b; /* @a NULL: conditions on one run, and nothing is shown of it */
	const struct selection *sel;
	const struct conditions *conditions;
	bool quiet;
};

/* Whether they did the same, and can be read once more: then they are compared write by write, too. */
bool compare_can_match(const struct compare_job *job, const struct run *a, const struct run *b);
/* The conditions of @job on these (@a may be NULL), printed and written: an exit code. */
int conditions_try(const struct compare_job *job, const struct run *a, const struct run *b);

/* An exit code: EXIT_DIFFERENT when a condition holds, EXIT_UNOBSERVED when none does, but one might if all were known.
 */
int compare_runs(const struct compare_job *job);

#endif
