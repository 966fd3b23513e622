// SPDX-License-Identifier: GPL-2.0-only
/*
 * nowait FILE N: writes that must not wait. The file's first block is written, the rest preallocated; N writes over the
 * border of both, which would need the exclusive lock, take turns with N to the first block, which do not.
 */
#include "calls.h"

#define BLOCK 4096

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;

	size_t n = number(argv[2]);
	struct call *calls = must_alloc(2 * n * sizeof(*calls));
	char *buf = must_alloc(2 * BLOCK);
	int fd = create_direct(argv[1]);

	if (fallocate(fd, 0, 0, 16 * BLOCK))
		die("fallocate");
	must_write(fd, buf, BLOCK, 0);
	for (size_t i = 0; i < n; i++) {
		timed_write(&calls[2 * i], fd, buf, 2 * BLOCK, 0, RWF_NOWAIT);
		timed_write(&calls[2 * i + 1], fd, buf, BLOCK, 0, RWF_NOWAIT);
	}
	print_calls(calls, 2 * n);
	return 0;
}
