// SPDX-License-Identifier: GPL-2.0-only
/*
 * What verify and fuzz hold against each other, on two images that differ in one thing only: both are written by the
 * reference, one of them takes the place of the kernel. Images are in $TMPDIR or /var/tmp.
 */
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#include "refimpl/compare_images.h"
#include "refimpl/refimpl.h"
#include "tests/unit/test.h"
#include "user/base/spawn.h"
#include "user/fuzz/byte_check.h"
#include "user/verify/judge.h"
#include "user/verify/moments.h"

struct side {
	struct loop_device device; /* a file */
	struct workload wl;
	struct op_result *results;
};

struct bench {
	struct side live, reference;
	struct verify_result result;
	unsigned char promised[FACTS_MAX];
	struct ref_choice profile;
	const char *log; /* of the kernel, for byte_check() */
	struct errmsg err;
	bool ready;
};

/* --- two runs --- */

/* Of what is in the workload for mkfs only inline_data and blocks of 1024 count. */
static bool make_image(struct side *s, const char *text, struct errmsg *err)
{
	const char *feature = strstr(text, "inline_data") ? "inline_data" : "^inline_data";
	const char *block = strstr(text, "-b 1024") ? "1024" : "4096";
	const char *argv[] = {"mke2fs", "-q", "-F",    "-t",	       "ext4", "-b",
			      block,	"-O", feature, s->device.path, "16M",  NULL};
	const char *dir = getenv("TMPDIR");

	snprintf(s->device.path, sizeof(s->device.path), "%.16s/judge-XXXXXX",
		 dir && *dir && strlen(dir) <= 16 ? dir : "/var/tmp");
	s->device.fd = mkstemp(s->device.path);
	return s->device.fd >= 0 && !spawn_wait(argv, NULL, err) &&
	       !workload_parse(&s->wl, "judge.wl", text, strlen(text), err);
}

static bool run_side(struct side *s, struct write_set *set, const struct ref_rules *rules, struct errmsg *err)
{
	const struct ref_target target = {
		.path = s->device.path, .dma_mask = 511, .lbs = 512, .dev_cache = true, .go_on = true};

	s->results = calloc(s->wl.nr_ops + 1, sizeof(*s->results));
	return s->results && !ref_run(&s->wl, &target, rules, set, s->results, err);
}

/* Both have operations in the same lines. */
static void begin(struct bench *b, const char *live, const char *reference)
{
	memset(b, 0, sizeof(*b));
	b->profile = (struct ref_choice){ref_rules_find("6.12"), REF_FIT_OWN};
	memset(b->promised, HOW_OBSERVED, sizeof(b->promised));
	b->ready = make_image(&b->live, live, &b->err) && make_image(&b->reference, reference, &b->err) &&
		   run_side(&b->live, &b->result.live, b->profile.rules, &b->err) &&
		   run_side(&b->reference, &b->result.reference, b->profile.rules, &b->err);
	for (size_t i = 0; i < b->result.live.nr; i++)
		b->result.live.writes[i].op = 0; /* a recording does not say */
	if (!b->ready)
		printf("# not run: %s\n", b->err.text);
	CHECK(b->ready);
}

static void side_release(struct side *s)
{
	if (s->device.path[0])
		unlink(s->device.path);
	if (s->device.fd > 0)
		close(s->device.fd);
	workload_release(&s->wl);
	free(s->results);
}

static void bench_release(struct bench *b)
{
	side_release(&b->live);
	side_release(&b->reference);
	set_release(&b->result.live);
	set_release(&b->result.reference);
	diff_release(&b->result.diff);
	free(b->result.not_observed);
}

static struct judged judged_of(struct bench *b)
{
	return (struct judged){.wl = &b->live.wl,
			       .promised = b->promised,
			       .profile = &b->profile,
			       .live = {&b->live.device, b->live.results},
			       .reference = {&b->reference.device, b->reference.results},
			       .result = &b->result};
}

static void judge(struct bench *b)
{
	const struct judged j = judged_of(b);

	if (b->ready)
		CHECK_EQ(verify_judge(&j, &b->err), 0);
}

/* --- what came of it --- */

static void print_findings(const struct diff *d)
{
	for (size_t i = 0; i < d->nr; i++)
		printf("# %s: %s: '%s', '%s'\n", verdict_name(d->findings[i].verdict), d->findings[i].what,
		       d->findings[i].a_value, d->findings[i].b_value);
}

/* Just one, about @what, with these words on the two sides. */
static void check_one(const struct bench *b, enum verdict verdict, const char *what, const char *live,
		      const char *reference)
{
	const struct diff *d = &b->result.diff;
	const struct finding *f = d->nr ? &d->findings[0] : NULL;

	CHECK_EQ(d->nr, 1);
	CHECK_EQ(d->by_verdict[verdict], 1);
	if (d->nr != 1) {
		print_findings(d);
		return;
	}
	CHECK_STR(f->what, what);
	CHECK(strstr(f->a_value, live));
	CHECK(strstr(f->b_value, reference));
	if (!strstr(f->a_value, live) || !strstr(f->b_value, reference))
		print_findings(d);
}

