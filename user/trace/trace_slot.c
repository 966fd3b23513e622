// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/write_record.h"

struct trace_slot *trace_slot_new(void)
{
	struct trace_slot *slot = malloc(sizeof(*slot));

	if (!slot)
		return NULL;
	memset(slot, 0, offsetof(struct trace_slot, block) + sizeof(slot->block.head));
	slot->unpacker = unpacker_new();
	if (slot->unpacker)
		return slot;
	free(slot);
	return NULL;
}

void trace_slot_free(struct trace_slot *slot)
{
	if (!slot)
		return;
	unpacker_free(slot->unpacker);
	free(slot);
}

/* --- fetching --- */

static bool ends(struct trace_slot *slot, enum slot_state state, const char *what)
{
	slot->state = state;
	slot->what = what;
	return false;
}

static bool fails(struct trace_slot *slot, int error)
{
	slot->error = error;
	return ends(slot, SLOT_FAILED, NULL);
}

/* false: reading failed, or the file ended before all of it. */
static bool read_part(struct trace_slot *slot, FILE *file, void *buf, size_t len)
{
	size_t got = fread(buf, 1, len, file);

	if (got == len)
		return true;
	if (ferror(file))
		return fails(slot, -EIO);
	return ends(slot, SLOT_TRUNCATED, got || buf != &slot->block.head ? "inside a block" : "after a whole block");
}

static bool go_to_wanted(struct trace_slot *slot, struct trace_source *src)
{
	uint64_t offset = src->offset;

	if (!src->window)
		return true;
	trace_window_next(src->window, &src->offset, &src->seq);
	if (src->offset != offset && fseeko(src->file, (off_t)src->offset, SEEK_SET))
		return fails(slot, -errno);
	return true;
}

bool trace_slot_fetch(struct trace_slot *slot, struct trace_source *src)
{
	struct trace_block *head = &slot->block.head;
	bool found = go_to_wanted(slot, src);

	slot->offset = src->offset;
	slot->seq = src->seq;
	slot->skipped = src->window ? trace_window_skipped(src->window) : 0;
	slot->len = 0;
	if (!found || !read_part(slot, src->file, head, sizeof(*head)))
		return false;
	slot->what = trace_head_problem(head, src->version ?: head->version);
	if (slot->what)
		return ends(slot, SLOT_DAMAGED, slot->what);
	if (!read_part(slot, src->file, slot->block.payload, head->len))
		return false;
	slot->state = SLOT_BLOCK;
	src->offset += sizeof(*head) + head->len;
	src->seq++;
	return head->type != TRACE_TRAILER;
}

/* --- unpacking --- */

/* Records that were not packed, whose lengths nobody has checked. */
static const char *records_problem(const unsigned char *payload, uint32_t len)
{
	uint32_t at = 0;

	while (at < len) {
		struct record_head head;

		if (len - at < sizeof(head))
			return "ends inside a record";
		memcpy(&head, payload + at, sizeof(head));
		if (head.len < sizeof(head) || head.len % 8 || head.len > len - at)
			return "holds a record of a wrong length";
		at += head.len;
	}
	return NULL;
}

static const char *unpack_records(struct trace_slot *slot, unsigned int version)
{
	const void *records = slot->block.payload;
	const char *problem;

	slot->len = slot->block.head.len;
	problem = version == TRACE_VERSION_RAW
			  ? records_problem(slot->block.payload, slot->block.head.len)
			  : unpacker_unpack(slot->unpacker, slot->block.payload, slot->len, &records, &slot->len);
	slot->records = records;
	return problem;
}

void trace_slot_unpack(struct trace_slot *slot, unsigned int version)
{
	const char *problem;

	if (slot->state != SLOT_BLOCK)
		return;
	problem = trace_block_problem(&slot->block.head, slot->block.payload, slot->seq);
	if (problem) {
		ends(slot, SLOT_DAMAGED, problem);
		return;
	}
	if (slot->block.head.type == TRACE_RECORDS)
		problem = unpack_records(slot, version);
	if (problem)
		ends(slot, SLOT_REFUSED, problem);
}
