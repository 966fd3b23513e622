/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One workload through both engines, on two file systems that begin alike: through the kernel under record, and
 * through the reference. Then the records are compared, the results of the system calls, and the images.
 */
#ifndef DIOSCOPE_VERIFY_H
#define DIOSCOPE_VERIFY_H

#include "refimpl/path/rules.h"
#include "user/capture/capture.h"
#include "user/verify/verify_result.h"
#include "user/workload/workload.h"

struct verify_options {
	struct ref_choice profile;
	const char *keep_traces; /* directory for <id>.live.trace and <id>.reference.trace; NULL: none are kept */
};

/* "DIR/<id>.live.trace" and its like, malloc'ed; NULL when memory is out. */
enum verify_side {
	VERIFY_LIVE,
	VERIFY_REFERENCE,
	NR_VERIFY_SIDES,
};
char *verify_trace_path(const char *dir, const char *id, enum verify_side side);

/* @capture: attached, and following processes. Errors are trouble: a difference is a finding. */
int verify_workload(struct verify_result *result, const struct workload *wl, struct capture *capture,
		    const struct verify_options *options, struct errmsg *err);

#endif
