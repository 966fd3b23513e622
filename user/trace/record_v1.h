/* SPDX-License-Identifier: GPL-2.0-only */
/* Version 1 of the write record, as traces of before hold it: what is there is read as a record of today. */
#ifndef DIOSCOPE_RECORD_V1_H
#define DIOSCOPE_RECORD_V1_H

#include "bpf/write_record.h"
#include "user/base/util.h"

/* A record of today and its inline steps. */
struct record_buffer {
	struct write_record rec;
	struct write_step steps[STEPS_INLINE];
};

/*
 * @record of @len bytes of a trace whose header says @version, as one of WRITE_RECORD_VERSION: itself, or made in @buf.
 * *len is then that of the result. -EINVAL when it does not have the length that it says.
 */
int record_of_version(unsigned int version, const void *record, size_t *len, struct record_buffer *buf,
		      const void **result, struct errmsg *err);
/* -EINVAL with a sentence when records of @version cannot be read. */
int record_check_version(uint64_t version, struct errmsg *err);

#endif