static void differ(const char *text_a, const char *text_b, const char *live, const char *reference)
{
	struct bench b;

	begin(&b, text_a, text_b);
	judge(&b);
	check_one(&b, VERDICT_DIFFERENT, "image", live, reference);
	bench_release(&b);
}

TEST(the_same_twice_is_the_same)
{
	struct bench b;

	begin(&b, "create f\nwrite f 0 4k\nwrite f 512 512\nfsync f\n",
	      "create f\nwrite f 0 4k\nwrite f 512 512\nfsync f\n");
	judge(&b);
	CHECK_EQ(b.result.diff.nr, 0);
	print_findings(&b.result.diff);
	CHECK_EQ(b.result.diff.pairs, 2);
	CHECK(b.result.diff.compared > 80);
	CHECK_EQ(b.result.live.writes[1].op, 3);
	bench_release(&b);
}

/* --- images --- */

TEST(sizes_are_compared)
{
	differ("create f\ntruncate f 8k\n", "create f\ntruncate f 4k\n", "f: size 8192", "f: size 4096");
}

TEST(names_are_compared)
{
	differ("create f\ncreate g\n", "create f\nfsync f\n", "g", "no such file");
	differ("create f\nfsync f\n", "create f\ncreate g\n", "no such file", "g");
}

TEST(a_hole_is_not_unwritten)
{
	differ("create f\ntruncate f 8k\nfallocate f 4k 4k\n", "create f\ntruncate f 8k\nfsync f\n",
	       "block 1 unwritten", "block 1 hole");
}

TEST(blocks_beyond_the_end_are_compared)
{
	differ("create f\nfallocate f 0 8k keep\n", "create f\nfsync f\n", "block 0 unwritten", "block 0 hole");
	differ("create f\nfsync f\n", "create f\nfallocate f 0 8k keep\n", "block 0 hole", "block 0 unwritten");
}

TEST(contents_are_compared)
{
	differ("create f\nbuffered f 0 4k\nfsync f\n", "create f\nfsync f\nbuffered f 0 4k\n", "f: content 0x",
	       " at 0");
}

TEST(contents_are_compared_to_the_end)
{
	differ("create f\nbuffered f 0 300k\nbuffered f 299k 1k\nfsync f\n",
	       "create f\nbuffered f 0 300k\nfsync f\nbuffered f 299k 1k\n", " at 306176", " at 306176");
}

/* All bytes of a block differ, and a write sent data and zeroes to @len of them: how many findings, and of how many. */
static void check_raced(const char *file, enum bio_role other, uint64_t len, size_t allowed, size_t different)
{
	struct write_step steps[] = {{.kind = STEP_BIO, .role = BIO_DATA, .len = 4096},
				     {.kind = STEP_BIO, .role = (uint8_t)other, .len = len},
				     {.kind = STEP_ROUND, .role = BIO_ZERO_TAIL, .len = 4096}};
	struct write w = {.steps = steps, .nr_steps = ARRAY_SIZE(steps)};
	const struct write_set set = {.writes = &w, .nr = 1};
	struct diff diff = {0};
	struct bench b;

	snprintf(w.rec.file, sizeof(w.rec.file), "%s", file);
	memset(w.rec.how, HOW_UNKNOWN, sizeof(w.rec.how));
	begin(&b, "create f\nbuffered f 0 4k\nfsync f\n", "create f\nfsync f\nbuffered f 0 4k\n");
	CHECK_EQ(compare_images(b.live.device.path, b.reference.device.path, &set, &diff, &b.err), 0);
	CHECK_EQ(diff.by_verdict[VERDICT_ALLOWED], allowed);
	CHECK_EQ(diff.by_verdict[VERDICT_DIFFERENT], different);
	diff_release(&diff);
	bench_release(&b);
}

TEST(a_byte_that_data_and_zeroes_went_to_may_be_either)
{
	check_raced("f", BIO_ZERO_HEAD, 4096, 1, 0);
	check_raced("f", BIO_ZERO_HEAD, 512, 1, 1);
	check_raced("f", BIO_DATA, 4096, 0, 1);
	check_raced("g", BIO_ZERO_HEAD, 4096, 0, 1);
}

TEST(a_write_is_of_the_inode_that_its_name_has)
{
	struct bench b;

	begin(&b, "create f\ncreate g\nwrite f 0 4k\n", "create f\ncreate g\nwrite f 0 4k\n");
	b.result.live.writes[0].rec.ino++;
	judge(&b);
	check_one(&b, VERDICT_DIFFERENT, "image", "f: inode 13", "f: inode 12");
	bench_release(&b);
}

