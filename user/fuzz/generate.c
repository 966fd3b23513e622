// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/generate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "user/fuzz/random.h"
#include "user/workload/workload.h"

#define EDGES_MAX 24
#define FILES_MAX 3
#define OPS_LEAST 3
#define OPS_MOST  22
#define SECTOR	  512
#define PAGE	  4096
#define TINY	  80

/* What is known of a file while it is made up: where something begins or ends. */
struct made_file {
	bool created;
	int64_t size;
	int64_t edges[EDGES_MAX];
	size_t nr_edges;
};

struct maker {
	const struct theme *theme;
	struct dice dice;
	FILE *out;
	int64_t bs;
	uint32_t lbs;
	uint64_t device_size;
	bool extents;
	struct made_file files[FILES_MAX];
	bool immutable[FILES_MAX];
	bool limited;
	bool journal_data;
};

__attribute__((format(printf, 2, 3))) static void say(struct maker *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(m->out, fmt, args);
	va_end(args);
}

static void say_size(struct maker *m, int64_t bytes)
{
	if (bytes && bytes % 1024 == 0)
		say(m, " %lldk", (long long)bytes / 1024);
	else
		say(m, " %lld", (long long)bytes);
}

/* --- the file system --- */

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
		say(m, "mount %s\n", options);
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

static void make_setup(struct maker *m)
{
	const char *mkfs = choose_mkfs(m);

	choose_device(m);
	say(m, "device loop lbs=%u size=%lluM", m->lbs, (unsigned long long)m->device_size >> 20);
	say(m, "%s\n", dice_percent(&m->dice, 25) ? " cache=writethrough" : "");
	say(m, "mkfs %s\n", mkfs);
	if (dice_percent(&m->dice, m->theme->variants))
		make_mount(m, !strstr(mkfs, "^has_journal"));
}

/* --- places --- */

static void add_edge(struct made_file *f, int64_t pos)
{
	f->edges[f->nr_edges % EDGES_MAX] = pos;
	f->nr_edges++;
}

static int64_t align_down(int64_t pos, int64_t to)
{
	return pos / to * to;
}

/* Where something begins or ends, or a block before or behind it. */
static int64_t near_edge(struct maker *m, const struct made_file *f)
{
	size_t nr = f->nr_edges < EDGES_MAX ? f->nr_edges : EDGES_MAX;
	int64_t at = dice_percent(&m->dice, 25) || !nr ? f->size : f->edges[dice_below(&m->dice, nr)];
	int64_t steps[] = {0, 0, 0, -m->bs, m->bs, -(int64_t)m->lbs, m->lbs};

	at += steps[dice_below(&m->dice, ARRAY_SIZE(steps))];
	return at < 0 ? 0 : at;
}

/* Most within the first 128k: what was done there before is met again. */
static int64_t any_place(struct maker *m)
{
	static const unsigned int reaches[] = {45, 35, 15, 5};
	static const int64_t reach[] = {16, 64, 256, 1024};

	return (int64_t)dice_below(&m->dice, (uint64_t)reach[dice_weighted(&m->dice, reaches, 4)]) * m->bs;
}

static int64_t place(struct maker *m, const struct made_file *f)
{
	return dice_percent(&m->dice, 60) ? near_edge(m, f) : any_place(m);
}

static int64_t some_len(struct maker *m)
{
	static const unsigned int kinds[] = {50, 30, 15, 5};
	static const int64_t most[] = {2, 8, 32, 128};

	return (int64_t)(1 + dice_below(&m->dice, (uint64_t)most[dice_weighted(&m->dice, kinds, 4)])) * m->bs;
}

/* As a buffered write, a truncation, a punch may have it: one in three to the byte. */
static int64_t odd(struct maker *m, int64_t pos)
{
	static const unsigned int grains[] = {40, 25, 35};
	int64_t grain[] = {m->bs, SECTOR, 1};
	int64_t to = grain[dice_weighted(&m->dice, grains, 3)];

	return align_down(pos + (int64_t)dice_below(&m->dice, (uint64_t)m->bs), to);
}

/* --- operations --- */

static const char file_names[FILES_MAX] = {'f', 'g', 'h'};

/* A file that is there, made when it is not yet. */
static int choose_file(struct maker *m)
{
	int i = dice_percent(&m->dice, m->theme->more_files) ? 1 + (int)dice_below(&m->dice, FILES_MAX - 1) : 0;

	if (m->files[i].created)
		return i;
	m->files[i].created = true;
	say(m, "create %c\n", file_names[i]);
	if (m->extents && dice_percent(&m->dice, m->theme->variants / 12))
		say(m, "chattr %c -e\n", file_names[i]);
	return i;
}

static void say_op(struct maker *m, const char *op, int file)
{
	say(m, "%s %c", op, file_names[file]);
}

