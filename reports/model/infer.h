/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from what was observed. infer_write() does two things to each record of a trace that is loaded:
 *
 *  - a fact whose decision the write never came to is marked HOW_NOT_REACHED: the reference marks its records by the
 * same conventions;
 *  - a fact that is unknown, and follows from others, is filled in and marked HOW_INFERRED.
 *
 * Nothing here overrides an observation, except where the hook that made it cannot have seen it (REQ_FUA below
 * submit_bio_noacct on a device without a write cache).
 */
#ifndef DIOSCOPE_INFER_H
#define DIOSCOPE_INFER_H

#include "reports/model/set.h"
#include "user/base/meta.h"

void infer_write(struct write *w, const struct meta *header);

/* What is applied to all records of a trace, by its header. */
struct infer_rules {
	bool live;     /* recorded from a kernel: what was not seen may follow */
	bool stripped; /* of a device without a cache: its bios are seen when they have lost their flags */
};
struct infer_rules infer_rules_of(const struct meta *header);

#define INFER_RULES_MAX 24

/* What was done to one write, for others of which the same is true: write_class.h. */
struct inference {
	uint8_t nr, rules[INFER_RULES_MAX]; /* that filled in what is not the same of all these, in their order */
	uint8_t filled[FACTS_MAX];	    /* how facts were known after the last rule, */
	uint8_t how[FACTS_MAX];		    /* and in the end */
};

void infer_first(struct write *w, const struct infer_rules *of, struct inference *made);
/* To a write in which what is the same of all these is as it is after infer_first(). */
void infer_again(struct write *w, const struct inference *made);

/* Was the position at which the direct part ended mapped? Then it was not a hole that ended it. */
bool write_stopped_inside_a_round(const struct write *w);
/* Is there a rule by which @fact follows from others? */
bool infer_has_rule(enum write_fact fact);

#endif
