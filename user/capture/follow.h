/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes a capture follows: those that user space names; what they fork, the kernel side adds. */
#ifndef DIOSCOPE_FOLLOW_H
#define DIOSCOPE_FOLLOW_H

#include <sys/types.h>

#include "user/capture/capture.h"
#include "user/base/util.h"

/* A process that has no children yet. */
int follow_process(struct capture *capture, pid_t pid, struct errmsg *err);
/* Processes and all that descend from them now. */
int follow_trees(struct capture *capture, const pid_t *pids, size_t nr, struct errmsg *err);

#endif
