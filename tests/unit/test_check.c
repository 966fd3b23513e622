// SPDX-License-Identifier: GPL-2.0-only
/* What check must find although every checksum fits. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/write_record.h"
#include "reports/text/check.h"
#include "tests/unit/test.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_index.h"

struct trace {
	int fd;
	char path[32];
	struct trace_writer *w;
};

static struct trace begin(void)
{
	struct trace t = {.fd = memfd_create("trace", 0)};
	struct meta header = {0};

	snprintf(t.path, sizeof(t.path), "/proc/self/fd/%d", t.fd);
	meta_setf(&header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);
	CHECK_EQ(trace_writer_open(&t.w, dup(t.fd), &header, NULL), 0);
	meta_release(&header);
	return t;
}

static void put(struct trace *t, const void *record)
{
	CHECK_EQ(trace_writer_append(t->w, record, ((const struct record_head *)record)->len, NULL), 0);
}

static void end(struct trace *t, const char *key, const char *value)
{
	struct meta trailer = {0};

	meta_set(&trailer, key, value);
	CHECK_EQ(trace_writer_close(t->w, &trailer, NULL), 0);
	meta_release(&trailer);
}

static struct write_record make_write(uint64_t id)
{
	return (struct write_record){.head = {RECORD_WRITE, sizeof(struct write_record), id}, .stage_ns = {id * 10}};
}

static char faults[2048];

static void keep(void *ctx, const char *fault)
{
	(void)ctx;
	snprintf(faults + strlen(faults), sizeof(faults) - strlen(faults), "%s\n", fault);
}

static struct check_result check(const struct trace *t)
{
	struct check_result r;
	struct errmsg err;

	faults[0] = '\0';
	CHECK_EQ(check_trace(t->path, &r, keep, NULL, NULL, &err), 0);
	close(t->fd);
	return r;
}

static struct trace two_writes(const char *key, const char *value)
{
	struct trace t = begin();

	for (uint64_t id = 1; id <= 2; id++) {
		struct write_record w = make_write(id);

		put(&t, &w);
	}
	end(&t, key, value);
	return t;
}

TEST(a_sound_trace_has_no_fault)
{
	struct trace t = two_writes(META_WRITES, "2");
	struct check_result r = check(&t);

	CHECK_STR(faults, "");
	CHECK(!r.faults && r.blocks == 1 && r.writes == 2 && r.indexed && r.version == 2);
}

TEST(counts_and_accounts_are_drawn_again)
{
	static const struct {
		const char *key, *value, *fault;
	} cases[] = {
		{META_WRITES, "3", "the trailer says that 3 writes were recorded, and 2 are here\n"},
		{META_IN_FLIGHT, "1", "the trailer says that 1 writes were in flight at the end, and 0 are here\n"},
		{META_ACCOUNT "ends", "2 2 0", ""},
		{META_ACCOUNT "ends", "3 3 0", "account ends: the trailer says 3 and 3, the records 2 and 2\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trace t = two_writes(cases[i].key, cases[i].value);

		check(&t);
		CHECK_STR(faults, cases[i].fault);
	}
}

TEST(an_account_that_does_not_balance_is_a_fault)
{
	struct trace t = begin();
	struct write_record w = make_write(7);

	w.state = WRITE_REUSED;
	put(&t, &w);
	end(&t, META_ACCOUNT "ends", "1 0 7");
	CHECK_EQ(check(&t).faults, 1);
	CHECK(strstr(faults, "the accounts do not balance"));
}

TEST(steps_are_counted)
{
	struct trace t = begin();
	struct write_record w = make_write(1);
	struct steps_record s = {.head = {RECORD_STEPS, sizeof(s), 1}};

	w.steps_total = 4;
	put(&t, &s);
	put(&t, &w);
	end(&t, META_LOST_STEPS, "3");
	CHECK_EQ(check(&t).faults, 1);
	CHECK_STR(faults, "the trailer says that 3 steps were lost, and 4 are missing\n");
}

TEST(steps_of_no_write_are_left_over)
{
	struct {
		struct steps_record head;
		struct write_step step;
	} s = {{.head = {RECORD_STEPS, sizeof(s), 1}, .nr = 1}, {.kind = STEP_ROUND}};
	struct trace t = begin();
	struct write_record w = make_write(1);

	put(&t, &s);
	put(&t, &w);
	end(&t, META_WRITES, "1");
	check(&t);
	CHECK_STR(faults, "1 steps more are here than the writes have\n");
}

TEST(both_sides_of_an_account_are_drawn_again)
{
	struct trace t = two_writes(META_ACCOUNT "ends", "2 3 0");

	check(&t);
	CHECK(strstr(faults, "account ends: the trailer says 2 and 3, the records 2 and 2\n"));
}

TEST(records_that_are_not_ours_are_faults)
{
	struct trace t = begin();
	struct sync_record sync = {.head = {RECORD_SYNC, sizeof(sync) - 8, 0}};
	struct record_head unknown = {99, sizeof(unknown), 0};
	struct write_record w = make_write(1);

	memset(w.comm, 'x', sizeof(w.comm));
	put(&t, &sync);
	put(&t, &w);
	for (int i = 0; i < 20; i++)
		put(&t, &unknown);
	end(&t, META_WRITES, "0");
	CHECK_EQ(check(&t).faults, 11); /* ten of them, and one that says how many more */
	CHECK(strstr(faults, "does not have the length it says") && strstr(faults, "a name without an end") &&
	      strstr(faults, "a record of type 99") && strstr(faults, "12 more records are wrong"));
}

