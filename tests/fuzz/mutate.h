/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutations that keep the structure: whole records one after the other, of which one is changed, doubled, taken out,
 * moved, or given steps. What comes out still has the lengths that it says, so that what is behind them is reached.
 */
#ifndef DIOSCOPE_FUZZ_MUTATE_H
#define DIOSCOPE_FUZZ_MUTATE_H

#include <string.h>

#include "tests/fuzz/fuzz.h"

/* libFuzzer's */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

struct chance {
	uint64_t state;
};

static inline struct chance chance_of(unsigned int seed)
{
	return (struct chance){seed * 0x9e3779b97f4a7c15ull + 0x1234567};
}

static inline size_t draw_below(struct chance *c, size_t n)
{
	c->state ^= c->state >> 12;
	c->state ^= c->state << 25;
	c->state ^= c->state >> 27;
	return n ? (size_t)((c->state * 0x2545f4914f6cdd1dull >> 33) % n) : 0;
}

/* Bytes in place: as many as before. */
static inline void mutate_bytes(uint8_t *data, size_t size)
{
	uint8_t room[1024];

	if (!size || size > sizeof(room))
		return;
	memcpy(room, data, size);
	LLVMFuzzerMutate(room, size, size);
	memcpy(data, room, size);
}

/* One of the values at which code turns. */
static inline uint64_t draw_turn(struct chance *c)
{
	static const uint64_t turns[] = {0,
					 1,
					 8,
					 16,
					 17,
					 24,
					 1u << 16,
					 1u << 20,
					 UINT32_MAX,
					 1ull << 32,
					 INT64_MAX,
					 1ull << 63,
					 UINT64_MAX - 1,
					 UINT64_MAX};

	return turns[draw_below(c, sizeof(turns) / sizeof(turns[0]))];
}

/* --- records --- */

struct records {
	uint8_t *bytes;
	size_t len, room;
	size_t nr_inline; /* where a write says how many steps follow it */
	struct chance chance;
};

static inline struct record_head head_at(const struct records *r, size_t at)
{
	struct record_head head;

	memcpy(&head, r->bytes + at, sizeof(head));
	return head;
}

/* The beginning of any of them; the lengths are sound, and there is one at least. */
static inline size_t draw_record(struct records *r)
{
	size_t nr = 0, at = 0, which;

	for (at = 0; at < r->len; at += head_at(r, at).len)
		nr++;
	which = draw_below(&r->chance, nr);
	for (at = 0; which--; at += head_at(r, at).len)
		;
	return at;
}

static inline bool make_room(struct records *r, size_t at, size_t len)
{
	if (len > r->room - r->len)
		return false;
	memmove(r->bytes + at + len, r->bytes + at, r->len - at);
	r->len += len;
	return true;
}

static inline void mutate_contents(struct records *r)
{
	size_t at = draw_record(r), len = head_at(r, at).len;

	mutate_bytes(r->bytes + at + 8, len - 8); /* the id, too */
}

static inline void mutate_word(struct records *r)
{
	size_t at = draw_record(r), words = head_at(r, at).len / 8;
	uint64_t turn = draw_turn(&r->chance);

	memcpy(r->bytes + at + 8 + 8 * draw_below(&r->chance, words - 1), &turn, 8);
}

static inline void mutate_type(struct records *r)
{
	uint32_t type = 1 + (uint32_t)draw_below(&r->chance, 5);

	memcpy(r->bytes + draw_record(r), &type, sizeof(type));
}

static inline void double_one(struct records *r)
{
	size_t at = draw_record(r), len = head_at(r, at).len;

	make_room(r, at, len);
}

static inline void drop_one(struct records *r)
{
	size_t at = draw_record(r), len = head_at(r, at).len;

	memmove(r->bytes + at, r->bytes + at + len, r->len - at - len);
	r->len -= len;
}

/* Before another. */
static inline void move_one(struct records *r)
{
	size_t from = draw_record(r), to = draw_record(r), len = head_at(r, from).len;

	if (to > from || !make_room(r, to, len))
		return;
	memcpy(r->bytes + to, r->bytes + from + len, len);
	memmove(r->bytes + from + len, r->bytes + from + 2 * len, r->len - from - 2 * len);
	r->len -= len;
}

/* Steps belong to the write of their id. */
static inline void share_id(struct records *r)
{
	size_t from = draw_record(r), to = draw_record(r);

	memmove(r->bytes + to + 8, r->bytes + from + 8, 8);
}

/* One step more at the end; the record says so, or nearly. */
static inline void add_step(struct records *r)
{
	size_t at = draw_record(r), counter;
	struct record_head head = head_at(r, at);
	uint32_t nr;

	counter = head.type == RECORD_WRITE ? r->nr_inline : offsetof(struct steps_record, nr);
	if (head.len < counter + sizeof(nr) || !make_room(r, at + head.len, sizeof(struct write_step)))
		return;
	memset(r->bytes + at + head.len, 0, sizeof(struct write_step));
	r->bytes[at + head.len] = STEP_BIO;
	memcpy(&nr, r->bytes + at + counter, sizeof(nr));
	nr += draw_below(&r->chance, 8) != 0;
	memcpy(r->bytes + at + counter, &nr, sizeof(nr));
	head.len += sizeof(struct write_step);
	memcpy(r->bytes + at, &head, sizeof(head));
}

static inline void cut_one(struct records *r)
{
	size_t at = draw_record(r), gone;
	struct record_head head = head_at(r, at);

	gone = draw_below(&r->chance, 2) ? 8 : sizeof(struct write_step);
	if (head.len < sizeof(head) + gone)
		return;
	memmove(r->bytes + at + head.len - gone, r->bytes + at + head.len, r->len - at - head.len);
	r->len -= gone;
	head.len -= (uint32_t)gone;
	memcpy(r->bytes + at, &head, sizeof(head));
}

/* One of these to records that are sound. */
static inline void mutate_records(struct records *r)
{
	static void (*const ways[])(struct records *) = {mutate_contents, mutate_contents, mutate_contents, mutate_word,
							 mutate_type,	  double_one,	   drop_one,	    move_one,
							 share_id,	  add_step,	   add_step,	    cut_one};

	if (r->len)
		ways[draw_below(&r->chance, sizeof(ways) / sizeof(ways[0]))](r);
}

#endif
