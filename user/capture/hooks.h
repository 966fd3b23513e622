/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook table: for each point of the path the candidates by which it can be observed, best first, and what the
 * running kernel offers of them. Every point is chosen on its own, but for one thing: where no function hook sees a
 * write enter and return, all points take their tracepoints, because a write then begins and ends at other moments.
 *
 * What the kernel offers is known for certain only when it has loaded and attached it. So capture.c asks for a plan,
 * tries it, reports each program that was refused, and gets a plan without it.
 */
#ifndef DIOSCOPE_HOOKS_H
#define DIOSCOPE_HOOKS_H

#include <stdbool.h>

#include "bpf/settings.h"
#include "bpf/write_record.h"
#include "user/base/meta.h"
#include "user/base/util.h"

enum hook_kind {
	HOOK_FTRACE,	 /* fentry/fexit of a kernel function */
	HOOK_KPROBE,	 /* kprobe/kretprobe of one */
	HOOK_TRACEPOINT, /* raw tracepoint, with types or without */
	NR_HOOK_KINDS,
};

/* Ends a list of facts. */
#define NO_FACT NR_FACTS

#define CANDIDATES_MAX 5

struct hook_candidate {
	const char *progs[6]; /* NULL terminated; a program is named after its kind and its target */
	const char *needs;    /* only where BTF has this tracepoint, too; NULL: no matter */
	bool needs_enter;     /* only where a function hook sees the write enter */
	/* Lists of facts, each ended by NO_FACT; NULL: none. */
	const enum write_fact *zero;   /* zero is true when the hooks stay silent: observed from the start */
	const enum write_fact *infers; /* the same, but inferred */
	const enum write_fact *gives;  /* observed when they fire */
	const enum write_fact *tells;  /* inferred from what they see */
};

struct hook_point {
	const char *name;
	bool required; /* without it there is no record */
	bool tallied;  /* --aggregate hooks it, too */
	bool blind;    /* of use only where writes are not seen to return */
	struct hook_candidate candidates[CANDIDATES_MAX];
};

extern const struct hook_point hook_points[];
extern const unsigned int nr_hook_points;

#define HOOK_POINTS_MAX 32
#define HOOK_WHY_MAX	112

/* What is against a candidate; a later one weighs more. */
enum hook_refusal {
	REFUSAL_NONE,
	REFUSAL_OTHER_TIER, /* --tier asks for others */
	REFUSAL_ABSENT,	    /* the kernel does not have it */
	REFUSAL_BY_KERNEL,  /* it has, and does not allow it */
};

struct hook_choice {
	const struct hook_candidate *taken; /* NULL: this point cannot be observed here */
	enum hook_refusal refusals[CANDIDATES_MAX];
	char why[CANDIDATES_MAX][HOOK_WHY_MAX]; /* why each candidate is not available; "": it is */
};

enum hook_tier {
	TIER_BEST,
	TIER_FENTRY,
	TIER_KPROBE,
	TIER_TRACEPOINT,
};

struct hook_options {
	enum hook_tier tier;
	bool aggregate;	 /* only the points that a tally needs */
	bool no_syscalls; /* none that every system call of the machine comes to */
	const char *btf; /* judge this BTF file and not the running kernel; NULL: the running kernel */
};

struct hook_plan {
	struct hook_choice choices[HOOK_POINTS_MAX]; /* by index in hook_points[] */
	struct hook_options options;
	const char *tier;	  /* of the entry: "fentry", "kprobe" or "tracepoint" */
	struct settings settings; /* what is known of the kernel: has_*, fn_* and others */
};

/* Is this point of hook_points[] of any use with the plan's options and tier? */
bool hooks_need_point(const struct hook_plan *plan, unsigned int i);

/* How a fact is known with these hooks, where the write gets to it. */
enum how hooks_fact_how(const struct hook_plan *plan, enum write_fact fact);

/* The same where every hook of the table can be had. */
enum how hooks_best_how(enum write_fact fact);

#define HOOK_TIER_NAMES "fentry, kprobe or tracepoint"
/* -EINVAL for anything else. */
int hook_tier_parse(const char *name, enum hook_tier *tier);

enum hook_kind hook_kind(const struct hook_candidate *c);
enum hook_kind hook_program_kind(const char *prog);
/* The function or tracepoint. */
const char *hook_program_target(const char *prog);
/* The reason why no candidate of @kind (NR_HOOK_KINDS: of any) was taken for @point. */
const char *hook_why_not(const struct hook_point *point, const struct hook_choice *choice, enum hook_kind kind);
/* "fexit_iomap_iter" as "fexit:iomap_iter". */
void hook_program_format(const char *prog, char *buf, size_t size);

/*
 * Ask the running kernel. -ENOENT without BTF, -ENODEV without ext4, -ENOSYS when a required point has no candidate,
 * -EPERM when kallsyms shows nothing (all are "could not observe"); -errno else.
 */
int hooks_plan(struct hook_plan *plan, const struct hook_options *options, struct errmsg *err);
/*
 * The kernel refused @prog (a name of the table) with @error, a negative errno, while it was to be @verb ("loaded" or
 * "attached"): plan without it, or, where it may be no such program at all, without its kind. -ENOSYS when nothing is
 * left for a required point.
 */
int hooks_refuse(struct hook_plan *plan, const char *prog, const char *verb, int error, struct errmsg *err);

/* One line a point, "hook.<point>" = "fentry:f,fexit:f" or "none: why", for the trace's header. */
int hooks_describe(const struct hook_plan *plan, struct meta *header);
/* The how[] that a write begins with. */
void hooks_fresh_how(const struct hook_plan *plan, unsigned char how[FACTS_MAX]);

#endif