/* --- an index that lies --- */

static struct block_buffer block;

static off_t find(const struct trace *t, enum trace_block_type type)
{
	off_t at = 0;

	while (pread(t->fd, &block.head, sizeof(block.head), at) == sizeof(block.head)) {
		CHECK_EQ(pread(t->fd, block.payload, block.head.len, at + 24), block.head.len);
		if (block.head.type == type)
			return at;
		at += 24 + block.head.len;
	}
	return -1;
}

static void write_back(const struct trace *t, off_t at)
{
	block.head.crc = trace_block_crc(&block.head, block.payload);
	CHECK_EQ(pwrite(t->fd, &block, 24 + block.head.len, at), 24 + block.head.len);
}

TEST(an_index_is_compared_with_its_blocks)
{
	for (int i = 0; i < 6; i++) {
		struct trace t = two_writes(META_WRITES, "2");
		off_t at = find(&t, TRACE_INDEX);
		struct trace_span *span = (void *)(block.payload + sizeof(struct trace_index_head));

		CHECK(span->first_ns == 10 && span->last_ns == 20 && span->writes == 2 && span->flags == SPAN_FILES);
		span->first_ns += i == 0;
		span->last_ns += i == 1;
		span->writes += i == 2;
		span->flags ^= i == 3;
		span->offset += i == 4;
		span->files[3] ^= (uint64_t)(i == 5) << 63;
		write_back(&t, at);
		CHECK_EQ(check(&t).faults, 1);
		CHECK(strstr(faults, "the index is wrong about block 1 at byte 41"));
	}
}

TEST(an_index_that_cannot_be_found_is_a_fault)
{
	struct trace t = two_writes(META_WRITES, "2");
	off_t at = find(&t, TRACE_TRAILER);
	struct trace_foot *foot = (void *)(block.payload + block.head.len - sizeof(*foot));

	foot->index++;
	write_back(&t, at);
	CHECK(!check(&t).indexed);
	CHECK_STR(faults, "the index cannot be used: its parts do not fit each other\n");
}

TEST(a_trace_that_was_cut_is_a_fault)
{
	struct trace t = two_writes(META_WRITES, "2");

	CHECK_EQ(ftruncate(t.fd, find(&t, TRACE_TRAILER)), 0);
	CHECK_EQ(check(&t).faults, 1);
	CHECK(strstr(faults, "the trace ends after a whole block without a trailer"));
}

TEST_MAIN()
