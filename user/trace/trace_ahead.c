// SPDX-License-Identifier: GPL-2.0-only
/* The threads of trace_slot.h: slots in a ring, filled by whoever is free, taken in order. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "user/trace/trace_slot.h"

#define THREADS_MAX 8
#define SLOTS_EACH  2
#define SLOTS_MAX   (SLOTS_EACH * THREADS_MAX)

struct trace_ahead {
	pthread_t threads[THREADS_MAX];
	unsigned int nr_threads, nr_slots;
	struct trace_source *src;
	pthread_mutex_t fetching; /* who has it uses src: blocks are fetched in their order */
	pthread_mutex_t lock;	  /* all below */
	pthread_cond_t filled, freed;
	struct trace_slot *slots[SLOTS_MAX];
	bool done[SLOTS_MAX];	 /* unpacked */
	uint64_t fetched, taken; /* slots, since the start; @taken: and given back */
	bool holds;		 /* the slot before @taken + 1 is with who takes */
	bool last, stop;	 /* nothing comes after what was fetched; nothing is wanted any more */
};

/* A slot for the next block; NULL: none is wanted any more. */
static struct trace_slot *wait_for_room(struct trace_ahead *a)
{
	bool wanted;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && !a->last && a->fetched - a->taken == a->nr_slots)
		pthread_cond_wait(&a->freed, &a->lock);
	wanted = !a->stop && !a->last;
	pthread_mutex_unlock(&a->lock);
	return wanted ? a->slots[a->fetched % a->nr_slots] : NULL;
}

/* The number of the slot that was fetched into *@at. */
static struct trace_slot *fetch(struct trace_ahead *a, unsigned int *at)
{
	struct trace_slot *slot;

	pthread_mutex_lock(&a->fetching);
	slot = wait_for_room(a);
	if (slot) {
		bool more = trace_slot_fetch(slot, a->src);

		pthread_mutex_lock(&a->lock);
		*at = (unsigned int)(a->fetched++ % a->nr_slots);
		a->last = !more;
		pthread_mutex_unlock(&a->lock);
	}
	pthread_mutex_unlock(&a->fetching);
	return slot;
}

static void *work(void *ahead)
{
	struct trace_ahead *a = ahead;
	struct trace_slot *slot;
	unsigned int at;

	while ((slot = fetch(a, &at))) {
		trace_slot_unpack(slot, a->src->version);
		pthread_mutex_lock(&a->lock);
		a->done[at] = true;
		pthread_mutex_unlock(&a->lock);
		pthread_cond_signal(&a->filled); /* who wakes finds the lock free */
	}
	return NULL;
}

/* Signals are for who started them. */
static void start_threads(struct trace_ahead *a, unsigned int wanted)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (a->nr_threads < wanted && !pthread_create(&a->threads[a->nr_threads], NULL, work, a))
		a->nr_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct trace_ahead *trace_ahead_start(struct trace_source *src, unsigned int threads)
{
	struct trace_ahead *a = calloc(1, sizeof(*a));
	bool memory = a;

	if (!a)
		return NULL;
	a->src = src;
	pthread_mutex_init(&a->fetching, NULL);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->filled, NULL);
	pthread_cond_init(&a->freed, NULL);
	threads = threads < THREADS_MAX ? threads : THREADS_MAX;
	for (; a->nr_slots < SLOTS_EACH * threads && memory; a->nr_slots += memory)
		memory = (a->slots[a->nr_slots] = trace_slot_new());
	if (memory)
		start_threads(a, threads);
	if (a->nr_threads)
		return a;
	trace_ahead_stop(a);
	return NULL;
}

/* Whoever waits for a slot is woken for half of them: for each it would sleep and wake once a block. */
static void give_back(struct trace_ahead *a)
{
	bool wake = false;

	pthread_mutex_lock(&a->lock);
	if (a->holds) {
		a->done[a->taken++ % a->nr_slots] = false;
		wake = a->fetched - a->taken <= a->nr_slots / 2;
	}
	a->holds = true;
	pthread_mutex_unlock(&a->lock);
	if (wake)
		pthread_cond_signal(&a->freed);
}

struct trace_slot *trace_ahead_next(struct trace_ahead *a)
{
	unsigned int at;

	give_back(a);
	pthread_mutex_lock(&a->lock);
	at = (unsigned int)(a->taken % a->nr_slots);
	while (!a->done[at])
		pthread_cond_wait(&a->filled, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return a->slots[at];
}

void trace_ahead_stop(struct trace_ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->freed);
	pthread_mutex_unlock(&a->lock);
	for (unsigned int i = 0; i < a->nr_threads; i++)
		pthread_join(a->threads[i], NULL);
	for (unsigned int i = 0; i < a->nr_slots; i++)
		trace_slot_free(a->slots[i]);
	pthread_mutex_destroy(&a->fetching);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->filled);
	pthread_cond_destroy(&a->freed);
	free(a);
}
