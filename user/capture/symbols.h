/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of the running kernel's symbols, its modules' included. */
#ifndef DIOSCOPE_SYMBOLS_H
#define DIOSCOPE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/util.h"

struct symbol {
	const char *name;
	uint64_t addr; /* 0: not there, or hidden */
};

/* By name, for qsort() and bsearch(). */
int symbol_compare(const void *a, const void *b);
/*
 * Fill the addresses of @symbols, sorted by name. @ask: the kernel finds a name fast, so it is asked for each (from 6.2
 * on: "kallsyms: Improve the performance of kallsyms_lookup_name()"); else, or if it refuses, /proc/kallsyms is read,
 * once. -EPERM when that shows no addresses.
 */
int symbols_resolve(struct symbol *symbols, size_t nr, bool ask, struct errmsg *err);

#endif
