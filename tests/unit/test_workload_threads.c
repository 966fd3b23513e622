// SPDX-License-Identifier: GPL-2.0-only
/* Threads, mappings, descriptors: what of the language is not about one write after another. */
#include <errno.h>
#include <string.h>

#include "tests/unit/test.h"
#include "user/workload/workload.h"

static int parse(struct workload *wl, const char *text, struct errmsg *err)
{
	return workload_parse(wl, "dir/t.wl", text, strlen(text), err);
}

TEST(threads_of_a_parallel_block)
{
	static const struct {
		uint16_t group;
		uint8_t thread;
		const char *name;
		int64_t pos;
	} ops[] = {
		{0, 0, "", 0},	   {1, 0, "a", 0}, {1, 0, "a", 4096},	  {1, 0, "a", 0},
		{1, 1, "b", 8192}, {2, 0, "a", 0}, {2, 1, "other", 4096}, {0, 0, "", 0},
	};
	struct workload wl = {0};

	CHECK_EQ(parse(&wl,
		       "create f\n"
		       "parallel\nthread a\nrepeat 2\nwrite f 0+*4k 4k append\nend\nfdatasync f\n"
		       "thread b\nwrite f 8k 4k\nend\n"
		       "parallel\nthread a\nwrite f 0 4k\nthread other\nwrite f 4k 4k\nend\n"
		       "fsync f\n",
		       NULL),
		 0);
	CHECK_EQ(wl.nr_ops, ARRAY_SIZE(ops));
	CHECK_EQ(wl.nr_writes, 5);
	for (size_t i = 0; i < wl.nr_ops && i < ARRAY_SIZE(ops); i++) {
		CHECK_EQ(wl.ops[i].group, ops[i].group);
		CHECK_EQ(wl.ops[i].thread, ops[i].thread);
		CHECK_STR(wl.ops[i].thread_name, ops[i].name);
		CHECK_EQ(wl.ops[i].pos, ops[i].pos);
	}
	CHECK_EQ(workload_group_len(&wl, 1), 4);
	CHECK_EQ(workload_group_len(&wl, 5), 2);
	workload_release(&wl);
}

TEST(mappings_and_descriptors)
{
	struct workload wl = {0};

	CHECK_EQ(parse(&wl,
		       "fdatasync f\nmmap-read f 4k 100\nmmap-write f 1 8k\nopen f\nopen f dsync append\n"
		       "open f sync\n",
		       NULL),
		 0);
	CHECK_EQ(wl.nr_ops, 6);
	CHECK_EQ(wl.ops[0].kind, OP_FDATASYNC);
	CHECK_EQ(wl.ops[1].kind, OP_MMAP_READ);
	CHECK_EQ(wl.ops[1].pos, 4096);
	CHECK_EQ(wl.ops[2].kind, OP_MMAP_WRITE);
	CHECK_EQ(wl.ops[2].len, 8192);
	CHECK_EQ(wl.ops[3].flags, 0);
	CHECK_EQ(wl.ops[4].flags, WRITE_DSYNC | WRITE_APPEND);
	CHECK_EQ(wl.ops[5].flags, WRITE_SYNC | WRITE_DSYNC);
	CHECK_STR(op_name(OP_MMAP_WRITE), "mmap-write");
	workload_release(&wl);
}

static const struct {
	const char *text;
	const char *what;
} errors[] = {
	{"parallel\nthread a\nwrite f 0 4k\n", "1:1: parallel without end"},
	{"parallel\nend", "2:1: end of a parallel whose last thread has nothing to do"},
	{"parallel\nthread a\nend", "3:1: end of a parallel whose last thread has nothing to do"},
	{"parallel\nwrite f 0 4k\nend", "2:1: write of no thread: parallel needs 'thread NAME' first"},
	{"parallel\nthread a\nthread b\n", "3:1: the thread 'a' has nothing to do"},
	{"parallel\nthread a\nfsync f\nthread a\n", "4:8: there is a thread 'a' already"},
	{"parallel\nthread a\nsync\nend", "3:1: sync in a thread: it may only write, fsync and fdatasync"},
	{"parallel\nthread a\nbuffered f 0 4k\nend",
	 "3:1: buffered in a thread: it may only write, fsync and fdatasync"},
	{"parallel\nthread a\nwrite f 0 4k libaio\nend", "3:14: a thread writes with pwritev2(2)"},
	{"parallel\nthread a\nwrite f 0 4k io_uring\nend", "3:14: a thread writes with pwritev2(2)"},
	{"parallel\nparallel\nend", "2:1: parallel inside the parallel of line 1"},
	{"repeat 2\nparallel\nend", "2:1: parallel inside the repeat of line 1"},
	{"thread a", "1:1: thread outside of parallel"},
	{"parallel\nthread a\nrepeat 2\nthread b\nend\nend", "4:1: thread outside of parallel"},
	{"parallel\nthread", "2:7: thread needs a name"},
	{"parallel\nthread a/b", "2:9: a thread's name is made of letters, digits and . _ - + only"},
	{"parallel\nthread aaaabbbbccccdddd", "2:8: the name is longer than 15 bytes"},
	{"parallel\nthread a b", "2:10: unexpected 'b' after thread"},
	{"parallel 2", "1:10: unexpected '2' after parallel"},
	{"mmap-read f 0 0", "1:15: the length '0' is not between 1 and 268435456"},
	{"open f fast", "1:8: 'fast' is none of dsync sync append"},
	{"open f sync sync", "1:13: 'sync' is given twice"},
};

TEST(errors_say_line_column_and_what)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct workload wl = {0};
		struct errmsg err = {0};

		CHECK_EQ(parse(&wl, errors[i].text, &err), -EINVAL);
		CHECK(strlen(err.text) > 9);
		CHECK_STR(err.text + 9, errors[i].what);
	}
}

TEST(no_more_than_so_many_threads)
{
	char text[1024] = "parallel\n";
	struct workload wl = {0};
	struct errmsg err = {0};

	for (int i = 0; i <= WL_THREADS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "thread t%d\nfsync f\n", i);
	CHECK_EQ(parse(&wl, text, &err), -EINVAL);
	CHECK_STR(err.text, "dir/t.wl:34:1: more than 16 threads");
}

TEST_MAIN()