static void range_done(struct made_file *f, int64_t pos, int64_t len, bool grows)
{
	add_edge(f, pos);
	add_edge(f, pos + len);
	if (grows && pos + len > f->size)
		f->size = pos + len;
}

static void make_create(struct maker *m, int i)
{
	say_op(m, "create", i);
	say(m, "\n");
}

static void make_fallocate(struct maker *m, int i)
{
	int64_t pos = place(m, &m->files[i]), len = some_len(m);
	bool keep = dice_percent(&m->dice, 35);

	if (dice_percent(&m->dice, 20)) {
		pos = odd(m, pos);
		len = odd(m, len) + 1;
	}
	say_op(m, "fallocate", i);
	say_size(m, pos);
	say_size(m, len);
	say(m, "%s\n", keep ? " keep" : "");
	range_done(&m->files[i], pos, len, !keep);
}

static void make_punch(struct maker *m, int i)
{
	int64_t pos = place(m, &m->files[i]), len = some_len(m);

	if (dice_percent(&m->dice, 30)) {
		pos = odd(m, pos);
		len = odd(m, len) + 1;
	}
	say_op(m, "punch", i);
	say_size(m, pos);
	say_size(m, len);
	say(m, "\n");
	range_done(&m->files[i], pos, len, false);
}

static void make_truncate(struct maker *m, int i)
{
	int64_t size = odd(m, place(m, &m->files[i]));

	if (m->theme->tiny && dice_percent(&m->dice, m->theme->tiny / 2))
		size = (int64_t)dice_below(&m->dice, 2 * TINY);
	say_op(m, "truncate", i);
	say_size(m, size);
	say(m, "\n");
	add_edge(&m->files[i], size);
	m->files[i].size = size;
}

static void make_buffered(struct maker *m, int i)
{
	int64_t pos = odd(m, place(m, &m->files[i])), len = odd(m, some_len(m)) + 1;

	if (m->theme->tiny && dice_percent(&m->dice, m->theme->tiny)) {
		pos = (int64_t)dice_below(&m->dice, TINY);
		len = 1 + (int64_t)dice_below(&m->dice, TINY);
	}
	say_op(m, "buffered", i);
	say_size(m, pos);
	say_size(m, len);
	say(m, "\n");
	range_done(&m->files[i], pos, len, true);
}

static void make_fsync(struct maker *m, int i)
{
	say_op(m, "fsync", i);
	say(m, "\n");
}

static void make_sync(struct maker *m, int i)
{
	(void)i;
	say(m, "sync\n");
}

static void make_chattr(struct maker *m, int i)
{
	static const unsigned int weights[] = {60, 25, 15};
	static const char attrs[] = "Sji";
	char attr = attrs[dice_weighted(&m->dice, weights, 3)];
	bool on = dice_percent(&m->dice, 60);

	if (attr == 'i') {
		on = !m->immutable[i];
		m->immutable[i] = on;
	}
	if (attr == 'j' && !m->journal_data)
		return;
	say_op(m, "chattr", i);
	say(m, " %c%c\n", on ? '+' : '-', attr);
}

static void make_chmod(struct maker *m, int i)
{
	static const char *const modes[] = {"644", "4755", "2755", "2644", "6755", "600"};

	say_op(m, "chmod", i);
	say(m, " %s\n", modes[dice_below(&m->dice, ARRAY_SIZE(modes))]);
}

static void make_limit(struct maker *m, int i)
{
	m->limited = !m->limited;
	say(m, "limit");
	if (m->limited)
		say_size(m, odd(m, place(m, &m->files[i])) + SECTOR);
	else
		say(m, " none");
	say(m, "\n");
}

static void make_remount(struct maker *m, int i)
{
	(void)i;
	say(m, "remount\n");
}

/* --- writes --- */

/* In sectors of the device, inside a block, or to the byte: most of the latter are refused. */
static void misalign(struct maker *m, int64_t *pos, int64_t *len)
{
	int64_t grain = dice_percent(&m->dice, 88) ? m->lbs : dice_percent(&m->dice, 70) ? SECTOR : 1;
	int64_t per_block = m->bs / grain;

	if (dice_percent(&m->dice, 65))
		*pos += (int64_t)dice_below(&m->dice, (uint64_t)per_block) * grain;
	if (dice_percent(&m->dice, 65))
		*len = align_down(*len - m->bs, grain) +
		       (int64_t)(1 + dice_below(&m->dice, (uint64_t)per_block)) * grain;
}

static void say_rwf(struct maker *m)
{
	static const char *const names[] = {"dsync", "sync", "append", "nowait", "hipri", "dontcache", "atomic"};
	static const unsigned int weights[] = {40, 12, 14, 26, 0, 4, 4};
	size_t first = dice_weighted(&m->dice, weights, ARRAY_SIZE(weights)), second;

	say(m, " %s", names[first]);
	if (!dice_percent(&m->dice, 15))
		return;
	second = dice_weighted(&m->dice, weights, ARRAY_SIZE(weights));
	if (second != first)
		say(m, " %s", names[second]);
}

