// SPDX-License-Identifier: GPL-2.0-only
/* Columns to records. The stream may come from anywhere: take() is the only one who moves in it. */
#include "user/trace/trace_columns.h"

#include <string.h>

#include "user/base/copy.h"
#include "user/trace/trace_guess.h"
#include "user/trace/trace_rows.h"

/* Of all tables together. */
#define COLUMNS_ALL                                                                                                    \
	((sizeof(struct write_record) + sizeof(struct steps_record) + sizeof(struct file_record) +                     \
	  sizeof(struct sync_record) + sizeof(struct write_step)) /                                                    \
	 8)

/* --- where what is in the stream --- */

/* A word, and what is kept of it in the rows at hand. */
struct word {
	const struct column *column;
	const uint64_t *cells;
	uint8_t word;
	uint8_t from; /* GUESS_WORD: the word that it is guessed by */
};

/* All of one guess, in the order of their words, but those that are as in the record like it in all records. */
struct words {
	struct word words[SHAPE_WORDS_MAX];
	unsigned int nr;
};

struct view {
	const struct column *columns; /* one a word; in struct source */
	uint32_t nr;		      /* rows */
	uint32_t at;		      /* rows that are done */
	const uint8_t *first;
	struct words words[NR_GUESSES];
	const uint64_t *keys; /* cells of the key, which is in none of these; of a step its four words */
};

struct source {
	const uint8_t *at, *end; /* of the stream: what is left */
	const uint8_t *shapes;	 /* of the records */
	uint32_t nr;		 /* records */
	struct view views[NR_TABLES];
	struct column columns[COLUMNS_ALL];
	struct memory memory;
	uint64_t cells[COLUMNS_ALL][ROWS_AT_HAND]; /* of each column that has planes */
};

/* The next @len bytes of the stream; NULL: there are fewer. */
static const uint8_t *take(struct source *u, size_t len)
{
	const uint8_t *bytes = u->at;

	if (len > (size_t)(u->end - u->at))
		return NULL;
	u->at += len;
	return bytes;
}

static const char *take_head(struct source *u, size_t raw_len)
{
	const uint8_t *bytes = take(u, COLUMNS_HEAD_BYTES);
	uint32_t head[2];

	if (!bytes)
		return "is shorter than its own head";
	memcpy(head, bytes, sizeof(head));
	if (head[0] > raw_len / sizeof(struct record_head) || head[1] > raw_len / sizeof(struct write_step))
		return "claims more records than fit its length";
	u->nr = head[0];
	u->views[STEPS_TABLE].nr = head[1];
	u->shapes = take(u, u->nr);
	return u->shapes ? NULL : "ends inside its columns";
}

static const char *count_shapes(struct source *u)
{
	for (uint32_t i = 0; i < u->nr; i++) {
		if (u->shapes[i] >= NR_SHAPES)
			return "holds a record of a shape that there is not";
		u->views[u->shapes[i]].nr++;
	}
	u->views[SHAPE_PLAIN].nr = 0;
	return NULL;
}

static const char *take_firsts(struct source *u)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_SHAPES; i++) {
		if (!u->views[i].nr)
			continue;
		u->views[i].first = take(u, shapes[i].words * 8u);
		if (!u->views[i].first)
			return "ends inside its columns";
	}
	return NULL;
}

/* Which planes there are: their places come later. */
static const char *take_masks(struct source *u)
{
	struct column *next = u->columns;

	for (int i = SHAPE_PLAIN + 1; i < NR_TABLES; i++) {
		const uint8_t *bytes = u->views[i].nr ? take(u, table_words(i)) : NULL;

		if (!bytes && u->views[i].nr)
			return "ends inside its columns";
		u->views[i].columns = next;
		for (int w = 0; w < table_words(i); w++, next++)
			next->there = bytes ? bytes[w] : 0;
	}
	return NULL;
}

static const char *take_planes(struct source *u, int byte)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_TABLES; i++) {
		struct column *c = &u->columns[u->views[i].columns - u->columns];

		for (int w = 0; w < table_words(i); w++, c++) {
			if (!(c->there >> byte & 1))
				continue;
			c->planes[byte] = take(u, u->views[i].nr);
			if (!c->planes[byte])
				return "ends inside its columns";
		}
	}
	return NULL;
}

