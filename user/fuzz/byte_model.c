// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/byte_model.h"

#include <errno.h>
#include <string.h>

/* --- files --- */

static struct byte_file *find(const struct byte_model *m, const char *name)
{
	for (size_t i = 0; i < m->nr_files; i++)
		if (!strcmp(m->files[i].name, name))
			return &m->files[i];
	return NULL;
}

const struct byte_file *byte_model_file(const struct byte_model *m, const char *name)
{
	return find(m, name);
}

static int make_file(struct byte_model *m, const char *name)
{
	struct byte_file *files = realloc(m->files, (m->nr_files + 1) * sizeof(*files));

	if (!files)
		return -ENOMEM;
	m->files = files;
	files[m->nr_files] = (struct byte_file){.size_certain = true};
	memcpy(files[m->nr_files++].name, name, WL_NAME_MAX);
	return 0;
}

/* --- what happens to bytes --- */

static void add_span(struct byte_file *f, int64_t from, int64_t end, uint32_t writer)
{
	if (from < end && writer)
		f->spans[f->nr_spans++] = (struct byte_span){from, end, writer};
}

/* @writer 0: they are zero. */
static int set_bytes(struct byte_file *f, int64_t from, int64_t end, uint32_t writer)
{
	_cleanup_free_ struct byte_span *old = f->spans;
	size_t nr = f->nr_spans;

	f->nr_spans = 0;
	f->spans = malloc((nr + 2) * sizeof(*f->spans)); /* one is cut in two, at most, and one is new */
	if (!f->spans)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		add_span(f, old[i].from, old[i].end < from ? old[i].end : from, old[i].writer);
	add_span(f, from, end, writer);
	for (size_t i = 0; i < nr; i++)
		add_span(f, old[i].from > end ? old[i].from : end, old[i].end, old[i].writer);
	return 0;
}

static int written(struct byte_file *f, int64_t pos, int64_t len, uint32_t writer)
{
	return len > 0 ? set_bytes(f, pos, pos + len, writer) : 0;
}

static void grow(struct byte_file *f, int64_t size)
{
	if (size > f->size)
		f->size = size;
}

/* It lies anywhere between the size that the file should have and that which a write that failed may have left. */
static int take_lost_append(struct byte_file *f, int64_t done)
{
	int64_t pos = f->size, least = pos + done;

	grow(f, least);
	f->maybe_size += done;
	f->size_certain = false;
	return written(f, pos, f->maybe_size - pos, BYTE_OPEN);
}

static void note_append(struct byte_file *f, int64_t from, int64_t end)
{
	if (!f->append_end || from < f->append_from)
		f->append_from = from;
	if (end > f->append_end)
		f->append_end = end;
}

/* From where the file is known to have ended at least, to where it would end by the last size that it may have had. */
static void take_append(struct byte_file *f, const struct workload_op *op)
{
	int64_t last = f->maybe_size > f->size ? f->maybe_size : f->size;

	note_append(f, f->size, f->size_certain ? last + op->len : INT64_MAX);
}

/*
 * What the result covers is there. The rest may have been on the disk before the write failed, but not beyond the size,
 * or where one that failed before may have left that: a file does not grow by what failed.
 */
static int take_write(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	int64_t pos = op->flags & WRITE_APPEND ? f->size : op->pos, done = ret > 0 ? ret : 0, end = pos + op->len;
	int64_t most = f->maybe_size > f->size ? f->maybe_size : f->size;
	int err;

	if (op->flags & WRITE_APPEND && op->len)
		take_append(f, op);
	if (op->flags & WRITE_APPEND && done && f->maybe_size > f->size)
		return take_lost_append(f, done);
	err = written(f, pos, done, op->nr);
	if (ret < 0 && end > f->maybe_size)
		f->maybe_size = end;
	if (done)
		grow(f, pos + done);
	most = done && most < pos + done ? pos + done : most;
	if (end > most)
		end = most;
	return err || end <= pos + done ? err : written(f, pos + done, end - pos - done, BYTE_OPEN);
}

