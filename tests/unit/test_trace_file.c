// SPDX-License-Identifier: GPL-2.0-only
/* The trace is a file that somebody may hand over: whatever its bytes are, nothing false may be read from it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include "bpf/write_record.h"
#include "tests/unit/test.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_file.h"

#define RECORDS 5

/* A record of @words words after its head, filled so that each one is different. */
struct test_record {
	struct record_head head;
	uint64_t words[RECORDS];
};

static struct test_record make_record(uint64_t id)
{
	struct test_record rec = {.head = {.type = RECORD_WRITE, .len = sizeof(struct record_head) + 8 * id, .id = id}};

	for (uint64_t i = 0; i < id; i++)
		rec.words[i] = 0x0101010101010101 * (16 * id + i);
	return rec;
}

/* A file in memory, and its path. */
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

static void file_set(const struct file *f, const void *data, size_t len)
{
	CHECK_EQ(ftruncate(f->fd, 0), 0);
	CHECK_EQ(pwrite(f->fd, data, len, 0), len);
}

/* RECORDS records in two blocks, a header, a trailer. */
static struct file small_trace(char *bytes, size_t room, size_t *len)
{
	struct meta header = {0}, trailer = {0};
	struct trace_writer *w = NULL;
	struct file f = file_new();
	int own = dup(f.fd);

	meta_set(&header, META_KERNEL, "6.12");
	meta_set(&trailer, META_WRITES, "5");
	CHECK_EQ(trace_writer_open(&w, own, &header, NULL), 0);
	for (uint64_t id = 1; id <= RECORDS; id++) {
		struct test_record rec = make_record(id);

		CHECK_EQ(trace_writer_append(w, &rec, rec.head.len, NULL), 0);
		if (id == 2)
			CHECK_EQ(trace_writer_flush(w, NULL), 0);
	}
	CHECK_EQ(trace_writer_close(w, &trailer, NULL), 0);
	meta_release(&header);
	meta_release(&trailer);
	*len = pread(f.fd, bytes, room, 0);
	CHECK(*len < room);
	return f;
}

/* How many of small_trace()'s records are read, each as it was; -errno when it cannot be opened, -1 for a wrong one. */
static int read_back(const struct file *f, enum trace_end *end, bool *has_trailer, struct errmsg *err)
{
	struct trace_reader *r = NULL;
	const struct meta *trailer;
	const void *record;
	const char *why = NULL;
	int ret = trace_reader_open(&r, f->path, err), nr = 0;
	size_t len;

	if (ret)
		return ret;
	while ((ret = trace_reader_next(r, &record, &len, err)) == 1) {
		struct test_record rec = make_record(++nr);

		if (nr > RECORDS || len != rec.head.len || memcmp(record, &rec, len))
			nr = -1000;
	}
	CHECK(!ret || ret == -EINVAL); /* what fits its checksum and is wrong */
	CHECK_EQ(trace_reader_next(r, &record, &len, err), 0); /* the end stays the end */
	*end = trace_reader_end(r, &trailer, &why);
	*has_trailer = trailer;
	CHECK(why && *why && strlen(why) < sizeof(err->text));
	trace_reader_close(r);
	return nr < 0 ? -1 : nr;
}

TEST(what_is_written_is_read)
{
	char bytes[4096];
	size_t len;
	struct file f = small_trace(bytes, sizeof(bytes), &len);
	struct trace_reader *r = NULL;
	const struct meta *trailer = NULL;
	struct errmsg err;
	enum trace_end end;
	bool has_trailer;

	CHECK_EQ(read_back(&f, &end, &has_trailer, &err), RECORDS);
	CHECK_EQ(end, TRACE_COMPLETE);
	CHECK(has_trailer);
	CHECK_EQ(trace_reader_open(&r, f.path, &err), 0);
	CHECK_STR(meta_get(trace_reader_header(r), META_KERNEL), "6.12");
	while (trace_reader_next(r, &(const void *){NULL}, &(size_t){0}, &err) == 1)
		;
	trace_reader_end(r, &trailer, NULL);
	CHECK(trailer && meta_u64(trailer, META_WRITES, 0) == 5);
	trace_reader_close(r);
	close(f.fd);
}

