/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording is of, besides the kernel: the host, this program, and every ext4 that is mounted where we are, with
 * the device below it. All of it is read, nothing is written.
 */
#ifndef DIOSCOPE_MACHINE_H
#define DIOSCOPE_MACHINE_H

#include "user/base/meta.h"

/* Lines META_HOST, META_VERSION and META_DEV of a header. What cannot be read has no line: it is unknown. */
int machine_describe(struct meta *header);

#endif
