// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/filters.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "user/capture/device.h"
#include "user/base/output.h"

#define RING_BYTES_MAX (1 << 30)

enum {
	FILTER_PID,
	FILTER_COMM,
	FILTER_CGROUP,
	FILTER_FILE,
	FILTER_DEV,
	FILTER_MIN_LATENCY,
	FILTER_DURATION,
	FILTER_READY,
	FILTER_RING,
	FILTER_TIER,
	FILTER_NO_SYSCALLS,
	NR_FILTERS,
};

const struct option_row filter_options[] = {
	[FILTER_PID] = {"pid", 'p', "PID", "only this process, its children and what they fork; may be repeated"},
	[FILTER_COMM] = {"comm", 0, "NAME", "only processes of this name, as it was when they submitted the write"},
	[FILTER_CGROUP] = {"cgroup", 0, "CGROUP", "only this cgroup v2: its directory under /sys/fs/cgroup, or its id"},
	[FILTER_FILE] = {"file", 0, "PATH", "only this file"},
	[FILTER_DEV] = {"dev", 0, "DEV", "only this device: a block device, MAJ:MIN, or any path on its file system"},
	[FILTER_MIN_LATENCY] = {"min-latency", 0, "TIME", "only writes that took at least so long: 10ms, 500us"},
	[FILTER_DURATION] = {"duration", 'd', "TIME", "stop after this time: 10, 10s, 500ms, 2m"},
	[FILTER_READY] = {"ready-file", 0, "FILE", "create FILE once the probes are attached"},
	[FILTER_RING] = {"ring-size", 0, "SIZE",
			 "bytes of the kernel's ring buffer, rounded up to a power of two of pages (4M)"},
	[FILTER_TIER] = {"tier", 0, "TIER", "fentry, kprobe or tracepoint instead of the best that this kernel offers"},
	[FILTER_NO_SYSCALLS] =
		{"no-syscalls", 0, NULL,
		 "with tracepoints alone, do without the two that every system call of the machine comes "
		 "to: writes that end before iomap are then not seen, and when one began is inferred"},
	[NR_FILTERS] = {NULL, 0, NULL, NULL},
};

static bool has_ended(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	return poll(&end, 1, 0) > 0;
}

bool filters_processes_ended(const struct filters *f)
{
	for (unsigned int i = 0; i < f->nr_pids; i++)
		if (!has_ended(f->pidfds[i]))
			return false;
	return f->nr_pids;
}

/* A process that has ended, but whose parent has not been told, is still there by its number. */
static int watch_process(struct filters *f, pid_t pid, struct errmsg *err)
{
	int fd = pidfd_open(pid, 0);

	if (fd < 0 && errno == ESRCH)
		return fail(err, -ESRCH, "there is no process %d", pid);
	if (fd < 0)
		return fail(err, -errno, "cannot watch process %d (a thread is none): %s", pid, strerror(errno));
	if (has_ended(fd)) {
		close(fd);
		return fail(err, -ESRCH, "process %d has ended", pid);
	}
	f->pids[f->nr_pids] = pid;
	f->pidfds[f->nr_pids++] = fd;
	f->capture.by_pid = true;
	return 0;
}

static int take_pid(struct filters *f, const char *value, struct errmsg *err)
{
	char *end;
	long pid = strtol(value, &end, 10);

	if (*end || pid <= 0 || pid > INT_MAX)
		return fail(err, -EINVAL, "'%s' is not a process id", value);
	if (f->nr_pids == FILTER_PIDS_MAX)
		return fail(err, -EINVAL, "more than %d processes: name their cgroup instead", FILTER_PIDS_MAX);
	return watch_process(f, pid, err);
}

static int take_comm(struct filters *f, const char *value, struct errmsg *err)
{
	if (!*value || strlen(value) >= COMM_LEN)
		return fail(err, -EINVAL, "'%s' is not a process name: the kernel keeps 1 to %d bytes of it", value,
			    COMM_LEN - 1);
	f->capture.comm = value;
	return 0;
}

