// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes lie in slots; a group has numbers of slots, and a slot is free again when no group has it. The slowest are
 * heaps with the fastest of them on top, the others reservoirs: of n writes the next one takes the place of any with
 * the probability of capacity / n.
 */
#include "reports/model/kept.h"

#include <errno.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/window.h"
#include "user/base/array.h"

#define NO_SLOT UINT32_MAX

struct group {
	uint32_t *slots;
	size_t nr, max;
	uint64_t seen; /* writes that it was offered */
};

struct kept {
	struct group groups[NR_KEPT_GROUPS]; /* but KEPT_REASON */
	struct group reasons[NR_WHYS];
	struct kept_write *slots;
	uint64_t *latency_ns; /* beside them */
	size_t nr;
	uint32_t *unused;
	size_t nr_unused;
	uint64_t noise;
};

/* --- slots --- */

static int slot_new(struct kept *k, uint32_t *slot)
{
	struct kept_write *slots;
	uint64_t *times;

	if (k->nr_unused) {
		*slot = k->unused[--k->nr_unused];
		return 0;
	}
	slots = array_grow(k->slots, k->nr, sizeof(*slots));
	k->slots = slots ? slots : k->slots;
	times = array_grow(k->latency_ns, k->nr, sizeof(*times));
	k->latency_ns = times ? times : k->latency_ns;
	if (!slots || !times)
		return -ENOMEM;
	*slot = (uint32_t)k->nr++;
	return 0;
}

/* Room for it is there: a slot that is freed was handed out. */
static int slot_drop(struct kept *k, uint32_t slot)
{
	uint32_t *unused;

	if (--k->slots[slot].groups)
		return 0;
	unused = array_grow(k->unused, k->nr_unused, sizeof(*unused));
	if (!unused)
		return -ENOMEM;
	k->unused = unused;
	unused[k->nr_unused++] = slot;
	free(k->slots[slot].write.steps);
	k->slots[slot].write.steps = NULL;
	return 0;
}

static int slot_fill(struct kept_write *s, const struct write *w)
{
	uint32_t nr = w->nr_steps < KEPT_STEPS ? w->nr_steps : KEPT_STEPS;

	s->write = *w; /* once: a literal would be filled with zeros, filled in, and copied */
	s->steps_cut = w->nr_steps - nr;
	s->why = s->groups = 0;
	s->write.class = NULL; /* they go with its stream */
	s->write.who = NULL;
	s->write.nr_steps = nr;
	s->write.steps = nr ? malloc(nr * sizeof(*w->steps)) : NULL;
	if (nr && !s->write.steps)
		return -ENOMEM;
	if (nr)
		memcpy(s->write.steps, w->steps, nr * sizeof(*w->steps));
	return 0;
}

/* One write, and the slot that it has once a group wants it. */
struct offer {
	struct kept *kept;
	const struct look *look;
	uint32_t slot;
};

/* In one group more. */
static int offer_slot(struct offer *o, uint32_t *slot)
{
	struct kept *k = o->kept;
	int ret = 0;

	if (o->slot == NO_SLOT) {
		ret = slot_new(k, &o->slot) ?: slot_fill(&k->slots[o->slot], o->look->write);
		if (!ret)
			k->latency_ns[o->slot] = o->look->timed ? o->look->latency_ns : 0;
	}
	if (!ret)
		k->slots[o->slot].groups++;
	*slot = o->slot;
	return ret;
}

/* --- groups --- */

static int group_init(struct group *g, size_t max)
{
	g->max = max;
	g->slots = malloc((max + 1) * sizeof(*g->slots));
	return g->slots ? 0 : -ENOMEM;
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t was = *a;

	*a = *b;
	*b = was;
}

static void sift_up(const struct group *g, const uint64_t *ns, size_t at)
{
	for (; at && ns[g->slots[at]] < ns[g->slots[(at - 1) / 2]]; at = (at - 1) / 2)
		swap(&g->slots[at], &g->slots[(at - 1) / 2]);
}

static void sift_down(const struct group *g, const uint64_t *ns)
{
	for (size_t at = 0, child; (child = 2 * at + 1) < g->nr; at = child) {
		if (child + 1 < g->nr && ns[g->slots[child + 1]] < ns[g->slots[child]])
			child++;
		if (ns[g->slots[at]] <= ns[g->slots[child]])
			return;
		swap(&g->slots[at], &g->slots[child]);
	}
}

static int replace(struct offer *o, struct group *g, size_t at)
{
	uint32_t was = g->slots[at];
	int ret = offer_slot(o, &g->slots[at]);

	if (ret)
		g->slots[at] = was;
	return ret ? ret : slot_drop(o->kept, was);
}

/* Of those that took equally long the first one stays. */
static int offer_slow(struct offer *o, struct group *g)
{
	struct kept *k = o->kept;
	int ret;

	g->seen++;
	if (g->nr < g->max) {
		ret = offer_slot(o, &g->slots[g->nr]);
		if (!ret)
			sift_up(g, k->latency_ns, g->nr++);
		return ret;
	}
	if (!g->max || o->look->latency_ns <= k->latency_ns[g->slots[0]])
		return 0;
	ret = replace(o, g, 0);
	sift_down(g, k->latency_ns);
	return ret;
}

