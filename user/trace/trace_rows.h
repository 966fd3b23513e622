/* SPDX-License-Identifier: GPL-2.0-only */
/* Planes of bytes to words: records are made one after the other, but planes are turned into rows some at a time. */
#ifndef DIOSCOPE_TRACE_ROWS_H
#define DIOSCOPE_TRACE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#define ROWS_AT_HAND 32 /* a multiple of 16 */

/* One column in the stream: where the plane of each byte of its word is; NULL: all are zero. */
struct column {
	const uint8_t *planes[8];
};

static inline bool column_has_planes(const struct column *c)
{
	for (int byte = 0; byte < 8; byte++)
		if (c->planes[byte])
			return true;
	return false;
}

/* The words of @c in the rows from @at on, as many as there are of @nr in all and at hand. */
void column_cells(const struct column *c, uint32_t at, uint32_t nr, uint64_t cells[ROWS_AT_HAND]);

#endif
