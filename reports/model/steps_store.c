// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/steps_store.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/stream.h"

#define NR_LOW USUALLY(65536u, 256u)

void steps_store_release(struct steps_store *store)
{
	free(store->chunks);
	free(store->by_id);
	*store = (struct steps_store){0};
}

static struct steps_chunk *new_chunk(struct steps_store *store)
{
	struct steps_chunk *chunks;

	if (store->nr == STREAM_CHUNKS) {
		struct steps_chunk *old = &store->chunks[store->next++ % STREAM_CHUNKS];

		store->by_id[old->id % NR_LOW]--;
		return old;
	}
	chunks = array_grow(store->chunks, store->nr, sizeof(*chunks));
	if (!chunks)
		return NULL;
	store->chunks = chunks;
	return &chunks[store->nr++];
}

int steps_store_add(struct steps_store *store, const struct steps_record *rec)
{
	struct steps_chunk *c;

	if (!store->by_id && !(store->by_id = calloc(NR_LOW, sizeof(*store->by_id))))
		return -ENOMEM;
	c = new_chunk(store);
	if (!c)
		return -ENOMEM;
	*c = (struct steps_chunk){.id = rec->head.id, .first = rec->first, .nr = rec->nr};
	memcpy(c->steps, rec + 1, rec->nr * sizeof(*c->steps));
	store->by_id[c->id % NR_LOW]++;
	return 0;
}

/* --- joining --- */

static int by_first(const void *a, const void *b)
{
	const struct steps_chunk *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* The chunks of one write to the end, in order; returns how many. */
static size_t gather(struct steps_store *store, uint64_t id)
{
	size_t nr = 0;

	if (!store->nr || !store->by_id[id % NR_LOW])
		return 0;
	for (size_t i = 0; i < store->nr - nr;) {
		size_t last = store->nr - nr - 1;
		struct steps_chunk swap = store->chunks[last];

		if (store->chunks[i].id != id) {
			i++;
			continue;
		}
		store->chunks[last] = store->chunks[i];
		store->chunks[i] = swap;
		nr++;
	}
	if (nr)
		qsort(store->chunks + store->nr - nr, nr, sizeof(*store->chunks), by_first);
	return nr;
}

/* How many steps the @nr chunks hold, all of one write; a gap is a loss, an overlap is nonsense. */
static int count_steps(const struct steps_chunk *c, size_t nr, uint32_t *total, struct errmsg *err)
{
	uint64_t end = 0;

	*total = 0;
	for (size_t i = 0; i < nr; i++) {
		if (c[i].first < end)
			return fail(err, -EINVAL, "write %" PRIu64 " has two records of the same steps", c[i].id);
		end = (uint64_t)c[i].first + c[i].nr;
		*total += c[i].nr;
	}
	return 0;
}

static int make_room(struct write *w, uint32_t nr)
{
	struct write_step *steps;

	if (malloc_usable_size(w->steps) >= nr * sizeof(*steps))
		return 0;
	steps = realloc(w->steps, nr * sizeof(*steps));
	if (!steps)
		return -ENOMEM;
	w->steps = steps;
	return 0;
}

int steps_store_join(struct steps_store *store, struct write *w, const struct write_step *inline_steps, uint32_t nr,
		     struct errmsg *err)
{
	size_t nr_chunks = gather(store, w->rec.head.id);
	const struct steps_chunk *c = nr_chunks ? store->chunks + store->nr - nr_chunks : NULL;
	uint32_t before, at = 0;
	int ret = count_steps(c, nr_chunks, &before, err);

	if (ret)
		return ret;
	w->nr_steps = before + nr;
	if (w->nr_steps > w->rec.steps_total)
		return fail(err, -EINVAL, "write %" PRIu64 " has %u steps but says %u", (uint64_t)w->rec.head.id,
			    w->nr_steps, w->rec.steps_total);
	if (make_room(w, w->nr_steps))
		return fail(err, -ENOMEM, "out of memory for the steps of write %" PRIu64, (uint64_t)w->rec.head.id);
	for (size_t i = 0; i < nr_chunks; at += c[i++].nr)
		memcpy(w->steps + at, c[i].steps, c[i].nr * sizeof(*w->steps));
	if (nr)
		memcpy(w->steps + at, inline_steps, nr * sizeof(*w->steps));
	if (nr_chunks)
		store->by_id[w->rec.head.id % NR_LOW] -= (uint16_t)nr_chunks;
	store->nr -= nr_chunks;
	return 0;
}
