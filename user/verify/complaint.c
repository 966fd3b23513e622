// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/complaint.h"

#include <ctype.h>
#include <errno.h>
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
static const char *const before_places[] = {"physical block ", " files (", " non-contiguous), "};

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

/* Of a line that tells how e2fsck gets on, where the next one begins. */
static const char *skip_progress(const char *line)
{
	const char *end = strchrnul(line, '\n');

	if (strncmp(line, "e2fsck ", strlen("e2fsck ")) != 0 && strncmp(line, "Pass ", strlen("Pass ")) != 0)
		return line;
	return *end ? end + 1 : end;
}

char *complaint_shape(const char *said, const char *device)
{
	char *text = NULL;
	size_t len, name = strlen(device);
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (const char *at = said, *after; *at; at = after) {
		after = at == said || at[-1] == '\n' ? skip_progress(at) : at;
		if (after != at)
			continue;
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

/* --- the gist --- */

#define EXTENT_BEYOND ", end of extent exceeds allowed value"

/* What else is said of an extent that ends too far, and of the blocks that nobody has without it. */
static const char *const of_extent_beyond[] = {"\t(logical block ", "Clear? no",
					       "Block bitmap differences:", "Fix? no"};

static bool begins_with(const char *line, const char *word)
{
	return !strncmp(line, word, strlen(word));
}

static bool follows_from_extent(const char *line)
{
	unsigned int ino, blocks, should;

	for (size_t i = 0; i < ARRAY_SIZE(of_extent_beyond); i++)
		if (begins_with(line, of_extent_beyond[i]))
			return true;
	return sscanf(line, "Inode %u, i_blocks is %u, should be %u", &ino, &blocks, &should) == 3;
}

/* The inode that has blocks beyond its size, by this line; 0: none. */
static unsigned int has_blocks_beyond(const char *line)
{
	unsigned int ino;
	unsigned long long size, should;
	int used = 0;

	if (sscanf(line, "Inode %u, i_size is %llu, should be %llu", &ino, &size, &should) == 3)
		return should > size ? ino : 0;
	return sscanf(line, "Inode %u%n", &ino, &used) == 1 && begins_with(line + used, EXTENT_BEYOND) ? ino : 0;
}

/* In words that do not go by the tree. */
static char *gist(const char *shape)
{
	bool extent = strstr(shape, EXTENT_BEYOND);
	unsigned int last = 0;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (const char *line = shape, *end; *line; line = *end ? end + 1 : end) {
		unsigned int ino = has_blocks_beyond(line);

		end = strchrnul(line, '\n');
		if (ino && ino != last)
			fprintf(out, "Inode %u has blocks beyond its size\n", ino);
		else if (!ino && line != end && !(extent && follows_from_extent(line)))
			fprintf(out, "%.*s\n", (int)(end - line), line);
		last = ino ? ino : last;
	}
	fclose(out);
	return text;
}

int complaint_alike(const char *a, const char *b)
{
	_cleanup_free_ char *gist_a = NULL;
	_cleanup_free_ char *gist_b = NULL;

	if (!strstr(a, EXTENT_BEYOND) && !strstr(b, EXTENT_BEYOND))
		return !strcmp(a, b);
	gist_a = gist(a);
	gist_b = gist(b);
	return gist_a && gist_b ? !strcmp(gist_a, gist_b) : -ENOMEM;
}
