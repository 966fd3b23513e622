/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/predict.h"

#include <errno.h>
#include <string.h>

#include "reports/model/stream.h"
#include "user/base/array.h"

/* --- what would come of a write --- */

/* As it was recorded, but for what the two kernels decide otherwise. */
struct future {
	const struct write *live;
	const struct replay *base;
	const struct replay *other;
};

static bool changes(const struct future *f, enum write_fact fact)
{
	const struct write_record *a = &f->base->write.rec, *b = &f->other->write.rec;

	return a->how[fact] != b->how[fact] ||
	       (a->how[fact] == HOW_OBSERVED && field_value(a, fact) != field_value(b, fact));
}

/* What is as uncertain on the one kernel as on the other does not change. */
static bool is_open(const struct future *f, enum write_fact fact)
{
	return f->other->varies[fact] || f->other->beyond || (f->base->varies[fact] && changes(f, fact));
}

static bool was(const struct future *f, enum write_fact fact, int64_t value)
{
	return field_known(&f->live->rec, fact) && field_value(&f->live->rec, fact) == value;
}

static bool will_be(const struct future *f, enum write_fact fact, int64_t value)
{
	const struct write_record *r = changes(f, fact) ? &f->other->write.rec : &f->live->rec;

	return field_known(r, fact) && field_value(r, fact) == value;
}

static int64_t will_return(const struct future *f)
{
	return changes(f, FACT_RET) ? f->other->write.rec.ret : f->live->rec.ret;
}

static bool fell_back(const struct future *f)
{
	return field_known(&f->live->rec, FACT_FALLBACK) && f->live->rec.fallback != FALLBACK_NONE;
}

static bool was_direct(const struct future *f)
{
	return was(f, FACT_FALLBACK, FALLBACK_NONE) && field_known(&f->live->rec, FACT_RET) && f->live->rec.ret >= 0;
}

/* --- the questions --- */

static bool of_exclusive(const struct future *f)
{
	return was(f, FACT_LOCK, LOCK_EXCLUSIVE);
}

static bool of_shared(const struct future *f)
{
	return was(f, FACT_LOCK, LOCK_SHARED);
}

static bool becomes_shared(const struct future *f)
{
	return will_be(f, FACT_LOCK, LOCK_SHARED);
}

static bool becomes_exclusive(const struct future *f)
{
	return will_be(f, FACT_LOCK, LOCK_EXCLUSIVE);
}

static bool of_commit(const struct future *f)
{
	return was(f, FACT_COMMIT, 1);
}

static bool of_no_commit(const struct future *f)
{
	return !was(f, FACT_COMMIT, 1);
}

static bool becomes_no_commit(const struct future *f)
{
	return !will_be(f, FACT_COMMIT, 1);
}

static bool becomes_commit(const struct future *f)
{
	return will_be(f, FACT_COMMIT, 1);
}

static bool of_sync(const struct future *f)
{
	return field_known(&f->live->rec, FACT_SYNC) && f->live->rec.sync != SYNC_NONE;
}

static bool of_no_sync(const struct future *f)
{
	return was(f, FACT_SYNC, SYNC_NONE);
}

static bool becomes_unsynced(const struct future *f)
{
	return will_be(f, FACT_SYNC, SYNC_NONE) && will_return(f) >= 0;
}

static bool becomes_synced(const struct future *f)
{
	return !will_be(f, FACT_SYNC, SYNC_NONE);
}

static bool becomes_error(const struct future *f)
{
	return will_return(f) < 0;
}

static bool becomes_direct(const struct future *f)
{
	return will_be(f, FACT_FALLBACK, FALLBACK_NONE) && will_return(f) >= 0;
}

static bool becomes_buffered(const struct future *f)
{
	return !will_be(f, FACT_FALLBACK, FALLBACK_NONE);
}

static bool of_error(const struct future *f)
{
	return field_known(&f->live->rec, FACT_RET) && f->live->rec.ret < 0;
}

static bool becomes_success(const struct future *f)
{
	return will_return(f) >= 0;
}

static bool of_transaction(const struct future *f)
{
	return field_known(&f->live->rec, FACT_JOURNAL_STARTS) && f->live->rec.journal_starts;
}

static bool becomes_untransacted(const struct future *f)
{
	return will_be(f, FACT_JOURNAL_STARTS, 0);
}

static uint64_t waited(const struct write_record *r)
{
	return (field_known(r, FACT_LOCK_WAIT) ? r->lock_wait_ns : 0) + (field_known(r, FACT_DRAIN) ? r->drain_ns : 0);
}

static uint64_t synced(const struct write_record *r)
{
	uint64_t begin = r->stage_ns[STAGE_SYNC], end = r->stage_ns[STAGE_RETURN];

	return begin && end > begin ? end - begin : 0;
}