/* The first extent of the file as one that is written, with the zeroes that the device has. */
static void make_written(struct side *s)
{
	struct ext2fs_extent extent;
	ext2_extent_handle_t handle;
	ext2_filsys fs;
	ext2_ino_t ino;

	CHECK_EQ(ext2fs_open(s->device.path, EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs), 0);
	CHECK_EQ(ext2fs_lookup(fs, EXT2_ROOT_INO, "f", 1, NULL, &ino), 0);
	CHECK_EQ(ext2fs_extent_open(fs, ino, &handle), 0);
	CHECK_EQ(ext2fs_extent_get(handle, EXT2_EXTENT_FIRST_SIB, &extent), 0);
	extent.e_flags &= ~(uint32_t)EXT2_EXTENT_FLAGS_UNINIT;
	CHECK_EQ(ext2fs_extent_replace(handle, 0, &extent), 0);
	ext2fs_extent_free(handle);
	CHECK_EQ(ext2fs_close(fs), 0);
}

TEST(written_is_not_unwritten)
{
	struct bench b;

	begin(&b, "create f\nfallocate f 0 8k\n", "create f\nfallocate f 0 8k\n");
	make_written(&b.live);
	judge(&b);
	check_one(&b, VERDICT_DIFFERENT, "image", "block 0 written", "block 0 unwritten");
	bench_release(&b);
}

/* --- e2fsck --- */

static void set_links(struct side *s, unsigned int links)
{
	struct ext2_inode inode;
	ext2_filsys fs;
	ext2_ino_t ino;

	CHECK_EQ(ext2fs_open(s->device.path, EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs), 0);
	CHECK_EQ(ext2fs_lookup(fs, EXT2_ROOT_INO, "f", 1, NULL, &ino), 0);
	CHECK_EQ(ext2fs_read_inode(fs, ino, &inode), 0);
	inode.i_links_count = (uint16_t)links;
	CHECK_EQ(ext2fs_write_inode(fs, ino, &inode), 0);
	CHECK_EQ(ext2fs_close(fs), 0);
}

static void damaged(unsigned int live, unsigned int reference, enum verdict verdict, const char *a, const char *b)
{
	struct bench x;

	begin(&x, "create f\nbuffered f 0 4k\n", "create f\nbuffered f 0 4k\n");
	if (live)
		set_links(&x.live, live);
	if (reference)
		set_links(&x.reference, reference);
	judge(&x);
	check_one(&x, verdict, "image", a, b);
	bench_release(&x);
}

TEST(damage_of_one_side_is_a_finding)
{
	damaged(5, 0, VERDICT_DIFFERENT, "ref count is 5", "clean");
	damaged(0, 5, VERDICT_DIFFERENT, "clean", "ref count is 5");
}

TEST(the_same_damage_is_allowed_another_is_not)
{
	damaged(5, 5, VERDICT_ALLOWED, "ref count is 5", "ref count is 5");
	damaged(5, 7, VERDICT_DIFFERENT, "ref count is 5", "ref count is 7");
}

/* A device of which it cannot tell is trouble of this machine, and no finding. */
TEST(what_e2fsck_cannot_read_is_trouble)
{
	struct bench b;
	struct judged j;

	begin(&b, "create f\nbuffered f 0 4k\n", "create f\nbuffered f 0 4k\n");
	j = judged_of(&b);
	CHECK_EQ(truncate(b.live.device.path, 0), 0);
	CHECK_EQ(verify_judge(&j, &b.err), -EIO);
	CHECK(strstr(b.err.text, "e2fsck /") == b.err.text);
	bench_release(&b);
}

/* --- results --- */

TEST(results_are_compared)
{
	struct bench b;

	begin(&b, "create f\nwrite f 0 4k\nfsync f\n", "create f\nwrite f 0 4k\nfsync f\n");
	b.live.results[2].ret = -EIO;
	judge(&b);
	check_one(&b, VERDICT_DIFFERENT, "result", "-EIO", "0");
	CHECK_EQ(b.result.diff.findings[0].op, 3);
	bench_release(&b);
}

TEST(the_result_of_the_call_is_that_of_the_write)
{
	struct bench b;

	begin(&b, "create f\nwrite f 0 4k\n", "create f\nwrite f 0 4k\n");
	b.result.live.writes[0].rec.how[FACT_RET] = HOW_UNKNOWN;
	b.result.live.writes[0].rec.ret = 0;
	judge(&b);
	CHECK_EQ(b.result.diff.nr, 0);
	CHECK_EQ(b.result.live.writes[0].rec.ret, 4096);
	bench_release(&b);
}

