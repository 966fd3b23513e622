// SPDX-License-Identifier: GPL-2.0-only
/*
 * What surrounds a write must not become part of it: files, buffers, the AIO context and the ring are ready before
 * begin_ns is taken, and set-up operations use file descriptors of their own, without O_DIRECT.
 */
#include "user/workload/run_workload.h"

#include <errno.h>
#include <fcntl.h>
#include <libaio.h>
#include <liburing.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#define PAGE 4096ll

/* A file that has been written to directly stays open until a remount or the end. */
struct direct_file {
	char name[WL_NAME_MAX];
	int fd;
};

struct runner {
	const struct workload *wl;
	const struct run_env *env;
	struct errmsg *err;
	int dir;
	struct direct_file *files;
	size_t nr_files;
	io_context_t aio;
	struct io_uring ring;
	bool ring_ready;
	struct rlimit old_limit;
	struct sigaction old_sigxfsz;
};

/* The memory a write is made from. */
struct buffer {
	char *map;
	size_t size;
	struct iovec iov[WL_SEGS_MAX];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int op_fail(const struct runner *r, const struct workload_op *op, int code)
{
	return fail(r->err, code, "%s:%u: %s%s%s: %s", r->wl->path, op->line, op_name(op->kind), op->file[0] ? " " : "",
		    op->file, strerror(-code));
}

static int open_dir(struct runner *r)
{
	r->dir = open(r->env->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->dir < 0 ? fail(r->err, -errno, "%s: %s", r->env->dir, strerror(errno)) : 0;
}

static void close_files(struct runner *r)
{
	for (size_t i = 0; i < r->nr_files; i++)
		close(r->files[i].fd);
	free(r->files);
	r->files = NULL;
	r->nr_files = 0;
	closep(&r->dir);
	r->dir = -1;
}

/* --- set-up operations: 0 or -errno --- */

/* Open for one set-up operation. NOFOLLOW: the directory may be anybody's under "dioscope run". */
static int open_file(const struct runner *r, const struct workload_op *op, int flags)
{
	int fd = openat(r->dir, op->file, flags | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd < 0 ? -errno : fd;
}

static int run_create(struct runner *r, const struct workload_op *op)
{
	_cleanup_close_ int fd = open_file(r, op, O_RDWR | O_CREAT | O_EXCL);

	if (fd < 0)
		return fd;
	/* whatever the umask */
	return fchmod(fd, 0644) ? -errno : 0;
}

static int fallocate_file(const struct runner *r, const struct workload_op *op, int mode)
{
	_cleanup_close_ int fd = open_file(r, op, O_RDWR);

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
	_cleanup_close_ int fd = open_file(r, op, O_RDWR);

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
	_cleanup_close_ int fd = open_file(r, op, O_RDWR);
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
	_cleanup_close_ int fd = open_file(r, op, O_RDWR);

	if (fd < 0)
		return fd;
	return fsync(fd) ? -errno : 0;
}

/* So that the next write is sure to change the timestamps: they are taken from the clock that moves with the tick. */
static void pass_clock_tick(void)
{
	struct timespec tick, then, now;

	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	clock_gettime(CLOCK_REALTIME_COARSE, &then);
	do {
		nanosleep(&tick, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec == then.tv_sec && now.tv_nsec == then.tv_nsec);
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
	pass_clock_tick();
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
	_cleanup_close_ int fd = open_file(r, op, O_RDONLY);
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
	close_files(r);
	ret = r->env->remount(r->env->ctx, r->err);
	return ret ?: open_dir(r);
}

/* --- the buffer --- */

/* 'fault' leaves the first half readable, down to a page: with one page or less, nothing is. */
static size_t readable_len(const struct workload_op *op)
{
	return op->fault ? op->len / 2 / PAGE * PAGE : op->len;
}

static int buffer_init(struct buffer *b, const struct workload_op *op)
{
	size_t len = readable_len(op), done = 0;

	b->size = (op->align + op->len + PAGE) / PAGE * PAGE;
	b->map = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->map == MAP_FAILED)
		return -errno;
	workload_pattern(b->map + op->align, op->nr, op->pos, len);
	/* not munmap(): something else could then be mapped there */
	if (op->fault && mprotect(b->map + len, b->size - len, PROT_NONE))
		return -errno;
	for (uint32_t i = 0; i < op->nr_segs; i++) {
		b->iov[i] = (struct iovec){b->map + op->align + done, op->segs[i]};
		done += op->segs[i];
	}
	return 0;
}

static void buffer_release(struct buffer *b)
{
	if (b->map && b->map != MAP_FAILED)
		munmap(b->map, b->size);
}

/* --- writes: the result is bytes or -errno --- */

typedef int64_t issue_fn(struct runner *r, int fd, const struct workload_op *op, const struct iovec *iov);

static int64_t issue_sync(struct runner *r, int fd, const struct workload_op *op, const struct iovec *iov)
{
	ssize_t n = pwritev2(fd, iov, op->nr_segs, op->pos, op->flags);

	(void)r;
	return n < 0 ? -errno : n;
}

static int64_t issue_libaio(struct runner *r, int fd, const struct workload_op *op, const struct iovec *iov)
{
	struct iocb iocb, *list[] = {&iocb};
	struct io_event event;
	int n;

	io_prep_pwritev(&iocb, fd, iov, op->nr_segs, op->pos);
	iocb.aio_rw_flags = op->flags;
	n = io_submit(r->aio, 1, list);
	if (n != 1)
		return n < 0 ? n : -EIO;
	do {
		n = io_getevents(r->aio, 1, 1, &event, NULL);
	} while (n == -EINTR);
	return n == 1 ? (long)event.res : n;
}

static int64_t issue_io_uring(struct runner *r, int fd, const struct workload_op *op, const struct iovec *iov)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&r->ring);
	struct io_uring_cqe *cqe;
	int64_t ret;

	io_uring_prep_writev2(sqe, fd, iov, op->nr_segs, op->pos, op->flags);
	ret = io_uring_submit(&r->ring);
	if (ret < 0)
		return ret;
	do {
		ret = io_uring_wait_cqe(&r->ring, &cqe);
	} while (ret == -EINTR);
	if (ret)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(&r->ring, cqe);
	return ret;
}

static int prepare_sync(struct runner *r)
{
	(void)r;
	return 0;
}

static int prepare_libaio(struct runner *r)
{
	return r->aio ? 0 : io_setup(8, &r->aio);
}

/* The ring's workers run where we may, and not anywhere. */
static void bind_workers(struct io_uring *ring)
{
	cpu_set_t cpus;

	if (!sched_getaffinity(0, sizeof(cpus), &cpus))
		io_uring_register_iowq_aff(ring, sizeof(cpus), &cpus);
}

static int prepare_io_uring(struct runner *r)
{
	int ret = r->ring_ready ? 0 : io_uring_queue_init(8, &r->ring, 0);

	if (!ret && !r->ring_ready)
		bind_workers(&r->ring);
	r->ring_ready = !ret;
	return ret;
}

static const struct submitter {
	const char *call; /* what can fail before any write is made */
	int (*prepare)(struct runner *r);
	issue_fn *issue;
} submitters[] = {
	[SUBMIT_SYNC] = {"pwritev2", prepare_sync, issue_sync},
	[SUBMIT_LIBAIO] = {"io_setup", prepare_libaio, issue_libaio},
	[SUBMIT_IO_URING] = {"io_uring_queue_init", prepare_io_uring, issue_io_uring},
};

/* The file's descriptor for direct writes, opened at its first write; or -errno. */
static int direct_fd(struct runner *r, const struct workload_op *op)
{
	struct direct_file *files;
	int fd;

	for (size_t i = 0; i < r->nr_files; i++) {
		if (!strcmp(r->files[i].name, op->file))
			return r->files[i].fd;
	}
	files = realloc(r->files, (r->nr_files + 1) * sizeof(*files));
	if (!files)
		return -ENOMEM;
	r->files = files;
	fd = open_file(r, op, O_RDWR | O_DIRECT);
	if (fd < 0)
		return fd;
	memcpy(files[r->nr_files].name, op->file, WL_NAME_MAX);
	files[r->nr_files++].fd = fd;
	return fd;
}

static int run_write(struct runner *r, const struct workload_op *op, struct op_result *result)
{
	const struct submitter *s = &submitters[op->submit];
	_cleanup_(buffer_release) struct buffer b = {0};
	int fd = direct_fd(r, op), ret;

	if (fd < 0 && r->env->go_on) {
		result->ret = fd;
		return 0;
	}
	if (fd < 0)
		return op_fail(r, op, fd);
	ret = buffer_init(&b, op);
	if (ret)
		return op_fail(r, op, ret);
	ret = s->prepare(r);
	if (ret)
		return fail(r->err, ret, "%s:%u: %s: %s", r->wl->path, op->line, s->call, strerror(-ret));
	if (op->flags & WRITE_NOWAIT || op->submit == SUBMIT_IO_URING)
		pass_clock_tick(); /* from 7.3 a timestamp that is due makes it fail, or try again in a worker */
	result->begin_ns = now_ns();
	result->ret = s->issue(r, fd, op, b.iov);
	result->end_ns = now_ns();
	return 0;
}

/* --- the run --- */

static int (*const setup_ops[NR_OPS])(struct runner *r, const struct workload_op *op) = {
	[OP_CREATE] = run_create,     [OP_FALLOCATE] = run_fallocate, [OP_PUNCH] = run_punch,
	[OP_TRUNCATE] = run_truncate, [OP_BUFFERED] = run_buffered,   [OP_FSYNC] = run_fsync,
	[OP_SYNC] = run_sync,	      [OP_CHATTR] = run_chattr,	      [OP_CHMOD] = run_chmod,
	[OP_LIMIT] = run_limit,	      [OP_REMOUNT] = run_remount,
};

static int run_setup(struct runner *r, const struct workload_op *op, struct op_result *result)
{
	int ret;

	result->begin_ns = now_ns();
	ret = setup_ops[op->kind](r, op);
	result->end_ns = now_ns();
	result->ret = ret;
	if (!ret || op->kind == OP_REMOUNT) /* which has said its own sentence */
		return ret;
	return r->env->go_on ? 0 : op_fail(r, op, ret);
}

static int runner_init(struct runner *r)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	/* a write beyond RLIMIT_FSIZE is to fail with EFBIG, not to end the process */
	if (getrlimit(RLIMIT_FSIZE, &r->old_limit) || sigaction(SIGXFSZ, &ignore, &r->old_sigxfsz))
		return fail(r->err, -errno, "RLIMIT_FSIZE: %s", strerror(errno));
	return 0;
}

static void runner_release(struct runner *r)
{
	setrlimit(RLIMIT_FSIZE, &r->old_limit);
	sigaction(SIGXFSZ, &r->old_sigxfsz, NULL);
	close_files(r);
	if (r->aio)
		io_destroy(r->aio);
	if (r->ring_ready)
		io_uring_queue_exit(&r->ring);
}

int run_workload(const struct workload *wl, const struct run_env *env, struct op_result *results, struct errmsg *err)
{
	struct runner r = {.wl = wl, .env = env, .err = err, .dir = -1};
	int ret = runner_init(&r);

	if (ret)
		return ret;
	ret = open_dir(&r);
	for (size_t i = 0; !ret && i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];

		results[i] = (struct op_result){0};
		ret = op->kind == OP_WRITE ? run_write(&r, op, &results[i]) : run_setup(&r, op, &results[i]);
	}
	runner_release(&r);
	return ret;
}
