// SPDX-License-Identifier: GPL-2.0-only
/* The reason that is given for a point without a hook is the one that counts. */
#include "tests/unit/test.h"
#include "user/capture/hooks.h"

static const struct hook_point *point_of(const char *name)
{
	for (unsigned int i = 0; i < nr_hook_points; i++)
		if (!strcmp(hook_points[i].name, name))
			return &hook_points[i];
	return NULL;
}

static void refuse(struct hook_choice *choice, unsigned int c, enum hook_refusal refusal, const char *why)
{
	choice->refusals[c] = refusal;
	snprintf(choice->why[c], HOOK_WHY_MAX, "%s", why);
}

/* 6.1 under --tier fentry: seven arguments are too many, a kprobe would do, the tracepoint is of 6.5. */
TEST(what_the_kernel_refused_before_what_it_does_not_have)
{
	const struct hook_point *begin = point_of("begin");
	struct hook_choice choice = {0};

	refuse(&choice, 0, REFUSAL_BY_KERNEL, "fentry:__iomap_dio_rw cannot be attached: not supported");
	refuse(&choice, 1, REFUSAL_OTHER_TIER, "--tier fentry");
	refuse(&choice, 2, REFUSAL_ABSENT, "this kernel has no tracepoint iomap_dio_rw_begin");
	CHECK_STR(hook_why_not(begin, &choice, NR_HOOK_KINDS), choice.why[0]);
}

/* Two functions by which a write can be seen to enter. */
TEST(of_two_functions_the_one_that_was_refused)
{
	const struct hook_point *enter = point_of("enter");
	struct hook_choice choice = {0};

	refuse(&choice, 0, REFUSAL_BY_KERNEL, "fentry:ext4_dio_write_iter cannot be attached: Device or resource busy");
	refuse(&choice, 1, REFUSAL_ABSENT, "ext4_file_write_iter is not in BTF");
	refuse(&choice, 2, REFUSAL_BY_KERNEL, "this kernel allows no kprobe: Operation not permitted");
	refuse(&choice, 3, REFUSAL_BY_KERNEL, "this kernel allows no kprobe: Operation not permitted");
	CHECK_STR(hook_why_not(enter, &choice, HOOK_FTRACE), choice.why[0]);
	CHECK_STR(hook_why_not(enter, &choice, HOOK_KPROBE), choice.why[3]);
	refuse(&choice, 0, REFUSAL_ABSENT, "ext4_dio_write_iter is not in BTF");
	CHECK_STR(hook_why_not(enter, &choice, HOOK_FTRACE), choice.why[1]); /* the one that every kernel has */
	refuse(&choice, 1, REFUSAL_BY_KERNEL,
	       "fentry:ext4_file_write_iter cannot be attached: Operation not permitted");
	CHECK_STR(hook_why_not(enter, &choice, HOOK_FTRACE), choice.why[1]);
}

TEST(a_tier_that_was_not_asked_for_is_the_last_of_reasons)
{
	const struct hook_point *end_io = point_of("end_io");
	struct hook_choice choice = {0};

	CHECK_STR(hook_why_not(end_io, &choice, NR_HOOK_KINDS), "no hook is known");
	refuse(&choice, 0, REFUSAL_ABSENT, "ext4_dio_write_end_io is not in BTF");
	refuse(&choice, 1, REFUSAL_OTHER_TIER, "--tier fentry");
	CHECK_STR(hook_why_not(end_io, &choice, NR_HOOK_KINDS), choice.why[0]);
}

TEST_MAIN()
