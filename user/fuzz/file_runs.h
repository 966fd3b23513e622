/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a file's blocks are, as libext2fs reads its map: of both kinds, those of the map itself, too. */
#ifndef DIOSCOPE_FILE_RUNS_H
#define DIOSCOPE_FILE_RUNS_H

#include <ext2fs/ext2fs.h>
#include <stdbool.h>

struct file_run {
	uint64_t lblk;
	uint64_t pblk;
	uint64_t len;
	bool written;
	bool of_map; /* lblk means nothing */
};

struct file_runs {
	struct file_run *runs; /* in the order of the map */
	size_t nr;
};

/* @runs needs no initialization, and is to be released either way. */
errcode_t file_runs_read(struct file_runs *runs, ext2_filsys fs, ext2_ino_t ino, struct ext2_inode *inode);
void file_runs_release(struct file_runs *runs);

#endif
