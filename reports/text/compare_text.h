/* SPDX-License-Identifier: GPL-2.0-only */
/* Two runs side by side: what changed, most first, then all of it. */
#ifndef DIOSCOPE_COMPARE_TEXT_H
#define DIOSCOPE_COMPARE_TEXT_H

#include <stdio.h>

#include "reports/model/compare.h"
#include "reports/model/diff.h"

struct compare_input {
	const char *names[2]; /* of the traces */
	const struct run *a, *b;
	const struct diff *diff; /* write by write; NULL: they did not do the same */
};

/* 0 or -ENOMEM. */
int render_compare(FILE *out, const struct compare_input *in);

#endif
