/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a record must be to be believed. A trace may come from anywhere: whatever passed these, its length is what it
 * says, its texts end, its marks are enum how and its steps are of a kind that is known. -EINVAL with a sentence for
 * what does not.
 */
#ifndef DIOSCOPE_RECORD_CHECK_H
#define DIOSCOPE_RECORD_CHECK_H

#include <stddef.h>

#include "bpf/write_record.h"
#include "user/base/util.h"

/* The facts of a write. */
int check_write_facts(const struct write_record *rec, struct errmsg *err);
int check_write_steps(const struct write_record *rec, const struct write_step *steps, uint32_t nr, struct errmsg *err);
/* Whole records of @len bytes, heads included; the inline steps of a write are checked when it has all of them. */
int check_write_record(const struct write_record *rec, size_t len, struct errmsg *err);
int check_steps_record(const struct steps_record *rec, size_t len, struct errmsg *err);
int check_file_record(const struct file_record *rec, size_t len, struct errmsg *err);
int check_sync_record(const struct sync_record *rec, size_t len, struct errmsg *err);

#endif
