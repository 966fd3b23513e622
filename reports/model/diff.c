// SPDX-License-Identifier: GPL-2.0-only
/*
 * The differ. Facts that write_fields[] compares must be equal, but for what diff_allowed.c allows; steps must cover
 * the same. What either side could not see is never a pass and never a difference.
 */
#include "reports/model/diff.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/coverage.h"
#include "reports/model/diff_allowed.h"
#include "reports/model/diff_pairs.h"
#include "reports/model/record_sense.h"

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_DIFFERENT:
		return "different";
	case VERDICT_ALLOWED:
		return "allowed";
	case VERDICT_UNOBSERVABLE:
		return "unobservable";
	}
	return "?";
}

/* --- findings --- */

/* Count one; whether it is kept. */
static bool is_kept(struct diff *diff, enum verdict verdict)
{
	size_t nr = diff->by_verdict[verdict]++ - diff->left_out[verdict];
	bool kept = !diff->limited || nr < diff->most[verdict];

	diff->left_out[verdict] += !kept;
	return kept;
}

/* One that is told without being in findings[]. */
static void count_told(struct diff *diff, enum verdict verdict)
{
	diff->by_verdict[verdict]++;
	diff->left_out[verdict]++;
	diff->told[verdict]++;
}

/* Findings of one pair follow each other, and so do the copies of its writes. */
static const struct write *copy_of(struct diff *diff, const struct write *w)
{
	size_t nr = diff->nr_copies;
	struct write **copies, *copy;

	for (size_t i = nr > 2 ? nr - 2 : 0; i < nr; i++)
		if (!memcmp(&diff->copies[i]->rec, &w->rec, sizeof(w->rec)))
			return diff->copies[i];
	copies = array_grow(diff->copies, nr, sizeof(*copies));
	if (!copies)
		return NULL;
	diff->copies = copies;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = (struct write){.rec = w->rec, .op = w->op};
	diff->copies[diff->nr_copies++] = copy;
	return copy;
}

/* Writes of a stream go. 0 or -ENOMEM. */
static int keep_writes(struct diff *diff, struct finding *f)
{
	if (!diff->limited)
		return 0;
	if (f->a && !(f->a = copy_of(diff, f->a)))
		return -ENOMEM;
	return f->b && !(f->b = copy_of(diff, f->b)) ? -ENOMEM : 0;
}

/* Takes the values, also on failure. It is counted. */
static int add_finding(struct diff *diff, const struct finding *f, char *a_value, char *b_value)
{
	struct finding *findings = array_grow(diff->findings, diff->nr, sizeof(*findings));
	struct finding added = *f;

	if (findings)
		diff->findings = findings;
	if (!findings || !a_value || !b_value || keep_writes(diff, &added)) {
		free(a_value);
		free(b_value);
		return -ENOMEM;
	}
	added.a_value = a_value;
	added.b_value = b_value;
	findings[diff->nr++] = added;
	return 0;
}

static struct finding new_finding(enum verdict verdict, uint32_t op, const char *what, const char *rule)
{
	struct finding f = {.verdict = verdict, .op = op, .fact = -1, .rule = rule};

	snprintf(f.what, sizeof(f.what), "%s", what);
	return f;
}

int diff_add(struct diff *diff, enum verdict verdict, uint32_t op, const char *what, const char *a_value,
	     const char *b_value, const char *rule)
{
	struct finding f = new_finding(verdict, op, what, rule);

	return is_kept(diff, verdict) ? add_finding(diff, &f, strdup(a_value), strdup(b_value)) : 0;
}

static uint32_t pair_op(const struct pair *p)
{
	return p->a->op ? p->a->op : p->b->op;
}

/* About the steps of a pair; takes the values. */
static int add_step_finding(const struct pair *p, enum verdict verdict, const char *what, char *a_value, char *b_value,
			    const char *rule)
{
	struct finding f = new_finding(verdict, pair_op(p), what, rule);

	f.a = p->a;
	f.b = p->b;
	return add_finding(p->diff, &f, a_value, b_value);
}

