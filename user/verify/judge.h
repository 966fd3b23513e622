/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both engines have run the same workload: their records are held against each other, the results of the operations,
 * and the images. Then: was the live side observed as its hooks promise? No root, no kernel: two files do for devices.
 */
#ifndef DIOSCOPE_JUDGE_H
#define DIOSCOPE_JUDGE_H

#include "refimpl/path/rules.h"
#include "user/verify/loop_device.h"
#include "user/verify/verify_result.h"
#include "user/workload/run_workload.h"

struct judged {
	const struct workload *wl;
	const unsigned char
		*promised; /* by fact: how the hooks of the live side know it, see reports/model/accounts.h */
	const struct ref_choice *profile;
	struct {
		const struct loop_device *device; /* nothing is mounted on it any more */
		const struct op_result *results;
	} live, reference;
	bool random;		      /* no scenario: it does not pin where the allocator puts its blocks */
	struct verify_result *result; /* with both sets; the rest is filled in */
};

/* An error is trouble, and leaves @j->result to be released: a difference is a finding. */
int verify_judge(const struct judged *j, struct errmsg *err);

/*
 * A kernel that preempts skips a program that is under way on the same processor, in another task: what a probe did not
 * see of one try it may see of the next. Whether @result, of try @nr (1 for the first), is worth another.
 */
#define JUDGE_TRIES 5
bool judge_again(const struct verify_result *result, unsigned int nr);

#endif
