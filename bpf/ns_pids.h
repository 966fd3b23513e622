/* SPDX-License-Identifier: GPL-2.0-only */
/* What bpf/ns_pids.bpf.c tells of one process: shared by both compilers. */
#ifndef DIOSCOPE_NS_PIDS_H
#define DIOSCOPE_NS_PIDS_H

#include <linux/types.h>

struct ns_pid {
	__u32 inside; /* its number in the PID namespace of who asks */
	__u32 global; /* and in the initial one, which is what probes see and records hold */
};

#endif
