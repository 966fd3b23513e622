// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/utf8.h"
#include "user/base/util.h"

#define OPTIONS_MAX 24
#define LONG_ONLY   256 /* getopt's value for option i: its letter, or LONG_ONLY + i */
#define HELP	    255

static size_t nr_rows(const struct option_row *rows)
{
	size_t nr = 0;

	while (rows && rows[nr].name)
		nr++;
	return nr;
}

/* The options of a command are its own and then those it shares. NULL after the last. */
static const struct option_row *row_at(const struct command *cmd, size_t i)
{
	size_t own = nr_rows(cmd->options);

	if (i < own)
		return &cmd->options[i];
	return i - own < nr_rows(cmd->shared) ? &cmd->shared[i - own] : NULL;
}

/* What getopt_long() says for row @i. */
static int row_value(const struct option_row *row, size_t i)
{
	return row->letter ? row->letter : LONG_ONLY + (int)i;
}

static bool may_be_left_out(const struct option_row *row)
{
	return row->argument && row->argument[0] == '[';
}

static void print_option(const struct option_row *o)
{
	char left[64], letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->argument && !may_be_left_out(o) ? " " : "",
		 o->argument ? o->argument : "");
	printf("  %-26s %s\n", left, o->help);
}

void command_help(const struct command *cmd)
{
	printf("usage: dioscope %s %s\n\n%s\n", cmd->name, cmd->arguments, cmd->summary);
	if (row_at(cmd, 0))
		printf("\n");
	for (size_t i = 0; row_at(cmd, i); i++)
		print_option(row_at(cmd, i));
	if (cmd->notes)
		printf("\n%s", cmd->notes);
}

const struct option_row *command_find_option(const struct command *cmd, const char *option)
{
	const struct option_row *row;
	bool is_long = !strncmp(option, "--", 2);

	for (size_t i = 0; (row = row_at(cmd, i)); i++) {
		if (is_long && !strcmp(row->name, option + 2))
			return row;
		if (!is_long && option[0] == '-' && row->letter && option[1] == row->letter && !option[2])
			return row;
	}
	return NULL;
}

static void fill_long(const struct command *cmd, struct option *longs, char *shorts)
{
	const struct option_row *row;
	size_t n;

	if (cmd->takes_command)
		*shorts++ = '+';
	*shorts++ = ':';
	for (n = 0; (row = row_at(cmd, n)); n++) {
		longs[n] = (struct option){row->name,
					   !row->argument	  ? no_argument
					   : may_be_left_out(row) ? optional_argument
								  : required_argument,
					   NULL, row_value(row, n)};
		if (row->letter)
			*shorts++ = row->letter;
		if (row->letter && row->argument)
			*shorts++ = ':';
	}
	longs[n] = (struct option){"help", no_argument, NULL, HELP};
	*shorts++ = 'h';
	*shorts = '\0';
}

static int row_of(const struct command *cmd, int c)
{
	size_t own = nr_rows(cmd->options);

	for (size_t i = 0; row_at(cmd, i); i++)
		if (c == row_value(row_at(cmd, i), i))
			return i < own ? (int)i : COMMAND_SHARED + (int)(i - own);
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
		return row_of(cmd, c);
	}
}

static void say(const char *verb, const char *fmt, va_list args)
{
	_cleanup_free_ char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	fprintf(stderr, "dioscope%s%s: ", verb ? " " : "", verb ? verb : "");
	utf8_print(stderr, text ? text : "out of memory");
	fputc('\n', stderr);
}

void command_say(const char *verb, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(verb, fmt, args);
	va_end(args);
}

int command_fail(const struct command *cmd, int code, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	say(cmd->name, fmt, args);
	va_end(args);
	return code;
}

/* A word that a shell would not take as it is goes between single quotes, which leave all but themselves alone. */
static void put_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

char *command_line(int argc, char **argv)
{
	char *line = NULL;
	size_t len;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		return NULL;
	fputs("dioscope", out);
	for (int i = 0; i < argc; i++) {
		fputc(' ', out);
		put_word(out, argv[i]);
	}
	if (!fclose(out))
		return line;
	free(line);
	return NULL;
}
