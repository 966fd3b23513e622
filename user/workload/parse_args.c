// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an operation is told: a function each that turns one word into members of it, and write_words[] with a row for
 * each flag of "write".
 */
#include "user/workload/parse.h"

#include <errno.h>

#define PAGE 4096

/* --- arguments of operations --- */

static int parse_file_name(struct parser *p, const struct word *w, struct workload_op *op)
{
	return parse_text(p, w, "the file name", op->file, sizeof(op->file))
		       ?: parse_plain(p, w, "a file name", op->file);
}

/* "BASE+*STEP": the position in iteration i is BASE + i * STEP, which must be a position in the last one too. */
static int parse_stepped(struct parser *p, const struct word *w, const char *plus, struct workload_op *op)
{
	struct word base = {w->text, plus - w->text, w->column};
	struct word step = {plus + 2, w->text + w->len - plus - 2, w->column + (plus + 2 - w->text)};
	int64_t last;

	if (!p->repeat_line)
		return parse_bad(p, w->column + (plus - w->text), "'+*STEP' has a meaning only inside repeat");
	if (parse_number(p, &base, "the position", 0, WL_POS_MAX, &op->pos) ||
	    parse_number(p, &step, "the step", -WL_POS_MAX, WL_POS_MAX, &p->step))
		return -EINVAL;
	if (__builtin_mul_overflow(p->step, p->repeats - 1, &last) || __builtin_add_overflow(last, op->pos, &last) ||
	    last < 0 || last > WL_POS_MAX)
		return parse_bad(p, step.column, "the position leaves 0 to %lld in %lld iterations", WL_POS_MAX,
				 (long long)p->repeats);
	return 0;
}

static int parse_pos(struct parser *p, const struct word *w, struct workload_op *op)
{
	const char *plus = memmem(w->text, w->len, "+*", 2);

	if (plus)
		return parse_stepped(p, w, plus, op);
	return parse_number(p, w, "the position", 0, WL_POS_MAX, &op->pos);
}

/* The end of the range, in whatever iteration lies farthest. */
static int check_end(struct parser *p, const struct word *w, const struct workload_op *op)
{
	int64_t pos = op->pos + (p->step > 0 ? p->step * (p->repeats - 1) : 0);

	if (op->len > WL_POS_MAX - pos)
		return parse_bad(p, w->column, "the range ends beyond %lld", WL_POS_MAX);
	return 0;
}

static int parse_data_len(struct parser *p, const struct word *w, struct workload_op *op)
{
	return parse_number(p, w, "the length", 0, WL_LEN_MAX, &op->len) ?: check_end(p, w, op);
}

static int parse_map_len(struct parser *p, const struct word *w, struct workload_op *op)
{
	return parse_number(p, w, "the length", 1, WL_LEN_MAX, &op->len) ?: check_end(p, w, op);
}

static int parse_space_len(struct parser *p, const struct word *w, struct workload_op *op)
{
	return parse_number(p, w, "the length", 1, WL_POS_MAX, &op->len) ?: check_end(p, w, op);
}

static int parse_file_size(struct parser *p, const struct word *w, struct workload_op *op)
{
	return parse_number(p, w, "the size", 0, WL_POS_MAX, &op->len);
}

static int parse_limit(struct parser *p, const struct word *w, struct workload_op *op)
{
	if (word_is(w, "none")) {
		op->len = WL_LIMIT_NONE;
		return 0;
	}
	return parse_number(p, w, "the limit", 0, WL_POS_MAX, &op->len);
}

static int parse_keep(struct parser *p, const struct word *w, struct workload_op *op)
{
	if (!word_is(w, "keep"))
		return parse_bad(p, w->column, "unexpected '%.*s': only 'keep' may follow the length", WORD_ARG(w));
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
	return parse_bad(p, w->column, "'%.*s' is none of +S -S -e +i -i +j -j", WORD_ARG(w));
}

