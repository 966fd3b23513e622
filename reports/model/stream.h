/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace in one pass: its writes one after the other, each with its steps and with what follows from what was observed
 * (infer.h), its FILE and SYNC records where they are. What is kept meanwhile does not grow with the trace:
 *
 *  - Records come in order of completion. With STREAM_BY_ENTRY writes are handed out in order of entry, which holds for
 *    each that was overtaken by fewer than STREAM_WINDOW others, of fewer than STREAM_WINDOW_STEPS steps together; one
 *    that is later than that is handed out as soon as it comes, and stream_late() counts it.
 *  - STEPS come before their write. Those of writes that never came make room once there are STREAM_CHUNKS of them.
 *  - That an id is there twice is noticed among the last STREAM_IDS.
 *
 * What grows with the number of files are their names, in the frame.
 */
#ifndef DIOSCOPE_STREAM_H
#define DIOSCOPE_STREAM_H

#include "reports/model/set.h"
#include "user/base/progress.h"
#include "user/trace/trace_index.h"
#include "user/trace/trace_limits.h"

#define STREAM_WINDOW	    16384
#define STREAM_WINDOW_STEPS (1u << 19)
#define STREAM_CHUNKS	    8192
#define STREAM_IDS	    USUALLY(1u << 20, 1u << 10)

/* flags */
#define STREAM_BY_ENTRY	 0x1 /* else as they are recorded */
#define STREAM_NAMES	 0x2 /* the frame's names know the file of each write that was handed out, and all FILE records */
#define STREAM_NO_WRITES 0x4 /* only what else there is */

struct write_stream;

/* One of these; good until the next call. */
struct stream_item {
	struct write *write;
	const struct sync_record *sync;
	const struct file_record *file;
};

int stream_open(struct write_stream **out, const char *path, unsigned int flags, struct errmsg *err);
void stream_close(struct write_stream *s);
/*
 * Before the first call of stream_next(): blocks of the trace without a write or sync that is wanted may be left out,
 * as far as it has an index: trace_reader_window(). In the end their writes are in frame->left_out.
 */
void stream_window(struct write_stream *s, const struct span_want *want);
/* @progress is told of each write that is read from now on; NULL: nobody is. It may end the reading with -EINTR. */
void stream_watch(struct write_stream *s, struct progress *progress);
/* 1, 0 at the end, or -errno with a sentence that says which trace. */
int stream_next(struct write_stream *s, struct stream_item *item, struct errmsg *err);
/*
 * All of the trace but its records, as a set without any: the header at once, how it ended after stream_next() gave 0.
 * frame->streamed counts the writes. It belongs to the stream, until stream_release_frame() gives it away.
 */
struct write_set *stream_frame(struct write_stream *s);
struct write_set stream_release_frame(struct write_stream *s);
/* Writes that came too late for their place. */
uint64_t stream_late(const struct write_stream *s);

#endif
