/* SPDX-License-Identifier: GPL-2.0-only */
/* Plain text for terminals: at most 100 columns except for a finding's line, no colours, no control characters. */
#ifndef DIOSCOPE_RENDER_H
#define DIOSCOPE_RENDER_H

#include "reports/model/diff.h"
#include "reports/text/totals.h"

/* What the two sides of a diff are called: "live" and "reference", "A" and "B". */
struct side_names {
	const char *a;
	const char *b;
};

/* Where the set comes from and how far it can be believed: the first lines of every view. 0 or -ENOMEM. */
int render_header(FILE *out, const struct write_set *set);
/* The header and all totals; a group that is empty is left out. */
int render_totals(FILE *out, const struct write_set *set, const struct totals *t);
/*
 * One line for the workload or the pair of traces @id, then one for each difference, then for each image or system
 * call that differs. @verbose adds what is allowed, and what is unobservable by fact.
 */
void render_diff(FILE *out, const char *id, const struct diff *d, const struct side_names *names, bool verbose);
/* "1.2 ms", "64 KiB" into @buf. */
const char *format_time(uint64_t ns, char *buf, size_t size);
const char *format_bytes(uint64_t bytes, char *buf, size_t size);

#endif