/* Outside of the time of every call it is none of theirs. */
static void shift(struct write_record *rec, uint64_t ns)
{
	for (int s = 0; s < NR_STAGES; s++)
		rec->stage_ns[s] += rec->stage_ns[s] ? ns : 0;
}

TEST(a_write_belongs_to_the_call_during_which_it_entered)
{
	struct bench b;

	begin(&b, "create f\nwrite f 0 4k\n", "create f\nwrite f 0 4k\n");
	shift(&b.result.live.writes[0].rec, 3600ull * 1000000000);
	judge(&b);
	CHECK_EQ(b.result.live.writes[0].op, 0);
	bench_release(&b);
}

/* A flush of its own says that no commit would flush; fdatasync knows nothing of timestamps. */
TEST(moments_say_which_fsync_had_nothing_to_commit)
{
	static const char text[] = "create f\nwrite f 0 512 sync\nwrite f 0 512 sync\nfsync f\nfsync f\nfdatasync f\n";
	const struct op_result results[6] = {[1] = {10, 19}, {20, 29}, {30, 39}, {40, 49}, {50, 59}};
	struct sync_record syncs[] = {{.began_ns = 31, .ended_ns = 32, .sync = SYNC_FSYNC, .flush_how = HOW_OBSERVED},
				      {.began_ns = 41, .ended_ns = 42, .sync = SYNC_FSYNC, .flush_how = HOW_OBSERVED},
				      {.began_ns = 51, .ended_ns = 52, .sync = SYNC_FDATASYNC}};
	struct write writes[2] = {{.op = 2}, {.op = 3}};
	const struct write_set live = {.writes = writes, .nr = 2, .syncs = syncs, .nr_syncs = 3};
	_cleanup_(workload_release) struct workload wl = {0};
	struct ref_moments *moments;
	struct errmsg err;

	for (size_t i = 0; i < 2; i++) {
		writes[i].rec.sync = SYNC_FSYNC;
		writes[i].rec.commit = !i;
		writes[i].rec.how[FACT_SYNC] = writes[i].rec.how[FACT_COMMIT] = HOW_OBSERVED;
	}
	syncs[1].flush = syncs[2].flush = 1;
	syncs[2].flush_how = HOW_OBSERVED;
	CHECK_EQ(workload_parse(&wl, "moments.wl", text, strlen(text), &err), 0);
	moments = moments_of(&live, &wl, results);
	for (size_t i = 0; i < wl.nr_ops; i++)
		CHECK_EQ(moments[i].found_committed, i == 2 || i == 4);
	free(moments);
}

TEST(records_are_compared)
{
	struct bench b;

	begin(&b, "create f\nbuffered f 0 8k\nwrite f 0 4k\nsync\n", "create f\nbuffered f 0 8k\nwrite f 0 4k\nsync\n");
	b.result.live.writes[0].rec.lock = LOCK_SHARED;
	judge(&b);
	check_one(&b, VERDICT_DIFFERENT, "lock", "shared", "exclusive");
	bench_release(&b);
}

TEST(nearest_rules_are_said_with_the_findings)
{
	struct bench b;

	begin(&b, "create f\nwrite f 0 4k\n", "create f\nwrite f 0 4k\n");
	b.profile.fit = REF_FIT_NEWER;
	judge(&b);
	CHECK(b.result.diff.caution && strstr(b.result.diff.caution, "newer"));
	bench_release(&b);
	begin(&b, "create f\nwrite f 0 4k\n", "create f\nwrite f 0 4k\n");
	judge(&b);
	CHECK(!b.result.diff.caution);
	bench_release(&b);
}

/* --- was it observed? --- */

TEST(what_the_hooks_promise_has_to_be_observed)
{
	struct bench b;

	begin(&b, "create f\nwrite f 0 4k\n", "create f\nwrite f 0 4k\n");
	b.result.live.writes[0].rec.how[FACT_LOCK] = HOW_UNKNOWN;
	judge(&b);
	CHECK(b.result.not_observed && strstr(b.result.not_observed, "lock"));
	bench_release(&b);
	begin(&b, "create f\nwrite f 0 4k\n", "create f\nwrite f 0 4k\n");
	b.result.live.writes[0].rec.how[FACT_LOCK] = HOW_UNKNOWN;
	b.promised[FACT_LOCK] = HOW_UNKNOWN;
	judge(&b);
	CHECK(!b.result.not_observed || !strstr(b.result.not_observed, "lock"));
	bench_release(&b);
}

/* --- both images against what the operations wrote, as fuzz does --- */

static void check_bytes(struct bench *b)
{
	const struct judged j = judged_of(b);

	if (b->ready)
		CHECK_EQ(byte_check(&j, b->log, &b->err), 0);
}

