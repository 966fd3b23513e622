/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a trace that was held against the rules, for terminals. */
#ifndef DIOSCOPE_CONFORM_TEXT_H
#define DIOSCOPE_CONFORM_TEXT_H

#include <stdio.h>

#include "refimpl/predict.h"

/*
 * Whose rules, what was checked and what was not, and a paragraph for each group of findings. @verbose adds each fact
 * that could not be checked. 0 or -ENOMEM.
 */
int render_conform(FILE *out, const char *path, const struct conform *c, bool verbose);
/* What another kernel would do, by question, rule and file, and what that assumes. 0 or -ENOMEM. */
int render_predict(FILE *out, const char *path, const struct predict *p);
/* "content: ext4_dio_write_checks() ...": a group in one line, malloc'ed; NULL when memory is out. */
char *conform_group_text(const struct conform *c, const struct conform_group *g);

#endif
