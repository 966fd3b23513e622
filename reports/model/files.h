/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file is called wherever it is shown. Its name alone, as long as that tells it from all others that were seen;
 * then with its directory, and where that is the same or not known, with its inode number:
 *
 *	wal			log/wal			log/wal (inode 13)
 *
 * A FILE record has the whole name. Without one (an older trace) the name is that of a write, of which the kernel side
 * keeps 39 bytes: one of so many may have been cut, and is shown with an ellipsis.
 *
 * Names may be any bytes: who shows a label escapes it.
 */
#ifndef DIOSCOPE_FILES_H
#define DIOSCOPE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/write_record.h"

struct write_set;

/* How a file is told from others of its name. */
#define TOLD_BY_PARENT	   0x1
#define TOLD_BY_INODE	   0x2
#define TOLD_BY_DEVICE	   0x4
#define TOLD_BY_GENERATION 0x8

struct file_name {
	uint64_t ino; /* these three: 0 when not known */
	uint32_t dev;
	uint32_t generation;
	char seen_as[FILE_NAME_LEN]; /* as writes have it; a file that is renamed is there twice */
	char name[NAME_LEN];	     /* "" unknown */
	char parent[NAME_LEN];	     /* "/" the root of its file system, "" unknown */
	bool cut;		     /* the name may go on */
	unsigned int told_by;	     /* TOLD_BY_* mask: beside its name; 0: nothing else has it */
	size_t index;		     /* 0, 1, ...: the order in which they were first seen */
	struct file_name *namesake;  /* the next of the same name */
};

/* All that were seen. It grows with what it is asked for. */
struct file_names;

struct file_names *file_names_new(void);
void file_names_free(struct file_names *names);
size_t file_names_nr(const struct file_names *names);

/* Is a record of @len bytes one, whose names end? */
bool file_record_is_sound(const struct file_record *file, size_t len);
/* From a FILE record: to be known before the writes are. 0 or -ENOMEM. */
int file_names_learn(struct file_names *names, const struct file_record *file);
/* Of the file that @rec went to. NULL when memory is out. */
const struct file_name *file_names_of_write(struct file_names *names, const struct write_record *rec);
/* FILE records may have come after the writes: what all files are called with what is known now. 0 or -ENOMEM. */
int file_names_settle(struct file_names *names);
/* Of a file that writes went to; NULL: none was seen. */
const struct file_name *file_names_of_sync(const struct file_names *names, const struct sync_record *sync);
/* Whether @text says this file: its name, the end of its path, or its label, also as views show it. */
bool file_name_is(const struct file_name *file, const char *text);

#define FILE_LABEL_LEN 640
/* "log/wal (inode 13)" into @buf, of FILE_LABEL_LEN for any to fit. "?" where the name is not known. */
const char *file_name_label(const struct file_name *file, char *buf, size_t size);
/*
 * The same of the file that a write of @set went to; without an end of the set's own it is the name in @rec. @set may
 * be NULL.
 */
const char *write_file_label(const struct write_set *set, const struct write_record *rec, char *buf, size_t size);

/* Name all files of a set that is loaded. 0 or -ENOMEM. */
int set_name_files(struct write_set *set);

#endif
