/* SPDX-License-Identifier: GPL-2.0-only */
/* Both images against the byte model. */
#ifndef DIOSCOPE_BYTE_CHECK_H
#define DIOSCOPE_BYTE_CHECK_H

#include "user/verify/judge.h"

/*
 * Each image against the model of what its own engine said. What is wrong is added to @j->result->diff, as "exposes"
 * what nobody wrote, as "bytes" what is another's or a size.
 */
int byte_check(const struct judged *j, struct errmsg *err);

#endif