static void count_unobservable(struct diff *diff, enum write_fact fact, const char *rule, const struct pair *p)
{
	unsigned int blind = 0;

	if (field_how(&p->a->rec, fact) == HOW_UNKNOWN)
		blind |= BLIND_A;
	if (field_how(&p->b->rec, fact) == HOW_UNKNOWN)
		blind |= BLIND_B;
	diff->unobservable[fact][blind].nr++;
	diff->unobservable[fact][blind].rule = rule;
}

static int add_fact_finding(const struct pair *p, enum verdict verdict, enum write_fact fact, const char *rule)
{
	struct finding f = new_finding(verdict, pair_op(p), write_fields[fact].key, rule);
	char a_value[256], b_value[256];

	if (verdict == VERDICT_UNOBSERVABLE)
		count_unobservable(p->diff, fact, rule, p);
	if (verdict == VERDICT_UNOBSERVABLE && p->diff->limited) {
		count_told(p->diff, verdict);
		return 0;
	}
	if (!is_kept(p->diff, verdict))
		return 0;
	f.a = p->a;
	f.b = p->b;
	f.fact = fact;
	return add_finding(p->diff, &f, strdup(field_format(&p->a->rec, fact, a_value, sizeof(a_value))),
			   strdup(field_format(&p->b->rec, fact, b_value, sizeof(b_value))));
}

static void release_values(const struct finding *f)
{
	free(f->a_value);
	free(f->b_value);
}

void diff_release(struct diff *diff)
{
	for (size_t i = 0; i < diff->nr; i++)
		release_values(&diff->findings[i]);
	for (size_t i = 0; i < diff->lonely_files.nr; i++)
		release_values(&diff->lonely[i].one);
	for (size_t i = 0; i < diff->nr_copies; i++)
		free(diff->copies[i]);
	free(diff->findings);
	free(diff->lonely);
	free(diff->copies);
	free(diff->mates);
	key_index_release(&diff->lonely_files);
	memset(diff, 0, sizeof(*diff));
}

#define RULE_UNKNOWN_ONE  "one side cannot see this with its hooks on its kernel"
#define RULE_UNKNOWN_BOTH "neither side can see this with its hooks on its kernel"
#define RULE_REACHED	  "either both writes reach this decision or neither does"

/* Of two places in a record that say the same thing. */
#define AGREES	  "agree"
#define DISAGREES "do not agree"

/* --- facts --- */

static bool same_value(const struct pair *p, enum write_fact fact)
{
	if (write_fields[fact].kind == FIELD_TEXT)
		return !strcmp(field_text(&p->a->rec, fact), field_text(&p->b->rec, fact));
	return field_value(&p->a->rec, fact) == field_value(&p->b->rec, fact);
}

static const char *unknown_rule(const struct pair *p, enum write_fact fact)
{
	bool a = field_how(&p->a->rec, fact) == HOW_UNKNOWN, b = field_how(&p->b->rec, fact) == HOW_UNKNOWN;

	if (a && b)
		return RULE_UNKNOWN_BOTH;
	return a || b ? RULE_UNKNOWN_ONE : NULL;
}

static int add_difference(struct pair *p, enum write_fact fact)
{
	const char *rule = write_fields[fact].help;
	enum verdict verdict = diff_allows(p, fact, &rule);

	if (fact == FACT_ROUNDS && p->rounds == NOT_SAME)
		return 0; /* compare_rounds() says it, with the ranges */
	if (verdict == VERDICT_DIFFERENT) {
		p->fua_differs |= fact == FACT_FUA;
		p->zero_differs |= fact == FACT_ZERO_HEAD || fact == FACT_ZERO_TAIL;
	}
	return add_fact_finding(p, verdict, fact, rule);
}

static bool in_flight(const struct pair *p)
{
	return (p->a->rec.state | p->b->rec.state) & WRITE_IN_FLIGHT;
}

/* One side is a write in flight, and from where its blocks are mapped on it may have been in the middle of things. */
static bool is_ahead(const struct pair *p, enum write_fact fact)
{
	return in_flight(p) && (write_fields[fact].stage > STAGE_CHECK || field_in_flight(&p->a->rec, fact) ||
				field_in_flight(&p->b->rec, fact));
}

static void count_compared(const struct pair *p, enum write_fact fact)
{
	enum how a = field_how(&p->a->rec, fact), b = field_how(&p->b->rec, fact);

	p->diff->compared++;
	p->diff->inferred += a == HOW_INFERRED || b == HOW_INFERRED;
	p->diff->unreached += a == HOW_NOT_REACHED && b == HOW_NOT_REACHED;
}

