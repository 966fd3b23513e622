/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One recorded write through the decision code again, without an image: its facts are the environment
 * (env/env_trace.h), the decisions must follow from them.
 *
 * What decisions depend on and a record does not tell is one row of replay_unknowns[] each. Of two kinds: what is
 * simply not known is tried in all its values, and a decision that is not the same in all of them is not checked; what
 * was observed at one moment and may have moved until the decision fell is taken as observed, and only where that does
 * not fit as what it may have become. A write is a finding when nothing that it leaves open makes its decisions follow.
 */
#ifndef DIOSCOPE_REPLAY_H
#define DIOSCOPE_REPLAY_H

#include "refimpl/path/rules.h"
#include "reports/model/diff.h"
#include "reports/model/set.h"

/* What of a write may not be known, for people; NULL behind the last row. */
#define REPLAY_UNKNOWNS_MAX 32
const char *replay_unknown_name(size_t row);

/* Facts that are decided on the path; all others are the environment's. */
bool replay_decides(enum write_fact fact);
/* Why @live cannot be replayed, a few words; NULL: it can. */
const char *replay_refuses(const struct write *live);

struct replay {
	struct write write;    /* as the reference decides, its facts and steps */
	bool beyond;	       /* it went on where the live write ended: nothing was observed of that */
	struct diff diff;      /* of the live write against it; findings point into both */
	size_t compared;       /* decisions that were compared and do not depend on what is not known */
	size_t inferred;       /* of these, those that the live side has from a rule of infer.c */
	size_t unreached;      /* and those that it did not come to: neither did the replay, or it is a finding */
	bool varies[NR_FACTS]; /* not the same for all that the unknown may be */
	uint32_t vague[REPLAY_UNKNOWNS_MAX]; /* facts that are not checked because of it, by row */
};

/*
 * @live, which replay_refuses() does not refuse, as the kernel of @rules decides; @recorded: the rules of the kernel
 * that recorded it, by which its rounds are read. 0 or -ENOMEM. @out needs no initialization and is to be released.
 */
int replay_write(struct replay *out, const struct write *live, const struct ref_rules *rules,
		 const struct ref_rules *recorded);
/*
 * @live as its own kernel decides, in @base, and as that of @rules does under all the same, in @other, whose diff is
 * empty: what io_uring would repeat in a worker is repeated. other->varies: what cannot be said. To be released both.
 */
int replay_other(struct replay *base, struct replay *other, const struct write *live, const struct ref_rules *rules,
		 const struct ref_rules *recorded);
/* Does @live, recorded on the kernel of @rules, follow from them? 1, 0 (also where it cannot be replayed) or -ENOMEM.
 */
int replay_follows(const struct write *live, const struct ref_rules *rules);
void replay_release(struct replay *r);

#endif
