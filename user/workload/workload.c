// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of workload files. Three tables say all of the language: directives[] has a row for each first word with
 * the arguments it takes, write_words[] one for each flag of "write", device_keys[] one for each setting of "device".
 * An argument is a function that turns one word into members of the operation; it fails at its word's column.
 */
#include "user/workload/workload.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define WL_FILE_MAX (16u << 20)
#define WL_WORD_MAX 1024 /* the longest thing a word can be is 64 segments */
#define PAGE	    4096

struct word {
	const char *text; /* into the file: not terminated */
	size_t len;
	size_t column; /* from 1, in bytes */
};

/* Set-up directives that were given, as a mask of 1 << enum setup. */
enum setup {
	SETUP_SCENARIO,
	SETUP_DEVICE,
	SETUP_MKFS,
	SETUP_MOUNT,
};

enum write_word_nr {
	WORD_DSYNC,
	WORD_SYNC,
	WORD_APPEND,
	WORD_NOWAIT,
	WORD_HIPRI,
	WORD_DONTCACHE,
	WORD_ATOMIC,
	WORD_ALIGN,
	WORD_SEGS,
	WORD_FAULT,
	WORD_LIBAIO,
	WORD_IO_URING,
	WORD_NORETRY,
	NR_WRITE_WORDS,
};

struct parser {
	struct workload *wl;
	const char *name;
	struct errmsg *err;
	/* this line */
	uint32_t line;
	const char *start, *next, *end;
	/* the whole file */
	unsigned setup_seen;
	size_t room; /* in wl->ops */
	/* the operation being parsed */
	int64_t step;			  /* of its position, from one iteration to the next */
	size_t column_of[NR_WRITE_WORDS]; /* where each flag of this write stands, 0: absent */
	/* the repeat that is open */
	uint32_t repeat_line; /* 0: none */
	size_t repeat_column;
	int64_t repeats;
	size_t body;	/* its first operation */
	int64_t *steps; /* of the body's operations */
	size_t steps_room;
};

