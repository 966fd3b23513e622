/* SPDX-License-Identifier: GPL-2.0-only */
/* Do files hold what byte_model.h says they may? What does not is a finding. */
#ifndef DIOSCOPE_BYTE_CHECK_H
#define DIOSCOPE_BYTE_CHECK_H

#include <ext2fs/ext2fs.h>

#include "refimpl/env/memory.h"
#include "user/fuzz/byte_model.h"
#include "user/fuzz/file_runs.h"
#include "user/verify/judge.h"

/*
 * Both images of what was run, beside the model: "bytes", or "exposes" for what nobody wrote. @log: what the kernel
 * said meanwhile, or NULL where that is not known. Errors are trouble.
 */
int byte_check(const struct judged *j, const char *log, struct errmsg *err);

/* One image. */
struct byte_side {
	const char *path;  /* in errors */
	const char *bytes; /* the file to read */
	const char *log;   /* what the kernel said meanwhile; NULL: not known */
	const struct op_result *results;
	bool first; /* of the diff's sides; else the second */
	struct diff *diff;
	ext2_filsys fs;
	struct ref_memory *memory; /* what @fs is on; NULL: a device */
	struct byte_model model;
};

/* One file of it, which @f says what may be in; @runs: all of its blocks. */
int byte_check_file(const struct byte_side *s, const struct byte_file *f, ext2_ino_t ino, struct ext2_inode *inode,
		    const struct file_runs *runs, struct errmsg *err);

#endif
