// SPDX-License-Identifier: GPL-2.0-only
/* Traces whose checksums fit and whose blocks lie: each is refused in a sentence that says which block, and how. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "reports/model/stream.h"
#include "reports/text/check.h"
#include "tests/unit/test.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_columns.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_index.h"
#include "user/trace/trace_pack.h"

#define BOMB_BYTES (256u << 20)

/* What the RECORDS block is made of; a case changes some of it. */
struct made {
	struct packed_head head;
	uint8_t stream[8192];
	size_t stream_len;
	uint8_t payload[TRACE_BLOCK_MAX]; /* head and frame */
	size_t len;
};

static struct made made;
static struct block_buffer block;

static void make_stream(void)
{
	struct {
		struct write_record rec;
		struct write_step step;
	} writes[2] = {0};
	struct columns *c = columns_new(COLUMNS_RAW_MAX);

	for (uint64_t i = 0; i < 2; i++) {
		writes[i].rec.head = (struct record_head){RECORD_WRITE, sizeof(writes[i]), i + 1};
		writes[i].rec.nr_inline = writes[i].rec.steps_total = 1;
		writes[i].step = (struct write_step){.kind = STEP_BIO, .pos = (int64_t)i << 20, .len = 4096};
	}
	made.stream_len = columns_pack(c, writes, sizeof(writes), made.stream);
	made.head = (struct packed_head){sizeof(writes), (uint32_t)made.stream_len};
	columns_free(c);
}

static void make_payload(void)
{
	size_t frame = ZSTD_compress(made.payload + sizeof(made.head), sizeof(made.payload) - sizeof(made.head),
				     made.stream, made.stream_len, 1);

	memcpy(made.payload, &made.head, sizeof(made.head));
	made.len = sizeof(made.head) + frame;
}

/* --- lies in the stream: it is packed as it should be --- */

static void put32(size_t at, uint32_t value)
{
	memcpy(made.stream + at, &value, sizeof(value));
}

static void many_records(void)
{
	put32(0, UINT32_MAX);
}

static void many_steps(void)
{
	put32(4, 1u << 30);
}

static void few_steps(void)
{
	put32(4, 1);
}

static void no_such_shape(void)
{
	made.stream[COLUMNS_HEAD_BYTES + 1] = 5;
}

static void shape_of_another(void)
{
	made.stream[COLUMNS_HEAD_BYTES + 1] = 0; /* a plain one */
}

static void long_record(void)
{
	/* as the first record says */
	put32(COLUMNS_HEAD_BYTES + 2 + 4, sizeof(struct write_record) + 4096 * sizeof(struct write_step));
}

static void crooked_record(void)
{
	put32(COLUMNS_HEAD_BYTES + 2 + 4, sizeof(struct write_record) + 8);
}

static void all_planes(void)
{
	memset(made.stream + COLUMNS_HEAD_BYTES + 2 + sizeof(struct write_record), 0xff, 66);
}

static void raw_longer(void)
{
	made.head.raw += 8;
}

static void raw_shorter(void)
{
	made.head.raw -= 32;
}

static void stream_cut(void)
{
	made.head.stream = (uint32_t)(made.stream_len = 300);
}

static void stream_longer(void)
{
	made.head.stream = (uint32_t)++made.stream_len;
}

/* --- lies in the frame --- */

static void no_head(void)
{
	made.len = 7;
}

static void no_frame(void)
{
	made.len = sizeof(made.head);
}

static void put_head(uint32_t raw, uint32_t stream)
{
	made.head = (struct packed_head){raw, stream};
	memcpy(made.payload, &made.head, sizeof(made.head));
}

static void raw_above_limit(void)
{
	put_head(COLUMNS_RAW_MAX + 8, made.head.stream);
}

static void stream_above_limit(void)
{
	put_head(made.head.raw, UINT32_MAX);
}

/* A frame of @len zeros after a head that says @says. */
static void put_zeros(size_t len, uint32_t says)
{
	void *zeros = calloc(1, len);

	made.len = sizeof(made.head) + ZSTD_compress(made.payload + sizeof(made.head),
						     sizeof(made.payload) - sizeof(made.head), zeros, len, 1);
	put_head(made.head.raw, says);
	free(zeros);
}

static void bomb(void)
{
	put_zeros(BOMB_BYTES, made.head.stream);
}

static void honest_bomb(void)
{
	put_zeros(BOMB_BYTES, BOMB_BYTES);
}

