/* SPDX-License-Identifier: GPL-2.0-only */
/* The mounts of our mount namespace, as /proc/self/mountinfo lists them: later ones may lie over earlier ones. */
#ifndef DIOSCOPE_MOUNTINFO_H
#define DIOSCOPE_MOUNTINFO_H

#include <stdbool.h>

#define MOUNT_WORD_MAX 1024 /* lines with longer words are left out */

struct mount {
	unsigned int major, minor; /* of the file system: st_dev of its files, but for btrfs */
	char where[MOUNT_WORD_MAX];
	char options[MOUNT_WORD_MAX]; /* of the mount, */
	char type[64];
	char source[MOUNT_WORD_MAX];
	char of_super[MOUNT_WORD_MAX]; /* and of the file system */
};

/* Each in turn until @fn is not 0, which is returned. Nothing where /proc is not mounted. */
int mounts_each(int (*fn)(const struct mount *m, void *ctx), void *ctx);

#endif
