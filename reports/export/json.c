// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/json.h"

#include <string.h>

#include "reports/model/fields.h"
#include "user/base/utf8.h"

/* --- the buffer --- */

static void drain(struct json *j)
{
	fwrite(j->buf, 1, j->len, j->out);
	j->len = 0;
}

void json_end(struct json *j)
{
	drain(j);
}

/* Room for @len bytes, fewer than the buffer has. */
static inline char *room_for(struct json *j, size_t len)
{
	if (j->len + len > JSON_BUFFER)
		drain(j);
	return j->buf + j->len;
}

static void put_char(struct json *j, char c)
{
	*room_for(j, 1) = c;
	j->len++;
}

static void put_bytes(struct json *j, const char *bytes, size_t len)
{
	while (len) {
		size_t part = len < JSON_BUFFER ? len : JSON_BUFFER;

		memcpy(room_for(j, part), bytes, part);
		j->len += part;
		bytes += part;
		len -= part;
	}
}

#define PUT_WORD(j, word) put_bytes(j, word, sizeof(word) - 1)

/* --- structure --- */

static void separate(struct json *j)
{
	if (j->comma)
		put_char(j, ',');
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	separate(j);
	put_char(j, bracket);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	put_char(j, bracket);
	j->comma = true;
}

void json_newline(struct json *j)
{
	put_char(j, '\n');
	j->comma = false;
}

/* --- strings --- */

