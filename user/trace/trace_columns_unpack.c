// SPDX-License-Identifier: GPL-2.0-only
/* Columns to records. The stream may come from anywhere: take() is the only one who moves in it. */
#include "user/trace/trace_columns.h"

#include <string.h>

#include "user/trace/trace_guess.h"

/* Of all tables together. */
#define COLUMNS_ALL                                                                                                    \
	((sizeof(struct write_record) + sizeof(struct steps_record) + sizeof(struct file_record) +                     \
	  sizeof(struct sync_record) + sizeof(struct write_step)) /                                                    \
	 8)

/* --- where what is in the stream --- */

/* One column in the stream: where the planes of its word are. */
struct column {
	const uint8_t *planes[8];
	uint8_t shifts[8];
	uint8_t nr;
};

/* One plane of a word of GUESS_LIKE: what is not in all records as in the one like it. */
struct plane {
	const uint8_t *bytes;
	size_t at; /* byte in the record */
};

/* A word that is guessed otherwise. */
struct special {
	const struct column *column;
	uint8_t word;
	uint8_t from; /* GUESS_WORD: the word that it is guessed by */
};

/* All of one guess, in the order of their words. */
struct specials {
	struct special words[SHAPE_WORDS_MAX];
	unsigned int nr;
};

struct view {
	const struct column *columns; /* one a word; in struct source */
	uint32_t nr;		      /* rows */
	uint32_t at;		      /* rows that are done */
	const uint8_t *first;
	struct plane planes[SHAPE_WORDS_MAX * 8];
	unsigned int nr_planes;
	struct specials specials[NR_GUESSES];
};

struct source {
	const uint8_t *at, *end; /* of the stream: what is left */
	const uint8_t *shapes;	 /* of the records */
	uint32_t nr;		 /* records */
	struct view views[NR_TABLES];
	struct column columns[COLUMNS_ALL];
	struct memory memory;
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
static const char *take_masks(struct source *u, uint8_t *masks)
{
	struct column *next = u->columns;

	for (int i = SHAPE_PLAIN + 1; i < NR_TABLES; i++) {
		const uint8_t *bytes = u->views[i].nr ? take(u, table_words(i)) : NULL;

		if (!bytes && u->views[i].nr)
			return "ends inside its columns";
		u->views[i].columns = next;
		if (bytes)
			memcpy(masks + (next - u->columns), bytes, table_words(i));
		next += table_words(i);
	}
	return NULL;
}

static const char *take_planes(struct source *u, const uint8_t *masks, int byte)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_TABLES; i++) {
		struct column *c = &u->columns[u->views[i].columns - u->columns];

		for (int w = 0; w < table_words(i); w++, c++) {
			if (!(masks[c - u->columns] >> byte & 1))
				continue;
			c->planes[c->nr] = take(u, u->views[i].nr);
			c->shifts[c->nr] = (uint8_t)(8 * byte);
			if (!c->planes[c->nr++])
				return "ends inside its columns";
		}
	}
	return NULL;
}

static const char *take_stream(struct source *u, size_t raw_len)
{
	uint8_t masks[COLUMNS_ALL] = {0};
	const char *problem = take_head(u, raw_len);

	if (!problem)
		problem = count_shapes(u);
	if (!problem)
		problem = take_firsts(u);
	if (!problem)
		problem = take_masks(u, masks);
	for (int byte = 0; byte < 8 && !problem; byte++)
		problem = take_planes(u, masks, byte);
	return problem;
}

/* --- records --- */

static void add_planes(struct view *v, uint8_t word)
{
	const struct column *c = &v->columns[word];

	for (int i = 0; i < c->nr; i++)
		v->planes[v->nr_planes++] = (struct plane){c->planes[i], word * 8u + c->shifts[i] / 8u};
}

static void add_special(struct view *v, uint8_t word, const struct word_rule *rule)
{
	struct specials *s = &v->specials[rule->guess];

	s->words[s->nr++] = (struct special){&v->columns[word], word, rule->word};
}

/* The key is in neither. */
static void prepare_view(struct view *v, int shape)
{
	const struct shape *s = &shapes[shape];

	for (uint8_t w = 0; w < s->words; w++) {
		if (w && w == s->key)
			continue;
		if (s->rules[w].guess == GUESS_LIKE)
			add_planes(v, w);
		else
			add_special(v, w, &s->rules[w]);
	}
}

