// SPDX-License-Identifier: GPL-2.0-only
/* dioscope: one table of commands. */
#include <stdio.h>
#include <string.h>

#include "user/command.h"
#include "user/util.h"

extern const struct command cmd_record, cmd_run, cmd_ref, cmd_diff, cmd_verify, cmd_report, cmd_export;

const struct command *const commands[] = {
	&cmd_record, &cmd_report, &cmd_export, &cmd_diff, &cmd_verify, &cmd_ref, &cmd_run, NULL,
};

static void usage(FILE *out)
{
	fprintf(out, "usage: dioscope COMMAND [OPTION...] [ARGUMENT...]\n\n"
		     "why is my O_DIRECT write on ext4 slow, serialised, buffered or not durable?\n\n");
	for (const struct command *const *c = commands; *c; c++)
		fprintf(out, "  %-8s %s\n", (*c)->name, (*c)->summary);
	fprintf(out, "\ndioscope COMMAND --help says more; --version tells the version\n"
		     "exit code: 0 same or done, 1 different, 2 trouble, 77 could not observe\n");
}

static const struct command *find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *cmd;

	if (!name) {
		usage(stderr);
		return EXIT_TROUBLE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		usage(stdout);
		return EXIT_SAME;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("dioscope %s\n", DIOSCOPE_VERSION);
		return EXIT_SAME;
	}
	cmd = find(name);
	if (!cmd) {
		fprintf(stderr, "dioscope: '%s' is not a command (dioscope --help lists them)\n", name);
		return EXIT_TROUBLE;
	}
	return cmd->run(argc - 1, argv + 1);
}
