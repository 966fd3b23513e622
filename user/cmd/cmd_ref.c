// SPDX-License-Identifier: GPL-2.0-only
/* dioscope ref: the reference alone, on an image file or a device, or by the rules of all kernels side by side. */
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <string.h>
#include <sys/utsname.h>

#include "refimpl/refimpl.h"
#include "reports/text/render.h"
#include "reports/model/set.h"
#include "reports/text/totals.h"
#include "user/cmd/atlas_view.h"
#include "user/cmd/command.h"
#include "user/verify/output_set.h"

enum {
	OPT_OUTPUT,
	OPT_PROFILE,
	OPT_ATLAS,
	OPT_FORMAT,
	OPT_CONFIRMED,
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE", "keep the trace; - is stdout, and the totals go to stderr"},
	[OPT_PROFILE] = {"profile", 0, "VERSION", "rules of this kernel: " REF_PROFILE_NAMES " (of the running one)"},
	[OPT_ATLAS] =
		{"atlas", 0, NULL,
		 "the WORKLOADs (tests/scenarios/*.wl) by the rules of all kernels, and what makes the difference"},
	[OPT_FORMAT] = {"format", 0, "FORMAT", "of the atlas: text, json (an object a write) or html (text)"},
	[OPT_CONFIRMED] = {"confirmed", 0, "DIR",
			   "mark in the atlas what kernels have confirmed: DIR/6.12.txt lists workloads by their ids"},
	{NULL, 0, NULL, NULL},
};

static int run_ref(int argc, char **argv);

const struct command cmd_ref = {
	.name = "ref",
	.arguments =
		"[-o FILE] [--profile VERSION] IMAGE|DEVICE WORKLOAD | --atlas [--format FORMAT] [--confirmed DIR] "
		"[WORKLOAD...]",
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

/* Rules that were asked for are those of any kernel, the running one's go with how it was built. */
static int run_on(const char *image, const struct workload *wl, const struct ref_choice *profile, struct write_set *set,
		  struct errmsg *err)
{
	struct ref_target target = {.path = image,
				    .dma_mask = 511,
				    .lbs = wl->lbs,
				    .dev_cache = !wl->writethrough,
				    .single_pages = profile->fit != REF_FIT_ASKED && ref_kernel_has_single_pages()};
	_cleanup_free_ struct op_result *results = calloc(wl->nr_ops + 1, sizeof(*results));

	return results ? ref_run(wl, &target, profile->rules, set, results, err) : fail(err, -ENOMEM, "out of memory");
}

/* The trace is opened first: where it cannot be kept, the image is not touched. */
static int reference(const char *image, const struct workload *wl, const struct ref_choice *profile, const char *output,
		     struct errmsg *err)
{
	_cleanup_(set_release) struct write_set set = {0};
	struct output out = {0};
	int ret = output ? output_open(&out, output, err) : 0;

	if (ret)
		return ret;
	ret = run_on(image, wl, profile, &set, err);
	if (ret && output)
		output_discard(&out);
	if (!ret && output)
		ret = output_commit_set(&out, &set, err);
	return ret ? ret : print_summary(output && output_is_stdout(output) ? stderr : stdout, &set, err);
}

static int load_and_run(const char *image, const char *workload, const struct ref_choice *profile, const char *output)
{
	_cleanup_(workload_release) struct workload wl = {0};
	struct errmsg err;

	if (output_same(output, image) || output_same(output, workload))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "'%s' is the image or the workload: choose another output",
				    output);
	if (workload_load(&wl, workload, &err) || reference(image, &wl, profile, output, &err))
		return command_fail(&cmd_ref, EXIT_TROUBLE, "%s", err.text);
	return EXIT_SAME;
}

static struct ref_choice running_profile(void)
{
	struct utsname u;

	uname(&u);
	return ref_rules_for_release(u.release);
}

/* --- the atlas --- */

struct ref_args {
	struct ref_choice profile;
	const char *output;
	bool atlas;
	enum atlas_format format;
	const char *confirmed;
};

