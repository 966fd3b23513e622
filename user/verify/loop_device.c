// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/loop_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define LOOP_TRIES    16
#define CLAIM_POLL_MS 1 /* the kernel closes a mount a moment after its last descriptor */
/* others look at a device that has just come up */
#define CLAIM_PATIENCE_MS 1000

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
static int attach(struct loop_device *d, int image, uint32_t lbs, struct errmsg *err)
{
	struct loop_config config = {.fd = image, .block_size = lbs, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
	_cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		return fail(err, -errno, "cannot use loop devices: /dev/loop-control: %s", strerror(errno));
	for (int i = 0; i < LOOP_TRIES; i++) {
		int nr = ioctl(control, LOOP_CTL_GET_FREE);

		if (nr < 0)
			return fail(err, -errno, "no free loop device: %s", strerror(errno));
		snprintf(d->path, sizeof(d->path), "/dev/loop%d", nr);
		d->fd = open(d->path, O_RDWR | O_CLOEXEC);
		if (d->fd < 0)
			return fail(err, -errno, "cannot open %s: %s", d->path, strerror(errno));
		if (!ioctl(d->fd, LOOP_CONFIGURE, &config))
			return 0;
		closep(&d->fd);
		d->fd = -1;
		if (errno != EBUSY)
			return fail(err, -errno, "cannot set up %s: %s", d->path, strerror(errno));
	}
	return fail(err, -EBUSY, "other programs took every free loop device");
}

int loop_device_claim(const struct loop_device *d, unsigned int patience_ms)
{
	const struct timespec pause = {.tv_nsec = CLAIM_POLL_MS * 1000000l};

	for (unsigned int waited_ms = 0;; waited_ms += CLAIM_POLL_MS) {
		int fd = open(d->path, O_RDWR | O_EXCL | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		if (errno != EBUSY || waited_ms >= patience_ms)
			return -errno;
		nanosleep(&pause, NULL);
	}
}

/* --- what its queue says, and is told --- */

#define WRITE_BACK    "write back"
#define WRITE_THROUGH "write through"

static void queue_path(const struct loop_device *d, const char *attribute, char *path, size_t size)
{
	snprintf(path, size, "/sys/block/%s/queue/%s", d->path + strlen("/dev/"), attribute);
}

long loop_device_queue_value(const struct loop_device *d, const char *attribute, long fallback)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[96];
	long value;

	queue_path(d, attribute, path, sizeof(path));
	f = fopen(path, "re");
	return f && fscanf(f, "%ld", &value) == 1 ? value : fallback;
}

/* The setting in words of static storage; NULL: sysfs does not say. */
static const char *cache_setting(const struct loop_device *d)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[96], line[32];

	queue_path(d, "write_cache", path, sizeof(path));
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return NULL;
	return !strcmp(line, WRITE_BACK "\n") ? WRITE_BACK : WRITE_THROUGH;
}

/*
 * To be written while nothing is under way on the device: the kernel takes the lock of the queue's limits and then
 * waits for all requests, and from 6.12 on a request of a loop device whose file cannot zero a range (tmpfs) takes that
 * lock. Both would wait for ever. Who zeroes or discards has claimed the device (mkfs, a file system), so claim it;
 * what is dirty in its page cache goes first.
 */
static int set_cache(const struct loop_device *d, const char *setting)
{
	_cleanup_close_ int claim = loop_device_claim(d, CLAIM_PATIENCE_MS);
	_cleanup_close_ int fd = -1;
	char path[96];

	if (claim < 0)
		return claim;
	fsync(claim); /* when it fails, too, nothing is under way */
	queue_path(d, "write_cache", path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, setting, strlen(setting)) < 0 ? -errno : 0;
}

/* --- the guard --- */

/*
 * Waits until its end of the pipe says that we are gone, in whatever way, and what we forked with us. The file system
 * may stay on the device for a moment longer.
 */
static void guard_main(const struct loop_device *d, int pipe_end, const char *setting)
{
	int ret;
	char byte;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	prctl(PR_SET_NAME, "dioscope-guard");
	dup2(pipe_end, STDIN_FILENO);
	dup2(d->fd, STDOUT_FILENO); /* attached as long as we live */
	close_range(STDERR_FILENO, ~0u, 0);
	if (chdir("/"))
		_exit(1);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	do
		ret = set_cache(d, setting);
	while (ret == -EBUSY);
	_exit(ret ? 1 : 0);
}

/* From here on @setting comes back. */
static int start_guard(struct loop_device *d, const char *setting, struct errmsg *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	d->guard = fork();
	if (!d->guard) {
		close(fds[1]);
		guard_main(d, fds[0], setting);
	}
	close(fds[0]);
	d->guard_pipe = fds[1];
	if (d->guard < 0) {
		d->guard = 0;
		close(fds[1]);
		return fail(err, -errno, "cannot fork: %s", strerror(errno));
	}
	return 0;
}

static int want_cache(struct loop_device *d, const char *wanted, struct errmsg *err)
{
	const char *found = cache_setting(d);
	int ret;

	if (found == wanted)
		return 0;
	if (!found)
		return fail(err, -ENOENT, "cannot read the cache setting of %s: is /sys mounted?", d->path);
	ret = start_guard(d, found, err);
	if (ret)
		return ret;
	ret = set_cache(d, wanted);
	return ret ? fail(err, ret, "cannot set the cache of %s: %s", d->path, strerror(-ret)) : 0;
}

static void end_guard(struct loop_device *d)
{
	int status = 0;

	if (!d->guard)
		return;
	close(d->guard_pipe);
	if (waitpid(d->guard, &status, 0) == d->guard && status)
		fprintf(stderr, "dioscope: cannot put back the cache setting of %s\n", d->path);
	d->guard = 0;
}

/* --- all of it --- */

int loop_device_attach_file(struct loop_device *d, int image, uint32_t lbs, bool writethrough, struct errmsg *err)
{
	int ret;

	*d = (struct loop_device){.fd = -1};
	snprintf(d->image, sizeof(d->image), "/proc/%d/fd/%d", getpid(), image);
	ret = attach(d, image, lbs, err);
	return ret ? ret : want_cache(d, writethrough ? WRITE_THROUGH : WRITE_BACK, err);
}

int loop_device_attach(struct loop_device *d, uint64_t size, uint32_t lbs, bool writethrough, struct errmsg *err)
{
	int image = open_image(size, err), ret;

	*d = (struct loop_device){.fd = -1};
	if (image < 0)
		return image;
	ret = loop_device_attach_file(d, image, lbs, writethrough, err);
	d->own_image = image;
	return ret;
}

void loop_device_release(struct loop_device *d)
{
	closep(&d->fd);
	d->fd = -1;
	if (d->own_image)
		closep(&d->own_image);
	d->own_image = 0;
	*d->image = '\0';
	end_guard(d);
}
