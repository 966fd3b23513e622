// SPDX-License-Identifier: GPL-2.0-only
#include "user/hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

#define FTRACE(fn, ...) .kind = HOOK_FTRACE, .target = fn, .progs = {__VA_ARGS__}
#define RAW_TP(tp, ...) .kind = HOOK_RAW_TP, .target = tp, .progs = {__VA_ARGS__}
#define OBSERVES(...)	.observes = {__VA_ARGS__, NO_FACT}
#define INFERS(...)	.infers = {__VA_ARGS__, NO_FACT}
#define NOTHING		.observes = {NO_FACT}

const struct hook_point hook_points[] = {
	{.name = "enter",
	 .required = true,
	 .candidates = {{FTRACE("ext4_dio_write_iter", "fentry_ext4_dio_write_iter", "fexit_ext4_dio_write_iter"),
			 OBSERVES(FACT_QUEUED), INFERS(NO_FACT)},
			{FTRACE("ext4_file_write_iter", "fentry_ext4_file_write_iter", "fexit_ext4_file_write_iter"),
			 OBSERVES(FACT_QUEUED), INFERS(NO_FACT)},
			{RAW_TP("iomap_dio_rw_begin", "tp_iomap_dio_rw_begin"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "check",
	 .candidates = {{FTRACE("ext4_generic_write_checks", "fentry_ext4_generic_write_checks",
				"fexit_ext4_generic_write_checks"),
			 OBSERVES(FACT_CHECKS), INFERS(NO_FACT)},
			{RAW_TP("ext4_es_lookup_extent_enter", "tp_ext4_es_lookup_extent_enter",
				"tp_ext4_es_lookup_extent_exit", "tp_ext4_ext_map_blocks_exit",
				"tp_ext4_ind_map_blocks_exit"),
			 NOTHING, INFERS(NO_FACT)}}},
	{.name = "lookup",
	 .candidates = {{FTRACE("ext4_map_blocks", "fexit_ext4_map_blocks"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "drain",
	 .candidates = {{FTRACE("inode_dio_wait", "fentry_inode_dio_wait"), OBSERVES(FACT_DIO_WAIT), INFERS(NO_FACT)}}},
	{.name = "orphan",
	 .candidates = {{FTRACE("ext4_orphan_add", "fentry_ext4_orphan_add"), OBSERVES(FACT_ORPHAN), INFERS(NO_FACT)}}},
	{.name = "begin",
	 .required = true,
	 .candidates = {{FTRACE("__iomap_dio_rw", "fentry_iomap_dio_rw"), NOTHING, INFERS(NO_FACT)},
			{RAW_TP("iomap_dio_rw_begin", "tp_iomap_dio_rw_begin"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "invalidate",
	 .candidates =
		 {{FTRACE("kiocb_invalidate_pages", "fexit_kiocb_invalidate_pages", "tp_iomap_dio_invalidate_fail"),
		   NOTHING, INFERS(NO_FACT)},
		  {RAW_TP("iomap_dio_invalidate_fail", "tp_iomap_dio_invalidate_fail"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "ops", .candidates = {{RAW_TP("iomap_iter", "tp_iomap_iter"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "round",
	 .required = true,
	 .candidates = {{FTRACE("iomap_iter", "fexit_iomap_iter"), OBSERVES(FACT_ROUNDS), INFERS(NO_FACT)},
			{RAW_TP("iomap_iter_dstmap", "tp_iomap_iter_dstmap"), OBSERVES(FACT_ROUNDS), INFERS(NO_FACT)}}},
	{.name = "journal",
	 .candidates = {{RAW_TP("ext4_journal_start_inode", "tp_ext4_journal_start_inode"),
			 OBSERVES(FACT_JOURNAL_STARTS), INFERS(NO_FACT)}}},
	{.name = "body",
	 .candidates = {{FTRACE("iomap_dio_bio_iter", "fexit_iomap_dio_bio_iter"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "zero",
	 .candidates = {{FTRACE("iomap_dio_zero", "fentry_iomap_dio_zero", "fexit_iomap_dio_zero"),
			 OBSERVES(FACT_ZERO_HEAD, FACT_ZERO_TAIL), INFERS(NO_FACT)}}},
	{.name = "bio",
	 .candidates = {{FTRACE("submit_bio", "fentry_submit_bio"),
			 OBSERVES(FACT_BIOS, FACT_DATA_BYTES, FACT_FUA, FACT_FLUSH),
			 INFERS(FACT_ZERO_HEAD, FACT_ZERO_TAIL)},
			{RAW_TP("block_bio_queue", "tp_block_bio_queue"),
			 OBSERVES(FACT_BIOS, FACT_DATA_BYTES, FACT_FUA, FACT_FLUSH),
			 INFERS(FACT_ZERO_HEAD, FACT_ZERO_TAIL)}}},
	{.name = "complete",
	 .candidates = {{FTRACE("iomap_dio_complete", "fentry_iomap_dio_complete"), NOTHING, INFERS(NO_FACT)},
			{RAW_TP("workqueue_execute_start", "tp_workqueue_execute_start"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "end_io",
	 .candidates = {{FTRACE("ext4_dio_write_end_io", "fentry_ext4_dio_write_end_io"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "completed",
	 .required = true,
	 .candidates = {{RAW_TP("iomap_dio_complete", "tp_iomap_dio_complete"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "sync",
	 .candidates = {{RAW_TP("ext4_sync_file_enter", "tp_ext4_sync_file_enter"), OBSERVES(FACT_SYNC),
			 INFERS(NO_FACT)}}},
	{.name = "truncate",
	 .candidates = {{RAW_TP("ext4_truncate_enter", "tp_ext4_truncate_enter"), OBSERVES(FACT_TRUNCATE),
			 INFERS(NO_FACT)}}},
	{.name = "queued",
	 .candidates = {{RAW_TP("iomap_dio_rw_queued", "tp_iomap_dio_rw_queued"), NOTHING, INFERS(NO_FACT)}}},
	{.name = "buffered",
	 .candidates = {{FTRACE("ext4_buffered_write_iter", "fentry_ext4_buffered_write_iter",
				"fexit_ext4_buffered_write_iter"),
			 OBSERVES(FACT_FALLBACK), INFERS(NO_FACT)},
			{RAW_TP("ext4_da_write_end", "tp_ext4_da_write_end", "tp_ext4_write_end"), NOTHING,
			 INFERS(NO_FACT)}}},
	{.name = "process",
	 .candidates = {{RAW_TP("sched_process_exit", "tp_sched_process_exit", "tp_sched_process_fork"), NOTHING,
			 INFERS(NO_FACT)}}},
};

const unsigned int nr_hook_points = ARRAY_SIZE(hook_points);

_Static_assert(ARRAY_SIZE(hook_points) <= ARRAY_SIZE(((struct hook_plan *)0)->choices), "hook_plan is too small");

int hook_tier_parse(const char *name, enum hook_tier *tier)
{
	static const char *const names[] = {[TIER_FENTRY] = "fentry", [TIER_TRACEPOINT] = "tracepoint"};

	for (size_t i = TIER_FENTRY; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i])) {
			*tier = i;
			return 0;
		}
	return -EINVAL;
}

/* --- what the kernel offers --- */

/* Load and attach a program that does nothing: the only answer that counts. 0 or -errno of the step that failed. */
static int try_ftrace(int btf_id)
{
	const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY, .attach_btf_id = btf_id);
	_cleanup_close_ int prog = -1;
	_cleanup_close_ int link = -1;

	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "dioscope_try", "GPL", nothing, ARRAY_SIZE(nothing), &opts);
	if (prog < 0)
		return -errno;
	link = bpf_raw_tracepoint_open(NULL, prog);
	return link < 0 ? -errno : 0;
}

static int offers_ftrace(const struct btf *btf, const char *function, char *why, size_t size)
{
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC), err;

	if (id < 0) {
		snprintf(why, size, "%s is not in BTF (inlined, or not in this kernel)", function);
		return -ENOENT;
	}
	err = try_ftrace(id);
	if (err == -524) /* ENOTSUPP, which user space has no name for */
		snprintf(why, size, "fentry of %s: not supported (more than six arguments)", function);
	else if (err)
		snprintf(why, size, "fentry of %s: %s", function, strerror(-err));
	return err;
}

static int offers_raw_tp(const struct btf *btf, const char *tracepoint, char *why, size_t size)
{
	char name[96];

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	if (btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) >= 0)
		return 0;
	snprintf(why, size, "this kernel has no tracepoint %s", tracepoint);
	return -ENOENT;
}

static int offers(const struct btf *btf, const struct hook_candidate *c, char *why, size_t size)
{
	switch (c->kind) {
	case HOOK_FTRACE:
		return offers_ftrace(btf, c->target, why, size);
	case HOOK_RAW_TP:
		return offers_raw_tp(btf, c->target, why, size);
	}
	return -EINVAL;
}

static void add_refusal(struct hook_choice *choice, const char *why)
{
	size_t used = strlen(choice->refused);

	snprintf(choice->refused + used, sizeof(choice->refused) - used, "%s%s", used ? "; " : "", why);
}

/* @no_ftrace: why functions are not to be hooked at all; NULL: they may be. */
static void choose(const struct btf *btf, const struct hook_point *point, const char *no_ftrace,
		   struct hook_choice *choice)
{
	memset(choice, 0, sizeof(*choice));
	for (size_t i = 0; i < ARRAY_SIZE(point->candidates) && point->candidates[i].target; i++) {
		const struct hook_candidate *c = &point->candidates[i];
		char why[120];

		if (no_ftrace && c->kind == HOOK_FTRACE) {
			if (!choice->refused[0])
				add_refusal(choice, no_ftrace);
			continue;
		}
		if (!offers(btf, c, why, sizeof(why))) {
			choice->taken = c;
			return;
		}
		add_refusal(choice, why);
	}
}

/* --- addresses --- */

static const struct {
	const char *symbol;
	size_t offset; /* in struct settings */
} wanted_symbols[] = {
	{"ext4_file_write_iter", offsetof(struct settings, fn_ext4_file_write_iter)},
	{"ext4_iomap_overwrite_begin", offsetof(struct settings, fn_ext4_iomap_overwrite_begin)},
	{"iomap_dio_bio_end_io", offsetof(struct settings, fn_iomap_dio_bio_end_io)},
	{"iomap_dio_complete_work", offsetof(struct settings, fn_iomap_dio_complete_work)},
	{"aio_complete_rw", offsetof(struct settings, fn_aio_complete_rw)},
	{"io_complete_rw", offsetof(struct settings, fn_io_complete_rw)},
	{"io_complete_rw_iopoll", offsetof(struct settings, fn_io_complete_rw_iopoll)},
};

static void take_symbol(struct settings *settings, const char *symbol, uint64_t addr)
{
	for (size_t i = 0; i < ARRAY_SIZE(wanted_symbols); i++)
		if (!strcmp(wanted_symbols[i].symbol, symbol))
			*(__u64 *)((char *)settings + wanted_symbols[i].offset) = addr;
}

/* One pass over kallsyms: it is the slowest part of the start. */
static int resolve_symbols(struct settings *settings, struct errmsg *err)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], symbol[256];
	unsigned long long addr;

	if (!f)
		return fail(err, -errno, "cannot read /proc/kallsyms: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %255s", &addr, symbol) == 2)
			take_symbol(settings, symbol, addr);
	if (!settings->fn_iomap_dio_bio_end_io)
		return fail(err, -EPERM,
			    "/proc/kallsyms shows no addresses: CAP_SYSLOG is missing or kernel.kptr_restrict is 2");
	return 0;
}

/* --- values that CO-RE cannot reach --- */

static bool enum_has(const struct btf *btf, const struct btf_type *t, const char *name, uint32_t *value)
{
	const struct btf_enum *e = btf_enum(t);

	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, e[i].name_off), name)) {
			*value = e[i].val;
			return true;
		}
	return false;
}

/* An enumerator of an enum that has no name. */
static bool find_enumerator(const struct btf *btf, const char *name, uint32_t *value)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_enum(t) && !t->name_off && enum_has(btf, t, name, value))
			return true;
	}
	return false;
}

static void find_enumerators(const struct btf *btf, struct settings *s)
{
	uint32_t bit;

	find_enumerator(btf, "REQ_F_NOWAIT_BIT", &s->req_f_nowait_bit);
	if (find_enumerator(btf, "BIO_PAGE_PINNED", &bit))
		s->bio_page_pinned = 1 + bit;
}

/* --- the plan --- */

static bool taken_by_ftrace(const struct hook_plan *plan, const char *name)
{
	for (unsigned int i = 0; i < nr_hook_points; i++)
		if (!strcmp(hook_points[i].name, name))
			return plan->choices[i].taken && plan->choices[i].taken->kind == HOOK_FTRACE;
	return false;
}

static void choose_all(struct hook_plan *plan, const struct btf *btf, const char *no_ftrace)
{
	for (unsigned int i = 0; i < nr_hook_points; i++)
		choose(btf, &hook_points[i], no_ftrace, &plan->choices[i]);
}

/* Functions if writes can be seen to enter and return, tracepoints alone otherwise. */
static int choose_tier(struct hook_plan *plan, const struct btf *btf, enum hook_tier tier, struct errmsg *err)
{
	char why[sizeof(plan->choices[0].refused)];
	const char *last;

	choose_all(plan, btf, tier == TIER_TRACEPOINT ? "--tier tracepoint" : NULL);
	if (taken_by_ftrace(plan, "enter") || tier == TIER_TRACEPOINT)
		return 0;
	last = strrchr(plan->choices[0].refused, ';'); /* of the function that every kernel has */
	snprintf(why, sizeof(why), "%s", last ? last + 2 : plan->choices[0].refused);
	if (tier == TIER_FENTRY)
		return fail(err, -ENOSYS, "this kernel does not allow the fentry tier: %s", why);
	choose_all(plan, btf, why);
	return 0;
}

static int check_required(const struct hook_plan *plan, struct errmsg *err)
{
	struct utsname u;

	uname(&u);
	for (unsigned int i = 0; i < nr_hook_points; i++)
		if (hook_points[i].required && !plan->choices[i].taken)
			return fail(err, -ENOSYS, "kernel %s offers no hook for '%s': %s", u.release,
				    hook_points[i].name, plan->choices[i].refused);
	return 0;
}

int hooks_plan(struct hook_plan *plan, enum hook_tier tier, struct errmsg *err)
{
	struct btf *btf;
	int ret;

	memset(plan, 0, sizeof(*plan));
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return fail(err, -ENOENT,
			    "this kernel has no BTF (/sys/kernel/btf/vmlinux): it was built without "
			    "CONFIG_DEBUG_INFO_BTF");
	ret = choose_tier(plan, btf, tier, err);
	find_enumerators(btf, &plan->settings);
	btf__free(btf);
	plan->settings.has_enter = plan->settings.has_return = taken_by_ftrace(plan, "enter");
	plan->settings.has_zero = taken_by_ftrace(plan, "zero");
	plan->tier = plan->settings.has_enter ? "fentry" : "tracepoint";
	if (!ret)
		ret = check_required(plan, err);
	return ret ? ret : resolve_symbols(&plan->settings, err);
}

static const char *kind_prefix(const struct hook_candidate *c)
{
	if (c->kind == HOOK_RAW_TP)
		return "raw_tp";
	return strncmp(c->progs[0], "fexit", 5) ? "fentry" : "fexit";
}

int hooks_describe(const struct hook_plan *plan, struct meta *header)
{
	for (unsigned int i = 0; i < nr_hook_points; i++) {
		const struct hook_choice *c = &plan->choices[i];
		char key[64];
		int ret;

		snprintf(key, sizeof(key), META_HOOK "%s", hook_points[i].name);
		if (c->taken)
			ret = meta_setf(header, key, "%s:%s", kind_prefix(c->taken), c->taken->target);
		else
			ret = meta_setf(header, key, "none: %s", c->refused);
		if (ret)
			return ret;
	}
	return 0;
}

void hooks_fresh_how(const struct hook_plan *plan, unsigned char how[FACTS_MAX])
{
	memset(how, HOW_UNKNOWN, FACTS_MAX);
	for (unsigned int i = 0; i < nr_hook_points; i++) {
		const struct hook_candidate *c = plan->choices[i].taken;

		for (const enum write_fact *f = c ? c->observes : NULL; f && *f != NO_FACT; f++)
			how[*f] = HOW_OBSERVED;
		for (const enum write_fact *f = c ? c->infers : NULL; f && *f != NO_FACT; f++)
			if (how[*f] == HOW_UNKNOWN)
				how[*f] = HOW_INFERRED;
	}
}
