// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/json_cache.h"

#include <stdlib.h>
#include <string.h>

/*
 * A power of two. Writes of a busy machine have some dozens of each kind at a time, and of who writes to what some
 * hundreds: with as many places one in five was taken by another. Memory is what is touched.
 */
#define PLACES 4096

struct place {
	size_t len; /* of the text, which begins with a comma; 0: there is none */
	bool comma; /* whether one is due after it */
	char *text;
	uint64_t key[JSON_CACHE_KEY_MAX / sizeof(uint64_t)];
};

struct json_cache {
	size_t key_len, words;
	struct place places[PLACES];
};

struct json_cache *json_cache_new(size_t key_len)
{
	struct json_cache *cache = calloc(1, sizeof(*cache));

	if (cache) {
		cache->key_len = key_len;
		cache->words = (key_len + sizeof(uint64_t) - 1) / sizeof(uint64_t);
	}
	return cache;
}

void json_cache_free(struct json_cache *cache)
{
	for (size_t i = 0; cache && i < PLACES; i++)
		free(cache->places[i].text);
	free(cache);
}

/* Multiply and fold: any bit of the key may decide. In four lanes, so that one need not wait for the other. */
static size_t place_of(const uint64_t *key, size_t words)
{
	uint64_t lanes[4] = {1, 2, 3, 4}, sum;

	for (size_t i = 0; i < words; i++)
		lanes[i % 4] = (lanes[i % 4] ^ key[i]) * 0x9e3779b97f4a7c15u;
	for (int i = 0; i < 4; i++)
		lanes[i] ^= lanes[i] >> 29;
	sum = ((lanes[0] * 31 + lanes[1]) * 31 + lanes[2]) * 31 + lanes[3];
	return (sum * 0x9e3779b97f4a7c15u >> 32) % PLACES;
}

/* Without memory it is written anew each time. */
static void keep(struct place *place, const uint64_t *key, size_t words, const char *text, size_t len)
{
	char *room = realloc(place->text, len);

	place->len = 0;
	if (!room)
		return;
	place->text = room;
	place->len = len;
	memcpy(room, text, len);
	memcpy(place->key, key, words * sizeof(*key));
}

static void put_new(struct place *place, struct json *j, const uint64_t *key, size_t words,
		    void (*put)(struct json *j, const void *ctx), const void *ctx)
{
	bool due = j->comma;
	size_t mark = json_mark(j, JSON_CACHE_ROOM);

	j->comma = true;
	put(j, ctx);
	place->comma = j->comma;
	keep(place, key, words, j->buf + mark, j->len - mark);
	if (!due)
		memmove(j->buf + mark, j->buf + mark + 1, --j->len - mark);
}

void json_cache_put(struct json_cache *cache, struct json *j, const void *key,
		    void (*put)(struct json *j, const void *ctx), const void *ctx)
{
	uint64_t words[JSON_CACHE_KEY_MAX / sizeof(uint64_t)];
	struct place *place;

	words[cache->words - 1] = 0;
	memcpy(words, key, cache->key_len);
	place = &cache->places[place_of(words, cache->words)];
	if (place->len && !memcmp(place->key, words, cache->words * sizeof(*words)))
		json_again(j, place->text, place->len, place->comma);
	else
		put_new(place, j, words, cache->words, put, ctx);
}
