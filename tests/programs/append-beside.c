// SPDX-License-Identifier: GPL-2.0-only
/*
 * append-beside FILE N DEPTH: N appends of 512 bytes, each of which has to wait until none of DEPTH overwrites of
 * 256 KiB by libaio is under way in the same file; 2 ms after each another. The appends are printed.
 */
#include <libaio.h>
#include <pthread.h>

#include "calls.h"

#define PIECE	 (256 << 10)
#define PIECES	 64
#define APPENDED 512

struct overwriter {
	int fd;
	size_t depth;
	volatile int enough;
};

/* The pieces in an order that no merge likes: 37 and 64 have no divisor in common. */
static void overwrite_next(io_context_t ctx, struct iocb *iocb, int fd, void *buf)
{
	static unsigned int piece;

	piece = (piece + 37) % PIECES;
	io_prep_pwrite(iocb, fd, buf, PIECE, (long long)piece * PIECE);
	if (io_submit(ctx, 1, &iocb) != 1)
		die("io_submit");
}

static void *overwrite(void *arg)
{
	const struct overwriter *o = arg;
	struct iocb *iocbs = must_alloc(o->depth * sizeof(*iocbs));
	struct io_event *events = must_alloc(o->depth * sizeof(*events));
	void *buf = must_alloc(PIECE);
	io_context_t ctx = NULL;

	if (io_setup((int)o->depth, &ctx))
		die("io_setup");
	for (size_t i = 0; i < o->depth; i++)
		overwrite_next(ctx, &iocbs[i], o->fd, buf);
	while (!o->enough) {
		int done = io_getevents(ctx, 1, (long)o->depth, events, NULL);

		for (int i = 0; i < done; i++)
			overwrite_next(ctx, events[i].obj, o->fd, buf);
	}
	io_destroy(ctx); /* waits for all of them */
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	be_first();

	size_t n = number(argv[2]);
	struct call *calls = must_alloc(n * sizeof(*calls));
	char *buf = must_alloc(PIECE);
	struct overwriter o = {.fd = create_direct(argv[1]), .depth = number(argv[3])};
	pthread_t thread;

	for (size_t i = 0; i < PIECES; i++)
		must_write(o.fd, buf, PIECE, (off_t)i * PIECE);
	if (pthread_create(&thread, NULL, overwrite, &o))
		die("pthread_create");
	for (size_t i = 0; i < n; i++) {
		usleep(2000);
		timed_write(&calls[i], o.fd, buf, APPENDED, (off_t)PIECES * PIECE + (off_t)i * APPENDED, 0);
	}
	o.enough = 1;
	pthread_join(thread, NULL);
	print_calls(calls, n);
	return 0;
}
