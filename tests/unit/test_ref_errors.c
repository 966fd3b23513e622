// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever the environment is asked for may fail. Each write is run again and again, and each time another of its calls
 * is the one that fails, or the first that does: what comes of it is that error, or, where the kernel goes on, what was
 * written.
 */
#include <errno.h>
#include <stdlib.h>

#include "refimpl/env/env_mem.h"
#include "refimpl/path/path.h"
#include "tests/unit/test.h"

static struct mem_env mem;
static const struct ref_env_ops *real;
static struct ref_env_ops failing;
static unsigned int left; /* calls until the one that fails, 0: none does */
static bool failed;	  /* it came to that */
static bool for_good;	  /* so do all after it */
static struct write_record last;
static uint8_t buffer[1 << 18];

static int fails(void)
{
	if (!left || --left)
		return 0;
	failed = true;
	left = for_good;
	return -EIO;
}

static int lookup(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t max, struct ref_extent *run)
{
	return fails() ?: real->lookup(env, inode, lblk, max, run);
}

static int allocate(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len, unsigned int flags,
		    struct ref_extent *run)
{
	return fails() ?: real->allocate(env, inode, lblk, len, flags, run);
}

static int convert(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, uint32_t len)
{
	return fails() ?: real->convert(env, inode, lblk, len);
}

static int free_blocks(struct ref_env *env, struct ref_inode *inode, uint32_t first, uint32_t end)
{
	return fails() ?: real->free_blocks(env, inode, first, end);
}

static int set_disksize(struct ref_env *env, struct ref_inode *inode)
{
	return fails() ?: real->set_disksize(env, inode);
}

static int orphan(struct ref_env *env, struct ref_inode *inode, bool add)
{
	return fails() ?: real->orphan(env, inode, add);
}

static int write_device(struct ref_env *env, uint64_t addr, const void *data, size_t len, bool fua)
{
	return fails() ?: real->write(env, addr, data, len, fua);
}

static int read_device(struct ref_env *env, uint64_t addr, void *data, size_t len)
{
	return fails() ?: real->read(env, addr, data, len);
}

static int flush(struct ref_env *env)
{
	return fails() ?: real->flush(env);
}

/* What waited for it is free now. */
static void committed(struct ref_env *env)
{
	(void)env;
	mem.free_blocks = 100000;
}

/* --- writes that come to all of it --- */

struct subject {
	const char *blocks; /* M mapped, U unwritten, . hole */
	int64_t isize, pos, len;
	uint8_t flags;
	bool indirect, fault, data_journal, nodelalloc, cached, no_journal, current, pending, immutable;
	uint32_t segs[3];
	uint64_t room; /* free blocks; 0: enough */
	enum submit_kind submit;
	uint32_t align;
};

static const struct subject subjects[] = {
	{"MMMM", 16384, 0, 8192, .flags = WRITE_DSYNC},
	{"MMMM", 16384, 512, 1024, .flags = WRITE_SYNC},
	{"MM", 8192, 8192, 8192, .flags = WRITE_SYNC},
	{"M..U", 16384, 3584, .len = 9216},
	{"UUUU", 16384, 512, 8192, .submit = SUBMIT_LIBAIO},
	{"....", 16384, 512, 512, .submit = SUBMIT_IO_URING},
	{"MM..", 16384, 0, 16384, .flags = WRITE_DSYNC, .indirect = true},
	{"MM", 8192, 20480, 4096, .fault = true},
	{"MM..", 16384, 0, 16384, .fault = true},
	{"MMMM", 10000, 8192, 16384, .fault = true, .nodelalloc = true},
	{"MMMM", 16384, 0, 4096, .data_journal = true, .flags = WRITE_DSYNC},
	{"M", 100, 8292, 4096, .data_journal = true, .nodelalloc = true},
	{"UUUU", 16384, 5000, 5000, .data_journal = true, .nodelalloc = true},
	{"MMMM", 16384, 4096, 4096, .cached = true, .flags = WRITE_DSYNC},
	{"M.M.", 16384, 4096, 4096, .cached = true},
	{"MMMM", 16384, 4096, 4096, .no_journal = true, .flags = WRITE_SYNC},
	{"MMMM", 16384, 0, 4096, .align = 100},
	{"MMMM", 16384, 0, 8192, .submit = SUBMIT_LIBAIO},
	{"MU", 4096, 4096, .len = 4096},
	{"M.M.", 16384, 0, 12288, .segs = {4096, 512, 7680}},
	{"M", 100, 8292, 4096, .fault = true, .data_journal = true},
	{"MMMM", 16384, 0, 8192, .fault = true, .data_journal = true, .align = 100},
	{"MMMM", 16384, 0, 8192, .data_journal = true, .immutable = true},
	{"....", 16384, 0, 4096, .pending = true},
	{"....", 16384, 0, 16384, .data_journal = true, .room = 2},
	{"M", 4096, 4096, 16384, .data_journal = true, .room = 1},
	{"....", 16384, 0, 16384, .indirect = true, .room = 2},
	{"....", 16384, 0, 16384, .indirect = true, .nodelalloc = true, .room = 2},
	{"M...", 4096, 4096, 12288, .fault = true, .indirect = true, .nodelalloc = true, .room = 1},
	{"MM", 8192, 0, .len = 0},
	{"MM", 8192, 0, .len = 0, .submit = SUBMIT_LIBAIO},
	{"MM", 8192, 0, 4096, .flags = WRITE_HIPRI, .submit = SUBMIT_IO_URING},
	{"MM", 8192, 0, 4096, .flags = WRITE_NOWAIT, .current = true},
	{"..", 8192, 0, 4096, .flags = WRITE_NOWAIT, .current = true},
	{"MM", 8192, -4096, .len = 4096},
	{"MM", 8192, INT64_MAX - 10, .len = 4096},
	{"MM", 8192, INT64_MAX / 4096 * 4096 - 4096, .len = 4096},
	{"M...", 4096, 12288, 4096, .submit = SUBMIT_LIBAIO},
	{"MMMMMMMM", 20000, 28672, 8192, .fault = true, .nodelalloc = true},
};

