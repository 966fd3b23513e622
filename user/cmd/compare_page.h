/* SPDX-License-Identifier: GPL-2.0-only */
/* One page of two runs: report A B -o FILE. */
#ifndef DIOSCOPE_COMPARE_PAGE_H
#define DIOSCOPE_COMPARE_PAGE_H

#include "user/cmd/compare_runs.h"

/* Conditions are tried when the page was written. An exit code, as of compare_runs(). */
int compare_page(const struct compare_job *job, const char *path);

#endif
