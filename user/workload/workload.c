// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of workload files: directives[] has a row for each first word with the arguments it takes; what these are
 * is in parse_args.c, with a row for each flag of "write", and the lines of the set-up are in parse_setup.c.
 */
#include "user/workload/workload.h"

#include <errno.h>
#include <string.h>

#include "user/workload/parse.h"

#define WL_FILE_MAX (16u << 20)

/* --- operations --- */

static int parse_args(struct parser *p, const struct directive *d, struct workload_op *op)
{
	for (size_t i = 0; i < ARGS_MAX && d->args[i]; i++) {
		const struct argument *arg = d->args[i];
		const char *end = p->next;
		struct word w;

		do {
			if (!word_next(p, &w)) {
				if (arg->optional)
					break;
				return parse_bad(p, word_column(p, end), "%s needs %s", d->name, arg->name);
			}
			if (arg->parse(p, &w, op))
				return -EINVAL;
		} while (arg->repeats);
	}
	return parse_no_more(p, d->name);
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
		return parse_bad(p, w->column, "%s: more than %d operations", d->name, WL_OPS_MAX);
	ret = reserve_ops(p, 1);
	if (!ret)
		ret = remember_step(p);
	if (!ret)
		p->wl->ops[p->wl->nr_ops++] = *op;
	return ret;
}

/* In a parallel block only what a thread can do. */
static int check_place(struct parser *p, const struct directive *d, const struct word *w)
{
	if (!p->parallel_line)
		return 0;
	if (!p->threads)
		return parse_bad(p, w->column, "%s of no thread: parallel needs 'thread NAME' first", d->name);
	if (d->nr != OP_WRITE && d->nr != OP_FSYNC && d->nr != OP_FDATASYNC)
		return parse_bad(p, w->column, "%s in a thread: it may only write, fsync and fdatasync", d->name);
	return 0;
}

static int join_thread(const struct parser *p, struct workload_op *op)
{
	if (op->submit != SUBMIT_SYNC)
		return parse_bad(p, p->column_of[op->submit == SUBMIT_LIBAIO ? WORD_LIBAIO : WORD_IO_URING],
				 "a thread writes with pwritev2(2)");
	op->group = p->groups;
	op->thread = p->threads - 1;
	memcpy(op->thread_name, p->thread, sizeof(op->thread_name));
	return 0;
}

static int parse_op(struct parser *p, const struct directive *d, const struct word *w)
{
	struct workload_op op = {.kind = d->nr, .line = p->line};
	int ret = check_place(p, d, w);

	if (ret)
		return ret;
	p->step = 0;
	memset(p->column_of, 0, sizeof(p->column_of));
	ret = parse_args(p, d, &op);
	if (!ret && op.kind == OP_WRITE)
		ret = parse_check_write(p, &op);
	if (!ret && p->parallel_line)
		ret = join_thread(p, &op);
	return ret ?: append_op(p, d, w, &op);
}

/* --- repeat --- */

static int parse_repeat(struct parser *p, const struct directive *d, const struct word *w)
{
	const char *end = p->next;
	struct word count;

	if (p->repeat_line)
		return parse_bad(p, w->column, "repeat inside the repeat of line %u", p->repeat_line);
	if (!word_next(p, &count))
		return parse_bad(p, word_column(p, end), "repeat needs a count");
	if (parse_number(p, &count, "the count", 1, WL_OPS_MAX, &p->repeats))
		return -EINVAL;
	p->repeat_line = p->line;
	p->repeat_column = w->column;
	p->body = p->wl->nr_ops;
	return parse_no_more(p, d->name);
}

