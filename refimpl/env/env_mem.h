/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment in memory: one file, a table of its blocks, no bytes. For tests of the decisions, and for fuzzing.
 * Blocks are allocated one after the other, so that what is allocated in order is one run.
 */
#ifndef DIOSCOPE_REF_ENV_MEM_H
#define DIOSCOPE_REF_ENV_MEM_H

#include "refimpl/path/env.h"

#define MEM_BLOCKS 4096

struct mem_env {
	struct ref_env env;
	struct {
		uint8_t state; /* enum ref_state */
		uint64_t pblk;
	} blocks[MEM_BLOCKS];
	uint64_t next_pblk;
	uint64_t free_blocks; /* -ENOSPC after them; 100000 by default */
	uint64_t clock_ns;
	unsigned int flushes;
	bool write_fails; /* every bio does */
};

/* 4k blocks, extents, journal with barriers, delayed allocation; a loop device: 512, mask 511, cache, no FUA. */
void mem_env_init(struct mem_env *m);
/* Blocks [lblk, lblk + len) get @state and the next free places. */
void mem_env_set(struct mem_env *m, uint32_t lblk, uint32_t len, enum ref_state state);
/* Leave a gap on the disk, so that what comes next is a run of its own. */
void mem_env_gap(struct mem_env *m);

#endif
