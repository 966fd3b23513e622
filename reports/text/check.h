/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is a trace what it says? Each block is read and unpacked, each record looked at, the index made again and compared,
 * the counts and accounts of the trailer drawn again from the records. A write that was lost and is counted as lost is
 * no fault of its trace; what the recording itself got wrong (accounts that do not balance) is one.
 */
#ifndef DIOSCOPE_CHECK_H
#define DIOSCOPE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/progress.h"
#include "user/base/util.h"

struct check_result {
	unsigned int version; /* of the container */
	uint64_t blocks;      /* of records */
	uint64_t writes;
	uint64_t syncs;
	uint64_t files;
	uint64_t lost;	       /* writes, as the trailer has it */
	unsigned int accounts; /* drawn */
	bool indexed;
	unsigned int faults;
};

/* One sentence about each thing that is wrong. */
typedef void (*fault_fn)(void *ctx, const char *fault);

/* @progress may be NULL. 0 also with faults; -errno when @path is no trace or cannot be read. */
int check_trace(const char *path, struct check_result *result, fault_fn fault, void *ctx, struct progress *progress,
		struct errmsg *err);

#endif
