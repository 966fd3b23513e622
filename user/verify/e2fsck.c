// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/e2fsck.h"

#include <errno.h>
#include <string.h>

#define TROUBLE 8 /* e2fsck(8), exit status: from here on it is not damage that it found */

static int start(struct spawned *s, const char *program, const char *path, struct errmsg *err)
{
	const char *argv[] = {program, "-fn", path, NULL};

	return spawn_start(s, argv, err);
}

int e2fsck_start(struct spawned *s, const char *path, struct errmsg *err)
{
	int ret = start(s, "e2fsck.static", path, err);

	return ret == -ENOENT ? start(s, "e2fsck", path, err) : ret;
}

int e2fsck_finish(struct spawned *s, const char *path, char **complaint, struct errmsg *err)
{
	_cleanup_free_ char *said = NULL;
	int ret = spawn_finish(s, &said, err);

	*complaint = NULL;
	if (ret >= TROUBLE)
		return fail(err, -EIO, "e2fsck %s: %s", path, spawn_last_line(said));
	if (ret <= 0)
		return ret;
	*complaint = strdup(said && *said ? said : "e2fsck said nothing");
	return *complaint ? 1 : fail(err, -ENOMEM, "out of memory");
}
