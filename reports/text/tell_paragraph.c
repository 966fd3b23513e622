// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/text/tell_parts.h"

#define COLUMNS 100
#define INDENT	12

static void add_sentence(struct paragraph *p, const char *end, const char *fmt, va_list args)
{
	size_t room = sizeof(p->text) - p->len;
	char *at = p->text + p->len;
	size_t begin = p->len ? 1 : 0, len;

	if (room < 8)
		return;
	snprintf(at, room, "%s", p->len ? " " : "");
	vsnprintf(at + begin, room - begin, fmt, args);
	at[begin] = (char)toupper((unsigned char)at[begin]);
	len = strlen(at);
	snprintf(at + len, room - len, "%s.", end);
	p->len += strlen(at);
}

void tell(struct paragraph *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_sentence(p, "", fmt, args);
	va_end(args);
}

bool tell_facts(struct paragraph *p, const enum write_fact *facts, const char *fmt, ...)
{
	bool inferred = false;
	va_list args;

	for (; *facts < NR_FACTS; facts++) {
		if (!field_known(&p->w->rec, *facts))
			return false;
		inferred |= field_how(&p->w->rec, *facts) == HOW_INFERRED;
	}
	va_start(args, fmt);
	add_sentence(p, inferred ? " (inferred)" : "", fmt, args);
	va_end(args);
	return true;
}

bool tells(const struct paragraph *p, enum write_fact fact)
{
	return field_known(&p->w->rec, fact) && field_value(&p->w->rec, fact);
}

bool denies(const struct paragraph *p, enum write_fact fact)
{
	return field_known(&p->w->rec, fact) && !field_value(&p->w->rec, fact);
}

/* As many words as fit into @room; a word without end alone. */
static size_t line_len(const char *text, size_t room)
{
	size_t len = strlen(text);

	if (len <= room)
		return len;
	for (len = room; len && text[len] != ' ';)
		len--;
	return len ? len : strcspn(text, " ");
}

void paragraph_end(struct paragraph *p, const char *label)
{
	const char *text = p->text;

	while (p->len && *text) {
		size_t len = line_len(text, COLUMNS - INDENT);

		fprintf(p->out, "  %-*s%.*s\n", INDENT - 2, label, (int)len, text);
		label = "";
		text += len + (text[len] == ' ');
	}
	p->len = 0;
	p->text[0] = '\0';
}
