/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts that come again and again, as numbers: 0, 1, ... in the order in which they were first given. */
#ifndef DIOSCOPE_WORDS_H
#define DIOSCOPE_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct words;

struct words *words_new(void);
void words_free(struct words *w);
/* 0 or -ENOMEM. */
int words_get(struct words *w, const char *text, uint32_t *number);
size_t words_nr(const struct words *w);
const char *words_text(const struct words *w, size_t number);

#endif
