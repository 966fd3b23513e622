// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/generate.h"

#include <string.h>

#include "user/fuzz/maker.h"

#define OPS_LEAST 3
#define OPS_MOST  22

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
	maker_say(m, "create %c\n", file_names[i]);
	if (m->extents && dice_percent(&m->dice, m->theme->variants / 12))
		maker_say(m, "chattr %c -e\n", file_names[i]);
	return i;
}

static void say_op(struct maker *m, const char *op, int file)
{
	maker_say(m, "%s %c", op, file_names[file]);
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
	maker_say(m, "\n");
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
	maker_say_size(m, pos);
	maker_say_size(m, len);
	maker_say(m, "%s\n", keep ? " keep" : "");
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
	maker_say_size(m, pos);
	maker_say_size(m, len);
	maker_say(m, "\n");
	range_done(&m->files[i], pos, len, false);
}

static void make_truncate(struct maker *m, int i)
{
	int64_t size = odd(m, place(m, &m->files[i]));

	if (m->theme->tiny && dice_percent(&m->dice, m->theme->tiny / 2))
		size = (int64_t)dice_below(&m->dice, 2 * TINY);
	say_op(m, "truncate", i);
	maker_say_size(m, size);
	maker_say(m, "\n");
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
	maker_say_size(m, pos);
	maker_say_size(m, len);
	maker_say(m, "\n");
	m->files[i].dirty = true;
	range_done(&m->files[i], pos, len, true);
}

static void make_fsync(struct maker *m, int i)
{
	say_op(m, "fsync", i);
	maker_say(m, "\n");
	m->files[i].dirty = false;
}

static void make_fdatasync(struct maker *m, int i)
{
	say_op(m, "fdatasync", i);
	maker_say(m, "\n");
	m->files[i].dirty = false;
}

/* Inside the file, most of it: beyond its last page it only faults. */
static void say_mapped(struct maker *m, const char *op, int i)
{
	int64_t pos = odd(m, place(m, &m->files[i])), len = odd(m, some_len(m)) + 1;

	if (pos >= m->files[i].size && dice_percent(&m->dice, 80))
		pos = m->files[i].size / 2;
	say_op(m, op, i);
	maker_say_size(m, pos);
	maker_say_size(m, len);
	maker_say(m, "\n");
	range_done(&m->files[i], pos, len, false);
}

static void make_mmap_read(struct maker *m, int i)
{
	say_mapped(m, "mmap-read", i);
}

static void make_mmap_write(struct maker *m, int i)
{
	say_mapped(m, "mmap-write", i);
	m->files[i].dirty = true;
}

static void make_open(struct maker *m, int i)
{
	static const char *const flags[] = {"", "", " dsync", " dsync", " sync"};

	say_op(m, "open", i);
	maker_say(m, "%s\n", flags[dice_below(&m->dice, ARRAY_SIZE(flags))]);
}

/*
 * The flusher takes blocks from the run of whatever processor it is on (fs/ext4/mballoc.c, s_locality_groups), and
 * where there are few, who finds one later goes by that. An fsync writes on the runner's own.
 */
static void leave_nothing_to_flusher(struct maker *m)
{
	for (int i = 0; m->full && i < FILES_MAX; i++)
		if (m->files[i].dirty)
			make_fsync(m, i);
}

static void make_sync(struct maker *m, int i)
{
	(void)i;
	leave_nothing_to_flusher(m);
	maker_say(m, "sync\n");
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
	maker_say(m, " %c%c\n", on ? '+' : '-', attr);
}

static void make_chmod(struct maker *m, int i)
{
	static const char *const modes[] = {"644", "4755", "2755", "2644", "6755", "600"};

	say_op(m, "chmod", i);
	maker_say(m, " %s\n", modes[dice_below(&m->dice, ARRAY_SIZE(modes))]);
}

static void make_limit(struct maker *m, int i)
{
	m->limited = !m->limited;
	maker_say(m, "limit");
	if (m->limited)
		maker_say_size(m, odd(m, place(m, &m->files[i])) + SECTOR);
	else
		maker_say(m, " none");
	maker_say(m, "\n");
}

static void make_remount(struct maker *m, int i)
{
	(void)i;
	leave_nothing_to_flusher(m);
	maker_say(m, "remount\n");
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

	maker_say(m, " %s", names[first]);
	if (!dice_percent(&m->dice, 15))
		return;
	second = dice_weighted(&m->dice, weights, ARRAY_SIZE(weights));
	if (second != first)
		maker_say(m, " %s", names[second]);
}

static void say_segments(struct maker *m, int64_t len)
{
	int64_t grain = dice_percent(&m->dice, 85) ? m->lbs : 4, first = align_down(len / 2, grain);

	if (first <= 0 || first >= len)
		return;
	if (dice_percent(&m->dice, 50) && first > grain)
		maker_say(m, " segs=%lld,%lld,%lld", (long long)grain, (long long)(first - grain),
			  (long long)(len - first));
	else
		maker_say(m, " segs=%lld,%lld", (long long)first, (long long)(len - first));
}

static void say_align(struct maker *m)
{
	static const int aligns[] = {512, 1024, 2048, 256, 64, 4, 1, 3584};

	maker_say(m, " align=%d", aligns[dice_below(&m->dice, ARRAY_SIZE(aligns))]);
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
		maker_say(m, " fault");
		break;
	}
}

