/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live kernel as a source of records: load and attach the probes that the plan chose, hand out what they emit,
 * and account for what they could not.
 */
#ifndef DIOSCOPE_CAPTURE_H
#define DIOSCOPE_CAPTURE_H

#include <stdint.h>
#include <sys/types.h>

#include "user/hooks.h"
#include "user/meta.h"
#include "user/util.h"

struct capture_options {
	enum hook_tier tier;
	uint32_t dev;	     /* kernel dev_t (major << 20 | minor), 0: any */
	uint64_t ino;	     /* 0: any */
	bool by_pid;	     /* only processes given to capture_add_pid(), and what they fork */
	uint32_t ring_bytes; /* rounded up to a power of two of pages; 0: 4 MiB */
};

/* Whole records, as in bpf/write_record.h; a negative result stops the draining and is passed on. */
typedef int (*capture_fn)(void *ctx, const void *record, size_t len);

struct capture;

/* Could not observe: -EPERM, -ENOENT, -ENOSYS. */
int capture_open(struct capture **out, const struct capture_options *options, struct errmsg *err);
/* Detaches. NULL is fine. */
void capture_close(struct capture *c);
int capture_add_pid(struct capture *c, pid_t pid, struct errmsg *err);
/* Hand out what there is, waiting at most @timeout_ms for something to come. */
int capture_drain(struct capture *c, int timeout_ms, capture_fn fn, void *ctx);
/* Detach, hand out the rest, and then the writes that were never seen to end. */
int capture_finish(struct capture *c, capture_fn fn, void *ctx);
/* The plan's and the kernel's lines of a trace header; the counters' lines of its trailer. */
int capture_describe(const struct capture *c, struct meta *header);
int capture_account(const struct capture *c, struct meta *trailer);

/* "/dev/loop0", "7:0" or a mount point's path: the kernel dev_t of the file system's device. */
int parse_dev(const char *text, uint32_t *dev, struct errmsg *err);
uint32_t kernel_dev(dev_t dev);

#endif
