// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "reports/model/accounts.h"
#include "user/base/array.h"
#include "reports/model/counts.h"
#include "reports/model/files.h"
#include "reports/text/live.h"
#include "reports/model/record_check.h"
#include "user/trace/record_v1.h"
#include "user/trace/trace_block.h"
#include "user/trace/trace_file.h"
#include "user/trace/trace_window.h"

#define RECORD_FAULTS_MAX 10 /* a trace in which every record is wrong is said in so many lines */

struct check {
	struct check_result *result;
	fault_fn fault;
	void *ctx;
	struct progress *progress;
	progress_place place;
	struct write_set one; /* the write at hand */
	struct accounts accounts;
	struct counts counts;
	uint64_t steps_here, steps_due;
	unsigned int record_faults;
	struct span_memory memory;
	struct trace_span *spans; /* made again: result->blocks of them */
};

__attribute__((format(printf, 2, 3))) static void say(struct check *c, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	c->result->faults++;
	c->fault(c->ctx, text ? text : "out of memory");
}

/* --- records --- */

/* Of the types that live_take() passes by. */
static int check_passed(const struct record_head *head, size_t len, struct errmsg *err)
{
	switch (head->type) {
	case RECORD_STEPS:
		return check_steps_record((const void *)head, len, err);
	case RECORD_SYNC:
		return check_sync_record((const void *)head, len, err);
	}
	return 0;
}

static void say_record(struct check *c, const char *what)
{
	if (c->record_faults++ < RECORD_FAULTS_MAX)
		say(c, "%s", what);
}

static void take_write(struct check *c, const struct write_record *rec)
{
	accounts_take(&c->accounts, rec);
	counts_take(&c->counts, rec, rec->nr_inline);
	c->steps_due += rec->steps_total - rec->nr_inline;
	c->result->writes++;
}

/* It has been looked at, and is one of ours. */
static void take_sound(struct check *c, const void *record, size_t len)
{
	unsigned int version = (unsigned int)meta_u64(&c->one.header, META_RECORD_VERSION, 0);
	const struct record_head *head = record;
	struct record_buffer buf;
	const void *today;

	switch ((enum record_type)head->type) {
	case RECORD_WRITE:
		if (!record_of_version(version, record, &len, &buf, &today, NULL))
			take_write(c, today);
		break;
	case RECORD_STEPS:
		c->steps_here += ((const struct steps_record *)record)->nr;
		break;
	case RECORD_FILE:
		c->result->files++;
		break;
	case RECORD_SYNC:
		c->result->syncs++;
		break;
	}
}

static int take_record(struct check *c, const void *record, size_t len, struct errmsg *err)
{
	struct errmsg why;
	int ret = live_take(&c->one, record, len, &why);

	if (ret == -ENOMEM)
		return fail(err, ret, "%s", why.text);
	if (ret < 0)
		say_record(c, why.text);
	else if (check_passed(record, len, &why))
		say_record(c, why.text);
	else
		take_sound(c, record, len);
	return 0;
}

/* --- blocks --- */

/* The first record of another block has come. */
static int begin_block(struct check *c, uint64_t offset)
{
	uint64_t nr = c->result->blocks;
	struct trace_span *spans = array_grow(c->spans, nr, sizeof(*spans));

	if (!spans)
		return -ENOMEM;
	c->spans = spans;
	if (nr)
		span_end(&spans[nr - 1], &c->memory);
	span_init(&spans[nr]);
	spans[nr].offset = offset;
	c->result->blocks++;
	return 0;
}

static int take_in_block(struct check *c, const struct trace_reader *r, const void *record, size_t len,
			 struct errmsg *err)
{
	uint64_t offset = trace_reader_offset(r);

	if (!c->result->blocks || c->spans[c->result->blocks - 1].offset != offset)
		if (begin_block(c, offset))
			return fail(err, -ENOMEM, "out of memory after %" PRIu64 " blocks", c->result->blocks);
	span_take(&c->spans[c->result->blocks - 1], &c->memory, record, len);
	if (progress_write(c->progress, &c->place, offset))
		return fail(err, -EINTR, "it was interrupted");
	return take_record(c, record, len, err);
}

static int take_records(struct check *c, struct trace_reader *r, struct errmsg *err)
{
	const void *record;
	size_t len;
	int ret;

	while ((ret = trace_reader_next(r, &record, &len, err)) == 1) {
		ret = take_in_block(c, r, record, len, err);
		if (ret)
			return ret;
	}
	if (c->result->blocks)
		span_end(&c->spans[c->result->blocks - 1], &c->memory);
	/* a block that holds what it cannot is a fault of the trace: its end says which */
	return ret == -EINVAL ? 0 : ret;
}

/* --- the index --- */

