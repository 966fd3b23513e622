// SPDX-License-Identifier: GPL-2.0-only
/* dioscope report: a trace for people, on the terminal or as one HTML file. */
#include <errno.h>
#include <getopt.h>

#include "reports/html/html.h"
#include "reports/text/render.h"
#include "reports/text/render_breakdown.h"
#include "reports/model/set.h"
#include "reports/text/totals.h"
#include "user/cmd/command.h"
#include "user/cmd/compare_page.h"
#include "user/cmd/compare_runs.h"
#include "user/cmd/page_file.h"
#include "user/cmd/progress_line.h"
#include "user/base/output.h"
#include "user/cmd/selection.h"

enum {
	OPT_OUTPUT,
	OPT_BY,
	OPT_QUIET,
	OPT_CONDITIONS,
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE", "write one self-contained HTML file instead"},
	[OPT_BY] = {"by", 0, "WHAT", "the whole table by file, process or reason instead of the totals"},
	[OPT_QUIET] = OPTION_QUIET,
	CONDITION_OPTIONS(OPT_CONDITIONS),
	{NULL, 0, NULL, NULL},
};

static int run_report(int argc, char **argv);

const struct command cmd_report = {
	.name = "report",
	.arguments = "[-o FILE.html | --by file|process|reason] [OPTION...] TRACE | A B",
	.summary = "totals of a trace on the terminal, or as one HTML file; or of two, side by side",
	.options = options,
	.shared = selection_options,
	.notes = selection_notes,
	.run = run_report,
};

struct report_args {
	struct selection selection;
	const char *path; /* NULL: text on stdout */
	bool by_given, quiet;
	enum breakdown_kind by;
	struct conditions conditions;
};

static int take_option(struct report_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_QUIET:
		a->quiet = true;
		return 0;
	case OPT_OUTPUT:
		a->path = value;
		return 0;
	case OPT_BY:
		a->by_given = true;
		return breakdown_parse(value, &a->by) ? fail(err, -EINVAL, "'%s' is not file, process or reason", value)
						      : 0;
	}
	if (option >= OPT_CONDITIONS && option < OPT_CONDITIONS + NR_CONDITION_OPTIONS)
		return conditions_take(&a->conditions, option - OPT_CONDITIONS, value, err);
	return selection_take(&a->selection, option - COMMAND_SHARED, value, err);
}

/* EXIT_SAME, or what to end with; then it was said why. */
static int load(const struct report_args *a, const char *trace, unsigned int wanted, const struct onlooker *onlooker,
		struct totals *totals, struct write_set *frame)
{
	struct progress_line line;
	struct errmsg err;
	int ret, stopped;

	progress_line_begin(&line, cmd_report.name, progress_size(trace), a->quiet);
	ret = totals_load(totals, trace, &a->selection, wanted, onlooker, &line.progress, frame, &err);
	stopped = progress_line_end(&line);
	if (stopped)
		return stopped;
	if (ret)
		return command_fail(&cmd_report, EXIT_TROUBLE, "%s", err.text);
	selection_say_none(&cmd_report, frame->nr + frame->streamed, frame->left_out, trace);
	return EXIT_SAME;
}

static int report_text(const struct report_args *a, const char *trace)
{
	unsigned int wanted = a->by_given ? TOTALS_BREAKDOWN(a->by) : TOTALS_ALL;
	_cleanup_(totals_release) struct totals totals = {0};
	_cleanup_(set_release) struct write_set frame = {0};
	int ret = load(a, trace, wanted, NULL, &totals, &frame);

	if (ret)
		return ret;
	ret = a->by_given ? render_header(stdout, &frame) : render_totals(stdout, &frame, &totals);
	if (ret)
		return command_fail(&cmd_report, EXIT_TROUBLE, "out of memory");
	if (a->by_given)
		render_breakdown_whole(stdout, &totals.breakdowns[a->by]);
	return EXIT_SAME;
}

static int report_html(const struct report_args *a, const char *trace)
{
	static const struct kept_limits limits = PAGE_KEPT;
	_cleanup_free_ char *title = strf("dioscope report: %s", trace);
	_cleanup_(totals_release) struct totals totals = {0};
	_cleanup_(set_release) struct write_set frame = {0};
	_cleanup_(page_sums_release) struct page_sums sums;
	struct onlooker onlooker = page_sums_onlooker(&sums);
	int ret;

	if (page_sums_init(&sums, &limits) || !title)
		return command_fail(&cmd_report, EXIT_TROUBLE, "out of memory");
	ret = load(a, trace, TOTALS_ALL, &onlooker, &totals, &frame);
	if (ret)
		return ret;
	return page_write(&cmd_report,
			  &(struct html_input){.title = title, .trace = &frame, .totals = &totals, .sums = &sums},
			  a->path);
}

static struct compare_job compare_job(const struct report_args *a, const char *before, const char *trace)
{
	return (struct compare_job){.cmd = &cmd_report,
				    .a = before,
				    .b = trace,
				    .sel = &a->selection,
				    .conditions = &a->conditions,
				    .quiet = a->quiet};
}

static int refuse_output(const struct report_args *a, const char *trace)
{
	if (!output_same(a->path, trace))
		return EXIT_SAME;
	return command_fail(&cmd_report, EXIT_TROUBLE, "'%s' is the trace itself: choose another output", a->path);
}

/* Conditions are tried when it was shown what they are about. */
static int report_one(const struct report_args *a, const char *trace)
{
	struct compare_job job = compare_job(a, NULL, trace);
	int code;

	code = refuse_output(a, trace) ?: conditions_check(&a->conditions, &cmd_report, NULL, trace);
	if (code)
		return code;
	code = a->path ? report_html(a, trace) : report_text(a, trace);
	return code || !a->conditions.nr ? code : compare_runs(&job);
}

static int report_two(const struct report_args *a, const char *before, const char *trace)
{
	struct compare_job job = compare_job(a, before, trace);
	int code = refuse_output(a, before) ?: refuse_output(a, trace);

	if (code)
		return code;
	return a->path ? compare_page(&job, a->path) : compare_runs(&job);
}

static int report(const struct report_args *a, int nr, char **traces)
{
	if (nr != 1 && nr != 2)
		return command_fail(&cmd_report, EXIT_TROUBLE, "one trace is needed, or two to be compared");
	if ((a->conditions.junit || a->conditions.markdown) && !a->conditions.nr)
		return command_fail(&cmd_report, EXIT_TROUBLE,
				    "--junit and --markdown are of conditions: give --fail-if");
	if (a->path && a->by_given)
		return command_fail(&cmd_report, EXIT_TROUBLE, "--by is a table on the terminal: leave -o out");
	if (nr == 1)
		return report_one(a, traces[0]);
	if (a->by_given)
		return command_fail(&cmd_report, EXIT_TROUBLE, "--by is of one trace: leave it out");
	return report_two(a, traces[0], traces[1]);
}

static int run_report(int argc, char **argv)
{
	struct report_args args = {0};
	const char *value;
	struct errmsg err;
	int option;

	while ((option = command_next_option(&cmd_report, argc, argv, &value)) >= 0)
		if (take_option(&args, option, value, &err))
			return command_fail(&cmd_report, EXIT_TROUBLE, "%s", err.text);
	return option == -2 ? EXIT_TROUBLE : report(&args, argc - optind, argv + optind);
}
