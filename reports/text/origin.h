/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a set comes from, and what it cannot hold: the rows and sentences that every view has above all others. Text is
 * as it was recorded: the view escapes it.
 */
#ifndef DIOSCOPE_ORIGIN_H
#define DIOSCOPE_ORIGIN_H

#include "reports/model/set.h"

typedef void (*origin_fn)(void *ctx, const char *label, const char *value);

/*
 * Kernel, host, program, hooks, devices with their models and mount options, command, times. Of a recording that does
 * not say it is "unknown"; a reference's set has no machine. 0 or -ENOMEM.
 */
int origin_rows(const struct write_set *set, origin_fn row, void *ctx);

/*
 * What is not in the set and never could be: "this recording cannot see: writes of ...; writes of ...", and "12 direct
 * writes of other file systems were not recorded". @row: once for each sentence. @trailer may be empty.
 */
typedef void (*unseen_fn)(void *ctx, const char *sentence);
int unseen_sentences(const struct meta *header, const struct meta *trailer, unseen_fn row, void *ctx);

/* Why a set may have no write at all: one sentence, malloc'ed; NULL when memory is out. */
char *no_writes_sentence(const struct write_set *set);

#endif
