/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Probes see processes by their numbers in the initial PID namespace. In another one (a container) a number that a user
 * gives, and that fork() returns, is not theirs, and may be a stranger's there.
 */
#ifndef DIOSCOPE_PID_NS_H
#define DIOSCOPE_PID_NS_H

#include <sys/types.h>

#include "user/base/util.h"

struct pid_ns;

/* *@out is NULL in the initial namespace, where there is nothing to translate. */
int pid_ns_open(struct pid_ns **out, struct errmsg *err);
void pid_ns_close(struct pid_ns *ns);
/* @pid's number in the initial namespace. -ESRCH: there is no such process now. */
int pid_ns_global(const struct pid_ns *ns, pid_t pid, pid_t *global, struct errmsg *err);

#endif
