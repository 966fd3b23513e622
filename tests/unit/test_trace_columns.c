// SPDX-License-Identifier: GPL-2.0-only
/* Columns give back what was put into them, byte for byte; from anything else they take nothing that is not there. */
#include <stdint.h>
#include <stdlib.h>

#include "bpf/write_record.h"
#include "tests/unit/test.h"
#include "user/trace/trace_columns.h"
#include "user/trace/trace_shapes.h"

#define ROOM (64u << 10)

struct block {
	_Alignas(8) unsigned char bytes[ROOM];
	size_t len;
};

static uint64_t seed = 1;

static uint64_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* As words are: mostly those of before, often small, sometimes anything. */
static uint64_t any_word(uint64_t before)
{
	static const uint64_t edges[] = {0, 1, UINT64_MAX, UINT64_MAX - 1, INT64_MAX, 1ull << 63};

	switch (any() % 8) {
	case 0:
		return any();
	case 1:
		return edges[any() % (sizeof(edges) / sizeof(edges[0]))];
	case 2:
		return any() % 256;
	case 3:
		return before + any() % 4096 - 2048;
	}
	return before;
}

/* Append a record of @words words, each made from those of the record of before; false: no room. */
static bool put_any(struct block *b, uint32_t type, uint32_t words, const uint64_t *before)
{
	struct record_head head = {.type = type, .len = 8 * words};
	uint64_t *rec = (uint64_t *)(b->bytes + b->len);

	if (b->len + 8 * words > ROOM)
		return false;
	memcpy(rec, &head, 8);
	for (uint32_t i = 1; i < words; i++)
		rec[i] = any_word(before[i % 64]);
	b->len += 8 * words;
	return true;
}

static uint32_t any_words(uint32_t type)
{
	static const uint32_t least[] = {
		[RECORD_WRITE] = sizeof(struct write_record) / 8,
		[RECORD_STEPS] = sizeof(struct steps_record) / 8,
		[RECORD_FILE] = sizeof(struct file_record) / 8,
		[RECORD_SYNC] = sizeof(struct sync_record) / 8,
	};

	if (type > RECORD_SYNC || !least[type] || any() % 32 == 0)
		return 2 + (uint32_t)(any() % 100); /* of no shape, or by chance of one */
	return least[type] + 4 * (uint32_t)(type <= RECORD_STEPS ? any() % 5 : 0);
}

static void fill_any(struct block *b, size_t room)
{
	const uint64_t *before = (const uint64_t *)b->bytes;

	b->len = 0;
	memset(b->bytes, 0, 1024);
	while (b->len + 1024 < room) {
		uint32_t type = any() % 4 ? RECORD_WRITE : (uint32_t)(any() % 7);
		size_t at = b->len;

		if (!put_any(b, type, any_words(type), before))
			return;
		before = (const uint64_t *)(b->bytes + at);
	}
}

static unsigned char stream[COLUMNS_STREAM_MAX(ROOM)];
static struct block in, out;

TEST(whatever_is_packed_comes_back)
{
	struct columns *c = columns_new(ROOM);

	for (int i = 0; i < 400; i++) {
		size_t len;

		fill_any(&in, (size_t)(any() % ROOM));
		len = columns_pack(c, in.bytes, in.len, stream);
		CHECK(len <= COLUMNS_STREAM_MAX(in.len));
		memset(out.bytes, 0xaa, ROOM);
		CHECK(!columns_unpack(stream, len, out.bytes, in.len));
		CHECK(!memcmp(in.bytes, out.bytes, in.len));
	}
	columns_free(c);
}

/* What the guesses are for: of writes that go on as before nothing is kept but a first record. */
TEST(what_is_as_guessed_costs_nothing)
{
	struct columns *c = columns_new(ROOM);
	struct write_record rec = {.head = {RECORD_WRITE, sizeof(rec), 7}, .ino = 12, .isize = 1 << 20, .len = 4096};
	size_t len;

	in.len = 0;
	for (int i = 0; i < 100; i++) {
		rec.asked_len = rec.data_bytes = 4096;
		rec.ret = rec.dio_ret = rec.end_size = 4096;
		rec.pos = rec.asked_pos = 512;
		memcpy(in.bytes + in.len, &rec, sizeof(rec));
		in.len += sizeof(rec);
	}
	len = columns_pack(c, in.bytes, in.len, stream);
	CHECK_EQ(len, COLUMNS_HEAD_BYTES + 100 + sizeof(rec) + sizeof(rec) / 8);
	CHECK(!columns_unpack(stream, len, out.bytes, in.len));
	CHECK(!memcmp(in.bytes, out.bytes, in.len));
	columns_free(c);
}

TEST(a_moment_that_was_not_seen_comes_back)
{
	static const uint64_t moments[] = {0, 1, 2, 5, UINT64_MAX, UINT64_MAX - 1, 1ull << 63};
	enum {
		NR = sizeof(moments) / sizeof(moments[0])
	};
	struct columns *c = columns_new(ROOM);

	in.len = 0;
	for (int i = 0; i < NR * NR; i++) {
		struct write_record rec = {.head = {RECORD_WRITE, sizeof(rec), 7}};

		rec.stage_ns[STAGE_ENTER] = moments[i % NR];
		rec.stage_ns[STAGE_CHECK] = moments[i / NR];
		rec.stage_ns[STAGE_RETURN] = moments[(i + 1) % NR];
		memcpy(in.bytes + in.len, &rec, sizeof(rec));
		in.len += sizeof(rec);
	}
	CHECK(!columns_unpack(stream, columns_pack(c, in.bytes, in.len, stream), out.bytes, in.len));
	CHECK(!memcmp(in.bytes, out.bytes, in.len));
	columns_free(c);
}

