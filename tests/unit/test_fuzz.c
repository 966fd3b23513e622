// SPDX-License-Identifier: GPL-2.0-only
/* What the fuzzer makes up, how it shrinks what it found, and what it takes for the same. */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/test.h"
#include "user/fuzz/byte_model.h"
#include "user/fuzz/cluster.h"
#include "user/fuzz/generate.h"
#include "user/fuzz/shrink.h"
#include "user/verify/complaint.h"

/* --- workloads --- */

static void check_parses(const char *text, size_t *writes)
{
	struct workload wl;
	struct errmsg err = {""};
	int ret = workload_parse(&wl, "fuzz.wl", text, strlen(text), &err);

	CHECK_STR(err.text, "");
	if (ret)
		return;
	CHECK(wl.nr_writes > 0);
	*writes += wl.nr_writes;
	workload_release(&wl);
}

TEST(every_workload_of_every_theme_parses_and_writes)
{
	for (const struct theme *t = themes; t->name; t++) {
		size_t writes = 0;

		for (uint64_t nr = 1; nr <= 300; nr++) {
			_cleanup_free_ char *text = generate_workload(t, 5, nr, true);

			check_parses(text, &writes);
		}
		CHECK(writes > 600);
	}
}

TEST(the_themes_in_words_are_the_table)
{
	char names[128] = "";

	for (const struct theme *t = themes; t->name; t++) {
		const char *before = t == themes ? "" : t[1].name ? ", " : " or ";

		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", before, t->name);
	}
	CHECK_STR(names, THEME_NAMES);
}

TEST(a_seed_and_a_number_say_all)
{
	_cleanup_free_ char *a = generate_workload(&themes[0], 7, 40, true);
	_cleanup_free_ char *b = generate_workload(&themes[0], 7, 40, true);
	_cleanup_free_ char *other_nr = generate_workload(&themes[0], 7, 41, true);
	_cleanup_free_ char *other_seed = generate_workload(&themes[0], 8, 40, true);

	CHECK_STR(a, b);
	CHECK(strcmp(strchr(a, '\n'), strchr(other_nr, '\n')) != 0);
	CHECK(strcmp(strchr(a, '\n'), strchr(other_seed, '\n')) != 0);
}

/* Each must come now and then, or what it is about is not looked at. */
TEST(nothing_of_the_language_is_left_out)
{
	static const char *const words[] = {
		"create ",	"fallocate ", " keep",	      "punch ",	    "truncate ",    "buffered ",
		"fsync ",	"sync\n",     " +S",	      " -S",	    " +j",	    " +i",
		" -e\n",	"chmod ",     "limit ",	      "remount",    " dsync",	    " sync",
		" append",	" nowait",    " dontcache",   " atomic",    " align=",	    " segs=",
		" fault",	" libaio",    " io_uring",    " noretry",   "lbs=4096",	    "cache=writethrough",
		"-b 1024",	"^extents",   "^has_journal", "nodelalloc", "data=journal", "nobarrier",
		"dioread_lock", "filler",     "write g",
	};
	size_t seen[ARRAY_SIZE(words)] = {0};

	for (uint64_t nr = 1; nr <= 3000; nr++) {
		_cleanup_free_ char *text = generate_workload(&themes[0], 1, nr, true);

		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			seen[i] += strstr(text, words[i]) != NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (seen[i] < 5)
			printf("# '%s' in %zu of 3000\n", words[i], seen[i]);
		CHECK(seen[i] >= 5);
	}
}

static bool makes_dirty(enum op_kind kind)
{
	return kind == OP_BUFFERED || kind == OP_MMAP_WRITE;
}

/* Is the file of operation @at, which made it dirty, written before @end by what the runner does itself? */
static bool is_synced(const struct workload *wl, size_t at, size_t end)
{
	for (size_t i = at + 1; i < end; i++)
		if ((wl->ops[i].kind == OP_FSYNC || wl->ops[i].kind == OP_FDATASYNC) &&
		    !strcmp(wl->ops[i].file, wl->ops[at].file))
			return true;
	return false;
}

