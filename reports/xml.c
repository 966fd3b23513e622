// SPDX-License-Identifier: GPL-2.0-only
#include "reports/xml.h"

#include <string.h>

#include "reports/utf8.h"

static const char *entity(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return NULL;
}

/* U+FFFE and U+FFFF are well-formed UTF-8 and still no XML characters. */
static int no_character(const char *p, size_t len)
{
	if (*p == '\t' || *p == '\n')
		return 0;
	return utf8_control(p, len) || (len == 3 && (!memcmp(p, "\xef\xbf\xbe", 3) || !memcmp(p, "\xef\xbf\xbf", 3)));
}

void xml_text(FILE *out, const char *text)
{
	size_t len;

	for (const char *p = text; *p; p += len) {
		len = utf8_len(p);
		if (!len) {
			len = 1;
			fputs("\xef\xbf\xbd", out);
		} else if (entity(*p)) {
			fputs(entity(*p), out);
		} else if (!no_character(p, len)) {
			fwrite(p, 1, len, out);
		}
	}
}