TEST(a_trace_cut_at_any_byte_is_read_up_to_there)
{
	char bytes[4096];
	size_t len;
	struct file f = small_trace(bytes, sizeof(bytes), &len);
	int before = 0, opened = 0;

	for (size_t cut = 0; cut < len; cut++) {
		struct errmsg err;
		enum trace_end end = TRACE_COMPLETE;
		bool has_trailer = true;
		int nr;

		file_set(&f, bytes, cut);
		nr = read_back(&f, &end, &has_trailer, &err);
		if (nr < 0) {
			CHECK_EQ(nr, -EINVAL); /* inside the header */
			CHECK(!opened);
			continue;
		}
		opened++;
		CHECK(nr >= before); /* a longer file never gives less */
		before = nr;
		CHECK_EQ(end, TRACE_TRUNCATED);
		CHECK(!has_trailer);
	}
	CHECK_EQ(before, RECORDS);
	CHECK(opened);
	close(f.fd);
}

TEST(every_flipped_bit_is_noticed)
{
	char bytes[4096];
	size_t len;
	struct file f = small_trace(bytes, sizeof(bytes), &len);

	for (size_t bit = 0; bit < 8 * len; bit++) {
		struct errmsg err;
		enum trace_end end = TRACE_COMPLETE;
		bool has_trailer;
		int nr;

		bytes[bit / 8] ^= 1 << bit % 8;
		file_set(&f, bytes, len);
		bytes[bit / 8] ^= 1 << bit % 8;
		nr = read_back(&f, &end, &has_trailer, &err);
		if (nr == -EINVAL)
			continue;
		if (nr < 0 || end == TRACE_COMPLETE)
			printf("# bit %zu of byte %zu: %d records\n", bit % 8, bit / 8, nr);
		CHECK(nr >= 0);
		CHECK(end != TRACE_COMPLETE);
	}
	close(f.fd);
}

/* Read on from where @r is; @nr records were right so far. */
static int read_on(struct trace_reader *r, int nr)
{
	const void *record;
	struct errmsg err;
	size_t len;
	int ret;

	while ((ret = trace_reader_next(r, &record, &len, &err)) == 1) {
		struct test_record rec = make_record(++nr);

		CHECK(nr <= RECORDS && len == rec.head.len && !memcmp(record, &rec, len));
	}
	CHECK_EQ(ret, 0);
	return nr;
}

TEST(a_growing_trace_is_read_as_it_grows)
{
	char bytes[4096];
	size_t len;
	struct file f = small_trace(bytes, sizeof(bytes), &len);
	struct trace_reader *r = NULL;
	struct trace_block head;
	struct errmsg err;
	size_t at;
	int nr = 0;

	memcpy(&head, bytes, sizeof(head));
	at = sizeof(head) + head.len;
	file_set(&f, bytes, at);
	CHECK_EQ(trace_reader_open(&r, f.path, &err), 0);
	for (; at < len; at++) { /* a byte at a time: a block is given out once, when it is whole */
		nr = read_on(r, nr);
		CHECK_EQ(trace_reader_end(r, NULL, NULL), TRACE_TRUNCATED);
		CHECK_EQ(trace_reader_next(r, &(const void *){NULL}, &(size_t){0}, &err), 0);
		CHECK_EQ(pwrite(f.fd, bytes + at, 1, (off_t)at), 1);
		CHECK_EQ(trace_reader_resume(r, &err), 0);
	}
	nr = read_on(r, nr);
	CHECK_EQ(nr, RECORDS);
	CHECK_EQ(trace_reader_end(r, NULL, NULL), TRACE_COMPLETE);
	CHECK_EQ(trace_reader_resume(r, &err), 0);
	CHECK_EQ(read_on(r, nr), RECORDS); /* the end stays the end */
	trace_reader_close(r);
	close(f.fd);
}

