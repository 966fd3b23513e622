// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "user/capture/mountinfo.h"
#include "user/base/util.h"

/* A machine of containers has thousands; what is not here is said to be unknown. */
#define MOUNTS_MAX 100
#define WORD_MAX   400

/* --- files of one line --- */

/* false: there is none, or it says nothing. */
static bool read_line(char *buf, size_t size, const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	if (!f || !fgets(buf, (int)size, f))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	for (size_t len = strlen(buf); len && buf[len - 1] == ' '; len--)
		buf[len - 1] = '\0';
	return buf[0];
}

static bool read_sys(char *buf, size_t size, const struct mount *m, const char *file)
{
	_cleanup_free_ char *path = strf("/sys/dev/block/%u:%u/%s", m->major, m->minor, file);

	return path && read_line(buf, size, path);
}

/* --- a mount --- */

/* What the device is made of: its maker's word, the file behind a loop device, the name of a mapping. */
static bool find_model(char *buf, size_t size, const struct mount *m)
{
	static const struct {
		const char *file, *before;
	} sources[] = {
		{"loop/backing_file", "loop device of "}, {"device/model", ""}, {"../device/model", ""},
		{"dm/name", "device mapper: "},		  {"md/level", "md, "},
	};
	char word[WORD_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if (!read_sys(word, sizeof(word), m, sources[i].file))
			continue;
		snprintf(buf, size, "%s%s", sources[i].before, word);
		return true;
	}
	return false;
}

/* mountinfo leaves out what is the default, and the default of data= may be in the superblock. */
static bool find_data_mode(char *buf, size_t size, const struct mount *m)
{
	const char *name = strrchr(m->source, '/');
	_cleanup_free_ char *path = strf("/proc/fs/ext4/%s/options", name ? name + 1 : m->source);
	_cleanup_fclose_ FILE *f = path ? fopen(path, "re") : NULL;

	while (f && fgets(buf, (int)size, f)) {
		buf[strcspn(buf, "\n")] = '\0';
		if (!strncmp(buf, "data=", 5))
			return true;
	}
	return false;
}

/* --- its lines --- */

static int set_word(struct meta *header, const struct mount *m, const char *word, const char *value)
{
	char key[64];

	snprintf(key, sizeof(key), META_DEV "%u:%u.%s", m->major, m->minor, word);
	return meta_set(header, key, value);
}

/* Both lists begin with rw or ro, which mostly says the same. */
static const char *without_mode(const struct mount *m)
{
	return m->of_super[2] == ',' && !strncmp(m->options, m->of_super, 2) ? m->of_super + 3 : m->of_super;
}

static int describe_options(struct meta *header, const struct mount *m)
{
	_cleanup_free_ char *all = NULL;
	char data[64];
	bool add = !strstr(m->of_super, "data=") && find_data_mode(data, sizeof(data), m);

	all = strf("%s,%s%s%s", m->options, without_mode(m), add ? "," : "", add ? data : "");
	return all ? set_word(header, m, META_DEV_OPTIONS, all) : -ENOMEM;
}

static int describe_mount(struct meta *header, const struct mount *m)
{
	char model[WORD_MAX + 32];
	int ret = set_word(header, m, META_DEV_NAME, m->source);

	if (!ret)
		ret = set_word(header, m, META_DEV_MOUNT, m->where);
	if (!ret)
		ret = describe_options(header, m);
	if (!ret && find_model(model, sizeof(model), m))
		ret = set_word(header, m, META_DEV_MODEL, model);
	return ret;
}

/* --- all of them --- */

struct describing {
	struct meta *header;
	unsigned int nr;
};

/* The first mount of a file system stands for all. */
static bool is_described(const struct meta *header, const struct mount *m)
{
	char key[64];

	snprintf(key, sizeof(key), META_DEV "%u:%u." META_DEV_NAME, m->major, m->minor);
	return meta_get(header, key);
}

static int take_mount(const struct mount *m, void *ctx)
{
	struct describing *d = ctx;

	if (strcmp(m->type, "ext4") != 0 || d->nr == MOUNTS_MAX || is_described(d->header, m))
		return 0;
	d->nr++;
	return describe_mount(d->header, m);
}

int machine_describe(struct meta *header)
{
	struct describing d = {.header = header};
	struct utsname u;
	int ret = uname(&u) ? 0 : meta_set(header, META_HOST, u.nodename);

	if (!ret)
		ret = meta_set(header, META_VERSION, DIOSCOPE_VERSION);
	return ret ? ret : mounts_each(take_mount, &d);
}
