// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/access.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "user/capture/kernel.h"

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

/* "CAP_PERFMON is missing": which of those that are asked for are not in effect. false: all are. */
static bool missing_capabilities(char *names, size_t size)
{
	static const struct {
		unsigned int cap;
		const char *name;
		bool by_admin; /* CAP_SYS_ADMIN will do */
	} wanted[] = {
		{CAP_BPF, "CAP_BPF", true}, {CAP_PERFMON, "CAP_PERFMON", true}, {CAP_SYSLOG, "CAP_SYSLOG", false}};
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {0};
	unsigned int nr = 0;
	uint64_t have;

	if (syscall(SYS_capget, &head, sets))
		return false;
	have = (uint64_t)sets[1].effective << 32 | sets[0].effective;
	names[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		size_t used = strlen(names);

		if (have >> wanted[i].cap & 1 || (wanted[i].by_admin && have >> CAP_SYS_ADMIN & 1))
			continue;
		snprintf(names + used, size - used, "%s%s", nr++ ? ", " : "", wanted[i].name);
	}
	snprintf(names + strlen(names), size - strlen(names), nr == 1 ? " is missing" : " are missing");
	return nr;
}

/* Root is not asked for: what is missing shows when the kernel refuses. */
static int explain_eperm(struct errmsg *err)
{
	char names[80];

	if (locked_down())
		return fail(err, -EPERM,
			    "kernel lockdown is at 'confidentiality', which forbids BPF to read kernel memory: boot "
			    "with lockdown=integrity");
	if (in_user_namespace())
		return fail(err, -EPERM,
			    "this is a container's user namespace, whose root may not load BPF: run it on the host, "
			    "or in a container with the host's user namespace and CAP_BPF, CAP_PERFMON, CAP_SYSLOG");
	return fail(err, -EPERM, "recording needs root, or CAP_BPF, CAP_PERFMON and CAP_SYSLOG: %s",
		    missing_capabilities(names, sizeof(names)) ? names : "bpf() says Operation not permitted");
}

/* A map needs CAP_BPF, or nothing where unprivileged BPF is allowed; a program that may read kernel memory needs more.
 */
static int try_map(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	_cleanup_close_ int fd =
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, "dioscope_try", 0, 0, sysconf(_SC_PAGESIZE), &opts);

	return fd < 0 ? -errno : 0;
}

static int try_program(void)
{
	const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	_cleanup_close_ int fd =
		bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "dioscope_try", "GPL", nothing, ARRAY_SIZE(nothing), &opts);

	return fd < 0 ? -errno : 0;
}

int access_check(struct errmsg *err)
{
	int ret = check_age(err);

	if (ret)
		return ret;
	ret = try_map();
	if (ret && ret != -EPERM)
		return fail(err, -ENOSYS, "this kernel has no BPF ring buffer: %s", strerror(-ret));
	if (!ret)
		ret = try_program();
	if (ret && ret != -EPERM)
		return fail(err, -ENOSYS, "this kernel takes no BPF program of tracing: %s", strerror(-ret));
	return ret || locked_down() ? explain_eperm(err) : 0;
}
