/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest thing a unit test needs: cases with names, checks that say what they saw, TAP on stdout.
 *
 *	TEST(parses_sizes) { int64_t n; CHECK(!parse_size("4k", &n)); CHECK_EQ(n, 4096); }
 *	TEST_MAIN()
 *
 * A failing check prints file, line and values, and the case goes on. SKIP("why") ends a case as skipped.
 */
#ifndef DIOSCOPE_TEST_H
#define DIOSCOPE_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};

static struct test_case *test_first, **test_end = &test_first;
static int test_failed_checks;
static const char *test_skip_why;

#define TEST(id)                                                                                                       \
	static void test_##id(void);                                                                                   \
	static struct test_case test_case_##id = {#id, test_##id, NULL};                                               \
	__attribute__((constructor)) static void test_add_##id(void)                                                   \
	{                                                                                                              \
		*test_end = &test_case_##id;                                                                           \
		test_end = &test_case_##id.next;                                                                       \
	}                                                                                                              \
	static void test_##id(void)

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			test_failed_checks++;                                                                          \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);                                            \
		}                                                                                                      \
	} while (0)

#define CHECK_EQ(a, b)                                                                                                 \
	do {                                                                                                           \
		long long test_a = (long long)(a), test_b = (long long)(b);                                            \
		if (test_a != test_b) {                                                                                \
			test_failed_checks++;                                                                          \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #a, test_a, test_b);             \
		}                                                                                                      \
	} while (0)

#define CHECK_STR(a, b)                                                                                                \
	do {                                                                                                           \
		const char *test_a = (a), *test_b = (b);                                                               \
		if (!test_a || !test_b || strcmp(test_a, test_b)) {                                                    \
			test_failed_checks++;                                                                          \
			printf("# %s:%d: %s is '%s', not '%s'\n", __FILE__, __LINE__, #a, test_a ? test_a : "(null)",  \
			       test_b ? test_b : "(null)");                                                            \
		}                                                                                                      \
	} while (0)

#define SKIP(why)                                                                                                      \
	do {                                                                                                           \
		test_skip_why = (why);                                                                                 \
		return;                                                                                                \
	} while (0)

static inline int test_main(void)
{
	int nr = 0, failed = 0;

	for (struct test_case *t = test_first; t; t = t->next) {
		test_failed_checks = 0;
		test_skip_why = NULL;
		t->run();
		nr++;
		if (test_failed_checks)
			failed++;
		printf("%s %d - %s%s%s\n", test_failed_checks ? "not ok" : "ok", nr, t->name,
		       test_skip_why ? " # SKIP " : "", test_skip_why ? test_skip_why : "");
		fflush(stdout);
	}
	printf("1..%d\n", nr);
	return failed ? 1 : 0;
}

#define TEST_MAIN()                                                                                                    \
	int main(void)                                                                                                 \
	{                                                                                                              \
		return test_main();                                                                                    \
	}

#endif
