/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What record and live take alike on the command line: which writes, for how long, seen through which hooks, and the
 * command to watch.
 */
#ifndef DIOSCOPE_FILTERS_H
#define DIOSCOPE_FILTERS_H

#include <stdint.h>
#include <sys/types.h>

#include "user/capture/capture.h"
#include "user/cmd/command.h"
#include "user/base/util.h"

#define FILTER_PIDS_MAX 64

struct filters {
	struct capture_options capture;
	const char *device; /* as it was given; NULL: any */
	const char *file;   /* likewise */
	pid_t pids[FILTER_PIDS_MAX];
	int pidfds[FILTER_PIDS_MAX]; /* tell when they end */
	unsigned int nr_pids;
	uint64_t duration_ns; /* 0: no end */
	const char *ready;    /* a file to create once the probes are attached; NULL: none */
	char **cmd;	      /* NULL: none */
};

/* For struct command's shared. */
extern const struct option_row filter_options[];

/* Take the option filter_options[@option]. The strings given must outlive @f. */
int filters_take(struct filters *f, int option, const char *value, struct errmsg *err);
/* Every process that was named has ended, and there was one. */
bool filters_processes_ended(const struct filters *f);
/* Whether the option makes sense with a trace file instead of the running kernel. */
bool filter_suits_trace(int option);
/* Do the files that are named get along? */
int filters_check(const struct filters *f, struct errmsg *err);
/* What is left of @argv is the command, which then is what is watched. -EINVAL where a -- has none. */
int filters_take_command(struct filters *f, int argc, char **argv, struct errmsg *err);

#endif
