/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blocks of a finished trace that a reader wants, by its index. Reading the index is reading the trace from its
 * end: the foot, the trailer, INDEX block by INDEX block. Anything that is not as it should be means that there is no
 * index: who reads from the start will find out what is wrong.
 */
#ifndef DIOSCOPE_TRACE_WINDOW_H
#define DIOSCOPE_TRACE_WINDOW_H

#include <stdint.h>

#include "user/base/meta.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_index.h"

/* All spans of a trace, in order. */
struct trace_spans {
	struct trace_span *spans;
	uint64_t nr;
	uint64_t trailer;   /* its offset */
	bool without_files; /* some say nothing of files */
};

/* Of the trace that begins where @fd does; the file's position stays. false: it has no index, or memory is out. */
bool trace_spans_load(struct trace_spans *s, int fd);
void trace_spans_release(struct trace_spans *s);

struct trace_window;

/* The blocks of the trace in @fd that are wanted. NULL: it has no index. */
struct trace_window *trace_window_new(int fd, const struct span_want *want);
void trace_window_free(struct trace_window *w);
/* Offset and number of the next block that is wanted, in the end the trailer's. */
void trace_window_next(struct trace_window *w, uint64_t *offset, uint64_t *seq);
/* Writes in the blocks that were passed. */
uint64_t trace_window_skipped(const struct trace_window *w);

/* The lines of a TRAILER block, before its foot. -EINVAL or -ENOMEM. */
int trace_trailer_parse(struct meta *trailer, const struct block_buffer *block, struct errmsg *err);

#endif
