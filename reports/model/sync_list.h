/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SYNC records of a trace, for who can use them only after its last write: which files were written is known by
 * then. There may be as many as writes: more than SYNC_LIST_KEPT are not kept, but the trace is read a second time, but
 * where that cannot be, of a pipe.
 */
#ifndef DIOSCOPE_SYNC_LIST_H
#define DIOSCOPE_SYNC_LIST_H

#include "reports/model/set.h"
#include "user/trace/trace_index.h"

#define SYNC_LIST_KEPT 32768 /* some 3 MB */

struct sync_list {
	const char *path;
	bool again;		   /* the trace can be read again */
	struct sync_record *syncs; /* NULL: they are too many */
	size_t nr;
	struct span_want want; /* as the stream they came from was told: stream_window() */
};

void sync_list_init(struct sync_list *list, const char *path);
void sync_list_window(struct sync_list *list, const struct span_want *want);
void sync_list_release(struct sync_list *list);
/* 0 or -ENOMEM. */
int sync_list_add(struct sync_list *list, const struct sync_record *sync);
/* All that were added, in order. 0 or -errno. */
typedef void (*sync_fn)(void *ctx, const struct sync_record *sync);
int sync_list_each(const struct sync_list *list, sync_fn fn, void *ctx, struct errmsg *err);

#endif
