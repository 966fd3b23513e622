// SPDX-License-Identifier: GPL-2.0-only
/* dioscope explain: a trace, or a write of it, in sentences. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "reports/text/tell.h"
#include "user/cmd/command.h"
#include "user/cmd/progress_line.h"
#include "user/cmd/selection.h"

enum {
	OPT_REASON,
	OPT_QUIET,
};

static const struct option_row options[] = {
	[OPT_REASON] =
		{"reason", 0, "NAME",
		 "of one reason, by its name (dioscope help explain --reason lists them), and its slowest write"},
	[OPT_QUIET] = OPTION_QUIET,
	{NULL, 0, NULL, NULL},
};

static int run_explain(int argc, char **argv);

const struct command cmd_explain = {
	.name = "explain",
	.arguments = "[--reason NAME] [OPTION...] TRACE [WRITE]",
	.summary = "say in sentences what the kernel did, why, what it cost and what would change it",
	.options = options,
	.shared = selection_options,
	.notes = "WRITE is the number of one write: its id, as report, conform and export say it.\n\n" SELECTION_NOTES,
	.run = run_explain,
};

struct explain_args {
	struct selection selection;
	struct tell tell;
	bool quiet;
};

static int take_reason(struct tell *tell, const char *name, struct errmsg *err)
{
	if (tell->nr_reasons)
		return fail(err, -EINVAL, "--reason is given twice");
	tell->nr_reasons = tell_find_reasons(name, tell->reasons);
	return tell->nr_reasons ? 0
				: fail(err, -EINVAL, "'%s' is not a reason: REASONS of dioscope(8) lists them", name);
}

static int take_option(struct explain_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_QUIET:
		a->quiet = true;
		return 0;
	case OPT_REASON:
		return take_reason(&a->tell, value, err);
	}
	return selection_take(&a->selection, option - COMMAND_SHARED, value, err);
}

static int take_id(const char *text, uint64_t *id, struct errmsg *err)
{
	char *end;

	errno = 0;
	*id = strtoull(text, &end, 10);
	if (errno || *end || !*id || text[strspn(text, "0123456789")])
		return fail(err, -EINVAL, "'%s' is not the id of a write: a number from 1 on", text);
	return 0;
}

static int take_operands(struct explain_args *a, int argc, char **argv, struct errmsg *err)
{
	int nr = argc - optind;

	if (nr != 1 && nr != 2)
		return fail(err, -EINVAL, "a trace is needed, and one write of it at most");
	a->tell.path = argv[optind];
	if (nr == 2 && (a->tell.nr_reasons || !selection_is_empty(&a->selection)))
		return fail(err, -EINVAL, "one write needs neither --reason nor a filter");
	return nr == 2 ? take_id(argv[optind + 1], &a->tell.id, err) : 0;
}

static int explain(struct explain_args *a)
{
	struct progress_line line;
	struct errmsg err;
	int ret, stopped;

	progress_line_begin(&line, cmd_explain.name, progress_size(a->tell.path), a->quiet);
	a->tell.sel = &a->selection;
	a->tell.progress = &line.progress;
	ret = tell_trace(stdout, &a->tell, &err);
	stopped = progress_line_end(&line);
	if (stopped)
		return stopped;
	return ret ? command_fail(&cmd_explain, EXIT_TROUBLE, "%s", err.text) : EXIT_SAME;
}

static int run_explain(int argc, char **argv)
{
	struct explain_args args = {0};
	const char *value;
	struct errmsg err;
	int option;

	while ((option = command_next_option(&cmd_explain, argc, argv, &value)) >= 0)
		if (take_option(&args, option, value, &err))
			return command_fail(&cmd_explain, EXIT_TROUBLE, "%s", err.text);
	if (option == -2)
		return EXIT_TROUBLE;
	if (take_operands(&args, argc, argv, &err))
		return command_fail(&cmd_explain, EXIT_TROUBLE, "%s", err.text);
	return explain(&args);
}
