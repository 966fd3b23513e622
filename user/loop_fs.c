// SPDX-License-Identifier: GPL-2.0-only
#include "user/loop_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "user/capture.h"
#include "user/spawn.h"

#define MKFS_WORDS_MAX 64
#define LOOP_TRIES     16
/* Any constant will do: both file systems of a comparison hash their directories alike. */
#define FS_UUID "d105c09e-0000-4000-8000-000000000001"

int loop_fs_private_mounts(struct errmsg *err)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fail(err, -errno, "cannot make a private mount namespace (root is needed): %s", strerror(errno));
	return 0;
}

/* --- the image and its device --- */

static int open_image(uint64_t size, struct errmsg *err)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (!dir || !*dir)
		dir = "/var/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(err, -errno, "cannot create an image in '%s': %s", dir, strerror(errno));
	/* all of it now: running out of space later would look like an I/O error */
	if (fallocate(fd, 0, 0, size)) {
		int ret = fail(err, -errno, "no room for an image of %llu MiB in '%s': %s (TMPDIR says where)",
			       (unsigned long long)size >> 20, dir, strerror(errno));
		close(fd);
		return ret;
	}
	return fd;
}

/* The device stays ours between finding and configuring it only by luck: another may take it, so try again. */
static int attach(struct loop_fs *fs, int image, uint32_t lbs, struct errmsg *err)
{
	struct loop_config config = {.fd = image, .block_size = lbs, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
	_cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		return fail(err, -errno, "cannot use loop devices: /dev/loop-control: %s", strerror(errno));
	for (int i = 0; i < LOOP_TRIES; i++) {
		int nr = ioctl(control, LOOP_CTL_GET_FREE);

		if (nr < 0)
			return fail(err, -errno, "no free loop device: %s", strerror(errno));
		snprintf(fs->device, sizeof(fs->device), "/dev/loop%d", nr);
		fs->fd = open(fs->device, O_RDWR | O_CLOEXEC);
		if (fs->fd < 0)
			return fail(err, -errno, "cannot open %s: %s", fs->device, strerror(errno));
		if (!ioctl(fs->fd, LOOP_CONFIGURE, &config))
			return 0;
		closep(&fs->fd);
		fs->fd = -1;
		if (errno != EBUSY)
			return fail(err, -errno, "cannot set up %s: %s", fs->device, strerror(errno));
	}
	return fail(err, -EBUSY, "other programs took every free loop device");
}

static void queue_path(const struct loop_fs *fs, const char *attribute, char *path, size_t size)
{
	snprintf(path, size, "/sys/block/%s/queue/%s", fs->device + strlen("/dev/"), attribute);
}

static int write_cache(const char *path, bool writethrough)
{
	const char *value = writethrough ? "write through" : "write back";
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

/* Waits until its end of the pipe says that we are gone, in whatever way, and puts the setting back. */
static void guard_main(int pipe_end, const char *path)
{
	char byte;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	prctl(PR_SET_NAME, "dioscope-guard");
	dup2(pipe_end, 0);
	close_range(1, ~0u, 0); /* also our hold on the device */
	while (read(0, &byte, 1) > 0)
		;
	_exit(write_cache(path, false) ? 1 : 0);
}

/*
 * A device's setting outlives the image, and would tell its next user that there is no cache to flush. So a process is
 * left to put it back even after a kill -9 of this one.
 */
static int guard_cache(struct loop_fs *fs, const char *path, struct errmsg *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	fs->guard = fork();
	if (!fs->guard) {
		close(fds[1]);
		guard_main(fds[0], path);
	}
	close(fds[0]);
	fs->guard_pipe = fds[1];
	if (fs->guard < 0) {
		close(fds[1]);
		return fail(err, -errno, "cannot fork: %s", strerror(errno));
	}
	return 0;
}

static int set_cache(struct loop_fs *fs, bool writethrough, struct errmsg *err)
{
	char path[96];
	int ret = 0;

	queue_path(fs, "write_cache", path, sizeof(path));
	if (writethrough)
		ret = guard_cache(fs, path, err);
	if (ret)
		return ret;
	ret = write_cache(path, writethrough);
	return ret ? fail(err, ret, "cannot set the cache of %s: %s", fs->device, strerror(-ret)) : 0;
}

static void release_guard(struct loop_fs *fs)
{
	if (fs->guard <= 0)
		return;
	close(fs->guard_pipe);
	waitpid(fs->guard, NULL, 0);
	fs->guard = 0;
}

/* --- mkfs --- */

static bool has_option(const char *options, const char *option)
{
	const char *at = strstr(options, option);

	return at && (at == options || at[-1] == ' ');
}

/* A fixed UUID, no work left for later, and a block size that does not depend on the image's size. */
static int mkfs(const struct loop_fs *fs, const char *options, struct errmsg *err)
{
	static const char seed[] = "hash_seed=" FS_UUID ",lazy_itable_init=0,lazy_journal_init=0";
	const char *argv[MKFS_WORDS_MAX + 16] = {"mkfs.ext4", "-q", "-F", "-U", FS_UUID, "-E", seed};
	_cleanup_free_ char *words = strdup(options), *said = NULL;
	int n = 7, ret;

	if (!words)
		return fail(err, -ENOMEM, "out of memory");
	if (!has_option(options, "-b")) {
		argv[n++] = "-b";
		argv[n++] = "4096";
	}
	for (char *save, *w = strtok_r(words, " ", &save); w && n < MKFS_WORDS_MAX; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n++] = fs->device;
	ret = spawn_wait(argv, &said, err);
	if (ret > 0)
		return fail(err, -EINVAL, "mkfs.ext4 %s: %s", options, spawn_first_line(said));
	return ret;
}

int loop_fs_create(struct loop_fs *fs, const struct workload *wl, struct errmsg *err)
{
	struct stat st;
	int image, ret;

	*fs = (struct loop_fs){.fd = -1, .wl = wl};
	image = open_image(wl->device_size, err);
	if (image < 0)
		return image;
	ret = attach(fs, image, wl->lbs, err);
	close(image);
	if (!ret)
		ret = set_cache(fs, wl->writethrough, err);
	if (!ret)
		ret = mkfs(fs, wl->mkfs, err);
	if (!ret && fstat(fs->fd, &st))
		ret = fail(err, -errno, "%s: %s", fs->device, strerror(errno));
	if (ret) {
		loop_fs_release(fs);
		return ret;
	}
	fs->dev = kernel_dev(st.st_rdev);
	return 0;
}

/* --- mount --- */

static int run_mount(const struct loop_fs *fs, struct errmsg *err)
{
	/* the journal commits when a workload says so, not every five seconds */
	const char *commit = strstr(fs->wl->mkfs, "^has_journal") ? "defaults" : "commit=300";
	_cleanup_free_ char *options = strf("%s%s%s", commit, *fs->wl->mount ? "," : "", fs->wl->mount);
	const char *argv[] = {"mount", "-t", "ext4", "-o", options, fs->device, fs->dir, NULL};
	_cleanup_free_ char *said = NULL;
	int ret = options ? spawn_wait(argv, &said, err) : fail(err, -ENOMEM, "out of memory");

	return ret > 0 ? fail(err, -EINVAL, "mount -o %s: %s", options, spawn_first_line(said)) : ret;
}

/* Any directory will do: the mount hides it from this process alone. None has to be made, so none is left behind. */
static const char *mount_point(void)
{
	static const char *const points[] = {"/mnt", "/media", "/tmp"};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		if (!stat(points[i], &st) && S_ISDIR(st.st_mode))
			return points[i];
	return "/";
}

int loop_fs_mount(struct loop_fs *fs, struct errmsg *err)
{
	int ret;

	fs->dir = mount_point();
	ret = run_mount(fs, err);
	if (ret)
		fs->dir = NULL;
	return ret;
}

int loop_fs_umount(struct loop_fs *fs, struct errmsg *err)
{
	if (!fs->dir)
		return 0;
	if (umount2(fs->dir, 0))
		return fail(err, -errno, "cannot unmount %s: %s", fs->device, strerror(errno));
	fs->dir = NULL;
	return 0;
}

int loop_fs_remount(void *ctx, struct errmsg *err)
{
	struct loop_fs *fs = ctx;

	if (umount2(fs->dir, 0))
		return fail(err, -errno, "cannot unmount %s: %s", fs->device, strerror(errno));
	return run_mount(fs, err);
}

void loop_fs_release(struct loop_fs *fs)
{
	if (fs->dir && umount2(fs->dir, 0))
		umount2(fs->dir, MNT_DETACH);
	fs->dir = NULL;
	if (fs->fd >= 0)
		close(fs->fd);
	fs->fd = -1;
	release_guard(fs);
}

/* --- what the device says of itself --- */

static long queue_value(const struct loop_fs *fs, const char *attribute, long fallback)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[96];
	long value;

	queue_path(fs, attribute, path, sizeof(path));
	f = fopen(path, "re");
	return f && fscanf(f, "%ld", &value) == 1 ? value : fallback;
}

void loop_fs_target(const struct loop_fs *fs, const struct workload *wl, struct ref_target *target)
{
	*target = (struct ref_target){
		.path = fs->device,
		.lbs = queue_value(fs, "logical_block_size", wl->lbs),
		.dma_mask = queue_value(fs, "dma_alignment",
					511), /* in sysfs since 6.0; 511 is the block layer's default */
		.dev_fua = queue_value(fs, "fua", 0),
		.dev_cache = !wl->writethrough,
	};
}
