/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations around the writes: what create, fallocate, sync and their like leave behind, on disk and in the
 * inodes in memory. They make the state that the writes' decisions depend on.
 */
#ifndef DIOSCOPE_REF_OPS_H
#define DIOSCOPE_REF_OPS_H

#include "refimpl/env/fs.h"
#include "refimpl/path/rules.h"
#include "user/workload/workload.h"

/* A file that was looked at since the mount: its inode stays in memory. */
struct ref_file {
	char name[WL_NAME_MAX];
	bool direct;   /* open for direct writes, */
	uint8_t flags; /* with O_APPEND, O_DSYNC or O_SYNC: WRITE_x */
	struct ref_inode *inode;
};

struct ref_mount {
	struct ref_fs *fs;
	struct ref_env *env;
	const struct ref_rules *rules;
	const struct ref_moments *moments; /* by operation; NULL: there are none */
	bool opened;			   /* some file was: ext4_sample_last_mounted() has started a transaction */
	struct ref_file *files;
	size_t nr_files;
};

/* Nothing but time decides what @op's fsync found. */
bool ref_found_committed(const struct ref_mount *m, const struct workload_op *op);
/* The descriptor of @name for direct writes, which is opened if it is not; 0 or -errno. The inode is the mount's. */
int ref_open_direct(struct ref_mount *m, const char *name, struct ref_file **file);
/* Before each operation: how many blocks have been promised. */
void ref_count_delayed(struct ref_mount *m);
/* One set-up operation; 0 or -errno. */
int ref_setup(struct ref_mount *m, const struct workload_op *op);
/* Everything to the disk, and forget all inodes. */
int ref_umount(struct ref_mount *m);
void ref_mount_release(struct ref_mount *m);

#endif
