/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Some writes of a set instead of all: those of a file, a process, a time. What is selected is shown by every view as
 * if nothing else had been recorded, but for a line that says so; what the set says about the recording (whether it is
 * complete, what was lost) stays about all of it, and files keep the labels that they have among all.
 */
#ifndef DIOSCOPE_SELECT_H
#define DIOSCOPE_SELECT_H

#include "reports/model/set.h"
#include "user/trace/trace_index.h"

/* A moment: so long after the recording began, or a time of the day on the clock of its machine. */
struct moment_spec {
	const char *text; /* as it was given; NULL: none was */
	bool clock;
	uint64_t ns; /* after the beginning, or after midnight */
};

/* All that is given must hold. */
struct selection {
	const char *file; /* as file_name_is() takes it */
	const char *comm;
	uint32_t pid; /* 0: any */
	struct moment_spec since, until;
};

/* "2.5", "10s", "500ms", "2m" or "14:03:22", "14:03:22.5". -EINVAL for anything else. */
int moment_parse(const char *text, struct moment_spec *spec, struct errmsg *err);
bool selection_is_empty(const struct selection *sel);
/* Whether @w, whose file @set->names knows, is one of a selection without times. */
bool selection_takes(const struct selection *sel, const struct write_set *set, const struct write *w);
/* A selection, made for one trace. */
struct selector {
	const struct selection *sel;
	uint64_t since_ns, until_ns; /* on the clock of the records */
	unsigned char *files;	     /* by file_name.index, whether it is one: 0 not known yet */
	size_t nr_files;
	struct file_key *keys; /* of the files that are meant, when they were looked up: skip.h; NULL: they were not */
	size_t nr_keys;
};

/* -EINVAL when the times make no sense for the trace of @header. @sel must outlive it. */
int selector_init(struct selector *s, const struct selection *sel, const struct meta *header, struct errmsg *err);
void selector_release(struct selector *s);
/* Whether it began in [since, until) and matches the rest. @set has the names. 1, 0 or -ENOMEM. */
int selector_takes(struct selector *s, const struct write_set *set, const struct write *w);
/* Whether it matches but for its file. */
bool selector_may_take_sync(const struct selector *s, const struct sync_record *sync);
/* To be asked when all writes were: which files were written is known by then. */
bool selector_takes_sync(const struct selector *s, const struct write_set *set, const struct sync_record *sync);
/* "512 of 2560 writes, those of --file wal", malloc'ed; NULL when memory is out. */
char *selector_text(const struct selector *s, size_t nr, size_t of);

/*
 * Leave only the writes and syncs that began in [since, until) and match the rest. A time of the day is the first one
 * after the recording began, which is known to the second. A selection that is empty changes nothing. What was done is
 * put into the header as META_SELECTED. -EINVAL when the times make no sense for this set, or -ENOMEM.
 */
int select_writes(struct write_set *set, const struct selection *sel, struct errmsg *err);

#endif
