/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing JSON to a stream. The commas are the writer's business:
 *
 *	struct json j = {.out = out};
 *	json_open(&j, '{'); json_key(&j, "writes"); json_uint(&j, 3); json_close(&j, '}');
 *	json_end(&j);
 *
 * Until json_end() a part of it waits in struct json: nobody else may write to the stream before.
 *
 * Output is UTF-8. Strings may hold any bytes: one that is not part of well-formed UTF-8 is written as the four
 * characters \xNN, and in json_name() so is the backslash: decoding each \xNN of such a string gives the name's bytes
 * back, and no two names look the same. Control characters and those that turn the direction of text are JSON's own
 * \uNNNN. '<', '>', '&', U+2028 and U+2029 are escaped too, so that the output may stand inside an HTML <script>
 * element as it is. Errors are the stream's: ask ferror() at the end.
 */
#ifndef DIOSCOPE_JSON_H
#define DIOSCOPE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bpf/write_record.h"

#define JSON_BUFFER 32768

struct json {
	FILE *out;
	bool comma; /* before the next key or value */
	size_t len; /* bytes that wait */
	char buf[JSON_BUFFER];
};

/* What waits goes to the stream. */
void json_end(struct json *j);
/* The end of a line; what comes next is not parted from what was by a comma. */
void json_newline(struct json *j);

void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *key);
void json_string(struct json *j, const char *text); /* null for NULL */
/* The same of words of ours, which have nothing to escape: several times as fast. */
void json_word_key(struct json *j, const char *key);
void json_word(struct json *j, const char *word);
void json_name(struct json *j, const char *text); /* of a file, a process: what came from outside */
void json_int(struct json *j, int64_t n);
void json_uint(struct json *j, uint64_t n);
void json_number(struct json *j, const char *text); /* one that is written already: "1.500" */
void json_bool(struct json *j, bool yes);
void json_null(struct json *j);

/* A key of ours that is written often: at most JSON_KEY_MAX bytes of it. */
#define JSON_KEY_MAX 28
struct json_key {
	unsigned char len;
	char text[JSON_KEY_MAX + 4];
};
void json_make_key(struct json_key *key, const char *text);
void json_made_key(struct json *j, const struct json_key *key);
/* With its number, which is most of what an export is made of. */
void json_made_int(struct json *j, const struct json_key *key, int64_t n);
void json_made_uint(struct json *j, const struct json_key *key, uint64_t n);

/*
 * What is written once and may be wanted again: json_mark(), at most @room bytes of JSON, and it is in j->buf from the
 * mark up to j->len. json_again() writes it again: it begins with a comma, and @comma says if one is due after it.
 */
size_t json_mark(struct json *j, size_t room);
void json_again(struct json *j, const char *text, size_t len, bool comma);

/* The value of a fact as its kind says; null where it is not known. Words for enums, a list of words for masks. */
void json_fact(struct json *j, const struct write_record *rec, enum write_fact fact);

#endif
