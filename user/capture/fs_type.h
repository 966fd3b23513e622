/* SPDX-License-Identifier: GPL-2.0-only */
/* Which file system something is on, for the sentence that refuses what is not ext4. */
#ifndef DIOSCOPE_FS_TYPE_H
#define DIOSCOPE_FS_TYPE_H

#include <stddef.h>
#include <sys/types.h>

/* "xfs" into @buf, "another file system" where it cannot be told: of a path, by the mount that it is below; */
const char *fs_type_of_path(const char *path, char *buf, size_t size);
/* of a block device, by what is mounted from it, else by the magic number on it; NULL: neither is known. */
const char *fs_type_of_device(const char *path, dev_t dev, char *buf, size_t size);

#endif
