// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/export_predict.h"

#include <errno.h>
#include <inttypes.h>

#include "reports/export/json.h"
#include "reports/model/summary.h"
#include "user/base/util.h"

static void put_word(struct json *j, const char *key, const char *word)
{
	json_word_key(j, key);
	json_string(j, word);
}

static void put_number(struct json *j, const char *key, uint64_t n)
{
	json_word_key(j, key);
	json_uint(j, n);
}

static void put_locks(struct json *j, const struct predict *p)
{
	json_word_key(j, "locks");
	json_open(j, '{');
	put_number(j, "shared", p->locks[LOCK_SHARED]);
	put_number(j, "exclusive", p->locks[LOCK_EXCLUSIVE]);
	put_number(j, "none", p->locks[LOCK_NONE]);
	put_number(j, "unknown", p->lock_unknown);
	json_close(j, '}');
}

static void put_question(struct json *j, const struct predict *p, int i)
{
	const struct prediction_text *t = &prediction_texts[i];
	const struct predicted *n = &p->predicted[i];

	json_open(j, '{');
	put_word(j, "of", t->of);
	put_word(j, "becomes", t->becomes);
	put_number(j, "writes", n->of);
	put_number(j, "changed", n->becomes);
	put_number(j, "unknown", n->unknown);
	put_word(j, "time", t->time);
	put_number(j, "time_ns", n->time_ns);
	json_close(j, '}');
}

/* The change that lies between the two kernels: that which brought the newer one's way. */
static const char *change_between(const struct predict *p, const struct ref_rule_row *row)
{
	unsigned int mine = ref_rule_value(p->recorded.rules, row), theirs = ref_rule_value(p->rules, row);
	bool newer = p->rules > p->recorded.rules; /* both are in ref_profiles[] */

	return row->values[newer ? theirs : mine].change;
}

static void put_group(struct json *j, const struct predict *p, const struct predicted_group *g)
{
	const struct ref_rule_row *row = g->row;

	json_open(j, '{');
	put_word(j, "becomes", prediction_texts[g->prediction].becomes);
	put_word(j, "rule", row ? row->name : NULL);
	put_word(j, "function", row ? row->function : NULL);
	put_word(j, "does", row ? row->values[ref_rule_value(p->rules, row)].does : NULL);
	put_word(j, "change", row ? change_between(p, row) : NULL);
	json_word_key(j, "file");
	if (g->file)
		json_name(j, g->file);
	else
		json_null(j);
	put_number(j, "ino", g->ino);
	put_number(j, "writes", g->writes);
	put_number(j, "time_ns", g->time_ns);
	json_close(j, '}');
}

static void put_head(struct json *j, const char *path, const struct predict *p, bool complete)
{
	put_word(j, "type", "as");
	json_word_key(j, "trace");
	json_name(j, path);
	json_word_key(j, "kernel");
	json_name(j, p->kernel);
	put_word(j, "recorded", p->recorded.rules->name);
	put_word(j, "as", p->rules->name);
	json_word_key(j, "complete");
	json_bool(j, complete);
	put_number(j, "writes", p->writes);
	put_number(j, "replayed", p->replayed);
	put_number(j, "strange", p->strange);
	put_locks(j, p);
}

int export_predict_json(FILE *out, const char *path, const struct predict *p)
{
	bool complete;
	_cleanup_free_ char *words = set_completeness(&p->frame, &complete);
	struct json j = {.out = out};

	if (!words)
		return -ENOMEM;
	json_open(&j, '{');
	put_head(&j, path, p, complete);
	json_word_key(&j, "questions");
	json_open(&j, '[');
	for (int i = 0; i < NR_PREDICTIONS; i++)
		if (p->predicted[i].of)
			put_question(&j, p, i);
	json_close(&j, ']');
	json_word_key(&j, "groups");
	json_open(&j, '[');
	for (size_t i = 0; i < p->nr_groups; i++)
		put_group(&j, p, &p->groups[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	json_newline(&j);
	json_end(&j);
	return 0;
}

/* The row that most of these writes fall to: of groups of one question those with most writes come first. */
static const struct ref_rule_row *first_row(const struct predict *p, int question)
{
	for (size_t i = 0; i < p->nr_groups; i++)
		if ((int)p->groups[i].prediction == question)
			return p->groups[i].row;
	return NULL;
}

int export_predict_diff(struct diff *diff, const struct predict *p)
{
	for (int i = 0; i < NR_PREDICTIONS; i++) {
		const struct predicted *n = &p->predicted[i];
		const struct ref_rule_row *row = n->becomes ? first_row(p, i) : NULL;
		_cleanup_free_ char *of = NULL;
		_cleanup_free_ char *becomes = NULL;

		if (!n->becomes)
			continue;
		of = strf("%s %s", counted(n->of, "write").text, prediction_texts[i].of);
		becomes = strf("%" PRIu64 " %s", n->becomes, prediction_texts[i].becomes);
		if (!of || !becomes ||
		    diff_add(diff, VERDICT_DIFFERENT, 0, row ? row->name : "rules", of, becomes,
			     row ? row->values[ref_rule_value(p->rules, row)].does : "several rules together"))
			return -ENOMEM;
	}
	diff->pairs = p->replayed;
	return 0;
}
