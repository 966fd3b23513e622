// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace, whatever it is: its checksums are made right and its blocks numbered, so that what is behind them is
 * reached.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_window.h"

/* Every block that is whole; what follows is left as it is. */
static void mend(uint8_t *bytes, size_t size)
{
	struct trace_block head;
	uint64_t seq = 0;

	for (size_t at = 0; size - at >= sizeof(head); at += sizeof(head) + head.len) {
		memcpy(&head, bytes + at, sizeof(head));
		if (head.len > size - at - sizeof(head))
			return;
		head.seq = seq++;
		head.crc = trace_block_crc(&head, bytes + at + sizeof(head));
		memcpy(bytes + at, &head, sizeof(head));
	}
}

static void read_all(const char *path, bool window)
{
	static const struct file_key file = {.ino = 12};
	const struct span_want want = {.from_ns = 1000, .to_ns = 1u << 30, .files = &file, .nr_files = 1};
	struct trace_reader *r;
	const void *record;
	size_t len;

	if (trace_reader_open(&r, path, NULL))
		return;
	if (window)
		trace_reader_window(r, &want);
	while (trace_reader_next(r, &record, &len, NULL) == 1)
		check_sound(record, len);
	trace_reader_end(r, NULL, NULL);
	trace_reader_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	uint8_t *bytes = malloc(size);
	struct trace_spans spans;
	char path[32];

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	memcpy(bytes, data, size);
	mend(bytes, size);
	must(!ftruncate(fd, 0) && pwrite(fd, bytes, size, 0) == (ssize_t)size);
	free(bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_all(path, false);
	read_all(path, true);
	if (trace_spans_load(&spans, fd))
		trace_spans_release(&spans);
	return 0;
}