TEST(where_there_is_no_room_the_flusher_has_nothing_to_do)
{
	size_t dirty = 0;

	for (uint64_t nr = 1; nr <= 300; nr++) {
		_cleanup_free_ char *text = generate_workload(theme_find("full"), 5, nr, true);
		struct workload wl;
		struct errmsg err = {""};

		CHECK_EQ(workload_parse(&wl, "fuzz.wl", text, strlen(text), &err), 0);
		for (size_t i = 0; i < wl.nr_ops; i++) {
			if (wl.ops[i].kind != OP_SYNC && wl.ops[i].kind != OP_REMOUNT)
				continue;
			for (size_t j = 0; j < i; j++) {
				dirty += makes_dirty(wl.ops[j].kind);
				CHECK(!makes_dirty(wl.ops[j].kind) || is_synced(&wl, j, i));
			}
		}
		workload_release(&wl);
	}
	CHECK(dirty > 100);
}

TEST(without_the_capability_only_those_lines_go)
{
	for (uint64_t nr = 1; nr <= 300; nr++) {
		_cleanup_free_ char *with = generate_workload(&themes[0], 1, nr, true);
		_cleanup_free_ char *without = generate_workload(&themes[0], 1, nr, false);
		const char *a = with, *b = without;

		CHECK(!strstr(without, "j\n") || !strstr(without, " +j\n"));
		while (*a) {
			size_t len = strcspn(a, "\n") + 1;

			if (!strncmp(a, "chattr", 6) && a[len - 2] == 'j') {
				a += len;
				continue;
			}
			CHECK(!strncmp(a, b, len));
			a += len;
			b += len;
		}
		CHECK(!*b);
	}
}

/* --- shrinking --- */

struct asked {
	const char *needs[3];
	size_t times;
	size_t fails_at; /* 0: never */
};

static int has_all(void *ctx, const char *text)
{
	struct asked *a = ctx;

	a->times++;
	if (a->fails_at && a->times >= a->fails_at)
		return -4;
	for (size_t i = 0; i < ARRAY_SIZE(a->needs); i++)
		if (a->needs[i] && !strstr(text, a->needs[i]))
			return 0;
	return 1;
}

static const char long_text[] = "scenario x\ndevice loop size=16M\nmkfs -b 4096\ncreate f\nbuffered f 0 10k\n"
				"write f 64k 128k dsync libaio\nsync\nwrite f 8k 4k nowait\ntruncate f 4k\n";

TEST(lines_and_words_that_nothing_needs_go)
{
	struct asked a = {.needs = {"create f\n", "write f", "libaio"}};
	_cleanup_free_ char *text = shrink(long_text, has_all, &a, 1000);

	CHECK_STR(text, "create f\nwrite f 0 0 libaio\n");
}

TEST(a_number_that_is_needed_stays)
{
	struct asked a = {.needs = {"create f\n", "write f 8k 4k"}};
	_cleanup_free_ char *text = shrink(long_text, has_all, &a, 1000);

	CHECK_STR(text, "create f\nwrite f 8k 4k\n");
}

TEST(no_more_is_asked_than_may_be)
{
	struct asked few = {.needs = {"create f\n"}}, none = {.needs = {"create f\n"}},
		     broken = {.needs = {"create f\n"}, .fails_at = 3};
	_cleanup_free_ char *some = shrink(long_text, has_all, &few, 5);
	_cleanup_free_ char *all = shrink(long_text, has_all, &none, 0);
	_cleanup_free_ char *until = shrink(long_text, has_all, &broken, 1000);

	CHECK(strstr(some, "create f\n"));
	CHECK_EQ(few.times, 5);
	CHECK_STR(all, long_text);
	CHECK(strstr(until, "create f\n"));
	CHECK_EQ(broken.times, 3);
}

/* --- what is alike --- */

TEST(a_shape_has_no_numbers)
{
	static const struct {
		const char *value, *shape;
	} cases[] = {
		{"4096", "N"},
		{"0", "0"},
		{"-EAGAIN", "-EAGAIN"},
		{"shared", "shared"},
		{"[0,4096) x", "[0,N) x"},
		{"f: size 12", "size N"},
		{"O_DSYNC2", "O_DSYNC2"},
		{"a_2", "a_2"},
		{"0x1f at 5", "N at N"},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *shape = finding_shape(cases[i].value);

		CHECK_STR(shape, cases[i].shape);
	}
}

