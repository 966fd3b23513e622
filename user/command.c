// SPDX-License-Identifier: GPL-2.0-only
#include "user/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/util.h"

#define OPTIONS_MAX 24
#define LONG_ONLY   256 /* getopt's value for option i: its letter, or LONG_ONLY + i */
#define HELP	    255

void command_help(const struct command *cmd)
{
	printf("usage: dioscope %s %s\n\n%s\n", cmd->name, cmd->arguments, cmd->summary);
	if (cmd->options->name)
		printf("\n");
	for (const struct option_row *o = cmd->options; o->name; o++) {
		char left[64], letter[8] = "    ";

		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
			 o->argument ? o->argument : "");
		printf("  %-26s %s\n", left, o->help);
	}
}

static void fill_long(const struct command *cmd, struct option *longs, char *shorts)
{
	const struct option_row *rows = cmd->options;
	size_t n = 0;

	if (cmd->takes_command)
		*shorts++ = '+';
	*shorts++ = ':';
	for (; rows[n].name; n++) {
		longs[n] = (struct option){rows[n].name, rows[n].argument ? required_argument : no_argument, NULL,
					   rows[n].letter ? rows[n].letter : LONG_ONLY + (int)n};
		if (rows[n].letter)
			*shorts++ = rows[n].letter;
		if (rows[n].letter && rows[n].argument)
			*shorts++ = ':';
	}
	longs[n] = (struct option){"help", no_argument, NULL, HELP};
	*shorts++ = 'h';
	*shorts = '\0';
}

static int row_of(const struct option_row *rows, int c)
{
	for (int i = 0; rows[i].name; i++)
		if (c == (rows[i].letter ? rows[i].letter : LONG_ONLY + i))
			return i;
	return -2;
}

int command_next_option(const struct command *cmd, int argc, char **argv, const char **value)
{
	struct option longs[OPTIONS_MAX + 2] = {0};
	char shorts[3 * OPTIONS_MAX + 4];
	int c;

	fill_long(cmd, longs, shorts);
	opterr = 0;
	c = getopt_long(argc, argv, shorts, longs, NULL);
	*value = optarg;
	switch (c) {
	case -1:
		return -1;
	case 'h':
	case HELP:
		command_help(cmd);
		exit(EXIT_SAME);
	case ':':
		command_fail(cmd, 0, "option '%s' needs an argument", argv[optind - 1]);
		return -2;
	case '?':
		command_fail(cmd, 0, "unknown option '%s' (dioscope %s --help lists them)", argv[optind - 1],
			     cmd->name);
		return -2;
	default:
		return row_of(cmd->options, c);
	}
}

int command_fail(const struct command *cmd, int code, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "dioscope %s: ", cmd->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

char *command_line(int argc, char **argv)
{
	size_t size = sizeof("dioscope"), used;
	char *line;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	line = malloc(size);
	if (!line)
		return NULL;
	used = snprintf(line, size, "dioscope");
	for (int i = 0; i < argc; i++)
		used += snprintf(line + used, size - used, " %s", argv[i]);
	return line;
}
