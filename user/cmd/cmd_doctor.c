// SPDX-License-Identifier: GPL-2.0-only
/* dioscope doctor: what can be seen on this kernel, through which hooks, and why not through better ones. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "reports/model/fields.h"
#include "reports/export/json.h"
#include "user/capture/blind.h"
#include "user/capture/capture.h"
#include "user/cmd/command.h"
#include "user/capture/hooks.h"

enum {
	OPT_JSON,
	OPT_BTF,
	OPT_TIER,
	OPT_NO_SYSCALLS,
};

static const struct option_row options[] = {
	[OPT_JSON] = {"json", 0, NULL, "one JSON object"},
	[OPT_BTF] = {"btf", 0, "FILE", "judge by this BTF file; nothing is loaded"},
	[OPT_TIER] = {"tier", 0, "TIER", HOOK_TIER_NAMES " instead of the best"},
	[OPT_NO_SYSCALLS] = {"no-syscalls", 0, NULL, "without the two hooks that every system call comes to"},
	{NULL, 0, NULL, NULL},
};

static int run_doctor(int argc, char **argv);

const struct command cmd_doctor = {
	.name = "doctor",
	.arguments = "[--json] [--tier TIER] [--no-syscalls] [--btf FILE]",
	.summary = "say what can be observed on this kernel, and why not more",
	.options = options,
	.notes = "exit code: 0 every fact is known as well as on any kernel, 1 some are only inferred or unknown,\n"
		 "2 nothing can be recorded\n",
	.run = run_doctor,
};

struct doctor_args {
	struct hook_options hooks;
	bool json;
};

static int parse_args(struct doctor_args *a, int argc, char **argv)
{
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_doctor, argc, argv, &value)) >= 0) {
		if (option == OPT_JSON)
			a->json = true;
		else if (option == OPT_BTF)
			a->hooks.btf = value;
		else if (option == OPT_NO_SYSCALLS)
			a->hooks.no_syscalls = true;
		else if (hook_tier_parse(value, &a->hooks.tier))
			return command_fail(&cmd_doctor, -EINVAL, "'%s' is not a tier: " HOOK_TIER_NAMES, value);
	}
	if (option == -2)
		return -EINVAL;
	if (optind < argc)
		return command_fail(&cmd_doctor, -EINVAL, "'%s': no argument is expected", argv[optind]);
	return 0;
}

/* --- the verdict: is anything seen worse than the best kernel shows it? --- */

static bool is_reduced(const struct hook_plan *plan, enum write_fact fact)
{
	return hooks_fact_how(plan, fact) != hooks_best_how(fact);
}

static bool plan_is_full(const struct hook_plan *plan)
{
	for (int fact = 0; fact < NR_FACTS; fact++)
		if (is_reduced(plan, fact))
			return false;
	return true;
}

/* --- text --- */

static void print_programs(const struct hook_candidate *c)
{
	char name[96];

	for (const char *const *p = c->progs; *p; p++) {
		hook_program_format(*p, name, sizeof(name));
		printf("%s%s", p == c->progs ? "" : ", ", name);
	}
}

static void print_point(const struct hook_point *point, const struct hook_choice *choice)
{
	printf("%-12s", point->name);
	if (choice->taken)
		print_programs(choice->taken);
	else
		printf("-");
	putchar('\n');
	for (unsigned int c = 0; c < CANDIDATES_MAX && point->candidates[c].progs[0]; c++) {
		if (&point->candidates[c] == choice->taken)
			return;
		if (choice->why[c][0])
			printf("%-12s  not ", ""), print_programs(&point->candidates[c]),
				printf(": %s\n", choice->why[c]);
	}
}

/* The names of the facts that are known as @how, in lines of a readable length. */
static void print_facts(const struct hook_plan *plan, enum how how, bool reduced, const char *title)
{
	int column = 0;

	for (int fact = 0; fact < NR_FACTS; fact++) {
		const char *key = write_fields[fact].key;

		if (hooks_fact_how(plan, fact) != how || is_reduced(plan, fact) != reduced)
			continue;
		if (!column || column + (int)strlen(key) > 100)
			column = printf("%s%-24s", column ? "\n" : "", column ? "" : title);
		column += printf(" %s", key);
	}
	if (column)
		putchar('\n');
}

static void print_blind(const struct hook_plan *plan)
{
	const char *sentence;

	for (unsigned int i = 0; (sentence = blind_sentence(plan, i)); i++)
		printf("%s%-24s %s\n", i ? "" : "\n", i ? "" : "not seen at all", sentence);
}

