/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold of an image in memory whatever was run on it, so far as it can be told in microseconds: each block
 * that is in use belongs to mkfs or to one file, each that belongs to somebody is in use, what is counted is what is
 * there, names are those that were created, and files hold what byte_model.h says. e2fsck knows more, and takes a
 * thousand times as long.
 */
#ifndef DIOSCOPE_IMAGE_CHECK_H
#define DIOSCOPE_IMAGE_CHECK_H

#include "refimpl/env/memory.h"
#include "reports/model/diff.h"
#include "user/base/util.h"
#include "user/workload/run_workload.h"

/* What mkfs left. */
struct image_books {
	uint8_t *clusters; /* in use, a bit each, from the first group's first on; without bigalloc one is a block */
	size_t bytes;	   /* of that */
	uint32_t free_inodes;
};

/* 0 or -errno. Needs no initialization, and is to be released either way. */
int image_books_init(struct image_books *b, struct ref_memory *memory, struct errmsg *err);
void image_books_release(struct image_books *b);
/* @wl was run, with @results. What does not hold is a finding of @diff; an error is trouble. */
int image_check(const struct image_books *before, struct ref_memory *memory, const struct workload *wl,
		const struct op_result *results, struct diff *diff, struct errmsg *err);

#endif
