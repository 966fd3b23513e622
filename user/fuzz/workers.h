/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that try random workloads each for itself, and one reader of what came of them, in the order of the
 * workloads: what is found does not depend on how many there are. Where an engine dies, its process does, and the
 * reader says so.
 */
#ifndef DIOSCOPE_WORKERS_H
#define DIOSCOPE_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/util.h"
#include "user/workload/workload.h"

/* What came of one workload. */
struct outcome {
	char id[sizeof(((struct workload *)NULL)->id)];
	uint64_t writes;
	uint64_t facts;	    /* compared */
	bool reached;	    /* a write of it came to the path, and to a hook where there is one */
	char *not_observed; /* by the hooks, which promised it; NULL: all was */
	char *key;	    /* of what differs; NULL: nothing does */
};

void outcome_release(struct outcome *o);

/* Workload @nr, here. @o is to be released also on error. */
typedef int try_fn(void *ctx, uint64_t nr, struct outcome *o, struct errmsg *err);

struct workers;

/*
 * @nr processes, from now on: workload @from, and so on, without end. They have copies of all that is here, @ctx among
 * it, and get no signal that is sent to the terminal's programs but by its default.
 */
int workers_start(struct workers **w, unsigned int nr, uint64_t from, try_fn *try, void *ctx, struct errmsg *err);
/* The next in order; what @try_fn returns of it, or -EIO where its process is gone. @o is to be released either way. */
int workers_next(struct workers *w, struct outcome *o, struct errmsg *err);
/* NULL: there are none. */
void workers_stop(struct workers *w);

#endif
