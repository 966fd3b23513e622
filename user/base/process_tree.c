// SPDX-License-Identifier: GPL-2.0-only
#include "user/base/process_tree.h"

#include <dirent.h>

#include "user/base/util.h"

static int for_each_child(pid_t pid, const char *tid, process_fn fn, void *ctx)
{
	_cleanup_free_ char *path = strf("/proc/%d/task/%s/children", pid, tid);
	_cleanup_fclose_ FILE *f = path ? fopen(path, "re") : NULL;
	int child, ret = 0;

	while (!ret && f && fscanf(f, "%d", &child) == 1) {
		ret = fn(ctx, child);
		if (!ret)
			ret = for_each_descendant(child, fn, ctx);
	}
	return ret;
}

bool proc_is_ours(void)
{
	char self[16] = "";

	return readlink("/proc/self", self, sizeof(self) - 1) > 0 && atoi(self) == getpid();
}

int for_each_descendant(pid_t pid, process_fn fn, void *ctx)
{
	_cleanup_free_ char *path = strf("/proc/%d/task", pid);
	DIR *dir = path && proc_is_ours() ? opendir(path) : NULL;
	int ret = 0;

	for (struct dirent *d; !ret && dir && (d = readdir(dir));)
		if (d->d_name[0] != '.')
			ret = for_each_child(pid, d->d_name, fn, ctx);
	if (dir)
		closedir(dir);
	return ret;
}
