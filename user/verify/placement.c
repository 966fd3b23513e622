// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/placement.h"

#include <errno.h>
#include <string.h>

#include "refimpl/replay.h"
#include "reports/model/coverage.h"

#define RULE_PLACEMENT                                                                                                 \
	"placement: the flusher allocated delayed blocks on a processor of its own, they join with others as they "    \
	"do not in the reference, and the live write follows the rules by its own mapping"

/* What depends on whether a range is one extent. Neither results nor what was written. */
static const enum write_fact of_extents[] = {
	FACT_LOCK,	 FACT_UPGRADE,	      FACT_UPGRADE_REASON, FACT_CHECKS, FACT_OPS,     FACT_DIO_WAIT,
	FACT_FORCE_WAIT, FACT_JOURNAL_STARTS, FACT_ROUNDS,	   FACT_QUEUED, FACT_CONTEXT,
};

static bool is_of_extents(const struct finding *f)
{
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

/* Where in the range a mapping does not go on on the disk where the one before it ended, and where the last ended. */
static size_t breaks(const struct write *w, int64_t *at, size_t room)
{
	const struct write_step *last = NULL;
	size_t nr = 0;

	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *s = &w->steps[i];

		if (s->kind != STEP_ROUND)
			continue;
		if (last && s->addr != last->addr + (uint64_t)(s->pos - last->pos) && nr < room)
			at[nr++] = s->pos;
		last = s;
	}
	if (last && nr < room && last->pos + (int64_t)last->len < w->rec.pos + (int64_t)w->rec.len)
		at[nr++] = last->pos + (int64_t)last->len;
	return nr;
}

#define BREAKS_MAX 64

static bool joins_alike(const struct write *a, const struct write *b)
{
	int64_t at_a[BREAKS_MAX], at_b[BREAKS_MAX];
	size_t nr = breaks(a, at_a, BREAKS_MAX);

	return nr == breaks(b, at_b, BREAKS_MAX) && !memcmp(at_a, at_b, nr * sizeof(*at_a));
}

static int is_placement(const struct finding *f, const struct workload *wl, const struct ref_rules *rules)
{
	int alike;

	if (!flusher_allocated(wl, f->op) || joins_alike(f->a, f->b))
		return 0;
	alike = coverage_alike(f->a, f->b);
	return alike > 0 ? replay_follows(f->a, rules) : alike;
}

int placement_excuse(struct diff *diff, const struct workload *wl, const struct ref_rules *rules)
{
	const struct write *of = NULL;
	int excused = 0;

	for (size_t i = 0; i < diff->nr; i++) {
		struct finding *f = &diff->findings[i];

		if (f->verdict != VERDICT_DIFFERENT || !f->a || !f->b || !is_of_extents(f))
			continue;
		if (f->a != of)
			excused = is_placement(f, wl, rules);
		of = f->a;
		if (excused < 0)
			return excused;
		if (excused)
			diff_allow(diff, f, RULE_PLACEMENT);
	}
	return 0;
}
