// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "tests/unit/test.h"
#include "user/base/meta.h"

TEST(values_are_set_replaced_and_found)
{
	struct meta m = {0};

	CHECK(!meta_get(&m, "kernel"));
	CHECK_EQ(meta_set(&m, "kernel", "6.12"), 0);
	CHECK_EQ(meta_set(&m, META_HOOK "iomap:iomap_dio_rw_begin", "none: no BTF"), 0);
	CHECK_EQ(meta_setf(&m, "writes", "%d", 12), 0);
	CHECK_EQ(meta_set(&m, "kernel", "6.14"), 0);
	CHECK_EQ(m.nr, 3);
	CHECK_STR(meta_get(&m, "kernel"), "6.14");
	CHECK_STR(m.lines[0].key, "kernel"); /* replaced in place */
	CHECK_EQ(meta_u64(&m, "writes", 5), 12);
	meta_release(&m);
	CHECK_EQ(m.nr, 0);
}

TEST(numbers_that_are_none_give_the_fallback)
{
	static const char *const not_numbers[] = {"", "-1", "1x", " 1", "18446744073709551616"};
	struct meta m = {0};

	CHECK_EQ(meta_u64(&m, "absent", 7), 7);
	for (size_t i = 0; i < ARRAY_SIZE(not_numbers); i++) {
		meta_set(&m, "n", not_numbers[i]);
		CHECK_EQ(meta_u64(&m, "n", 7), 7);
	}
	meta_set(&m, "n", "18446744073709551615");
	CHECK(meta_u64(&m, "n", 7) == UINT64_MAX);
	meta_release(&m);
}

TEST(wrong_keys_are_refused)
{
	static const char *const wrong[] = {"", "a=b", "a b", "Kernel", "a\n", "k\xc3\xa9"};
	struct meta m = {0};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK_EQ(meta_set(&m, wrong[i], "v"), -EINVAL);
	CHECK_EQ(m.nr, 0);
	meta_release(&m);
}

TEST(any_value_survives_the_wire)
{
	static const char *const values[] = {"",   "plain", "a=b",	    "two\nlines\n",
					     "\\", "\\n",   "tab\t\r \x7f", "\xc3\xa9"};
	struct meta m = {0}, back = {0};
	_cleanup_free_ char *text = NULL;
	struct errmsg err;
	char key[8];
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		snprintf(key, sizeof(key), "k%zu", i);
		CHECK_EQ(meta_set(&m, key, values[i]), 0);
	}
	CHECK_EQ(meta_format(&m, &text, &len), 0);
	CHECK_EQ(meta_parse(&back, text, len, &err), 0);
	CHECK_EQ(back.nr, m.nr);
	for (size_t i = 0; i < back.nr; i++) {
		CHECK_STR(back.lines[i].key, m.lines[i].key);
		CHECK_STR(back.lines[i].value, values[i]);
	}
	meta_release(&m);
	meta_release(&back);
}

TEST(the_wire_form_is_lines)
{
	struct meta m = {0};
	_cleanup_free_ char *text = NULL;
	size_t len;

	meta_set(&m, "a", "1\n2");
	meta_set(&m, "b.c", "\\");
	CHECK_EQ(meta_format(&m, &text, &len), 0);
	CHECK_STR(text, "a=1\\n2\nb.c=\\\\\n");
	CHECK_EQ(len, strlen(text));
	meta_release(&m);
}

TEST(nothing_is_a_meta_too)
{
	struct meta m = {0};
	_cleanup_free_ char *text = NULL;
	size_t len = 1;

	CHECK_EQ(meta_format(&m, &text, &len), 0);
	CHECK_EQ(len, 0);
	CHECK_EQ(meta_parse(&m, "", 0, NULL), 0);
	CHECK_EQ(m.nr, 0);
}

TEST(what_format_would_not_write_is_refused)
{
	static const struct {
		const char *text;
		size_t len;
		const char *why;
	} cases[] = {
#define TEXT(t) t, sizeof(t) - 1
		{TEXT("a=1"), "the last line has no newline"},
		{TEXT("\n"), "line 1 is not key=value"},
		{TEXT("=1\n"), "line 1 is not key=value"},
		{TEXT("a=1\nb\n"), "line 2 is not key=value"},
		{TEXT("A=1\n"), "line 1 is not key=value"},
		{TEXT("a\0=1\n"), "line 1 is not key=value"},
		{TEXT("a=1\0\n"), "the value of 'a' has a NUL or a wrong escape"},
		{TEXT("a=\\x\n"), "the value of 'a' has a NUL or a wrong escape"},
		{TEXT("a=1\\\n"), "the value of 'a' has a NUL or a wrong escape"},
		{TEXT("a=1\na=1\n"), "the key 'a' is given twice"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct meta m = {0};
		struct errmsg err = {0};

		CHECK_EQ(meta_parse(&m, cases[i].text, cases[i].len, &err), -EINVAL);
		CHECK_STR(err.text, cases[i].why);
		CHECK_EQ(m.nr, 0);
	}
}

TEST(lines_without_end_are_refused)
{
	_cleanup_free_ char *text = calloc(2000, 8);
	struct meta m = {0};
	char *to = text;

	for (int i = 0; i < 2000; i++)
		to += sprintf(to, "k%d=\n", i);
	CHECK_EQ(meta_parse(&m, text, to - text, NULL), -EINVAL);
	CHECK_EQ(m.nr, 0);
}

TEST_MAIN()
