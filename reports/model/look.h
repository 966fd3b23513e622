/* SPDX-License-Identifier: GPL-2.0-only */
/* What several totals ask of a write, asked once. */
#ifndef DIOSCOPE_LOOK_H
#define DIOSCOPE_LOOK_H

#include "reports/model/times.h"
#include "reports/model/why.h"

struct look {
	const struct write *write;
	const struct write_class
		*class; /* all that is decided of the write is as it is of its class; NULL: it is not */
	bool timed;	/* how long it took is known: these are */
	uint64_t latency_ns;
	unsigned int bucket; /* of it, in a histogram */
	uint64_t ns[NR_TIME_ROWS];
	uint32_t rows;	     /* that are not zero, as a mask */
	const bool *holds;   /* write_whys(): of the class, or its own */
	const uint8_t *whys; /* the same as a list in their order, which NR_WHYS ends */
	bool own[NR_WHYS];
	uint8_t own_whys[NR_WHYS + 1];
};

/* @write must outlive @look, which does not move. */
void look_at(struct look *look, const struct write *write);
/* The first that holds from @from on, and before @end; NR_WHYS: none does. */
enum why look_next_why(const struct look *look, int from, int end);
/* The first of @group that holds; NR_WHYS: none does. */
enum why look_first_why(const struct look *look, enum why_group group);

#endif