static const struct question {
	bool (*of)(const struct future *f);
	bool (*becomes)(const struct future *f);
	enum write_fact fact; /* that decides it */
	uint64_t (*time)(const struct write_record *r);
} questions[NR_PREDICTIONS] = {
	[PREDICT_SHARED] = {of_exclusive, becomes_shared, FACT_LOCK, waited},
	[PREDICT_EXCLUSIVE] = {of_shared, becomes_exclusive, FACT_LOCK, NULL},
	[PREDICT_NO_COMMIT] = {of_commit, becomes_no_commit, FACT_COMMIT, synced},
	[PREDICT_COMMIT] = {of_no_commit, becomes_commit, FACT_COMMIT, NULL},
	[PREDICT_NO_SYNC] = {of_sync, becomes_unsynced, FACT_SYNC, synced},
	[PREDICT_SYNC] = {of_no_sync, becomes_synced, FACT_SYNC, NULL},
	[PREDICT_EINVAL] = {fell_back, becomes_error, FACT_RET, NULL},
	[PREDICT_DIRECT] = {fell_back, becomes_direct, FACT_FALLBACK, NULL},
	[PREDICT_BUFFERED] = {was_direct, becomes_buffered, FACT_FALLBACK, NULL},
	[PREDICT_ERROR] = {was_direct, becomes_error, FACT_RET, NULL},
	[PREDICT_SUCCESS] = {of_error, becomes_success, FACT_RET, NULL},
	[PREDICT_NO_TRANSACTION] = {of_transaction, becomes_untransacted, FACT_JOURNAL_STARTS, NULL},
};

const struct prediction_text prediction_texts[NR_PREDICTIONS] = {
	[PREDICT_SHARED] = {"exclusive", "would be shared", "waits for the lock and for other I/O"},
	[PREDICT_EXCLUSIVE] = {"shared", "would be exclusive", NULL},
	[PREDICT_NO_COMMIT] = {"that committed", "would not commit", "time in sync"},
	[PREDICT_COMMIT] = {"that did not commit", "would commit", NULL},
	[PREDICT_NO_SYNC] = {"that synced", "would be durable without", "time in sync"},
	[PREDICT_SYNC] = {"that did not sync", "would sync", NULL},
	[PREDICT_EINVAL] = {"that fell back to the page cache", "would be errors", NULL},
	[PREDICT_DIRECT] = {"that fell back to the page cache", "would be direct", NULL},
	[PREDICT_BUFFERED] = {"that were direct", "would fall back to the page cache", NULL},
	[PREDICT_ERROR] = {"that were direct", "would be errors", NULL},
	[PREDICT_SUCCESS] = {"that failed", "would succeed", NULL},
	[PREDICT_NO_TRANSACTION] = {"that mapped with a transaction", "would not need one", NULL},
};

/* --- which rule does it --- */

/* Under these rules, does it still become so? */
static int becomes_by(const struct predict *p, const struct future *f, enum prediction which,
		      const struct ref_rules *rules, bool *yes)
{
	struct replay base, other;

	if (replay_other(&base, &other, f->live, rules, p->recorded.rules))
		return -ENOMEM;
	*yes = questions[which].becomes(&(struct future){f->live, &base, &other});
	replay_release(&base);
	replay_release(&other);
	return 0;
}

/*
 * Is the change this row's? Best told by the other kernel with the row of this one: then it must not come. Where two
 * rows bring it, each for itself, by this kernel with the row of the other one.
 */
static int brings(const struct predict *p, const struct future *f, enum prediction which,
		  const struct ref_rule_row *row, bool alone, bool *yes)
{
	const struct ref_rules *of = alone ? p->recorded.rules : p->rules, *from = alone ? p->rules : p->recorded.rules;
	struct ref_rules rules = ref_rules_with(of, row, ref_rule_value(from, row));
	int ret;

	*yes = false;
	if (ref_rule_value(of, row) == ref_rule_value(from, row))
		return 0;
	ret = becomes_by(p, f, which, &rules, yes);
	*yes = alone ? *yes : !*yes;
	return ret;
}

/* What it was for the write before, most often; else the first; NULL: no row alone. */
static int find_row(struct predict *p, const struct future *f, enum prediction which, const struct ref_rule_row **found)
{
	bool yes = false;
	int ret = p->last[which] ? brings(p, f, which, p->last[which], false, &yes) : 0;

	*found = yes ? p->last[which] : NULL;
	for (int alone = 0; alone < 2; alone++) {
		for (const struct ref_rule_row *row = ref_rule_rows; row->name && !*found && !ret; row++) {
			ret = brings(p, f, which, row, alone, &yes);
			*found = yes ? row : NULL;
		}
	}
	p->last[which] = *found;
	return ret;
}

