/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a trace block by block: a slot is one block, from the file to its records. Blocks are fetched in their order,
 * one at a time; that each is checked and unpacked needs nothing of the others, so that threads may do it ahead of who
 * takes the records, again in order. What is taken does not depend on how many threads there are.
 */
#ifndef DIOSCOPE_TRACE_SLOT_H
#define DIOSCOPE_TRACE_SLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "user/trace/trace_block.h"
#include "user/trace/trace_pack.h"
#include "user/trace/trace_window.h"

/* Where the next block is fetched from. */
struct trace_source {
	FILE *file;
	unsigned int version;	     /* of the container; 0: not known yet, that of the block */
	uint64_t offset, seq;	     /* of the next block, expected */
	struct trace_window *window; /* NULL: all blocks are wanted */
};

enum slot_state {
	SLOT_BLOCK,	/* whole and sound; its records, if it has any, unpacked */
	SLOT_TRUNCATED, /* the file ends before the end of the block: @what says where */
	SLOT_DAMAGED,	/* @what is wrong with it, as words after "block 7" */
	SLOT_REFUSED,	/* the same, and its checksum is right */
	SLOT_FAILED,	/* reading failed with @error */
};

struct trace_slot {
	enum slot_state state;
	const char *what;
	int error;	      /* -errno */
	uint64_t offset, seq; /* of the block */
	uint64_t skipped;     /* writes in the blocks that were left out before it */
	const unsigned char *records;
	size_t len; /* of the records */
	struct unpacker *unpacker;
	struct block_buffer block;
};

struct trace_slot *trace_slot_new(void);
void trace_slot_free(struct trace_slot *slot);
/* The next block of @src as it is in the file. false: there is none after it to be fetched. */
bool trace_slot_fetch(struct trace_slot *slot, struct trace_source *src);
/* All that can be wrong with what was fetched; unpacks it. */
void trace_slot_unpack(struct trace_slot *slot, unsigned int version);

/* Threads that fetch and unpack ahead. They are the only ones who use @src until they are stopped. */
struct trace_ahead;

/* NULL: no memory, or no threads are to be had. */
struct trace_ahead *trace_ahead_start(struct trace_source *src, unsigned int threads);
/* The next slot in order, good until the next call. Not after one that had no block, or the trailer. */
struct trace_slot *trace_ahead_next(struct trace_ahead *ahead);
void trace_ahead_stop(struct trace_ahead *ahead);

#endif
