/* SPDX-License-Identifier: GPL-2.0-only */
/* The tallies as metrics: what a Prometheus scrapes. */
#ifndef DIOSCOPE_METRICS_H
#define DIOSCOPE_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "reports/model/tally.h"
#include "reports/text/cost_line.h"

enum metrics_format {
	METRICS_PROMETHEUS,  /* text/plain; version=0.0.4 */
	METRICS_OPENMETRICS, /* application/openmetrics-text; version=1.0.0 */
};

/* All counted since the probes were attached. */
struct metrics {
	const char *kernel; /* "6.12.8" */
	const char *tier;   /* of the hooks */
	bool by_file;	    /* label writes with the file */
	const struct tally_table *tallies;
	uint64_t entered;    /* writes that the filters took */
	uint64_t lost_state; /* of them, whose completion could not be waited for */
	uint64_t other_fs;   /* direct writes of other file systems */
	uint64_t skipped;    /* runs of probes */
	struct cost_sample cost;
};

/* Content-Type of what metrics_write() writes. */
const char *metrics_content_type(enum metrics_format format);
/* Whether it could be written is told by ferror(3). */
void metrics_write(FILE *out, const struct metrics *m, enum metrics_format format);

#endif
