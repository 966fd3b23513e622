/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process may still do once all that it needs is open. A recorder attaches as root and then runs for hours on
 * what other processes write; of what made that possible it keeps what draining and detaching need, and that is little:
 * the programs, maps and links are descriptors.
 *
 *	CAP_KILL	with a command: to end it, though it may have changed its user
 *	CAP_BPF		before 5.19, where bpf() asks for it whatever is done with a descriptor
 *	CAP_SYS_ADMIN	not kept; a process of a few lines has it to switch the kernel's BPF statistics on and off
 */
#ifndef DIOSCOPE_PRIVILEGE_H
#define DIOSCOPE_PRIVILEGE_H

#include <stdbool.h>

#include "user/base/util.h"

/* What a recorder needs from here on. The uid stays what it is. */
int privilege_drop(bool with_command, struct errmsg *err);
/* Nothing but @cap, where we have it. */
int privilege_keep_one(int cap);
bool privilege_has(int cap);

#endif