__attribute__((format(printf, 3, 4))) static int bad(const struct parser *p, size_t column, const char *fmt, ...)
{
	char what[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return fail(p->err, -EINVAL, "%s:%u:%zu: %s", p->name, p->line, column, what);
}

/* --- words --- */

/* For "%.*s" in messages: a hostile word must not push the reason out of the sentence. */
#define WORD_ARG(w) ((int)((w)->len < 40 ? (w)->len : 40)), (w)->text

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool word_is(const struct word *w, const char *text)
{
	return w->len == strlen(text) && !memcmp(w->text, text, w->len);
}

static size_t column(const struct parser *p, const char *at)
{
	return at - p->start + 1;
}

static void skip_blanks(struct parser *p)
{
	while (p->next < p->end && is_blank(*p->next))
		p->next++;
}

static bool next_word(struct parser *p, struct word *w)
{
	skip_blanks(p);
	if (p->next == p->end)
		return false;
	*w = (struct word){.text = p->next, .column = column(p, p->next)};
	while (p->next < p->end && !is_blank(*p->next))
		p->next++;
	w->len = p->next - w->text;
	return true;
}

/* What is left of the line, without the blanks around it. */
static struct word rest_of_line(struct parser *p)
{
	struct word w;

	skip_blanks(p);
	w = (struct word){.text = p->next, .len = p->end - p->next, .column = column(p, p->next)};
	p->next = p->end;
	return w;
}

/* Split "key=value" in place: @w keeps the key, the value is returned. */
static bool split_word(struct word *w, struct word *value)
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

static int no_more_words(struct parser *p, const char *after)
{
	struct word w;

	if (next_word(p, &w))
		return bad(p, w.column, "unexpected '%.*s' after %s", WORD_ARG(&w), after);
	return 0;
}

/* @what names the number in the sentence; the result lies within @min and @max. */
static int get_size(const struct parser *p, const struct word *w, const char *what, int64_t min, int64_t max,
		    int64_t *bytes)
{
	char text[WL_WORD_MAX];
	int ret;

	if (w->len >= sizeof(text))
		return bad(p, w->column, "%s is not a size (such as 512, 4k, 1M)", what);
	memcpy(text, w->text, w->len);
	text[w->len] = 0;
	ret = parse_size(text, bytes);
	if (ret == -EINVAL)
		return bad(p, w->column, "%s '%.*s' is not a size (such as 512, 4k, 1M)", what, WORD_ARG(w));
	if (ret || *bytes < min || *bytes > max)
		return bad(p, w->column, "%s '%.*s' is not between %lld and %lld", what, WORD_ARG(w), (long long)min,
			   (long long)max);
	return 0;
}

static int copy_text(struct parser *p, const struct word *w, const char *what, char *to, size_t room)
{
	if (w->len >= room)
		return bad(p, w->column, "%s is longer than %zu bytes", what, room - 1);
	memcpy(to, w->text, w->len);
	to[w->len] = 0;
	return 0;
}

/* --- arguments of operations --- */

struct argument {
	const char *name;
	int (*parse)(struct parser *p, const struct word *w, struct workload_op *op);
	bool optional;
	bool repeats;
};

/* Of files that we make: it leads nowhere else. */
static int check_plain(struct parser *p, const struct word *w, const char *what, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";

	if (name[strspn(name, allowed)])
		return bad(p, w->column + strspn(name, allowed), "%s is made of letters, digits and . _ - + only",
			   what);
	if (name[0] == '-' || !strcmp(name, ".") || !strcmp(name, ".."))
		return bad(p, w->column, "'%s' is not a plain file name", name);
	return 0;
}

static int parse_file_name(struct parser *p, const struct word *w, struct workload_op *op)
{
	return copy_text(p, w, "the file name", op->file, sizeof(op->file))
		       ?: check_plain(p, w, "a file name", op->file);
}

/* "BASE+*STEP": the position in iteration i is BASE + i * STEP, which must be a position in the last one too. */
static int parse_stepped(struct parser *p, const struct word *w, const char *plus, struct workload_op *op)
{
	struct word base = {w->text, plus - w->text, w->column};
	struct word step = {plus + 2, w->text + w->len - plus - 2, w->column + (plus + 2 - w->text)};
	int64_t last;

	if (!p->repeat_line)
		return bad(p, w->column + (plus - w->text), "'+*STEP' has a meaning only inside repeat");
	if (get_size(p, &base, "the position", 0, WL_POS_MAX, &op->pos) ||
	    get_size(p, &step, "the step", -WL_POS_MAX, WL_POS_MAX, &p->step))
		return -EINVAL;
	if (__builtin_mul_overflow(p->step, p->repeats - 1, &last) || __builtin_add_overflow(last, op->pos, &last) ||
	    last < 0 || last > WL_POS_MAX)
		return bad(p, step.column, "the position leaves 0 to %lld in %lld iterations", WL_POS_MAX,
			   (long long)p->repeats);
	return 0;
}

static int parse_pos(struct parser *p, const struct word *w, struct workload_op *op)
{
	const char *plus = memmem(w->text, w->len, "+*", 2);

	if (plus)
		return parse_stepped(p, w, plus, op);
	return get_size(p, w, "the position", 0, WL_POS_MAX, &op->pos);
}

/* The end of the range, in whatever iteration lies farthest. */
static int check_end(struct parser *p, const struct word *w, const struct workload_op *op)
{
	int64_t pos = op->pos + (p->step > 0 ? p->step * (p->repeats - 1) : 0);

	if (op->len > WL_POS_MAX - pos)
		return bad(p, w->column, "the range ends beyond %lld", WL_POS_MAX);
	return 0;
}

static int parse_data_len(struct parser *p, const struct word *w, struct workload_op *op)
{
	return get_size(p, w, "the length", 0, WL_LEN_MAX, &op->len) ?: check_end(p, w, op);
}

static int parse_space_len(struct parser *p, const struct word *w, struct workload_op *op)
{
	return get_size(p, w, "the length", 1, WL_POS_MAX, &op->len) ?: check_end(p, w, op);
}

static int parse_file_size(struct parser *p, const struct word *w, struct workload_op *op)
{
	return get_size(p, w, "the size", 0, WL_POS_MAX, &op->len);
}

static int parse_limit(struct parser *p, const struct word *w, struct workload_op *op)
{
	if (word_is(w, "none")) {
		op->len = WL_LIMIT_NONE;
		return 0;
	}
	return get_size(p, w, "the limit", 0, WL_POS_MAX, &op->len);
}

static int parse_keep(struct parser *p, const struct word *w, struct workload_op *op)
{
	if (!word_is(w, "keep"))
		return bad(p, w->column, "unexpected '%.*s': only 'keep' may follow the length", WORD_ARG(w));
	op->keep = true;
	return 0;
}

static int parse_attr(struct parser *p, const struct word *w, struct workload_op *op)
{
	static const char *const attrs[] = {"+S", "-S", "-e", "+i", "-i", "+j", "-j"};

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (!word_is(w, attrs[i]))
			continue;
		op->attr_on = attrs[i][0] == '+';
		op->attr = attrs[i][1];
		return 0;
	}
	return bad(p, w->column, "'%.*s' is none of +S -S -e +i -i +j -j", WORD_ARG(w));
}

