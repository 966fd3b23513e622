// SPDX-License-Identifier: GPL-2.0-only
/* From the ring's records to the wide ones: what was said of a file and a task, and when it was not. */
#include <errno.h>

#include "bpf/ring_record.h"
#include "tests/unit/test.h"
#include "user/capture/unpack.h"

struct seen {
	struct write_record write;
	struct write_step steps[STEPS_INLINE];
	struct steps_record continuation;
	struct file_record file;
	int writes, files;
};

static int see(void *ctx, const void *record, size_t len)
{
	struct seen *s = ctx;

	switch (((const struct record_head *)record)->type) {
	case RECORD_WRITE:
		memcpy(&s->write, record, sizeof(s->write));
		memcpy(s->steps, (const char *)record + sizeof(s->write), len - sizeof(s->write));
		s->writes++;
		break;
	case RECORD_STEPS:
		memcpy(&s->continuation, record, sizeof(s->continuation));
		memcpy(s->steps, (const char *)record + sizeof(s->continuation), len - sizeof(s->continuation));
		break;
	case RECORD_FILE:
		memcpy(&s->file, record, sizeof(s->file));
		s->files++;
		break;
	default:
		return -EIO;
	}
	return 0;
}

static int say_file(struct unpack *u, struct seen *s, uint32_t number, const char *name, uint8_t cache)
{
	struct ring_file f = {.type = RING_FILE, .number = number, .facts = {.ino = 12, .dev = 7, .dev_cache = cache}};

	snprintf(f.name, sizeof(f.name), "%s", name);
	return unpack_record(u, &f, sizeof(f), see, s);
}

static int say_task(struct unpack *u, struct seen *s, uint32_t number, const char *comm)
{
	struct ring_task t = {.type = RING_TASK, .number = number, .facts = {.pid = 100, .tid = 101, .cgroup = 5}};

	snprintf(t.facts.comm, sizeof(t.facts.comm), "%s", comm);
	return unpack_record(u, &t, sizeof(t), see, s);
}

#define PLAIN_WORDS (RING_CORE + 3 + 2)

/* 4k at 8k: a round and a bio, entered at 1000 ns; all that is usual is left out. */
static void make_plain(uint64_t words[PLAIN_WORDS], uint32_t file, uint32_t task)
{
	const uint64_t moments = 1u << STAGE_ENTER | 1u << STAGE_IOMAP | 1u << STAGE_SUBMIT | 1u << STAGE_RETURN |
				 1u << MOMENT_MAP_AT_IOMAP | 1u << MOMENT_DEVICE_AT_SUBMIT;

	memset(words, 0, PLAIN_WORDS * sizeof(*words));
	words[CORE_ID] = RING_WRITE | 2 << 3 | WRITE_DSYNC << 8 | 77ull << 16;
	words[CORE_MASK] = moments << RING_MOMENTS_AT | (uint64_t)HOW_INFERRED
								<< (RING_HOW_AT + (FACT_GENERATION - 64) * 2);
	words[CORE_REFS] = file | (uint64_t)task << 32;
	words[CORE_HOW] = (uint64_t)HOW_OBSERVED << RING_HOW_BIT(FACT_POS);
	words[CORE_HOW_2] = (uint64_t)HOW_NOT_REACHED << RING_HOW_BIT(FACT_DIO_RET - 32);
	words[CORE_ASKED] = 4096 | 3ull << 32 | 512ull << 40 | 1024ull << 52;
	words[CORE_BITS] = (uint64_t)LOCK_EXCLUSIVE << 10 | (uint64_t)SYNC_FSYNC << 40 | (uint64_t)LOOKUP_HOLE << 45;
	words[CORE_POS] = 8192;
	words[CORE_ISIZE] = 1 << 20;
	words[CORE_BASE] = 1000;
	words[RING_CORE] = STEP_ROUND << STEP_TAG_KIND | MAP_MAPPED << STEP_TAG_ROLE | 1 << STEP_TAG_ADDR;
	words[RING_CORE + 1] = 123 << 20;
	words[RING_CORE + 2] = STEP_BIO << STEP_TAG_KIND | (uint64_t)OPF_FUA << STEP_TAG_OPF;
	words[RING_CORE + 3] = 10 | 20ull << 32;
	words[RING_CORE + 4] = 30;
}

static int say_plain(struct unpack *u, struct seen *s, uint32_t file, uint32_t task)
{
	uint64_t words[PLAIN_WORDS];

	make_plain(words, file, task);
	return unpack_record(u, words, sizeof(words), see, s);
}

