// SPDX-License-Identifier: GPL-2.0-only
/*
 * attribution CASE FILE: writes that are easily taken for one another. Each case has its reader in
 * tests/loop/128-attribution.
 */
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <libaio.h>

#include "calls.h"

#define BLOCK	  4096
#define MB	  (1 << 20)
#define NO_APPEND 0x20 /* RWF_NOAPPEND */
#define ATOMIC	  0x40 /* RWF_ATOMIC */

static const char *path;
static char *buf;

static int direct(int flags)
{
	int fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC | flags);

	return fd < 0 ? (die(path), fd) : fd;
}

static void write_mb(int fd, int nr)
{
	for (int i = 0; i < nr; i++)
		must_write(fd, buf, MB, (off_t)i * MB);
}

/* --- io_uring, by its system calls --- */

struct ring {
	int fd;
	unsigned int *sq_tail, *cq_head, *cq_tail, sq_mask, cq_mask, *array;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static struct ring ring_open(unsigned int flags)
{
	struct io_uring_params p = {.flags = flags};
	struct ring r = {.fd = (int)syscall(SYS_io_uring_setup, 8, &p)};
	char *rings;

	if (r.fd < 0) {
		perror("io_uring_setup");
		exit(77);
	}
	rings = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, IORING_OFF_SQ_RING);
	r.sqes = mmap(NULL, 8 * sizeof(*r.sqes), PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, IORING_OFF_SQES);
	if (rings == MAP_FAILED || r.sqes == MAP_FAILED)
		die("mmap");
	r.sq_tail = (void *)(rings + p.sq_off.tail);
	r.sq_mask = *(unsigned int *)(rings + p.sq_off.ring_mask);
	r.array = (void *)(rings + p.sq_off.array);
	r.cq_head = (void *)(rings + p.cq_off.head);
	r.cq_tail = (void *)(rings + p.cq_off.tail);
	r.cq_mask = *(unsigned int *)(rings + p.cq_off.ring_mask);
	r.cqes = (void *)(rings + p.cq_off.cqes);
	return r;
}

static struct io_uring_sqe *ask(struct ring *r, int opcode, int fd, const void *addr, unsigned int len, off_t pos)
{
	unsigned int i = *r->sq_tail & r->sq_mask;
	struct io_uring_sqe *sqe = &r->sqes[i];

	*sqe = (struct io_uring_sqe){
		.opcode = opcode, .fd = fd, .addr = (uint64_t)(uintptr_t)addr, .len = len, .off = pos};
	r->array[i] = i;
	__atomic_store_n(r->sq_tail, *r->sq_tail + 1, __ATOMIC_RELEASE);
	return sqe;
}

static void enter(struct ring *r, unsigned int submit, unsigned int wait)
{
	if (syscall(SYS_io_uring_enter, r->fd, submit, wait, wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0) < 0)
		die("io_uring_enter");
}

static int reap(struct ring *r)
{
	int res;

	while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == *r->cq_head)
		enter(r, 0, 1);
	res = r->cqes[*r->cq_head & r->cq_mask].res;
	__atomic_store_n(r->cq_head, *r->cq_head + 1, __ATOMIC_RELEASE);
	return res;
}

static int one(struct ring *r)
{
	enter(r, 1, 0);
	return reap(r);
}

/* --- cases --- */

/* A worker writes; a second later, at an address of its requests, task work begins one that was linked. */
static void linked(int fd)
{
	struct __kernel_timespec ts = {.tv_nsec = 20000000};
	struct ring r = ring_open(0);

	write_mb(fd, 1);
	for (int i = 0; i < 4; i++)
		ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, 0)->flags = IOSQE_ASYNC;
	enter(&r, 4, 4);
	for (int i = 0; i < 4; i++)
		reap(&r);
	sleep(1);
	ask(&r, IORING_OP_TIMEOUT, -1, &ts, 1, 0)->flags = IOSQE_IO_HARDLINK;
	ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, 2 * BLOCK);
	enter(&r, 2, 0);
	for (uint64_t end = now_ns() + 100000000; now_ns() < end;)
		;
	reap(&r);
	reap(&r);
}

/* One whose success is not told, then others at its address that are refused. */
static void untold(int fd)
{
	struct ring r = ring_open(0);

	write_mb(fd, 1);
	ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, 0)->flags = IOSQE_CQE_SKIP_SUCCESS;
	enter(&r, 1, 0);
	usleep(300000);
	for (int i = 1; i <= 6; i++) {
		ask(&r, IORING_OP_WRITE, fd, buf, 512 * i, MB)->rw_flags = RWF_NOWAIT;
		one(&r);
	}
}

static void told_later(int fd)
{
	struct ring r = ring_open(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);

	write_mb(fd, 1);
	ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, MB)->rw_flags = RWF_NOWAIT;
	enter(&r, 1, 0);
	usleep(100000);
	reap(&r);
}

