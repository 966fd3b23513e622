/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libbpf said. Only its words tell which program the kernel refused to load, and what it is when it was not the
 * kernel that refused but libbpf that could not prepare the programs.
 */
#ifndef DIOSCOPE_LIBBPF_WORDS_H
#define DIOSCOPE_LIBBPF_WORDS_H

struct libbpf_words {
	char refused[96]; /* the program that the kernel would not load, or whose target it does not have; "": none */
	char first[256];  /* the first warning, without libbpf's name before it; "": none */
};

/* One warning of libbpf's. All zero is where it begins. */
void libbpf_words_hear(struct libbpf_words *w, const char *warning);

#endif