static int compare_fact(struct pair *p, enum write_fact fact)
{
	bool a = field_known(&p->a->rec, fact), b = field_known(&p->b->rec, fact);
	const char *unknown = unknown_rule(p, fact);

	if (write_fields[fact].compare == COMPARE_NOT || is_ahead(p, fact) || (p->only && !p->only[fact]))
		return 0;
	if (unknown)
		return add_fact_finding(p, VERDICT_UNOBSERVABLE, fact, unknown);
	count_compared(p, fact);
	if (a != b) {
		const char *rule = RULE_REACHED;
		enum verdict verdict = diff_allows_unreached(p, fact, &rule);

		return add_fact_finding(p, verdict, fact, rule);
	}
	if (!a || same_value(p, fact))
		return 0;
	return add_difference(p, fact);
}

/* --- steps --- */

typedef int (*cover_fn)(struct spans *out, const struct write *w);

static int cover_rounds(struct spans *out, const struct write *w)
{
	return coverage_rounds(out, w, MAP_F_STABLE);
}

static int cover_clean_rounds(struct spans *out, const struct write *w)
{
	return coverage_rounds(out, w, MAP_F_STABLE & ~MAP_F_DIRTY);
}

static int cover_data(struct spans *out, const struct write *w)
{
	return coverage_data(out, w, false);
}

static int cover_data_fua(struct spans *out, const struct write *w)
{
	return coverage_data(out, w, true);
}

/* 1 when both cover the same, 0 when not, or -ENOMEM. */
static int same_cover(const struct pair *p, cover_fn cover)
{
	_cleanup_(spans_release) struct spans a = {0}, b = {0};

	if (cover(&a, p->a) || cover(&b, p->b))
		return -ENOMEM;
	return spans_equal(&a, &b);
}

static int add_cover_finding(const struct pair *p, enum verdict verdict, const char *what, cover_fn cover,
			     enum span_kind kind, const char *rule)
{
	_cleanup_(spans_release) struct spans a = {0}, b = {0};

	if (!is_kept(p->diff, verdict))
		return 0;
	if (cover(&a, p->a) || cover(&b, p->b))
		return -ENOMEM;
	return add_step_finding(p, verdict, what, spans_format(&a, kind), spans_format(&b, kind), rule);
}

static bool both_complete(const struct pair *p)
{
	return coverage_complete(p->a) && coverage_complete(p->b);
}

static int add_lost_steps(const struct pair *p, const char *what)
{
	if (!is_kept(p->diff, VERDICT_UNOBSERVABLE))
		return 0;
	return add_step_finding(p, VERDICT_UNOBSERVABLE, what,
				strdup(coverage_complete(p->a) ? "complete" : "steps were lost"),
				strdup(coverage_complete(p->b) ? "complete" : "steps were lost"),
				"steps that were lost cannot be compared");
}

/* Is a dirty where b is clean? A commit that nobody asked for cleans; none makes dirty. 1, 0 or -ENOMEM. */
static int is_dirtier(const struct pair *p)
{
	_cleanup_(spans_release) struct spans a = {0}, b = {0};

	if (cover_rounds(&a, p->a) || cover_rounds(&b, p->b))
		return -ENOMEM;
	for (size_t i = 0; i < a.nr; i++)
		for (size_t k = 0; k < b.nr; k++)
			if (a.spans[i].flags & MAP_F_DIRTY && !(b.spans[k].flags & MAP_F_DIRTY) &&
			    a.spans[i].pos < b.spans[k].end && b.spans[k].pos < a.spans[i].end)
				return 1;
	return 0;
}

/* Before the facts: what they allow depends on it. */
static int judge_all_rounds(struct pair *p)
{
	int same;

	p->rounds = CANNOT_TELL;
	if (!diff_both_know(p, FACT_ROUNDS) || !both_complete(p))
		return 0;
	same = same_cover(p, cover_rounds);
	p->rounds = SAME;
	if (!same) {
		same = same_cover(p, cover_clean_rounds);
		p->rounds = same ? SAME_BUT_DIRTY : NOT_SAME;
	}
	if (p->rounds == SAME_BUT_DIRTY && same > 0 && diff_is_verified(p)) {
		same = is_dirtier(p);
		p->rounds = same ? NOT_SAME : SAME_BUT_DIRTY;
	}
	return same < 0 ? same : 0;
}

