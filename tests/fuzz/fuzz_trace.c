// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace, whatever it is: its checksums are made right and its blocks numbered, so that what is behind them is
 * reached. Mutations take a block apart, put it together again, and have the index say where all of them are now. What
 * threads read ahead is what is read without any.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_pack.h"
#include "user/trace/trace_window.h"

#define HEAD sizeof(struct trace_block)

/* The block at @at; false: there is no whole one. */
static bool block_at(const uint8_t *bytes, size_t size, size_t at, struct trace_block *head)
{
	if (at > size || size - at < HEAD)
		return false;
	memcpy(head, bytes + at, HEAD);
	return head->len <= size - at - HEAD;
}

/* Every block that is whole; what follows is left as it is. */
static void mend(uint8_t *bytes, size_t size)
{
	struct trace_block head;
	uint64_t seq = 0;

	for (size_t at = 0; block_at(bytes, size, at, &head); at += HEAD + head.len) {
		head.seq = seq++;
		head.crc = trace_block_crc(&head, bytes + at + HEAD);
		memcpy(bytes + at, &head, HEAD);
	}
}

/* What a reading gave, in a few numbers. */
struct outcome {
	uint64_t records, digest, skipped;
	int ret; /* of the last call */
	enum trace_end end;
	char why[256];
};

static void add_record(struct outcome *o, const void *record, size_t len)
{
	check_sound(record, len);
	o->digest = (o->digest ^ crc32(0, record, (uInt)len)) * 0x9e3779b97f4a7c15ull;
	o->records++;
}

static void read_on(struct trace_reader *r, struct outcome *o)
{
	const void *record;
	const char *why;
	size_t len;

	while ((o->ret = trace_reader_next(r, &record, &len, NULL)) == 1)
		add_record(o, record, len);
	o->skipped = trace_reader_skipped(r);
	o->end = trace_reader_end(r, NULL, &why);
	snprintf(o->why, sizeof(o->why), "%s", why);
}

static struct outcome read_all(const char *path, bool window, unsigned int threads)
{
	static const struct file_key file = {.ino = 12};
	const struct span_want want = {.from_ns = 1000, .to_ns = 1u << 30, .files = &file, .nr_files = 1};
	struct outcome o = {.ret = 0};
	struct trace_reader *r;

	if (trace_reader_open(&r, path, NULL))
		return o;
	if (window)
		trace_reader_window(r, &want);
	trace_reader_threads(r, threads);
	read_on(r, &o);
	trace_reader_close(r);
	return o;
}

/* Threads cost more than all else: some inputs have them, always the same ones. */
static unsigned int threads_for(const uint8_t *bytes, size_t size)
{
	uint32_t sum = (uint32_t)crc32(0, bytes, (uInt)size);

	return sum % 64 ? 0 : 1 + sum / 64 % 3;
}

