// SPDX-License-Identifier: GPL-2.0-only
/* Two files in turns: each is a trace that lacks nothing that the other one was told. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/write_record.h"
#include "tests/unit/test.h"
#include "user/capture/known_files.h"
#include "user/capture/segments.h"
#include "user/capture/steps_hold.h"
#include "user/trace/trace_file.h"

/* --- steps wait for their write --- */

struct given {
	uint64_t ids[2 * STEPS_HELD_MAX];
	size_t nr;
};

static int give(void *ctx, const void *record, size_t len)
{
	struct given *g = ctx;

	(void)len;
	g->ids[g->nr++] = ((const struct record_head *)record)->id;
	return 0;
}

static struct held_steps make_steps(uint64_t id, uint32_t nr)
{
	struct held_steps s = {.rec = {.head = {.type = RECORD_STEPS, .id = id}, .nr = nr}};

	s.rec.head.len = (uint32_t)(sizeof(s.rec) + nr * sizeof(s.steps[0]));
	return s;
}

TEST(steps_come_out_with_their_write)
{
	struct steps_hold h = {0};
	struct given g = {.nr = 0};

	for (uint64_t i = 0; i < 6; i++) {
		struct held_steps s = make_steps(i % 3, 16);

		CHECK_EQ(steps_hold_take(&h, &s.rec, s.rec.head.len, give, &g), 0);
	}
	CHECK_EQ(g.nr, 0);
	CHECK_EQ(steps_hold_give(&h, 1, give, &g), 0);
	CHECK(g.nr == 2 && g.ids[0] == 1 && g.ids[1] == 1);
	CHECK_EQ(steps_hold_give_all(&h, give, &g), 0);
	CHECK(g.nr == 6 && g.ids[2] == 0 && g.ids[3] == 2);
	steps_hold_release(&h);
}

TEST(no_more_steps_wait_than_there_is_room_for)
{
	static struct given g;
	struct steps_hold h = {0};

	for (uint64_t i = 0; i < STEPS_HELD_MAX + 5; i++) {
		struct held_steps s = make_steps(i, 1);

		CHECK_EQ(steps_hold_take(&h, &s.rec, s.rec.head.len, give, &g), 0);
	}
	CHECK_EQ(g.nr, 5);
	CHECK_EQ(g.ids[4], 4);
	steps_hold_release(&h);
}

TEST(steps_of_a_wrong_length_do_not_wait)
{
	struct steps_hold h = {0};
	struct given g = {.nr = 0};
	struct held_steps s = make_steps(1, 2);

	CHECK_EQ(steps_hold_take(&h, &s.rec, s.rec.head.len - 8, give, &g), 0);
	s.rec.nr = 1u << 30;
	CHECK_EQ(steps_hold_take(&h, &s.rec, s.rec.head.len, give, &g), 0);
	CHECK_EQ(g.nr, 2);
	steps_hold_release(&h);
}

/* --- files are said again --- */

TEST(a_file_is_due_once_a_segment)
{
	struct known_files k = {0};

	CHECK(!known_files_due(&k, 1, 12, 0, 1));
	for (uint32_t i = 0; i < 1000; i++) {
		struct file_record f = {.dev = 1, .ino = 12 + i % 500, .generation = i / 500};

		CHECK_EQ(known_files_learn(&k, &f, 1), 0);
	}
	CHECK_EQ(k.nr, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		const struct file_record *f;

		CHECK(!known_files_due(&k, 1, 12 + i % 500, i / 500, 1));
		f = known_files_due(&k, 1, 12 + i % 500, i / 500, 2);
		CHECK(f && f->ino == 12 + i % 500 && f->generation == i / 500);
		CHECK(!known_files_due(&k, 1, 12 + i % 500, i / 500, 2));
	}
	CHECK(!known_files_due(&k, 2, 12, 0, 3));
	known_files_release(&k);
}

/* --- turns --- */

