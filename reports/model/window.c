// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t write_entry_ns(const struct write_record *rec)
{
	for (int i = 0; i < NR_STAGES; i++)
		if (rec->stage_ns[i])
			return rec->stage_ns[i];
	return 0;
}

/* --- the window --- */

int window_init(struct window *w, size_t size)
{
	*w = (struct window){
		.slots = calloc(2 * size, sizeof(*w->slots)),
		.unused = calloc(size + 1, sizeof(*w->unused)),
		.size = size,
		.wanted = size,
	};
	return w->slots && w->unused ? 0 : -ENOMEM;
}

static void free_write(struct write *write)
{
	if (write)
		free(write->steps);
	free(write);
}

void window_release(struct window *w)
{
	for (size_t i = w->begin; i < w->end; i++)
		free_write(w->slots[i].write);
	for (size_t i = 0; i < w->nr_unused; i++)
		free_write(w->unused[i]);
	free_write(w->out);
	free(w->slots);
	free(w->unused);
	*w = (struct window){0};
}

/* What is kept for the next is of the size that most need. */
#define STEPS_KEPT 8

static void put_back(struct window *w)
{
	if (!w->out)
		return;
	if (w->out->nr_steps > STEPS_KEPT) {
		free(w->out->steps);
		w->out->steps = NULL;
	}
	w->unused[w->nr_unused++] = w->out;
	w->out = NULL;
}

struct write *window_new(struct window *w)
{
	struct write *fresh;

	put_back(w);
	if (!w->nr_unused) {
		fresh = calloc(1, sizeof(*fresh));
		if (!fresh)
			return NULL;
		w->unused[w->nr_unused++] = fresh;
	}
	return w->unused[w->nr_unused - 1]; /* until it is added */
}

static bool is_before(const struct window_slot *a, const struct window_slot *b)
{
	if (a->entry_ns != b->entry_ns)
		return a->entry_ns < b->entry_ns;
	return a->write->rec.head.id < b->write->rec.head.id;
}

static void make_room(struct window *w)
{
	if (w->end < 2 * w->size)
		return;
	memmove(w->slots, w->slots + w->begin, (w->end - w->begin) * sizeof(*w->slots));
	w->end -= w->begin;
	w->begin = 0;
}

/* Most come nearly in order: from the end it is not far to their place. */
void window_add(struct window *w, struct write *write)
{
	struct window_slot slot = {write_entry_ns(&write->rec), write};
	size_t at;

	w->nr_unused--;
	w->nr_steps += write->nr_steps;
	w->late += slot.entry_ns < w->passed_ns;
	make_room(w);
	for (at = w->end++; at > w->begin && is_before(&slot, &w->slots[at - 1]); at--)
		w->slots[at] = w->slots[at - 1];
	w->slots[at] = slot;
}

struct write *window_take(struct window *w)
{
	struct window_slot *slot = &w->slots[w->begin++];

	put_back(w);
	w->nr_steps -= slot->write->nr_steps;
	if (slot->entry_ns > w->passed_ns)
		w->passed_ns = slot->entry_ns;
	return w->out = slot->write;
}

/* --- ids --- */

/* Forget what is to stand for [ids->end, end). */
static void move_to(struct id_set *ids, uint64_t end)
{
	if (end - ids->end >= STREAM_IDS)
		memset(ids->bits, 0, STREAM_IDS / 8);
	else
		for (uint64_t id = ids->end; id < end; id++)
			ids->bits[id % STREAM_IDS / 64] &= ~(1ull << id % 64);
	ids->end = end;
}

bool id_set_add(struct id_set *ids, uint64_t id, int *ret)
{
	uint64_t *word, bit = 1ull << id % 64;

	if (!ids->bits && !(ids->bits = calloc(STREAM_IDS / 64, sizeof(*ids->bits)))) {
		*ret = -ENOMEM;
		return false;
	}
	if (id >= ids->end && id < UINT64_MAX)
		move_to(ids, id + 1);
	if (ids->end - id > STREAM_IDS)
		return true;
	word = &ids->bits[id % STREAM_IDS / 64];
	if (*word & bit)
		return false;
	*word |= bit;
	return true;
}

void id_set_release(struct id_set *ids)
{
	free(ids->bits);
	*ids = (struct id_set){0};
}
