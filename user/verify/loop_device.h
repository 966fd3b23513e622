/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A loop device of our own on an image without a name. Both end with the process, however it ends: the image is
 * unlinked at birth, and the device clears itself when its last user closes it.
 *
 * Whether it claims a volatile write cache is a setting of its queue that outlives the image: the next user of the
 * device would be told that there is no cache to flush. So, where it is changed, a guard process holds the device open,
 * too, and nobody can get it before the setting is what it was; a kill -9 of us alone changes nothing in that.
 */
#ifndef DIOSCOPE_LOOP_DEVICE_H
#define DIOSCOPE_LOOP_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "user/base/util.h"

struct loop_device {
	char path[32];	/* "/dev/loop3" */
	char image[32]; /* the file that it is on, while that is open; "": look at the device itself */
	int fd;		/* keeps it attached; -1: none */
	int own_image;	/* of loop_device_attach(); 0: the caller's */
	pid_t guard;	/* puts the cache setting back; 0: it was not changed */
	int guard_pipe;
};

/*
 * An image of @size bytes in $TMPDIR (or /var/tmp), and a device on it with logical blocks of @lbs bytes that claims a
 * volatile cache, or with @writethrough none. To be released also on failure.
 */
int loop_device_attach(struct loop_device *d, uint64_t size, uint32_t lbs, bool writethrough, struct errmsg *err);
/* The same on the file @image, which stays the caller's. */
int loop_device_attach_file(struct loop_device *d, int image, uint32_t lbs, bool writethrough, struct errmsg *err);
/*
 * Where to read what nobody writes any more, once its cache was flushed: from the image, which does not take a request
 * to the device's worker for each block, or from the device where the image is not open.
 */
static inline const char *loop_device_bytes(const struct loop_device *d)
{
	return *d->image ? d->image : d->path;
}
/* Let it go, and wait until its cache setting is back. */
void loop_device_release(struct loop_device *d);
/*
 * The kernel lets a device be claimed by one file system or one exclusive open. With the descriptor that this returns
 * no file system is on the device, and none can come. -EBUSY: one still was after @patience_ms.
 */
int loop_device_claim(const struct loop_device *d, unsigned int patience_ms);
/* A number that sysfs says of its queue. */
long loop_device_queue_value(const struct loop_device *d, const char *attribute, long fallback);

#endif