/* The body stands in the list already, as iteration 0. */
static int end_repeat(struct parser *p)
{
	size_t len = p->wl->nr_ops - p->body;
	int ret = reserve_ops(p, len * (p->repeats - 1));

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

/* --- parallel --- */

static int parse_parallel(struct parser *p, const struct directive *d, const struct word *w)
{
	if (p->repeat_line)
		return parse_bad(p, w->column, "parallel inside the repeat of line %u", p->repeat_line);
	if (p->parallel_line)
		return parse_bad(p, w->column, "parallel inside the parallel of line %u", p->parallel_line);
	if (p->groups == UINT16_MAX)
		return parse_bad(p, w->column, "more than %d parallel blocks", UINT16_MAX);
	p->parallel_line = p->line;
	p->parallel_column = w->column;
	p->groups++;
	p->first = p->wl->nr_ops;
	p->threads = 0;
	return parse_no_more(p, d->name);
}

static bool has_thread(const struct parser *p, const char *name)
{
	for (size_t i = p->first; i < p->wl->nr_ops; i++)
		if (!strcmp(p->wl->ops[i].thread_name, name))
			return true;
	return false;
}

/* The one before it has something to do. */
static bool thread_is_empty(const struct parser *p)
{
	return p->threads && (p->wl->nr_ops == p->first || p->wl->ops[p->wl->nr_ops - 1].thread != p->threads - 1);
}

static int parse_thread(struct parser *p, const struct directive *d, const struct word *w)
{
	const char *end = p->next;
	struct word name;

	if (!p->parallel_line || p->repeat_line)
		return parse_bad(p, w->column, "thread outside of parallel");
	if (thread_is_empty(p))
		return parse_bad(p, w->column, "the thread '%s' has nothing to do", p->thread);
	if (p->threads == WL_THREADS_MAX)
		return parse_bad(p, w->column, "more than %d threads", WL_THREADS_MAX);
	if (!word_next(p, &name))
		return parse_bad(p, word_column(p, end), "%s needs a name", d->name);
	memset(p->thread, 0, sizeof(p->thread));
	if (parse_text(p, &name, "the name", p->thread, sizeof(p->thread)) ||
	    parse_plain(p, &name, "a thread's name", p->thread))
		return -EINVAL;
	if (has_thread(p, p->thread))
		return parse_bad(p, name.column, "there is a thread '%s' already", p->thread);
	p->threads++;
	return parse_no_more(p, d->name);
}

static int end_parallel(struct parser *p, const struct word *w)
{
	if (!p->threads || thread_is_empty(p))
		return parse_bad(p, w->column, "end of a parallel whose last thread has nothing to do");
	p->parallel_line = 0;
	return 0;
}

static int parse_end(struct parser *p, const struct directive *d, const struct word *w)
{
	if (!p->repeat_line && !p->parallel_line)
		return parse_bad(p, w->column, "end without repeat");
	if (parse_no_more(p, d->name))
		return -EINVAL;
	return p->repeat_line ? end_repeat(p) : end_parallel(p, w);
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
	{"fdatasync", parse_op, OP_FDATASYNC, {&arg_file}},
	{"mmap-read", parse_op, OP_MMAP_READ, {&arg_file, &arg_pos, &arg_map_len}},
	{"mmap-write", parse_op, OP_MMAP_WRITE, {&arg_file, &arg_pos, &arg_map_len}},
	{"sync", parse_op, OP_SYNC, {NULL}},
	{"chattr", parse_op, OP_CHATTR, {&arg_file, &arg_attr}},
	{"chmod", parse_op, OP_CHMOD, {&arg_file, &arg_mode}},
	{"limit", parse_op, OP_LIMIT, {&arg_limit}},
	{"remount", parse_op, OP_REMOUNT, {NULL}},
	{"open", parse_op, OP_OPEN, {&arg_file, &arg_open_flags}},
	{"write", parse_op, OP_WRITE, {&arg_file, &arg_pos, &arg_data_len, &arg_flags}},
	{"repeat", parse_repeat, 0, {NULL}},
	{"parallel", parse_parallel, 0, {NULL}},
	{"thread", parse_thread, 0, {NULL}},
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
		return parse_bad(p, w->column, "%s after the first operation: set-up comes before it", d->name);
	if (p->setup_seen & 1u << d->nr)
		return parse_bad(p, w->column, "%s is given twice", d->name);
	if (d->nr == SETUP_SCENARIO && p->setup_seen)
		return parse_bad(p, w->column, "scenario comes before the set-up");
	p->setup_seen |= 1u << d->nr;
	return 0;
}

static int check_bytes(const struct parser *p)
{
	for (const char *c = p->start; c < p->end; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return parse_bad(p, word_column(p, c), "the byte 0x%02x has no place in a text",
					 (unsigned char)*c);
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
	while (p->end > line && word_is_blank(p->end[-1]))
		p->end--;
	if (!word_next(p, &w))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		if (!word_is(&w, directives[i].name))
			continue;
		return check_setup(p, &directives[i], &w) ?: directives[i].parse(p, &directives[i], &w);
	}
	return parse_bad(p, w.column, "unknown word '%.*s'", WORD_ARG(&w));
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
		ret = parse_bad(p, p->repeat_column, "repeat without end");
	}
	if (!ret && p->parallel_line) {
		p->line = p->parallel_line;
		ret = parse_bad(p, p->parallel_column, "parallel without end");
	}
	return ret;
}

