/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the path one by one, with what a whole write hardly brings them: a page that came back while the bios
 * were under way, a round that did nothing, an extent that ends where the file does.
 */
#include "refimpl/env/env_mem.h"
#include "refimpl/path/path.h"
#include "tests/unit/test.h"

#include <errno.h>

static struct mem_env mem;
static uint8_t buffer[64 << 10] __attribute__((aligned(4096)));

static struct ref_inode make_inode(int64_t size)
{
	struct ref_inode inode = {
		.ino = 12, .i_size = size, .i_disksize = size, .mode = 0100644, .extents = true, .nosec = true};

	ref_journal_iget(&mem.env, &inode);
	return inode;
}

static struct workload_op write_op(int64_t pos, int64_t len)
{
	return (struct workload_op){
		.kind = OP_WRITE, .nr = 1, .file = "f", .pos = pos, .len = len, .nr_segs = 1, .segs = {(uint32_t)len}};
}

static struct ref_write begin_write(const char *rules, struct ref_inode *inode, const struct workload_op *op)
{
	struct ref_write w;

	ref_write_init(&w, &mem.env, ref_rules_find(rules), inode, op, buffer);
	return w;
}

/* Somebody faulted the page in, or read it, after it had been dropped: what was read there is old. */
TEST(a_page_that_came_back_is_dropped_again)
{
	struct ref_inode inode;
	struct workload_op op = write_op(0, 4096);
	struct ref_dio dio = {.size = 4096};
	struct ref_write w;

	mem_env_init(&mem);
	mem_env_set(&mem, 0, 2, REF_WRITTEN);
	inode = make_inode(8192);
	CHECK(!ref_page_cache_write(&mem.env, &inode, 0, buffer, 8192));
	w = begin_write("6.12", &inode, &op);
	CHECK_EQ(ref_iomap_dio_complete(&w, &dio), 4096);
	CHECK(!ref_filemap_range_has_page(&inode, 0, 4096));
	CHECK(ref_filemap_range_has_page(&inode, 4096, 4096));
	ref_write_release(&w);
	ref_inode_release(&inode);
}

/*
 * The clock has not ticked since the last fsync: the live kernel had no timestamp to commit, and what another file has
 * changed since stays uncommitted, too. Anything but a timestamp is committed whatever the live kernel found.
 */
TEST(an_fsync_without_a_timestamp_commits_nothing)
{
	static const struct {
		bool found_committed, size_changed;
		unsigned int commits;
	} cases[] = {{false, false, 1}, {true, false, 0}, {true, true, 1}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct workload_op op = write_op(0, 512);
		struct ref_inode inode, other;
		struct ref_write w;

		mem_env_init(&mem);
		inode = make_inode(4096);
		other = make_inode(4096);
		w = begin_write("6.12", &inode, &op);
		w.found_committed = cases[i].found_committed;
		ref_ext4_update_inode_fsync_trans(&mem.env, &other, true);
		CHECK_EQ(ref_file_modified(&w), 0);
		if (cases[i].size_changed)
			ref_ext4_update_inode_fsync_trans(&mem.env, &inode, true);
		CHECK_EQ(ref_ext4_sync_file(&w, 0, 512, false), 0);
		CHECK_EQ(w.rec.commit, cases[i].commits);
		CHECK_EQ(w.rec.flush, !cases[i].commits);
		CHECK_EQ(ref_ext4_inode_datasync_dirty(&mem.env, &other), !cases[i].commits);
		ref_write_release(&w);
	}
}

/* Nothing was written, or it failed: what is cached may be newer than the disk. */
TEST(a_page_stays_where_nothing_was_written)
{
	static const struct ref_dio dios[] = {{.size = 0}, {.size = 4096, .error = -EIO}};

	for (size_t i = 0; i < ARRAY_SIZE(dios); i++) {
		struct ref_inode inode;
		struct workload_op op = write_op(0, 4096);
		struct ref_dio dio = dios[i];
		struct ref_write w;

		mem_env_init(&mem);
		mem_env_set(&mem, 0, 1, REF_WRITTEN);
		inode = make_inode(4096);
		CHECK(!ref_page_cache_write(&mem.env, &inode, 0, buffer, 4096));
		w = begin_write("6.12", &inode, &op);
		CHECK_EQ(ref_iomap_dio_complete(&w, &dio), dio.error);
		CHECK(ref_filemap_range_has_page(&inode, 0, 4096));
		ref_write_release(&w);
		ref_inode_release(&inode);
	}
}

/* It is refused before ext4 is called: the ring was set up without IORING_SETUP_IOPOLL. */
TEST(a_ring_that_does_not_poll_refuses_hipri)
{
	static const struct {
		enum submit_kind submit;
		int64_t ret;
		bool entered;
	} cases[] = {{SUBMIT_IO_URING, -EINVAL, false}, {SUBMIT_LIBAIO, 4096, true}, {SUBMIT_SYNC, 4096, true}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct workload_op op = write_op(0, 4096);
		struct ref_inode inode;
		struct ref_write w;

		mem_env_init(&mem);
		mem_env_set(&mem, 0, 1, REF_WRITTEN);
		inode = make_inode(4096);
		op.flags = WRITE_HIPRI;
		op.submit = cases[i].submit;
		w = begin_write("6.12", &inode, &op);
		CHECK_EQ(ref_vfs_write(&w, &op), cases[i].ret);
		CHECK_EQ(w.entered, cases[i].entered);
		ref_write_release(&w);
		ref_inode_release(&inode);
	}
}

