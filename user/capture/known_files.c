// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/known_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define FIRST_ROOM 64

static size_t hash(uint32_t dev, uint64_t ino, uint32_t generation)
{
	uint64_t h = (ino ^ (uint64_t)dev << 32 ^ generation) * 0x9e3779b97f4a7c15ull;

	return h >> 32;
}

/* Where this file is, or would be. There is always a free place. */
static struct known_file *find(const struct known_files *k, uint32_t dev, uint64_t ino, uint32_t generation)
{
	for (size_t i = hash(dev, ino, generation);; i++) {
		struct known_file *f = &k->files[i & (k->room - 1)];

		if (!f->segment || (f->record.ino == ino && f->record.dev == dev && f->record.generation == generation))
			return f;
	}
}

static struct known_file *find_record(const struct known_files *k, const struct file_record *r)
{
	return find(k, r->dev, r->ino, r->generation);
}

static int grow(struct known_files *k)
{
	struct known_files more = {.room = k->room ? 2 * k->room : FIRST_ROOM, .nr = k->nr};

	more.files = calloc(more.room, sizeof(*more.files));
	if (!more.files)
		return -ENOMEM;
	for (size_t i = 0; i < k->room; i++)
		if (k->files[i].segment)
			*find_record(&more, &k->files[i].record) = k->files[i];
	free(k->files);
	*k = more;
	return 0;
}

int known_files_learn(struct known_files *k, const struct file_record *file, unsigned int segment)
{
	struct known_file *f;

	if (2 * k->nr >= k->room && k->nr < KNOWN_FILES_MAX && grow(k))
		return -ENOMEM;
	f = find_record(k, file);
	if (!f->segment && k->nr == KNOWN_FILES_MAX)
		return 0;
	k->nr += !f->segment;
	*f = (struct known_file){.record = *file, .segment = segment};
	return 0;
}

const struct file_record *known_files_due(struct known_files *k, uint32_t dev, uint64_t ino, uint32_t generation,
					  unsigned int segment)
{
	struct known_file *f = k->room ? find(k, dev, ino, generation) : NULL;

	if (!f || !f->segment || f->segment == segment)
		return NULL;
	f->segment = segment;
	return &f->record;
}

void known_files_release(struct known_files *k)
{
	free(k->files);
	*k = (struct known_files){0};
}
