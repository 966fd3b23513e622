// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/pid_ns.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/ns_pids.h"
#include "ns_pids.skel.h"

#define INITIAL_INO 0xeffffffcu /* include/linux/proc_ns.h, PROC_PID_INIT_INO */

struct pid_ns {
	struct ns_pids *skel;
	struct bpf_link *link;
};

/* Without /proc it is not known; translating is right in any of them. */
static bool is_initial(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == INITIAL_INO;
}

static int load(struct pid_ns *ns, struct errmsg *err)
{
	ns->skel = ns_pids__open_and_load();
	if (ns->skel)
		ns->link = bpf_program__attach(ns->skel->progs.iter_ns_pids);
	if (ns->link)
		return 0;
	return fail(err, -ENOSYS,
		    "this is a PID namespace of its own, and its process numbers cannot be translated: %s: run it on "
		    "the host, or without -p and CMD",
		    strerror(errno));
}

int pid_ns_open(struct pid_ns **out, struct errmsg *err)
{
	struct pid_ns *ns;
	int ret;

	*out = NULL;
	if (is_initial())
		return 0;
	ns = calloc(1, sizeof(*ns));
	ret = ns ? load(ns, err) : fail(err, -ENOMEM, "out of memory");
	if (ret)
		pid_ns_close(ns);
	else
		*out = ns;
	return ret;
}

void pid_ns_close(struct pid_ns *ns)
{
	if (!ns)
		return;
	bpf_link__destroy(ns->link);
	ns_pids__destroy(ns->skel);
	free(ns);
}

int pid_ns_global(const struct pid_ns *ns, pid_t pid, pid_t *global, struct errmsg *err)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(ns->link));
	_cleanup_fclose_ FILE *all = fd < 0 ? NULL : fdopen(fd, "r");
	struct ns_pid found;

	if (!all)
		return fail(err, -errno, "cannot list the processes of this PID namespace: %s", strerror(errno));
	fd = -1;
	while (fread(&found, sizeof(found), 1, all) == 1)
		if (found.inside == (__u32)pid) {
			*global = (pid_t)found.global;
			return 0;
		}
	return fail(err, -ESRCH, "there is no process %d in this PID namespace", pid);
}