TEST(the_first_operation_that_differs_names_it)
{
	struct diff d = {0};
	char *key = finding_key(&d);

	CHECK(!key);
	diff_add(&d, VERDICT_DIFFERENT, 0, "image", "f: size 1", "f: size 2", "r");
	key = finding_key(&d);
	CHECK_STR(key, "image size N|size N");
	free(key);
	diff_add(&d, VERDICT_ALLOWED, 1, "bios", "1", "2", "r");
	diff_add(&d, VERDICT_DIFFERENT, 7, "result", "0", "-EIO", "r");
	diff_add(&d, VERDICT_DIFFERENT, 3, "fua", "all", "none", "r");
	diff_add(&d, VERDICT_DIFFERENT, 3, "commit", "no", "yes", "r");
	key = finding_key(&d);
	CHECK_STR(key, "fua all|none; commit no|yes");
	free(key);
	diff_release(&d);
}

static int load(struct clusters *c, const char *text, struct errmsg *err)
{
	char path[] = "/tmp/dioscope-known-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	int ret = write_all(fd, text, strlen(text));

	if (!ret)
		ret = clusters_load_known(c, path, err);
	unlink(path);
	return ret;
}

TEST(what_is_exposed_is_a_kind_of_its_own)
{
	struct diff d = {0};
	_cleanup_free_ char *key = NULL;

	diff_add(&d, VERDICT_DIFFERENT, 3, "fua", "all", "none", "r");
	diff_add(&d, VERDICT_DIFFERENT, 0, "exposes", "f: what nobody wrote, 0x6f at 512", "as the model", "r");
	key = finding_key(&d);
	CHECK_STR(key, "exposes what nobody wrote, N at N|as the model");
	diff_release(&d);
}

TEST(what_is_known_has_a_cause)
{
	struct clusters c = {0};
	struct errmsg err = {""};

	CHECK_EQ(load(&c, "# all\n\nfua all|none # a cause, file.c\n  pos N|0#b\n", &err), 0);
	CHECK_EQ(c.nr, 2);
	CHECK_STR(clusters_find(&c, "fua all|none")->cause, "a cause, file.c");
	CHECK_STR(clusters_find(&c, "pos N|0")->cause, "b");
	CHECK(!clusters_find(&c, "pos"));
	clusters_release(&c);
	CHECK(load(&c, "fua all|none\n", &err) < 0);
	CHECK(strstr(err.text, ":1: a known difference needs a cause"));
	clusters_release(&c);
	CHECK(load(&c, "pos N|0 # a\npos N|0 # b\n", &err) < 0);
	CHECK(strstr(err.text, ":2: this difference is listed twice"));
	clusters_release(&c);
}

/* All of it has to be: what is left over is a finding. */
TEST(several_known_differences_in_one_workload_are_known)
{
	struct clusters c = {0};
	struct errmsg err = {""};

	CHECK_EQ(load(&c, "size a|b; size b|a # one, x.c\nbytes N|M # two, y.c\n", &err), 0);
	CHECK_STR(clusters_find(&c, "bytes N|M; size a|b; size b|a")->cause, "two, y.c");
	CHECK_STR(clusters_find(&c, "size a|b; bytes N|M; size b|a")->cause, "one, x.c");
	CHECK(!clusters_find(&c, "bytes N|M; size a|b"));
	CHECK(!clusters_find(&c, "bytes N|M; lock a|b"));
	CHECK(!clusters_find(&c, "bytes N|M2"));
	CHECK(!clusters_find(&c, "bytes N; bytes N|M")); /* what a known one begins with is another */
	CHECK(clusters_add(&c, "lock a|b") != NULL); /* found, and not known */
	CHECK(!clusters_find(&c, "bytes N|M; lock a|b"));
	clusters_release(&c);
}

/* --- what e2fsck says --- */

