// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/placement.h"

#include <errno.h>
#include <string.h>

#include "refimpl/replay.h"
#include "reports/model/coverage.h"
#include "reports/model/fields.h"

#define RULE_HISTORY                                                                                                   \
	"placement: chunks and extents by the allocator's history; both wrote the same bytes, and the live write "     \
	"follows the rules by its own mapping"
#define RULE_PLACEMENT                                                                                                 \
	"placement: the flusher allocated delayed blocks on a processor of its own, they join with others as they "    \
	"do not in the reference, and the live write follows the rules by its own mapping"

/* What depends on whether a range is one extent. Neither results nor what was written. */
static const enum write_fact of_extents[] = {
	FACT_LOCK,     FACT_UPGRADE,	FACT_UPGRADE_REASON, FACT_CHECKS, FACT_OPS,
	FACT_DIO_WAIT, FACT_FORCE_WAIT, FACT_JOURNAL_STARTS, FACT_ROUNDS, FACT_QUEUED,
	FACT_CONTEXT,  FACT_ATTEMPTS,	FACT_BIOS,
};

bool placement_failed_alike(const struct write *a, const struct write *b)
{
	return a->rec.ret < 0 && a->rec.ret == b->rec.ret;
}

static bool is_of_extents(const struct finding *f, bool pinned)
{
	if (f->fact < 0) /* the types go by chunk, too: what begins beyond i_size is written at once */
		return !pinned &&
		       (!strcmp(f->what, "rounds") || (!strcmp(f->what, "data") && placement_failed_alike(f->a, f->b)));
	if (f->fact == FACT_DATA_BYTES)
		return !pinned && placement_failed_alike(f->a, f->b);
	for (size_t i = 0; i < ARRAY_SIZE(of_extents); i++)
		if (f->fact == (int)of_extents[i])
			return true;
	return false;
}

/* Has the flusher allocated anything before operation @op? */
static bool flusher_allocated(const struct workload *wl, uint32_t op)
{
	bool delayed = false;

	if (wl->mount && strstr(wl->mount, "nodelalloc"))
		return false;
	for (size_t i = 0; i < wl->nr_ops && wl->ops[i].nr < op; i++) {
		enum op_kind kind = wl->ops[i].kind;

		delayed |= kind == OP_BUFFERED;
		if (delayed && (kind == OP_SYNC || kind == OP_REMOUNT))
			return true;
	}
	return false;
}

/* Does @s begin a new extent behind @last on the disk, or, of @cuts, at least a new mapping? */
static bool begins(const struct write_step *s, const struct write_step *last, bool cuts)
{
	return last && (cuts || s->addr != last->addr + (uint64_t)(s->pos - last->pos));
}

/* Where in the range that is so, and where the last ended that did not come to its end. */
static size_t places(const struct write *w, bool cuts, int64_t *at, size_t room)
{
	const struct write_step *last = NULL;
	size_t nr = 0;

	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *s = &w->steps[i];

		if (s->kind != STEP_ROUND)
			continue;
		if (begins(s, last, cuts) && nr < room)
			at[nr++] = s->pos;
		last = s;
	}
	if (last && nr < room && last->pos + (int64_t)last->len < w->rec.pos + (int64_t)w->rec.len)
		at[nr++] = last->pos + (int64_t)last->len;
	return nr;
}

#define PLACES_MAX 64

static bool same_places(const struct write *a, const struct write *b, bool cuts)
{
	int64_t at_a[PLACES_MAX], at_b[PLACES_MAX];
	size_t nr = places(a, cuts, at_a, PLACES_MAX);

	return nr == places(b, cuts, at_b, PLACES_MAX) && !memcmp(at_a, at_b, nr * sizeof(*at_a));
}

/* The flusher, which a file's close may have started, was at work between the look, with the lock, and the mapping. */
static bool converted_meanwhile(const struct write *w)
{
	if (!field_known(&w->rec, FACT_LOOKUP) || w->rec.lookup != LOOKUP_UNWRITTEN)
		return false;
	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_ROUND)
			return w->steps[i].role == MAP_MAPPED && !(w->steps[i].map_flags & MAP_F_NEW);
	return false;
}

static bool looked(const struct write *a, enum lookup_kind all, const struct write *b, enum lookup_kind part)
{
	return a->rec.lookup == all && b->rec.lookup == part;
}

/* What was refused before it was mapped shows its place only in the look: one had in one extent what the other had not.
 */
static bool looked_at_other_places(const struct write *a, const struct write *b)
{
	if (!field_known(&a->rec, FACT_LOOKUP) || !field_known(&b->rec, FACT_LOOKUP))
		return false;
	return looked(a, LOOKUP_WRITTEN, b, LOOKUP_PART_WRITTEN) || looked(b, LOOKUP_WRITTEN, a, LOOKUP_PART_WRITTEN) ||
	       looked(a, LOOKUP_UNWRITTEN, b, LOOKUP_PART_UNWRITTEN) ||
	       looked(b, LOOKUP_UNWRITTEN, a, LOOKUP_PART_UNWRITTEN);
}

struct placing {
	const struct workload *wl;
	const struct ref_rules *rules;
	bool pinned;
};

const char *placement_cause(const struct workload *wl, uint32_t op, bool pinned)
{
	if (flusher_allocated(wl, op))
		return RULE_PLACEMENT;
	return pinned ? NULL : RULE_HISTORY;
}

/* @cuts: where one mapping ends and the next begins is a place, too. */
static bool other_places(const struct write *a, const struct write *b, bool cuts)
{
	return !same_places(a, b, cuts) || looked_at_other_places(a, b);
}

bool placement_differs(const struct write *a, const struct write *b)
{
	return other_places(a, b, true);
}

static bool same_extents(const struct placing *p, const struct finding *f)
{
	return !other_places(f->a, f->b, !p->pinned) && (p->pinned || !converted_meanwhile(f->a));
}

static int same_bytes(const struct placing *p, const struct finding *f)
{
	if (p->pinned)
		return coverage_alike(f->a, f->b);
	return placement_failed_alike(f->a, f->b) ? 1 : coverage_same_data(f->a, f->b);
}

/* > 0: @why. */
static int is_placement(const struct finding *f, const struct placing *p, const char **why)
{
	int alike;

	*why = placement_cause(p->wl, f->op, p->pinned);
	if (!*why || same_extents(p, f))
		return 0;
	alike = same_bytes(p, f);
	return alike > 0 ? replay_follows(f->a, p->rules) : alike;
}

int placement_excuse(struct diff *diff, const struct workload *wl, const struct ref_rules *rules, bool pinned)
{
	const struct placing placing = {wl, rules, pinned};
	const struct write *of = NULL;
	const char *why = NULL;
	int excused = 0;

	for (size_t i = 0; i < diff->nr; i++) {
		struct finding *f = &diff->findings[i];

		if (f->verdict != VERDICT_DIFFERENT || !f->a || !f->b || !is_of_extents(f, pinned))
			continue;
		if (f->a != of)
			excused = is_placement(f, &placing, &why);
		of = f->a;
		if (excused < 0)
			return excused;
		if (excused)
			diff_allow(diff, f, why);
	}
	return 0;
}
