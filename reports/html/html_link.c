// SPDX-License-Identifier: GPL-2.0-only
/* Links to the writes behind a number: a filter of the table in the part of the address behind #. */
#include <ctype.h>

#include "reports/html/html_page.h"

static void put_encoded(FILE *out, char c)
{
	if (isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_')
		fputc(c, out);
	else
		fprintf(out, "%%%02X", (unsigned char)c);
}

static void put_quoted(FILE *out, const char *text)
{
	put_encoded(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			put_encoded(out, '\\');
		put_encoded(out, *text);
	}
	put_encoded(out, '"');
}

void html_run_link(const struct html_page *p, unsigned int run, const char *key, const char *value)
{
	if (p->nr_runs == 1)
		return html_filter_link(p->out, key, value);
	fprintf(p->out, "#f=run%%3A%s+%s%%3D", p->runs[run].name, key);
	put_quoted(p->out, value);
}

void html_filter_link(FILE *out, const char *key, const char *value)
{
	fprintf(out, "#f=%s%%3D", key);
	put_quoted(out, value);
}