static int parse_mode(struct parser *p, const struct word *w, struct workload_op *op)
{
	for (size_t i = 0; i < w->len; i++) {
		if (w->text[i] < '0' || w->text[i] > '7' || i == 5)
			return bad(p, w->column, "the mode '%.*s' is not an octal number up to 7777", WORD_ARG(w));
		op->mode = 8 * op->mode + w->text[i] - '0';
	}
	if (op->mode > 07777)
		return bad(p, w->column, "the mode '%.*s' is not an octal number up to 7777", WORD_ARG(w));
	return 0;
}

/* --- flags of a write --- */

struct write_word {
	const char *name;
	int (*parse)(struct parser *p, const struct word *value, const struct write_word *ww, struct workload_op *op);
	unsigned set;	/* the flag, or the way of submission */
	bool has_value; /* name=value */
};

static int set_flag(struct parser *p, const struct word *value, const struct write_word *ww, struct workload_op *op)
{
	(void)p, (void)value;
	op->flags |= ww->set;
	return 0;
}

static int set_submit(struct parser *p, const struct word *value, const struct write_word *ww, struct workload_op *op)
{
	(void)p, (void)value;
	op->submit = ww->set;
	return 0;
}

static int set_fault(struct parser *p, const struct word *value, const struct write_word *ww, struct workload_op *op)
{
	(void)p, (void)value, (void)ww;
	op->fault = true;
	return 0;
}

/* io_uring hands -EAGAIN back instead of to a worker exactly when the caller asked for RWF_NOWAIT. */
static int set_noretry(struct parser *p, const struct word *value, const struct write_word *ww, struct workload_op *op)
{
	(void)p, (void)value;
	op->noretry = true;
	op->flags |= ww->set;
	return 0;
}

static int set_align(struct parser *p, const struct word *value, const struct write_word *ww, struct workload_op *op)
{
	int64_t align;

	(void)ww;
	if (get_size(p, value, "align", 0, PAGE - 1, &align))
		return -EINVAL;
	op->align = align;
	return 0;
}

static int set_segs(struct parser *p, const struct word *value, const struct write_word *ww, struct workload_op *op)
{
	const char *end = value->text + value->len, *at = value->text;

	(void)ww;
	op->nr_segs = 0;
	for (;;) {
		const char *comma = memchr(at, ',', end - at);
		struct word w = {at, (comma ?: end) - at, value->column + (at - value->text)};
		int64_t len;

		if (op->nr_segs == WL_SEGS_MAX)
			return bad(p, w.column, "more than %d segments", WL_SEGS_MAX);
		if (get_size(p, &w, "a segment", 1, WL_LEN_MAX, &len))
			return -EINVAL;
		op->segs[op->nr_segs++] = len;
		if (!comma)
			return 0;
		at = comma + 1;
	}
}

