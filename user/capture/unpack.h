/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the ring buffer's records (bpf/ring_record.h) to those of bpf/write_record.h, which all else reads: what was
 * said of a file and a task is put into each of their writes.
 */
#ifndef DIOSCOPE_UNPACK_H
#define DIOSCOPE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/ring_record.h"

struct unpack {
	/* by the last digits of their number; grows up to RING_KNOWN of each */
	struct said_file *files;
	struct said_task *tasks;
	struct told_name *told; /* names that were given on */
	uint32_t files_room;
	uint32_t tasks_room;
	uint64_t nameless; /* writes that referred to a file or a task that nothing is known of: its record was lost */
};

/* What becomes of a record; not 0 is passed on. */
typedef int (*unpack_fn)(void *ctx, const void *record, size_t len);

/* All zero is ready to use. -ENOMEM, -EBADMSG for a record that is none, or what @fn says. */
int unpack_record(struct unpack *u, const void *record, size_t len, unpack_fn fn, void *ctx);
/* One that the kernel still held. */
int unpack_open_write(struct unpack *u, const struct open_write *w, unpack_fn fn, void *ctx);
void unpack_release(struct unpack *u);

#endif
