// SPDX-License-Identifier: GPL-2.0-only
/* dioscope export: a trace for other programs. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "reports/export_json.h"
#include "reports/set.h"
#include "user/command.h"
#include "user/output.h"
#include "user/selection.h"

enum {
	OPT_FORMAT,
	OPT_OUTPUT
};

static const struct option_row options[] = {
	[OPT_FORMAT] = {"format", 'f', "FORMAT", "json: one object a line (the default)"},
	[OPT_OUTPUT] = {"output", 'o', "FILE", "write FILE instead of stdout"},
	{NULL, 0, NULL, NULL},
};

static int run_export(int argc, char **argv);

const struct command cmd_export = {
	.name = "export",
	.arguments = "[--format json] [-o FILE] [OPTION...] TRACE",
	.summary = "print a trace as JSON, one object a line",
	.options = options,
	.shared = selection_options,
	.notes = selection_notes,
	.run = run_export,
};

static int export_to(const struct write_set *set, const char *path)
{
	struct output out;
	struct errmsg err;

	if (output_open(&out, path, &err))
		return command_fail(&cmd_export, EXIT_TROUBLE, "%s", err.text);
	export_json(out.file, set);
	if (output_commit(&out, &err))
		return command_fail(&cmd_export, EXIT_TROUBLE, "%s", err.text);
	return EXIT_SAME;
}

struct export_args {
	struct selection selection;
	const char *path; /* NULL: stdout */
};

static int take_option(struct export_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_OUTPUT:
		a->path = value;
		return 0;
	case OPT_FORMAT:
		return strcmp(value, "json") ? fail(err, -EINVAL, "'%s' is not a format: json", value) : 0;
	}
	return selection_take(&a->selection, option - COMMAND_SHARED, value, err);
}

static int run_export(int argc, char **argv)
{
	_cleanup_(set_release) struct write_set set = {0};
	struct export_args args = {0};
	const char *value;
	struct errmsg err;
	int option;

	while ((option = command_next_option(&cmd_export, argc, argv, &value)) >= 0)
		if (take_option(&args, option, value, &err))
			return command_fail(&cmd_export, EXIT_TROUBLE, "%s", err.text);
	if (option == -2)
		return EXIT_TROUBLE;
	if (argc - optind != 1)
		return command_fail(&cmd_export, EXIT_TROUBLE, "one trace is needed");
	if (output_same(args.path, argv[optind]))
		return command_fail(&cmd_export, EXIT_TROUBLE, "'%s' is the trace itself: choose another output",
				    args.path);
	if (selection_load(&set, argv[optind], &args.selection, &cmd_export, &err))
		return command_fail(&cmd_export, EXIT_TROUBLE, "%s", err.text);
	return export_to(&set, args.path);
}
