// SPDX-License-Identifier: GPL-2.0-only
/* dioscope ref: the reference alone, on an image file or a device. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/utsname.h>

#include "refimpl/refimpl.h"
#include "reports/render.h"
#include "reports/set.h"
#include "reports/summary.h"
#include "user/command.h"

enum {
	OPT_OUTPUT,
	OPT_PROFILE
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE", "keep the trace"},
	[OPT_PROFILE] = {"profile", 0, "VERSION", "rules of this kernel: " REF_PROFILE_NAMES " (of the running one)"},
	{NULL, 0, NULL, NULL},
};

static int run_ref(int argc, char **argv);

const struct command cmd_ref = {
	.name = "ref",
	.arguments = "[-o FILE] [--profile VERSION] IMAGE|DEVICE WORKLOAD",
	.summary = "run a workload through the reference on an ext4 that is not mounted, and MODIFY it",
	.options = options,
	.run = run_ref,
};

static int finish(struct write_set *set, const char *output)
{
	struct summary summary;
	struct errmsg err;

	if (output && set_save(set, output, &err))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "%s", err.text);
	if (summary_init(&summary, set))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "out of memory");
	render_summary(stdout, set, &summary);
	summary_release(&summary);
	return EXIT_SAME;
}

static int reference(const char *image, const char *workload, const struct ref_rules *rules, const char *output)
{
	_cleanup_(workload_release) struct workload wl = {0};
	_cleanup_(set_release) struct write_set set = {0};
	_cleanup_free_ struct op_result *results = NULL;
	struct ref_target target = {.path = image, .dma_mask = 511};
	struct errmsg err;

	if (workload_load(&wl, workload, &err))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "%s", err.text);
	results = calloc(wl.nr_ops + 1, sizeof(*results));
	if (!results)
		return command_fail(&cmd_ref, EXIT_TROUBLE, "out of memory");
	target.lbs = wl.lbs;
	target.dev_cache = !wl.writethrough;
	if (ref_run(&wl, &target, rules, &set, results, &err))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "%s", err.text);
	return finish(&set, output);
}

static const struct ref_rules *running_rules(void)
{
	struct utsname u;

	uname(&u);
	return ref_rules_for_release(u.release);
}

static int run_ref(int argc, char **argv)
{
	const struct ref_rules *rules = running_rules();
	const char *output = NULL, *value;
	int option;

	while ((option = command_next_option(&cmd_ref, argc, argv, &value)) >= 0) {
		if (option == OPT_OUTPUT) {
			output = value;
			continue;
		}
		rules = ref_rules_find(value);
		if (!rules)
			return command_fail(&cmd_ref, EXIT_TROUBLE, "there is no profile '%s': " REF_PROFILE_NAMES,
					    value);
	}
	if (option == -2)
		return EXIT_TROUBLE;
	if (argc - optind != 2)
		return command_fail(&cmd_ref, EXIT_TROUBLE, "an image and a workload are needed");
	if (!rules)
		return command_fail(&cmd_ref, EXIT_TROUBLE,
				    "no profile fits the running kernel: choose one with --profile");
	return reference(argv[optind], argv[optind + 1], rules, output);
}
