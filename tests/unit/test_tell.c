// SPDX-License-Identifier: GPL-2.0-only
/* Sentences of a write. */
#include "reports/text/tell_parts.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static char *told_of(const struct write *w)
{
	struct write_set frame = {0};
	char kernel[] = "6.18.1";
	struct teller t = {.frame = &frame, .rules = ref_rules_for_release(kernel), .kernel = kernel};
	struct look look;
	char *text = NULL;
	size_t len;

	t.out = open_memstream(&text, &len);
	look_at(&look, w);
	CHECK(!tell_write(&t, &look));
	fclose(t.out);
	return text;
}

static char *told(struct sample *s)
{
	struct write w = {.rec = s->rec, .steps = s->steps, .nr_steps = s->nr};

	w.rec.steps_total = s->nr;
	return told_of(&w);
}

TEST(what_is_observed_is_said)
{
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	_cleanup_free_ char *text = told(&s);

	CHECK(strstr(text, "held i_rwsem shared: other"));
	CHECK(strstr(text, "It wrote 4096 bytes."));
	CHECK(strstr(text, "nothing: every fact"));
	CHECK(!strstr(text, "(inferred)"));
}

TEST(what_is_inferred_says_so)
{
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	sample_how(&s, FACT_LOCK, HOW_INFERRED);
	_cleanup_free_ char *text = told(&s);

	CHECK(strstr(text, "go on beside it\n            (inferred).") || strstr(text, "beside it (inferred)."));
}

TEST(what_is_unknown_is_listed)
{
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	sample_how(&s, FACT_EXTENTS, HOW_NOT_REACHED);
	s.rec.extents = 0;
	_cleanup_free_ char *text = told(&s);

	CHECK(!strstr(text, "i_rwsem"));
	CHECK(!strstr(text, "indirect"));
	CHECK(strstr(text, "what is not known\n  lock\n"));
}

TEST(what_nobody_saw_asked_is_told_by_what_was_to_be_written)
{
	struct sample s;

	sample_init(&s, 1, "f", 8192, 4096);
	sample_how(&s, FACT_ASKED_LEN, HOW_UNKNOWN);
	_cleanup_free_ char *text = told(&s);

	CHECK(strstr(text, ": 4096 bytes at 8192, by"));
	CHECK(strstr(text, "length asked"));
}

/* Every reason that is said to follow from a rule names one that there is. */
TEST(rules_are_there)
{
	struct write_set frame = {0};
	struct teller t = {.frame = &frame, .rules = ref_rules_for_release("6.18.1")};
	size_t with_rule = 0;

	for (int why = 0; why < NR_WHYS; why++) {
		_cleanup_free_ char *text = NULL;
		size_t len;

		t.out = open_memstream(&text, &len);
		tell_reason(&t, 1, (enum why)why, NULL);
		fclose(t.out);
		CHECK(strstr(text, "decided by ") && strstr(text, "change: "));
		CHECK(!tell_has_rule((enum why)why) == !strstr(text, "rule: "));
		with_rule += tell_has_rule((enum why)why);
	}
	CHECK(with_rule > 15);
}

TEST(reasons_are_found_by_key)
{
	enum why reasons[TELL_REASONS_MAX];

	for (int why = 0; why < NR_WHYS; why++) {
		size_t nr = tell_find_reasons(why_rows[why].key, reasons), found = 0;

		CHECK(nr < TELL_REASONS_MAX);
		for (size_t i = 0; i < nr; i++)
			found += reasons[i] == (enum why)why;
		CHECK(found == 1);
	}
	CHECK(!tell_find_reasons("slow", reasons));
}

TEST_MAIN()
