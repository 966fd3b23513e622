/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books of mkfs -O quota. Nothing is decided by them here: the writer is root, whom no limit stops. But e2fsck, and
 * the next mount, want each owner's blocks and inodes to be what the quota file says, so that is put there whenever
 * all goes to the device. The files are the kernel's, vfsv1: fs/quota/quota_tree.c and fs/quota/quota_v2.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refimpl/env/fs_impl.h"

#define BLOCK	    1024 /* V2_DQBLKSIZE_BITS, of whatever size the file system's blocks are */
#define FANOUT	    (BLOCK / 4)
#define TREE_LEVELS 4
#define LEAF_HEADER 16

/* One owner, as on the disk (v2r1_disk_dqblk). */
struct entry {
	uint32_t id;
	uint32_t pad;
	uint64_t ihardlimit, isoftlimit, curinodes;
	uint64_t bhardlimit, bsoftlimit, curspace;
	uint64_t btime, itime;
};
_Static_assert(sizeof(struct entry) == 72, "an entry is as it is on the disk");

struct owner {
	uint64_t at;
	struct entry entry;
};

/* A quota file, and where in it each owner's entry is. */
struct book {
	struct ref_fs *fs;
	int type; /* 0: users, 1: groups, 2: projects */
	ext2_file_t file;
	size_t nr;
	struct owner *owners;
};

static errcode_t read_at(struct book *b, uint64_t at, void *buf, unsigned int len)
{
	unsigned int got;
	errcode_t error = ext2fs_file_llseek(b->file, at, EXT2_SEEK_SET, NULL);

	if (!error)
		error = ext2fs_file_read(b->file, buf, len, &got);
	return !error && got != len ? EXT2_ET_SHORT_READ : error;
}

static errcode_t write_at(struct book *b, uint64_t at, const void *buf, unsigned int len)
{
	errcode_t error = ext2fs_file_llseek(b->file, at, EXT2_SEEK_SET, NULL);

	return error ? error : ext2fs_file_write(b->file, buf, len, NULL);
}

static errcode_t add_owner(struct book *b, const struct owner *o)
{
	struct owner *owners = realloc(b->owners, (b->nr + 1) * sizeof(*owners));

	if (!owners)
		return EXT2_ET_NO_MEMORY;
	b->owners = owners;
	owners[b->nr++] = *o;
	return 0;
}

static errcode_t read_leaf(struct book *b, uint32_t block)
{
	static const struct entry empty;
	uint64_t end = ((uint64_t)block + 1) * BLOCK;
	struct owner o = {.at = (uint64_t)block * BLOCK + LEAF_HEADER};
	errcode_t error = 0;

	for (; !error && o.at + sizeof(o.entry) <= end; o.at += sizeof(o.entry)) {
		error = read_at(b, o.at, &o.entry, sizeof(o.entry));
		if (!error && memcmp(&o.entry, &empty, sizeof(empty)) != 0)
			error = add_owner(b, &o);
	}
	return error;
}

/* Owners share leaves: one is read as often as an index points to it, unless that was the index before. */
static errcode_t read_tree(struct book *b, uint32_t block, int level)
{
	uint32_t refs[FANOUT];
	errcode_t error = read_at(b, (uint64_t)block * BLOCK, refs, sizeof(refs));

	for (size_t i = 0; !error && i < FANOUT; i++) {
		if (!refs[i] || (i && level == TREE_LEVELS - 1 && refs[i] == refs[i - 1]))
			continue;
		error = level == TREE_LEVELS - 1 ? read_leaf(b, refs[i]) : read_tree(b, refs[i], level + 1);
	}
	return error;
}

/* --- what they own --- */

static uint32_t owner_of(const struct book *b, const struct ext2_inode_large *raw)
{
	switch (b->type) {
	case 0:
		return inode_uid(*raw);
	case 1:
		return inode_gid(*raw);
	}
	return EXT2_INODE_SIZE(b->fs->fs->super) > EXT2_GOOD_OLD_INODE_SIZE ? raw->i_projid : 0;
}

static void count(struct book *b, struct ext2_inode_large *raw)
{
	for (size_t i = 0; i < b->nr; i++) {
		struct entry *e = &b->owners[i].entry;

		if (e->id != owner_of(b, raw))
			continue;
		e->curinodes++;
		e->curspace += ext2fs_get_stat_i_blocks(b->fs->fs, (struct ext2_inode *)raw) << 9;
	}
}

static bool is_counted(ext2_filsys fs, ext2_ino_t ino)
{
	const struct ext2_super_block *super = fs->super;

	if (ino == super->s_prj_quota_inum || ino == super->s_orphan_file_inum)
		return false;
	return ino == EXT2_ROOT_INO || ino >= EXT2_FIRST_INODE(super);
}

static errcode_t count_all(struct book *b)
{
	ext2_filsys fs = b->fs->fs;
	errcode_t error = 0;

	for (size_t i = 0; i < b->nr; i++)
		b->owners[i].entry.curinodes = b->owners[i].entry.curspace = 0;
	for (ext2_ino_t ino = 1; !error && ino <= fs->super->s_inodes_count; ino++) {
		struct ext2_inode_large raw = {0};

		if (!is_counted(fs, ino) || !ext2fs_test_inode_bitmap2(fs->inode_map, ino))
			continue;
		error = ext2fs_read_inode_full(fs, ino, (struct ext2_inode *)&raw, sizeof(raw));
		if (!error && raw.i_links_count)
			count(b, &raw);
	}
	return error;
}

static errcode_t keep(struct book *b)
{
	errcode_t error = read_tree(b, 1, 0);

	if (!error)
		error = count_all(b);
	for (size_t i = 0; !error && i < b->nr; i++)
		error = write_at(b, b->owners[i].at, &b->owners[i].entry, sizeof(b->owners[i].entry));
	return error;
}

static errcode_t keep_file(struct ref_fs *fs, int type, ext2_ino_t ino)
{
	struct book b = {.fs = fs, .type = type};
	errcode_t error = ext2fs_file_open(fs->fs, ino, EXT2_FILE_WRITE, &b.file), closed;

	if (error)
		return error;
	error = keep(&b);
	free(b.owners);
	closed = ext2fs_file_close(b.file);
	return error ? error : closed;
}

errcode_t ref_fs_keep_quota(struct ref_fs *fs)
{
	const struct ext2_super_block *super = fs->fs->super;
	const ext2_ino_t files[] = {super->s_usr_quota_inum, super->s_grp_quota_inum, super->s_prj_quota_inum};
	errcode_t error = 0;

	for (int type = 0; !error && type < (int)ARRAY_SIZE(files); type++)
		if (ext2fs_has_feature_quota(fs->fs->super) && files[type])
			error = keep_file(fs, type, files[type]);
	return error;
}
