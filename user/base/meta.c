// SPDX-License-Identifier: GPL-2.0-only
#include "user/base/meta.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "user/base/util.h"

/* A trace needs some thirty lines. The bound keeps the search for duplicates cheap on a hostile file. */
#define META_LINES_MAX 1024

void meta_release(struct meta *m)
{
	for (size_t i = 0; i < m->nr; i++) {
		free(m->lines[i].key);
		free(m->lines[i].value);
	}
	free(m->lines);
	*m = (struct meta){0};
}

static bool key_is_valid(const char *key, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._:-";

	return len && strspn(key, allowed) >= len;
}

static struct meta_line *meta_find(const struct meta *m, const char *key)
{
	for (size_t i = 0; i < m->nr; i++) {
		if (!strcmp(m->lines[i].key, key))
			return &m->lines[i];
	}
	return NULL;
}

/* Takes over @key and @value. */
static int meta_append(struct meta *m, char *key, char *value)
{
	struct meta_line *lines;

	if (m->nr == META_LINES_MAX)
		return -E2BIG;
	lines = realloc(m->lines, (m->nr + 1) * sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	m->lines = lines;
	lines[m->nr++] = (struct meta_line){key, value};
	return 0;
}

int meta_set(struct meta *m, const char *key, const char *value)
{
	struct meta_line *line = meta_find(m, key);
	_cleanup_free_ char *new_value = strdup(value);
	_cleanup_free_ char *new_key = NULL;
	int ret;

	if (!new_value)
		return -ENOMEM;
	if (line) {
		free(line->value);
		line->value = new_value;
		new_value = NULL;
		return 0;
	}
	if (!key_is_valid(key, strlen(key)))
		return -EINVAL;
	new_key = strdup(key);
	if (!new_key)
		return -ENOMEM;
	ret = meta_append(m, new_key, new_value);
	if (!ret)
		new_key = new_value = NULL;
	return ret;
}

int meta_setf(struct meta *m, const char *key, const char *fmt, ...)
{
	_cleanup_free_ char *value = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&value, fmt, args);
	va_end(args);
	if (n < 0) {
		value = NULL;
		return -ENOMEM;
	}
	return meta_set(m, key, value);
}

int meta_copy(struct meta *to, const struct meta *from)
{
	int ret = 0;

	for (size_t i = 0; from && i < from->nr && !ret; i++)
		ret = meta_set(to, from->lines[i].key, from->lines[i].value);
	return ret;
}

void meta_unset(struct meta *m, const char *key)
{
	struct meta_line *line = meta_find(m, key);

	if (!line)
		return;
	free(line->key);
	free(line->value);
	m->nr--;
	memmove(line, line + 1, (size_t)(m->lines + m->nr - line) * sizeof(*line));
}

const char *meta_get(const struct meta *m, const char *key)
{
	const struct meta_line *line = meta_find(m, key);

	return line ? line->value : NULL;
}

uint64_t meta_u64(const struct meta *m, const char *key, uint64_t fallback)
{
	const char *value = meta_get(m, key);
	uint64_t number = 0;

	if (!value || !*value)
		return fallback;
	for (; *value; value++) {
		if (*value < '0' || *value > '9' || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *value - '0', &number))
			return fallback;
	}
	return number;
}

/* --- the wire: key=value, newline as \n, backslash as \\ --- */

static char *put_escaped(char *to, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n' || *value == '\\')
			*to++ = '\\';
		*to++ = *value == '\n' ? 'n' : *value;
	}
	return to;
}

int meta_format(const struct meta *m, char **text, size_t *len)
{
	size_t room = 1;
	char *start, *to;

	for (size_t i = 0; i < m->nr; i++)
		room += strlen(m->lines[i].key) + 2 * strlen(m->lines[i].value) + 2;
	start = to = malloc(room);
	if (!start)
		return -ENOMEM;
	for (size_t i = 0; i < m->nr; i++) {
		to = stpcpy(to, m->lines[i].key);
		*to++ = '=';
		to = put_escaped(to, m->lines[i].value);
		*to++ = '\n';
	}
	*to = 0;
	*text = start;
	*len = to - start;
	return 0;
}

/* Undo put_escaped() of @len bytes into @to, which has room for them and a NUL. */
static bool get_escaped(char *to, const char *from, size_t len)
{
	const char *end = from + len;

	for (; from < end; from++) {
		if (!*from)
			return false;
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		if (++from == end || (*from != 'n' && *from != '\\'))
			return false;
		*to++ = *from == 'n' ? '\n' : '\\';
	}
	*to = 0;
	return true;
}

static int parse_line(struct meta *m, const char *line, size_t len, struct errmsg *err)
{
	const char *equals = memchr(line, '=', len);
	_cleanup_free_ char *key = NULL;
	_cleanup_free_ char *value = NULL;
	int ret;

	if (!equals || !key_is_valid(line, equals - line))
		return fail(err, -EINVAL, "line %zu is not key=value", m->nr + 1);
	key = strndup(line, equals - line);
	value = malloc(len);
	if (!key || !value)
		return fail(err, -ENOMEM, "no memory");
	if (!get_escaped(value, equals + 1, line + len - equals - 1))
		return fail(err, -EINVAL, "the value of '%.60s' has a NUL or a wrong escape", key);
	if (meta_find(m, key))
		return fail(err, -EINVAL, "the key '%.60s' is given twice", key);
	ret = meta_append(m, key, value);
	if (ret)
		return fail(err, ret == -E2BIG ? -EINVAL : ret, "more than %d lines", META_LINES_MAX);
	key = value = NULL;
	return 0;
}

int meta_parse(struct meta *m, const char *text, size_t len, struct errmsg *err)
{
	const char *end = text + len;
	struct meta parsed = {0};
	int ret = 0;

	while (!ret && text < end) {
		const char *newline = memchr(text, '\n', end - text);

		if (!newline) {
			ret = fail(err, -EINVAL, "the last line has no newline");
			break;
		}
		ret = parse_line(&parsed, text, newline - text, err);
		text = newline + 1;
	}
	if (ret)
		meta_release(&parsed);
	else
		*m = parsed;
	return ret;
}
