// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "reports/model/counts.h"
#include "reports/model/files.h"
#include "reports/model/record_check.h"
#include "user/base/copy.h"
#include "user/trace/record_v1.h"
#include "reports/model/steps_store.h"
#include "reports/model/window.h"
#include "reports/model/write_class.h"
#include "reports/model/write_who.h"

struct write_stream {
	struct trace_reader *reader;
	char *path;
	unsigned int flags;
	unsigned int version;
	struct record_buffer buf;
	struct steps_store steps;
	struct window window;
	struct id_set ids;
	struct counts counts;
	struct infer_rules infer;
	struct write_classes *classes;
	struct write_whos *whos;
	struct write_set frame;
	bool ended;
	struct progress *progress;
	progress_place place;
};

/* --- opening --- */

static int take_header(struct write_stream *s, struct errmsg *err)
{
	const struct meta *header = trace_reader_header(s->reader);

	if (meta_copy(&s->frame.header, header))
		return fail(err, -ENOMEM, "out of memory for the header");
	s->version = (unsigned int)meta_u64(header, META_RECORD_VERSION, 0);
	s->infer = infer_rules_of(header);
	return record_check_version(s->version, err);
}

static int prepare(struct write_stream *s, const char *path, struct errmsg *err)
{
	s->path = strdup(path);
	if (s->flags & STREAM_NAMES)
		s->frame.names = file_names_new();
	s->classes = write_classes_new();
	s->whos = write_whos_new();
	if (!s->path || !s->classes || !s->whos || (s->flags & STREAM_NAMES && !s->frame.names) ||
	    window_init(&s->window, s->flags & STREAM_BY_ENTRY ? STREAM_WINDOW : 1))
		return fail(err, -ENOMEM, "out of memory");
	return take_header(s, err);
}

/* One thread unpacks about as fast as the writes are looked at. */
static unsigned int stream_threads(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < 2 ? 0 : processors < 4 ? 1 : 2;
}

