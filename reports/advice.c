// SPDX-License-Identifier: GPL-2.0-only
#include "reports/advice.h"

#include <errno.h>
#include <string.h>

#include "reports/fields.h"

/* What one write has to do with the lock of its file. */
struct holder {
	uint32_t dev;
	uint64_t ino;
	uint64_t waited_ns;
	uint64_t held_ns; /* exclusively */
	enum why why;	  /* NR_WHYS: it did not hold it so */
};

/* Sums by reason, in the order of the table. */
struct costs {
	struct advice rows[NR_WHYS];
	uint64_t total_ns, device_ns;
};

static void charge(struct costs *c, enum why why, uint64_t ns)
{
	c->rows[why].why = why;
	c->rows[why].ns += ns;
	c->rows[why].writes++;
}

/* --- one write --- */

static uint64_t sum_of(const uint64_t ns[NR_TIME_ROWS], uint32_t mask)
{
	uint64_t sum = 0;

	for (int row = 0; row < NR_TIME_ROWS; row++)
		sum += mask >> row & 1 ? ns[row] : 0;
	return sum;
}

/* All but the lock, of a write that did not fail. */
static void charge_rows(struct costs *c, const struct write *w, const uint64_t ns[NR_TIME_ROWS])
{
	uint32_t claimed = 1u << TIME_LOCK;
	bool holds[NR_WHYS];

	write_whys(w, holds);
	for (int why = 0; why < NR_WHYS; why++) {
		uint64_t cost = holds[why] ? sum_of(ns, why_rows[why].costs & ~claimed) : 0;

		if (!cost)
			continue;
		charge(c, (enum why)why, cost);
		claimed |= why_rows[why].costs;
	}
	c->device_ns += sum_of(ns, (1u << TIME_DEVICE | 1u << TIME_DEVICE_COMPLETE) & ~claimed);
}

static bool take_lock(const struct write *w, const uint64_t ns[NR_TIME_ROWS], uint64_t latency, struct holder *h)
{
	enum why why = write_first_why(w, WHY_GROUP_LOCK);
	uint64_t before = ns[TIME_LOCK] + ns[TIME_ENTER] + ns[TIME_ENTER_CHECK];

	*h = (struct holder){.dev = w->rec.dev, .ino = w->rec.ino, .waited_ns = ns[TIME_LOCK], .why = why};
	if (why < NR_WHYS)
		h->held_ns = latency > before ? latency - before : 0;
	return h->waited_ns || why < NR_WHYS;
}

/* --- the lock, by file --- */

static bool same_file(const struct holder *a, const struct holder *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static int by_file(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* What a damaged trace says may be more than there is time. */
static uint64_t whole_ns(double ns)
{
	return ns < 0x1p63 ? (uint64_t)ns : INT64_MAX;
}

/* Those of one file: what all waited, divided by what each held. */
static void charge_file(struct costs *c, const struct holder *h, size_t nr)
{
	double waited = 0, held = 0;

	for (size_t i = 0; i < nr; i++) {
		waited += (double)h[i].waited_ns;
		held += (double)h[i].held_ns;
	}
	for (size_t i = 0; i < nr && waited > 0 && held > 0; i++)
		if (h[i].why < NR_WHYS)
			charge(c, h[i].why, whole_ns(waited * ((double)h[i].held_ns / held)));
}

static void charge_locks(struct costs *c, struct holder *holders, size_t nr)
{
	if (nr)
		qsort(holders, nr, sizeof(*holders), by_file);
	for (size_t i = 0, next; i < nr; i = next) {
		for (next = i + 1; next < nr && same_file(&holders[i], &holders[next]);)
			next++;
		charge_file(c, holders + i, next - i);
	}
}

/* --- the set --- */

static int by_cost(const void *a, const void *b)
{
	const struct advice *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (int)x->why - (int)y->why;
}

static void take_write(struct costs *c, const struct write *w, struct holder *holders, size_t *nr)
{
	uint64_t ns[NR_TIME_ROWS], latency;
	enum why error = write_first_why(w, WHY_GROUP_ERROR);

	if (!field_known(&w->rec, FACT_LATENCY) || !write_latency_ns(&w->rec, &latency) || !write_times(&w->rec, ns))
		return;
	c->total_ns += latency;
	if (error < NR_WHYS) {
		charge(c, error, latency);
		return;
	}
	charge_rows(c, w, ns);
	*nr += take_lock(w, ns, latency, &holders[*nr]);
}

int advice_init(struct advice_list *list, const struct write_set *set)
{
	_cleanup_free_ struct holder *holders = malloc((set->nr + 1) * sizeof(*holders));
	struct costs c = {0};
	size_t nr = 0;

	if (!holders)
		return -ENOMEM;
	for (size_t i = 0; i < set->nr; i++)
		take_write(&c, &set->writes[i], holders, &nr);
	charge_locks(&c, holders, nr);
	qsort(c.rows, NR_WHYS, sizeof(c.rows[0]), by_cost);
	memcpy(list->rows, c.rows, sizeof(c.rows));
	for (list->nr = 0; list->nr < NR_WHYS && list->rows[list->nr].ns;)
		list->nr++;
	list->total_ns = c.total_ns;
	list->device_ns = c.device_ns;
	return 0;
}

size_t advice_worth(const struct advice_list *list)
{
	size_t nr = 0;

	while (nr < list->nr && nr < ADVICE_MAX && list->rows[nr].ns >= list->total_ns / 1000)
		nr++;
	return nr;
}

double advice_share(const struct advice_list *list, const struct advice *a)
{
	return list->total_ns ? 100.0 * (double)a->ns / (double)list->total_ns : 0;
}

const char *advice_relation(const struct advice *a)
{
	return why_rows[a->why].group == WHY_GROUP_LOCK ? "waited for " : "";
}

const char *advice_format(enum why why, char *buf, size_t size)
{
	const struct why_row *row = &why_rows[why];

	snprintf(buf, size, "%s%s%s", row->change, row->until ? "; or kernel " : "", row->until ? row->until : "");
	return buf;
}
