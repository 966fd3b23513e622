/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace of a recording, in one file, or in two that are written in turns: a flight recorder. When a segment is full
 * it gets its trailer, and the other file is begun anew. Each is a trace of its own: it has the header, with the number
 * of the segment, and says again what the files are called that are written to. So the two together always hold at
 * least one full segment, and each can be read at any time.
 *
 * Two open files instead of one that is renamed: a recorder that gave up its privileges may not be able to rename.
 */
#ifndef DIOSCOPE_SEGMENTS_H
#define DIOSCOPE_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/base/meta.h"
#include "user/base/util.h"

struct turns {
	int other;	/* the second file, which stays the caller's */
	uint64_t bytes; /* a segment is full when it has so many; 0: any */
	uint64_t ns;	/* or is so old; 0: any */
};

struct segments;

/* @fd is taken over unless this fails. @turns: NULL for one file that grows. */
int segments_open(struct segments **out, int fd, const struct turns *turns, const struct meta *header,
		  struct errmsg *err);
int segments_append(struct segments *s, const void *record, size_t len, struct errmsg *err);
/* trace_writer_flush_due() */
int segments_flush_due(struct segments *s, struct errmsg *err);
/* A trace without records, which the other file is until it is its turn. @fd stays the caller's. */
int segments_write_empty(int fd, struct errmsg *err);
/* Is the segment full? */
bool segments_due(const struct segments *s);
/* End it with @trailer, and begin the next. */
int segments_turn(struct segments *s, const struct meta *trailer, struct errmsg *err);
/* The number of the segment that is written, 1 the first; when it began, CLOCK_MONOTONIC; its bytes in the file. */
unsigned int segments_nr(const struct segments *s);
uint64_t segments_began_ns(const struct segments *s);
uint64_t segments_bytes(const struct segments *s);
/* Freed also when this fails. */
int segments_close(struct segments *s, const struct meta *trailer, struct errmsg *err);
/* Without a trailer. NULL is fine. */
void segments_free(struct segments *s);

#endif
