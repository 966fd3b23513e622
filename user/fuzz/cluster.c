// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/cluster.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "user/base/array.h"
#include "user/base/util.h"

#define KNOWN_MAX (1u << 20)

/* --- keys --- */

/* A digit that begins a number, and not one inside a word such as "O_DSYNC2". */
static bool begins_number(const char *text, const char *at)
{
	return isdigit((unsigned char)*at) && (at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_'));
}

char *finding_shape(const char *value)
{
	const char *colon = strstr(value, ": "), *from = colon ? colon + 2 : value;
	char *shape = malloc(strlen(from) + 1), *to = shape;

	for (const char *at = from; shape && *at;) {
		if (!begins_number(from, at)) {
			*to++ = *at++;
			continue;
		}
		*to++ = *at == '0' && !isalnum((unsigned char)at[1]) ? '0' : 'N';
		while (isalnum((unsigned char)*at))
			at++;
	}
	if (shape)
		*to = '\0';
	return shape;
}

/* Of the findings that are differences, the operation of the first; 0 when they are all about the images. */
static uint32_t first_op(const struct diff *d, size_t *nr)
{
	uint32_t first = 0;

	*nr = 0;
	for (size_t i = 0; i < d->nr; i++) {
		const struct finding *f = &d->findings[i];

		if (f->verdict != VERDICT_DIFFERENT)
			continue;
		++*nr;
		if (f->op && (!first || f->op < first))
			first = f->op;
	}
	return first;
}

/* --- parts of a key, one for each finding --- */

#define BETWEEN_PARTS "; "

static size_t part_len(const char *part)
{
	const char *end = strstr(part, BETWEEN_PARTS);

	return end ? (size_t)(end - part) : strlen(part);
}

/* The part behind @part; NULL: it is the last. */
static const char *next_part(const char *part)
{
	part += part_len(part);
	return *part ? part + strlen(BETWEEN_PARTS) : NULL;
}

static bool has_part(const char *key, const char *part, size_t len)
{
	for (const char *at = key; at; at = next_part(at))
		if (part_len(at) == len && !strncmp(at, part, len))
			return true;
	return false;
}

static bool has_all_parts(const char *key, const char *parts)
{
	for (const char *part = parts; part; part = next_part(part))
		if (!has_part(key, part, part_len(part)))
			return false;
	return true;
}

/* --- keys of findings --- */

static char *append_finding(char *key, const struct finding *f)
{
	_cleanup_free_ char *a = finding_shape(f->a_value ? f->a_value : "");
	_cleanup_free_ char *b = finding_shape(f->b_value ? f->b_value : "");
	char *part = a && b ? strf("%s %s|%s", f->what, a, b) : NULL, *longer;

	if (part && has_part(key, part, strlen(part))) { /* two files that differ alike */
		free(part);
		return key;
	}
	longer = part ? strf("%s%s%s", key, *key ? BETWEEN_PARTS : "", part) : NULL;
	free(part);
	free(key);
	return longer;
}

/* What a file shows and nobody wrote is a kind of its own, whatever else differs. */
static bool exposes(const struct finding *f)
{
	return f->verdict == VERDICT_DIFFERENT && !strcmp(f->what, "exposes");
}

static bool any_exposes(const struct diff *d)
{
	for (size_t i = 0; i < d->nr; i++)
		if (exposes(&d->findings[i]))
			return true;
	return false;
}

char *finding_key(const struct diff *d)
{
	size_t nr;
	uint32_t op = first_op(d, &nr);
	bool exposed = any_exposes(d);
	char *key = nr ? strdup("") : NULL;

	for (size_t i = 0; i < d->nr && key; i++) {
		const struct finding *f = &d->findings[i];

		if (exposed ? exposes(f) : f->verdict == VERDICT_DIFFERENT && f->op == op)
			key = append_finding(key, f);
	}
	return key;
}

/* --- clusters --- */

/* The known difference that is in @key as a whole, and @part of it. */
static struct cluster *known_with_part(struct clusters *c, const char *key, const char *part)
{
	for (size_t i = 0; i < c->nr; i++)
		if (c->all[i].cause && has_part(c->all[i].key, part, part_len(part)) &&
		    has_all_parts(key, c->all[i].key))
			return &c->all[i];
	return NULL;
}

/* Several known differences in one workload, and nothing else: the first. */
static struct cluster *made_of_known(struct clusters *c, const char *key)
{
	for (const char *part = key; part; part = next_part(part))
		if (!known_with_part(c, key, part))
			return NULL;
	return known_with_part(c, key, key);
}

struct cluster *clusters_find(struct clusters *c, const char *key)
{
	for (size_t i = 0; i < c->nr; i++)
		if (!strcmp(c->all[i].key, key))
			return &c->all[i];
	return made_of_known(c, key);
}

struct cluster *clusters_add(struct clusters *c, const char *key)
{
	struct cluster *all = array_grow(c->all, c->nr, sizeof(*all));

	if (!all)
		return NULL;
	c->all = all;
	all[c->nr] = (struct cluster){.key = strdup(key)};
	return all[c->nr].key ? &all[c->nr++] : NULL;
}

size_t clusters_unlisted(const struct clusters *c)
{
	size_t nr = 0;

	for (size_t i = 0; i < c->nr; i++)
		nr += c->all[i].nr && !c->all[i].cause;
	return nr;
}

void clusters_release(struct clusters *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		free(c->all[i].key);
		free(c->all[i].cause);
		free(c->all[i].text);
		free(c->all[i].facts);
	}
	free(c->all);
	*c = (struct clusters){0};
}

/* --- what is known --- */

static char *trim(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	for (len = strlen(text); len && isspace((unsigned char)text[len - 1]);)
		text[--len] = '\0';
	return text;
}

static int take_known(struct clusters *c, const char *path, unsigned int nr, char *line, struct errmsg *err)
{
	char *cause = strchr(line, '#'), *key;
	struct cluster *known;

	if (cause)
		*cause++ = '\0';
	key = trim(line);
	if (!*key)
		return 0;
	if (!cause || !*trim(cause))
		return fail(err, -EINVAL, "%s:%u: a known difference needs a cause: KEY # CAUSE", path, nr);
	if (clusters_find(c, key))
		return fail(err, -EINVAL, "%s:%u: this difference is listed twice", path, nr);
	known = clusters_add(c, key);
	if (known)
		known->cause = strdup(trim(cause));
	return known && known->cause ? 0 : fail(err, -ENOMEM, "out of memory");
}

int clusters_load_known(struct clusters *c, const char *path, struct errmsg *err)
{
	_cleanup_free_ char *text = NULL;
	unsigned int nr = 0;
	size_t len;
	int ret = read_file(path, KNOWN_MAX, &text, &len, err);

	for (char *line = ret ? NULL : text, *end; line && !ret; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		ret = take_known(c, path, ++nr, line, err);
	}
	return ret;
}
