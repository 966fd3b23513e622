/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording with these hooks cannot see at all: said by doctor, in the trace's header, and above every report. */
#ifndef DIOSCOPE_BLIND_H
#define DIOSCOPE_BLIND_H

#include "user/capture/hooks.h"

/* The @i-th of the sentences; NULL after the last one. */
const char *blind_sentence(const struct hook_plan *plan, unsigned int i);
/* META_BLIND lines. */
int blind_describe(const struct hook_plan *plan, struct meta *header);

#endif
