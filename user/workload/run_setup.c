// SPDX-License-Identifier: GPL-2.0-only
/* What a workload does but for direct writes, with file descriptors of its own, without O_DIRECT. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "user/workload/run_impl.h"

int run_open_file(const struct runner *r, const struct workload_op *op, int flags)
{
	int fd = openat(r->dir, op->file, flags | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd < 0 ? -errno : fd;
}

static int run_create(struct runner *r, const struct workload_op *op)
{
	_cleanup_close_ int fd = run_open_file(r, op, O_RDWR | O_CREAT | O_EXCL);

	if (fd < 0)
		return fd;
	/* whatever the umask */
	return fchmod(fd, 0644) ? -errno : 0;
}

static int fallocate_file(const struct runner *r, const struct workload_op *op, int mode)
{
	_cleanup_close_ int fd = run_open_file(r, op, O_RDWR);

	if (fd < 0)
		return fd;
	return fallocate(fd, mode, op->pos, op->len) ? -errno : 0;
}

static int run_fallocate(struct runner *r, const struct workload_op *op)
{
	return fallocate_file(r, op, op->keep ? FALLOC_FL_KEEP_SIZE : 0);
}

static int run_punch(struct runner *r, const struct workload_op *op)
{
	return fallocate_file(r, op, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
}

static int run_truncate(struct runner *r, const struct workload_op *op)
{
	_cleanup_close_ int fd = run_open_file(r, op, O_RDWR);

	if (fd < 0)
		return fd;
	return ftruncate(fd, op->len) ? -errno : 0;
}

static int pwrite_all(int fd, const char *buf, size_t len, off_t pos)
{
	while (len) {
		ssize_t n = pwrite(fd, buf, len, pos);

		if (n <= 0)
			return n ? -errno : -EIO;
		buf += n;
		pos += n;
		len -= n;
	}
	return 0;
}

static int run_buffered(struct runner *r, const struct workload_op *op)
{
	_cleanup_close_ int fd = run_open_file(r, op, O_RDWR);
	_cleanup_free_ char *buf = NULL;

	if (fd < 0)
		return fd;
	buf = malloc(op->len + 1);
	if (!buf)
		return -ENOMEM;
	workload_pattern(buf, op->nr, op->pos, op->len);
	return pwrite_all(fd, buf, op->len, op->pos);
}

static int run_fsync(struct runner *r, const struct workload_op *op)
{
	_cleanup_close_ int fd = run_open_file(r, op, O_RDWR);

	if (fd < 0)
		return fd;
	return (op->kind == OP_FSYNC ? fsync(fd) : fdatasync(fd)) ? -errno : 0;
}

/* Through a file without a name, for what faults then is an error and no signal. */
static int copy_mapped(const struct workload_op *op, char *map, size_t len)
{
	_cleanup_close_ int beside = memfd_create("dioscope", MFD_CLOEXEC);
	_cleanup_free_ char *buf = malloc(len + 1);
	ssize_t n;

	if (beside < 0)
		return -errno;
	if (!buf)
		return -ENOMEM;
	if (op->kind == OP_MMAP_READ) {
		n = pwrite(beside, map, len, 0);
	} else {
		workload_pattern(buf, op->nr, op->pos, len);
		n = pwrite(beside, buf, len, 0);
		n = n == (ssize_t)len ? pread(beside, map, len, 0) : n;
	}
	return n < 0 ? -errno : n == (ssize_t)len ? 0 : -EFAULT;
}

/*
 * What lies inside the file; then, where the last page does not hold the rest, the one behind it faults. What a mapping
 * stores beyond EOF in the last page is no part of the file, and may come into it later: nothing is stored there.
 */
static int copy_inside(const struct workload_op *op, char *map, int64_t size)
{
	int64_t end = op->pos + op->len, inside = (end < size ? end : size) - op->pos;
	int64_t behind = (size + PAGE - 1) / PAGE * PAGE;
	const struct workload_op touch = {.kind = OP_MMAP_READ};
	int ret = inside > 0 ? copy_mapped(op, map, inside) : 0;

	if (ret || end <= behind)
		return ret;
	return copy_mapped(&touch, map + (behind > op->pos ? behind - op->pos : 0), 1);
}

/* MADV_RANDOM: a page that is not there comes alone. */
static int run_mapped(struct runner *r, const struct workload_op *op)
{
	_cleanup_close_ int fd = run_open_file(r, op, O_RDWR);
	int64_t first = op->pos / PAGE * PAGE;
	size_t size = op->pos + op->len - first;
	struct stat st;
	char *map;
	int ret;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, first);
	if (map == MAP_FAILED)
		return -errno;
	madvise(map, size, MADV_RANDOM);
	ret = copy_inside(op, map + (op->pos - first), st.st_size);
	munmap(map, size);
	return ret;
}