static const struct write_word write_words[NR_WRITE_WORDS] = {
	[WORD_DSYNC] = {"dsync", set_flag, WRITE_DSYNC, false},
	[WORD_SYNC] = {"sync", set_flag, WRITE_SYNC, false},
	[WORD_APPEND] = {"append", set_flag, WRITE_APPEND, false},
	[WORD_NOWAIT] = {"nowait", set_flag, WRITE_NOWAIT, false},
	[WORD_HIPRI] = {"hipri", set_flag, WRITE_HIPRI, false},
	[WORD_DONTCACHE] = {"dontcache", set_flag, WRITE_DONTCACHE, false},
	[WORD_ATOMIC] = {"atomic", set_flag, WRITE_ATOMIC, false},
	[WORD_ALIGN] = {"align", set_align, 0, true},
	[WORD_SEGS] = {"segs", set_segs, 0, true},
	[WORD_FAULT] = {"fault", set_fault, 0, false},
	[WORD_LIBAIO] = {"libaio", set_submit, SUBMIT_LIBAIO, false},
	[WORD_IO_URING] = {"io_uring", set_submit, SUBMIT_IO_URING, false},
	[WORD_NORETRY] = {"noretry", set_noretry, WRITE_NOWAIT, false},
};

static int parse_write_word(struct parser *p, const struct word *w, struct workload_op *op)
{
	struct word key = *w, value = {0};
	bool has_value = split_word(&key, &value);

	for (size_t i = 0; i < NR_WRITE_WORDS; i++) {
		if (!word_is(&key, write_words[i].name))
			continue;
		if (has_value != write_words[i].has_value)
			return bad(p, key.column, has_value ? "'%s' takes no value" : "'%s' needs a value: %s=...",
				   write_words[i].name, write_words[i].name);
		if (p->column_of[i])
			return bad(p, key.column, "'%s' is given twice", write_words[i].name);
		p->column_of[i] = key.column;
		return write_words[i].parse(p, &value, &write_words[i], op);
	}
	return bad(p, w->column, "unknown flag '%.*s'", WORD_ARG(w));
}

/* Two words that cannot stand in one write; the sentence is about the second. */
static const struct {
	enum write_word_nr first, second;
	const char *why;
} conflicts[] = {
	{WORD_LIBAIO, WORD_IO_URING, "a write is issued by libaio or by io_uring, not by both"},
	{WORD_ALIGN, WORD_FAULT, "'fault' needs a buffer without align"},
	{WORD_IO_URING, WORD_HIPRI, "io_uring refuses 'hipri' on a ring that is not polled"},
};

static int check_segs(struct parser *p, struct workload_op *op)
{
	int64_t sum = 0;

	if (!p->column_of[WORD_SEGS]) {
		op->nr_segs = 1;
		op->segs[0] = op->len;
		return 0;
	}
	for (uint32_t i = 0; i < op->nr_segs; i++)
		sum += op->segs[i];
	if (sum != op->len)
		return bad(p, p->column_of[WORD_SEGS], "the segments are %lld bytes together, the write is %lld",
			   (long long)sum, (long long)op->len);
	return 0;
}

static int check_write(struct parser *p, struct workload_op *op)
{
	for (size_t i = 0; i < ARRAY_SIZE(conflicts); i++) {
		size_t first = p->column_of[conflicts[i].first], second = p->column_of[conflicts[i].second];

		if (first && second)
			return bad(p, first > second ? first : second, "%s", conflicts[i].why);
	}
	if (op->noretry && op->submit != SUBMIT_IO_URING)
		return bad(p, p->column_of[WORD_NORETRY], "'noretry' has a meaning only with io_uring");
	return check_segs(p, op);
}

/* --- operations --- */

