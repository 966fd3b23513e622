/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of the kernel's direct-write path, in the order of its call tree, and which of them takes each decision
 * of a write. Every function that a reason names is there (a unit test sees to it).
 */
#ifndef DIOSCOPE_PATH_NODES_H
#define DIOSCOPE_PATH_NODES_H

#include <stdint.h>

#include "bpf/write_record.h"

struct path_node {
	int depth; /* a child follows its parent and is one deeper */
	const char *function;
	const char *file; /* in the kernel's source */
	const char *note; /* versions that have it, or what it does; NULL: all of 5.15 to 7.3 */
	uint32_t times;	  /* rows of time that are spent there, as a mask of 1 << enum time_row */
};

extern const struct path_node path_nodes[]; /* ended by one without a function */

const struct path_node *path_node_find(const char *function); /* NULL: it is not there */
/* Who decides @fact; NULL: it is no decision. */
const char *path_function_of(enum write_fact fact);

#endif
