// SPDX-License-Identifier: GPL-2.0-only
#include "refimpl/compare_images.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <string.h>

#include "reports/model/fields.h"

#define NAMES_MAX     4096
#define RULE_RACE     "one write sent data and zeroes to the same bytes, and either may land last"
#define RULE_NAMES    "after the same workload both file systems hold the same names"
#define RULE_ALIKE    RULE_NAMES ", sizes, contents and mappings"
#define RULE_IDENTITY "a record of a write names the file whose inode it has"

struct image {
	const char *path;
	ext2_filsys fs;
	struct entry {
		char name[EXT2_NAME_LEN + 1];
		ext2_ino_t ino;
	} * entries;
	size_t nr;
};

enum block_kind {
	RUN_HOLE,
	RUN_WRITTEN,
	RUN_UNWRITTEN,
	RUN_INLINE,
};

static const char *const run_names[] = {"hole", "written", "unwritten", "in the inode"};

/* --- reading --- */

static int take_entry(struct ext2_dir_entry *dirent, int offset, int blocksize, char *buf, void *priv)
{
	struct image *img = priv;
	struct entry *e;

	(void)offset, (void)blocksize, (void)buf;
	if (img->nr == NAMES_MAX)
		return DIRENT_ABORT;
	e = &img->entries[img->nr++];
	e->ino = dirent->inode;
	memcpy(e->name, dirent->name, ext2fs_dirent_name_len(dirent));
	e->name[ext2fs_dirent_name_len(dirent)] = '\0';
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void image_close(struct image *img)
{
	if (img->fs)
		ext2fs_close_free(&img->fs);
	free(img->entries);
}

static int image_open(struct image *img, const char *path, struct errmsg *err)
{
	errcode_t e =
		ext2fs_open(path, EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS, 0, 0, unix_io_manager, &img->fs);

	img->path = path;
	if (e)
		return fail(err, -EINVAL, "cannot read the file system on %s: %s", path, error_message(e));
	img->entries = calloc(NAMES_MAX, sizeof(*img->entries));
	if (!img->entries)
		return fail(err, -ENOMEM, "out of memory");
	e = ext2fs_dir_iterate(img->fs, EXT2_ROOT_INO, 0, NULL, take_entry, img);
	if (e)
		return fail(err, -EIO, "cannot list the root directory of %s: %s", path, error_message(e));
	qsort(img->entries, img->nr, sizeof(*img->entries), by_name);
	return 0;
}

/* --- comparing one file --- */

struct file_pair {
	const char *name;
	struct image *img[2];
	ext2_ino_t ino[2];
	struct ext2_inode inode[2];
	const struct write_set *writes;
	struct diff *diff;
};

static void add_finding(const struct file_pair *p, enum verdict verdict, const char *what, char *a, char *b,
			const char *rule)
{
	_cleanup_free_ char *left = strf("%s: %s %s", p->name, what, a ? a : "?");
	_cleanup_free_ char *right = strf("%s: %s %s", p->name, what, b ? b : "?");

	diff_add(p->diff, verdict, 0, "image", left, right, rule);
	free(a);
	free(b);
}

static void differ(const struct file_pair *p, const char *what, char *a, char *b, const char *rule)
{
	add_finding(p, VERDICT_DIFFERENT, what, a, b, rule);
}

static void compare_size(const struct file_pair *p)
{
	uint64_t a = EXT2_I_SIZE(&p->inode[0]), b = EXT2_I_SIZE(&p->inode[1]);

	if (a != b)
		differ(p, "size", strf("%llu", (unsigned long long)a), strf("%llu", (unsigned long long)b), RULE_ALIKE);
}

static int block_kind(const struct file_pair *p, int side, blk64_t blk, struct errmsg *err)
{
	blk64_t phys = 0;
	int flags = 0;
	errcode_t e;

	if (p->inode[side].i_flags & EXT4_INLINE_DATA_FL)
		return RUN_INLINE;
	e = ext2fs_bmap2(p->img[side]->fs, p->ino[side], (struct ext2_inode *)&p->inode[side], NULL, 0, blk, &flags,
			 &phys);
	if (e == EXT2_ET_FILE_TOO_BIG) /* behind the last one that indirect blocks reach */
		return RUN_HOLE;
	if (e)
		return fail(err, -EIO, "cannot map %s on %s: %s", p->name, p->img[side]->path, error_message(e));
	return !phys ? RUN_HOLE : flags & BMAP_RET_UNINIT ? RUN_UNWRITTEN : RUN_WRITTEN;
}

/* The first block from @from on where the two are mapped differently, @end when there is none. */
static int first_other_kind(const struct file_pair *p, blk64_t *blk, blk64_t end, int kind[2], struct errmsg *err)
{
	for (; *blk < end; (*blk)++) {
		for (int side = 0; side < 2; side++) {
			kind[side] = block_kind(p, side, *blk, err);
			if (kind[side] < 0)
				return kind[side];
		}
		if (kind[0] != kind[1])
			return 1;
	}
	return 0;
}

/* Blocks beyond i_size count: preallocation with keep, and what a failed extension left. */
static blk64_t blocks_to_compare(const struct file_pair *p)
{
	unsigned int bs = p->img[0]->fs->blocksize;
	uint64_t most = 0;

	for (int side = 0; side < 2; side++) {
		uint64_t size = EXT2_I_SIZE(&p->inode[side]) +
				ext2fs_inode_i_blocks(p->img[side]->fs, (struct ext2_inode *)&p->inode[side]) * 512;

		most = size > most ? size : most;
	}
	return (most + bs - 1) / bs;
}

static int compare_mapping(const struct file_pair *p, struct errmsg *err)
{
	blk64_t blk = 0, end = blocks_to_compare(p);
	int kind[2], ret = first_other_kind(p, &blk, end, kind, err);

	if (ret > 0)
		differ(p, "mapping", strf("block %llu %s", (unsigned long long)blk, run_names[kind[0]]),
		       strf("block %llu %s", (unsigned long long)blk, run_names[kind[1]]), RULE_ALIKE);
	return ret < 0 ? ret : 0;
}

static int read_block(const struct file_pair *p, int side, ext2_file_t file, char *buf, unsigned int *got,
		      struct errmsg *err)
{
	errcode_t e = ext2fs_file_read(file, buf, p->img[side]->fs->blocksize, got);

	return e ? fail(err, -EIO, "cannot read %s on %s: %s", p->name, p->img[side]->path, error_message(e)) : 0;
}

static size_t next_other_byte(const char *a, const char *b, size_t from, size_t n)
{
	while (from < n && a[from] == b[from])
		from++;
	return from;
}

/*
 * After a page fault in the middle of a block the next round pads that block's head, over data whose bio is still on
 * its way (iomap_dio_bio_iter from 6.12 to 7.2): which of the two the device takes last is chance.
 */
static bool write_raced_at(const struct write *w, int64_t pos)
{
	bool data = false, zeroes = false;

	for (uint32_t i = 0; i < w->nr_steps; i++) {
		const struct write_step *step = &w->steps[i];

		if (step->kind != STEP_BIO || pos < step->pos || pos >= step->pos + (int64_t)step->len)
			continue;
		data |= step->role == BIO_DATA;
		zeroes |= step->role != BIO_DATA;
	}
	return data && zeroes;
}

static bool raced_at(const struct file_pair *p, int64_t pos)
{
	for (size_t i = 0; i < p->writes->nr; i++)
		if (!strcmp(p->writes->writes[i].rec.file, p->name) && write_raced_at(&p->writes->writes[i], pos))
			return true;
	return false;
}

static void differ_at(const struct file_pair *p, enum verdict verdict, uint64_t pos, char a, char b, const char *rule)
{
	add_finding(p, verdict, "content", strf("0x%02x at %llu", (unsigned char)a, (unsigned long long)pos),
		    strf("0x%02x at %llu", (unsigned char)b, (unsigned long long)pos), rule);
}

/* true: a byte differs for which nothing speaks. Of those that raced, the first of a block is a finding. */
static bool compare_block(const struct file_pair *p, uint64_t pos, const char *a, const char *b, size_t n)
{
	bool said = false;

	for (size_t at = next_other_byte(a, b, 0, n); at < n; at = next_other_byte(a, b, at + 1, n)) {
		if (!raced_at(p, pos + at)) {
			differ_at(p, VERDICT_DIFFERENT, pos + at, a[at], b[at], RULE_ALIKE);
			return true;
		}
		if (!said)
			differ_at(p, VERDICT_ALLOWED, pos + at, a[at], b[at], RULE_RACE);
		said = true;
	}
	return false;
}

static int compare_bytes(const struct file_pair *p, ext2_file_t file[2], struct errmsg *err)
{
	unsigned int bs = p->img[0]->fs->blocksize, got[2] = {1, 1};
	_cleanup_free_ char *buf = malloc(2 * (size_t)bs);

	if (!buf)
		return fail(err, -ENOMEM, "out of memory");
	for (uint64_t pos = 0; got[0] && got[1]; pos += bs) {
		for (int side = 0; side < 2; side++) {
			int ret = read_block(p, side, file[side], buf + side * bs, &got[side], err);

			if (ret)
				return ret;
		}
		if (compare_block(p, pos, buf, buf + bs, got[0] < got[1] ? got[0] : got[1]))
			return 0;
	}
	return 0;
}

static int compare_content(const struct file_pair *p, struct errmsg *err)
{
	ext2_file_t file[2] = {NULL, NULL};
	errcode_t e = 0;
	int ret;

	for (int side = 0; side < 2 && !e; side++)
		e = ext2fs_file_open2(p->img[side]->fs, p->ino[side], (struct ext2_inode *)&p->inode[side], 0,
				      &file[side]);
	ret = e ? fail(err, -EIO, "cannot open %s: %s", p->name, error_message(e)) : compare_bytes(p, file, err);
	for (int side = 0; side < 2; side++)
		if (file[side])
			ext2fs_file_close(file[side]);
	return ret;
}

/* The live records name files, the live image says which inode a name is. */
static void compare_identity(const struct file_pair *p)
{
	for (size_t i = 0; i < p->writes->nr; i++) {
		const struct write_record *r = &p->writes->writes[i].rec;

		if (!field_known(r, FACT_INO) || r->ino == p->ino[0] || strcmp(r->file, p->name) != 0)
			continue;
		differ(p, "inode", strf("%llu", (unsigned long long)r->ino), strf("%u", p->ino[0]), RULE_IDENTITY);
		return;
	}
}

static int compare_file(struct file_pair *p, struct errmsg *err)
{
	int ret;

	compare_identity(p);
	for (int side = 0; side < 2; side++) {
		errcode_t e = ext2fs_read_inode(p->img[side]->fs, p->ino[side], &p->inode[side]);

		if (e)
			return fail(err, -EIO, "cannot read the inode of %s: %s", p->name, error_message(e));
	}
	if (!LINUX_S_ISREG(p->inode[0].i_mode))
		return 0;
	compare_size(p);
	ret = compare_mapping(p, err);
	return ret ? ret : compare_content(p, err);
}

/* --- all files --- */

int compare_images(const char *path_a, const char *path_b, const struct write_set *writes, struct diff *diff,
		   struct errmsg *err)
{
	_cleanup_(image_close) struct image a = {0};
	_cleanup_(image_close) struct image b = {0};
	size_t i = 0, j = 0;
	int ret = image_open(&a, path_a, err);

	if (!ret)
		ret = image_open(&b, path_b, err);
	while (!ret && (i < a.nr || j < b.nr)) {
		int order = i == a.nr ? 1 : j == b.nr ? -1 : strcmp(a.entries[i].name, b.entries[j].name);

		if (order) {
			const char *name = order < 0 ? a.entries[i++].name : b.entries[j++].name;

			diff_add(diff, VERDICT_DIFFERENT, 0, "image", order < 0 ? name : "no such file",
				 order < 0 ? "no such file" : name, RULE_NAMES);
			continue;
		}
		ret = compare_file(&(struct file_pair){.name = a.entries[i].name,
						       .img = {&a, &b},
						       .ino = {a.entries[i].ino, b.entries[j].ino},
						       .writes = writes,
						       .diff = diff},
				   err);
		i++;
		j++;
	}
	return ret;
}
