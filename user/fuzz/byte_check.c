// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/byte_check.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <string.h>

#include "user/fuzz/byte_model.h"

#define CHUNK	     65536
#define PAGE	     4096
#define RULE_BYTES   "what the operations wrote, by their results, and zero elsewhere"
#define RULE_EXPOSES "no file shows what nobody wrote: zeroes that had to be written were not, or blocks are another's"

static void side_release(struct byte_side *s)
{
	byte_model_release(&s->model);
	if (s->fs)
		ext2fs_close_free(&s->fs);
}

static int add(const struct byte_side *s, const char *what, char *seen, const char *rule, struct errmsg *err)
{
	int ret = seen ? diff_add(s->diff, VERDICT_DIFFERENT, 0, what, s->first ? seen : "as the model",
				  s->first ? "as the model" : seen, rule)
		       : -ENOMEM;

	free(seen);
	return ret ? fail(err, ret, "out of memory") : 0;
}

static bool failed_on(const struct byte_side *s, const struct workload_op *op, const struct byte_file *f)
{
	return op->kind == OP_WRITE && s->results[op->nr - 1].ret < 0 && !strcmp(op->file, f->name);
}

/* Of an append it is only known between what bounds it was. */
static bool began_before(const struct byte_file *f, const struct workload_op *op, int64_t at)
{
	return (op->flags & WRITE_APPEND ? f->append_from : op->pos) < at;
}

static bool ended_behind(const struct byte_file *f, const struct workload_op *op, int64_t at)
{
	return (op->flags & WRITE_APPEND ? f->append_end : op->pos + op->len) > at;
}

/* A direct write allocates whole blocks, and what fails does not fill them. */
static bool in_a_block_that_failed(const struct byte_side *s, const struct byte_file *f, int64_t at)
{
	const struct workload *wl = s->model.wl;
	int64_t block = at / s->fs->blocksize * s->fs->blocksize, end = block + s->fs->blocksize;

	for (size_t i = 0; i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];

		if (failed_on(s, op, f) && began_before(f, op, end) && ended_behind(f, op, block))
			return true;
	}
	return false;
}

/* Where it would have written is not told. */
static bool an_append_failed(const struct byte_side *s, const struct byte_file *f)
{
	const struct workload *wl = s->model.wl;

	for (size_t i = 0; i < wl->nr_ops; i++)
		if (failed_on(s, &wl->ops[i], f) && wl->ops[i].flags & WRITE_APPEND)
			return true;
	return false;
}

/* fs/ext4/inline.c, ext4_convert_inline_data: what takes the data out of the inode without writing them. */
static bool moves_inline_data(enum op_kind kind)
{
	return kind == OP_FALLOCATE || kind == OP_PUNCH || kind == OP_TRUNCATE;
}

/*
 * Data of an inode are put into the file's first block as metadata are: the journal, or without one the device's cache,
 * writes that block once more, over what came after. A byte from before such an operation.
 */
static bool is_of_the_inode(const struct byte_side *s, const struct byte_file *f, int64_t at,
			    const struct workload_op *writer)
{
	const struct workload *wl = s->model.wl;

	if (!ext2fs_has_feature_inline_data(s->fs->super) || at >= s->fs->blocksize)
		return false;
	for (size_t i = writer ? writer->nr : 0; i < wl->nr_ops; i++)
		if (moves_inline_data(wl->ops[i].kind) && !strcmp(wl->ops[i].file, f->name))
			return true;
	return false;
}

/*
 * Where that block was given back meanwhile, it may be another by now: what it shows goes by its place in the block. A
 * byte of an operation that an inode had room for, before one that moves its data.
 */
static bool was_in_an_inode(const struct byte_side *s, int64_t at, uint8_t byte)
{
	const struct workload *wl = s->model.wl;
	int64_t in_block = at % s->fs->blocksize;
	bool held = false;

	if (!ext2fs_has_feature_inline_data(s->fs->super))
		return false;
	for (size_t i = 0; i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];

		if (held && moves_inline_data(op->kind))
			return true;
		held |= op->kind == OP_BUFFERED && op->pos + op->len <= (int64_t)EXT2_INODE_SIZE(s->fs->super) &&
			in_block >= op->pos && in_block < op->pos + op->len && workload_byte(op->nr, in_block) == byte;
	}
	return false;
}