static void print_text(const struct hook_plan *plan)
{
	struct utsname u;

	uname(&u);
	if (!plan->options.btf)
		printf("kernel      %s %s\n", u.release, u.machine);
	printf("tier        %s\n\n", plan->tier);
	for (unsigned int i = 0; i < nr_hook_points; i++)
		if (hooks_need_point(plan, i))
			print_point(&hook_points[i], &plan->choices[i]);
	putchar('\n');
	print_facts(plan, HOW_OBSERVED, false, "observed");
	print_facts(plan, HOW_INFERRED, false, "inferred everywhere");
	print_facts(plan, HOW_UNKNOWN, false, "unknown everywhere");
	print_facts(plan, HOW_INFERRED, true, "only inferred here");
	print_facts(plan, HOW_UNKNOWN, true, "unknown here");
	print_blind(plan);
	printf("\n%s\n", plan_is_full(plan)
				 ? "full: every fact is known as well as on any kernel"
				 : "reduced: some facts are inferred or unknown here that other kernels show");
}

/* --- JSON --- */

static void json_programs(struct json *j, const struct hook_candidate *c)
{
	char name[96];

	json_open(j, '[');
	for (const char *const *p = c->progs; *p; p++) {
		hook_program_format(*p, name, sizeof(name));
		json_string(j, name);
	}
	json_close(j, ']');
}

static void json_refusals(struct json *j, const struct hook_point *point, const struct hook_choice *choice)
{
	json_open(j, '[');
	for (unsigned int c = 0; c < CANDIDATES_MAX && point->candidates[c].progs[0]; c++) {
		if (&point->candidates[c] == choice->taken)
			break;
		if (!choice->why[c][0])
			continue;
		json_open(j, '{');
		json_key(j, "hooks");
		json_programs(j, &point->candidates[c]);
		json_key(j, "why");
		json_string(j, choice->why[c]);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_point(struct json *j, const struct hook_point *point, const struct hook_choice *choice)
{
	json_open(j, '{');
	json_key(j, "point");
	json_string(j, point->name);
	json_key(j, "hooks");
	if (choice->taken)
		json_programs(j, choice->taken);
	else
		json_null(j);
	json_key(j, "refused");
	json_refusals(j, point, choice);
	json_close(j, '}');
}

static void json_facts(struct json *j, const struct hook_plan *plan)
{
	json_open(j, '{');
	for (int fact = 0; fact < NR_FACTS; fact++) {
		json_key(j, write_fields[fact].key);
		json_string(j, how_name(hooks_fact_how(plan, fact)));
	}
	json_close(j, '}');
}

static void json_blind(struct json *j, const struct hook_plan *plan)
{
	const char *sentence;

	json_open(j, '[');
	for (unsigned int i = 0; (sentence = blind_sentence(plan, i)); i++)
		json_string(j, sentence);
	json_close(j, ']');
}

static void print_json(const struct hook_plan *plan)
{
	struct json j = {.out = stdout};
	struct utsname u;

	uname(&u);
	json_open(&j, '{');
	json_key(&j, "kernel");
	json_string(&j, plan->options.btf ? NULL : u.release);
	json_key(&j, "tier");
	json_string(&j, plan->tier);
	json_key(&j, "verdict");
	json_string(&j, plan_is_full(plan) ? "full" : "reduced");
	json_key(&j, "points");
	json_open(&j, '[');
	for (unsigned int i = 0; i < nr_hook_points; i++)
		if (hooks_need_point(plan, i))
			json_point(&j, &hook_points[i], &plan->choices[i]);
	json_close(&j, ']');
	json_key(&j, "facts");
	json_facts(&j, plan);
	json_key(&j, "blind");
	json_blind(&j, plan);
	json_close(&j, '}');
	json_newline(&j);
	json_end(&j);
}

/* --- the examination --- */

/* The running kernel is asked by doing: what counts is what it loads and attaches. */
static int examine(const struct doctor_args *a, struct hook_plan *plan, struct errmsg *err)
{
	const struct capture_options capture = {.tier = a->hooks.tier, .no_syscalls = a->hooks.no_syscalls};
	struct capture *c;
	int ret;

	if (a->hooks.btf)
		return hooks_plan(plan, &a->hooks, err);
	ret = capture_open(&c, &capture, err);
	if (ret)
		return ret;
	*plan = *capture_plan(c);
	capture_close(c);
	return 0;
}

static int run_doctor(int argc, char **argv)
{
	struct doctor_args args = {0};
	struct hook_plan plan;
	struct errmsg err;

	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	if (examine(&args, &plan, &err))
		return command_fail(&cmd_doctor, EXIT_TROUBLE, "%s", err.text);
	if (args.json)
		print_json(&plan);
	else
		print_text(&plan);
	return plan_is_full(&plan) ? EXIT_SAME : EXIT_DIFFERENT;
}
