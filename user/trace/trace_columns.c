// SPDX-License-Identifier: GPL-2.0-only
/* Records to columns. */
#include "user/trace/trace_columns.h"

#include <stdlib.h>
#include <string.h>

#include "user/trace/trace_guess.h"

/* --- the tables --- */

struct table {
	uint64_t *cells; /* by column, then by row; all zero between two blocks */
	uint64_t seen[SHAPE_WORDS_MAX];
	const uint64_t *first; /* the record that is kept as it is */
	uint32_t room;	       /* rows of a column */
	uint32_t nr;	       /* rows that are used */
	uint8_t words;
};

struct columns {
	struct table tables[NR_TABLES];
	struct lots lots[NR_SHAPES];
	struct memory memory;
};

struct columns *columns_new(size_t raw_max)
{
	struct columns *c = calloc(1, sizeof(*c));

	for (int i = SHAPE_PLAIN + 1; c && i < NR_TABLES; i++) {
		struct table *t = &c->tables[i];

		t->words = table_words(i);
		t->room = (uint32_t)(raw_max / 8 / t->words);
		t->cells = calloc((size_t)t->room * t->words, sizeof(*t->cells));
		if (!t->cells) {
			columns_free(c);
			return NULL;
		}
		if (i < NR_SHAPES)
			c->lots[i] = lots_of(i);
	}
	return c;
}

void columns_free(struct columns *c)
{
	for (int i = 0; c && i < NR_TABLES; i++)
		free(c->tables[i].cells);
	free(c);
}

static inline void put(struct table *t, int w, uint64_t kept)
{
	t->cells[(size_t)w * t->room + t->nr] = kept;
	t->seen[w] |= kept;
}

static void put_alike(struct table *t, const struct lots *l, const uint64_t *rec, const uint64_t *like)
{
	for (int w = 0; w < t->words; w++) {
		uint64_t kept = (rec[w] ^ like[w]) & l->alike[w];

		if (kept)
			put(t, w, kept);
	}
}

static void put_special(struct columns *c, int shape, const uint64_t *rec, const uint64_t *like)
{
	const struct lots *l = &c->lots[shape];
	const uint64_t *last = c->memory.last[shape];
	uint64_t moment = 0;

	for (int i = 0; i < l->nr_special; i++) {
		int w = l->special[i];
		const struct word_rule *rule = &shapes[shape].rules[w];

		uint64_t guess = guess_word(rule, w, rec, like, last, moment);

		put(&c->tables[shape], w, keep(rule->guess, rec[w], guess, like[w]));
		if (rule->guess == GUESS_MOMENT && rec[w])
			moment = rec[w];
	}
}

static void put_steps(struct columns *c, int shape, const uint64_t *rec, const uint64_t *like)
{
	struct table *t = &c->tables[STEPS_TABLE];
	const uint64_t *step = rec + shapes[shape].words;

	for (uint32_t k = 0; k < nr_steps(shape, rec); k++, step += STEP_WORDS, t->nr++) {
		uint64_t guess[STEP_WORDS];

		guess_step(shape, rec, like, k, guess);
		put(t, STEP_WHAT, step[STEP_WHAT] ^ guess[STEP_WHAT]);
		put(t, STEP_POS, fold(step[STEP_POS] - guess[STEP_POS]));
		put(t, STEP_LEN, fold(step[STEP_LEN] - guess[STEP_LEN]));
		put(t, STEP_ADDR, fold(step[STEP_ADDR] - step[STEP_POS] - guess[STEP_ADDR]));
	}
}

static void put_record(struct columns *c, int shape, const uint64_t *rec)
{
	const uint64_t *last = c->memory.last[shape];
	struct table *t = &c->tables[shape];
	uint8_t key = shapes[shape].key;
	const uint64_t *like = memory_like(&c->memory, shape, rec[key]);

	if (last) {
		put_alike(t, &c->lots[shape], rec, like);
		put_special(c, shape, rec, like);
		if (key)
			put(t, key, rec[key] ^ last[key]);
	} else {
		t->first = rec;
	}
	t->nr++;
	put_steps(c, shape, rec, like);
	memory_take(&c->memory, shape, rec);
}

