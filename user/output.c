// SPDX-License-Identifier: GPL-2.0-only
#include "user/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static bool is_stdout(const char *path)
{
	return !path || !strcmp(path, "-");
}

/* mkostemp makes it private; a result is as readable as any file its owner creates. */
static void apply_umask(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(fd, 0666 & ~mask))
		perror("dioscope: cannot set the mode of a result");
}

/* A result that is not a regular file ("/dev/stderr", a pipe) is written in place. */
static bool in_place(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

bool output_is_input(const char *path, const char *input)
{
	struct stat to, from;

	return !is_stdout(path) && !stat(path, &to) && !stat(input, &from) && to.st_dev == from.st_dev &&
	       to.st_ino == from.st_ino;
}

/* A file without a name in @path's directory; -1 where there is no such thing. */
static int open_nameless(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = slash ? strf("%.*s", (int)(slash - path + 1), path) : strf(".");

	if (!dir || access("/proc/self/fd", X_OK))
		return -1;
	return open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

static int open_temporary(struct output *out, const char *path)
{
	int fd;

	out->temporary = strf("%s.XXXXXX", path);
	if (!out->temporary)
		return -1;
	fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd >= 0) {
		apply_umask(fd);
		return fd;
	}
	free(out->temporary);
	out->temporary = NULL;
	return -1;
}

int output_open(struct output *out, const char *path, struct errmsg *err)
{
	int fd;

	*out = (struct output){.path = path};
	if (is_stdout(path)) {
		out->file = stdout;
		return 0;
	}
	if (in_place(path)) {
		out->file = fopen(path, "we");
		return out->file ? 0 : fail(err, -errno, "cannot write '%s': %s", path, strerror(errno));
	}
	fd = open_nameless(path);
	out->nameless = fd >= 0;
	if (fd < 0)
		fd = open_temporary(out, path);
	if (fd < 0)
		return fail(err, -errno, "cannot create '%s': %s", path, strerror(errno));
	out->file = fdopen(fd, "w");
	if (out->file)
		return 0;
	close(fd);
	output_discard(out);
	return fail(err, -ENOMEM, "out of memory");
}

/* linkat() does not replace: a name beside it is, and rename() does. */
static int name_it(struct output *out)
{
	char fd[64];

	snprintf(fd, sizeof(fd), "/proc/self/fd/%d", fileno(out->file));
	for (int i = 0; i < 100; i++) {
		out->temporary = strf("%s.%d.%d", out->path, (int)getpid(), i);
		if (!out->temporary)
			return -1;
		if (!linkat(AT_FDCWD, fd, AT_FDCWD, out->temporary, AT_SYMLINK_FOLLOW))
			return 0;
		free(out->temporary);
		out->temporary = NULL;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

int output_commit(struct output *out, struct errmsg *err)
{
	int ret = 0;

	if (fflush(out->file) || ferror(out->file))
		ret = fail(err, errno ? -errno : -EIO, "cannot write '%s': %s",
			   is_stdout(out->path) ? "stdout" : out->path, strerror(errno ? errno : EIO));
	if (!ret && out->nameless && name_it(out))
		ret = fail(err, -errno, "cannot create '%s': %s", out->path, strerror(errno));
	if (!ret && out->temporary && rename(out->temporary, out->path))
		ret = fail(err, -errno, "cannot create '%s': %s", out->path, strerror(errno));
	if (!ret) {
		free(out->temporary);
		out->temporary = NULL;
	}
	output_discard(out);
	return ret;
}

void output_discard(struct output *out)
{
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	out->temporary = NULL;
	if (out->file && out->file != stdout)
		fclose(out->file);
	out->file = NULL;
}
