// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/xml.h"

#include <string.h>

#include "user/base/utf8.h"

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
	return len == 3 && (!memcmp(p, "\xef\xbf\xbe", 3) || !memcmp(p, "\xef\xbf\xbf", 3));
}

void xml_text(FILE *out, const char *text)
{
	size_t len;

	for (const char *p = text; *p; p += len) {
		len = *p == '\t' || *p == '\n' ? 1 : utf8_harmless(p);
		if (!len || no_character(p, len)) {
			len = 1;
			fprintf(out, "\\x%02x", (unsigned char)*p);
		} else if (entity(*p)) {
			fputs(entity(*p), out);
		} else {
			fwrite(p, 1, len, out);
		}
	}
}
