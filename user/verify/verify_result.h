/* SPDX-License-Identifier: GPL-2.0-only */
/* What comes of one workload through two engines. */
#ifndef DIOSCOPE_VERIFY_RESULT_H
#define DIOSCOPE_VERIFY_RESULT_H

#include "reports/model/diff.h"
#include "reports/model/set.h"

struct verify_result {
	struct write_set live;
	struct write_set reference;
	struct diff diff;
	char *not_observed; /* what keeps it from being a pass: see reports/model/observed.h; NULL: nothing */
};

void verify_result_release(struct verify_result *result);

#endif
