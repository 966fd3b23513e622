/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Make a workload that shows something as small as it can be and still show it: lines go first, then flags, then
 * numbers get smaller and rounder. Text in, text out; pure.
 */
#ifndef DIOSCOPE_SHRINK_H
#define DIOSCOPE_SHRINK_H

#include <stddef.h>

/* Does @text still show it? 1, 0 (also where it is no workload), or -errno, which ends the shrinking. */
typedef int (*still_fn)(void *ctx, const char *text);

/*
 * The smallest that was found within @tries questions, malloc'ed; the first, when nothing of it can go. NULL when
 * memory is out. An error of @still is no error here: what was found until then is the result.
 */
char *shrink(const char *text, still_fn still, void *ctx, size_t tries);

#endif
