// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/image_check.h"

#include <errno.h>
#include <string.h>

#include "user/fuzz/byte_check.h"

#define NAMES_MAX    64
#define RULE_LIBRARY "libext2fs reads what the reference wrote, and its checksums are right"
#define RULE_OWNERS  "each block in use belongs to mkfs or to one file, and what belongs to somebody is in use"
#define RULE_COUNTS  "what is counted is what is there"
#define RULE_NAMES   "the names are those that were created"
#define RULE_ORDER   "a file's extents follow each other"
#define RULE_ORPHANS "after an unmount no file is on the list of orphans"

struct check {
	const struct image_books *before;
	struct byte_side side;
	uint8_t *owned; /* by mkfs and by files, as before->clusters */
	uint32_t files;
	struct errmsg *err;
};

static void check_release(struct check *c)
{
	byte_model_release(&c->side.model);
	if (c->side.fs)
		ext2fs_free(c->side.fs);
	free(c->owned);
}

/* @seen and @expected are freed. */
static int differ(struct check *c, char *seen, char *expected, const char *rule)
{
	int ret = seen && expected ? diff_add(c->side.diff, VERDICT_DIFFERENT, 0, "image", seen, expected, rule)
				   : -ENOMEM;

	free(seen);
	free(expected);
	return ret ? fail(c->err, ret, "out of memory") : 0;
}

static int library_says(struct check *c, const char *of, errcode_t error)
{
	return error ? differ(c, strf("%s: %s", of, error_message(error)), strdup("can be read"), RULE_LIBRARY) : 0;
}

static int count_is(struct check *c, const char *what, uint64_t seen, uint64_t expected)
{
	if (seen == expected)
		return 0;
	return differ(c, strf("%s %llu", what, (unsigned long long)seen),
		      strf("%s %llu", what, (unsigned long long)expected), RULE_COUNTS);
}

/* --- bits --- */

static size_t bitmap_bytes(ext2_filsys fs)
{
	return (size_t)fs->group_desc_count * fs->super->s_clusters_per_group / 8;
}

/* Bits behind the last cluster are as they may be: nobody asks for them. With bigalloc the first block is 0. */
static errcode_t read_clusters(ext2_filsys fs, uint8_t *bits)
{
	return ext2fs_get_block_bitmap_range2(fs->block_map, fs->super->s_first_data_block,
					      (size_t)8 * bitmap_bytes(fs), bits);
}

static uint64_t nr_clusters(ext2_filsys fs)
{
	return EXT2FS_NUM_B2C(fs, ext2fs_blocks_count(fs->super) - fs->super->s_first_data_block);
}

static uint64_t bits_set(const uint8_t *bits, uint64_t from, uint64_t end)
{
	uint64_t nr = 0, word;

	for (; from < end && from % 64; from++)
		nr += bits[from / 8] >> from % 8 & 1;
	for (; from + 64 <= end; from += 64) {
		memcpy(&word, bits + from / 8, 8);
		nr += (uint64_t)__builtin_popcountll(word);
	}
	for (; from < end; from++)
		nr += bits[from / 8] >> from % 8 & 1;
	return nr;
}

/* The first in [0, @end) that is in @a or @b, but not in both; @end: there is none. */
static uint64_t first_other(const uint8_t *a, const uint8_t *b, uint64_t end)
{
	for (uint64_t i = 0; i < end; i++) {
		if (i % 8 == 0 && a[i / 8] == b[i / 8]) {
			i += 7;
			continue;
		}
		if ((a[i / 8] ^ b[i / 8]) >> i % 8 & 1)
			return i;
	}
	return end;
}

/* --- what mkfs left --- */

static errcode_t open_image(struct ref_memory *memory, ext2_filsys *fs)
{
	errcode_t error = ref_memory_open(memory, "the image", EXT2_FLAG_64BITS, fs);

	if (error)
		return error;
	(*fs)->default_bitmap_type = EXT2FS_BMAP64_BITARRAY;
	return ext2fs_read_bitmaps(*fs);
}

static errcode_t read_books(struct image_books *b, ext2_filsys fs)
{
	b->free_inodes = fs->super->s_free_inodes_count;
	b->bytes = bitmap_bytes(fs);
	b->clusters = malloc(b->bytes);
	return b->clusters ? read_clusters(fs, b->clusters) : EXT2_ET_NO_MEMORY;
}

int image_books_init(struct image_books *b, struct ref_memory *memory, struct errmsg *err)
{
	ext2_filsys fs = NULL;
	errcode_t error = open_image(memory, &fs);

	*b = (struct image_books){0};
	if (!error)
		error = read_books(b, fs);
	if (fs)
		ext2fs_free(fs);
	return error ? fail(err, -EIO, "cannot read what mkfs made: %s", error_message(error)) : 0;
}

