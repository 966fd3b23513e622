/* SPDX-License-Identifier: GPL-2.0-only */
/* What has to hold of the reference alone: on an image in memory that is damaged in one place, or of a wrong record. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "refimpl/refimpl.h"
#include "tests/unit/test.h"
#include "user/fuzz/image_check.h"
#include "user/fuzz/sense_check.h"

#define IMAGE_BYTES (8u << 20)

/* --- a device in memory --- */

static uint8_t *first_bytes;

static const uint8_t *first_chunk(const void *ctx, uint64_t nr)
{
	return (const uint8_t *)ctx + nr * REF_MEMORY_CHUNK;
}

/* What mkfs makes of a file that holds something: once, and for all cases. */
static bool made_as(uint8_t **bytes, const char *features)
{
	char path[] = "/var/tmp/dioscope-ref-XXXXXX";
	_cleanup_close_ int fd = *bytes ? -1 : mkstemp(path);
	_cleanup_free_ char *cmd = strf("PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -t ext4 -b 4096 -O %s "
					"-E nodiscard,lazy_itable_init=0,lazy_journal_init=0 %s",
					features, path);
	ssize_t got = 0;

	if (*bytes)
		return true;
	*bytes = malloc(IMAGE_BYTES);
	memset(*bytes, 'o', IMAGE_BYTES);
	if (fd >= 0 && !write_all(fd, *bytes, IMAGE_BYTES) && !system(cmd))
		got = pread(fd, *bytes, IMAGE_BYTES, 0);
	unlink(path);
	if (got == IMAGE_BYTES)
		return true;
	free(*bytes);
	*bytes = NULL;
	return false;
}

static bool made(void)
{
	return made_as(&first_bytes, "inline_data");
}

struct bench {
	const struct ref_rules *rules;
	struct ref_memory memory;
	struct image_books books;
	struct workload wl;
	struct op_result results[16];
	struct write_set set;
	struct diff diff;
	struct errmsg err;
};

static bool bench_run_on(struct bench *b, uint8_t *first, const char *profile, const char *text)
{
	struct ref_target target = {.path = "test", .memory = &b->memory, .lbs = 512, .dma_mask = 511, .go_on = true};

	memset(b, 0, sizeof(*b));
	b->rules = ref_rules_find(profile);
	if (!first || ref_memory_init(&b->memory, IMAGE_BYTES, first_chunk, first))
		return false;
	CHECK_EQ(image_books_init(&b->books, &b->memory, &b->err), 0);
	CHECK_EQ(workload_parse(&b->wl, "test.wl", text, strlen(text), &b->err), 0);
	CHECK_EQ(ref_run(&b->wl, &target, b->rules, &b->set, b->results, &b->err), 0);
	return true;
}

static bool bench_run_by(struct bench *b, const char *profile, const char *text)
{
	return bench_run_on(b, made() ? first_bytes : NULL, profile, text);
}

static bool bench_run(struct bench *b, const char *text)
{
	return bench_run_by(b, "7.3", text);
}

static void bench_release(struct bench *b)
{
	diff_release(&b->diff);
	set_release(&b->set);
	workload_release(&b->wl);
	image_books_release(&b->books);
	ref_memory_release(&b->memory);
}

static size_t image_findings(struct bench *b)
{
	CHECK_EQ(image_check(&b->books, &b->memory, &b->wl, b->results, &b->diff, &b->err), 0);
	return b->diff.nr;
}

static size_t sense_findings(struct bench *b)
{
	CHECK_EQ(sense_check(&b->set, b->rules, &b->wl, b->results, &b->diff, &b->err), 0);
	return b->diff.nr;
}

static const char *first_seen(const struct bench *b)
{
	return b->diff.nr ? b->diff.findings[0].a_value : "nothing";
}

/* --- the device --- */

/* Between two chunks that mkfs left alone. */
static uint64_t old_border(void)
{
	uint64_t at = REF_MEMORY_CHUNK;

	while (at < IMAGE_BYTES - 8 && memcmp(first_bytes + at - 8, "oooooooooooooooo", 16) != 0)
		at += REF_MEMORY_CHUNK;
	return at;
}

