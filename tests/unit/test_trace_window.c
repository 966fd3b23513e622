// SPDX-License-Identifier: GPL-2.0-only
/* With an index a reader leaves blocks out, never a record that was asked for; an index that lies is none. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bpf/write_record.h"
#include "tests/unit/test.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_index.h"
#include "user/trace/trace_window.h"

#define BLOCKS	  (2 * TRACE_INDEX_SPANS + 100) /* three INDEX blocks */
#define PER_BLOCK 3
#define STEP_NS	  10 /* between two writes */

struct file {
	int fd;
	char path[32];
};

static struct file file_new(void)
{
	struct file f = {.fd = memfd_create("trace", 0)};

	snprintf(f.path, sizeof(f.path), "/proc/self/fd/%d", f.fd);
	return f;
}

static struct trace_writer *open_writer(const struct file *f)
{
	struct trace_writer *w = NULL;
	struct meta header = {0};

	lseek(f->fd, 0, SEEK_SET);
	CHECK_EQ(trace_writer_open(&w, dup(f->fd), &header, NULL), 0);
	return w;
}

static void close_writer(struct trace_writer *w)
{
	struct meta trailer = {0};

	CHECK_EQ(trace_writer_close(w, &trailer, NULL), 0);
}

static void put_write(struct trace_writer *w, uint64_t id, uint64_t ino)
{
	struct write_record rec = {
		.head = {RECORD_WRITE, sizeof(rec), id}, .ino = ino, .how = {[FACT_INO] = HOW_OBSERVED}};

	rec.stage_ns[STAGE_IOMAP] = id * STEP_NS;
	rec.stage_ns[STAGE_RETURN] = id * STEP_NS + 1000;
	CHECK_EQ(trace_writer_append(w, &rec, sizeof(rec), NULL), 0);
}

/* Write i began at i * STEP_NS. */
static struct file many_blocks(void)
{
	struct file f = file_new();
	struct trace_writer *w = open_writer(&f);

	for (uint64_t id = 1; id <= BLOCKS * PER_BLOCK; id++) {
		put_write(w, id, 12);
		if (id % PER_BLOCK == 0)
			CHECK_EQ(trace_writer_flush(w, NULL), 0);
	}
	close_writer(w);
	return f;
}

struct seen {
	uint64_t writes, first, last, skipped;
	enum trace_end end;
};

static struct seen read_window(const struct file *f, uint64_t from_ns, uint64_t to_ns)
{
	struct trace_reader *r = NULL;
	const void *record;
	struct seen s = {.first = UINT64_MAX};
	size_t len;

	struct span_want want = SPAN_WANT_TIME(from_ns, to_ns);

	CHECK_EQ(trace_reader_open(&r, f->path, NULL), 0);
	trace_reader_window(r, &want);
	while (trace_reader_next(r, &record, &len, NULL) == 1) {
		const struct record_head *head = record;

		s.writes += head->type == RECORD_WRITE;
		s.first = head->id < s.first ? head->id : s.first;
		s.last = head->id > s.last ? head->id : s.last;
	}
	s.skipped = trace_reader_skipped(r);
	s.end = trace_reader_end(r, NULL, NULL);
	trace_reader_close(r);
	return s;
}

TEST(a_window_has_all_that_began_in_it)
{
	static const uint64_t windows[][2] = {{0, UINT64_MAX},	    {0, 1},	    {0, 20},	    {20, 21},
					      {500, 900},	    {30715, 30725}, {30725, 61000}, {63000, UINT64_MAX},
					      {1u << 30, 1u << 31}, {600, 601}};
	struct file f = many_blocks();

	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		uint64_t from = windows[i][0], to = windows[i][1];
		struct seen s = read_window(&f, from, to);
		uint64_t least = (from + STEP_NS - 1) / STEP_NS, most = (to - 1) / STEP_NS;

		CHECK_EQ(s.end, TRACE_COMPLETE);
		CHECK_EQ(s.writes + s.skipped, BLOCKS * PER_BLOCK);
		if (most > BLOCKS * PER_BLOCK)
			most = BLOCKS * PER_BLOCK;
		if (least > most || !most)
			continue;
		CHECK(s.first <= (least ?: 1) && s.last >= most);
		/* the first block has a file's first write, and is always there; two are cut by the window */
		CHECK(s.writes <= most - least + 1 + 3 * PER_BLOCK);
	}
	close(f.fd);
}

