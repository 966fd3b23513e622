/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between replay_facts.c (which facts are decided, which writes can be replayed), replay_unknown.c (what a record
 * leaves open) and replay.c (the search for what makes the decisions follow).
 */
#ifndef DIOSCOPE_REPLAY_IMPL_H
#define DIOSCOPE_REPLAY_IMPL_H

#include "refimpl/env/env_trace.h"
#include "refimpl/replay.h"
#include "reports/model/fields.h"

/* --- replay_facts.c --- */

extern const enum write_fact replay_decided[]; /* ended by NR_FACTS */

static inline bool live_knows(const struct write *live, enum write_fact fact)
{
	return field_known(&live->rec, fact);
}

static inline bool live_is(const struct write *live, enum write_fact fact, int64_t value)
{
	return live_knows(live, fact) && field_value(&live->rec, fact) == value;
}

static inline bool live_came_to_iomap(const struct write *live)
{
	return live->rec.stage_ns[STAGE_IOMAP] || live_knows(live, FACT_OPS);
}

/* --- replay_unknown.c --- */

/* A write, the rules that decide, and those by which it was recorded. */
struct asking {
	const struct write *live;
	const struct ref_rules *rules;
	const struct ref_rules *recorded;
};

struct unknown {
	const char *what;
	/* Into how many values beyond the first it may fall, 0: it is known. */
	unsigned int (*open)(const struct asking *a);
	/* Value @k, from 1. */
	void (*apply)(struct trace_given *g, const struct asking *a, unsigned int k);
	bool moves;			/* it was observed, at another moment */
	const enum write_fact *excuses; /* decisions that no value tells, ended by NR_FACTS; NULL: none */
};

#define REPLAY_LEN_MAX 0x7ffff000u /* of one write: MAX_RW_COUNT */

#define NR_UNKNOWNS 27
extern const struct unknown replay_unknowns[NR_UNKNOWNS];

/* All as it was observed; of what is unknown the first value. */
void replay_init_given(struct trace_given *g, const struct asking *a);

#endif