static const struct argument arg_file = {"FILE", parse_file_name, false, false};
static const struct argument arg_pos = {"POS", parse_pos, false, false};
static const struct argument arg_data_len = {"LEN", parse_data_len, false, false};
static const struct argument arg_space_len = {"LEN", parse_space_len, false, false};
static const struct argument arg_size = {"SIZE", parse_file_size, false, false};
static const struct argument arg_limit = {"SIZE", parse_limit, false, false};
static const struct argument arg_attr = {"ATTRIBUTE", parse_attr, false, false};
static const struct argument arg_mode = {"MODE", parse_mode, false, false};
static const struct argument arg_keep = {"keep", parse_keep, true, false};
static const struct argument arg_flags = {"flags", parse_write_word, true, true};

#define ARGS_MAX 4

struct directive {
	const char *name;
	int (*parse)(struct parser *p, const struct directive *d, const struct word *w);
	unsigned nr; /* enum op_kind or enum setup */
	const struct argument *args[ARGS_MAX];
};

static int parse_args(struct parser *p, const struct directive *d, struct workload_op *op)
{
	for (size_t i = 0; i < ARGS_MAX && d->args[i]; i++) {
		const struct argument *arg = d->args[i];
		const char *end = p->next;
		struct word w;

		do {
			if (!next_word(p, &w)) {
				if (arg->optional)
					break;
				return bad(p, column(p, end), "%s needs %s", d->name, arg->name);
			}
			if (arg->parse(p, &w, op))
				return -EINVAL;
		} while (arg->repeats);
	}
	return no_more_words(p, d->name);
}

/* Room for @more operations. */
static int reserve_ops(struct parser *p, size_t more)
{
	size_t need = p->wl->nr_ops + more, room = p->room ?: 64;
	struct workload_op *ops;

	if (need <= p->room)
		return 0;
	while (room < need)
		room *= 2;
	ops = realloc(p->wl->ops, room * sizeof(*ops));
	if (!ops)
		return fail(p->err, -ENOMEM, "%s: no memory for %zu operations", p->name, need);
	p->wl->ops = ops;
	p->room = room;
	return 0;
}

/* The steps of an open repeat's body, one for each of its operations. */
static int remember_step(struct parser *p)
{
	size_t nr = p->wl->nr_ops - p->body;
	int64_t *steps;

	if (!p->repeat_line)
		return 0;
	if (nr >= p->steps_room) {
		steps = realloc(p->steps, (2 * nr + 16) * sizeof(*steps));
		if (!steps)
			return fail(p->err, -ENOMEM, "%s: no memory", p->name);
		p->steps = steps;
		p->steps_room = 2 * nr + 16;
	}
	p->steps[nr] = p->step;
	return 0;
}

static int append_op(struct parser *p, const struct directive *d, const struct word *w, const struct workload_op *op)
{
	size_t body = p->wl->nr_ops - p->body + 1;
	int ret;

	if (p->repeat_line ? p->body + body * p->repeats > WL_OPS_MAX : p->wl->nr_ops == WL_OPS_MAX)
		return bad(p, w->column, "%s: more than %d operations", d->name, WL_OPS_MAX);
	ret = reserve_ops(p, 1);
	if (!ret)
		ret = remember_step(p);
	if (!ret)
		p->wl->ops[p->wl->nr_ops++] = *op;
	return ret;
}

static int parse_op(struct parser *p, const struct directive *d, const struct word *w)
{
	struct workload_op op = {.kind = d->nr, .line = p->line};
	int ret;

	p->step = 0;
	memset(p->column_of, 0, sizeof(p->column_of));
	ret = parse_args(p, d, &op);
	if (!ret && op.kind == OP_WRITE)
		ret = check_write(p, &op);
	return ret ?: append_op(p, d, w, &op);
}

/* --- repeat --- */

static int parse_repeat(struct parser *p, const struct directive *d, const struct word *w)
{
	const char *end = p->next;
	struct word count;

	if (p->repeat_line)
		return bad(p, w->column, "repeat inside the repeat of line %u", p->repeat_line);
	if (!next_word(p, &count))
		return bad(p, column(p, end), "repeat needs a count");
	if (get_size(p, &count, "the count", 1, WL_OPS_MAX, &p->repeats))
		return -EINVAL;
	p->repeat_line = p->line;
	p->repeat_column = w->column;
	p->body = p->wl->nr_ops;
	return no_more_words(p, d->name);
}