static const char *take_stream(struct source *u, size_t raw_len)
{
	const char *problem = take_head(u, raw_len);

	if (!problem)
		problem = count_shapes(u);
	if (!problem)
		problem = take_firsts(u);
	if (!problem)
		problem = take_masks(u);
	for (int byte = 0; byte < 8 && !problem; byte++)
		problem = take_planes(u, byte);
	return problem;
}

/* --- records --- */

static uint64_t *cells_of(struct source *u, const struct column *c)
{
	return u->cells[c - u->columns];
}

/* What differs from it in nothing is copied with it. */
static bool is_as_in_like(uint8_t guess)
{
	return guess == GUESS_LIKE || guess == GUESS_COUNTER;
}

static void prepare_word(struct source *u, struct view *v, const struct word_rule *rule, uint8_t word)
{
	const struct column *c = &v->columns[word];
	struct words *all = &v->words[rule->guess];

	if (c->there || !is_as_in_like(rule->guess))
		all->words[all->nr++] = (struct word){c, cells_of(u, c), word, rule->word};
}

static void prepare_view(struct source *u, struct view *v, const struct shape *s)
{
	v->keys = cells_of(u, &v->columns[s->key]);
	for (int guess = 0; guess < NR_GUESSES; guess++)
		v->words[guess].nr = 0;
	for (uint8_t w = 0; v->nr && w < s->words; w++)
		if (!w || w != s->key)
			prepare_word(u, v, &s->rules[w], w);
}

static void prepare(struct source *u)
{
	struct view *steps = &u->views[STEPS_TABLE];

	steps->keys = cells_of(u, steps->columns);
	for (int i = SHAPE_PLAIN + 1; i < NR_SHAPES; i++)
		prepare_view(u, &u->views[i], &shapes[i]);
}

/* --- the rows at hand --- */

static inline uint32_t row_at_hand(const struct view *v)
{
	return v->at % ROWS_AT_HAND;
}

/* The next rows of a table, when those at hand are done. */
static void turn_to_rows(struct source *u, int table)
{
	struct view *v = &u->views[table];

	for (uint8_t w = 0; w < table_words(table); w++)
		if (!v->at || v->columns[w].there)
			column_cells(&v->columns[w], v->at, v->nr, cells_of(u, &v->columns[w]));
}

/* --- words --- */

/* The words of one guess: @guess is an expression of its word w. */
#define RESTORE(kind, guess)                                                                                           \
	for (unsigned int i = 0; i < v->words[kind].nr; i++) {                                                         \
		const struct word *s = &v->words[kind].words[i];                                                       \
		const int w = s->word;                                                                                 \
                                                                                                                       \
		rec[w] = restore(kind, s->cells[row], guess, like[w]);                                                 \
	}

static inline void restore_moments(const struct view *v, uint64_t *rec, const uint64_t *like, const uint64_t *last)
{
	const struct words *all = &v->words[GUESS_MOMENT];
	const uint32_t row = row_at_hand(v);
	uint64_t moment = 0;

	for (unsigned int i = 0; i < all->nr; i++) {
		const int w = all->words[i].word;

		rec[w] = restore(GUESS_MOMENT, all->words[i].cells[row], moment ? moment : last[w], like[w]);
		moment = rec[w] ? rec[w] : moment;
	}
}

/* Guesses of one kind together: only GUESS_WORD asks for what is guessed before it. */
static inline void restore_guesses(const struct view *v, uint64_t *rec, const uint64_t *like, const uint64_t *last)
{
	const uint32_t row = row_at_hand(v);

	RESTORE(GUESS_LIKE, like[w])
	RESTORE(GUESS_COUNTER, like[w])
	RESTORE(GUESS_NEXT, last[w])
	RESTORE(GUESS_ZERO, 0)
	RESTORE(GUESS_WORD, rec[s->from])
	restore_moments(v, rec, like, last);
}

/* The record that it is like. */
static const uint64_t *restore_words(struct source *u, int shape, uint64_t *rec)
{
	const uint64_t *last = u->memory.last[shape], *like;
	const struct view *v = &u->views[shape];
	uint8_t key = shapes[shape].key;
	uint64_t id = key ? last[key] ^ v->keys[row_at_hand(v)] : 0;

	like = memory_like(&u->memory, shape, id);
	copy_words(rec, like, shapes[shape].words * 8u);
	restore_guesses(v, rec, like, last);
	if (key)
		rec[key] = id;
	return like;
}

