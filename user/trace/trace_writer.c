// SPDX-License-Identifier: GPL-2.0-only
/* The writing half of trace_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bpf/write_record.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_columns.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_index.h"
#include "user/trace/trace_pack.h"

_Static_assert(TRACE_BLOCK_FILL <= COLUMNS_RAW_MAX, "a reader takes no more");
_Static_assert(TRACE_RECORD_MAX <= TRACE_BLOCK_FILL, "a record fits a block");

struct trace_writer {
	int fd;
	int error;	/* of a write: the file may end inside a block, and nothing may follow */
	off_t start;	/* where the trace begins in the file; -1: it cannot be cut there (a pipe) */
	uint64_t bytes; /* of whole blocks */
	uint64_t seq;	/* of the next block */
	struct packer *packer;
	uint64_t since_ns; /* the moment the first record of the block came; CLOCK_MONOTONIC */
	struct trace_span span;
	struct span_memory memory;
	struct {
		struct trace_index_head head;
		struct trace_span spans[TRACE_INDEX_SPANS];
	} index;	     /* of the blocks since the last INDEX block */
	uint64_t last_index; /* offset of that */
	size_t len;	     /* of the records that wait */
	_Alignas(8) unsigned char records[TRACE_BLOCK_FILL];
	struct block_buffer block; /* what is being written */
};

/* --- blocks --- */

/* A part of a block is of no use to a reader. */
static int give_up(struct trace_writer *w, int error, struct errmsg *err)
{
	int ret = fail(err, error, "cannot write the trace: %s", strerror(-error));

	w->error = error;
	if (w->start >= 0 && ftruncate(w->fd, w->start + (off_t)w->bytes))
		errno = 0;
	return ret;
}

/* The payload, of @len bytes, is in its place. */
static int write_block(struct trace_writer *w, enum trace_block_type type, size_t len, struct errmsg *err)
{
	struct trace_block *head = &w->block.head;
	int ret;

	if (w->error)
		return fail(err, w->error, "the trace was given up after a failed write: %s", strerror(-w->error));
	head->len = (uint32_t)len;
	trace_block_seal(head, type, w->seq++, w->block.payload);
	ret = write_all(w->fd, &w->block, sizeof(*head) + len);
	if (ret)
		return give_up(w, ret, err);
	w->bytes += sizeof(*head) + len;
	return 0;
}

/* @tail of @tail_len bytes follows the text. */
static int write_meta(struct trace_writer *w, enum trace_block_type type, const struct meta *m, struct trace_foot *foot,
		      struct errmsg *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len, tail = foot ? sizeof(*foot) : 0;

	if (meta_format(m, &text, &len))
		return fail(err, -ENOMEM, "no memory");
	if (len + tail > TRACE_BLOCK_MAX)
		return fail(err, -E2BIG, "the trace's header or trailer is longer than a block");
	memcpy(w->block.payload, text, len);
	if (foot) {
		foot->block_len = (uint32_t)(sizeof(w->block.head) + len + tail);
		memcpy(w->block.payload + len, foot, tail);
	}
	return write_block(w, type, len + tail, err);
}

/* The spans since the last INDEX block, if there are any. */
static int write_index(struct trace_writer *w, struct errmsg *err)
{
	size_t len = sizeof(w->index.head) + w->index.head.nr * sizeof(w->index.spans[0]);
	uint64_t offset = w->bytes;
	int ret;

	if (!w->index.head.nr)
		return 0;
	w->index.head.previous = w->last_index;
	w->index.head.span_bytes = sizeof(w->index.spans[0]);
	memcpy(w->block.payload, &w->index, len);
	ret = write_block(w, TRACE_INDEX, len, err);
	w->last_index = offset;
	w->index.head.nr = 0;
	return ret;
}

static int write_trailer(struct trace_writer *w, const struct meta *trailer, struct errmsg *err)
{
	struct trace_foot foot = {.magic = TRACE_FOOT_MAGIC};
	int ret = write_index(w, err);

	foot.index = w->last_index;
	return ret ? ret : write_meta(w, TRACE_TRAILER, trailer, &foot, err);
}

/* --- from open to close --- */

/* Where the next byte goes. What is appended to may be another's, too, before and meanwhile: it is not ours to cut. */
static off_t first_byte(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || flags & O_APPEND ? -1 : lseek(fd, 0, SEEK_CUR);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void begin_block(struct trace_writer *w)
{
	w->len = 0;
	span_init(&w->span);
}

static struct trace_writer *writer_new(int fd)
{
	struct trace_writer *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	memset(w, 0, offsetof(struct trace_writer, records));
	w->packer = packer_new(TRACE_BLOCK_FILL);
	if (!w->packer) {
		free(w);
		return NULL;
	}
	w->fd = fd;
	w->start = first_byte(fd);
	begin_block(w);
	return w;
}

int trace_writer_open(struct trace_writer **out, int fd, const struct meta *header, struct errmsg *err)
{
	struct trace_writer *w = writer_new(fd);
	int ret = w ? write_meta(w, TRACE_HEADER, header, NULL, err) : fail(err, -ENOMEM, "no memory");

	if (!ret) {
		*out = w;
		return 0;
	}
	if (w)
		w->fd = -1; /* still the caller's */
	trace_writer_free(w);
	return ret;
}

static bool record_fits(const struct record_head *head, size_t len)
{
	return len >= sizeof(*head) && len % 8 == 0 && len <= TRACE_RECORD_MAX && head->len == len;
}

int trace_writer_append(struct trace_writer *w, const void *record, size_t len, struct errmsg *err)
{
	if (!record_fits(record, len))
		return fail(err, -EINVAL, "a record of %zu bytes does not fit the trace", len);
	if (w->len + len > TRACE_BLOCK_FILL) {
		int ret = trace_writer_flush(w, err);

		if (ret)
			return ret;
	}
	if (!w->len)
		w->since_ns = now_ns();
	memcpy(w->records + w->len, record, len);
	w->len += len;
	span_take(&w->span, &w->memory, record, len);
	return 0;
}

int trace_writer_flush(struct trace_writer *w, struct errmsg *err)
{
	size_t len;
	int ret;

	if (!w->len)
		return 0;
	len = packer_pack(w->packer, w->records, w->len, w->block.payload, sizeof(w->block.payload));
	if (!len)
		return fail(err, -EOVERFLOW, "%zu bytes of records do not fit a block of the trace", w->len);
	span_end(&w->span, &w->memory);
	w->span.offset = w->bytes;
	ret = write_block(w, TRACE_RECORDS, len, err);
	if (!ret)
		w->index.spans[w->index.head.nr++] = w->span;
	begin_block(w);
	return ret || w->index.head.nr < TRACE_INDEX_SPANS ? ret : write_index(w, err);
}

int trace_writer_flush_due(struct trace_writer *w, struct errmsg *err)
{
	return w->len && now_ns() - w->since_ns >= TRACE_BLOCK_AGE_NS ? trace_writer_flush(w, err) : 0;
}

uint64_t trace_writer_bytes(const struct trace_writer *w)
{
	return w->bytes;
}

int trace_writer_close(struct trace_writer *w, const struct meta *trailer, struct errmsg *err)
{
	int ret = trace_writer_flush(w, err);

	if (!ret)
		ret = write_trailer(w, trailer, err);
	if (close(w->fd) && !ret)
		ret = fail(err, -errno, "cannot write the trace: %s", strerror(errno));
	w->fd = -1;
	trace_writer_free(w);
	return ret;
}

void trace_writer_free(struct trace_writer *w)
{
	if (!w)
		return;
	closep(&w->fd);
	packer_free(w->packer);
	free(w);
}
