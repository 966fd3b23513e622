// SPDX-License-Identifier: GPL-2.0-only
/* The reading half of trace_file.h. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/write_record.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_slot.h"

#define THREADS_FROM 3 /* blocks that have been read: the header, and two of records or the last ones of all */

struct trace_reader {
	char *path;
	struct meta header, trailer;
	struct trace_source src;
	struct trace_slot *own;	  /* the block at hand, */
	struct trace_slot *block; /* or one of those that threads fetched */
	unsigned int threads;	  /* that are wanted */
	struct trace_ahead *ahead;
	uint64_t seq;		 /* of the next block that is taken */
	uint64_t offset;	 /* of it */
	size_t at;		 /* the next record in the block */
	uint64_t records_offset; /* of the block of the last record */
	uint64_t skipped;	 /* writes in the blocks that were left out before it */
	bool ended;
	bool has_trailer;
	enum trace_end end;
	char why[256];
};

/* Whoever reads on after the end does so alone. */
static void stop_threads(struct trace_reader *r)
{
	trace_ahead_stop(r->ahead);
	r->ahead = NULL;
	r->threads = 0;
	r->block = r->own;
	r->block->len = 0;
}

__attribute__((format(printf, 3, 4))) static int ends(struct trace_reader *r, enum trace_end end, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, args);
	va_end(args);
	r->ended = true;
	r->end = end;
	stop_threads(r);
	r->at = 0;
	return 0;
}

static int damaged(struct trace_reader *r, const char *what)
{
	return ends(r, TRACE_DAMAGED, "block %llu at byte %llu %s: nothing after it was read",
		    (unsigned long long)r->seq, (unsigned long long)r->offset, what);
}

/* Its checksum is right: this is no accident, and who reads on would take it for one. */
static int refused(struct trace_reader *r, const char *what, struct errmsg *err)
{
	damaged(r, what);
	return fail(err, -EINVAL, "%s", r->why);
}

static int truncated(struct trace_reader *r, const char *where)
{
	return ends(r, TRACE_TRUNCATED,
		    "the trace ends %s without a trailer: its recorder was killed or the disk was full", where);
}

/* --- blocks --- */

/* The next block, by threads where they are wanted; a trace of a block or two of records is not worth any. */
static void fetch(struct trace_reader *r)
{
	if (r->threads && !r->ahead && r->seq >= THREADS_FROM)
		r->ahead = trace_ahead_start(&r->src, r->threads);
	if (r->ahead) {
		r->block = trace_ahead_next(r->ahead);
		return;
	}
	trace_slot_fetch(r->block, &r->src);
	trace_slot_unpack(r->block, r->src.version);
}

/* 1: r->block is a whole block, checked; 0: ends() was called; -errno. */
static int read_block(struct trace_reader *r, struct errmsg *err)
{
	fetch(r);
	r->offset = r->block->offset;
	r->seq = r->block->seq;
	r->skipped = r->block->skipped;
	r->at = 0;
	switch (r->block->state) {
	case SLOT_BLOCK:
		return 1;
	case SLOT_TRUNCATED:
		return truncated(r, r->block->what);
	case SLOT_DAMAGED:
		return damaged(r, r->block->what);
	case SLOT_REFUSED:
		return refused(r, r->block->what, err);
	case SLOT_FAILED:
		break;
	}
	return fail(err, r->block->error, "%s: cannot be read: %s", r->path, strerror(-r->block->error));
}

static void block_done(struct trace_reader *r)
{
	r->offset += sizeof(r->block->block.head) + r->block->block.head.len;
	r->seq++;
}

static int take_records(struct trace_reader *r)
{
	r->records_offset = r->offset;
	block_done(r);
	return 1;
}

static int take_index(struct trace_reader *r, struct errmsg *err)
{
	struct trace_index_head head;
	const char *problem = trace_index_problem(r->block->block.payload, r->block->block.head.len, &head);

	if (problem)
		return refused(r, problem, err);
	block_done(r);
	return 1;
}

static int take_trailer(struct trace_reader *r, struct errmsg *err)
{
	struct errmsg problem;
	unsigned char more;

	if (trace_trailer_parse(&r->trailer, &r->block->block, &problem))
		return refused(r, "is a trailer that cannot be parsed", err);
	r->has_trailer = true;
	if (fread(&more, 1, 1, r->src.file))
		return ends(r, TRACE_DAMAGED, "something follows the trailer: nothing after it was read");
	return ends(r, TRACE_COMPLETE, "the trace is complete");
}

/* 1: the block was taken; it may be without records. 0: the end; -errno. */
static int next_block(struct trace_reader *r, struct errmsg *err)
{
	int ret = read_block(r, err);

	if (ret <= 0)
		return ret;
	switch (r->block->block.head.type) {
	case TRACE_TRAILER:
		return take_trailer(r, err);
	case TRACE_INDEX:
		return take_index(r, err);
	}
	return take_records(r);
}

