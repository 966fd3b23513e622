/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers for keys: 0, 1, 2, ... in the order in which they were first seen. Keys are bytes of one size without
 * padding, a multiple of eight. Who sums up by key keeps an array beside it.
 */
#ifndef DIOSCOPE_KEY_INDEX_H
#define DIOSCOPE_KEY_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct key_index {
	size_t key_size;
	size_t nr;
	unsigned char *keys;
	uint32_t *slots; /* 1 + number, 0: free; a power of two, at most half of them taken */
	size_t nr_slots;
};

void key_index_init(struct key_index *index, size_t key_size);
void key_index_release(struct key_index *index);
/* Its number into *@at, a new one when it is not there: then it is nr - 1 from now on. 0 or -ENOMEM. */
int key_index_get(struct key_index *index, const void *key, size_t *at);
static inline const void *key_index_key(const struct key_index *index, size_t at)
{
	return index->keys + at * index->key_size;
}

#endif
