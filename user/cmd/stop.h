/* SPDX-License-Identifier: GPL-2.0-only */
/* Ctrl-C for verbs that run one workload after another: the one under way is finished and cleaned up, no other begun. */
#ifndef DIOSCOPE_STOP_H
#define DIOSCOPE_STOP_H

#include <signal.h>

extern volatile sig_atomic_t stop_signal; /* 0: none came */

/* SIGINT, SIGTERM and SIGHUP set stop_signal from here on. */
void stop_on_signals(void);

#endif
