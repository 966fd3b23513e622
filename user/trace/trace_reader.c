// SPDX-License-Identifier: GPL-2.0-only
/* The reading half of trace_file.h. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/write_record.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_pack.h"
#include "user/trace/trace_window.h"

struct trace_reader {
	FILE *file;
	char *path;
	struct meta header, trailer;
	unsigned int version; /* of the container */
	uint64_t seq;	      /* expected of the next block */
	uint64_t offset;      /* of the next block */
	struct unpacker *unpacker;
	struct trace_window *window; /* NULL: all blocks are wanted */
	const unsigned char *records;
	size_t len;		 /* of the records at hand */
	size_t at;		 /* the next one */
	uint64_t records_offset; /* of their block */
	bool ended;
	bool has_trailer;
	enum trace_end end;
	char why[256];
	struct block_buffer block;
};

__attribute__((format(printf, 3, 4))) static int ends(struct trace_reader *r, enum trace_end end, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, args);
	va_end(args);
	r->ended = true;
	r->end = end;
	r->len = 0;
	r->at = 0;
	return 0;
}

static int damaged(struct trace_reader *r, const char *what)
{
	return ends(r, TRACE_DAMAGED, "block %llu at byte %llu %s: nothing after it was read",
		    (unsigned long long)r->seq, (unsigned long long)r->offset, what);
}

static int truncated(struct trace_reader *r, const char *where)
{
	return ends(r, TRACE_TRUNCATED,
		    "the trace ends %s without a trailer: its recorder was killed or the disk was full", where);
}

/* --- blocks --- */

/* 1: all of it, 0: the file ended before, -errno: reading failed. */
static int read_part(struct trace_reader *r, void *buf, size_t len, size_t *got, struct errmsg *err)
{
	*got = fread(buf, 1, len, r->file);
	if (*got < len && ferror(r->file))
		return fail(err, -EIO, "%s: cannot be read", r->path);
	return *got == len;
}

/* 1: r->block is a whole block, checked; 0: ends() was called; -errno. */
static int read_block(struct trace_reader *r, struct errmsg *err)
{
	struct trace_block *b = &r->block.head;
	const char *problem;
	size_t got;
	int ret = read_part(r, b, sizeof(*b), &got, err);

	if (ret <= 0)
		return ret ?: truncated(r, got ? "inside a block" : "after a whole block");
	problem = trace_head_problem(b, r->version ?: b->version);
	if (problem)
		return damaged(r, problem);
	ret = read_part(r, r->block.payload, b->len, &got, err);
	if (ret <= 0)
		return ret ?: truncated(r, "inside a block");
	problem = trace_block_problem(b, r->block.payload, r->seq);
	if (problem)
		return damaged(r, problem);
	return 1;
}

static void block_done(struct trace_reader *r)
{
	r->offset += sizeof(r->block.head) + r->block.head.len;
	r->seq++;
}

/* --- records --- */

/* Records that were not packed, whose lengths nobody has checked. */
static const char *records_problem(const unsigned char *payload, uint32_t len)
{
	uint32_t at = 0;

	while (at < len) {
		struct record_head head;

		if (len - at < sizeof(head))
			return "ends inside a record";
		memcpy(&head, payload + at, sizeof(head));
		if (head.len < sizeof(head) || head.len % 8 || head.len > len - at)
			return "holds a record of a wrong length";
		at += head.len;
	}
	return NULL;
}

static const char *take_raw(struct trace_reader *r)
{
	r->records = r->block.payload;
	r->len = r->block.head.len;
	return records_problem(r->records, r->block.head.len);
}

static const char *take_packed(struct trace_reader *r)
{
	const void *records = NULL;
	const char *problem = unpacker_unpack(r->unpacker, r->block.payload, r->block.head.len, &records, &r->len);

	r->records = records;
	return problem;
}

static int take_records(struct trace_reader *r)
{
	const char *problem = r->version == TRACE_VERSION_RAW ? take_raw(r) : take_packed(r);

	if (problem)
		return damaged(r, problem);
	r->at = 0;
	r->records_offset = r->offset;
	block_done(r);
	return 1;
}

