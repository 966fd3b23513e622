// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/mountinfo.h"

#include <string.h>

#include "user/base/util.h"

/* Blank, tab, newline and backslash are written as three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *p = text; *p; to++) {
		unsigned int code;

		if (*p == '\\' && sscanf(p + 1, "%3o", &code) == 1 && strlen(p) >= 4) {
			*to = (char)code;
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /where rw,noatime shared:1 - ext4 /dev/root rw,errors=continue" */
static bool parse(struct mount *m, const char *line)
{
	const char *dash = strstr(line, " - ");

	if (!dash || sscanf(dash, " - %63s %1023s %1023s", m->type, m->source, m->of_super) != 3 ||
	    sscanf(line, "%*u %*u %u:%u %*s %1023s %1023s", &m->major, &m->minor, m->where, m->options) != 4)
		return false;
	unescape(m->where);
	unescape(m->source);
	return true;
}

int mounts_each(int (*fn)(const struct mount *m, void *ctx), void *ctx)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	struct mount m;
	int ret = 0;

	while (f && !ret && getline(&line, &size, f) > 0)
		if (parse(&m, line))
			ret = fn(&m, ctx);
	return ret;
}
