/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live kernel as a source of records: load and attach the probes that the plan chose, hand out what they emit,
 * and account for what they could not.
 */
#ifndef DIOSCOPE_CAPTURE_H
#define DIOSCOPE_CAPTURE_H

#include <stdint.h>
#include <sys/types.h>

#include "reports/model/tally.h"
#include "reports/text/cost_line.h"
#include "user/capture/hooks.h"
#include "user/base/meta.h"
#include "user/base/util.h"

struct capture_options {
	enum hook_tier tier;
	bool no_syscalls; /* do without the hooks on every system call */
	/* filters */
	uint32_t dev;	    /* kernel dev_t (major << 20 | minor), 0: any */
	uint64_t ino;	    /* 0: any */
	bool by_generation; /* and only of this generation */
	uint32_t generation;
	bool by_pid;		 /* only processes given to capture_add_pid(), and what they fork */
	const char *comm;	 /* only processes of this name, NULL: any */
	uint64_t cgroup;	 /* cgroup v2 id, 0: any */
	uint64_t min_latency_ns; /* drop the records of faster writes */
	/* how */
	bool aggregate;	      /* tallies in the kernel, no records */
	uint32_t tally_files; /* the first so many files have tallies of their own, 0: none */
	uint32_t ring_bytes;  /* rounded up to a power of two of pages; 0: 4 MiB */
};

/* Whole records, as in bpf/write_record.h; a negative result stops the draining and is passed on. */
typedef int (*capture_fn)(void *ctx, const void *record, size_t len);

struct capture;

/* Could not observe: -EPERM, -ENOENT, -ENODEV, -ENOSYS. */
int capture_open(struct capture **out, const struct capture_options *options, struct errmsg *err);
/* Detaches. NULL is fine. */
void capture_close(struct capture *c);
/*
 * Give up what attaching needed, for the whole process (user/capture/privilege.h): from here on it can drain, settle
 * and close, and nothing be opened or followed that needs a privilege.
 */
int capture_confine(struct capture *c, bool with_command, struct errmsg *err);
int capture_add_pid(struct capture *c, pid_t pid, struct errmsg *err);
/* Hand out what there is, waiting at most @timeout_ms for something to come. */
int capture_drain(struct capture *c, int timeout_ms, capture_fn fn, void *ctx);
/* With aggregate nothing comes; what it costs is measured, for which this is to be called now and then. */
void capture_tick(struct capture *c);
/* Nothing new comes from here on; what there is can still be drained. */
void capture_detach(struct capture *c);
/*
 * Hand out what there is, and then the writes that the kernel still holds: those whose end has no hook, and those that
 * are not over. It forgets them.
 */
int capture_settle(struct capture *c, capture_fn fn, void *ctx);
/* The plan's and the kernel's lines of a trace header. */
int capture_describe(const struct capture *c, struct meta *header);
/* What was chosen, tried and refused. */
const struct hook_plan *capture_plan(const struct capture *c);
/* What was counted so far, with aggregate; @table is released by its caller. -errno. */
int capture_tallies(const struct capture *c, struct tally_table *table);

/* Counted since capture_open(). */
struct capture_totals {
	uint64_t entered;    /* writes that matched the filters */
	uint64_t fast;	     /* and took less than min_latency_ns: not recorded */
	uint64_t lost_ring;  /* records that found the ring buffer full */
	uint64_t lost_state; /* writes that found the state map full */
	uint64_t lost_steps; /* steps of continuations that found the ring buffer full */
	uint64_t foreign;    /* completions that were no write's, and refused */
	uint64_t other_fs;   /* direct writes of other file systems: not recorded */
	uint64_t lost_syncs; /* records of fsync that found the ring full */
	uint64_t lost_pids;  /* children that could not be followed */
	uint64_t in_flight;  /* writes that capture_settle() found open */
	uint64_t nameless;   /* writes of which the file or the task is unknown: what told of it found the ring full */
	uint64_t skipped;    /* runs of probes that the kernel skipped because they met another probe */
	/* cost: the programs' own time, measured now and then (the measuring costs more than they do) */
	struct cost_sample cost;
	uint32_t ring_high;  /* most bytes seen waiting in the ring buffer */
	uint32_t ring_bytes; /* its size */
};
void capture_totals(const struct capture *c, struct capture_totals *totals);
/* What it was when capture_settle() was done last; all zero before: writes that began since are the next recording's.
 */
void capture_settled_totals(const struct capture *c, struct capture_totals *totals);

#endif
