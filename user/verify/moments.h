/* SPDX-License-Identifier: GPL-2.0-only */
/* Which operation issued a live write, and when it came to what: the order that the reference takes. */
#ifndef DIOSCOPE_MOMENTS_H
#define DIOSCOPE_MOMENTS_H

#include "refimpl/refimpl.h"

/* Each write of @live gets the number of the operation of @wl, of these @results, that made it. */
void moments_annotate(struct write_set *live, const struct workload *wl, const struct op_result *results);
/* The moments of all operations, malloc'ed; NULL: out of memory. @results may be missing, where @live was annotated. */
struct ref_moments *moments_of(const struct write_set *live, const struct workload *wl,
			       const struct op_result *results);

#endif
