/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * By what writes are of one class: what rules ask of them, gathered in class_key.c. For write_class.c alone.
 *
 * How facts are known and small facts are compared as they are, the latter by the words of the record that they stand
 * in, each under a mask; all else as bits: what rules make of it.
 */
#ifndef DIOSCOPE_CLASS_KEY_H
#define DIOSCOPE_CLASS_KEY_H

#include <stddef.h>
#include <string.h>

#include "reports/model/set.h"

#define HOW_WORDS   (FACTS_MAX / 8)
#define SMALL_WORDS 11

/* Part of a word. */
struct part {
	size_t word;
	uint64_t mask, bits;
};

struct class_key {
	uint64_t how[HOW_WORDS];
	uint64_t small[SMALL_WORDS];
	uint64_t bits;
	int64_t error, direct_error; /* ret and dio_ret; 0: it is none */
};

_Static_assert(FACTS_MAX % 8 == 0 && offsetof(struct write_record, how) % 8 == 0, "class_key.how");

/* The words that are compared, all but their bits. */
void class_parts(struct part parts[SMALL_WORDS]);
/* What rules make of all that is not compared as it is. */
uint64_t class_bits(const struct write *w);
uint64_t class_hash(const struct write_record *r, const struct part *parts, uint64_t bits);
struct class_key class_key_of(const struct write_record *r, const struct part *parts, uint64_t bits);

/* --- word by word --- */

static inline uint64_t word_of(const struct write_record *r, size_t word)
{
	uint64_t bits;

	memcpy(&bits, (const char *)r + word * 8, sizeof(bits));
	return bits;
}

static inline uint64_t how_word(const struct write_record *r, int i)
{
	return word_of(r, offsetof(struct write_record, how) / 8 + (size_t)i);
}

static inline int64_t error_of(int64_t ret)
{
	return ret < 0 ? ret : 0;
}

/* All of them are compared: whether two are alike is not known before the last. */
static inline bool class_has_key(const struct write_record *r, const struct part *parts, const struct class_key *key)
{
	uint64_t other =
		(uint64_t)(error_of(r->ret) ^ key->error) | (uint64_t)(error_of(r->dio_ret) ^ key->direct_error);

#pragma GCC unroll 16
	for (int i = 0; i < HOW_WORDS; i++)
		other |= how_word(r, i) ^ key->how[i];
#pragma GCC unroll 16
	for (int i = 0; i < SMALL_WORDS; i++)
		other |= (word_of(r, parts[i].word) & parts[i].mask) ^ key->small[i];
	return !other;
}

#endif