/* The body stands in the list already, as iteration 0. */
static int parse_end(struct parser *p, const struct directive *d, const struct word *w)
{
	size_t len = p->wl->nr_ops - p->body;
	int ret;

	if (!p->repeat_line)
		return bad(p, w->column, "end without repeat");
	ret = no_more_words(p, d->name);
	if (!ret)
		ret = reserve_ops(p, len * (p->repeats - 1));
	if (ret)
		return ret;
	for (int64_t i = 1; i < p->repeats; i++) {
		for (size_t j = 0; j < len; j++) {
			struct workload_op *op = &p->wl->ops[p->wl->nr_ops++];

			*op = p->wl->ops[p->body + j];
			op->pos += i * p->steps[j];
		}
	}
	p->repeat_line = 0;
	p->repeats = 1;
	p->body = 0;
	return 0;
}

/* --- set-up --- */

static int parse_scenario(struct parser *p, const struct directive *d, const struct word *w)
{
	const char *end = p->next;
	struct word id, title;

	(void)w;
	if (!next_word(p, &id))
		return bad(p, column(p, end), "%s needs an id", d->name);
	title = rest_of_line(p);
	return copy_text(p, &id, "the id", p->wl->id, sizeof(p->wl->id))
		       ?: check_plain(p, &id, "an id", p->wl->id)
		       ?: copy_text(p, &title, "the title", p->wl->title, sizeof(p->wl->title));
}

static int set_lbs(struct parser *p, const struct word *value)
{
	int64_t lbs;

	if (get_size(p, value, "lbs", 512, 4096, &lbs))
		return -EINVAL;
	if (lbs & (lbs - 1))
		return bad(p, value->column, "lbs is 512, 1024, 2048 or 4096");
	p->wl->lbs = lbs;
	return 0;
}

static int set_device_size(struct parser *p, const struct word *value)
{
	int64_t size;

	if (get_size(p, value, "the device's size", 1 << 20, WL_DEVICE_MAX, &size))
		return -EINVAL;
	if (size % PAGE)
		return bad(p, value->column, "the device's size is not a multiple of 4096");
	p->wl->device_size = size;
	return 0;
}

static int set_cache(struct parser *p, const struct word *value)
{
	p->wl->writethrough = word_is(value, "writethrough");
	if (!p->wl->writethrough && !word_is(value, "writeback"))
		return bad(p, value->column, "the cache is writeback or writethrough, not '%.*s'", WORD_ARG(value));
	return 0;
}

static const struct device_key {
	const char *name;
	int (*parse)(struct parser *p, const struct word *value);
} device_keys[] = {
	{"lbs", set_lbs},
	{"size", set_device_size},
	{"cache", set_cache},
};

static int parse_device_key(struct parser *p, struct word *w, unsigned *seen)
{
	struct word value;
	bool has_value = split_word(w, &value);

	for (size_t i = 0; i < ARRAY_SIZE(device_keys); i++) {
		if (!word_is(w, device_keys[i].name))
			continue;
		if (!has_value)
			return bad(p, w->column, "'%s' needs a value: %s=...", device_keys[i].name,
				   device_keys[i].name);
		if (*seen & 1u << i)
			return bad(p, w->column, "'%s' is given twice", device_keys[i].name);
		*seen |= 1u << i;
		return device_keys[i].parse(p, &value);
	}
	return bad(p, w->column, "'%.*s' is none of lbs= size= cache=", WORD_ARG(w));
}