TEST(a_complaint_is_compared_without_its_places)
{
	static const char a[] =
		"(logical block 824, physical block 2949, len 4)\nBlock bitmap differences:  -(2949--2952) "
		"-7\n/dev/loop1: 12/16384 files (16.7% non-contiguous), 2108/16384 blocks\n";
	_cleanup_free_ char *shape = complaint_shape(a, "/dev/loop1");

	CHECK_STR(shape, "(logical block 824, physical block #, len 4)\nBlock bitmap differences:  -(4 blocks) "
			 "-(1 blocks)\nimage: 12/16384 files (#% non-contiguous), #/16384 blocks\n");
}

#define PASSES "e2fsck 1.47.0 (5-Feb-2023)\nPass 1: Checking inodes, blocks, and sizes\n"
#define EXTENT                                                                                                         \
	"Inode 12, end of extent exceeds allowed value\n\t(logical block 11, physical block #, len 14)\nClear? no\n\n"
#define EXTENT_REST                                                                                                    \
	"Inode 12, i_blocks is 192, should be 80.  Fix? no\n\nBlock bitmap differences:  -(14 blocks)\nFix? no\n\n"
#define OF_13                                                                                                          \
	"Inode 13, end of extent exceeds allowed value\n\t(logical block 1, physical block #, len 4)\nClear? no\n\n"
#define SIZE "Inode 12, i_size is 59904, should be 102400.  Fix? no\n\n"

TEST(blocks_beyond_a_size_are_the_same_in_any_tree)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{PASSES EXTENT EXTENT_REST, PASSES SIZE, true},
		{PASSES EXTENT EXTENT EXTENT_REST, PASSES SIZE, true},
		{PASSES EXTENT EXTENT_REST, "clean", false},
		{PASSES EXTENT EXTENT_REST, PASSES SIZE EXTENT_REST, false},
		{PASSES EXTENT EXTENT_REST "Inode 13, i_links is 2\n", PASSES SIZE, false},
		{PASSES EXTENT EXTENT_REST, PASSES "Inode 13, i_size is 59904, should be 102400.  Fix? no\n\n", false},
		{PASSES EXTENT EXTENT_REST, PASSES "Inode 12, i_size is 102400, should be 59904.  Fix? no\n\n", false},
		{PASSES SIZE, PASSES "Inode 12, i_size is 59904, should be 61440.  Fix? no\n\n", false},
		/* what is said of the blocks follows from the extent, another thing about an inode does not */
		{PASSES EXTENT EXTENT_REST, PASSES EXTENT, true},
		{PASSES EXTENT EXTENT_REST "Inode 12, i_links is 2\n", PASSES EXTENT EXTENT_REST, false},
		{PASSES EXTENT "Inode 13, i_blocks is 8\n", PASSES EXTENT, false},
		{PASSES EXTENT OF_13, PASSES EXTENT, false},
		{PASSES EXTENT OF_13, PASSES SIZE OF_13, true},
		{PASSES EXTENT, PASSES "Inode 12, another extent exceeds allowed value\n", false},
		/* without such an extent on either side a word is a word */
		{PASSES SIZE SIZE, PASSES SIZE, false},
		{PASSES SIZE, PASSES SIZE, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_EQ(complaint_alike(cases[i].a, cases[i].b), cases[i].same);
		CHECK_EQ(complaint_alike(cases[i].b, cases[i].a), cases[i].same);
	}
}

/* --- what bytes may be --- */

struct modelled {
	struct workload wl;
	struct op_result results[8];
	struct byte_model model;
	const struct byte_file *f;
};

static void model_of(struct modelled *m, const char *text, const int64_t *rets)
{
	memset(m, 0, sizeof(*m));
	CHECK(!workload_parse(&m->wl, "fuzz.wl", text, strlen(text), NULL));
	for (size_t i = 0; i < m->wl.nr_ops; i++)
		m->results[i].ret = rets[i];
	CHECK_EQ(byte_model_init(&m->model, &m->wl, m->results), 0);
	m->f = byte_model_file(&m->model, "f");
	CHECK(m->f);
}

static void model_release(struct modelled *m)
{
	byte_model_release(&m->model);
	workload_release(&m->wl);
}

static enum byte_verdict verdict_of(const struct modelled *m, int64_t pos, uint8_t byte)
{
	int64_t at = -1;
	enum byte_verdict v = byte_model_check(&m->model, m->f, pos, &byte, 1, &at);

