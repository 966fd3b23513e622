// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/conform_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/summary.h"
#include "reports/text/render.h"
#include "user/base/utf8.h"

/* --- a group --- */

static const char *value_text(const struct ref_rule_row *row, unsigned int value, char *buf, size_t size)
{
	char versions[128];

	snprintf(buf, size, "%s (%s)", row->values[value].does,
		 ref_rule_versions(row, value, versions, sizeof(versions)));
	return buf;
}

static char *rule_text(const struct conform *c, const struct conform_group *g)
{
	unsigned int mine = ref_rule_value(c->rules.rules, g->row);
	char rules[256], trace[256];

	return strf("rule %s of %s\n    %s: %s\n    the trace: %s\n    changed by %s", g->row->name, g->row->function,
		    c->rules.rules->name, value_text(g->row, mine, rules, sizeof(rules)),
		    value_text(g->row, g->value, trace, sizeof(trace)), ref_rule_change(g->row, mine, g->value));
}

char *conform_group_text(const struct conform *c, const struct conform_group *g)
{
	if (g->row)
		return rule_text(c, g);
	if (g->as)
		return strf("no single rule: all of those of %s explain it together", g->as->name);
	return strf("no rule of any profile explains it; expected: %s", g->sentence);
}

/* "lock 512, ops 512": the facts that differ, as far as they are facts. */
static void print_facts(FILE *out, const struct conform_group *g)
{
	uint64_t rest = g->findings;
	const char *before = " (";

	for (int f = 0; f < NR_FACTS; f++) {
		if (!g->facts[f])
			continue;
		fprintf(out, "%s%s %" PRIu64, before, write_fields[f].key, g->facts[f]);
		rest -= g->facts[f];
		before = ", ";
	}
	if (rest)
		fprintf(out, "%srounds and bios %" PRIu64, before, rest);
	fputs(")\n", out);
}

static int print_group(FILE *out, const struct conform *c, const struct conform_group *g)
{
	_cleanup_free_ char *text = conform_group_text(c, g);

	if (!text)
		return -ENOMEM;
	fprintf(out, "  finding in %s:", counted(g->writes, "write").text);
	fprintf(out, " %s", counted(g->findings, "fact").text);
	print_facts(out, g);
	fprintf(out, "    %s\n    first: write %" PRIu64 " ", text, g->id);
	utf8_print(out, g->subject);
	fprintf(out, ": %s: live ", g->what);
	utf8_print(out, g->live);
	fputs(", reference ", out);
	utf8_print(out, g->reference);
	fputc('\n', out);
	return 0;
}

/* --- what was not checked --- */

static void print_unchecked(FILE *out, const struct conform *c, bool verbose)
{
	for (size_t i = 0; c->refused[i].why; i++)
		fprintf(out, "  not replayed: %s: %s\n", counted(c->refused[i].writes, "write").text,
			c->refused[i].why);
	for (size_t i = 0; replay_unknown_name(i); i++)
		if (c->vague[i])
			fprintf(out, "  not checkable: %s: depends on %s\n", counted(c->vague[i], "fact").text,
				replay_unknown_name(i));
	for (int f = 0; f < NR_FACTS && verbose; f++)
		if (c->unseen[f])
			fprintf(out, "  not checkable: %s in %s: its hooks do not tell\n", write_fields[f].key,
				counted(c->unseen[f], "write").text);
}

static int print_counts(FILE *out, const char *path, const struct conform *c)
{
	_cleanup_free_ char *complete = set_completeness(&c->frame, NULL);

	if (!complete)
		return -ENOMEM;
	utf8_print(out, path);
	fputs(": ", out);
	utf8_print(out, c->kernel);
	fprintf(out, ", rules of %s: %s\n", c->rules.rules->name, ref_fit_words(c->rules.fit));
	fprintf(out, "  %s\n", complete);
	fprintf(out,
		"  %s replayed: %" PRIu64 " facts checked, of these %" PRIu64 " inferred and %" PRIu64
		" not reached; %" PRIu64 " not checkable; ",
		counted(c->replayed, "write").text, c->compared, c->inferred, c->unreached, conform_unchecked(c));
	fprintf(out, "%s in %s\n", counted(conform_findings(c), "finding").text, counted(c->differing, "write").text);
	return 0;
}

int render_conform(FILE *out, const char *path, const struct conform *c, bool verbose)
{
	int ret = print_counts(out, path, c);

	if (ret)
		return ret;
	if (!ref_fit_is_right(c->rules.fit) && c->nr_groups)
		fprintf(out, "  beware: the rules of %s are the %s\n", c->rules.rules->name,
			ref_fit_words(c->rules.fit));
	print_unchecked(out, c, verbose);
	for (size_t i = 0; i < c->nr_groups && !ret; i++)
		ret = print_group(out, c, &c->groups[i]);
	return ret;
}