void image_books_release(struct image_books *b)
{
	free(b->clusters);
	*b = (struct image_books){0};
}

/* --- one file --- */

/* What a file has had so far: its extents come in order, so that blocks of a cluster follow each other. */
struct claims {
	uint64_t clusters;
	uint64_t lcluster, pcluster; /* of the last block that is none of the map */
	bool any;
};

static int claim_cluster(struct check *c, const char *name, uint64_t i)
{
	uint8_t bit = (uint8_t)(1u << i % 8);

	if (c->before->clusters[i / 8] & bit)
		return differ(c, strf("%s: has a block of the file system", name), strdup("its own"), RULE_OWNERS);
	if (c->owned[i / 8] & bit)
		return differ(c, strf("%s: has a block that is another's", name), strdup("its own"), RULE_OWNERS);
	c->owned[i / 8] |= bit;
	return 0;
}

/* Of a cluster that a file has, the other blocks are its own, too: those that lie in the file as on the disk. */
static int claim_block(struct check *c, const char *name, const struct file_run *run, uint64_t at, struct claims *had)
{
	ext2_filsys fs = c->side.fs;
	uint64_t lcluster = EXT2FS_B2C(fs, run->lblk + at);
	uint64_t pcluster = EXT2FS_B2C(fs, run->pblk + at - fs->super->s_first_data_block);

	if (!run->of_map && (run->lblk ^ run->pblk) & EXT2FS_CLUSTER_MASK(fs))
		return differ(c, strf("%s: has a block elsewhere in its cluster", name),
			      strdup("where it is in the file"), RULE_OWNERS);
	if (!run->of_map && had->any && had->lcluster == lcluster && had->pcluster == pcluster)
		return 0;
	had->clusters++;
	if (!run->of_map)
		had->any = true, had->lcluster = lcluster, had->pcluster = pcluster;
	return claim_cluster(c, name, pcluster);
}

static int claim(struct check *c, const char *name, const struct file_run *run, struct claims *had)
{
	const struct ext2_super_block *super = c->side.fs->super;
	uint64_t end = ext2fs_blocks_count(c->side.fs->super);
	size_t findings = c->side.diff->nr;
	int ret = 0;

	if (run->pblk < super->s_first_data_block || run->pblk >= end || run->len > end - run->pblk)
		return differ(c, strf("%s: has a block that is none", name), strdup("its own"), RULE_OWNERS);
	for (uint64_t i = 0; i < run->len && !ret && c->side.diff->nr == findings; i++)
		ret = claim_block(c, name, run, i, had);
	return ret;
}

/* All of them to the file; *@had: what that is. */
static int claim_runs(struct check *c, const char *name, const struct file_runs *runs, struct claims *had)
{
	uint64_t next = 0;
	int ret = 0;

	*had = (struct claims){0};
	for (size_t i = 0; i < runs->nr && !ret; i++) {
		const struct file_run *run = &runs->runs[i];

		ret = claim(c, name, run, had);
		if (run->of_map || ret)
			continue;
		if (!run->len || run->lblk < next)
			ret = differ(c, strf("%s: an extent begins before the end of the last", name),
				     strdup("behind it"), RULE_ORDER);
		next = run->lblk + run->len;
	}
	return ret;
}

static int check_inode(struct check *c, const struct byte_file *f, ext2_ino_t ino, struct ext2_inode *inode)
{
	_cleanup_(file_runs_release) struct file_runs runs = {0};
	size_t findings = c->side.diff->nr;
	struct claims had;
	errcode_t error = file_runs_read(&runs, c->side.fs, ino, inode);
	int ret;

	if (error)
		return library_says(c, f->name, error);
	ret = claim_runs(c, f->name, &runs, &had);
	if (ret || c->side.diff->nr > findings)
		return ret;
	ret = count_is(c, "i_blocks", ext2fs_inode_i_blocks(c->side.fs, inode),
		       EXT2FS_C2B(c->side.fs, had.clusters) * (c->side.fs->blocksize / 512));
	return ret ? ret : byte_check_file(&c->side, f, ino, inode, &runs, c->err);
}

static int check_file(struct check *c, const char *name, ext2_ino_t ino)
{
	const struct byte_file *f = byte_model_file(&c->side.model, name);
	struct ext2_inode inode;
	errcode_t error = ext2fs_read_inode(c->side.fs, ino, &inode);

	if (!f)
		return differ(c, strf("%s: is there", name), strdup("no such file"), RULE_NAMES);
	c->files++;
	if (error)
		return library_says(c, name, error);
	if (!ext2fs_test_inode_bitmap2(c->side.fs->inode_map, ino))
		return differ(c, strf("%s: its inode is free", name), strdup("in use"), RULE_COUNTS);
	return check_inode(c, f, ino, &inode);
}