	CHECK_EQ(at, v == BYTES_RIGHT ? -1 : pos);
	return v;
}

/* "create f; write f 0 4k; buffered f 512 512; punch f 2k 512", by the model, from 0 on. */
static void pieces(uint8_t *bytes)
{
	memset(bytes, 0, 8192);
	workload_pattern(bytes, 2, 0, 4096);
	workload_pattern(bytes + 512, 3, 512, 512);
	memset(bytes + 2048, 0, 512);
}

/* One byte of it is another's: from wherever the range begins, that one is told. */
TEST(in_a_range_the_first_wrong_byte_is_told)
{
	static const int64_t places[] = {0, 511, 512, 1023, 1024, 2047, 2048, 2559, 2560, 4095, 4096, 8191};
	uint8_t bytes[8192];
	struct modelled m;
	int64_t at;

	model_of(&m, "create f\nwrite f 0 4k\nbuffered f 512 512\npunch f 2k 512\n", (int64_t[]){0, 4096, 0, 0});
	pieces(bytes);
	CHECK_EQ(byte_model_check(&m.model, m.f, 0, bytes, sizeof(bytes), &at), BYTES_RIGHT);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		for (int64_t from = 0; from <= places[i]; from += 100) {
			pieces(bytes);
			bytes[places[i]] = bytes[places[i]] ? 0 : workload_byte(2, places[i]);
			at = -1;
			CHECK(byte_model_check(&m.model, m.f, from, bytes + from, sizeof(bytes) - (size_t)from, &at) !=
			      BYTES_RIGHT);
			CHECK_EQ(at, places[i]);
		}
	}
	model_release(&m);
}

TEST(a_byte_is_of_the_last_that_wrote_it)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 0 4k\nbuffered f 512 512\npunch f 2k 512\n", (int64_t[]){0, 4096, 0, 0});
	CHECK_EQ(m.f->size, 4096);
	CHECK_EQ(verdict_of(&m, 0, workload_byte(2, 0)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 600, workload_byte(3, 600)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 600, workload_byte(2, 600)), BYTES_WRONG);
	CHECK_EQ(verdict_of(&m, 600, 0), BYTES_WRONG);
	CHECK_EQ(verdict_of(&m, 2048, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 2048, workload_byte(2, 2048)), BYTES_WRONG);
	CHECK_EQ(verdict_of(&m, 1 << 20, 0), BYTES_RIGHT);
	model_release(&m);
}

TEST(what_nobody_wrote_is_exposed)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 0 512\ntruncate f 8k\n", (int64_t[]){0, 512, 0});
	CHECK_EQ(m.f->size, 8192);
	CHECK_EQ(verdict_of(&m, 0, 'd'), BYTES_EXPOSED);
	CHECK_EQ(verdict_of(&m, 512, 'o'), BYTES_EXPOSED);
	CHECK_EQ(verdict_of(&m, 512, 0), BYTES_RIGHT);
	model_release(&m);
}

/* Bytes of its own at @at that were to come to @from. */
static bool begun_again(const char *text, int64_t at, int64_t from)
{
	uint8_t bytes[BYTES_TELL];
	struct modelled m;
	bool found;

	model_of(&m, text, (int64_t[]){0, 8192});
	workload_pattern(bytes, 2, from, sizeof(bytes));
	found = byte_model_begun_again(&m.model, m.f, at, bytes) == &m.wl.ops[1];
	model_release(&m);
	return found;
}

TEST(what_io_uring_began_again_is_told_by_eight_bytes)
{
	CHECK(begun_again("create f\nwrite f 8k 8k io_uring\n", 9216, 8192));
	CHECK(!begun_again("create f\nwrite f 8k 8k io_uring\n", 9216, 9216));
	CHECK(!begun_again("create f\nwrite f 8k 8k io_uring\n", 9216, 7168));
	CHECK(!begun_again("create f\nwrite f 8k 8k io_uring\n", 9216, 8200)); /* by whole sectors */
	CHECK(!begun_again("create f\nwrite f 8k 8k io_uring\n", 16384, 8192));
	CHECK(!begun_again("create f\nwrite f 8k 8k libaio\n", 9216, 8192));
}

