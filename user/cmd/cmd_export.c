// SPDX-License-Identifier: GPL-2.0-only
/* dioscope export: a trace for other programs. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "reports/export/export.h"
#include "reports/model/stream.h"
#include "user/cmd/command.h"
#include "user/cmd/progress_line.h"
#include "user/base/output.h"
#include "user/cmd/selection.h"

enum {
	OPT_FORMAT,
	OPT_OUTPUT,
	OPT_QUIET,
};

static const struct option_row options[] = {
	[OPT_FORMAT] = {"format", 'f', "FORMAT", "json (the default), csv, sqlite, perfetto or folded"},
	[OPT_OUTPUT] = {"output", 'o', "FILE", "write FILE instead of stdout"},
	[OPT_QUIET] = OPTION_QUIET,
	{NULL, 0, NULL, NULL},
};

static int run_export(int argc, char **argv);

const struct command cmd_export = {
	.name = "export",
	.arguments = "[--format FORMAT] [-o FILE] [OPTION...] TRACE",
	.summary = "a trace for other programs: JSON lines, CSV, SQLite, Perfetto, flame graphs",
	.options = options,
	.shared = selection_options,
	.notes = selection_notes,
	.run = run_export,
};

struct export_args {
	struct selection selection;
	const struct export_format *format;
	const char *path; /* NULL: stdout */
	bool quiet;
};

static int take_option(struct export_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_QUIET:
		a->quiet = true;
		return 0;
	case OPT_OUTPUT:
		a->path = value;
		return 0;
	case OPT_FORMAT:
		a->format = export_format_find(value);
		return a->format ? 0 : fail(err, -EINVAL, "'%s' is not a format: " EXPORT_FORMAT_NAMES, value);
	}
	return selection_take(&a->selection, option - COMMAND_SHARED, value, err);
}

/* What the output does not say, or not where one looks first. */
static void say_counts(const struct export_args *args, const struct export_job *job)
{
	selection_say_none(&cmd_export, job->counts.writes, job->counts.left_out, job->path);
	if (job->counts.late)
		command_say(cmd_export.name, "%s of %s took longer than %d others: not in order of entry",
			    counted(job->counts.late, "write").text, job->path, STREAM_WINDOW);
	if (!args->format->says_whole && !job->whole)
		command_say(cmd_export.name,
			    "%s is not complete (dioscope report says why), and %s has no place to say it", job->path,
			    args->format->name);
}

static int export_trace(const struct export_args *args, const char *trace)
{
	struct export_job job = {.path = trace, .sel = &args->selection};
	bool beside = output_is_stdout(args->path) && isatty(STDOUT_FILENO);
	struct progress_line line;
	struct output out;
	struct errmsg err;
	int ret, stopped;

	if (output_open(&out, args->path, &err))
		return command_fail(&cmd_export, EXIT_TROUBLE, "%s", err.text);
	progress_line_begin(&line, cmd_export.name, progress_size(trace), args->quiet || beside);
	job.out = out.file;
	job.progress = &line.progress;
	ret = args->format->run(&job, &err);
	stopped = progress_line_end(&line);
	if (ret || stopped) {
		output_discard(&out);
		return stopped ? stopped : command_fail(&cmd_export, EXIT_TROUBLE, "%s", err.text);
	}
	if (output_commit(&out, &err))
		return command_fail(&cmd_export, EXIT_TROUBLE, "%s", err.text);
	say_counts(args, &job);
	return EXIT_SAME;
}

static int run_export(int argc, char **argv)
{
	struct export_args args = {.format = &export_formats[0]};
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
	if (args.format->is_binary && output_is_stdout(args.path) && isatty(STDOUT_FILENO))
		return command_fail(&cmd_export, EXIT_TROUBLE, "%s is nothing for a terminal: choose a file with -o",
				    args.format->name);
	return export_trace(&args, argv[optind]);
}
