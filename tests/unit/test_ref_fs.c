/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference on real images: after each workload e2fsck finds nothing, and every file has the size and the bytes
 * that its operations wrote. Images live in $TMPDIR or /var/tmp: O_DIRECT needs a real file system (on tmpfs the
 * reference goes through the host's page cache).
 */
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "refimpl/compare_images.h"
#include "refimpl/refimpl.h"
#include "tests/unit/test.h"

extern char **environ;

/* --- an image --- */

struct image {
	char path[256];
};

static bool image_make(struct image *img)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(img->path, sizeof(img->path), "%s/dioscope-ref-XXXXXX", dir && *dir ? dir : "/var/tmp");
	fd = mkstemp(img->path);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Exit status, or -1; what it says goes to @log if that is not NULL. */
static int spawn_quietly(char *const argv[], const char *log)
{
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, log ? log : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool image_format(const struct image *img, const struct workload *wl)
{
	_cleanup_free_ char *cmd = strf("PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -t ext4 %s %s %lluk", wl->mkfs,
					img->path, (unsigned long long)wl->device_size / 1024);
	char *argv[] = {"/bin/sh", "-c", cmd, NULL};

	return !spawn_quietly(argv, NULL);
}

static void print_file(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		printf("# %s", line);
}

static void check_fsck(const struct image *img)
{
	_cleanup_free_ char *log = strf("%s.log", img->path);
	_cleanup_free_ char *cmd = strf("PATH=$PATH:/usr/sbin:/sbin e2fsck -fn %s", img->path);
	char *argv[] = {"/bin/sh", "-c", cmd, NULL};
	int status = spawn_quietly(argv, log);

	CHECK_EQ(status, 0);
	if (status)
		print_file(log);
	unlink(log);
}

/* --- what the files have to contain --- */

#define FILES_MAX  8
#define SHADOW_MAX (40 << 20)

struct shadow {
	char name[WL_NAME_MAX];
	int64_t size;
	uint8_t *bytes;
};

struct shadows {
	struct shadow files[FILES_MAX];
	size_t nr;
};

static struct shadow *shadow_of(struct shadows *all, const char *name)
{
	for (size_t i = 0; i < all->nr; i++)
		if (!strcmp(all->files[i].name, name))
			return &all->files[i];
	memcpy(all->files[all->nr].name, name, WL_NAME_MAX);
	all->files[all->nr].bytes = calloc(1, SHADOW_MAX);
	return &all->files[all->nr++];
}

static void shadow_write(struct shadow *f, const struct workload_op *op, int64_t ret)
{
	int64_t pos = op->flags & WRITE_APPEND ? f->size : op->pos;

	if (ret <= 0)
		return;
	/* the pattern is that of the position asked for */
	workload_pattern(f->bytes + pos, op->nr, op->pos, (size_t)ret);
	if (pos + ret > f->size)
		f->size = pos + ret;
}

static void shadow_cut(struct shadow *f, int64_t size)
{
	if (size < f->size)
		memset(f->bytes + size, 0, (size_t)(f->size - size));
	f->size = size;
}

static void shadow_apply(struct shadows *all, const struct workload_op *op, int64_t ret)
{
	struct shadow *f = op->file[0] ? shadow_of(all, op->file) : NULL;
	int64_t end = op->pos + op->len;

	if (op->kind == OP_WRITE)
		shadow_write(f, op, ret);
	else if (op->kind == OP_BUFFERED)
		shadow_write(f, op, op->len);
	else if (op->kind == OP_TRUNCATE)
		shadow_cut(f, op->len);
	else if (op->kind == OP_PUNCH && op->pos < f->size)
		memset(f->bytes + op->pos, 0, (size_t)((end < f->size ? end : f->size) - op->pos));
	else if (op->kind == OP_FALLOCATE && !op->keep && end > f->size)
		f->size = end;
}

static void check_file(ext2_filsys fs, const struct shadow *f)
{
	uint8_t *bytes = calloc(1, (size_t)f->size + 1);
	unsigned int got = 0;
	ext2_file_t file;
	ext2_ino_t ino;
	__u64 size = 0;

	CHECK(!ext2fs_lookup(fs, EXT2_ROOT_INO, f->name, (int)strlen(f->name), NULL, &ino));
	CHECK(!ext2fs_file_open(fs, ino, 0, &file));
	ext2fs_file_get_lsize(file, &size);
	CHECK_EQ(size, f->size);
	CHECK(!ext2fs_file_read(file, bytes, (unsigned int)f->size, &got));
	CHECK_EQ(got, f->size);
	for (int64_t i = 0; i < f->size; i++) {
		if (bytes[i] != f->bytes[i]) {
			CHECK_EQ(i, -1);
			CHECK_EQ(bytes[i], f->bytes[i]);
			break;
		}
	}
	ext2fs_file_close(file);
	free(bytes);
}

static void check_files(const struct image *img, const struct workload *wl, const struct op_result *results)
{
	struct shadows all = {.nr = 0};
	ext2_filsys fs;

	for (size_t i = 0; i < wl->nr_ops; i++)
		shadow_apply(&all, &wl->ops[i], results[i].ret);
	CHECK(!ext2fs_open(img->path, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs));
	for (size_t i = 0; i < all.nr; i++) {
		check_file(fs, &all.files[i]);
		free(all.files[i].bytes);
	}
	ext2fs_close_free(&fs);
}

/* --- a run --- */

struct ran {
	struct image img;
	struct workload wl;
	struct write_set set;
	struct op_result *results;
	bool go_on;
	bool single_pages;
};

static struct ref_target target_of(const struct ran *r)
{
	return (struct ref_target){.path = r->img.path,
				   .lbs = r->wl.lbs,
				   .dma_mask = r->wl.lbs - 1,
				   .dev_cache = !r->wl.writethrough,
				   .single_pages = r->single_pages,
				   .go_on = r->go_on};
}

static bool prepare(struct ran *r, const char *text)
{
	struct errmsg err = {""};

	memset(r, 0, sizeof(*r));
	CHECK(!workload_parse(&r->wl, "test.wl", text, strlen(text), &err));
	CHECK_STR(err.text, "");
	r->results = calloc(r->wl.nr_ops + 1, sizeof(*r->results));
	return image_make(&r->img) && image_format(&r->img, &r->wl);
}

static void finish(struct ran *r)
{
	unlink(r->img.path);
	set_release(&r->set);
	free(r->results);
	workload_release(&r->wl);
}

static int run_image(struct ran *r, const char *profile, struct errmsg *err)
{
	const struct ref_target target = target_of(r);

	return ref_run(&r->wl, &target, ref_rules_find(profile), &r->set, r->results, err);
}

static void run_checked(struct ran *r, const char *profile)
{
	struct errmsg err = {""};

	CHECK_EQ(run_image(r, profile, &err), 0);
	CHECK_STR(err.text, "");
	check_fsck(&r->img);
	check_files(&r->img, &r->wl, r->results);
}

static void run_one(const char *text, const char *profile)
{
	struct ran r;

	if (!prepare(&r, text)) {
		finish(&r);
		SKIP("no image: mke2fs is missing, or there is no space");
	}
	run_checked(&r, profile);
	CHECK_EQ(r.set.nr, r.wl.nr_writes);
	for (size_t i = 0; i < r.set.nr; i++)
		CHECK_EQ(r.set.writes[i].rec.ret, r.results[r.set.writes[i].op - 1].ret);
	finish(&r);
}

/* With each profile: what is on the disk in the end does not depend on the lock. */
static void run_all(const char *text)
{
	for (const struct ref_rules *rules = ref_profiles; rules->name; rules++)
		run_one(text, rules->name);
}

#define MIXED                                                                                                          \
	"create f\n"                                                                                                   \
	"write f 0 4k\n"                                                                                               \
	"write f 0 4k dsync\n"                                                                                         \
	"write f 4k 12k\n"                                                                                             \
	"write f 17k 512\n"                                                                                            \
	"write f 17920 1k sync\n"                                                                                      \
	"create g\n"                                                                                                   \
	"fallocate g 0 64k\n"                                                                                          \
	"write g 33280 512\n"                                                                                          \
	"write g 4k 8k\n"                                                                                              \
	"sync\n"                                                                                                       \
	"write g 4k 8k dsync\n"                                                                                        \
	"truncate g 1M\n"                                                                                              \
	"write g 196096 1k\n"                                                                                          \
	"write g 131072 4k align=512\n"                                                                                \
	"write g 0 32k libaio\n"                                                                                       \
	"punch g 8k 12k\n"                                                                                             \
	"write g 3584 15360\n"                                                                                         \
	"write g 512k 300k io_uring\n"                                                                                 \
	"remount\n"                                                                                                    \
	"write f 0 512\n"                                                                                              \
	"write f 0 4k append\n"                                                                                        \
	"buffered f 40000 9000\n"                                                                                      \
	"write f 40k 4k\n"                                                                                             \
	"fsync f\n"                                                                                                    \
	"truncate f 43000\n"                                                                                           \
	"write f 43008 4k\n"                                                                                           \
	"fallocate f 64k 64k keep\n"                                                                                   \
	"write f 48k 40k\n"

TEST(mixed_4k)
{
	run_all("mkfs -b 4096\n" MIXED);
}

TEST(mixed_2k)
{
	run_all("mkfs -b 2048\n" MIXED);
}

TEST(mixed_1k)
{
	run_all("mkfs -b 1024\n" MIXED);
}

TEST(mixed_without_journal)
{
	run_all("mkfs -b 4096 -O ^has_journal\nmount barrier=0\n" MIXED);
}

TEST(mixed_without_delayed_allocation)
{
	run_all("mkfs -b 4096 -O ^metadata_csum,uninit_bg\nmount noatime,nodelalloc\n" MIXED);
}

TEST(mixed_data_journal)
{
	run_all("mkfs -b 4096\nmount data=journal\n" MIXED);
}

/* What each owner has is e2fsck's to say. */
TEST(mixed_with_quota)
{
	run_all("mkfs -b 4096 -O quota,project -E quotatype=usrquota:grpquota:prjquota\n" MIXED);
}

TEST(mixed_with_inline_data)
{
	run_all("mkfs -b 4096 -O inline_data\n"
		"create a\nwrite a 0 4k\nbuffered a 4k 100\n"
		"create b\nbuffered b 0 100\nbuffered b 50 78\n"
		"create c\nbuffered c 0 128\nwrite c 512 512\nsync\nwrite c 0 4k\n"
		"create d\nbuffered d 0 129\n"
		"create e\nbuffered e 0 128\ntruncate e 30\nbuffered e 30 40\ntruncate e 5\n"
		"create f\nbuffered f 0 128\nfallocate f 0 16k\nsync\nwrite f 4k 4k\n"
		"remount\nbuffered b 128 200\nwrite b 4k 4k\nbuffered e 5 100\n");
	run_all("mkfs -b 1024 -O inline_data\nmount nodelalloc\n"
		"create a\nbuffered a 0 100\nbuffered a 100 8k\nwrite a 4k 4k\n"
		"create b\nbuffered b 3 100\nfsync b\nfallocate b 0 8k\nsync\n");
}

TEST(mixed_with_clusters)
{
	run_all("mkfs -b 4096 -O bigalloc -C 16384\n" MIXED);
	run_all("mkfs -b 1024 -O bigalloc -C 65536\nmount nodelalloc\n" MIXED);
}

/* What is in a cluster of 16k already says where the rest of it is; the cluster goes with the last of its blocks. */
TEST(a_cluster_has_one_place)
{
	static const char text[] = "mkfs -b 4096 -O bigalloc -C 16384\n"
				   "create f\n"
				   "truncate f 1M\n"
				   "write f 20k 4k\n"
				   "write f 28k 4k\n"
				   "write f 16k 16k\n"
				   "punch f 20k 12k\n"
				   "write f 24k 4k\n"
				   "write f 32k 4k\n"
				   "write f 72k 4k\n"
				   "write f 48k 24k\n"
				   "create g\n"
				   "write g 0 64k\n"
				   "create h\n"
				   "write h 0 64k\n";
	const struct write *w;
	uint64_t base;
	struct ran r;

	if (!prepare(&r, text)) {
		finish(&r);
		SKIP("no image: mke2fs is missing, or there is no space");
	}
	run_checked(&r, "6.18");
	w = r.set.writes;
	base = w[0].steps[0].addr - 4096;
	CHECK_EQ(base % 16384, 0);
	CHECK_EQ(w[1].steps[0].addr, base + 12288);
	CHECK_EQ(w[2].rec.rounds, 4);
	CHECK_EQ(w[2].steps[0].addr, base);
	CHECK_EQ(w[3].steps[0].addr, base + 8192);
	CHECK_EQ(w[4].steps[0].addr % 16384, 0);
	/* what is asked for ends with the cluster before that of the next block */
	CHECK_EQ(w[6].rec.rounds, 2);
	CHECK_EQ(w[6].steps[0].addr % 16384, 0);
	/* one chunk of the size of the file, and the next behind it */
	CHECK_EQ(w[8].steps[0].addr, w[7].steps[0].addr + 65536);
	finish(&r);
}

TEST(indirect_blocks)
{
	static const char ops[] = "create f\n"
				  "write f 0 4k\n"
				  "write f 8k 8k\n"
				  "write f 4k 8k\n"
				  "truncate f 400k\n"
				  "write f 64k 4k\n"
				  "write f 63k 8k\n"
				  "write f 44k 12k dsync\n"
				  "write f 398k 4k\n"
				  "write f 8M 64k\n"
				  "write f 8M 4k dsync\n"
				  "punch f 8k 60k\n"
				  "write f 20k 4k\n"
				  "truncate f 45000\n"
				  "write f 45056 512\n";
	_cleanup_free_ char *big = strf("mkfs -b 4096 -O ^extents,^64bit\n%s", ops);
	_cleanup_free_ char *small = strf("mkfs -b 1024 -O ^extents,^64bit\n%s", ops);
	_cleanup_free_ char *one = strf("mkfs -b 4096\ncreate e\nchattr e -e\n%s", "write e 0 4k\ntruncate e 64k\n"
										   "write e 32k 8k\n");

	run_all(big);
	run_all(small);
	run_all(one);
}

/* Is the inode still dirty from the first write when the last one maps its block? */
static void check_dirty_behind(const char *ops, bool dirty)
{
	_cleanup_free_ char *text = strf("mkfs -b 4096\ncreate f\nwrite f 512 512\n%swrite f 512 512\n", ops);
	struct ran r;

	if (prepare(&r, text)) {
		CHECK_EQ(run_image(&r, "6.18", NULL), 0);
		CHECK_EQ(!!(r.set.writes[1].steps[0].map_flags & MAP_F_DIRTY), dirty);
	}
	finish(&r);
}

TEST(only_a_change_of_chattr_j_commits)
{
	check_dirty_behind("chattr f -j\n", true);
	check_dirty_behind("chattr f +j\n", false);
	check_dirty_behind("chattr f -i\n", true);
}

/* An fdatasync needs a size that moved: not one that did not, nor that blocks behind it were freed. */
TEST(a_cut_that_moves_no_size_is_nothing_for_fdatasync)
{
	check_dirty_behind("sync\ntruncate f 1k\n", false);
	check_dirty_behind("fallocate f 8k 8k keep\nsync\ntruncate f 1k\n", false);
	check_dirty_behind("sync\ntruncate f 2k\n", true);
	check_dirty_behind("truncate f 2k\nsync\ntruncate f 1k\n", true);
}

/* The first round of two blocks behind one of the same table; the buffer is refused after it. */
static void check_first_round(const char *profile, const char *before, uint64_t len)
{
	_cleanup_free_ char *text = strf("mkfs -b 4096 -O ^has_journal,^extents,^64bit\n"
					 "create f\n"
					 "%s"
					 "write f 0 8k append align=1\n",
					 before);
	struct ran r;

	if (prepare(&r, text)) {
		const struct write *last;

		CHECK_EQ(run_image(&r, profile, NULL), 0);
		last = &r.set.writes[r.set.nr - 1];
		CHECK_EQ(last->rec.ret, -EINVAL);
		CHECK_EQ(last->steps[0].len, len);
		check_fsck(&r.img);
	}
	finish(&r);
}

/* Does fdatasync without a journal flush after this last write? */
static void check_flush(const char *profile, const char *last, int flush)
{
	_cleanup_free_ char *text = strf("mkfs -b 4096 -O ^has_journal,^extents,^64bit\n"
					 "mount sync\n"
					 "create f\n"
					 "buffered f 4k 512\n"
					 "%s",
					 last);
	struct ran r;

	if (prepare(&r, text)) {
		CHECK_EQ(run_image(&r, profile, NULL), 0);
		CHECK_EQ(r.set.writes[r.set.nr - 1].rec.flush, flush);
	}
	finish(&r);
}

/* i_size after a copy for which there is not enough room, by folios or page by page. */
static int64_t size_of_copy(const char *profile, const char *before)
{
	_cleanup_free_ char *text = strf("device loop size=16M\n"
					 "create filler\n"
					 "fallocate filler 0 16M\n"
					 "punch filler 96k 120k\n"
					 "create f\n"
					 "write f 0 512\n"
					 "%s"
					 "buffered f 8k 160k\n"
					 "write f 0 512\n",
					 before);
	int64_t size = -1;
	struct ran r;

	if (prepare(&r, text)) {
		r.go_on = true;
		CHECK_EQ(run_image(&r, profile, NULL), 0);
		size = r.set.nr == 2 ? r.set.writes[1].rec.isize : -1;
	}
	finish(&r);
	return size;
}

/* chattr(1) needs CAP_SYS_RESOURCE for it, which not every machine that runs scenarios gives. */
TEST(from_6_19_on_chattr_j_takes_large_folios_from_the_mapping)
{
	int64_t folios = size_of_copy("7.3", ""), pages = size_of_copy("6.12", "");

	if (folios < 0)
		SKIP("no image: mke2fs is missing, or there is no space");
	CHECK(folios < pages);
	CHECK_EQ(size_of_copy("7.3", "chattr f +j\n"), pages);
	CHECK_EQ(size_of_copy("7.3", "chattr f +j\nchattr f -j\n"), folios);
	CHECK_EQ(size_of_copy("6.18", "chattr f +j\n"), folios);
}

/* io_uring's first attempt waits for no cached page: a worker is the second, where there is one. */
static void check_cached_behind(const char *profile, const char *ops, bool cached)
{
	_cleanup_free_ char *text = strf("create f\nbuffered f 16k 512\nfsync f\n%swrite f 16k 512 io_uring\n", ops);
	struct ran r;

	if (prepare(&r, text)) {
		CHECK_EQ(run_image(&r, profile, NULL), 0);
		CHECK_EQ(r.set.writes[0].rec.attempts, cached ? 2 : 1);
	}
	finish(&r);
}

TEST(from_7_2_on_chattr_j_empties_the_cache)
{
	check_cached_behind("6.18", "chattr f +j\n", true);
	check_cached_behind("7.2", "chattr f +j\n", false);
	check_cached_behind("7.2", "chattr f -j\n", true); /* it changes nothing */
	check_cached_behind("7.2", "chattr f +S\n", true);
}

/* i_disksize when a write comes behind a buffered one, with the operations @before and @after that. */
static int64_t disksize_behind(const char *profile, const char *before, const char *after)
{
	_cleanup_free_ char *text = strf("create f\n%sbuffered f 4k 512\n%swrite f 0 4k\n", before, after);
	int64_t disksize = -1;
	struct ran r;

	if (prepare(&r, text)) {
		CHECK_EQ(run_image(&r, profile, NULL), 0);
		disksize = r.set.writes[0].rec.disksize;
	}
	finish(&r);
	return disksize;
}

TEST(a_change_of_chattr_j_writes_back)
{
	int64_t none = disksize_behind("6.12", "", "");

	if (none < 0)
		SKIP("no image: mke2fs is missing, or there is no space");
	CHECK_EQ(none, 0);
	CHECK_EQ(disksize_behind("6.12", "", "chattr f +j\n"), 4608);
	CHECK_EQ(disksize_behind("6.12", "chattr f +j\n", "chattr f -j\n"), 0);
	CHECK_EQ(disksize_behind("7.2", "chattr f +j\n", "chattr f -j\n"), 4608);
	CHECK_EQ(disksize_behind("7.2", "", "chattr f -j\n"), 0);
}

/* With fast commits the transaction of a synchronous fallocate stays open. */
TEST(what_a_synchronous_fallocate_commits_may_be_a_fast_commit)
{
	struct ran r;

	if (prepare(&r, "mkfs -b 4096 -O fast_commit\n"
			"create f\n"
			"sync\n"
			"chattr f +S\n"
			"fallocate f 4k 512\n"
			"write f 512 512\n")) {
		CHECK_EQ(run_image(&r, "7.3", NULL), 0);
		CHECK(r.set.writes[0].steps[0].map_flags & MAP_F_DIRTY);
	}
	finish(&r);
}

/* The limit cuts the write after its lock was chosen: an exclusive attempt, which comes to the timestamp. */
TEST(privileges_come_before_a_timestamp_that_refuses)
{
	struct ran r;

	if (prepare(&r, "mkfs -b 4096\n"
			"create f\n"
			"limit 512\n"
			"write f 0 512\n"
			"chmod f 2560\n"
			"chmod f 0\n"
			"write f 0 1k io_uring\n")) {
		CHECK_EQ(run_image(&r, "7.3", NULL), 0);
		CHECK_EQ(r.set.writes[1].rec.attempts, 2);
		CHECK_EQ(r.set.writes[1].rec.nosec, 1);
	}
	finish(&r);
}

TEST(promised_blocks_leave_fdatasync_nothing_to_write)
{
	check_flush("6.1", "write f 0 512\n", 0);
	check_flush("6.1", "write f 0 8k\n", 1); /* the size grows */
	check_flush("6.12", "write f 0 512\n", 1);
	check_flush("6.1", "write f 0 512 sync\n", 1); /* its timestamps */
}

TEST(a_hole_of_indirect_blocks_is_one_block_until_it_is_cached)
{
	check_first_round("7.2", "write f 48k 4k\n", 4096);
	check_first_round("7.3", "write f 48k 4k\n", 8192);
	/* what was cut off is not cached any more */
	check_first_round("7.3", "write f 48k 12k\ntruncate f 52k\n", 4096);
}

TEST(many_extents)
{
	run_one("mkfs -b 4096\n"
		"create f\n"
		"truncate f 16M\n"
		"repeat 1000\n"
		"write f 4096+*16384 4k\n"
		"end\n"
		"write f 0 4M\n"
		"create g\n"
		"fallocate g 0 8M\n"
		"repeat 300\n"
		"write g 512+*20480 1k\n"
		"end\n",
		"6.18");
}

TEST(large_writes)
{
	run_one("mkfs -b 4096\n"
		"create f\n"
		"truncate f 32M\n"
		"write f 0 32M\n"
		"write f 4M 8M\n"
		"create g\n"
		"write g 0 4M dsync\n",
		"6.18");
}

static size_t images_differ(const struct ran *a, const struct ran *b, const struct write_set *writes,
			    enum verdict verdict)
{
	struct diff diff = {0};
	size_t nr;

	CHECK_EQ(compare_images(a->img.path, b->img.path, writes, &diff, NULL), 0);
	nr = diff.by_verdict[verdict];
	CHECK_EQ(diff.nr, 1);
	diff_release(&diff);
	return nr;
}

/* The content of a write depends on the number of its line. */
TEST(contents_may_only_differ_where_one_write_raced_with_itself)
{
	struct write_step steps[] = {
		{.kind = STEP_BIO, .role = BIO_DATA, .len = 4096},
		{.kind = STEP_BIO, .role = BIO_ZERO_HEAD, .len = 4096},
	};
	struct write racer = {.rec.file = "f", .steps = steps, .nr_steps = 2};
	struct write_set writes = {.writes = &racer, .nr = 1};
	struct ran a, b;
	bool ready = prepare(&a, "create f\nwrite f 0 4k\n");

	ready &= prepare(&b, "create f\nsync\nwrite f 0 4k\n");
	if (ready) {
		run_checked(&a, "6.12");
		run_checked(&b, "6.12");
		CHECK_EQ(images_differ(&a, &b, &writes, VERDICT_ALLOWED), 1);
		CHECK_EQ(images_differ(&a, &b, &(struct write_set){0}, VERDICT_DIFFERENT), 1);
		strcpy(racer.rec.file, "g");
		CHECK_EQ(images_differ(&a, &b, &writes, VERDICT_DIFFERENT), 1);
	}
	finish(&a);
	finish(&b);
	if (!ready)
		SKIP("no image");
}

TEST(failures_leave_a_clean_image)
{
	run_all("mkfs -b 4096\n"
		"create f\n"
		"write f 0 16k fault\n"
		"write f 0 8k\n"
		"write f 9216 4k nowait\n"
		"truncate f 64k\n"
		"write f 16k 4k nowait\n"
		"limit 48k\n"
		"write f 44k 8k\n"
		"write f 48k 4k\n"
		"limit none\n"
		"chattr f +i\n"
		"write f 0 4k\n"
		"chattr f -i\n"
		"chattr f +S\n"
		"write f 0 4k\n"
		"chmod f 4755\n"
		"write f 0 4k\n");
}

/* The page cache faults in the middle of what was there: that stays. */
TEST(a_fault_leaves_what_was_there)
{
	run_all("mkfs -b 4096\nmount data=journal\n"
		"create f\n"
		"buffered f 0 16k\n"
		"write f 4k 8k fault\n");
}

TEST(no_space)
{
	struct ran r;

	if (!prepare(&r, "device loop size=16M\n"
			 "mkfs -b 4096\n"
			 "create f\n"
			 "write f 0 4M\n"
			 "write f 4M 12M\n"
			 "write f 4M 12M\n"
			 "write f 0 4M\n")) {
		finish(&r);
		SKIP("no image");
	}
	CHECK_EQ(run_image(&r, "6.18", NULL), 0);
	CHECK_EQ(r.results[2].ret, -ENOSPC);
	CHECK_EQ(r.results[4].ret, 4 << 20);
	CHECK_EQ(r.set.writes[1].rec.truncate, 1);
	CHECK_EQ(r.set.writes[1].rec.isize_after, 4 << 20);
	check_fsck(&r.img);
	finish(&r);
}

/* How many blocks the file has in the end. */
static uint64_t blocks_of_copy(const char *profile, const char *last)
{
	_cleanup_free_ char *text = strf("mkfs -b 1024 -O ^extents,^64bit\ncreate f\nwrite f 64k 512\n%s", last);
	struct ext2_inode inode = {0};
	ext2_filsys fs;
	ext2_ino_t ino;
	struct ran r;

	if (prepare(&r, text)) {
		CHECK_EQ(run_image(&r, profile, NULL), 0);
		CHECK_EQ(ext2fs_open(r.img.path, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs), 0);
		CHECK_EQ(ext2fs_lookup(fs, EXT2_ROOT_INO, "f", 1, NULL, &ino), 0);
		CHECK_EQ(ext2fs_read_inode(fs, ino, &inode), 0);
		CHECK_EQ(ext2fs_close(fs), 0);
	}
	finish(&r);
	return inode.i_blocks / 2;
}

/* Block 64 and its table; of the copy, the pages of the file that some of it came to, or from 6.15 on was to come to.
 */
TEST(a_copy_that_faults_leaves_the_page_that_it_came_to)
{
	CHECK_EQ(blocks_of_copy("6.12", "write f 512 8k fault\n"), 2 + 8);
	CHECK_EQ(blocks_of_copy("6.12", "write f 0 8k fault\n"), 2 + 4);
	CHECK_EQ(blocks_of_copy("6.18", "write f 0 8k fault\n"), 2 + 8);
}

/* Room for one block: the folio of two that is tried first leaves it free, or it is taken in the end. */
static int64_t last_block(const char *profile, bool single_pages)
{
	int64_t ret = 1;
	struct ran r;

	if (prepare(&r, "device loop size=32M\n"
			"mkfs -b 4096\n"
			"create filler\n"
			"fallocate filler 0 32740k\n"
			"punch filler 0 4k\n"
			"create f\n"
			"write f 0 84k\n"
			"buffered f 1040896 8k\n"
			"create h\n"
			"write h 4k 4k\n")) {
		r.go_on = true;
		r.single_pages = single_pages;
		CHECK_EQ(run_image(&r, profile, NULL), 0);
		ret = r.results[r.wl.nr_ops - 1].ret;
	}
	finish(&r);
	return ret;
}

TEST(a_try_after_no_room_asks_for_less_from_6_17_on)
{
	if (last_block("6.17", false) == 1)
		SKIP("no image");
	CHECK_EQ(last_block("6.16", false), 4096);
	CHECK_EQ(last_block("6.17", false), -ENOSPC);
}

TEST(neither_before_6_16_nor_without_huge_pages_are_there_folios)
{
	if (last_block("6.14", false) == 1)
		SKIP("no image");
	CHECK_EQ(last_block("6.14", false), -ENOSPC);
	CHECK_EQ(last_block("6.16", true), -ENOSPC);
}

static void check_moved(const struct ref_rules *rules, bool moved)
{
	struct errmsg err = {""};
	struct ran r;

	if (prepare(&r, "mkfs -b 4096 -O inline_data\n"
			"create d\n"
			"buffered d 0 40\n"
			"truncate d 8k\n"
			"write d 4k 4k\n")) {
		const struct ref_target target = target_of(&r);

		CHECK_EQ(ref_run(&r.wl, &target, rules, &r.set, r.results, &err), 0);
		CHECK_EQ(r.set.writes[0].rec.fallback, moved ? FALLBACK_NONE : FALLBACK_WHOLE);
		CHECK_EQ(r.set.writes[0].rec.extents, moved);
		check_fsck(&r.img);
		check_files(&r.img, &r.wl, r.results);
	}
	finish(&r);
}

TEST(a_file_that_outgrows_its_inode)
{
	check_moved(ref_rules_find("6.17"), false);
	check_moved(ref_rules_find("6.18"), true);
	check_moved(ref_rules_for_release("6.18.15+deb13-amd64").rules, false);
}

/* What RWF_DONTCACHE copied is written at once, and has left the inode, or waits for the flusher. */
TEST(dontcache_submits_until_7_2)
{
	static const struct {
		const char *profile;
		const char *mount;
		bool submits;
	} cases[] = {{"6.17", "", true}, {"7.0", "", true}, {"7.2", "", false}, {"6.18", "mount data=journal\n", true}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = strf("mkfs -b 4096 -O inline_data\n%s"
						 "create f\n"
						 "buffered f 0 1\n"
						 "write f 4k 512 dontcache\n"
						 "write f 512 512\n",
						 cases[i].mount);
		struct errmsg err = {""};
		struct ran r;

		if (prepare(&r, text)) {
			const struct ref_target target = target_of(&r);
			const struct ref_rules *rules = ref_rules_find(cases[i].profile);

			CHECK_EQ(ref_run(&r.wl, &target, rules, &r.set, r.results, &err), 0);
			CHECK_EQ(r.set.writes[1].rec.extents, cases[i].submits);
			check_files(&r.img, &r.wl, r.results);
		}
		finish(&r);
	}
}

/* ext4_write_inline_data_end() leaves i_datasync_tid where it is, unless the size moves. */
TEST(what_is_journalled_into_the_inode_is_for_fdatasync_when_it_grew)
{
	static const struct {
		const char *last;
		int commit;
	} cases[] = {{"write f 0 40 dsync\n", 0}, {"write f 0 40 sync\n", 1}, {"write f 0 41 dsync\n", 1}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = strf("mkfs -b 4096 -I 256 -O inline_data\n"
						 "mount data=journal\n"
						 "create f\n"
						 "buffered f 0 40\n"
						 "sync\n"
						 "%s",
						 cases[i].last);
		struct ran r;

		if (prepare(&r, text)) {
			CHECK_EQ(run_image(&r, "6.12", NULL), 0);
			CHECK_EQ(r.set.writes[0].rec.commit, cases[i].commit);
		}
		finish(&r);
	}
}

/* A page of the last block of what was added, which NOWAIT will not wait for, or none. */
TEST(fallocate_looks_at_its_last_block_until_7_2)
{
	static const struct {
		const char *profile;
		int64_t ret;
	} cases[] = {{"7.0", -EAGAIN}, {"7.2", 4096}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct errmsg err = {""};
		struct ran r;

		if (prepare(&r, "create f\n"
				"fallocate f 152k 4097\n"
				"write f 160k 512\n"
				"write f 156k 4k nowait\n")) {
			const struct ref_target target = target_of(&r);

			CHECK_EQ(ref_run(&r.wl, &target, ref_rules_find(cases[i].profile), &r.set, r.results, &err), 0);
			CHECK_EQ(r.results[3].ret, cases[i].ret);
		}
		finish(&r);
	}
}

TEST(refusals_are_sentences)
{
	static const struct {
		const char *mkfs, *says;
	} cases[] = {
		{"-O encrypt", "has the feature encrypt, which the reference does not know"},
		{"-O verity", "has the feature verity, which the reference does not know"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = strf("mkfs -b 4096 %s\ncreate f\n", cases[i].mkfs);
		struct errmsg err = {""};
		struct ran r;

		if (prepare(&r, text)) {
			CHECK_EQ(run_image(&r, "6.18", &err), -EOPNOTSUPP);
			CHECK(strstr(err.text, cases[i].says));
			CHECK(strstr(err.text, r.img.path) == err.text);
		}
		finish(&r);
	}
}

TEST(what_is_not_ext4_is_refused)
{
	struct errmsg err = {""};
	struct ran r;

	if (!prepare(&r, "create f\n"))
		return;
	CHECK(!truncate(r.img.path, 0));
	CHECK(!truncate(r.img.path, 1 << 20));
	CHECK(run_image(&r, "6.18", &err) < 0);
	CHECK(strstr(err.text, "is not an ext4 file system"));
	unlink(r.img.path);
	CHECK_EQ(run_image(&r, "6.18", &err), -ENOENT);
	finish(&r);
}

TEST(a_set_up_operation_that_fails_names_its_line)
{
	struct errmsg err = {""};
	struct ran r;

	if (!prepare(&r, "create f\ncreate f\n"))
		return;
	CHECK_EQ(run_image(&r, "6.18", &err), -EEXIST);
	CHECK_STR(err.text, "test.wl:2: create f: File exists");
	check_fsck(&r.img);
	finish(&r);
}

TEST(or_it_is_a_result_and_the_next_is_run)
{
	struct ran r;

	if (!prepare(&r, "create f\ncreate f\nwrite g 0 4k\nwrite f 0 4k\n"))
		return;
	r.go_on = true;
	CHECK_EQ(run_image(&r, "6.18", NULL), 0);
	CHECK_EQ(r.results[1].ret, -EEXIST);
	CHECK_EQ(r.results[2].ret, -ENOENT);
	CHECK_EQ(r.results[3].ret, 4096);
	CHECK_EQ(r.set.nr, 1);
	check_fsck(&r.img);
	finish(&r);
}

TEST_MAIN()
