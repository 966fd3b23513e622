/* SPDX-License-Identifier: GPL-2.0-only */
/* Issue a workload's operations on a mounted file system with real system calls. */
#ifndef DIOSCOPE_RUN_WORKLOAD_H
#define DIOSCOPE_RUN_WORKLOAD_H

#include "user/workload/workload.h"

/* What the system said of one operation. */
struct op_result {
	uint64_t begin_ns; /* CLOCK_MONOTONIC around the call: a record that entered between the two is this op's */
	uint64_t end_ns;   /* asynchronous writes: after their completion was reaped */
	int64_t ret;	   /* bytes, 0, or -errno */
};

struct run_env {
	const char *dir; /* mount point */
	/* Unmount and mount again; NULL: "remount" in the workload is an error. */
	int (*remount)(void *ctx, struct errmsg *err);
	void *ctx;
	bool go_on; /* a set-up operation that fails is a result, too, and the next one is run */
};

/*
 * Run all of @wl; results[i] is that of wl->ops[i]. A write that fails is a result, not an error; a set-up operation
 * that fails is an error ("FILE:LINE: fallocate f: No space left on device") unless env->go_on. Files stay open only
 * until return.
 */
int run_workload(const struct workload *wl, const struct run_env *env, struct op_result *results, struct errmsg *err);

#endif