TEST(a_trace_that_is_written_anew_is_not_followed)
{
	char bytes[4096];
	size_t len;
	struct file f = small_trace(bytes, sizeof(bytes), &len);
	struct trace_reader *r = NULL;
	struct errmsg err;

	file_set(&f, bytes, len - 1);
	CHECK_EQ(trace_reader_open(&r, f.path, &err), 0);
	CHECK_EQ(read_on(r, 0), RECORDS);
	file_set(&f, bytes, 30);
	CHECK_EQ(trace_reader_resume(r, &err), -ESTALE);
	CHECK(strstr(err.text, "written anew"));
	trace_reader_close(r);
	close(f.fd);
}

static size_t block_len(const char *block)
{
	struct trace_block b;

	memcpy(&b, block, sizeof(b));
	return sizeof(b) + b.len;
}

TEST(blocks_that_are_missing_or_repeated_are_noticed)
{
	char bytes[4096], other[8192];
	size_t len, at[5], nr = 0;
	struct file f = small_trace(bytes, sizeof(bytes), &len);
	struct errmsg err;
	enum trace_end end;
	bool has_trailer;

	for (size_t i = 0; i < len; i += block_len(bytes + i))
		at[nr++] = i;
	CHECK_EQ(nr, 5); /* header, records, records, index, trailer */

	memcpy(other, bytes, at[1]); /* without the first block of records */
	memcpy(other + at[1], bytes + at[2], len - at[2]);
	file_set(&f, other, len - (at[2] - at[1]));
	CHECK_EQ(read_back(&f, &end, &has_trailer, &err), 0);
	CHECK_EQ(end, TRACE_DAMAGED);

	memcpy(other, bytes, at[2]); /* with it twice */
	memcpy(other + at[2], bytes + at[1], len - at[1]);
	file_set(&f, other, len + (at[2] - at[1]));
	CHECK_EQ(read_back(&f, &end, &has_trailer, &err), 2);
	CHECK_EQ(end, TRACE_DAMAGED);

	memcpy(other, bytes, len); /* with something behind the trailer */
	other[len] = 'x';
	file_set(&f, other, len + 1);
	CHECK_EQ(read_back(&f, &end, &has_trailer, &err), RECORDS);
	CHECK_EQ(end, TRACE_DAMAGED);
	CHECK(has_trailer);
	close(f.fd);
}

/* --- hostile: the checksum fits, the content does not --- */

static size_t put_version(char *to, uint16_t version, uint16_t type, uint64_t seq, const void *payload, uint32_t len)
{
	struct trace_block b = {TRACE_BLOCK_MAGIC, version, type, len, 0, seq};
	uLong crc = crc32(0, (const Bytef *)&b.seq, sizeof(b.seq));

	crc = crc32(crc, (const Bytef *)&b.type, sizeof(b.type));
	crc = crc32(crc, (const Bytef *)&b.len, sizeof(b.len));
	b.crc = crc32(crc, payload, len);
	memcpy(to, &b, sizeof(b));
	memcpy(to + sizeof(b), payload, len);
	return sizeof(b) + len;
}

static size_t put_block(char *to, uint16_t type, uint64_t seq, const void *payload, uint32_t len)
{
	return put_version(to, TRACE_VERSION, type, seq, payload, len);
}

