/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random workloads as text, the same for the same seed, number and theme. They go where decisions are: block edges and
 * EOF, borders of what was written, fallocated and punched before, parts of blocks, pages that are dirty.
 *
 * Pure.
 */
#ifndef DIOSCOPE_GENERATE_H
#define DIOSCOPE_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/workload/workload.h"

/* Options, and how often they are chosen. Ended by NULL options; the first are the usual ones. */
struct variant {
	unsigned int weight;
	const char *options;
};

/* What a run is about: how often each operation, flag and set-up comes. Ended by a NULL name. */
struct theme {
	const char *name;
	const char *about;
	unsigned int ops[NR_OPS]; /* weights, by enum op_kind */
	const struct variant *mkfs;
	unsigned int mkfs_variants; /* percent of file systems that are not made with the usual options */
	unsigned int variants;	    /* the same of mounts, devices, and files without extents */
	unsigned int full;	    /* percent of devices with next to no room */
	unsigned int flags;	    /* percent of writes with RWF_* flags */
	unsigned int async;	    /* percent of writes by libaio or io_uring */
	unsigned int unaligned;	    /* percent of writes that begin or end inside a block */
	unsigned int tiny;	    /* percent of buffered writes to the first bytes of a file */
	unsigned int more_files;    /* percent of operations on another file than the first */
	unsigned int parallel;	    /* percent of operations that are followed by threads at the same time */
};

extern const struct theme themes[];
/* In words, for help and errors; a unit test holds it against the table. */
#define THEME_NAMES "all, plain, edges, cache, sync, full, mapped, threads, fast-commit, inline-data, quota or bigalloc"

/* NULL: there is none of this name. */
const struct theme *theme_find(const char *name);

/*
 * Malloc'ed, NULL when memory is out. It parses, and there is a write in it. Without @journal_data lines that set or
 * clear that flag are left out, which needs CAP_SYS_RESOURCE, and the others are the same.
 */
char *generate_workload(const struct theme *theme, uint64_t seed, uint64_t nr, bool journal_data);

#endif
