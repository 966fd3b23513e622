/* SPDX-License-Identifier: GPL-2.0-only */
/* Which ext4 the word of a user means: a filter by anything else would let nothing through. */
#ifndef DIOSCOPE_DEVICE_H
#define DIOSCOPE_DEVICE_H

#include <stdint.h>

#include "user/base/util.h"

/*
 * "/dev/loop0", "7:0" or any path on the file system: the kernel dev_t of its device. A device that is not mounted yet
 * must hold an ext4.
 */
int device_find(const char *text, uint32_t *dev, struct errmsg *err);
/* @path is a file on an ext4. */
int device_check_file(const char *path, struct errmsg *err);

#endif