TEST(a_device_in_memory_is_as_at_first_until_it_is_written)
{
	struct ref_memory m;
	uint8_t buf[16] = {0};

	if (!made())
		SKIP("no mke2fs");
	CHECK_EQ(ref_memory_init(&m, IMAGE_BYTES, first_chunk, first_bytes), 0);
	CHECK_EQ(ref_memory_write(&m, 4090, "abcdefghijkl", 12), 0);
	CHECK_EQ(ref_memory_read(&m, 4088, buf, sizeof(buf)), 0);
	CHECK(!memcmp(buf, first_bytes + 4088, 2) && !memcmp(buf + 2, "abcdefghijkl", 12) &&
	      !memcmp(buf + 14, first_bytes + 4102, 2));
	CHECK(!memcmp(ref_memory_chunk(&m, 0), first_bytes, 4090) &&
	      !memcmp(ref_memory_chunk(&m, 0) + 4090, "abcdef", 6));
	CHECK_EQ(ref_memory_write(&m, old_border() - 6, "abcdefghijkl", 12), 0);
	CHECK(!memcmp(ref_memory_at(&m, old_border() - 8, 16), "ooabcdefghijkloo", 16));
	CHECK_EQ(ref_memory_write(&m, 8192, NULL, 4096), 0);
	CHECK_EQ(ref_memory_chunk(&m, 2)[100], 0);
	CHECK(!memcmp(ref_memory_chunk(&m, 3), first_bytes + 3 * 4096, 4096));
	ref_memory_reset(&m);
	CHECK(!memcmp(ref_memory_at(&m, 4088, 16), first_bytes + 4088, 16));
	CHECK_EQ(ref_memory_write(&m, IMAGE_BYTES - 1, "ab", 2), -EIO);
	CHECK(!ref_memory_at(&m, IMAGE_BYTES, 1));
	ref_memory_release(&m);
}

/* --- images --- */

#define TWO_FILES "create f\nwrite f 0 64k\nwrite f 128k 4k\ncreate g\nbuffered g 0 10000\nfallocate g 16k 8k\n"

TEST(what_was_run_leaves_nothing_to_say)
{
	struct bench b;

	if (!bench_run(&b, TWO_FILES "punch f 4k 8k\ntruncate f 40000\nremount\nwrite g 4k 8k\nchattr g +S\n"))
		SKIP("no mke2fs");
	CHECK_EQ(sense_findings(&b), 0);
	CHECK_EQ(image_findings(&b), 0);
	bench_release(&b);
}

static bool bench_run_in_clusters(struct bench *b, const char *text)
{
	static uint8_t *bytes;

	return bench_run_on(b, made_as(&bytes, "bigalloc -C 16384") ? bytes : NULL, "7.3", text);
}

/* Of a file with parts of clusters, and blocks of a map that have one each. */
TEST(nor_what_was_run_in_clusters)
{
	struct bench b;

	if (!bench_run_in_clusters(&b, TWO_FILES "punch f 4k 4k\npunch f 20k 4k\npunch f 36k 4k\npunch f 52k 4k\n"
						 "truncate f 100k\nwrite f 88k 4k\nremount\nwrite g 4k 8k\n"))
		SKIP("no mke2fs");
	CHECK_EQ(image_findings(&b), 0);
	bench_release(&b);
}

static ext2_ino_t ino_of(ext2_filsys fs, const char *name)
{
	ext2_ino_t ino = 0;

	CHECK(!ext2fs_lookup(fs, EXT2_ROOT_INO, name, (int)strlen(name), NULL, &ino));
	return ino;
}

static blk64_t block_of(ext2_filsys fs, const char *name, blk64_t lblk)
{
	blk64_t pblk = 0;

	CHECK(!ext2fs_bmap2(fs, ino_of(fs, name), NULL, NULL, 0, lblk, NULL, &pblk));
	return pblk;
}

static void change_inode(ext2_filsys fs, const char *name, int blocks, int size, int byte)
{
	struct ext2_inode inode;

	CHECK(!ext2fs_read_inode(fs, ino_of(fs, name), &inode));
	inode.i_blocks += (uint32_t)blocks;
	inode.i_size += (uint32_t)size;
	((uint8_t *)inode.i_block)[20] ^= (uint8_t)byte; /* of the place of its first extent, the low byte */
	CHECK(!ext2fs_write_inode(fs, ino_of(fs, name), &inode));
}

static void damage_blocks_count(ext2_filsys fs)
{
	change_inode(fs, "f", 8, 0, 0);
}

static void damage_size(ext2_filsys fs)
{
	change_inode(fs, "f", 0, 512, 0);
}

