/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the parser of workload files: words (parse_words.c), arguments and flags (parse_args.c), set-up. */
#ifndef DIOSCOPE_WORKLOAD_PARSE_H
#define DIOSCOPE_WORKLOAD_PARSE_H

#include <string.h>

#include "user/workload/workload.h"

#define WL_WORD_MAX 1024 /* the longest thing a word can be is 64 segments */

struct word {
	const char *text; /* into the file: not terminated */
	size_t len;
	size_t column; /* from 1, in bytes */
};

/* Set-up directives that were given, as a mask of 1 << enum setup. */
enum setup {
	SETUP_SCENARIO,
	SETUP_DEVICE,
	SETUP_MKFS,
	SETUP_MOUNT,
};

enum write_word_nr {
	WORD_DSYNC,
	WORD_SYNC,
	WORD_APPEND,
	WORD_NOWAIT,
	WORD_HIPRI,
	WORD_DONTCACHE,
	WORD_ATOMIC,
	WORD_ALIGN,
	WORD_SEGS,
	WORD_FAULT,
	WORD_LIBAIO,
	WORD_IO_URING,
	WORD_NORETRY,
	NR_WRITE_WORDS,
};

struct parser {
	struct workload *wl;
	const char *name;
	struct errmsg *err;
	/* this line */
	uint32_t line;
	const char *start, *next, *end;
	/* the whole file */
	unsigned setup_seen;
	size_t room; /* in wl->ops */
	/* the operation being parsed */
	int64_t step;			  /* of its position, from one iteration to the next */
	size_t column_of[NR_WRITE_WORDS]; /* where each flag of this write stands, 0: absent */
	/* the repeat that is open */
	uint32_t repeat_line; /* 0: none */
	size_t repeat_column;
	int64_t repeats;
	size_t body;	/* its first operation */
	int64_t *steps; /* of the body's operations */
	size_t steps_room;
	/* the parallel block that is open */
	uint32_t parallel_line; /* 0: none */
	size_t parallel_column;
	uint16_t groups; /* blocks so far */
	size_t first;	 /* its first operation */
	uint8_t threads; /* of it so far */
	char thread[WL_THREAD_NAME_MAX];
};

/* --- words --- */

/* For "%.*s" in messages: a hostile word must not push the reason out of the sentence. */
#define WORD_ARG(w) ((int)((w)->len < 40 ? (w)->len : 40)), (w)->text

/* -EINVAL, with the sentence behind file, line and @column. */
__attribute__((format(printf, 3, 4))) int parse_bad(const struct parser *p, size_t column, const char *fmt, ...);
bool word_is_blank(char c);
bool word_is(const struct word *w, const char *text);
size_t word_column(const struct parser *p, const char *at);
bool word_next(struct parser *p, struct word *w);
/* What is left of the line, without the blanks around it. */
struct word word_rest(struct parser *p);
/* Split "key=value" in place: @w keeps the key, the value is returned. */
bool word_split(struct word *w, struct word *value);
int parse_no_more(struct parser *p, const char *after);
/* @what names the number in the sentence; the result lies within @min and @max. */
int parse_number(const struct parser *p, const struct word *w, const char *what, int64_t min, int64_t max,
		 int64_t *bytes);
int parse_text(struct parser *p, const struct word *w, const char *what, char *to, size_t room);
/* A name that leads nowhere else. */
int parse_plain(struct parser *p, const struct word *w, const char *what, const char *name);

/* --- what a line consists of --- */

/* Turns one word into members of the operation; it fails at its word's column. */
struct argument {
	const char *name;
	int (*parse)(struct parser *p, const struct word *w, struct workload_op *op);
	bool optional;
	bool repeats;
};

extern const struct argument arg_file, arg_pos, arg_data_len, arg_map_len, arg_space_len, arg_size, arg_limit, arg_attr,
	arg_mode, arg_keep, arg_flags, arg_open_flags;

#define ARGS_MAX 4

struct directive {
	const char *name;
	int (*parse)(struct parser *p, const struct directive *d, const struct word *w);
	unsigned nr; /* enum op_kind or enum setup */
	const struct argument *args[ARGS_MAX];
};

/* Flags that do not go together, and segments that do not add up. */
int parse_check_write(struct parser *p, struct workload_op *op);

/* --- set-up --- */

int parse_scenario(struct parser *p, const struct directive *d, const struct word *w);
int parse_device(struct parser *p, const struct directive *d, const struct word *w);
int parse_options(struct parser *p, const struct directive *d, const struct word *w);

#endif
