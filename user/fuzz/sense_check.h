/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold of records whatever they are about: their parts agree, their accounts balance, their bios are ones
 * that a device takes, the result is the caller's, and the decisions follow from the facts (replay.h).
 */
#ifndef DIOSCOPE_SENSE_CHECK_H
#define DIOSCOPE_SENSE_CHECK_H

#include "refimpl/path/rules.h"
#include "reports/model/diff.h"
#include "user/base/util.h"
#include "user/workload/run_workload.h"

/* The writes of @set, a reference's by @rules, of @wl with @results. What does not hold is a finding of @diff. */
int sense_check(const struct write_set *set, const struct ref_rules *rules, const struct workload *wl,
		const struct op_result *results, struct diff *diff, struct errmsg *err);

#endif
