/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mkfs made of a device, kept as what it changed: the rest is a pattern that was there before, and most of a device
 * is. It is not zero, as on a disk that was used before: zeroes that had to be written and were not show, and so does
 * old data.
 */
#ifndef DIOSCOPE_TEMPLATE_H
#define DIOSCOPE_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#define TEMPLATE_CHUNK 4096 /* bytes; a device is whole chunks */

/* clang-format off */
struct template {
	uint64_t size;	/* bytes */
	char *mkfs;	/* its options */
	uint8_t **made; /* by chunk; NULL: as it was before */
	uint64_t kept;	/* bytes of memory for them */
};
/* clang-format on */

/* All of @size @bytes are the pattern. */
void template_fill(uint8_t *bytes, uint64_t size);
/* Of a device of @size bytes, by mkfs with options @mkfs: nothing is kept yet. -ENOMEM: release it all the same. */
int template_init(struct template *t, uint64_t size, const char *mkfs);
/* Keep what mkfs made of the pattern in @bytes, which is there again behind that, also on -ENOMEM. */
int template_keep(struct template *t, uint8_t *bytes);
/* What in @bytes is other than mkfs made it is that again. */
void template_put_back(const struct template *t, uint8_t *bytes);
/* The template's, until it is released. */
const uint8_t *template_chunk(const struct template *t, uint64_t nr);
/* Is @chunk, which is a template's, the pattern or zeroes? */
bool template_is_plain(const uint8_t *chunk);
void template_release(struct template *t);

#endif
