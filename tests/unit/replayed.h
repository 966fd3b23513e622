/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests of the replay: a crafted write against the rules, and one that is made to follow from them. */
#ifndef DIOSCOPE_REPLAYED_H
#define DIOSCOPE_REPLAYED_H

#include "refimpl/replay.h"
#include "reports/model/fields.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static inline const struct ref_rules *rules_of(const char *name)
{
	return ref_rules_find(name);
}

static inline struct write write_of(struct sample *s)
{
	s->rec.steps_total = s->nr;
	return (struct write){.rec = s->rec, .steps = s->steps, .nr_steps = s->nr};
}

static inline size_t findings(struct sample *s, const char *rules, const char *recorded, struct replay *r)
{
	struct write live = write_of(s);

	CHECK_EQ(replay_write(r, &live, rules_of(rules), rules_of(recorded)), 0);
	return r->diff.by_verdict[VERDICT_DIFFERENT];
}

/* How many findings, and nothing more. */
static inline size_t count_from(struct sample *s, const char *rules, const char *recorded)
{
	struct replay r;
	size_t nr = findings(s, rules, recorded, &r);

	for (size_t i = 0; i < r.diff.nr; i++)
		if (r.diff.findings[i].verdict == VERDICT_DIFFERENT)
			printf("# %s: %s, %s\n", r.diff.findings[i].what, r.diff.findings[i].a_value,
			       r.diff.findings[i].b_value);
	replay_release(&r);
	return nr;
}

/* A fact as a test has it. Zeroes end a list. */
struct doctored {
	bool used;
	enum write_fact fact;
	enum how how;
	int64_t value;
};

/* clang-format off */
#define IS(fact, value) {true, FACT_##fact, HOW_OBSERVED, (value)}
#define INFERRED(fact, value) {true, FACT_##fact, HOW_INFERRED, (value)}
#define UNKNOWN(fact) {true, FACT_##fact, HOW_UNKNOWN, 0}
#define UNREACHED(fact) {true, FACT_##fact, HOW_NOT_REACHED, 0}
/* clang-format on */

static inline void doctor(struct sample *s, const struct doctored *facts, size_t nr)
{
	for (size_t i = 0; i < nr && facts[i].used; i++) {
		memcpy((uint8_t *)&s->rec + write_fields[facts[i].fact].offset, &facts[i].value,
		       write_fields[facts[i].fact].size);
		sample_how(s, facts[i].fact, facts[i].how);
	}
}

static inline void take_decisions(struct sample *s, const struct write *decided)
{
	for (int f = 0; f < NR_FACTS; f++) {
		const struct write_field *field = &write_fields[f];

		if (!replay_decides((enum write_fact)f))
			continue;
		memcpy((uint8_t *)&s->rec + field->offset, (const uint8_t *)&decided->rec + field->offset, field->size);
		s->rec.how[f] = decided->rec.how[f];
	}
	memcpy(s->rec.stage_ns, decided->rec.stage_ns, sizeof(s->rec.stage_ns));
	s->nr = decided->nr_steps < ARRAY_SIZE(s->steps) ? decided->nr_steps : ARRAY_SIZE(s->steps);
	memcpy(s->steps, decided->steps, s->nr * sizeof(s->steps[0]));
}

/* What is decided of @s, as it follows from the rest of it: a write of a kernel of @rules. */
static inline void settle(struct sample *s, const char *rules)
{
	struct replay r;

	findings(s, rules, rules, &r);
	take_decisions(s, &r.write);
	replay_release(&r);
}

#endif
