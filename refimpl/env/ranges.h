/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranges [start, end) of blocks, in order, none of which overlap. Errors are -ENOMEM. */
#ifndef DIOSCOPE_REF_RANGES_H
#define DIOSCOPE_REF_RANGES_H

#include "refimpl/path/env.h"

/* The first that ends behind @lblk; r->nr: there is none. */
size_t ref_ranges_slot(const struct ref_holes *r, uint64_t lblk);
/* How many blocks from @lblk on are in it, at most @max: 0 where it is not. */
uint32_t ref_ranges_part(const struct ref_holes *r, uint32_t lblk, uint32_t max);
bool ref_ranges_overlap(const struct ref_holes *r, uint64_t start, uint64_t end);
int ref_ranges_insert(struct ref_holes *r, size_t at, struct ref_hole range);
void ref_ranges_remove(struct ref_holes *r, size_t at);
int ref_ranges_cut(struct ref_holes *r, uint64_t start, uint64_t end);
/* What no range overlaps becomes one, with its neighbours. */
int ref_ranges_add(struct ref_holes *r, uint64_t start, uint64_t end);

#endif
