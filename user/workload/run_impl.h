/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the live runner share: run_workload.c has the writes, run_setup.c all else, run_threads.c threads.
 */
#ifndef DIOSCOPE_RUN_IMPL_H
#define DIOSCOPE_RUN_IMPL_H

#include <libaio.h>
#include <liburing.h>
#include <signal.h>
#include <sys/resource.h>

#include "user/workload/run_workload.h"

#define PAGE 4096ll

/* A file that has been written to directly stays open until a remount or the end. */
struct direct_file {
	char name[WL_NAME_MAX];
	int fd;
};

struct runner {
	const struct workload *wl;
	const struct run_env *env;
	struct errmsg *err;
	int dir;
	struct direct_file *files;
	size_t nr_files;
	io_context_t aio;
	struct io_uring ring;
	bool ring_ready;
	struct rlimit old_limit;
	struct sigaction old_sigxfsz;
};

int run_open_dir(struct runner *r);
void run_close_files(struct runner *r);
/* "FILE:LINE: fallocate f: No space left on device": @code */
int run_fail(const struct runner *r, const struct workload_op *op, int code);
uint64_t run_now_ns(void);
/* So that the next write is sure to change the timestamps: they are taken from the clock that moves with the tick. */
void run_pass_clock_tick(void);
/* And until those of this file would change: where they are whole seconds, that is the next one. */
void run_outlast_timestamps(int fd);
/* Open for one operation, whose name may be anybody's under "dioscope run"; or -errno. */
int run_open_file(const struct runner *r, const struct workload_op *op, int flags);
/* The file's descriptor for direct writes, opened at its first write; or -errno. */
int run_direct_fd(struct runner *r, const struct workload_op *op);
/* Open it again with O_DSYNC and its like: 0 or -errno. */
int run_reopen(struct runner *r, const struct workload_op *op);

/* One operation. A failure is the run's, unless it is a result. */
int run_write(struct runner *r, const struct workload_op *op, struct op_result *result);
int run_setup(struct runner *r, const struct workload_op *op, struct op_result *result);
/* All @nr operations of a parallel block, the first of which is @op. */
int run_group(struct runner *r, const struct workload_op *op, size_t nr, struct op_result *results);

#endif
