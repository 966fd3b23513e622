// SPDX-License-Identifier: GPL-2.0-only
/* dioscope diff: two traces, decision by decision. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "reports/model/diff_traces.h"
#include "reports/text/render.h"
#include "reports/model/summary.h"
#include "user/cmd/command.h"
#include "user/cmd/compare_runs.h"
#include "user/cmd/progress_line.h"

enum {
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_SUMMARY,
	OPT_CONDITIONS,
};

static const struct option_row options[] = {
	[OPT_VERBOSE] = {"verbose", 'v', NULL, "also what is allowed to differ, and what could not be observed"},
	[OPT_QUIET] = OPTION_QUIET,
	[OPT_SUMMARY] = {"summary", 0, NULL, "what changed and whether it exceeds the noise, as report A B says it"},
	CONDITION_OPTIONS(OPT_CONDITIONS),
	{NULL, 0, NULL, NULL},
};

static int run_diff(int argc, char **argv);

const struct command cmd_diff = {
	.name = "diff",
	.arguments = "[-v] [-q] [--summary] [OPTION...] A B",
	.summary = "compare two traces write by write: exit 0 same, 1 different, 77 same as far as they go",
	.options = options,
	.run = run_diff,
};

/* What is missing on a side may differ: said first, so that no line below is taken for all there is. */
static int check_complete(const char *side, const struct write_set *set, bool *complete)
{
	bool whole = false;
	_cleanup_free_ char *text = set_completeness(set, &whole);

	if (!text)
		return -ENOMEM;
	if (!whole)
		printf("%s: %s\n", side, text);
	*complete &= whole;
	return 0;
}

static int diff_files(const char *a, const char *b, bool verbose, bool quiet)
{
	_cleanup_(diff_traces_release) struct diff_traces d = {0};
	_cleanup_free_ char *id = strf("%s, %s", a, b);
	struct progress_line line;
	bool complete = true;
	struct errmsg err;
	int ret, stopped;

	progress_line_begin(&line, cmd_diff.name, 2 * (progress_size(a) + progress_size(b)), quiet);
	ret = diff_traces(&d, a, b, &(struct diff_limits){.each = verbose, .progress = &line.progress}, &err);
	stopped = progress_line_end(&line);
	if (stopped)
		return stopped;
	if (ret)
		return command_fail(&cmd_diff, EXIT_TROUBLE, "%s", err.text);
	if (d.loaded)
		command_say(cmd_diff.name, "%s: compared in memory", d.loaded);
	if (!id || check_complete("A", &d.a, &complete) || check_complete("B", &d.b, &complete))
		return command_fail(&cmd_diff, EXIT_TROUBLE, "out of memory");
	render_diff(stdout, id, &d.diff, &(struct side_names){"A", "B"}, verbose);
	if (d.diff.by_verdict[VERDICT_DIFFERENT])
		return EXIT_DIFFERENT;
	return complete ? EXIT_SAME : EXIT_UNOBSERVED;
}

struct diff_args {
	bool verbose, quiet, summary;
	struct conditions conditions;
};

static int take_option(struct diff_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_VERBOSE:
		a->verbose = true;
		return 0;
	case OPT_QUIET:
		a->quiet = true;
		return 0;
	case OPT_SUMMARY:
		a->summary = true;
		return 0;
	}
	return conditions_take(&a->conditions, option - OPT_CONDITIONS, value, err);
}

static int summarize(const struct diff_args *a, const char *before, const char *now)
{
	static const struct selection all;

	return compare_runs(&(struct compare_job){
		.cmd = &cmd_diff, .a = before, .b = now, .sel = &all, .conditions = &a->conditions, .quiet = a->quiet});
}

static int diff(const struct diff_args *a, int nr, char **traces)
{
	const struct conditions *c = &a->conditions;

	if (nr != 2)
		return command_fail(&cmd_diff, EXIT_TROUBLE, "two traces are needed");
	if (!a->summary && (c->nr || c->junit || c->markdown))
		return command_fail(&cmd_diff, EXIT_TROUBLE, "conditions are of a --summary");
	if (!c->nr && (c->junit || c->markdown))
		return command_fail(&cmd_diff, EXIT_TROUBLE,
				    "--junit and --markdown are of conditions: give --fail-if");
	return a->summary ? summarize(a, traces[0], traces[1]) : diff_files(traces[0], traces[1], a->verbose, a->quiet);
}

static int run_diff(int argc, char **argv)
{
	struct diff_args args = {0};
	const char *value;
	struct errmsg err;
	int option;

	while ((option = command_next_option(&cmd_diff, argc, argv, &value)) >= 0)
		if (take_option(&args, option, value, &err))
			return command_fail(&cmd_diff, EXIT_TROUBLE, "%s", err.text);
	return option == -2 ? EXIT_TROUBLE : diff(&args, argc - optind, argv + optind);
}
