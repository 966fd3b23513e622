/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line a write, as it comes: the columns of ext4slower, then the decisions. Where a record comes from, a ring
 * buffer or a trace file, makes no difference here.
 *
 * '?' unknown with these hooks; '-' nothing of it, or the write did not come so far; '~' before what was inferred,
 * unless it says that nothing happened.
 */
#ifndef DIOSCOPE_LIVE_H
#define DIOSCOPE_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "reports/model/set.h"

/* The time of day at a moment of the records' clock. */
struct live_clock {
	bool known;
	uint64_t at_ns;	     /* CLOCK_MONOTONIC */
	unsigned int second; /* of the day */
};

/* The clock of the machine that recorded, as its trace's header has it; not known when it has none. */
void live_clock_init(struct live_clock *clock, const struct meta *header);

/* Take the header of the trace that the records come from. -EINVAL: they are not of this program's version. */
int live_take_header(struct write_set *one, const struct meta *header, struct errmsg *err);
/*
 * Take one record: 1 and @one's only write, with what follows from its facts by @one's header; 0 when the record is no
 * write but a part of one, or says what a file is called; -EINVAL when it is not what it says. The steps are those in
 * the record itself.
 */
int live_take(struct write_set *one, const void *record, size_t len, struct errmsg *err);

/* @colour: with the escapes of a terminal, for what words say, too. */
void live_print_header(FILE *out, bool colour);
/* @set knows what files are called: that of live_take(), or NULL. */
void live_print(FILE *out, const struct write_set *set, const struct write *w, const struct live_clock *clock,
		bool colour);
/* What the columns' letters and words mean, for the help. */
extern const char live_legend[];

#endif