static void set_env(const struct subject *s)
{
	mem_env_init(&mem);
	for (uint32_t i = 0; s->blocks[i]; i++)
		if (s->blocks[i] != '.')
			mem_env_set(&mem, i, 1, s->blocks[i] == 'M' ? REF_WRITTEN : REF_UNWRITTEN);
	mem.env.sb.data_journal = s->data_journal;
	mem.env.sb.delalloc = !s->nodelalloc && !s->data_journal;
	mem.env.sb.journal = !s->no_journal;
	mem.env.sb.free_pending = s->pending;
	mem.free_blocks = s->pending ? 0 : s->room ? s->room : mem.free_blocks;
	real = mem.env.ops;
	failing = *real;
	failing.lookup = lookup;
	failing.allocate = allocate;
	failing.convert = convert;
	failing.free_blocks = free_blocks;
	failing.set_disksize = set_disksize;
	failing.orphan = orphan;
	failing.write = write_device;
	failing.read = read_device;
	failing.flush = flush;
	failing.committed = committed;
}

static int64_t run(const struct subject *s, const struct ref_rules *rules)
{
	struct ref_inode inode = {.ino = 12, .i_size = s->isize, .i_disksize = s->isize, .extents = !s->indirect,
				  .immutable = s->immutable, .nosec = s->current, .times_current = s->current};
	struct workload_op op = {.kind = OP_WRITE,
				 .pos = s->pos,
				 .len = s->len,
				 .flags = s->flags,
				 .submit = s->submit,
				 .align = s->align,
				 .fault = s->fault,
				 .nr_segs = s->segs[0] ? 3 : 1,
				 .segs = {s->segs[0] ? s->segs[0] : (uint32_t)s->len, s->segs[1], s->segs[2]}};
	struct ref_write w;
	int64_t ret;

	if (s->cached)
		CHECK_EQ(ref_page_cache_write(&mem.env, &inode, s->pos, buffer, (size_t)s->len), 0);
	mem.env.ops = &failing;
	ref_write_init(&w, &mem.env, rules, &inode, &op, buffer);
	ret = ref_vfs_write(&w, &op);
	CHECK(inode.i_size >= s->isize);
	CHECK(!w.entered || w.rec.ret == ret);
	last = w.rec;
	ref_write_release(&w);
	ref_inode_release(&inode);
	return ret;
}

/* Where the error is not told: it was of a clean-up, or what came short is another's. */
static void check_outcome(const struct subject *s, const struct ref_rules *rules, unsigned int nr, int64_t ret,
			  int64_t whole)
{
	bool refused = ret == -EAGAIN && s->flags & WRITE_NOWAIT; /* what was not found may have to be allocated */
	bool fine = ret == -EIO || ret == whole || (ret > 0 && ret < s->len) || refused;

	CHECK(fine);
	if (!fine)
		printf("# subject %td of %s, call %u fails: %lld, not %lld\n", s - subjects, rules->name, nr,
		       (long long)ret, (long long)whole);
}

static void run_all(const struct subject *s, const struct ref_rules *rules)
{
	unsigned int told = 0;
	int64_t whole;

	set_env(s);
	left = 0;
	whole = run(s, rules);
	for (unsigned int nr = 1;; nr++) {
		int64_t ret;

		set_env(s);
		left = nr;
		failed = false;
		ret = run(s, rules);
		if (!failed)
			break;
		told += ret == -EIO;
		check_outcome(s, rules, nr, ret, whole);
		CHECK(nr < 1000);
	}
	CHECK(told > 0 || whole <= 0);
}

static void run_under_all(bool all_fail)
{
	for_good = all_fail;
	for (const struct ref_rules *rules = ref_profiles; rules->name; rules++)
		for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
			run_all(&subjects[i], rules);
}

TEST(an_error_is_told_or_ends_the_write)
{
	run_under_all(false);
}

TEST(so_is_the_first_of_many)
{
	run_under_all(true);
}

/* Cached pages that cannot be written back: from 6.5 on the page cache takes the write. */
TEST(a_writeback_error_falls_back)
{
	static const struct subject cached = {"MMMM", 16384, 4096, .len = 4096, .cached = true};

	for (const struct ref_rules *rules = ref_profiles; rules->name; rules++) {
		set_env(&cached);
		mem.write_fails = true;
		left = 0;
		run(&cached, rules);
		CHECK_EQ(last.invalidate, -EIO);
		CHECK_EQ(last.fallback, rules->writeback_error_falls_back ? FALLBACK_WHOLE : FALLBACK_NONE);
		CHECK_EQ(last.fallback_reason,
			 rules->writeback_error_falls_back ? FALLBACK_INVALIDATE : FALLBACK_REASON_NONE);
	}
}

TEST(what_the_device_cannot_take_may_fall_back)
{
	static const struct subject odd = {"MMMM", 16384, 100, .len = 1000};

	for (const struct ref_rules *rules = ref_profiles; rules->name; rules++) {
		bool falls_back = rules->iomap_end == REF_IOMAP_END_FAILED;

		set_env(&odd);
		left = 0;
		CHECK_EQ(run(&odd, rules), falls_back ? 1000 : -EINVAL);
		CHECK_EQ(last.fallback_reason, falls_back ? FALLBACK_ALIGNMENT : FALLBACK_REASON_NONE);
	}
}

TEST_MAIN()