/* As the first version had them: not packed. */
TEST(raw_records_of_a_wrong_length_are_not_given_out)
{
	static const struct {
		uint32_t len;	  /* as the record says */
		uint32_t payload; /* as the block has */
	} cases[] = {{0, 24}, {8, 24}, {15, 24}, {20, 24}, {32, 24}, {0xfffffff8, 24}, {16, 24}, {16, 8}, {16, 17}};
	struct file f = file_new();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct record_head payload[3] = {{.type = RECORD_WRITE, .len = cases[i].len, .id = 1}};
		char bytes[256];
		size_t len = put_version(bytes, 1, TRACE_HEADER, 0, "a=1\n", 4);
		struct errmsg err;
		enum trace_end end;
		bool has_trailer;

		len += put_version(bytes + len, 1, TRACE_RECORDS, 1, payload, cases[i].payload);
		file_set(&f, bytes, len);
		CHECK_EQ(read_back(&f, &end, &has_trailer, &err), 0);
		CHECK_EQ(end, TRACE_DAMAGED);
	}
	close(f.fd);
}

TEST(a_claimed_length_is_not_believed)
{
	struct trace_block b = {TRACE_BLOCK_MAGIC, TRACE_VERSION, TRACE_RECORDS, UINT32_MAX, 0, 1};
	char bytes[256];
	size_t len = put_block(bytes, TRACE_HEADER, 0, "a=1\n", 4);
	struct file f = file_new();
	struct errmsg err;
	enum trace_end end;
	bool has_trailer;

	memcpy(bytes + len, &b, sizeof(b));
	file_set(&f, bytes, len + sizeof(b));
	CHECK_EQ(read_back(&f, &end, &has_trailer, &err), 0);
	CHECK_EQ(end, TRACE_DAMAGED);
	b.len = TRACE_BLOCK_MAX; /* possible, but not there */
	memcpy(bytes + len, &b, sizeof(b));
	file_set(&f, bytes, len + sizeof(b));
	CHECK_EQ(read_back(&f, &end, &has_trailer, &err), 0);
	CHECK_EQ(end, TRACE_TRUNCATED);
	close(f.fd);
}

TEST(blocks_in_a_wrong_place_end_the_trace)
{
	static const uint16_t types[] = {0, TRACE_HEADER, 5, 0xffff};
	struct file f = file_new();

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		char bytes[256];
		size_t len = put_block(bytes, TRACE_HEADER, 0, "a=1\n", 4);
		struct errmsg err;
		enum trace_end end;
		bool has_trailer;

		len += put_block(bytes + len, types[i], 1, "b=2\n", 4);
		file_set(&f, bytes, len);
		CHECK_EQ(read_back(&f, &end, &has_trailer, &err), 0);
		CHECK_EQ(end, TRACE_DAMAGED);
	}
	close(f.fd);
}

TEST(what_is_no_trace_is_refused_with_a_sentence)
{
	char newer[64], none[64], bad_meta[64], records[64], partial[64];
	size_t newer_len = put_block(newer, TRACE_HEADER, 0, "a=1\n", 4);
	size_t bad_len = put_block(bad_meta, TRACE_HEADER, 0, "no meta\n", 8);
	size_t records_len = put_block(records, TRACE_RECORDS, 0, "a=1\n", 4);
	size_t partial_len = put_block(partial, TRACE_HEADER, 0, "a=1\n", 4) - 1;
	size_t none_len = put_version(none, 0, TRACE_HEADER, 0, "a=1\n", 4);
	const struct {
		const char *data;
		size_t len;
		const char *why;
	} cases[] = {
		{none, none_len, "the trace's header is damaged: it has no version"},
		{"", 0, "not a dioscope trace"},
		{"hello", 5, "not a dioscope trace"},
		{"a file that is longer than the head of a block", 46, "not a dioscope trace"},
		{newer, newer_len, "a trace of version 3, this dioscope reads versions up to 2"},
		{bad_meta, bad_len, "the trace's header is damaged: line 1 is not key=value"},
		{records, records_len, "of a kind that has no place there"},
		{partial, partial_len, "the trace's header is damaged: the trace ends inside a block"},
		{partial, 5, "the trace's header is damaged: the trace ends inside a block"},
	};
	struct file f = file_new();

	newer[4] = 3;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trace_reader *r = NULL;
		struct errmsg err = {0};

		file_set(&f, cases[i].data, cases[i].len);
		CHECK_EQ(trace_reader_open(&r, f.path, &err), -EINVAL);
		CHECK(!r);
		CHECK(!strncmp(err.text, f.path, strlen(f.path)));
		if (!strstr(err.text, cases[i].why))
			printf("# %zu: %s\n", i, err.text);
		CHECK(strstr(err.text, cases[i].why));
	}
	close(f.fd);
}

