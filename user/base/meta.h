/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An ordered list of key=value lines: what a trace's header and trailer hold. Keys are dotted lower-case words;
 * values are any text (newline and backslash are escaped on the wire). The keys in use are listed here, once.
 *
 * Header: META_KERNEL ... META_HOOK<stage>. Trailer: META_WRITES ... META_ACCOUNT<key>.
 */
#ifndef DIOSCOPE_META_H
#define DIOSCOPE_META_H

#include <stddef.h>
#include <stdint.h>

#include "user/base/util.h"

/* header */
#define META_RECORD_VERSION "record.version" /* WRITE_RECORD_VERSION */
#define META_ENGINE	    "engine"	     /* "kernel" or "reference" */
#define META_KERNEL	    "kernel"	     /* uname -r */
#define META_MACHINE	    "machine"	     /* uname -m */
#define META_PROFILE	    "profile"	     /* reference: the rules used, "6.14" */
#define META_FIT	    "profile.fit"    /* reference: why these, "this kernel's" */
#define META_TIER	    "tier"	     /* "fentry" or "tracepoint" */
#define META_COMMAND	    "command"	     /* the command line of dioscope */
#define META_DEVICE	    "device"	     /* the device filtered for, or the reference's image */
#define META_STARTED	    "started"	     /* wall clock, ISO 8601 with zone */
#define META_START_NS	    "start.ns"	     /* CLOCK_MONOTONIC at the same moment */
#define META_HOST	    "host"	     /* its name */
#define META_VERSION	    "dioscope"	     /* version of the program that recorded */
#define META_DEV	    "dev."	     /* + "7:0." + one of these, for each ext4 that was mounted at the start: */
#define META_DEV_NAME	    "name"	     /* "/dev/loop0" */
#define META_DEV_MODEL	    "model"	     /* of the disk; the file behind a loop device */
#define META_DEV_MOUNT	    "mount"	     /* where */
#define META_DEV_OPTIONS    "options"	     /* of the mount and of the file system, and its data= */
#define META_SEGMENT	    "segment"	     /* of a recording in turns: its number and when it began */
#define META_SELECTED	    "selected" /* never in a file: which of the writes are shown (reports/model/select.h) */
#define META_HOOK	    "hook."    /* + stage or event name: "fexit:iomap_iter", or "none: why" */
#define META_BLIND	    "blind."   /* + number: a kind of write that this recording cannot see */
/* trailer */
#define META_WRITES	 "writes"	 /* records written to the trace */
#define META_ENTERED	 "entered"	 /* writes that matched the filters */
#define META_LOST_RING	 "lost.ring"	 /* records that found the ring buffer full */
#define META_LOST_STATE	 "lost.state"	 /* writes that found the state map full */
#define META_LOST_STEPS	 "lost.steps"	 /* steps of continuations that found the ring buffer full */
#define META_NAMELESS	 "lost.names"	 /* writes whose file or task is unknown: what told of it was lost */
#define META_IN_FLIGHT	 "in_flight"	 /* writes still open at the end (recorded, result unknown) */
#define META_FOREIGN	 "foreign"	 /* completions that were no write's, and refused */
#define META_SKIPPED	 "skipped"	 /* runs of probes that met another probe on the same processor */
#define META_OTHER_FS	 "other.fs"	 /* direct writes through iomap of other file systems: not recorded */
#define META_LOST_SYNCS	 "lost.syncs"	 /* records of fsync that found the ring buffer full */
#define META_FAST	 "fast"		 /* writes that took less than --min-latency: not recorded, as asked */
#define META_COST_NS	 "cost.ns"	 /* run time of all probes in the moments sampled */
#define META_COST_WRITES "cost.writes"	 /* writes that entered in those moments */
#define META_COST_SPAN	 "cost.span.ns"	 /* how long those moments were */
#define META_COST_RUNS	 "cost.runs"	 /* runs of all probes in them */
#define META_COST_CALLS	 "cost.calls.ns" /* of their run time, about so much for system calls that do not write */
#define META_COST_OTHERS "cost.others"	 /* of which at least so many looked at what is none of those writes */
#define META_RING_HIGH	 "ring.high"	 /* most bytes that waited in the ring buffer */
#define META_RING_SIZE	 "ring.size"	 /* bytes that it has */
#define META_ACCOUNT	 "account."	 /* + key of reports/model/accounts.c: "left right first" */
#define META_DURATION	 "duration.ns"	 /* from the header to the trailer */
#define META_EXIT	 "exit"		 /* exit status of CMD */

struct meta {
	struct meta_line {
		char *key;
		char *value;
	} * lines;
	size_t nr;
};

void meta_release(struct meta *m);
/* Append, or replace the value of an existing key. */
int meta_set(struct meta *m, const char *key, const char *value);
int meta_setf(struct meta *m, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Each line of @from (may be NULL), as meta_set() does it. */
int meta_copy(struct meta *to, const struct meta *from);
/* Also when it is absent. */
void meta_unset(struct meta *m, const char *key);
/* NULL when absent. */
const char *meta_get(const struct meta *m, const char *key);
/* @fallback when absent or not a number. */
uint64_t meta_u64(const struct meta *m, const char *key, uint64_t fallback);
/* The wire form, malloc'ed. */
int meta_format(const struct meta *m, char **text, size_t *len);
/* -EINVAL for anything that meta_format() would not have written. */
int meta_parse(struct meta *m, const char *text, size_t len, struct errmsg *err);

#endif
