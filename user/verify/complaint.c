// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/complaint.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/util.h"

static const char *skip_number(const char *at)
{
	while (isdigit((unsigned char)*at) || *at == '.')
		at++;
	return at;
}

/* "(2949--2952)" is "(4 blocks)", "2949" is "(1 blocks)". NULL: it is no range. */
static const char *take_range(const char *at, FILE *out)
{
	unsigned long long first, last;
	int used = 0;

	if (sscanf(at, "(%llu--%llu)%n", &first, &last, &used) == 2 && used) {
		fprintf(out, "(%llu blocks)", last - first + 1);
		return at + used;
	}
	if (!isdigit((unsigned char)*at))
		return NULL;
	fprintf(out, "(1 blocks)");
	return skip_number(at);
}

static const char *take_ranges(const char *at, FILE *out)
{
	while (*at && *at != '\n') {
		const char *after = take_range(at, out);

		if (!after)
			fputc(*at, out);
		at = after ? after : at + 1;
	}
	return at;
}

/* Words after which a number is a place, or goes by places: a tree of more extents has more blocks. */
static const char *const before_places[] = {"physical block ", " files (", " non-contiguous), ", "(logical block ",
					    ", len "};

static const char *take_place(const char *at, FILE *out)
{
	static const char bitmap[] = "Block bitmap differences:";

	if (!strncmp(at, bitmap, sizeof(bitmap) - 1)) {
		fputs(bitmap, out);
		return take_ranges(at + sizeof(bitmap) - 1, out);
	}
	for (size_t i = 0; i < ARRAY_SIZE(before_places); i++) {
		size_t len = strlen(before_places[i]);

		if (strncmp(at, before_places[i], len) != 0)
			continue;
		fprintf(out, "%s#", before_places[i]);
		return skip_number(at + len);
	}
	return NULL;
}

char *complaint_shape(const char *said, const char *device)
{
	char *text = NULL;
	size_t len, name = strlen(device);
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (const char *at = said, *after; *at; at = after) {
		if (!strncmp(at, device, name)) {
			fputs("image", out);
			after = at + name;
			continue;
		}
		after = take_place(at, out);
		if (after)
			continue;
		fputc(*at, out);
		after = at + 1;
	}
	fclose(out);
	return text;
}

/* Each run of digits becomes one '#', in place. */
static void drop_numbers(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (!isdigit((unsigned char)*at))
			*to++ = *at;
		else if (!isdigit((unsigned char)at[1]))
			*to++ = '#';
	}
	*to = '\0';
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join_kinds(char **lines, size_t nr)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (size_t i = 0; i < nr; i++)
		if (!i || strcmp(lines[i - 1], lines[i]) != 0)
			fprintf(out, "%s\n", lines[i]);
	fclose(out);
	return text;
}

char *complaint_kinds(const char *said, const char *device)
{
	_cleanup_free_ char *shape = complaint_shape(said, device);
	_cleanup_free_ char **lines = shape ? calloc(strlen(shape) + 1, sizeof(*lines)) : NULL;
	size_t nr = 0;

	if (!lines)
		return NULL;
	drop_numbers(shape);
	for (char *save, *line = strtok_r(shape, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		lines[nr++] = line;
	qsort(lines, nr, sizeof(*lines), by_text);
	return join_kinds(lines, nr);
}