TEST(a_path_that_cannot_be_read_is_a_sentence)
{
	struct trace_reader *r = NULL;
	struct errmsg err;

	CHECK_EQ(trace_reader_open(&r, "/nonexistent/t", &err), -ENOENT);
	CHECK_STR(err.text, "/nonexistent/t: No such file or directory");
	CHECK_EQ(trace_reader_open(&r, "/proc", &err), -EISDIR);
	trace_reader_close(NULL);
}

/* --- the writer --- */

TEST(blocks_are_never_longer_than_the_maximum)
{
	enum {
		LEN = 4096,
		NR = 1000
	};
	static union {
		struct record_head head;
		char bytes[LEN];
	} rec = {{RECORD_WRITE, LEN, 0}};
	struct file f = file_new();
	int own = dup(f.fd);
	struct meta none = {0};
	struct trace_writer *w = NULL;
	struct trace_reader *r = NULL;
	struct trace_block b;
	const void *record;
	struct errmsg err;
	off_t at = 0;
	uint64_t nr = 0;
	size_t len;

	CHECK_EQ(trace_writer_open(&w, own, &none, &err), 0);
	for (rec.head.id = 0; rec.head.id < NR; rec.head.id++)
		CHECK_EQ(trace_writer_append(w, &rec, LEN, &err), 0);
	CHECK_EQ(trace_writer_close(w, &none, &err), 0);
	for (; pread(f.fd, &b, sizeof(b), at) == sizeof(b); at += sizeof(b) + b.len)
		CHECK(b.len <= TRACE_BLOCK_MAX);
	CHECK_EQ(trace_reader_open(&r, f.path, &err), 0);
	for (; trace_reader_next(r, &record, &len, &err) == 1; nr++)
		CHECK_EQ(((const struct record_head *)record)->id, nr);
	CHECK_EQ(nr, NR);
	CHECK_EQ(trace_reader_end(r, NULL, NULL), TRACE_COMPLETE);
	trace_reader_close(r);
	close(f.fd);
}

