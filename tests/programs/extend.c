// SPDX-License-Identifier: GPL-2.0-only
/* extend FILE THREADS N: threads that extend one file, N writes of 16 KiB each, every one to where the last one ends.
 */
#include <pthread.h>

#include "calls.h"

#define LEN 16384

static int fd;
static size_t per_thread;
static off_t end;

static void *extend(void *arg)
{
	struct call *calls = arg;
	void *buf = must_alloc(LEN);

	for (size_t i = 0; i < per_thread; i++)
		timed_write(&calls[i], fd, buf, LEN, __atomic_fetch_add(&end, LEN, __ATOMIC_RELAXED), 0);
	free(buf);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	be_first();

	size_t nr = number(argv[2]);
	pthread_t *threads = must_alloc(nr * sizeof(*threads));

	per_thread = number(argv[3]);
	fd = create_direct(argv[1]);
	struct call *calls = must_alloc(nr * per_thread * sizeof(*calls));
	for (size_t i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, extend, &calls[i * per_thread]))
			die("pthread_create");
	for (size_t i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	print_calls(calls, nr * per_thread);
	return 0;
}
