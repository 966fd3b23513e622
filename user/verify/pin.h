/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DIOSCOPE_PIN_H
#define DIOSCOPE_PIN_H

#include "user/base/util.h"

/*
 * Stay on the processor that it is on. Small files take blocks from a preallocation of the processor that asks
 * (s_locality_groups in ext4): where a write allocates must not depend on where it happens to run. What delayed
 * allocation leaves to the flusher is still allocated anywhere.
 */
int pin_to_processor(struct errmsg *err);

#endif