TEST(a_record_that_fits_no_block_is_refused)
{
	static union {
		struct record_head head;
		char bytes[TRACE_RECORD_MAX + 8];
	} rec;
	static const struct {
		size_t len;
		uint32_t says;
		int ret;
	} cases[] = {
		{TRACE_RECORD_MAX, TRACE_RECORD_MAX, 0},
		{TRACE_RECORD_MAX + 8, TRACE_RECORD_MAX + 8, -EINVAL},
		{24, 32, -EINVAL},
		{8, 8, -EINVAL},
		{20, 20, -EINVAL},
		{16, 16, 0},
	};
	struct file f = file_new();
	int own = dup(f.fd);
	struct meta none = {0};
	struct trace_writer *w = NULL;

	CHECK_EQ(trace_writer_open(&w, own, &none, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rec.head.len = cases[i].says;
		CHECK_EQ(trace_writer_append(w, &rec, cases[i].len, NULL), cases[i].ret);
	}
	CHECK_EQ(trace_writer_close(w, &none, NULL), 0);
	close(f.fd);
}

TEST(a_full_disk_is_reported_and_stays_so)
{
	struct meta none = {0};
	struct trace_writer *w = NULL;
	struct test_record rec = make_record(1);
	struct errmsg err;
	int fd = open("/dev/full", O_WRONLY), pipes[2];

	CHECK_EQ(trace_writer_open(&w, fd, &none, &err), -ENOSPC);
	CHECK(!w);
	CHECK_EQ(fcntl(fd, F_GETFD), 0); /* still the caller's */
	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(trace_writer_open(&w, pipes[1], &none, &err), 0);
	CHECK_EQ(dup2(fd, pipes[1]), pipes[1]);
	CHECK_EQ(trace_writer_append(w, &rec, rec.head.len, &err), 0);
	CHECK_EQ(trace_writer_flush(w, &err), -ENOSPC);
	CHECK_STR(err.text, "cannot write the trace: No space left on device");
	CHECK_EQ(trace_writer_close(w, &none, &err), -ENOSPC);
	close(pipes[0]);
	close(fd);
	trace_writer_free(NULL);
}

/* As small_trace() is written, until there is no room for more: what the first failure says, 0 when all of it fits. */
static int write_until_full(int fd)
{
	_cleanup_(meta_release) struct meta header = {0}, trailer = {0};
	struct trace_writer *w;
	int ret;

	meta_set(&header, META_KERNEL, "6.12");
	meta_set(&trailer, META_WRITES, "5");
	ret = trace_writer_open(&w, fd, &header, NULL);
	if (ret) {
		close(fd);
		return ret;
	}
	for (uint64_t id = 1; id <= RECORDS && !ret; id++) {
		struct test_record rec = make_record(id);

		ret = trace_writer_append(w, &rec, rec.head.len, NULL);
		if (!ret && id == 2)
			ret = trace_writer_flush(w, NULL);
	}
	if (!ret)
		return trace_writer_close(w, &trailer, NULL);
	trace_writer_free(w);
	return ret;
}

/* @fd may not grow beyond @bytes: what is written up to there is written, as on a disk that becomes full. */
static int write_with_room_for(int fd, rlim_t bytes)
{
	struct rlimit before, less;
	int ret;

	fflush(stdout);
	getrlimit(RLIMIT_FSIZE, &before);
	less = (struct rlimit){.rlim_cur = bytes, .rlim_max = before.rlim_max};
	setrlimit(RLIMIT_FSIZE, &less);
	ret = write_until_full(fd);
	setrlimit(RLIMIT_FSIZE, &before);
	return ret;
}

TEST(a_disk_that_is_full_at_any_byte_leaves_whole_blocks)
{
	char bytes[4096];
	size_t len, whole = 0;
	struct file f = small_trace(bytes, sizeof(bytes), &len);

	signal(SIGXFSZ, SIG_IGN);
	for (size_t room = 0; room < len; room++) {
		struct errmsg err;
		enum trace_end end = TRACE_COMPLETE;
		bool has_trailer = true;
		struct stat st;

		file_set(&f, "", 0);
		lseek(f.fd, 0, SEEK_SET);
		CHECK_EQ(write_with_room_for(dup(f.fd), room), -EFBIG);
		while (whole + block_len(bytes + whole) <= room)
			whole += block_len(bytes + whole);
		fstat(f.fd, &st);
		CHECK_EQ(st.st_size, whole);
		if (!whole)
			continue;
		CHECK(read_back(&f, &end, &has_trailer, &err) >= 0);
		CHECK_EQ(end, TRACE_TRUNCATED);
		CHECK(!has_trailer);
	}
	close(f.fd);
}

/* A shell's ">>", and a file that is written from its middle on. */
TEST(a_full_disk_leaves_what_was_there_before)
{
	char bytes[4096], seen[8] = "";
	size_t len;
	struct file f = small_trace(bytes, sizeof(bytes), &len);

	signal(SIGXFSZ, SIG_IGN);
	for (int append = 0; append < 2; append++) {
		struct stat st;

		file_set(&f, "before\n", 7);
		lseek(f.fd, 7, SEEK_SET);
		fcntl(f.fd, F_SETFL, append ? O_APPEND : 0);
		CHECK_EQ(write_with_room_for(dup(f.fd), 7 + len / 2), -EFBIG);
		fstat(f.fd, &st);
		CHECK(st.st_size >= 7);
		CHECK_EQ(pread(f.fd, seen, 7, 0), 7);
		CHECK_STR(seen, "before\n");
	}
	close(f.fd);
}

/* --- threads --- */

#define MANY_BLOCKS 40

/* What there is to be told of a trace: its records, in order, and its end. */
struct told {
	uint64_t records, sum;
	enum trace_end end;
	char why[256];
};

static struct told read_by(const char *path, unsigned int threads)
{
	struct trace_reader *r = NULL;
	struct told told = {0};
	struct errmsg err;
	const void *record;
	const char *why;
	size_t len;
	int ret = trace_reader_open(&r, path, &err);

	CHECK_EQ(ret, 0);
	if (ret)
		return told;
	trace_reader_threads(r, threads);
	while ((ret = trace_reader_next(r, &record, &len, &err)) > 0) {
		told.records++;
		told.sum = told.sum * 31 + crc32(0, record, (uInt)len);
	}
	CHECK_EQ(ret, 0);
	told.end = trace_reader_end(r, NULL, &why);
	snprintf(told.why, sizeof(told.why), "%s", why);
	CHECK_EQ(trace_reader_resume(r, &err), 0);
	CHECK_EQ(trace_reader_next(r, &record, &len, &err), 0);
	trace_reader_close(r);
	return told;
}

static struct file trace_of_many_blocks(char *bytes, size_t room, size_t *len)
{
	struct meta header = {0}, trailer = {0};
	struct trace_writer *w = NULL;
	struct file f = file_new();
	struct errmsg err;

	CHECK_EQ(trace_writer_open(&w, dup(f.fd), &header, &err), 0);
	for (uint64_t block = 0; block < MANY_BLOCKS; block++) {
		for (uint64_t id = 1; id <= RECORDS; id++) {
			struct test_record rec = make_record(id);

			rec.head.id = block * RECORDS + id;
			CHECK_EQ(trace_writer_append(w, &rec, rec.head.len, &err), 0);
		}
		CHECK_EQ(trace_writer_flush(w, &err), 0);
	}
	CHECK_EQ(trace_writer_close(w, &trailer, &err), 0);
	*len = (size_t)pread(f.fd, bytes, room, 0);
	CHECK(*len < room);
	return f;
}

static void check_threads(const struct file *f)
{
	static const unsigned int threads[] = {1, 2, 3, 8, 100};
	struct told alone = read_by(f->path, 0);

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		struct told told = read_by(f->path, threads[i]);

		CHECK_EQ(told.records, alone.records);
		CHECK_EQ(told.sum, alone.sum);
		CHECK_EQ(told.end, alone.end);
		CHECK(!strcmp(told.why, alone.why));
	}
}

