// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/fs_type.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "user/capture/mountinfo.h"
#include "user/base/util.h"

/* The mount that something is of: the best, and of two the later, which lies above. */
struct search {
	const char *path; /* NULL: by device */
	dev_t dev;
	size_t best;
	char *type;
	size_t size;
};

/* By how much of the path is the mount's. */
static size_t lies_below(const char *path, const char *where)
{
	size_t len = strlen(where);

	if (len == 1)
		return 1;
	return !strncmp(path, where, len) && (!path[len] || path[len] == '/') ? len : 0;
}

static int look_at(const struct mount *m, void *ctx)
{
	struct search *s = ctx;
	size_t fit = s->path ? lies_below(s->path, m->where) : makedev(m->major, m->minor) == s->dev;

	if (fit && fit >= s->best) {
		s->best = fit;
		snprintf(s->type, s->size, "%s", m->type);
	}
	return 0;
}

static const char *find_type(struct search *s)
{
	mounts_each(look_at, s);
	return s->best ? s->type : NULL;
}

const char *fs_type_of_path(const char *path, char *buf, size_t size)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct search search = {.path = real, .type = buf, .size = size};
	const char *type = real ? find_type(&search) : NULL;

	return type ? type : "another file system";
}

/* --- what is not mounted --- */

static const struct {
	const char *type;
	off_t at;
	const char *magic;
} magics[] = {
	{"xfs", 0, "XFSB"},
	{"btrfs", 0x10040, "_BHRfS_M"},
	{"f2fs", 1024, "\x10\x20\xf5\xf2"},
	{"squashfs", 0, "hsqs"},
	{"erofs", 1024, "\xe2\xe1\xf5\xe0"},
	{"swap", 4086, "SWAPSPACE2"},
	{"an encrypted device", 0, "LUKS\xba\xbe"},
};

static bool has_magic(int fd, size_t i)
{
	char seen[16];
	ssize_t len = (ssize_t)strlen(magics[i].magic);

	return pread(fd, seen, (size_t)len, magics[i].at) == len && !memcmp(seen, magics[i].magic, (size_t)len);
}

const char *fs_type_of_device(const char *path, dev_t dev, char *buf, size_t size)
{
	struct search search = {.dev = dev, .type = buf, .size = size};
	const char *mounted = find_type(&search);
	_cleanup_close_ int fd = mounted ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	for (size_t i = 0; fd >= 0 && i < ARRAY_SIZE(magics); i++)
		if (has_magic(fd, i))
			return magics[i].type;
	return mounted;
}