/* ext4_iomap_end() makes it end in the page cache; what became of its error is a matter of versions. */
TEST(a_round_that_did_nothing)
{
	static const struct {
		const char *rules;
		int64_t processed;
		int ret;
	} cases[] = {
		{"6.1", 0, -ENOTBLK},	   {"6.12", 0, -ENOTBLK},	{"6.16", 0, -ENOTBLK},	    {"6.18", 0, 0},
		{"6.1", -EFAULT, -EFAULT}, {"6.16", -EFAULT, -ENOTBLK}, {"6.18", -EFAULT, -EFAULT}, {"6.1", 4096, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ref_iomap_iter iter = {.len = 8192, .processed = cases[i].processed, .mapped = true};
		struct workload_op op = write_op(0, 8192);
		struct ref_inode inode;
		struct ref_write w;
		int ret;

		mem_env_init(&mem);
		mem_env_set(&mem, 0, 2, REF_WRITTEN);
		inode = make_inode(8192);
		w = begin_write(cases[i].rules, &inode, &op);
		ret = ref_iomap_iter(&w, &iter);
		if (ret != cases[i].ret)
			printf("# %s, %lld bytes done\n", cases[i].rules, (long long)cases[i].processed);
		CHECK_EQ(ret, cases[i].ret);
		ref_write_release(&w);
		ref_inode_release(&inode);
	}
}

/* The whole extent, as a tree has it: what lookup finds begins where it was asked for. */
static int leaf(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, struct ref_extent *extent)
{
	while (lblk && mem.blocks[lblk - 1].state == mem.blocks[lblk].state)
		lblk--;
	return env->ops->lookup(env, inode, lblk, MEM_BLOCKS, extent);
}

static void set_blocks(const char *blocks)
{
	static struct ref_env_ops ops;

	mem_env_init(&mem);
	ops = *mem.env.ops;
	ops.leaf = leaf;
	mem.env.ops = &ops;
	for (uint32_t lblk = 0; blocks[lblk]; lblk++)
		mem_env_set(&mem, lblk, 1,
			    blocks[lblk] == 'M'	  ? REF_WRITTEN
			    : blocks[lblk] == 'U' ? REF_UNWRITTEN
						  : REF_HOLE);
}

/* M written, U unwritten, . hole, one behind the other on the disk. */
static void check_blocks(const char *blocks)
{
	char now[MEM_BLOCKS + 1] = "";

	for (uint32_t lblk = 0; blocks[lblk]; lblk++)
		now[lblk] = mem.blocks[lblk].state == REF_WRITTEN     ? 'M'
			    : mem.blocks[lblk].state == REF_UNWRITTEN ? 'U'
								      : '.';
	CHECK_STR(now, blocks);
}

/* One block of it is asked for: ext4_ext_convert_to_initialized(). */
TEST(what_of_an_unwritten_extent_becomes_written)
{
	static const struct {
		const char *before, *after;
		int64_t disksize;
		uint32_t lblk;
	} cases[] = {
		/* the beginning goes to the neighbour before it, the end to the one behind: the rest stays */
		{"MUUUUUUU", "MMUUUUUU", 32768, 1},
		{"UUUUUUUM", "UUUUUUMM", 32768, 6},
		/* a part of the middle, and one without a neighbour, are widened to the whole of a short extent */
		{"MUUUUUUU", "MMMMMMMM", 32768, 3},
		{".UUUUUUU", ".MMMMMMM", 32768, 1},
		/* nothing is zeroed beyond the end of the file, nor where all that lies behind is written */
		{".UUU", ".UMU", 0, 2},
		{".UUU", ".UUM", 0, 3},
		{".UUU", ".MMM", 16384, 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ref_inode inode;

		set_blocks(cases[i].before);
		inode = make_inode(cases[i].disksize);
		CHECK_EQ(ref_ext4_ext_convert_to_initialized(&mem.env, &inode, cases[i].lblk, 1), 1);
		check_blocks(cases[i].after);
		ref_inode_release(&inode);
	}
}

static int64_t clusters;

static uint64_t clusters_left(const struct ref_env *env, bool beside)
{
	(void)env;
	(void)beside;
	return (uint64_t)clusters;
}

/* fs/ext4/inode.c, ext4_nonda_switch: half as much again as was promised, and more than that by a watermark. */
TEST(where_little_is_left_nothing_is_promised)
{
	static const struct {
		int64_t left;
		uint32_t delayed, watermark;
		bool delays;
	} cases[] = {
		{0, 0, 0, true},       {150, 100, 0, true},    {149, 100, 0, false},  {160, 100, 60, true},
		{159, 100, 60, false}, {1000, 10, 991, false}, {1000, 10, 990, true},
	};
	struct ref_env_ops ops;

	set_blocks("M");
	ops = *mem.env.ops;
	ops.clusters_left = clusters_left;
	mem.env.ops = &ops;
	mem.env.sb.delalloc = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		clusters = cases[i].left;
		mem.env.sb.delayed = cases[i].delayed;
		mem.env.sb.watermark = cases[i].watermark;
		CHECK_EQ(ref_delays_allocation(&mem.env), cases[i].delays);
	}
	mem.env.sb.delalloc = false;
	CHECK(!ref_delays_allocation(&mem.env));
}

TEST_MAIN()