TEST(records_that_others_need_are_never_left_out)
{
	struct file f = file_new();
	struct trace_writer *w = open_writer(&f);
	struct file_record file = {.head = {RECORD_FILE, sizeof(file), 0}};
	struct steps_record steps = {.head = {RECORD_STEPS, sizeof(steps), 9}};
	struct sync_record sync = {.head = {RECORD_SYNC, sizeof(sync), 0}, .began_ns = 5000};

	put_write(w, 1, 12); /* a first write: there */
	trace_writer_flush(w, NULL);
	put_write(w, 2, 12); /* not there */
	trace_writer_flush(w, NULL);
	trace_writer_append(w, &file, sizeof(file), NULL); /* there */
	trace_writer_flush(w, NULL);
	put_write(w, 3, 13); /* the first of another file: there */
	trace_writer_flush(w, NULL);
	trace_writer_append(w, &steps, sizeof(steps), NULL); /* of a write in another block: there */
	put_write(w, 4, 12);
	trace_writer_flush(w, NULL);
	put_write(w, 8, 12); /* not there */
	trace_writer_append(w, &steps, sizeof(steps), NULL);
	put_write(w, 9, 12);
	trace_writer_flush(w, NULL);
	put_write(w, 10, 12); /* there: its last record */
	trace_writer_append(w, &steps, sizeof(steps), NULL);
	trace_writer_flush(w, NULL);
	trace_writer_append(w, &sync, sizeof(sync), NULL); /* not there, or alone */
	close_writer(w);
	CHECK_EQ(read_window(&f, 100000, UINT64_MAX).skipped, 3);
	CHECK_EQ(read_window(&f, 100000, UINT64_MAX).writes, 4);
	CHECK_EQ(read_window(&f, 5000, 5001).skipped, 3);
	close(f.fd);
}

/* --- by file --- */

#define FILE_BLOCKS 300

/* Block i has writes of inodes 100 + i % 10, and 50 of 200 and on; the first ones of all in a block before. */
static struct file blocks_of_files(void)
{
	struct file f = file_new();
	struct trace_writer *w = open_writer(&f);
	struct sync_record sync = {.head = {RECORD_SYNC, sizeof(sync), 0}, .began_ns = 50, .ino = 777};
	uint64_t id = 0;

	for (uint64_t ino = 100; ino < 250; ino++)
		put_write(w, ++id, ino);
	trace_writer_flush(w, NULL);
	for (uint64_t i = 0; i < FILE_BLOCKS; i++) {
		for (uint64_t k = 0; k < 20; k++)
			put_write(w, ++id, k ? 200 + (i * 7 + k) % 50 : 100 + i % 10);
		if (i == 17)
			trace_writer_append(w, &sync, sizeof(sync), NULL);
		trace_writer_flush(w, NULL);
	}
	close_writer(w);
	return f;
}

/* How many records of @ino come, and of all. */
static uint64_t read_files(const struct file *f, const struct span_want *want, uint64_t ino, uint64_t *all)
{
	struct trace_reader *r = NULL;
	uint64_t found = 0;
	const void *record;
	size_t len;

	*all = 0;
	CHECK_EQ(trace_reader_open(&r, f->path, NULL), 0);
	CHECK(trace_reader_window(r, want));
	while (trace_reader_next(r, &record, &len, NULL) == 1) {
		const struct write_record *w = record;
		const struct sync_record *s = record;

		found += (w->head.type == RECORD_WRITE ? w->ino : s->ino) == ino;
		++*all;
	}
	CHECK_EQ(trace_reader_end(r, NULL, NULL), TRACE_COMPLETE);
	trace_reader_close(r);
	return found;
}

TEST(blocks_of_other_files_are_left_out)
{
	struct file_key key = {.ino = 103}, none[] = {{.ino = 103, .generation = 1}, {.ino = 103, .dev = 9}};
	struct span_want want = {.flags = SPAN_FILES, .to_ns = UINT64_MAX, .files = &key, .nr_files = 1};
	struct file f = blocks_of_files();
	uint64_t all;

	CHECK_EQ(read_files(&f, &want, 103, &all), 1 + FILE_BLOCKS / 10);
	CHECK(all >= 150 + FILE_BLOCKS / 10 * 20 && all < 150 + FILE_BLOCKS / 2 * 20); /* of 300: some by chance */
	key.ino = 777;								       /* a sync */
	CHECK_EQ(read_files(&f, &want, 777, &all), 1);
	CHECK(all < 150 + FILE_BLOCKS / 3 * 20);
	want.files = none;
	want.nr_files = 2;
	read_files(&f, &want, 103, &all);
	CHECK(all < 150 + FILE_BLOCKS / 2 * 20);
	want.nr_files = 0;
	read_files(&f, &want, 103, &all);
	CHECK_EQ(all, 150);
	want = (struct span_want){.flags = SPAN_FILES};
	read_files(&f, &want, 103, &all);
	CHECK_EQ(all, 150);
	close(f.fd);
}

