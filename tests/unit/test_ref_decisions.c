/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference's decisions over an environment in memory: scenarios of shared/docs/kernel-semantics.md, part 4, by
 * their ids, each a file's blocks, one write, and what comes of it in one line.
 *
 * Blocks: M written, U unwritten, . hole, | a gap on the disk. The line, in path order:
 *	S  X  S,X	lock modes of the checks; +w inode_dio_wait, +fw FORCE_WAIT, !abc reasons of an upgrade:
 *			n not S_NOSEC, e extend, o not an overwrite, u unaligned and unwritten, z needs zeroing
 *	O  N		overwrite ops, normal ops; ext: on the orphan list
 *	M2[a,b)		a round: type (M, U), flags (NEW 1, DIRTY 2, MERGED 8); jN: N journal starts to map
 *	D[a,b) DF[a,b)	a data bio, with FUA; Z[a,b) a zero bio
 *	end(size,error)	of end_io when there is an error; conv: converted; trunc: cut back after a failure
 *	fsync0/1(cf)	ext4_sync_file(datasync 0/1), commit asked for, flush issued
 *	BUF[a,b)=n	through the page cache; sz=n: new i_size; =n or =-ERRNO: the result
 */
#include "refimpl/env/env_mem.h"
#include "refimpl/path/path.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

/* --- a write in words --- */

struct line {
	char text[512];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *l, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	l->len += vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, args);
	va_end(args);
}

static const char *result_text(int64_t ret, char *buf, size_t size)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {{EAGAIN, "-EAGAIN"}, {EINVAL, "-EINVAL"}, {EFAULT, "-EFAULT"}, {ENOSPC, "-ENOSPC"},
		     {EFBIG, "-EFBIG"},	  {EPERM, "-EPERM"},   {EIO, "-EIO"},	    {EOPNOTSUPP, "-EOPNOTSUPP"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (ret == -names[i].err)
			return names[i].name;
	snprintf(buf, size, "%lld", (long long)ret);
	return buf;
}

static void say_lock(struct line *l, const struct write_record *r)
{
	static const char reasons[] = "neouz";

	if (r->how[FACT_LOCK_FIRST] != HOW_OBSERVED)
		return;
	say(l, "%s%s", r->lock_first == LOCK_SHARED ? "S" : "X", r->upgrade ? ",X" : "");
	if (r->upgrade)
		say(l, "!");
	for (int i = 0; r->upgrade && i < 5; i++)
		if (r->upgrade_reason & 1 << i)
			say(l, "%c", reasons[i]);
	say(l, "%s%s ", r->dio_wait ? "+w" : "", r->force_wait ? "+fw" : "");
}

static void say_steps(struct line *l, const struct ref_write *w)
{
	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *s = &w->steps[i];
		long long end = (long long)(s->pos + (int64_t)s->len);

		if (s->kind == STEP_ROUND)
			say(l, "%c%x", s->role == MAP_MAPPED ? 'M' : 'U', s->map_flags);
		else
			say(l, "%s%s", s->role == BIO_DATA ? "D" : "Z", s->opf & OPF_FUA ? "F" : "");
		say(l, "[%lld,%lld) ", (long long)s->pos, end);
	}
}

static void say_end(struct line *l, const struct write_record *r)
{
	char buf[32];

	if (r->end_error)
		say(l, "end(%lld,%s) ", (long long)r->end_size, result_text(r->end_error, buf, sizeof(buf)));
	say(l, "%s%s", r->convert ? "conv " : "", r->truncate ? "trunc " : "");
	if (r->fallback)
		say(l, "BUF[%lld,%lld)=%s ", (long long)r->fallback_pos, (long long)(r->fallback_pos + r->fallback_len),
		    result_text(r->fallback_ret, buf, sizeof(buf)));
	if (r->sync)
		say(l, "fsync%d(%s%s) ", r->sync == SYNC_FDATASYNC, r->commit ? "c" : "", r->flush ? "f" : "");
	if (r->isize_after != r->isize)
		say(l, "sz=%lld ", (long long)r->isize_after);
}

static void describe(struct line *l, const struct ref_write *w, int64_t ret)
{
	const struct write_record *r = &w->rec;
	char buf[32];

	if (w->entered) {
		say_lock(l, r);
		if (r->how[FACT_OPS] == HOW_OBSERVED)
			say(l, "%s ", r->ops == OPS_OVERWRITE ? "O" : "N");
		say(l, "%s", r->orphan ? "ext " : "");
		if (r->journal_starts)
			say(l, "j%u ", r->journal_starts);
		say_steps(l, w);
		say_end(l, r);
	}
	say(l, "=%s", result_text(ret, buf, sizeof(buf)));
}

/* --- scenarios --- */

struct scenario {
	const char *id;
	const char *profile;
	const char *blocks;
	int64_t isize; /* 0: the end of blocks */
	int64_t pos, len;
	const char *line;
	/* of the write */
	uint8_t flags;
	enum submit_kind submit;
	uint32_t align;
	uint32_t segs[4];
	bool fault, noretry;
	/* of the inode */
	bool fresh;    /* not S_NOSEC */
	bool indirect; /* ^extents */
	bool dirty;    /* its last change has not been committed */
	uint16_t mode;
	bool immutable, attr_sync, attr_journal;
	/* of the rest */
	uint8_t blkbits;
	int64_t limit;
	bool nvme; /* dma mask 3, FUA, cache */
	bool no_cache, no_journal, no_barrier, no_delalloc, data_journal, device_fails;
	uint64_t free_blocks;
};

static void set_blocks(struct mem_env *m, const char *blocks)
{
	uint32_t lblk = 0;

	for (; *blocks; blocks++) {
		if (*blocks == '|')
			mem_env_gap(m);
		else
			mem_env_set(m, lblk++, 1,
				    *blocks == 'M'   ? REF_WRITTEN
				    : *blocks == 'U' ? REF_UNWRITTEN
						     : REF_HOLE);
	}
}

static int64_t blocks_len(const char *blocks)
{
	int64_t n = 0;

	for (; *blocks; blocks++)
		n += *blocks != '|';
	return n;
}

static void set_env(struct mem_env *m, const struct scenario *s)
{
	struct ref_sb *sb = &m->env.sb;

	mem_env_init(m);
	set_blocks(m, s->blocks);
	if (s->blkbits)
		sb->blkbits = s->blkbits;
	if (s->limit)
		sb->limit = s->limit;
	if (s->nvme) {
		sb->dma_mask = 3;
		sb->dev_fua = true;
	}
	if (s->free_blocks)
		m->free_blocks = s->free_blocks;
	sb->dev_cache = !s->no_cache;
	sb->journal = !s->no_journal;
	sb->barrier = !s->no_barrier;
	sb->delalloc = !s->no_delalloc;
	sb->data_journal = s->data_journal;
	m->write_fails = s->device_fails;
}

