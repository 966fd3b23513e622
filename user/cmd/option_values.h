/* SPDX-License-Identifier: GPL-2.0-only */
/* The names that an option takes, of those that take one out of a few: for completion, and for who asks. */
#ifndef DIOSCOPE_OPTION_VALUES_H
#define DIOSCOPE_OPTION_VALUES_H

#include <stdbool.h>
#include <stdio.h>

#include "user/cmd/command.h"

/*
 * A line each: the name, and after a tab what it means where there is more to say. @option as it is typed, "--reason"
 * or "-f"; false: it is none of @cmd, or takes no such name.
 */
bool option_values_print(FILE *out, const struct command *cmd, const char *option);

#endif
