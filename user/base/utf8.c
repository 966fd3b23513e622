// SPDX-License-Identifier: GPL-2.0-only
#include "user/base/utf8.h"

#include <stdint.h>
#include <string.h>

/* By lead byte: length, and the range that the second byte must have (RFC 3629, section 4). */
static const struct {
	uint8_t first, last;
	uint8_t len;
	uint8_t second_min, second_max;
} leads[] = {
	{0x01, 0x7f, 1, 0, 0},	     {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static int tail_ok(const uint8_t *p, size_t len)
{
	for (size_t i = 2; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return 1;
}

size_t utf8_len(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (*p < leads[i].first || *p > leads[i].last)
			continue;
		if (leads[i].len == 1)
			return 1;
		if (p[1] < leads[i].second_min || p[1] > leads[i].second_max)
			return 0;
		return tail_ok(p, leads[i].len) ? leads[i].len : 0;
	}
	return 0;
}

int utf8_control(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;

	return (len == 1 && (p[0] < 0x20 || p[0] == 0x7f)) || (len == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

static unsigned int code_point(const char *s, size_t len)
{
	static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned int code = (uint8_t)s[0] & lead_bits[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((uint8_t)s[i] & 0x3f);
	return code;
}

/* Marks, embeddings, overrides and isolates of UAX #9: after them a name is read otherwise than it is. */
static int turns_direction(const char *s, size_t len)
{
	static const struct {
		unsigned int first, last;
	} turns[] = {{0x061c, 0x061c}, {0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}};
	unsigned int code = code_point(s, len);

	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++)
		if (code >= turns[i].first && code <= turns[i].last)
			return 1;
	return 0;
}

size_t utf8_harmless(const char *s)
{
	size_t len = utf8_len(s);

	return utf8_control(s, len) || turns_direction(s, len) ? 0 : len;
}

int utf8_print(FILE *out, const char *text)
{
	int columns = 0;
	size_t len;

	for (const char *p = text; *p; p += len) {
		len = utf8_harmless(p);
		if (len) {
			fwrite(p, 1, len, out);
			columns++;
		} else {
			len = 1;
			columns += fprintf(out, "\\x%02x", (unsigned char)*p);
		}
	}
	return columns;
}

unsigned int utf8_columns(const char *text)
{
	unsigned int nr = 0;

	for (; *text; text++)
		nr += ((unsigned char)*text & 0xc0) != 0x80;
	return nr;
}

const char *utf8_escape(const char *text, char *buf, size_t size)
{
	size_t at = 0, len;

	buf[0] = '\0';
	for (const char *p = text; *p && at + 5 < size; p += len) {
		len = utf8_harmless(p);
		if (len && *p != '\\') {
			at += (size_t)snprintf(buf + at, size - at, "%.*s", (int)len, p);
		} else {
			len = 1;
			at += (size_t)snprintf(buf + at, size - at, "\\x%02x", (unsigned char)*p);
		}
	}
	return buf;
}
