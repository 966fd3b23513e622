// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/libbpf_words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "user/base/util.h"

#define SPEAKER "libbpf: "

/* After "prog 'NAME': ": what it says when it is the kernel that will not have a program. */
static const char *const refusals[] = {
	"BPF program load failed",
	"failed to find kernel BTF type ID of", /* the function or tracepoint that it is for */
};

static bool is_refusal(const char *words)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (!strncmp(words, refusals[i], strlen(refusals[i])))
			return true;
	return false;
}

void libbpf_words_hear(struct libbpf_words *w, const char *warning)
{
	char prog[sizeof(w->refused)];
	int at = 0;

	if (!strncmp(warning, SPEAKER, strlen(SPEAKER)))
		warning += strlen(SPEAKER);
	if (sscanf(warning, "prog '%95[^']': %n", prog, &at) == 1 && at && is_refusal(warning + at))
		strcpy(w->refused, prog);
	if (!w->first[0])
		snprintf(w->first, sizeof(w->first), "%.*s", (int)strcspn(warning, "\n"), warning);
}
