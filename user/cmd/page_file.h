/* SPDX-License-Identifier: GPL-2.0-only */
/* A page as a file. */
#ifndef DIOSCOPE_PAGE_FILE_H
#define DIOSCOPE_PAGE_FILE_H

#include "reports/html/html.h"
#include "user/cmd/command.h"

/* EXIT_SAME, or EXIT_TROUBLE with a sentence: then nothing of it is left. */
int page_write(const struct command *cmd, const struct html_input *input, const char *path);

#endif
