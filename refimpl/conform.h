/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole trace against the rules: every write replayed (replay.h), in one pass and in memory that does not grow with
 * it. What does not follow is grouped by what explains it (explain.h).
 */
#ifndef DIOSCOPE_CONFORM_H
#define DIOSCOPE_CONFORM_H

#include "refimpl/explain.h"

struct conform_group {
	const struct ref_rule_row *row; /* these four as in struct explained */
	unsigned int value;
	const struct ref_rules *as;
	int fact;
	uint64_t writes;
	uint64_t findings;
	uint64_t facts[NR_FACTS]; /* of these, by fact; the rest are about rounds, data and zero-outs */
	/* the first of it */
	uint64_t id; /* of its write in the trace */
	char *subject;
	char *what;
	char *live;
	char *reference;
	const char *sentence; /* what was expected: of the differ */
};

#define CONFORM_REASONS_MAX 64

struct conform {
	struct ref_choice rules;    /* that decide */
	struct ref_choice recorded; /* of the kernel that recorded it, or the nearest */
	char *kernel;		    /* its release, or of a reference "the reference for 6.12" */
	struct write_set frame;	    /* what the trace says about itself */
	uint64_t writes;
	uint64_t replayed;
	uint64_t differing;		     /* writes with a finding */
	uint64_t compared;		     /* facts, */
	uint64_t inferred;		     /* of these by a rule of infer.c */
	uint64_t unreached;		     /* and not reached, */
	uint64_t allowed;		     /* and differing within the envelope */
	uint64_t unseen[NR_FACTS];	     /* not compared: the hooks do not tell */
	uint64_t vague[REPLAY_UNKNOWNS_MAX]; /* not compared: depends on what is not known, by row */
	struct {
		const char *why;
		uint64_t writes;
	} refused[CONFORM_REASONS_MAX]; /* writes that were not replayed, ended by a NULL */
	struct conform_group *groups;	/* those with most writes first */
	size_t nr_groups;
	struct conform_known *known; /* what was explained before */
	size_t nr_known;
};

/*
 * All writes of the trace at @path. @rules.rules NULL: of the kernel that recorded it; -ENOENT where none fits. @c
 * needs no initialization and is empty on error.
 */
int conform_trace(struct conform *c, const char *path, struct ref_choice rules, struct errmsg *err);
void conform_release(struct conform *c);
uint64_t conform_findings(const struct conform *c);
uint64_t conform_unchecked(const struct conform *c);

/* The rules by which a trace with this header was recorded. */
struct ref_choice conform_recorded(const struct meta *header);
/* The kernel, for people: its release, or "the reference for 6.12"; malloc'ed. */
char *conform_kernel(const struct meta *header);

#endif
