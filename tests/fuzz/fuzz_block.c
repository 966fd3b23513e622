// SPDX-License-Identifier: GPL-2.0-only
/*
 * The columns of a block, whatever they are: nothing is read or written outside of what is there, records that come out
 * are sound, and can be packed and are the same again. An input is four bytes that say how long the records are, and a
 * stream.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"
#include "user/trace/trace_columns.h"

#define RAW_MAX	   (16u << 10)
#define LEN_BYTES  sizeof(uint32_t)
#define STREAM_MAX COLUMNS_STREAM_MAX(RAW_MAX)

static struct columns *tables(void)
{
	static struct columns *c;

	if (!c)
		c = columns_new(RAW_MAX);
	return c;
}

static void pack_again(const uint64_t *raw, size_t len)
{
	static uint8_t stream[STREAM_MAX];
	static uint64_t again[RAW_MAX / 8];
	size_t packed = columns_pack(tables(), raw, len, stream);

	must(packed <= COLUMNS_STREAM_MAX(len));
	must(!columns_unpack(stream, packed, again, len));
	must(!memcmp(raw, again, len));
}

/* NULL: the input holds no records. Freed by the caller, so that one byte too many is noticed. */
static uint64_t *unpack(const uint8_t *data, size_t size, uint32_t *len)
{
	uint64_t *raw;

	if (size < LEN_BYTES)
		return NULL;
	memcpy(len, data, LEN_BYTES);
	*len %= RAW_MAX;
	raw = malloc(*len + 8);
	if (!columns_unpack(data + LEN_BYTES, size - LEN_BYTES, raw, *len))
		return raw;
	free(raw);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t len;
	uint64_t *raw = unpack(data, size, &len);

	if (raw) {
		check_sound((const unsigned char *)raw, len);
		pack_again(raw, len);
	}
	free(raw);
	return 0;
}

/* A stream of other records; 0: the input has none, or they do not fit. */
static size_t mutate_packed(uint8_t *data, size_t size, size_t max_size, struct chance *chance)
{
	static uint64_t room[RAW_MAX / 8];
	static uint8_t stream[STREAM_MAX];
	struct records r = {.bytes = (uint8_t *)room,
			    .room = RAW_MAX - 8,
			    .nr_inline = offsetof(struct write_record, nr_inline),
			    .chance = *chance};
	uint32_t len;
	uint64_t *raw = unpack(data, size, &len);
	size_t packed;

	if (!raw)
		return 0;
	memcpy(room, raw, len);
	free(raw);
	r.len = len;
	mutate_records(&r);
	packed = columns_pack(tables(), room, r.len, stream);
	if (packed > max_size - LEN_BYTES)
		return 0;
	len = (uint32_t)r.len;
	memcpy(data, &len, LEN_BYTES);
	memcpy(data + LEN_BYTES, stream, packed);
	return LEN_BYTES + packed;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct chance chance = chance_of(seed);
	size_t at, len;

	switch (draw_below(&chance, 4)) {
	case 0: /* anything */
		return LLVMFuzzerMutate(data, size, max_size);
	case 1: /* what stands where it should, and says something else */
		at = draw_below(&chance, size);
		len = draw_below(&chance, 64);
		mutate_bytes(data + at, len < size - at ? len : size - at);
		return size;
	}
	return mutate_packed(data, size, max_size, &chance) ?: LLVMFuzzerMutate(data, size, max_size);
}
