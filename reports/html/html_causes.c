// SPDX-License-Identifier: GPL-2.0-only
/*
 * The findings of a verify run by what explains them: 262 of one rule of the lock are one line, with the first of them
 * and the change that parts the two kernels. What no rule explains is told by fact.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "refimpl/conform.h"
#include "reports/export/xml.h"
#include "reports/html/html_page.h"
#include "user/base/array.h"

struct cause {
	const struct ref_rule_row *row; /* NULL: no rule; then fact and what tell it */
	unsigned int live, reference;	/* values of it */
	const struct ref_rules *rules;	/* of the reference */
	int fact;
	char what[32];
	size_t findings, writes;
	size_t last; /* row that was counted, and one */
	size_t facts[NR_FACTS];
	const struct finding *first;
	const char *workload; /* of it, */
	size_t number;	      /* and its row in the table; its pair is none: NO_ROW */
};

#define NO_ROW ((size_t)-1)

/* What differs alike has one explanation. */
struct known {
	uint64_t key;
	struct explanation why;
};

struct causes {
	struct html_page *p;
	struct cause *list;
	size_t nr;
	struct known *known;
	size_t nr_known;
};

static void causes_release(struct causes *c)
{
	free(c->list);
	free(c->known);
}

/* --- what explains the findings of a write --- */

static uint64_t mix_text(uint64_t key, const char *text)
{
	for (; text && *text; text++)
		key = (key ^ (unsigned char)*text) * 0x100000001b3;
	return (key ^ 0xff) * 0x100000001b3;
}

static bool is_word(const struct finding *f)
{
	enum field_kind kind = f->fact < 0 ? FIELD_INT : write_fields[f->fact].kind;

	return kind == FIELD_ENUM || kind == FIELD_BOOL || kind == FIELD_MASK;
}

/* The same facts, and those that are words differ in the same way. */
static uint64_t key_of(const struct html_row *row)
{
	uint64_t key = 0xcbf29ce484222325 + row->workload;

	for (size_t i = 0; i < row->nr_findings; i++) {
		const struct finding *f = &row->findings[i];

		if (f->verdict != VERDICT_DIFFERENT)
			continue;
		key = mix_text(key, f->what);
		if (is_word(f))
			key = mix_text(mix_text(key, f->a_value), f->b_value);
	}
	return key;
}

/* By whose rules the two sides are; false where that is not known. */
static bool rules_of(const struct outcome *o, const struct ref_rules **live, const struct ref_rules **reference)
{
	*live = o->live ? conform_recorded(&o->live->header).rules : NULL;
	*reference = o->reference ? conform_recorded(&o->reference->header).rules : NULL;
	return *live && *reference;
}

static int explain(struct causes *c, const struct html_row *row, struct explanation *why)
{
	const struct ref_rules *live, *reference;
	uint64_t key = key_of(row);
	struct known *known;
	int ret;

	*why = (struct explanation){0};
	for (size_t i = 0; i < c->nr_known; i++)
		if (c->known[i].key == key)
			return *why = c->known[i].why, 0;
	if (!row->a || replay_refuses(row->a) || !rules_of(&c->p->outcomes[row->workload], &live, &reference))
		return 0;
	ret = explain_write(why, row->a, reference, live);
	known = ret ? NULL : array_grow(c->known, c->nr_known, sizeof(*known));
	if (!known)
		return -ENOMEM;
	c->known = known;
	known[c->nr_known++] = (struct known){key, *why};
	return 0;
}

static const struct explained *part_of(const struct explanation *why, const struct finding *f)
{
	for (size_t i = 0; i < why->nr; i++)
		if (why->parts[i].row && explained_has(&why->parts[i], f))
			return &why->parts[i];
	return NULL;
}

/* --- causes --- */

static bool is_cause(const struct cause *c, const struct explained *part, const struct finding *f)
{
	if (part)
		return c->row == part->row && c->live == part->value;
	return !c->row && c->fact == f->fact && !strcmp(c->what, f->what);
}

static int find_cause(struct causes *c, const struct explained *part, const struct finding *f, struct cause **found)
{
	struct cause *list;

	for (size_t i = 0; i < c->nr; i++)
		if (is_cause(&c->list[i], part, f))
			return *found = &c->list[i], 0;
	list = array_grow(c->list, c->nr, sizeof(*list));
	if (!list)
		return -ENOMEM;
	c->list = list;
	*found = &list[c->nr++];
	**found = (struct cause){.row = part ? part->row : NULL, .live = part ? part->value : 0, .fact = f->fact};
	memcpy((*found)->what, f->what, sizeof((*found)->what));
	return 0;
}

static int take_finding(struct causes *c, const struct explained *part, const struct finding *f,
			const struct outcome *o, size_t number)
{
	const struct ref_rules *live;
	struct cause *cause;
	int ret = find_cause(c, part, f, &cause);

	if (ret)
		return ret;
	if (!cause->first) {
		cause->first = f;
		cause->workload = o->id;
		cause->number = number;
		if (part && rules_of(o, &live, &cause->rules))
			cause->reference = ref_rule_value(cause->rules, part->row);
	}
	cause->findings++;
	if (number != NO_ROW && cause->last != number + 1) {
		cause->writes++;
		cause->last = number + 1;
	}
	if (f->fact >= 0)
		cause->facts[f->fact]++;
	return 0;
}