/* Those that say nothing of files were also made by another rule of what needs which steps. */
static bool same_span(const struct trace_span *a, const struct trace_span *b, bool all)
{
	return a->offset == b->offset && a->first_ns == b->first_ns && a->last_ns == b->last_ns &&
	       a->writes == b->writes &&
	       (!all || (a->flags == b->flags && !memcmp(a->files, b->files, sizeof(a->files))));
}

static void compare_spans(struct check *c, const struct trace_spans *index)
{
	if (index->nr != c->result->blocks)
		say(c, "the index has %" PRIu64 " blocks of records, and %" PRIu64 " are here", index->nr,
		    c->result->blocks);
	for (uint64_t i = 0; i < index->nr && i < c->result->blocks; i++) {
		if (same_span(&index->spans[i], &c->spans[i], !index->without_files))
			continue;
		say(c, "the index is wrong about block %" PRIu64 " at byte %" PRIu64, span_seq(i), c->spans[i].offset);
		return;
	}
}

static void check_index(struct check *c, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct trace_spans index;

	if (c->result->version == TRACE_VERSION_RAW)
		return;
	if (fd < 0 || !trace_spans_load(&index, fd)) {
		say(c, "the index cannot be used: its parts do not fit each other");
		return;
	}
	c->result->indexed = true;
	compare_spans(c, &index);
	trace_spans_release(&index);
}

/* --- the trailer --- */

/* Steps that came without their write are part of a loss. */
static void count_steps(struct check *c)
{
	if (c->steps_here > c->steps_due && !c->result->lost)
		say(c, "%" PRIu64 " steps more are here than the writes have", c->steps_here - c->steps_due);
	c->counts.steps_missing = c->steps_due > c->steps_here ? c->steps_due - c->steps_here : 0;
}

static int check_counts(struct check *c, const struct meta *trailer)
{
	_cleanup_free_ char *why = NULL;

	c->result->lost = meta_u64(trailer, META_LOST_RING, 0) + meta_u64(trailer, META_LOST_STATE, 0);
	count_steps(c);
	if (counts_check(&c->counts, trailer, &why))
		return -ENOMEM;
	if (why)
		say(c, "%s", why);
	return 0;
}

/*
 * What the trailer says of an account against what its records say. Which ones were due only the recorder knew: one
 * that has nothing was not. The first is drawn from the totals.
 */
static void compare_accounts(struct check *c, const struct accounts *told)
{
	for (unsigned int i = 1; account_key(i); i++) {
		const struct account *a = &told->accounts[i], *b = &c->accounts.accounts[i];

		if (!a->left && !a->right)
			continue;
		if (a->left != b->left || a->right != b->right)
			say(c,
			    "account %s: the trailer says %" PRIu64 " and %" PRIu64 ", the records %" PRIu64
			    " and %" PRIu64,
			    account_key(i), a->left, a->right, b->left, b->right);
	}
}

static int check_accounts(struct check *c, const struct meta *trailer)
{
	_cleanup_free_ char *warning = NULL;
	struct accounts told;

	if (!accounts_load(&told, trailer))
		return 0;
	c->result->accounts = accounts_drawn(&told);
	compare_accounts(c, &told);
	if (accounts_check(trailer, &warning))
		return -ENOMEM;
	if (warning)
		say(c, "%s", warning);
	return 0;
}

static int check_end(struct check *c, const struct trace_reader *r, const char *path)
{
	const struct meta *trailer;
	const char *why;
	int ret;

	if (trace_reader_end(r, &trailer, &why) != TRACE_COMPLETE) {
		say(c, "%s", why);
		return 0;
	}
	ret = check_counts(c, trailer);
	if (!ret)
		ret = check_accounts(c, trailer);
	check_index(c, path);
	return ret;
}

/* --- all of it --- */

static int check_opened(struct check *c, struct trace_reader *r, const char *path, struct errmsg *err)
{
	int ret = live_take_header(&c->one, trace_reader_header(r), err);

	c->result->version = trace_reader_version(r);
	memset(c->accounts.promised, HOW_OBSERVED, sizeof(c->accounts.promised));
	if (!ret)
		ret = take_records(c, r, err);
	if (ret)
		return ret;
	if (c->record_faults > RECORD_FAULTS_MAX)
		say(c, "%u more records are wrong", c->record_faults - RECORD_FAULTS_MAX);
	return check_end(c, r, path) ? fail(err, -ENOMEM, "out of memory") : 0;
}

int check_trace(const char *path, struct check_result *result, fault_fn fault, void *ctx, struct progress *progress,
		struct errmsg *err)
{
	struct check *c = calloc(1, sizeof(*c));
	struct trace_reader *r;
	int ret = c ? trace_reader_open(&r, path, err) : fail(err, -ENOMEM, "out of memory");

	*result = (struct check_result){0};
	if (!ret) {
		c->result = result;
		c->fault = fault;
		c->ctx = ctx;
		c->progress = progress;
		ret = check_opened(c, r, path, err);
		trace_reader_close(r);
		set_release(&c->one);
		free(c->spans);
	}
	free(c);
	return ret;
}
