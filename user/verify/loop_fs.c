// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/loop_fs.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "refimpl/refimpl.h"
#include "user/capture/capture.h"
#include "user/base/spawn.h"

#define MKFS_WORDS_MAX	   64
#define UMOUNT_PATIENCE_MS 10000
/* Any constant will do: both file systems of a comparison hash their directories alike. */
#define FS_UUID "d105c09e-0000-4000-8000-000000000001"

/* --- mkfs --- */

static bool has_option(const char *options, const char *option)
{
	const char *at = strstr(options, option);

	return at && (at == options || at[-1] == ' ');
}

/* A fixed UUID, no work left for later, and a block size that does not depend on the image's size. */
int loop_fs_mkfs(const char *path, uint64_t size, const char *options, const char *extended, struct errmsg *err)
{
	_cleanup_free_ char *seed = strf("hash_seed=" FS_UUID ",lazy_itable_init=0,lazy_journal_init=0%s%s",
					 *extended ? "," : "", extended);
	const char *argv[MKFS_WORDS_MAX + 16] = {"mkfs.ext4", "-q", "-F", "-U", FS_UUID, "-E", seed};
	_cleanup_free_ char *words = strdup(options), *said = NULL;
	_cleanup_free_ char *kibibytes = strf("%lluk", (unsigned long long)size >> 10);
	int n = 7, ret;

	if (!words || !seed || !kibibytes)
		return fail(err, -ENOMEM, "out of memory");
	if (!has_option(options, "-b")) {
		argv[n++] = "-b";
		argv[n++] = "4096";
	}
	for (char *save, *w = strtok_r(words, " ", &save); w && n < MKFS_WORDS_MAX; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n++] = path;
	if (size)
		argv[n++] = kibibytes;
	ret = spawn_wait(argv, &said, err);
	if (ret > 0)
		return fail(err, -EINVAL, "mkfs.ext4 %s: %s", options, spawn_first_line(said));
	return ret;
}

int loop_fs_on(struct loop_fs *fs, const struct loop_device *device, const struct workload *wl, struct errmsg *err)
{
	struct stat st;

	*fs = (struct loop_fs){.device = *device, .mount = -1, .wl = wl};
	if (fstat(device->fd, &st))
		return fail(err, -errno, "%s: %s", device->path, strerror(errno));
	fs->dev = kernel_dev(st.st_rdev);
	return 0;
}

int loop_fs_create(struct loop_fs *fs, const struct workload *wl, struct errmsg *err)
{
	struct loop_device device;
	int ret = loop_device_attach(&device, wl->device_size, wl->lbs, wl->writethrough, err);

	if (!ret)
		ret = loop_fs_mkfs(device.path, 0, wl->mkfs, "", err);
	if (!ret)
		ret = loop_fs_on(fs, &device, wl, err);
	if (ret) {
		loop_device_release(&device);
		*fs = LOOP_FS_NONE;
	}
	return ret;
}

/* --- mount --- */

/* What mount(8) takes for the file system, and is the mount's. */
static const struct {
	const char *name;
	unsigned int attr;
} mount_attrs[] = {
	{"defaults", 0},
	{"noatime", MOUNT_ATTR_NOATIME},
	{"strictatime", MOUNT_ATTR_STRICTATIME},
	{"relatime", MOUNT_ATTR_RELATIME},
	{"nodiratime", MOUNT_ATTR_NODIRATIME},
	{"nosuid", MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC},
};

/* One option, cut at its '='. */
static int set_option(int context, char *option, unsigned int *attrs)
{
	char *value = strchr(option, '=');

	for (size_t i = 0; i < ARRAY_SIZE(mount_attrs); i++)
		if (!strcmp(option, mount_attrs[i].name)) {
			*attrs |= mount_attrs[i].attr;
			return 0;
		}
	if (!value)
		return fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0);
	*value++ = '\0';
	return fsconfig(context, FSCONFIG_SET_STRING, option, value, 0);
}