static void damage_free(ext2_filsys fs)
{
	ext2fs_block_alloc_stats2(fs, block_of(fs, "f", 1), -1);
}

static void damage_used(ext2_filsys fs)
{
	ext2fs_block_alloc_stats2(fs, ext2fs_blocks_count(fs->super) - 1, +1);
}

static void damage_count(ext2_filsys fs)
{
	ext2fs_free_blocks_count_add(fs->super, 1);
	ext2fs_mark_super_dirty(fs);
}

static void damage_group_count(ext2_filsys fs)
{
	ext2fs_bg_free_blocks_count_set(fs, 0, ext2fs_bg_free_blocks_count(fs, 0) - 1);
	ext2fs_group_desc_csum_set(fs, 0);
	ext2fs_mark_super_dirty(fs);
}

static void damage_inodes(ext2_filsys fs)
{
	fs->super->s_free_inodes_count--;
	ext2fs_mark_super_dirty(fs);
}

static void damage_inode_bit(ext2_filsys fs)
{
	ext2fs_unmark_inode_bitmap2(fs->inode_map, ino_of(fs, "g"));
	ext2fs_mark_ib_dirty(fs);
}

static void damage_orphan(ext2_filsys fs)
{
	fs->super->s_last_orphan = ino_of(fs, "f");
	ext2fs_mark_super_dirty(fs);
}

static void damage_name(ext2_filsys fs)
{
	CHECK(!ext2fs_unlink(fs, EXT2_ROOT_INO, "g", 0, 0));
}

static void damage_more_names(ext2_filsys fs)
{
	CHECK(!ext2fs_link(fs, EXT2_ROOT_INO, "other", ino_of(fs, "f"), EXT2_FT_REG_FILE));
}

/* g's blocks begin where f's do. */
/* The first extent of g begins there. */
static void move_g(ext2_filsys fs, blk64_t pblk)
{
	struct ext2fs_extent e;
	ext2_extent_handle_t h;

	CHECK(!ext2fs_extent_open(fs, ino_of(fs, "g"), &h));
	CHECK(!ext2fs_extent_get(h, EXT2_EXTENT_ROOT, &e));
	e.e_pblk = pblk;
	CHECK(!ext2fs_extent_replace(h, 0, &e));
	ext2fs_extent_free(h);
}

static void damage_shared(ext2_filsys fs)
{
	move_g(fs, block_of(fs, "f", 0));
}

static void damage_metadata(ext2_filsys fs)
{
	move_g(fs, 1);
}

static void damage_range(ext2_filsys fs)
{
	move_g(fs, ext2fs_blocks_count(fs->super) - 1);
}

/* f's second extent begins inside the first. */
static void damage_order(ext2_filsys fs)
{
	struct ext2fs_extent e;
	ext2_extent_handle_t h;

	CHECK(!ext2fs_extent_open(fs, ino_of(fs, "f"), &h));
	CHECK(!ext2fs_extent_goto(h, 32));
	CHECK(!ext2fs_extent_get(h, EXT2_EXTENT_CURRENT, &e));
	e.e_lblk = 8;
	CHECK(!ext2fs_extent_replace(h, 0, &e));
	ext2fs_extent_free(h);
}

static void damage_bytes(ext2_filsys fs)
{
	uint8_t block[4096];

	CHECK(!io_channel_read_blk64(fs->io, block_of(fs, "f", 32), 1, block));
	block[4095] = 0;
	CHECK(!io_channel_write_blk64(fs->io, block_of(fs, "f", 32), 1, block));
}

/* Its checksum stays what it was. */
static void damage_checksum(ext2_filsys fs)
{
	blk64_t table = ext2fs_inode_table_loc(fs, 0);
	ext2_ino_t at = ino_of(fs, "f") - 1;
	uint8_t block[4096];
	uint32_t size = EXT2_INODE_SIZE(fs->super), per_block = 4096 / size;

	CHECK(!io_channel_read_blk64(fs->io, table + at / per_block, 1, block));
	block[at % per_block * size + 2] ^= 1; /* i_uid */
	CHECK(!io_channel_write_blk64(fs->io, table + at / per_block, 1, block));
}

