/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a write came back with an error, as far as its facts tell: what the kernel tests before it says so. */
#ifndef DIOSCOPE_ERROR_REASON_H
#define DIOSCOPE_ERROR_REASON_H

#include <stddef.h>

#include "bpf/write_record.h"

enum error_reason {
	ERROR_REASON_UNKNOWN, /* or there was no error */
	/* EINVAL: iomap_dio_bio_iter() */
	ERROR_REASON_LENGTH,
	ERROR_REASON_POSITION,
	ERROR_REASON_ADDRESS,
	ERROR_REASON_SEGMENT,
	/* EFAULT */
	ERROR_REASON_FAULT,
	/* EAGAIN, with RWF_NOWAIT */
	ERROR_REASON_EXCLUSIVE, /* ext4_dio_write_checks() */
	ERROR_REASON_CACHED,	/* kiocb_invalidate_pages() */
	NR_ERROR_REASONS,
};

enum error_reason write_error_reason(const struct write_record *rec);
/* The errno that has this reason, positive; 0 for ERROR_REASON_UNKNOWN. */
int error_reason_errno(enum error_reason reason);
/* For all writes that it holds of: "length is no multiple of the sector". */
const char *error_reason_name(enum error_reason reason);
/* With the numbers of this write: "length 512 is not a multiple of 4096"; "" when the reason is not known. */
const char *error_reason_format(const struct write_record *rec, char *buf, size_t size);

#endif
