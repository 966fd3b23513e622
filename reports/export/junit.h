/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run of workloads as JUnit XML: one testsuite, one testcase a workload, named by its id so that its history keeps
 * its name. Each difference is a <failure>; trouble is an <error>; what could not be observed at all is <skipped>,
 * with why; single facts that were not observable are listed in <system-out>, and are neither.
 */
#ifndef DIOSCOPE_JUNIT_H
#define DIOSCOPE_JUNIT_H

#include <stdio.h>

#include "reports/model/outcome.h"

/* @suite names the run: "dioscope verify, 6.18.15". 0, or -EIO when @out could not take it all. */
int junit_report(FILE *out, const char *suite, const struct outcome *outcomes, size_t nr);

#endif
