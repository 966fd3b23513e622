/* SPDX-License-Identifier: GPL-2.0-only */
/* STEPS records that wait for their write. For stream.c. */
#ifndef DIOSCOPE_STEPS_STORE_H
#define DIOSCOPE_STEPS_STORE_H

#include "reports/model/set.h"

struct steps_chunk {
	uint64_t id;
	uint32_t first;
	uint32_t nr;
	struct write_step steps[STEPS_INLINE];
};

struct steps_store {
	struct steps_chunk *chunks;
	size_t nr;
	size_t next;	 /* that makes room when there is none */
	uint16_t *by_id; /* how many chunks, by the low bits of their id */
};

void steps_store_release(struct steps_store *store);
/* A copy of what is checked. 0 or -ENOMEM. */
int steps_store_add(struct steps_store *store, const struct steps_record *rec);
/*
 * All steps of @w: those that waited for it, then the @nr inline ones. w->steps is what it had before, or NULL: it is
 * used again. -EINVAL when two records have the same steps, or there are more than the write says.
 */
int steps_store_join(struct steps_store *store, struct write *w, const struct write_step *inline_steps, uint32_t nr,
		     struct errmsg *err);

#endif
