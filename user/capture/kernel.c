// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "user/capture/btf_names.h"

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"
#define EXT4_BTF    "/sys/kernel/btf/ext4"

struct kernel {
	struct btf *vmlinux;
	struct btf *ext4;	/* NULL: built in, so in vmlinux */
	struct btf_names names; /* of both */
};

/* --- BTF --- */

static int id_of(const struct kernel *k, const char *name, uint32_t kind)
{
	return btf_names_find(&k->names, k->ext4 ? k->ext4 : k->vmlinux, name, kind);
}

bool kernel_has_function(const struct kernel *k, const char *name)
{
	return id_of(k, name, BTF_KIND_FUNC) >= 0;
}

bool kernel_has_tracepoint(const struct kernel *k, const char *name)
{
	char type[96];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return id_of(k, type, BTF_KIND_TYPEDEF) >= 0;
}

unsigned int kernel_tracepoint_args(const struct kernel *k, const char *name)
{
	const struct btf *btf = k->ext4 ? k->ext4 : k->vmlinux;
	const struct btf_type *t;
	char type[96];
	int id;

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = id_of(k, type, BTF_KIND_TYPEDEF);
	t = id < 0 ? NULL : btf__type_by_id(btf, id);
	while (t && (btf_is_typedef(t) || btf_is_ptr(t)))
		t = btf__type_by_id(btf, t->type);
	/* the first one is of the tracing, not of the event */
	return t && btf_is_func_proto(t) && btf_vlen(t) ? btf_vlen(t) - 1 : 0;
}

uint32_t kernel_cast_id(const struct kernel *k, const char *name)
{
	int id = btf_names_find_only(&k->names, k->ext4 ? k->ext4 : k->vmlinux, name, BTF_KIND_STRUCT);

	return id > 0 && (uint32_t)id < btf__type_cnt(k->vmlinux) && kernel_has_function(k, "bpf_rdonly_cast") ? id : 0;
}

static bool enum_has(const struct btf *btf, const struct btf_type *t, const char *name, uint32_t *value)
{
	const struct btf_enum *e = btf_enum(t);

	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf_name(btf, e[i].name_off), name)) {
			*value = e[i].val;
			return true;
		}
	return false;
}

bool kernel_find_enumerator(const struct kernel *k, const char *name, uint32_t *value)
{
	for (uint32_t id = 1; id < btf__type_cnt(k->vmlinux); id++) {
		const struct btf_type *t = btf__type_by_id(k->vmlinux, id);

		if (btf_is_enum(t) && !t->name_off && enum_has(k->vmlinux, t, name, value))
			return true;
	}
	return false;
}

/* libbpf would say a sentence of its own about a file that is none. */
static int parse_file(struct kernel *k, const char *file, struct errmsg *err)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	char why[80];

	k->vmlinux = btf__parse(file, NULL);
	libbpf_set_print(print);
	if (k->vmlinux)
		return 0;
	libbpf_strerror(errno, why, sizeof(why));
	return fail(err, -ENOENT, "cannot read BTF from '%s': %s", file, why);
}

static int explain_no_btf(int error, struct errmsg *err)
{
	char why[80];

	if (access("/sys/kernel", F_OK))
		return fail(err, -ENOENT,
			    "/sys is not mounted, and the kernel's BTF is there: mount -t sysfs sysfs /sys");
	if (access(VMLINUX_BTF, F_OK))
		return fail(err, -ENOENT,
			    "this kernel has no BTF (" VMLINUX_BTF "), and BPF cannot follow its structures without: "
			    "boot one built with CONFIG_DEBUG_INFO_BTF (doctor --btf FILE judges the BTF of another)");
	libbpf_strerror(error, why, sizeof(why));
	return fail(err, -ENOENT, "the kernel's BTF, " VMLINUX_BTF ", cannot be read or is damaged: %s", why);
}

static int load_vmlinux(struct kernel *k, const char *file, struct errmsg *err)
{
	if (file)
		return parse_file(k, file, err);
	k->vmlinux = btf__load_vmlinux_btf();
	return k->vmlinux ? 0 : explain_no_btf(errno, err);
}

static int read_names(struct kernel *k, const struct btf *btf, uint32_t first, struct errmsg *err)
{
	return btf_names_add(&k->names, btf, first) ? fail(err, -ENOMEM, "out of memory") : 0;
}

/* ext4 is in vmlinux, or a module that must be loaded: its types and functions are not there before. */
static int load_ext4(struct kernel *k, const char *file, struct errmsg *err)
{
	if (kernel_has_function(k, "ext4_file_write_iter"))
		return 0;
	if (file)
		return fail(err, -ENODEV, "'%s' has no ext4: that of a kernel with ext4 built in is needed", file);
	if (access(EXT4_BTF, R_OK))
		return fail(err, -ENODEV,
			    "ext4 is not in this kernel, or is a module that is not loaded: modprobe ext4");
	k->ext4 = btf__parse_split(EXT4_BTF, k->vmlinux);
	if (!k->ext4)
		return fail(err, -ENOENT, "cannot read " EXT4_BTF ": %s", strerror(errno));
	return read_names(k, k->ext4, btf__type_cnt(k->vmlinux), err);
}

int kernel_open(struct kernel **out, const char *btf, struct errmsg *err)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int ret = k ? load_vmlinux(k, btf, err) : fail(err, -ENOMEM, "out of memory");

	if (!ret)
		ret = read_names(k, k->vmlinux, 1, err);
	if (!ret)
		ret = load_ext4(k, btf, err);
	if (ret) {
		kernel_close(k);
		return ret;
	}
	*out = k;
	return 0;
}

void kernel_close(struct kernel *k)
{
	if (!k)
		return;
	btf_names_free(&k->names);
	btf__free(k->ext4);
	btf__free(k->vmlinux);
	free(k);
}

int kernel_resolve(const struct kernel *k, struct symbol *symbols, size_t nr, struct errmsg *err)
{
	return symbols_resolve(symbols, nr, kernel_has_function(k, "kallsyms_lookup_names"), err);
}

/* --- may they be attached? --- */

/* Load and attach a program that does nothing. */
int kernel_tries_fentry(const struct kernel *k, const char *function, char *why, size_t size)
{
	const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	_cleanup_close_ int prog = -1;
	_cleanup_close_ int link = -1;

	/* of vmlinux alone: for a module's function the answer comes when the real program is attached */
	opts.attach_btf_id = id_of(k, k->ext4 ? "submit_bio" : function, BTF_KIND_FUNC);
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "dioscope_try", "GPL", nothing, ARRAY_SIZE(nothing), &opts);
	if (prog >= 0)
		link = bpf_raw_tracepoint_open(NULL, prog);
	if (prog >= 0 && link >= 0)
		return 0;
	snprintf(why, size, "this kernel allows no fentry: %s", strerror(errno));
	return -errno;
}

static int kprobe_type(void)
{
	_cleanup_fclose_ FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int type;

	return f && fscanf(f, "%d", &type) == 1 ? type : -ENOENT;
}

int kernel_tries_kprobe(const char *function, char *why, size_t size)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .config1 = (uintptr_t)function};
	int type = kprobe_type();
	_cleanup_close_ int fd = -1;

	if (type < 0) {
		snprintf(why, size, "this kernel has no kprobes (CONFIG_KPROBE_EVENTS)");
		return type;
	}
	attr.type = type;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0)
		return 0;
	snprintf(why, size, "this kernel allows no kprobe: %s", strerror(errno));
	return -errno;
}

unsigned int kernel_series(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	uname(&u);
	sscanf(u.release, "%u.%u", &major, &minor);
	return major * 1000 + minor;
}
