/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writers at the same time: whose turn it is, and who waits for the lock. A line has a letter for each thread as it
 * takes the lock, "a(", and lets it go, "a)".
 */
#include "refimpl/turns.h"
#include "tests/unit/test.h"

static struct ref_inode inodes[2];

struct play {
	enum lock_mode modes[2]; /* of the two threads */
	const struct ref_inode *inodes[2];
	char line[256];
};

static void say(struct play *p, const struct workload_op *op, char what)
{
	size_t len = strlen(p->line);

	snprintf(p->line + len, sizeof(p->line) - len, "%c%c", 'a' + op->thread, what);
}

/* A write, as far as others see it. */
static int run(void *ctx, struct ref_beside *b, const struct workload_op *op, struct op_result *result)
{
	struct play *p = ctx;
	const struct ref_inode *inode = p->inodes[op->thread];

	b->stage(b, STAGE_ENTER);
	b->lock(b, inode, p->modes[op->thread]);
	say(p, op, '(');
	b->stage(b, STAGE_CHECK);
	b->stage(b, STAGE_IOMAP);
	b->stage(b, STAGE_RETURN);
	say(p, op, ')');
	b->unlock(b, inode);
	result->ret = op->nr;
	return 0;
}

/* @times: enter, check, iomap and return of each operation, those of thread a first; 0: no live kernel. */
static void play(struct play *p, size_t nr_each, const uint64_t (*times)[4])
{
	struct ref_moments moments[8] = {0};
	struct op_result results[8];
	struct workload_op ops[8];
	size_t nr = 2 * nr_each;

	memset(ops, 0, sizeof(ops));
	for (size_t i = 0; i < nr; i++) {
		ops[i] = (struct workload_op){.nr = (uint32_t)i + 1, .group = 1, .thread = i >= nr_each};
		if (!times)
			continue;
		moments[i].begin_ns = times[i][0];
		moments[i].stage_ns[STAGE_ENTER] = times[i][0];
		moments[i].stage_ns[STAGE_CHECK] = times[i][1];
		moments[i].stage_ns[STAGE_IOMAP] = times[i][2];
		moments[i].stage_ns[STAGE_RETURN] = times[i][3];
	}
	CHECK_EQ(ref_turns_run(ops, nr, results, times ? moments : NULL, run, p), 0);
	for (size_t i = 0; i < nr; i++)
		CHECK_EQ(results[i].ret, i + 1);
}

static struct play on_one_file(enum lock_mode a, enum lock_mode b)
{
	return (struct play){.modes = {a, b}, .inodes = {&inodes[0], &inodes[0]}};
}

TEST(without_a_live_trace_they_take_turns)
{
	struct play p = on_one_file(LOCK_EXCLUSIVE, LOCK_EXCLUSIVE);

	play(&p, 2, NULL);
	CHECK_STR(p.line, "a(a)b(b)a(a)b(b)");
}

TEST(the_live_order_is_taken)
{
	static const uint64_t times[][4] = {{30, 31, 32, 33}, {40, 41, 42, 43}, {10, 11, 12, 13}, {20, 21, 22, 23}};
	struct play p = on_one_file(LOCK_EXCLUSIVE, LOCK_EXCLUSIVE);

	play(&p, 2, times);
	CHECK_STR(p.line, "b(b)b(b)a(a)a(a)");
}

/* On the live kernel the two were under way at the same time. */
static const uint64_t beside[][4] = {{10, 12, 14, 18}, {11, 13, 15, 17}};

TEST(shared_holds_are_beside_each_other)
{
	struct play p = on_one_file(LOCK_SHARED, LOCK_SHARED);

	play(&p, 1, beside);
	CHECK_STR(p.line, "a(b(b)a)");
}

TEST(an_exclusive_hold_is_alone)
{
	static const enum lock_mode modes[][2] = {
		{LOCK_EXCLUSIVE, LOCK_EXCLUSIVE}, {LOCK_EXCLUSIVE, LOCK_SHARED}, {LOCK_SHARED, LOCK_EXCLUSIVE}};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct play p = on_one_file(modes[i][0], modes[i][1]);

		play(&p, 1, beside);
		CHECK_STR(p.line, "a(a)b(b)");
	}
}

TEST(two_files_have_two_locks)
{
	struct play p = {.modes = {LOCK_EXCLUSIVE, LOCK_EXCLUSIVE}, .inodes = {&inodes[0], &inodes[1]}};

	play(&p, 1, beside);
	CHECK_STR(p.line, "a(b(b)a)");
}

/* A moment that no probe saw is that of the stage before. */
TEST(what_was_not_seen_does_not_hold_up)
{
	static const uint64_t times[][4] = {{10, 0, 0, 18}, {11, 0, 0, 0}};
	struct play p = on_one_file(LOCK_SHARED, LOCK_SHARED);

	play(&p, 1, times);
	CHECK_STR(p.line, "a(b(b)a)");
}

static int fails(void *ctx, struct ref_beside *b, const struct workload_op *op, struct op_result *result)
{
	(void)ctx;
	(void)b;
	(void)result;
	return op->thread ? -5 : 0;
}

TEST(what_fails_ends_the_run)
{
	struct workload_op ops[2] = {{.nr = 1, .group = 1}, {.nr = 2, .group = 1, .thread = 1}};
	struct op_result results[2];

	CHECK_EQ(ref_turns_run(ops, 2, results, NULL, fails, NULL), -5);
}

TEST_MAIN()