#define BYTES "create f\nbuffered f 0 300k\nwrite f 4k 4k\nfallocate f 300k 8k\nfsync f\n"

/* What is in the file at @pos from now on. */
static void poke(struct side *s, uint64_t pos, const char *bytes)
{
	unsigned int done;
	ext2_file_t file;
	ext2_filsys fs;
	ext2_ino_t ino;

	CHECK_EQ(ext2fs_open(s->device.path, EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs), 0);
	CHECK_EQ(ext2fs_lookup(fs, EXT2_ROOT_INO, "f", 1, NULL, &ino), 0);
	CHECK_EQ(ext2fs_file_open(fs, ino, EXT2_FILE_WRITE, &file), 0);
	CHECK_EQ(ext2fs_file_llseek(file, pos, EXT2_SEEK_SET, NULL), 0);
	CHECK_EQ(ext2fs_file_write(file, bytes, (unsigned int)strlen(bytes), &done), 0);
	ext2fs_file_close(file);
	CHECK_EQ(ext2fs_close(fs), 0);
}

static void set_size(struct side *s, int64_t size)
{
	struct ext2_inode inode;
	ext2_filsys fs;
	ext2_ino_t ino;

	CHECK_EQ(ext2fs_open(s->device.path, EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs), 0);
	CHECK_EQ(ext2fs_lookup(fs, EXT2_ROOT_INO, "f", 1, NULL, &ino), 0);
	CHECK_EQ(ext2fs_read_inode(fs, ino, &inode), 0);
	CHECK_EQ(ext2fs_inode_size_set(fs, &inode, size), 0);
	CHECK_EQ(ext2fs_write_inode(fs, ino, &inode), 0);
	CHECK_EQ(ext2fs_close(fs), 0);
}

TEST(what_was_written_is_there)
{
	struct bench b;

	begin(&b, BYTES, BYTES);
	check_bytes(&b);
	CHECK_EQ(b.result.diff.nr, 0);
	print_findings(&b.result.diff);
	bench_release(&b);
}

TEST(wrong_bytes_are_found_in_both_images)
{
	static const struct {
		uint64_t pos;
		const char *bytes, *what;
	} cases[] = {
		/* byte of operation 2 where it is operation 3's */
		{4096, NULL, "bytes"},
		{20, "nobody's", "exposes"},
		{300000, "nobody's", "exposes"},
		{310000, "nobody's", "exposes"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int side = 0; side < 2; side++) {
			char early[2] = {(char)workload_byte(2, 4096), '\0'};
			struct bench b;

			begin(&b, BYTES, BYTES);
			poke(side ? &b.reference : &b.live, cases[i].pos, cases[i].bytes ? cases[i].bytes : early);
			check_bytes(&b);
			check_one(&b, VERDICT_DIFFERENT, cases[i].what,
				  side ? "as the model" : "f: ", side ? "f: " : "as the model");
			bench_release(&b);
		}
	}
}

/* An append that fails has a place, too: where the file ended. */
TEST(what_is_exposed_where_an_append_failed_is_said_to_be)
{
	static const char text[] = "create f\nwrite f 0 512\nwrite f 0 8k append fault\nwrite f 64k 512\nfsync f\n";
	static const struct {
		uint64_t pos;
		const char *said;
	} cases[] = {{9000, "f: what nobody wrote where a write failed, "}, {20000, "f: what nobody wrote, "}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, text, text);
		CHECK(b.live.results[2].ret < 0);
		poke(&b.live, cases[i].pos, "nobody's");
		check_bytes(&b);
		CHECK(b.result.diff.nr && strstr(b.result.diff.findings[0].a_value, cases[i].said));
		bench_release(&b);
	}
}

