// SPDX-License-Identifier: GPL-2.0-only
#include "refimpl/env/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t ref_ranges_slot(const struct ref_holes *r, uint64_t lblk)
{
	size_t i = 0;

	while (i < r->nr && r->holes[i].end <= lblk)
		i++;
	return i;
}

uint32_t ref_ranges_part(const struct ref_holes *r, uint32_t lblk, uint32_t max)
{
	size_t i = ref_ranges_slot(r, lblk);
	uint64_t left;

	if (i == r->nr || r->holes[i].start > lblk)
		return 0;
	left = r->holes[i].end - lblk;
	return left < max ? (uint32_t)left : max;
}

bool ref_ranges_overlap(const struct ref_holes *r, uint64_t start, uint64_t end)
{
	size_t i = ref_ranges_slot(r, start);

	return i < r->nr && r->holes[i].start < end;
}

int ref_ranges_insert(struct ref_holes *r, size_t at, struct ref_hole range)
{
	struct ref_hole *holes = realloc(r->holes, (r->nr + 1) * sizeof(*holes));

	if (!holes)
		return -ENOMEM;
	r->holes = holes;
	memmove(&holes[at + 1], &holes[at], (r->nr++ - at) * sizeof(*holes));
	holes[at] = range;
	return 0;
}

void ref_ranges_remove(struct ref_holes *r, size_t at)
{
	memmove(&r->holes[at], &r->holes[at + 1], (--r->nr - at) * sizeof(*r->holes));
}

int ref_ranges_cut(struct ref_holes *r, uint64_t start, uint64_t end)
{
	size_t i = ref_ranges_slot(r, start);

	while (i < r->nr && r->holes[i].start < end) {
		struct ref_hole *range = &r->holes[i], rest = {end, range->end};

		if (range->start < start && range->end > end) {
			range->end = start;
			return ref_ranges_insert(r, i + 1, rest);
		}
		if (range->start >= start && range->end <= end) {
			ref_ranges_remove(r, i);
			continue;
		}
		if (range->start < start)
			range->end = start;
		else
			range->start = end;
		i++;
	}
	return 0;
}

int ref_ranges_add(struct ref_holes *r, uint64_t start, uint64_t end)
{
	size_t i = ref_ranges_slot(r, start);

	if (start >= end)
		return 0;
	if (i < r->nr && r->holes[i].start == end) {
		end = r->holes[i].end;
		ref_ranges_remove(r, i);
	}
	if (i && r->holes[i - 1].end == start) {
		r->holes[i - 1].end = end;
		return 0;
	}
	return ref_ranges_insert(r, i, (struct ref_hole){start, end});
}
