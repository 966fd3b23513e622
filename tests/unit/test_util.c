// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>

#include "tests/unit/test.h"
#include "user/base/util.h"

#define UNTOUCHED 4711

TEST(sizes_are_parsed)
{
	static const struct {
		const char *text;
		int ret;
		int64_t bytes;
	} cases[] = {
		{"0", 0, 0},
		{"512", 0, 512},
		{"010", 0, 10}, /* decimal: nobody means octal */
		{"4k", 0, 4096},
		{"4K", 0, 4096},
		{"1M", 0, 1048576},
		{"2G", 0, 2147483648},
		{"0x200", 0, 512},
		{"0xFfk", 0, 255 * 1024},
		{"-4k", 0, -4096},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775807", 0, -INT64_MAX},
		{"9223372036854775808", -ERANGE, UNTOUCHED},
		{"18446744073709551616", -ERANGE, UNTOUCHED},
		{"99999999999G", -ERANGE, UNTOUCHED},
		{"0x8000000000000000", -ERANGE, UNTOUCHED},
		{"", -EINVAL, UNTOUCHED},
		{"-", -EINVAL, UNTOUCHED},
		{"k", -EINVAL, UNTOUCHED},
		{"0x", -EINVAL, UNTOUCHED},
		{"--1", -EINVAL, UNTOUCHED},
		{"+1", -EINVAL, UNTOUCHED},
		{" 1", -EINVAL, UNTOUCHED},
		{"1 ", -EINVAL, UNTOUCHED},
		{"4kk", -EINVAL, UNTOUCHED},
		{"4m", -EINVAL, UNTOUCHED},
		{"1.5k", -EINVAL, UNTOUCHED},
		{"12a", -EINVAL, UNTOUCHED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t bytes = UNTOUCHED;
		int ret = parse_size(cases[i].text, &bytes);

		if (ret != cases[i].ret || bytes != cases[i].bytes)
			printf("# '%s'\n", cases[i].text);
		CHECK_EQ(ret, cases[i].ret);
		CHECK_EQ(bytes, cases[i].bytes);
	}
}

TEST(durations_are_parsed)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t ns;
	} cases[] = {
		{"10", 0, 10000000000ull},
		{"10s", 0, 10000000000ull},
		{"500ms", 0, 500000000},
		{"7us", 0, 7000},
		{"3ns", 0, 3},
		{"2m", 0, 120000000000ull},
		{"1h", 0, 3600000000000ull},
		{"99999999999999s", -ERANGE, UNTOUCHED},
		{"-1s", -EINVAL, UNTOUCHED},
		{"s", -EINVAL, UNTOUCHED},
		{"", -EINVAL, UNTOUCHED},
		{"1 s", -EINVAL, UNTOUCHED},
		{"1d", -EINVAL, UNTOUCHED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t ns = UNTOUCHED;
		int ret = parse_duration(cases[i].text, &ns);

		if (ret != cases[i].ret || ns != cases[i].ns)
			printf("# '%s'\n", cases[i].text);
		CHECK_EQ(ret, cases[i].ret);
		CHECK_EQ(ns, cases[i].ns);
	}
}

TEST(fail_fills_the_sentence_and_returns_the_code)
{
	struct errmsg err;
	char longer[1000];

	CHECK_EQ(fail(&err, -ENOENT, "%s: %d", "f", 7), -ENOENT);
	CHECK_STR(err.text, "f: 7");
	CHECK_EQ(fail(NULL, -EIO, "nobody listens"), -EIO);
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	fail(&err, -1, "%s", longer);
	CHECK_EQ(strlen(err.text), sizeof(err.text) - 1);
}

TEST(strf_allocates)
{
	_cleanup_free_ char *text = strf("%s-%d", "a", 5);

	CHECK_STR(text, "a-5");
}

TEST(files_are_read_up_to_a_limit)
{
	int fd = memfd_create("test", 0);
	_cleanup_free_ char *path = strf("/proc/self/fd/%d", fd);
	_cleanup_free_ char *data = NULL;
	char block[20000];
	struct errmsg err;
	size_t len = 0;

	memset(block, 'b', sizeof(block));
	CHECK_EQ(write_all(fd, block, sizeof(block)), 0);
	CHECK_EQ(read_file(path, sizeof(block), &data, &len, &err), 0);
	CHECK_EQ(len, sizeof(block));
	CHECK(data && !memcmp(data, block, sizeof(block)) && !data[len]);
	len = UNTOUCHED;
	CHECK_EQ(read_file(path, sizeof(block) - 1, &data, &len, &err), -EFBIG);
	CHECK_EQ(len, UNTOUCHED);
	CHECK(strstr(err.text, "longer than 19999 bytes"));
	close(fd);
}

TEST(a_missing_file_is_one_sentence)
{
	char *data;
	size_t len;
	struct errmsg err;

	CHECK_EQ(read_file("/nonexistent/f", 10, &data, &len, &err), -ENOENT);
	CHECK_STR(err.text, "/nonexistent/f: No such file or directory");
	CHECK_EQ(read_file("/proc", 10, &data, &len, &err), -EISDIR);
}

TEST(write_all_reports_the_error)
{
	int fd = open("/dev/full", O_WRONLY);

	CHECK_EQ(write_all(fd, "x", 1), -ENOSPC);
	CHECK_EQ(write_all(-1, "x", 1), -EBADF);
	close(fd);
}

TEST(one_write_is_one)
{
	CHECK_STR(counted(0, "write").text, "0 writes");
	CHECK_STR(counted(1, "write").text, "1 write");
	CHECK_STR(counted(UINT64_MAX, "probe run").text, "18446744073709551615 probe runs");
	CHECK_STR(noun_of(1, "fact").text, "fact");
}

TEST_MAIN()
