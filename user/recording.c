// SPDX-License-Identifier: GPL-2.0-only
#include "user/recording.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "bpf/write_record.h"
#include "user/trace_file.h"

struct recording {
	struct capture *capture;
	struct trace_writer *trace;
	struct errmsg why; /* of a write to the trace that failed inside a drain */
	uint64_t writes;
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

static int describe(struct recording *r, const struct recording_options *o, struct meta *header)
{
	const struct {
		const char *key, *value;
	} lines[] = {{META_COMMAND, o->command}, {META_FILTER, o->filter}, {META_DEVICE, o->device}};
	int ret = capture_describe(r->capture, header);

	for (size_t i = 0; !ret && i < ARRAY_SIZE(lines); i++)
		if (lines[i].value)
			ret = meta_set(header, lines[i].key, lines[i].value);
	return ret ? ret : describe_start(header);
}

static int open_trace(struct recording *r, const struct recording_options *options, int fd, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta header = {0};
	int ret = describe(r, options, &header);

	if (ret) {
		close(fd);
		return fail(err, ret, "cannot describe the recording: %s", strerror(-ret));
	}
	return trace_writer_open(&r->trace, fd, &header, err);
}

static void recording_free(struct recording *r)
{
	capture_close(r->capture);
	trace_writer_free(r->trace);
	free(r);
}

int recording_open(struct recording **out, const struct recording_options *options, int fd, struct errmsg *err)
{
	struct recording *r = calloc(1, sizeof(*r));
	int ret;

	ret = r ? capture_open(&r->capture, &options->capture, err) : fail(err, -ENOMEM, "out of memory");
	if (ret) {
		close(fd);
		free(r);
		return ret;
	}
	ret = open_trace(r, options, fd, err);
	if (ret) {
		recording_free(r);
		return ret;
	}
	*out = r;
	return 0;
}

int recording_add_pid(struct recording *r, pid_t pid, struct errmsg *err)
{
	return capture_add_pid(r->capture, pid, err);
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

static int account(struct recording *r, int exit_status, struct meta *trailer, struct recording_totals *totals)
{
	int ret = capture_account(r->capture, trailer);

	if (!ret)
		ret = meta_setf(trailer, META_WRITES, "%llu", (unsigned long long)r->writes);
	if (!ret && exit_status >= 0)
		ret = meta_setf(trailer, META_EXIT, "%d", exit_status);
	*totals = (struct recording_totals){
		.writes = r->writes,
		.entered = meta_u64(trailer, META_ENTERED, 0),
		.lost = meta_u64(trailer, META_LOST_RING, 0) + meta_u64(trailer, META_LOST_STATE, 0),
		.lost_steps = meta_u64(trailer, META_LOST_STEPS, 0),
		.in_flight = meta_u64(trailer, META_IN_FLIGHT, 0),
	};
	return ret;
}

int recording_close(struct recording *r, int exit_status, struct recording_totals *totals, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta trailer = {0};
	int ret = capture_finish(r->capture, take_record, r);

	if (!ret)
		ret = account(r, exit_status, &trailer, totals);
	if (!ret) {
		ret = trace_writer_close(r->trace, &trailer, &r->why);
		r->trace = NULL;
	}
	ret = explain(r, ret, err);
	recording_free(r);
	return ret;
}
