// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/key_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/array.h"

#define FIRST_SLOTS 64

void key_index_init(struct key_index *index, size_t key_size)
{
	*index = (struct key_index){.key_size = key_size};
}

void key_index_release(struct key_index *index)
{
	free(index->keys);
	free(index->slots);
	*index = (struct key_index){0};
}

/* Two lanes, so that a word need not wait for the one before. */
static size_t hash(const unsigned char *key, size_t size)
{
	uint64_t lanes[2] = {0, 1}, word;

	for (size_t i = 0; i < size; i += sizeof(word)) {
		uint64_t *lane = &lanes[i / sizeof(word) % 2];

		memcpy(&word, key + i, sizeof(word));
		*lane = (*lane ^ word) * 0x9e3779b97f4a7c15ull;
		*lane ^= *lane >> 32;
	}
	return (size_t)(lanes[0] ^ lanes[1] * 31);
}

/* The slot that has @key, or the free one where it belongs. */
static uint32_t *find(const struct key_index *index, const unsigned char *key)
{
	size_t at = hash(key, index->key_size);

	for (;; at++) {
		uint32_t *slot = &index->slots[at & (index->nr_slots - 1)];

		if (!*slot || !memcmp(key_index_key(index, *slot - 1), key, index->key_size))
			return slot;
	}
}

static int grow_slots(struct key_index *index)
{
	size_t nr = index->nr_slots ? index->nr_slots * 2 : FIRST_SLOTS;
	uint32_t *slots, *old = index->slots;

	if (index->nr * 2 < index->nr_slots)
		return 0;
	slots = calloc(nr, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	index->slots = slots;
	index->nr_slots = nr;
	for (size_t i = 0; i < index->nr; i++)
		*find(index, key_index_key(index, i)) = (uint32_t)i + 1;
	free(old);
	return 0;
}

int key_index_get(struct key_index *index, const void *key, size_t *at)
{
	unsigned char *keys;
	uint32_t *slot;

	if (grow_slots(index))
		return -ENOMEM;
	slot = find(index, key);
	if (!*slot) {
		keys = array_grow(index->keys, index->nr, index->key_size);
		if (!keys)
			return -ENOMEM;
		index->keys = keys;
		memcpy(keys + index->nr * index->key_size, key, index->key_size);
		*slot = (uint32_t)++index->nr;
	}
	*at = *slot - 1;
	return 0;
}
