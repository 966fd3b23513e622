/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is found of writes that were paired, whoever pairs them. For diff_sets.c, diff_traces.c and
 * refimpl/replay.c.
 */
#ifndef DIOSCOPE_DIFF_PAIRS_H
#define DIOSCOPE_DIFF_PAIRS_H

#include "reports/model/diff.h"

/* Before the first pair: whose the two sides are, by their headers. */
void diff_sides(struct diff *diff, const struct meta *a, const struct meta *b);
/* Compare two writes. 0 or -ENOMEM, here and below. */
int diff_pair(struct diff *diff, const struct write *a, const struct write *b);
/* The same, but of the facts only those of @only, by fact: what a replay decides, not what it was given. */
int diff_decisions(struct diff *diff, const struct write *a, const struct write *b, const bool *only);
/* One of @a and @b is NULL; @missing is the set, or the frame of the stream, that lacks the write. */
int diff_lonely(struct diff *diff, const struct write *a, const struct write *b, const struct write_set *missing);

#endif