TEST(what_the_kernel_gave_up_is_said_to_be)
{
	static const char journalled[] = "mount data=journal\ncreate f\nwrite f 0 4k\n",
			  journalled_file[] = "create f\nchattr f +j\nwrite f 0 4k\n",
			  ordered[] = "mount data=ordered\ncreate f\nwrite f 0 4k\n";
	static const struct {
		const char *text;
		const char *before, *device; /* of the message; NULL: the live one */
		int ino;		     /* 12: f's */
		const char *said;
		bool lost;
	} cases[] = {
		{journalled, "6,1,1,-;loop7: detected capacity change from 0 to 32768\n", NULL, 12,
		 "data will be lost\n", true},
		{journalled, "", NULL, 12, "data will be lost", true},
		{journalled, "", NULL, 13, "data will be lost\n", false},
		{journalled, "", "loop7", 12, "data will be lost\n", false},
		{journalled, "", NULL, 12, "nothing will\n(device loop7): data will be lost\n", false},
		{journalled, NULL, NULL, 0, NULL, false},
		{journalled_file, "", NULL, 12, "data will be lost\n", true},
		{ordered, "", NULL, 12, "data will be lost\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *log = NULL;
		struct bench b;

		begin(&b, cases[i].text, cases[i].text);
		if (cases[i].before)
			log = strf("%s4,2,2,-;EXT4-fs warning (device %s): ext4_evict_inode:210: inode #%d: comm x: %s",
				   cases[i].before,
				   cases[i].device ? cases[i].device : strrchr(b.live.device.path, '/') + 1,
				   cases[i].ino, cases[i].said);
		b.log = log;
		poke(&b.live, 0, "nobody's");
		check_bytes(&b);
		CHECK(b.result.diff.nr);
		CHECK_EQ(!!strstr(b.result.diff.findings[0].a_value, "f: in what the kernel said will be lost, "),
			 cases[i].lost);
		bench_release(&b);
	}
}

TEST(what_chattr_drops_from_the_cache_is_told_from_other_losses)
{
	static const struct {
		const char *text;
		bool dropped;
	} cases[] = {
		{"mount data=journal\ncreate f\nwrite f 0 4k\ntruncate f 4k\nchattr f +j\n", true},
		{"mount data=journal\ncreate f\nwrite f 0 4k\nwrite f 4k 4k fault\nchattr f +j\n", true},
		{"mount data=journal\ncreate f\nwrite f 0 4k\nchattr f +j\n", false},
		{"mount data=journal\ncreate f\nwrite f 0 4k\nchattr f +j\ntruncate f 4k\n", false},
		{"mount data=journal\ncreate f\nwrite f 0 4k\ntruncate f 4k\nchattr f +S\n", false},
		{"mount data=journal\ncreate f\ncreate g\nwrite f 0 4k\ntruncate g 0\nchattr f +j\n", false},
		{"create f\nwrite f 0 4k\ntruncate f 4k\nchattr f +j\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, cases[i].text, cases[i].text);
		poke(&b.live, 0, "nobody's");
		check_bytes(&b);
		CHECK(b.result.diff.nr);
		CHECK_EQ(!!strstr(b.result.diff.findings[0].a_value, "f: in what chattr dropped from the cache, "),
			 cases[i].dropped);
		bench_release(&b);
	}
}

/* The journal writes the block once more that data were moved to from the inode: of both images it is told. */
TEST(what_the_inode_held_and_the_journal_wrote_again_is_told_from_other_bytes)
{
	static const struct {
		const char *text;
		const char *said;
	} cases[] = {
		{"mkfs -b 4096 -O inline_data\ncreate f\nbuffered f 0 5\nfallocate f 0 512\nbuffered f 17 24\n"
		 "write f 4k 512\n",
		 "f: of what the inode held, 0x00 at 17"},
		{"mkfs -b 4096 -O inline_data\ncreate f\nbuffered f 0 5\nfallocate f 0 512\nwrite f 0 512\n",
		 "f: of what the inode held, "},
		{"mkfs -b 4096 -O inline_data\ncreate f\nbuffered f 0 37\npunch f 0 512\ntruncate f 68k\nbuffered f 0 "
		 "53\n"
		 "fsync f\npunch f 0 512\nfallocate f 0 8k\nbuffered f 512 4k\n",
		 "f: what an inode held, "},
		{"mkfs -b 4096 -O inline_data\ncreate f\nbuffered f 0 5\nfallocate f 0 512\nsync\nbuffered f 17 24\n"
		 "write f 4k 512\n",
		 NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, cases[i].text, cases[i].text);
		check_bytes(&b);
		CHECK_EQ(b.result.diff.nr, cases[i].said ? 2 : 0);
		if (cases[i].said && b.result.diff.nr == 2) {
			CHECK(strstr(b.result.diff.findings[0].a_value, cases[i].said));
			CHECK(strstr(b.result.diff.findings[1].b_value, cases[i].said));
		}
		bench_release(&b);
	}
}

/* What no inode has room for, or was given, is nobody's where it was not written. */
TEST(what_an_inode_held_is_told_from_what_nobody_wrote)
{
	static const struct {
		const char *text;
		uint8_t off; /* from the byte that was written */
		bool held;
	} cases[] = {
		{"mkfs -b 4096 -O inline_data\ncreate f\nbuffered f 0 60\nwrite f 4k 4k\nfallocate f 12k 4k\n", 0,
		 true},
		{"mkfs -b 4096 -O inline_data\ncreate f\nbuffered f 0 60\nwrite f 4k 4k\nfallocate f 12k 4k\n", 1,
		 false},
		{"mkfs -b 4096 -O inline_data\ncreate f\nbuffered f 0 4k\nwrite f 4k 4k\nfallocate f 12k 4k\n", 0,
		 false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, cases[i].text, cases[i].text);
		poke(&b.live, 4096, (const char[]){(char)(workload_byte(2, 0) + cases[i].off), '\0'});
		check_bytes(&b);
		CHECK(b.result.diff.nr);
		CHECK_EQ(!!strstr(b.result.diff.findings[0].a_value, "f: what an inode held, "), cases[i].held);
		bench_release(&b);
	}
}

/* The same bytes in a file that nothing took out of its inode are just wrong. */
TEST(without_inline_data_no_byte_is_of_the_inode)
{
	struct bench b;

	begin(&b, BYTES, BYTES);
	poke(&b.live, 4096, (const char[]){(char)workload_byte(2, 4096), '\0'});
	check_bytes(&b);
	CHECK(b.result.diff.nr && !strstr(b.result.diff.findings[0].a_value, "inode"));
	bench_release(&b);
}

TEST(a_wrong_size_is_found)
{
	struct bench b;

	begin(&b, BYTES, BYTES);
	set_size(&b.reference, 1000);
	check_bytes(&b);
	check_one(&b, VERDICT_DIFFERENT, "bytes", "as the model", "f: size 1000 instead of 315392");
	bench_release(&b);
}

/* One byte at @pos is what operation @writer has for it; 0: nobody's. */
TEST(whose_a_wrong_byte_is_is_said)
{
	static const struct {
		const char *text;
		uint64_t pos;
		uint32_t writer;
		const char *said;
	} cases[] = {
		{"create f\nwrite f 0 4k\nwrite f 0 4k\n", 20, 2, "f: of another operation, "},
		{"create f\nwrite f 0 4k\n", 20, 0, "f: what nobody wrote, "},
		/* the write that failed, its block and its file */
		{"create f\nwrite f 0 8k\nwrite f 0 4k fault\nwrite f 0 4k\n", 20, 3, "f: of a write that failed, "},
		{"create f\nwrite f 0 4k\nwrite f 0 4k fault\nwrite f 0 4k\n", 20, 2,
		 "f: of another operation where a write failed, "},
		{"create f\ncreate g\nwrite f 0 4k\nwrite g 0 4k fault\nwrite f 0 4k\n", 20, 3,
		 "f: of another operation, "},
		{"create f\nwrite f 0 8k\nwrite f 4k 4k fault\n", 20, 0, "f: what nobody wrote, "},
		{"create f\nwrite f 0 8k\nwrite f 0 4k fault\n", 4100, 0, "f: what nobody wrote, "},
		{"create f\nwrite f 0 8k\nwrite f 512 512 fault\n", 4000, 0,
		 "f: what nobody wrote where a write failed, "},
		/* of blocks of 1024 only that one */
		{"mkfs -b 1024\ncreate f\nwrite f 0 8k\nwrite f 1k 512 fault\n", 2000, 0,
		 "f: what nobody wrote where a write failed, "},
		{"mkfs -b 1024\ncreate f\nwrite f 0 8k\nwrite f 1k 512 fault\n", 3000, 0, "f: what nobody wrote, "},
		/* the inode's data go to the first block, where inodes have some */
		{"mkfs -O inline_data\ncreate f\nwrite f 0 8k\nfallocate f 8k 4k\n", 20, 0,
		 "f: what nobody wrote where the inode's data went, "},
		{"mkfs -O inline_data\ncreate f\nwrite f 0 8k\nfallocate f 8k 4k\n", 4100, 0, "f: what nobody wrote, "},
		{"mkfs -O inline_data\ncreate f\ncreate g\nwrite f 0 8k\nfallocate g 8k 4k\n", 20, 0,
		 "f: what nobody wrote, "},
		{"create f\nwrite f 0 8k\nfallocate f 8k 4k\n", 20, 0, "f: what nobody wrote, "},
		{"create f\nwrite f 0 4k\nwrite f 0 4k\nfallocate f 8k 4k\n", 20, 2, "f: of another operation, "},
		{"mkfs -O inline_data\ncreate f\nwrite f 0 4k\nwrite f 0 4k\nfallocate f 8k 4k\n", 20, 2,
		 "f: of what the inode held, "},
		{"mkfs -O inline_data\ncreate f\nwrite f 0 4k\nfallocate f 8k 4k\nwrite f 0 4k\nwrite f 0 4k\n", 20, 4,
		 "f: of another operation, "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char byte = (char)(cases[i].writer ? workload_byte(cases[i].writer, (int64_t)cases[i].pos) : 'n');
		struct bench b;

		begin(&b, cases[i].text, cases[i].text);
		poke(&b.live, cases[i].pos, (const char[]){byte, '\0'});
		check_bytes(&b);
		check_one(&b, VERDICT_DIFFERENT, strstr(cases[i].said, "nobody") ? "exposes" : "bytes", cases[i].said,
			  "as the model");
		bench_release(&b);
	}
}

/* The reference's image is of what ran there, and its results those of what should have. */
TEST(zeroes_where_something_was_written_are_found)
{
	static const struct {
		const char *asked, *ran;
		int64_t size;	  /* that the file gets then; 0: it has it */
		const char *said; /* NULL: nothing is wrong */
	} cases[] = {
		{"create f\nwrite f 0 4k\nwrite f 8k 4k\n", "create f\nfsync f\nwrite f 8k 4k\n", 0,
		 "f: zero, 0x00 at 0"},
		{"create f\nwrite f 4k 4k\nwrite f 0 4k\nwrite f 8k 4k\n",
		 "create f\nfsync f\nwrite f 0 4k\nwrite f 8k 4k\n", 0, "f: zero, 0x00 at 4096"},
		{"create f\nwrite f 4k 4k\nwrite f 0 4k\n", "create f\nfsync f\nwrite f 0 4k\n", 8192,
		 "f: zero, 0x00 at 4096"},
		{"create f\nwrite f 0 4k\nfsync f\n", "create f\nfallocate f 0 4k\nfsync f\n", 0, "f: zero, 0x00 at 0"},
		{"create f\nfsync f\ntruncate f 12k\n", "create f\nfallocate f 4k 4k keep\ntruncate f 12k\n", 0, NULL},
		/* behind all that an inode has, and behind what the file has of that */
		{"mkfs -O inline_data\ncreate f\nbuffered f 0 100\n",
		 "mkfs -O inline_data\ncreate f\nbuffered f 0 60\n", 100, "f: zero, 0x00 at 60"},
		{"mkfs -O inline_data\ncreate f\nbuffered f 0 5\n", "mkfs -O inline_data\ncreate f\nbuffered f 0 20\n",
		 5, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, cases[i].asked, cases[i].ran);
		if (cases[i].size)
			set_size(&b.reference, cases[i].size);
		memcpy(b.reference.results, b.live.results, b.live.wl.nr_ops * sizeof(*b.live.results));
		check_bytes(&b);
		if (cases[i].said)
			check_one(&b, VERDICT_DIFFERENT, "bytes", "as the model", cases[i].said);
		CHECK_EQ(b.result.diff.nr, !!cases[i].said);
		bench_release(&b);
	}
}

/* By the file's own writes that failed. */
TEST(a_size_that_a_failed_write_moved_is_said_to_be)
{
	static const struct {
		const char *text;
		int64_t size;
		bool moved;
	} cases[] = {
		{"create f\nwrite f 0 4k\nwrite f 4k 8k fault\n", 8192, true},
		{"create f\nwrite f 0 4k\nwrite f 4k 8k fault\n", 12288, true},
		{"create f\nwrite f 0 4k\nwrite f 4k 8k fault\n", 12289, false},
		{"create f\nwrite f 0 4k\nwrite f 4k 8k fault\n", 2048, false},
		{"create f\nwrite f 0 4k\nfsync f\n", 8192, false},
		{"create f\ncreate g\nwrite f 0 4k\nwrite g 4k 8k fault\n", 8192, false},
		{"create f\nwrite f 0 4k\nwrite f 32k 4k fault\n", 16384, true},
		{"create f\nwrite f 0 4k\nwrite f 32k 4k fault\n", 16000, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		begin(&b, cases[i].text, cases[i].text);
		set_size(&b.live, cases[i].size);
		check_bytes(&b);
		CHECK_EQ(b.result.diff.nr, 1);
		CHECK(b.result.diff.nr && strstr(b.result.diff.findings[0].a_value, "f: size "));
		CHECK_EQ(b.result.diff.nr &&
				 strstr(b.result.diff.findings[0].a_value, ", which a write that failed moved"),
			 cases[i].moved);
		bench_release(&b);
	}
}

/* Only where the kernel skipped probes another try is worth it, and not for ever. */
TEST(what_the_probes_missed_is_tried_again)
{
	static const struct {
		uint64_t skipped, different;
		bool missing;
		unsigned int nr;
		bool again;
	} cases[] = {
		{3, 0, true, 1, true},	 {3, 1, false, 1, true},  {3, 0, true, JUDGE_TRIES - 1, true},
		{0, 0, true, 1, false},	 {0, 1, false, 1, false}, {3, 0, true, JUDGE_TRIES, false},
		{3, 0, false, 1, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verify_result r = {.not_observed = cases[i].missing ? strdup("1 fact") : NULL};

		r.diff.by_verdict[VERDICT_DIFFERENT] = cases[i].different;
		CHECK_EQ(meta_setf(&r.live.trailer, META_SKIPPED, "%" PRIu64, cases[i].skipped), 0);
		CHECK_EQ(judge_again(&r, cases[i].nr), cases[i].again);
		free(r.not_observed);
		set_release(&r.live);
	}
}

TEST_MAIN()
