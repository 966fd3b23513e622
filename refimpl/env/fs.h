/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment over libext2fs: an ext4 on an image file or a block device that nobody has mounted. Metadata are
 * written directly, without a journal: between ref_fs_sync() calls the image is not consistent.
 *
 * Beside the environment's functions, what the set-up operations need: names, inodes, flags.
 */
#ifndef DIOSCOPE_REF_FS_H
#define DIOSCOPE_REF_FS_H

#include "refimpl/path/env.h"
#include "user/base/util.h"

struct ref_fs;

/*
 * Refuses, with a sentence, what is mounted (-EBUSY), not ext4, not recovered, or has a feature that the reference does
 * not know (-EOPNOTSUPP). @mount_options as in mount -o; those that change no decision are ignored.
 */
int ref_fs_open(struct ref_fs **fs, const struct ref_target *target, const char *mount_options, struct errmsg *err);
/* Without writing what ref_fs_sync() has not. NULL is fine. */
void ref_fs_close(struct ref_fs *fs);
struct ref_env *ref_fs_env(struct ref_fs *fs);

/* Names in the root directory. 0 or -errno: -ENOENT, -EEXIST, -ENOSPC, -EIO. */
int ref_fs_lookup(struct ref_fs *fs, const char *name, uint64_t *ino);
/* An empty regular file, 0644, extent mapped if the file system is. */
int ref_fs_create(struct ref_fs *fs, const char *name, uint64_t *ino);
/* Read the inode afresh: what is in memory only is as after a mount. */
int ref_fs_iget(struct ref_fs *fs, uint64_t ino, struct ref_inode *inode);
/* Put mode and flags on disk; an inode that stops being extent mapped must be empty (-EOPNOTSUPP). */
int ref_fs_write_inode(struct ref_fs *fs, const struct ref_inode *inode);
/* What was set aside for the file's growth is free again. */
void ref_fs_discard_preallocations(struct ref_fs *fs, const struct ref_inode *inode);
/* Everything to the device. @unmount: preallocations are given up. */
int ref_fs_sync(struct ref_fs *fs, bool unmount);
/* Of what ref_fs_sync() writes late, that of transactions up to @tid, which are committed. */
int ref_fs_write_committed(struct ref_fs *fs, uint32_t tid);

#endif
