// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/shrink.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/util.h"

#define LINES_MAX 256
#define WORDS_MAX 16

struct shrinker {
	still_fn still;
	void *ctx;
	size_t tries; /* left */
	bool out_of_memory;
	bool devices; /* their lines may go, too: last, because the default one is larger than most */
	char *best;
};

/* --- text as lines --- */

struct lines {
	char *text; /* cut into lines */
	char *line[LINES_MAX];
	size_t nr;
};

static void lines_release(struct lines *l)
{
	free(l->text);
}

/* What is beyond LINES_MAX is not looked at: the last "line" is all the rest. */
static bool lines_init(struct lines *l, const char *text)
{
	char *next;

	*l = (struct lines){.text = strdup(text)};
	for (char *at = l->text; at && *at && l->nr < LINES_MAX; at = next) {
		next = l->nr + 1 < LINES_MAX ? strchr(at, '\n') : NULL;
		if (next)
			*next++ = '\0';
		l->line[l->nr++] = at;
	}
	return l->text;
}

/* All lines but [@from, @from + @n), of which there is @instead, where it is not NULL. */
static char *lines_without(const struct lines *l, size_t from, size_t n, const char *instead)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (size_t i = 0; i < l->nr; i++) {
		if (i == from && instead)
			fprintf(out, "%s\n", instead);
		if (i < from || i >= from + n)
			fprintf(out, "%s\n", l->line[i]);
	}
	if (ferror(out) | fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* --- questions --- */

/* Takes @text over. true: it shows it, and is the best now. */
static bool better(struct shrinker *s, char *text)
{
	int ret;

	s->out_of_memory |= !text;
	if (!text || !s->tries) {
		free(text);
		return false;
	}
	s->tries--;
	ret = s->still(s->ctx, text);
	if (ret < 0)
		s->tries = 0;
	if (ret <= 0) {
		free(text);
		return false;
	}
	free(s->best);
	s->best = text;
	return true;
}

/* --- lines --- */

static size_t nr_lines(const char *text)
{
	_cleanup_(lines_release) struct lines l = {0};

	return lines_init(&l, text) ? l.nr : 0;
}

static bool has_device(const struct lines *l, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (!strncmp(l->line[i], "device ", 7))
			return true;
	return false;
}

static bool drop_lines_at(struct shrinker *s, size_t from, size_t n)
{
	_cleanup_(lines_release) struct lines l = {0};

	return lines_init(&l, s->best) && from + n <= l.nr && (s->devices || !has_device(&l, from, n)) &&
	       better(s, lines_without(&l, from, n, NULL));
}

/* Chunks of @n lines, those at the end first: what comes after the finding goes at once. */
static bool drop_chunks(struct shrinker *s, size_t n)
{
	bool any = false;

	for (size_t end = nr_lines(s->best); end >= n && s->tries;) {
		if (!drop_lines_at(s, end - n, n)) {
			end--;
			continue;
		}
		any = true;
		end -= n;
	}
	return any;
}

static bool drop_lines(struct shrinker *s)
{
	bool any = false;

	for (size_t n = 8; n; n /= 2)
		any |= drop_chunks(s, n);
	return any;
}

/* --- words --- */

struct words {
	char *text;
	char *word[WORDS_MAX];
	size_t nr;
};

static bool words_init(struct words *w, const char *line)
{
	*w = (struct words){.text = strdup(line)};
	for (char *save, *at = w->text ? strtok_r(w->text, " ", &save) : NULL; at && w->nr < WORDS_MAX;
	     at = strtok_r(NULL, " ", &save))
		w->word[w->nr++] = at;
	return w->text;
}

static void words_release(struct words *w)
{
	free(w->text);
}

/* The line with @instead for word @i; NULL leaves it out. */
static char *line_with(const struct words *w, size_t i, const char *instead)
{
	char *text = strdup("");

	for (size_t k = 0; k < w->nr && text; k++) {
		const char *word = k == i ? instead : w->word[k];
		char *longer = word ? strf("%s%s%s", text, *text ? " " : "", word) : strdup(text);

		free(text);
		text = longer;
	}
	return text;
}

static bool try_word(struct shrinker *s, const struct lines *l, size_t at, const struct words *w, size_t i,
		     const char *instead)
{
	_cleanup_free_ char *line = line_with(w, i, instead);

	return line && better(s, lines_without(l, at, 1, line));
}

static void format_size(char *buf, size_t size, int64_t bytes)
{
	if (bytes && bytes % 1024 == 0)
		snprintf(buf, size, "%lldk", (long long)bytes / 1024);
	else
		snprintf(buf, size, "%lld", (long long)bytes);
}

/* Smaller, then rounder. */
static bool try_number(struct shrinker *s, const struct lines *l, size_t at, const struct words *w, size_t i,
		       int64_t value)
{
	const int64_t instead[] = {
		0, 512, 4096, value / 2 / 4096 * 4096, value - 4096, value / 4096 * 4096, value / 512 * 512};
	char text[24];

	for (size_t k = 0; k < ARRAY_SIZE(instead); k++) {
		if (instead[k] < 0 || instead[k] >= value)
			continue;
		format_size(text, sizeof(text), instead[k]);
		if (try_word(s, l, at, w, i, text))
			return true;
	}
	return false;
}

/* The file's name and the verb stay; a number may shrink, anything else may go. */
static bool simplify_word(struct shrinker *s, size_t at, size_t i)
{
	_cleanup_(lines_release) struct lines l = {0};
	_cleanup_(words_release) struct words w = {0};
	int64_t value;

	if (!lines_init(&l, s->best) || at >= l.nr || !words_init(&w, l.line[at]) || i >= w.nr)
		return false;
	if (!strcmp(w.word[0], "scenario"))
		return false;
	if (!parse_size(w.word[i], &value))
		return try_number(s, &l, at, &w, i, value);
	return try_word(s, &l, at, &w, i, NULL);
}

static bool simplify_line(struct shrinker *s, size_t at)
{
	bool any = false;

	for (size_t i = WORDS_MAX; --i > 0;)
		while (s->tries && simplify_word(s, at, i))
			any = true;
	return any;
}

static bool simplify(struct shrinker *s)
{
	bool any = false;

	for (size_t at = nr_lines(s->best); at-- > 0;)
		any |= simplify_line(s, at);
	return any;
}

char *shrink(const char *text, still_fn still, void *ctx, size_t tries)
{
	struct shrinker s = {.still = still, .ctx = ctx, .tries = tries, .best = strdup(text)};
	bool again = s.best;

	while (again && s.tries && !s.out_of_memory) {
		again = drop_lines(&s);
		again |= simplify(&s);
	}
	s.devices = true;
	if (s.best)
		drop_chunks(&s, 1);
	return s.best;
}