/* @inode stays where it is: the journal lists it. */
static void make_inode(struct ref_inode *inode, struct mem_env *m, const struct scenario *s)
{
	*inode = (struct ref_inode){
		.ino = 12,
		.i_size = s->isize ? s->isize : blocks_len(s->blocks) << m->env.sb.blkbits,
		.mode = s->mode ? s->mode : 0100644,
		.extents = !s->indirect,
		.nosec = !s->fresh,
		.immutable = s->immutable,
		.sync = s->attr_sync,
		.journal_data = s->attr_journal,
	};

	inode->i_disksize = inode->i_size;
	ref_journal_iget(&m->env, inode);
	if (s->dirty)
		ref_ext4_update_inode_fsync_trans(&m->env, inode, true);
	inode->datasync_dirty = s->dirty;
}

static struct workload_op make_op(const struct scenario *s)
{
	struct workload_op op = {.kind = OP_WRITE,
				 .nr = 1,
				 .file = "f",
				 .pos = s->pos,
				 .len = s->len,
				 .flags = s->flags,
				 .submit = s->submit,
				 .noretry = s->noretry,
				 .fault = s->fault,
				 .align = s->align,
				 .nr_segs = 1,
				 .segs = {(uint32_t)s->len}};

	for (uint32_t i = 0; i < 4 && s->segs[i]; i++) {
		op.segs[i] = s->segs[i];
		op.nr_segs = i + 1;
	}
	return op;
}

static struct mem_env mem;
static uint8_t buffer[1 << 20] __attribute__((aligned(4096)));

static void run_on(const struct scenario *s, struct ref_inode *inode)
{
	const struct ref_rules *rules = ref_rules_find(s->profile);
	struct workload_op op = make_op(s);
	struct line l = {0};
	struct ref_write w;
	int64_t ret;

	ref_write_init(&w, &mem.env, rules, inode, &op, buffer);
	ret = ref_vfs_write(&w, &op);
	describe(&l, &w, ret);
	if (strcmp(l.text, s->line))
		printf("# %s on %s\n", s->id, s->profile);
	CHECK_STR(l.text, s->line);
	ref_write_release(&w);
}

static void run_scenario(const struct scenario *s)
{
	struct ref_inode inode;

	set_env(&mem, s);
	make_inode(&inode, &mem, s);
	run_on(s, &inode);
	ref_inode_release(&inode);
}

#define RUN(table)                                                                                                     \
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)                                                                 \
	run_scenario(&table[i])

/* clang-format off */

/* Part 1.5's outcome table and part 4.1, inside EOF. */
TEST(lock_and_mapping)
{
	static const struct scenario t[] = {
		{"S02", "6.14", "M", .len = 4096, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"S02", "6.1", "M", .len = 4096, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"S02", "7.3", "M", .len = 4096, .line = "S N M0[0,4096) D[0,4096) =4096"},
		{"S03", "6.14", "MM", .len = 4096, .fresh = true, .line = "S,X!n N M0[0,4096) D[0,4096) =4096"},
		{"S03", "7.3", "MM", .len = 4096, .fresh = true, .line = "S,X!n N M0[0,4096) D[0,4096) =4096"},
		{"S04", "6.14", "M", .pos = 512, .len = 512, .line = "S O M0[0,4096) D[512,1024) =512"},
		{"S04", "6.1", "M", .pos = 512, .len = 512, .line = "X+w+fw N M0[0,4096) D[512,1024) =512"},
		{"S04", "7.3", "M", .pos = 512, .len = 512, .line = "S N M0[0,4096) D[512,1024) =512"},
		{"S05b", "6.14", "UUUUUU", .pos = 16384, .len = 4096,
		 .line = "S N j1 U1[16384,20480) D[16384,20480) conv =4096"},
		{"S05b", "6.1", "UUUUUU", .pos = 16384, .len = 4096,
		 .line = "S,X!o N j1 U1[16384,20480) D[16384,20480) conv =4096"},
		{"S05b", "6.18", "UUUUUU", .pos = 16384, .len = 4096,
		 .line = "S N j1 U1[16384,20480) D[16384,20480) conv =4096"},
		{"S05b", "7.3", "UUUUUU", .pos = 16384, .len = 4096,
		 .line = "S N U0[16384,20480) D[16384,20480) conv =4096"},
		{"S06", "6.14", "UUUUUUUUUU", .pos = 33280, .len = 512,
		 .line = "S,X!u+w+fw N j1 U1[32768,36864) Z[32768,33280) D[33280,33792) Z[33792,36864) conv =512"},
		{"S06", "6.1", "UUUUUUUUUU", .pos = 33280, .len = 512,
		 .line = "X+w+fw N j1 U1[32768,36864) Z[32768,33280) D[33280,33792) Z[33792,36864) conv =512"},
		{"S06", "7.3", "UUUUUUUUUU", .pos = 33280, .len = 512,
		 .line = "S,X!z+w+fw N U0[32768,36864) Z[32768,33280) D[33280,33792) Z[33792,36864) conv =512"},
		{"S07b", "6.14", "....", .pos = 4096, .len = 8192,
		 .line = "S,X!o N j1 U1[4096,12288) D[4096,12288) conv =8192"},
		{"S07b", "7.3", "....", .pos = 4096, .len = 8192,
		 .line = "S N j1 U1[4096,12288) D[4096,12288) conv =8192"},
		{"S08", "6.14", "....", .pos = 4096, .len = 4096, .align = 512,
		 .line = "S,X!o+w+fw N j1 U1[4096,8192) D[4096,8192) conv =4096"},
		{"S08", "6.1", "....", .pos = 4096, .len = 4096, .align = 512,
		 .line = "X+w+fw N j1 U1[4096,8192) D[4096,8192) conv =4096"},
		{"S08", "7.3", "....", .pos = 4096, .len = 4096, .align = 512,
		 .line = "S N j1 U1[4096,8192) D[4096,8192) conv =4096"},
		{"S08b", "6.14", "M", .len = 4096, .align = 512, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"S08b", "6.1", "M", .len = 4096, .align = 512, .line = "X+w+fw N M0[0,4096) D[0,4096) =4096"},
		{"S08c", "6.14", "....", .pos = 3584, .len = 1024,
		 .line = "S,X!o+w+fw N j1 U1[0,8192) Z[0,3584) D[3584,4608) Z[4608,8192) conv =1024"},
		{"E04", "6.14", "M", .len = 4096, .segs = {512, 3584}, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"E04", "6.1", "M", .len = 4096, .segs = {512, 3584}, .line = "X+w+fw N M0[0,4096) D[0,4096) =4096"},
		{"E04b", "6.14", ".", .len = 4096, .segs = {512, 3584},
		 .line = "S,X!o+w+fw N j1 U1[0,4096) D[0,4096) conv =4096"},
		{"E04b", "7.3", ".", .len = 4096, .segs = {512, 3584}, .line = "S N j1 U1[0,4096) D[0,4096) conv =4096"},
		{"S21", "6.14", "M...|UU..", .len = 32768,
		 .line = "S,X!o N j3 M0[0,4096) D[0,4096) U1[4096,16384) D[4096,16384) U1[16384,24576) D[16384,24576) "
			 "U1[24576,32768) D[24576,32768) conv =32768"},
		{"S21", "7.3", "M...|UU..", .len = 32768,
		 .line = "S N j2 M0[0,4096) D[0,4096) U1[4096,16384) D[4096,16384) U0[16384,24576) D[16384,24576) "
			 "U1[24576,32768) D[24576,32768) conv =32768"},
		{"V11", "6.14", "M..M", .pos = 512, .len = 15360,
		 .line = "S,X!o+w+fw N j1 M0[0,4096) D[512,4096) U1[4096,12288) D[4096,12288) M0[12288,16384) "
			 "D[12288,15872) conv =15360"},
		{"V11", "6.1", "M..M", .pos = 512, .len = 15360,
		 .line = "X+w+fw N j1 M0[0,4096) D[512,4096) U1[4096,12288) D[4096,12288) M0[12288,16384) "
			 "D[12288,15872) conv =15360"},
		{"V11", "7.3", "M..M", .pos = 512, .len = 15360,
		 .line = "S N j1 M0[0,4096) D[512,4096) U1[4096,12288) D[4096,12288) M0[12288,16384) "
			 "D[12288,15872) conv =15360"},
		{"V12", "6.14", "M..", .pos = 512, .len = 8192,
		 .line = "S,X!o+w+fw N j1 M0[0,4096) D[512,4096) U1[4096,12288) D[4096,8704) Z[8704,12288) conv =8192"},
		{"V12", "7.3", "M..", .pos = 512, .len = 8192,
		 .line = "S,X!z+w+fw N j1 M0[0,4096) D[512,4096) U1[4096,12288) D[4096,8704) Z[8704,12288) conv =8192"},
		{"T60", "6.14", "M|M|M", .len = 12288,
		 .line = "S,X!o N M0[0,4096) D[0,4096) M0[4096,8192) D[4096,8192) M0[8192,12288) D[8192,12288) =12288"},
		{"T60", "7.3", "M|M|M", .len = 12288,
		 .line = "S N M0[0,4096) D[0,4096) M0[4096,8192) D[4096,8192) M0[8192,12288) D[8192,12288) =12288"},
		{"U09", "6.14", "MMM", .isize = 9000, .pos = 7680, .len = 512, .line = "S O M0[4096,8192) D[7680,8192) =512"},
		{"T23", "6.14", "....", .blkbits = 10, .pos = 2560, .len = 512,
		 .line = "S,X!o+w+fw N j1 U1[2048,3072) Z[2048,2560) D[2560,3072) conv =512"},
		/* X + unaligned + pure overwrite: FORCE_WAIT without inode_dio_wait; not even that from 7.3 on */
		{"T61", "6.14", "M", .pos = 512, .len = 512, .fresh = true,
		 .line = "S,X!n+fw N M0[0,4096) D[512,1024) =512"},
		{"T61", "7.3", "M", .pos = 512, .len = 512, .fresh = true, .line = "S,X!n N M0[0,4096) D[512,1024) =512"},
	};

	RUN(t);
}

