/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/conform.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/stream.h"
#include "user/base/array.h"

#define KNOWN_MAX 1024 /* kinds of differences that are explained once for all writes that have them */

/* --- whose rules --- */

struct ref_choice conform_recorded(const struct meta *header)
{
	const char *profile = meta_get(header, META_PROFILE), *kernel = meta_get(header, META_KERNEL);

	if (profile && ref_rules_find(profile))
		return (struct ref_choice){ref_rules_find(profile), REF_FIT_OWN};
	return kernel ? ref_rules_for_release(kernel) : (struct ref_choice){0};
}

char *conform_kernel(const struct meta *header)
{
	const char *profile = meta_get(header, META_PROFILE), *kernel = meta_get(header, META_KERNEL);

	return profile ? strf("the reference for %s", profile) : strdup(kernel ? kernel : "an unknown kernel");
}

/* --- what explains a finding --- */

struct conform_known {
	uint64_t key;
	struct explanation why;
};

static void mix(uint64_t *key, uint64_t value)
{
	*key = (*key ^ value) * 0x100000001b3;
}

/* Alike: the same facts differ, and those that are words and not numbers in the same way. */
static uint64_t key_of(const struct diff *d)
{
	uint64_t key = 0xcbf29ce484222325;

	for (size_t i = 0; i < d->nr; i++) {
		const struct finding *f = &d->findings[i];
		enum field_kind kind = f->fact < 0 ? FIELD_INT : write_fields[f->fact].kind;

		if (f->verdict != VERDICT_DIFFERENT)
			continue;
		mix(&key, (uint64_t)f->fact + 2);
		if (kind != FIELD_ENUM && kind != FIELD_BOOL && kind != FIELD_MASK)
			continue;
		mix(&key, (uint64_t)field_value(&f->a->rec, (enum write_fact)f->fact));
		mix(&key, (uint64_t)field_value(&f->b->rec, (enum write_fact)f->fact));
	}
	return key;
}

/* What differs alike has one explanation: it is looked for once. */
static int explain_like(struct conform *c, struct explanation *why, const struct write *live, const struct diff *d)
{
	uint64_t key = key_of(d);
	struct conform_known *known;
	int ret;

	for (size_t i = 0; i < c->nr_known; i++) {
		if (c->known[i].key == key) {
			*why = c->known[i].why;
			return 0;
		}
	}
	ret = explain_write(why, live, c->rules.rules, c->recorded.rules);
	if (ret || c->nr_known == KNOWN_MAX)
		return ret;
	known = array_grow(c->known, c->nr_known, sizeof(*known));
	if (!known)
		return -ENOMEM;
	c->known = known;
	known[c->nr_known++] = (struct conform_known){key, *why};
	return 0;
}

/* --- groups --- */

static struct conform_group *find_group(const struct conform *c, const struct explained *p)
{
	for (size_t i = 0; i < c->nr_groups; i++) {
		struct conform_group *g = &c->groups[i];

		if (g->row == p->row && g->value == p->value && g->as == p->as && g->fact == p->fact)
			return g;
	}
	return NULL;
}

static int group_begin(struct conform *c, const struct explained *p, const struct finding *first)
{
	struct conform_group *groups = array_grow(c->groups, c->nr_groups, sizeof(*groups)), *g;
	char subject[256];

	if (!groups)
		return -ENOMEM;
	c->groups = groups;
	g = &groups[c->nr_groups++];
	*g = (struct conform_group){
		.row = p->row,
		.value = p->value,
		.as = p->as,
		.fact = p->fact,
		.id = first->a->rec.head.id,
		.subject = strdup(finding_subject(first, subject, sizeof(subject))),
		.what = strdup(first->what),
		.live = strdup(first->a_value),
		.reference = strdup(first->b_value),
		.sentence = first->rule,
	};
	return g->subject && g->what && g->live && g->reference ? 0 : -ENOMEM;
}

static int group_take(struct conform *c, const struct explained *p, const struct diff *d)
{
	struct conform_group *g = find_group(c, p);
	bool counted = false;

	for (size_t i = 0; i < d->nr; i++) {
		const struct finding *f = &d->findings[i];

		if (!explained_has(p, f))
			continue;
		if (!g && group_begin(c, p, f))
			return -ENOMEM;
		g = g ? g : &c->groups[c->nr_groups - 1];
		g->writes += !counted;
		counted = true;
		g->findings++;
		if (f->fact >= 0)
			g->facts[f->fact]++;
	}
	return 0;
}