/* --- from open to close --- */

static int take_header(struct trace_reader *r, struct errmsg *err)
{
	const struct trace_block *b = &r->block->block.head;
	struct errmsg problem;
	int ret = read_block(r, err);

	if (ret < 0)
		return ret;
	if (b->magic != TRACE_BLOCK_MAGIC)
		return fail(err, -EINVAL, "%s: not a dioscope trace", r->path);
	if (b->version > TRACE_VERSION)
		return fail(err, -EINVAL, "%s: a trace of version %u, this dioscope reads versions up to %u", r->path,
			    b->version, TRACE_VERSION);
	if (!ret)
		return fail(err, -EINVAL, "%s: the trace's header is damaged: %s", r->path, r->why);
	if (!b->version)
		return fail(err, -EINVAL, "%s: the trace's header is damaged: it has no version", r->path);
	if (meta_parse(&r->header, (char *)r->block->block.payload, b->len, &problem))
		return fail(err, -EINVAL, "%s: the trace's header is damaged: %s", r->path, problem.text);
	r->src.version = b->version;
	block_done(r);
	return 0;
}

static FILE *open_regular(const char *path, struct errmsg *err, int *code)
{
	FILE *file = fopen(path, "rbe");
	struct stat st;

	if (!file) {
		*code = fail(err, -errno, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!fstat(fileno(file), &st) && S_ISDIR(st.st_mode)) {
		*code = fail(err, -EISDIR, "%s: is a directory", path);
		fclose(file);
		return NULL;
	}
	return file;
}

static struct trace_reader *reader_new(const char *path)
{
	struct trace_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->path = strdup(path);
	r->own = r->block = trace_slot_new();
	if (r->path && r->own)
		return r;
	trace_reader_close(r);
	return NULL;
}

int trace_reader_open(struct trace_reader **out, const char *path, struct errmsg *err)
{
	struct trace_reader *r = reader_new(path);
	int ret = 0;

	if (!r)
		return fail(err, -ENOMEM, "no memory");
	r->src.file = open_regular(path, err, &ret);
	if (!ret)
		ret = take_header(r, err);
	if (ret)
		trace_reader_close(r);
	else
		*out = r;
	return ret;
}

void trace_reader_close(struct trace_reader *r)
{
	if (!r)
		return;
	trace_ahead_stop(r->ahead);
	fclosep(&r->src.file);
	meta_release(&r->header);
	meta_release(&r->trailer);
	trace_slot_free(r->own);
	trace_window_free(r->src.window);
	free(r->path);
	free(r);
}

const struct meta *trace_reader_header(const struct trace_reader *r)
{
	return &r->header;
}

bool trace_reader_window(struct trace_reader *r, const struct span_want *want)
{
	if (r->src.version != TRACE_VERSION_RAW && r->seq == 1 && !r->src.window)
		r->src.window = trace_window_new(fileno(r->src.file), want);
	return r->src.window;
}

uint64_t trace_reader_offset(const struct trace_reader *r)
{
	return r->records_offset;
}

/* Of a pipe nobody knows when it goes on. */
void trace_reader_threads(struct trace_reader *r, unsigned int threads)
{
	struct stat st;

	r->threads = !fstat(fileno(r->src.file), &st) && S_ISREG(st.st_mode) ? threads : 0;
}

unsigned int trace_reader_version(const struct trace_reader *r)
{
	return r->src.version;
}

uint64_t trace_reader_skipped(const struct trace_reader *r)
{
	return r->skipped;
}

int trace_reader_next(struct trace_reader *r, const void **record, size_t *len, struct errmsg *err)
{
	const struct record_head *head;

	while (!r->ended && r->at == r->block->len) {
		int ret = next_block(r, err);

		if (ret < 0)
			return ret;
	}
	if (r->ended)
		return 0;
	head = (const struct record_head *)(r->block->records + r->at);
	r->at += head->len;
	*record = head;
	*len = head->len;
	return 1;
}

int trace_reader_resume(struct trace_reader *r, struct errmsg *err)
{
	struct stat st;

	if (!r->ended || r->end != TRACE_TRUNCATED)
		return 0;
	if (fstat(fileno(r->src.file), &st) || fseeko(r->src.file, (off_t)r->offset, SEEK_SET))
		return fail(err, -errno, "%s: cannot be read again: %s", r->path, strerror(errno));
	if ((uint64_t)st.st_size < r->offset)
		return fail(err, -ESTALE, "%s: was cut or written anew by another recording", r->path);
	r->src.offset = r->offset;
	r->src.seq = r->seq;
	r->ended = false;
	return 0;
}

enum trace_end trace_reader_end(const struct trace_reader *r, const struct meta **trailer, const char **why)
{
	if (trailer)
		*trailer = r->has_trailer ? &r->trailer : NULL;
	if (why)
		*why = r->why;
	return r->end;
}
