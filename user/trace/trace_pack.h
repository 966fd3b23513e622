/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of a RECORDS block: records as columns (trace_columns.h) in one zstd frame, after the two lengths that
 * unpacking them takes. Both are checked before anything of the frame is read, and all memory that unpacking ever uses
 * is there from the start. An unpacker is for one thread; many may unpack blocks of one trace.
 */
#ifndef DIOSCOPE_TRACE_PACK_H
#define DIOSCOPE_TRACE_PACK_H

#include <stddef.h>
#include <stdint.h>

struct packed_head {
	uint32_t raw;	 /* bytes of the records, at most COLUMNS_RAW_MAX */
	uint32_t stream; /* of the columns, at most COLUMNS_STREAM_MAX(raw) */
};

struct packer;
struct unpacker;

/* For up to @raw_max bytes of records at a time. NULL: no memory. */
struct packer *packer_new(size_t raw_max);
void packer_free(struct packer *p);
/* As columns_pack() takes them. The payload's length; 0: @room is too short for it. */
size_t packer_pack(struct packer *p, const void *raw, size_t len, void *payload, size_t room);

struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);
/*
 * *@raw and *@raw_len are the records, each with the length that its head says, good until the next call. NULL, or what
 * is wrong with the payload, as words after "block 7".
 */
const char *unpacker_unpack(struct unpacker *u, const void *payload, size_t len, const void **raw, size_t *raw_len);

#endif
