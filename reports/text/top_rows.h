/* SPDX-License-Identifier: GPL-2.0-only */
/* What the table of live is made of: top.c fills it, top_table.c shows it. */
#ifndef DIOSCOPE_TOP_ROWS_H
#define DIOSCOPE_TOP_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/write_record.h"
#include "reports/model/files.h"
#include "reports/model/look.h"

/* Everything that tells one row of a file from another. No padding: compared as bytes. */
struct reason {
	uint32_t exclusive; /* why: rows of WHY_GROUP_LOCK as a mask */
	uint8_t lock;	    /* enum lock_row */
	uint8_t failed;	    /* 1 + enum why, 0: it did not, or why is not known */
	uint8_t fallback;   /* 1 + enum why, 0: none */
	uint8_t durability; /* 1 + enum durability, 0: not asked for */
	uint8_t sync;	    /* 1 + enum why of it, 0: none */
	uint8_t waits;
	uint8_t in_flight;  /* it was not over when the recording ended */
	uint8_t unfinished; /* its end was not seen for another cause */
	uint16_t err;	    /* 0: it did not fail */
	uint16_t pad;
};
_Static_assert(sizeof(struct reason) == 16, "it is compared as bytes");

struct reason look_reason(const struct look *look);
/* "exclusive: extends the file; commit: extended the file" */
const char *reason_format(const struct reason *r, char *buf, size_t size);

/* Times: a bucket for each 16th of a power of two */

#define SUB_BITS  4
#define NR_SUB	  (1u << SUB_BITS)
#define NR_BUCKET ((64 - SUB_BITS + 1) * NR_SUB)

#define ROWS_MAX 1000
#define SLOTS	 2048 /* a power of two, well above ROWS_MAX */

struct row_key {
	uint32_t dev;
	uint64_t ino;
	uint32_t generation;
	char file[FILE_NAME_LEN * 4 + 1]; /* as the write has it */
	struct reason reason;
};

/* Time that the writes of a row spent waiting. */
struct row_wait {
	size_t known; /* writes of which it is known, or that did not wait; 0: the sum is none */
	bool inferred;
	uint64_t total_ns;
};

struct row {
	struct row_key key;
	const struct file_name *name; /* NULL: key.file is all that is known */
	size_t nr;
	struct row_wait lock, drain;
	uint64_t bytes;
	uint64_t total_ns, max_ns;
	size_t timed;  /* writes whose time is known, */
	bool inferred; /* of one at least by a rule */
	uint32_t buckets[NR_BUCKET];
};

struct top {
	struct row *slots[SLOTS];
	size_t nr;
	struct row all;	  /* of all writes */
	struct row *rest; /* of those that found no room; NULL: there is room */
};

#endif
