/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/env/fs_impl.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* --- errors --- */

int ref_fs_error(errcode_t error)
{
	static const struct {
		errcode_t error;
		int code;
	} codes[] = {
		{EXT2_ET_BLOCK_ALLOC_FAIL, -ENOSPC},	{EXT2_ET_INODE_ALLOC_FAIL, -ENOSPC},
		{EXT2_ET_DIR_NO_SPACE, -ENOSPC},	{EXT2_ET_NO_MEMORY, -ENOMEM},
		{EXT2_ET_FILE_NOT_FOUND, -ENOENT},	{EXT2_ET_RO_FILSYS, -EROFS},
		{EXT2_ET_INODE_CSUM_INVALID, -EBADMSG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].error == error)
			return codes[i].code;
	return error > 0 && error < 256 ? -(int)error : error ? -EIO : 0;
}

/* --- inodes --- */

int ref_fs_read_inode(struct ref_fs *fs, uint64_t ino, struct ext2_inode *raw)
{
	return ref_fs_error(ext2fs_read_inode(fs->fs, (ext2_ino_t)ino, raw));
}

int ref_fs_put_inode(struct ref_fs *fs, uint64_t ino, struct ext2_inode *raw)
{
	raw->i_mtime = raw->i_ctime = (uint32_t)time(NULL);
	ref_fs_summed(fs, (ext2_ino_t)ino);
	return ref_fs_error(ext2fs_write_inode(fs->fs, (ext2_ino_t)ino, raw));
}

int ref_fs_iget(struct ref_fs *fs, uint64_t ino, struct ref_inode *inode)
{
	struct ext2_inode raw;
	int err = ref_fs_read_inode(fs, ino, &raw);

	if (err)
		return err;
	if (!LINUX_S_ISREG(raw.i_mode))
		return -EISDIR;
	*inode = (struct ref_inode){
		.ino = ino,
		.i_size = (int64_t)EXT2_I_SIZE(&raw),
		.i_disksize = (int64_t)EXT2_I_SIZE(&raw),
		.mode = raw.i_mode,
		.extents = raw.i_flags & EXT4_EXTENTS_FL,
		.journal_data = raw.i_flags & EXT3_JOURNAL_DATA_FL,
		.immutable = raw.i_flags & EXT2_IMMUTABLE_FL,
		.sync = raw.i_flags & EXT2_SYNC_FL,
	};
	ref_journal_iget(&fs->env, inode);
	inode->may_inline = raw.i_flags & EXT4_INLINE_DATA_FL;
	return inode->may_inline ? ref_fs_inline_size(fs, ino, &inode->inline_size) : 0;
}

