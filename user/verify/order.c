// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/order.h"

#include <string.h>

#include "refimpl/replay.h"
#include "reports/model/coverage.h"
#include "reports/model/fields.h"

#define RULE_ORDER                                                                                                     \
	"order: another thread wrote to the file at the same time, and the live write follows the rules by what it "   \
	"met; which of two moments came first is not known so closely"
#define RULE_TICK                                                                                                      \
	"tick: a sync of everything before commits only where a timestamp was due, which shows in no flush here, and " \
	"the live write follows the rules by what it met"

static bool overlap(const struct write *a, const struct write *b)
{
	const __u64 *x = a->rec.stage_ns, *y = b->rec.stage_ns;

	return x[STAGE_ENTER] <= y[STAGE_RETURN] && y[STAGE_ENTER] <= x[STAGE_RETURN];
}

/* Was another thread's write to the same file under way? */
static bool had_company(const struct workload *wl, const struct write_set *live, const struct write *w)
{
	const struct workload_op *op = workload_op(wl, w->op);

	for (size_t i = 0; op && op->group && i < live->nr; i++) {
		const struct workload_op *other = workload_op(wl, live->writes[i].op);

		if (other && other->group == op->group && other->thread != op->thread &&
		    live->writes[i].rec.ino == w->rec.ino && overlap(&live->writes[i], w))
			return true;
	}
	return false;
}

/* What it found, another one of the block had found or left before it was over. */
static bool found_beside(const struct finding *f, const struct workload *wl, const struct write_set *live)
{
	int64_t value = field_value(&f->a->rec, (enum write_fact)f->fact);
	const struct workload_op *op = workload_op(wl, f->a->op);

	for (size_t i = 0; op && i < live->nr; i++) {
		const struct workload_op *other = workload_op(wl, live->writes[i].op);
		const struct write_record *r = &live->writes[i].rec;

		if (other && other != op && other->group == op->group && r->ino == f->a->rec.ino &&
		    r->stage_ns[STAGE_ENTER] <= f->a->rec.stage_ns[STAGE_RETURN] &&
		    (value == r->isize || value == r->disksize || value == r->isize_after))
			return true;
	}
	return false;
}

/*
 * What the caller was told is no matter of moments, and what is not replayed has not been shown to follow; of what a
 * write finds, only what others change.
 */
static bool may_be_order(const struct finding *f, const struct workload *wl, const struct write_set *live)
{
	if (f->fact == FACT_ISIZE || f->fact == FACT_DISKSIZE)
		return found_beside(f, wl, live);
	if (f->fact == FACT_NOSEC || f->fact < 0)
		return true;
	return f->fact != FACT_RET && replay_decides((enum write_fact)f->fact);
}

static bool syncs(const struct workload_op *op)
{
	return op->kind == OP_FSYNC || op->kind == OP_FDATASYNC || op->flags & (WRITE_DSYNC | WRITE_SYNC);
}

/* All that was dirty is on the disk then, whoever had made it so. */
static bool settles(const struct workload_op *op)
{
	return op->kind == OP_SYNC || op->kind == OP_REMOUNT;
}

/*
 * Did a thread have the journal commit while others wrote, since all was last settled before @w? Which of their changes
 * the commit took with it is a matter of moments that no probe tells.
 */
static bool commit_raced(const struct workload *wl, const struct write *w)
{
	bool raced = false;

	for (size_t i = 0; w->op && i < wl->nr_ops && wl->ops[i].nr <= w->op; i++) {
		const struct workload_op *op = &wl->ops[i];

		if (settles(op))
			raced = false;
		raced |= op->group && syncs(op);
	}
	return raced;
}

static bool never_flushes(const struct workload *wl)
{
	return wl->writethrough || (wl->mount && strstr(wl->mount, "nobarrier"));
}

/*
 * A second write within a tick of the clock changes no timestamp, and O_SYNC or fsync has nothing to commit then. It
 * flushes instead, which shows (moments.c): not where the device says that it has no cache, or nobody asks it to flush.
 */
static bool commit_unseen(const struct workload *wl, const struct write *w)
{
	bool unseen = false;

	for (size_t i = 0; never_flushes(wl) && i < wl->nr_ops && wl->ops[i].nr < w->op; i++) {
		const struct workload_op *op = &wl->ops[i];

		if (settles(op))
			unseen = false;
		unseen |= op->kind == OP_FSYNC || op->flags & WRITE_SYNC;
	}
	return unseen;
}

/* What depends on that: whether a mapping is dirty, and how what is written becomes durable. */
static bool is_of_commit(const struct finding *f)
{
	return f->fact == FACT_SYNC || f->fact == FACT_FLUSH || f->fact == FACT_COMMIT || f->fact == FACT_FUA ||
	       (f->fact < 0 && coverage_alike(f->a, f->b) > 0);
}

/* What may have made @f so; NULL: nothing that is known. */
static const char *cause_of(const struct finding *f, const struct workload *wl, const struct write_set *live,
			    bool pinned)
{
	if (had_company(wl, live, f->a) || (commit_raced(wl, f->a) && is_of_commit(f)))
		return RULE_ORDER;
	return !pinned && commit_unseen(wl, f->a) && is_of_commit(f) ? RULE_TICK : NULL;
}

int order_excuse(struct diff *diff, const struct workload *wl, const struct write_set *live,
		 const struct ref_rules *rules, bool pinned)
{
	for (size_t i = 0; i < diff->nr; i++) {
		struct finding *f = &diff->findings[i];
		const char *cause;
		int excused;

		if (f->verdict != VERDICT_DIFFERENT || !f->a || !f->b || !may_be_order(f, wl, live))
			continue;
		cause = cause_of(f, wl, live, pinned);
		excused = cause ? replay_follows(f->a, rules) : 0;
		if (excused < 0)
			return excused;
		if (excused)
			diff_allow(diff, f, cause);
	}
	return 0;
}
