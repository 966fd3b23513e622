// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/byte_model.h"

#include <errno.h>
#include <string.h>

#define BYTE_OPEN UINT32_MAX
#define ROOM_MAX  (64ll << 20)

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

static int make_room(struct byte_file *f, int64_t end)
{
	int64_t room = f->room ? f->room : 65536;
	uint32_t *writer;

	if (end <= f->room)
		return 0;
	while (room < end)
		room *= 2;
	writer = room > ROOM_MAX ? NULL : realloc(f->writer, (size_t)room * sizeof(*writer));
	if (!writer)
		return -ENOMEM;
	memset(writer + f->room, 0, (size_t)(room - f->room) * sizeof(*writer));
	f->writer = writer;
	f->room = room;
	return 0;
}

/* --- what happens to bytes --- */

static void set_bytes(struct byte_file *f, int64_t from, int64_t end, uint32_t writer)
{
	for (int64_t at = from; at < end && at < f->room; at++)
		f->writer[at] = writer;
}

static int written(struct byte_file *f, int64_t pos, int64_t len, uint32_t writer)
{
	int ret = len > 0 ? make_room(f, pos + len) : 0;

	if (!ret)
		set_bytes(f, pos, pos + len, writer);
	return ret;
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

/*
 * What the result covers is there. The rest may have been on the disk before the write failed, but not beyond the size:
 * a file does not grow by what failed.
 */
static int take_write(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	int64_t pos = op->flags & WRITE_APPEND ? f->size : op->pos, done = ret > 0 ? ret : 0, end = pos + op->len;
	int err;

	if (op->flags & WRITE_APPEND && done && f->maybe_size > f->size)
		return take_lost_append(f, done);
	err = written(f, pos, done, op->nr);
	if (ret < 0 && end > f->maybe_size)
		f->maybe_size = end;
	if (done)
		grow(f, pos + done);
	if (end > f->size)
		end = f->size;
	return err || end <= pos + done ? err : written(f, pos + done, end - pos - done, BYTE_OPEN);
}

static int take_buffered(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	if (ret) { /* how much of it was written is not told */
		f->size_certain = false;
		return written(f, op->pos, op->len, BYTE_OPEN);
	}
	if (op->len)
		grow(f, op->pos + op->len);
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
	set_bytes(f, op->pos, op->pos + op->len, ret ? BYTE_OPEN : 0);
	return 0;
}

static int take_truncate(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	if (ret)
		return 0;
	f->size = f->maybe_size = op->len;
	f->size_certain = true;
	set_bytes(f, f->size, f->room, 0);
	return 0;
}

/* What lies inside the file. Where it faulted, nobody tells how far it had come. */
static int take_mmap_write(struct byte_file *f, const struct workload_op *op, int64_t ret)
{
	int64_t left = f->size - op->pos, len = op->len < left ? op->len : left;

	if (!f->size_certain)
		return written(f, op->pos, op->len, BYTE_OPEN);
	return len > 0 ? written(f, op->pos, len, ret ? BYTE_OPEN : op->nr) : 0;
}

static int (*const takers[NR_OPS])(struct byte_file *f, const struct workload_op *op, int64_t ret) = {
	[OP_FALLOCATE] = take_fallocate, [OP_PUNCH] = take_punch, [OP_TRUNCATE] = take_truncate,
	[OP_BUFFERED] = take_buffered,	 [OP_WRITE] = take_write, [OP_MMAP_WRITE] = take_mmap_write,
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

static void open_all(struct byte_model *m)
{
	for (size_t i = 0; i < m->nr_files; i++) {
		set_bytes(&m->files[i], 0, m->files[i].room, BYTE_OPEN);
		m->files[i].size_certain = false;
	}
}

int byte_model_init(struct byte_model *m, const struct workload *wl, const struct op_result *results)
{
	int ret = 0;

	*m = (struct byte_model){.wl = wl};
	for (size_t i = 0; i < wl->nr_ops && !ret; i++)
		ret = take(m, &wl->ops[i], results[i].ret);
	if (!ret && (ran_out(wl, results) || appends_anywhere(wl)))
		open_all(m);
	return ret;
}

void byte_model_release(struct byte_model *m)
{
	for (size_t i = 0; i < m->nr_files; i++)
		free(m->files[i].writer);
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

		if (writes_to(op, f) && !(op->flags & WRITE_APPEND) && pos >= op->pos && pos < op->pos + op->len &&
		    workload_byte(op->nr, pos) == byte)
			return op;
	}
	return NULL;
}

static bool has_append(const struct byte_model *m, const struct byte_file *f)
{
	for (size_t i = 0; i < m->wl->nr_ops; i++)
		if (m->wl->ops[i].kind == OP_OPEN && m->wl->ops[i].flags & WRITE_APPEND &&
		    !strcmp(m->wl->ops[i].file, f->name))
			return true;
	for (size_t i = 0; i < m->wl->nr_ops; i++)
		if (writes_to(&m->wl->ops[i], f) && m->wl->ops[i].flags & WRITE_APPEND && m->wl->ops[i].len)
			return true;
	return false;
}

/* The byte of a write goes by the position that was asked for: an append writes it elsewhere. */
static bool somebody_wrote(const struct byte_model *m, const struct byte_file *f, int64_t pos, uint8_t byte)
{
	return !byte || byte_model_writer(m, f, pos, byte) || has_append(m, f);
}

static bool is_right(const struct byte_model *m, uint32_t writer, int64_t pos, uint8_t byte)
{
	const struct workload_op *op = writer ? &m->wl->ops[writer - 1] : NULL;

	if (!op)
		return !byte;
	return op->flags & WRITE_APPEND ? byte != 0 : byte == workload_byte(writer, pos);
}

static enum byte_verdict check_byte(const struct byte_model *m, const struct byte_file *f, int64_t pos, uint8_t byte)
{
	uint32_t writer = pos < f->room ? f->writer[pos] : 0;

	if (writer != BYTE_OPEN && is_right(m, writer, pos, byte))
		return BYTES_RIGHT;
	if (!somebody_wrote(m, f, pos, byte))
		return BYTES_EXPOSED;
	return writer == BYTE_OPEN ? BYTES_RIGHT : BYTES_WRONG;
}

enum byte_verdict byte_model_check(const struct byte_model *m, const struct byte_file *f, int64_t pos,
				   const uint8_t *bytes, size_t len, int64_t *at)
{
	enum byte_verdict worst = BYTES_RIGHT;

	for (size_t i = 0; i < len && worst != BYTES_EXPOSED; i++) {
		enum byte_verdict v = check_byte(m, f, pos + (int64_t)i, bytes[i]);

		if (v <= worst)
			continue;
		worst = v;
		*at = pos + (int64_t)i;
	}
	return worst;
}
