// SPDX-License-Identifier: GPL-2.0-only
/*
 * empty --ready-file FILE HOOKS...: programs that only return 0 on the hooks of a recording, until SIGINT or SIGTERM.
 * What they cost is the least that any tracer on these hooks can cost.
 *
 * HOOKS is what a trace's header has as "hook.*": "fentry:f,fexit:f", or "none: why", which is no hook. One that
 * several points share is attached once.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "user/base/util.h"

#define HOOKS_MAX 128
/* The bit of perf_event_attr.config that makes a kretprobe of a kprobe (its format/retprobe in sysfs). */
#define RETPROBE 1

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list args;

	fputs("empty: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_TROUBLE);
}

/* --- BTF --- */

static struct btf *vmlinux, *ext4; /* ext4: NULL where it is built in */
static int ext4_fd;		   /* by which the kernel knows the module's BTF; of its own it needs none */

static int open_module_btf(const char *module)
{
	char name[32];

	for (uint32_t id = 0; !bpf_btf_get_next_id(id, &id);) {
		struct bpf_btf_info info = {.name = (uintptr_t)name, .name_len = sizeof(name)};
		uint32_t len = sizeof(info);
		int fd = bpf_btf_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.kernel_btf && !strcmp(name, module))
			return fd;
		close(fd);
	}
	return 0;
}

static void load_btf(void)
{
	vmlinux = btf__load_vmlinux_btf();
	if (!vmlinux)
		die("this kernel has no BTF (/sys/kernel/btf/vmlinux)");
	ext4_fd = open_module_btf("ext4");
	if (ext4_fd)
		ext4 = btf__load_module_btf("ext4", vmlinux);
}

/* --- kinds of hooks --- */

struct kind {
	const char *word;
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type;
	const char *btf_prefix; /* of the target's name in BTF */
	uint32_t btf_kind;	/* 0: the program knows no types */
	/* a file descriptor or -errno */
	int (*attach)(int prog, const char *target);
};

/* The program knows its target already. */
static int attach_typed(int prog, const char *target)
{
	(void)target;
	return bpf_raw_tracepoint_open(NULL, prog);
}

static int attach_raw(int prog, const char *target)
{
	return bpf_raw_tracepoint_open(target, prog);
}

static int probe_type(void)
{
	_cleanup_fclose_ FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int type;

	return f && fscanf(f, "%d", &type) == 1 ? type : -ENOSYS;
}

static int attach_probe(int prog, const char *target, uint64_t config)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .config = config, .config1 = (uintptr_t)target};
	int fd, type = probe_type();

	if (type < 0)
		return type;
	attr.type = type;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return -errno;
	return fd;
}

static int attach_kprobe(int prog, const char *target)
{
	return attach_probe(prog, target, 0);
}

static int attach_kretprobe(int prog, const char *target)
{
	return attach_probe(prog, target, RETPROBE);
}

static const struct kind kinds[] = {
	{"fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "", BTF_KIND_FUNC, attach_typed},
	{"fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, "", BTF_KIND_FUNC, attach_typed},
	{"tp_btf", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "btf_trace_", BTF_KIND_TYPEDEF, attach_typed},
	{"raw_tp", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, "", 0, attach_raw},
	{"kprobe", BPF_PROG_TYPE_KPROBE, 0, "", 0, attach_kprobe},
	{"kretprobe", BPF_PROG_TYPE_KPROBE, 0, "", 0, attach_kretprobe},
};

/* --- hooks --- */

static const struct kind *kind_of(const char *hook, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strncmp(kinds[i].word, hook, len) && !kinds[i].word[len])
			return &kinds[i];
	die("'%s' is not a hook: kind:target is needed, as in a trace's header", hook);
}

/* The program's target in BTF: in vmlinux, or else in ext4's own. */
static void find_target(const struct kind *kind, const char *target, struct bpf_prog_load_opts *opts)
{
	char name[128];
	int id;

	snprintf(name, sizeof(name), "%s%s", kind->btf_prefix, target);
	id = btf__find_by_name_kind(vmlinux, name, kind->btf_kind);
	if (id < 0 && ext4) {
		id = btf__find_by_name_kind(ext4, name, kind->btf_kind);
		opts->attach_btf_obj_fd = ext4_fd;
	}
	if (id < 0)
		die("%s:%s is not in this kernel's BTF", kind->word, target);
	opts->attach_btf_id = id;
}

static int load_nothing(const struct kind *kind, const char *target)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = kind->attach_type);

	if (kind->btf_kind)
		find_target(kind, target, &opts);
	return bpf_prog_load(kind->type, "dioscope_empty", "GPL", nothing, ARRAY_SIZE(nothing), &opts);
}

static void attach(const char *hook)
{
	size_t len = strcspn(hook, ":");
	const struct kind *kind = kind_of(hook, len);
	const char *target = hook + len + (hook[len] == ':');
	int prog = load_nothing(kind, target);
	int link = prog < 0 ? prog : kind->attach(prog, target);

	if (link < 0)
		die("cannot attach to %s: %s", hook, strerror(-link));
}

static void attach_once(const char *hook)
{
	static const char *seen[HOOKS_MAX];
	static size_t nr_seen;

	for (size_t i = 0; i < nr_seen; i++)
		if (!strcmp(seen[i], hook))
			return;
	if (nr_seen == HOOKS_MAX)
		die("more than %d hooks", HOOKS_MAX);
	seen[nr_seen++] = hook;
	attach(hook);
}

static void attach_point(char *hooks)
{
	if (!strncmp(hooks, "none", strlen("none")))
		return;
	for (char *hook = strtok(hooks, ","); hook; hook = strtok(NULL, ","))
		attach_once(hook);
}

/* --- ready, and the end --- */

static void say_ready(const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		die("cannot create '%s': %s", path, strerror(errno));
}

/* Blocked, a signal waits for sigwait(), also one that a shell ignores for what it starts in the background. */
static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

int main(int argc, char **argv)
{
	sigset_t set = block_signals();
	int sig;

	if (argc < 4 || strcmp(argv[1], "--ready-file") != 0)
		die("usage: empty --ready-file FILE HOOKS...");
	load_btf();
	for (int i = 3; i < argc; i++)
		attach_point(argv[i]);
	say_ready(argv[2]);
	return sigwait(&set, &sig) ? EXIT_TROUBLE : 0;
}
