/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from what was observed. infer_write() does two things to each record of a trace that is loaded:
 *
 *  - a fact whose decision the write never came to is marked HOW_NOT_REACHED: the reference marks its records by the
 * same conventions;
 *  - a fact that is unknown, and follows from others, is filled in and marked HOW_INFERRED.
 *
 * Nothing here overrides an observation, except where the hook that made it cannot have seen it (REQ_FUA below
 * submit_bio_noacct on a device without a write cache).
 */
#ifndef DIOSCOPE_INFER_H
#define DIOSCOPE_INFER_H

#include "reports/model/set.h"
#include "user/base/meta.h"

void infer_write(struct write *w, const struct meta *header);
/* Is there a rule by which @fact follows from others? */
bool infer_has_rule(enum write_fact fact);

#endif