TEST(each_damage_is_seen)
{
	static const struct {
		void (*damage)(ext2_filsys fs);
		const char *seen;
	} cases[] = {
		{damage_blocks_count, "i_blocks 144"},
		{damage_size, "f: size 135680 instead of 135168"},
		{damage_free, "a block is free"},
		{damage_used, "a block is in use"},
		{damage_count, "free blocks "},
		{damage_group_count, "free blocks of a group "},
		{damage_inodes, "free inodes "},
		{damage_inode_bit, "g: its inode is free"},
		{damage_orphan, "an orphan is left"},
		{damage_name, "files 1"},
		{damage_more_names, "other: is there"},
		{damage_shared, "g: has a block that is another's"},
		{damage_metadata, "g: has a block of the file system"},
		{damage_range, "g: has a block that is none"},
		{damage_order, "f: an extent begins before the end of the last"},
		{damage_bytes, "f: zero, 0x00 at 135167"},
		{damage_checksum, "f: "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;
		ext2_filsys fs;

		if (!bench_run(&b, TWO_FILES))
			SKIP("no mke2fs");
		CHECK(!ref_memory_open(&b.memory, "test", EXT2_FLAG_RW | EXT2_FLAG_64BITS, &fs));
		CHECK(!ext2fs_read_bitmaps(fs));
		cases[i].damage(fs);
		CHECK(!ext2fs_close_free(&fs));
		CHECK(image_findings(&b) > 0);
		if (strncmp(first_seen(&b), cases[i].seen, strlen(cases[i].seen)) != 0)
			CHECK_STR(first_seen(&b), cases[i].seen);
		bench_release(&b);
	}
}

static void damage_place(ext2_filsys fs)
{
	move_g(fs, block_of(fs, "g", 0) + 1);
}

TEST(nor_may_a_block_leave_its_place_in_a_cluster)
{
	struct bench b;
	ext2_filsys fs;

	if (!bench_run_in_clusters(&b, TWO_FILES))
		SKIP("no mke2fs");
	CHECK(!ref_memory_open(&b.memory, "test", EXT2_FLAG_RW | EXT2_FLAG_64BITS, &fs));
	CHECK(!ext2fs_read_bitmaps(fs));
	damage_place(fs);
	CHECK(!ext2fs_close_free(&fs));
	CHECK(image_findings(&b) > 0);
	CHECK_STR(first_seen(&b), "g: has a block elsewhere in its cluster");
	bench_release(&b);
}

/* --- records --- */

static void wrong_rounds(struct write *w)
{
	w->rec.rounds++;
}

static void wrong_orphan(struct write *w)
{
	w->rec.orphan = 0;
}

static void wrong_sector(struct write *w)
{
	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_BIO)
			w->steps[i].pos++;
}

static void wrong_length(struct write *w)
{
	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_BIO)
			w->steps[i].len++;
	w->rec.data_bytes++;
	w->rec.ret++;
	w->rec.dio_ret++;
}

static void wrong_result(struct write *w)
{
	w->rec.ret--;
}

static void wrong_lock(struct write *w)
{
	w->rec.lock = LOCK_SHARED;
}