static void say_segments(struct maker *m, int64_t len)
{
	int64_t grain = dice_percent(&m->dice, 85) ? m->lbs : 4, first = align_down(len / 2, grain);

	if (first <= 0 || first >= len)
		return;
	if (dice_percent(&m->dice, 50) && first > grain)
		say(m, " segs=%lld,%lld,%lld", (long long)grain, (long long)(first - grain), (long long)(len - first));
	else
		say(m, " segs=%lld,%lld", (long long)first, (long long)(len - first));
}

static void say_align(struct maker *m)
{
	static const int aligns[] = {512, 1024, 2048, 256, 64, 4, 1, 3584};

	say(m, " align=%d", aligns[dice_below(&m->dice, ARRAY_SIZE(aligns))]);
}

/* The buffer is one of: in pieces, not on a page, partly not there. */
static void say_buffer(struct maker *m, int64_t len)
{
	static const unsigned int weights[] = {82, 7, 6, 5};

	switch (dice_weighted(&m->dice, weights, ARRAY_SIZE(weights))) {
	case 1:
		say_segments(m, len);
		break;
	case 2:
		say_align(m);
		break;
	case 3:
		say(m, " fault");
		break;
	}
}

static void say_submit(struct maker *m)
{
	if (!dice_percent(&m->dice, m->theme->async))
		return;
	if (dice_percent(&m->dice, 50))
		say(m, " libaio");
	else
		say(m, dice_percent(&m->dice, 20) ? " io_uring noretry" : " io_uring");
}

static void make_write(struct maker *m, int i)
{
	int64_t pos = align_down(place(m, &m->files[i]), m->lbs), len = some_len(m);

	if (dice_percent(&m->dice, m->theme->unaligned))
		misalign(m, &pos, &len);
	if (dice_percent(&m->dice, 1))
		len = 0;
	say_op(m, "write", i);
	say_size(m, pos);
	say_size(m, len);
	if (dice_percent(&m->dice, m->theme->flags))
		say_rwf(m);
	say_buffer(m, len);
	say_submit(m);
	say(m, "\n");
	range_done(&m->files[i], pos, len, true);
}

/* --- all of it --- */

static void (*const makers[NR_OPS])(struct maker *m, int i) = {
	[OP_CREATE] = make_create,     [OP_FALLOCATE] = make_fallocate, [OP_PUNCH] = make_punch,
	[OP_TRUNCATE] = make_truncate, [OP_BUFFERED] = make_buffered,	[OP_FSYNC] = make_fsync,
	[OP_SYNC] = make_sync,	       [OP_CHATTR] = make_chattr,	[OP_CHMOD] = make_chmod,
	[OP_LIMIT] = make_limit,       [OP_REMOUNT] = make_remount,	[OP_WRITE] = make_write,
};

/* A file takes all the room there is, and gives some back. */
static void make_full(struct maker *m)
{
	int64_t room = (int64_t)(1 + dice_below(&m->dice, 40)) * m->bs;

	say(m, "create filler\nfallocate filler 0 %lluM\n", (unsigned long long)m->device_size >> 20);
	if (dice_percent(&m->dice, 50))
		say(m, "sync\n");
	say(m, "punch filler");
	say_size(m, any_place(m));
	say_size(m, room);
	say(m, "\n");
	if (dice_percent(&m->dice, 70))
		say(m, "sync\n");
}

static void make_ops(struct maker *m)
{
	uint64_t nr = OPS_LEAST + dice_below(&m->dice, OPS_MOST - OPS_LEAST + 1);

	for (uint64_t i = 0; i < nr; i++) {
		int file = choose_file(m);
		size_t kind = dice_weighted(&m->dice, m->theme->ops, NR_OPS);

		makers[kind](m, file);
	}
	make_write(m, choose_file(m));
}

char *generate_workload(const struct theme *theme, uint64_t seed, uint64_t nr, bool journal_data)
{
	struct maker m = {.theme = theme, .dice = dice_for(seed, nr), .journal_data = journal_data};
	char *text = NULL;
	size_t len;

	m.out = open_memstream(&text, &len);
	if (!m.out)
		return NULL;
	say(&m, "scenario %s-%llu-%llu\n", theme->name, (unsigned long long)seed, (unsigned long long)nr);
	make_setup(&m);
	if (dice_percent(&m.dice, theme->full))
		make_full(&m);
	make_ops(&m);
	if (ferror(m.out) | fclose(m.out)) {
		free(text);
		return NULL;
	}
	return text;
}
