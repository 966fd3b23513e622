/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of a random workload, which pins no places, a write may end by its extents: RWF_NOWAIT is refused where it would have
 * been one extent on the other side, and what fails with a misaligned rest has written the mappings before it. Where
 * the live write follows the rules by its own mapping the two files part there, and what came later is not compared:
 * the live writes have to follow the rules, and both images the bytes of the workload (user/fuzz/byte_check.c).
 */
#ifndef DIOSCOPE_PARTING_H
#define DIOSCOPE_PARTING_H

#include "refimpl/path/rules.h"
#include "reports/model/diff.h"
#include "user/workload/workload.h"

/*
 * Findings of @diff about a file, its writes, its operations' results and its image, become allowed from the write on
 * that parted it. Last, when all findings are there. 0 or -ENOMEM.
 */
int parting_excuse(struct diff *diff, const struct workload *wl, const struct ref_rules *rules);

#endif