TEST(a_plain_write_is_whole_again)
{
	struct unpack u = {0};
	struct seen s = {0};
	const struct write_record *r = &s.write;

	CHECK_EQ(say_file(&u, &s, 1, "data", 1), 0);
	CHECK_EQ(say_task(&u, &s, 1, "writer"), 0);
	CHECK_EQ(say_plain(&u, &s, 1, 1), 0);
	CHECK_EQ(s.writes, 1);
	CHECK_EQ(r->head.id, 77);
	CHECK_EQ(r->pid, 100);
	CHECK_EQ(r->tid, 101);
	CHECK_EQ(r->cgroup, 5);
	CHECK(!strcmp(r->comm, "writer"));
	CHECK(!strcmp(r->file, "data"));
	CHECK_EQ(r->ino, 12);
	CHECK_EQ(r->dev_cache, 1);
	CHECK_EQ(r->how[FACT_DEV_CACHE], HOW_OBSERVED);
	CHECK_EQ(r->how[FACT_COMM], HOW_OBSERVED);
	CHECK_EQ(r->how[FACT_POS], HOW_OBSERVED);
	CHECK_EQ(r->how[FACT_LEN], HOW_UNKNOWN);
	CHECK_EQ(r->how[FACT_DIO_RET], HOW_NOT_REACHED);
	CHECK_EQ(r->pos, 8192);
	CHECK_EQ(r->len, 4096);
	CHECK_EQ(r->asked_pos, 8192);
	CHECK_EQ(r->ret, 4096);
	CHECK_EQ(r->isize_after, 1 << 20);
	CHECK_EQ(r->flags, WRITE_DSYNC);
	CHECK_EQ(r->attempts, 3);
	CHECK_EQ(r->lock, LOCK_EXCLUSIVE);
	CHECK_EQ(r->sync, SYNC_FSYNC);
	CHECK_EQ(r->lookup, LOOKUP_HOLE);
	CHECK_EQ(r->addr_align, 512);
	CHECK_EQ(r->seg_align, 1024);
	CHECK_EQ(r->rounds, 1);
	CHECK_EQ(r->steps_total, 2);
	CHECK_EQ(r->stage_ns[STAGE_ENTER], 1000);
	CHECK_EQ(r->stage_ns[STAGE_MAP], 1010);
	CHECK_EQ(r->stage_ns[STAGE_DEVICE], 1020);
	CHECK_EQ(r->stage_ns[STAGE_ENDED], 0);
	CHECK_EQ(r->stage_ns[STAGE_RETURN], 1030);
	CHECK_EQ(s.steps[0].len, 4096);
	CHECK_EQ(s.steps[1].pos, 8192);
	CHECK_EQ(s.steps[1].addr, 123 << 20);
	CHECK_EQ(s.steps[1].opf, OPF_FUA);
	CHECK_EQ(u.nameless, 0);
	unpack_release(&u);
}

TEST(a_plain_write_takes_128_bytes_with_its_head_in_the_ring)
{
	CHECK(PLAIN_WORDS * 8 + 8 <= 128);
}

/* Its FILE and TASK found the ring full: the write is there all the same, and says what is not known of it. */
TEST(what_was_lost_is_unknown_until_it_is_said_again)
{
	struct unpack u = {0};
	struct seen s = {0};

	CHECK_EQ(say_task(&u, &s, 1, "writer"), 0);
	CHECK_EQ(say_plain(&u, &s, 9, 1), 0);
	CHECK_EQ(s.write.how[FACT_FILE], HOW_UNKNOWN);
	CHECK_EQ(s.write.how[FACT_GENERATION], HOW_UNKNOWN);
	CHECK_EQ(s.write.how[FACT_COMM], HOW_OBSERVED);
	CHECK_EQ(s.write.pos, 8192);
	CHECK_EQ(u.nameless, 1);
	CHECK_EQ(say_file(&u, &s, 9, "data", 0), 0);
	CHECK_EQ(say_plain(&u, &s, 9, 2), 0);
	CHECK_EQ(s.write.how[FACT_FILE], HOW_OBSERVED);
	CHECK_EQ(s.write.how[FACT_PID], HOW_UNKNOWN);
	CHECK_EQ(s.write.pid, 0);
	CHECK_EQ(u.nameless, 2);
	unpack_release(&u);
}

/* Numbers come and go, a name is told once: its file may have two of them, which writes refer to in turn. */
TEST(a_name_is_told_when_it_is_another_than_the_last)
{
	static const char *const names[] = {"old", "old", "new", "old", "new"};
	struct unpack u = {0};
	struct seen s = {0};

	for (uint32_t i = 0; i < 5; i++)
		CHECK_EQ(say_file(&u, &s, i + 1, names[i], i == 1), 0);
	CHECK_EQ(s.files, 4);
	CHECK(!strcmp(s.file.name, "new"));
	for (uint32_t i = 0; i < 5; i++) {
		CHECK_EQ(say_plain(&u, &s, i + 1, 0), 0);
		CHECK(!strcmp(s.write.file, names[i]));
		CHECK_EQ(s.write.dev_cache, i == 1);
	}
	unpack_release(&u);
}

