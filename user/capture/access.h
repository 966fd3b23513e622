/* SPDX-License-Identifier: GPL-2.0-only */
/* May we load BPF here at all? What stands in the way, in one sentence. */
#ifndef DIOSCOPE_ACCESS_H
#define DIOSCOPE_ACCESS_H

#include "user/base/util.h"

/* 0; -ENOSYS where the kernel is too old or has no BPF; -EPERM where we may not use it. */
int access_check(struct errmsg *err);

#endif
