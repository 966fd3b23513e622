/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two traces compared as their sets would be (diff.h), in memory that does not grow with them. They are read twice: how
 * many writes of which operations and files each has tells at once which writes have no like on the other side; then
 * both in step, where a write waits until its like comes. All that waits takes at most DIFF_WAITING_BYTES, which is
 * some 80,000 writes. Findings are all counted; of those that views list one by one the first DIFF_FINDINGS are kept.
 *
 * Traces that cannot be compared so are loaded instead: of which writes wait for longer, or came too late for the
 * order of entry (stream.h), and what can be read only once.
 */
#ifndef DIOSCOPE_DIFF_TRACES_H
#define DIOSCOPE_DIFF_TRACES_H

#include "reports/model/diff.h"

#define DIFF_WAITING_BYTES (48u << 20)
#define DIFF_FINDINGS	   10000 /* of each verdict */

struct diff_limits {
	/* Also keep what is allowed, what is unobservable of whole writes, and each write that only one side has. */
	bool each;
	size_t waiting_bytes;	   /* 0: DIFF_WAITING_BYTES */
	size_t findings;	   /* 0: DIFF_FINDINGS */
	struct progress *progress; /* of four passes: each trace is read twice; NULL: nobody is told */
};

struct diff_traces {
	struct write_set a, b; /* what the traces say of themselves, with the writes where they were loaded */
	struct diff diff;
	const char *loaded; /* why they were loaded; NULL: they were not */
};

/* 0, or -errno with a sentence; to be released even then. */
int diff_traces(struct diff_traces *d, const char *a, const char *b, const struct diff_limits *limits,
		struct errmsg *err);
void diff_traces_release(struct diff_traces *d);

#endif
