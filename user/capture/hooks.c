// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/hooks.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

#include "reports/model/infer.h"
#include "user/capture/kernel.h"

/* --- tiers --- */

static const char *const tier_names[] = {
	[TIER_BEST] = "best", [TIER_FENTRY] = "fentry", [TIER_KPROBE] = "kprobe", [TIER_TRACEPOINT] = "tracepoint"};

int hook_tier_parse(const char *name, enum hook_tier *tier)
{
	for (size_t i = TIER_FENTRY; i < ARRAY_SIZE(tier_names); i++)
		if (!strcmp(name, tier_names[i])) {
			*tier = i;
			return 0;
		}
	return -EINVAL;
}

/* --- lists --- */

static bool is_candidate(const struct hook_candidate *c)
{
	return c->progs[0] != NULL;
}

/* Every candidate of every point. */
#define for_each_candidate(i, c)                                                                                       \
	for (unsigned int i = 0; i < nr_hook_points; i++)                                                              \
		for (unsigned int c = 0; c < CANDIDATES_MAX && is_candidate(&hook_points[i].candidates[c]); c++)

static bool lists(const enum write_fact *facts, enum write_fact fact)
{
	while (facts && *facts != NO_FACT && *facts != fact)
		facts++;
	return facts && *facts == fact;
}

static bool uses(const struct hook_candidate *c, const char *prog)
{
	for (const char *const *p = c->progs; *p; p++)
		if (!strcmp(*p, prog))
			return true;
	return false;
}

static unsigned int point_index(const char *name)
{
	unsigned int i = 0;

	while (strcmp(hook_points[i].name, name) != 0)
		i++;
	return i;
}

/* --- what the kernel offers, as far as that can be told before it is tried --- */

static void look_for_target(const struct kernel *k, const struct symbol *symbols, size_t nr, const char *prog,
			    char why[HOOK_WHY_MAX])
{
	const char *name = hook_program_target(prog);

	switch (hook_program_kind(prog)) {
	case HOOK_FTRACE:
		if (!kernel_has_function(k, name))
			snprintf(why, HOOK_WHY_MAX, "%s is not in BTF (inlined, or not in this kernel)", name);
		return;
	case HOOK_TRACEPOINT:
		if (!kernel_has_tracepoint(k, name))
			snprintf(why, HOOK_WHY_MAX, "this kernel has no tracepoint %s", name);
		return;
	case HOOK_KPROBE:
		for (size_t i = 0; i < nr; i++)
			if (!strcmp(symbols[i].name, name) && symbols[i].addr)
				return;
		snprintf(why, HOOK_WHY_MAX, "%s is no symbol (inlined, or not in this kernel)", name);
		return;
	case NR_HOOK_KINDS:
		return;
	}
}

static void look_for_candidate(const struct kernel *k, const struct symbol *symbols, size_t nr,
			       const struct hook_candidate *c, char why[HOOK_WHY_MAX])
{
	for (const char *const *p = c->progs; *p && !why[0]; p++)
		look_for_target(k, symbols, nr, *p, why);
	if (!why[0] && c->needs && !kernel_has_tracepoint(k, c->needs))
		snprintf(why, HOOK_WHY_MAX, "%s is older than its call here", hook_program_target(c->progs[0]));
}

static void refuse(struct hook_choice *choice, unsigned int c, enum hook_refusal refusal, const char *reason)
{
	choice->refusals[c] = refusal;
	snprintf(choice->why[c], HOOK_WHY_MAX, "%s", reason);
}

static void refuse_kind(struct hook_plan *plan, enum hook_kind kind, enum hook_refusal refusal, const char *reason)
{
	for_each_candidate(i, c)
	{
		if (hook_kind(&hook_points[i].candidates[c]) == kind && !plan->choices[i].why[c][0])
			refuse(&plan->choices[i], c, refusal, reason);
	}
}

/* --tier leaves tracepoints in: they are the only hooks that some points have. */
static void refuse_other_tiers(struct hook_plan *plan, enum hook_tier tier)
{
	char reason[HOOK_WHY_MAX];

	if (tier == TIER_BEST)
		return;
	snprintf(reason, sizeof(reason), "--tier %s", tier_names[tier]);
	if (tier != TIER_FENTRY)
		refuse_kind(plan, HOOK_FTRACE, REFUSAL_OTHER_TIER, reason);
	if (tier != TIER_KPROBE)
		refuse_kind(plan, HOOK_KPROBE, REFUSAL_OTHER_TIER, reason);
}

