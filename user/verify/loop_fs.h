/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A throw-away ext4: a loop device of our own, and a mount that is in no directory tree. It is reached through its
 * descriptor alone and ends with the last process that has it, so that nothing is left behind, and no mount namespace
 * of ours keeps file systems of the host from being unmounted.
 */
#ifndef DIOSCOPE_LOOP_FS_H
#define DIOSCOPE_LOOP_FS_H

#include <stdint.h>
#include <sys/types.h>

#include "refimpl/refimpl.h"
#include "user/verify/loop_device.h"
#include "user/base/util.h"
#include "user/workload/workload.h"

struct loop_fs {
	struct loop_device device;
	uint32_t dev; /* kernel dev_t */
	int mount;    /* -1: this process has none */
	char dir[32]; /* its path, in this process */
	const struct workload *wl;
};

#define LOOP_FS_NONE ((struct loop_fs){.device.fd = -1, .mount = -1})

/*
 * A loop device of the size, the logical block size and the cache that @wl asks for, and mkfs.ext4 with its options.
 * Always the same UUID and hash seed: two of them are the same file system. @wl must outlive @fs.
 */
int loop_fs_create(struct loop_fs *fs, const struct workload *wl, struct errmsg *err);
/*
 * mkfs.ext4 with @options on the device @path, or on its first @size bytes (0: all); @extended is more for its -E, ""
 * for nothing. For devices that are not made by loop_fs_create().
 */
int loop_fs_mkfs(const char *path, uint64_t size, const char *options, const char *extended, struct errmsg *err);
/* @fs on a device that the caller has, and made with loop_fs_mkfs(): not to be released, but unmounted. */
int loop_fs_on(struct loop_fs *fs, const struct loop_device *device, const struct workload *wl, struct errmsg *err);
/* By the process that uses it: the mount ends with it. */
int loop_fs_mount(struct loop_fs *fs, struct errmsg *err);
/* Wait until the mount that a process had is gone, and all is on the device. */
int loop_fs_unmounted(const struct loop_fs *fs, struct errmsg *err);
/* run_env.remount: the inodes are read afresh. */
int loop_fs_remount(void *fs, struct errmsg *err);
/* Unmount if need be, and let the device go. */
void loop_fs_release(struct loop_fs *fs);
/* What the reference has to know of it, as sysfs says. */
void loop_fs_target(const struct loop_fs *fs, const struct workload *wl, struct ref_target *target);

#endif
