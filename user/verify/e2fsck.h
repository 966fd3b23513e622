/* SPDX-License-Identifier: GPL-2.0-only */
/* e2fsck on its way over what is on a device, or in a file. */
#ifndef DIOSCOPE_E2FSCK_H
#define DIOSCOPE_E2FSCK_H

#include "user/base/spawn.h"

/*
 * Only looks, and takes nothing for granted. e2fsck.static where there is one: to find and relocate its libraries takes
 * as long as all that e2fsck does on a small file system. As spawn_start().
 */
int e2fsck_start(struct spawned *s, const char *path, struct errmsg *err);
/* 0: it is clean, and @complaint NULL; 1: it is not; what it said, malloc'ed. -EIO: it could not tell. */
int e2fsck_finish(struct spawned *s, const char *path, char **complaint, struct errmsg *err);

#endif
