// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "reports/model/files.h"
#include "reports/model/stream.h"
#include "reports/model/sync_list.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static const char *trace_path(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/dioscope-test-stream.%d", (int)getpid());
	return path;
}

static struct trace_writer *begin(void)
{
	struct trace_writer *out = NULL;
	struct meta header = {0};

	meta_setf(&header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
	CHECK_EQ(trace_writer_open(&out, open(trace_path(), O_WRONLY | O_CREAT | O_TRUNC, 0600), &header, NULL), 0);
	meta_release(&header);
	return out;
}

static void end(struct trace_writer *out)
{
	struct meta trailer = {0};

	CHECK_EQ(trace_writer_close(out, &trailer, NULL), 0);
}

static void put_steps(struct trace_writer *out, uint64_t id, uint32_t first, uint32_t nr)
{
	struct {
		struct steps_record rec;
		struct write_step steps[STEPS_INLINE];
	} r = {.rec = {.head = {RECORD_STEPS, 0, id}, .first = first, .nr = nr}};

	r.rec.head.len = (uint32_t)(sizeof(r.rec) + nr * sizeof(r.steps[0]));
	for (uint32_t i = 0; i < nr; i++)
		r.steps[i] = (struct write_step){.kind = STEP_BIO, .pos = (int64_t)id};
	CHECK_EQ(trace_writer_append(out, &r, r.rec.head.len, NULL), 0);
}

static void put_write_of(struct trace_writer *out, uint64_t id, uint64_t entry_ns, uint32_t steps)
{
	struct sample s;

	for (uint32_t at = 0; at < steps; at += STEPS_INLINE)
		put_steps(out, id, at, steps - at < STEPS_INLINE ? steps - at : STEPS_INLINE);

	sample_bare(&s, id, "f", 0, 4096);
	memset(s.rec.stage_ns, 0, sizeof(s.rec.stage_ns));
	s.rec.stage_ns[STAGE_ENTER] = entry_ns;
	s.rec.stage_ns[STAGE_RETURN] = entry_ns + 10;
	s.rec.head = (struct record_head){RECORD_WRITE, sizeof(s.rec), id};
	s.rec.steps_total = steps;
	s.rec.nr_inline = 0;
	s.rec.op = (uint32_t)id + 1;
	CHECK_EQ(trace_writer_append(out, &s.rec, sizeof(s.rec), NULL), 0);
}

static void put_write(struct trace_writer *out, uint64_t id, uint64_t entry_ns)
{
	put_write_of(out, id, entry_ns, 0);
}

static void put_sync(struct trace_writer *out, uint64_t ino)
{
	struct sync_record sync = {.head = {RECORD_SYNC, sizeof(sync), 0}, .ino = ino};

	CHECK_EQ(trace_writer_append(out, &sync, sizeof(sync), NULL), 0);
}

static struct write_stream *open_stream(unsigned int flags)
{
	struct write_stream *s = NULL;