static bool has(const char *line, size_t len, const char *word)
{
	return memmem(line, len, word, strlen(word));
}

static bool has_journalled_data(const struct byte_side *s, const struct ext2_inode *inode)
{
	return strstr(s->model.wl->mount, "data=journal") || inode->i_flags & EXT3_JOURNAL_DATA_FL;
}

/*
 * fs/ext4/inode.c, ext4_evict_inode (6.18 7.3): did it warn that it drops pages of @ino that are not written? It goes
 * by the tag of the page cache, and says so, too, after some punches, of a file that has every byte (seen on 6.18; from
 * the source: fs/buffer.c, try_to_free_buffers, cleans a folio by folio_cancel_dirty, which leaves the tag).
 * Lost are those that wait in the journal: tests/exposes/X03.wl.
 */
static bool is_given_up(const struct byte_side *s, ext2_ino_t ino)
{
	const char *slash = strrchr(s->path, '/'), *line = s->log ? s->log : "";
	char device[64], inode[32];

	snprintf(device, sizeof(device), "(device %s): ext4_evict_inode:", slash ? slash + 1 : s->path);
	snprintf(inode, sizeof(inode), ": inode #%u: ", ino);
	for (size_t len; *line; line += len + !!line[len]) {
		len = strcspn(line, "\n");
		if (has(line, len, device) && has(line, len, inode) && has(line, len, "data will be lost"))
			return true;
	}
	return false;
}

/* The rest of the block of EOF is zeroed, by a truncate or by what comes after a write that found no room. */
static bool zeroes_the_tail(const struct byte_side *s, const struct workload_op *op)
{
	return op->kind == OP_TRUNCATE ||
	       ((op->kind == OP_WRITE || op->kind == OP_BUFFERED) && s->results[op->nr - 1].ret < 0);
}

/*
 * fs/ext4/inode.c, ext4_change_inode_journal_flag (7.2 7.3): it drops the pages of @f that wait in the journal as those
 * of is_given_up() do, and says nothing: tests/exposes/X05.wl.
 */
static bool is_dropped_by_chattr(const struct byte_side *s, const struct byte_file *f)
{
	const struct workload *wl = s->model.wl;
	bool zeroed = false;

	if (!strstr(wl->mount, "data=journal"))
		return false;
	for (size_t i = 0; i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];

		if (strcmp(op->file, f->name))
			continue;
		if (zeroed && op->kind == OP_CHATTR && op->attr == 'j')
			return true;
		zeroed |= zeroes_the_tail(s, op);
	}
	return false;
}

/* How the kernel loses what waits in the journal; NULL: it does not. */
static const char *lost_how(const struct byte_side *s, const struct byte_file *f, ext2_ino_t ino,
			    const struct ext2_inode *inode)
{
	if (has_journalled_data(s, inode) && is_given_up(s, ino))
		return "in what the kernel said will be lost";
	return is_dropped_by_chattr(s, f) ? "in what chattr dropped from the cache" : NULL;
}

/* Whose the byte is that should not be there. */
static const char *whose(const struct byte_side *s, const struct byte_file *f, enum byte_verdict v, int64_t at,
			 uint8_t byte)
{
	const struct workload_op *op = byte_model_writer(&s->model, f, at, byte);

	if (v == BYTES_EXPOSED && is_of_the_inode(s, f, at, NULL))
		return "what nobody wrote where the inode's data went";
	if (v == BYTES_EXPOSED && was_in_an_inode(s, at, byte))
		return "what an inode held";
	if (v == BYTES_EXPOSED)
		return in_a_block_that_failed(s, f, at) ? "what nobody wrote where a write failed"
							: "what nobody wrote";
	if ((!byte || op) && is_of_the_inode(s, f, at, op))
		return "of what the inode held";
	if (!byte)
		return "zero";
	if (op ? s->results[op->nr - 1].ret < 0 : an_append_failed(s, f))
		return "of a write that failed";
	/* the block may be the one that the file had there before */
	return in_a_block_that_failed(s, f, at) ? "of another operation where a write failed" : "of another operation";
}

