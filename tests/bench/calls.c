// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls getppid SECONDS, calls write SECONDS FILE: system calls that are no direct writes, one after the other, and how
 * many of them there were, as fio's JSON says it; but a second is one of the processor, whoever else computes.
 * getppid(2) does nothing; write(2) goes to pages that are cached.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BLOCK  4096
#define BLOCKS 256

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "calls: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- BLOCKS calls of each kind --- */

static int fd;
static char block[BLOCK];

static void call_getppid(void)
{
	for (int i = 0; i < BLOCKS; i++)
		syscall(SYS_getppid);
}

static void call_write(void)
{
	if (lseek(fd, 0, SEEK_SET))
		die("lseek");
	for (int i = 0; i < BLOCKS; i++)
		if (write(fd, block, sizeof(block)) != sizeof(block))
			die("write");
}

/* What is under way when the time is over counts to its end. */
static void repeat(void (*calls)(void), double seconds)
{
	double began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID), took;
	unsigned long long nr = 0;

	do {
		calls();
		nr += BLOCKS;
		took = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	} while (now(CLOCK_MONOTONIC) - began < seconds);
	printf("{\"jobs\":[{\"write\":{\"iops\":%.1f,\"total_ios\":%llu}}]}\n", (double)nr / took, nr);
}

int main(int argc, char **argv)
{
	double seconds = argc > 2 ? atof(argv[2]) : 0;

	if (argc == 3 && !strcmp(argv[1], "getppid")) {
		repeat(call_getppid, seconds);
	} else if (argc == 4 && !strcmp(argv[1], "write")) {
		fd = open(argv[3], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			die(argv[3]);
		repeat(call_write, seconds);
	} else {
		fputs("usage: calls getppid SECONDS | calls write SECONDS FILE\n", stderr);
		return 2;
	}
	return 0;
}
