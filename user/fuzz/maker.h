/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the generator: generate.c has the operations, generate_setup.c file system and device, both say lines.
 */
#ifndef DIOSCOPE_MAKER_H
#define DIOSCOPE_MAKER_H

#include <stdio.h>

#include "user/fuzz/generate.h"
#include "user/fuzz/random.h"

#define EDGES_MAX 24
#define FILES_MAX 3
#define SECTOR	  512
#define PAGE	  4096
#define TINY	  80

/* What is known of a file while it is made up: where something begins or ends. */
struct made_file {
	bool created;
	bool dirty; /* pages may wait for the flusher */
	int64_t size;
	int64_t edges[EDGES_MAX];
	size_t nr_edges;
};

struct maker {
	const struct theme *theme;
	struct dice dice;
	FILE *out;
	int64_t bs;
	uint32_t lbs;
	uint64_t device_size;
	bool extents;
	bool full; /* the device */
	struct made_file files[FILES_MAX];
	bool immutable[FILES_MAX];
	bool limited;
	bool journal_data;
};

__attribute__((format(printf, 2, 3))) void maker_say(struct maker *m, const char *fmt, ...);
void maker_say_size(struct maker *m, int64_t bytes);
/* Device, mkfs and mount. */
void maker_setup(struct maker *m);

#endif
