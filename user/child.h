/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command that is watched: forked first, so that its pid can be followed, and let go once the probes are attached.
 */
#ifndef DIOSCOPE_CHILD_H
#define DIOSCOPE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* All zero: there is none. */
struct child {
	pid_t pid; /* 0: none, or it has ended */
	int go;	   /* closing it without a byte ends the child before it did anything */
	int status;
};

/* @verb is who says that @cmd cannot be run. */
int child_fork(struct child *c, const char *verb, char **cmd);
/* Let it run, or, without @run, end. Nothing when there is none. */
void child_release(struct child *c, bool run);
/* Did it end? Its status is then as a shell would say it. */
bool child_ended(struct child *c);

#endif
