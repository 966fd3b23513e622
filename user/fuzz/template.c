// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK TEMPLATE_CHUNK

static const uint8_t zeroes[CHUNK];

#define EIGHT(text) text text text text text text text text

/* ASCII: none of its bytes is a workload_byte(). */
static const uint8_t pattern[CHUNK] = EIGHT(EIGHT(EIGHT("old disk")));

void template_fill(uint8_t *bytes, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += CHUNK)
		memcpy(bytes + at, pattern, CHUNK);
}

int template_init(struct template *t, uint64_t size, const char *mkfs)
{
	*t = (struct template){.size = size, .mkfs = strdup(mkfs), .made = calloc(size / CHUNK, sizeof(*t->made))};
	t->kept = size / CHUNK * sizeof(*t->made);
	return t->mkfs && t->made ? 0 : -ENOMEM;
}

static int keep_chunk(struct template *t, uint64_t nr, const uint8_t *bytes)
{
	if (!memcmp(bytes, zeroes, CHUNK)) {
		t->made[nr] = (uint8_t *)zeroes;
		return 0;
	}
	t->made[nr] = malloc(CHUNK);
	if (!t->made[nr])
		return -ENOMEM;
	memcpy(t->made[nr], bytes, CHUNK);
	t->kept += CHUNK;
	return 0;
}

int template_keep(struct template *t, uint8_t *bytes)
{
	int ret = 0;

	for (uint64_t nr = 0; nr < t->size / CHUNK; nr++, bytes += CHUNK) {
		if (!memcmp(bytes, pattern, CHUNK))
			continue;
		if (!ret)
			ret = keep_chunk(t, nr, bytes);
		memcpy(bytes, pattern, CHUNK);
	}
	return ret;
}

const uint8_t *template_chunk(const struct template *t, uint64_t nr)
{
	return t->made[nr] ? t->made[nr] : pattern;
}

bool template_is_plain(const uint8_t *chunk)
{
	return chunk == pattern || chunk == zeroes;
}

/* Most of it is what it was: to compare is half the work of writing it. */
void template_put_back(const struct template *t, uint8_t *bytes)
{
	for (uint64_t nr = 0; nr < t->size / CHUNK; nr++, bytes += CHUNK)
		if (memcmp(bytes, template_chunk(t, nr), CHUNK) != 0)
			memcpy(bytes, template_chunk(t, nr), CHUNK);
}

void template_release(struct template *t)
{
	for (uint64_t nr = 0; t->made && nr < t->size / CHUNK; nr++)
		if (t->made[nr] != zeroes)
			free(t->made[nr]);
	free(t->made);
	free(t->mkfs);
	*t = (struct template){0};
}
