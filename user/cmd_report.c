// SPDX-License-Identifier: GPL-2.0-only
/* dioscope report: a trace for people, on the terminal or as one HTML file. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "reports/html.h"
#include "reports/render.h"
#include "reports/set.h"
#include "reports/summary.h"
#include "user/command.h"
#include "user/output.h"

enum {
	OPT_OUTPUT
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE", "write one self-contained HTML file instead"},
	{NULL, 0, NULL, NULL},
};

static int run_report(int argc, char **argv);

const struct command cmd_report = {
	.name = "report",
	.arguments = "[-o FILE.html] TRACE",
	.summary = "totals of a trace on the terminal, or the whole of it as one HTML file",
	.options = options,
	.run = run_report,
};

static int report_text(const struct write_set *set)
{
	struct summary summary;

	if (summary_init(&summary, set))
		return command_fail(&cmd_report, EXIT_TROUBLE, "out of memory");
	render_summary(stdout, set, &summary);
	summary_release(&summary);
	return EXIT_SAME;
}

static int report_html(const struct write_set *set, const char *trace, const char *path)
{
	_cleanup_free_ char *title = strf("dioscope report: %s", trace);
	struct html_input input = {.title = title, .trace = set};
	struct output out;
	struct errmsg err;

	if (!title)
		return command_fail(&cmd_report, EXIT_TROUBLE, "out of memory");
	if (output_open(&out, path, &err))
		return command_fail(&cmd_report, EXIT_TROUBLE, "%s", err.text);
	if (html_report(out.file, &input) == -ENOMEM) {
		output_discard(&out);
		return command_fail(&cmd_report, EXIT_TROUBLE, "out of memory");
	}
	if (output_commit(&out, &err))
		return command_fail(&cmd_report, EXIT_TROUBLE, "%s", err.text);
	return EXIT_SAME;
}

static int run_report(int argc, char **argv)
{
	_cleanup_(set_release) struct write_set set = {0};
	const char *path = NULL, *value;
	struct errmsg err;
	int option;

	while ((option = command_next_option(&cmd_report, argc, argv, &value)) >= 0)
		path = value;
	if (option == -2)
		return EXIT_TROUBLE;
	if (argc - optind != 1)
		return command_fail(&cmd_report, EXIT_TROUBLE, "one trace is needed");
	if (output_same(path, argv[optind]))
		return command_fail(&cmd_report, EXIT_TROUBLE, "'%s' is the trace itself: choose another output", path);
	if (set_load(&set, argv[optind], &err))
		return command_fail(&cmd_report, EXIT_TROUBLE, "%s", err.text);
	return path ? report_html(&set, argv[optind], path) : report_text(&set);
}
