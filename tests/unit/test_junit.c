// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/junit.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static char *junit_text(const struct outcome *outcomes, size_t nr)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CHECK_EQ(junit_report(out, "dioscope <verify>", outcomes, nr), 0);
	fclose(out);
	return text;
}

static size_t count_of(const char *text, const char *what)
{
	size_t nr = 0;

	for (const char *p = text; (p = strstr(p, what)); p++)
		nr++;
	return nr;
}

TEST(each_kind_of_outcome)
{
	struct diff same = {0}, different = {0};
	struct outcome outcomes[] = {
		{.id = "S01", .diff = &same, .seconds = 0.25},
		{.id = "S02", .diff = &different, .seconds = 1},
		{.id = "S03", .not_observed = "no BPF here"},
		{.id = "S04", .trouble = "mkfs.ext4 failed"},
	};
	char *text;

	diff_add(&same, VERDICT_UNOBSERVABLE, 1, "flush", "unknown", "yes", "cannot be seen");
	diff_add(&same, VERDICT_ALLOWED, 1, "bios", "1", "2", "any number");
	diff_add(&different, VERDICT_DIFFERENT, 3, "lock", "shared", "exclusive", "equal");
	diff_add(&different, VERDICT_DIFFERENT, 4, "image", "a", "b", "equal");
	text = junit_text(outcomes, 4);
	CHECK(strstr(text, "name=\"dioscope &lt;verify&gt;\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" "
			   "time=\"1.250\""));
	CHECK_EQ(count_of(text, "<testcase "), 4);
	CHECK_EQ(count_of(text, "<failure "), 2);
	CHECK(strstr(text, "message=\"finding 1 of 2: op 3 lock: live shared, reference exclusive\">rule: equal<"));
	CHECK(strstr(text, "<skipped message=\"no BPF here\"/>"));
	CHECK(strstr(text, "<error message=\"mkfs.ext4 failed\"/>"));
	CHECK(strstr(text, "unobservable: flush"));
	free(text);
	diff_release(&same);
	diff_release(&different);
}

TEST(what_was_not_observed_is_skipped_unless_something_differs)
{
	struct diff same = {0}, different = {0};
	struct outcome outcomes[] = {
		{.id = "S01", .diff = &same, .not_observed = "nothing was compared"},
		{.id = "S02", .diff = &different, .not_observed = "2 writes LOST"},
		{.id = "S03", .diff = &different, .not_observed = "2 writes LOST", .trouble = "no room"},
	};
	char *text;

	diff_add(&same, VERDICT_UNOBSERVABLE, 1, "write", "no such write", "f pos 0 len 4096: 4096", "no hook");
	diff_add(&different, VERDICT_DIFFERENT, 3, "lock", "shared", "exclusive", "equal");
	CHECK_EQ(outcome_result(&outcomes[0]), OUTCOME_NOT_OBSERVED);
	CHECK_EQ(outcome_result(&outcomes[1]), OUTCOME_DIFFERENT);
	CHECK_EQ(outcome_result(&outcomes[2]), OUTCOME_TROUBLE);
	text = junit_text(outcomes, 3);
	CHECK(strstr(text, "tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"1\""));
	CHECK(strstr(text, "<skipped message=\"nothing was compared\"/>"));
	CHECK_EQ(count_of(text, "<skipped "), 1);
	CHECK_EQ(count_of(text, "<failure "), 1);
	CHECK(strstr(text, "unobservable: write"));
	free(text);
	diff_release(&same);
	diff_release(&different);
}

TEST(the_profile_is_a_property)
{
	struct write_set reference = {0};
	struct outcome outcomes[] = {{.id = "S01", .trouble = "none"}, {.id = "S02", .reference = &reference}};
	char *text;

	meta_set(&reference.header, META_PROFILE, "7.3");
	meta_set(&reference.header, META_FIT, "nearest to this kernel's");
	text = junit_text(outcomes, 2);
	CHECK(strstr(text, "    <properties>\n      <property name=\"profile\" value=\"7.3\"/>\n"
			   "      <property name=\"profile.fit\" value=\"nearest to this kernel&#39;s\"/>\n"
			   "    </properties>\n    <testcase "));
	free(text);
	set_release(&reference);
}

TEST(any_byte_is_escaped)
{
	struct diff d = {0};
	struct outcome o = {.id = "S<\"&'\x01\x1b>", .diff = &d};
	char *text;

	diff_add(&d, VERDICT_DIFFERENT, 1, "file", "]]>\xff\x02", "caf\xc3\xa9\x7f", "a < b");
	text = junit_text(&o, 1);
	CHECK(strstr(text, "name=\"S&lt;&quot;&amp;&#39;\\x01\\x1b&gt;\""));
	CHECK(strstr(text, "live ]]&gt;\\xff\\x02, reference caf\xc3\xa9\\x7f\">rule: a &lt; b<"));
	for (const char *p = text; *p; p++)
		CHECK((unsigned char)*p >= 0x20 || *p == '\n');
	free(text);
	diff_release(&d);
}

TEST(an_empty_run)
{
	char *text = junit_text(NULL, 0);

	CHECK(strstr(text, "tests=\"0\""));
	free(text);
}

TEST_MAIN()
