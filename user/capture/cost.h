/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What our programs cost, by the kernel's own statistics (BPF_ENABLE_STATS). Taking the time of each run costs more
 * than the run: so it is done in short moments, and the rest of the recording is as fast as it can be.
 */
#ifndef DIOSCOPE_COST_H
#define DIOSCOPE_COST_H

#include <bpf/libbpf.h>
#include <stdint.h>

#include "reports/text/cost_line.h"
#include "user/capture/stats_keeper.h"

#define COST_SHARED 10

/* What clocks and counters say. */
struct cost_gauge {
	uint64_t ns, run_ns, runs, writes;
	/* runs of programs that others run into, too, and their time: by index in cost.c's table */
	uint64_t shared[COST_SHARED], shared_ns[COST_SHARED];
};

struct cost {
	int stats_fd; /* the kernel counts while it is open; -1 */
	bool counting;
	struct stats_keeper keeper; /* has the descriptor for us, when we may not open it any more */
	uint64_t next_ns;
	struct cost_gauge start;  /* when this moment began */
	uint64_t writes;	  /* and, between two of them, how many had entered at the end of the last one */
	struct cost_sample total; /* of all moments so far */
};

void cost_init(struct cost *c);
void cost_release(struct cost *c);
/* From here on without the privilege of this process. */
int cost_delegate(struct cost *c);
/* To be called often: begins and ends moments. @writes: entered so far. */
void cost_tick(struct cost *c, const struct bpf_object *obj, uint64_t writes);
/* Ends a moment that is under way. */
void cost_end(struct cost *c, const struct bpf_object *obj, uint64_t writes);

/* Of all programs that are loaded. */
uint64_t programs_skipped_runs(const struct bpf_object *obj);

#endif