/* What a file shows: that of its inode, of its blocks, and zeroes. */
struct shown {
	const struct byte_side *side;
	const struct byte_file *f;
	int64_t size;
	const char *lost;	 /* how the kernel loses pages of the file; NULL: it does not */
	enum byte_verdict worst; /* of all bytes so far, and the first of these */
	int64_t at;
	uint8_t byte;
	uint8_t bytes[BYTES_TELL]; /* there and behind, where there are so many: else 0 */
};

static int add_byte(const struct byte_side *s, const struct shown *w, struct errmsg *err)
{
	bool again = byte_model_begun_again(&s->model, w->f, w->at, w->bytes);
	bool exposed = w->worst == BYTES_EXPOSED && !again;
	const char *of = again	   ? "of a write that io_uring began again"
			 : w->lost ? w->lost
				   : whose(s, w->f, w->worst, w->at, w->byte);

	return add(s, exposed ? "exposes" : "bytes",
		   strf("%s: %s, 0x%02x at %lld", w->f->name, of, w->byte, (long long)w->at),
		   exposed ? RULE_EXPOSES : RULE_BYTES, err);
}

/* @bytes NULL: zeroes. */
static void look_at(struct shown *w, int64_t pos, const uint8_t *bytes, size_t len)
{
	int64_t at = 0;
	enum byte_verdict v = byte_model_check(&w->side->model, w->f, pos, bytes, len, &at);

	if (v <= w->worst)
		return;
	w->worst = v;
	w->at = at;
	w->byte = bytes ? bytes[at - pos] : 0;
	memset(w->bytes, 0, sizeof(w->bytes));
	if (bytes && at + BYTES_TELL <= pos + (int64_t)len)
		memcpy(w->bytes, bytes + (at - pos), BYTES_TELL);
}

static void look_at_zeroes(struct shown *w, int64_t from, int64_t end)
{
	end = end < w->size ? end : w->size;
	if (from < end)
		look_at(w, from, NULL, (size_t)(end - from));
}

/* A device in memory is looked at where it is. */
static const uint8_t *look(const struct byte_side *s, uint64_t addr, size_t len, uint8_t *buf)
{
	uint32_t bs = s->fs->blocksize;

	if (s->memory)
		return ref_memory_at(s->memory, addr, len);
	return io_channel_read_blk64(s->fs->io, addr / bs, (int)((len + bs - 1) / bs), buf) ? NULL : buf;
}

static int look_at_run(struct shown *w, const struct file_run *run, struct errmsg *err)
{
	uint32_t bs = w->side->fs->blocksize;
	int64_t pos = (int64_t)(run->lblk * bs), end = pos + (int64_t)(run->len * bs);
	uint64_t addr = run->pblk * bs;
	static _Thread_local uint8_t buf[CHUNK];

	end = end < w->size ? end : w->size;
	for (size_t len; pos < end; pos += (int64_t)len, addr += len) {
		const uint8_t *bytes;

		len = end - pos < CHUNK ? (size_t)(end - pos) : CHUNK;
		bytes = look(w->side, addr, len, buf);
		if (!bytes)
			return fail(err, -EIO, "cannot read %s on %s", w->f->name, w->side->path);
		look_at(w, pos, bytes, len);
	}
	return 0;
}

static int look_at_runs(struct shown *w, const struct file_runs *runs, struct errmsg *err)
{
	int64_t bs = w->side->fs->blocksize, pos = 0;
	int ret = 0;

	for (size_t i = 0; i < runs->nr && !ret; i++) {
		const struct file_run *run = &runs->runs[i];

		if (run->of_map || !run->written)
			continue;
		look_at_zeroes(w, pos, (int64_t)run->lblk * bs);
		ret = look_at_run(w, run, err);
		pos = (int64_t)(run->lblk + run->len) * bs;
	}
	look_at_zeroes(w, pos, w->size);
	return ret;
}

static int look_at_inline(struct shown *w, ext2_ino_t ino, struct ext2_inode *inode, struct errmsg *err)
{
	uint8_t buf[EXT2_MAX_BLOCK_SIZE] = {0};
	size_t size = sizeof(buf);
	errcode_t e = ext2fs_inline_data_get(w->side->fs, ino, inode, buf, &size);

	if (e)
		return fail(err, -EIO, "cannot read %s on %s: %s", w->f->name, w->side->path, error_message(e));
	size = (int64_t)size < w->size ? size : (size_t)w->size;
	look_at(w, 0, buf, size);
	look_at_zeroes(w, (int64_t)size, w->size);
	return 0;
}

