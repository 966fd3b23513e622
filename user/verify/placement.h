/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What delayed allocation leaves to the flusher is allocated on whatever processor that runs on, and small files take
 * their blocks from a run of each processor: so the extents of two runs of one workload may join differently, and one
 * extent is what a shared lock asks for. Such differences are no finding where the live write follows the rules by its
 * own mapping. What the writer itself allocates has its place by the rules (verify keeps it on one processor), and a
 * difference of that remains one in a scenario. A random workload does not pin the allocator's history: there, how a
 * range was cut into chunks and extents is no finding either, where both wrote the same bytes and the live write
 * follows the rules by its own mapping.
 */
#ifndef DIOSCOPE_PLACEMENT_H
#define DIOSCOPE_PLACEMENT_H

#include "refimpl/path/rules.h"
#include "reports/model/diff.h"
#include "user/workload/workload.h"

/*
 * Findings of @diff (live against the reference by @rules) that placement explains become allowed. @pinned: where the
 * writer's own blocks lie is what the workload is about. 0 or -ENOMEM.
 */
int placement_excuse(struct diff *diff, const struct workload *wl, const struct ref_rules *rules, bool pinned);
/* Why what was allocated before operation @op may lie otherwise; NULL: nothing says so. */
const char *placement_cause(const struct workload *wl, uint32_t op, bool pinned);
/* Do the two writes show, by their rounds or by the look before them, other extents or chunks? */
bool placement_differs(const struct write *a, const struct write *b);
/* Did both fail, with one error? How far each came goes by its extents then: one bio of a mapping can fail alone. */
bool placement_failed_alike(const struct write *a, const struct write *b);

#endif
