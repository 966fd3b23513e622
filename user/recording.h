/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording: the capture at one end, a trace file at the other. Used by record and by verify. */
#ifndef DIOSCOPE_RECORDING_H
#define DIOSCOPE_RECORDING_H

#include "user/capture.h"
#include "user/meta.h"
#include "user/util.h"

struct recording;

struct recording_options {
	struct capture_options capture;
	const char *command; /* for the header, in words */
	const char *filter;
	const char *device;
};

struct recording_totals {
	uint64_t writes;     /* records in the trace */
	uint64_t entered;    /* writes that matched the filters */
	uint64_t lost;	     /* records lost: ring or state map full */
	uint64_t lost_steps;
	uint64_t in_flight;
};

/* Probes are attached when this returns. @fd is taken over, also on failure. */
int recording_open(struct recording **out, const struct recording_options *options, int fd, struct errmsg *err);
int recording_add_pid(struct recording *r, pid_t pid, struct errmsg *err);
/* Move what the kernel has into the trace, waiting at most @timeout_ms. */
int recording_pump(struct recording *r, int timeout_ms, struct errmsg *err);
/* Detach, take the rest, write the trailer. @exit_status of CMD, -1: there was none. Frees @r also on failure. */
int recording_close(struct recording *r, int exit_status, struct recording_totals *totals, struct errmsg *err);

#endif
