/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * STEPS records come when a write has too many steps for one record, long before the write itself, and between those of
 * others. Here they wait for it, so that in a trace they stand before it: in one block, and in one segment of a trace
 * that is written in turns.
 */
#ifndef DIOSCOPE_STEPS_HOLD_H
#define DIOSCOPE_STEPS_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/write_record.h"

#define STEPS_HELD_MAX 1024 /* records: the first of more go on without their write */

struct held_steps {
	struct steps_record rec;
	struct write_step steps[STEPS_INLINE];
};

struct steps_hold {
	struct held_steps *held; /* in the order in which they came */
	size_t nr;
};

/* What becomes of a record that does not wait any longer; not 0 is passed on. */
typedef int (*steps_fn)(void *ctx, const void *record, size_t len);

/* A STEPS record that has the length it says waits; any other goes to @fn at once. 0, -ENOMEM, or what @fn says. */
int steps_hold_take(struct steps_hold *h, const struct steps_record *rec, size_t len, steps_fn fn, void *ctx);
/* Those of write @id go to @fn, in their order. */
int steps_hold_give(struct steps_hold *h, uint64_t id, steps_fn fn, void *ctx);
/* All that are left do: their writes were lost. */
int steps_hold_give_all(struct steps_hold *h, steps_fn fn, void *ctx);
void steps_hold_release(struct steps_hold *h);

#endif
