/* SPDX-License-Identifier: GPL-2.0-only */
/* A breakdown as plain text; see render.h. */
#ifndef DIOSCOPE_RENDER_BREAKDOWN_H
#define DIOSCOPE_RENDER_BREAKDOWN_H

#include <stdio.h>

#include "reports/text/breakdown.h"

/* A line a row, at most @max of them, and how to see the rest. Nothing for no row. */
void render_breakdown(FILE *out, const struct breakdown *b, size_t max);
/* All rows, each with a line for every part of it that there is. */
void render_breakdown_whole(FILE *out, const struct breakdown *b);

#endif
