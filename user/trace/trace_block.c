// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_block.h"

#include <stdbool.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the trace is little endian, and so must the host be");
_Static_assert(sizeof(struct trace_block) == 24, "trace_block");
_Static_assert(sizeof(struct trace_block) % 8 == 0, "the payload follows its head without a gap");

uint32_t trace_block_crc(const struct trace_block *b, const void *payload)
{
	uLong crc = crc32(0, NULL, 0);

	crc = crc32(crc, (const Bytef *)&b->seq, sizeof(b->seq));
	crc = crc32(crc, (const Bytef *)&b->type, sizeof(b->type));
	crc = crc32(crc, (const Bytef *)&b->len, sizeof(b->len));
	return crc32(crc, payload, b->len);
}

void trace_block_seal(struct trace_block *head, enum trace_block_type type, uint64_t seq, const void *payload)
{
	head->magic = TRACE_BLOCK_MAGIC;
	head->version = TRACE_VERSION;
	head->type = (uint16_t)type;
	head->seq = seq;
	head->crc = trace_block_crc(head, payload);
}

const char *trace_head_problem(const struct trace_block *b, unsigned int version)
{
	if (b->magic != TRACE_BLOCK_MAGIC)
		return "does not begin as a block";
	if (b->version != version)
		return "has another version";
	if (b->len > TRACE_BLOCK_MAX)
		return "claims to be longer than a block can be";
	return NULL;
}

static bool has_its_place(const struct trace_block *b)
{
	switch ((enum trace_block_type)b->type) {
	case TRACE_HEADER:
		return b->seq == 0;
	case TRACE_RECORDS:
	case TRACE_TRAILER:
		return b->seq > 0;
	case TRACE_INDEX:
		return b->seq > 0 && b->version > TRACE_VERSION_RAW;
	}
	return false;
}

const char *trace_block_problem(const struct trace_block *b, const void *payload, uint64_t seq)
{
	if (b->crc != trace_block_crc(b, payload))
		return "fails its checksum";
	if (b->seq != seq)
		return "is out of order";
	return has_its_place(b) ? NULL : "is of a kind that has no place there";
}
