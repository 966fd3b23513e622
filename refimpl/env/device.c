/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/env/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define ZEROES (64 << 10) /* a block of 64k is the largest that a zero-out can be part of */

int ref_device_open(struct ref_device *dev, const char *path, struct ref_memory *memory)
{
	if (memory) {
		*dev = (struct ref_device){.memory = memory, .fd = -1};
		return 0;
	}
	*dev = (struct ref_device){.fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC)};
	if (dev->fd < 0 && errno == EINVAL)
		dev->fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->fd < 0)
		return -errno;
	dev->zeroes = aligned_alloc(4096, ZEROES);
	if (!dev->zeroes) {
		ref_device_close(dev);
		return -ENOMEM;
	}
	memset(dev->zeroes, 0, ZEROES);
	return 0;
}

void ref_device_close(struct ref_device *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	free(dev->zeroes);
	*dev = (struct ref_device){.fd = -1};
}

int ref_device_write(const struct ref_device *dev, uint64_t addr, const void *data, size_t len, bool fua)
{
	const uint8_t *from = data;

	if (dev->memory)
		return ref_memory_write(dev->memory, addr, data, len);
	while (len) {
		size_t room = data ? len : len < ZEROES ? len : ZEROES;
		struct iovec iov = {.iov_base = data ? (void *)from : dev->zeroes, .iov_len = room};
		ssize_t n = pwritev2(dev->fd, &iov, 1, (off_t)addr, fua ? RWF_DSYNC : 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		addr += (uint64_t)n;
		if (data)
			from += n;
		len -= (size_t)n;
	}
	return 0;
}

int ref_device_read(const struct ref_device *dev, uint64_t addr, void *data, size_t len)
{
	uint8_t *to = data;

	if (dev->memory)
		return ref_memory_read(dev->memory, addr, data, len);
	while (len) {
		struct iovec iov = {.iov_base = to, .iov_len = len};
		ssize_t n = preadv2(dev->fd, &iov, 1, (off_t)addr, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		addr += (uint64_t)n;
		to += n;
		len -= (size_t)n;
	}
	return 0;
}

int ref_device_flush(const struct ref_device *dev)
{
	return dev->memory ? 0 : fdatasync(dev->fd) ? -errno : 0;
}
