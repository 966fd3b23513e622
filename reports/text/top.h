/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the time goes, while it goes: writes counted by file and by what made them slow. Every write is in one row; a
 * row's times are kept to about 3 %, its maximum exactly, and rows beyond a bound are one row, so that the memory
 * needed does not grow with the time it runs.
 */
#ifndef DIOSCOPE_TOP_H
#define DIOSCOPE_TOP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "reports/model/set.h"

struct top;

/* NULL when memory is out. */
struct top *top_new(void);
/* NULL is fine. */
void top_free(struct top *top);
/* 0 or -ENOMEM. @names (may be NULL) knows what the file is called, and outlives @top. */
int top_add(struct top *top, struct file_names *names, const struct write *w);
/* Writes that were added, and the bytes that they wrote. */
void top_sum(const struct top *top, size_t *writes, uint64_t *bytes);

/* The line above the table. */
struct top_status {
	const char *what; /* is watched: any text */
	const char *keys; /* what the keyboard does; NULL: nothing */
	uint64_t elapsed_ns;
	double writes_per_s, bytes_per_s;
	uint64_t lost;
	bool lost_known;	      /* else it is said that it is not */
	uint64_t cost_ns, cost_of_ns; /* the probes' time in the moments when it was taken; of 0: not known */
};

struct top_screen {
	struct top_status status;
	unsigned int columns; /* nothing is wider; 0: as wide as it wants to be */
	unsigned int lines;   /* in all; 0: as many as there are */
	char order;	      /* the key of a column: most of it first; 0: time */
	bool colour;
};

#define TOP_ORDERS "wbtldpm" /* writes, bytes, time, waits for the lock, drained, p99, maximum */

/* The status, the totals, then the rows, in that order. */
void top_print(FILE *out, const struct top *top, const struct top_screen *screen);
/* How a write is called there: "exclusive: extends the file; commit: extended the file". */
const char *top_reason(const struct write *w, char *buf, size_t size);

#endif
