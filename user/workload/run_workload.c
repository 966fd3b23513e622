// SPDX-License-Identifier: GPL-2.0-only
/*
 * What surrounds a write must not become part of it: files, buffers, the AIO context and the ring are ready before
 * begin_ns is taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>

#include "user/workload/run_impl.h"

/* The memory a write is made from. */
struct buffer {
	char *map;
	size_t size;
	struct iovec iov[WL_SEGS_MAX];
};

uint64_t run_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

int run_fail(const struct runner *r, const struct workload_op *op, int code)
{
	return fail(r->err, code, "%s:%u: %s%s%s: %s", r->wl->path, op->line, op_name(op->kind), op->file[0] ? " " : "",
		    op->file, strerror(-code));
}

int run_open_dir(struct runner *r)
{
	r->dir = open(r->env->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->dir < 0 ? fail(r->err, -errno, "%s: %s", r->env->dir, strerror(errno)) : 0;
}

void run_close_files(struct runner *r)
{
	for (size_t i = 0; i < r->nr_files; i++)
		close(r->files[i].fd);
	free(r->files);
	r->files = NULL;
	r->nr_files = 0;
	closep(&r->dir);
	r->dir = -1;
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

/*
 * One for the process, not for a workload: io_destroy(2) waits for a grace period of RCU. It goes with the process, and
 * is not a forked child's.
 */
static int prepare_libaio(struct runner *r)
{
	static io_context_t aio;
	static pid_t owner;
	int ret = 0;

	if (owner != getpid()) {
		aio = NULL;
		ret = io_setup(8, &aio);
		owner = ret ? 0 : getpid();
	}
	r->aio = aio;
	return ret;
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

/* A thread of a parallel block never comes to keep it: what can be opened was, before it began. */
static int open_direct(struct runner *r, const struct workload_op *op, int flags)
{
	int fd = run_open_file(r, op, O_RDWR | O_DIRECT | flags);
	struct direct_file *files;

	if (fd < 0)
		return fd;
	files = realloc(r->files, (r->nr_files + 1) * sizeof(*files));
	if (!files) {
		close(fd);
		return -ENOMEM;
	}
	r->files = files;
	memcpy(files[r->nr_files].name, op->file, WL_NAME_MAX);
	files[r->nr_files++].fd = fd;
	return fd;
}

static struct direct_file *find_direct(struct runner *r, const struct workload_op *op)
{
	for (size_t i = 0; i < r->nr_files; i++) {
		if (!strcmp(r->files[i].name, op->file))
			return &r->files[i];
	}
	return NULL;
}

int run_direct_fd(struct runner *r, const struct workload_op *op)
{
	struct direct_file *file = find_direct(r, op);

	return file ? file->fd : open_direct(r, op, 0);
}

/* The new one is there before the old one goes, so that nobody closes the file for the last time. */
int run_reopen(struct runner *r, const struct workload_op *op)
{
	struct direct_file *file = find_direct(r, op);
	int flags = (op->flags & WRITE_SYNC    ? O_SYNC
		     : op->flags & WRITE_DSYNC ? O_DSYNC
					       : 0) |
		    (op->flags & WRITE_APPEND ? O_APPEND : 0);
	int fd = file ? run_open_file(r, op, O_RDWR | O_DIRECT | flags) : open_direct(r, op, flags);

	if (fd < 0)
		return fd;
	if (file) {
		close(file->fd);
		file->fd = fd;
	}
	return 0;
}

int run_write(struct runner *r, const struct workload_op *op, struct op_result *result)
{
	const struct submitter *s = &submitters[op->submit];
	_cleanup_(buffer_release) struct buffer b = {0};
	int fd = run_direct_fd(r, op), ret;

	if (fd < 0 && r->env->go_on) {
		result->ret = fd;
		return 0;
	}
	if (fd < 0)
		return run_fail(r, op, fd);
	ret = buffer_init(&b, op);
	if (ret)
		return run_fail(r, op, ret);
	ret = s->prepare(r);
	if (ret)
		return fail(r->err, ret, "%s:%u: %s: %s", r->wl->path, op->line, s->call, strerror(-ret));
	/* from 7.3 a timestamp that is due makes it fail, or try again in a worker */
	if (op->flags & WRITE_NOWAIT || op->submit == SUBMIT_IO_URING)
		run_outlast_timestamps(fd);
	result->begin_ns = run_now_ns();
	result->ret = s->issue(r, fd, op, b.iov);
	result->end_ns = run_now_ns();
	return 0;
}

/* --- the run --- */

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
	run_close_files(r);
	if (r->ring_ready)
		io_uring_queue_exit(&r->ring);
}

int run_workload(const struct workload *wl, const struct run_env *env, struct op_result *results, struct errmsg *err)
{
	struct runner r = {.wl = wl, .env = env, .err = err, .dir = -1};
	int ret = runner_init(&r);

	if (ret)
		return ret;
	ret = run_open_dir(&r);
	for (size_t i = 0; !ret && i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];

		results[i] = (struct op_result){0};
		if (op->group) {
			size_t nr = workload_group_len(wl, i);

			ret = run_group(&r, op, nr, &results[i]);
			i += nr - 1;
		} else {
			ret = op->kind == OP_WRITE ? run_write(&r, op, &results[i]) : run_setup(&r, op, &results[i]);
		}
	}
	runner_release(&r);
	return ret;
}
