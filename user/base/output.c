// SPDX-License-Identifier: GPL-2.0-only
#include "user/base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/utf8.h"

#define MODE	  0600
#define OLD_TRIES 16
#define IS_LINK	  "'%s' is a symbolic link: name the file itself"

bool output_is_stdout(const char *path)
{
	return !path || !strcmp(path, "-");
}

static int cannot(const char *what, const char *path, struct errmsg *err)
{
	int code = -errno;

	if (code == -ELOOP)
		return fail(err, code, IS_LINK, path);
	return fail(err, code, "cannot %s '%s': %s", what, path, strerror(-code));
}

/* --- whose file it is --- */

/* Of who called sudo; @fallback otherwise. */
static unsigned int sudo_id(const char *variable, unsigned int fallback)
{
	const char *id = geteuid() == 0 ? getenv(variable) : NULL;

	return id && *id ? (unsigned int)strtoul(id, NULL, 10) : fallback;
}

static int check_ours(const char *path, const struct stat *st, struct errmsg *err)
{
	if (S_ISLNK(st->st_mode))
		return fail(err, -ELOOP, IS_LINK, path);
	if (!S_ISREG(st->st_mode))
		return fail(err, -EINVAL, "'%s' is not a regular file", path);
	if (st->st_uid != geteuid() && st->st_uid != sudo_id("SUDO_UID", geteuid()))
		return fail(err, -EPERM, "'%s' is a file of user %u: remove it, or name another", path, st->st_uid);
	return 0;
}

static void give_to_invoker(int fd)
{
	unsigned int uid = sudo_id("SUDO_UID", geteuid()), gid = sudo_id("SUDO_GID", getegid());

	if (fchown(fd, uid, gid))
		fprintf(stderr, "dioscope: cannot give the result to user %u: %s\n", uid, strerror(errno));
}

/* --- which file it is --- */

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The directory that @path is in; malloc'ed. */
static char *dir_of(const char *path)
{
	int len = (int)(name_of(path) - path);

	return len ? strf("%.*s", len, path) : strf(".");
}

static bool same_place(const char *a, const char *b)
{
	_cleanup_free_ char *dir_a = dir_of(a), *dir_b = dir_of(b);
	struct stat in_a, in_b;

	return dir_a && dir_b && !stat(dir_a, &in_a) && !stat(dir_b, &in_b) && in_a.st_dev == in_b.st_dev &&
	       in_a.st_ino == in_b.st_ino && !strcmp(name_of(a), name_of(b));
}

bool output_same(const char *a, const char *b)
{
	struct stat st_a, st_b;

	if (!a || !b || output_is_stdout(a) || output_is_stdout(b))
		return false;
	if (!stat(a, &st_a) && !stat(b, &st_b))
		return S_ISREG(st_a.st_mode) && st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
	return same_place(a, b);
}

/* --- the old file --- */

static bool still_named(int fd, const char *path)
{
	struct stat open_file, named;

	return !fstat(fd, &open_file) && !lstat(path, &named) && open_file.st_dev == named.st_dev &&
	       open_file.st_ino == named.st_ino;
}

/* A file system without locks has none to respect. */
static int lock(int fd, const char *path, struct errmsg *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return fail(err, -EBUSY, "'%s' is being written by another dioscope", path);
	return 0;
}

/* 0: @old is the file of that name, locked, or -1 when there is none; 1: it was another in the meantime. */
static int open_old_once(const char *path, int *old, struct errmsg *err)
{
	struct stat st;
	int ret;

	*old = -1;
	if (lstat(path, &st))
		return errno == ENOENT ? 0 : cannot("create", path, err);
	ret = check_ours(path, &st, err);
	if (ret)
		return ret;
	*old = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*old < 0)
		return errno == ENOENT ? 1 : cannot("replace", path, err);
	ret = fstat(*old, &st) ? -errno : check_ours(path, &st, err);
	if (!ret)
		ret = lock(*old, path, err);
	return ret ? ret : !still_named(*old, path);
}

static int open_old(const char *path, int *old, struct errmsg *err)
{
	for (int i = 0; i < OLD_TRIES; i++) {
		int ret = open_old_once(path, old, err);

		if (ret && *old >= 0)
			close(*old);
		if (ret <= 0)
			return ret;
	}
	return fail(err, -EBUSY, "'%s' is another file each time that it is looked at", path);
}

/* --- the new file --- */

/* A file without a name in @path's directory; -1 where there is no such thing. */
static int open_nameless(const char *path)
{
	_cleanup_free_ char *dir = dir_of(path);

	if (!dir || access("/proc/self/fd", X_OK))
		return -1;
	return open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);
}

static int open_temporary(struct output *out)
{
	int fd;

	out->temporary = strf("%s.XXXXXX", out->path);
	if (!out->temporary)
		return -1;
	fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd >= 0)
		return fd;
	free(out->temporary);
	out->temporary = NULL;
	return -1;
}

/* mkostemp() and O_TMPFILE leave it to the umask, which may take from it, too. */
static void make_private(int fd)
{
	if (fchmod(fd, MODE))
		perror("dioscope: cannot set the mode of a result");
	give_to_invoker(fd);
}

