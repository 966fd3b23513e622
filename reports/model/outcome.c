// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/outcome.h"

#include "user/base/util.h"

size_t outcome_differences(const struct outcome *o)
{
	return o->diff ? o->diff->by_verdict[VERDICT_DIFFERENT] : 0;
}

enum outcome_result outcome_result(const struct outcome *o)
{
	if (o->trouble)
		return OUTCOME_TROUBLE;
	if (outcome_differences(o))
		return OUTCOME_DIFFERENT;
	return o->not_observed ? OUTCOME_NOT_OBSERVED : OUTCOME_SAME;
}

int outcome_exit_code(enum outcome_result result)
{
	static const int codes[NR_OUTCOMES] = {
		[OUTCOME_SAME] = EXIT_SAME,
		[OUTCOME_NOT_OBSERVED] = EXIT_UNOBSERVED,
		[OUTCOME_DIFFERENT] = EXIT_DIFFERENT,
		[OUTCOME_TROUBLE] = EXIT_TROUBLE,
	};

	return codes[result];
}
