// SPDX-License-Identifier: GPL-2.0-only
/* dioscope ref: the reference alone, on an image file or a device. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/utsname.h>

#include "refimpl/refimpl.h"
#include "reports/text/render.h"
#include "reports/model/set.h"
#include "reports/text/totals.h"
#include "user/cmd/command.h"
#include "user/verify/output_set.h"

enum {
	OPT_OUTPUT,
	OPT_PROFILE
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE", "keep the trace; - is stdout, and the totals go to stderr"},
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

/* @to: where the trace is not. */
static int print_summary(FILE *to, const struct write_set *set, struct errmsg *err)
{
	_cleanup_(totals_release) struct totals totals;

	if (totals_init(&totals, set))
		return fail(err, -ENOMEM, "out of memory");
	render_totals(to, set, &totals);
	return 0;
}

static int run_on(const char *image, const struct workload *wl, const struct ref_rules *rules, struct write_set *set,
		  struct errmsg *err)
{
	struct ref_target target = {.path = image, .dma_mask = 511, .lbs = wl->lbs, .dev_cache = !wl->writethrough};
	_cleanup_free_ struct op_result *results = calloc(wl->nr_ops + 1, sizeof(*results));

	return results ? ref_run(wl, &target, rules, set, results, err) : fail(err, -ENOMEM, "out of memory");
}

/* The trace is opened first: where it cannot be kept, the image is not touched. */
static int reference(const char *image, const struct workload *wl, const struct ref_rules *rules, const char *output,
		     struct errmsg *err)
{
	_cleanup_(set_release) struct write_set set = {0};
	struct output out = {0};
	int ret = output ? output_open(&out, output, err) : 0;

	if (ret)
		return ret;
	ret = run_on(image, wl, rules, &set, err);
	if (ret && output)
		output_discard(&out);
	if (!ret && output)
		ret = output_commit_set(&out, &set, err);
	return ret ? ret : print_summary(output && output_is_stdout(output) ? stderr : stdout, &set, err);
}

static int load_and_run(const char *image, const char *workload, const struct ref_rules *rules, const char *output)
{
	_cleanup_(workload_release) struct workload wl = {0};
	struct errmsg err;

	if (output_same(output, image) || output_same(output, workload))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "'%s' is the image or the workload: choose another output",
				    output);
	if (workload_load(&wl, workload, &err) || reference(image, &wl, rules, output, &err))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "%s", err.text);
	return EXIT_SAME;
}

static struct ref_choice running_profile(void)
{
	struct utsname u;

	uname(&u);
	return ref_rules_for_release(u.release);
}

static int run_ref(int argc, char **argv)
{
	struct ref_choice profile = running_profile();
	const char *output = NULL, *value;
	int option;

	while ((option = command_next_option(&cmd_ref, argc, argv, &value)) >= 0) {
		if (option == OPT_OUTPUT) {
			output = value;
			continue;
		}
		profile = (struct ref_choice){ref_rules_find(value), REF_FIT_ASKED};
		if (!profile.rules)
			return command_fail(&cmd_ref, EXIT_TROUBLE, "there is no profile '%s': " REF_PROFILE_NAMES,
					    value);
	}
	if (option == -2)
		return EXIT_TROUBLE;
	if (argc - optind != 2)
		return command_fail(&cmd_ref, EXIT_TROUBLE, "an image and a workload are needed");
	if (!profile.rules)
		return command_fail(&cmd_ref, EXIT_TROUBLE,
				    "no profile fits the running kernel: choose one with --profile");
	if (!ref_fit_is_right(profile.fit))
		command_fail(&cmd_ref, 0, "WARNING: the rules of %s are the %s", profile.rules->name,
			     ref_fit_words(profile.fit));
	return load_and_run(argv[optind], argv[optind + 1], profile.rules, output);
}