static void refuse_syscalls(struct hook_plan *plan)
{
	unsigned int i = point_index("syscall");

	for (unsigned int c = 0; c < CANDIDATES_MAX && is_candidate(&hook_points[i].candidates[c]); c++)
		refuse(&plan->choices[i], c, REFUSAL_OTHER_TIER, "--no-syscalls");
}

static void refuse_forbidden_kinds(struct hook_plan *plan, const struct kernel *k)
{
	char why[HOOK_WHY_MAX];

	if (kernel_tries_fentry(k, "ext4_file_write_iter", why, sizeof(why)))
		refuse_kind(plan, HOOK_FTRACE, REFUSAL_BY_KERNEL, why);
	if (kernel_tries_kprobe("ext4_file_write_iter", why, sizeof(why)))
		refuse_kind(plan, HOOK_KPROBE, REFUSAL_BY_KERNEL, why);
}

/* --- the choice --- */

bool hooks_need_point(const struct hook_plan *plan, unsigned int i)
{
	const struct hook_point *point = &hook_points[i];

	return (point->tallied || !plan->options.aggregate) && !(point->blind && plan->settings.has_return);
}

static void choose(struct hook_plan *plan, unsigned int i)
{
	const struct hook_point *point = &hook_points[i];
	struct hook_choice *choice = &plan->choices[i];

	choice->taken = NULL;
	if (!hooks_need_point(plan, i))
		return;
	for (unsigned int c = 0; c < CANDIDATES_MAX && is_candidate(&point->candidates[c]); c++) {
		const struct hook_candidate *candidate = &point->candidates[c];

		if (choice->why[c][0] || (candidate->needs_enter && !plan->settings.has_enter))
			continue;
		choice->taken = candidate;
		return;
	}
}

static bool is_taken(const struct hook_plan *plan, const char *point)
{
	return plan->choices[point_index(point)].taken != NULL;
}

static bool by_function(const struct hook_plan *plan, const char *point)
{
	const struct hook_candidate *taken = plan->choices[point_index(point)].taken;

	return taken && hook_kind(taken) != HOOK_TRACEPOINT;
}

/* What is asked for by --tier, or would be best. */
static enum hook_kind asked_kind(const struct hook_plan *plan)
{
	return plan->options.tier == TIER_KPROBE ? HOOK_KPROBE : HOOK_FTRACE;
}

static bool asks_for_functions(const struct hook_plan *plan)
{
	return plan->options.tier == TIER_FENTRY || plan->options.tier == TIER_KPROBE;
}

/* Functions if writes can be seen to enter and return, tracepoints alone otherwise: if no other tier is asked for. */
static int choose_tier(struct hook_plan *plan, struct errmsg *err)
{
	unsigned int enter = point_index("enter");
	char why[HOOK_WHY_MAX];

	plan->settings.has_enter = false;
	choose(plan, enter);
	if (plan->options.aggregate || by_function(plan, "enter"))
		return 0;
	snprintf(why, sizeof(why), "%s", hook_why_not(&hook_points[enter], &plan->choices[enter], asked_kind(plan)));
	if (asks_for_functions(plan))
		return fail(err, -ENOSYS, "this kernel does not allow the %s tier: %s", tier_names[plan->options.tier],
			    why);
	refuse_kind(plan, HOOK_FTRACE, REFUSAL_ABSENT, why);
	refuse_kind(plan, HOOK_KPROBE, REFUSAL_ABSENT, why);
	return 0;
}

static const char *tier_name(const struct hook_plan *plan)
{
	static const char *const names[] = {
		[HOOK_FTRACE] = "fentry", [HOOK_KPROBE] = "kprobe", [HOOK_TRACEPOINT] = "tracepoint"};
	const char *entry = plan->options.aggregate ? "begin" : "enter";
	const struct hook_candidate *taken = plan->choices[point_index(entry)].taken;

	return names[taken ? hook_kind(taken) : HOOK_TRACEPOINT];
}

