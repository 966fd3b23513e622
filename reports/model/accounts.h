/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accounts: what must add up over a recording if every hook was hit as often as the path was walked. A hook that
 * attached says nothing of that: a function may be inlined into some of its callers, or not be called any more. Each
 * account counts the same thing twice, by hooks of different points; where its sides differ, one of them was bypassed.
 *
 * Drawn while recording, from the records as the kernel side emits them; stored in the trace's trailer, one line each.
 */
#ifndef DIOSCOPE_ACCOUNTS_H
#define DIOSCOPE_ACCOUNTS_H

#include <stdio.h>

#include "bpf/write_record.h"
#include "user/base/meta.h"

#define ACCOUNTS_MAX 16

struct account {
	uint64_t left, right;
	uint64_t first; /* id of the first write whose sides differ, 0: none, or not of any one write */
};

struct accounts {
	/* enum how: what the hooks that were taken let expect of each fact; not more than HOW_OBSERVED counts */
	unsigned char promised[FACTS_MAX];
	struct account accounts[ACCOUNTS_MAX]; /* by row of the table in accounts.c */
};

/* @rec is followed by its inline steps. Records of other types than RECORD_WRITE have no account. */
void accounts_take(struct accounts *a, const struct write_record *rec);
/* Writes that entered, and those of them that are recorded, lost, or were left out as asked. */
void accounts_take_totals(struct accounts *a, uint64_t entered, uint64_t accounted);

/* Lines META_ACCOUNT<key> of a trailer: 0 or -errno. */
int accounts_store(const struct accounts *a, struct meta *trailer);
/* From such lines: false when there are none (an older trace, the reference's, one that was cut). */
bool accounts_load(struct accounts *a, const struct meta *trailer);

/* The key of account @i, "data"; NULL beyond the last. */
const char *account_key(unsigned int i);
/* How many had something to count; how many of those do not balance. */
unsigned int accounts_drawn(const struct accounts *a);
unsigned int accounts_broken(const struct accounts *a);
/*
 * "the accounts do not balance: a hook was bypassed, or facts are wrong: data: 8192 bytes that iomap says it wrote,
 * 4096 bytes in data bios, first in write 7; ...". @skipped: runs of probes that the kernel skipped, which is then why.
 * malloc'ed, NULL when memory is out.
 */
char *accounts_sentence(const struct accounts *a, uint64_t skipped);
/* The same from a trailer: *@warning is NULL when they balance, or when there are none. 0 or -ENOMEM. */
int accounts_check(const struct meta *trailer, char **warning);

#endif
