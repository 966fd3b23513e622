/* SPDX-License-Identifier: GPL-2.0-only */
/* What report and export take alike on the command line: which writes of a trace. */
#ifndef DIOSCOPE_SELECTION_H
#define DIOSCOPE_SELECTION_H

#include "reports/model/select.h"
#include "user/cmd/command.h"

/* For struct command's shared, and how its times are meant, for its notes. */
extern const struct option_row selection_options[];
#define SELECTION_NOTES                                                                                                \
	"A TIME is seconds since the recording began (2.5, 10s, 500ms, 2m), or a time of the day on the recording's\n" \
	"machine (14:03:22): the first one after the recording began, which a trace tells to the second.\n"
extern const char selection_notes[];

/* The option of this name; -1: there is none. */
int selection_option(const char *name);
/* Take the option selection_options[@option]. The strings given must outlive @sel. */
int selection_take(struct selection *sel, int option, const char *value, struct errmsg *err);
/* Nothing is left of what there was: say so on stderr in the name of @cmd. */
void selection_say_none(const struct command *cmd, uint64_t nr, uint64_t left_out, const char *path);
/* Load @path, and leave what is selected. Where that is nothing, say so on stderr in the name of @cmd. */
int selection_load(struct write_set *set, const char *path, const struct selection *sel, const struct command *cmd,
		   struct errmsg *err);

#endif