static uint32_t raw_flags(uint32_t flags, const struct ref_inode *inode)
{
	const struct {
		uint32_t flag;
		bool on;
	} bits[] = {
		{EXT4_EXTENTS_FL, inode->extents},
		{EXT3_JOURNAL_DATA_FL, inode->journal_data},
		{EXT2_IMMUTABLE_FL, inode->immutable},
		{EXT2_SYNC_FL, inode->sync},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		flags = bits[i].on ? flags | bits[i].flag : flags & ~bits[i].flag;
	return flags;
}

int ref_fs_write_inode(struct ref_fs *fs, const struct ref_inode *inode)
{
	struct ext2_inode raw;
	int err = ref_fs_read_inode(fs, inode->ino, &raw);

	if (err)
		return err;
	if (raw.i_flags & EXT4_EXTENTS_FL && !inode->extents) {
		if (raw.i_blocks)
			return -EOPNOTSUPP;
		memset(raw.i_block, 0, sizeof(raw.i_block));
	}
	raw.i_mode = inode->mode;
	raw.i_flags = raw_flags(raw.i_flags, inode);
	return ref_fs_put_inode(fs, inode->ino, &raw);
}

static int fs_set_disksize(struct ref_env *env, struct ref_inode *inode)
{
	struct ref_fs *fs = ref_fs_of(env);
	struct ext2_inode raw;
	int err = ref_fs_read_inode(fs, inode->ino, &raw);

	if (!err)
		err = ref_fs_error(ext2fs_inode_size_set(fs->fs, &raw, (ext2_off64_t)inode->i_disksize));
	return err ? err : ref_fs_put_inode(fs, inode->ino, &raw);
}

/* The list in the superblock, chained through i_dtime. One write runs at a time: the inode is the list's head. */
static int fs_orphan(struct ref_env *env, struct ref_inode *inode, bool add)
{
	struct ref_fs *fs = ref_fs_of(env);
	struct ext2_super_block *super = fs->fs->super;
	struct ext2_inode raw;
	int err = ref_fs_read_inode(fs, inode->ino, &raw);

	if (err)
		return err;
	if (add) {
		raw.i_dtime = super->s_last_orphan;
		super->s_last_orphan = (uint32_t)inode->ino;
	} else {
		super->s_last_orphan = raw.i_dtime;
		raw.i_dtime = 0;
	}
	ext2fs_mark_super_dirty(fs->fs);
	return ref_fs_put_inode(fs, inode->ino, &raw);
}

/* --- names --- */

int ref_fs_lookup(struct ref_fs *fs, const char *name, uint64_t *ino)
{
	ext2_ino_t found;
	errcode_t error = ext2fs_lookup(fs->fs, EXT2_ROOT_INO, name, (int)strlen(name), NULL, &found);

	if (!error)
		*ino = found;
	return ref_fs_error(error);
}

static errcode_t link_in_root(ext2_filsys fs, const char *name, ext2_ino_t ino)
{
	errcode_t error = ext2fs_link(fs, EXT2_ROOT_INO, name, ino, EXT2_FT_REG_FILE);

	if (error != EXT2_ET_DIR_NO_SPACE)
		return error;
	error = ext2fs_expand_dir(fs, EXT2_ROOT_INO);
	return error ? error : ext2fs_link(fs, EXT2_ROOT_INO, name, ino, EXT2_FT_REG_FILE);
}

static errcode_t new_file(struct ref_fs *fs, ext2_ino_t ino)
{
	struct ext2_inode raw = {.i_mode = LINUX_S_IFREG | 0644, .i_links_count = 1};
	ext2_extent_handle_t handle;
	errcode_t error;

	raw.i_atime = raw.i_ctime = raw.i_mtime = (uint32_t)time(NULL);
	error = ext2fs_write_new_inode(fs->fs, ino, &raw);
	if (error || !fs->env.sb.extents)
		return error;
	/* opening it writes an empty tree and sets the flag */
	error = ext2fs_extent_open2(fs->fs, ino, &raw, &handle);
	if (error)
		return error;
	ext2fs_extent_free(handle);
	return ext2fs_write_inode(fs->fs, ino, &raw);
}

int ref_fs_create(struct ref_fs *fs, const char *name, uint64_t *ino)
{
	ext2_ino_t new;
	errcode_t error;

	if (!ref_fs_lookup(fs, name, ino))
		return -EEXIST;
	error = ext2fs_new_inode(fs->fs, EXT2_ROOT_INO, LINUX_S_IFREG | 0644, NULL, &new);
	if (!error)
		error = new_file(fs, new);
	if (!error)
		error = link_in_root(fs->fs, name, new);
	if (error)
		return ref_fs_error(error);
	ext2fs_inode_alloc_stats2(fs->fs, new, +1, 0);
	*ino = new;
	return 0;
}

/* --- bytes --- */

static int fs_write(struct ref_env *env, uint64_t addr, const void *data, size_t len, bool fua)
{
	return ref_device_write(&ref_fs_of(env)->dev, addr, data, len, fua);
}

static int fs_read(struct ref_env *env, uint64_t addr, void *data, size_t len)
{
	return ref_device_read(&ref_fs_of(env)->dev, addr, data, len);
}

static int fs_flush(struct ref_env *env)
{
	return ref_device_flush(&ref_fs_of(env)->dev);
}

static uint64_t fs_now_ns(struct ref_env *env)
{
	struct timespec t;

	(void)env;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static const struct ref_env_ops fs_ops = {
	.lookup = ref_fs_map_lookup,
	.allocate = ref_fs_map_allocate,
	.leaf = ref_fs_map_leaf,
	.siblings = ref_fs_map_siblings,
	.split = ref_fs_map_split,
	.convert = ref_fs_map_convert,
	.free_blocks = ref_fs_map_free,
	.inline_get = ref_fs_inline_get,
	.inline_set = ref_fs_inline_set,
	.inline_end = ref_fs_inline_end,
	.inline_unsummed = ref_fs_inline_unsummed,
	.write_journalled = ref_fs_write_journalled,
	.sync_buffers = ref_fs_sync_buffers,
	.committed = ref_fs_committed,
	.clusters_left = ref_fs_clusters_left,
	.set_disksize = fs_set_disksize,
	.orphan = fs_orphan,
	.write = fs_write,
	.read = fs_read,
	.flush = fs_flush,
	.now_ns = fs_now_ns,
};

/* --- the superblock --- */

/* fs/ext4/super.c, ext4_max_size (6.1 6.12 7.3). */
static int64_t max_size(struct ext2_super_block *super, unsigned int bits)
{
	uint64_t res = (uint64_t)UINT32_MAX << bits, upper = INT64_MAX;

	if (!ext2fs_has_feature_huge_file(super))
		upper = (uint64_t)UINT32_MAX >> (bits - 9) << bits;
	return (int64_t)(res < upper ? res : upper);
}

/*
 * fs/ext4/super.c, ext4_max_bitmap_size (6.1 6.12 7.3), for huge_file: what three levels of indirect blocks reach.
 * Without huge_file i_blocks ends before that; then it is taken for the limit of the file's sectors alone.
 */
static int64_t max_bitmap_size(struct ext2_super_block *super, unsigned int bits)
{
	uint64_t ppb = 1u << (bits - 2), blocks = EXT2_NDIR_BLOCKS + ppb + ppb * ppb + ppb * ppb * ppb;
	uint64_t upper = (uint64_t)UINT32_MAX >> (bits - 9);

	if (!ext2fs_has_feature_huge_file(super) && blocks > upper)
		blocks = upper;
	return (int64_t)(blocks << bits);
}

static void read_super(struct ref_fs *fs, const struct ref_target *target)
{
	struct ext2_super_block *super = fs->fs->super;
	unsigned int bits = EXT2_BLOCK_SIZE_BITS(super);

	fs->env.sb = (struct ref_sb){
		.blkbits = (uint8_t)bits,
		.cluster_bits = (uint8_t)fs->fs->cluster_ratio_bits,
		.extents = ext2fs_has_feature_extents(super),
		.journal = ext2fs_has_feature_journal(super),
		.fast_commit = ext2fs_has_feature_fast_commit(super),
		.inline_max = ref_fs_inline_max(super),
		.barrier = true,
		.delalloc = true,
		.auto_da_alloc = true,
		.dioread_nolock = true,
		.maxbytes = max_size(super, bits),
		.bitmap_maxbytes = max_bitmap_size(super, bits),
		.limit = -1,
		.lbs = target->lbs,
		.dma_mask = target->dma_mask,
		.dev_fua = target->dev_fua,
		.dev_cache = target->dev_cache,
	};
}

/* --- mount options --- */

static void set_no_delalloc(struct ref_sb *sb)
{
	sb->delalloc = false;
}

static void set_no_auto_da_alloc(struct ref_sb *sb)
{
	sb->auto_da_alloc = false;
}

static void set_dioread_lock(struct ref_sb *sb)
{
	sb->dioread_nolock = false;
	sb->dioread_said = true;
}

static void set_dioread_nolock(struct ref_sb *sb)
{
	sb->dioread_nolock = sb->dioread_said = true;
}

static void set_no_barrier(struct ref_sb *sb)
{
	sb->barrier = false;
}

static void set_synchronous(struct ref_sb *sb)
{
	sb->synchronous = true;
}

/* Delayed allocation goes with it. */
static void set_data_journal(struct ref_sb *sb)
{
	sb->data_journal = true;
	sb->delalloc = false;
}

static void set_data_writeback(struct ref_sb *sb)
{
	sb->data_writeback = true;
}

static const struct mount_option {
	const char *word;
	void (*set)(struct ref_sb *sb);
} mount_options_known[] = {
	{"nodelalloc", set_no_delalloc},	{"barrier=0", set_no_barrier},
	{"nobarrier", set_no_barrier},		{"sync", set_synchronous},
	{"data=journal", set_data_journal},	{"noauto_da_alloc", set_no_auto_da_alloc},
	{"data=writeback", set_data_writeback}, {"dioread_lock", set_dioread_lock},
	{"nodioread_nolock", set_dioread_lock}, {"dioread_nolock", set_dioread_nolock},
};

static void read_mount_options(struct ref_sb *sb, const char *options)
{
	while (options && *options) {
		size_t len = strcspn(options, ",");

		for (size_t i = 0; i < ARRAY_SIZE(mount_options_known); i++) {
			const struct mount_option *o = &mount_options_known[i];

			if (len == strlen(o->word) && !memcmp(options, o->word, len))
				o->set(sb);
		}
		options += len + (options[len] == ',');
	}
}

/* --- opening --- */

/* Features under which the path decides what the reference does not know, or whose books it does not keep. */
static const struct refused {
	uint32_t incompat;
	uint32_t ro_compat;
	const char *why;
} refused[] = {
	{EXT3_FEATURE_INCOMPAT_RECOVER, EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT,
	 "was not unmounted cleanly: let e2fsck replay its journal first"},
	{EXT4_FEATURE_INCOMPAT_ENCRYPT, 0, "has the feature encrypt, which the reference does not know"},
	{EXT4_FEATURE_INCOMPAT_CASEFOLD, 0, "has the feature casefold, which the reference does not know"},
	{EXT4_FEATURE_INCOMPAT_EA_INODE, 0, "has the feature ea_inode, which the reference does not know"},
	{EXT4_FEATURE_INCOMPAT_MMP, 0, "has the feature mmp, which the reference does not know"},
	{0, EXT4_FEATURE_RO_COMPAT_VERITY, "has the feature verity, which the reference does not know"},
	{0, EXT4_FEATURE_RO_COMPAT_READONLY | EXT4_FEATURE_RO_COMPAT_SHARED_BLOCKS, "may only be read"},
};

static int check_features(const struct ref_fs *fs, const char *path, struct errmsg *err)
{
	const struct ext2_super_block *super = fs->fs->super;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (super->s_feature_incompat & refused[i].incompat ||
		    super->s_feature_ro_compat & refused[i].ro_compat)
			return fail(err, -EOPNOTSUPP, "%s %s", path, refused[i].why);
	if (fs->fs->blocksize > REF_PAGE)
		return fail(err, -EOPNOTSUPP, "%s has blocks of %u bytes, and the reference knows up to %u", path,
			    fs->fs->blocksize, REF_PAGE);
	return 0;
}

static int check_mounted(const char *path, struct errmsg *err)
{
	int flags = 0;

	if (ext2fs_check_if_mounted(path, &flags) || !(flags & (EXT2_MF_MOUNTED | EXT2_MF_SWAP)))
		return 0;
	return fail(err, -EBUSY, "%s is %s: unmount it first", path,
		    flags & EXT2_MF_SWAP ? "in use as swap" : "mounted");
}

static int fail_open(const char *path, errcode_t error, struct errmsg *err)
{
	if (error == EXT2_ET_BAD_MAGIC || error == EXT2_ET_SHORT_READ)
		return fail(err, -EINVAL, "%s is not an ext4 file system", path);
	if (error == EBUSY)
		return fail(err, -EBUSY, "%s is mounted, or in use otherwise: unmount it first", path);
	return fail(err, ref_fs_error(error), "cannot open %s: %s", path, error_message(error));
}

static errcode_t open_library(struct ref_fs *fs, const struct ref_target *target)
{
	int flags = EXT2_FLAG_RW | EXT2_FLAG_EXCLUSIVE | EXT2_FLAG_64BITS;

	if (target->memory)
		return ref_memory_open(target->memory, target->path, flags, &fs->fs);
	return ext2fs_open(target->path, flags, 0, 0, unix_io_manager, &fs->fs);
}

static int open_filsys(struct ref_fs *fs, const struct ref_target *target, struct errmsg *err)
{
	const char *path = target->path;
	errcode_t error = open_library(fs, target);
	int ret;

	if (error)
		return fail_open(path, error, err);
	/* a metadata block may become a data block, which a delayed write of the library's cache must not hit */
	fs->fs->io->flags |= CHANNEL_FLAGS_WRITETHROUGH;
	/* nobody but the library itself writes what it would check now */
	if (target->memory)
		fs->fs->flags |= EXT2_FLAG_IGNORE_CSUM_ERRORS;
	ret = check_features(fs, path, err);
	if (ret)
		return ret;
	error = ext2fs_check_desc(fs->fs);
	if (!error)
		error = ref_fs_read_bitmaps(fs);
	if (!error)
		error = ref_fs_alloc_init(fs);
	return error ? fail(err, ref_fs_error(error), "cannot read the bitmaps of %s: %s", path, error_message(error))
		     : 0;
}

static int open_all(struct ref_fs *fs, const struct ref_target *target, struct errmsg *err)
{
	int ret = target->memory ? 0 : check_mounted(target->path, err);

	if (!ret)
		ret = ref_fs_check_geometry(target, err);
	if (!ret)
		ret = open_filsys(fs, target, err);
	if (ret)
		return ret;
	ret = ref_device_open(&fs->dev, target->path, target->memory);
	return ret ? fail(err, ret, "cannot open %s: %s", target->path, strerror(-ret)) : 0;
}

int ref_fs_open(struct ref_fs **fs, const struct ref_target *target, const char *mount_options, struct errmsg *err)
{
	struct ref_fs *new = calloc(1, sizeof(*new));
	int ret;

	if (!new)
		return fail(err, -ENOMEM, "out of memory");
	new->dev.fd = -1;
	initialize_ext2_error_table(); /* error_message() has words only then */
	ret = open_all(new, target, err);
	if (ret) {
		ref_fs_close(new);
		return ret;
	}
	new->env.ops = &fs_ops;
	read_super(new, target);
	read_mount_options(&new->env.sb, mount_options);
	*fs = new;
	return 0;
}

void ref_fs_close(struct ref_fs *fs)
{
	if (!fs)
		return;
	ref_device_close(&fs->dev);
	ref_fs_alloc_release(fs);
	ref_fs_forget_late(fs);
	ref_fs_forget_unsummed(fs);
	if (fs->fs)
		ext2fs_free(fs->fs);
	free(fs);
}

struct ref_env *ref_fs_env(struct ref_fs *fs)
{
	return &fs->env;
}

int ref_fs_sync(struct ref_fs *fs, bool unmount)
{
	errcode_t error;
	int ret;

	if (unmount)
		ref_fs_forget_places(fs);
	ret = ref_fs_write_late(fs, 0);
	if (ret)
		return ret;
	/* nobody looks at what is in memory before the end */
	if (fs->dev.memory && !unmount)
		return 0;
	error = ref_fs_keep_quota(fs);
	if (!error)
		error = ref_fs_write_bitmaps(fs->fs);
	if (!error)
		error = ext2fs_flush(fs->fs);
	if (!error && unmount)
		error = ref_fs_spoil_unsummed(fs);
	return error ? ref_fs_error(error) : ref_device_flush(&fs->dev);
}
