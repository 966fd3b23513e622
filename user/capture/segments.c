// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/segments.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "bpf/write_record.h"
#include "user/capture/known_files.h"
#include "user/capture/steps_hold.h"
#include "user/trace/trace_file.h"

struct segments {
	struct trace_writer *trace;
	const struct turns *turns; /* NULL: one file */
	int fds[2];		   /* with turns: ours, and the other; -1: none */
	unsigned int nr;
	uint64_t began_ns;
	struct meta header;
	struct known_files files;
	struct steps_hold steps;
	struct errmsg why; /* of a write that failed inside steps_hold */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* --- segments --- */

/* "3, begun 2026-11-26T19:03:10+0000" */
static int name_segment(struct segments *s)
{
	char when[40];
	struct tm tm;
	time_t now = time(NULL);

	if (!s->turns)
		return 0;
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", &tm);
	return meta_setf(&s->header, META_SEGMENT, "%u, begun %s", s->nr, when);
}

static int begin_segment(struct segments *s, int fd, struct errmsg *err)
{
	s->nr++;
	s->began_ns = now_ns();
	if (name_segment(s))
		return fail(err, -ENOMEM, "out of memory");
	return trace_writer_open(&s->trace, fd, &s->header, err);
}

/* What is in the other file is older than a whole segment. */
static int begin_other(struct segments *s, struct errmsg *err)
{
	int which = s->fds[s->nr % 2], fd, ret;

	if (ftruncate(which, 0) || lseek(which, 0, SEEK_SET) < 0)
		return fail(err, -errno, "cannot begin the trace's other file: %s", strerror(errno));
	fd = dup(which);
	if (fd < 0)
		return fail(err, -errno, "cannot begin the trace's other file: %s", strerror(errno));
	ret = begin_segment(s, fd, err);
	if (ret)
		close(fd);
	return ret;
}

int segments_turn(struct segments *s, const struct meta *trailer, struct errmsg *err)
{
	int ret = trace_writer_close(s->trace, trailer, err);

	s->trace = NULL;
	return ret ? ret : begin_other(s, err);
}

int segments_write_empty(int fd, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta header = {0}, trailer = {0};
	struct trace_writer *w;
	int own = dup(fd), ret;

	if (own < 0)
		return fail(err, -errno, "cannot begin the trace's other file: %s", strerror(errno));
	if (meta_setf(&header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION) || meta_set(&trailer, META_WRITES, "0"))
		ret = fail(err, -ENOMEM, "out of memory");
	else
		ret = trace_writer_open(&w, own, &header, err);
	if (!ret)
		return trace_writer_close(w, &trailer, err);
	close(own);
	return ret;
}

bool segments_due(const struct segments *s)
{
	const struct turns *t = s->turns;

	if (!t)
		return false;
	return (t->bytes && trace_writer_bytes(s->trace) >= t->bytes) || (t->ns && now_ns() - s->began_ns >= t->ns);
}

/* --- records --- */

static int write_out(void *ctx, const void *record, size_t len)
{
	struct segments *s = ctx;

	return trace_writer_append(s->trace, record, len, &s->why);
}

static int learn(struct segments *s, const struct file_record *file, size_t len)
{
	return s->turns && len == sizeof(*file) ? known_files_learn(&s->files, file, s->nr) : 0;
}

static int say_file(struct segments *s, uint32_t dev, uint64_t ino, uint32_t generation)
{
	const struct file_record *file = s->turns ? known_files_due(&s->files, dev, ino, generation, s->nr) : NULL;

	return file ? write_out(s, file, sizeof(*file)) : 0;
}

static int append_write(struct segments *s, const struct write_record *rec, size_t len)
{
	int ret = 0;

	if (len >= sizeof(*rec)) {
		ret = say_file(s, rec->dev, rec->ino, rec->generation);
		if (!ret && rec->continuations)
			ret = steps_hold_give(&s->steps, rec->head.id, write_out, s);
	}
	return ret ? ret : write_out(s, rec, len);
}

static int append_sync(struct segments *s, const struct sync_record *sync, size_t len)
{
	int ret = len == sizeof(*sync) ? say_file(s, sync->dev, sync->ino, sync->generation) : 0;

	return ret ? ret : write_out(s, sync, len);
}

static int append(struct segments *s, const void *record, size_t len)
{
	int ret;

	switch (((const struct record_head *)record)->type) {
	case RECORD_WRITE:
		return append_write(s, record, len);
	case RECORD_STEPS:
		return steps_hold_take(&s->steps, record, len, write_out, s);
	case RECORD_SYNC:
		return append_sync(s, record, len);
	case RECORD_FILE:
		ret = learn(s, record, len);
		return ret ? ret : write_out(s, record, len);
	}
	return write_out(s, record, len);
}

/* Of something below that says why itself, or has no memory. */
static int explain(struct segments *s, int ret, struct errmsg *err)
{
	if (!ret)
		return 0;
	return fail(err, ret, "%s", s->why.text[0] ? s->why.text : strerror(-ret));
}

int segments_append(struct segments *s, const void *record, size_t len, struct errmsg *err)
{
	return explain(s, append(s, record, len), err);
}

int segments_flush_due(struct segments *s, struct errmsg *err)
{
	return trace_writer_flush_due(s->trace, err);
}

/* --- from open to close --- */

static int copy_header(struct segments *s, const struct meta *header)
{
	int ret = 0;

	for (size_t i = 0; i < header->nr && !ret; i++)
		ret = meta_set(&s->header, header->lines[i].key, header->lines[i].value);
	return ret;
}

int segments_open(struct segments **out, int fd, const struct turns *turns, const struct meta *header,
		  struct errmsg *err)
{
	struct segments *s = calloc(1, sizeof(*s));
	int ret = s ? 0 : fail(err, -ENOMEM, "out of memory");

	if (!ret) {
		s->turns = turns;
		s->fds[0] = turns ? dup(fd) : -1;
		s->fds[1] = turns ? turns->other : -1;
		ret = copy_header(s, header) ? fail(err, -ENOMEM, "out of memory") : begin_segment(s, fd, err);
	}
	if (ret)
		segments_free(s);
	else
		*out = s;
	return ret;
}

unsigned int segments_nr(const struct segments *s)
{
	return s->nr;
}

uint64_t segments_began_ns(const struct segments *s)
{
	return s->began_ns;
}

uint64_t segments_bytes(const struct segments *s)
{
	return trace_writer_bytes(s->trace);
}

int segments_close(struct segments *s, const struct meta *trailer, struct errmsg *err)
{
	int ret = explain(s, steps_hold_give_all(&s->steps, write_out, s), err);

	if (!ret) {
		ret = trace_writer_close(s->trace, trailer, err);
		s->trace = NULL;
	}
	segments_free(s);
	return ret;
}

void segments_free(struct segments *s)
{
	if (!s)
		return;
	trace_writer_free(s->trace);
	closep(&s->fds[0]);
	meta_release(&s->header);
	known_files_release(&s->files);
	steps_hold_release(&s->steps);
	free(s);
}
