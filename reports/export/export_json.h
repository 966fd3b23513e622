/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set as NDJSON, one object a line:
 *
 *	{"type":"header", "schema":2, every header key of the trace: counts as numbers, the rest as strings}
 *	{"type":"write", "id", "op" (workload operation or null), "state" (list of "in-flight", "reused", "late"),
 *	 every fact that has a value by its key of write_fields[],
 *	 "file_cut" (true: "file" is only the beginning of the name), "parent" (of the file's directory, or null),
 *	 "how": {key: "inferred" | "in flight"} for facts that were not observed, "unknown": [keys of those that are
 *	 not known]; those without a value that are in neither were not reached,
 *	 "leaves_commit" (to the next fdatasync: inferred; null: unknown),
 *	 "mapping" (words of mapping.h), "why_exclusive", "why_buffered", "why_sync", "why_waited", "why_work",
 *	 "why_failed": [keys of why_rows[]], "error" (why it failed, with its numbers) or null,
 *	 "start_ns" (CLOCK_MONOTONIC), "stages": {name: ns since start_ns} for the stages that were seen,
 *	 "steps_total", "steps": [{"kind":"round","map","flags":[],"pos","len","addr" or null} |
 *				  {"kind":"bio","role","fua","opf","pos","len","addr"}]}
 *	{"type":"sync", an fsync or fdatasync of the application on a file of a write that is recorded: "call", "pid",
 *	 "tid", "comm", "dev", "ino", "generation", "file", "file_cut", "parent", "start_ns", "latency" (ns), "ret" (0
 *	 or the negative errno), "flush" (of the device's cache, by itself), "commit" (it waited for one: inferred); these two
 *	 null when unknown}
 *	{"type":"trailer", "writes", "syncs", "syncs_elsewhere" (on other files: not in the export), "lost" and
 *	 "lost_steps" (null when the trace broke off), "complete", "why" or null, "advice": [{"group", "why" (a key of a
 *	 group of reasons), "writes", "ns", "function", "change"}], what cost most time first, "rest": [{"time" (a row of it),
 *	 "ns", "cause"}], time that no reason claims, "device_ns" (what the device took), "latency_ns" (of all writes), every
 *	 other trailer key likewise, and "selected" (which of the writes these are) where not all were asked for}
 *
 * Schema 1 had null for each fact without a value, and told in "how" which of these it was. Numbers are exact integers:
 * some need 64 bits. In names, and in the strings of header and trailer, \xNN is the byte NN: one that is no UTF-8, or
 * the backslash (json.h).
 */
#ifndef DIOSCOPE_EXPORT_JSON_H
#define DIOSCOPE_EXPORT_JSON_H

#include <stdio.h>

#include "reports/export/json.h"
#include "reports/model/set.h"
#include "reports/model/walk.h"
#include "user/base/progress.h"

#define EXPORT_JSON_SCHEMA 2

/* 0, -ENOMEM, or -EIO when @out could not take it all. */
int export_json(FILE *out, const struct write_set *set);

/*
 * The same of the trace at @path, in one pass (walk.h): memory does not grow with its writes. Of what is wrong further on
 * in the trace it tells when it comes there, in the middle of the output; also where @progress ends it, there are whole
 * lines. 0 or -errno; what @out took is told by ferror().
 */
int export_json_trace(FILE *out, const char *path, const struct selection *sel, struct progress *progress,
		      struct walk_counts *counts, struct errmsg *err);

/* --- what both are made of, in this order; @set: all but writes and syncs --- */

struct json_export {
	struct json json;
	struct write_json *writer;
	struct advice_sums *advice;
	uint64_t writes, syncs, syncs_elsewhere;
};

/* 0 or -ENOMEM; to be released even then. */
int json_export_begin(struct json_export *e, FILE *out, const struct write_set *set);
int json_export_write(struct json_export *e, const struct write_set *set, const struct write *w);
void json_export_sync(struct json_export *e, const struct write_set *set, const struct sync_record *sync);
void json_export_end(struct json_export *e, const struct write_set *set);
/* What waits is written, also after an error. */
void json_export_release(struct json_export *e);

#endif
