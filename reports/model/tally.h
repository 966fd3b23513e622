/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of a tally: what record --aggregate counted in the kernel. */
#ifndef DIOSCOPE_TALLY_H
#define DIOSCOPE_TALLY_H

#include <stdio.h>

#include "bpf/settings.h"

/* Side by side, of the writes that held i_rwsem shared and of those that held it exclusive. */
void tally_print(FILE *out, const struct tally *shared, const struct tally *exclusive);

#endif
