/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both engines in this process, for one workload after the other: what takes long, attaching the probes and making
 * file systems, is done once. The process is one of those that the capture follows, and stays on one processor.
 */
#ifndef DIOSCOPE_RIG_H
#define DIOSCOPE_RIG_H

#include "refimpl/path/rules.h"
#include "user/capture/capture.h"
#include "user/fuzz/fuzz.h"

struct rig;

/* @capture: attached, and following processes; it and @profile must outlive the rig. */
int rig_open(struct rig **out, struct capture *capture, const struct ref_choice *profile, struct errmsg *err);
/* Lets the devices go. NULL is fine. */
void rig_close(struct rig *r);
/* A fuzz_engine_fn (fuzz.h). */
int rig_run(void *rig, const struct workload *wl, enum fuzz_effort effort, struct verify_result *result,
	    struct errmsg *err);

#endif