#define NSEC_PER_SEC 1000000000l

static struct timespec later(struct timespec t, long ns)
{
	t.tv_nsec += ns;
	return t.tv_nsec < NSEC_PER_SEC ? t : (struct timespec){t.tv_sec + 1, t.tv_nsec - NSEC_PER_SEC};
}

/* The coarse clock stands at the last tick; on an idle machine the next may be late. */
void run_pass_clock_tick(void)
{
	struct timespec tick, then, now, due;

	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	clock_gettime(CLOCK_REALTIME_COARSE, &then);
	for (due = later(then, tick.tv_nsec);; due = later(due, tick.tv_nsec / 8)) {
		clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &due, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		if (now.tv_sec != then.tv_sec || now.tv_nsec != then.tv_nsec)
			return;
	}
}

/* With inodes of 128 bytes there are whole seconds alone. */
static bool is_whole_second(const struct stat *st)
{
	return !st->st_mtim.tv_nsec && !st->st_ctim.tv_nsec;
}

/* One of a later second would change, too. */
static bool is_of_second(const struct stat *st, time_t second)
{
	return st->st_mtim.tv_sec == second || st->st_ctim.tv_sec == second;
}

void run_outlast_timestamps(int fd)
{
	struct timespec now;
	struct stat st;
	bool current;

	do {
		run_pass_clock_tick();
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		current = !fstat(fd, &st) && is_whole_second(&st) && is_of_second(&st, now.tv_sec);
	} while (current);
}

/*
 * Of this file system only. The first may itself start a transaction by writing data back; the second commits it. What
 * a sync of the next write commits depends on its timestamps.
 */
static int run_sync(struct runner *r, const struct workload_op *op)
{
	(void)op;
	if (syncfs(r->dir) || syncfs(r->dir))
		return -errno;
	run_pass_clock_tick();
	return 0;
}

static int run_chattr(struct runner *r, const struct workload_op *op)
{
	static const struct {
		char attr;
		int flag;
	} attrs[] = {
		{'S', FS_SYNC_FL},
		{'e', FS_EXTENT_FL},
		{'i', FS_IMMUTABLE_FL},
		{'j', FS_JOURNAL_DATA_FL},
	};
	/* not O_RDWR, or an immutable file could not be made mutable again */
	_cleanup_close_ int fd = run_open_file(r, op, O_RDONLY);
	int flags;

	if (fd < 0)
		return fd;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (attrs[i].attr == op->attr)
			flags = op->attr_on ? flags | attrs[i].flag : flags & ~attrs[i].flag;
	}
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) ? -errno : 0;
}

static int run_chmod(struct runner *r, const struct workload_op *op)
{
	return fchmodat(r->dir, op->file, op->mode, 0) ? -errno : 0;
}

/* The soft limit only, so that it can be lifted again. */
static int run_limit(struct runner *r, const struct workload_op *op)
{
	struct rlimit limit = r->old_limit;

	if (op->len != WL_LIMIT_NONE)
		limit.rlim_cur = op->len;
	return setrlimit(RLIMIT_FSIZE, &limit) ? -errno : 0;
}

static int run_remount(struct runner *r, const struct workload_op *op)
{
	int ret;

	if (!r->env->remount)
		return fail(r->err, -ENOTSUP, "%s:%u: remount: %s is not ours to unmount", r->wl->path, op->line,
			    r->env->dir);
	run_close_files(r);
	ret = r->env->remount(r->env->ctx, r->err);
	return ret ?: run_open_dir(r);
}

/* --- all of them --- */

static int (*const setup_ops[NR_OPS])(struct runner *r, const struct workload_op *op) = {
	[OP_CREATE] = run_create,     [OP_FALLOCATE] = run_fallocate, [OP_PUNCH] = run_punch,
	[OP_TRUNCATE] = run_truncate, [OP_BUFFERED] = run_buffered,   [OP_FSYNC] = run_fsync,
	[OP_FDATASYNC] = run_fsync,   [OP_MMAP_READ] = run_mapped,    [OP_MMAP_WRITE] = run_mapped,
	[OP_SYNC] = run_sync,	      [OP_CHATTR] = run_chattr,	      [OP_CHMOD] = run_chmod,
	[OP_LIMIT] = run_limit,	      [OP_REMOUNT] = run_remount,     [OP_OPEN] = run_reopen,
};

int run_setup(struct runner *r, const struct workload_op *op, struct op_result *result)
{
	int ret;

	result->begin_ns = run_now_ns();
	ret = setup_ops[op->kind](r, op);
	result->end_ns = run_now_ns();
	result->ret = ret;
	if (!ret || op->kind == OP_REMOUNT) /* which has said its own sentence */
		return ret;
	return r->env->go_on ? 0 : run_fail(r, op, ret);
}
