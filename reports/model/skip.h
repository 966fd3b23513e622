/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a selection need not read of a trace: blocks of other times and, when one asks for a file, without a write or
 * sync of it. Which file is meant only names tell, and all of these are in the few blocks that hold the first write of
 * a file or a FILE record: they are read in advance, and what was asked for is looked up among them.
 */
#ifndef DIOSCOPE_SKIP_H
#define DIOSCOPE_SKIP_H

#include "reports/model/select.h"
#include "reports/model/stream.h"
#include "reports/model/sync_list.h"

/*
 * Before the first call of stream_next(): tell @stream, of the trace at @path, and @syncs (NULL: there is none) what
 * @s wants. @s keeps what this takes. 0 or -errno.
 */
int selector_skip(struct selector *s, struct write_stream *stream, const char *path, struct sync_list *syncs,
		  struct errmsg *err);

#endif
