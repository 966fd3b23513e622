/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records, whatever they are, read as every view reads them: an input is the records of a trace whose header says of
 * which version they are. Their lengths are not packed, so that the way to them is short.
 */
#ifndef DIOSCOPE_FUZZ_RECORDS_H
#define DIOSCOPE_FUZZ_RECORDS_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reports/model/files.h"
#include "reports/model/look.h"
#include "reports/model/stream.h"
#include "tests/fuzz/mutate.h"
#include "user/trace/trace_block.h"

static inline size_t put_block(uint8_t *to, enum trace_block_type type, uint64_t seq, const void *payload, size_t len)
{
	struct trace_block head = {.len = (uint32_t)len};

	trace_block_seal(&head, type, seq, payload);
	head.version = TRACE_VERSION_RAW;
	memcpy(to, &head, sizeof(head));
	if (len)
		memcpy(to + sizeof(head), payload, len);
	return sizeof(head) + len;
}

/* The path of a trace that holds them. */
static inline const char *put_trace(const char *header, const uint8_t *records, size_t len)
{
	static char path[32];
	static uint8_t bytes[2 * TRACE_BLOCK_MAX];
	static int fd = -1;
	size_t size;

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	size = put_block(bytes, TRACE_HEADER, 0, header, strlen(header));
	size += put_block(bytes + size, TRACE_RECORDS, 1, records, len);
	size += put_block(bytes + size, TRACE_TRAILER, 2, NULL, 0);
	must(pwrite(fd, bytes, size, 0) == (ssize_t)size && !ftruncate(fd, (off_t)size));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/* Everything that is drawn from one write. */
static inline void look_closely(const struct write_set *frame, const struct write *w)
{
	char label[FILE_LABEL_LEN];
	struct look look;

	look_at(&look, w);
	must(strlen(write_file_label(frame, &w->rec, label, sizeof(label))) < sizeof(label));
}

static inline void read_records(const char *header, const uint8_t *records, size_t len)
{
	struct write_stream *s;
	struct stream_item item;

	if (len > TRACE_BLOCK_MAX || stream_open(&s, put_trace(header, records, len), STREAM_NAMES, NULL))
		return;
	while (stream_next(s, &item, NULL) > 0)
		if (item.write)
			look_closely(stream_frame(s), item.write);
	stream_close(s);
}

/* Lengths are sound, and records not shorter than their heads. */
static inline bool are_sound(const uint8_t *bytes, size_t len)
{
	struct record_head head;

	for (size_t at = 0; at < len; at += head.len) {
		if (len - at < sizeof(head))
			return false;
		memcpy(&head, bytes + at, sizeof(head));
		if (head.len < sizeof(head) || head.len % 8 || head.len > len - at)
			return false;
	}
	return true;
}

static inline size_t mutate_input(uint8_t *data, size_t size, size_t max_size, unsigned int seed, size_t nr_inline)
{
	struct records r = {
		.bytes = data, .len = size, .room = max_size, .nr_inline = nr_inline, .chance = chance_of(seed)};

	if (!draw_below(&r.chance, 8) || !size || !are_sound(data, size))
		return LLVMFuzzerMutate(data, size, max_size);
	mutate_records(&r);
	return r.len;
}

#endif