/* It is like none. */
static const uint64_t *restore_first(const struct view *v, uint64_t *rec, size_t len)
{
	memcpy(rec, v->first, len);
	return NULL;
}

static void restore_step(const struct view *v, uint64_t *step, const uint64_t *guess)
{
	const uint64_t *cells = v->keys + row_at_hand(v);

	step[STEP_WHAT] = cells[STEP_WHAT * ROWS_AT_HAND] ^ guess[STEP_WHAT];
	step[STEP_POS] = unfold(cells[STEP_POS * ROWS_AT_HAND]) + guess[STEP_POS];
	step[STEP_LEN] = unfold(cells[STEP_LEN * ROWS_AT_HAND]) + guess[STEP_LEN];
	step[STEP_ADDR] = unfold(cells[STEP_ADDR * ROWS_AT_HAND]) + step[STEP_POS] + guess[STEP_ADDR];
}

static const char *restore_steps(struct source *u, int shape, uint64_t *rec, const uint64_t *like)
{
	struct view *v = &u->views[STEPS_TABLE];
	uint32_t nr = nr_steps(shape, rec);
	uint64_t *step = rec + shapes[shape].words;

	if (nr > v->nr - v->at)
		return "has fewer steps than its records";
	for (uint32_t k = 0; k < nr; k++, step += STEP_WORDS, v->at++) {
		uint64_t guess[STEP_WORDS];

		if (!row_at_hand(v))
			turn_to_rows(u, STEPS_TABLE);
		guess_step(shape, rec, like, k, guess);
		restore_step(v, step, guess);
	}
	return NULL;
}

/* *@len: what is left of the room at @rec, and how much of it the record took. */
static const char *restore_record(struct source *u, int shape, uint64_t *rec, size_t *len)
{
	struct view *v = &u->views[shape];
	uint8_t words = shapes[shape].words;
	const uint64_t *like;
	const char *problem;

	if (*len < words * 8u)
		return "holds more than it says";
	if (!row_at_hand(v))
		turn_to_rows(u, shape);
	like = v->at ? restore_words(u, shape, rec) : restore_first(v, rec, words * 8u);
	if (!shape_fits(shape, record_bytes(rec)))
		return "holds a record of a wrong length";
	if (record_bytes(rec) > *len)
		return "holds more than it says";
	problem = restore_steps(u, shape, rec, like);
	v->at++;
	memory_take(&u->memory, shape, rec);
	*len = record_bytes(rec);
	return problem;
}

/* What stands behind the columns, as it is. */
static const char *restore_plain(struct source *u, void *rec, size_t *len)
{
	struct record_head head;
	const uint8_t *bytes = take(u, sizeof(head));

	if (!bytes)
		return "ends inside a record";
	memcpy(&head, bytes, sizeof(head));
	if (head.len < sizeof(head) || head.len % 8)
		return "holds a record of a wrong length";
	if (head.len > *len)
		return "holds more than it says";
	if (!take(u, head.len - sizeof(head)))
		return "ends inside a record";
	memcpy(rec, bytes, head.len);
	*len = head.len;
	return NULL;
}

static const char *restore_all(struct source *u, void *raw, size_t raw_len)
{
	const char *problem = NULL;
	size_t at = 0;

	for (uint32_t i = 0; i < u->nr && !problem; i++) {
		void *rec = (char *)raw + at;
		size_t len = raw_len - at;

		problem = u->shapes[i] == SHAPE_PLAIN ? restore_plain(u, rec, &len)
						      : restore_record(u, u->shapes[i], rec, &len);
		at += len;
	}
	if (problem)
		return problem;
	if (at != raw_len)
		return "holds less than it says";
	return u->at == u->end && u->views[STEPS_TABLE].at == u->views[STEPS_TABLE].nr
		       ? NULL
		       : "has something behind its records";
}

const char *columns_unpack(const void *stream, size_t len, void *raw, size_t raw_len)
{
	struct source u;
	const char *problem;

	/* of the rest only what prepare() counts is looked at */
	memset(u.columns, 0, sizeof(u.columns));
	memset(&u.memory, 0, sizeof(u.memory));
	for (int i = 0; i < NR_TABLES; i++)
		u.views[i].nr = u.views[i].at = 0;
	u.at = stream;
	u.end = u.at + len;
	problem = take_stream(&u, raw_len);
	if (problem)
		return problem;
	prepare(&u);
	return restore_all(&u, raw, raw_len);
}
