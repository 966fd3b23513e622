// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the index, from its end --- */

static bool read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	return pread(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

/* The block at @offset, which must end before @end and be what it should; its number is not known yet. */
static bool load_block(int fd, uint64_t offset, uint64_t end, enum trace_block_type type, struct block_buffer *b)
{
	if (offset >= end || end - offset < sizeof(b->head) || !read_at(fd, &b->head, sizeof(b->head), offset))
		return false;
	if (trace_head_problem(&b->head, TRACE_VERSION) || b->head.len > end - offset - sizeof(b->head) ||
	    !read_at(fd, b->payload, b->head.len, offset + sizeof(b->head)))
		return false;
	return b->head.type == type && !trace_block_problem(&b->head, b->payload, b->head.seq);
}

static bool load_foot(int fd, struct trace_foot *foot, uint64_t *trailer, struct block_buffer *b)
{
	struct stat st;
	uint64_t size;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size < sizeof(*foot))
		return false;
	size = (uint64_t)st.st_size;
	if (!read_at(fd, foot, sizeof(*foot), size - sizeof(*foot)) || foot->magic != TRACE_FOOT_MAGIC ||
	    foot->block_len > size || foot->block_len < sizeof(b->head) + sizeof(*foot))
		return false;
	*trailer = size - foot->block_len;
	return load_block(fd, *trailer, size, TRACE_TRAILER, b) && b->head.len + sizeof(b->head) == foot->block_len;
}

/* How many spans there are when the trailer is block @seq; UINT64_MAX: it cannot be. */
static uint64_t nr_spans(uint64_t seq)
{
	uint64_t blocks = seq - 1, nr = blocks - (blocks + TRACE_INDEX_SPANS) / (TRACE_INDEX_SPANS + 1);

	return seq && trailer_seq(nr) == seq ? nr : UINT64_MAX;
}

/*
 * Backwards, each before the one that names it: this ends, and nothing is read twice. The spans of the last one are the
 * last ones.
 */
static bool load_chain(struct trace_spans *s, int fd, uint64_t offset, struct block_buffer *b)
{
	uint64_t end = s->trailer, left = s->nr;

	while (offset) {
		struct trace_index_head head;

		if (!load_block(fd, offset, end, TRACE_INDEX, b) ||
		    trace_index_problem(b->payload, b->head.len, &head) || head.nr > left)
			return false;
		left -= head.nr;
		trace_index_spans(b->payload, &head, s->spans + left);
		s->without_files |= head.span_bytes != sizeof(*s->spans);
		end = offset;
		offset = head.previous;
	}
	return !left;
}

/* Blocks follow one another. */
static bool is_sound(const struct trace_spans *s)
{
	uint64_t least = sizeof(struct trace_block);

	for (uint64_t i = 0; i < s->nr; i++) {
		if (s->spans[i].offset < least || s->spans[i].offset >= s->trailer)
			return false;
		least = s->spans[i].offset + sizeof(struct trace_block);
	}
	return true;
}

/* Each span's block takes its place before the trailer, so that their number is believed up to there. */
static bool load(struct trace_spans *s, int fd, struct block_buffer *b)
{
	struct trace_foot foot;

	if (!load_foot(fd, &foot, &s->trailer, b))
		return false;
	s->nr = nr_spans(b->head.seq);
	if (s->nr > s->trailer / sizeof(struct trace_block))
		return false;
	s->spans = malloc(s->nr * sizeof(*s->spans) + 1);
	return s->spans && load_chain(s, fd, foot.index, b) && is_sound(s);
}

bool trace_spans_load(struct trace_spans *s, int fd)
{
	struct block_buffer *b = malloc(sizeof(*b));
	bool loaded;

	*s = (struct trace_spans){0};
	loaded = b && load(s, fd, b);
	free(b);
	if (!loaded)
		trace_spans_release(s);
	return loaded;
}

void trace_spans_release(struct trace_spans *s)
{
	free(s->spans);
	*s = (struct trace_spans){0};
}

int trace_trailer_parse(struct meta *trailer, const struct block_buffer *b, struct errmsg *err)
{
	size_t foot = b->head.version == TRACE_VERSION_RAW ? 0 : sizeof(struct trace_foot);

	if (b->head.len < foot)
		return fail(err, -EINVAL, "the trailer has no foot");
	return meta_parse(trailer, (const char *)b->payload, b->head.len - foot, err);
}

/* --- a window --- */

struct trace_window {
	struct trace_spans spans;
	struct span_want want;
	uint64_t next; /* span */
	uint64_t skipped;
};

struct trace_window *trace_window_new(int fd, const struct span_want *want)
{
	struct trace_window *w = calloc(1, sizeof(*w));

	if (!w || !trace_spans_load(&w->spans, fd)) {
		free(w);
		return NULL;
	}
	w->want = *want;
	return w;
}

void trace_window_free(struct trace_window *w)
{
	if (w)
		trace_spans_release(&w->spans);
	free(w);
}

void trace_window_next(struct trace_window *w, uint64_t *offset, uint64_t *seq)
{
	const struct trace_spans *s = &w->spans;

	while (w->next < s->nr && !span_wanted(&s->spans[w->next], &w->want))
		w->skipped += s->spans[w->next++].writes;
	*offset = w->next < s->nr ? s->spans[w->next].offset : s->trailer;
	*seq = w->next < s->nr ? span_seq(w->next) : trailer_seq(s->nr);
	w->next += w->next < s->nr;
}

uint64_t trace_window_skipped(const struct trace_window *w)
{
	return w->skipped;
}
