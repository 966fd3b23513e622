/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes below another, as /proc says it. */
#ifndef DIOSCOPE_PROCESS_TREE_H
#define DIOSCOPE_PROCESS_TREE_H

#include <stdbool.h>
#include <sys/types.h>

/* It may be absent, or of another PID namespace (unshare --pid without --mount-proc): its numbers are strangers' then. */
bool proc_is_ours(void);

/* Anything but 0 ends the walk and is passed on. */
typedef int (*process_fn)(void *ctx, pid_t pid);

/*
 * @fn for each child of each thread of @pid, before that one's own children are listed, and so for all below. For none
 * where /proc is not of our PID namespace.
 */
int for_each_descendant(pid_t pid, process_fn fn, void *ctx);

#endif
