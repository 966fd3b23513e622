/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shapes of records, and how each word of one is guessed. This is part of the format of a trace: a change of a
 * table here needs a new TRACE_VERSION, as does a change of the records' layout.
 */
#ifndef DIOSCOPE_TRACE_SHAPES_H
#define DIOSCOPE_TRACE_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/write_record.h"

enum record_shape {
	SHAPE_PLAIN, /* as it is */
	SHAPE_WRITE,
	SHAPE_STEPS,
	SHAPE_FILE,
	SHAPE_SYNC,
	NR_SHAPES,
};

/* What a word is thought to be. "Like" is the last record to the same file, or else the one before. */
enum guess {
	GUESS_LIKE,    /* as in the one like it; kept as XOR: most are bits and small numbers side by side */
	GUESS_COUNTER, /* the same, kept as the difference */
	GUESS_NEXT,    /* as in the record before, kept as the difference */
	GUESS_WORD,    /* as an earlier word of the record */
	GUESS_MOMENT,  /* as the last moment before it that is known, or else as in the record before */
	GUESS_ZERO,
	NR_GUESSES,
};

struct word_rule {
	uint8_t guess; /* enum guess */
	uint8_t word;  /* GUESS_WORD: which */
};

#define SHAPE_WORDS_MAX (sizeof(struct file_record) / 8)

struct shape {
	uint32_t type; /* enum record_type */
	uint8_t words; /* of the record without steps */
	uint8_t key;   /* the word that says of which file it is; 0: none */
	bool steps;    /* struct write_step may follow */
	uint8_t pos;   /* words that say where the first step is; 0: there are none */
	uint8_t len;
	const struct word_rule *rules; /* one a word */
};

extern const struct shape shapes[NR_SHAPES];

/* Of a record with this head. */
enum record_shape shape_of(const struct record_head *head);
/* Whether a record of @shape can be @len bytes long. */
bool shape_fits(enum record_shape shape, uint32_t len);

#endif
