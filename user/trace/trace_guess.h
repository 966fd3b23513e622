/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guesses of trace_shapes.h, made. Packing and unpacking walk the same records in the same order and ask the same
 * functions here: what was before, by shape and by file, are pointers into the records themselves. They are inline
 * because each is called for each word of each write.
 */
#ifndef DIOSCOPE_TRACE_GUESS_H
#define DIOSCOPE_TRACE_GUESS_H

#include "user/trace/trace_shapes.h"

#define MEMORY_FILES 64 /* whose last record is remembered, by a hash */
#define STEP_WORDS   (sizeof(struct write_step) / 8)
#define STEPS_TABLE  NR_SHAPES	     /* the table of the steps comes after those of the shapes */
#define NR_TABLES    (NR_SHAPES + 1) /* SHAPE_PLAIN has none */

static inline uint8_t table_words(int table)
{
	return table == STEPS_TABLE ? STEP_WORDS : shapes[table].words;
}

/* --- what was before --- */

struct memory {
	const uint64_t *last[NR_SHAPES];
	const uint64_t *files[NR_SHAPES][MEMORY_FILES];
};

static inline unsigned int file_slot(uint64_t key)
{
	return (unsigned int)(key * 0x9e3779b97f4a7c15ull >> 58);
}

_Static_assert(MEMORY_FILES == 1 << (64 - 58), "file_slot");

/* The record that one of @shape with this key is compared with; NULL: it is the first of its shape. */
static inline const uint64_t *memory_like(const struct memory *m, int shape, uint64_t key)
{
	const uint64_t *rec = shapes[shape].key ? m->files[shape][file_slot(key)] : NULL;

	return rec && rec[shapes[shape].key] == key ? rec : m->last[shape];
}

static inline void memory_take(struct memory *m, int shape, const uint64_t *rec)
{
	m->last[shape] = rec;
	if (shapes[shape].key)
		m->files[shape][file_slot(rec[shapes[shape].key])] = rec;
}

static inline uint32_t record_bytes(const uint64_t *rec)
{
	return (uint32_t)(rec[0] >> 32); /* record_head: type, len */
}

static inline uint32_t nr_steps(int shape, const uint64_t *rec)
{
	return shapes[shape].steps ? (record_bytes(rec) / 8 - shapes[shape].words) / STEP_WORDS : 0;
}

/* --- differences: small ones in both directions have few bytes --- */

static inline uint64_t fold(uint64_t difference)
{
	return difference << 1 ^ (difference >> 63 ? ~0ull : 0);
}

static inline uint64_t unfold(uint64_t folded)
{
	return folded >> 1 ^ (folded & 1 ? ~0ull : 0);
}

/*
 * A moment that was not seen is 0, which is as far from the moment before as can be. It changes places with the
 * difference -1, or with 0 where the record alike has not seen it either: then it costs nothing. Its own inverse.
 */
static inline uint64_t swap_unseen(uint64_t difference, uint64_t before, uint64_t alike)
{
	uint64_t unseen = 0 - before, other = alike ? ~0ull : 0;

	return difference == unseen ? other : difference == other ? unseen : difference;
}

/* What is kept of a word whose guess is @g, and which is @alike in the record like it. */
static inline uint64_t keep(enum guess kind, uint64_t word, uint64_t g, uint64_t alike)
{
	switch (kind) {
	case GUESS_LIKE:
		return word ^ g;
	case GUESS_ZERO:
		return word;
	case GUESS_COUNTER:
	case GUESS_NEXT:
	case GUESS_WORD:
		return fold(word - g);
	case GUESS_MOMENT:
		return fold(swap_unseen(word - g, g, alike));
	case NR_GUESSES:
		break;
	}
	return word;
}

/* unfold() and swap_unseen() in what takes the fewest steps from one moment to the next. */
static inline uint64_t restore_moment(uint64_t kept, uint64_t g, uint64_t alike)
{
	uint64_t difference = unfold(kept), other = alike ? ~0ull : 0, word = difference + g;

	word = word ? word : other + g;
	return difference == other ? 0 : word;
}

