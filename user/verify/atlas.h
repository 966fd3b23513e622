/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One workload by the rules of every profile, side by side: what each decides of every write, and which rule makes the
 * difference to the profile before. The reference runs it on images in memory; no root, no device, no kernel.
 */
#ifndef DIOSCOPE_ATLAS_H
#define DIOSCOPE_ATLAS_H

#include "refimpl/path/rule_rows.h"
#include "user/base/util.h"
#include "user/workload/workload.h"

/* What is told of a write. */
enum atlas_decision {
	ATLAS_LOCK,
	ATLAS_FALLBACK,
	ATLAS_DURABILITY,
	ATLAS_MAPPING,
	ATLAS_ZEROES,
	ATLAS_RESULT,
	NR_ATLAS_DECISIONS,
};
extern const char *const atlas_decision_names[NR_ATLAS_DECISIONS];

struct atlas_cell {
	char *words[NR_ATLAS_DECISIONS];
	/* Why it is not as in the profile before; NULL: it is as there, or no single rule makes it so. */
	const struct ref_rule_row *why[NR_ATLAS_DECISIONS];
};

struct atlas_write {
	uint32_t op; /* of the workload */
	char *subject;
	struct atlas_cell *cells; /* one for each profile, in the order of ref_profiles[] */
};

struct atlas {
	size_t nr_profiles;
	struct atlas_write *writes;
	size_t nr;
};

/* Images of file systems, made once for all workloads that ask for the same. */
struct atlas_stock;
struct atlas_stock *atlas_stock_new(void);
void atlas_stock_free(struct atlas_stock *stock);

/* @a needs no initialization and is empty on error, which is said with a sentence. */
int atlas_make(struct atlas *a, const struct workload *wl, struct atlas_stock *stock, struct errmsg *err);
void atlas_release(struct atlas *a);
/* Is cell @profile other in @decision than the one before? */
bool atlas_changes(const struct atlas_write *w, size_t profile, enum atlas_decision decision);

#endif
