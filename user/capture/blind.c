// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/blind.h"

#define BEFORE_IOMAP "that end before iomap (RWF_NOWAIT, data=journal, encrypted or inline files, limits)"

static bool by_calls(const struct settings *s)
{
	return !s->has_return && s->has_syscalls;
}

static bool by_iomap(const struct settings *s)
{
	return !s->has_return && !s->has_syscalls;
}

static bool without_uring(const struct settings *s)
{
	return by_calls(s) && !s->has_uring;
}

static const struct {
	bool (*applies)(const struct settings *s);
	const char *sentence;
} rows[] = {
	{by_calls, "writes of io_submit(2), and of the kernel itself for a loop device, " BEFORE_IOMAP},
	{without_uring, "writes of io_uring " BEFORE_IOMAP},
	{by_iomap, "writes " BEFORE_IOMAP},
};

const char *blind_sentence(const struct hook_plan *plan, unsigned int i)
{
	for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
		if (rows[row].applies(&plan->settings) && !i--)
			return rows[row].sentence;
	return NULL;
}

int blind_describe(const struct hook_plan *plan, struct meta *header)
{
	const char *sentence;
	int ret = 0;

	for (unsigned int i = 0; !ret && (sentence = blind_sentence(plan, i)); i++) {
		char key[32];

		snprintf(key, sizeof(key), META_BLIND "%u", i + 1);
		ret = meta_set(header, key, sentence);
	}
	return ret;
}