static int take_buffered(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	int64_t end = op->pos + op->len;

	if (ret) { /* how much of it was written is not told */
		f->size_certain = false;
		f->maybe_size = end > f->maybe_size ? end : f->maybe_size;
		return written(f, op->pos, op->len, BYTE_OPEN);
	}
	if (op->len)
		grow(f, end);
	return written(f, op->pos, op->len, op->nr);
}

static int take_fallocate(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	if (ret)
		f->size_certain = f->size_certain && (op->keep || ret != -ENOSPC);
	else if (!op->keep)
		grow(f, op->pos + op->len);
	return 0;
}

static int take_punch(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	return written(f, op->pos, op->len, ret ? BYTE_OPEN : 0);
}

static int take_truncate(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	if (ret)
		return 0;
	f->size = f->maybe_size = op->len;
	f->size_certain = true;
	return set_bytes(f, f->size, INT64_MAX, 0);
}

/* What lies inside the file. Where it faulted, nobody tells how far it had come. */
static int take_mmap_write(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	int64_t left = f->size - op->pos, len = op->len < left ? op->len : left;

	if (!f->size_certain)
		return written(f, op->pos, op->len, BYTE_OPEN);
	return len > 0 ? written(f, op->pos, len, ret ? BYTE_OPEN : op->nr) : 0;
}

/* What is written by a descriptor with O_APPEND lands where nobody tells. */
static int take_open(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	(void)ret;
	if (op->flags & WRITE_APPEND)
		note_append(f, 0, INT64_MAX);
	return 0;
}

static int (*const takers[NR_OPS])(struct byte_file *f, const struct workload_op *op, int64_t ret) = {
	[OP_FALLOCATE] = take_fallocate, [OP_PUNCH] = take_punch, [OP_TRUNCATE] = take_truncate,
	[OP_BUFFERED] = take_buffered,	 [OP_WRITE] = take_write, [OP_MMAP_WRITE] = take_mmap_write,
	[OP_OPEN] = take_open,
};

static int take(struct byte_model *m, const struct workload_op *op, int64_t ret)
{
	struct byte_file *f = find(m, op->file);

	if (op->kind == OP_CREATE)
		return ret ? 0 : make_file(m, op->file);
	return f && takers[op->kind] ? takers[op->kind](f, op, ret) : 0;
}

/*
 * Where room ran out anywhere, delayed allocation may have lost what it promised: nothing is certain then but who can
 * have written.
 */
static bool ran_out(const struct workload *wl, const struct op_result *results)
{
	for (size_t i = 0; i < wl->nr_ops; i++)
		if (results[i].ret == -ENOSPC)
			return true;
	return false;
}

/* Where an append lands that others race with, or one whose descriptor has O_APPEND, is not followed. */
static bool appends_anywhere(const struct workload *wl)
{
	for (size_t i = 0; i < wl->nr_ops; i++)
		if (wl->ops[i].flags & WRITE_APPEND && (wl->ops[i].group || wl->ops[i].kind == OP_OPEN))
			return true;
	return false;
}

static int open_all(struct byte_model *m)
{
	int ret = 0;

	for (size_t i = 0; i < m->nr_files && !ret; i++) {
		ret = set_bytes(&m->files[i], 0, INT64_MAX, BYTE_OPEN);
		m->files[i].size_certain = false;
		if (m->files[i].append_end)
			note_append(&m->files[i], 0, INT64_MAX);
	}
	return ret;
}

int byte_model_init(struct byte_model *m, const struct workload *wl, const struct op_result *results)
{
	int ret = 0;

	*m = (struct byte_model){.wl = wl};
	for (size_t i = 0; i < wl->nr_ops && !ret; i++)
		ret = take(m, &wl->ops[i], results[i].ret);
	if (!ret && (ran_out(wl, results) || appends_anywhere(wl)))
		ret = open_all(m);
	return ret;
}

void byte_model_release(struct byte_model *m)
{
	for (size_t i = 0; i < m->nr_files; i++)
		free(m->files[i].spans);
	free(m->files);
	*m = (struct byte_model){0};
}

/* --- what may be there --- */

