/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell of a table (table.h), and the room that the texts of a row share. */
#ifndef DIOSCOPE_CELL_H
#define DIOSCOPE_CELL_H

#include <stddef.h>
#include <stdint.h>

enum cell_kind {
	CELL_NONE,
	CELL_INT,
	CELL_UINT,
	CELL_WORDS, /* ours: letters, digits, blanks and marks that nothing takes for more */
	CELL_NAME,  /* what came from outside, escaped as in JSON (utf8_escape()) */
};

struct cell {
	enum cell_kind kind;
	int64_t number;
	const char *text; /* good until the next row is filled */
};

/* Names of files are the longest, and no column has two. What does not fit is cut. */
struct cell_room {
	size_t used; /* 0: a new row */
	char text[16384];
};

/* Where the next text of the row begins, and its size; the last byte is never used: there is always an empty one. */
char *cell_room_left(struct cell_room *room, size_t *size);
/* @text was written there, and stays. Returns it. */
const char *cell_room_take(struct cell_room *room, const char *text);

static inline struct cell cell_number(int64_t n)
{
	return (struct cell){.kind = CELL_INT, .number = n};
}

/* NULL: no cell. */
static inline struct cell cell_words(const char *text)
{
	return (struct cell){.kind = text ? CELL_WORDS : CELL_NONE, .text = text};
}

struct cell cell_name(struct cell_room *room, const char *text);

/* "a b c", one word after the other. */
struct cell_list {
	struct cell_room *room;
	char *text;
	size_t at, size;
};

struct cell_list cell_list_begin(struct cell_room *room);
void cell_list_add(struct cell_list *l, const char *word);
struct cell cell_list_end(const struct cell_list *l);

#endif
