/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference alone, for one workload after the other, in memory: no kernel to compare with, but what has to hold
 * whatever a kernel does.
 */
#ifndef DIOSCOPE_REF_RIG_H
#define DIOSCOPE_REF_RIG_H

#include "refimpl/path/rules.h"
#include "user/fuzz/fuzz.h"

struct ref_rig;

/* @profile must outlive the rig. */
int ref_rig_open(struct ref_rig **out, const struct ref_choice *profile, struct errmsg *err);
/* NULL is fine. */
void ref_rig_close(struct ref_rig *r);
/* A fuzz_engine_fn: what does not hold is a finding. */
int ref_rig_run(void *rig, const struct workload *wl, enum fuzz_effort effort, struct verify_result *result,
		struct errmsg *err);

#endif