/* Of the best one: the others say the same, or that there is no other. */
static const char *first_why(const struct hook_choice *choice)
{
	for (unsigned int c = 0; c < CANDIDATES_MAX; c++)
		if (choice->why[c][0])
			return choice->why[c];
	return "no hook is known";
}

/* The kernel that is judged: that of a BTF file, or the one that runs. */
static const char *judged_kernel(const struct hook_plan *plan, char *buf, size_t size)
{
	struct utsname u;

	uname(&u);
	if (plan->options.btf)
		snprintf(buf, size, "the kernel of '%s'", plan->options.btf);
	else
		snprintf(buf, size, "kernel %s", u.release);
	return buf;
}

static int fail_required(const struct hook_plan *plan, unsigned int i, struct errmsg *err)
{
	const struct hook_point *point = &hook_points[i];
	const char *why = hook_why_not(point, &plan->choices[i], NR_HOOK_KINDS);
	char kernel[256];

	if (asks_for_functions(plan))
		return fail(err, -ENOSYS, "this kernel does not allow the %s tier: no hook for '%s': %s",
			    tier_names[plan->options.tier], point->name, why);
	return fail(err, -ENOSYS, "%s offers no hook for '%s': %s", judged_kernel(plan, kernel, sizeof(kernel)),
		    point->name, why);
}

static int check_required(const struct hook_plan *plan, struct errmsg *err)
{
	for (unsigned int i = 0; i < nr_hook_points; i++)
		if (hook_points[i].required && !plan->choices[i].taken &&
		    (hook_points[i].tallied || !plan->options.aggregate))
			return fail_required(plan, i, err);
	return 0;
}

/* The end of a completion, which is all that older kernels show, does not say whose it is. */
static int check_tally(const struct hook_plan *plan, struct errmsg *err)
{
	if (!plan->options.aggregate || !by_function(plan, "completed"))
		return 0;
	return fail(err, -ENOSYS,
		    "counting in the kernel (record --aggregate, serve) needs the tracepoint iomap_dio_complete, which "
		    "kernels have from 6.5 on");
}

static int choose_all(struct hook_plan *plan, struct errmsg *err)
{
	int ret = choose_tier(plan, err);

	if (ret)
		return ret;
	plan->settings.has_enter = plan->settings.has_return = by_function(plan, "enter");
	for (unsigned int i = 0; i < nr_hook_points; i++)
		choose(plan, i);
	plan->settings.has_zero = by_function(plan, "zero");
	plan->settings.has_submit = by_function(plan, "bio");
	plan->settings.has_syscalls = is_taken(plan, "syscall");
	plan->settings.has_uring = is_taken(plan, "uring");
	plan->settings.has_queued = is_taken(plan, "queued");
	plan->tier = tier_name(plan);
	ret = check_required(plan, err);
	return ret ? ret : check_tally(plan, err);
}

/* --- addresses --- */

static const struct {
	const char *name;
	size_t offset; /* in struct settings */
} addresses[] = {
	{"ext4_file_write_iter", offsetof(struct settings, fn_ext4_file_write_iter)},
	{"ext4_iomap_overwrite_begin", offsetof(struct settings, fn_ext4_iomap_overwrite_begin)},
	{"iomap_dio_bio_end_io", offsetof(struct settings, fn_iomap_dio_bio_end_io)},
	{"bio_chain_endio", offsetof(struct settings, fn_bio_chain_endio)},
	{"iomap_dio_complete_work", offsetof(struct settings, fn_iomap_dio_complete_work)},
	{"aio_complete_rw", offsetof(struct settings, fn_aio_complete_rw)},
	{"io_complete_rw", offsetof(struct settings, fn_io_complete_rw)},
	{"io_complete_rw_iopoll", offsetof(struct settings, fn_io_complete_rw_iopoll)},
};

#define SYMBOLS_MAX 128

/* All symbols that anybody asks for, each once, sorted. */
static size_t list_symbols(struct symbol symbols[SYMBOLS_MAX])
{
	size_t nr = 0, kept = 0;

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		symbols[nr++].name = addresses[i].name;
	for_each_candidate(i, c) for (const char *const *p = hook_points[i].candidates[c].progs; *p && nr < SYMBOLS_MAX;
				      p++) if (hook_program_kind(*p) == HOOK_KPROBE) symbols[nr++]
		.name = hook_program_target(*p);
	qsort(symbols, nr, sizeof(*symbols), symbol_compare);
	for (size_t i = 0; i < nr; i++)
		if (!kept || strcmp(symbols[i].name, symbols[kept - 1].name) != 0)
			symbols[kept++] = symbols[i];
	return kept;
}

