/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a trace which writes are: a span for each RECORDS block. After every TRACE_INDEX_SPANS of these the writer
 * puts an INDEX block with their spans, and one with the rest before the trailer; each says where the one before is,
 * and the trailer's foot where the last one is. So a writer keeps only the spans of one such block, however long it
 * runs.
 *
 * A span is checked against its block by nobody but `dioscope check`: an index that lies hides writes, as a trace that
 * does not hold them would.
 */
#ifndef DIOSCOPE_TRACE_INDEX_H
#define DIOSCOPE_TRACE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/write_record.h"

#define TRACE_INDEX_SPANS 1024

#define SPAN_FILES 0x1 /* it holds FILE records or the first write to a file: who skips others needs their names */
#define SPAN_STEPS 0x2 /* it holds STEPS of a write that is in another block */

struct trace_span {
	uint64_t offset;   /* of the block, from the start of the trace */
	uint64_t first_ns; /* moments at which the first and the last of its writes and syncs began; */
	uint64_t last_ns;  /* none: first_ns is the larger one */
	uint32_t writes;
	uint32_t flags;	   /* SPAN_* */
	uint64_t files[4]; /* a Bloom filter of the file_key of its writes and syncs, 3 bits each */
};

/* Payload of an INDEX block: this, and @nr spans. */
struct trace_index_head {
	uint64_t previous; /* offset of the INDEX block before; 0: there is none */
	uint32_t nr;
	uint32_t
		span_bytes; /* of each; 0: 32, spans that say nothing of files, as the first traces of version 2 have */
};

#define SPAN_BYTES_OLD 32

/* The last bytes of the trailer's payload, after its text, and so of the trace. */
struct trace_foot {
	uint64_t index;	    /* offset of the last INDEX block; 0: there are no records */
	uint32_t block_len; /* of the whole trailer, so that it is found from the end */
	uint32_t magic;
};

#define TRACE_FOOT_MAGIC 0x544f4644u /* "DFOT" */

/* Which file, wherever it is called what; what is not known of it is 0. */
struct file_key {
	uint64_t ino;
	uint32_t dev;
	uint32_t generation;
};

/* Which blocks are wanted: those that hold one of @flags, and those of the time and the files. */
struct span_want {
	uint32_t flags;		      /* SPAN_* */
	uint64_t from_ns, to_ns;      /* that writes and syncs began in [from, to) */
	const struct file_key *files; /* and are of one of these @nr_files; NULL: of any */
	size_t nr_files;
};

/* All that who wants some writes needs, when they began in [@from_ns, @to_ns). */
#define SPAN_WANT_TIME(from, to)                                                                                       \
	{                                                                                                              \
		.flags = SPAN_FILES | SPAN_STEPS, .from_ns = (from), .to_ns = (to)                                     \
	}

#define SPAN_OPEN_MAX 32

/* What spans need to know of the records before. Zero at first. */
struct span_memory {
	uint64_t open[SPAN_OPEN_MAX]; /* writes of this block whose STEPS came, and which did not yet */
	unsigned int nr_open;
	bool too_many;	      /* for that */
	uint64_t files[4096]; /* hashes of those that were written to; one that is forgotten is taken for a new one */
};

/* Of a block that holds nothing yet. */
void span_init(struct trace_span *span);
/* It holds this record, too, after those before. */
void span_take(struct trace_span *span, struct span_memory *memory, const void *record, size_t len);
/* It holds no more. */
void span_end(struct trace_span *span, struct span_memory *memory);
bool span_wanted(const struct trace_span *span, const struct span_want *want);
/* The file of a write and of a sync. */
struct file_key file_key_of_write(const struct write_record *rec);
struct file_key file_key_of_sync(const struct sync_record *sync);

/* What is wrong with an INDEX block's payload; NULL: nothing, and *@head is a copy, the spans follow it. */
const char *trace_index_problem(const void *payload, size_t len, struct trace_index_head *head);
/* Copy them from there; one that says nothing of files may hold any. */
void trace_index_spans(const void *payload, const struct trace_index_head *head, struct trace_span *spans);
/* The number (trace_block.seq) of the block of span @i, and of the trailer after @nr spans. */
uint64_t span_seq(uint64_t i);
uint64_t trailer_seq(uint64_t nr);

#endif