int stream_open(struct write_stream **out, const char *path, unsigned int flags, struct errmsg *err)
{
	struct write_stream *s = calloc(1, sizeof(*s));
	struct errmsg why = {""};
	int ret;

	if (!s)
		return fail(err, -ENOMEM, "out of memory");
	s->flags = flags;
	ret = trace_reader_open(&s->reader, path, err);
	if (!ret)
		trace_reader_threads(s->reader, stream_threads());
	if (!ret && (ret = prepare(s, path, &why)))
		fail(err, ret, "cannot read %s: %s", path, why.text);
	if (ret) {
		stream_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

void stream_close(struct write_stream *s)
{
	if (!s)
		return;
	trace_reader_close(s->reader);
	steps_store_release(&s->steps);
	window_release(&s->window);
	id_set_release(&s->ids);
	write_classes_free(s->classes);
	write_whos_free(s->whos);
	set_release(&s->frame);
	free(s->path);
	free(s);
}

void stream_window(struct write_stream *s, const struct span_want *want)
{
	trace_reader_window(s->reader, want);
}

void stream_watch(struct write_stream *s, struct progress *progress)
{
	s->progress = progress;
}

struct write_set *stream_frame(struct write_stream *s)
{
	return &s->frame;
}

struct write_set stream_release_frame(struct write_stream *s)
{
	struct write_set frame = s->frame;

	memset(&s->frame, 0, sizeof(s->frame));
	return frame;
}

uint64_t stream_late(const struct write_stream *s)
{
	return s->window.late;
}

/* --- records --- */

static int take_write(struct write_stream *s, const struct write_record *rec, size_t len, struct errmsg *err)
{
	struct write *w;
	int ret = check_write_record(rec, len, err);

	if (!ret && !id_set_add(&s->ids, rec->head.id, &ret) && !ret)
		ret = fail(err, -EINVAL, "two writes have the id %" PRIu64, (uint64_t)rec->head.id);
	if (ret)
		return ret == -ENOMEM ? fail(err, ret, "out of memory") : ret;
	w = window_new(&s->window);
	if (!w)
		return fail(err, -ENOMEM, "out of memory");
	copy_words(&w->rec, rec, sizeof(*rec));
	w->op = rec->op;
	ret = steps_store_join(&s->steps, w, (const struct write_step *)(rec + 1), rec->nr_inline, err);
	if (!ret)
		ret = check_write_steps(&w->rec, w->steps, w->nr_steps, err);
	if (ret)
		return ret;
	counts_take(&s->counts, &w->rec, w->nr_steps);
	if (write_classes_infer(s->classes, w, &s->infer))
		return fail(err, -ENOMEM, "out of memory");
	window_add(&s->window, w);
	ret = progress_write(s->progress, &s->place, trace_reader_offset(s->reader));
	return ret ? fail(err, ret, "it was interrupted") : 0;
}

static int take_steps(struct write_stream *s, const struct steps_record *rec, size_t len, struct errmsg *err)
{
	int ret = check_steps_record(rec, len, err);

	if (!ret && steps_store_add(&s->steps, rec))
		ret = fail(err, -ENOMEM, "out of memory for records of steps");
	return ret;
}

static int take_file(struct write_stream *s, const struct file_record *file, size_t len, struct stream_item *item,
		     struct errmsg *err)
{
	int ret = check_file_record(file, len, err);

	if (ret)
		return ret;
	if (s->frame.names && file_names_learn(s->frame.names, file))
		return fail(err, -ENOMEM, "out of memory for the names of files");
	item->file = file;
	return 0;
}

static int take_sync(const struct sync_record *sync, size_t len, struct stream_item *item, struct errmsg *err)
{
	int ret = check_sync_record(sync, len, err);

	if (!ret)
		item->sync = sync;
	return ret;
}

static int take_record(struct write_stream *s, const void *record, size_t len, struct stream_item *item,
		       struct errmsg *err)
{
	const struct record_head *head = record;
	bool writes = !(s->flags & STREAM_NO_WRITES);

	switch ((enum record_type)head->type) {
	case RECORD_WRITE:
		return writes ? take_write(s, record, len, err) : 0;
	case RECORD_STEPS:
		return writes ? take_steps(s, record, len, err) : 0;
	case RECORD_FILE:
		return take_file(s, record, len, item, err);
	case RECORD_SYNC:
		return take_sync(record, len, item, err);
	}
	return fail(err, -EINVAL, "a record of type %u, which this dioscope does not know", head->type);
}

/* --- the end --- */

/* A sentence where the trace broke off, or where its end counts other than what is here. */
static int explain_end(struct write_stream *s, const char *why)
{
	struct write_set *frame = &s->frame;

	if (frame->end == TRACE_COMPLETE)
		return counts_check(&s->counts, &frame->trailer, &frame->end_why);
	frame->end_why = strdup(why ? why : "the trace has no end");
	return frame->end_why ? 0 : -ENOMEM;
}

static int take_end(struct write_stream *s, struct errmsg *err)
{
	struct write_set *frame = &s->frame;
	const struct meta *trailer = NULL;
	const char *why = NULL;

	s->ended = true;
	s->counts.skipped = trace_reader_skipped(s->reader);
	frame->left_out += s->counts.skipped;
	frame->end = trace_reader_end(s->reader, &trailer, &why);
	if (meta_copy(&frame->trailer, trailer) || explain_end(s, why))
		return fail(err, -ENOMEM, "out of memory for the trailer");
	frame->lost_records =
		meta_u64(&frame->trailer, META_LOST_RING, 0) + meta_u64(&frame->trailer, META_LOST_STATE, 0);
	frame->lost_steps = meta_u64(&frame->trailer, META_LOST_STEPS, 0);
	if (frame->names && file_names_settle(frame->names))
		return fail(err, -ENOMEM, "out of memory for the names of files");
	return 0;
}

/* --- handing out --- */

static int name_file(struct write_stream *s, const struct write *w, struct write_who *who)
{
	if (!s->frame.names || (who && who->named))
		return 0;
	if (who)
		who->named = true;
	return file_names_of_write(s->frame.names, &w->rec) ? 0 : -ENOMEM;
}

static int hand_out(struct write_stream *s, struct write *w, struct stream_item *item, struct errmsg *err)
{
	struct write_who *who = write_whos_find(s->whos, &w->rec);

	w->who = who;
	if (name_file(s, w, who))
		return fail(err, -ENOMEM, "out of memory for the names of files");
	s->frame.streamed++;
	item->write = w;
	return 1;
}

/* Read on, until there is something to hand out. */
static int next(struct write_stream *s, struct stream_item *item, struct errmsg *err)
{
	const void *record;
	size_t len;
	int ret;

	while (!s->ended && !window_is_full(&s->window)) {
		ret = trace_reader_next(s->reader, &record, &len, err);
		if (ret > 0)
			ret = record_of_version(s->version, record, &len, &s->buf, &record, err)
				      ?: take_record(s, record, len, item, err);
		else if (!ret)
			ret = take_end(s, err);
		if (ret)
			return ret;
		if (item->file || item->sync)
			return 1;
	}
	return window_is_empty(&s->window) ? 0 : hand_out(s, window_take(&s->window), item, err);
}

int stream_next(struct write_stream *s, struct stream_item *item, struct errmsg *err)
{
	struct errmsg why; /* filled in with an error; clearing it would cost as much as reading a write */
	int ret;

	why.text[0] = '\0';
	*item = (struct stream_item){0};
	ret = next(s, item, &why);
	return ret < 0 ? fail(err, ret, "cannot read %s: %s", s->path, why.text) : ret;
}
