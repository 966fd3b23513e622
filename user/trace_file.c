// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "bpf/write_record.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the trace is little endian, and so must the host be");
_Static_assert(sizeof(struct trace_block) == 24, "trace_block");
_Static_assert(sizeof(struct trace_block) % 8 == 0, "the payload follows its head without a gap");

/* A block in memory as it is in the file, so that it is written with one call. */
struct block_buffer {
	struct trace_block head;
	_Alignas(8) unsigned char payload[TRACE_BLOCK_MAX];
};

static uint32_t block_crc(const struct trace_block *b, const void *payload)
{
	uLong crc = crc32(0, NULL, 0);

	crc = crc32(crc, (const Bytef *)&b->seq, sizeof(b->seq));
	crc = crc32(crc, (const Bytef *)&b->type, sizeof(b->type));
	crc = crc32(crc, (const Bytef *)&b->len, sizeof(b->len));
	return crc32(crc, payload, b->len);
}

/* --- writing --- */

struct trace_writer {
	int fd;
	int error;     /* of a write: the file may end inside a block, and nothing may follow */
	off_t written; /* where the whole blocks end in the file; -1: it cannot be cut there (a pipe) */
	uint64_t seq;  /* of the next block */
	struct block_buffer block;
};

static int write_block(struct trace_writer *w, enum trace_block_type type, struct errmsg *err)
{
	struct trace_block *head = &w->block.head;

	if (w->error)
		return fail(err, w->error, "the trace was given up after a failed write: %s", strerror(-w->error));
	head->magic = TRACE_BLOCK_MAGIC;
	head->version = TRACE_VERSION;
	head->type = type;
	head->seq = w->seq++;
	head->crc = block_crc(head, w->block.payload);
	w->error = write_all(w->fd, &w->block, sizeof(*head) + head->len);
	if (w->error) {
		int ret = fail(err, w->error, "cannot write the trace: %s", strerror(-w->error));

		/* a part of a block is of no use to a reader */
		if (w->written >= 0 && ftruncate(w->fd, w->written))
			errno = 0;
		head->len = 0;
		return ret;
	}
	if (w->written >= 0)
		w->written += (off_t)(sizeof(*head) + head->len);
	head->len = 0;
	return 0;
}

static int write_meta(struct trace_writer *w, enum trace_block_type type, const struct meta *m, struct errmsg *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (meta_format(m, &text, &len))
		return fail(err, -ENOMEM, "no memory");
	if (len > TRACE_BLOCK_MAX)
		return fail(err, -E2BIG, "the trace's header or trailer is longer than a block");
	memcpy(w->block.payload, text, len);
	w->block.head.len = len;
	return write_block(w, type, err);
}

/* Where the next byte goes. What is appended to may be another's, too, before and meanwhile: it is not ours to cut. */
static off_t first_byte(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || flags & O_APPEND ? -1 : lseek(fd, 0, SEEK_CUR);
}

int trace_writer_open(struct trace_writer **out, int fd, const struct meta *header, struct errmsg *err)
{
	struct trace_writer *w = malloc(sizeof(*w));
	int ret;

	if (!w)
		return fail(err, -ENOMEM, "no memory");
	w->fd = fd;
	w->error = 0;
	w->written = first_byte(fd);
	w->seq = 0;
	w->block.head.len = 0;
	ret = write_meta(w, TRACE_HEADER, header, err);
	if (ret)
		free(w);
	else
		*out = w;
	return ret;
}

int trace_writer_append(struct trace_writer *w, const void *record, size_t len, struct errmsg *err)
{
	const struct record_head *head = record;

	if (len < sizeof(*head) || len % 8 || len > TRACE_BLOCK_MAX || head->len != len)
		return fail(err, -EINVAL, "a record of %zu bytes does not fit the trace", len);
	if (w->block.head.len && w->block.head.len + len > TRACE_BLOCK_FILL) {
		int ret = trace_writer_flush(w, err);

		if (ret)
			return ret;
	}
	memcpy(w->block.payload + w->block.head.len, record, len);
	w->block.head.len += len;
	return 0;
}

int trace_writer_flush(struct trace_writer *w, struct errmsg *err)
{
	return w->block.head.len ? write_block(w, TRACE_RECORDS, err) : 0;
}

int trace_writer_close(struct trace_writer *w, const struct meta *trailer, struct errmsg *err)
{
	int ret = trace_writer_flush(w, err);

	if (!ret)
		ret = write_meta(w, TRACE_TRAILER, trailer, err);
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
	free(w);
}

/* --- reading --- */

