/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a trailer counts against what its trace holds. Where the two differ, a trace that has its end is not all of what
 * was recorded.
 */
#ifndef DIOSCOPE_COUNTS_H
#define DIOSCOPE_COUNTS_H

#include <stdint.h>

#include "bpf/write_record.h"
#include "user/base/meta.h"

/* What is there. */
struct counts {
	uint64_t writes;
	uint64_t in_flight;
	uint64_t steps_missing;
	uint64_t skipped; /* writes that nobody looked at: what they are is not known */
};

/* @nr_steps: how many of its steps are there. */
void counts_take(struct counts *c, const struct write_record *rec, uint32_t nr_steps);
/*
 * *@why: "the trailer says that 178 writes were recorded, and 177 are here", malloc'ed, NULL where they agree. 0 or
 * -ENOMEM.
 */
int counts_check(const struct counts *c, const struct meta *trailer, char **why);

#endif