/* Letters, digits and whatever else of ASCII stands for itself in every string. */
static bool is_plain(unsigned char c)
{
	/* one bit a character, from the space on */
	static const uint32_t plain[8] = {0, 0xafffffbb, 0xefffffff, 0x7fffffff};

	return plain[c >> 5] >> (c & 31) & 1;
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

static void put_escape(struct json *j, const char *format, unsigned int code)
{
	char text[16];

	put_bytes(j, text, (size_t)snprintf(text, sizeof(text), format, code));
}

/* One character, or byte, that is not plain; how many bytes it was. */
static size_t put_special(struct json *j, const char *p, bool name)
{
	size_t len = utf8_len(p);

	if (!len || (name && *p == '\\')) {
		put_escape(j, "\\u005cx%02x", (unsigned char)*p);
		return 1;
	}
	if (must_escape(p, len))
		put_escape(j, "\\u%04x", code_point(p, len));
	else
		put_bytes(j, p, len);
	return len;
}

static void put_string(struct json *j, const char *text, bool name)
{
	size_t len;

	put_char(j, '"');
	for (const char *p = text; *p; p += len) {
		for (len = 0; is_plain((unsigned char)p[len]);)
			len++;
		if (len)
			put_bytes(j, p, len);
		else
			len = put_special(j, p, name);
	}
	put_char(j, '"');
}

void json_key(struct json *j, const char *key)
{
	separate(j);
	put_string(j, key, false);
	put_char(j, ':');
	j->comma = false;
}

/* Shorter than the buffer. */
static void put_word(struct json *j, const char *word, char after)
{
	size_t len = strlen(word);
	char *p = room_for(j, len + 4);

	*p = ',';
	p += j->comma;
	*p++ = '"';
	memcpy(p, word, len);
	p += len;
	*p++ = '"';
	*p = after;
	j->len = (size_t)(p - j->buf) + (after != '\0');
}

void json_word_key(struct json *j, const char *key)
{
	put_word(j, key, ':');
	j->comma = false;
}

void json_word(struct json *j, const char *word)
{
	put_word(j, word, '\0');
	j->comma = true;
}

void json_make_key(struct json_key *key, const char *text)
{
	int len = snprintf(key->text, sizeof(key->text), "\"%.*s\":", JSON_KEY_MAX, text);

	key->len = (unsigned char)len;
}

/* All of the array is copied, because its size is known to the compiler and the key's is not. Where it ends. */
static inline char *put_made_key(char *p, bool comma, const struct json_key *key)
{
	*p = ',';
	p += comma;
	memcpy(p, key->text, sizeof(key->text));
	return p + key->len;
}

void json_made_key(struct json *j, const struct json_key *key)
{
	j->len = (size_t)(put_made_key(room_for(j, sizeof(key->text) + 1), j->comma, key) - j->buf);
	j->comma = false;
}

size_t json_mark(struct json *j, size_t room)
{
	room_for(j, room);
	return j->len;
}

void json_again(struct json *j, const char *text, size_t len, bool comma)
{
	put_bytes(j, text + !j->comma, len - !j->comma);
	j->comma = comma;
}

static void put_value(struct json *j, const char *text, bool name)
{
	if (!text) {
		json_null(j);
		return;
	}
	separate(j);
	put_string(j, text, name);
}

void json_string(struct json *j, const char *text)
{
	put_value(j, text, false);
}

void json_name(struct json *j, const char *text)
{
	put_value(j, text, true);
}

/* --- numbers and words --- */

#define DIGITS_MAX 20

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445"
	"46474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091"
	"9293949596979899";

/* Of @n bits there are as many digits as of 2^(n - 1), log10(2) = 1233 / 4096 for each, or one more. */
static inline unsigned int nr_digits(uint64_t n)
{
	static const uint64_t powers[DIGITS_MAX] = {
		1ull,
		10ull,
		100ull,
		1000ull,
		10000ull,
		100000ull,
		1000000ull,
		10000000ull,
		100000000ull,
		1000000000ull,
		10000000000ull,
		100000000000ull,
		1000000000000ull,
		10000000000000ull,
		100000000000000ull,
		1000000000000000ull,
		10000000000000000ull,
		100000000000000000ull,
		1000000000000000000ull,
		10000000000000000000ull,
	};
	unsigned int digits = (64u - (unsigned int)__builtin_clzll(n | 1)) * 1233 >> 12;

	return digits + ((n | 1) >= powers[digits]);
}

/* printf() takes ten times as long, and most of an export are numbers. Where they end. */
static inline char *put_digits(char *p, uint64_t n)
{
	char *end = p + nr_digits(n), *at = end;

	for (; n >= 100; n /= 100)
		memcpy(at -= 2, pairs + 2 * (n % 100), 2);
	if (n >= 10)
		memcpy(at - 2, pairs + 2 * n, 2);
	else
		at[-1] = (char)('0' + n);
	return end;
}

static inline void put_number(struct json *j, uint64_t n, bool negative)
{
	char *p = room_for(j, DIGITS_MAX + 2);

	*p = ',';
	p += j->comma;
	*p = '-';
	p += negative;
	j->len = (size_t)(put_digits(p, n) - j->buf);
	j->comma = true;
}

void json_int(struct json *j, int64_t n)
{
	put_number(j, n < 0 ? -(uint64_t)n : (uint64_t)n, n < 0);
}

void json_uint(struct json *j, uint64_t n)
{
	put_number(j, n, false);
}

static inline void put_made_number(struct json *j, const struct json_key *key, uint64_t n, bool negative)
{
	char *p = put_made_key(room_for(j, sizeof(key->text) + DIGITS_MAX + 2), j->comma, key);

	*p = '-';
	p += negative;
	j->len = (size_t)(put_digits(p, n) - j->buf);
	j->comma = true;
}

void json_made_int(struct json *j, const struct json_key *key, int64_t n)
{
	put_made_number(j, key, n < 0 ? -(uint64_t)n : (uint64_t)n, n < 0);
}

void json_made_uint(struct json *j, const struct json_key *key, uint64_t n)
{
	put_made_number(j, key, n, false);
}

void json_number(struct json *j, const char *text)
{
	separate(j);
	put_bytes(j, text, strlen(text));
}

void json_bool(struct json *j, bool yes)
{
	separate(j);
	if (yes)
		PUT_WORD(j, "true");
	else
		PUT_WORD(j, "false");
}

void json_null(struct json *j)
{
	separate(j);
	PUT_WORD(j, "null");
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
		json_word(j, name);
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
		json_word(j, name ? name : bit_name);
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
