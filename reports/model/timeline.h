/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When writes began and how long they took, as counts in a grid of columns of time and rows of latency, by reason. One
 * pass, in memory that does not grow with the trace: where it goes on beyond the last column, columns are joined in
 * pairs, and all are twice as wide from then on.
 */
#ifndef DIOSCOPE_TIMELINE_H
#define DIOSCOPE_TIMELINE_H

#include "reports/model/look.h"

#define TIMELINE_COLUMNS 256
#define TIMELINE_ROWS	 72 /* two to each power of two; the last has all above */
#define TIMELINE_SHIFT	 14 /* a column has 2^14 ns at first */

struct timeline_grid {
	uint32_t cells[TIMELINE_COLUMNS][TIMELINE_ROWS];
};

struct timeline {
	uint64_t first_ns, last_ns; /* entry of the first write, end of the last; 0: none */
	uint64_t base_ns;	    /* beginning of column 0, modulo 2^64 */
	uint64_t width_ns;	    /* of a column: 1 << shift */
	unsigned int shift;
	uint32_t writes[TIMELINE_COLUMNS];  /* that began there, */
	uint64_t bytes[TIMELINE_COLUMNS];   /* and what these wrote */
	uint64_t highest[TIMELINE_COLUMNS]; /* number of these; 0: none */
	uint64_t lowest;		    /* of all */
	uint64_t elsewhere;		    /* writes of which it is not known when they began */
	struct timeline_grid all;	    /* those of which it is known how long they took */
	struct timeline_grid *of[NR_WHYS];  /* likewise, by reason; NULL: none */
};

struct timeline *timeline_new(void);
void timeline_free(struct timeline *t);
/* In any order. 0 or -ENOMEM. */
int timeline_add(struct timeline *t, const struct look *look);
/* Times of a row begin here. */
uint64_t timeline_row_ns(unsigned int row);
/* Columns up to the last in which a write began. */
unsigned int timeline_columns(const struct timeline *t);

/*
 * Where numbers are missing. The kernel numbers writes as they enter, one by one: a number that no record has, between
 * those of writes that began in two columns, is of a write that began between them. What is missing before the first
 * and behind the last is not seen.
 */
struct timeline_gap {
	unsigned int first, end; /* columns */
	uint64_t missing;
};
/* In order, what touches joined; how many. 0 too when it cannot be told. */
size_t timeline_gaps(const struct timeline *t, struct timeline_gap gaps[TIMELINE_COLUMNS]);

#endif