static int compare_rounds(struct pair *p)
{
	switch (p->rounds) {
	case SAME:
		return 0;
	case SAME_BUT_DIRTY:
		return add_cover_finding(
			p, VERDICT_ALLOWED, "rounds", cover_rounds, SPAN_ROUND,
			"types, ranges and flags in order; DIRTY may differ: a background commit clears it");
	case NOT_SAME:
		return add_cover_finding(
			p, VERDICT_DIFFERENT, "rounds", cover_rounds, SPAN_ROUND,
			"types, flags and ranges of the mappings, in order, neighbours of a kind joined");
	case CANNOT_TELL:
		return diff_both_know(p, FACT_ROUNDS) ? add_lost_steps(p, "rounds") : 0;
	}
	return 0;
}

static int compare_data(struct pair *p)
{
	/* FUA of single bios is compared only where both sides saw it, and where it was not a finding already */
	bool fua_seen =
		field_how(&p->a->rec, FACT_FUA) == HOW_OBSERVED && field_how(&p->b->rec, FACT_FUA) == HOW_OBSERVED;
	cover_fn cover = !fua_seen || p->fua_differs || p->rounds == SAME_BUT_DIRTY ? cover_data : cover_data_fua;
	int same;

	if (!diff_both_know(p, FACT_BIOS))
		return 0;
	if (!both_complete(p))
		return p->rounds == CANNOT_TELL && diff_both_know(p, FACT_ROUNDS) ? 0 : add_lost_steps(p, "data");
	same = same_cover(p, cover);
	if (same)
		return same < 0 ? same : 0;
	return add_cover_finding(p, VERDICT_DIFFERENT, "data", cover_data_fua, SPAN_DATA,
				 "the ranges that data bios cover together, with FUA and without");
}

static int compare_zeroes(struct pair *p)
{
	int same;

	if (!diff_both_know(p, FACT_BIOS) || !both_complete(p) || p->zero_differs)
		return 0;
	same = same_cover(p, coverage_zeroes);
	if (same)
		return same < 0 ? same : 0;
	return add_cover_finding(p, VERDICT_DIFFERENT, "zero-outs", coverage_zeroes, SPAN_ZERO,
				 "the ranges zeroed before and after the data, one by one");
}

/* What one record says of itself, and the other does not. */
static int compare_sense(const struct pair *p)
{
	uint32_t a = record_disagrees(p->a), b = record_disagrees(p->b), other = a ^ b;
	int ret = 0;

	for (unsigned int i = 0; other >> i && !ret; i++)
		if (other >> i & 1 && is_kept(p->diff, VERDICT_DIFFERENT))
			ret = add_step_finding(p, VERDICT_DIFFERENT, "record", strdup(a >> i & 1 ? DISAGREES : AGREES),
					       strdup(b >> i & 1 ? DISAGREES : AGREES), record_disagreement(i));
	return ret;
}

int diff_decisions(struct diff *diff, const struct write *a, const struct write *b, const bool *only)
{
	struct pair p = {.diff = diff, .a = a, .b = b, .only = only};
	int ret = judge_all_rounds(&p);

	diff->pairs++;
	diff->in_flight += in_flight(&p);
	for (int fact = 0; fact < NR_FACTS && !ret; fact++)
		ret = compare_fact(&p, (enum write_fact)fact);
	if (ret || in_flight(&p))
		return ret;
	ret = compare_rounds(&p);
	if (!ret)
		ret = compare_data(&p);
	if (!ret)
		ret = compare_zeroes(&p);
	return ret || only ? ret : compare_sense(&p);
}

void diff_sides(struct diff *diff, const struct meta *a, const struct meta *b)
{
	const char *live = meta_get(a, META_ENGINE), *ref = meta_get(b, META_ENGINE);

	diff->against_reference = live && ref && !strcmp(live, "kernel") && !strcmp(ref, "reference");
}

int diff_pair(struct diff *diff, const struct write *a, const struct write *b)
{
	return diff_decisions(diff, a, b, NULL);
}

/* --- writes that only one side has --- */