	CHECK_EQ(stream_open(&s, trace_path(), flags, NULL), 0);
	return s;
}

/* The next write's id; 0 at the end. */
static uint64_t next_id(struct write_stream *s)
{
	struct stream_item item;
	int ret;

	while ((ret = stream_next(s, &item, NULL)) > 0)
		if (item.write) {
			CHECK_EQ(item.write->op, item.write->rec.head.id + 1);
			return item.write->rec.head.id;
		}
	CHECK_EQ(ret, 0);
	return 0;
}

TEST(in_order_of_entry)
{
	struct trace_writer *out = begin();
	struct write_stream *s;

	for (uint64_t i = 0; i < 1000; i++) /* each ten in reverse */
		put_write(out, i / 10 * 10 + 10 - i % 10, 1000 + i / 10 * 10 + 10 - i % 10);
	end(out);
	s = open_stream(STREAM_BY_ENTRY);
	for (uint64_t id = 1; id <= 1000; id++)
		CHECK_EQ(next_id(s), id);
	CHECK_EQ(next_id(s), 0);
	CHECK_EQ(stream_late(s), 0);
	CHECK_EQ(stream_frame(s)->streamed, 1000);
	CHECK_EQ(stream_frame(s)->end, TRACE_COMPLETE);
	stream_close(s);
	s = open_stream(0);
	CHECK_EQ(next_id(s), 10); /* as it was recorded */
	stream_close(s);
}

/* A write that began first and ends after @nr others. */
static void overtaken_by(uint64_t nr, uint32_t steps, uint64_t late)
{
	struct trace_writer *out = begin();
	struct write_stream *s;
	uint64_t id, at = 0;

	for (uint64_t i = 2; i <= nr + 1; i++)
		put_write_of(out, i, 1000 + i, steps);
	put_write(out, 1, 1000);
	end(out);
	s = open_stream(STREAM_BY_ENTRY);
	for (uint64_t i = 0; (id = next_id(s)); i++)
		at = id == 1 ? i : at;
	CHECK_EQ(stream_frame(s)->streamed, nr + 1);
	CHECK_EQ(stream_late(s), late);
	CHECK_EQ(at != 0, late);
	stream_close(s);
}

TEST(a_write_may_be_overtaken_by_so_many)
{
	overtaken_by(STREAM_WINDOW - 1, 0, 0);
	overtaken_by(STREAM_WINDOW, 0, 1);
	overtaken_by(STREAM_WINDOW * 3, 0, 1);
	overtaken_by(STREAM_WINDOW_STEPS / 1024 - 1, 1024, 0);
	overtaken_by(STREAM_WINDOW_STEPS / 1024, 1024, 1);
}

static void same_id_after(uint64_t nr, int ret)
{
	struct trace_writer *out = begin();
	struct write_stream *s;
	struct stream_item item;
	int got;

	put_write(out, 5, 1000);
	for (uint64_t i = 0; i < nr; i++)
		put_write(out, 10 + i, 1001 + i);
	put_write(out, 5, 5000);
	end(out);
	s = open_stream(0);
	while ((got = stream_next(s, &item, NULL)) > 0)
		;
	CHECK_EQ(got, ret);
	stream_close(s);
}

TEST(an_id_twice)
{
	same_id_after(0, -EINVAL);
	same_id_after(30000, -EINVAL);
}

/* Records of steps whose write was lost make room; those of one that is there are not lost with them. */
TEST(steps_that_wait)
{
	struct trace_writer *out = begin();
	struct stream_item item = {0};
	struct write_stream *s;
	struct sample w;

	for (uint64_t id = 100; id < 100 + STREAM_CHUNKS * 2; id++)
		put_steps(out, id, 0, 1);
	put_steps(out, 7, 0, 1);
	sample_bare(&w, 7, "f", 0, 4096);
	w.rec.head.len = sizeof(w.rec);
	w.rec.steps_total = 1;
	w.rec.nr_inline = 0;
	CHECK_EQ(trace_writer_append(out, &w.rec, sizeof(w.rec), NULL), 0);
	end(out);
	s = open_stream(0);
	CHECK_EQ(stream_next(s, &item, NULL), 1);
	CHECK(item.write && item.write->nr_steps == 1 && item.write->steps[0].pos == 7);
	stream_close(s);
}

/* Each comes after the one before. */
static void in_order(void *ctx, const struct sync_record *sync)
{
	uint64_t *last = ctx;

	CHECK_EQ(sync->ino, *last + 1);
	*last = sync->ino;
}

/* Few are kept, many are read again: of the trace only so many, as it may have grown since. */
static void give_back(uint64_t nr)
{
	struct trace_writer *out = begin();
	struct sync_list list;
	uint64_t last = 0;

	for (uint64_t i = 1; i <= nr; i++)
		put_sync(out, i);
	put_write(out, 1, 1000);
	put_sync(out, nr + 1); /* has come since */
	end(out);
	sync_list_init(&list, trace_path());
	for (uint64_t i = 1; i <= nr; i++)
		CHECK_EQ(sync_list_add(&list, &(struct sync_record){.ino = i}), 0);
	CHECK_EQ(list.syncs != NULL, nr && nr <= SYNC_LIST_KEPT);
	CHECK_EQ(sync_list_each(&list, in_order, &last, NULL), 0);
	CHECK_EQ(last, nr);
	sync_list_release(&list);
}

TEST(syncs_come_back)
{
	give_back(0);
	give_back(2);
	give_back(SYNC_LIST_KEPT);
	give_back(SYNC_LIST_KEPT + 1);
	give_back(SYNC_LIST_KEPT * 2 + 7);
}

/* Its FILE record was lost, and came again after the write. */
TEST(a_name_that_comes_late)
{
	struct file_record file = {.head = {RECORD_FILE, sizeof(file), 0}, .ino = 12, .dev = 7u << 20};
	struct trace_writer *out = begin();
	const struct file_name *name;
	struct stream_item item;
	struct write_stream *s;
	struct sample w;

	sample_bare(&w, 1, "f", 0, 4096);
	w.rec.head.len = sizeof(w.rec);
	w.rec.generation = 0;
	w.rec.steps_total = w.rec.nr_inline = 0;
	CHECK_EQ(trace_writer_append(out, &w.rec, sizeof(w.rec), NULL), 0);
	snprintf(file.name, sizeof(file.name), "f");
	snprintf(file.parent, sizeof(file.parent), "there");
	CHECK_EQ(trace_writer_append(out, &file, sizeof(file), NULL), 0);
	end(out);
	s = open_stream(STREAM_NAMES);
	while (stream_next(s, &item, NULL) > 0)
		;
	name = file_names_of_write(stream_frame(s)->names, &w.rec);
	CHECK_STR(name->parent, "there");
	CHECK_EQ(file_names_nr(stream_frame(s)->names), 1);
	stream_close(s);
	unlink(trace_path());
}

TEST_MAIN()
