/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel itself says meanwhile, in /dev/kmsg. */
#ifndef DIOSCOPE_KERNEL_LOG_H
#define DIOSCOPE_KERNEL_LOG_H

/* What it says from now on. The descriptor is the caller's; -1: it cannot be read here. */
int kernel_log_open(void);

/* All that it has said since then, a line a message, which is the caller's; NULL: it is not known. */
char *kernel_log_read(int log);

#endif
