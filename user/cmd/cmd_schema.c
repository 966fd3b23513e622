// SPDX-License-Identifier: GPL-2.0-only
/* dioscope schema: what a line of dioscope export is, for machines. */
#include <getopt.h>

#include "reports/export/schema.h"
#include "user/base/util.h"
#include "user/cmd/command.h"

static const struct option_row options[] = {
	{NULL, 0, NULL, NULL},
};

static int run_schema(int argc, char **argv);

const struct command cmd_schema = {
	.name = "schema",
	.arguments = "",
	.summary = "print the JSON Schema of a line of export",
	.options = options,
	.run = run_schema,
};

/* What stdout does not take main() tells. */
static int run_schema(int argc, char **argv)
{
	const char *value;

	if (command_next_option(&cmd_schema, argc, argv, &value) == -2)
		return EXIT_TROUBLE;
	if (optind != argc)
		return command_fail(&cmd_schema, EXIT_TROUBLE, "nothing more is taken");
	schema_print(stdout);
	return EXIT_SAME;
}
