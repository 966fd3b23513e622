// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "tests/unit/test.h"
#include "user/workload/workload.h"

static int parse(struct workload *wl, const char *text, struct errmsg *err)
{
	return workload_parse(wl, "dir/t.wl", text, strlen(text), err);
}

/* The only operation of a workload. */
static struct workload_op parse_one(const char *text)
{
	struct workload_op op = {0};
	struct workload wl = {0};
	struct errmsg err = {0};

	CHECK_EQ(parse(&wl, text, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_EQ(wl.nr_ops, 1);
	if (wl.nr_ops)
		op = wl.ops[0];
	workload_release(&wl);
	return op;
}

/* --- set-up --- */

TEST(an_empty_workload_has_defaults)
{
	struct workload wl = {0};

	CHECK_EQ(parse(&wl, "# nothing\n\n  \t\n", NULL), 0);
	CHECK_STR(wl.id, "t");
	CHECK_STR(wl.title, "");
	CHECK_STR(wl.path, "dir/t.wl");
	CHECK_STR(wl.mkfs, "-b 4096");
	CHECK_STR(wl.mount, "");
	CHECK_EQ(wl.lbs, 512);
	CHECK_EQ(wl.device_size, 64 << 20);
	CHECK(!wl.writethrough);
	CHECK_EQ(wl.nr_ops, 0);
	CHECK_EQ(wl.nr_writes, 0);
	workload_release(&wl);
	CHECK(!wl.mkfs);
	workload_release(&wl);
	workload_release(NULL);
}

TEST(the_set_up_is_taken_over)
{
	struct workload wl = {0};

	CHECK_EQ(parse(&wl,
		       "scenario S08 unaligned  into a hole # comment\n"
		       "device loop lbs=4096 size=128M cache=writethrough\n"
		       "mkfs -b 1024 -O ^has_journal\n"
		       "\tmount noatime,data=ordered  ",
		       NULL),
		 0);
	CHECK_STR(wl.id, "S08");
	CHECK_STR(wl.title, "unaligned  into a hole");
	CHECK_EQ(wl.lbs, 4096);
	CHECK_EQ(wl.device_size, 128 << 20);
	CHECK(wl.writethrough);
	CHECK_STR(wl.mkfs, "-b 1024 -O ^has_journal");
	CHECK_STR(wl.mount, "noatime,data=ordered");
	workload_release(&wl);
}

TEST(a_block_size_is_added_where_none_is_given)
{
	static const struct {
		const char *text, *mkfs;
	} cases[] = {
		{"mkfs -O ^extents", "-b 4096 -O ^extents"},
		{"mkfs -L x-b", "-b 4096 -L x-b"},
		{"mkfs -b 2048", "-b 2048"},
		{"mkfs -L x -b1024", "-L x -b1024"},
		{"scenario X", "-b 4096"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct workload wl = {0};

		CHECK_EQ(parse(&wl, cases[i].text, NULL), 0);
		CHECK_STR(wl.mkfs, cases[i].mkfs);
		workload_release(&wl);
	}
}

TEST(a_scenario_needs_no_title)
{
	struct workload wl = {0};

	CHECK_EQ(parse(&wl, "scenario S08c", NULL), 0);
	CHECK_STR(wl.id, "S08c");
	CHECK_STR(wl.title, "");
	workload_release(&wl);
}

/* --- operations --- */

TEST(set_up_operations_are_parsed)
{
	static const struct {
		const char *text;
		struct workload_op op;
	} cases[] = {
		{"create f", {.kind = OP_CREATE, .file = "f"}},
		{"create a-B_9.x+y", {.kind = OP_CREATE, .file = "a-B_9.x+y"}},
		{"fallocate f 4k 1M", {.kind = OP_FALLOCATE, .file = "f", .pos = 4096, .len = 1048576}},
		{"fallocate f 0 8k keep", {.kind = OP_FALLOCATE, .file = "f", .len = 8192, .keep = true}},
		{"punch f 4k 4k", {.kind = OP_PUNCH, .file = "f", .pos = 4096, .len = 4096}},
		{"truncate f 5000", {.kind = OP_TRUNCATE, .file = "f", .len = 5000}},
		{"truncate f 0", {.kind = OP_TRUNCATE, .file = "f"}},
		{"buffered f 1 0", {.kind = OP_BUFFERED, .file = "f", .pos = 1}},
		{"fsync f", {.kind = OP_FSYNC, .file = "f"}},
		{"sync", {.kind = OP_SYNC}},
		{"chattr f +S", {.kind = OP_CHATTR, .file = "f", .attr = 'S', .attr_on = true}},
		{"chattr f -S", {.kind = OP_CHATTR, .file = "f", .attr = 'S'}},
		{"chattr f -e", {.kind = OP_CHATTR, .file = "f", .attr = 'e'}},
		{"chattr f +i", {.kind = OP_CHATTR, .file = "f", .attr = 'i', .attr_on = true}},
		{"chattr f -i", {.kind = OP_CHATTR, .file = "f", .attr = 'i'}},
		{"chattr f +j", {.kind = OP_CHATTR, .file = "f", .attr = 'j', .attr_on = true}},
		{"chattr f -j", {.kind = OP_CHATTR, .file = "f", .attr = 'j'}},
		{"chmod f 4755", {.kind = OP_CHMOD, .file = "f", .mode = 04755}},
		{"chmod f 07777", {.kind = OP_CHMOD, .file = "f", .mode = 07777}},
		{"limit 32k", {.kind = OP_LIMIT, .len = 32768}},
		{"limit none", {.kind = OP_LIMIT, .len = WL_LIMIT_NONE}},
		{"remount", {.kind = OP_REMOUNT}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct workload_op *want = &cases[i].op;
		struct workload_op op = parse_one(cases[i].text);

		CHECK_EQ(op.kind, want->kind);
		CHECK_EQ(op.line, 1);
		CHECK_EQ(op.nr, 1);
		CHECK_STR(op.file, want->file);
		CHECK_EQ(op.pos, want->pos);
		CHECK_EQ(op.len, want->len);
		CHECK_EQ(op.keep, want->keep);
		CHECK_EQ(op.attr, want->attr);
		CHECK_EQ(op.attr_on, want->attr_on);
		CHECK_EQ(op.mode, want->mode);
	}
}

TEST(flags_of_a_write_are_parsed)
{
	static const struct {
		const char *flags;
		uint8_t set;
		enum submit_kind submit;
		bool noretry, fault;
		uint32_t align;
	} cases[] = {
		{"", 0, SUBMIT_SYNC, false, false, 0},
		{"dsync", WRITE_DSYNC, SUBMIT_SYNC, false, false, 0},
		{"sync", WRITE_SYNC, SUBMIT_SYNC, false, false, 0},
		{"append", WRITE_APPEND, SUBMIT_SYNC, false, false, 0},
		{"nowait", WRITE_NOWAIT, SUBMIT_SYNC, false, false, 0},
		{"hipri", WRITE_HIPRI, SUBMIT_SYNC, false, false, 0},
		{"dontcache", WRITE_DONTCACHE, SUBMIT_SYNC, false, false, 0},
		{"atomic", WRITE_ATOMIC, SUBMIT_SYNC, false, false, 0},
		{"align=512", 0, SUBMIT_SYNC, false, false, 512},
		{"align=0", 0, SUBMIT_SYNC, false, false, 0},
		{"align=4095", 0, SUBMIT_SYNC, false, false, 4095},
		{"fault", 0, SUBMIT_SYNC, false, true, 0},
		{"libaio", 0, SUBMIT_LIBAIO, false, false, 0},
		{"io_uring", 0, SUBMIT_IO_URING, false, false, 0},
		{"io_uring noretry", WRITE_NOWAIT, SUBMIT_IO_URING, true, false, 0},
		{"noretry nowait io_uring", WRITE_NOWAIT, SUBMIT_IO_URING, true, false, 0},
		{"dsync append libaio align=4 # all", WRITE_DSYNC | WRITE_APPEND, SUBMIT_LIBAIO, false, false, 4},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = strf("write f 4k 8k %s", cases[i].flags);
		struct workload_op op = parse_one(text);

		CHECK_EQ(op.kind, OP_WRITE);
		CHECK_EQ(op.pos, 4096);
		CHECK_EQ(op.len, 8192);
		CHECK_EQ(op.flags, cases[i].set);
		CHECK_EQ(op.submit, cases[i].submit);
		CHECK_EQ(op.noretry, cases[i].noretry);
		CHECK_EQ(op.fault, cases[i].fault);
		CHECK_EQ(op.align, cases[i].align);
		CHECK_EQ(op.nr_segs, 1);
		CHECK_EQ(op.segs[0], 8192);
	}
}

TEST(segments_are_parsed)
{
	struct workload_op op = parse_one("write f 0 4k segs=512,0x200,3k");

	CHECK_EQ(op.nr_segs, 3);
	CHECK_EQ(op.segs[0], 512);
	CHECK_EQ(op.segs[1], 512);
	CHECK_EQ(op.segs[2], 3072);
}

TEST(as_many_segments_as_fit)
{
	char text[512] = "write f 0 64 segs=1";

	for (int i = 1; i < WL_SEGS_MAX; i++)
		strcat(text, ",1");
	CHECK_EQ(parse_one(text).nr_segs, WL_SEGS_MAX);
}

TEST(a_write_may_have_no_bytes)
{
	struct workload_op op = parse_one("write f 0 0");

	CHECK_EQ(op.len, 0);
	CHECK_EQ(op.nr_segs, 1);
}

TEST(operations_are_numbered_and_named)
{
	struct workload wl = {0};

	CHECK_EQ(parse(&wl, "\ncreate f\n# a comment\nwrite f 0 4k\n\nsync\nwrite f 0 4k", NULL), 0);
	CHECK_EQ(wl.nr_ops, 4);
	CHECK_EQ(wl.nr_writes, 2);
	for (size_t i = 0; i < wl.nr_ops; i++)
		CHECK_EQ(wl.ops[i].nr, i + 1);
	CHECK_EQ(wl.ops[0].line, 2);
	CHECK_EQ(wl.ops[3].line, 7);
	workload_release(&wl);
	for (int kind = 0; kind < NR_OPS; kind++)
		CHECK(strcmp(op_name(kind), "?"));
	CHECK_STR(op_name(OP_FALLOCATE), "fallocate");
	CHECK_STR(op_name(OP_WRITE), "write");
	CHECK_STR(op_name(NR_OPS), "?");
}

/* --- repeat --- */

TEST(repeats_are_unrolled_in_order)
{
	static const int64_t pos[] = {0, 65536, 4096, 61440, 8192, 57344};
	struct workload wl = {0};
	size_t w = 0;

	CHECK_EQ(parse(&wl, "create f\nrepeat 3\nwrite f 0+*4k 4k\nfsync f\nwrite f 64k+*-4k 4k\nend\nsync", NULL), 0);
	CHECK_EQ(wl.nr_ops, 1 + 3 * 3 + 1);
	CHECK_EQ(wl.nr_writes, 6);
	for (size_t i = 0; i < wl.nr_ops; i++) {
		CHECK_EQ(wl.ops[i].nr, i + 1);
		if (wl.ops[i].kind == OP_WRITE)
			CHECK_EQ(wl.ops[i].pos, pos[w++]);
	}
	CHECK_EQ(wl.ops[1].line, 3);
	CHECK_EQ(wl.ops[4].line, 3);
	CHECK_EQ(wl.ops[10].kind, OP_SYNC);
	workload_release(&wl);
}

TEST(repeats_may_be_empty_or_once_and_follow_each_other)
{
	struct workload wl = {0};

	CHECK_EQ(parse(&wl, "repeat 200000\nend\nrepeat 1\nsync\nend\nrepeat 2\npunch f 0+*1M 1M\nend\n", NULL), 0);
	CHECK_EQ(wl.nr_ops, 3);
	CHECK_EQ(wl.ops[2].pos, 1048576);
	workload_release(&wl);
}

TEST(as_many_operations_as_allowed)
{
	struct workload wl = {0};
	struct errmsg err;

	CHECK_EQ(parse(&wl, "repeat 100000\nsync\nsync\nend\n", NULL), 0);
	CHECK_EQ(wl.nr_ops, WL_OPS_MAX);
	workload_release(&wl);
	CHECK_EQ(parse(&wl, "sync\nrepeat 100000\nsync\nsync\nend\n", &err), -EINVAL);
	CHECK_STR(err.text, "dir/t.wl:4:1: sync: more than 200000 operations");
	CHECK_EQ(parse(&wl, "repeat 200000\nsync\nend\n sync\n", &err), -EINVAL);
	CHECK_STR(err.text, "dir/t.wl:4:2: sync: more than 200000 operations");
}

/* --- errors: line, column and what --- */

static const struct {
	const char *text;
	const char *error; /* without "dir/t.wl:" */
} errors[] = {
	/* words */
	{"sync\n  wirte f 0 4k", "2:3: unknown word 'wirte'"},
	{"Write f 0 4k", "1:1: unknown word 'Write'"},
	{"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee",
	 "1:1: unknown word 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd'"},
	{"sync\r\n", "1:5: the byte 0x0d has no place in a text"},
	{"# \x01", "1:3: the byte 0x01 has no place in a text"},
	{"sync now", "1:6: unexpected 'now' after sync"},
	{"remount 1", "1:9: unexpected '1' after remount"},
	{"create f g", "1:10: unexpected 'g' after create"},
	{"punch f 0 4k keep", "1:14: unexpected 'keep' after punch"},
	{"fallocate f 0 4k keep keep", "1:23: unexpected 'keep' after fallocate"},
	/* missing */
	{"create", "1:7: create needs FILE"},
	{"create   # f", "1:7: create needs FILE"},
	{"write f", "1:8: write needs POS"},
	{"write f  0", "1:11: write needs LEN"},
	{"truncate f", "1:11: truncate needs SIZE"},
	{"chattr f", "1:9: chattr needs ATTRIBUTE"},
	{"chmod f", "1:8: chmod needs MODE"},
	{"limit", "1:6: limit needs SIZE"},
	{"scenario", "1:9: scenario needs an id"},
	{"device", "1:7: device needs a kind: loop"},
	{"mkfs", "1:5: mkfs needs options"},
	{"mount #x", "1:6: mount needs options"},
	{"repeat", "1:7: repeat needs a count"},
	/* file names */
	{"create a/b", "1:9: a file name is made of letters, digits and . _ - + only"},
	{"fsync ..", "1:7: '..' is not a plain file name"},
	{"fsync .", "1:7: '.' is not a plain file name"},
	{"fsync -f", "1:7: '-f' is not a plain file name"},
	{"fsync aaaaaaaaaabbbbbbbbbbcccccccccc12", "1:7: the file name is longer than 31 bytes"},
	/* numbers */
	{"write f x 4k", "1:9: the position 'x' is not a size (such as 512, 4k, 1M)"},
	{"write f 0 4kk", "1:11: the length '4kk' is not a size (such as 512, 4k, 1M)"},
	{"write f -4k 4k", "1:9: the position '-4k' is not between 0 and 17592186044416"},
	{"write f 0 -1", "1:11: the length '-1' is not between 0 and 268435456"},
	{"write f 0 257M", "1:11: the length '257M' is not between 0 and 268435456"},
	{"write f 99999999999999999999 1",
	 "1:9: the position '99999999999999999999' is not between 0 and 17592186044416"},
	{"write f 17592186044416 1", "1:24: the range ends beyond 17592186044416"},
	{"buffered f 16384G 1", "1:19: the range ends beyond 17592186044416"},
	{"fallocate f 0 0", "1:15: the length '0' is not between 1 and 17592186044416"},
	{"fallocate f 4k 16384G", "1:16: the range ends beyond 17592186044416"},
	{"punch f 0 0", "1:11: the length '0' is not between 1 and 17592186044416"},
	{"truncate f -1", "1:12: the size '-1' is not between 0 and 17592186044416"},
	{"limit -1", "1:7: the limit '-1' is not between 0 and 17592186044416"},
	{"limit all", "1:7: the limit 'all' is not a size (such as 512, 4k, 1M)"},
	{"chmod f 888", "1:9: the mode '888' is not an octal number up to 7777"},
	{"chmod f 17777", "1:9: the mode '17777' is not an octal number up to 7777"},
	{"chmod f 000000", "1:9: the mode '000000' is not an octal number up to 7777"},
	{"chmod f u+s", "1:9: the mode 'u+s' is not an octal number up to 7777"},
	{"chattr f +e", "1:10: '+e' is none of +S -S -e +i -i +j -j"},
	{"chattr f S", "1:10: 'S' is none of +S -S -e +i -i +j -j"},
	{"fallocate f 0 4k zero", "1:18: unexpected 'zero': only 'keep' may follow the length"},
	/* flags of a write */
	{"write f 0 4k fast", "1:14: unknown flag 'fast'"},
	{"write f 0 4k dsync  dsync", "1:21: 'dsync' is given twice"},
	{"write f 0 4k dsync=1", "1:14: 'dsync' takes no value"},
	{"write f 0 4k align", "1:14: 'align' needs a value: align=..."},
	{"write f 0 4k align=", "1:20: align '' is not a size (such as 512, 4k, 1M)"},
	{"write f 0 4k align=4096", "1:20: align '4096' is not between 0 and 4095"},
	{"write f 0 4k align=-1", "1:20: align '-1' is not between 0 and 4095"},
	{"write f 0 4k segs", "1:14: 'segs' needs a value: segs=..."},
	{"write f 0 4k segs=", "1:19: a segment '' is not a size (such as 512, 4k, 1M)"},
	{"write f 0 4k segs=2k,,2k", "1:22: a segment '' is not a size (such as 512, 4k, 1M)"},
	{"write f 0 4k segs=2k,0,2k", "1:22: a segment '0' is not between 1 and 268435456"},
	{"write f 0 4k dsync segs=2k,1k", "1:20: the segments are 3072 bytes together, the write is 4096"},
	{"write f 0 4k segs=4k,512", "1:14: the segments are 4608 bytes together, the write is 4096"},
	{"write f 0 0 segs=1", "1:13: the segments are 1 bytes together, the write is 0"},
	{"write f 0 4k libaio io_uring", "1:21: a write is issued by libaio or by io_uring, not by both"},
	{"write f 0 4k io_uring libaio", "1:23: a write is issued by libaio or by io_uring, not by both"},
	{"write f 0 4k fault align=512", "1:20: 'fault' needs a buffer without align"},
	{"write f 0 4k align=512 fault", "1:24: 'fault' needs a buffer without align"},
	{"write f 0 4k hipri io_uring", "1:20: io_uring refuses 'hipri' on a ring that is not polled"},
	{"write f 0 4k noretry", "1:14: 'noretry' has a meaning only with io_uring"},
	{"write f 0 4k libaio noretry", "1:21: 'noretry' has a meaning only with io_uring"},
	/* repeat */
	{"end", "1:1: end without repeat"},
	{"sync\n repeat 2\nsync\n", "2:2: repeat without end"},
	{"repeat 2\nrepeat 2\nend\nend", "2:1: repeat inside the repeat of line 1"},
	{"repeat 0", "1:8: the count '0' is not between 1 and 200000"},
	{"repeat 200001", "1:8: the count '200001' is not between 1 and 200000"},
	{"repeat 2 3", "1:10: unexpected '3' after repeat"},
	{"repeat 2\nsync\nend repeat", "3:5: unexpected 'repeat' after end"},
	{"write f 0+*4k 4k", "1:10: '+*STEP' has a meaning only inside repeat"},
	{"repeat 2\nwrite f 0+*x 4k\nend", "2:12: the step 'x' is not a size (such as 512, 4k, 1M)"},
	{"repeat 2\nwrite f +*4k 4k\nend", "2:9: the position '' is not a size (such as 512, 4k, 1M)"},
	{"repeat 3\nwrite f 4k+*-4k 4k\nend", "2:13: the position leaves 0 to 17592186044416 in 3 iterations"},
	{"repeat 200000\nwrite f 0+*16384G 4k\nend",
	 "2:12: the position leaves 0 to 17592186044416 in 200000 iterations"},
	{"repeat 2\npunch f 0+*16384G 4k\nend", "2:19: the range ends beyond 17592186044416"},
	{"repeat 2\nmkfs -b 1024\nend", "2:1: mkfs after the first operation: set-up comes before it"},
	/* set-up */
	{"create f\nmount noatime", "2:1: mount after the first operation: set-up comes before it"},
	{"create f\nscenario X", "2:1: scenario after the first operation: set-up comes before it"},
	{"mkfs -b 1024\nmkfs -b 2048", "2:1: mkfs is given twice"},
	{"mount a\nmount b", "2:1: mount is given twice"},
	{"device loop\ndevice loop", "2:1: device is given twice"},
	{"scenario A\nscenario B", "2:1: scenario is given twice"},
	{"device loop\nscenario A", "2:1: scenario comes before the set-up"},
	{"scenario aaaaaaaaaabbbbbbbbbbcccccccccc12 t", "1:10: the id is longer than 31 bytes"},
	{"scenario ../x t", "1:12: an id is made of letters, digits and . _ - + only"},
	{"device nvme", "1:8: unknown kind of device 'nvme': only loop"},
	{"device loop lbs", "1:13: 'lbs' needs a value: lbs=..."},
	{"device loop lbs=256", "1:17: lbs '256' is not between 512 and 4096"},
	{"device loop lbs=1000", "1:17: lbs is 512, 1024, 2048 or 4096"},
	{"device loop lbs=512 lbs=512", "1:21: 'lbs' is given twice"},
	{"device loop size=512k", "1:18: the device's size '512k' is not between 1048576 and 4294967296"},
	{"device loop size=5G", "1:18: the device's size '5G' is not between 1048576 and 4294967296"},
	{"device loop size=1048577", "1:18: the device's size is not a multiple of 4096"},
	{"device loop cache=none", "1:19: the cache is writeback or writethrough, not 'none'"},
	{"device loop fast", "1:13: 'fast' is none of lbs= size= cache="},
};

TEST(errors_say_line_column_and_what)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct workload wl = {.lbs = 7};
		struct errmsg err = {0};

		CHECK_EQ(parse(&wl, errors[i].text, &err), -EINVAL);
		CHECK(!strncmp(err.text, "dir/t.wl:", 9));
		if (strlen(err.text) > 9)
			CHECK_STR(err.text + 9, errors[i].error);
		CHECK_EQ(wl.lbs, 7); /* untouched when it fails */
	}
}

TEST(too_many_segments_are_refused)
{
	char text[512] = "write f 0 65 segs=1";
	struct workload wl;
	struct errmsg err;

	for (int i = 0; i < WL_SEGS_MAX; i++)
		strcat(text, ",1");
	CHECK_EQ(parse(&wl, text, &err), -EINVAL);
	CHECK_STR(err.text, "dir/t.wl:1:147: more than 64 segments");
}

TEST(a_nul_is_an_error)
{
	static const char text[] = "sync\nsy\0nc\n";
	struct workload wl;
	struct errmsg err;

	CHECK_EQ(workload_parse(&wl, "t", text, sizeof(text) - 1, &err), -EINVAL);
	CHECK_STR(err.text, "t:2:3: the byte 0x00 has no place in a text");
}

TEST(words_without_end_are_refused)
{
	static const char *const starts[] = {"",
					     "create ",
					     "write f ",
					     "write f 0 ",
					     "write f 0 4k ",
					     "write f 0 4k align=",
					     "write f 0 4k segs=",
					     "chattr f ",
					     "chmod f ",
					     "limit ",
					     "repeat ",
					     "device ",
					     "device loop ",
					     "device loop lbs=",
					     "scenario ",
					     "scenario S "};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		_cleanup_free_ char *text = malloc(5000);
		struct workload wl;
		struct errmsg err;

		memset(text, '7', 5000);
		memcpy(text, starts[i], strlen(starts[i]));
		CHECK_EQ(workload_parse(&wl, "t", text, 5000, &err), -EINVAL);
		CHECK(!strncmp(err.text, "t:1:", 4));
		CHECK(strlen(err.text) < 200);
	}
}

/* --- files --- */

TEST(a_workload_is_loaded_from_a_file)
{
	int fd = memfd_create("wl", 0);
	_cleanup_free_ char *path = strf("/proc/self/fd/%d", fd);
	_cleanup_free_ char *error = strf("%s:1:1: unknown word 'what'", path);
	struct workload wl = {0};
	struct errmsg err;

	CHECK_EQ(write_all(fd, "sync\n", 5), 0);
	CHECK_EQ(workload_load(&wl, path, &err), 0);
	CHECK_EQ(wl.nr_ops, 1);
	workload_release(&wl);
	CHECK_EQ(pwrite(fd, "what", 4, 0), 4);
	CHECK_EQ(workload_load(&wl, path, &err), -EINVAL);
	CHECK_STR(err.text, error);
	close(fd);
	CHECK_EQ(workload_load(&wl, "/nonexistent/x.wl", &err), -ENOENT);
	CHECK_STR(err.text, "/nonexistent/x.wl: No such file or directory");
}

/* --- what is written --- */

TEST(the_pattern_is_above_127_and_depends_on_operation_and_position)
{
	uint8_t buf[4096], other[4096];
	size_t same = 0;

	workload_pattern(buf, 1, 8192, sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++) {
		CHECK(buf[i] > 127);
		CHECK_EQ(buf[i], workload_byte(1, 8192 + i));
	}
	workload_pattern(other, 2, 8192, sizeof(other));
	for (size_t i = 0; i < sizeof(buf); i++)
		same += buf[i] == other[i];
	CHECK(same < 64);
	workload_pattern(other, 1, 8192 + 512, sizeof(other));
	CHECK(memcmp(buf, other, 512));
	CHECK(!memcmp(buf + 512, other, 512));
}

TEST_MAIN()