TEST(a_write_that_failed_leaves_its_range_open_up_to_the_size)
{
	struct modelled m;

	/* the file may end where one that failed before left its end */
	model_of(&m, "create f\nwrite f 512 512 fault\nwrite f 0 8k fault\n", (int64_t[]){0, -14, -14});
	CHECK_EQ(verdict_of(&m, 0, workload_byte(3, 0)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 1024, workload_byte(3, 1024)), BYTES_WRONG);
	model_release(&m);
	/* how much the limit let through is not told, and so not where the file ends */
	model_of(&m, "create f\nlimit 8k\nbuffered f 512 8k\nwrite f 0 8k fault\n", (int64_t[]){0, 0, -EFBIG, -14});
	CHECK_EQ(verdict_of(&m, 0, workload_byte(4, 0)), BYTES_RIGHT);
	model_release(&m);

	model_of(&m, "create f\nwrite f 0 4k\nwrite f 0 8k fault\ntruncate f 8k\n", (int64_t[]){0, 4096, -14, 0});
	CHECK_EQ(verdict_of(&m, 0, workload_byte(2, 0)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 0, workload_byte(3, 0)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 0, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 5000, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 5000, workload_byte(3, 5000)), BYTES_WRONG);
	model_release(&m);
}

/* What may be anybody's is not what an append elsewhere may have written. */
TEST(an_append_excuses_nothing_elsewhere)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 0 4k\nwrite f 0 4k fault\nwrite f 0 512 append\n",
		 (int64_t[]){0, 4096, -14, 512});
	for (int byte = 1; byte < 256; byte++)
		if (!byte_model_writer(&m.model, m.f, 100, (uint8_t)byte))
			CHECK_EQ(verdict_of(&m, 100, (uint8_t)byte), BYTES_EXPOSED);
	model_release(&m);
}

TEST(an_append_goes_on_where_a_write_that_failed_may_have_left_the_size)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 512 512 fault\nwrite f 0 512 append\n", (int64_t[]){0, -14, 512});
	CHECK(!m.f->size_certain);
	CHECK_EQ(verdict_of(&m, 0, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 512, workload_byte(3, 0)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 1535, workload_byte(3, 511)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 1536, workload_byte(3, 511)), BYTES_EXPOSED);
	CHECK_EQ(verdict_of(&m, 1535, 'o'), BYTES_EXPOSED);
	model_release(&m);
	model_of(&m, "create f\nwrite f 512 512 fault\ntruncate f 0\nwrite f 0 512 append\n",
		 (int64_t[]){0, -14, 0, 512});
	CHECK(m.f->size_certain);
	model_release(&m);
	/* or one through the page cache that a limit cut */
	model_of(&m, "create f\nlimit 4k\nbuffered f 512 4k\nlimit none\nwrite f 0 512 append\n",
		 (int64_t[]){0, 0, -EFBIG, 0, 512});
	CHECK_EQ(verdict_of(&m, 0, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 4096, workload_byte(5, 0)), BYTES_RIGHT);
	model_release(&m);
}

TEST(what_was_cut_does_not_come_back)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 0 8k\ntruncate f 4k\ntruncate f 8k\n", (int64_t[]){0, 8192, 0, 0});
	CHECK_EQ(verdict_of(&m, 5000, workload_byte(2, 5000)), BYTES_WRONG);
	CHECK_EQ(verdict_of(&m, 5000, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 100, workload_byte(2, 100)), BYTES_RIGHT);
	model_release(&m);
}

TEST(keep_leaves_the_size)
{
	struct modelled m;

	model_of(&m, "create f\nfallocate f 0 4k\nfallocate f 4k 8k keep\n", (int64_t[]){0, 0, 0});
	CHECK_EQ(m.f->size, 4096);
	CHECK(m.f->size_certain);
	model_release(&m);
}

TEST(where_room_ran_out_nothing_is_certain)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 0 4k\nbuffered f 0 8k\n", (int64_t[]){0, 4096, -ENOSPC});
	CHECK(!m.f->size_certain);
	CHECK_EQ(verdict_of(&m, 100, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 100, workload_byte(3, 100)), BYTES_RIGHT);
	model_release(&m);
	model_of(&m, "create f\nwrite f 0 4k\ncreate g\nwrite g 0 4k\n", (int64_t[]){0, 4096, 0, -ENOSPC});
	CHECK(!m.f->size_certain);
	CHECK_EQ(verdict_of(&m, 100, 0), BYTES_RIGHT);
	model_release(&m);
}

