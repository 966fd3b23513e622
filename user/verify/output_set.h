/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DIOSCOPE_OUTPUT_SET_H
#define DIOSCOPE_OUTPUT_SET_H

#include "reports/model/set.h"
#include "user/base/output.h"

/* @set is all that @out is to hold: as a trace. @out is committed, or discarded when that fails. */
int output_commit_set(struct output *out, const struct write_set *set, struct errmsg *err);

#endif