static bool lost_writes(const struct write_set *set, const struct write *other)
{
	(void)other;
	return set->lost_records > 0;
}

static bool counts_more(const struct write_set *set, const struct write *other)
{
	(void)other;
	return set->end == TRACE_COMPLETE && set->end_why;
}

static bool broke_off(const struct write_set *set, const struct write *other)
{
	(void)other;
	return set->end != TRACE_COMPLETE;
}

static bool reached_iomap(const struct write *w)
{
	if (field_known(&w->rec, FACT_OPS))
		return w->rec.ops != OPS_NONE;
	return w->rec.how[FACT_OPS] != HOW_NOT_REACHED && w->rec.stage_ns[STAGE_IOMAP];
}

/* Without a hook on the entry, a write begins to exist in iomap_dio_rw_begin. */
static bool unseen_before_iomap(const struct write_set *set, const struct write *other)
{
	const char *hook = meta_get(&set->header, META_HOOK "enter");

	return hook && (!strncmp(hook, "none", 4) || strstr(hook, "iomap_dio_rw_begin")) && !reached_iomap(other);
}

/* Why @set may lack a write that the other side has. */
static const struct excuse {
	bool (*applies)(const struct write_set *set, const struct write *other);
	const char *rule;
} excuses[] = {
	{lost_writes, "the side without it lost records, and this may be one of them"},
	{counts_more, "the trailer without it counts other than what is there, and this may be missing"},
	{broke_off, "the trace without it broke off, perhaps before this write"},
	{unseen_before_iomap, "the side without it has no hook on the entry, and this write ended before iomap"},
};

static const struct excuse *find_excuse(const struct write_set *missing, const struct write *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(excuses); i++) {
		if (excuses[i].applies(missing, w))
			return &excuses[i];
	}
	return NULL;
}

static char *describe(const struct write *w)
{
	char subject[256], ret[32];

	if (!w)
		return strdup("no such write");
	return strf("%s: %s", write_subject(&w->rec, subject, sizeof(subject)),
		    field_format(&w->rec, FACT_RET, ret, sizeof(ret)));
}

/* A line a file is what most want to know of these; of a single one it is the finding itself. */
static int count_lonely(struct diff *diff, const struct finding *f)
{
	const char *file = f->a ? f->a->rec.file : f->b->rec.file;
	struct lonely_key key = {.b = !f->a};
	struct lonely *lonely;
	size_t at, nr = diff->lonely_files.nr;

	if (!nr)
		key_index_init(&diff->lonely_files, sizeof(key));
	memcpy(key.file, file, strlen(file));
	lonely = array_grow(diff->lonely, nr, sizeof(*lonely));
	if (!lonely)
		return -ENOMEM;
	diff->lonely = lonely;
	if (key_index_get(&diff->lonely_files, &key, &at))
		return -ENOMEM;
	if (at < nr) {
		lonely[at].nr++;
		return 0;
	}
	lonely[at] = (struct lonely){.nr = 1, .one = *f};
	lonely[at].one.a_value = describe(f->a);
	lonely[at].one.b_value = describe(f->b);
	return lonely[at].one.a_value && lonely[at].one.b_value ? keep_writes(diff, &lonely[at].one) : -ENOMEM;
}

int diff_lonely(struct diff *diff, const struct write *a, const struct write *b, const struct write_set *missing)
{
	const struct write *w = a ? a : b;
	const struct excuse *excuse = find_excuse(missing, w);
	struct finding f = new_finding(excuse ? VERDICT_UNOBSERVABLE : VERDICT_DIFFERENT, w->op, "write",
				       excuse ? excuse->rule : "each write of one side has its like on the other");

	f.a = a;
	f.b = b;
	diff->unhooked += excuse && excuse->applies == unseen_before_iomap;
	if (!excuse && count_lonely(diff, &f))
		return -ENOMEM;
	if (!excuse && diff->lonely_by_file) {
		count_told(diff, f.verdict);
		return 0;
	}
	return is_kept(diff, f.verdict) ? add_finding(diff, &f, describe(a), describe(b)) : 0;
}

const char *finding_subject(const struct finding *f, char *buf, size_t size)
{
	const struct write *w = f->a ? f->a : f->b;

	buf[0] = '\0';
	return w ? write_subject(&w->rec, buf, size) : buf;
}
