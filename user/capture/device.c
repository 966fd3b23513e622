// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "user/capture/capture.h"
#include "user/capture/fs_type.h"

/* Of the superblock that begins 1024 bytes into the device. */
#define MAGIC_AT (1024 + 56)

#define ONLY_EXT4 "dioscope records ext4"

#define MAJOR_MAX 0xfff /* the kernel's dev_t has 12 bits for it, */
#define MINOR_MAX 0xfffff

/* --- a device --- */

/* "loop0" of 7:0. */
static int device_name(dev_t dev, char *name, size_t size)
{
	char link[64], target[512], *base;
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (strlen(base) >= size)
		return -ENAMETOOLONG;
	strcpy(name, base);
	return 0;
}

/* ext4 has a directory there for each device that it is mounted from, in whatever mount namespace. */
static bool is_mounted_ext4(const char *name)
{
	_cleanup_free_ char *path = strf("/sys/fs/ext4/%s", name);

	return path && !access(path, F_OK);
}

/* 1: it holds an ext4, 0: it does not, -errno: it cannot be read. */
static int holds_ext4(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t magic[2];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, magic, sizeof(magic), MAGIC_AT);
	if (n < 0)
		return -errno;
	return n == sizeof(magic) && magic[0] == (EXT4_SUPER_MAGIC & 0xff) && magic[1] == EXT4_SUPER_MAGIC >> 8;
}

static int check_device(const char *text, const char *path, dev_t dev, const char *name, struct errmsg *err)
{
	char buf[32];
	const char *type;
	int ret;

	if (is_mounted_ext4(name))
		return 0;
	ret = holds_ext4(path);
	if (ret > 0)
		return 0;
	if (ret < 0)
		return fail(err, ret, "no ext4 of '%s' is mounted, and whether it holds one cannot be read: %s", text,
			    strerror(-ret));
	type = fs_type_of_device(path, dev, buf, sizeof(buf));
	if (type)
		return fail(err, -EINVAL, "'%s' holds %s: " ONLY_EXT4, text, type);
	return fail(err, -EINVAL, "'%s' is not the device of an ext4 file system", text);
}

static int find_number(const char *text, dev_t dev, struct errmsg *err)
{
	_cleanup_free_ char *path = NULL;
	char name[256];

	if (access("/sys/dev/block", F_OK))
		return fail(err, -ENOENT, "/sys is not mounted: no device can be named by its numbers");
	if (device_name(dev, name, sizeof(name)))
		return fail(err, -ENODEV, "there is no block device '%s'", text);
	path = strf("/dev/%s", name);
	return path ? check_device(text, path, dev, name, err) : fail(err, -ENOMEM, "out of memory");
}

static int find_node(const char *path, dev_t dev, struct errmsg *err)
{
	char name[256];

	if (device_name(dev, name, sizeof(name)))
		name[0] = '\0'; /* no /sys: what it holds tells */
	return check_device(path, path, dev, name[0] ? name : "?", err);
}

/* --- a file --- */

/* ext2 and ext3 have the same magic number: those that ext4's own code mounts are among its directories. */
static bool is_ext4(const char *type, dev_t dev)
{
	char name[256];

	return !strcmp(type, "ext4") || (!device_name(dev, name, sizeof(name)) && is_mounted_ext4(name));
}

int device_check_file(const char *path, struct errmsg *err)
{
	char buf[32];
	const char *type = fs_type_of_path(path, buf, sizeof(buf));
	struct statfs fs;
	struct stat st;

	if (statfs(path, &fs) || stat(path, &st))
		return fail(err, -errno, "cannot use '%s': %s", path, strerror(errno));
	if (!strcmp(type, "overlay"))
		return fail(err, -EINVAL,
			    "'%s' is on overlay: its writes are recorded as those of the file system below, so name a "
			    "path in "
			    "its upper directory (upperdir= in /proc/self/mountinfo), or the device of that",
			    path);
	if (fs.f_type != EXT4_SUPER_MAGIC || !is_ext4(type, st.st_dev))
		return fail(err, -EINVAL, "'%s' is on %s: " ONLY_EXT4, path, type);
	return 0;
}

/* --- whatever it is --- */

/* "7:0", and nothing else that sscanf() would take. */
static bool parse_numbers(const char *text, dev_t *dev)
{
	unsigned long maj, min;
	char *end;

	if (text[strspn(text, "0123456789:")] || !strchr(text, ':'))
		return false;
	maj = strtoul(text, &end, 10);
	if (end == text || *end != ':')
		return false;
	text = end + 1;
	min = strtoul(text, &end, 10);
	if (end == text || *end || maj > MAJOR_MAX || min > MINOR_MAX)
		return false;
	*dev = makedev(maj, min);
	return true;
}

static int find_path(const char *path, dev_t *dev, struct errmsg *err)
{
	struct stat st;

	if (stat(path, &st))
		return fail(err, -errno, "cannot use '%s' as a device: %s", path, strerror(errno));
	if (S_ISCHR(st.st_mode))
		return fail(err, -EINVAL,
			    "'%s' is a character device: a block device, a mount point or MAJ:MIN is needed", path);
	*dev = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
	return S_ISBLK(st.st_mode) ? find_node(path, *dev, err) : device_check_file(path, err);
}

int device_find(const char *text, uint32_t *dev, struct errmsg *err)
{
	dev_t found;
	int ret = parse_numbers(text, &found) ? find_number(text, found, err) : find_path(text, &found, err);

	if (!ret)
		*dev = kernel_dev(found);
	return ret;
}
