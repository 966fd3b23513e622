/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set as NDJSON, one object a line:
 *
 *	{"type":"header", "schema":1, every header key of the trace: counts as numbers, the rest as strings}
 *	{"type":"write", "id", "op" (workload operation or null), "state" (list of "in-flight", "reused", "late"),
 *	 every fact by its key of write_fields[],
 *	 "how": {key: "inferred" | "unknown" | "not reached"} for the facts that were not observed,
 *	 "start_ns" (CLOCK_MONOTONIC), "stages": {name: ns since start_ns} for the stages that were seen,
 *	 "steps_total", "steps": [{"kind":"round","map","flags":[],"pos","len","addr" or null} |
 *				  {"kind":"bio","role","fua","opf","pos","len","addr"}]}
 *	{"type":"trailer", "writes", "lost" and "lost_steps" (null when the trace broke off), "complete", "why" or null,
 *	 every other trailer key likewise}
 *
 * A fact without a value is null. Numbers are exact integers: some need 64 bits. In names, and in the
 * header's and the trailer's strings, \xNN is the byte NN: one that is no UTF-8, or the backslash (json.h).
 */
#ifndef DIOSCOPE_EXPORT_JSON_H
#define DIOSCOPE_EXPORT_JSON_H

#include <stdio.h>

#include "reports/set.h"

#define EXPORT_JSON_SCHEMA 1

/* 0, or -EIO when @out could not take it all. */
int export_json(FILE *out, const struct write_set *set);

#endif
