// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>

#include "reports/model/files.h"
#include "reports/model/set.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* --- in memory --- */

TEST(writes_are_ordered_by_entry)
{
	struct write_set set = {0};
	struct sample s;

	for (uint64_t id = 1; id <= 100; id++) {
		sample_init(&s, id, "f", 0, 4096);
		s.rec.stage_ns[STAGE_ENTER] = 1000 - id / 2;
		CHECK_EQ(sample_add(&set, &s, 0), 0);
	}
	CHECK_EQ(set.nr, 100);
	CHECK_EQ(set.writes[0].rec.head.id, 100);
	CHECK_EQ(set.writes[99].rec.head.id, 1);
	CHECK_EQ(set.writes[1].rec.head.id, 98); /* 98 and 99 entered together: by id */
	CHECK_EQ(set.writes[2].rec.head.id, 99);
	set_release(&set);
}

TEST(the_first_stage_seen_is_the_entry)
{
	struct write_set set = {0};
	struct sample s;

	sample_init(&s, 1, "f", 0, 4096);
	sample_add(&set, &s, 0);
	sample_init(&s, 2, "f", 0, 4096);
	s.rec.stage_ns[STAGE_ENTER] = s.rec.stage_ns[STAGE_CHECK] = 0;
	s.rec.stage_ns[STAGE_IOMAP] = 5;
	sample_add(&set, &s, 0);
	CHECK_EQ(set.writes[0].rec.head.id, 2);
	set_release(&set);
}

TEST(steps_are_copied)
{
	struct write_set set = {0};
	struct sample s;

	sample_hole(&s, 1, "f");
	CHECK_EQ(sample_add(&set, &s, 7), 0);
	memset(s.steps, 0, sizeof(s.steps));
	CHECK_EQ(set.writes[0].nr_steps, 4);
	CHECK_EQ(set.writes[0].rec.steps_total, 4);
	CHECK_EQ(set.writes[0].op, 7);
	CHECK_EQ(set.writes[0].steps[3].role, BIO_ZERO_TAIL);
	set_release(&set);
}

TEST(bad_records_are_refused)
{
	struct write_set set = {0};
	struct errmsg err;
	struct sample good, s;

	sample_hole(&good, 1, "f");
	s = good;
	memset(s.rec.comm, 'x', sizeof(s.rec.comm));
	CHECK_EQ(set_add(&set, &s.rec, s.steps, s.nr, 0, &err), -EINVAL);
	s = good;
	memset(s.rec.file, 'x', sizeof(s.rec.file));
	CHECK_EQ(set_add(&set, &s.rec, s.steps, s.nr, 0, &err), -EINVAL);
	s = good;
	s.rec.how[FACT_RET] = 4;
	CHECK_EQ(set_add(&set, &s.rec, s.steps, s.nr, 0, &err), -EINVAL);
	s = good;
	s.rec.steps_total = 2;
	CHECK_EQ(set_add(&set, &s.rec, s.steps, s.nr, 0, &err), -EINVAL);
	s = good;
	s.steps[1].kind = 9;
	CHECK_EQ(set_add(&set, &s.rec, s.steps, s.nr, 0, &err), -EINVAL);
	CHECK(strstr(err.text, "kind 9"));
	CHECK_EQ(set_add(&set, &s.rec, s.steps, s.nr, 0, NULL), -EINVAL);
	CHECK_EQ(set.nr, 0);
	set_release(&set);
}

/* --- files --- */

static const char *trace_path(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/dioscope-test-set.%d", (int)getpid());
	return path;
}

#define TRACE trace_path()

/* Records as a recorder would write them. */
struct wire {
	struct trace_writer *out;
	int failed;
};

