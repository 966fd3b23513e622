/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A third opinion, as fsx has it: what the operations and their results say that the bytes of a file may be, without
 * any idea of extents, caches or the path. Both engines can be wrong alike; this knows neither.
 *
 * A byte is certain (the last operation that wrote it, or zero) or, after an operation that failed half way, one of
 * zero and what any operation meant to write there. What is none of these nobody wrote: it is what the disk held
 * before, and whoever reads the file sees it.
 *
 * Pure.
 */
#ifndef DIOSCOPE_BYTE_MODEL_H
#define DIOSCOPE_BYTE_MODEL_H

#include "user/workload/run_workload.h"
#include "user/workload/workload.h"

enum byte_verdict {
	BYTES_RIGHT,
	BYTES_WRONG,   /* what another operation wrote, or zero, where it had to be something else */
	BYTES_EXPOSED, /* what nobody wrote */
};

/* Bytes of one origin. */
struct byte_span {
	int64_t from, end;
	uint32_t writer; /* number of the operation; BYTE_OPEN: not certain */
};
#define BYTE_OPEN UINT32_MAX

struct byte_file {
	char name[WL_NAME_MAX];
	bool size_certain;
	int64_t size;
	int64_t maybe_size; /* beyond it: where a direct write that failed may have left it, and an append went on */
	int64_t append_from, append_end; /* where appends may have written, also those that failed */
	struct byte_span *spans;	 /* in order; between them all is zero */
	size_t nr_spans;
};

struct byte_model {
	const struct workload *wl;
	struct byte_file *files;
	size_t nr_files;
};

/* All of @wl, with the @results of one engine. 0 or -ENOMEM; to be released either way. */
int byte_model_init(struct byte_model *m, const struct workload *wl, const struct op_result *results);
void byte_model_release(struct byte_model *m);
/* The file, NULL: nothing made it. */
const struct byte_file *byte_model_file(const struct byte_model *m, const char *name);
/* Of the operations that meant to write @byte at @pos, the first; NULL: none did, or it is not told of an append. */
const struct workload_op *byte_model_writer(const struct byte_model *m, const struct byte_file *f, int64_t pos,
					    uint8_t byte);
/*
 * The write of io_uring that has bytes of its own at @pos which it was to write before, from BYTES_TELL @bytes on.
 * NULL: none. Where a first attempt has written some and its rest is refused, a worker begins the buffer again, at the
 * position that was come to: io_uring/rw.c, io_write.
 */
#define BYTES_TELL 8
const struct workload_op *byte_model_begun_again(const struct byte_model *m, const struct byte_file *f, int64_t pos,
						 const uint8_t *bytes);
/* The worst of [@pos, @pos + @len) of @f, which is @bytes, and where the first of that is. @bytes NULL: zeroes. */
enum byte_verdict byte_model_check(const struct byte_model *m, const struct byte_file *f, int64_t pos,
				   const uint8_t *bytes, size_t len, int64_t *at);

#endif