/* The kernel adds a step while user space copies the write that is under way. */
TEST(a_step_that_is_half_there_is_lost_alone)
{
	static struct open_write w;
	struct unpack u = {0};
	struct seen s = {0};

	w.rec.nr_inline = 1;
	w.rec.steps_total = 1;
	w.out.nr_words = 0;
	CHECK_EQ(unpack_open_write(&u, &w, see, &s), 0);
	CHECK_EQ(s.write.steps_lost, 1);
	CHECK_EQ(s.write.nr_inline, 0);
	unpack_release(&u);
}

TEST(a_name_that_changed_while_it_was_read_is_unknown)
{
	struct unpack u = {0};
	struct seen s = {0};

	CHECK_EQ(say_file(&u, &s, 1, "", 1), 0);
	CHECK_EQ(say_plain(&u, &s, 1, 0), 0);
	CHECK_EQ(s.files, 0);
	CHECK_EQ(s.write.how[FACT_FILE], HOW_UNKNOWN);
	CHECK_EQ(s.write.how[FACT_DEV_CACHE], HOW_OBSERVED);
	unpack_release(&u);
}

/* Its length has 32 bits in front and is told whole behind the steps, which have none of their own. */
TEST(steps_have_the_whole_length)
{
	uint64_t words[PLAIN_WORDS + 1];
	struct unpack u = {0};
	struct seen s = {0};

	make_plain(words, 0, 0);
	words[CORE_MASK] |= 1;
	words[PLAIN_WORDS] = 5ull << 40 | 4096;
	CHECK_EQ(unpack_record(&u, words, sizeof(words), see, &s), 0);
	CHECK_EQ(s.write.len, 5ull << 40 | 4096);
	CHECK_EQ(s.steps[0].len, 5ull << 40 | 4096);
	CHECK_EQ(s.steps[1].len, 5ull << 40 | 4096);
	CHECK_EQ(s.steps[1].addr, 123 << 20);
	unpack_release(&u);
}

/* Only so many are remembered: whose place is another's is not taken for it. */
TEST(a_number_is_not_taken_for_another)
{
	struct unpack u = {0};
	struct seen s = {0};

	CHECK_EQ(say_file(&u, &s, 5, "five", 0), 0);
	CHECK_EQ(say_file(&u, &s, 5 + RING_KNOWN, "later", 0), 0);
	CHECK_EQ(say_plain(&u, &s, 5, 0), 0);
	CHECK_EQ(s.write.how[FACT_FILE], HOW_UNKNOWN);
	CHECK_EQ(say_plain(&u, &s, 5 + RING_KNOWN, 0), 0);
	CHECK(!strcmp(s.write.file, "later"));
	unpack_release(&u);
}

TEST(what_is_too_short_or_of_no_type_is_refused)
{
	uint64_t words[PLAIN_WORDS];
	struct unpack u = {0};
	struct seen s = {0};

	make_plain(words, 1, 1);
	for (size_t n = 0; n < PLAIN_WORDS; n++)
		CHECK_EQ(unpack_record(&u, words, n * 8, see, &s), -EBADMSG);
	words[CORE_ID] = RING_WRITE | (STEPS_INLINE + 1) << 3;
	CHECK_EQ(unpack_record(&u, words, sizeof(words), see, &s), -EBADMSG);
	words[CORE_ID] = 7;
	CHECK_EQ(unpack_record(&u, words, sizeof(words), see, &s), -EBADMSG);
	CHECK_EQ(s.writes, 0);
	unpack_release(&u);
}

TEST(steps_of_a_long_write_stand_alone)
{
	uint64_t words[RING_STEPS_HEAD + 3] = {
		[STEPS_ID] = RING_STEPS | 1 << 3 | 4ull << 16,
		[STEPS_FIRST] = 16,
		[STEPS_POS] = 4096,
		[STEPS_LEN] = 1 << 20,
		[RING_STEPS_HEAD] = STEP_BIO << STEP_TAG_KIND | 1 << STEP_TAG_POS | 1 << STEP_TAG_ADDR,
		[RING_STEPS_HEAD + 1] = 65536,
		[RING_STEPS_HEAD + 2] = 1 << 30,
	};
	struct unpack u = {0};
	struct seen s = {0};

	CHECK_EQ(unpack_record(&u, words, sizeof(words), see, &s), 0);
	CHECK_EQ(s.continuation.head.id, 4);
	CHECK_EQ(s.continuation.first, 16);
	CHECK_EQ(s.continuation.nr, 1);
	CHECK_EQ(s.steps[0].pos, 65536);
	CHECK_EQ(s.steps[0].addr, 1 << 30);
	CHECK_EQ(s.steps[0].len, 1 << 20);
	unpack_release(&u);
}

TEST_MAIN()