static void two_frames(void)
{
	size_t frame = made.len - sizeof(made.head);

	memcpy(made.payload + made.len, made.payload + sizeof(made.head), frame);
	made.len += frame;
}

static void frame_of_another_length(void)
{
	put_head(made.head.raw, made.head.stream - 1);
}

/* Of the frame's first block, whose size is told after the frame's head of 7 bytes. */
static void reserved_kind(void)
{
	made.payload[sizeof(made.head) + 7] |= 6;
}

static void broken_frame(void)
{
	memset(made.payload + sizeof(made.head) + 10, 0x5a, 16);
}

static const struct lie {
	const char *name;
	void (*in_stream)(void);
	void (*in_payload)(void);
	const char *says; /* with "block 1 at byte N" before it */
} lies[] = {
	{"records", many_records, NULL, "claims more records than fit its length"},
	{"steps", many_steps, NULL, "claims more records than fit its length"},
	{"too few steps", few_steps, NULL, "has fewer steps than its records"},
	{"a shape that there is not", no_such_shape, NULL, "holds a record of a shape that there is not"},
	{"another shape", shape_of_another, NULL, "ends inside a record"},
	{"a long record", long_record, NULL, "holds more than it says"},
	{"a crooked record", crooked_record, NULL, "holds a record of a wrong length"},
	{"all planes", all_planes, NULL, "ends inside its columns"},
	{"more bytes of records", raw_longer, NULL, "holds less than it says"},
	{"fewer bytes of records", raw_shorter, NULL, "holds more than it says"},
	{"a cut stream", stream_cut, NULL, "ends inside its columns"},
	{"something behind", stream_longer, NULL, "has something behind its records"},
	{"no head", NULL, no_head, "is shorter than its own head"},
	{"no frame", NULL, no_frame, "is not one frame of the length that it says"},
	{"records above the limit", NULL, raw_above_limit, "claims to hold more than a block can"},
	{"a stream above the limit", NULL, stream_above_limit, "claims to hold more than a block can"},
	{"a bomb", NULL, bomb, "is not one frame of the length that it says"},
	{"a bomb that says so", NULL, honest_bomb, "claims to hold more than a block can"},
	{"two frames", NULL, two_frames, "is not one frame of the length that it says"},
	{"a frame of another length", NULL, frame_of_another_length, "is not one frame of the length that it says"},
	{"a block of a reserved kind", NULL, reserved_kind, "is not one frame of the length that it says"},
	{"a broken frame", NULL, broken_frame, "cannot be decompressed"},
};

/* --- a trace of them --- */

static off_t put(int fd, off_t at, enum trace_block_type type, uint64_t seq, const void *payload, size_t len)
{
	block.head.len = (uint32_t)len;
	memcpy(block.payload, payload, len);
	trace_block_seal(&block.head, type, seq, block.payload);
	CHECK_EQ(pwrite(fd, &block, sizeof(block.head) + len, at), (ssize_t)(sizeof(block.head) + len));
	return at + (off_t)(sizeof(block.head) + len);
}

static const char header[] = META_RECORD_VERSION "=2\n";

/* @payload of @type as block 1; its path. */
static const char *make_trace(enum trace_block_type type, const void *payload, size_t len)
{
	static char path[32];
	static int fd = -1;
	off_t at;

	if (fd < 0)
		fd = memfd_create("hostile", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_EQ(ftruncate(fd, 0), 0);
	at = put(fd, 0, TRACE_HEADER, 0, header, strlen(header));
	put(fd, at, type, 1, payload, len);
	return path;
}

static void keep(void *ctx, const char *fault)
{
	char **kept = ctx;

	free(*kept);
	*kept = strdup(fault);
}

/* What a view says, and what check says. */
static void must_refuse(const char *name, const char *path, const char *says)
{
	struct write_stream *s = NULL;
	struct stream_item item;
	struct check_result result;
	char *fault = NULL, expected[160];
	struct errmsg err = {""};
	int ret;

	snprintf(expected, sizeof(expected), "block 1 at byte %zu %s", sizeof(struct trace_block) + strlen(header),
		 says);
	CHECK_EQ(stream_open(&s, path, STREAM_BY_ENTRY, &err), 0);
	while ((ret = stream_next(s, &item, &err)) > 0)
		;
	CHECK_EQ(ret, -EINVAL);
	if (!strstr(err.text, expected))
		printf("# %s: %s\n", name, err.text);
	CHECK(strstr(err.text, expected));
	stream_close(s);
	CHECK_EQ(check_trace(path, &result, keep, &fault, NULL, &err), 0);
	CHECK_EQ(result.faults, 1);
	CHECK(fault && strstr(fault, expected));
	free(fault);
}

TEST(records_that_lie_are_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		make_stream();
		if (lies[i].in_stream)
			lies[i].in_stream();
		make_payload();
		if (lies[i].in_payload)
			lies[i].in_payload();
		must_refuse(lies[i].name, make_trace(TRACE_RECORDS, made.payload, made.len), lies[i].says);
	}
}