static int print_one(const char *path, const struct ref_args *args, struct atlas_stock *stock,
		     const struct atlas_confirmed *confirmed)
{
	_cleanup_(workload_release) struct workload wl = {0};
	_cleanup_(atlas_release) struct atlas a = {0};
	struct errmsg err;

	if (workload_load(&wl, path, &err) || atlas_make(&a, &wl, stock, &err))
		return command_fail(&cmd_ref, -EINVAL, "%s", err.text);
	atlas_print(stdout, args->format, &wl, &a, confirmed);
	return 0;
}

static int print_all(char *const *paths, size_t nr, const struct ref_args *args)
{
	struct atlas_stock *stock = atlas_stock_new();
	struct atlas_confirmed *confirmed = NULL;
	struct errmsg err;
	int ret = stock ? 0 : command_fail(&cmd_ref, -ENOMEM, "no memory for images");

	if (!ret && args->confirmed && atlas_confirmed_load(&confirmed, args->confirmed, &err))
		ret = command_fail(&cmd_ref, -EINVAL, "%s", err.text);
	if (!ret)
		atlas_print_begin(stdout, args->format);
	for (size_t i = 0; i < nr && !ret; i++)
		ret = print_one(paths[i], args, stock, confirmed);
	if (!ret)
		atlas_print_end(stdout, args->format);
	atlas_confirmed_free(confirmed);
	atlas_stock_free(stock);
	return ret ? EXIT_TROUBLE : EXIT_SAME;
}

/* Those of the tree that we stand in, where none are named. */
static int run_atlas(int argc, char **argv, const struct ref_args *args)
{
	glob_t all = {0};
	int ret;

	if (optind < argc)
		return print_all(argv + optind, (size_t)(argc - optind), args);
	if (glob("tests/scenarios/*.wl", 0, NULL, &all))
		ret = command_fail(&cmd_ref, EXIT_TROUBLE,
				   "--atlas needs a workload: there is no tests/scenarios here");
	else
		ret = print_all(all.gl_pathv, all.gl_pathc, args);
	globfree(&all);
	return ret;
}

/* --- arguments --- */

static int take_profile(struct ref_args *args, const char *value)
{
	args->profile = (struct ref_choice){ref_rules_find(value), REF_FIT_ASKED};
	return args->profile.rules
		       ? 0
		       : command_fail(&cmd_ref, -EINVAL, "there is no profile '%s': " REF_PROFILE_NAMES, value);
}

static int take_option(struct ref_args *args, int option, const char *value)
{
	switch (option) {
	case OPT_OUTPUT:
		args->output = value;
		return 0;
	case OPT_PROFILE:
		return take_profile(args, value);
	case OPT_ATLAS:
		args->atlas = true;
		return 0;
	case OPT_FORMAT:
		return atlas_format_parse(value, &args->format)
			       ? command_fail(&cmd_ref, -EINVAL, "--format: '%s' is not text, json or html", value)
			       : 0;
	case OPT_CONFIRMED:
		args->confirmed = value;
		return 0;
	}
	return -EINVAL;
}

static int run_on_image(int argc, char **argv, const struct ref_args *args)
{
	if (argc - optind != 2)
		return command_fail(&cmd_ref, EXIT_TROUBLE, "an image and a workload are needed");
	if (args->confirmed)
		return command_fail(&cmd_ref, EXIT_TROUBLE, "--confirmed goes with --atlas");
	if (!args->profile.rules)
		return command_fail(&cmd_ref, EXIT_TROUBLE,
				    "no profile fits the running kernel: choose one with --profile");
	if (!ref_fit_is_right(args->profile.fit))
		command_fail(&cmd_ref, 0, "WARNING: the rules of %s are the %s", args->profile.rules->name,
			     ref_fit_words(args->profile.fit));
	return load_and_run(argv[optind], argv[optind + 1], &args->profile, args->output);
}

static int run_ref(int argc, char **argv)
{
	struct ref_args args = {.profile = running_profile()};
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_ref, argc, argv, &value)) >= 0)
		if (take_option(&args, option, value))
			return EXIT_TROUBLE;
	if (option == -2)
		return EXIT_TROUBLE;
	return args.atlas ? run_atlas(argc, argv, &args) : run_on_image(argc, argv, &args);
}
