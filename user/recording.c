// SPDX-License-Identifier: GPL-2.0-only
#include "user/recording.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "bpf/write_record.h"
#include "user/trace_file.h"

#define WORDS_MAX 4096

struct recording {
	struct capture *capture;
	struct trace_writer *trace;
	struct errmsg why; /* of a write to the trace that failed inside a drain */
	uint64_t writes;
	struct capture_totals before; /* what the capture had counted when this began */
};

static int describe_start(struct meta *header)
{
	struct timespec mono, wall;
	struct tm tm;
	char text[40];
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	localtime_r(&wall.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &tm);
	ret = meta_set(header, META_STARTED, text);
	return ret ? ret : meta_setf(header, META_START_NS, "%llu", mono.tv_sec * 1000000000ull + mono.tv_nsec);
}

static int describe(struct recording *r, const struct recording_words *o, struct meta *header)
{
	const struct {
		const char *key, *value;
	} lines[] = {{META_COMMAND, o->command}, {META_DEVICE, o->device}};
	int ret = capture_describe(r->capture, header);

	for (size_t i = 0; !ret && i < ARRAY_SIZE(lines); i++)
		if (lines[i].value) /* a command line may be megabytes long */
			ret = meta_setf(header, lines[i].key, "%.*s", WORDS_MAX, lines[i].value);
	return ret ? ret : describe_start(header);
}

static int open_trace(struct recording *r, const struct recording_words *words, int fd, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta header = {0};
	int ret = describe(r, words, &header);

	if (ret)
		return fail(err, ret, "cannot describe the recording: %s", strerror(-ret));
	return trace_writer_open(&r->trace, fd, &header, err);
}

int recording_open(struct recording **out, struct capture *capture, const struct recording_words *words, int fd,
		   struct errmsg *err)
{
	struct recording *r = calloc(1, sizeof(*r));
	int ret;

	if (r) {
		r->capture = capture;
		capture_totals(capture, &r->before);
	}
	ret = r ? open_trace(r, words, fd, err) : fail(err, -ENOMEM, "out of memory");
	if (ret) {
		close(fd);
		free(r);
		return ret;
	}
	*out = r;
	return 0;
}

static int take_record(void *ctx, const void *record, size_t len)
{
	const struct record_head *head = record;
	struct recording *r = ctx;

	if (head->type == RECORD_WRITE)
		r->writes++;
	return trace_writer_append(r->trace, record, head->len < len ? head->len : len, &r->why);
}

static int explain(struct recording *r, int ret, struct errmsg *err)
{
	if (!ret)
		return 0;
	return fail(err, ret, "%s", r->why.text[0] ? r->why.text : strerror(-ret));
}

int recording_pump(struct recording *r, int timeout_ms, struct errmsg *err)
{
	int ret = capture_drain(r->capture, timeout_ms, take_record, r);

	if (!ret)
		ret = trace_writer_flush(r->trace, &r->why);
	return explain(r, ret, err);
}

static void count(const struct recording *r, struct recording_totals *totals)
{
	const struct capture_totals *before = &r->before;
	struct capture_totals now;

	capture_totals(r->capture, &now);
	*totals = (struct recording_totals){
		.writes = r->writes,
		.entered = now.entered - before->entered,
		.lost_ring = now.lost_ring - before->lost_ring,
		.lost_state = now.lost_state - before->lost_state,
		.lost_steps = now.lost_steps - before->lost_steps,
		.in_flight = now.in_flight - before->in_flight,
		.skipped = now.skipped - before->skipped,
	};
}

static int describe_end(const struct recording_totals *t, int exit_status, struct meta *trailer)
{
	const struct {
		const char *key;
		uint64_t value;
	} lines[] = {
		{META_WRITES, t->writes},	  {META_ENTERED, t->entered},	    {META_LOST_RING, t->lost_ring},
		{META_LOST_STATE, t->lost_state}, {META_LOST_STEPS, t->lost_steps}, {META_IN_FLIGHT, t->in_flight},
		{META_SKIPPED, t->skipped},
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(lines); i++)
		ret = meta_setf(trailer, lines[i].key, "%llu", (unsigned long long)lines[i].value);
	if (!ret && exit_status >= 0)
		ret = meta_setf(trailer, META_EXIT, "%d", exit_status);
	return ret;
}

int recording_close(struct recording *r, int exit_status, struct recording_totals *totals, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta trailer = {0};
	int ret = capture_settle(r->capture, take_record, r);

	count(r, totals);
	if (!ret)
		ret = describe_end(totals, exit_status, &trailer);
	if (!ret) {
		ret = trace_writer_close(r->trace, &trailer, &r->why);
		r->trace = NULL;
	}
	ret = explain(r, ret, err);
	trace_writer_free(r->trace);
	free(r);
	return ret;
}
