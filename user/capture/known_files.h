/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel side says once what a file is called. A trace that is written in turns must say it again in each segment
 * that has a write to it: here is what was said, and in which segment last.
 */
#ifndef DIOSCOPE_KNOWN_FILES_H
#define DIOSCOPE_KNOWN_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/write_record.h"

#define KNOWN_FILES_MAX 65536 /* more are said in one segment only: writes have a short name, too */

struct known_file {
	struct file_record record;
	unsigned int segment; /* that it was said in; 0: none yet, or the place is free */
};

struct known_files {
	struct known_file *files; /* by a hash of device, inode and generation */
	size_t room;		  /* a power of two, at most half of it used */
	size_t nr;
};

/* It is said in @segment. 0 or -ENOMEM. */
int known_files_learn(struct known_files *k, const struct file_record *file, unsigned int segment);
/* The record that is still to be said in @segment for this file, which then counts as said; NULL: none. */
const struct file_record *known_files_due(struct known_files *k, uint32_t dev, uint64_t ino, uint32_t generation,
					  unsigned int segment);
void known_files_release(struct known_files *k);

#endif
