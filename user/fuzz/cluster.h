/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings that are alike are one: by what differs first, and how, without the numbers. What a workload goes on to
 * differ in after that mostly follows from it.
 *
 * Pure.
 */
#ifndef DIOSCOPE_CLUSTER_H
#define DIOSCOPE_CLUSTER_H

#include "reports/model/diff.h"

/*
 * "lock shared|exclusive; ops overwrite|iomap": the facts in which the first operation differs that does, live first;
 * where none does, what the images differ in. Malloc'ed; NULL when nothing differs, or memory is out.
 */
char *finding_key(const struct diff *d);
/* "-EAGAIN" and words stay, "0" and other numbers are told apart as 0 and N, a file's name in "f: size 3" goes. */
char *finding_shape(const char *value);

struct cluster {
	char *key;
	char *cause; /* of a known one; NULL: it is not listed */
	char *text;  /* the smallest workload of it */
	char *facts; /* what differs in that, as comment lines */
	size_t nr;   /* workloads */
};

struct clusters {
	struct cluster *all;
	size_t nr;
};

/* Also the first of several that are known, where @key is made of these and nothing else. */
struct cluster *clusters_find(struct clusters *c, const char *key);
/* A new one without any workload; NULL when memory is out. */
struct cluster *clusters_add(struct clusters *c, const char *key);
/* Of how many that are not listed there are workloads. */
size_t clusters_unlisted(const struct clusters *c);
void clusters_release(struct clusters *c);
/*
 * Lines "KEY # CAUSE" of differences that are known; empty lines and those that begin with '#' are comments. Without a
 * cause it is not known.
 */
int clusters_load_known(struct clusters *c, const char *path, struct errmsg *err);

#endif
