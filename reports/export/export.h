/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The formats of dioscope export: one row each. All of them are made in one pass over the writes that are selected
 * (walk.h), from write_fields[], why_rows[] and the rows of time.
 */
#ifndef DIOSCOPE_EXPORT_H
#define DIOSCOPE_EXPORT_H

#include <stdio.h>

#include "reports/model/walk.h"

struct export_job {
	FILE *out;
	const char *path;
	const struct selection *sel;
	struct progress *progress;
	struct walk_counts counts; /* when it is done */
	bool whole; /* set_is_whole() of the trace: formats that have no place for that leave it to who asked */
};

struct export_format {
	const char *name;
	/* 0 or -errno with a sentence; what @out took is told by ferror(). */
	int (*run)(struct export_job *job, struct errmsg *err);
	bool says_whole; /* in itself */
	bool is_binary;
};

/* Ended by a NULL name; the first is the default. */
extern const struct export_format export_formats[];
/* NULL: there is none of this name. */
const struct export_format *export_format_find(const char *name);
#define EXPORT_FORMAT_NAMES "json, csv, sqlite, perfetto or folded"

/* export_csv.c, export_sqlite.c, export_perfetto.c, export_folded.c; JSON has a header of its own */
int export_csv(struct export_job *job, struct errmsg *err);
int export_sqlite(struct export_job *job, struct errmsg *err);
int export_perfetto(struct export_job *job, struct errmsg *err);
int export_folded(struct export_job *job, struct errmsg *err);

#endif