/* --- all files --- */

struct names {
	struct {
		char name[EXT2_NAME_LEN + 1];
		ext2_ino_t ino;
	} of[NAMES_MAX];
	size_t nr;
};

static bool is_of_mkfs(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "lost+found");
}

static int take_name(struct ext2_dir_entry *dirent, int offset, int blocksize, char *buf, void *ctx)
{
	struct names *n = ctx;
	int len = ext2fs_dirent_name_len(dirent);

	(void)offset, (void)blocksize, (void)buf;
	if (n->nr == NAMES_MAX)
		return DIRENT_ABORT;
	memcpy(n->of[n->nr].name, dirent->name, (size_t)len);
	n->of[n->nr].name[len] = '\0';
	n->of[n->nr].ino = dirent->inode;
	n->nr += !is_of_mkfs(n->of[n->nr].name);
	return 0;
}

static int check_files(struct check *c)
{
	struct names names = {.nr = 0};
	errcode_t error = ext2fs_dir_iterate(c->side.fs, EXT2_ROOT_INO, 0, NULL, take_name, &names);
	int ret = library_says(c, "the root directory", error);

	for (size_t i = 0; i < names.nr && !ret; i++)
		ret = check_file(c, names.of[i].name, names.of[i].ino);
	return ret ? ret : count_is(c, "files", c->files, c->side.model.nr_files);
}

/* --- the books --- */

static int check_bitmap(struct check *c, const uint8_t *now)
{
	uint64_t end = nr_clusters(c->side.fs), i = first_other(now, c->owned, end);

	if (i == end)
		return 0;
	return now[i / 8] >> i % 8 & 1 ? differ(c, strdup("a block is in use"), strdup("it is nobody's"), RULE_OWNERS)
				       : differ(c, strdup("a block is free"), strdup("it is somebody's"), RULE_OWNERS);
}

/* ext2fs_free_blocks_count() is of blocks, ext2fs_bg_free_blocks_count() of clusters. */
static int check_counts(struct check *c, const uint8_t *now)
{
	ext2_filsys fs = c->side.fs;
	uint64_t all = nr_clusters(fs), first = fs->super->s_first_data_block;
	int ret = count_is(c, "free blocks", ext2fs_free_blocks_count(fs->super),
			   EXT2FS_C2B(fs, all - bits_set(now, 0, all)));

	for (dgrp_t g = 0; g < fs->group_desc_count && !ret; g++) {
		uint64_t from = EXT2FS_B2C(fs, ext2fs_group_first_block2(fs, g) - first);
		uint64_t nr = EXT2FS_NUM_B2C(fs, (uint64_t)ext2fs_group_blocks_count(fs, g));

		ret = count_is(c, "free blocks of a group", ext2fs_bg_free_blocks_count(fs, g),
			       nr - bits_set(now, from, from + nr));
	}
	return ret ? ret
		   : count_is(c, "free inodes", fs->super->s_free_inodes_count, c->before->free_inodes - c->files);
}

static int check_books(struct check *c)
{
	_cleanup_free_ uint8_t *now = malloc(c->before->bytes);
	int ret;

	if (!now || read_clusters(c->side.fs, now))
		return fail(c->err, -ENOMEM, "out of memory");
	ret = check_bitmap(c, now);
	if (!ret)
		ret = check_counts(c, now);
	if (ret || !c->side.fs->super->s_last_orphan)
		return ret;
	return differ(c, strdup("an orphan is left"), strdup("none"), RULE_ORPHANS);
}

int image_check(const struct image_books *before, struct ref_memory *memory, const struct workload *wl,
		const struct op_result *results, struct diff *diff, struct errmsg *err)
{
	_cleanup_(check_release) struct check c = {
		.before = before,
		.side = {.path = "the image", .results = results, .first = true, .diff = diff, .memory = memory},
		.owned = malloc(before->bytes),
		.err = err};
	errcode_t error;
	int ret = byte_model_init(&c.side.model, wl, results);

	if (ret || !c.owned)
		return fail(err, -ENOMEM, "out of memory");
	memcpy(c.owned, before->clusters, before->bytes);
	error = open_image(memory, &c.side.fs);
	if (error)
		return library_says(&c, "the file system", error);
	ret = check_files(&c);
	return ret ? ret : check_books(&c);
}
