/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The framing of a trace: blocks, each a head and a payload, with a checksum and a number. What is in a payload is
 * trace_file.h's business. Not for others than trace_*.c, check and tests.
 */
#ifndef DIOSCOPE_TRACE_BLOCK_H
#define DIOSCOPE_TRACE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "user/trace/trace_limits.h"

#define TRACE_BLOCK_MAGIC 0x4b4c4244u /* "DBLK", little endian */
#define TRACE_VERSION	  2	      /* of this container; the record's version is a header key */
#define TRACE_VERSION_RAW 1	      /* records as they are, no index: still read */

enum trace_block_type {
	TRACE_HEADER = 1,
	TRACE_RECORDS = 2,
	TRACE_TRAILER = 3,
	TRACE_INDEX = 4, /* since version 2 */
};

struct trace_block {
	uint32_t magic;
	uint16_t version;
	uint16_t type; /* enum trace_block_type */
	uint32_t len;  /* of the payload */
	uint32_t crc;  /* crc32 of seq, type, len and the payload */
	uint64_t seq;  /* 0, 1, 2, ... : a missing or repeated block is noticed */
};

/* A block in memory as it is in the file, so that it is read and written with one call. */
struct block_buffer {
	struct trace_block head;
	_Alignas(8) unsigned char payload[TRACE_BLOCK_MAX];
};

uint32_t trace_block_crc(const struct trace_block *head, const void *payload);
/* Fill in all of @head but len, which is there. */
void trace_block_seal(struct trace_block *head, enum trace_block_type type, uint64_t seq, const void *payload);
/* What can be wrong before the payload is there, in a trace of @version; NULL: nothing. Words after "block 7". */
const char *trace_head_problem(const struct trace_block *head, unsigned int version);
/* And after, for the block that should have the number @seq. A block that fits its checksum can still be hostile. */
const char *trace_block_problem(const struct trace_block *head, const void *payload, uint64_t seq);

#endif