TEST(an_empty_block_is_one)
{
	struct columns *c = columns_new(ROOM);
	size_t len = columns_pack(c, in.bytes, 0, stream);

	CHECK_EQ(len, COLUMNS_HEAD_BYTES);
	CHECK(!columns_unpack(stream, len, out.bytes, 0));
	CHECK(columns_unpack(stream, len, out.bytes, 8));
	CHECK(columns_unpack(stream, 7, out.bytes, 0));
	columns_free(c);
	columns_free(NULL);
}

/* --- hostile --- */

/* Each record has the length that it says, and together they are what was asked for. */
static bool sound(const struct block *b)
{
	size_t at = 0;

	while (at < b->len) {
		const struct record_head *head = (const void *)(b->bytes + at);

		if (head->len < sizeof(*head) || head->len % 8 || head->len > b->len - at)
			return false;
		at += head->len;
	}
	return true;
}

/* A copy that ends where it ends, so that a sanitizer sees who reads on. */
static const char *unpack_copy(const unsigned char *bytes, size_t len, size_t raw_len)
{
	unsigned char *copy = malloc(len + 1);
	uint64_t *raw = malloc(raw_len + 8);
	const char *problem;

	memcpy(copy, bytes, len);
	problem = columns_unpack(copy, len, raw, raw_len);
	if (!problem) {
		memcpy(out.bytes, raw, raw_len);
		out.len = raw_len;
		CHECK(sound(&out));
	}
	free(copy);
	free(raw);
	return problem;
}

static size_t pack_any(size_t room)
{
	struct columns *c = columns_new(ROOM);
	size_t len;

	fill_any(&in, room);
	len = columns_pack(c, in.bytes, in.len, stream);
	columns_free(c);
	return len;
}

TEST(a_stream_cut_at_any_byte_is_refused)
{
	size_t len = pack_any(12000);

	CHECK(!unpack_copy(stream, len, in.len));
	for (size_t cut = 0; cut < len; cut++)
		CHECK(unpack_copy(stream, cut, in.len));
	stream[len] = 0;
	CHECK_STR(unpack_copy(stream, len + 1, in.len), "has something behind its records");
	CHECK(unpack_copy(stream, len, in.len - 8));
	CHECK_STR(unpack_copy(stream, len, in.len + 8), "holds less than it says");
}

TEST(no_changed_byte_leads_outside)
{
	size_t len = pack_any(6000);

	for (size_t at = 0; at < len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			stream[at] ^= (unsigned char)(1 << bit);
			unpack_copy(stream, len, in.len);
			stream[at] ^= (unsigned char)(1 << bit);
		}
	}
}

/* One write without steps, by hand: what each part of the stream is. */
TEST(each_wrong_part_has_its_words)
{
	struct {
		uint32_t nr, nr_steps;
		uint8_t bytes[sizeof(struct write_record) * 2];
	} s = {.nr = 1};
	struct record_head head = {RECORD_WRITE, sizeof(struct write_record), 1};
	uint8_t *first = s.bytes + 1;
	const size_t words = sizeof(struct write_record) / 8, raw = sizeof(struct write_record);
	const size_t len = COLUMNS_HEAD_BYTES + 1 + raw + words;

	s.bytes[0] = SHAPE_WRITE;
	memcpy(first, &head, sizeof(head));
	CHECK(!unpack_copy((void *)&s, len, raw));
	s.nr = UINT32_MAX;
	CHECK_STR(unpack_copy((void *)&s, len, raw), "claims more records than fit its length");
	s.nr = 1;
	s.nr_steps = UINT32_MAX;
	CHECK_STR(unpack_copy((void *)&s, len, raw), "claims more records than fit its length");
	s.nr_steps = 1;
	CHECK_STR(unpack_copy((void *)&s, len, raw), "ends inside its columns");
	s.nr_steps = 0;
	s.bytes[0] = NR_SHAPES;
	CHECK_STR(unpack_copy((void *)&s, len, raw), "holds a record of a shape that there is not");
	s.bytes[0] = SHAPE_WRITE;
	s.bytes[1 + raw] = 0xff;
	CHECK_STR(unpack_copy((void *)&s, len, raw), "ends inside its columns");
	s.bytes[1 + raw] = 0;
	CHECK_STR(unpack_copy((void *)&s, len, raw - 8), "holds more than it says");
	head.len += sizeof(struct write_step);
	memcpy(first, &head, sizeof(head));
	CHECK_STR(unpack_copy((void *)&s, len, raw), "holds more than it says");
	CHECK_STR(unpack_copy((void *)&s, len, raw + sizeof(struct write_step)), "has fewer steps than its records");
	head.len = 16;
	memcpy(first, &head, sizeof(head));
	CHECK_STR(unpack_copy((void *)&s, len, raw), "holds a record of a wrong length");
}

TEST(plain_records_have_lengths_that_fit)
{
	static const struct {
		uint32_t len;
		const char *why;
	} cases[] = {
		{0, "holds a record of a wrong length"},  {8, "holds a record of a wrong length"},
		{20, "holds a record of a wrong length"}, {32, "holds more than it says"},
		{0xfffffff8, "holds more than it says"},  {16, "holds less than it says"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct {
			uint32_t nr, nr_steps;
			uint8_t bytes[32];
		} s = {.nr = 1};
		struct record_head head = {99, cases[i].len, 1};

		s.bytes[0] = SHAPE_PLAIN;
		memcpy(s.bytes + 1, &head, sizeof(head));
		CHECK_STR(unpack_copy((void *)&s, COLUMNS_HEAD_BYTES + 1 + 24, 24), cases[i].why);
	}
}

TEST_MAIN()