static struct predicted_group *group_of(struct predict *p, enum prediction which, const struct ref_rule_row *row,
					const struct write_record *r)
{
	struct predicted_group *groups, *g;

	for (size_t i = 0; i < p->nr_groups; i++) {
		g = &p->groups[i];
		if (g->prediction == which && g->row == row && g->ino == r->ino && g->dev == r->dev &&
		    g->generation == r->generation)
			return g;
	}
	groups = p->nr_groups < PREDICTED_FILES_MAX ? array_grow(p->groups, p->nr_groups, sizeof(*groups)) : NULL;
	if (!groups)
		return NULL;
	p->groups = groups;
	g = &groups[p->nr_groups++];
	*g = (struct predicted_group){.prediction = which,
				      .row = row,
				      .dev = r->dev,
				      .generation = r->generation,
				      .ino = r->ino,
				      .file = strdup(r->file)};
	return g;
}

static int take_change(struct predict *p, const struct future *f, enum prediction which)
{
	const struct question *q = &questions[which];
	uint64_t ns = q->time ? q->time(&f->live->rec) : 0;
	const struct ref_rule_row *row;
	struct predicted_group *g;

	if (find_row(p, f, which, &row))
		return -ENOMEM;
	p->predicted[which].becomes++;
	p->predicted[which].time_ns += ns;
	g = group_of(p, which, row, &f->live->rec);
	if (!g) {
		p->ungrouped++;
		return 0;
	}
	g->writes++;
	g->time_ns += ns;
	return 0;
}

/* --- writes --- */

static void take_lock(struct predict *p, const struct future *f)
{
	const struct write_record *r = changes(f, FACT_LOCK) ? &f->other->write.rec : &f->live->rec;

	if (is_open(f, FACT_LOCK) || field_how(r, FACT_LOCK) == HOW_UNKNOWN)
		p->lock_unknown++;
	else
		p->locks[field_known(r, FACT_LOCK) && r->lock <= LOCK_EXCLUSIVE ? r->lock : LOCK_NONE]++;
}

static int take_future(struct predict *p, const struct future *f)
{
	int ret = 0;

	take_lock(p, f);
	for (int i = 0; i < NR_PREDICTIONS && !ret; i++) {
		const struct question *q = &questions[i];

		if (!q->of(f))
			continue;
		p->predicted[i].of++;
		if (is_open(f, q->fact))
			p->predicted[i].unknown++;
		else if (changes(f, q->fact) && q->becomes(f))
			ret = take_change(p, f, (enum prediction)i);
	}
	return ret;
}

static int take_write(struct predict *p, const struct write *live)
{
	struct replay base, other;
	int ret = 0;

	p->writes++;
	if (replay_refuses(live))
		return 0;
	if (replay_other(&base, &other, live, p->rules, p->recorded.rules))
		return -ENOMEM;
	p->replayed++;
	if (base.diff.by_verdict[VERDICT_DIFFERENT])
		p->strange++;
	else
		ret = take_future(p, &(struct future){live, &base, &other});
	replay_release(&base);
	replay_release(&other);
	return ret;
}

/* --- the trace --- */

static int by_prediction(const void *a, const void *b)
{
	const struct predicted_group *x = a, *y = b;

	if (x->prediction != y->prediction)
		return x->prediction < y->prediction ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->writes > y->writes ? -1 : x->writes < y->writes;
}

static int take_all(struct predict *p, struct write_stream *s, const char *path, struct errmsg *err)
{
	const struct meta *header = &stream_frame(s)->header;
	struct stream_item item;
	int ret;

	p->recorded = conform_recorded(header);
	p->kernel = conform_kernel(header);
	if (!p->kernel)
		return fail(err, -ENOMEM, "out of memory");
	if (!p->recorded.rules)
		return fail(err, -ENOENT, "%s: no profile fits %s, by whose rules it would have to be read", path,
			    p->kernel);
	while ((ret = stream_next(s, &item, err)) > 0)
		if (item.write && take_write(p, item.write))
			return fail(err, -ENOMEM, "out of memory");
	return ret;
}

int predict_trace(struct predict *p, const char *path, const struct ref_rules *rules, struct errmsg *err)
{
	struct write_stream *s;
	int ret;

	memset(p, 0, sizeof(*p));
	p->rules = rules;
	ret = stream_open(&s, path, 0, err);
	if (ret)
		return ret;
	ret = take_all(p, s, path, err);
	if (!ret)
		p->frame = stream_release_frame(s);
	stream_close(s);
	if (ret)
		predict_release(p);
	else if (p->nr_groups)
		qsort(p->groups, p->nr_groups, sizeof(*p->groups), by_prediction);
	return ret;
}

void predict_release(struct predict *p)
{
	for (size_t i = 0; i < p->nr_groups; i++)
		free(p->groups[i].file);
	free(p->groups);
	free(p->kernel);
	set_release(&p->frame);
	memset(p, 0, sizeof(*p));
}