/* xorshift64*: a sample, not a secret. */
static uint64_t noise(struct kept *k)
{
	k->noise ^= k->noise >> 12;
	k->noise ^= k->noise << 25;
	k->noise ^= k->noise >> 27;
	return k->noise * 0x2545f4914f6cdd1dull;
}

static int offer_any(struct offer *o, struct group *g)
{
	uint64_t at = g->seen++;
	int ret;

	if (g->nr < g->max) {
		ret = offer_slot(o, &g->slots[g->nr]);
		g->nr += !ret;
		return ret;
	}
	at = (uint64_t)((unsigned __int128)noise(o->kept) * g->seen >> 64);
	return at < g->max ? replace(o, g, at) : 0;
}

/* --- all --- */

struct kept *kept_new(const struct kept_limits *limits)
{
	struct kept *k = calloc(1, sizeof(*k));
	const size_t max[NR_KEPT_GROUPS] = {
		[KEPT_SAMPLE] = limits->sample, [KEPT_SLOWEST] = limits->slowest,   [KEPT_REASON] = 0,
		[KEPT_FAILED] = limits->failed, [KEPT_BUFFERED] = limits->buffered,
	};
	int ret = 0;

	if (!k)
		return NULL;
	k->noise = 0x9e3779b97f4a7c15ull;
	for (int group = 0; group < NR_KEPT_GROUPS && !ret; group++)
		ret = group_init(&k->groups[group], max[group]);
	for (int why = 0; why < NR_WHYS && !ret; why++)
		ret = group_init(&k->reasons[why], limits->by_reason);
	if (!ret)
		return k;
	kept_free(k);
	return NULL;
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	for (int group = 0; group < NR_KEPT_GROUPS; group++)
		free(k->groups[group].slots);
	for (int why = 0; why < NR_WHYS; why++)
		free(k->reasons[why].slots);
	for (size_t i = 0; i < k->nr; i++)
		free(k->slots[i].write.steps);
	free(k->slots);
	free(k->latency_ns);
	free(k->unused);
	free(k);
}

static int offer_slowest(struct offer *o)
{
	int ret = offer_slow(o, &o->kept->groups[KEPT_SLOWEST]);

	for (const uint8_t *why = o->look->whys; *why < NR_WHYS && !ret; why++)
		ret = offer_slow(o, &o->kept->reasons[*why]);
	return ret;
}

int kept_offer(struct kept *k, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	struct offer o = {.kept = k, .look = look, .slot = NO_SLOT};
	int ret = offer_any(&o, &k->groups[KEPT_SAMPLE]);

	if (!ret && look->timed)
		ret = offer_slowest(&o);
	if (!ret && rec->ret < 0 && field_known(rec, FACT_RET))
		ret = offer_any(&o, &k->groups[KEPT_FAILED]);
	if (!ret && rec->fallback && field_known(rec, FACT_FALLBACK))
		ret = offer_any(&o, &k->groups[KEPT_BUFFERED]);
	return ret;
}

uint64_t kept_of(const struct kept *k, enum kept_group group)
{
	return k->groups[group].seen;
}

/* --- settling --- */

static void mark(struct kept *k, const struct group *g, enum kept_group group)
{
	for (size_t i = 0; i < g->nr; i++)
		k->slots[g->slots[i]].why |= 1u << group;
}

static int by_entry(const void *a, const void *b)
{
	const struct write_record *x = &((const struct kept_write *)a)->write.rec;
	const struct write_record *y = &((const struct kept_write *)b)->write.rec;
	uint64_t x_ns = write_entry_ns(x), y_ns = write_entry_ns(y);

	if (x_ns != y_ns)
		return x_ns < y_ns ? -1 : 1;
	return x->head.id < y->head.id ? -1 : x->head.id > y->head.id;
}

/* What is in no group is no write any more. */
static size_t squeeze(struct kept_write *slots, size_t nr)
{
	size_t used = 0;

	for (size_t i = 0; i < nr; i++)
		if (slots[i].groups)
			slots[used++] = slots[i];
	return used;
}

struct kept_write *kept_settle(struct kept *k, size_t *nr)
{
	struct kept_write *list;

	for (int group = 0; group < NR_KEPT_GROUPS; group++)
		mark(k, &k->groups[group], (enum kept_group)group);
	for (int why = 0; why < NR_WHYS; why++)
		mark(k, &k->reasons[why], KEPT_REASON);
	list = k->slots ? k->slots : malloc(sizeof(*list));
	*nr = squeeze(list, k->nr);
	k->slots = NULL;
	k->nr = 0;
	if (*nr)
		qsort(list, *nr, sizeof(*list), by_entry);
	return list;
}

void kept_list_free(struct kept_write *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(list[i].write.steps);
	free(list);
}

const char *kept_name(enum kept_group group)
{
	static const char *const names[NR_KEPT_GROUPS] = {
		[KEPT_SAMPLE] = "sample", [KEPT_SLOWEST] = "slowest",	[KEPT_REASON] = "slowest of a reason",
		[KEPT_FAILED] = "failed", [KEPT_BUFFERED] = "buffered",
	};

	return names[group];
}
