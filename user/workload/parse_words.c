// SPDX-License-Identifier: GPL-2.0-only
/* Words of a line, and what is wrong with them. */
#include "user/workload/parse.h"

#include <errno.h>
#include <stdarg.h>

int parse_bad(const struct parser *p, size_t column, const char *fmt, ...)
{
	char what[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return fail(p->err, -EINVAL, "%s:%u:%zu: %s", p->name, p->line, column, what);
}

bool word_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool word_is(const struct word *w, const char *text)
{
	return w->len == strlen(text) && !memcmp(w->text, text, w->len);
}

size_t word_column(const struct parser *p, const char *at)
{
	return at - p->start + 1;
}

static void skip_blanks(struct parser *p)
{
	while (p->next < p->end && word_is_blank(*p->next))
		p->next++;
}

bool word_next(struct parser *p, struct word *w)
{
	skip_blanks(p);
	if (p->next == p->end)
		return false;
	*w = (struct word){.text = p->next, .column = word_column(p, p->next)};
	while (p->next < p->end && !word_is_blank(*p->next))
		p->next++;
	w->len = p->next - w->text;
	return true;
}

/* What is left of the line, without the blanks around it. */
struct word word_rest(struct parser *p)
{
	struct word w;

	skip_blanks(p);
	w = (struct word){.text = p->next, .len = p->end - p->next, .column = word_column(p, p->next)};
	p->next = p->end;
	return w;
}

/* Split "key=value" in place: @w keeps the key, the value is returned. */
bool word_split(struct word *w, struct word *value)
{
	const char *equals = memchr(w->text, '=', w->len);

	if (!equals)
		return false;
	value->text = equals + 1;
	value->len = w->text + w->len - value->text;
	value->column = w->column + (value->text - w->text);
	w->len = equals - w->text;
	return true;
}

int parse_no_more(struct parser *p, const char *after)
{
	struct word w;

	if (word_next(p, &w))
		return parse_bad(p, w.column, "unexpected '%.*s' after %s", WORD_ARG(&w), after);
	return 0;
}

/* @what names the number in the sentence; the result lies within @min and @max. */
int parse_number(const struct parser *p, const struct word *w, const char *what, int64_t min, int64_t max,
		 int64_t *bytes)
{
	char text[WL_WORD_MAX];
	int ret;

	if (w->len >= sizeof(text))
		return parse_bad(p, w->column, "%s is not a size (such as 512, 4k, 1M)", what);
	memcpy(text, w->text, w->len);
	text[w->len] = 0;
	ret = parse_size(text, bytes);
	if (ret == -EINVAL)
		return parse_bad(p, w->column, "%s '%.*s' is not a size (such as 512, 4k, 1M)", what, WORD_ARG(w));
	if (ret || *bytes < min || *bytes > max)
		return parse_bad(p, w->column, "%s '%.*s' is not between %lld and %lld", what, WORD_ARG(w),
				 (long long)min, (long long)max);
	return 0;
}

int parse_text(struct parser *p, const struct word *w, const char *what, char *to, size_t room)
{
	if (w->len >= room)
		return parse_bad(p, w->column, "%s is longer than %zu bytes", what, room - 1);
	memcpy(to, w->text, w->len);
	to[w->len] = 0;
	return 0;
}

int parse_plain(struct parser *p, const struct word *w, const char *what, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";

	if (name[strspn(name, allowed)])
		return parse_bad(p, w->column + strspn(name, allowed), "%s is made of letters, digits and . _ - + only",
				 what);
	if (name[0] == '-' || !strcmp(name, ".") || !strcmp(name, ".."))
		return parse_bad(p, w->column, "'%s' is not a plain file name", name);
	return 0;
}
