/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of the tests have in common. They issue direct writes and are the other side of what dioscope says
 * of them: each call is timed by the caller's own clock, kept in memory and printed when all is done, one JSON object a
 * line: {"pos":0,"len":512,"ret":512,"ns":81234}, 'ret' -errno where it failed.
 */
#ifndef DIOSCOPE_TESTS_CALLS_H
#define DIOSCOPE_TESTS_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct call {
	off_t pos;
	size_t len;
	ssize_t ret;	  /* -errno where it failed */
	uint64_t ns;	  /* from before the call until it is back */
	uint64_t sync_ns; /* of the fdatasync(2) that followed; 0: none did */
};

static inline void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(2);
}

/* CLOCK_MONOTONIC, as dioscope's. */
static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/*
 * Ahead of whoever computes: a caller that has to wait for a processor once its write is over sees another latency than
 * the kernel does. Not every user may; then the tests have to be lucky more often.
 */
static inline void be_first(void)
{
	struct sched_param first = {.sched_priority = 1};

	sched_setscheduler(0, SCHED_FIFO, &first);
}

static inline void *must_alloc(size_t bytes)
{
	void *p = NULL;

	if (posix_memalign(&p, 4096, bytes))
		die("posix_memalign");
	memset(p, 'd', bytes);
	return p;
}

/* A positive number of the command line. */
static inline size_t number(const char *word)
{
	char *end;
	unsigned long n = strtoul(word, &end, 0);

	if (!n || *end) {
		fprintf(stderr, "'%s' is not a number\n", word);
		exit(2);
	}
	return n;
}

/* A new file, for direct I/O alone. */
static inline int create_direct(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	return fd;
}

/* Bytes that have to be there before it begins. */
static inline void must_write(int fd, const void *buf, size_t len, off_t pos)
{
	if (pwrite(fd, buf, len, pos) != (ssize_t)len)
		die("pwrite");
}

static inline void timed_write(struct call *call, int fd, void *buf, size_t len, off_t pos, int flags)
{
	struct iovec iov = {buf, len};
	uint64_t began = now_ns();
	ssize_t ret = flags ? pwritev2(fd, &iov, 1, pos, flags) : pwrite(fd, buf, len, pos);

	*call = (struct call){.pos = pos, .len = len, .ret = ret < 0 ? -errno : ret, .ns = now_ns() - began};
}

static inline void print_calls(const struct call *calls, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		printf("{\"pos\":%lld,\"len\":%zu,\"ret\":%zd,\"ns\":%llu", (long long)calls[i].pos, calls[i].len,
		       calls[i].ret, (unsigned long long)calls[i].ns);
		if (calls[i].sync_ns)
			printf(",\"sync_ns\":%llu", (unsigned long long)calls[i].sync_ns);
		puts("}");
	}
}

#endif