TEST(steps_that_others_stand_between_need_no_other_block)
{
	struct trace_span span;
	struct span_memory memory = {0};
	struct steps_record steps = {.head = {RECORD_STEPS, sizeof(steps), 0}};
	struct write_record w = {.head = {RECORD_WRITE, sizeof(w), 0}};

	span_init(&span);
	for (uint64_t id = 1; id <= 2 * SPAN_OPEN_MAX + 1; id++) { /* one after the other, and then all at once */
		steps.head.id = id <= SPAN_OPEN_MAX ? id : 100;
		span_take(&span, &memory, &steps, sizeof(steps));
		if (id > SPAN_OPEN_MAX)
			continue;
		w.head.id = id;
		span_take(&span, &memory, &w, sizeof(w));
	}
	w.head.id = 100;
	span_take(&span, &memory, &w, sizeof(w));
	span_end(&span, &memory);
	CHECK_EQ(span.flags & SPAN_STEPS, 0);
	for (uint64_t id = 1; id <= SPAN_OPEN_MAX + 1; id++) {
		steps.head.id = id;
		span_take(&span, &memory, &steps, sizeof(steps));
	}
	for (uint64_t id = 1; id <= SPAN_OPEN_MAX + 1; id++) {
		w.head.id = id;
		span_take(&span, &memory, &w, sizeof(w));
	}
	span_end(&span, &memory); /* more than it can know of */
	CHECK_EQ(span.flags & SPAN_STEPS, SPAN_STEPS);
}

TEST(a_trace_without_an_end_is_read_whole)
{
	struct file f = many_blocks();
	off_t size = lseek(f.fd, 0, SEEK_END);

	CHECK_EQ(ftruncate(f.fd, size - 1), 0);
	CHECK_EQ(read_window(&f, 500, 900).writes, BLOCKS * PER_BLOCK);
	CHECK_EQ(read_window(&f, 500, 900).end, TRACE_TRUNCATED);
	close(f.fd);
}

/* --- hostile: every checksum fits --- */

static void write_block(const struct file *f, off_t at, struct block_buffer *b)
{
	b->head.crc = trace_block_crc(&b->head, b->payload);
	CHECK_EQ(pwrite(f->fd, b, sizeof(b->head) + b->head.len, at), sizeof(b->head) + b->head.len);
}

static off_t read_block(const struct file *f, off_t at, struct block_buffer *b)
{
	CHECK_EQ(pread(f->fd, &b->head, sizeof(b->head), at), sizeof(b->head));
	CHECK_EQ(pread(f->fd, b->payload, b->head.len, at + (off_t)sizeof(b->head)), b->head.len);
	return at + (off_t)(sizeof(b->head) + b->head.len);
}

static struct block_buffer block;

/* The last INDEX block of the trace. */
static off_t find_index(const struct file *f)
{
	off_t at = 0, index = 0, end = lseek(f->fd, 0, SEEK_END);

	while (at < end) {
		off_t next = read_block(f, at, &block);

		if (block.head.type == TRACE_INDEX)
			index = at;
		at = next;
	}
	read_block(f, index, &block);
	return index;
}

static void lie_nr(struct trace_index_head *head, struct trace_span *spans)
{
	(void)spans;
	head->nr--;
}

static void lie_loop(struct trace_index_head *head, struct trace_span *spans)
{
	(void)spans;
	head->previous = 1u << 30;
}

static void lie_none(struct trace_index_head *head, struct trace_span *spans)
{
	(void)spans;
	head->previous = 0;
}

static void lie_middle(struct trace_index_head *head, struct trace_span *spans)
{
	(void)spans;
	head->previous++;
}

static void lie_order(struct trace_index_head *head, struct trace_span *spans)
{
	(void)head;
	spans[3].offset = spans[2].offset;
}

static void lie_beyond(struct trace_index_head *head, struct trace_span *spans)
{
	spans[head->nr - 1].offset = 1ull << 62;
}