static void take_addresses(struct settings *s, const struct symbol *symbols, size_t nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct symbol key = {.name = addresses[i].name};
		const struct symbol *found = bsearch(&key, symbols, nr, sizeof(key), symbol_compare);

		*(__u64 *)((char *)s + addresses[i].offset) = found ? found->addr : 0;
	}
}

/* --- values that CO-RE cannot reach --- */

/*
 * Until 7.2 no type or symbol changed with the rule, so that a release has to tell 6.2 from 6.3. ext4_iomap_next came
 * to 7.3 together with its new rule.
 */
static enum upgrade_rule upgrade_rule(const struct kernel *k)
{
	if (kernel_has_function(k, "ext4_iomap_next"))
		return UPGRADE_RULE_ZEROING;
	return kernel_series() < 6003 ? UPGRADE_RULE_WRITTEN : UPGRADE_RULE_ALLOCATED;
}

static const struct {
	const char *name;
	size_t offset; /* in struct settings */
} cast_types[] = {
	{"inode", offsetof(struct settings, type_inode)},
	{"file", offsetof(struct settings, type_file)},
	{"fdtable", offsetof(struct settings, type_fdtable)},
	{"kiocb", offsetof(struct settings, type_kiocb)},
	{"task_struct", offsetof(struct settings, type_task_struct)},
	{"timespec64", offsetof(struct settings, type_timespec64)},
	{"iomap_dio", offsetof(struct settings, type_iomap_dio)},
	{"ext4_inode_info", offsetof(struct settings, type_ext4_inode_info)},
	{"ext4_sb_info", offsetof(struct settings, type_ext4_sb_info)},
};

static void ask_values(const struct kernel *k, struct settings *s)
{
	uint32_t bit;

	kernel_find_enumerator(k, "REQ_F_NOWAIT_BIT", &s->req_f_nowait_bit);
	if (kernel_find_enumerator(k, "BIO_PAGE_PINNED", &bit))
		s->bio_page_pinned = 1 + bit;
	/* context, request and cqe; older ones have the cqe's members in its place */
	s->uring_cqe = kernel_tracepoint_args(k, "io_uring_complete") == 3;
	s->upgrade_rule = upgrade_rule(k);
	for (size_t i = 0; i < ARRAY_SIZE(cast_types); i++)
		*(__u32 *)((char *)s + cast_types[i].offset) = kernel_cast_id(k, cast_types[i].name);
}

/* --- the plan --- */

/* Another kernel's symbols are not at hand: whatever its BTF knows as a function is one. */
static int find_symbols(const struct hook_plan *plan, const struct kernel *k, struct symbol *symbols, size_t nr,
			struct errmsg *err)
{
	if (!plan->options.btf)
		return kernel_resolve(k, symbols, nr, err);
	for (size_t i = 0; i < nr; i++)
		symbols[i].addr = kernel_has_function(k, symbols[i].name);
	return 0;
}

static int plan_with(struct hook_plan *plan, const struct kernel *k, struct errmsg *err)
{
	struct symbol symbols[SYMBOLS_MAX] = {0};
	size_t nr = list_symbols(symbols);
	int ret = find_symbols(plan, k, symbols, nr, err);

	if (ret)
		return ret;
	take_addresses(&plan->settings, symbols, nr);
	ask_values(k, &plan->settings);
	for_each_candidate(i, c)
	{
		look_for_candidate(k, symbols, nr, &hook_points[i].candidates[c], plan->choices[i].why[c]);
		if (plan->choices[i].why[c][0])
			plan->choices[i].refusals[c] = REFUSAL_ABSENT;
	}
	refuse_other_tiers(plan, plan->options.tier);
	if (plan->options.no_syscalls)
		refuse_syscalls(plan);
	if (!plan->options.btf)
		refuse_forbidden_kinds(plan, k);
	return choose_all(plan, err);
}

