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
	out->temporary = strf("%s.XXXXXX", path);
	if (!out->temporary)
		return fail(err, -ENOMEM, "out of memory");
	fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(out->temporary);
		out->temporary = NULL;
		return fail(err, -errno, "cannot create '%s': %s", path, strerror(errno));
	}
	apply_umask(fd);
	out->file = fdopen(fd, "w");
	return 0;
}

int output_commit(struct output *out, struct errmsg *err)
{
	int ret = 0;

	if (fflush(out->file) || ferror(out->file))
		ret = fail(err, errno ? -errno : -EIO, "cannot write '%s': %s",
			   is_stdout(out->path) ? "stdout" : out->path, strerror(errno ? errno : EIO));
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
