/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set: all the writes of one trace, in memory, each with its steps in path order, together with what the trace
 * says about itself. Every view reads a set and nothing else. Loading runs infer.c, so that what a view shows as
 * inferred follows from rules of this program, not of the one that recorded.
 */
#ifndef DIOSCOPE_SET_H
#define DIOSCOPE_SET_H

#include "bpf/write_record.h"
#include "user/meta.h"
#include "user/trace_file.h"
#include "user/util.h"

struct write {
	struct write_record rec;
	struct write_step *steps; /* owned by the set; NULL when nr_steps is 0 */
	uint32_t nr_steps;
	uint32_t op; /* verify: line of the workload operation that issued it; 0 elsewhere */
};

struct write_set {
	struct meta header;
	struct meta trailer;  /* empty when the trace has none */
	struct write *writes; /* by the moment they entered */
	size_t nr;
	enum trace_end end;
	char *end_why; /* a sentence when end is not TRACE_COMPLETE, or when it counts other than what is here */
	uint64_t lost_records; /* ring + state, from the trailer */
	uint64_t lost_steps;
};

int set_load(struct write_set *set, const char *path, struct errmsg *err);
void set_release(struct write_set *set);
/* All of what was recorded is here, and nothing was lost. summary.h, set_completeness(), says it in words. */
bool set_is_whole(const struct write_set *set);
/* Take a record and its steps (copied) into @set; the reference's way to build one. Same checks as for a file. */
int set_add(struct write_set *set, const struct write_record *rec, const struct write_step *steps, uint32_t nr_steps,
	    uint32_t op, struct errmsg *err);
/*
 * Write @set as a trace file, so that a reference run and an annotated live run can be kept. @fd is taken over, also on
 * failure.
 */
int set_save(const struct write_set *set, int fd, struct errmsg *err);

/* "enter", "check", ...: stage names for every view. */
const char *stage_name(enum stage stage);
/* The same for tables of times, where the name alone would say too much. */
const char *stage_label(enum stage stage);
/*
 * Nanoseconds that the write spent in @stage: until the stage that was seen next, in time and not in path order: a sync
 * inside of the completion ends the device's time. Without what it waited for the lock. The stages of a write and its
 * wait add up to its latency. false when @stage was not seen before the end.
 */
bool write_stage_ns(const struct write_record *rec, enum stage stage, uint64_t *ns);
/* Nanoseconds that the write slept for i_rwsem, all times together; false when it did not, or when that is not known. */
bool write_wait_ns(const struct write_record *rec, uint64_t *ns);
/*
 * From the moment that the caller asked to STAGE_RETURN; false when the end was not seen. Where STAGE_ENTER was not, it
 * is from the earliest stage, and what the write waited for the lock before it.
 */
bool write_latency_ns(const struct write_record *rec, uint64_t *ns);

#endif
