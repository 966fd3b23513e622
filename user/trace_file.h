/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace file: append-only blocks, each with a checksum, so that after a kill -9 or on a full disk everything up
 * to the last whole block is readable.
 *
 *	struct trace_block, payload, struct trace_block, payload, ...
 *
 * The first block is the HEADER, then RECORDS blocks, then, if the recording ended by itself, one TRAILER. HEADER and
 * TRAILER payloads are "key=value\n" lines (struct meta below); a RECORDS payload is whole records of
 * bpf/write_record.h one after the other.
 *
 * Pure: no libbpf, no root. Errors are one sentence in struct errmsg and -errno as the result.
 */
#ifndef DIOSCOPE_TRACE_FILE_H
#define DIOSCOPE_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/meta.h"
#include "user/util.h"

#define TRACE_BLOCK_MAGIC 0x4b4c4244u /* "DBLK", little endian */
#define TRACE_VERSION	  1	      /* of this container; the record's version is a header key */
#define TRACE_BLOCK_MAX	  (1u << 20)  /* a longer payload is not ours */
#define TRACE_BLOCK_FILL  (64u << 10) /* a writer begins a new block here: what is lost with one block is little */

enum trace_block_type {
	TRACE_HEADER = 1,
	TRACE_RECORDS = 2,
	TRACE_TRAILER = 3,
};

struct trace_block {
	uint32_t magic;
	uint16_t version;
	uint16_t type; /* enum trace_block_type */
	uint32_t len;  /* of the payload */
	uint32_t crc;  /* crc32 of seq, type, len and the payload */
	uint64_t seq;  /* 0, 1, 2, ... : a missing or repeated block is noticed */
};

/* --- writing --- */

struct trace_writer;

/*
 * Write the header to @fd, which the writer then owns (unless this fails). Records are gathered into blocks of about
 * TRACE_BLOCK_FILL bytes; trace_writer_flush() makes a block of what there is, so call it whenever the source runs dry.
 */
int trace_writer_open(struct trace_writer **out, int fd, const struct meta *header, struct errmsg *err);
int trace_writer_append(struct trace_writer *w, const void *record, size_t len, struct errmsg *err);
int trace_writer_flush(struct trace_writer *w, struct errmsg *err);
/* Flush, write the trailer, close. The writer is freed also when this fails. */
int trace_writer_close(struct trace_writer *w, const struct meta *trailer, struct errmsg *err);
/* Free without a trailer: the trace then says that it is incomplete. NULL is fine. */
void trace_writer_free(struct trace_writer *w);

/* --- reading --- */

enum trace_end {
	TRACE_COMPLETE,	 /* the trailer was read */
	TRACE_TRUNCATED, /* the file ends before a trailer: the recorder was killed or the disk was full */
	TRACE_DAMAGED,	 /* a block fails its checksum, or is out of order: nothing after it is read */
};

struct trace_reader;

/* -EINVAL when @path is not a trace of ours at all (also: empty, a header that is damaged, a newer version). */
int trace_reader_open(struct trace_reader **out, const char *path, struct errmsg *err);
void trace_reader_close(struct trace_reader *r);
const struct meta *trace_reader_header(const struct trace_reader *r);
/*
 * The next record, valid until the next call: 1 and @record/@len, or 0 at the end, or -errno when reading fails.
 * Every record given out has a head whose len fits; its inner counts are the caller's to check.
 */
int trace_reader_next(struct trace_reader *r, const void **record, size_t *len, struct errmsg *err);
/*
 * After the end was TRACE_TRUNCATED: the next trace_reader_next() tries again from the last whole block, because the
 * file may have grown. -ESTALE when it is shorter than what was read: it was written anew. At another end: nothing.
 */
int trace_reader_resume(struct trace_reader *r, struct errmsg *err);
/* After trace_reader_next() returned 0: how it ended, the trailer (NULL when there is none), and a sentence. */
enum trace_end trace_reader_end(const struct trace_reader *r, const struct meta **trailer, const char **why);

#endif
