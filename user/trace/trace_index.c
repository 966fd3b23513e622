// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_index.h"

#include <string.h>

_Static_assert(sizeof(struct trace_span) == 32, "trace_span");
_Static_assert(sizeof(struct trace_index_head) == 16, "trace_index_head");
_Static_assert(sizeof(struct trace_foot) == 16, "trace_foot");

void span_init(struct trace_span *span)
{
	*span = (struct trace_span){.first_ns = UINT64_MAX};
}

static void take_moment(struct trace_span *span, uint64_t ns)
{
	if (ns < span->first_ns)
		span->first_ns = ns;
	if (ns > span->last_ns)
		span->last_ns = ns;
}

/* As reports/model/select.c says when a write began. */
static uint64_t write_begin_ns(const struct write_record *rec)
{
	uint64_t first = UINT64_MAX;

	for (int i = 0; i < NR_STAGES; i++)
		if (rec->stage_ns[i] && rec->stage_ns[i] < first)
			first = rec->stage_ns[i];
	return first == UINT64_MAX ? 0 : first;
}

/* By all that tells one file's label from another's. */
static uint64_t file_hash(const struct write_record *rec)
{
	uint64_t words[3 + FILE_NAME_LEN / 8] = {rec->ino, rec->dev, rec->generation}, hash = 1;

	memcpy(words + 3, rec->file, FILE_NAME_LEN);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
	}
	return hash;
}

static bool is_first_of_file(struct span_memory *memory, const struct write_record *rec)
{
	uint64_t hash = file_hash(rec);
	uint64_t *slot = &memory->files[hash % (sizeof(memory->files) / sizeof(memory->files[0]))];
	bool first = *slot != hash;

	*slot = hash;
	return first;
}

static void take_write(struct trace_span *span, struct span_memory *memory, const struct write_record *rec, size_t len)
{
	span->writes++;
	if (len < sizeof(*rec)) { /* it tells nothing */
		take_moment(span, 0);
		return;
	}
	take_moment(span, write_begin_ns(rec));
	if (is_first_of_file(memory, rec))
		span->flags |= SPAN_FILES;
}

/* Steps stand before their write: another record between them means that it may be anywhere. */
static void take_open(struct trace_span *span, struct span_memory *memory, const struct record_head *head)
{
	if (memory->open && memory->open != head->id)
		span->flags |= SPAN_STEPS;
	memory->open = head->type == RECORD_STEPS ? head->id : 0;
}

void span_take(struct trace_span *span, struct span_memory *memory, const void *record, size_t len)
{
	const struct record_head *head = record;
	const struct sync_record *sync = record;

	take_open(span, memory, head);
	switch (head->type) {
	case RECORD_WRITE:
		take_write(span, memory, record, len);
		break;
	case RECORD_SYNC:
		take_moment(span, len >= sizeof(*sync) ? sync->began_ns : 0);
		break;
	case RECORD_FILE:
		span->flags |= SPAN_FILES;
		break;
	}
}

void span_end(struct trace_span *span, struct span_memory *memory)
{
	if (memory->open)
		span->flags |= SPAN_STEPS;
	memory->open = 0;
}

bool span_wanted(const struct trace_span *span, uint64_t from_ns, uint64_t to_ns)
{
	return span->flags || (span->first_ns < to_ns && span->last_ns >= from_ns);
}

const char *trace_index_problem(const void *payload, size_t len, struct trace_index_head *head)
{
	if (len < sizeof(*head))
		return "is an index that is shorter than its own head";
	memcpy(head, payload, sizeof(*head));
	if (!head->nr || head->nr > TRACE_INDEX_SPANS || len != sizeof(*head) + head->nr * sizeof(struct trace_span))
		return "is an index that does not have the length it says";
	return NULL;
}

uint64_t span_seq(uint64_t i)
{
	return 1 + i + i / TRACE_INDEX_SPANS;
}

uint64_t trailer_seq(uint64_t nr)
{
	return 1 + nr + (nr + TRACE_INDEX_SPANS - 1) / TRACE_INDEX_SPANS;
}