static void prepare(struct source *u)
{
	for (int i = SHAPE_PLAIN + 1; i < NR_SHAPES; i++) {
		struct view *v = &u->views[i];

		v->nr_planes = 0;
		for (int guess = 0; guess < NR_GUESSES; guess++)
			v->specials[guess].nr = 0;
		if (v->nr)
			prepare_view(v, i);
	}
}

static inline uint64_t cell(const struct column *c, uint32_t row)
{
	uint64_t kept = 0;

	for (int i = 0; i < c->nr; i++)
		kept |= (uint64_t)c->planes[i][row] << c->shifts[i];
	return kept;
}

/* The words of one guess: @guess is an expression of its word w. */
#define RESTORE(kind, guess)                                                                                           \
	for (unsigned int i = 0; i < v->specials[kind].nr; i++) {                                                      \
		const struct special *s = &v->specials[kind].words[i];                                                 \
		const int w = s->word;                                                                                 \
                                                                                                                       \
		rec[w] = restore(kind, cell(s->column, v->at), guess, like[w]);                                        \
	}

static inline void restore_moments(const struct view *v, uint64_t *rec, const uint64_t *like, const uint64_t *last)
{
	const struct specials *all = &v->specials[GUESS_MOMENT];
	uint64_t moment = 0;

	for (unsigned int i = 0; i < all->nr; i++) {
		const int w = all->words[i].word;

		rec[w] = restore(GUESS_MOMENT, cell(all->words[i].column, v->at), moment ? moment : last[w], like[w]);
		moment = rec[w] ? rec[w] : moment;
	}
}

/* Guesses of one kind together: only GUESS_WORD asks for what is guessed before it. */
static inline void restore_special(const struct view *v, uint64_t *rec, const uint64_t *like, const uint64_t *last)
{
	RESTORE(GUESS_COUNTER, like[w])
	RESTORE(GUESS_NEXT, last[w])
	RESTORE(GUESS_ZERO, 0)
	RESTORE(GUESS_WORD, rec[s->from])
	restore_moments(v, rec, like, last);
}

static void restore_words(struct source *u, int shape, uint64_t *rec)
{
	const uint64_t *last = u->memory.last[shape], *like;
	const struct view *v = &u->views[shape];
	uint8_t words = shapes[shape].words, key = shapes[shape].key;
	uint64_t id = key ? last[key] ^ cell(&v->columns[key], v->at) : 0;
	uint8_t *bytes = (uint8_t *)rec;

	like = memory_like(&u->memory, shape, id);
	if (shape == SHAPE_WRITE) /* of a size that the compiler knows */
		memcpy(rec, like, sizeof(struct write_record));
	else
		memcpy(rec, like, words * 8u);
	for (unsigned int i = 0; i < v->nr_planes; i++)
		bytes[v->planes[i].at] ^= v->planes[i].bytes[v->at];
	restore_special(v, rec, like, last);
	if (key)
		rec[key] = id;
}

static void restore_step(const struct view *v, uint64_t *step, const uint64_t *guess)
{
	const struct column *c = v->columns;

	step[STEP_WHAT] = cell(&c[STEP_WHAT], v->at) ^ guess[STEP_WHAT];
	step[STEP_POS] = unfold(cell(&c[STEP_POS], v->at)) + guess[STEP_POS];
	step[STEP_LEN] = unfold(cell(&c[STEP_LEN], v->at)) + guess[STEP_LEN];
	step[STEP_ADDR] = unfold(cell(&c[STEP_ADDR], v->at)) + step[STEP_POS] + guess[STEP_ADDR];
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
	if (v->at)
		restore_words(u, shape, rec);
	else
		memcpy(rec, v->first, words * 8u);
	if (!shape_fits(shape, record_bytes(rec)))
		return "holds a record of a wrong length";
	if (record_bytes(rec) > *len)
		return "holds more than it says";
	like = memory_like(&u->memory, shape, rec[shapes[shape].key]);
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

	/* of specials and planes only what prepare() counts is looked at */
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