static void wire_open(struct wire *w, const char *version)
{
	struct meta header = {0};
	int fd = open(TRACE, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	meta_set(&header, META_RECORD_VERSION, version);
	meta_set(&header, META_ENGINE, "kernel");
	w->failed = trace_writer_open(&w->out, fd, &header, NULL);
	CHECK_EQ(w->failed, 0);
	meta_release(&header);
}

static void wire_write(struct wire *w, struct sample *s, uint32_t inline_from)
{
	char buf[sizeof(s->rec) + sizeof(s->steps)];
	size_t steps = (s->nr - inline_from) * sizeof(s->steps[0]);

	s->rec.head.len = (uint32_t)(sizeof(s->rec) + steps);
	s->rec.nr_inline = s->nr - inline_from;
	s->rec.steps_total = s->nr;
	memcpy(buf, &s->rec, sizeof(s->rec));
	memcpy(buf + sizeof(s->rec), s->steps + inline_from, steps);
	CHECK_EQ(trace_writer_append(w->out, buf, s->rec.head.len, NULL), 0);
}

static void wire_steps(struct wire *w, uint64_t id, const struct write_step *steps, uint32_t first, uint32_t nr)
{
	struct {
		struct steps_record rec;
		struct write_step steps[64];
	} r = {.rec = {.head = {RECORD_STEPS, 0, id}, .first = first, .nr = nr}};

	r.rec.head.len = (uint32_t)(sizeof(r.rec) + nr * sizeof(*steps));
	memcpy(r.steps, steps, nr * sizeof(*steps));
	CHECK_EQ(trace_writer_append(w->out, &r, r.rec.head.len, NULL), 0);
}

static void wire_close(struct wire *w, const char *lost)
{
	struct meta trailer = {0};

	meta_set(&trailer, META_LOST_RING, lost);
	meta_set(&trailer, META_LOST_STATE, "2");
	meta_set(&trailer, META_LOST_STEPS, "3");
	CHECK_EQ(trace_writer_close(w->out, &trailer, NULL), 0);
	meta_release(&trailer);
}

/* A write with many rounds, so that it needs continuations. */
static void long_sample(struct sample *s, uint64_t id, uint32_t steps)
{
	sample_bare(s, id, "f", 0, 4096ull * steps);
	for (uint32_t i = 0; i < steps; i++)
		sample_round(s, MAP_MAPPED, 0, 4096 * (int64_t)i, 4096);
}

static void check_long(const struct write *w, uint32_t steps)
{
	CHECK_EQ(w->nr_steps, steps);
	for (uint32_t i = 0; i < w->nr_steps; i++)
		CHECK_EQ(w->steps[i].pos, 4096 * (long long)i);
}

TEST(continuations_find_their_write)
{
	struct write_set set = {0};
	struct errmsg err = {""};
	struct wire w;
	struct sample a, b;

	long_sample(&a, 1, 40);
	long_sample(&b, 2, 20);
	wire_open(&w, "2");
	wire_steps(&w, 2, b.steps, 0, 16);
	wire_steps(&w, 1, a.steps + 16, 16, 16); /* another CPU's buffer may come first */
	wire_steps(&w, 9, a.steps, 0, 16);	 /* its write was lost */
	wire_steps(&w, 1, a.steps, 0, 16);
	wire_write(&w, &b, 16);
	wire_write(&w, &a, 32);
	wire_close(&w, "5");
	CHECK_EQ(set_load(&set, TRACE, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_EQ(set.nr, 2);
	if (set.nr == 2) {
		check_long(&set.writes[0], 40);
		check_long(&set.writes[1], 20);
	}
	CHECK_EQ(set.end, TRACE_COMPLETE);
	CHECK_EQ(set.lost_records, 7);
	CHECK_EQ(set.lost_steps, 3);
	CHECK_STR(meta_get(&set.header, META_ENGINE), "kernel");
	set_release(&set);
}

TEST(a_lost_continuation_leaves_a_gap)
{
	struct write_set set = {0};
	struct wire w;
	struct sample a;

	long_sample(&a, 1, 40);
	wire_open(&w, "2");
	wire_steps(&w, 1, a.steps + 16, 16, 16);
	wire_write(&w, &a, 32);
	wire_close(&w, "0");
	CHECK_EQ(set_load(&set, TRACE, NULL), 0);
	CHECK_EQ(set.writes[0].nr_steps, 24);
	CHECK_EQ(set.writes[0].rec.steps_total, 40);
	set_release(&set);
}

/* Each writes something that no recorder would. */
static void twice_the_same_steps(struct wire *w, struct sample *s)
{
	wire_steps(w, 1, s->steps, 0, 16);
	wire_steps(w, 1, s->steps, 8, 16);
	wire_write(w, s, 32);
}

static void more_steps_than_said(struct wire *w, struct sample *s)
{
	wire_steps(w, 1, s->steps, 0, 16);
	wire_steps(w, 1, s->steps, 16, 16);
	s->nr = 10;
	wire_write(w, s, 0);
}

static void too_many_in_one(struct wire *w, struct sample *s)
{
	wire_steps(w, 1, s->steps, 0, 17);
}

static void too_many_inline(struct wire *w, struct sample *s)
{
	wire_write(w, s, 0);
}

static void count_without_steps(struct wire *w, struct sample *s)
{
	s->rec.nr_inline = 0x10000000;
	s->rec.head.len = sizeof(s->rec);
	CHECK_EQ(trace_writer_append(w->out, &s->rec, s->rec.head.len, NULL), 0);
}

static void same_id(struct wire *w, struct sample *s)
{
	wire_write(w, s, 32);
	wire_write(w, s, 32);
}

static void unknown_type(struct wire *w, struct sample *s)
{
	s->rec.head.type = 7;
	wire_write(w, s, 32);
}

static void short_record(struct wire *w, struct sample *s)
{
	s->rec.head.len = sizeof(s->rec.head) + 8;
	CHECK_EQ(trace_writer_append(w->out, &s->rec, s->rec.head.len, NULL), 0);
}

static void name_without_end(struct wire *w, struct sample *s)
{
	memset(s->rec.file, 'x', sizeof(s->rec.file));
	wire_write(w, s, 32);
}

static void wire_any(struct wire *w, const void *record, size_t len)
{
	CHECK_EQ(trace_writer_append(w->out, record, (uint32_t)len, NULL), 0);
}

static void file_name_without_end(struct wire *w, struct sample *s)
{
	struct file_record file = {.head = {RECORD_FILE, sizeof(file), 0}};

	(void)s;
	memset(file.name, 'x', sizeof(file.name));
	wire_any(w, &file, sizeof(file));
}

static void short_file(struct wire *w, struct sample *s)
{
	struct file_record file = {.head = {RECORD_FILE, sizeof(file) - 8, 0}};

	(void)s;
	wire_any(w, &file, sizeof(file) - 8);
}

static void sync_comm_without_end(struct wire *w, struct sample *s)
{
	struct sync_record sync = {.head = {RECORD_SYNC, sizeof(sync), 0}};

	(void)s;
	memset(sync.comm, 'x', sizeof(sync.comm));
	wire_any(w, &sync, sizeof(sync));
}

static void sync_known_in_another_way(struct wire *w, struct sample *s)
{
	struct sync_record sync = {.head = {RECORD_SYNC, sizeof(sync), 0}, .flush_how = 4};

	(void)s;
	wire_any(w, &sync, sizeof(sync));
}

TEST(hostile_traces_are_refused_in_one_sentence)
{
	static void (*const hostile[])(struct wire *, struct sample *) = {
		twice_the_same_steps,
		more_steps_than_said,
		too_many_in_one,
		too_many_inline,
		count_without_steps,
		same_id,
		unknown_type,
		short_record,
		name_without_end,
		file_name_without_end,
		short_file,
		sync_comm_without_end,
		sync_known_in_another_way,
	};

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		struct write_set set = {0};
		struct errmsg err = {""};
		struct wire w;
		struct sample s;

		long_sample(&s, 1, 40);
		wire_open(&w, "2");
		hostile[i](&w, &s);
		wire_close(&w, "0");
		CHECK_EQ(set_load(&set, TRACE, &err), -EINVAL);
		CHECK(strstr(err.text, TRACE) && !strchr(err.text, '\n'));
		CHECK_EQ(set.nr, 0);
		CHECK(!set.writes);
	}
}

static void save_and_load(const struct write_set *set, struct write_set *again)
{
	struct errmsg err = {""};

	memset(again, 0, sizeof(*again));
	CHECK_EQ(set_save(set, open(TRACE, O_WRONLY | O_CREAT | O_TRUNC, 0600), &err), 0);
	CHECK_EQ(set_load(again, TRACE, &err), 0);
	CHECK_STR(err.text, "");
}

/* A trace of @s and of two plain writes, with the trailer line @key=@value beside those that are true. */
static void write_with_trailer(struct sample *s, const char *key, const char *value)
{
	static const char *const truth[][2] = {
		{META_WRITES, "3"},	{META_ENTERED, "10"},  {META_FAST, "2"},	{META_LOST_RING, "4"},
		{META_LOST_STATE, "1"}, {META_IN_FLIGHT, "1"}, {META_LOST_STEPS, "16"},
	};
	struct meta trailer = {0};
	struct sample plain;
	struct wire w;

	wire_open(&w, "2");
	wire_steps(&w, s->rec.head.id, s->steps, 0, 16);
	wire_write(&w, s, 32); /* 16 of its 40 steps are missing */
	for (uint64_t id = 8; id < 10; id++) {
		sample_init(&plain, id, "f", 0, 4096);
		wire_write(&w, &plain, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(truth); i++)
		meta_set(&trailer, truth[i][0], truth[i][1]);
	meta_set(&trailer, key, value);
	CHECK_EQ(trace_writer_close(w.out, &trailer, NULL), 0);
	meta_release(&trailer);
}

TEST(a_trailer_that_counts_other_than_what_is_there)
{
	static const struct {
		const char *key, *value;
		const char *why; /* NULL: the trace holds what it says */
	} cases[] = {
		{META_WRITES, "3", NULL},
		{META_WRITES, "4", "the trailer says that 4 writes were recorded, and 3 are here"},
		{META_WRITES, "2", "the trailer says that 2 writes were recorded, and 3 are here"},
		{META_WRITES, "0", "the trailer says that 0 writes were recorded, and 3 are here"},
		{META_ENTERED, "11",
		 "the trailer says that 4 writes entered and were neither lost nor left out, and "
		 "3 are here"},
		{META_IN_FLIGHT, "0", "the trailer says that 0 writes were in flight at the end, and 1 are here"},
		{META_IN_FLIGHT, "6", NULL}, /* five of them may be lost */
		{META_IN_FLIGHT, "7", "the trailer says that 7 writes were in flight at the end, and 1 are here"},
		{META_LOST_STEPS, "17", NULL},
		{META_LOST_STEPS, "15", "the trailer says that 15 steps were lost, and 16 are missing"},
		{META_EXIT, "0", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct write_set set = {0}, again;
		struct sample s;

		long_sample(&s, 7, 40);
		s.rec.state |= WRITE_IN_FLIGHT;
		write_with_trailer(&s, cases[i].key, cases[i].value);
		CHECK_EQ(set_load(&set, TRACE, NULL), 0);
		CHECK_EQ(set.end, TRACE_COMPLETE);
		CHECK_STR(set.end_why ?: "nothing", cases[i].why ?: "nothing");
		save_and_load(&set, &again); /* saving does not make it whole */
		CHECK_STR(again.end_why ?: "nothing", cases[i].why ?: "nothing");
		set_release(&again);
		set_release(&set);
	}
}

TEST(a_trailer_alone_makes_a_trace_whole_or_not)
{
	struct write_set set = {0};

	CHECK(set_is_whole(&set));
	set.end_why = strdup("it counts more");
	CHECK(!set_is_whole(&set));
	set_release(&set);
	set.lost_steps = 1;
	CHECK(!set_is_whole(&set));
}

TEST(other_versions_are_refused)
{
	struct write_set set = {0};
	struct errmsg err = {""};
	struct wire w;

	wire_open(&w, "999");
	wire_close(&w, "0");
	CHECK_EQ(set_load(&set, TRACE, &err), -EINVAL);
	CHECK(strstr(err.text, "999"));
}

TEST(no_such_file)
{
	struct write_set set = {0};
	struct errmsg err = {""};

	CHECK(set_load(&set, "/nowhere/t", &err) < 0);
	CHECK(strstr(err.text, "/nowhere/t"));
}

/* @how: also what is known; loading infers, so it differs from what was put in by hand. */
static void check_same(const struct write_set *a, const struct write_set *b, bool how)
{
	CHECK_EQ(a->nr, b->nr);
	for (size_t i = 0; i < a->nr && i < b->nr; i++) {
		const struct write *x = &a->writes[i], *y = &b->writes[i];

		CHECK_EQ(x->op, y->op);
		CHECK_EQ(x->nr_steps, y->nr_steps);
		CHECK(!memcmp(x->rec.stage_ns, y->rec.stage_ns, sizeof(x->rec.stage_ns)));
		CHECK(!how || !memcmp(x->rec.how, y->rec.how, sizeof(x->rec.how)));
		CHECK(!x->nr_steps || x->nr_steps != y->nr_steps ||
		      !memcmp(x->steps, y->steps, x->nr_steps * sizeof(*x->steps)));
	}
}

TEST(what_is_saved_is_loaded)
{
	struct write_set set = {0}, again, twice;
	struct sample s;

	sample_header(&set, "reference");
	CHECK_EQ(sample_all(&set), 0);
	long_sample(&s, 99, 50);
	CHECK_EQ(sample_add(&set, &s, 12), 0);
	save_and_load(&set, &again);
	check_same(&set, &again, false);
	CHECK_EQ(again.end, TRACE_COMPLETE);
	CHECK_EQ(meta_u64(&again.trailer, META_WRITES, 0), 8);
	CHECK_STR(meta_get(&again.header, META_ENGINE), "reference");
	save_and_load(&again, &twice);
	check_same(&again, &twice, true);
	set_release(&twice);
	set_release(&again);
	set_release(&set);
}

TEST(files_and_syncs_are_loaded_and_files_have_their_names)
{
	struct write_set set = {0}, again;
	char label[FILE_LABEL_LEN];
	struct sample s;

	for (uint64_t ino = 14; ino >= 12; ino--) {
		sample_init(&s, ino, "t", 0, 4096);
		s.rec.ino = ino;
		CHECK_EQ(sample_add(&set, &s, 0), 0);
		CHECK_EQ(sample_file(&set, &s, "t", ino == 12 ? "one" : "two"), 0);
		CHECK(sample_sync(&set, &s, 1000 * ino) != NULL);
	}
	save_and_load(&set, &again);
	CHECK_EQ(again.nr_files, 3);
	CHECK_EQ(again.nr_syncs, 3);
	CHECK_EQ(again.syncs[2].ended_ns - again.syncs[2].began_ns, 12000);
	CHECK_STR(write_file_label(&again, &again.writes[0].rec, label, sizeof(label)), "one/t");
	CHECK_STR(write_file_label(&again, &again.writes[1].rec, label, sizeof(label)), "two/t (inode 13)");
	CHECK_STR(set_file(&again, &again.writes[2].rec)->parent, "two");
	set_release(&again);
	set_release(&set);
}

TEST(a_set_that_broke_off_is_not_made_whole_by_saving)
{
	struct write_set set = {0}, again;

	sample_all(&set);
	set.end = TRACE_TRUNCATED;
	save_and_load(&set, &again);
	CHECK_EQ(again.nr, 7);
	CHECK_EQ(again.end, TRACE_TRUNCATED);
	CHECK(again.end_why && *again.end_why);
	set_release(&again);
	set_release(&set);
}

TEST(saving_where_nothing_can_be)
{
	struct write_set set = {0};
	struct errmsg err = {""};

	CHECK_EQ(set_save(&set, open("/dev/full", O_WRONLY), &err), -ENOSPC);
	CHECK(strstr(err.text, "cannot write the trace"));
}

int main(void)
{
	int ret = test_main();

	unlink(TRACE);
	return ret;
}
