// SPDX-License-Identifier: GPL-2.0-only
/*
 * The columns of a block, whatever they are: nothing is read or written outside of what is there, records that come out
 * are sound, and can be packed and are the same again. An input is four bytes that say how long the records are, and a
 * stream.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "user/trace/trace_columns.h"

#define RAW_MAX (64u << 10)

static void pack_again(const uint64_t *raw, size_t len)
{
	static struct columns *c;
	uint8_t *stream = malloc(COLUMNS_STREAM_MAX(len));
	uint64_t *again = malloc(len + 8);
	size_t packed;

	if (!c)
		c = columns_new(RAW_MAX);
	packed = columns_pack(c, raw, len, stream);
	must(packed <= COLUMNS_STREAM_MAX(len));
	must(!columns_unpack(stream, packed, again, len));
	must(!memcmp(raw, again, len));
	free(stream);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t raw_len;
	uint64_t *raw;

	if (size < sizeof(raw_len))
		return 0;
	memcpy(&raw_len, data, sizeof(raw_len));
	raw_len %= RAW_MAX;
	raw = malloc(raw_len + 8);
	if (!columns_unpack(data + sizeof(raw_len), size - sizeof(raw_len), raw, raw_len)) {
		check_sound((const unsigned char *)raw, raw_len);
		pack_again(raw, raw_len);
	}
	free(raw);
	return 0;
}
