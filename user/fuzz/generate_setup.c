// SPDX-License-Identifier: GPL-2.0-only
/* What a random workload is run on. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "user/fuzz/maker.h"

void maker_say(struct maker *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(m->out, fmt, args);
	va_end(args);
}

void maker_say_size(struct maker *m, int64_t bytes)
{
	if (bytes && bytes % 1024 == 0)
		maker_say(m, " %lldk", (long long)bytes / 1024);
	else
		maker_say(m, " %lld", (long long)bytes);
}

static const char *pick(struct dice *d, const struct variant *v, size_t nr)
{
	unsigned int weights[16];

	for (size_t i = 0; i < nr; i++)
		weights[i] = v[i].weight;
	return v[dice_weighted(d, weights, nr)].options;
}

static const struct variant mounts_of_any[] = {
	{40, ""}, {10, "noatime"}, {12, "nodelalloc"}, {10, "sync"}, {6, "dioread_lock"}, {4, "noauto_da_alloc"},
};

static const struct variant mounts_of_journal[] = {
	{10, "nobarrier"},
	{8, "data=journal"},
	{6, "data=writeback"},
	{4, "nobarrier,data=writeback"},
};

static void make_mount(struct maker *m, bool journal)
{
	const char *options = journal && dice_percent(&m->dice, 30)
				      ? pick(&m->dice, mounts_of_journal, ARRAY_SIZE(mounts_of_journal))
				      : pick(&m->dice, mounts_of_any, ARRAY_SIZE(mounts_of_any));

	if (*options)
		maker_say(m, "mount %s\n", options);
}

static const char *choose_mkfs(struct maker *m)
{
	const struct variant *of = m->theme->mkfs;
	const char *mkfs = of[0].options;
	size_t nr = 0;

	while (of[nr].options)
		nr++;
	if (dice_percent(&m->dice, m->theme->mkfs_variants))
		mkfs = pick(&m->dice, of, nr);

	m->bs = atoi(strstr(mkfs, "-b ") + 3);
	m->extents = !strstr(mkfs, "^extents");
	return mkfs;
}

/* Most of them small: what has to be put back after a workload is then little. */
static void choose_device(struct maker *m)
{
	static const unsigned int sizes[] = {80, 10, 10};

	m->device_size = 16ull << 20 << dice_weighted(&m->dice, sizes, ARRAY_SIZE(sizes));
	m->lbs = SECTOR;
	if (!dice_percent(&m->dice, m->theme->variants / 4))
		return;
	do
		m->lbs = SECTOR << dice_below(&m->dice, 4);
	while (m->lbs > m->bs);
}

void maker_setup(struct maker *m)
{
	const char *mkfs = choose_mkfs(m);

	choose_device(m);
	maker_say(m, "device loop lbs=%u size=%lluM", m->lbs, (unsigned long long)m->device_size >> 20);
	maker_say(m, "%s\n", dice_percent(&m->dice, 25) ? " cache=writethrough" : "");
	maker_say(m, "mkfs %s\n", mkfs);
	if (dice_percent(&m->dice, m->theme->variants))
		make_mount(m, !strstr(mkfs, "^has_journal"));
}
