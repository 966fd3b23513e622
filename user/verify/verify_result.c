// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/verify_result.h"

#include <stdlib.h>

void verify_result_release(struct verify_result *result)
{
	set_release(&result->live);
	set_release(&result->reference);
	diff_release(&result->diff);
	free(result->not_observed);
	result->not_observed = NULL;
}
