// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/mapping.h"

#include "reports/model/fields.h"

static const char *const row_names[NR_MAPPING_ROWS] = {
	[MAPPING_OVERWRITE] = "plain overwrite",
	[MAPPING_UNWRITTEN] = "unwritten extents converted",
	[MAPPING_HOLE] = "hole allocated",
	[MAPPING_MIXED] = "mixed",
	[MAPPING_NEW] = "hole or unwritten extent",
	[MAPPING_NONE] = "not mapped",
	[MAPPING_UNKNOWN] = "unknown",
};

const char *mapping_row_name(enum mapping_row row)
{
	return (unsigned int)row < NR_MAPPING_ROWS ? row_names[row] : "?";
}

/* A round over the first block of the write, where the look under the lock was, too. */
static bool is_first(const struct write *w, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (w->steps[k].kind == STEP_ROUND)
			return false;
	return true;
}

/* New: only the look before it was mapped tells a hole from an unwritten extent. */
static enum mapping_row new_mapping(const struct write *w, uint32_t i)
{
	bool looked = is_first(w, i) && field_known(&w->rec, FACT_LOOKUP);

	if (looked && (w->rec.lookup == LOOKUP_HOLE || w->rec.lookup == LOOKUP_DELALLOC))
		return MAPPING_HOLE;
	if (looked && (w->rec.lookup == LOOKUP_UNWRITTEN || w->rec.lookup == LOOKUP_PART_UNWRITTEN))
		return MAPPING_UNWRITTEN;
	return MAPPING_NEW;
}

unsigned int round_mapping(const struct write *w, uint32_t i)
{
	const struct write_step *s = &w->steps[i];

	if (s->role == MAP_HOLE || s->role == MAP_DELALLOC)
		return 1u << MAPPING_HOLE;
	if (s->map_flags & MAP_F_NEW)
		return 1u << new_mapping(w, i);
	return 1u << (s->role == MAP_UNWRITTEN ? MAPPING_UNWRITTEN : MAPPING_OVERWRITE);
}

unsigned int write_mapping_mask(const struct write *w)
{
	unsigned int mask = 0;

	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_ROUND)
			mask |= round_mapping(w, i);
	return mask;
}

enum mapping_row write_mapping_row(const struct write *w)
{
	unsigned int mask = write_mapping_mask(w);

	if (!mask && (field_how(&w->rec, FACT_ROUNDS) == HOW_NOT_REACHED ||
		      (field_known(&w->rec, FACT_ROUNDS) && !w->rec.rounds)))
		return MAPPING_NONE;
	if (!mask || w->nr_steps != w->rec.steps_total)
		return MAPPING_UNKNOWN;
	if (mask & (mask - 1))
		return MAPPING_MIXED;
	return (enum mapping_row)__builtin_ctz(mask);
}