static void say_submit(struct maker *m)
{
	if (!dice_percent(&m->dice, m->theme->async))
		return;
	if (dice_percent(&m->dice, 50))
		maker_say(m, " libaio");
	else
		maker_say(m, dice_percent(&m->dice, 20) ? " io_uring noretry" : " io_uring");
}

static void make_write(struct maker *m, int i)
{
	int64_t pos = align_down(place(m, &m->files[i]), m->lbs), len = some_len(m);

	if (dice_percent(&m->dice, m->theme->unaligned))
		misalign(m, &pos, &len);
	if (dice_percent(&m->dice, 1))
		len = 0;
	say_op(m, "write", i);
	maker_say_size(m, pos);
	maker_say_size(m, len);
	if (dice_percent(&m->dice, m->theme->flags))
		say_rwf(m);
	say_buffer(m, len);
	say_submit(m);
	maker_say(m, "\n");
	range_done(&m->files[i], pos, len, true);
}

/* --- threads --- */

#define LANE (64 << 10) /* bytes: a thread keeps to every so many-th stretch, or two would write the same bytes */

static int64_t in_lane(int64_t pos, unsigned int thread, unsigned int threads)
{
	int64_t lanes = pos / LANE / threads * threads + thread;

	return lanes * LANE + pos % LANE;
}

static void make_thread_write(struct maker *m, int i, unsigned int thread, unsigned int threads)
{
	int64_t pos = in_lane(align_down(place(m, &m->files[i]), m->lbs), thread, threads), len = some_len(m), left;

	if (dice_percent(&m->dice, m->theme->unaligned))
		misalign(m, &pos, &len);
	pos = in_lane(pos, thread, threads);
	left = LANE - pos % LANE;
	len = len < left ? len : left;
	say_op(m, "write", i);
	maker_say_size(m, pos);
	maker_say_size(m, len);
	if (dice_percent(&m->dice, m->theme->flags))
		maker_say(m, dice_percent(&m->dice, 50) ? " append" : " dsync");
	maker_say(m, "\n");
	range_done(&m->files[i], pos, len, true);
}

static void make_parallel(struct maker *m)
{
	unsigned int threads = 2 + (unsigned int)dice_below(&m->dice, 3);
	int file = choose_file(m);

	maker_say(m, "parallel\n");
	for (unsigned int t = 0; t < threads; t++) {
		uint64_t nr = 1 + dice_below(&m->dice, 5);

		maker_say(m, "thread t%u\n", t);
		for (uint64_t i = 0; i < nr; i++)
			make_thread_write(m, file, t, threads);
		if (dice_percent(&m->dice, 15))
			make_fdatasync(m, file);
	}
	maker_say(m, "end\n");
}

/* --- all of it --- */

static void (*const makers[NR_OPS])(struct maker *m, int i) = {
	[OP_CREATE] = make_create,	 [OP_FALLOCATE] = make_fallocate, [OP_PUNCH] = make_punch,
	[OP_TRUNCATE] = make_truncate,	 [OP_BUFFERED] = make_buffered,	  [OP_FSYNC] = make_fsync,
	[OP_SYNC] = make_sync,		 [OP_CHATTR] = make_chattr,	  [OP_CHMOD] = make_chmod,
	[OP_LIMIT] = make_limit,	 [OP_REMOUNT] = make_remount,	  [OP_WRITE] = make_write,
	[OP_FDATASYNC] = make_fdatasync, [OP_MMAP_READ] = make_mmap_read, [OP_MMAP_WRITE] = make_mmap_write,
	[OP_OPEN] = make_open,
};

/* A file takes all the room there is, and gives some back. */
static void make_full(struct maker *m)
{
	int64_t room = (int64_t)(1 + dice_below(&m->dice, 40)) * m->bs;

	m->full = true;
	maker_say(m, "create filler\nfallocate filler 0 %lluM\n", (unsigned long long)m->device_size >> 20);
	if (dice_percent(&m->dice, 50))
		maker_say(m, "sync\n");
	maker_say(m, "punch filler");
	maker_say_size(m, any_place(m));
	maker_say_size(m, room);
	maker_say(m, "\n");
	if (dice_percent(&m->dice, 70))
		maker_say(m, "sync\n");
}

static void make_ops(struct maker *m)
{
	uint64_t nr = OPS_LEAST + dice_below(&m->dice, OPS_MOST - OPS_LEAST + 1);

	for (uint64_t i = 0; i < nr; i++) {
		int file = choose_file(m);
		size_t kind = dice_weighted(&m->dice, m->theme->ops, NR_OPS);

		makers[kind](m, file);
		if (m->theme->parallel && dice_percent(&m->dice, m->theme->parallel))
			make_parallel(m);
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
	maker_say(&m, "scenario %s-%llu-%llu\n", theme->name, (unsigned long long)seed, (unsigned long long)nr);
	maker_setup(&m);
	if (dice_percent(&m.dice, theme->full))
		make_full(&m);
	make_ops(&m);
	if (ferror(m.out) | fclose(m.out)) {
		free(text);
		return NULL;
	}
	return text;
}
