/* SPDX-License-Identifier: GPL-2.0-only */
/* Result files: whole or not at all. What is written goes to a temporary beside them and takes the name at the end. */
#ifndef DIOSCOPE_OUTPUT_H
#define DIOSCOPE_OUTPUT_H

#include <stdio.h>

#include "user/util.h"

struct output {
	FILE *file;
	const char *path; /* NULL or "-": stdout */
	char *temporary;
};

/* @path must outlive @out. */
int output_open(struct output *out, const char *path, struct errmsg *err);
/* Flush and rename. On failure the temporary is gone, and so it is on output_discard(). */
int output_commit(struct output *out, struct errmsg *err);
void output_discard(struct output *out);

#endif
