/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of threads that write at the same time is exact, and what is not. The reference takes them in the order of the
 * live trace, so a difference is a finding, but for one cause: a probe tells a moment only so closely, and what another
 * thread did beside it may have come before or after. Where another one's write to the same file was under way, and the
 * live write follows from the rules by what was observed of itself (replay.h), a difference in its decisions may be of
 * that order. So is, until all is settled again, what a commit beside others' writes took with it: whether a mapping is
 * dirty, and how a sync is done. Results, images and what does not follow are findings.
 */
#ifndef DIOSCOPE_ORDER_H
#define DIOSCOPE_ORDER_H

#include "refimpl/path/rules.h"
#include "reports/model/diff.h"
#include "reports/model/set.h"
#include "user/workload/workload.h"

/*
 * @pinned: the workload is a scenario. Others may write twice within a tick of the clock, on a device that does not
 * show whether a sync then had anything to commit. 0 or -ENOMEM.
 */
int order_excuse(struct diff *diff, const struct workload *wl, const struct write_set *live,
		 const struct ref_rules *rules, bool pinned);

#endif
