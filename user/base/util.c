// SPDX-License-Identifier: GPL-2.0-only
#include "user/base/util.h"

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/sysmacros.h>

int fail(struct errmsg *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return code;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* strtoull() would take blanks, signs and octal, none of which we want. @text moves behind the digits. */
static int parse_digits(const char **text, unsigned base, uint64_t *value)
{
	const char *c = *text;
	uint64_t v = 0;

	if (digit_value(*c) >= (int)base)
		return -EINVAL;
	for (; digit_value(*c) < (int)base; c++) {
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit_value(*c), &v))
			return -ERANGE;
	}
	*text = c;
	*value = v;
	return 0;
}

/* What may follow a number. */
struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"", 1}, {"k", 1ull << 10}, {"K", 1ull << 10}, {"M", 1ull << 20}, {"G", 1ull << 30},
};

static const struct unit duration_units[] = {
	{"", 1000000000ull}, {"s", 1000000000ull},	{"ms", 1000000ull},	     {"us", 1000ull},
	{"ns", 1ull},	     {"m", 60 * 1000000000ull}, {"h", 3600 * 1000000000ull},
};

static int scale(uint64_t value, const char *unit, const struct unit *units, size_t nr, uint64_t *result)
{
	for (size_t i = 0; i < nr; i++) {
		if (!strcmp(unit, units[i].name))
			return __builtin_mul_overflow(value, units[i].factor, result) ? -ERANGE : 0;
	}
	return -EINVAL;
}

int parse_size(const char *text, int64_t *bytes)
{
	bool negative = *text == '-', hex;
	uint64_t value;
	int ret;

	text += negative;
	hex = text[0] == '0' && text[1] == 'x';
	text += hex ? 2 : 0;
	ret = parse_digits(&text, hex ? 16 : 10, &value);
	if (!ret)
		ret = scale(value, text, size_units, ARRAY_SIZE(size_units), &value);
	if (!ret && value > INT64_MAX)
		ret = -ERANGE;
	if (!ret)
		*bytes = negative ? -(int64_t)value : (int64_t)value;
	return ret;
}

int parse_duration(const char *text, uint64_t *ns)
{
	uint64_t value;
	int ret = parse_digits(&text, 10, &value);

	if (!ret)
		ret = scale(value, text, duration_units, ARRAY_SIZE(duration_units), &value);
	if (!ret)
		*ns = value;
	return ret;
}

char *strf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	return text;
}

struct noun noun_of(uint64_t nr, const char *noun)
{
	struct noun n;

	snprintf(n.text, sizeof(n.text), "%s%s", noun, nr == 1 ? "" : "s");
	return n;
}

struct noun counted(uint64_t nr, const char *noun)
{
	struct noun n;

	snprintf(n.text, sizeof(n.text), "%" PRIu64 " %s%s", nr, noun, nr == 1 ? "" : "s");
	return n;
}

int write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		len -= n;
	}
	return 0;
}

/* Grow by doubling: sizes of pipes and of files in /proc cannot be asked for. */
static int read_all(int fd, size_t max, char **data, size_t *len)
{
	_cleanup_free_ char *buf = NULL;
	size_t used = 0, size = 0;

	for (;;) {
		ssize_t n;

		if (used + 1 >= size) {
			size_t bigger = size ? 2 * size : 8192;
			char *grown = realloc(buf, bigger);

			if (!grown)
				return -ENOMEM;
			buf = grown;
			size = bigger;
		}
		n = read(fd, buf + used, size - used - 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? n : 0;
		if (used > max)
			return -EFBIG;
		if (!n)
			break;
	}
	buf[used] = 0;
	*data = buf;
	*len = used;
	buf = NULL;
	return 0;
}

int read_file(const char *path, size_t max, char **data, size_t *len, struct errmsg *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 ? -errno : read_all(fd, max, data, len);

	if (ret == -EFBIG)
		return fail(err, ret, "%s: longer than %zu bytes", path, max);
	if (ret)
		return fail(err, ret, "%s: %s", path, strerror(-ret));
	return 0;
}

uint32_t kernel_dev(dev_t dev)
{
	return major(dev) << 20 | minor(dev);
}