TEST(each_wrong_record_is_seen)
{
	static const struct {
		void (*wrong)(struct write *w);
		const char *what;
	} cases[] = {
		{wrong_rounds, "record"}, {wrong_orphan, "account"}, {wrong_sector, "bio"},
		{wrong_result, "result"}, {wrong_lock, "lock"},	     {wrong_length, "bio"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		if (!bench_run(&b, "create f\nwrite f 0 4k\n"))
			SKIP("no mke2fs");
		cases[i].wrong(&b.set.writes[0]);
		CHECK(sense_findings(&b) > 0);
		CHECK_STR(b.diff.nr ? b.diff.findings[0].what : "nothing", cases[i].what);
		bench_release(&b);
	}
}

static size_t findings_about(const struct bench *b, const char *what)
{
	size_t nr = 0;

	for (size_t i = 0; i < b->diff.nr; i++)
		nr += !strcmp(b->diff.findings[i].what, what);
	return nr;
}

/* Of one record and of each: the last one's are found like the first one's. */
TEST(every_wrong_part_of_every_record_is_seen)
{
	struct bench b;

	if (!bench_run(&b, "create f\nwrite f 0 4k\nwrite f 4k 4k\n"))
		SKIP("no mke2fs");
	for (size_t i = 0; i < b.set.nr; i++) {
		wrong_lock(&b.set.writes[i]);
		b.set.writes[i].rec.convert ^= 1;
	}
	sense_findings(&b);
	CHECK_EQ(b.set.nr, 2);
	CHECK_EQ(findings_about(&b, "lock"), 2);
	CHECK_EQ(findings_about(&b, "convert"), 2);
	bench_release(&b);
}

/* --- what it found --- */

TEST(what_was_found_is_found_no_more)
{
	static const char *const texts[] = {
		/* a page that a punch took out of a folio, and a write that brought back a part of it */
		"mount nodelalloc\ncreate f\nbuffered f 64k 16k\npunch f 66048 8k\nbuffered f 64k 4097\n",
		/* data in the inode, where the copy of more than that has room for faults */
		"create f\nbuffered f 0 51\nwrite f 0 512 fault\n",
		"create f\nbuffered f 0 51\nwrite f 0 100 fault\n",
		/* a block out of the inode, freed and given to another file's map before the journal is emptied */
		"create f\nbuffered f 22 39\ncreate h\nchattr h -e\nbuffered h 48k 512\npunch f 0 512\n"
		"write f 0 512 dsync\n",
		/* data that are journalled, where the copy faults half way */
		"mount data=journal\ncreate f\nwrite f 0 8k\nwrite f 0 16k fault\n",
		/* rounds that begin again behind a fault */
		"create f\nwrite f 0 512\nwrite f 512 8k fault\n",
		/* the same, where nothing of a write is copied but by the page cache */
		"mount data=journal\ncreate f\nwrite f 0 512 fault\n",
		/* a write of which a part was allocated, unwritten, and the rest a hole */
		"create f\nfallocate f 512 24k\nbuffered f 32k 512\nfsync f\nwrite f 25088 4k\n",
		/* no room, and what was prepared is cut: that can be looked up */
		"mount data=journal\ncreate filler\nfallocate filler 0 8M\ncreate f\ntruncate f 680448\n"
		"write f 764k 512\n",
		/* no room for a folio that goes beyond the end of the file */
		"create filler\nfallocate filler 0 8M\ncreate f\nchattr f -e\ntruncate f 564k\nwrite f 560k 8k\n",
		/* the same, and the file ends within a block: that one is looked up when it is cut */
		"create filler\nfallocate filler 0 8M\ncreate f\nchattr f -e\ntruncate f 36352\nwrite f 32k 8k\n",
		/* a last block that no round tells of */
		"create f\nwrite f 224k 512\nwrite f 209k 8k\nwrite f 217k 4k nowait\n",
		/* one that was delayed when it was looked at */
		"create f\nwrite f 45568 4k\nbuffered f 52k 512\nwrite f 56k 512\nwrite f 52736 4k\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct bench b;

		if (!bench_run(&b, texts[i]))
			SKIP("no mke2fs");
		if (sense_findings(&b) + image_findings(&b))
			CHECK_STR(first_seen(&b), "");
		bench_release(&b);
	}
}

/* Seen live on 6.18: a truncation is a fact of a direct part, and there is none. */
TEST(a_write_that_was_never_direct_has_cut_nothing)
{
	struct bench b;

	if (!bench_run(&b, "mount data=journal\ncreate f\nwrite f 0 8k\nwrite f 0 16k fault\n"))
		SKIP("no mke2fs");
	CHECK_EQ(b.set.nr, 2);
	CHECK(b.set.nr == 2 && b.set.writes[1].rec.how[FACT_TRUNCATE] != HOW_OBSERVED);
	bench_release(&b);
}

/* Operations are noted with the first round, which never comes where pages are in the way. */
TEST(what_has_no_round_has_no_operations)
{
	struct bench b;

	if (!bench_run_by(&b, "6.18", "create f\nfallocate f 16k 8k\nbuffered f 20k 512\nwrite f 20k 4k nowait\n"))
		SKIP("no mke2fs");
	CHECK_EQ(b.results[b.wl.nr_ops - 1].ret, -EAGAIN);
	CHECK_EQ(sense_findings(&b), 0);
	bench_release(&b);
}

/* Two blocks are asked for at once, though the copy faults behind the first: seen live on 6.18. */
TEST(a_folio_is_begun_for_all_that_is_left)
{
	struct bench b;

	if (!bench_run(&b, "create filler\nfallocate filler 0 8M\nsync\ncreate f\nchattr f -e\ntruncate f 4k\n"
			   "punch filler 0 4k\nsync\nwrite f 0 8k fault\n"))
		SKIP("no mke2fs");
	CHECK_EQ(b.results[b.wl.nr_ops - 1].ret, -ENOSPC);
	CHECK_EQ(image_findings(&b), 0);
	bench_release(&b);
}

TEST_MAIN()
