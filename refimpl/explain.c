/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/explain.h"

#include <errno.h>

static size_t differences(const struct replay *r)
{
	return r->diff.by_verdict[VERDICT_DIFFERENT];
}

/* --- parts --- */

bool explained_has(const struct explained *part, const struct finding *f)
{
	return f->verdict == VERDICT_DIFFERENT && (f->fact < 0 ? part->steps : part->facts[f->fact]);
}

static bool is_explained(const struct explanation *e, const struct finding *f)
{
	for (size_t i = 0; i < e->nr; i++)
		if (explained_has(&e->parts[i], f))
			return true;
	return false;
}

static bool differs_in(const struct diff *d, int fact)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->findings[i].verdict == VERDICT_DIFFERENT && d->findings[i].fact == fact)
			return true;
	return false;
}

/* What @before has and @after has not, nor falls to another part; @after NULL: all of it. False: nothing. */
static bool part_take(struct explained *p, const struct explanation *e, const struct diff *before,
		      const struct diff *after)
{
	bool any = false;

	for (size_t i = 0; i < before->nr; i++) {
		const struct finding *f = &before->findings[i];

		if (f->verdict != VERDICT_DIFFERENT || is_explained(e, f) || (after && differs_in(after, f->fact)))
			continue;
		any = true;
		if (f->fact < 0)
			p->steps = true;
		else
			p->facts[f->fact] = true;
	}
	return any;
}

static void add_part(struct explanation *e, const struct explained *part, const struct diff *before,
		     const struct diff *after)
{
	struct explained p = *part;

	if (e->nr < EXPLAINED_MAX && part_take(&p, e, before, after))
		e->parts[e->nr++] = p;
}

/* --- the search --- */

struct trial {
	struct ref_rules rules;
	const struct ref_rule_row *row; /* that has another value than in the trial before */
	struct replay replay;
};

struct search {
	const struct write *live;
	const struct ref_rules *recorded;
	bool toward; /* only to what @recorded has, and there even where nothing is gained by one step */
};

/* They do not move together with what points into them: of findings only fact and verdict are looked at from here on.
 */
static void trial_swap(struct trial *a, struct trial *b)
{
	struct trial was = *a;

	*a = *b;
	*b = was;
}

static bool is_tried(const struct search *s, const struct trial *from, const struct ref_rule_row *row,
		     unsigned int value)
{
	return row->values[value].does && ref_rule_value(&from->rules, row) != value &&
	       (!s->toward || ref_rule_value(s->recorded, row) == value);
}

/* @best: what was found so far, if its row is not NULL. */
static int try_value(const struct search *s, const struct trial *from, const struct ref_rule_row *row,
		     unsigned int value, struct trial *best)
{
	struct trial t = {.rules = ref_rules_with(&from->rules, row, value), .row = row};
	int ret = replay_write(&t.replay, s->live, &t.rules, s->recorded);

	if (ret)
		return ret;
	if (best->row ? differences(&t.replay) < differences(&best->replay)
		      : s->toward || differences(&t.replay) < differences(&from->replay))
		trial_swap(best, &t);
	if (t.row)
		replay_release(&t.replay);
	return 0;
}

/* The value of one row that leaves the fewest findings: in @best, 1; or 0, or -ENOMEM. */
static int find_step(const struct search *s, const struct trial *from, struct trial *best)
{
	int ret = 0;

	best->row = NULL;
	for (const struct ref_rule_row *row = ref_rule_rows; row->name && !ret; row++)
		for (unsigned int v = 0; v < RULE_VALUES_MAX && !ret; v++)
			if (is_tried(s, from, row, v))
				ret = try_value(s, from, row, v, best);
	if (ret && best->row)
		replay_release(&best->replay);
	return ret ? ret : best->row != NULL;
}

/* Row by row, until nothing is left, or no other row helps; @at: where that ends. */
static int walk(const struct search *s, struct trial *at, struct explanation *e)
{
	int ret = 0;

	while (differences(&at->replay)) {
		struct trial to;

		ret = find_step(s, at, &to);
		if (ret <= 0)
			break;
		add_part(e, &(struct explained){.row = to.row, .value = ref_rule_value(&to.rules, to.row), .fact = -1},
			 &at->replay.diff, &to.replay.diff);
		trial_swap(at, &to);
		replay_release(&to.replay);
	}
	return ret < 0 ? ret : 0;
}

/* --- what no rule explains --- */

static int follows_from(const struct ref_rules *rules, const struct search *s, bool *follows)
{
	struct replay r;
	int ret = replay_write(&r, s->live, rules, s->recorded);

	if (ret)
		return ret;
	*follows = !differences(&r);
	replay_release(&r);
	return 0;
}

static int explain_rest(const struct search *s, const struct diff *rest, struct explanation *e)
{
	struct explained part = {.fact = -1};
	int ret = 0;

	for (const struct ref_rules *p = ref_profiles; p->name && !part.as && !ret; p++) {
		bool follows = false;

		ret = follows_from(p, s, &follows);
		part.as = follows ? p : NULL;
	}
	for (size_t i = 0; i < rest->nr && !part.as && part.fact < 0; i++)
		if (rest->findings[i].verdict == VERDICT_DIFFERENT)
			part.fact = rest->findings[i].fact;
	add_part(e, &part, rest, NULL);
	return ret;
}

int explain_write(struct explanation *e, const struct write *live, const struct ref_rules *rules,
		  const struct ref_rules *recorded)
{
	struct search s = {.live = live, .recorded = recorded};
	struct trial at = {.rules = *rules};
	int ret = follows_from(recorded, &s, &s.toward);

	e->nr = 0;
	if (!ret)
		ret = replay_write(&at.replay, live, rules, recorded);
	if (ret)
		return ret;
	ret = walk(&s, &at, e);
	if (!ret && differences(&at.replay))
		ret = explain_rest(&s, &at.replay.diff, e);
	replay_release(&at.replay);
	return ret;
}