static int parse_device(struct parser *p, const struct directive *d, const struct word *w)
{
	const char *end = p->next;
	unsigned seen = 0;
	struct word word;

	(void)w;
	if (!next_word(p, &word))
		return bad(p, column(p, end), "%s needs a kind: loop", d->name);
	if (!word_is(&word, "loop"))
		return bad(p, word.column, "unknown kind of device '%.*s': only loop", WORD_ARG(&word));
	while (next_word(p, &word)) {
		if (parse_device_key(p, &word, &seen))
			return -EINVAL;
	}
	return 0;
}

static int parse_options(struct parser *p, const struct directive *d, const struct word *w)
{
	char **options = d->nr == SETUP_MKFS ? &p->wl->mkfs : &p->wl->mount;
	const char *end = p->next;
	struct word text = rest_of_line(p);

	(void)w;
	if (!text.len)
		return bad(p, column(p, end), "%s needs options", d->name);
	*options = strndup(text.text, text.len);
	return *options ? 0 : fail(p->err, -ENOMEM, "%s: no memory", p->name);
}

/* --- lines --- */

static const struct directive directives[] = {
	{"scenario", parse_scenario, SETUP_SCENARIO, {NULL}},
	{"device", parse_device, SETUP_DEVICE, {NULL}},
	{"mkfs", parse_options, SETUP_MKFS, {NULL}},
	{"mount", parse_options, SETUP_MOUNT, {NULL}},
	{"create", parse_op, OP_CREATE, {&arg_file}},
	{"fallocate", parse_op, OP_FALLOCATE, {&arg_file, &arg_pos, &arg_space_len, &arg_keep}},
	{"punch", parse_op, OP_PUNCH, {&arg_file, &arg_pos, &arg_space_len}},
	{"truncate", parse_op, OP_TRUNCATE, {&arg_file, &arg_size}},
	{"buffered", parse_op, OP_BUFFERED, {&arg_file, &arg_pos, &arg_data_len}},
	{"fsync", parse_op, OP_FSYNC, {&arg_file}},
	{"sync", parse_op, OP_SYNC, {NULL}},
	{"chattr", parse_op, OP_CHATTR, {&arg_file, &arg_attr}},
	{"chmod", parse_op, OP_CHMOD, {&arg_file, &arg_mode}},
	{"limit", parse_op, OP_LIMIT, {&arg_limit}},
	{"remount", parse_op, OP_REMOUNT, {NULL}},
	{"write", parse_op, OP_WRITE, {&arg_file, &arg_pos, &arg_data_len, &arg_flags}},
	{"repeat", parse_repeat, 0, {NULL}},
	{"end", parse_end, 0, {NULL}},
};

static bool is_setup(const struct directive *d)
{
	return d->parse == parse_scenario || d->parse == parse_device || d->parse == parse_options;
}

/* Set-up stands before the first operation, each at most once, the scenario first of all. */
static int check_setup(struct parser *p, const struct directive *d, const struct word *w)
{
	if (!is_setup(d))
		return 0;
	if (p->wl->nr_ops || p->repeat_line)
		return bad(p, w->column, "%s after the first operation: set-up comes before it", d->name);
	if (p->setup_seen & 1u << d->nr)
		return bad(p, w->column, "%s is given twice", d->name);
	if (d->nr == SETUP_SCENARIO && p->setup_seen)
		return bad(p, w->column, "scenario comes before the set-up");
	p->setup_seen |= 1u << d->nr;
	return 0;
}

static int check_bytes(const struct parser *p)
{
	for (const char *c = p->start; c < p->end; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return bad(p, column(p, c), "the byte 0x%02x has no place in a text", (unsigned char)*c);
	}
	return 0;
}

static int parse_line(struct parser *p, const char *line, const char *end)
{
	const char *comment = memchr(line, '#', end - line);
	struct word w;

	p->line++;
	p->start = p->next = line;
	p->end = end;
	if (check_bytes(p))
		return -EINVAL;
	if (comment)
		p->end = comment;
	while (p->end > line && is_blank(p->end[-1]))
		p->end--;
	if (!next_word(p, &w))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		if (!word_is(&w, directives[i].name))
			continue;
		return check_setup(p, &directives[i], &w) ?: directives[i].parse(p, &directives[i], &w);
	}
	return bad(p, w.column, "unknown word '%.*s'", WORD_ARG(&w));
}

