// SPDX-License-Identifier: GPL-2.0-only
/* A block says how long it will be: nothing is read, and no memory is taken, for one that says too much. */
#include <stdlib.h>
#include <zstd.h>

#include "bpf/write_record.h"
#include "tests/unit/test.h"
#include "user/trace/trace_columns.h"
#include "user/trace/trace_pack.h"

#define ROOM (64u << 10)

static const char *unpack(const void *payload, size_t len)
{
	struct unpacker *u = unpacker_new();
	const void *raw = NULL;
	size_t raw_len = 1;
	const char *problem = unpacker_unpack(u, payload, len, &raw, &raw_len);

	if (problem)
		CHECK_EQ(raw_len, 0);
	unpacker_free(u);
	return problem;
}

struct payload {
	struct packed_head head;
	unsigned char frame[ROOM];
	size_t len;
};

/* One that holds @stream, and says what it likes. */
static struct payload make(uint32_t raw, uint32_t says, const void *stream, size_t stream_len)
{
	struct payload p = {.head = {raw, says}};

	p.len = sizeof(p.head) + ZSTD_compress(p.frame, sizeof(p.frame), stream, stream_len, 1);
	return p;
}

static struct payload make_sound(void)
{
	static const struct {
		uint32_t nr, nr_steps;
		uint8_t shape;
		uint8_t record[16];
	} __attribute__((packed)) stream = {.nr = 1, .record = {9, 0, 0, 0, 16}};

	return make(16, sizeof(stream), &stream, sizeof(stream));
}

TEST(a_sound_payload_is_taken)
{
	struct payload p = make_sound();
	struct unpacker *u = unpacker_new();
	const void *raw;
	size_t len;

	CHECK(!unpacker_unpack(u, &p, p.len, &raw, &len));
	CHECK_EQ(len, 16);
	CHECK_EQ(((const struct record_head *)raw)->type, 9);
	unpacker_free(u);
	unpacker_free(NULL);
}

TEST(what_claims_too_much_is_refused)
{
	static const uint32_t claims[][2] = {
		{COLUMNS_RAW_MAX + 8, 25},
		{UINT32_MAX, 25},
		{16, UINT32_MAX},
		{16, COLUMNS_STREAM_MAX(16) + 1},
	};

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct payload p = make_sound();

		p.head = (struct packed_head){claims[i][0], claims[i][1]};
		CHECK_STR(unpack(&p, p.len), "claims to hold more than a block can");
	}
}

/* A frame that becomes a thousand times as long, and says so or not. */
TEST(a_bomb_does_not_go_off)
{
	size_t len = 16u << 20;
	void *zeros = calloc(1, len);
	struct payload p = make(COLUMNS_RAW_MAX, COLUMNS_STREAM_MAX(COLUMNS_RAW_MAX), zeros, len);
	unsigned char frame[ROOM];
	ZSTD_CCtx *c = ZSTD_createCCtx();

	CHECK_STR(unpack(&p, p.len), "is not one frame of the length that it says");
	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	len = ZSTD_compress2(c, frame, sizeof(frame), zeros, len);
	memcpy(p.frame, frame, len);
	CHECK_STR(unpack(&p, sizeof(p.head) + len), "is not one frame of the length that it says");
	ZSTD_freeCCtx(c);
	free(zeros);
}

TEST(no_frame_and_two_are_refused)
{
	struct payload p = make_sound(), half = p;
	size_t frame = p.len - sizeof(p.head);

	CHECK_STR(unpack(&p, 7), "is shorter than its own head");
	CHECK_STR(unpack(&p, 8), "is not one frame of the length that it says");
	for (size_t len = 9; len < p.len; len++)
		CHECK(unpack(&p, len));
	memcpy(p.frame + frame, p.frame, frame);
	CHECK_STR(unpack(&p, p.len + frame), "is not one frame of the length that it says");
	half.head.stream--;
	CHECK_STR(unpack(&half, half.len), "is not one frame of the length that it says");
	half = make_sound();
	half.head.raw = 24;
	CHECK_STR(unpack(&half, half.len), "holds less than it says");
}

TEST(what_does_not_fit_is_not_packed)
{
	struct record_head rec = {9, 16, 1};
	struct packer *p = packer_new(ROOM);
	unsigned char payload[64];

	CHECK(packer_pack(p, &rec, sizeof(rec), payload, sizeof(payload)) > 0);
	CHECK(!unpack(payload, packer_pack(p, &rec, sizeof(rec), payload, sizeof(payload))));
	CHECK_EQ(packer_pack(p, &rec, sizeof(rec), payload, 12), 0);
	CHECK_EQ(packer_pack(p, &rec, sizeof(rec), payload, 7), 0);
	packer_free(p);
	packer_free(NULL);
}

TEST_MAIN()
