/* SPDX-License-Identifier: GPL-2.0-only */
/* One record run through the decision code, and the search for what makes its decisions follow. */
#include "refimpl/replay.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "refimpl/path/path.h"
#include "refimpl/replay_impl.h"
#include "reports/model/diff_pairs.h"

/* --- one run --- */

static void fill_segments(struct workload_op *op, const struct trace_given *g)
{
	const uint32_t ends[] = {g->seg_ends[0], g->seg_ends[1], op->len};
	uint32_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (ends[i] <= at || ends[i] > op->len)
			continue;
		op->segs[op->nr_segs++] = ends[i] - at;
		at = ends[i];
	}
	op->nr_segs = op->nr_segs ?: 1;
}

static void fill_op(struct workload_op *op, const struct write *live, const struct trace_given *g)
{
	const struct write_record *r = &live->rec;

	memset(op, 0, sizeof(*op));
	op->kind = OP_WRITE;
	op->pos = g->asked_pos;
	op->len = g->asked_len;
	op->flags = r->flags;
	op->submit = (enum submit_kind)r->submit;
	op->align = g->addr_align;
	fill_segments(op, g);
}

/* What a write's buffer holds: nothing, but it can be read. One for all; it takes no memory. */
static const uint8_t *buffer(void)
{
	static void *pages;

	if (!pages) {
		pages = mmap(NULL, (size_t)REPLAY_LEN_MAX + REF_PAGE, PROT_READ,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		pages = pages == MAP_FAILED ? NULL : pages;
	}
	return pages;
}

/* A round that begins inside of the one before: a fault cut the bio, whatever came of the rest. */
static bool began_inside(const struct write *live)
{
	const struct write_step *before = NULL;

	for (uint32_t i = 0; i < live->nr_steps; i++) {
		const struct write_step *s = &live->steps[i];

		if (s->kind != STEP_ROUND)
			continue;
		if (before && s->pos < (int64_t)((uint64_t)before->pos + before->len))
			return true;
		before = s;
	}
	return false;
}

static bool faulted(const struct write *live)
{
	return began_inside(live) || live_is(live, FACT_RET, -EFAULT) || live_is(live, FACT_DIO_RET, -EFAULT) ||
	       live_is(live, FACT_END_ERROR, -EFAULT) || live_is(live, FACT_FALLBACK_REASON, FALLBACK_FAULT);
}

/* Where the buffer ends for a replay: a copy that ended short ended there, for want of a page or, all the same, of
 * room. */
static size_t readable_bytes(const struct write *live)
{
	const struct write_record *r = &live->rec;

	if (live_knows(live, FACT_FALLBACK_RET) && r->fallback_ret > 0)
		return r->fallback_ret < r->fallback_len
			       ? (size_t)(r->fallback_ret +
					  (live_knows(live, FACT_DIO_RET) && r->dio_ret > 0 ? r->dio_ret : 0))
			       : SIZE_MAX;
	if (faulted(live) && live_knows(live, FACT_DATA_BYTES))
		return r->data_bytes;
	/* without a direct part: the page cache alone, which has copied nothing then */
	return live_is(live, FACT_FALLBACK_RET, -EFAULT) ? 0 : SIZE_MAX;
}

static int take_write(struct replay *out, struct ref_write *w)
{
	out->write = (struct write){.rec = w->rec, .steps = w->steps, .nr_steps = w->nr_steps};
	out->write.rec.steps_total = w->nr_steps;
	w->steps = NULL;
	w->nr_steps = 0;
	return w->out_of_memory ? -ENOMEM : 0;
}

static int run(struct replay *out, const struct asking *a, const struct trace_given *g)
{
	static struct workload_op op;
	struct trace_env e;
	struct ref_write w;
	int ret = trace_env_init(&e, a->live, g);

	fill_op(&op, a->live, g);
	if (ret || !buffer()) {
		trace_env_release(&e);
		return -ENOMEM;
	}
	e.inode.large_folios = a->rules->large_folios && !e.inode.journal_data && !e.env.sb.data_journal;
	ref_write_init(&w, &e.env, a->rules, &e.inode, &op, buffer());
	w.iocb.sync = g->waits;
	w.from.readable = readable_bytes(a->live);
	e.replay = &w;
	ref_write_end(&w, ref_write_attempt(&w, &op, g->nowait));
	ret = take_write(out, &w);
	out->beyond = e.beyond;
	ref_write_release(&w);
	trace_env_release(&e);
	return ret;
}

static void run_release(struct replay *r)
{
	diff_release(&r->diff);
	free(r->write.steps);
	r->write.steps = NULL;
}

/* --- all that it may have been --- */

struct search {
	struct asking asking;
	struct trace_given base;
	unsigned int values[NR_UNKNOWNS]; /* of each row: how many beyond the first, */
	unsigned int at[NR_UNKNOWNS];	  /* and which is tried */
	bool compares[NR_FACTS];	  /* in this try */
};

static void only_decisions(bool *compares)
{
	memset(compares, 0, NR_FACTS * sizeof(*compares));
	for (size_t i = 0; replay_decided[i] != NR_FACTS; i++)
		compares[replay_decided[i]] = true;
}

static void apply(struct search *s, struct trace_given *g)
{
	*g = s->base;
	only_decisions(s->compares);
	for (size_t i = 0; i < NR_UNKNOWNS; i++) {
		const enum write_fact *excused = replay_unknowns[i].excuses;

		if (!s->at[i])
			continue;
		replay_unknowns[i].apply(g, &s->asking, s->at[i]);
		for (; excused && *excused != NR_FACTS; excused++)
			s->compares[*excused] = false;
	}
}

static int try_one(struct search *s, struct replay *out)
{
	struct trace_given given;
	int ret;

	memset(out, 0, sizeof(*out));
	apply(s, &given);
	ret = run(out, &s->asking, &given);
	if (!ret)
		ret = diff_decisions(&out->diff, s->asking.live, &out->write, s->compares);
	if (ret)
		run_release(out);
	return ret;
}

/* The next combination of the rows that @moves or do not; false when all were tried. */
static bool next(struct search *s, bool moves)
{
	for (size_t i = 0; i < NR_UNKNOWNS; i++) {
		if (replay_unknowns[i].moves != moves)
			continue;
		if (s->at[i] < s->values[i]) {
			s->at[i]++;
			return true;
		}
		s->at[i] = 0;
	}
	return false;
}

static size_t findings(const struct replay *r)
{
	return r->diff.by_verdict[VERDICT_DIFFERENT];
}

static void swap(struct replay *a, struct replay *b)
{
	struct replay was = *a;

	*a = *b;
	*b = was;
	for (size_t i = 0; i < a->diff.nr; i++)
		a->diff.findings[i].b = &a->write;
}

static bool decides_alike(const struct replay *a, const struct replay *b, enum write_fact fact)
{
	return a->write.rec.how[fact] == b->write.rec.how[fact] &&
	       (!field_known(&a->write.rec, fact) ||
		field_value(&a->write.rec, fact) == field_value(&b->write.rec, fact));
}

/* The row that this try is about: the first that is not as at first. */
static size_t row_of(const struct search *s)
{
	size_t i = 0;

	while (i < NR_UNKNOWNS - 1 && !s->at[i])
		i++;
	return i;
}

static void note_varying(const struct search *s, const struct replay *first, const struct replay *other, bool *varies,
			 uint32_t *vague)
{
	for (size_t i = 0; replay_decided[i] != NR_FACTS; i++) {
		if (varies[replay_decided[i]] || decides_alike(first, other, replay_decided[i]))
			continue;
		varies[replay_decided[i]] = true;
		vague[row_of(s)]++;
	}
}

/* Every value of what is unknown: @best is what fits best. */
static int try_unknown(struct search *s, struct replay *best)
{
	bool varies[NR_FACTS] = {false};
	uint32_t vague[REPLAY_UNKNOWNS_MAX] = {0};
	unsigned int at[NR_UNKNOWNS] = {0};
	int ret = 0;

	while (!ret && next(s, false)) {
		struct replay other;

		ret = try_one(s, &other);
		if (ret)
			break;
		note_varying(s, best, &other, varies, vague);
		if (findings(&other) < findings(best)) {
			memcpy(at, s->at, sizeof(at));
			swap(best, &other);
		}
		run_release(&other);
	}
	memcpy(s->at, at, sizeof(at));
	memcpy(best->varies, varies, sizeof(varies));
	memcpy(best->vague, vague, sizeof(vague));
	return ret;
}

/* What did not fit may fit what has moved; what that leaves open counts as not checked. */
static int try_moved(struct search *s, struct replay *best)
{
	int ret = 0;

	while (!ret && findings(best) && next(s, true)) {
		struct replay other;

		ret = try_one(s, &other);
		if (ret)
			break;
		memcpy(other.varies, best->varies, sizeof(other.varies));
		memcpy(other.vague, best->vague, sizeof(other.vague));
		if (!findings(&other)) {
			note_varying(s, best, &other, other.varies, other.vague);
			for (int f = 0; f < NR_FACTS; f++)
				if (replay_decides((enum write_fact)f) && !s->compares[f] && !other.varies[f]) {
					other.varies[f] = true;
					other.vague[row_of(s)]++;
				}
			swap(best, &other);
		}
		run_release(&other);
	}
	return ret; /* where nothing fitted, next() has set all back to what was observed */
}

static void count(struct replay *r, const struct write *live)
{
	for (size_t i = 0; replay_decided[i] != NR_FACTS; i++) {
		enum how how = field_how(&live->rec, replay_decided[i]);
		bool compared = how != HOW_UNKNOWN && r->write.rec.how[replay_decided[i]] != HOW_UNKNOWN;

		if (!compared || r->varies[replay_decided[i]])
			continue;
		r->compared++;
		r->inferred += how == HOW_INFERRED;
		r->unreached += how == HOW_NOT_REACHED;
	}
}

static void open_all(struct search *s)
{
	for (size_t i = 0; i < NR_UNKNOWNS; i++)
		s->values[i] = replay_unknowns[i].open(&s->asking);
}

/* @s: in the end what fits best. */
static int search(struct search *s, struct replay *out)
{
	int ret;

	replay_init_given(&s->base, &s->asking);
	open_all(s);
	ret = try_one(s, out);
	if (ret)
		return ret;
	ret = try_unknown(s, out);
	if (!ret)
		ret = try_moved(s, out);
	if (ret)
		replay_release(out);
	else
		count(out, s->asking.live);
	return ret;
}

int replay_write(struct replay *out, const struct write *live, const struct ref_rules *rules,
		 const struct ref_rules *recorded)
{
	struct search s = {.asking = {live, rules, recorded}};

	return search(&s, out);
}

int replay_follows(const struct write *live, const struct ref_rules *rules)
{
	struct replay r;
	int ret;

	if (replay_refuses(live))
		return 0;
	ret = replay_write(&r, live, rules, rules);
	if (ret)
		return ret;
	ret = !findings(&r);
	replay_release(&r);
	return ret;
}

/* --- under other rules --- */

/* Who is refused and did not ask for that is io_uring's first attempt: a worker does it again. */
static int run_to_end(const struct search *s, struct replay *out)
{
	struct search copy = *s;
	struct trace_given given;
	int ret;

	memset(out, 0, sizeof(*out));
	apply(&copy, &given);
	ret = run(out, &s->asking, &given);
	if (ret || out->write.rec.ret != -EAGAIN || s->asking.live->rec.flags & WRITE_NOWAIT)
		return ret;
	run_release(out);
	given.nowait = false;
	return run(out, &s->asking, &given);
}

/* All that the unknown may be, with what has moved as it fitted. */
static int run_others(struct search *s, struct replay *first)
{
	int ret = run_to_end(s, first);

	for (size_t i = 0; i < NR_UNKNOWNS; i++)
		s->at[i] = replay_unknowns[i].moves ? s->at[i] : 0;
	do {
		struct replay other;

		if (ret)
			break;
		ret = run_to_end(s, &other);
		note_varying(s, first, &other, first->varies, first->vague);
		first->beyond |= other.beyond;
		run_release(&other);
	} while (next(s, false));
	return ret;
}

int replay_other(struct replay *base, struct replay *other, const struct write *live, const struct ref_rules *rules,
		 const struct ref_rules *recorded)
{
	struct search s = {.asking = {live, recorded, recorded}};
	int ret = search(&s, base);

	if (ret)
		return ret;
	s.asking.rules = rules;
	replay_init_given(&s.base, &s.asking);
	open_all(&s);
	ret = run_others(&s, other);
	if (ret) {
		replay_release(other);
		replay_release(base);
	}
	return ret;
}

void replay_release(struct replay *r)
{
	run_release(r);
}
