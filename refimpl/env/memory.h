/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device that is a piece of memory: nothing of it is opened, mapped or flushed. What it holds at first it asks for
 * chunk by chunk, when somebody looks at it, so that to begin again is to forget what is there. The library reaches it
 * by a manager of its own.
 */
#ifndef DIOSCOPE_REF_MEMORY_H
#define DIOSCOPE_REF_MEMORY_H

#include <ext2fs/ext2fs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REF_MEMORY_CHUNK 4096

/* What chunk @nr holds at first. */
typedef const uint8_t *ref_memory_first_fn(const void *ctx, uint64_t nr);

struct ref_memory {
	uint8_t *bytes;
	uint64_t size;	/* whole chunks */
	uint64_t *here; /* a bit for each chunk that is in @bytes */
	ref_memory_first_fn *first;
	const void *ctx;
};

/* 0 or -ENOMEM. */
int ref_memory_init(struct ref_memory *m, uint64_t size, ref_memory_first_fn *first, const void *ctx);
void ref_memory_release(struct ref_memory *m);
/* All of it is as at first again. */
void ref_memory_reset(struct ref_memory *m);
/* The @len bytes at @addr, to be looked at; NULL: there is no such place. */
const uint8_t *ref_memory_at(struct ref_memory *m, uint64_t addr, uint64_t len);
/* @data NULL: zeroes. 0 or -EIO: there is no such place. */
int ref_memory_write(struct ref_memory *m, uint64_t addr, const void *data, size_t len);
int ref_memory_read(struct ref_memory *m, uint64_t addr, void *data, size_t len);
/* What chunk @nr holds now. */
const uint8_t *ref_memory_chunk(const struct ref_memory *m, uint64_t nr);
/* ext2fs_open() of it; @name is what it is called in errors. */
errcode_t ref_memory_open(struct ref_memory *m, const char *name, int flags, ext2_filsys *fs);

#endif
