/* SPDX-License-Identifier: GPL-2.0-only */
/* The rounds: fs/iomap/iter.c. */
#include "refimpl/path/path.h"

#include <errno.h>

/* fs/ext4/inode.c, ext4_iomap_end (until 6.17.3), as iomap_iter honours it: only of a round that made no progress. */
static int ref_ext4_iomap_end(const struct ref_write *w, const struct ref_iomap_iter *iter)
{
	switch (w->rules->iomap_end) {
	case REF_IOMAP_END_EMPTY:
		return iter->processed ? 0 : -ENOTBLK;
	case REF_IOMAP_END_FAILED:
		return iter->processed > 0 ? 0 : -ENOTBLK;
	case REF_IOMAP_END_GONE:
		return 0;
	}
	return 0;
}

static void note_round(struct ref_write *w, const struct ref_iomap *iomap)
{
	const struct write_step step = {
		.kind = STEP_ROUND,
		.role = iomap->type,
		.map_flags = iomap->flags & MAP_F_STABLE,
		.pos = iomap->offset,
		.len = iomap->length,
		.addr = iomap->addr,
	};

	w->rec.rounds++;
	ref_add_step(w, &step);
}

/* Close the round that is over; 1: there is more to map. */
static int finish_round(const struct ref_write *w, struct ref_iomap_iter *iter)
{
	int err = ref_ext4_iomap_end(w, iter);

	if (err)
		return err;
	if (iter->processed < 0)
		return (int)iter->processed;
	iter->pos += iter->processed;
	iter->len -= (uint64_t)iter->processed;
	return iter->len && iter->processed;
}

/* fs/iomap/iter.c, iomap_iter (6.1 6.12 6.18 7.3). From 6.15 on the body advances by itself; the result is the same. */
int ref_iomap_iter(struct ref_write *w, struct ref_iomap_iter *iter)
{
	int ret;

	if (iter->mapped) {
		ret = finish_round(w, iter);
		if (ret <= 0)
			return ret;
	}
	ret = ref_ext4_iomap_begin(w, iter->ops, iter->pos, iter->len, &iter->iomap);
	if (ret)
		return ret;
	iter->mapped = true;
	note_round(w, &iter->iomap);
	return 1;
}