/* --- what another kernel would do --- */

#define FILES_SHOWN 10 /* of each rule */

static void print_row(FILE *out, const struct predict *p, const struct ref_rule_row *row)
{
	unsigned int mine, theirs;
	const char *change;

	if (!row) {
		fputs("    several rules together\n", out);
		return;
	}
	mine = ref_rule_value(p->recorded.rules, row);
	theirs = ref_rule_value(p->rules, row);
	change = ref_rule_change(row, mine, theirs);
	fprintf(out, "    %s, rule %s: %s\n      by %s\n", row->function, row->name, row->values[theirs].does, change);
}

static void print_predicted_file(FILE *out, const struct predicted_group *g)
{
	char time[32];

	fputs("      ", out);
	utf8_print(out, g->file && *g->file ? g->file : "a file without a name");
	fprintf(out, ": %s", counted(g->writes, "write").text);
	if (prediction_texts[g->prediction].time)
		fprintf(out, ", %s", format_time(g->time_ns, time, sizeof(time)));
	fputc('\n', out);
}

static void print_rest_of_files(FILE *out, size_t nr)
{
	if (nr > FILES_SHOWN)
		fprintf(out, "      and %s more\n", counted(nr - FILES_SHOWN, "file").text);
}

/* Groups are in the order of questions, rules and writes. */
static void print_groups(FILE *out, const struct predict *p, enum prediction which)
{
	const struct predicted_group *before = NULL;
	size_t files = 0;

	for (size_t i = 0; i < p->nr_groups; i++) {
		const struct predicted_group *g = &p->groups[i];

		if (g->prediction != which)
			continue;
		if (!before || before->row != g->row) {
			print_rest_of_files(out, files);
			print_row(out, p, g->row);
			files = 0;
		}
		if (files++ < FILES_SHOWN)
			print_predicted_file(out, g);
		before = g;
	}
	print_rest_of_files(out, files);
}

static void print_question(FILE *out, const struct predict *p, enum prediction which)
{
	const struct predicted *n = &p->predicted[which];
	const struct prediction_text *t = &prediction_texts[which];
	char time[32];

	if (!n->becomes && !n->unknown)
		return;
	fprintf(out, "  of %s %s %" PRIu64 " %s", counted(n->of, "write").text, t->of, n->becomes, t->becomes);
	if (n->unknown)
		fprintf(out, ", of %" PRIu64 " it cannot be said", n->unknown);
	if (t->time && n->becomes)
		fprintf(out, "; their recorded %s: %s", t->time, format_time(n->time_ns, time, sizeof(time)));
	fputc('\n', out);
	print_groups(out, p, which);
}

static void print_locks(FILE *out, const struct predict *p)
{
	fprintf(out, "  locks on %s: %" PRIu64 " shared, %" PRIu64 " exclusive, %" PRIu64 " that do not come to iomap",
		p->rules->name, p->locks[LOCK_SHARED], p->locks[LOCK_EXCLUSIVE], p->locks[LOCK_NONE]);
	if (p->lock_unknown)
		fprintf(out, ", %" PRIu64 " of which it cannot be said", p->lock_unknown);
	fputc('\n', out);
}

int render_predict(FILE *out, const char *path, const struct predict *p)
{
	_cleanup_free_ char *complete = set_completeness(&p->frame, NULL);
	uint64_t changes = 0;

	if (!complete)
		return -ENOMEM;
	utf8_print(out, path);
	fputs(": ", out);
	utf8_print(out, p->kernel);
	fprintf(out, ", rules of %s: as %s would decide\n  %s\n", p->recorded.rules->name, p->rules->name, complete);
	fprintf(out, "  %s replayed", counted(p->replayed - p->strange, "write").text);
	if (p->writes != p->replayed)
		fprintf(out, ", %" PRIu64 " that cannot be (conform without --as says why)", p->writes - p->replayed);
	if (p->strange)
		fprintf(out, ", %" PRIu64 " that do not follow from the rules of %s", p->strange,
			p->recorded.rules->name);
	fputc('\n', out);
	print_locks(out, p);
	for (int i = 0; i < NR_PREDICTIONS; i++) {
		print_question(out, p, (enum prediction)i);
		changes += p->predicted[i].becomes + p->predicted[i].unknown;
	}
	if (p->replayed == p->strange)
		fprintf(out, "  nothing can be said of it\n");
	else if (!changes)
		fprintf(out, "  nothing of this would change\n");
	fprintf(out,
		"  assumed: the same mapping, sizes, cached pages and journal, and the same order of writes; a wait "
		"that goes here may come elsewhere\n");
	return 0;
}
