/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Result files: whole or not at all. What is written takes the name at the end; until then it
 * has none, or a temporary one where the file system has no nameless files.
 */
#ifndef DIOSCOPE_OUTPUT_H
#define DIOSCOPE_OUTPUT_H

#include <stdio.h>

#include "user/util.h"

struct output {
	FILE *file;
	const char *path; /* NULL or "-": stdout */
	char *temporary;  /* its name until it has its own; NULL: it has none, or is written in place */
	bool nameless;	  /* O_TMPFILE: gone if we are killed */
};

/* @path must outlive @out. */
int output_open(struct output *out, const char *path, struct errmsg *err);
/* Flush and rename. On failure the temporary is gone, and so it is on output_discard(). */
int output_commit(struct output *out, struct errmsg *err);
/* Whether @path names the file @input, which then would be replaced by what is made of it. */
bool output_is_input(const char *path, const char *input);
void output_discard(struct output *out);

#endif