/* Part 4.2: EOF and extension; the zero-out truth table of part 1.12. */
TEST(extension_and_zero_outs)
{
	static const struct scenario t[] = {
		{"S01", "6.14", "", .len = 4096, .line = "X+fw N ext j1 M3[0,4096) D[0,4096) sz=4096 =4096"},
		{"S01", "6.1", "", .len = 4096, .line = "X+fw N ext j1 M3[0,4096) D[0,4096) sz=4096 =4096"},
		{"S09", "6.14", "MM", .isize = 5000, .pos = 5120, .len = 512,
		 .line = "X+w+fw N ext j1 M2[4096,8192) D[5120,5632) Z[5632,8192) sz=5632 =512"},
		{"S09", "7.3", "MM", .isize = 5000, .pos = 5120, .len = 512,
		 .line = "X+w+fw N ext j1 M2[4096,8192) D[5120,5632) Z[5632,8192) sz=5632 =512"},
		{"S09b", "6.14", "MM", .isize = 5632, .pos = 20480, .len = 4096,
		 .line = "X+fw N ext j1 M3[20480,24576) D[20480,24576) sz=24576 =4096"},
		{"S09c", "6.14", "M", .pos = 41472, .len = 512,
		 .line = "X+w+fw N ext j1 M3[40960,45056) Z[40960,41472) D[41472,41984) Z[41984,45056) sz=41984 =512"},
		{"S20", "6.14", "M", .len = 4096, .flags = WRITE_APPEND,
		 .line = "S,X!eo+fw N ext j1 M3[4096,8192) D[4096,8192) sz=8192 =4096"},
		{"S20", "7.3", "M", .len = 4096, .flags = WRITE_APPEND,
		 .line = "S,X!e+fw N ext j1 M3[4096,8192) D[4096,8192) sz=8192 =4096"},
		{"U02", "6.14", "M", .isize = 3000, .len = 100, .flags = WRITE_APPEND,
		 .line = "S,X!eo+w+fw N ext j1 M2[0,4096) end(0,-EINVAL) trunc =-EINVAL"},
		{"S24", "6.14", "MUUUUUUUU", .isize = 4096, .pos = 4096, .len = 8192,
		 .line = "X+fw N ext j1 M3[4096,12288) D[4096,12288) sz=12288 =8192"},
		{"S24b", "6.14", "MUUUUUUUU", .isize = 12288, .pos = 12800, .len = 512,
		 .line = "X+w+fw N ext j1 M3[12288,16384) Z[12288,12800) D[12800,13312) Z[13312,16384) sz=13312 =512"},
		{"U04", "6.14", "MM|UU", .isize = 6000, .pos = 4096, .len = 8192,
		 .line = "X+fw N ext j2 M2[4096,8192) D[4096,8192) M3[8192,12288) D[8192,12288) sz=12288 =8192"},
		{"U05", "6.14", "MM", .isize = 6000, .pos = 4096, .len = 12288,
		 .line = "X+fw N ext j2 M2[4096,8192) D[4096,8192) M3[8192,16384) D[8192,16384) sz=16384 =12288"},
		{"U06", "6.14", "M.", .isize = 6000, .pos = 4096, .len = 4096,
		 .line = "X+fw N ext j1 U3[4096,8192) D[4096,8192) conv sz=8192 =4096"},
		{"U06", "7.3", "M.", .isize = 6000, .pos = 4096, .len = 4096,
		 .line = "X+fw N ext j1 U3[4096,8192) D[4096,8192) conv sz=8192 =4096"},
		{"U07", "6.14", "MM", .pos = 8192, .len = 512,
		 .line = "X+w+fw N ext j1 M3[8192,12288) D[8192,8704) Z[8704,12288) sz=8704 =512"},
		{"V01", "6.14", "MM", .isize = 5120, .pos = 4608, .len = 512,
		 .line = "S O M0[4096,8192) D[4608,5120) Z[5120,8192) =512"},
		{"V01", "6.1", "MM", .isize = 5120, .pos = 4608, .len = 512,
		 .line = "X+w+fw N M0[4096,8192) D[4608,5120) Z[5120,8192) =512"},
		{"V01", "6.18", "MM", .isize = 5120, .pos = 4608, .len = 512,
		 .line = "S O M0[4096,8192) D[4608,5120) Z[5120,8192) =512"},
	};

	RUN(t);
}

