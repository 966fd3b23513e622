/* SPDX-License-Identifier: GPL-2.0-only */
/* What the blocks of a write were before it, as far as its rounds and the look under the first lock tell. */
#ifndef DIOSCOPE_MAPPING_H
#define DIOSCOPE_MAPPING_H

#include "reports/model/set.h"

/* A write is in exactly one. */
enum mapping_row {
	MAPPING_OVERWRITE, /* all written */
	MAPPING_UNWRITTEN, /* all allocated and not written: converted when the data was there */
	MAPPING_HOLE,	   /* nothing: allocated for it */
	MAPPING_MIXED,	   /* more than one of these */
	MAPPING_NEW,	   /* allocated for it, or unwritten: until 6.19 ext4 calls both new */
	MAPPING_NONE,	   /* it was not mapped */
	MAPPING_UNKNOWN,
	NR_MAPPING_ROWS,
};

enum mapping_row write_mapping_row(const struct write *w);
const char *mapping_row_name(enum mapping_row row);

/* What one round found: a mask of 1 << MAPPING_OVERWRITE, UNWRITTEN, HOLE, NEW; @i: its index among the steps. */
unsigned int round_mapping(const struct write *w, uint32_t i);
/* All rounds of a write. */
unsigned int write_mapping_mask(const struct write *w);

#endif
