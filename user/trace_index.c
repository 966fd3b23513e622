// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace_index.h"

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

/* As reports/select.c says when a write began. */
static uint64_t write_begin_ns(const struct write_record *rec)
{
	uint64_t first = UINT64_MAX;

	for (int i = 0; i < NR_STAGES; i++)
		if (rec->stage_ns[i] && rec->stage_ns[i] < first)
			first = rec->stage_ns[i];
	return first == UINT64_MAX ? 0 : first;
}

/* Steps stand before their write: another record between them means that it may be anywhere. */
static void take_open(struct trace_span *span, const struct record_head *head, uint64_t *open)
{
	if (*open && *open != head->id)
		span->flags |= SPAN_STEPS;
	*open = head->type == RECORD_STEPS ? head->id : 0;
}

void span_take(struct trace_span *span, const void *record, size_t len, uint64_t *open)
{
	const struct record_head *head = record;

	take_open(span, head, open);
	if (head->type == RECORD_WRITE) {
		span->writes++;
		take_moment(span, len >= sizeof(struct write_record) ? write_begin_ns(record) : 0);
	} else if (head->type == RECORD_SYNC) {
		take_moment(span,
			    len >= sizeof(struct sync_record) ? ((const struct sync_record *)record)->began_ns : 0);
	} else if (head->type == RECORD_FILE) {
		span->flags |= SPAN_FILES;
	}
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