/* Part 1.17 and 4.3: who makes it durable. */
TEST(durability)
{
	static const struct scenario t[] = {
		{"plain", "6.14", "M", .len = 4096, .nvme = true, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"S10b", "6.14", "M", .len = 4096, .flags = WRITE_DSYNC, .nvme = true,
		 .line = "S O M0[0,4096) DF[0,4096) =4096"},
		{"S02+D", "6.14", "M", .len = 4096, .flags = WRITE_DSYNC, .nvme = true, .dirty = true,
		 .line = "S O M2[0,4096) D[0,4096) fsync1(c) =4096"},
		{"S10c", "6.14", "M", .pos = 4096, .len = 4096, .flags = WRITE_DSYNC, .nvme = true,
		 .line = "X+fw N ext j1 M3[4096,8192) D[4096,8192) fsync1(c) sz=8192 =4096"},
		{"S12", "6.14", "M", .len = 4096, .flags = WRITE_SYNC, .nvme = true,
		 .line = "S O M0[0,4096) D[0,4096) fsync0(c) =4096"},
		{"E02", "6.14", "M", .len = 4096, .attr_sync = true, .nvme = true,
		 .line = "S O M0[0,4096) DF[0,4096) =4096"},
		{"T53", "6.14", "M", .len = 4096, .flags = WRITE_DSYNC, .no_cache = true,
		 .line = "S O M0[0,4096) DF[0,4096) =4096"},
		{"T53", "6.1", "M", .len = 4096, .flags = WRITE_DSYNC, .no_cache = true,
		 .line = "S O M0[0,4096) D[0,4096) fsync1(f) =4096"},
		{"T50", "6.14", "M", .len = 4096, .flags = WRITE_DSYNC,
		 .line = "S O M0[0,4096) D[0,4096) fsync1(f) =4096"},
		{"T51", "6.14", "M", .pos = 4096, .len = 4096, .flags = WRITE_DSYNC,
		 .line = "X+fw N ext j1 M3[4096,8192) D[4096,8192) fsync1(c) sz=8192 =4096"},
		{"T60b", "6.14", "M|M", .len = 8192, .flags = WRITE_DSYNC, .nvme = true,
		 .line = "S,X!o N M0[0,4096) DF[0,4096) M0[4096,8192) DF[4096,8192) =8192"},
		{"V09", "6.14", "U", .len = 4096, .flags = WRITE_DSYNC, .nvme = true,
		 .line = "S N j1 U1[0,4096) D[0,4096) conv fsync1(c) =4096"},
		{"V10", "6.14", "MU", .len = 8192, .flags = WRITE_DSYNC, .nvme = true,
		 .line = "S,X!o N j1 M0[0,4096) DF[0,4096) U1[4096,8192) D[4096,8192) conv fsync1(c) =8192"},
		{"V01b", "6.14", "MM", .isize = 5120, .pos = 4608, .len = 512, .flags = WRITE_DSYNC, .nvme = true,
		 .line = "S O M0[4096,8192) DF[4608,5120) Z[5120,8192) =512"},
		{"T30", "6.14", "M", .len = 4096, .flags = WRITE_DSYNC, .nvme = true, .no_journal = true,
		 .line = "S O M0[0,4096) DF[0,4096) =4096"},
		{"T31", "6.14", "M", .pos = 4096, .len = 4096, .flags = WRITE_DSYNC, .nvme = true, .no_journal = true,
		 .line = "X+fw N ext j1 M3[4096,8192) D[4096,8192) fsync1(f) sz=8192 =4096"},
		{"E10b", "6.14", "M", .len = 4096, .flags = WRITE_SYNC, .no_barrier = true,
		 .line = "S O M0[0,4096) D[0,4096) fsync0(c) =4096"},
		/* settled, no barriers: neither a transaction to commit nor a flush (jbd2 counted none, live) */
		{"E10a", "6.14", "M", .len = 4096, .flags = WRITE_DSYNC, .no_barrier = true,
		 .line = "S O M0[0,4096) D[0,4096) fsync1() =4096"},
		{"T15", "6.14", ".", .len = 4096, .flags = WRITE_DSYNC, .indirect = true,
		 .line = "S,X!o N j1 BUF[0,4096)=4096 fsync1(c) =4096"},
		{"T41", "6.14", "M", .len = 4096, .flags = WRITE_DSYNC, .data_journal = true, .no_delalloc = true,
		 .line = "BUF[0,4096)=4096 fsync1(cf) =4096"},
	};

	RUN(t);
}