TEST(an_append_is_where_the_file_ended)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 0 4k\nwrite f 0 512 append\n", (int64_t[]){0, 4096, 512});
	CHECK_EQ(m.f->size, 4608);
	CHECK_EQ(verdict_of(&m, 4096, workload_byte(3, 0)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 4096, 0), BYTES_WRONG);
	CHECK_EQ(verdict_of(&m, 4096, 'd'), BYTES_EXPOSED);
	CHECK_EQ(verdict_of(&m, 0, workload_byte(2, 0)), BYTES_RIGHT);
	model_release(&m);
}

/* Each byte of it is asked: words of eight and what is left over. */
TEST(all_that_was_appended_is_an_operations)
{
	struct modelled m;
	uint8_t bytes[509];
	int64_t at = -1;

	model_of(&m, "create f\nwrite f 0 512 append\n", (int64_t[]){0, 512});
	for (size_t i = 0; i < sizeof(bytes); i++) {
		workload_pattern(bytes, 2, 0, sizeof(bytes));
		CHECK_EQ(byte_model_check(&m.model, m.f, 0, bytes, sizeof(bytes), &at), BYTES_RIGHT);
		bytes[i] = 'd';
		CHECK_EQ(byte_model_check(&m.model, m.f, 0, bytes, sizeof(bytes), &at), BYTES_EXPOSED);
		CHECK_EQ(at, (int64_t)i);
	}
	model_release(&m);
}

/* What was written to another file, or would have been behind the end of an operation, nobody wrote here. */
TEST(a_byte_is_of_an_operation_only_where_that_wrote)
{
	struct modelled m;

	model_of(&m, "create f\ncreate g\nwrite f 0 4k\nwrite g 0 8k\ntruncate f 8k\n",
		 (int64_t[]){0, 0, 4096, 8192, 0});
	CHECK_EQ(verdict_of(&m, 100, workload_byte(3, 100)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 100, workload_byte(4, 100)), BYTES_EXPOSED);
	CHECK_EQ(verdict_of(&m, 5000, workload_byte(3, 5000)), BYTES_EXPOSED);
	model_release(&m);
}

/* A mapping is written inside the file, and what it was written is certain unless it faulted. */
TEST(a_mapping_is_written_inside_the_file)
{
	struct modelled m;

	model_of(&m, "create f\nwrite f 0 8k\nmmap-write f 4k 8k\ntruncate f 12k\n", (int64_t[]){0, 8192, 0, 0});
	CHECK_EQ(verdict_of(&m, 5000, workload_byte(3, 5000)), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 5000, workload_byte(2, 5000)), BYTES_WRONG);
	CHECK_EQ(verdict_of(&m, 9000, 0), BYTES_RIGHT);
	CHECK_EQ(verdict_of(&m, 9000, workload_byte(3, 9000)), BYTES_WRONG);
	model_release(&m);
	model_of(&m, "create f\nwrite f 0 8k\nmmap-write f 4k 4k\n", (int64_t[]){0, 8192, -EFAULT});
	CHECK_EQ(verdict_of(&m, 5000, workload_byte(2, 5000)), BYTES_RIGHT);
	model_release(&m);
}

/* What failed without having run out of room has left the size, and a truncate makes any certain. */
TEST(a_size_is_certain_again_after_a_truncate)
{
	struct modelled m;

	model_of(&m, "create f\nbuffered f 0 4k\n", (int64_t[]){0, -EIO});
	CHECK(!m.f->size_certain);
	model_release(&m);
	model_of(&m, "create f\nbuffered f 0 4k\ntruncate f 512\n", (int64_t[]){0, -EIO, 0});
	CHECK(m.f->size_certain && m.f->size == 512);
	model_release(&m);
	model_of(&m, "create f\nfallocate f 0 4k\n", (int64_t[]){0, -EFBIG});
	CHECK(m.f->size_certain && !m.f->size);
	model_release(&m);
}

TEST_MAIN()
