/* SPDX-License-Identifier: GPL-2.0-only */
/* What was counted in the kernel instead of recorded (bpf/settings.h), and its text. */
#ifndef DIOSCOPE_TALLY_H
#define DIOSCOPE_TALLY_H

#include <stdint.h>
#include <stdio.h>

#include "bpf/settings.h"

/* The writes of one kind. */
struct tally_row {
	struct tally_key kind;
	struct tally tally;
	char device[32];	   /* "sda1" */
	char file[TALLY_NAME_LEN]; /* any bytes; "": not told apart, or not known */
};

struct tally_table {
	struct tally_row *rows;
	size_t nr;
};

/* A row of zeroes, which is the table's until another is added; NULL: memory is out. */
struct tally_row *tally_table_add(struct tally_table *table, const struct tally_key *kind);
void tally_table_release(struct tally_table *table);
/* How many writes there are in it. */
uint64_t tally_table_writes(const struct tally_table *table);

/* Side by side, of the writes that held i_rwsem shared and of those that held it exclusive. */
void tally_print(FILE *out, const struct tally_table *table);

#endif