/* What ext4 never hears of. */
static void not_ours(int fd)
{
	struct iovec negative[2] = {{buf, BLOCK}, {buf, 1ul << 63}}, iov = {buf, BLOCK};
	static const int flags[] = {ATOMIC, 0x1000, RWF_APPEND | NO_APPEND};
	struct ring r = ring_open(0);

	write_mb(fd, 1);
	for (int i = 0; i < 3; i++) {
		ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, 0)->rw_flags = flags[i];
		one(&r);
		pwritev2(fd, &iov, 1, 0, flags[i]);
	}
	ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, -BLOCK);
	one(&r);
	pwritev(fd, negative, 2, 0);
	pwrite(fd, buf, BLOCK, -1);
	pwrite(fd, buf, 0, 0);
}

/* oldstat(2) of ia32 has the number of pwrite64(2). */
static void ia32(int fd)
{
	long ret;
	char *low =
		mmap((void *)0x10000000, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	write_mb(fd, 1);
	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(18l), "b"(low), "c"(low + 1024), "D"((long)fd), "S"(low), "d"((long)BLOCK)
			 : "memory", "r8", "r9", "r10", "r11");
}

static void *hold_exclusively(void *arg)
{
	for (int i = 0; i < 4; i++)
		must_write(*(int *)arg, buf, 32 * MB, 32 * MB);
	return NULL;
}

/* Into a hole, so that readers wait. */
static void hold(int fd, int *second, pthread_t *thread)
{
	if (ftruncate(fd, 32 * MB) || ftruncate(fd, 64 * MB))
		die("ftruncate");
	*second = direct(0);
	pthread_create(thread, NULL, hold_exclusively, second);
	usleep(2000);
}

/* A read that waits for the lock, and in its batch a write. */
static void behind_read(int fd)
{
	struct iocb read, write, *both[] = {&read, &write};
	struct io_event events[2];
	io_context_t ctx = NULL;
	pthread_t thread;
	int second;

	write_mb(fd, 32);
	io_setup(2, &ctx);
	hold(fd, &second, &thread);
	io_prep_pread(&read, fd, buf, BLOCK, 0);
	io_prep_pwrite(&write, fd, buf, BLOCK, BLOCK);
	io_submit(ctx, 2, both);
	io_getevents(ctx, 2, 2, events, NULL);
	pthread_join(thread, NULL);
}

/* The same of a worker, which reads first and writes when the lock has long been free. */
static void worker_read(int fd)
{
	struct ring r = ring_open(0);
	pthread_t thread;
	int second;

	write_mb(fd, 32);
	hold(fd, &second, &thread);
	ask(&r, IORING_OP_READ, fd, buf, BLOCK, 0)->flags = IOSQE_ASYNC;
	one(&r);
	pthread_join(thread, NULL);
	ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, BLOCK)->flags = IOSQE_ASYNC;
	one(&r);
}

static void *write_on(void *arg)
{
	for (int i = 0; i < 50; i++)
		if (write(*(int *)arg, buf, 512) != 512)
			die("write");
	return NULL;
}

/* Threads that share the position of a file. */
static void one_position(int fd)
{
	pthread_t threads[2];

	write_mb(fd, 1);
	lseek(fd, 0, SEEK_END);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, write_on, &fd);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* More segments than are looked at. */
static void segments(int fd)
{
	struct iovec iov[100];

	write_mb(fd, 1);
	for (int i = 0; i < 100; i++)
		iov[i] = (struct iovec){buf, 512};
	pwritev2(fd, iov, 100, MB, RWF_NOWAIT);
}

static void append(int fd)
{
	struct iovec iov = {buf, 512};

	write_mb(fd, 1);
	pwritev2(fd, &iov, 1, 0, RWF_NOWAIT | RWF_APPEND);
}

/* A write that no call of ours asks for, then one that is refused. */
static void spliced(int fd)
{
	struct iovec iov = {buf, BLOCK};
	int ends[2];

	write_mb(fd, 1);
	if (pipe(ends) || write(ends[1], buf, BLOCK) != BLOCK || splice(ends[0], NULL, fd, NULL, BLOCK, 0) != BLOCK)
		die("splice");
	pwritev2(fd, &iov, 1, MB, RWF_NOWAIT);
}

/* The page cache's: none of them an fsync(2). */
static void synced(int fd)
{
	int buffered = open(path, O_RDWR | O_DSYNC);

	must_write(fd, buf, BLOCK, 0);
	for (int i = 0; i < 5; i++)
		must_write(buffered, buf, 100, 2 * BLOCK);
}

/* For data=journal. */
static void durable(int fd)
{
	struct ring r = ring_open(0);

	close(fd);
	fd = direct(O_DSYNC);
	must_write(fd, buf, BLOCK, 0);
	ask(&r, IORING_OP_WRITE, fd, buf, BLOCK, BLOCK);
	one(&r);
}

static const struct {
	const char *name;
	void (*run)(int fd);
} cases[] = {
	{"linked", linked},
	{"untold", untold},
	{"told-later", told_later},
	{"not-ours", not_ours},
	{"ia32", ia32},
	{"behind-read", behind_read},
	{"worker-read", worker_read},
	{"one-position", one_position},
	{"segments", segments},
	{"append", append},
	{"spliced", spliced},
	{"synced", synced},
	{"durable", durable},
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	path = argv[2];
	buf = must_alloc(32 * MB);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (!strcmp(cases[i].name, argv[1])) {
			cases[i].run(create_direct(path));
			return 0;
		}
	return 2;
}
