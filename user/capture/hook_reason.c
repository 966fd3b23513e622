// SPDX-License-Identifier: GPL-2.0-only
/* Which of the refusals is the reason that a point cannot be observed. */
#include "user/capture/hooks.h"

/*
 * The heaviest: a kernel that has a function and refuses to have it hooked is a reason, another candidate that it does
 * not have, or that was not asked for, is none. Among equals the last, which asks for least.
 */
const char *hook_why_not(const struct hook_point *point, const struct hook_choice *choice, enum hook_kind kind)
{
	enum hook_refusal heaviest = REFUSAL_NONE;
	const char *why = "no hook is known";

	for (unsigned int c = 0; c < CANDIDATES_MAX && point->candidates[c].progs[0]; c++) {
		if (kind != NR_HOOK_KINDS && hook_kind(&point->candidates[c]) != kind)
			continue;
		if (choice->refusals[c] == REFUSAL_NONE || choice->refusals[c] < heaviest)
			continue;
		heaviest = choice->refusals[c];
		why = choice->why[c];
	}
	return why;
}
