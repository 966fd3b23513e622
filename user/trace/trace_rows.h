/* SPDX-License-Identifier: GPL-2.0-only */
/* Planes of bytes to words: records are made one after the other, but planes are turned into rows some at a time. */
#ifndef DIOSCOPE_TRACE_ROWS_H
#define DIOSCOPE_TRACE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#define ROWS_AT_HAND 32 /* a multiple of 16 */

/* One column in the stream: which bytes of its word have a plane, as a mask, and where; NULL: all are zero. */
struct column {
	const uint8_t *planes[8];
	uint8_t there;
};

/* The words of @c in the rows from @at on, as many as there are of @nr in all and at hand. */
void column_cells(const struct column *c, uint32_t at, uint32_t nr, uint64_t cells[ROWS_AT_HAND]);

#endif