TEST(an_index_that_lies_is_none)
{
	static void (*const lies[])(struct trace_index_head *, struct trace_span *) = {lie_loop, lie_none, lie_middle,
										       lie_order, lie_beyond};

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct file f = many_blocks();
		off_t at = find_index(&f);

		lies[i]((void *)block.payload, (void *)(block.payload + sizeof(struct trace_index_head)));
		write_block(&f, at, &block);
		CHECK_EQ(read_window(&f, 500, 900).writes, BLOCKS * PER_BLOCK);
		close(f.fd);
	}
}

/* Of before: spans of 32 bytes, that say nothing of files. */
TEST(an_index_of_times_alone_is_still_read)
{
	struct file_key key = {.ino = 103};
	struct span_want want = {.flags = SPAN_FILES, .to_ns = UINT64_MAX, .files = &key, .nr_files = 1};
	struct file f = blocks_of_files();
	off_t at = find_index(&f), end = lseek(f.fd, 0, SEEK_END);
	struct trace_index_head *head = (void *)block.payload;
	unsigned char *spans = block.payload + sizeof(*head);
	struct block_buffer *trailer = malloc(sizeof(*trailer));
	off_t trailer_at = at + 24 + block.head.len;
	uint64_t all;

	CHECK_EQ(read_block(&f, trailer_at, trailer), end);
	for (uint32_t i = 0; i < head->nr; i++)
		memmove(spans + i * SPAN_BYTES_OLD, spans + i * sizeof(struct trace_span), SPAN_BYTES_OLD);
	head->span_bytes = 0;
	block.head.len = (uint32_t)(sizeof(*head) + head->nr * SPAN_BYTES_OLD);
	write_block(&f, at, &block);
	write_block(&f, at + 24 + block.head.len, trailer);
	CHECK_EQ(ftruncate(f.fd, at + 24 + block.head.len + 24 + trailer->head.len), 0);
	CHECK_EQ(read_files(&f, &want, 103, &all), 1 + FILE_BLOCKS / 10);
	CHECK_EQ(all, 150 + FILE_BLOCKS * 20 + 1); /* of any file; all of the time */
	want.to_ns = 5000;
	read_files(&f, &want, 103, &all);
	CHECK(all < 1000);
	free(trailer);
	close(f.fd);
}

TEST(an_index_of_a_wrong_length_is_damage)
{
	struct file f = many_blocks();
	off_t at = find_index(&f);

	lie_nr((void *)block.payload, NULL);
	write_block(&f, at, &block);
	CHECK_EQ(read_window(&f, 0, UINT64_MAX).end, TRACE_DAMAGED);
	close(f.fd);
}

/* A block that is somewhere else is not the one that was meant. */
TEST(a_span_that_points_elsewhere_is_damage)
{
	struct file f = many_blocks();
	off_t at = find_index(&f);
	struct trace_span *spans = (void *)(block.payload + sizeof(struct trace_index_head));

	for (uint32_t i = 10; i < 20; i++)
		spans[i].offset -= 8;
	write_block(&f, at, &block);
	CHECK_EQ(read_window(&f, spans[12].first_ns, spans[14].first_ns).end, TRACE_DAMAGED);
	close(f.fd);
}

TEST(a_trailer_of_any_number_costs_no_memory)
{
	static const uint64_t numbers[] = {0, 1, 2, 1025, UINT64_MAX, UINT64_MAX / 2, 1ull << 40};
	struct file f = many_blocks();
	off_t at = 0, end = lseek(f.fd, 0, SEEK_END), next;

	for (; (next = read_block(&f, at, &block)) < end; at = next)
		;
	CHECK_EQ(block.head.type, TRACE_TRAILER);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct trace_spans s;

		block.head.seq = numbers[i];
		write_block(&f, at, &block);
		CHECK(!trace_spans_load(&s, f.fd));
		CHECK_EQ(read_window(&f, 500, 900).end, TRACE_DAMAGED);
	}
	close(f.fd);
}

TEST(spans_and_numbers_agree)
{
	CHECK_EQ(span_seq(0), 1);
	CHECK_EQ(span_seq(1023), 1024);
	CHECK_EQ(span_seq(1024), 1026); /* an INDEX block is between */
	CHECK_EQ(trailer_seq(0), 1);
	CHECK_EQ(trailer_seq(1), 3);
	CHECK_EQ(trailer_seq(1024), 1026);
	CHECK_EQ(trailer_seq(1025), 1028);
}

TEST_MAIN()