static int parse_mode(struct parser *p, const struct word *w, struct workload_op *op)
{
	for (size_t i = 0; i < w->len; i++) {
		if (w->text[i] < '0' || w->text[i] > '7' || i == 5)
			return parse_bad(p, w->column, "the mode '%.*s' is not an octal number up to 7777",
					 WORD_ARG(w));
		op->mode = 8 * op->mode + w->text[i] - '0';
	}
	if (op->mode > 07777)
		return parse_bad(p, w->column, "the mode '%.*s' is not an octal number up to 7777", WORD_ARG(w));
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
	if (parse_number(p, value, "align", 0, PAGE - 1, &align))
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
			return parse_bad(p, w.column, "more than %d segments", WL_SEGS_MAX);
		if (parse_number(p, &w, "a segment", 1, WL_LEN_MAX, &len))
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
	bool has_value = word_split(&key, &value);

	for (size_t i = 0; i < NR_WRITE_WORDS; i++) {
		if (!word_is(&key, write_words[i].name))
			continue;
		if (has_value != write_words[i].has_value)
			return parse_bad(p, key.column,
					 has_value ? "'%s' takes no value" : "'%s' needs a value: %s=...",
					 write_words[i].name, write_words[i].name);
		if (p->column_of[i])
			return parse_bad(p, key.column, "'%s' is given twice", write_words[i].name);
		p->column_of[i] = key.column;
		return write_words[i].parse(p, &value, &write_words[i], op);
	}
	return parse_bad(p, w->column, "unknown flag '%.*s'", WORD_ARG(w));
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
		return parse_bad(p, p->column_of[WORD_SEGS], "the segments are %lld bytes together, the write is %lld",
				 (long long)sum, (long long)op->len);
	return 0;
}

int parse_check_write(struct parser *p, struct workload_op *op)
{
	for (size_t i = 0; i < ARRAY_SIZE(conflicts); i++) {
		size_t first = p->column_of[conflicts[i].first], second = p->column_of[conflicts[i].second];

		if (first && second)
			return parse_bad(p, first > second ? first : second, "%s", conflicts[i].why);
	}
	if (op->noretry && op->submit != SUBMIT_IO_URING)
		return parse_bad(p, p->column_of[WORD_NORETRY], "'noretry' has a meaning only with io_uring");
	return check_segs(p, op);
}

/* --- flags of a descriptor --- */

static int parse_open_word(struct parser *p, const struct word *w, struct workload_op *op)
{
	static const struct {
		const char *name;
		uint8_t flag;
	} words[] = {{"dsync", WRITE_DSYNC}, {"sync", WRITE_SYNC | WRITE_DSYNC}, {"append", WRITE_APPEND}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!word_is(w, words[i].name))
			continue;
		if ((op->flags & words[i].flag) == words[i].flag)
			return parse_bad(p, w->column, "'%s' is given twice", words[i].name);
		op->flags |= words[i].flag;
		return 0;
	}
	return parse_bad(p, w->column, "'%.*s' is none of dsync sync append", WORD_ARG(w));
}

/* --- all of them --- */

const struct argument arg_file = {"FILE", parse_file_name, false, false};
const struct argument arg_pos = {"POS", parse_pos, false, false};
const struct argument arg_data_len = {"LEN", parse_data_len, false, false};
const struct argument arg_map_len = {"LEN", parse_map_len, false, false};
const struct argument arg_space_len = {"LEN", parse_space_len, false, false};
const struct argument arg_size = {"SIZE", parse_file_size, false, false};
const struct argument arg_limit = {"SIZE", parse_limit, false, false};
const struct argument arg_attr = {"ATTRIBUTE", parse_attr, false, false};
const struct argument arg_mode = {"MODE", parse_mode, false, false};
const struct argument arg_keep = {"keep", parse_keep, true, false};
const struct argument arg_flags = {"flags", parse_write_word, true, true};
const struct argument arg_open_flags = {"flags", parse_open_word, true, true};