/* --- the workload --- */

static bool has_block_size(const char *options)
{
	for (const char *at = options; (at = strstr(at, "-b")); at++) {
		if (at == options || word_is_blank(at[-1]))
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

const struct workload_op *workload_op(const struct workload *wl, uint32_t nr)
{
	return nr && nr <= wl->nr_ops ? &wl->ops[nr - 1] : NULL;
}

size_t workload_group_len(const struct workload *wl, size_t first)
{
	size_t len = 0;

	while (first + len < wl->nr_ops && wl->ops[first + len].group == wl->ops[first].group)
		len++;
	return len;
}

/* --- what is written --- */

/*
 * Positions one apart, and the same position in two operations, give other bytes: a shifted write shows. They are made
 * in words of eight: a sum that is another for each operation and place, mixed; never 0, nor what a disk was filled
 * with before (template.c).
 */
#define OF_NR	  0xbf58476d1ce4e5b9ull
#define OF_WORD	  0x9e3779b97f4a7c15ull
#define NOT_ASCII 0x8080808080808080ull

static uint64_t sum_of(uint32_t nr, int64_t pos)
{
	return nr * OF_NR + (uint64_t)(pos >> 3) * OF_WORD;
}

static uint64_t word_of(uint64_t sum)
{
	return (sum ^ sum >> 29) | NOT_ASCII;
}

/* It is much of what random workloads do: vectors, whatever a processor has; the program's loader chooses. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define IN_VECTORS __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define IN_VECTORS
#endif

/* As many whole words as fit: how many bytes. */
IN_VECTORS static size_t pattern_words(uint8_t *bytes, uint32_t nr, int64_t pos, size_t len)
{
	uint64_t sum = sum_of(nr, pos), word;
	size_t i = 0;

	for (; i + sizeof(word) <= len; i += sizeof(word), sum += OF_WORD) {
		word = word_of(sum);
		memcpy(bytes + i, &word, sizeof(word));
	}
	return i;
}

uint8_t workload_byte(uint32_t nr, int64_t pos)
{
	return (uint8_t)(word_of(sum_of(nr, pos)) >> 8 * (pos & 7));
}

void workload_pattern(void *buf, uint32_t nr, int64_t pos, size_t len)
{
	uint8_t *bytes = buf;
	size_t i = 0;

	for (; i < len && (pos + (int64_t)i) & 7; i++)
		bytes[i] = workload_byte(nr, pos + (int64_t)i);
	i += pattern_words(bytes + i, nr, pos + (int64_t)i, len - i);
	for (; i < len; i++)
		bytes[i] = workload_byte(nr, pos + (int64_t)i);
}

bool workload_may_write(const uint8_t *bytes, size_t len)
{
	uint64_t all = NOT_ASCII, word;
	size_t i = 0;

	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		all &= word;
	}
	for (; i < len; i++)
		all &= bytes[i] * (NOT_ASCII / 0x80);
	return all == NOT_ASCII;
}