static int open_new(struct output *out, struct errmsg *err)
{
	int fd = open_nameless(out->path), ret;

	out->nameless = fd >= 0;
	if (fd < 0)
		fd = open_temporary(out);
	if (fd < 0)
		return cannot("create", out->path, err);
	make_private(fd);
	ret = lock(fd, out->path, err);
	out->file = ret ? NULL : fdopen(fd, "w");
	if (out->file)
		return 0;
	close(fd);
	return ret ? ret : fail(err, -ENOMEM, "out of memory");
}

/* --- in place --- */

/* What takes bytes as they come. Never a disk: what is on it would be gone. */
static bool is_stream(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode);
}

/* "/dev/stderr" is a link, root's; a stranger's may lead anywhere. */
static bool in_place(const char *path)
{
	struct stat named, st;

	return !lstat(path, &named) && (named.st_uid == 0 || named.st_uid == geteuid()) && !stat(path, &st) &&
	       is_stream(&st);
}

/* A FIFO is open when somebody reads it: who waits for that says so. A signal that is caught ends it. */
static int open_stream(const char *path)
{
	char shown[512];
	struct stat st;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK)) {
		close(fd);
		return -1;
	}
	if (fd >= 0 || errno != ENXIO || stat(path, &st) || !S_ISFIFO(st.st_mode))
		return fd;
	fprintf(stderr, "dioscope: waiting for somebody to read '%s'\n", utf8_escape(path, shown, sizeof(shown)));
	return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

/* It may have become another since. */
static int open_in_place(struct output *out, struct errmsg *err)
{
	int fd = open_stream(out->path);
	struct stat st;

	if (fd < 0)
		return cannot("write", out->path, err);
	if (fstat(fd, &st) || !is_stream(&st)) {
		close(fd);
		return fail(err, -EINVAL, "'%s' has just become another file", out->path);
	}
	out->file = fdopen(fd, "w");
	if (out->file)
		return 0;
	close(fd);
	return fail(err, -ENOMEM, "out of memory");
}

/* --- from open to commit --- */

int output_open(struct output *out, const char *path, struct errmsg *err)
{
	int ret;

	*out = (struct output){.path = path, .old = -1};
	if (output_is_stdout(path)) {
		out->file = stdout;
		return 0;
	}
	if (in_place(path))
		return open_in_place(out, err);
	ret = open_old(path, &out->old, err);
	if (ret) {
		out->old = -1;
		return ret;
	}
	ret = open_new(out, err);
	if (ret)
		output_discard(out);
	return ret;
}

int output_check(const char *path, struct errmsg *err)
{
	struct output out;
	int ret;

	if (output_is_stdout(path))
		return 0;
	if (in_place(path)) /* opening a pipe would wait for its reader */
		return access(path, W_OK) ? cannot("write", path, err) : 0;
	ret = output_open(&out, path, err);
	if (!ret)
		output_discard(&out);
	return ret;
}

/* linkat() does not replace: a name beside it is, and rename() does. Where nothing is to be replaced, nothing is. */
static int name_it(struct output *out)
{
	char fd[64];

	snprintf(fd, sizeof(fd), "/proc/self/fd/%d", fileno(out->file));
	if (out->old < 0)
		return linkat(AT_FDCWD, fd, AT_FDCWD, out->path, AT_SYMLINK_FOLLOW);
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

/* Not every file system can be told not to replace. */
static int rename_it(struct output *out)
{
	int ret = renameat2(AT_FDCWD, out->temporary, AT_FDCWD, out->path, out->old < 0 ? RENAME_NOREPLACE : 0);

	if (ret && errno == EINVAL)
		ret = rename(out->temporary, out->path);
	return ret;
}

int output_publish(struct output *out, struct errmsg *err)
{
	if (out->nameless && name_it(out))
		return cannot("create", out->path, err);
	out->nameless = false;
	if (out->temporary && rename_it(out))
		return cannot("create", out->path, err);
	free(out->temporary);
	out->temporary = NULL;
	closep(&out->old);
	out->old = -1;
	return 0;
}

int output_commit(struct output *out, struct errmsg *err)
{
	int ret = 0;

	if (fflush(out->file) || ferror(out->file))
		ret = fail(err, errno ? -errno : -EIO, "cannot write '%s': %s",
			   output_is_stdout(out->path) ? "stdout" : out->path, strerror(errno ? errno : EIO));
	if (!ret)
		ret = output_publish(out, err);
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
	closep(&out->old);
	out->old = -1;
}

/* --- a file that says something by being there --- */

int output_flag_clear(const char *path, struct errmsg *err)
{
	struct stat st;
	int ret;

	if (in_place(path) || lstat(path, &st))
		return 0;
	ret = check_ours(path, &st, err);
	if (!ret && unlink(path) && errno != ENOENT)
		ret = fail(err, -errno, "cannot remove the old '%s': %s", path, strerror(errno));
	return ret;
}

int output_flag_raise(const char *path, struct errmsg *err)
{
	int how = in_place(path) ? O_NONBLOCK : O_CREAT | O_EXCL; /* nobody may be there to read it */
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | how, 0644);

	if (fd < 0)
		return cannot("create", path, err);
	close(fd);
	return 0;
}
