/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference: the ext4 direct-write path in userspace, decision by decision, producing write records.
 *
 * Which file implements which stage, from which kernel functions, read in which versions:
 *
 *	stage		file		kernel functions				versions read	state
 *	enter, lock	dio_write.c	ext4_file_write_iter, ext4_dio_write_iter,	6.1 6.12 7.3	whole
 *			...
 *
 * (the table is part of this header: keep it true)
 */
#ifndef DIOSCOPE_REFIMPL_H
#define DIOSCOPE_REFIMPL_H

#include "refimpl/rules.h"
#include "reports/set.h"
#include "user/run_workload.h"
#include "user/workload.h"

/* What the reference runs on: an image file or loop device with an ext4 that nothing has mounted. */
struct ref_target {
	const char *path;
	uint32_t lbs;	    /* of the device; for an image file: as asked */
	uint32_t dma_mask;  /* 511 on a loop device */
	bool dev_fua;
	bool dev_cache;	    /* volatile write cache */
};

/*
 * Run all operations of @wl on @target with @rules, each write as one record of @set (op = its workload operation),
 * results[i] as run_workload() gives them (times are real). Refuses a mounted target, and one that is not ext4, or that has a feature
 * outside the reference, with one sentence.
 */
int ref_run(const struct workload *wl, const struct ref_target *target, const struct ref_rules *rules,
	    struct write_set *set, struct op_result *results, struct errmsg *err);

#endif