static int configure(int context, const struct loop_fs *fs, const char *options, unsigned int *attrs)
{
	_cleanup_free_ char *words = strdup(options);
	int ret = words ? fsconfig(context, FSCONFIG_SET_STRING, "source", fs->device.path, 0) : -1;

	for (char *save, *w = words ? strtok_r(words, ",", &save) : NULL; w && !ret; w = strtok_r(NULL, ",", &save))
		ret = set_option(context, w, attrs);
	return ret ? ret : fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

/* The kernel's own words where it has any: "e ext4: Unknown parameter 'x'". What ext4 lacks, only its log says. */
static int mount_failed(int context, const struct loop_fs *fs, const char *options, int code, struct errmsg *err)
{
	char said[256] = "";

	if (read(context, said, sizeof(said) - 1) > 2)
		return fail(err, -code, "mount -o %s: %.*s", options, (int)strcspn(said + 2, "\n"), said + 2);
	return fail(err, -code, "mount -o %s, after mkfs %s: %s; the kernel's log may say why", options, fs->wl->mkfs,
		    strerror(code));
}

static int mount_with(struct loop_fs *fs, const char *options, struct errmsg *err)
{
	_cleanup_close_ int context = fsopen("ext4", FSOPEN_CLOEXEC);
	unsigned int attrs = 0;

	if (context < 0)
		return fail(err, -errno, "cannot mount ext4 (root is needed): %s", strerror(errno));
	if (configure(context, fs, options, &attrs))
		return mount_failed(context, fs, options, errno, err);
	fs->mount = fsmount(context, FSMOUNT_CLOEXEC, attrs);
	if (fs->mount < 0)
		return mount_failed(context, fs, options, errno, err);
	snprintf(fs->dir, sizeof(fs->dir), "/proc/self/fd/%d", fs->mount);
	return 0;
}

int loop_fs_mount(struct loop_fs *fs, struct errmsg *err)
{
	/* the journal commits when a workload says so, not every five seconds */
	const char *commit = strstr(fs->wl->mkfs, "^has_journal") ? "defaults" : "commit=300";
	_cleanup_free_ char *options = strf("%s%s%s", commit, *fs->wl->mount ? "," : "", fs->wl->mount);

	return options ? mount_with(fs, options, err) : fail(err, -ENOMEM, "out of memory");
}

int loop_fs_unmounted(const struct loop_fs *fs, struct errmsg *err)
{
	_cleanup_close_ int claim = loop_device_claim(&fs->device, UMOUNT_PATIENCE_MS);

	return claim < 0 ? fail(err, claim, "cannot unmount %s: %s", fs->device.path, strerror(-claim)) : 0;
}

int loop_fs_remount(void *ctx, struct errmsg *err)
{
	struct loop_fs *fs = ctx;
	int ret;

	closep(&fs->mount);
	fs->mount = -1;
	ret = loop_fs_unmounted(fs, err);
	return ret ? ret : loop_fs_mount(fs, err);
}

void loop_fs_release(struct loop_fs *fs)
{
	closep(&fs->mount);
	fs->mount = -1;
	loop_device_release(&fs->device);
}

/* --- what the device says of itself --- */

void loop_fs_target(const struct loop_fs *fs, const struct workload *wl, struct ref_target *target)
{
	*target = (struct ref_target){
		.path = fs->device.path,
		.lbs = loop_device_queue_value(&fs->device, "logical_block_size", wl->lbs),
		.dma_mask = loop_device_queue_value(&fs->device, "dma_alignment",
						    511), /* in sysfs since 6.0; 511 is the block layer's default */
		.dev_fua = loop_device_queue_value(&fs->device, "fua", 0),
		.dev_cache = !wl->writethrough,
		.single_pages = ref_kernel_has_single_pages(),
		.go_on = true,
	};
}
