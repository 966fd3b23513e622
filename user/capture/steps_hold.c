// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/steps_hold.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool can_wait(const struct steps_record *rec, size_t len)
{
	return len >= sizeof(*rec) && rec->nr <= STEPS_INLINE &&
	       len == sizeof(*rec) + rec->nr * sizeof(struct write_step);
}

static int give(struct steps_hold *h, size_t i, steps_fn fn, void *ctx)
{
	struct held_steps first = h->held[i];

	memmove(h->held + i, h->held + i + 1, (h->nr - i - 1) * sizeof(*h->held));
	h->nr--;
	return fn(ctx, &first, first.rec.head.len);
}

int steps_hold_take(struct steps_hold *h, const struct steps_record *rec, size_t len, steps_fn fn, void *ctx)
{
	int ret = 0;

	if (!can_wait(rec, len))
		return fn(ctx, rec, len);
	if (!h->held)
		h->held = malloc(STEPS_HELD_MAX * sizeof(*h->held));
	if (!h->held)
		return -ENOMEM;
	if (h->nr == STEPS_HELD_MAX)
		ret = give(h, 0, fn, ctx);
	memcpy(&h->held[h->nr++], rec, len);
	return ret;
}

int steps_hold_give(struct steps_hold *h, uint64_t id, steps_fn fn, void *ctx)
{
	int ret = 0;

	for (size_t i = 0; i < h->nr && !ret;) {
		if (h->held[i].rec.head.id == id)
			ret = give(h, i, fn, ctx);
		else
			i++;
	}
	return ret;
}

int steps_hold_give_all(struct steps_hold *h, steps_fn fn, void *ctx)
{
	int ret = 0;

	for (size_t i = 0; i < h->nr && !ret; i++)
		ret = fn(ctx, &h->held[i], h->held[i].rec.head.len);
	h->nr = 0;
	return ret;
}

void steps_hold_release(struct steps_hold *h)
{
	free(h->held);
	*h = (struct steps_hold){0};
}
