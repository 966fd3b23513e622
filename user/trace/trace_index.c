// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_index.h"

#include <string.h>

_Static_assert(sizeof(struct trace_span) == 64, "trace_span");
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

/* --- files --- */

static bool is_known(const struct write_record *rec, enum write_fact fact)
{
	return rec->how[fact] == HOW_OBSERVED || rec->how[fact] == HOW_INFERRED;
}

struct file_key file_key_of_write(const struct write_record *rec)
{
	return (struct file_key){
		.ino = is_known(rec, FACT_INO) ? rec->ino : 0,
		.dev = is_known(rec, FACT_DEV) ? rec->dev : 0,
		.generation = is_known(rec, FACT_GENERATION) ? rec->generation : 0,
	};
}

struct file_key file_key_of_sync(const struct sync_record *sync)
{
	return (struct file_key){sync->ino, sync->dev, sync->generation};
}

static uint64_t hash_words(const uint64_t *words, size_t nr)
{
	uint64_t hash = 1;

	for (size_t i = 0; i < nr; i++) {
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
	}
	return hash;
}

static uint64_t key_hash(const struct file_key *key)
{
	uint64_t words[2] = {key->ino, (uint64_t)key->dev << 32 | key->generation};

	return hash_words(words, 2);
}

/* By all that tells one file's label from another's. */
static uint64_t label_hash(const struct write_record *rec, const struct file_key *key)
{
	uint64_t words[1 + FILE_NAME_LEN / 8] = {key_hash(key)};

	if (is_known(rec, FACT_FILE))
		memcpy(words + 1, rec->file, FILE_NAME_LEN);
	return hash_words(words, sizeof(words) / sizeof(words[0]));
}

/* Three of the bits of trace_span.files. */
static void file_bits(const struct file_key *key, uint64_t bits[4])
{
	uint64_t hash = key_hash(key);

	memset(bits, 0, 4 * sizeof(*bits));
	for (int i = 0; i < 3; i++, hash >>= 8)
		bits[hash >> 6 & 3] |= 1ull << (hash & 63);
}

static void take_file(struct trace_span *span, const struct file_key *key)
{
	uint64_t bits[4];

	file_bits(key, bits);
	for (int i = 0; i < 4; i++)
		span->files[i] |= bits[i];
}

static bool may_hold(const struct trace_span *span, const struct file_key *key)
{
	uint64_t bits[4], missing = 0;

	file_bits(key, bits);
	for (int i = 0; i < 4; i++)
		missing |= bits[i] & ~span->files[i];
	return !missing;
}

static void take_any_file(struct trace_span *span)
{
	memset(span->files, 0xff, sizeof(span->files));
}

static bool is_first_of_file(struct span_memory *memory, uint64_t hash)
{
	uint64_t *slot = &memory->files[hash % (sizeof(memory->files) / sizeof(memory->files[0]))];
	bool first = *slot != hash;

	*slot = hash;
	return first;
}

/* --- steps, which come before their write --- */

static unsigned int find_open(const struct span_memory *memory, uint64_t id)
{
	unsigned int i = 0;

	while (i < memory->nr_open && memory->open[i] != id)
		i++;
	return i;
}

static void steps_are_here(struct span_memory *memory, uint64_t id)
{
	if (find_open(memory, id) < memory->nr_open)
		return;
	if (memory->nr_open == SPAN_OPEN_MAX)
		memory->too_many = true;
	else
		memory->open[memory->nr_open++] = id;
}

static void write_is_here(struct span_memory *memory, uint64_t id)
{
	unsigned int i = find_open(memory, id);

	if (i < memory->nr_open)
		memory->open[i] = memory->open[--memory->nr_open];
}

/* --- a span --- */

static void take_write(struct trace_span *span, struct span_memory *memory, const struct write_record *rec, size_t len)
{
	struct file_key key;

	span->writes++;
	write_is_here(memory, rec->head.id);
	if (len < sizeof(*rec)) { /* it tells nothing */
		take_moment(span, 0);
		take_any_file(span);
		return;
	}
	key = file_key_of_write(rec);
	take_moment(span, write_begin_ns(rec));
	take_file(span, &key);
	if (is_first_of_file(memory, label_hash(rec, &key)))
		span->flags |= SPAN_FILES;
}

static void take_sync(struct trace_span *span, const struct sync_record *sync, size_t len)
{
	struct file_key key;

	if (len < sizeof(*sync)) {
		take_moment(span, 0);
		take_any_file(span);
		return;
	}
	key = file_key_of_sync(sync);
	take_moment(span, sync->began_ns);
	take_file(span, &key);
}

void span_take(struct trace_span *span, struct span_memory *memory, const void *record, size_t len)
{
	const struct record_head *head = record;

	switch (head->type) {
	case RECORD_WRITE:
		take_write(span, memory, record, len);
		break;
	case RECORD_STEPS:
		steps_are_here(memory, head->id);
		break;
	case RECORD_SYNC:
		take_sync(span, record, len);
		break;
	case RECORD_FILE:
		span->flags |= SPAN_FILES;
		break;
	}
}

void span_end(struct trace_span *span, struct span_memory *memory)
{
	if (memory->nr_open || memory->too_many)
		span->flags |= SPAN_STEPS;
	memory->nr_open = 0;
	memory->too_many = false;
}

/* --- asking --- */

static bool holds_one_of(const struct trace_span *span, const struct file_key *files, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (may_hold(span, &files[i]))
			return true;
	return false;
}

bool span_wanted(const struct trace_span *span, const struct span_want *want)
{
	if (span->flags & want->flags)
		return true;
	return span->first_ns < want->to_ns && span->last_ns >= want->from_ns &&
	       (!want->files || holds_one_of(span, want->files, want->nr_files));
}

static size_t span_bytes(const struct trace_index_head *head)
{
	return head->span_bytes ?: SPAN_BYTES_OLD;
}

const char *trace_index_problem(const void *payload, size_t len, struct trace_index_head *head)
{
	if (len < sizeof(*head))
		return "is an index that is shorter than its own head";
	memcpy(head, payload, sizeof(*head));
	if (span_bytes(head) != SPAN_BYTES_OLD && span_bytes(head) != sizeof(struct trace_span))
		return "is an index of spans that are not ours";
	if (!head->nr || head->nr > TRACE_INDEX_SPANS || len != sizeof(*head) + head->nr * span_bytes(head))
		return "is an index that does not have the length it says";
	return NULL;
}

void trace_index_spans(const void *payload, const struct trace_index_head *head, struct trace_span *spans)
{
	const char *from = (const char *)payload + sizeof(*head);

	for (uint32_t i = 0; i < head->nr; i++, from += span_bytes(head)) {
		take_any_file(&spans[i]);
		memcpy(&spans[i], from, span_bytes(head));
	}
}

uint64_t span_seq(uint64_t i)
{
	return 1 + i + i / TRACE_INDEX_SPANS;
}

uint64_t trailer_seq(uint64_t nr)
{
	return 1 + nr + (nr + TRACE_INDEX_SPANS - 1) / TRACE_INDEX_SPANS;
}
