/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying some hundred bytes, for which compilers make one instruction that is long in beginning. */
#ifndef DIOSCOPE_COPY_H
#define DIOSCOPE_COPY_H

#include <stddef.h>
#include <stdint.h>

/* As memcpy() does, @size being a multiple of 8 and both aligned to it. */
static inline void copy_words(void *to, const void *from, size_t size)
{
	struct line {
		uint64_t words[8];
	} __attribute__((may_alias));
	typedef uint64_t word __attribute__((may_alias));
	size_t lines = size / sizeof(struct line), words = size / sizeof(word) % 8;

	for (size_t i = 0; i < lines; i++)
		((struct line *)to)[i] = ((const struct line *)from)[i];
	for (size_t i = lines * 8; i < lines * 8 + words; i++)
		((word *)to)[i] = ((const word *)from)[i];
}

#endif
