/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook table: for each point of the path the candidates by which it can be observed, best first, and what this
 * kernel offers of them. Every point is chosen on its own, but for one thing: where no hook sees a write enter and
 * return, all points take their tracepoints, because a write then begins and ends at other moments.
 */
#ifndef DIOSCOPE_HOOKS_H
#define DIOSCOPE_HOOKS_H

#include <stdbool.h>

#include "bpf/settings.h"
#include "bpf/write_record.h"
#include "user/meta.h"
#include "user/util.h"

enum hook_kind {
	HOOK_FTRACE, /* fentry/fexit of a kernel function */
	HOOK_RAW_TP, /* raw tracepoint */
};

/* Ends a list of facts. */
#define NO_FACT NR_FACTS

struct hook_candidate {
	enum hook_kind kind;
	const char *target;   /* the function or tracepoint; with several, the one that has to be there */
	const char *progs[5]; /* programs of probes.bpf.c that it takes, NULL terminated */
	/* Facts of which zero is true when the hooks stay silent: they are observed (or inferred) from the start. */
	enum write_fact observes[8];
	enum write_fact infers[4];
};

struct hook_point {
	const char *name;
	bool required; /* without it there is no record */
	struct hook_candidate candidates[3];
};

extern const struct hook_point hook_points[];
extern const unsigned int nr_hook_points;

struct hook_choice {
	const struct hook_candidate *taken; /* NULL: this point cannot be observed here */
	char refused[160];		    /* why the better ones were refused; "" when the first was taken */
};

struct hook_plan {
	struct hook_choice choices[32]; /* by index in hook_points[] */
	const char *tier;		/* "fentry" or "tracepoint" */
	struct settings settings;	/* has_*, fn_* filled */
};

enum hook_tier {
	TIER_BEST,
	TIER_FENTRY,
	TIER_TRACEPOINT,
};

/* "fentry" or "tracepoint"; -EINVAL for anything else. */
int hook_tier_parse(const char *name, enum hook_tier *tier);
/*
 * Ask the running kernel. -EPERM without the capabilities, -ENOENT without BTF, -ENOSYS when a required point has no
 * candidate (all three are "could not observe"); -errno else.
 */
int hooks_plan(struct hook_plan *plan, enum hook_tier tier, struct errmsg *err);
/* One line a point, "hook.<point>" = "fexit:iomap_iter" or "none: why", for the trace's header. */
int hooks_describe(const struct hook_plan *plan, struct meta *header);
/* The how[] that a write begins with. */
void hooks_fresh_how(const struct hook_plan *plan, unsigned char how[FACTS_MAX]);

#endif