/*
 * i_size has moved to where @op was to begin, and what reached the disk is how far writeback came on the way there: to
 * the end of a page, fs/ext4/inode.c, mpage_map_and_submit_extent.
 */
static bool written_up_to(const struct byte_side *s, const struct byte_file *f, const struct workload_op *op,
			  int64_t size)
{
	return s->results[op->nr - 1].ret == -EFAULT && size > f->size && size < op->pos && !(size % PAGE);
}

/*
 * Is it where a write that failed would have ended, had it got so far? Once an append goes on from there the size is
 * not certain: byte_model.c, take_lost_append.
 */
static bool as_one_failed(const struct byte_side *s, const struct byte_file *f, int64_t size)
{
	const struct workload *wl = s->model.wl;

	for (size_t i = 0; i < wl->nr_ops; i++) {
		const struct workload_op *op = &wl->ops[i];

		if (!failed_on(s, op, f))
			continue;
		if (written_up_to(s, f, op, size) || (began_before(f, op, size + 1) && ended_behind(f, op, size - 1)))
			return true;
	}
	return false;
}

static int add_size(const struct byte_side *s, const struct byte_file *f, int64_t size, struct errmsg *err)
{
	return add(s, "bytes",
		   strf("%s: size %lld instead of %lld%s", f->name, (long long)size, (long long)f->size,
			as_one_failed(s, f, size) ? ", which a write that failed moved" : ""),
		   RULE_BYTES, err);
}

int byte_check_file(const struct byte_side *s, const struct byte_file *f, ext2_ino_t ino, struct ext2_inode *inode,
		    const struct file_runs *runs, struct errmsg *err)
{
	struct shown w = {
		.side = s,
		.f = f,
		.size = (int64_t)EXT2_I_SIZE(inode),
		.lost = lost_how(s, f, ino, inode),
	};
	int ret;

	if (f->size_certain && w.size != f->size)
		return add_size(s, f, w.size, err);
	ret = inode->i_flags & EXT4_INLINE_DATA_FL ? look_at_inline(&w, ino, inode, err) : look_at_runs(&w, runs, err);
	return ret || w.worst == BYTES_RIGHT ? ret : add_byte(s, &w, err);
}

static int check_file(const struct byte_side *s, const struct byte_file *f, struct errmsg *err)
{
	_cleanup_(file_runs_release) struct file_runs runs = {0};
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t e = ext2fs_lookup(s->fs, EXT2_ROOT_INO, f->name, (int)strlen(f->name), NULL, &ino);

	if (!e)
		e = ext2fs_read_inode(s->fs, ino, &inode);
	if (!e)
		e = file_runs_read(&runs, s->fs, ino, &inode);
	if (e)
		return fail(err, -EIO, "cannot open %s on %s: %s", f->name, s->path, error_message(e));
	return byte_check_file(s, f, ino, &inode, &runs, err);
}

static int check_side(struct byte_side *s, const struct workload *wl, struct errmsg *err)
{
	int ret = byte_model_init(&s->model, wl, s->results);
	errcode_t e = ret ? 0
			  : ext2fs_open(s->bytes, EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS, 0, 0,
					unix_io_manager, &s->fs);

	if (ret)
		return fail(err, ret, "out of memory");
	if (e)
		return fail(err, -EIO, "cannot read the file system on %s: %s", s->path, error_message(e));
	for (size_t i = 0; i < s->model.nr_files && !ret; i++)
		ret = check_file(s, &s->model.files[i], err);
	return ret;
}

int byte_check(const struct judged *j, const char *log, struct errmsg *err)
{
	_cleanup_(side_release) struct byte_side live = {.path = j->live.device->path,
							 .bytes = loop_device_bytes(j->live.device),
							 .log = log,
							 .results = j->live.results,
							 .first = true,
							 .diff = &j->result->diff};
	_cleanup_(side_release) struct byte_side ref = {.path = j->reference.device->path,
							.bytes = loop_device_bytes(j->reference.device),
							.results = j->reference.results,
							.diff = &j->result->diff};
	int ret = check_side(&live, j->wl, err);

	return ret ? ret : check_side(&ref, j->wl, err);
}