struct trace_reader {
	FILE *file;
	char *path;
	struct meta header, trailer;
	uint64_t seq;	 /* expected of the next block */
	uint64_t offset; /* of the next block */
	size_t at;	 /* the next record in the payload */
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
	r->block.head.len = 0;
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

/* 1: all of it, 0: the file ended before, -errno: reading failed. */
static int read_part(struct trace_reader *r, void *buf, size_t len, size_t *got, struct errmsg *err)
{
	*got = fread(buf, 1, len, r->file);
	if (*got < len && ferror(r->file))
		return fail(err, -EIO, "%s: cannot be read", r->path);
	return *got == len;
}

/* Everything that can be wrong with a block's head before its payload is there. NULL: nothing. */
static const char *head_problem(const struct trace_reader *r)
{
	const struct trace_block *b = &r->block.head;

	if (b->magic != TRACE_BLOCK_MAGIC)
		return "does not begin as a block";
	if (b->version != TRACE_VERSION)
		return "has another version";
	if (b->len > TRACE_BLOCK_MAX)
		return "claims to be longer than a block can be";
	return NULL;
}

/* And with the whole block. A block that fits its checksum can still be hostile. */
static const char *block_problem(const struct trace_reader *r)
{
	const struct trace_block *b = &r->block.head;

	if (b->crc != block_crc(b, r->block.payload))
		return "fails its checksum";
	if (b->seq != r->seq)
		return "is out of order";
	if (b->type != (r->seq ? TRACE_RECORDS : TRACE_HEADER) && !(r->seq && b->type == TRACE_TRAILER))
		return "is of a kind that has no place there";
	return NULL;
}

static const char *records_problem(const struct trace_reader *r)
{
	uint32_t at = 0, len = r->block.head.len;

	while (at < len) {
		struct record_head head;

		if (len - at < sizeof(head))
			return "ends inside a record";
		memcpy(&head, r->block.payload + at, sizeof(head));
		if (head.len < sizeof(head) || head.len % 8 || head.len > len - at)
			return "holds a record of a wrong length";
		at += head.len;
	}
	return NULL;
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
	problem = head_problem(r);
	if (problem)
		return damaged(r, problem);
	ret = read_part(r, r->block.payload, b->len, &got, err);
	if (ret <= 0)
		return ret ?: truncated(r, "inside a block");
	problem = block_problem(r);
	if (problem)
		return damaged(r, problem);
	return 1;
}

static int take_trailer(struct trace_reader *r)
{
	struct errmsg problem;
	unsigned char more;

	if (meta_parse(&r->trailer, (char *)r->block.payload, r->block.head.len, &problem))
		return damaged(r, "is a trailer that cannot be parsed");
	r->has_trailer = true;
	if (fread(&more, 1, 1, r->file))
		return ends(r, TRACE_DAMAGED, "something follows the trailer: nothing after it was read");
	return ends(r, TRACE_COMPLETE, "the trace is complete");
}

/* 1: a block of records is in r->block; 0: the end; -errno. */
static int next_records(struct trace_reader *r, struct errmsg *err)
{
	const char *problem;
	int ret = read_block(r, err);

	if (ret <= 0)
		return ret;
	if (r->block.head.type == TRACE_TRAILER)
		return take_trailer(r);
	problem = records_problem(r);
	if (problem)
		return damaged(r, problem);
	r->offset += sizeof(r->block.head) + r->block.head.len;
	r->seq++;
	r->at = 0;
	return 1;
}

static int take_header(struct trace_reader *r, struct errmsg *err)
{
	struct errmsg problem;
	int ret = read_block(r, err);

	if (ret < 0)
		return ret;
	if (r->block.head.magic != TRACE_BLOCK_MAGIC)
		return fail(err, -EINVAL, "%s: not a dioscope trace", r->path);
	if (r->block.head.version > TRACE_VERSION)
		return fail(err, -EINVAL, "%s: a trace of version %u, this dioscope reads version %u", r->path,
			    r->block.head.version, TRACE_VERSION);
	if (!ret)
		return fail(err, -EINVAL, "%s: the trace's header is damaged: %s", r->path, r->why);
	if (meta_parse(&r->header, (char *)r->block.payload, r->block.head.len, &problem))
		return fail(err, -EINVAL, "%s: the trace's header is damaged: %s", r->path, problem.text);
	r->offset = sizeof(r->block.head) + r->block.head.len;
	r->seq = 1;
	r->block.head.len = 0;
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

int trace_reader_open(struct trace_reader **out, const char *path, struct errmsg *err)
{
	struct trace_reader *r = malloc(sizeof(*r));
	int ret = 0;

	if (!r)
		return fail(err, -ENOMEM, "no memory");
	memset(r, 0, offsetof(struct trace_reader, block) + sizeof(r->block.head));
	r->path = strdup(path);
	r->file = r->path ? open_regular(path, err, &ret) : NULL;
	if (!r->path)
		ret = fail(err, -ENOMEM, "no memory");
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
	free(r->path);
	free(r);
}

const struct meta *trace_reader_header(const struct trace_reader *r)
{
	return &r->header;
}

int trace_reader_next(struct trace_reader *r, const void **record, size_t *len, struct errmsg *err)
{
	const struct record_head *head;

	while (!r->ended && r->at == r->block.head.len) {
		int ret = next_records(r, err);

		if (ret < 0)
			return ret;
	}
	if (r->ended)
		return 0;
	head = (const struct record_head *)(r->block.payload + r->at);
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
