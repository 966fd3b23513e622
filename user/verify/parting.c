// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/parting.h"

#include <errno.h>
#include <string.h>

#include "refimpl/replay.h"
#include "user/verify/placement.h"

#define RULE_PARTED                                                                                                    \
	"placement: an earlier write or this one ended by its extents, which lay otherwise, and the live write "       \
	"follows the rules by its own mapping"

struct parting {
	const struct workload *wl;
	const struct ref_rules *rules;
};

static bool may_not_wait(const struct workload_op *op)
{
	return op->flags & WRITE_NOWAIT || op->noretry;
}

/* One was refused because it would have had to wait. */
static bool refused_one(const struct workload_op *op, const struct write_record *a, const struct write_record *b)
{
	return may_not_wait(op) && a->ret != b->ret && (a->ret == -EAGAIN || b->ret == -EAGAIN);
}

static bool refused_live(const struct diff *diff, const struct workload_op *op)
{
	for (size_t i = 0; i < diff->nr; i++)
		if (diff->findings[i].op == op->nr && !strcmp(diff->findings[i].what, "result"))
			return !strcmp(diff->findings[i].a_value, "-EAGAIN");
	return false;
}

static bool may_be_two_extents(const struct write_record *r)
{
	return r->pos >> r->blkbits != (r->pos + (int64_t)r->len - 1) >> r->blkbits;
}

/* These hooks do not see what io_submit(2) was refused: only that it was, and that the range may have been two extents.
 */
static bool refused_unseen(const struct diff *diff, const struct workload_op *op, const struct mates *m)
{
	return !m->a && may_not_wait(op) && refused_live(diff, op) && may_be_two_extents(&m->b->rec);
}

/* Did the extents decide how @m ended? 1, 0 or -ENOMEM. */
static int parted(const struct parting *p, const struct diff *diff, const struct mates *m)
{
	const struct workload_op *op = m->b ? workload_op(p->wl, m->b->op) : NULL;

	if (!op || !m->a)
		return op && refused_unseen(diff, op, m);
	if (!placement_differs(m->a, m->b))
		return 0;
	if (!refused_one(op, &m->a->rec, &m->b->rec) && !placement_failed_alike(m->a, m->b))
		return 0;
	return replay_follows(m->a, p->rules);
}

static bool is_image_of(const struct finding *f, const char *file)
{
	size_t len = strlen(file);

	return !strcmp(f->what, "image") && !strncmp(f->a_value, file, len) && f->a_value[len] == ':';
}

/* Is @f about what became of the file since operation @op? A live write has to follow the rules all the same. */
static int came_later(const struct parting *p, const struct finding *f, const struct workload_op *op)
{
	const struct workload_op *of = workload_op(p->wl, f->op);

	if (!of)
		return is_image_of(f, op->file);
	if (of->nr < op->nr || strcmp(of->file, op->file) != 0)
		return 0;
	return f->a && f->b ? replay_follows(f->a, p->rules) : !f->a && (!f->b || of == op);
}

static int excuse_since(const struct parting *p, struct diff *diff, const struct workload_op *op)
{
	for (size_t i = 0; i < diff->nr; i++) {
		struct finding *f = &diff->findings[i];
		int later = f->verdict == VERDICT_DIFFERENT ? came_later(p, f, op) : 0;

		if (later < 0)
			return later;
		if (later)
			diff_allow(diff, f, RULE_PARTED);
	}
	return 0;
}

int parting_excuse(struct diff *diff, const struct workload *wl, const struct ref_rules *rules)
{
	const struct parting p = {wl, rules};

	for (size_t i = 0; i < diff->nr_mates; i++) {
		int ret = diff->by_verdict[VERDICT_DIFFERENT] ? parted(&p, diff, &diff->mates[i]) : 0;

		if (ret > 0)
			ret = excuse_since(&p, diff, workload_op(wl, diff->mates[i].b->op));
		if (ret < 0)
			return ret;
	}
	return 0;
}
