// SPDX-License-Identifier: GPL-2.0-only
/* dioscope run: issue a workload with real system calls, in a directory of an ext4 that is already there. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/fields.h"
#include "user/base/utf8.h"
#include "user/cmd/command.h"
#include "user/workload/run_workload.h"

enum {
	OPT_VERBOSE
};

static const struct option_row options[] = {
	[OPT_VERBOSE] = {"verbose", 'v', NULL, "print the result of every operation, not only of writes that fail"},
	{NULL, 0, NULL, NULL},
};

static int run_run(int argc, char **argv);

const struct command cmd_run = {
	.name = "run",
	.arguments = "[-v] WORKLOAD DIR",
	.summary = "issue a workload's operations in a directory, with real system calls",
	.options = options,
	.run = run_run,
};

static void print_results(const struct workload *wl, const struct op_result *results, bool all)
{
	for (size_t i = 0; i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];
		int64_t ret = results[i].ret;

		if (!all && ret >= 0)
			continue;
		utf8_print(stdout, wl->path);
		printf(":%u: %s ", op->line, op_name(op->kind));
		utf8_print(stdout, op->file);
		printf(" %" PRId64 " %" PRId64 ": ", op->pos, op->len);
		if (ret < 0)
			printf("-%s\n", errno_name(-ret));
		else
			printf("%" PRId64 "\n", ret);
	}
}

static int run_in(const struct workload *wl, const char *dir, bool verbose)
{
	struct run_env env = {.dir = dir};
	_cleanup_free_ struct op_result *results = calloc(wl->nr_ops + 1, sizeof(*results));
	struct errmsg err;

	if (!results)
		return command_fail(&cmd_run, EXIT_TROUBLE, "out of memory");
	if (run_workload(wl, &env, results, &err))
		return command_fail(&cmd_run, EXIT_TROUBLE, "%s", err.text);
	print_results(wl, results, verbose);
	return EXIT_SAME;
}

static int run_run(int argc, char **argv)
{
	_cleanup_(workload_release) struct workload wl = {0};
	bool verbose = false;
	const char *value;
	struct errmsg err;
	int option;

	while ((option = command_next_option(&cmd_run, argc, argv, &value)) >= 0)
		verbose = true;
	if (option == -2)
		return EXIT_TROUBLE;
	if (argc - optind != 2)
		return command_fail(&cmd_run, EXIT_TROUBLE, "a workload and a directory are needed");
	if (workload_load(&wl, argv[optind], &err))
		return command_fail(&cmd_run, EXIT_TROUBLE, "%s", err.text);
	return run_in(&wl, argv[optind + 1], verbose);
}
