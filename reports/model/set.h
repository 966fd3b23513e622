/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set: all the writes of one trace, in memory, each with its steps in path order, together with what the trace
 * says about itself. What does not fit into memory, or need not be there, comes in a stream instead: stream.h. Loading
 * runs infer.c, so that what a view shows as inferred follows from rules of this program, not of the one that recorded.
 */
#ifndef DIOSCOPE_SET_H
#define DIOSCOPE_SET_H

#include "bpf/write_record.h"
#include "reports/model/times.h"
#include "user/base/meta.h"
#include "user/trace/trace_file.h"
#include "user/base/util.h"

struct write_class;
struct write_who;

struct write {
	struct write_record rec;
	const struct write_class *class; /* write_class.h; NULL: it is looked at by itself */
	const struct write_who *who;	 /* write_who.h; NULL: likewise */
	struct write_step *steps;	 /* owned by the set; NULL when nr_steps is 0 */
	uint32_t nr_steps;
	uint32_t op; /* verify: line of the workload operation that issued it; 0 elsewhere */
};

/* Devices of the file systems that were written to. */
#define DEVICES_MAX 64 /* that are told apart */

struct devices {
	struct device {
		uint32_t dev;
		uint64_t first_ns; /* entry of the first of its writes */
		size_t writes;
	} list[DEVICES_MAX];
	size_t nr;
	size_t more; /* writes on others */
};

/* Writes may come in any order. */
void devices_add(struct devices *d, const struct write_record *rec);
/* By their first write. */
void devices_sort(struct devices *d);

struct write_set {
	struct meta header;
	struct meta trailer;  /* empty when the trace has none */
	struct write *writes; /* by the moment they entered */
	size_t nr;
	struct devices devices; /* when there are any: of all writes, those that were streamed too */
	size_t streamed;	/* handed out one by one instead of kept here: stream.h */
	size_t left_out;	/* recorded, and not here: others were selected (select.h) */
	struct file_record
		*files; /* by device, inode and generation; a file may be there more than once, or not at all */
	size_t nr_files;
	struct sync_record *syncs; /* by the moment they ended */
	size_t nr_syncs;
	struct file_names *names; /* what the files are called: files.h; NULL: by the name in each write */
	enum trace_end end;
	char *end_why; /* a sentence when end is not TRACE_COMPLETE, or when it counts other than what is here */
	uint64_t lost_records; /* ring + state, from the trailer */
	uint64_t lost_steps;
};

/* The file that @rec went to; NULL when the trace has no record of it: all that is known is rec->file, cut short. */
const struct file_record *set_file(const struct write_set *set, const struct write_record *rec);

int set_load(struct write_set *set, const char *path, struct errmsg *err);
/* The same; @progress is told of each write (stream_watch()). */
struct progress;
int set_load_watched(struct write_set *set, const char *path, struct progress *progress, struct errmsg *err);
void set_release(struct write_set *set);
/* All of what was recorded is here, and nothing was lost. summary.h, set_completeness(), says it in words. */
bool set_is_whole(const struct write_set *set);
/* Take a record and its steps (copied) into @set; the reference's way to build one. Same checks as for a file. */
int set_add(struct write_set *set, const struct write_record *rec, const struct write_step *steps, uint32_t nr_steps,
	    uint32_t op, struct errmsg *err);
/* A copy of a write of a stream, which is whole and inferred, behind those that are there. 0 or -ENOMEM. */
int set_keep(struct write_set *set, const struct write *w);
/*
 * Write @set as a trace file, so that a reference run and an annotated live run can be kept. @fd is taken over, also on
 * failure.
 */
int set_save(const struct write_set *set, int fd, struct errmsg *err);

#endif
