/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace file: append-only blocks, each with a checksum and a number, so that after a kill -9 or on a full disk
 * everything up to the last whole block is readable.
 *
 *	HEADER, RECORDS, RECORDS, ..., INDEX, RECORDS, ..., INDEX, TRAILER
 *
 * HEADER and TRAILER are "key=value\n" lines (struct meta); a trace whose recording did not end by itself has no
 * TRAILER. RECORDS are whole records of bpf/write_record.h, packed (trace_pack.h); an INDEX says where which writes are
 * (trace_index.h), and the end of the TRAILER where the last INDEX is. Offsets are from the start of the trace and have
 * 64 bits. In traces of version 1 records are not packed, and there is no INDEX.
 *
 * Pure: no libbpf, no root. Errors are one sentence in struct errmsg and -errno as the result.
 */
#ifndef DIOSCOPE_TRACE_FILE_H
#define DIOSCOPE_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/base/meta.h"
#include "user/base/util.h"
#include "user/trace/trace_limits.h"

#define TRACE_BLOCK_AGE_NS 500000000ull /* what is lost with a block that was not written is not older */

/* --- writing --- */

struct trace_writer;

/*
 * Write the header to @fd, which the writer then owns (unless this fails). Records are gathered into blocks: call
 * trace_writer_flush_due() now and then, at least every few hundred milliseconds, which makes a block of what has
 * waited for TRACE_BLOCK_AGE_NS; trace_writer_flush() makes one of what there is.
 */
int trace_writer_open(struct trace_writer **out, int fd, const struct meta *header, struct errmsg *err);
int trace_writer_append(struct trace_writer *w, const void *record, size_t len, struct errmsg *err);
int trace_writer_flush_due(struct trace_writer *w, struct errmsg *err);
int trace_writer_flush(struct trace_writer *w, struct errmsg *err);
/* Bytes of the trace that are written. */
uint64_t trace_writer_bytes(const struct trace_writer *w);
/* Flush, write index and trailer, close. The writer is freed also when this fails. */
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
 * The next record, valid until the next call: 1 and @record/@len, or 0 at the end, or -errno when reading fails, -EINVAL
 * when a block fits its checksum and holds what no writer writes.
 * Every record given out has a head whose len fits; its inner counts are the caller's to check.
 */
int trace_reader_next(struct trace_reader *r, const void **record, size_t *len, struct errmsg *err);
struct span_want; /* trace_index.h */
/*
 * Before the first record: only some writes and syncs are wanted, by time, by the clock of the records, and file.
 * Blocks without any are then left out, as far as the trace's index tells; without one (the trace has no trailer, is a
 * pipe, or of version 1) all come, and this is false. Others still come: this does not select, it skips. The files of
 * @want stay the caller's, and there until the end.
 */
bool trace_reader_window(struct trace_reader *r, const struct span_want *want);
/*
 * Before the first record: let so many threads fetch and unpack blocks ahead, 0: none. What is read is the same. A file
 * that is still being written can be read so, too; once its end was reached it is read on without them.
 */
void trace_reader_threads(struct trace_reader *r, unsigned int threads);
/* Where the block of the last record begins; the version of the container. */
uint64_t trace_reader_offset(const struct trace_reader *r);
unsigned int trace_reader_version(const struct trace_reader *r);
/* Writes in the blocks that were left out so far. */
uint64_t trace_reader_skipped(const struct trace_reader *r);
/*
 * After the end was TRACE_TRUNCATED: the next trace_reader_next() tries again from the last whole block, because the
 * file may have grown. -ESTALE when it is shorter than what was read: it was written anew. At another end: nothing.
 */
int trace_reader_resume(struct trace_reader *r, struct errmsg *err);
/* After trace_reader_next() returned 0: how it ended, the trailer (NULL when there is none), and a sentence. */
enum trace_end trace_reader_end(const struct trace_reader *r, const struct meta **trailer, const char **why);

#endif
