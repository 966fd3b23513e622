/* SPDX-License-Identifier: GPL-2.0-only */
/* Which differences between two writes are none. For diff.c alone. */
#ifndef DIOSCOPE_DIFF_ALLOWED_H
#define DIOSCOPE_DIFF_ALLOWED_H

#include "reports/model/diff.h"

/* How the mapping rounds of the two sides compare. */
enum sameness {
	SAME,
	SAME_BUT_DIRTY, /* equal when the DIRTY flag is ignored */
	NOT_SAME,
	CANNOT_TELL, /* one side did not see them, or lost some */
};

/* Two writes under comparison. */
struct pair {
	struct diff *diff;
	const struct write *a;
	const struct write *b;
	const bool *only; /* by fact: is it compared? NULL: as write_fields[] says */
	enum sameness rounds;
	bool fua_differs; /* said as a fact: the data bios need not say it again */
	bool zero_differs;
};

/* a was recorded of a workload on a mount of verify's own, and b is the reference's: only a has a background. */
bool diff_is_verified(const struct pair *p);
bool diff_both_know(const struct pair *p, enum write_fact fact);
/* Of values that differ; @rule is replaced where the fact has an envelope. Every COMPARE_ENVELOPE fact has one. */
enum verdict diff_allows(const struct pair *p, enum write_fact fact, const char **rule);
/* Of a decision that only one side came to. */
enum verdict diff_allows_unreached(const struct pair *p, enum write_fact fact, const char **rule);

#endif
