// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/sense_check.h"

#include <errno.h>
#include <string.h>

#include "refimpl/replay.h"
#include "reports/model/accounts.h"
#include "reports/model/record_sense.h"

#define RULE_SENSE    "what the parts of a record say of each other"
#define RULE_ACCOUNTS "what is counted in two places is the same"
#define RULE_SECTORS  "bios begin and end at logical blocks of the device"
#define RULE_RESULT   "a record has the result that its caller gets"

struct senses {
	const struct write *write;
	const struct ref_rules *rules;
	const struct workload *wl;
	const struct op_result *results;
	struct diff *diff;
};

static int differ(const struct senses *s, const char *what, const char *seen, const char *expected, const char *rule)
{
	return diff_add(s->diff, VERDICT_DIFFERENT, s->write->op, what, seen, expected, rule);
}

static int check_parts(const struct senses *s)
{
	uint32_t mask = record_disagrees(s->write);
	int ret = 0;

	for (unsigned int i = 0; mask && !ret; i++, mask >>= 1)
		if (mask & 1)
			ret = differ(s, "record", record_disagreement(i), "they agree", RULE_SENSE);
	return ret;
}

/* As the kernel side sends it: the last steps behind the record. */
struct sent {
	struct write_record rec;
	struct write_step steps[STEPS_INLINE];
};

static int check_accounts(const struct senses *s)
{
	struct accounts a = {.promised = {0}};
	struct sent sent = {.rec = s->write->rec};
	uint32_t nr = s->write->nr_steps < STEPS_INLINE ? s->write->nr_steps : STEPS_INLINE;
	int ret = 0;

	memset(a.promised, HOW_OBSERVED, sizeof(a.promised));
	a.promised[FACT_OPS] = HOW_UNKNOWN; /* they are noted with the first round, not with the call */
	sent.rec.nr_inline = nr;
	if (nr)
		memcpy(sent.steps, s->write->steps + s->write->nr_steps - nr, nr * sizeof(sent.steps[0]));
	accounts_take(&a, &sent.rec);
	for (unsigned int i = 0; account_key(i) && !ret; i++)
		if (a.accounts[i].first)
			ret = differ(s, "account", account_key(i), "it balances", RULE_ACCOUNTS);
	return ret;
}

static int check_sectors(const struct senses *s)
{
	uint32_t lbs = s->wl->lbs;

	for (uint32_t i = 0; i < s->write->nr_steps; i++) {
		const struct write_step *step = &s->write->steps[i];

		if (step->kind == STEP_BIO && (step->pos % lbs || step->len % lbs))
			return differ(s, "bio", "begins or ends inside a logical block", "whole ones", RULE_SECTORS);
	}
	return 0;
}

static int check_result(const struct senses *s)
{
	int64_t ret = s->results[s->write->op - 1].ret;

	return s->write->rec.ret == ret ? 0 : differ(s, "result", "of the record", "of the caller", RULE_RESULT);
}

static int take_findings(const struct senses *s, const struct diff *d)
{
	int ret = 0;

	for (size_t i = 0; i < d->nr && !ret; i++)
		if (d->findings[i].verdict == VERDICT_DIFFERENT)
			ret = differ(s, d->findings[i].what, d->findings[i].a_value, d->findings[i].b_value,
				     d->findings[i].rule);
	return ret;
}

static int check_decisions(const struct senses *s)
{
	struct replay r;
	int ret;

	if (replay_refuses(s->write))
		return 0;
	ret = replay_write(&r, s->write, s->rules, s->rules);
	if (ret)
		return ret;
	s->diff->compared += r.compared;
	s->diff->inferred += r.inferred;
	s->diff->unreached += r.unreached;
	ret = take_findings(s, &r.diff);
	replay_release(&r);
	return ret;
}

static int (*const checks[])(const struct senses *s) = {
	check_parts, check_accounts, check_sectors, check_result, check_decisions,
};

int sense_check(const struct write_set *set, const struct ref_rules *rules, const struct workload *wl,
		const struct op_result *results, struct diff *diff, struct errmsg *err)
{
	for (size_t n = 0; n < set->nr; n++) {
		const struct senses s = {&set->writes[n], rules, wl, results, diff};

		for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
			if (checks[i](&s))
				return fail(err, -ENOMEM, "out of memory");
	}
	return 0;
}
