// SPDX-License-Identifier: GPL-2.0-only
/* dioscope: one table of commands. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/command.h"
#include "user/cmd/option_values.h"
#include "user/base/util.h"

extern const struct command cmd_doctor, cmd_record, cmd_live, cmd_run, cmd_ref, cmd_diff, cmd_verify, cmd_report,
	cmd_export, cmd_check, cmd_conform, cmd_fuzz, cmd_serve, cmd_explain, cmd_schema;

const struct command *const commands[] = {
	&cmd_record, &cmd_live, &cmd_report, &cmd_explain, &cmd_export, &cmd_check,  &cmd_diff,	  &cmd_conform,
	&cmd_verify, &cmd_fuzz, &cmd_ref,    &cmd_run,	   &cmd_serve,	&cmd_doctor, &cmd_schema, NULL,
};

static void usage(FILE *out)
{
	fprintf(out, "usage: dioscope COMMAND [OPTION...] [ARGUMENT...]\n\n"
		     "why is my O_DIRECT write on ext4 slow, serialised, buffered or not durable?\n\n");
	for (const struct command *const *c = commands; *c; c++)
		fprintf(out, "  %-8s %s\n", (*c)->name, (*c)->summary);
	fprintf(out, "\ndioscope COMMAND --help says more, dioscope help COMMAND OPTION what an option may be given;\n"
		     "--version tells the version\n"
		     "exit code: 0 same or done, 1 different, 2 trouble, 77 could not observe, or not all of it\n");
}

static const struct command *find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

static int help_with_option(const struct command *cmd, const char *option)
{
	if (option_values_print(stdout, cmd, option))
		return EXIT_SAME;
	command_say(NULL,
		    command_find_option(cmd, option) ? "'%s' of %s takes no name out of a list"
						     : "'%s' is not an option of %s",
		    option, cmd->name);
	return EXIT_TROUBLE;
}

static int help(const char *name, const char *option)
{
	const struct command *cmd = name ? find(name) : NULL;

	if (name && !cmd) {
		command_say(NULL, "'%s' is not a command (dioscope --help lists them)", name);
		return EXIT_TROUBLE;
	}
	if (option)
		return help_with_option(cmd, option);
	if (cmd)
		command_help(cmd);
	else
		usage(stdout);
	return EXIT_SAME;
}

/* What did not reach stdout is no result. A verb that is in trouble has said why. */
static int close_stdout(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	if (code != EXIT_TROUBLE)
		fprintf(stderr, "dioscope: cannot write to stdout: %s\n", strerror(errno ? errno : EIO));
	return EXIT_TROUBLE;
}

/*
 * Where one of the three is closed, what we open would take its place, and our messages. Nothing can be read or written
 * in its stead: that stays the error that it is.
 */
static void hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(EXIT_TROUBLE);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *cmd;

	hold_standard_files();
	if (!name) {
		usage(stderr);
		return EXIT_TROUBLE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return close_stdout(help(NULL, NULL));
	if (!strcmp(name, "help"))
		return close_stdout(help(argv[2], argc > 3 ? argv[3] : NULL));
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("dioscope %s\n", DIOSCOPE_VERSION);
		return close_stdout(EXIT_SAME);
	}
	cmd = find(name);
	if (!cmd) {
		command_say(NULL, "'%s' is not a command (dioscope --help lists them)", name);
		return EXIT_TROUBLE;
	}
	return close_stdout(cmd->run(argc - 1, argv + 1));
}
