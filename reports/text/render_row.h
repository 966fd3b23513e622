/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that make the text report; no interface for others. */
#ifndef DIOSCOPE_RENDER_ROW_H
#define DIOSCOPE_RENDER_ROW_H

#include "reports/model/advice.h"
#include "reports/model/summary.h"

#define LABEL_WIDTH 44

/* One count, nothing for 0; @of: what the percentage is of, 0: none. A label that is too long has its own line. */
void print_row(FILE *out, unsigned int indent, const char *label, size_t nr, size_t of);

/* In lines of at most 100 columns, each after so many blanks. */
void render_wrapped(FILE *out, int indent, const char *text);
/* "  1. " before the first line, and as many blanks before the others. */
void render_item(FILE *out, int nr, const char *text);
/* The reasons of @group, the cases of one thing beneath it; percentages are of @total. */
void render_whys(FILE *out, const struct summary *s, enum why_group group, unsigned int indent, size_t total);
/* The same with a title, nothing when none holds. */
void render_why_block(FILE *out, const struct summary *s, enum why_group group);
/* Of the writes that failed with @err. */
void render_error_whys(FILE *out, const struct summary *s, int err);
void render_mapping(FILE *out, const struct summary *s);
/* What cost most time, and what would change it; before it, what is not durable. */
void render_advice(FILE *out, const struct summary *s, const struct advice_list *list);

#endif