/* The id of a cgroup is the inode number of its directory; 0: @path is none. */
static uint64_t cgroup_of(const char *path)
{
	struct statfs fs;
	struct stat st;

	if (statfs(path, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC || stat(path, &st) || !S_ISDIR(st.st_mode))
		return 0;
	return st.st_ino;
}

/* As given, as systemd-cgls and /proc/PID/cgroup say it, and where v1 has the mount point's root to itself. */
static uint64_t find_cgroup(const char *value)
{
	static const char *const roots[] = {"", "/sys/fs/cgroup/", "/sys/fs/cgroup/unified/"};
	uint64_t id = 0;

	for (size_t i = 0; !id && i < ARRAY_SIZE(roots); i++) {
		_cleanup_free_ char *path = strf("%s%s", roots[i], value);

		id = path ? cgroup_of(path) : 0;
	}
	return id;
}

static bool is_number(const char *value)
{
	return *value && !value[strspn(value, "0123456789")];
}

static int take_cgroup(struct filters *f, const char *value, struct errmsg *err)
{
	errno = 0;
	f->capture.cgroup = is_number(value) ? strtoull(value, NULL, 10) : find_cgroup(value);
	if (!*value || !f->capture.cgroup || errno == ERANGE)
		return fail(err, -EINVAL,
			    "'%s' is not a cgroup: a cgroup v2 directory under /sys/fs/cgroup or its id is needed",
			    value);
	return 0;
}

/* --file and --dev both name a device: no write is on two. */
static int set_dev(struct filters *f, uint32_t dev, const char *value, struct errmsg *err)
{
	if (f->capture.dev && f->capture.dev != dev)
		return fail(err, -EINVAL, "'%s' is not on the device that was given before", value);
	f->capture.dev = dev;
	return 0;
}

/*
 * A file's inode number is given to another file when it is gone; the generation is not. Where it cannot be asked for
 * (no right to read the file) the number has to do.
 */
static void take_generation(struct filters *f, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int generation; /* the ioctl's type says long, but an int is what all of them give */

	f->capture.by_generation = fd >= 0 && !ioctl(fd, FS_IOC_GETVERSION, &generation);
	if (f->capture.by_generation)
		f->capture.generation = (uint32_t)generation;
}

static int take_file(struct filters *f, const char *path, struct errmsg *err)
{
	struct stat st;

	if (stat(path, &st))
		return fail(err, -errno, "cannot find '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(err, -EINVAL, "'%s' is not a regular file", path);
	if (device_check_file(path, err))
		return -EINVAL;
	f->capture.ino = st.st_ino;
	take_generation(f, path);
	f->file = path;
	return set_dev(f, kernel_dev(st.st_dev), path, err);
}

static int take_dev(struct filters *f, const char *value, struct errmsg *err)
{
	uint32_t dev;
	int ret = device_find(value, &dev, err);

	if (ret)
		return ret;
	f->device = value;
	return set_dev(f, dev, value, err);
}

/* Without a unit it would be seconds, as elsewhere, but who says 10 to a tool like this one means milliseconds. */
static int take_min_latency(struct filters *f, const char *value, struct errmsg *err)
{
	if (parse_duration(value, &f->capture.min_latency_ns))
		return fail(err, -EINVAL, "'%s' is not a time: 10ms, 500us", value);
	if (is_number(value) && f->capture.min_latency_ns)
		return fail(err, -EINVAL, "'%s' is a time without a unit: %sms or %sus is meant", value, value, value);
	return 0;
}

static int take_duration(struct filters *f, const char *value, struct errmsg *err)
{
	if (parse_duration(value, &f->duration_ns) || !f->duration_ns)
		return fail(err, -EINVAL, "'%s' is not a time: 10, 10s, 500ms, 2m", value);
	return 0;
}

static int take_ready(struct filters *f, const char *value, struct errmsg *err)
{
	if (!*value)
		return fail(err, -EINVAL, "'' is not the name of a file");
	f->ready = value;
	return 0;
}

static int take_ring(struct filters *f, const char *value, struct errmsg *err)
{
	int64_t bytes;

	if (parse_size(value, &bytes) || bytes <= 0 || bytes > RING_BYTES_MAX)
		return fail(err, -EINVAL, "'%s' is not a size between 1 and 1G", value);
	f->capture.ring_bytes = bytes;
	return 0;
}

static int take_tier(struct filters *f, const char *value, struct errmsg *err)
{
	if (hook_tier_parse(value, &f->capture.tier))
		return fail(err, -EINVAL, "'%s' is not a tier: fentry, kprobe or tracepoint", value);
	return 0;
}

static int take_no_syscalls(struct filters *f, const char *value, struct errmsg *err)
{
	(void)value;
	(void)err;
	f->capture.no_syscalls = true;
	return 0;
}

int filters_take(struct filters *f, int option, const char *value, struct errmsg *err)
{
	static int (*const take[NR_FILTERS])(struct filters *, const char *, struct errmsg *) = {
		[FILTER_PID] = take_pid,
		[FILTER_COMM] = take_comm,
		[FILTER_CGROUP] = take_cgroup,
		[FILTER_FILE] = take_file,
		[FILTER_DEV] = take_dev,
		[FILTER_MIN_LATENCY] = take_min_latency,
		[FILTER_DURATION] = take_duration,
		[FILTER_READY] = take_ready,
		[FILTER_RING] = take_ring,
		[FILTER_TIER] = take_tier,
		[FILTER_NO_SYSCALLS] = take_no_syscalls,
	};

	return take[option](f, value, err);
}

int filters_check(const struct filters *f, struct errmsg *err)
{
	if (output_same(f->ready, f->file))
		return fail(err, -EINVAL, "'%s' cannot be the ready file and the file that is watched", f->ready);
	return 0;
}

bool filter_suits_trace(int option)
{
	return option == FILTER_DURATION || option == FILTER_READY;
}

int filters_take_command(struct filters *f, int argc, char **argv, struct errmsg *err)
{
	if (optind >= argc)
		return strcmp(argv[argc - 1], "--") ? 0 : fail(err, -EINVAL, "a command is needed after --");
	f->cmd = argv + optind;
	f->capture.by_pid = true;
	return 0;
}
