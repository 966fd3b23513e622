/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A throw-away ext4: an image without a name, a loop device on it, and a mount that only this process sees. All three
 * end with the process, however it ends: the image file is unlinked at birth, the loop device clears itself when its
 * last user closes it, and the mount lives in a private mount namespace.
 */
#ifndef DIOSCOPE_LOOP_FS_H
#define DIOSCOPE_LOOP_FS_H

#include <stdint.h>
#include <sys/types.h>

#include "refimpl/refimpl.h"
#include "user/util.h"
#include "user/workload.h"

struct loop_fs {
	char device[32]; /* "/dev/loop3" */
	uint32_t dev;	 /* kernel dev_t */
	const char *dir; /* mount point; NULL when not mounted */
	const struct workload *wl;
	pid_t guard; /* puts the cache setting of the device back; 0: it was not changed */
	int guard_pipe;
	int fd; /* keeps the device alive; -1: none */
};

/* Mounts from here on are this process' own. Once, before the first loop_fs_mount(). */
int loop_fs_private_mounts(struct errmsg *err);

/*
 * An image of wl->device_size in $TMPDIR (or /var/tmp), a loop device with the logical block size and cache that @wl
 * asks for, and mkfs.ext4 with its options. Always the same UUID and hash seed: two of them are the same file system.
 * @wl must outlive @fs.
 */
int loop_fs_create(struct loop_fs *fs, const struct workload *wl, struct errmsg *err);
int loop_fs_mount(struct loop_fs *fs, struct errmsg *err);
int loop_fs_umount(struct loop_fs *fs, struct errmsg *err);
/* run_env.remount: the inodes are read afresh. */
int loop_fs_remount(void *fs, struct errmsg *err);
/* Unmount if need be, and let the device go. */
void loop_fs_release(struct loop_fs *fs);
/* What the reference has to know of it, as sysfs says. */
void loop_fs_target(const struct loop_fs *fs, const struct workload *wl, struct ref_target *target);

#endif
