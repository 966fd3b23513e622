// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/output_set.h"

#include <unistd.h>

int output_commit_set(struct output *out, const struct write_set *set, struct errmsg *err)
{
	int ret = set_save(set, dup(fileno(out->file)), err);

	if (!ret)
		return output_commit(out, err);
	output_discard(out);
	return ret;
}
