// SPDX-License-Identifier: GPL-2.0-only
/* fdatasync FILE N: a log kept by hand: N times 4 KiB to the file's end, each made durable with fdatasync(2). */
#include "calls.h"

#define LEN 4096

static uint64_t timed_sync(int fd)
{
	uint64_t began = now_ns();

	if (fdatasync(fd))
		die("fdatasync");
	return now_ns() - began;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	be_first();

	size_t n = number(argv[2]);
	struct call *calls = must_alloc(n * sizeof(*calls));
	void *buf = must_alloc(LEN);
	int fd = create_direct(argv[1]);

	for (size_t i = 0; i < n; i++) {
		timed_write(&calls[i], fd, buf, LEN, (off_t)i * LEN, 0);
		calls[i].sync_ns = timed_sync(fd);
	}
	print_calls(calls, n);
	return 0;
}
