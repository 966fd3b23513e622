// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/write_who.h"

#include <string.h>

#define SLOTS (2 * WHOS_MAX)

/* Without padding: compared as bytes. Behind the end of a name there may be anything; then it is another who. */
struct who_key {
	uint8_t how[8]; /* of the first facts: all of these, but the generation, and some more */
	uint64_t ino;
	uint32_t dev, generation;
	uint32_t pid, generation_how;
	char comm[COMM_LEN];
	char file[FILE_NAME_LEN];
};

_Static_assert(FACT_PID < 8 && FACT_COMM < 8 && FACT_DEV < 8 && FACT_INO < 8 && FACT_FILE < 8, "who_key.how");
_Static_assert(sizeof(struct who_key) == 32 + COMM_LEN + FILE_NAME_LEN, "who_key");

struct write_whos {
	uint16_t slots[SLOTS]; /* 1 + index, by hash; 0: free */
	size_t nr;
	struct who_key keys[WHOS_MAX];
	struct write_who whos[WHOS_MAX];
};

struct write_whos *write_whos_new(void)
{
	return calloc(1, sizeof(struct write_whos));
}

void write_whos_free(struct write_whos *whos)
{
	free(whos);
}

static struct who_key key_of(const struct write_record *rec)
{
	struct who_key key = {
		.ino = rec->ino,
		.dev = rec->dev,
		.generation = rec->generation,
		.pid = rec->pid,
		.generation_how = rec->how[FACT_GENERATION],
	};

	memcpy(key.how, rec->how, sizeof(key.how));
	memcpy(key.comm, rec->comm, sizeof(key.comm));
	memcpy(key.file, rec->file, sizeof(key.file));
	return key;
}

/* Most differ in one of these. */
static size_t hash(const struct who_key *key)
{
	return (size_t)(((key->ino ^ key->dev) * 0x9e3779b97f4a7c15ull ^ key->pid) * 0x9e3779b97f4a7c15ull >> 32);
}

static struct write_who *add(struct write_whos *whos, uint16_t *slot, const struct who_key *key)
{
	size_t index = whos->nr;

	if (index == WHOS_MAX)
		return NULL;
	whos->keys[index] = *key;
	whos->whos[index].index = index;
	*slot = (uint16_t)++whos->nr;
	return &whos->whos[index];
}

struct write_who *write_whos_find(struct write_whos *whos, const struct write_record *rec)
{
	struct who_key key;

	if (rec->state & WRITE_IN_FLIGHT)
		return NULL;
	key = key_of(rec);
	for (size_t at = hash(&key);; at++) {
		uint16_t *slot = &whos->slots[at % SLOTS];

		if (!*slot)
			return add(whos, slot, &key);
		if (!memcmp(&whos->keys[*slot - 1], &key, sizeof(key)))
			return &whos->whos[*slot - 1];
	}
}
