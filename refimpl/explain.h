/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a recorded write does not follow from the rules: which rule, had it another value, would let it. Where the rules
 * of the kernel that recorded it explain it, each finding falls to the row in which the two differ that makes it go
 * away; otherwise every value of every row is tried, then the rules of every profile.
 */
#ifndef DIOSCOPE_EXPLAIN_H
#define DIOSCOPE_EXPLAIN_H

#include "refimpl/path/rule_rows.h"
#include "refimpl/replay.h"

/* What falls to one rule, to a profile, or to none. */
struct explained {
	const struct ref_rule_row *row; /* NULL: no single rule explains it, */
	unsigned int value;		/* else: what the live kernel does by it */
	const struct ref_rules *as;	/* no row: the profile that explains it; NULL: none */
	int fact;			/* neither: enum write_fact of the first, or -1 */
	bool facts[NR_FACTS];		/* its findings, by fact; */
	bool steps;			/* and those about rounds, data and zero-outs */
};

#define EXPLAINED_MAX 24

struct explanation {
	struct explained parts[EXPLAINED_MAX];
	size_t nr;
};

/* @live replayed with @rules has findings; @recorded: the rules of its own kernel. 0 or -ENOMEM. */
int explain_write(struct explanation *e, const struct write *live, const struct ref_rules *rules,
		  const struct ref_rules *recorded);
/* Is @f, of that replay, one of these? */
bool explained_has(const struct explained *part, const struct finding *f);

#endif
