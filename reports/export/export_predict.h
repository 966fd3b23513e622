/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another kernel would do with the writes of a trace, for machines. As JSON, one object on a line: trace, kernel,
 * recorded (the rules that it was recorded by), as, complete, writes, replayed, strange (those that do not follow from
 * their own kernel's rules: of these nothing is said), locks, questions (of so many writes so many would change) and
 * groups (those that would, by rule and file). Or as the differences of a testcase of JUnit: an answer is no failure of
 * the trace, but whoever asks for JUnit wants to be stopped by it.
 */
#ifndef DIOSCOPE_EXPORT_PREDICT_H
#define DIOSCOPE_EXPORT_PREDICT_H

#include <stdio.h>

#include "refimpl/predict.h"

/* 0 or -ENOMEM; errors of @out are its own. */
int export_predict_json(FILE *out, const char *path, const struct predict *p);
/* A difference for each question whose answer is that something would change; its texts live as long as @p. */
int export_predict_diff(struct diff *diff, const struct predict *p);

#endif