static int take_index(struct trace_reader *r)
{
	struct trace_index_head head;
	const char *problem = trace_index_problem(r->block.payload, r->block.head.len, &head);

	if (problem)
		return damaged(r, problem);
	block_done(r);
	return 1;
}

static int take_trailer(struct trace_reader *r)
{
	struct errmsg problem;
	unsigned char more;

	if (trace_trailer_parse(&r->trailer, &r->block, &problem))
		return damaged(r, "is a trailer that cannot be parsed");
	r->has_trailer = true;
	if (fread(&more, 1, 1, r->file))
		return ends(r, TRACE_DAMAGED, "something follows the trailer: nothing after it was read");
	return ends(r, TRACE_COMPLETE, "the trace is complete");
}

/* 0 or -errno. */
static int go_to_wanted(struct trace_reader *r, struct errmsg *err)
{
	uint64_t offset = r->offset;

	if (!r->window)
		return 0;
	trace_window_next(r->window, &r->offset, &r->seq);
	if (r->offset != offset && fseeko(r->file, (off_t)r->offset, SEEK_SET))
		return fail(err, -errno, "%s: cannot be read: %s", r->path, strerror(errno));
	return 0;
}

/* 1: the block was taken; it may be without records. 0: the end; -errno. */
static int next_block(struct trace_reader *r, struct errmsg *err)
{
	int ret = go_to_wanted(r, err);

	if (!ret)
		ret = read_block(r, err);
	if (ret <= 0)
		return ret;
	switch (r->block.head.type) {
	case TRACE_TRAILER:
		return take_trailer(r);
	case TRACE_INDEX:
		return take_index(r);
	}
	return take_records(r);
}

/* --- from open to close --- */

static int take_header(struct trace_reader *r, struct errmsg *err)
{
	const struct trace_block *b = &r->block.head;
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
	if (meta_parse(&r->header, (char *)r->block.payload, b->len, &problem))
		return fail(err, -EINVAL, "%s: the trace's header is damaged: %s", r->path, problem.text);
	r->version = b->version;
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
	struct trace_reader *r = malloc(sizeof(*r));

	if (!r)
		return NULL;
	memset(r, 0, offsetof(struct trace_reader, block) + sizeof(r->block.head));
	r->path = strdup(path);
	r->unpacker = unpacker_new();
	if (r->path && r->unpacker)
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
	r->file = open_regular(path, err, &ret);
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
	fclosep(&r->file);
	meta_release(&r->header);
	meta_release(&r->trailer);
	unpacker_free(r->unpacker);
	trace_window_free(r->window);
	free(r->path);
	free(r);
}

const struct meta *trace_reader_header(const struct trace_reader *r)
{
	return &r->header;
}

void trace_reader_window(struct trace_reader *r, uint64_t from_ns, uint64_t to_ns)
{
	if (r->version != TRACE_VERSION_RAW && r->seq == 1 && !r->window)
		r->window = trace_window_new(fileno(r->file), from_ns, to_ns);
}

uint64_t trace_reader_offset(const struct trace_reader *r)
{
	return r->records_offset;
}

unsigned int trace_reader_version(const struct trace_reader *r)
{
	return r->version;
}

uint64_t trace_reader_skipped(const struct trace_reader *r)
{
	return r->window ? trace_window_skipped(r->window) : 0;
}

int trace_reader_next(struct trace_reader *r, const void **record, size_t *len, struct errmsg *err)
{
	const struct record_head *head;

	while (!r->ended && r->at == r->len) {
		int ret = next_block(r, err);

		if (ret < 0)
			return ret;
	}
	if (r->ended)
		return 0;
	head = (const struct record_head *)(r->records + r->at);
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
	if (fstat(fileno(r->file), &st) || fseeko(r->file, (off_t)r->offset, SEEK_SET))
		return fail(err, -errno, "%s: cannot be read again: %s", r->path, strerror(errno));
	if ((uint64_t)st.st_size < r->offset)
		return fail(err, -ESTALE, "%s: was cut or written anew by another recording", r->path);
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
