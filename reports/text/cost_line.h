/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording cost, in one line. The kernel counts the time of programs, not whose write it was spent on: probes
 * also run for reads, for buffered writes and for writes that the filters leave out. So what is certain is the share of
 * a processor; a time per write is the most that it can be, and is given only where the probes ran for hardly anything
 * but the writes that were counted, and those are not too few.
 */
#ifndef DIOSCOPE_COST_LINE_H
#define DIOSCOPE_COST_LINE_H

#include <stdint.h>
#include <stdio.h>

#include "user/base/meta.h"

/* Of the moments in which the kernel took the time of each run. */
struct cost_sample {
	uint64_t ns;	   /* how long they were; 0: not known, older traces do not say */
	uint64_t run_ns;   /* of the probes, on all processors together */
	uint64_t runs;	   /* of the probes */
	uint64_t writes;   /* direct writes that matched the filters and began */
	uint64_t calls_ns; /* of run_ns, about so much for system calls that do not write */
	uint64_t others;   /* reads, buffered writes and others that the probes had to look at, at least */
};

struct cost_totals {
	struct cost_sample sample;
	uint64_t ring_high; /* most bytes seen waiting in the ring buffer since the probes were attached, */
	uint64_t ring_size; /* of so many; 0: nothing is known */
	uint64_t ring_lost; /* records and steps that found it full */
};

#define COST_SAMPLES_MIN 100 /* of fewer writes a mean says nothing */

/* What a trailer says of it. */
void cost_load(struct cost_totals *cost, const struct meta *trailer);
/*
 * "probes took 0.80 % of a processor (1.20 ms in 150 ms sampled), at most 4.00 us a write (of 300), ring buffer at most
 * 3 % full", and a newline; nothing where nothing is known.
 */
void cost_print(FILE *out, const char *before, const struct cost_totals *cost);

#endif
