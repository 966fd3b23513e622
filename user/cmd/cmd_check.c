// SPDX-License-Identifier: GPL-2.0-only
/* dioscope check: is a trace what it says? */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "reports/text/check.h"
#include "user/base/utf8.h"
#include "user/cmd/command.h"
#include "user/cmd/progress_line.h"
#include "user/base/util.h"

enum {
	OPT_QUIET
};

static const struct option_row options[] = {
	[OPT_QUIET] = OPTION_QUIET,
	{NULL, 0, NULL, NULL},
};

static int run_check(int argc, char **argv);

const struct command cmd_check = {
	.name = "check",
	.arguments = "[-q] TRACE...",
	.summary = "verify every block, index and account of traces",
	.options = options,
	.notes = "exit code: 0 all are sound, 1 there is a fault, 2 one is no trace or cannot be read\n",
	.run = run_check,
};

/* A trace that is checked. */
struct checked {
	const char *path;
	struct progress_line line;
};

static void say_fault(void *ctx, const char *fault)
{
	struct checked *c = ctx;

	progress_line_wipe(&c->line);
	utf8_print(stdout, c->path);
	fputs(": ", stdout);
	utf8_print(stdout, fault);
	putchar('\n');
}

static void say_result(const char *path, const struct check_result *r)
{
	utf8_print(stdout, path);
	if (r->faults)
		printf(": %s:", counted(r->faults, "fault").text);
	else
		printf(": sound:");
	printf(" %s,", counted(r->blocks, "block").text);
	printf(" %s,", counted(r->writes, "write").text);
	if (r->lost)
		printf(" %" PRIu64 " lost,", r->lost);
	printf(" %s,", counted(r->syncs, "sync").text);
	printf(" %s,", counted(r->files, "file").text);
	printf(" %s", r->indexed ? "indexed," : "no index,");
	printf(" %s\n", counted(r->accounts, "account").text);
}

/* An exit code. */
static int check_one(const char *path, bool quiet)
{
	struct checked c = {.path = path};
	struct check_result result;
	struct errmsg err;
	int ret, stopped;

	progress_line_begin(&c.line, cmd_check.name, progress_size(path), quiet);
	ret = check_trace(path, &result, say_fault, &c, &c.line.progress, &err);
	stopped = progress_line_end(&c.line);
	if (stopped)
		return stopped;
	if (ret)
		return command_fail(&cmd_check, EXIT_TROUBLE, "%s", err.text);
	say_result(path, &result);
	return result.faults ? EXIT_DIFFERENT : EXIT_SAME;
}

/* All of them, also after one that cannot be read: the worst is what counts. */
static int run_check(int argc, char **argv)
{
	int worst = EXIT_SAME, option;
	bool quiet = false;
	const char *value;

	while ((option = command_next_option(&cmd_check, argc, argv, &value)) >= 0)
		quiet = true;
	if (option == -2)
		return EXIT_TROUBLE;
	if (optind == argc)
		return command_fail(&cmd_check, EXIT_TROUBLE, "a trace is needed");
	for (int i = optind; i < argc; i++) {
		int code = check_one(argv[i], quiet);

		worst = code > worst ? code : worst;
		if (code > 128) /* a signal: no other is begun */
			break;
	}
	return worst;
}
