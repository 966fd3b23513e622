/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a verb that reads traces says of it meanwhile, once that has taken two seconds: one line on stderr, where that
 *is a terminal, which is gone in the end.
 *
 *	dioscope export: 38 % (149 of 390 MiB), 402000 writes/s, 12 s left
 *
 * Meanwhile Ctrl-C, SIGTERM and a hang-up end the reading and not the program: what it has written is then whole lines,
 * or nothing. A second one ends the program.
 */
#ifndef DIOSCOPE_PROGRESS_LINE_H
#define DIOSCOPE_PROGRESS_LINE_H

#include <stdbool.h>

#include "user/base/progress.h"

struct progress_line {
	struct progress progress;
	const char *verb;
	bool quiet; /* no line */
	bool shown;
	uint64_t began_ns, said_ns;
};

/* There is one at a time. @bytes: what is to be read, 0 where it is not known. */
void progress_line_begin(struct progress_line *line, const char *verb, uint64_t bytes, bool quiet);
/* Out of the way of what is printed beside it; it comes again. */
void progress_line_wipe(struct progress_line *line);
/* What comes next is ended by signals as ever. 0, or the exit code when one came: 128 and its number. */
int progress_line_end(struct progress_line *line);

/* Bytes of the file; 0 when it is none. */
uint64_t progress_size(const char *path);

/* The option of such a verb. */
#define OPTION_QUIET                                                                                                   \
	{                                                                                                              \
		"quiet", 'q', NULL, "no line on stderr that tells how far it has come"                                 \
	}

#endif