TEST(what_is_read_does_not_depend_on_the_number_of_threads)
{
	char bytes[64 << 10];
	size_t len;
	struct file f = trace_of_many_blocks(bytes, sizeof(bytes), &len);

	CHECK_EQ(read_by(f.path, 0).records, MANY_BLOCKS * RECORDS);
	check_threads(&f);
	for (size_t at = len / 3; at < len; at += 97) {
		bytes[at] ^= 0x40;
		file_set(&f, bytes, len);
		check_threads(&f);
		bytes[at] ^= 0x40;
		file_set(&f, bytes, at);
		check_threads(&f);
	}
	close(f.fd);
}

/* Who has seen enough need not wait for all of it. */
TEST(threads_are_stopped_before_the_end)
{
	char bytes[64 << 10];
	size_t len;
	struct file f = trace_of_many_blocks(bytes, sizeof(bytes), &len);
	struct trace_reader *r = NULL;
	struct errmsg err;
	const void *record;

	CHECK_EQ(trace_reader_open(&r, f.path, &err), 0);
	trace_reader_threads(r, 4);
	for (int i = 0; i < 3 * RECORDS; i++)
		CHECK_EQ(trace_reader_next(r, &record, &len, &err), 1);
	trace_reader_close(r);
	close(f.fd);
}

TEST_MAIN()
