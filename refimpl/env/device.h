/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block device, or an image file in its place: what a bio becomes. Data go around the host's page cache; FUA is
 * RWF_DSYNC and a flush is fdatasync(2), so that a device with a volatile cache is asked for what the kernel asks. Of a
 * device in memory nothing is asked.
 */
#ifndef DIOSCOPE_REF_DEVICE_H
#define DIOSCOPE_REF_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "refimpl/env/memory.h"

struct ref_device {
	struct ref_memory *memory; /* NULL: it is a file */
	int fd;
	void *zeroes;
};

/*
 * 0 or -errno. An image on a file system without O_DIRECT (tmpfs) goes through the host's page cache. @memory: instead
 * of what is at @path; NULL: there is none.
 */
int ref_device_open(struct ref_device *dev, const char *path, struct ref_memory *memory);
void ref_device_close(struct ref_device *dev);
/* All of it or -errno. @data NULL: zeroes. Without @data's own alignment to the logical block: -EINVAL. */
int ref_device_write(const struct ref_device *dev, uint64_t addr, const void *data, size_t len, bool fua);
int ref_device_read(const struct ref_device *dev, uint64_t addr, void *data, size_t len);
int ref_device_flush(const struct ref_device *dev);

#endif