static inline uint64_t restore(enum guess kind, uint64_t kept, uint64_t g, uint64_t alike)
{
	switch (kind) {
	case GUESS_LIKE:
		return kept ^ g;
	case GUESS_ZERO:
		return kept;
	case GUESS_COUNTER:
	case GUESS_NEXT:
	case GUESS_WORD:
		return unfold(kept) + g;
	case GUESS_MOMENT:
		return restore_moment(kept, g, alike);
	case NR_GUESSES:
		break;
	}
	return kept;
}

/* --- guesses --- */

/*
 * The words of a shape in two lots: those that are GUESS_LIKE, which are looked at first and quickly, and the others in
 * their order, because a guess may need the words before it. The key is in neither.
 */
struct lots {
	uint64_t alike[SHAPE_WORDS_MAX]; /* all ones, or 0 */
	uint8_t special[SHAPE_WORDS_MAX];
	uint8_t nr_special;
};

static inline struct lots lots_of(int shape)
{
	struct lots l = {.nr_special = 0};

	for (uint8_t w = 0; w < shapes[shape].words; w++) {
		bool key = w && w == shapes[shape].key, alike = shapes[shape].rules[w].guess == GUESS_LIKE;

		l.alike[w] = alike && !key ? ~0ull : 0;
		if (!alike)
			l.special[l.nr_special++] = w;
	}
	return l;
}

/* Of word @w; @moment is the last one that is known in this record, 0: none yet. */
static inline uint64_t guess_word(const struct word_rule *rule, int w, const uint64_t *rec, const uint64_t *like,
				  const uint64_t *last, uint64_t moment)
{
	switch ((enum guess)rule->guess) {
	case GUESS_LIKE:
	case GUESS_COUNTER:
		return like[w];
	case GUESS_NEXT:
		return last[w];
	case GUESS_WORD:
		return rec[rule->word];
	case GUESS_MOMENT:
		return moment ? moment : last[w];
	case GUESS_ZERO:
	case NR_GUESSES:
		return 0;
	}
	return 0;
}

/* The words of a step. */
enum {
	STEP_WHAT,
	STEP_POS,
	STEP_LEN,
	STEP_ADDR,
};

static inline bool is_bio(const uint64_t *step)
{
	return (step[STEP_WHAT] & 0xff) == STEP_BIO;
}

/* Where the first step is thought to be: at the write's own place; of a STEPS record behind the last one's. */
static inline void guess_first(int shape, const uint64_t *rec, const uint64_t *like, uint64_t *guess)
{
	const struct shape *s = &shapes[shape];
	uint32_t nr = like ? nr_steps(shape, like) : 0;
	const uint64_t *end = NULL;

	if (nr)
		end = like + s->words + (s->pos ? 0 : (nr - 1) * STEP_WORDS);
	guess[STEP_POS] = s->pos ? rec[s->pos] : nr ? end[STEP_POS] + end[STEP_LEN] : 0;
	guess[STEP_LEN] = s->len ? rec[s->len] : nr ? end[STEP_LEN] : 0;
	guess[STEP_ADDR] = nr ? end[STEP_ADDR] - end[STEP_POS] : 0; /* how far the file is moved on its device */
}

/* A bio covers what was mapped, and what comes after it begins where it ends. */
static inline void guess_later(const uint64_t *before, uint64_t *guess)
{
	guess[STEP_POS] = before[STEP_POS] + (is_bio(before) ? before[STEP_LEN] : 0);
	guess[STEP_LEN] = before[STEP_LEN];
	guess[STEP_ADDR] = before[STEP_ADDR] - before[STEP_POS];
}

/* STEP_ADDR is what is to be added to the position. */
static inline void guess_step(int shape, const uint64_t *rec, const uint64_t *like, uint32_t k, uint64_t *guess)
{
	const uint64_t *steps = rec + shapes[shape].words;
	const uint64_t *same = like && k < nr_steps(shape, like) ? like + shapes[shape].words + k * STEP_WORDS : NULL;

	if (k)
		guess_later(steps + (k - 1) * STEP_WORDS, guess);
	else
		guess_first(shape, rec, like, guess);
	guess[STEP_WHAT] = same ? same[STEP_WHAT] : k ? steps[(k - 1) * STEP_WORDS] : 0;
}

#endif