static bool writes_to(const struct workload_op *op, const struct byte_file *f)
{
	return (op->kind == OP_WRITE || op->kind == OP_BUFFERED || op->kind == OP_MMAP_WRITE) &&
	       !strcmp(op->file, f->name);
}

const struct workload_op *byte_model_writer(const struct byte_model *m, const struct byte_file *f, int64_t pos,
					    uint8_t byte)
{
	for (size_t i = 0; i < m->wl->nr_ops; i++) {
		const struct workload_op *op = &m->wl->ops[i];

		if (pos >= op->pos && pos < op->pos + op->len && !(op->flags & WRITE_APPEND) && writes_to(op, f) &&
		    workload_byte(op->nr, pos) == byte)
			return op;
	}
	return NULL;
}

static bool has_bytes_of(const struct workload_op *op, int64_t pos, const uint8_t *bytes)
{
	uint8_t own[BYTES_TELL];

	workload_pattern(own, op->nr, pos, sizeof(own));
	return !memcmp(own, bytes, sizeof(own));
}

#define SECTOR 512

const struct workload_op *byte_model_begun_again(const struct byte_model *m, const struct byte_file *f, int64_t pos,
						 const uint8_t *bytes)
{
	for (size_t i = 0; i < m->wl->nr_ops; i++) {
		const struct workload_op *op = &m->wl->ops[i];

		if (!writes_to(op, f) || op->submit != SUBMIT_IO_URING || pos >= op->pos + op->len)
			continue;
		for (int64_t at = pos - SECTOR; at >= op->pos; at -= SECTOR)
			if (has_bytes_of(op, at, bytes))
				return op;
	}
	return NULL;
}

/* Where it went is not known, and so not which of its bytes. */
static bool append_may_write(const struct byte_file *f, int64_t pos, const uint8_t *bytes, size_t len)
{
	return pos >= f->append_from && pos + (int64_t)len <= f->append_end && workload_may_write(bytes, len);
}

/* The byte of a write goes by the position that was asked for: an append writes it elsewhere. */
static bool somebody_wrote(const struct byte_model *m, const struct byte_file *f, int64_t pos, uint8_t byte)
{
	return !byte || byte_model_writer(m, f, pos, byte) || append_may_write(f, pos, &byte, 1);
}

static bool is_right(const struct byte_model *m, uint32_t writer, int64_t pos, uint8_t byte)
{
	const struct workload_op *op = writer ? &m->wl->ops[writer - 1] : NULL;

	if (!op)
		return !byte;
	return op->flags & WRITE_APPEND ? workload_may_write(&byte, 1) : byte == workload_byte(writer, pos);
}

static enum byte_verdict check_byte(const struct byte_model *m, const struct byte_file *f, uint32_t writer, int64_t pos,
				    uint8_t byte)
{
	if (writer != BYTE_OPEN && is_right(m, writer, pos, byte))
		return BYTES_RIGHT;
	if (!somebody_wrote(m, f, pos, byte))
		return BYTES_EXPOSED;
	return writer == BYTE_OPEN ? BYTES_RIGHT : BYTES_WRONG;
}

#define PIECE 4096 /* bytes that are looked at together */

static bool are_zero(const uint8_t *bytes, size_t len)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, len - 1);
}

static bool is_of(const struct byte_model *m, const struct byte_span *run, uint32_t writer, const uint8_t *bytes)
{
	const struct workload_op *op = &m->wl->ops[writer - 1];
	size_t len = (size_t)(run->end - run->from);
	uint8_t pattern[PIECE];

	if (op->flags & WRITE_APPEND || run->from < op->pos || run->end > op->pos + op->len)
		return false;
	if (workload_byte(writer, run->from) != *bytes) /* most are refused by it */
		return false;
	workload_pattern(pattern, writer, run->from, len);
	return !memcmp(pattern, bytes, len);
}

static bool is_of_any(const struct byte_model *m, const struct byte_file *f, const struct byte_span *run,
		      const uint8_t *bytes)
{
	if (append_may_write(f, run->from, bytes, (size_t)(run->end - run->from)))
		return true;
	for (size_t i = m->wl->nr_ops; i-- > 0;)
		if (is_of(m, run, (uint32_t)i + 1, bytes) && writes_to(&m->wl->ops[i], f))
			return true;
	return false;
}

