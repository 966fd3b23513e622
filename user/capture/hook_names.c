// SPDX-License-Identifier: GPL-2.0-only
/* A program is named after its kind and its target. */
#include <stdio.h>
#include <string.h>

#include "user/capture/hooks.h"

static const struct {
	const char *prefix; /* of a program's name */
	const char *word;   /* the libbpf section that it has */
	enum hook_kind kind;
} kinds[] = {
	{"fentry_", "fentry", HOOK_FTRACE},	{"fexit_", "fexit", HOOK_FTRACE},
	{"kprobe_", "kprobe", HOOK_KPROBE},	{"kretprobe_", "kretprobe", HOOK_KPROBE},
	{"tp_btf_", "tp_btf", HOOK_TRACEPOINT}, {"raw_tp_", "raw_tp", HOOK_TRACEPOINT},
};

static size_t kind_index(const char *prog)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) - 1 && strncmp(prog, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
		i++;
	return i;
}

const char *hook_program_target(const char *prog)
{
	return prog + strlen(kinds[kind_index(prog)].prefix);
}

enum hook_kind hook_program_kind(const char *prog)
{
	return kinds[kind_index(prog)].kind;
}

enum hook_kind hook_kind(const struct hook_candidate *c)
{
	return hook_program_kind(c->progs[0]);
}

void hook_program_format(const char *prog, char *buf, size_t size)
{
	size_t i = kind_index(prog);

	if (strncmp(prog, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
		snprintf(buf, size, "%s", prog); /* not one of the table's */
	else
		snprintf(buf, size, "%s:%s", kinds[i].word, hook_program_target(prog));
}
