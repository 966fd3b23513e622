/* SPDX-License-Identifier: GPL-2.0-only */
/* Run another program to its end, with what it says kept for the error message. */
#ifndef DIOSCOPE_SPAWN_H
#define DIOSCOPE_SPAWN_H

#include <sys/types.h>

#include "user/base/util.h"

/*
 * argv[0] is looked up in PATH and in the sbin directories. Its standard input is empty; stdout and stderr are
 * gathered. Returns its exit status, or -errno when it could not be run or died of a signal. @output (may be NULL):
 * what it said, cut to fit, malloc'ed.
 */
int spawn_wait(const char *const argv[], char **output, struct errmsg *err);

/* The same in two steps, for what may run beside something else. Once it was started, it must be finished. */
struct spawned {
	const char *name; /* of the caller's argv */
	pid_t pid;
	int out;
};

int spawn_start(struct spawned *s, const char *const argv[], struct errmsg *err);
int spawn_finish(struct spawned *s, char **output, struct errmsg *err);

/*
 * One line of what a program said, cut out of @output (NULL is fine): most tools say first what is wrong, a checker
 * says last what it comes to.
 */
const char *spawn_first_line(char *output);
const char *spawn_last_line(char *output);

#endif