/* Part 4.4: alignment against the device. */
TEST(alignment)
{
	static const struct scenario t[] = {
		{"S13", "6.14", "M", .len = 100, .line = "S O M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"S13b", "6.14", "M", .pos = 100, .len = 512, .line = "S O M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"S15", "6.14", "...", .pos = 8192, .len = 100,
		 .line = "S,X!o+w+fw N j1 U1[8192,12288) end(0,-EINVAL) =-EINVAL"},
		{"U01", "6.14", "MM", .pos = 1000100, .len = 100,
		 .line = "X+w+fw N ext j1 M3[999424,1003520) end(0,-EINVAL) trunc =-EINVAL"},
		{"S14", "6.14", "M", .len = 4096, .align = 1, .line = "S O M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"S14", "6.18", "M", .len = 4096, .align = 1,
		 .line = "S O M0[0,4096) D[0,4096) end(4096,-EINVAL) =-EINVAL"},
		{"S14", "7.3", "M", .len = 4096, .align = 1, .line = "S N M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"S14b", "6.14", "M", .len = 4096, .align = 4, .nvme = true, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"T52", "6.18", "M", .len = 4096, .align = 4,
		 .line = "S O M0[0,4096) D[0,4096) end(4096,-EINVAL) =-EINVAL"},
		{"E20", "6.14", "M", .len = 512, .align = 1, .line = "S O M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"E20", "6.18", "M", .len = 512, .align = 1, .line = "S O M0[0,4096) D[0,512) =512"},
		{"E20", "7.3", "M", .len = 512, .align = 1, .line = "S N M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"E40", "6.14", "M", .len = 4096, .segs = {100, 3996}, .line = "S O M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		/* back to back in one page: the pages, not the segments, are what the block layer sees */
		{"E40", "6.18", "M", .len = 4096, .segs = {100, 3996}, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"E41", "6.14", "M|M|M|M", .len = 12388, .line = "S,X!o+w+fw N M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"E41", "6.18", "M|M|M|M", .len = 12388,
		 .line = "S,X!o+w+fw N M0[0,4096) D[0,4096) M0[4096,8192) D[4096,8192) M0[8192,12288) D[8192,12288) "
			 "M0[12288,16384) end(12288,-EINVAL) =-EINVAL"},
		{"E42", "6.14", "..|U|.", .pos = 4096, .len = 8292,
		 .line = "S,X!o+w+fw N j1 U1[4096,8192) end(0,-EINVAL) =-EINVAL"},
		{"E42", "6.18", "..|U|.", .pos = 4096, .len = 8292,
		 .line = "S,X!o+w+fw N j3 U1[4096,8192) D[4096,8192) U1[8192,12288) D[8192,12288) U1[12288,16384) "
			 "end(8192,-EINVAL) =-EINVAL"},
		/* 6.16 turns the error into a write through the page cache, 6.17 does not; 7.2 checks like 7.3 */
		{"S13", "6.16", "M", .len = 100, .line = "S O M0[0,4096) BUF[0,100)=100 =100"},
		{"S13", "6.17", "M", .len = 100, .line = "S O M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"S15", "6.16", "...", .pos = 8192, .len = 100,
		 .line = "S,X!o+w+fw N j1 U1[8192,12288) BUF[8192,8292)=100 =100"},
		{"U01", "6.16", "MM", .pos = 1000100, .len = 100,
		 .line = "X+w+fw N ext j1 M3[999424,1003520) BUF[1000100,1000200)=100 sz=1000200 =100"},
		{"S14", "6.16", "M", .len = 4096, .align = 1, .line = "S O M0[0,4096) BUF[0,4096)=4096 =4096"},
		{"S14", "6.17", "M", .len = 4096, .align = 1, .line = "S O M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"S14", "7.0", "M", .len = 4096, .align = 1,
		 .line = "S N M0[0,4096) D[0,4096) end(4096,-EINVAL) =-EINVAL"},
		{"S14", "7.2", "M", .len = 4096, .align = 1, .line = "S N M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"E41", "6.16", "M|M|M|M", .len = 12388,
		 .line = "S,X!o+w+fw N M0[0,4096) BUF[0,12388)=12388 =12388"},
		/* 7.2 looks at all of a segment among several, of the only one at what the mapping has of it */
		{"E41", "7.2", "M|M|M|M", .len = 12388,
		 .line = "S,X!o+w+fw N M0[0,4096) D[0,4096) M0[4096,8192) D[4096,8192) M0[8192,12288) D[8192,12288) "
			 "M0[12288,16384) end(12288,-EINVAL) =-EINVAL"},
		{"P07", "7.2", "M|MMMM", .len = 20480, .segs = {4352, 16128},
		 .line = "S,X!o+w+fw N M0[0,4096) end(0,-EINVAL) =-EINVAL"},
		{"P07", "7.0", "M|MMMM", .len = 20480, .segs = {4352, 16128},
		 .line = "S,X!o+w+fw N M0[0,4096) D[0,4096) M0[4096,20480) D[4096,20480) =20480"},
		/* also where a fault comes at it, or is to come in it */
		{"P08", "7.2", "MMMM", .len = 16384, .segs = {8192, 4352, 3840}, .fault = true,
		 .line = "S N M0[0,16384) end(0,-EINVAL) =-EINVAL"},
		{"P08", "7.2", "MMMM", .len = 16384, .segs = {8192, 4096, 4096}, .fault = true,
		 .line = "S N M0[0,16384) D[0,8192) M0[8192,16384) end(8192,-EFAULT) =-EFAULT"},
	};

	RUN(t);
}

/* Part 4.5: NOWAIT, libaio, io_uring. */
TEST(nowait_and_asynchronous)
{
	static const struct scenario t[] = {
		{"S18a", "6.14", "M", .len = 4096, .flags = WRITE_NOWAIT, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"S18a", "7.3", "M", .len = 4096, .flags = WRITE_NOWAIT, .line = "S =-EAGAIN"},
		{"S18b", "6.14", ".", .len = 4096, .flags = WRITE_NOWAIT, .line = "S =-EAGAIN"},
		{"S18c", "6.14", "U", .len = 4096, .flags = WRITE_NOWAIT,
		 .line = "S N j1 U1[0,4096) D[0,4096) conv =4096"},
		{"S18c", "6.1", "U", .len = 4096, .flags = WRITE_NOWAIT, .line = "S =-EAGAIN"},
		{"S18d", "6.14", "M", .pos = 4096, .len = 4096, .flags = WRITE_NOWAIT, .line = "X =-EAGAIN"},
		{"S18d", "6.1", "M", .pos = 4096, .len = 4096, .flags = WRITE_NOWAIT, .line = "X =-EAGAIN"},
		{"T14", "6.14", ".", .len = 4096, .flags = WRITE_NOWAIT, .indirect = true, .line = "S =-EAGAIN"},
		{"T42", "6.14", "M", .len = 4096, .flags = WRITE_NOWAIT, .data_journal = true,
		 .line = "BUF[0,4096)=-EOPNOTSUPP =-EOPNOTSUPP"},
		{"V05", "6.14", "M", .pos = 512, .len = 512, .submit = SUBMIT_LIBAIO,
		 .line = "S O M0[0,4096) D[512,1024) =512"},
		{"S19b", "6.14", ".", .len = 4096, .submit = SUBMIT_LIBAIO,
		 .line = "S,X!o N j1 U1[0,4096) D[0,4096) conv =4096"},
		{"S19d", "6.14", "M", .pos = 4096, .len = 4096, .submit = SUBMIT_LIBAIO,
		 .line = "X+fw N ext j1 M3[4096,8192) D[4096,8192) sz=8192 =4096"},
		{"T70", "6.14", "M", .len = 4096, .submit = SUBMIT_IO_URING, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"T71", "6.14", ".", .len = 4096, .submit = SUBMIT_IO_URING,
		 .line = "S,X!o N j1 U1[0,4096) D[0,4096) conv =4096"},
		{"T71n", "6.14", ".", .len = 4096, .submit = SUBMIT_IO_URING, .noretry = true, .line = "S =-EAGAIN"},
		{"len 0", "6.14", "M", .len = 0, .line = "=0"},
		{"T03", "6.14", "M", .len = 4096, .flags = WRITE_ATOMIC, .line = "=-EOPNOTSUPP"},
		{"dontcache", "6.14", "M", .len = 4096, .flags = WRITE_DONTCACHE, .line = "=-EOPNOTSUPP"},
		{"dontcache", "6.18", "M", .len = 4096, .flags = WRITE_DONTCACHE, .line = "S O M0[0,4096) D[0,4096) =4096"},
	};

	RUN(t);
}

/* Parts 4.6 and 4.8: fallbacks, faults, limits. */
TEST(fallbacks_and_errors)
{
	static const struct scenario t[] = {
		{"T10", "6.14", ".", .len = 4096, .indirect = true, .line = "S,X!o N j1 BUF[0,4096)=4096 =4096"},
		{"T10", "7.3", ".", .len = 4096, .indirect = true, .line = "S N j1 BUF[0,4096)=4096 =4096"},
		{"T11", "6.14", ".M.", .pos = 4096, .len = 8192, .indirect = true,
		 .line = "S,X!o N j1 M8[4096,8192) D[4096,8192) BUF[8192,12288)=4096 =8192"},
		{"T11", "7.3", ".M.", .pos = 4096, .len = 8192, .indirect = true,
		 .line = "S N j1 M8[4096,8192) D[4096,8192) BUF[8192,12288)=4096 =8192"},
		{"T12", "6.14", "M", .pos = 4096, .len = 4096, .indirect = true,
		 .line = "X+fw N ext j1 Mb[4096,8192) D[4096,8192) sz=8192 =4096"},
		{"T17", "6.14", "................", .pos = 61440, .len = 12288, .indirect = true,
		 .line = "X+fw N ext j1 BUF[61440,73728)=12288 sz=73728 =12288"},
		{"V03", "6.14", "..", .isize = 5000, .pos = 5120, .len = 512, .indirect = true,
		 .line = "X+w+fw N ext j1 BUF[5120,5632)=512 sz=5632 =512"},
		{"E08", "6.14", "M", .len = 4096, .attr_journal = true, .line = "S O M0[0,4096) D[0,4096) =4096"},
		{"E08b", "6.14", "M", .len = 4096, .attr_journal = true, .no_delalloc = true,
		 .line = "BUF[0,4096)=4096 =4096"},
		{"S16", "6.14", "....", .len = 16384, .fault = true,
		 .line = "S,X!o N j2 U1[0,16384) D[0,8192) U1[8192,16384) end(8192,-EFAULT) =-EFAULT"},
		{"S16", "7.3", "....", .len = 16384, .fault = true,
		 .line = "S N j1 U1[0,16384) D[0,8192) U0[8192,16384) end(8192,-EFAULT) =-EFAULT"},
		{"S16b", "6.12", "UUUU", .pos = 512, .len = 8192, .fault = true,
		 .line = "S,X!u+w+fw N j2 U1[0,12288) Z[0,512) D[512,4608) Z[4608,8192) U1[4096,12288) Z[4096,4608) "
			 "Z[4608,8192) conv BUF[4608,8704)=-EFAULT =-EFAULT"},
		{"S16b", "6.18", "UUUU", .pos = 512, .len = 8192, .fault = true,
		 .line = "S,X!u+w+fw N j2 U1[0,12288) Z[0,512) D[512,4608) Z[4608,8192) U1[4096,12288) Z[4096,4608) "
			 "Z[4608,8192) conv BUF[4608,8704)=-EFAULT =-EFAULT"},
		{"S16b", "6.1", "UUUU", .pos = 512, .len = 8192, .fault = true,
		 .line = "X+w+fw N j2 U1[0,12288) Z[0,512) D[512,4608) Z[4608,8192) U1[4096,12288) Z[4096,4608) "
			 "Z[4608,8192) end(4096,-EFAULT) =-EFAULT"},
		{"S16d", "6.14", "", .len = 16384, .fault = true,
		 .line = "X+fw N ext j2 M3[0,16384) D[0,8192) M2[8192,16384) end(8192,-EFAULT) trunc =-EFAULT"},
		{"T82", "6.14", "", .len = 4096, .fault = true,
		 .line = "X+fw N ext j1 M3[0,4096) end(0,-EFAULT) trunc =-EFAULT"},
		/* 6.16: the fault ends in the page cache, what came before it stays, and nothing is cut back */
		{"S16", "6.16", "....", .len = 16384, .fault = true,
		 .line = "S,X!o N j2 U1[0,16384) D[0,8192) U1[8192,16384) conv BUF[8192,16384)=-EFAULT =-EFAULT"},
		/* what came before it was written already: the conversion found nothing to do, and fdatasync has nothing */
		{"U53", "6.16", "MM..", .len = 16384, .fault = true, .flags = WRITE_DSYNC,
		 .line = "S,X!o N j1 M0[0,8192) D[0,8192) U1[8192,16384) conv BUF[8192,16384)=-EFAULT fsync1(f) "
			 "=-EFAULT"},
		{"U53", "6.16", "MU..", .len = 16384, .fault = true, .flags = WRITE_DSYNC,
		 .line = "S,X!o N j2 M0[0,4096) D[0,4096) U1[4096,8192) D[4096,8192) U1[8192,16384) conv "
			 "BUF[8192,16384)=-EFAULT fsync1(c) =-EFAULT"},
		{"U53", "6.16", "MM..", .len = 16384, .fault = true, .flags = WRITE_DSYNC | WRITE_SYNC,
		 .line = "S,X!o N j1 M0[0,8192) D[0,8192) U1[8192,16384) conv BUF[8192,16384)=-EFAULT fsync0(c) "
			 "=-EFAULT"},
		{"U53", "6.16", "UU..", .len = 16384, .fault = true, .flags = WRITE_DSYNC,
		 .line = "S,X!o N j2 U1[0,8192) D[0,8192) U1[8192,16384) conv BUF[8192,16384)=-EFAULT fsync1(c) "
			 "=-EFAULT"},
		{"S16d", "6.16", "", .len = 16384, .fault = true,
		 .line = "X+fw N ext j2 M3[0,16384) D[0,8192) M2[8192,16384) BUF[8192,16384)=-EFAULT sz=8192 =-EFAULT"},
		{"T82", "6.16", "", .len = 4096, .fault = true,
		 .line = "X+fw N ext j1 M3[0,4096) BUF[0,4096)=-EFAULT =-EFAULT"},
		{"T82", "6.17", "", .len = 4096, .fault = true,
		 .line = "X+fw N ext j1 M3[0,4096) end(0,-EFAULT) trunc =-EFAULT"},
		{"V04", "6.12", "MM", .pos = 9216, .len = 4096, .fault = true,
		 .line = "X+w+fw N ext j1 M3[8192,16384) Z[8192,9216) Z[9216,12288) BUF[9216,13312)=-EFAULT sz=9216 "
			 "=-EFAULT"},
		{"V04", "6.1", "MM", .pos = 9216, .len = 4096, .fault = true,
		 .line = "X+w+fw N ext j1 M3[8192,16384) Z[8192,9216) Z[9216,12288) end(0,-EFAULT) trunc =-EFAULT"},
		{"T61", "6.14", "M", .len = 4096, .mode = 0104755, .fresh = true,
		 .line = "S,X!n N M0[0,4096) D[0,4096) =4096"},
		{"X17", "6.14", "M", .len = 4096, .immutable = true, .line = "S =-EPERM"},
		{"E05", "6.14", "MMMMMMMM", .pos = 28672, .len = 8192, .limit = 32768,
		 .line = "X N M0[28672,32768) D[28672,32768) =4096"},
		{"E05b", "6.14", "MMMMMMMM", .pos = 32768, .len = 4096, .limit = 32768, .line = "X =-EFBIG"},
		{"E06", "6.14", "....", .len = 16384, .free_blocks = 2,
		 .line = "S,X!o N j2 U1[0,8192) D[0,8192) end(8192,-ENOSPC) =-ENOSPC"},
		{"E06b", "6.14", "", .len = 16384, .free_blocks = 2,
		 .line = "X+fw N ext j2 M3[0,8192) D[0,8192) end(8192,-ENOSPC) trunc =-ENOSPC"},
		{"X20", "6.14", "M", .len = 4096, .device_fails = true,
		 .line = "S O M0[0,4096) D[0,4096) end(4096,-EIO) =-EIO"},
	};

	RUN(t);
}

/* clang-format on */

/* --- what one line cannot say --- */

/* S_NOSEC: absent on an inode just read, set by the first write whoever makes it, never on a set-uid file of root's. */
TEST(nosec_is_set_by_the_first_write)
{
	struct scenario s = {"E01b",	  "6.14",	 "MM",
			     .len = 4096, .fresh = true, .line = "S,X!n N M0[0,4096) D[0,4096) =4096"};
	struct ref_inode inode;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	run_on(&s, &inode);
	s.line = "S O M0[0,4096) D[0,4096) =4096";
	run_on(&s, &inode);
	inode.mode = 0104755;
	inode.nosec = false;
	s.line = "S,X!n N M0[0,4096) D[0,4096) =4096";
	run_on(&s, &inode);
	run_on(&s, &inode);
	ref_inode_release(&inode);
}

/* S22: dirty delayed pages are written back, the size reaches the disk, and only then the write maps. */
TEST(delayed_allocation_is_written_back_first)
{
	const struct scenario s = {"S22", "6.14", "", .len = 8192,
				   .line = "S,X!eo+fw N ext M2[0,8192) D[0,8192) =8192"};
	struct ref_inode inode;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	inode.nosec = true;
	CHECK(!ref_page_cache_write(&mem.env, &inode, 0, buffer, 16384));
	inode.i_size = 16384;
	run_on(&s, &inode);
	CHECK_EQ(inode.i_disksize, 8192);
	CHECK(!inode.orphan);
	CHECK(!ref_filemap_range_has_page(&inode, 0, 8192));
	CHECK(ref_filemap_range_has_page(&inode, 8192, 8192));
	ref_inode_release(&inode);
}

/* A hole that was looked up is cached; a truncate cuts it, and an allocation ends there and begins again. */
TEST(cached_holes_end_at_an_old_end_of_file)
{
	const struct scenario s = {"Z41",
				   "6.18",
				   "",
				   .pos = 8192,
				   .len = 8192,
				   .line = "X+fw N ext j2 U3[8192,12288) D[8192,12288) M3[12288,16384) D[12288,16384) "
					   "conv sz=16384 =8192"};
	struct ref_inode inode;
	struct ref_extent run;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	CHECK(!ref_lookup(&mem.env, &inode, 0, 1, &run));
	inode.i_size = 10000;
	CHECK(!ref_ext4_truncate(&mem.env, &inode));
	run_on(&s, &inode);
	ref_inode_release(&inode);
}

TEST(cached_holes_are_cut_and_merged)
{
	struct ref_inode inode = {.extents = true};

	CHECK(!ref_ext4_es_insert_hole(&inode, 10, 20));
	CHECK(!ref_ext4_es_insert_hole(&inode, 30, 40));
	CHECK_EQ(inode.holes.nr, 2);
	CHECK(!ref_ext4_es_insert_hole(&inode, 20, 30));
	CHECK_EQ(inode.holes.nr, 1);
	CHECK(!ref_ext4_es_remove_extent(&inode, 15, 18));
	CHECK_EQ(inode.holes.nr, 2);
	CHECK_EQ(inode.holes.holes[0].end, 15);
	CHECK_EQ(inode.holes.holes[1].start, 18);
	CHECK(!ref_ext4_es_remove_extent(&inode, 0, 12));
	CHECK_EQ(inode.holes.holes[0].start, 12);
	CHECK(!ref_ext4_es_remove_extent(&inode, 12, UINT64_MAX));
	CHECK_EQ(inode.holes.nr, 0);
	ref_inode_release(&inode);
}

/* What one buffered write brought in as one folio is written back as one, and pushes i_disksize as far. */
TEST(folios_are_written_back_whole)
{
	static const int64_t disksize[] = {69632, 73728};
	const struct scenario s = {.id = "Z218", .profile = "6.18", .blocks = ""};
	struct ref_inode inode;

	for (int large = 0; large < 2; large++) {
		set_env(&mem, &s);
		make_inode(&inode, &mem, &s);
		inode.large_folios = large;
		CHECK(!ref_page_cache_write(&mem.env, &inode, 65536, buffer, 11455));
		inode.i_size = 65536 + 11455;
		CHECK(!ref_filemap_write_and_wait_range(&mem.env, &inode, 65536, 2048));
		CHECK_EQ(inode.i_disksize, disksize[large]);
		ref_invalidate_range(&inode, 65536, 1);
		CHECK_EQ(inode.cache.nr, large ? 1 : 2);
		ref_inode_release(&inode);
	}
}

/* E17: cached pages, even clean ones, and NOWAIT. */
TEST(nowait_does_not_wait_for_cached_pages)
{
	const struct scenario s = {"E17", "6.14", "M", .len = 4096, .flags = WRITE_NOWAIT, .line = "S =-EAGAIN"};
	struct ref_inode inode;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	CHECK(!ref_page_cache_write(&mem.env, &inode, 0, buffer, 4096));
	CHECK(!ref_filemap_write_and_wait_range(&mem.env, &inode, 0, 4096));
	run_on(&s, &inode);
	ref_inode_release(&inode);
}

/* A D write commits; the next one finds the inode clean and needs a flush, or FUA, only. */
TEST(commit_makes_the_inode_clean)
{
	struct scenario s = {"S10a",	   "6.14",
			     "M",	   .pos = 4096,
			     .len = 4096,  .flags = WRITE_DSYNC,
			     .nvme = true, .line = "X+fw N ext j1 M3[4096,8192) D[4096,8192) fsync1(c) sz=8192 =4096"};
	struct ref_inode inode;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	run_on(&s, &inode);
	s.line = "S O M0[4096,8192) DF[4096,8192) =4096";
	run_on(&s, &inode);
	ref_inode_release(&inode);
}

/* The copy that faults leaves its folio behind, clean: a NOWAIT write meets it there. */
TEST(a_faulting_copy_leaves_its_folio)
{
	static const struct scenario t[] = {
		{"faults", "6.16", "MMMM", .len = 16384, .fault = true,
		 .line = "S O M0[0,16384) D[0,8192) M0[8192,16384) BUF[8192,16384)=-EFAULT =-EFAULT"},
		{"beside it", "6.16", "MMMM", .len = 8192, .flags = WRITE_NOWAIT,
		 .line = "S O M0[0,8192) D[0,8192) =8192"},
		{"on it", "6.16", "MMMM", .len = 16384, .flags = WRITE_NOWAIT, .line = "S =-EAGAIN"},
	};
	struct ref_inode inode;

	set_env(&mem, &t[0]);
	make_inode(&inode, &mem, &t[0]);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		run_on(&t[i], &inode);
	ref_inode_release(&inode);
}

/* 6.1 looks at RWF_NOWAIT after the privileges: what is refused has marked the inode all the same. */
TEST(nowait_that_is_refused_has_looked_at_the_privileges)
{
	const struct scenario s = {"S18", "6.1", "MM", .pos = 512, .len = 512, .flags = WRITE_NOWAIT, .fresh = true};
	struct workload_op op = make_op(&s);
	struct ref_inode inode;
	struct ref_write w;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	CHECK(!inode.nosec);
	ref_write_init(&w, &mem.env, ref_rules_find(s.profile), &inode, &op, buffer);
	CHECK_EQ(ref_vfs_write(&w, &op), -EAGAIN);
	CHECK(inode.nosec);
	ref_write_release(&w);
	ref_inode_release(&inode);
}

/* A mapping with large folios is not journalled, whatever chattr +j says, and nothing is that is allocated later. */
TEST(large_folios_and_chattr_j)
{
	const struct scenario s = {"+j", "6.18", "M", .len = 4096};
	struct ref_inode inode;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	mem.env.sb.delalloc = false;
	inode.journal_data = true;
	CHECK(ref_ext4_should_journal_data(&mem.env, &inode));
	inode.large_folios = true;
	CHECK(!ref_ext4_should_journal_data(&mem.env, &inode));
	inode.large_folios = false;
	mem.env.sb.delalloc = true;
	CHECK(!ref_ext4_should_journal_data(&mem.env, &inode));
	ref_inode_release(&inode);
}

/* Head and tail are looked at one by one, where one run does not hold both. */
TEST(a_tail_behind_a_written_run_is_looked_at)
{
	static const struct scenario t[] = {
		{"tail", "7.3", "MMU", .pos = 512, .len = 8192,
		 .line = "S,X!z+w+fw N M0[0,8192) D[512,8192) U0[8192,12288) D[8192,8704) Z[8704,12288) conv =8192"},
		{"none", "7.3", "MMM", .pos = 512, .len = 8192, .line = "S N M0[0,12288) D[512,8704) =8192"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct ref_inode inode;

		set_env(&mem, &t[i]);
		make_inode(&inode, &mem, &t[i]);
		run_on(&t[i], &inode);
		ref_inode_release(&inode);
	}
}

/* What was not decided says so. */
TEST(facts_that_were_not_reached)
{
	static const enum write_fact none[] = {FACT_LOCK, FACT_OPS,	FACT_ROUNDS, FACT_BIOS,
					       FACT_FUA,  FACT_DIO_RET, FACT_FLUSH,  FACT_FALLBACK_POS};
	static const enum write_fact always[] = {FACT_LOCK_FIRST,  FACT_CHECKS, FACT_RET,
						 FACT_POS,	   FACT_SYNC,	FACT_FALLBACK,
						 FACT_ISIZE_AFTER, FACT_NOSEC,	FACT_UPGRADE_REASON};
	const struct scenario s = {"S18b", "6.14", ".", .len = 4096, .flags = WRITE_NOWAIT};
	struct workload_op op = make_op(&s);
	struct ref_inode inode;
	struct ref_write w;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	ref_write_init(&w, &mem.env, ref_rules_find(s.profile), &inode, &op, buffer);
	CHECK_EQ(ref_vfs_write(&w, &op), -EAGAIN);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		CHECK_EQ(w.rec.how[none[i]], HOW_NOT_REACHED);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		CHECK_EQ(w.rec.how[always[i]], HOW_OBSERVED);
	CHECK_EQ(w.rec.how[FACT_PID], HOW_UNKNOWN);
	ref_write_release(&w);
	ref_inode_release(&inode);
}

static void check_attempts(const char *profile, const char *blocks, uint8_t attempts, enum complete_context context)
{
	const struct scenario s = {"attempts", profile, blocks, .len = 4096, .submit = SUBMIT_IO_URING};
	struct workload_op op = make_op(&s);
	struct ref_inode inode;
	struct ref_write w;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	ref_write_init(&w, &mem.env, ref_rules_find(s.profile), &inode, &op, buffer);
	CHECK_EQ(ref_vfs_write(&w, &op), 4096);
	CHECK_EQ(w.rec.attempts, attempts);
	CHECK_EQ(w.rec.flags, 0);
	CHECK_EQ(w.rec.context, context);
	ref_write_release(&w);
	ref_inode_release(&inode);
}

TEST(io_uring_repeats_what_would_block)
{
	check_attempts("6.14", "M", 1, COMPLETE_WORKQUEUE);
	check_attempts("6.14", ".", 2, COMPLETE_WORKQUEUE);
	check_attempts("6.1", "U", 2, COMPLETE_WORKQUEUE);
	check_attempts("6.14", "U", 1, COMPLETE_WORKQUEUE);
	check_attempts("7.3", "M", 2, COMPLETE_INTERRUPT);
	check_attempts("7.3", "U", 2, COMPLETE_WORKQUEUE);
}

/* Stages go forward in time, those that were not reached are 0. */
TEST(stages_are_in_path_order)
{
	const struct scenario s = {"V12", "6.14", "M..", .pos = 512, .len = 8192, .flags = WRITE_DSYNC};
	struct workload_op op = make_op(&s);
	struct ref_inode inode;
	uint64_t last = 0;
	struct ref_write w;

	set_env(&mem, &s);
	make_inode(&inode, &mem, &s);
	ref_write_init(&w, &mem.env, ref_rules_find(s.profile), &inode, &op, buffer);
	CHECK_EQ(ref_vfs_write(&w, &op), 8192);
	for (int i = 0; i < NR_STAGES; i++) {
		if (i == STAGE_BUFFERED) {
			CHECK_EQ(w.rec.stage_ns[i], 0);
			continue;
		}
		CHECK(w.rec.stage_ns[i] > last);
		last = w.rec.stage_ns[i];
	}
	ref_write_release(&w);
	ref_inode_release(&inode);
}

TEST_MAIN()
