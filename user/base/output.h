/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that we write: results, whole or not at all, and traces, which have their name while they are written. We may
 * be root in a directory that is anybody's, so here is all that is known of it:
 *
 * What is written is a new file, which has no name at first, or a temporary one where the file system has no nameless
 * files, and then takes the place of an old one of the same name. So the old one is there until the new one is wanted,
 * nothing is written through a link, and nobody has a file open that becomes ours.
 * The old one must be a regular file of ours (or, under sudo, of who called it). It is locked until it is replaced, and
 * a new one until it is closed: two that write to one name do not replace each other.
 * All of them hold names of files and processes, which are nobody else's business: mode 0600.
 * What is a stream ("/dev/stderr", a pipe) is written in place, and "-" is stdout. A block device is refused.
 */
#ifndef DIOSCOPE_OUTPUT_H
#define DIOSCOPE_OUTPUT_H

#include <stdio.h>

#include "user/base/util.h"

struct output {
	FILE *file;
	const char *path; /* NULL or "-": stdout */
	char *temporary;  /* its name until it has its own; NULL: it has none, has its own, or is written in place */
	int old;	  /* what it replaces, locked; -1: nothing */
	bool nameless;	  /* O_TMPFILE: gone if we are killed */
};

/* For the owner alone, who is under sudo the one who called it. @path must outlive @out. */
int output_open(struct output *out, const char *path, struct errmsg *err);
/* Could it be opened now? Nothing is left of the try, and what is there stays. NULL is fine. */
int output_check(const char *path, struct errmsg *err);
/* Give it its name now; it is written on. */
int output_publish(struct output *out, struct errmsg *err);
/* Flush, and publish if that was not done. On failure the temporary is gone, and so it is on output_discard(). */
int output_commit(struct output *out, struct errmsg *err);
void output_discard(struct output *out);

bool output_is_stdout(const char *path);
/* Whether two paths are one file, which then would be replaced by what is made of it. Also of files not there yet. */
bool output_same(const char *a, const char *b);

/* A file whose being there is the message. Before: an old one must go, so that nobody takes it for the new one. */
int output_flag_clear(const char *path, struct errmsg *err);
int output_flag_raise(const char *path, struct errmsg *err);

#endif
