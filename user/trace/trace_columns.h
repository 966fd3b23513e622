/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of one block as columns, and back, byte for byte and in their order.
 *
 * Two writes one after the other differ in few of their 66 words, and in those by little: so a word is stored as what
 * it differs from a guess, and the guesses are made of what is known already (trace_shapes.c): the last write to the
 * same file, an earlier word of the same record, the moment before. A column is one word of all records of a shape;
 * it is kept as planes of bytes, the lowest of each word, the next, ... and a plane that is all zero is left out. What
 * never differs from its guess costs a byte in a block.
 *
 * The stream, little endian:
 *
 *	u32 nr		records
 *	u32 nr_steps	steps of them all
 *	u8 shape[nr]	enum record_shape of each
 *	of each shape that has a record but the plain ones: its first record without steps, as it is
 *	of each such shape, and then of the steps if there are any: u8 planes[words], which bytes of each word have a
 *plane of all these, by byte, then by word: the planes, u8[records of that shape] the plain records as they are
 *
 * Any records fit: what is of no shape is plain. Pure: no I/O, no allocation but by columns_new().
 */
#ifndef DIOSCOPE_TRACE_COLUMNS_H
#define DIOSCOPE_TRACE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "user/trace/trace_limits.h"

#define COLUMNS_HEAD_BYTES 8

/* A stream is never longer than this for records of @raw bytes. */
#define COLUMNS_STREAM_MAX(raw) ((raw) + (raw) / 16 + 1024)

struct columns; /* what packing needs for its tables; for blocks of one size, again and again */

/* For blocks of up to @raw_max bytes, at most COLUMNS_RAW_MAX. NULL: no memory. */
struct columns *columns_new(size_t raw_max);
void columns_free(struct columns *c);
/*
 * @raw: whole records one after the other, aligned to 8 bytes, each with the length that its head says, a multiple of
 * 8. @stream has room for COLUMNS_STREAM_MAX(@len). Returns the stream's length.
 */
size_t columns_pack(struct columns *c, const void *raw, size_t len, void *stream);
/*
 * Fill @raw, aligned to 8 bytes, with records of exactly @raw_len bytes. The stream may come from anywhere. NULL, or
 * what is wrong with it, as words after "block 7 at byte 4711".
 */
const char *columns_unpack(const void *stream, size_t len, void *raw, size_t raw_len);

#endif
