// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/follow.h"

#include <errno.h>
#include <string.h>

#include "user/capture/pid_ns.h"
#include "user/base/process_tree.h"

struct follower {
	struct capture *capture;
	struct pid_ns *ns; /* NULL: numbers are those of the probes */
	struct errmsg *err;
};

static int add(const struct follower *f, pid_t pid)
{
	pid_t global = pid;
	int ret = f->ns ? pid_ns_global(f->ns, pid, &global, f->err) : 0;

	return ret ? ret : capture_add_pid(f->capture, global, f->err);
}

/* --- a process and its descendants, as /proc lists them --- */

static int add_descendant(void *ctx, pid_t pid)
{
	const struct follower *f = ctx;
	int ret = add(f, pid);

	return ret == -ESRCH ? 0 : ret; /* it ended meanwhile */
}

/* The process first: what it forks from then on, the kernel side follows. */
static int add_tree(struct follower *f, pid_t pid)
{
	int ret = add(f, pid);

	return ret ? ret : for_each_descendant(pid, add_descendant, f);
}

static int check_proc(struct errmsg *err)
{
	if (proc_is_ours())
		return 0;
	return fail(err, -ENOENT,
		    "/proc is not that of this PID namespace, and without it the children of a process cannot be "
		    "found: mount it");
}

static int add_trees(struct follower *f, const pid_t *pids, size_t nr)
{
	int ret = check_proc(f->err);

	for (size_t i = 0; i < nr && !ret; i++)
		ret = add_tree(f, pids[i]);
	return ret;
}

int follow_process(struct capture *capture, pid_t pid, struct errmsg *err)
{
	struct follower f = {.capture = capture, .err = err};
	int ret = pid_ns_open(&f.ns, err);

	if (!ret)
		ret = add(&f, pid);
	pid_ns_close(f.ns);
	return ret;
}

int follow_trees(struct capture *capture, const pid_t *pids, size_t nr, struct errmsg *err)
{
	struct follower f = {.capture = capture, .err = err};
	int ret = nr ? pid_ns_open(&f.ns, err) : 0;

	if (!ret && nr)
		ret = add_trees(&f, pids, nr);
	pid_ns_close(f.ns);
	return ret;
}
