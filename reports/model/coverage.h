/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the steps of a write cover, in a form in which two kernels agree: how many rounds a hole took, or how many
 * bios the data, depends on allocation chunks and on the pages of the buffer; what they cover together does not.
 */
#ifndef DIOSCOPE_COVERAGE_H
#define DIOSCOPE_COVERAGE_H

#include "reports/model/set.h"

/* Bytes [pos, end) of the file and what happened to them. */
struct span {
	int64_t pos;
	int64_t end;
	uint8_t role;	/* enum map_type or enum bio_role */
	uint16_t flags; /* MAP_F_*, or 1 for a bio with FUA */
};

struct spans {
	struct span *spans;
	size_t nr;
};

/* Whether every step of the write is there. */
static inline bool coverage_complete(const struct write *w)
{
	return w->nr_steps == w->rec.steps_total;
}

/*
 * The mapping rounds in path order, clipped to the write where its range is known, neighbours of the same type and
 * flags joined. @flags says which MAP_F_* count. 0 or -ENOMEM, as for the two below.
 */
int coverage_rounds(struct spans *out, const struct write *w, uint16_t flags);
/* The ranges of data bios, by position, neighbours joined; with @fua those with REQ_FUA apart from those without. */
int coverage_data(struct spans *out, const struct write *w, bool fua);
/* The zero-outs, by position, each as it was issued. */
int coverage_zeroes(struct spans *out, const struct write *w);
bool spans_equal(const struct spans *a, const struct spans *b);
void spans_release(struct spans *s);

enum span_kind {
	SPAN_ROUND,
	SPAN_DATA,
	SPAN_ZERO
};
/* "hole [0,4096), unwritten+new [4096,8192)", "nothing" when empty; malloc'ed, NULL when memory is out. */
char *spans_format(const struct spans *s, enum span_kind kind);
/* "new+dirty", "" for 0. */
const char *map_flags_format(uint16_t flags, char *buf, size_t size);
/* Do they map the same types, DIRTY apart, over the same ranges? 1, 0 (also where steps are missing) or -ENOMEM. */
int coverage_alike(const struct write *a, const struct write *b);
/* Do their bios write data to the same ranges? 1, 0 (also where steps are missing) or -ENOMEM. */
int coverage_same_data(const struct write *a, const struct write *b);

#endif
