// SPDX-License-Identifier: GPL-2.0-only
#include "user/access.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "user/kernel.h"

#define OLDEST_SERIES 5015 /* iomap_iter(), and task storage for tracing programs */

static int check_age(struct errmsg *err)
{
	struct utsname u;

	if (kernel_series() >= OLDEST_SERIES)
		return 0;
	uname(&u);
	return fail(err, -ENOSYS, "kernel %s is too old: 5.15 or later is needed, before it iomap has no iomap_iter",
		    u.release);
}

/* The first @size - 1 bytes of a file; "" when it cannot be read. */
static const char *read_line(const char *path, char *buf, int size)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	if (!f || !fgets(buf, size, f))
		buf[0] = '\0';
	return buf;
}

static bool locked_down(void)
{
	char line[128];

	return strstr(read_line("/sys/kernel/security/lockdown", line, sizeof(line)), "[confidentiality]") != NULL;
}

/* The first user namespace maps all ids to themselves. */
static bool in_user_namespace(void)
{
	unsigned long inside, outside, count;
	char line[128];

	return sscanf(read_line("/proc/self/uid_map", line, sizeof(line)), "%lu %lu %lu", &inside, &outside, &count) ==
		       3 &&
	       (outside || count < 4294967295ul);
}

/* Root is not asked for: what is missing shows when the kernel refuses. */
static int explain_eperm(struct errmsg *err)
{
	if (locked_down())
		return fail(err, -EPERM,
			    "kernel lockdown is at 'confidentiality', which forbids BPF to read kernel memory: boot "
			    "with lockdown=integrity");
	if (in_user_namespace())
		return fail(err, -EPERM,
			    "this is a container's user namespace, whose root may not load BPF: run it on the host, "
			    "or in a container with the host's user namespace and CAP_BPF, CAP_PERFMON, CAP_SYSLOG");
	return fail(err, -EPERM, "recording needs root, or CAP_BPF, CAP_PERFMON and CAP_SYSLOG: bpf() says %s",
		    strerror(EPERM));
}

int access_check(struct errmsg *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	_cleanup_close_ int fd = -1;
	int ret = check_age(err);

	if (ret)
		return ret;
	fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "dioscope_try", 0, 0, sysconf(_SC_PAGESIZE), &opts);
	if (fd >= 0)
		return locked_down() ? explain_eperm(err) : 0;
	if (errno == EPERM)
		return explain_eperm(err);
	return fail(err, -ENOSYS, "this kernel has no BPF ring buffer: %s", strerror(errno));
}