static int parse_lines(struct parser *p, const char *text, size_t len)
{
	const char *end = text + len;
	int ret = 0;

	while (!ret && text < end) {
		const char *newline = memchr(text, '\n', end - text) ?: end;

		ret = parse_line(p, text, newline);
		text = newline < end ? newline + 1 : end;
	}
	if (!ret && p->repeat_line) {
		p->line = p->repeat_line;
		ret = bad(p, p->repeat_column, "repeat without end");
	}
	return ret;
}

/* --- the workload --- */

static bool has_block_size(const char *options)
{
	for (const char *at = options; (at = strstr(at, "-b")); at++) {
		if (at == options || is_blank(at[-1]))
			return true;
	}
	return false;
}

/* mke2fs gives small file systems 1k blocks, which no scenario means unless it says so. */
static int add_defaults(struct workload *wl)
{
	char *mkfs = NULL;

	if (!wl->mount)
		wl->mount = strdup("");
	if (!wl->mkfs)
		wl->mkfs = strdup("-b 4096");
	if (!wl->mkfs || !wl->mount)
		return -ENOMEM;
	if (has_block_size(wl->mkfs))
		return 0;
	mkfs = strf("-b 4096 %s", wl->mkfs);
	if (!mkfs)
		return -ENOMEM;
	free(wl->mkfs);
	wl->mkfs = mkfs;
	return 0;
}

static void init_names(struct workload *wl, const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	size_t len = strlen(base);

	if (len > 3 && !strcmp(base + len - 3, ".wl"))
		len -= 3;
	snprintf(wl->path, sizeof(wl->path), "%s", name);
	snprintf(wl->id, sizeof(wl->id), "%.*s", (int)len, base);
}

static void number_ops(struct workload *wl)
{
	for (size_t i = 0; i < wl->nr_ops; i++) {
		wl->ops[i].nr = i + 1;
		wl->nr_writes += wl->ops[i].kind == OP_WRITE;
	}
}

int workload_parse(struct workload *wl, const char *name, const char *text, size_t len, struct errmsg *err)
{
	struct workload parsed = {.lbs = 512, .device_size = 64 << 20};
	struct parser p = {.wl = &parsed, .name = name, .err = err, .repeats = 1};
	int ret;

	init_names(&parsed, name);
	ret = parse_lines(&p, text, len);
	free(p.steps);
	if (!ret && add_defaults(&parsed))
		ret = fail(err, -ENOMEM, "%s: no memory", name);
	if (ret) {
		workload_release(&parsed);
		return ret;
	}
	number_ops(&parsed);
	*wl = parsed;
	return 0;
}

int workload_load(struct workload *wl, const char *path, struct errmsg *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret = read_file(path, WL_FILE_MAX, &text, &len, err);

	return ret ?: workload_parse(wl, path, text, len, err);
}

void workload_release(struct workload *wl)
{
	if (!wl)
		return;
	free(wl->mkfs);
	free(wl->mount);
	free(wl->ops);
	*wl = (struct workload){0};
}

const char *op_name(enum op_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		if (directives[i].parse == parse_op && directives[i].nr == kind)
			return directives[i].name;
	}
	return "?";
}

/* --- what is written --- */

/* Positions one apart, and the same position in two operations, give unrelated bytes: a shifted write shows. */
uint8_t workload_byte(uint32_t nr, int64_t pos)
{
	uint64_t x = (uint64_t)pos * 0x9e3779b97f4a7c15ull + nr * 0xbf58476d1ce4e5b9ull;

	x ^= x >> 29;
	x *= 0x94d049bb133111ebull;
	return (x >> 33) % 255 + 1;
}

void workload_pattern(void *buf, uint32_t nr, int64_t pos, size_t len)
{
	uint8_t *bytes = buf;

	for (size_t i = 0; i < len; i++)
		bytes[i] = workload_byte(nr, pos + i);
}