static int take_row(struct causes *c, size_t number)
{
	const struct html_row *row = &c->p->rows[number];
	struct explanation why;
	int ret = explain(c, row, &why);

	for (size_t i = 0; i < row->nr_findings && !ret; i++)
		if (row->findings[i].verdict == VERDICT_DIFFERENT)
			ret = take_finding(c, part_of(&why, &row->findings[i]), &row->findings[i],
					   &c->p->outcomes[row->workload], number);
	return ret;
}

static bool has_differences(const struct html_row *row)
{
	for (size_t i = 0; i < row->nr_findings; i++)
		if (row->findings[i].verdict == VERDICT_DIFFERENT)
			return true;
	return false;
}

/* Of images and system calls, and of writes beyond those in the table. */
static int take_others(struct causes *c, const struct outcome *o)
{
	int ret = 0;

	for (size_t i = 0; o->diff && i < o->diff->nr && !ret; i++)
		if (o->diff->findings[i].verdict == VERDICT_DIFFERENT && !o->diff->findings[i].a &&
		    !o->diff->findings[i].b)
			ret = take_finding(c, NULL, &o->diff->findings[i], o, NO_ROW);
	return ret;
}

static int by_findings(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	return x->findings > y->findings ? -1 : x->findings < y->findings;
}

/* --- on the page --- */

static void put_value(FILE *out, const char *side, const struct ref_rule_row *row, unsigned int value)
{
	char versions[128];

	fprintf(out, "<br>%s: ", side);
	xml_text(out, row->values[value].does);
	fprintf(out, " <span class=\"muted\">(%s)</span>", ref_rule_versions(row, value, versions, sizeof(versions)));
}

static void put_rule(FILE *out, const struct cause *c)
{
	put_value(out, "the kernel", c->row, c->live);
	put_value(out, "the reference", c->row, c->reference);
	fputs("<br>changed by ", out);
	xml_text(out, ref_rule_change(c->row, c->live, c->reference));
}

static void put_example(FILE *out, const struct cause *c)
{
	const struct finding *f = c->first;
	char subject[256];

	finding_subject(f, subject, sizeof(subject));
	fputs("<br>first: ", out);
	if (c->number != NO_ROW)
		fprintf(out, "<a href=\"#w=%zu\">", c->number);
	xml_text(out, c->workload);
	if (f->op)
		fprintf(out, " op %" PRIu32, f->op);
	fputs(*subject ? " <bdi>" : "", out);
	xml_text(out, subject);
	fputs(*subject ? "</bdi>" : "", out);
	fputs(c->number != NO_ROW ? "</a>: " : ": ", out);
	xml_text(out, f->fact >= 0 ? write_fields[f->fact].label : f->what);
	fputs(": live <code>", out);
	xml_text(out, f->a_value);
	fputs("</code>, reference <code>", out);
	xml_text(out, f->b_value);
	fputs("</code>", out);
}

/* Each of the facts, with the writes in which it differs. */
static void put_facts(FILE *out, const struct cause *c)
{
	const char *before = " <span class=\"muted\">(";
	bool any = false;

	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (!c->facts[fact])
			continue;
		fprintf(out, "%s<a href=\"", before);
		html_filter_link(out, "finding", write_fields[fact].key);
		fprintf(out, "\">%s</a> %zu", write_fields[fact].label, c->facts[fact]);
		before = ", ";
		any = true;
	}
	fputs(any ? ")</span>" : "", out);
}

static void put_cause(FILE *out, const struct cause *c)
{
	fputs("<li><b>", out);
	if (c->row)
		fprintf(out, "rule %s</b> of <code>%s</code>", c->row->name, c->row->function);
	else
		fprintf(out, "%s</b>, which no rule explains", c->fact >= 0 ? write_fields[c->fact].label : c->what);
	fprintf(out, ": <b class=\"bad\">%s</b>", counted(c->findings, "finding").text);
	if (c->writes)
		fprintf(out, " in %s", counted(c->writes, "write").text);
	put_facts(out, c);
	if (c->row)
		put_rule(out, c);
	put_example(out, c);
	if (!c->row && c->first->rule) {
		fputs("<br><span class=\"muted\">expected: ", out);
		xml_text(out, c->first->rule);
		fputs("</span>", out);
	}
	fputs("</li>\n", out);
}

int html_causes(struct html_page *p)
{
	_cleanup_(causes_release) struct causes c = {.p = p};
	int ret = 0;

	for (size_t i = 0; i < p->nr_rows && !ret; i++)
		if (has_differences(&p->rows[i]))
			ret = take_row(&c, i);
	for (size_t i = 0; i < p->nr && !ret; i++)
		ret = take_others(&c, &p->outcomes[i]);
	if (ret || !c.nr)
		return ret;
	qsort(c.list, c.nr, sizeof(*c.list), by_findings);
	fputs("<h2>Findings, by what explains them</h2>\n<ol class=\"causes\">\n", p->out);
	for (size_t i = 0; i < c.nr; i++)
		put_cause(p->out, &c.list[i]);
	fputs("</ol>\n", p->out);
	return 0;
}
