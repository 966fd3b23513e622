// SPDX-License-Identifier: GPL-2.0-only
/* dioscope schema: what a line of dioscope export is, for machines. */
#include <getopt.h>
#include <string.h>

#include "reports/export/schema.h"
#include "reports/export/table.h"
#include "user/base/util.h"
#include "user/cmd/command.h"

enum {
	OPT_FORMAT,
};

static const struct option_row options[] = {
	[OPT_FORMAT] = {"format", 'f', "FORMAT",
			"json (JSON Schema, the default) or csv (a line a column: name, type, "
			"unit, whether fsync has it, label, meaning)"},
	{NULL, 0, NULL, NULL},
};

static int run_schema(int argc, char **argv);

const struct command cmd_schema = {
	.name = "schema",
	.arguments = "[--format FORMAT]",
	.summary = "print what a line of export is: its JSON Schema, or the columns of CSV",
	.options = options,
	.run = run_schema,
};

/* What stdout does not take main() tells. */
static int print_json(void)
{
	schema_print(stdout);
	return EXIT_SAME;
}

static int print_csv(void)
{
	struct table *t = table_new();

	if (!t)
		return command_fail(&cmd_schema, EXIT_TROUBLE, "out of memory");
	table_print_schema(stdout, t);
	table_free(t);
	return EXIT_SAME;
}

static int run_schema(int argc, char **argv)
{
	const char *value, *format = "json";
	int option;

	while ((option = command_next_option(&cmd_schema, argc, argv, &value)) >= 0)
		format = value;
	if (option == -2)
		return EXIT_TROUBLE;
	if (optind != argc)
		return command_fail(&cmd_schema, EXIT_TROUBLE, "nothing more is taken");
	if (!strcmp(format, "csv"))
		return print_csv();
	if (!strcmp(format, "json"))
		return print_json();
	return command_fail(&cmd_schema, EXIT_TROUBLE, "'%s' is not a format: json or csv", format);
}
