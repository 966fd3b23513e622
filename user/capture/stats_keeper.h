/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel counts the run time of BPF programs while somebody holds a descriptor that only CAP_SYS_ADMIN can get. A
 * process keeps that privilege, and does nothing but open and close this descriptor when it is told to; it ends with
 * us.
 */
#ifndef DIOSCOPE_STATS_KEEPER_H
#define DIOSCOPE_STATS_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

struct stats_keeper {
	pid_t pid; /* 0: there is none */
	int socket;
};

int stats_keeper_start(struct stats_keeper *k);
/* Whether the kernel now counts. */
bool stats_keeper_set(const struct stats_keeper *k, bool on);
void stats_keeper_end(struct stats_keeper *k);

#endif
