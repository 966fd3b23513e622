/* SPDX-License-Identifier: GPL-2.0-only */
/* What a stream keeps of writes: the last so many in order of entry, and which ids there were. For stream.c. */
#ifndef DIOSCOPE_WINDOW_H
#define DIOSCOPE_WINDOW_H

#include "reports/model/set.h"
#include "reports/model/stream.h"

/* A place of the window: its write's memory is used again. */
struct window_slot {
	uint64_t entry_ns;
	struct write *write;
};

struct window {
	struct window_slot *slots; /* 2 * @size; in order from begin to end */
	size_t size, begin, end;
	size_t wanted; /* it is full with so many; @size at first */
	size_t nr_steps; /* of all that are in it */
	struct write **unused;
	size_t nr_unused;
	struct write *out;  /* the one that was taken last */
	uint64_t passed_ns; /* entry of the latest that was taken */
	uint64_t late;	    /* added with an entry before that */
};

int window_init(struct window *w, size_t size);
void window_release(struct window *w);
/* Memory for the next write; @steps of what it was before may be used again (steps_store_join()). NULL: out of it. */
struct write *window_new(struct window *w);
/* Not when it is full. */
void window_add(struct window *w, struct write *write);
/* The first of all by entry, then by id; good until the next window_new(). Not when it is empty. */
struct write *window_take(struct window *w);
static inline bool window_is_empty(const struct window *w)
{
	return w->end == w->begin;
}
static inline bool window_is_full(const struct window *w)
{
	return w->end - w->begin >= w->wanted || (w->nr_steps >= STREAM_WINDOW_STEPS && !window_is_empty(w));
}

/* The moment of the first stage that was seen. */
uint64_t write_entry_ns(const struct write_record *rec);

/* Ids that were seen, of the last STREAM_IDS up to the highest. */
struct id_set {
	uint64_t *bits;
	uint64_t end; /* above the highest */
};

/* false: it was there before, or, with *@ret, memory is out. One that is too old to be known passes. */
bool id_set_add(struct id_set *ids, uint64_t id, int *ret);
void id_set_release(struct id_set *ids);

#endif