static int take_findings(struct conform *c, const struct write *live, const struct diff *d)
{
	struct explanation why;
	int ret = explain_like(c, &why, live, d);

	c->differing++;
	for (size_t i = 0; i < why.nr && !ret; i++)
		ret = group_take(c, &why.parts[i], d);
	return ret;
}

static int by_writes(const void *a, const void *b)
{
	const struct conform_group *x = a, *y = b;

	return x->writes > y->writes ? -1 : x->writes < y->writes;
}

/* --- writes --- */

static void refuse(struct conform *c, const char *why)
{
	size_t i = 0;

	while (i < CONFORM_REASONS_MAX - 2 && c->refused[i].why && strcmp(c->refused[i].why, why) != 0)
		i++;
	c->refused[i].why = why;
	c->refused[i].writes++;
}

static void add_counts(struct conform *c, const struct replay *r)
{
	c->replayed++;
	c->compared += r->compared;
	c->inferred += r->inferred;
	c->unreached += r->unreached;
	c->allowed += r->diff.by_verdict[VERDICT_ALLOWED];
	for (size_t i = 0; i < REPLAY_UNKNOWNS_MAX; i++)
		c->vague[i] += r->vague[i];
	for (int f = 0; f < NR_FACTS && r->diff.by_verdict[VERDICT_UNOBSERVABLE]; f++)
		for (int blind = 0; blind < NR_BLINDS; blind++)
			c->unseen[f] += r->diff.unobservable[f][blind].nr;
}

static int take_write(struct conform *c, const struct write *live)
{
	const char *why = replay_refuses(live);
	struct replay r;
	int ret;

	c->writes++;
	if (why) {
		refuse(c, why);
		return 0;
	}
	ret = replay_write(&r, live, c->rules.rules, c->recorded.rules);
	if (ret)
		return ret;
	add_counts(c, &r);
	if (r.diff.by_verdict[VERDICT_DIFFERENT])
		ret = take_findings(c, live, &r.diff);
	replay_release(&r);
	return ret;
}

/* --- the trace --- */

static int choose_rules(struct conform *c, const struct meta *header, struct ref_choice asked, const char *path,
			struct errmsg *err)
{
	c->recorded = conform_recorded(header);
	c->rules = asked.rules ? asked : c->recorded;
	c->kernel = conform_kernel(header);
	if (!c->kernel)
		return fail(err, -ENOMEM, "out of memory");
	if (!c->rules.rules)
		return fail(err, -ENOENT, "%s: no profile fits %s: choose one with --profile", path, c->kernel);
	if (!c->recorded.rules)
		c->recorded = c->rules;
	return 0;
}

static int take_all(struct conform *c, struct write_stream *s, struct errmsg *err)
{
	struct stream_item item;
	int ret;

	while ((ret = stream_next(s, &item, err)) > 0)
		if (item.write && take_write(c, item.write))
			return fail(err, -ENOMEM, "out of memory");
	return ret;
}

int conform_trace(struct conform *c, const char *path, struct ref_choice rules, struct errmsg *err)
{
	struct write_stream *s;
	int ret;

	memset(c, 0, sizeof(*c));
	ret = stream_open(&s, path, 0, err);
	if (ret)
		return ret;
	ret = choose_rules(c, &stream_frame(s)->header, rules, path, err);
	if (!ret)
		ret = take_all(c, s, err);
	if (!ret)
		c->frame = stream_release_frame(s);
	stream_close(s);
	if (ret)
		conform_release(c);
	else if (c->nr_groups)
		qsort(c->groups, c->nr_groups, sizeof(*c->groups), by_writes);
	return ret;
}

void conform_release(struct conform *c)
{
	for (size_t i = 0; i < c->nr_groups; i++) {
		free(c->groups[i].subject);
		free(c->groups[i].what);
		free(c->groups[i].live);
		free(c->groups[i].reference);
	}
	free(c->groups);
	free(c->known);
	free(c->kernel);
	set_release(&c->frame);
	memset(c, 0, sizeof(*c));
}

uint64_t conform_findings(const struct conform *c)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < c->nr_groups; i++)
		nr += c->groups[i].findings;
	return nr;
}

uint64_t conform_unchecked(const struct conform *c)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < NR_FACTS; i++)
		nr += c->unseen[i];
	for (size_t i = 0; i < REPLAY_UNKNOWNS_MAX; i++)
		nr += c->vague[i];
	return nr;
}
