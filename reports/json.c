// SPDX-License-Identifier: GPL-2.0-only
#include "reports/json.h"

#include <inttypes.h>
#include <string.h>

#include "reports/fields.h"
#include "reports/utf8.h"

static void separate(struct json *j)
{
	if (j->comma)
		fputc(',', j->out);
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	separate(j);
	fputc(bracket, j->out);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	fputc(bracket, j->out);
	j->comma = true;
}

/* What JSON has to escape, and what must not appear inside a <script> element. */
static bool must_escape(const char *p, size_t len)
{
	if (len == 1)
		return utf8_control(p, 1) || strchr("\"\\<>&", *p);
	return !utf8_harmless(p) || (len == 3 && (!memcmp(p, "\xe2\x80\xa8", 3) || !memcmp(p, "\xe2\x80\xa9", 3)));
}

static unsigned int code_point(const char *p, size_t len)
{
	unsigned char first = (unsigned char)p[0];

	if (len == 1)
		return first;
	if (len == 2)
		return (first & 0x1fu) << 6 | (p[1] & 0x3fu);
	return (first & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
}

static void put_text(FILE *out, const char *text, bool name)
{
	size_t len;

	for (const char *p = text; *p; p += len) {
		len = utf8_len(p);
		if (!len || (name && *p == '\\')) {
			len = 1;
			fprintf(out, "\\u005cx%02x", (unsigned char)*p);
		} else if (must_escape(p, len)) {
			fprintf(out, "\\u%04x", code_point(p, len));
		} else {
			fwrite(p, 1, len, out);
		}
	}
}

static void put_string(FILE *out, const char *text, bool name)
{
	fputc('"', out);
	put_text(out, text, name);
	fputc('"', out);
}

void json_key(struct json *j, const char *key)
{
	separate(j);
	put_string(j->out, key, false);
	fputc(':', j->out);
	j->comma = false;
}

static void put_value(struct json *j, const char *text, bool name)
{
	if (!text) {
		json_null(j);
		return;
	}
	separate(j);
	put_string(j->out, text, name);
}

void json_string(struct json *j, const char *text)
{
	put_value(j, text, false);
}

void json_name(struct json *j, const char *text)
{
	put_value(j, text, true);
}

void json_int(struct json *j, int64_t n)
{
	separate(j);
	fprintf(j->out, "%" PRId64, n);
}

void json_uint(struct json *j, uint64_t n)
{
	separate(j);
	fprintf(j->out, "%" PRIu64, n);
}

void json_bool(struct json *j, bool yes)
{
	separate(j);
	fputs(yes ? "true" : "false", j->out);
}

void json_null(struct json *j)
{
	separate(j);
	fputs("null", j->out);
}

/* --- facts --- */

static const char *name_at(const char *const *names, uint64_t i)
{
	while (*names && i--)
		names++;
	return *names;
}

static void put_enum(struct json *j, const struct write_field *f, uint64_t value)
{
	const char *name = name_at(f->names, value);

	if (name)
		json_string(j, name);
	else
		json_uint(j, value);
}

static void put_mask(struct json *j, const struct write_field *f, uint64_t value)
{
	char bit_name[8];

	json_open(j, '[');
	for (unsigned int bit = 0; bit < f->size * 8u; bit++) {
		const char *name = name_at(f->names, bit);

		if (!(value >> bit & 1))
			continue;
		snprintf(bit_name, sizeof(bit_name), "bit%u", bit);
		json_string(j, name ? name : bit_name);
	}
	json_close(j, ']');
}

void json_fact(struct json *j, const struct write_record *rec, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];
	int64_t value = field_value(rec, fact);
	char dev[32];

	if (!field_known(rec, fact)) {
		json_null(j);
		return;
	}
	switch (f->kind) {
	case FIELD_UINT:
	case FIELD_NS:
		json_uint(j, (uint64_t)value);
		return;
	case FIELD_INT:
	case FIELD_ERRNO:
		json_int(j, value);
		return;
	case FIELD_BOOL:
		json_bool(j, value);
		return;
	case FIELD_ENUM:
		put_enum(j, f, (uint64_t)value);
		return;
	case FIELD_MASK:
		put_mask(j, f, (uint64_t)value);
		return;
	case FIELD_TEXT:
		json_name(j, field_text(rec, fact));
		return;
	case FIELD_DEV:
		json_string(j, field_format(rec, fact, dev, sizeof(dev)));
		return;
	}
}