struct read {
	unsigned int writes, files, steps;
	uint64_t first;
	char segment[64];
	enum trace_end end;
};

static struct read read_back(int fd)
{
	struct trace_reader *r = NULL;
	struct read seen = {0};
	const void *record;
	char path[32];
	size_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_EQ(trace_reader_open(&r, path, NULL), 0);
	snprintf(seen.segment, sizeof(seen.segment), "%s", meta_get(trace_reader_header(r), META_SEGMENT) ?: "");
	while (trace_reader_next(r, &record, &len, NULL) == 1) {
		const struct record_head *head = record;

		seen.writes += head->type == RECORD_WRITE;
		seen.files += head->type == RECORD_FILE;
		seen.steps += head->type == RECORD_STEPS;
		if (head->type == RECORD_WRITE && !seen.first)
			seen.first = head->id;
	}
	seen.end = trace_reader_end(r, NULL, NULL);
	trace_reader_close(r);
	return seen;
}

static void append(struct segments *s, const void *record)
{
	CHECK_EQ(segments_append(s, record, ((const struct record_head *)record)->len, NULL), 0);
}

static void append_write(struct segments *s, uint64_t id, uint32_t continuations)
{
	struct write_record rec = {.head = {RECORD_WRITE, sizeof(rec), id}, .ino = 12, .continuations = continuations};

	append(s, &rec);
}

TEST(each_segment_is_a_trace_of_its_own)
{
	int one = memfd_create("one", 0), other = memfd_create("other", 0);
	struct turns turns = {.other = other, .bytes = 600};
	struct file_record file = {.head = {RECORD_FILE, sizeof(file), 0}, .ino = 12};
	struct held_steps steps = make_steps(2, 16);
	struct meta none = {0};
	struct segments *s = NULL;
	struct read seen;

	CHECK_EQ(segments_write_empty(other, NULL), 0);
	CHECK_EQ(read_back(other).end, TRACE_COMPLETE);
	CHECK_EQ(segments_open(&s, dup(one), &turns, &none, NULL), 0);
	CHECK(!segments_due(s));
	append(s, &file);
	append_write(s, 1, 0);
	for (uint64_t id = 1; id <= 40; id++) /* it is longer than the third */
		append_write(s, id * 0x9e3779b97f4a7c15ull, 0);
	append(s, &steps); /* of a write that comes in the next segment */
	CHECK_EQ(segments_turn(s, &none, NULL), 0);
	CHECK_EQ(segments_nr(s), 2);
	append_write(s, 2, 1);
	append_write(s, 3, 0);
	seen = read_back(one);
	CHECK(seen.writes == 41 && seen.files == 1 && seen.steps == 0 && seen.end == TRACE_COMPLETE);
	CHECK(!strncmp(seen.segment, "1, begun 2", 10));
	CHECK_EQ(segments_turn(s, &none, NULL), 0);
	append_write(s, 4, 0);
	CHECK_EQ(segments_close(s, &none, NULL), 0);
	seen = read_back(other);
	CHECK(seen.writes == 2 && seen.files == 1 && seen.steps == 1 && seen.end == TRACE_COMPLETE && seen.first == 2);
	seen = read_back(one);
	CHECK(seen.writes == 1 && seen.files == 1 && seen.first == 4 && seen.end == TRACE_COMPLETE);
	CHECK(!strncmp(seen.segment, "3, begun 2", 10));
	close(one);
	close(other);
	segments_free(NULL);
}

TEST(without_turns_nothing_is_ever_due)
{
	int one = memfd_create("one", 0);
	struct meta none = {0};
	struct segments *s = NULL;

	CHECK_EQ(segments_open(&s, dup(one), NULL, &none, NULL), 0);
	append_write(s, 1, 0);
	CHECK(!segments_due(s));
	CHECK_EQ(segments_close(s, &none, NULL), 0);
	CHECK_STR(read_back(one).segment, "");
	close(one);
}

TEST_MAIN()
