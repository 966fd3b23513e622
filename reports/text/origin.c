// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/origin.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/text/render.h"

#define UNKNOWN "unknown"

static bool is_recording(const struct write_set *set)
{
	const char *engine = meta_get(&set->header, META_ENGINE);

	return engine && !strcmp(engine, "kernel");
}

static const char *or_unknown(const char *value)
{
	return value && *value ? value : UNKNOWN;
}

/* --- devices --- */

#define DEVICES_NAMED 8

static struct devices find_devices(const struct write_set *set)
{
	struct devices d = set->devices;

	for (size_t i = 0; i < set->nr && !set->devices.nr; i++)
		devices_add(&d, &set->writes[i].rec);
	devices_sort(&d);
	for (; d.nr > DEVICES_NAMED; d.nr--)
		d.more += d.list[d.nr - 1].writes;
	return d;
}

static const char *device_word(const struct meta *header, uint32_t dev, const char *word)
{
	char key[64];

	snprintf(key, sizeof(key), META_DEV "%u:%u.%s", dev >> 20, dev & 0xfffff, word);
	return meta_get(header, key);
}

static int put_device(const struct write_set *set, uint32_t dev, origin_fn row, void *ctx)
{
	const struct meta *h = &set->header;
	const char *where = device_word(h, dev, META_DEV_MOUNT);
	_cleanup_free_ char *device = strf("%s (%u:%u), model: %s", or_unknown(device_word(h, dev, META_DEV_NAME)),
					   dev >> 20, dev & 0xfffff, or_unknown(device_word(h, dev, META_DEV_MODEL)));
	_cleanup_free_ char *mount =
		where ? strf("%s: %s", where, or_unknown(device_word(h, dev, META_DEV_OPTIONS))) : strf(UNKNOWN);

	if (!device || !mount)
		return -ENOMEM;
	row(ctx, "device", device);
	row(ctx, "mounted", mount);
	return 0;
}

static int put_devices(const struct write_set *set, origin_fn row, void *ctx)
{
	struct devices d = find_devices(set);
	_cleanup_free_ char *more = d.more ? strf("and others, of %s", counted(d.more, "write").text) : NULL;
	int ret = 0;

	for (size_t i = 0; i < d.nr && !ret; i++)
		ret = put_device(set, d.list[i].dev, row, ctx);
	if (more)
		row(ctx, "device", more);
	return ret;
}

/* --- rows --- */

static void put_duration(const struct write_set *set, origin_fn row, void *ctx)
{
	uint64_t ns = meta_u64(&set->trailer, META_DURATION, UINT64_MAX);
	char text[32];

	row(ctx, "duration", ns == UINT64_MAX ? UNKNOWN : format_time(ns, text, sizeof(text)));
}

int origin_rows(const struct write_set *set, origin_fn row, void *ctx)
{
	static const struct {
		const char *label, *key;
		bool always;		  /* of a recording, even when it does not say */
		const char *of_reference; /* label there; NULL: the same */
	} lines[] = {
		{"shown", META_SELECTED, false, NULL},	  {"engine", META_ENGINE, false, NULL},
		{"kernel", META_KERNEL, false, NULL},	  {"machine", META_MACHINE, false, NULL},
		{"host", META_HOST, true, NULL},	  {"dioscope", META_VERSION, true, NULL},
		{"profile", META_PROFILE, false, NULL},	  {"tier", META_TIER, false, NULL},
		{"filter", META_DEVICE, false, "device"}, {"command", META_COMMAND, false, NULL},
		{"started", META_STARTED, false, NULL},	  {"segment", META_SEGMENT, false, NULL},
	};
	bool recording = is_recording(set);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *value = meta_get(&set->header, lines[i].key);

		if (value && *value)
			row(ctx, recording || !lines[i].of_reference ? lines[i].label : lines[i].of_reference, value);
		else if (recording && lines[i].always)
			row(ctx, lines[i].label, UNKNOWN);
	}
	if (!recording)
		return 0;
	put_duration(set, row, ctx);
	return put_devices(set, row, ctx);
}

/* --- what cannot be seen --- */

static bool has_prefix(const char *key, const char *prefix)
{
	return !strncmp(key, prefix, strlen(prefix));
}

/* "writes of a; writes of b": NULL when there is none or memory is out, which *ret tells. */
static char *blind_list(const struct meta *header, int *ret)
{
	char *list = NULL;

	for (size_t i = 0; i < header->nr && !*ret; i++) {
		_cleanup_free_ char *before = list;

		if (!has_prefix(header->lines[i].key, META_BLIND)) {
			before = NULL;
			continue;
		}
		list = strf("%s%s%s", before ? before : "", before ? "; " : "", header->lines[i].value);
		*ret = list ? 0 : -ENOMEM;
	}
	return list;
}

int unseen_sentences(const struct meta *header, const struct meta *trailer, unseen_fn row, void *ctx)
{
	uint64_t others = meta_u64(trailer, META_OTHER_FS, 0);
	int ret = 0;
	_cleanup_free_ char *blind = blind_list(header, &ret);
	_cleanup_free_ char *text = blind ? strf("this recording cannot see: %s", blind) : NULL;
	_cleanup_free_ char *other = strf("%s of other file systems %s not recorded",
					  counted(others, "direct write").text, others == 1 ? "was" : "were");

	if (ret || (blind && !text) || !other)
		return -ENOMEM;
	if (text)
		row(ctx, text);
	if (others)
		row(ctx, other);
	return 0;
}

/* --- no write at all --- */

/* data=journal is among the options of a mount that was there; the recording may have been of this one. */
static const char *journalled_mount(const struct meta *header)
{
	for (size_t i = 0; i < header->nr; i++) {
		const char *key = header->lines[i].key;
		uint32_t major, minor;

		if (has_prefix(key, META_DEV) && strstr(header->lines[i].value, "data=journal") &&
		    sscanf(key, META_DEV "%" SCNu32 ":%" SCNu32 "." META_DEV_OPTIONS, &major, &minor) == 2)
			return device_word(header, major << 20 | minor, META_DEV_MOUNT);
	}
	return NULL;
}

char *no_writes_sentence(const struct write_set *set)
{
	static const char seen[] = "no O_DIRECT write to ext4 was seen";
	const char *journalled = journalled_mount(&set->header);
	int ret = 0;
	_cleanup_free_ char *blind = blind_list(&set->header, &ret);

	if (ret)
		return NULL;
	if (journalled)
		return strf("%s: '%s' is mounted data=journal, where each of them is a buffered write", seen,
			    journalled);
	if (blind)
		return strf("%s: there was none (buffered writes are not recorded), or it was one of those that this "
			    "recording cannot see: %s",
			    seen, blind);
	return strf("%s: there was none, buffered writes are not recorded", seen);
}
