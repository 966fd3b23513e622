// SPDX-License-Identifier: GPL-2.0-only
/* dioscope check: is a trace what it says? */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "reports/text/check.h"
#include "user/base/utf8.h"
#include "user/cmd/command.h"
#include "user/base/util.h"

static const struct option_row options[] = {
	{NULL, 0, NULL, NULL},
};

static int run_check(int argc, char **argv);

const struct command cmd_check = {
	.name = "check",
	.arguments = "TRACE...",
	.summary = "verify every block, index and account of traces",
	.options = options,
	.run = run_check,
};

static void say_fault(void *ctx, const char *fault)
{
	utf8_print(stdout, ctx);
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
static int check_one(char *path)
{
	struct check_result result;
	struct errmsg err;

	if (check_trace(path, &result, say_fault, path, &err))
		return command_fail(&cmd_check, EXIT_TROUBLE, "%s", err.text);
	say_result(path, &result);
	return result.faults ? EXIT_DIFFERENT : EXIT_SAME;
}

/* All of them, also after one that cannot be read: the worst is what counts. */
static int run_check(int argc, char **argv)
{
	int worst = EXIT_SAME, option;
	const char *value;

	while ((option = command_next_option(&cmd_check, argc, argv, &value)) >= 0)
		;
	if (option == -2)
		return EXIT_TROUBLE;
	if (optind == argc)
		return command_fail(&cmd_check, EXIT_TROUBLE, "a trace is needed");
	for (int i = optind; i < argc; i++) {
		int code = check_one(argv[i]);

		worst = code > worst ? code : worst;
	}
	return worst;
}
