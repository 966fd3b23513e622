/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace in one pass over those of its writes that are selected, for views that look at each of them: in order of
 * entry, as far as a stream is (stream.h), each with its file's name known to the frame. What is kept meanwhile does
 * not grow with their number.
 */
#ifndef DIOSCOPE_WALK_H
#define DIOSCOPE_WALK_H

#include "reports/model/select.h"
#include "reports/model/set.h"
#include "user/base/progress.h"

/* @frame: all of the trace but its records. 0 goes on, 1 is enough of it, -errno (without a sentence: memory is out).
 */
struct walk_ops {
	int (*begin)(void *ctx, const struct write_set *frame); /* its header is there, nothing else; may be NULL */
	int (*write)(void *ctx, const struct write_set *frame, const struct write *w);
	int (*sync)(void *ctx, const struct write_set *frame,
		    const struct sync_record *sync);	      /* after all writes; may be NULL */
	int (*end)(void *ctx, const struct write_set *frame); /* how it ended is known; may be NULL */
};

/* The writes that were walked over, those that were left out, and those that were not in order of entry. */
struct walk_counts {
	uint64_t writes, left_out, late;
};

/*
 * Of what is wrong further on in the trace it tells when it comes there: the writes before it were handed out. With a
 * selection, META_SELECTED is in the trailer of @frame at the end. @progress may be NULL, and may end it with -EINTR;
 * @counts may be NULL. 0 or -errno with a sentence.
 */
int walk_trace(const char *path, const struct selection *sel, const struct walk_ops *ops, void *ctx,
	       struct progress *progress, struct walk_counts *counts, struct errmsg *err);

#endif