/* As is_right(), of all bytes. */
static bool are_right(const struct byte_model *m, const struct byte_span *run, const uint8_t *bytes)
{
	if (m->wl->ops[run->writer - 1].flags & WRITE_APPEND)
		return workload_may_write(bytes, (size_t)(run->end - run->from));
	return is_of(m, run, run->writer, bytes);
}

/* Nearly always all of it is right, and that is seen faster than which byte is not. */
static bool is_right_at_once(const struct byte_model *m, const struct byte_file *f, const struct byte_span *run,
			     const uint8_t *bytes)
{
	size_t len = (size_t)(run->end - run->from);

	if (!run->writer || (run->writer == BYTE_OPEN && are_zero(bytes, len)))
		return are_zero(bytes, len);
	return run->writer == BYTE_OPEN ? is_of_any(m, f, run, bytes) : are_right(m, run, bytes);
}

static enum byte_verdict check_each(const struct byte_model *m, const struct byte_file *f, const struct byte_span *run,
				    const uint8_t *bytes, int64_t *at)
{
	int64_t len = run->end - run->from;
	enum byte_verdict worst = BYTES_RIGHT;

	for (int64_t i = 0; i < len && worst != BYTES_EXPOSED; i++) {
		enum byte_verdict v = check_byte(m, f, run->writer, run->from + i, bytes[i]);

		if (v <= worst)
			continue;
		worst = v;
		*at = run->from + i;
	}
	return worst;
}

#define FEW 32 /* bytes of which halves are not looked at by themselves */

/* Of one origin, a piece at most. Where several operations can have written, each half may be of one of them. */
static enum byte_verdict check_run(const struct byte_model *m, const struct byte_file *f, const struct byte_span *run,
				   const uint8_t *bytes, int64_t *at)
{
	int64_t middle = (run->from + run->end) / 2, where;
	const struct byte_span left = {run->from, middle, run->writer}, right = {middle, run->end, run->writer};
	enum byte_verdict worst, v;

	if (is_right_at_once(m, f, run, bytes))
		return BYTES_RIGHT;
	if (run->end - run->from <= FEW)
		return check_each(m, f, run, bytes, at);
	worst = check_run(m, f, &left, bytes, at);
	v = worst == BYTES_EXPOSED ? worst : check_run(m, f, &right, bytes + (middle - run->from), &where);
	if (v > worst)
		*at = where;
	return v > worst ? v : worst;
}

/* From @pos on, as far as one span goes, or to the next. */
static struct byte_span run_at(const struct byte_file *f, int64_t pos, int64_t end)
{
	size_t i = 0;

	while (i < f->nr_spans && f->spans[i].end <= pos)
		i++;
	if (i == f->nr_spans || f->spans[i].from >= end)
		return (struct byte_span){pos, end, 0};
	if (f->spans[i].from > pos)
		return (struct byte_span){pos, f->spans[i].from, 0};
	return (struct byte_span){pos, f->spans[i].end < end ? f->spans[i].end : end, f->spans[i].writer};
}

enum byte_verdict byte_model_check(const struct byte_model *m, const struct byte_file *f, int64_t pos,
				   const uint8_t *bytes, size_t len, int64_t *at)
{
	static const uint8_t zeroes[PIECE];
	enum byte_verdict worst = BYTES_RIGHT;
	struct byte_span run;

	for (int64_t from = pos, end = pos + (int64_t)len; from < end && worst != BYTES_EXPOSED; from = run.end) {
		enum byte_verdict v;
		int64_t where;

		run = run_at(f, from, end);
		if (!bytes && (!run.writer || run.writer == BYTE_OPEN))
			continue;
		if (run.end > from / PIECE * PIECE + PIECE)
			run.end = from / PIECE * PIECE + PIECE;
		v = check_run(m, f, &run, bytes ? bytes + (from - pos) : zeroes, &where);
		if (v <= worst)
			continue;
		worst = v;
		*at = where;
	}
	return worst;
}
