// SPDX-License-Identifier: GPL-2.0-only
/* The lines before the first operation: scenario, device, mkfs and mount. */
#include "user/workload/parse.h"

#include <errno.h>

#define PAGE 4096

int parse_scenario(struct parser *p, const struct directive *d, const struct word *w)
{
	const char *end = p->next;
	struct word id, title;

	(void)w;
	if (!word_next(p, &id))
		return parse_bad(p, word_column(p, end), "%s needs an id", d->name);
	title = word_rest(p);
	return parse_text(p, &id, "the id", p->wl->id, sizeof(p->wl->id))
		       ?: parse_plain(p, &id, "an id", p->wl->id)
		       ?: parse_text(p, &title, "the title", p->wl->title, sizeof(p->wl->title));
}

static int set_lbs(struct parser *p, const struct word *value)
{
	int64_t lbs;

	if (parse_number(p, value, "lbs", 512, 4096, &lbs))
		return -EINVAL;
	if (lbs & (lbs - 1))
		return parse_bad(p, value->column, "lbs is 512, 1024, 2048 or 4096");
	p->wl->lbs = lbs;
	return 0;
}

static int set_device_size(struct parser *p, const struct word *value)
{
	int64_t size;

	if (parse_number(p, value, "the device's size", 1 << 20, WL_DEVICE_MAX, &size))
		return -EINVAL;
	if (size % PAGE)
		return parse_bad(p, value->column, "the device's size is not a multiple of 4096");
	p->wl->device_size = size;
	return 0;
}

static int set_cache(struct parser *p, const struct word *value)
{
	p->wl->writethrough = word_is(value, "writethrough");
	if (!p->wl->writethrough && !word_is(value, "writeback"))
		return parse_bad(p, value->column, "the cache is writeback or writethrough, not '%.*s'",
				 WORD_ARG(value));
	return 0;
}

static const struct device_key {
	const char *name;
	int (*parse)(struct parser *p, const struct word *value);
} device_keys[] = {
	{"lbs", set_lbs},
	{"size", set_device_size},
	{"cache", set_cache},
};

static int parse_device_key(struct parser *p, struct word *w, unsigned *seen)
{
	struct word value;
	bool has_value = word_split(w, &value);

	for (size_t i = 0; i < ARRAY_SIZE(device_keys); i++) {
		if (!word_is(w, device_keys[i].name))
			continue;
		if (!has_value)
			return parse_bad(p, w->column, "'%s' needs a value: %s=...", device_keys[i].name,
					 device_keys[i].name);
		if (*seen & 1u << i)
			return parse_bad(p, w->column, "'%s' is given twice", device_keys[i].name);
		*seen |= 1u << i;
		return device_keys[i].parse(p, &value);
	}
	return parse_bad(p, w->column, "'%.*s' is none of lbs= size= cache=", WORD_ARG(w));
}

int parse_device(struct parser *p, const struct directive *d, const struct word *w)
{
	const char *end = p->next;
	unsigned seen = 0;
	struct word word;

	(void)w;
	if (!word_next(p, &word))
		return parse_bad(p, word_column(p, end), "%s needs a kind: loop", d->name);
	if (!word_is(&word, "loop"))
		return parse_bad(p, word.column, "unknown kind of device '%.*s': only loop", WORD_ARG(&word));
	while (word_next(p, &word)) {
		if (parse_device_key(p, &word, &seen))
			return -EINVAL;
	}
	return 0;
}

int parse_options(struct parser *p, const struct directive *d, const struct word *w)
{
	char **options = d->nr == SETUP_MKFS ? &p->wl->mkfs : &p->wl->mount;
	const char *end = p->next;
	struct word text = word_rest(p);

	(void)w;
	if (!text.len)
		return parse_bad(p, word_column(p, end), "%s needs options", d->name);
	*options = strndup(text.text, text.len);
	return *options ? 0 : fail(p->err, -ENOMEM, "%s: no memory", p->name);
}
