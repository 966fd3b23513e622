/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes that leave a commit to the next fdatasync of their file (commit_reason.h), by file: was there one at all? Who
 * opens with O_DIRECT and never syncs is told so.
 */
#ifndef DIOSCOPE_COMMITS_LEFT_H
#define DIOSCOPE_COMMITS_LEFT_H

#include "reports/model/key_index.h"
#include "reports/model/set.h"
#include "reports/model/syncs.h"

/* Adding up, one write at a time, in any order; what it keeps grows with the number of files. */
struct commits_left {
	struct key_index files;
	size_t *writes; /* by number of the file */
};

void commits_left_init(struct commits_left *left);
void commits_left_release(struct commits_left *left);
/* 0 or -ENOMEM. */
int commits_left_add(struct commits_left *left, const struct write *w);
/*
 * How many of these writes are of files without any fsync or fdatasync in @syncs. 0, too, where a recording does not
 * see all of these. Writes @nr; 0 or -ENOMEM.
 */
int commits_left_to_none(struct commits_left *left, const struct sync_sums *syncs, const struct write_set *set,
			 size_t *nr);

/* For the totals of every view, below LEAVES_COMMIT_LABEL. */
#define LEFT_TO_NONE_LABEL "and none of its file is recorded"

#endif
