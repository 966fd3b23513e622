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
	int exec;  /* at its end when the command runs, a byte when it cannot be run */
	int status;
	bool ended_by_us;
};

struct child_options {
	const char *verb;      /* who says that the command cannot be run */
	bool stdout_to_stderr; /* stdout is taken */
};

int child_fork(struct child *c, const struct child_options *options, char **cmd);
/* Let it run; false: it cannot be run, and has said so. Nothing and true when there is none. */
bool child_start(struct child *c);
/* Let it end before it did anything. */
void child_cancel(struct child *c);
/* Did it end? Its status is then as a shell would say it. */
bool child_ended(struct child *c);
/* Until it has. */
void child_wait(struct child *c);
/*
 * To the command and to what it started, also where the parents have gone, but not to what left for a session of its
 * own. The command is in our process group, as a terminal wants it: Ctrl-C, Ctrl-Z and reading are between them.
 */
void child_signal(const struct child *c, int sig);
/* Did all of them end? */
bool child_all_ended(struct child *c);

#endif
