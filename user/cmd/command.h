/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subcommand: what main.c's table and the help need to know of it. cmd_<name>.c defines one, with a table of its
 * options that both the parser and --help walk, so that the two cannot disagree.
 */
#ifndef DIOSCOPE_COMMAND_H
#define DIOSCOPE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct option_row {
	const char *name;     /* "--output" without the dashes; NULL ends the table */
	char letter;	      /* 'o', or 0 */
	const char *argument; /* "FILE"; "[=FILE]": may be left out; NULL: a flag */
	const char *help;
};

struct command {
	const char *name;
	const char *arguments; /* "[-o FILE] TRACE" */
	const char *summary;   /* one line */
	const struct option_row *options;
	const struct option_row *shared;   /* with other commands; NULL: none */
	const char *notes;		   /* whole lines after the options; NULL: none */
	bool takes_command;		   /* options end at the first operand: what follows is another program's */
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
};

extern const struct command *const commands[]; /* ended by NULL */

/*
 * The next option of @argv: its index in @options, or COMMAND_SHARED + its index in @shared, and *value (NULL where it
 * was left out); or -1 at the first operand (optind says where), or -2 after saying what is wrong. --help is handled
 * here: it prints and exits 0.
 */
#define COMMAND_SHARED 64
int command_next_option(const struct command *cmd, int argc, char **argv, const char **value);
/*
 * "dioscope record -o t -- fio 'my job'", for a trace's header: as a shell would take it. malloc'ed, NULL when memory
 * is out.
 */
char *command_line(int argc, char **argv);
void command_help(const struct command *cmd);
/* @option as it is typed, "--output" or "-o"; NULL: it has none of this name. */
const struct option_row *command_find_option(const struct command *cmd, const char *option);
/*
 * "dioscope record: SENTENCE" on stderr, with whatever a terminal could obey escaped: the one way by which names get
 * there. @verb may be NULL.
 */
void command_say(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same; returns @code. */
int command_fail(const struct command *cmd, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
