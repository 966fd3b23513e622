/* SPDX-License-Identifier: GPL-2.0-only */
/* fsync and fdatasync of the application as plain text; see render.h. */
#ifndef DIOSCOPE_RENDER_SYNCS_H
#define DIOSCOPE_RENDER_SYNCS_H

#include <stdio.h>

#include "reports/model/summary.h"

/* Nothing when there was none. */
void render_syncs(FILE *out, const struct summary *s);

#endif
