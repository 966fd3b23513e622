/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two file systems after the same workload: same files, sizes, contents and mapping types. Pure reading through
 * libext2fs; nothing may have them mounted.
 */
#ifndef DIOSCOPE_COMPARE_IMAGES_H
#define DIOSCOPE_COMPARE_IMAGES_H

#include "reports/model/diff.h"
#include "reports/model/set.h"
#include "user/base/util.h"

/*
 * Every difference becomes a finding ("image") of @diff: one that is allowed where the contents differ in bytes to
 * which one and the same of @writes sent both data and zeroes. So does a write, of those recorded on the first image,
 * whose inode is not that of its name there. -errno when an image cannot be read.
 */
int compare_images(const char *path_a, const char *path_b, const struct write_set *writes, struct diff *diff,
		   struct errmsg *err);

#endif