int hooks_plan(struct hook_plan *plan, const struct hook_options *options, struct errmsg *err)
{
	struct kernel *k;
	int ret;

	memset(plan, 0, sizeof(*plan));
	plan->options = *options;
	ret = kernel_open(&k, options->btf, err);
	if (ret)
		return ret;
	ret = plan_with(plan, k, err);
	kernel_close(k);
	return ret;
}

static const char *error_text(int error)
{
	/* ENOTSUPP, which user space has no name for: what fentry says to seven arguments before 6.6 */
	return error == -524 ? "not supported (error 524: more than six arguments?)" : strerror(-error);
}

int hooks_refuse(struct hook_plan *plan, const char *prog, const char *verb, int error, struct errmsg *err)
{
	char name[48], reason[HOOK_WHY_MAX];
	bool known = false;

	hook_program_format(prog, name, sizeof(name));
	snprintf(reason, sizeof(reason), "%s cannot be %s: %s", name, verb, error_text(error));
	for_each_candidate(i, c)
	{
		if (!uses(&hook_points[i].candidates[c], prog))
			continue;
		refuse(&plan->choices[i], c, REFUSAL_BY_KERNEL, reason);
		known = true;
	}
	if (!known)
		return fail(err, -ENOSYS, "the kernel refused a BPF program: %s", reason);
	/* not this function, but any of its kind */
	if (error == -EPERM)
		refuse_kind(plan, hook_program_kind(prog), REFUSAL_BY_KERNEL, reason);
	return choose_all(plan, err);
}

/* --- what follows from it --- */

static int describe_point(const struct hook_plan *plan, unsigned int i, struct meta *header)
{
	const struct hook_choice *choice = &plan->choices[i];
	char key[64], value[400] = "", prog[96];

	snprintf(key, sizeof(key), META_HOOK "%s", hook_points[i].name);
	if (!hooks_need_point(plan, i))
		return meta_setf(header, key, "none: %s",
				 plan->options.aggregate ? "not tallied" : "writes are seen to return");
	if (!choice->taken)
		return meta_setf(header, key, "none: %s", first_why(choice));
	for (const char *const *p = choice->taken->progs; *p; p++) {
		size_t used = strlen(value);

		hook_program_format(*p, prog, sizeof(prog));
		snprintf(value + used, sizeof(value) - used, "%s%s", used ? "," : "", prog);
	}
	return meta_set(header, key, value);
}

int hooks_describe(const struct hook_plan *plan, struct meta *header)
{
	int ret = 0;

	for (unsigned int i = 0; i < nr_hook_points && !ret; i++)
		ret = describe_point(plan, i, header);
	return ret;
}

static void mark(unsigned char how[FACTS_MAX], const enum write_fact *facts, enum how as)
{
	for (; facts && *facts != NO_FACT; facts++)
		if (how[*facts] != HOW_OBSERVED)
			how[*facts] = as;
}

void hooks_fresh_how(const struct hook_plan *plan, unsigned char how[FACTS_MAX])
{
	memset(how, HOW_UNKNOWN, FACTS_MAX);
	for (unsigned int i = 0; i < nr_hook_points; i++) {
		const struct hook_candidate *c = plan->choices[i].taken;

		if (!c)
			continue;
		mark(how, c->zero, HOW_OBSERVED);
		mark(how, c->infers, HOW_INFERRED);
	}
}

enum how hooks_fact_how(const struct hook_plan *plan, enum write_fact fact)
{
	enum how how = infer_has_rule(fact) ? HOW_INFERRED : HOW_UNKNOWN;

	for (unsigned int i = 0; i < nr_hook_points; i++) {
		const struct hook_candidate *c = plan->choices[i].taken;

		if (c && (lists(c->zero, fact) || lists(c->gives, fact)))
			return HOW_OBSERVED;
		if (c && (lists(c->infers, fact) || lists(c->tells, fact)))
			how = HOW_INFERRED;
	}
	return how;
}

enum how hooks_best_how(enum write_fact fact)
{
	enum how how = infer_has_rule(fact) ? HOW_INFERRED : HOW_UNKNOWN;

	for_each_candidate(i, c)
	{
		const struct hook_candidate *candidate = &hook_points[i].candidates[c];

		if (lists(candidate->zero, fact) || lists(candidate->gives, fact))
			return HOW_OBSERVED;
		if (lists(candidate->infers, fact) || lists(candidate->tells, fact))
			how = HOW_INFERRED;
	}
	return how;
}
