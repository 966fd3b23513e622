// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/leaf_block.h"

#include <errno.h>
#include <string.h>

#include "refimpl/replay.h"
#include "reports/model/coverage.h"
#include "reports/model/fields.h"
#include "user/verify/placement.h"

#define RULE_LEAF                                                                                                      \
	"placement: the file's extents lie otherwise, so its tree may have a block more than the reference's, which "  \
	"without a journal makes it dirty; the live write follows the rules by its own mapping"

static const enum write_fact of_dirt[] = {FACT_FUA, FACT_SYNC, FACT_FLUSH, FACT_COMMIT};

static bool is_of_dirt(const struct finding *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_dirt); i++)
		if (f->fact == (int)of_dirt[i])
			return true;
	return f->fact < 0 && !strcmp(f->what, "rounds");
}

static bool has_tree_without_journal(const struct write *w)
{
	const struct write_record *r = &w->rec;

	return field_known(r, FACT_JOURNAL) && !r->journal && field_known(r, FACT_EXTENTS) && r->extents;
}

/* How far apart the two sides have put what they both mapped: the same for all of a file whose extents join alike. */
struct distance {
	bool known;
	bool varies;
	uint64_t bytes;
};

static void add_distance(struct distance *d, uint64_t bytes)
{
	d->varies |= d->known && d->bytes != bytes;
	d->bytes = bytes;
	d->known = true;
}

static bool has_place(const struct write_step *s)
{
	return s->kind == STEP_ROUND && s->role != MAP_HOLE;
}

static void compare_places(const struct write *a, const struct write *b, struct distance *d)
{
	for (uint32_t i = 0; i < a->nr_steps; i++)
		for (uint32_t k = 0; k < b->nr_steps; k++)
			if (has_place(&a->steps[i]) && has_place(&b->steps[k]) && a->steps[i].pos == b->steps[k].pos)
				add_distance(d, a->steps[i].addr - b->steps[k].addr);
}

static bool is_before(const struct workload *wl, const struct mates *m, const struct workload_op *op)
{
	const struct workload_op *of = m->a && m->b ? workload_op(wl, m->b->op) : NULL;

	return of && of->nr <= op->nr && !strcmp(of->file, op->file);
}

static bool lies_otherwise(const struct diff *diff, const struct workload *wl, const struct workload_op *op)
{
	struct distance d = {0};

	for (size_t i = 0; i < diff->nr_mates; i++)
		if (is_before(wl, &diff->mates[i], op))
			compare_places(diff->mates[i].a, diff->mates[i].b, &d);
	return d.varies;
}

/* > 0: it is the leaf block's. */
static int is_leaf_block(const struct diff *diff, const struct finding *f, const struct workload *wl,
			 const struct ref_rules *rules, bool pinned)
{
	const struct workload_op *op = workload_op(wl, f->op);
	int alike;

	if (!op || !placement_cause(wl, f->op, pinned) || !has_tree_without_journal(f->a) ||
	    !lies_otherwise(diff, wl, op))
		return 0;
	alike = coverage_alike(f->a, f->b);
	return alike > 0 ? replay_follows(f->a, rules) : alike;
}

int leaf_block_excuse(struct diff *diff, const struct workload *wl, const struct ref_rules *rules, bool pinned)
{
	for (size_t i = 0; i < diff->nr; i++) {
		struct finding *f = &diff->findings[i];
		int excused = 0;

		if (f->verdict == VERDICT_DIFFERENT && f->a && f->b && is_of_dirt(f))
			excused = is_leaf_block(diff, f, wl, rules, pinned);
		if (excused < 0)
			return excused;
		if (excused)
			diff_allow(diff, f, RULE_LEAF);
	}
	return 0;
}
