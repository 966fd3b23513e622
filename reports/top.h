/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the time goes, while it goes: writes counted by file and by what made them slow. Every write is in one row; a
 * row's times are kept to about 3 %, its maximum exactly, and rows beyond a bound are one row, so that the memory
 * needed does not grow with the time it runs.
 */
#ifndef DIOSCOPE_TOP_H
#define DIOSCOPE_TOP_H

#include <stdio.h>

#include "reports/set.h"

struct top;

/* NULL when memory is out. */
struct top *top_new(void);
/* NULL is fine. */
void top_free(struct top *top);
/* 0 or -ENOMEM. */
int top_add(struct top *top, const struct write *w);
/* The totals, then the rows, those that took most time first; @max lines in all, 0: as many as there are. */
void top_print(FILE *out, const struct top *top, unsigned int max);
/* How a write is called there: "exclusive: extends the file; sync with journal commit". */
const char *top_reason(const struct write_record *rec, char *buf, size_t size);

#endif