TEST(the_same_without_a_lie_is_read)
{
	struct write_stream *s = NULL;
	struct stream_item item;

	make_stream();
	make_payload();
	CHECK_EQ(stream_open(&s, make_trace(TRACE_RECORDS, made.payload, made.len), 0, NULL), 0);
	CHECK_EQ(stream_next(s, &item, NULL), 1);
	CHECK_EQ(stream_next(s, &item, NULL), 1);
	CHECK_EQ(item.write->rec.head.id, 2);
	CHECK_EQ(stream_next(s, &item, NULL), 0);
	stream_close(s);
}

TEST(an_index_and_a_trailer_that_lie_are_refused)
{
	struct {
		struct trace_index_head head;
		struct trace_span spans[2];
	} index = {.head = {.nr = 2, .span_bytes = sizeof(struct trace_span)}};

	must_refuse("short", make_trace(TRACE_INDEX, &index, 8), "is an index that is shorter than its own head");
	must_refuse("cut", make_trace(TRACE_INDEX, &index, 40), "is an index that does not have the length it says");
	index.head.nr = UINT32_MAX;
	must_refuse("many", make_trace(TRACE_INDEX, &index, sizeof(index)),
		    "is an index that does not have the length it says");
	index.head.nr = 2;
	index.head.span_bytes = 1u << 31;
	must_refuse("wide", make_trace(TRACE_INDEX, &index, sizeof(index)), "is an index of spans that are not ours");
	must_refuse("no foot", make_trace(TRACE_TRAILER, "writes=1", 8), "is a trailer that cannot be parsed");
	must_refuse("no lines", make_trace(TRACE_TRAILER, "no line at all, and no foot either", 34),
		    "is a trailer that cannot be parsed");
}

/* --- offsets have 64 bits --- */

/* The blocks are where they would be in a trace of that length; what is between is not wanted, and is a hole. */
TEST(a_block_beyond_four_gibibytes_is_found)
{
	struct file_key key = {.ino = 12};
	struct span_want want = {.to_ns = UINT64_MAX, .files = &key, .nr_files = 1};
	struct {
		struct trace_index_head head;
		struct trace_span spans[2];
	} index = {.head = {.nr = 2, .span_bytes = sizeof(struct trace_span)}};
	struct trace_foot foot = {.magic = TRACE_FOOT_MAGIC, .block_len = sizeof(struct trace_block) + sizeof(foot)};
	int fd = memfd_create("long", 0);
	struct trace_reader *r = NULL;
	const void *record;
	uint64_t far = 5ull << 30;
	char path[32];
	size_t len;
	off_t at;

	make_stream();
	make_payload();
	index.spans[0].offset = (uint64_t)put(fd, 0, TRACE_HEADER, 0, header, strlen(header));
	index.spans[1] = (struct trace_span){.offset = far, .writes = 2, .files = {~0ull, ~0ull, ~0ull, ~0ull}};
	at = put(fd, (off_t)far, TRACE_RECORDS, 2, made.payload, made.len);
	foot.index = (uint64_t)at;
	at = put(fd, at, TRACE_INDEX, 3, &index, sizeof(index));
	put(fd, at, TRACE_TRAILER, 4, &foot, sizeof(foot));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_EQ(trace_reader_open(&r, path, NULL), 0);
	CHECK(trace_reader_window(r, &want));
	CHECK_EQ(trace_reader_next(r, &record, &len, NULL), 1);
	CHECK_EQ(trace_reader_offset(r), far);
	CHECK_EQ(trace_reader_next(r, &record, &len, NULL), 1);
	CHECK_EQ(trace_reader_next(r, &record, &len, NULL), 0);
	CHECK_EQ(trace_reader_end(r, NULL, NULL), TRACE_COMPLETE);
	trace_reader_close(r);
	close(fd);
}

TEST_MAIN()
