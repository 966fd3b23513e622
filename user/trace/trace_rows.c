// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_rows.h"

#include <string.h>

#define ROWS 16

/* Sixteen rows of a plane; two planes, four and eight side by side, of some of the rows. */
typedef uint8_t by_1 __attribute__((vector_size(ROWS)));
typedef uint16_t by_2 __attribute__((vector_size(ROWS)));
typedef uint32_t by_4 __attribute__((vector_size(ROWS)));
typedef uint64_t by_8 __attribute__((vector_size(ROWS)));
typedef by_1 rows_anywhere __attribute__((aligned(1)));
typedef by_8 words_anywhere __attribute__((aligned(8), may_alias));

/* a0 b0 a1 b1 ... of the first half, and of the second. */
#define LOW_1(a, b)  (by_2) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH_1(a, b) (by_2) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define LOW_2(a, b)  (by_4) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH_2(a, b) (by_4) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW_4(a, b)  (by_8) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH_4(a, b) (by_8) __builtin_shufflevector(a, b, 2, 6, 3, 7)

#define LOWER_PLANES 0x0f

/* A half of each of the sixteen words, in order. */
struct halves {
	by_4 of[4];
};

/* A plane that is all zero. */
static const uint8_t none[ROWS];

/* @planes of a column, from the row @at on. */
static inline by_1 rows_of(const uint8_t *const *planes, int byte, uint32_t at)
{
	return *(const rows_anywhere *)(planes[byte] ? planes[byte] + at : none);
}

static inline struct halves join_four(const uint8_t *const planes[4], uint32_t at)
{
	by_1 a = rows_of(planes, 0, at), b = rows_of(planes, 1, at);
	by_1 c = rows_of(planes, 2, at), d = rows_of(planes, 3, at);
	by_2 ab = LOW_1(a, b), cd = LOW_1(c, d), ab_high = HIGH_1(a, b), cd_high = HIGH_1(c, d);

	return (struct halves){{LOW_2(ab, cd), HIGH_2(ab, cd), LOW_2(ab_high, cd_high), HIGH_2(ab_high, cd_high)}};
}

static inline void join_words(by_4 lower, by_4 upper, uint64_t *cells)
{
	*(words_anywhere *)cells = LOW_4(lower, upper);
	*(words_anywhere *)(cells + 2) = HIGH_4(lower, upper);
}

static inline void join_halves(const struct halves *lower, const struct halves *upper, uint64_t *cells)
{
	join_words(lower->of[0], upper->of[0], cells);
	join_words(lower->of[1], upper->of[1], cells + 4);
	join_words(lower->of[2], upper->of[2], cells + 8);
	join_words(lower->of[3], upper->of[3], cells + 12);
}

static void join_eight(const uint8_t *const planes[8], uint32_t at, uint64_t *cells)
{
	struct halves lower = join_four(planes, at), upper = join_four(planes + 4, at);

	join_halves(&lower, &upper, cells);
}

static void join_lower(const uint8_t *const planes[8], uint32_t at, uint64_t *cells)
{
	struct halves lower = join_four(planes, at), upper = {{{0}}};

	join_halves(&lower, &upper, cells);
}

static void join_upper(const uint8_t *const planes[8], uint32_t at, uint64_t *cells)
{
	struct halves lower = {{{0}}}, upper = join_four(planes + 4, at);

	join_halves(&lower, &upper, cells);
}

/* The lowest alone: most differences are small. */
static void join_one(const uint8_t *const planes[8], uint32_t at, uint64_t *cells)
{
	by_1 a = rows_of(planes, 0, at), zero = {0};
	by_2 low = LOW_1(a, zero), high = HIGH_1(a, zero), none_2 = {0};
	struct halves lower = {{LOW_2(low, none_2), HIGH_2(low, none_2), LOW_2(high, none_2), HIGH_2(high, none_2)}};
	struct halves upper = {{{0}}};

	join_halves(&lower, &upper, cells);
}

typedef void join_fn(const uint8_t *const planes[8], uint32_t at, uint64_t *cells);

/* By which planes there are: those that are zero take nothing. */
static join_fn *join_of(const struct column *c)
{
	if (c->there == 1)
		return join_one;
	if (!(c->there & ~LOWER_PLANES))
		return join_lower;
	return c->there & LOWER_PLANES ? join_eight : join_upper;
}

/* What is behind the end of a plane is not read. */
static void join_rest(const struct column *c, uint32_t at, uint32_t nr, uint64_t *cells)
{
	uint8_t rest[8][ROWS] = {{0}};
	const uint8_t *planes[8];

	for (int byte = 0; byte < 8; byte++) {
		planes[byte] = rest[byte];
		if (c->planes[byte])
			memcpy(rest[byte], c->planes[byte] + at, nr);
	}
	join_eight(planes, 0, cells);
}

void column_cells(const struct column *c, uint32_t at, uint32_t nr, uint64_t cells[ROWS_AT_HAND])
{
	join_fn *join = join_of(c);

	for (uint32_t row = 0; row < ROWS_AT_HAND && at < nr; row += ROWS, at += ROWS) {
		if (nr - at >= ROWS)
			join(c->planes, at, cells + row);
		else
			join_rest(c, at, nr - at, cells + row);
	}
}