static void read_twice(const char *path, bool window, unsigned int threads)
{
	struct outcome alone = read_all(path, window, 0), ahead;

	if (!threads)
		return;
	ahead = read_all(path, window, threads);
	must(alone.records == ahead.records && alone.digest == ahead.digest && alone.skipped == ahead.skipped &&
	     alone.ret == ahead.ret && alone.end == ahead.end && !strcmp(alone.why, ahead.why));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	unsigned int threads = threads_for(data, size);
	uint8_t *bytes = malloc(size);
	struct trace_spans spans;
	char path[32];

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	memcpy(bytes, data, size);
	mend(bytes, size);
	must(pwrite(fd, bytes, size, 0) == (ssize_t)size && !ftruncate(fd, (off_t)size));
	free(bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_twice(path, false, threads);
	read_twice(path, true, threads);
	if (trace_spans_load(&spans, fd))
		trace_spans_release(&spans);
	return 0;
}

/* --- mutations --- */

static size_t draw_block(const uint8_t *bytes, size_t size, struct chance *chance)
{
	struct trace_block head;
	size_t nr = 0, at = 0, which;

	for (; block_at(bytes, size, at, &head); at += HEAD + head.len)
		nr++;
	which = draw_below(chance, nr);
	for (at = 0; which-- && block_at(bytes, size, at, &head); at += HEAD + head.len)
		;
	return at;
}

/* Other records than those in @payload; 0: there are none. */
static size_t other_records(const uint8_t *payload, size_t len, uint8_t *fresh, struct chance *chance)
{
	static struct unpacker *unpacker;
	static struct packer *packer;
	static uint64_t room[COLUMNS_RAW_MAX / 8];
	struct records r = {.bytes = (uint8_t *)room,
			    .room = TRACE_BLOCK_FILL,
			    .nr_inline = offsetof(struct write_record, nr_inline),
			    .chance = *chance};
	const void *raw;

	unpacker = unpacker ?: unpacker_new();
	packer = packer ?: packer_new(TRACE_BLOCK_FILL);
	if (unpacker_unpack(unpacker, payload, len, &raw, &r.len) || r.len > TRACE_BLOCK_FILL)
		return 0;
	memcpy(room, raw, r.len);
	mutate_records(&r);
	return packer_pack(packer, room, r.len, fresh, TRACE_BLOCK_MAX);
}

/* The next span of the INDEX block at @index, if there is one, is that of the RECORDS block at @at. */
static void put_offset(uint8_t *bytes, size_t index, uint32_t len, uint64_t nr, uint64_t at)
{
	size_t span = sizeof(struct trace_index_head) + nr * sizeof(struct trace_span);

	if (index && span + sizeof(struct trace_span) <= len)
		memcpy(bytes + index + HEAD + span, &at, sizeof(at));
}

static void put_foot(uint8_t *bytes, size_t at, uint32_t len, uint64_t index)
{
	struct trace_foot foot = {index, (uint32_t)(HEAD + len), TRACE_FOOT_MAGIC};

	if (len >= sizeof(foot))
		memcpy(bytes + at + HEAD + len - sizeof(foot), &foot, sizeof(foot));
}

/* One index is enough: it comes last. */
static void mend_index(uint8_t *bytes, size_t size)
{
	struct trace_block head;
	size_t index = 0;
	uint32_t index_len = 0;
	uint64_t nr = 0;

	for (size_t at = 0; block_at(bytes, size, at, &head); at += HEAD + head.len)
		if (head.type == TRACE_INDEX) {
			index = at;
			index_len = head.len;
		} else if (head.type == TRACE_TRAILER) {
			put_foot(bytes, at, head.len, index);
		}
	for (size_t at = 0; block_at(bytes, size, at, &head); at += HEAD + head.len)
		if (head.type == TRACE_RECORDS)
			put_offset(bytes, index, index_len, nr++, at);
}

/* @len bytes of @fresh instead of the payload of the block at @at; the size of it all, or 0: there is no room. */
static size_t replace(uint8_t *bytes, size_t size, size_t max_size, size_t at, const uint8_t *fresh, size_t len)
{
	struct trace_block head;
	size_t behind;

	memcpy(&head, bytes + at, HEAD);
	behind = at + HEAD + head.len;
	if (size - head.len + len > max_size)
		return 0;
	memmove(bytes + at + HEAD + len, bytes + behind, size - behind);
	memcpy(bytes + at + HEAD, fresh, len);
	size = size - head.len + len;
	head.len = (uint32_t)len;
	memcpy(bytes + at, &head, HEAD);
	return size;
}

static size_t mutate_block(uint8_t *bytes, size_t size, size_t max_size, struct chance *chance)
{
	static uint8_t fresh[TRACE_BLOCK_MAX];
	size_t at = draw_block(bytes, size, chance), len = 0;
	struct trace_block head;

	if (!block_at(bytes, size, at, &head) || head.len > sizeof(fresh))
		return 0;
	if (head.type == TRACE_RECORDS && draw_below(chance, 4))
		len = other_records(bytes + at + HEAD, head.len, fresh, chance);
	if (!len) {
		memcpy(fresh, bytes + at + HEAD, head.len);
		len = LLVMFuzzerMutate(fresh, head.len, draw_below(chance, 2) ? head.len : sizeof(fresh));
	}
	return replace(bytes, size, max_size, at, fresh, len);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct chance chance = chance_of(seed);
	size_t mutated = draw_below(&chance, 8) ? mutate_block(data, size, max_size, &chance) : 0;

	if (!mutated)
		return LLVMFuzzerMutate(data, size, max_size);
	if (draw_below(&chance, 8))
		mend_index(data, mutated);
	return mutated;
}
