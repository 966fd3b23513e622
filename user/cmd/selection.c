// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/selection.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

enum {
	SELECT_FILE,
	SELECT_COMM,
	SELECT_PID,
	SELECT_SINCE,
	SELECT_UNTIL,
	NR_SELECTIONS,
};

const struct option_row selection_options[] = {
	[SELECT_FILE] = {"file", 0, "FILE", "only writes to this file: its name, the end of its path, or its label"},
	[SELECT_COMM] = {"comm", 0, "NAME", "only writes of processes of this name"},
	[SELECT_PID] = {"pid", 'p', "PID", "only writes of this process"},
	[SELECT_SINCE] = {"since", 0, "TIME", "only writes that began at TIME or later"},
	[SELECT_UNTIL] = {"until", 0, "TIME", "only writes that began before TIME"},
	[NR_SELECTIONS] = {NULL, 0, NULL, NULL},
};

const char selection_notes[] = SELECTION_NOTES;

static int take_file(struct selection *sel, const char *value, struct errmsg *err)
{
	if (!*value || value[strlen(value) - 1] == '/')
		return fail(err, -EINVAL, "'%s' is not the name of a file", value);
	sel->file = value;
	return 0;
}

static int take_comm(struct selection *sel, const char *value, struct errmsg *err)
{
	if (!*value || strlen(value) >= COMM_LEN)
		return fail(err, -EINVAL, "'%s' is not a process name: the kernel keeps 1 to %d bytes of it", value,
			    COMM_LEN - 1);
	sel->comm = value;
	return 0;
}

static int take_pid(struct selection *sel, const char *value, struct errmsg *err)
{
	char *end;
	long pid = strtol(value, &end, 10);

	if (!*value || *end || pid <= 0 || pid > INT_MAX)
		return fail(err, -EINVAL, "'%s' is not a process id", value);
	sel->pid = (uint32_t)pid;
	return 0;
}

static int take_since(struct selection *sel, const char *value, struct errmsg *err)
{
	return moment_parse(value, &sel->since, err);
}

static int take_until(struct selection *sel, const char *value, struct errmsg *err)
{
	return moment_parse(value, &sel->until, err);
}

int selection_option(const char *name)
{
	for (int i = 0; i < NR_SELECTIONS; i++)
		if (!strcmp(selection_options[i].name, name))
			return i;
	return -1;
}

static bool is_taken(const struct selection *sel, int option)
{
	const bool taken[NR_SELECTIONS] = {
		[SELECT_FILE] = sel->file,	  [SELECT_COMM] = sel->comm,	    [SELECT_PID] = sel->pid,
		[SELECT_SINCE] = sel->since.text, [SELECT_UNTIL] = sel->until.text,
	};

	return taken[option];
}

int selection_take(struct selection *sel, int option, const char *value, struct errmsg *err)
{
	static int (*const take[NR_SELECTIONS])(struct selection *, const char *, struct errmsg *) = {
		[SELECT_FILE] = take_file,   [SELECT_COMM] = take_comm,	  [SELECT_PID] = take_pid,
		[SELECT_SINCE] = take_since, [SELECT_UNTIL] = take_until,
	};

	/* a write has one of each: that a second one widened the first is as likely to be meant as that it replaced it
	 */
	if (is_taken(sel, option))
		return fail(err, -EINVAL, "--%s is given twice", selection_options[option].name);
	return take[option](sel, value, err);
}

void selection_say_none(const struct command *cmd, uint64_t nr, uint64_t left_out, const char *path)
{
	if (!nr && left_out)
		command_say(cmd->name, "none of the %" PRIu64 " writes in %s matches what is asked for", left_out,
			    path);
}

int selection_load(struct write_set *set, const char *path, const struct selection *sel, const struct command *cmd,
		   struct errmsg *err)
{
	int ret = set_load(set, path, err);

	if (!ret)
		ret = select_writes(set, sel, err);
	if (!ret)
		selection_say_none(cmd, set->nr, set->left_out, path);
	return ret;
}