/* --- the stream --- */

/* What bytes of a word have a plane. */
static uint8_t planes_of(uint64_t seen)
{
	uint8_t planes = 0;

	for (int byte = 0; byte < 8; byte++)
		planes |= (uint8_t)((seen >> 8 * byte & 0xff ? 1 : 0) << byte);
	return planes;
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

static uint8_t *put_plane(uint8_t *to, const uint64_t *cells, uint32_t nr, int byte)
{
	for (uint32_t row = 0; row < nr; row++)
		to[row] = (uint8_t)(cells[row] >> 8 * byte);
	return to + nr;
}

static uint8_t *put_firsts(uint8_t *to, const struct columns *c)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_SHAPES; i++)
		if (c->tables[i].nr)
			to = put_bytes(to, c->tables[i].first, c->tables[i].words * 8u);
	return to;
}

static uint8_t *put_masks(uint8_t *to, const struct columns *c)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_TABLES; i++)
		for (int w = 0; c->tables[i].nr && w < c->tables[i].words; w++)
			*to++ = planes_of(c->tables[i].seen[w]);
	return to;
}

/* Bytes that mean much the same stand together: the compressor makes one code for them. */
static uint8_t *put_planes(uint8_t *to, const struct columns *c, int byte)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_TABLES; i++) {
		const struct table *t = &c->tables[i];

		for (int w = 0; t->nr && w < t->words; w++)
			if (t->seen[w] >> 8 * byte & 0xff)
				to = put_plane(to, t->cells + (size_t)w * t->room, t->nr, byte);
	}
	return to;
}

/* Ready for the next block. */
static void clear(struct columns *c)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_TABLES; i++) {
		struct table *t = &c->tables[i];

		for (int w = 0; w < t->words; w++)
			if (t->seen[w])
				memset(t->cells + (size_t)w * t->room, 0, t->nr * sizeof(*t->cells));
		memset(t->seen, 0, sizeof(t->seen));
		t->nr = 0;
	}
	memset(&c->memory, 0, sizeof(c->memory));
}

static const struct record_head *head_at(const void *raw, size_t at)
{
	return (const void *)((const char *)raw + at);
}

/* The shapes of all records into @to, what is in them into the tables; returns how many there are. */
static uint32_t put_records(struct columns *c, const void *raw, size_t len, uint8_t *to)
{
	uint32_t nr = 0;

	for (size_t at = 0; at < len; at += head_at(raw, at)->len) {
		enum record_shape shape = shape_of(head_at(raw, at));

		to[nr++] = (uint8_t)shape;
		if (shape != SHAPE_PLAIN)
			put_record(c, shape, (const uint64_t *)head_at(raw, at));
	}
	return nr;
}

static uint8_t *put_plain(uint8_t *to, const void *raw, size_t len)
{
	for (size_t at = 0; at < len; at += head_at(raw, at)->len)
		if (shape_of(head_at(raw, at)) == SHAPE_PLAIN)
			to = put_bytes(to, head_at(raw, at), head_at(raw, at)->len);
	return to;
}

size_t columns_pack(struct columns *c, const void *raw, size_t len, void *stream)
{
	uint8_t *begin = stream, *to = begin + COLUMNS_HEAD_BYTES;
	uint32_t head[2];

	head[0] = put_records(c, raw, len, to);
	head[1] = c->tables[STEPS_TABLE].nr;
	put_bytes(begin, head, sizeof(head));
	to = put_firsts(to + head[0], c);
	to = put_masks(to, c);
	for (int byte = 0; byte < 8; byte++)
		to = put_planes(to, c, byte);
	to = put_plain(to, raw, len);
	clear(c);
	return (size_t)(to - begin);
}
