/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes of one process to one file: there are many of each, so that what is looked up by who or which file it was need
 * be looked up only for the first of them. Who keeps something beside it does so by index.
 */
#ifndef DIOSCOPE_WRITE_WHO_H
#define DIOSCOPE_WRITE_WHO_H

#include "reports/model/set.h"
#include "user/trace/trace_limits.h"

#define WHOS_MAX USUALLY(4096, 16) /* writes of more are looked up one by one */

/* All of one have the same pid, comm, dev, ino, generation and file, known alike. */
struct write_who {
	size_t index; /* 0, 1, ...: the order in which they were first seen */
	bool named;   /* the names of files know it */
};

struct write_whos;

struct write_whos *write_whos_new(void);
void write_whos_free(struct write_whos *whos);
/* NULL: there are too many, or the write was not over, so that what is known of it is a matter of each fact. */
struct write_who *write_whos_find(struct write_whos *whos, const struct write_record *rec);

#endif
