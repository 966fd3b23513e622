// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/recording.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "bpf/write_record.h"
#include "user/capture/machine.h"
#include "user/capture/segments.h"

#define WORDS_MAX 4096

struct recording {
	struct capture *capture;
	struct segments *trace;
	struct errmsg why;		/* of a write to the trace that failed inside a drain */
	struct recording_totals totals; /* writes and accounts, as they come */
	bool in_turns;
	struct recording_totals part;	   /* in turns: those of the segment; */
	struct capture_totals part_before; /* what was counted before it */
	uint64_t start_ns;		   /* CLOCK_MONOTONIC */
	struct capture_totals before;	   /* what earlier recordings of the capture account for */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int describe_start(struct recording *r, struct meta *header)
{
	struct timespec wall;
	struct tm tm;
	char text[40];
	int ret;

	r->start_ns = now_ns();
	clock_gettime(CLOCK_REALTIME, &wall);
	localtime_r(&wall.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &tm);
	ret = meta_set(header, META_STARTED, text);
	return ret ? ret : meta_setf(header, META_START_NS, "%llu", (unsigned long long)r->start_ns);
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
	if (!ret)
		ret = machine_describe(header);
	return ret ? ret : describe_start(r, header);
}

static int open_trace(struct recording *r, const struct recording_words *words, int fd, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta header = {0};
	int ret = describe(r, words, &header);

	if (ret)
		return fail(err, ret, "cannot describe the recording: %s", strerror(-ret));
	return segments_open(&r->trace, fd, words->turns, &header, err);
}

int recording_open(struct recording **out, struct capture *capture, const struct recording_words *words, int fd,
		   struct errmsg *err)
{
	struct recording *r = calloc(1, sizeof(*r));
	int ret;

	if (r) {
		r->capture = capture;
		r->in_turns = words->turns;
		capture_settled_totals(capture, &r->before);
		r->part_before = r->before;
		recording_accounts_init(&r->totals.accounts, capture);
		recording_accounts_init(&r->part.accounts, capture);
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

	if (head->type == RECORD_WRITE) {
		r->totals.writes++;
		r->part.writes++;
		accounts_take(&r->totals.accounts, record);
		if (r->in_turns)
			accounts_take(&r->part.accounts, record);
	}
	return segments_append(r->trace, record, head->len < len ? head->len : len, &r->why);
}

static int explain(struct recording *r, int ret, struct errmsg *err)
{
	if (!ret)
		return 0;
	return fail(err, ret, "%s", r->why.text[0] ? r->why.text : strerror(-ret));
}

/* --- totals --- */

void recording_accounts_init(struct accounts *accounts, const struct capture *capture)
{
	memset(accounts, 0, sizeof(*accounts));
	for (int fact = 0; fact < NR_FACTS; fact++)
		accounts->promised[fact] = hooks_fact_how(capture_plan(capture), fact);
}

static struct cost_sample sample_since(const struct cost_sample *now, const struct cost_sample *before)
{
	return (struct cost_sample){
		.ns = now->ns - before->ns,
		.run_ns = now->run_ns - before->run_ns,
		.calls_ns = now->calls_ns - before->calls_ns,
		.runs = now->runs - before->runs,
		.writes = now->writes - before->writes,
		.others = now->others - before->others,
	};
}

void recording_count(struct recording_totals *t, const struct capture *capture, const struct capture_totals *before)
{
	static const struct capture_totals nothing;
	struct capture_totals now;

	if (!before)
		before = &nothing;
	capture_totals(capture, &now);
	t->entered = now.entered - before->entered;
	t->fast = now.fast - before->fast;
	t->lost_ring = now.lost_ring - before->lost_ring;
	t->lost_state = now.lost_state - before->lost_state;
	t->lost_steps = now.lost_steps - before->lost_steps;
	t->in_flight = now.in_flight - before->in_flight;
	t->foreign = now.foreign - before->foreign;
	t->other_fs = now.other_fs - before->other_fs;
	t->lost_syncs = now.lost_syncs - before->lost_syncs;
	t->nameless = now.nameless - before->nameless;
	t->skipped = now.skipped - before->skipped;
	t->cost.sample = sample_since(&now.cost, &before->cost);
	t->cost.ring_high = now.ring_high;
	t->cost.ring_size = now.ring_bytes;
	t->cost.ring_lost = t->lost_ring + t->lost_steps;
}

void recording_balance(struct recording_totals *t)
{
	accounts_take_totals(&t->accounts, t->entered, t->writes + t->fast + t->lost_ring + t->lost_state);
}

/* The lines of a trailer, both ways. */
static const struct {
	const char *key;
	size_t offset;
} total_lines[] = {
	{META_WRITES, offsetof(struct recording_totals, writes)},
	{META_ENTERED, offsetof(struct recording_totals, entered)},
	{META_FAST, offsetof(struct recording_totals, fast)},
	{META_LOST_RING, offsetof(struct recording_totals, lost_ring)},
	{META_LOST_STATE, offsetof(struct recording_totals, lost_state)},
	{META_LOST_STEPS, offsetof(struct recording_totals, lost_steps)},
	{META_NAMELESS, offsetof(struct recording_totals, nameless)},
	{META_IN_FLIGHT, offsetof(struct recording_totals, in_flight)},
	{META_FOREIGN, offsetof(struct recording_totals, foreign)},
	{META_OTHER_FS, offsetof(struct recording_totals, other_fs)},
	{META_LOST_SYNCS, offsetof(struct recording_totals, lost_syncs)},
	{META_SKIPPED, offsetof(struct recording_totals, skipped)},
	{META_COST_NS, offsetof(struct recording_totals, cost.sample.run_ns)},
	{META_COST_WRITES, offsetof(struct recording_totals, cost.sample.writes)},
	{META_COST_SPAN, offsetof(struct recording_totals, cost.sample.ns)},
	{META_COST_RUNS, offsetof(struct recording_totals, cost.sample.runs)},
	{META_COST_CALLS, offsetof(struct recording_totals, cost.sample.calls_ns)},
	{META_COST_OTHERS, offsetof(struct recording_totals, cost.sample.others)},
	{META_RING_HIGH, offsetof(struct recording_totals, cost.ring_high)},
	{META_RING_SIZE, offsetof(struct recording_totals, cost.ring_size)},
};

void recording_totals_load(struct recording_totals *t, const struct meta *trailer)
{
	*t = (struct recording_totals){0};
	for (size_t i = 0; i < ARRAY_SIZE(total_lines); i++)
		*(uint64_t *)((char *)t + total_lines[i].offset) = meta_u64(trailer, total_lines[i].key, 0);
	cost_load(&t->cost, trailer);
	accounts_load(&t->accounts, trailer);
}

static int describe_end(const struct recording_totals *t, int exit_status, uint64_t since_ns, struct meta *trailer)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(total_lines); i++)
		ret = meta_setf(trailer, total_lines[i].key, "%llu",
				*(const unsigned long long *)((const char *)t + total_lines[i].offset));
	if (!ret && exit_status >= 0)
		ret = meta_setf(trailer, META_EXIT, "%d", exit_status);
	if (!ret)
		ret = accounts_store(&t->accounts, trailer);
	return ret ? ret : meta_setf(trailer, META_DURATION, "%llu", (unsigned long long)(now_ns() - since_ns));
}

/*
 * Of one segment of several. A write that entered in one may be recorded in the next: so none says how many entered,
 * and only the last how many are in flight.
 */
static int describe_part(struct recording *r, bool last, int exit_status, struct meta *trailer)
{
	int ret;

	recording_count(&r->part, r->capture, &r->part_before);
	ret = describe_end(&r->part, exit_status, segments_began_ns(r->trace), trailer);
	meta_unset(trailer, META_ENTERED);
	if (!last)
		meta_unset(trailer, META_IN_FLIGHT);
	return ret;
}

static void begin_part(struct recording *r)
{
	r->part = (struct recording_totals){0};
	recording_accounts_init(&r->part.accounts, r->capture);
	capture_totals(r->capture, &r->part_before);
}

static int turn(struct recording *r)
{
	_cleanup_(meta_release) struct meta trailer = {0};
	int ret = describe_part(r, false, -1, &trailer);

	if (!ret)
		ret = segments_turn(r->trace, &trailer, &r->why);
	begin_part(r);
	return ret;
}

int recording_pump(struct recording *r, int timeout_ms, struct errmsg *err)
{
	int ret = capture_drain(r->capture, timeout_ms, take_record, r);

	if (!ret)
		ret = segments_flush_due(r->trace, &r->why);
	if (!ret && segments_due(r->trace))
		ret = turn(r);
	return explain(r, ret, err);
}

uint64_t recording_bytes(const struct recording *r)
{
	return segments_bytes(r->trace);
}

unsigned int recording_segments(const struct recording *r)
{
	return segments_nr(r->trace);
}

int recording_close(struct recording *r, int exit_status, struct recording_totals *totals, struct errmsg *err)
{
	_cleanup_(meta_release) struct meta trailer = {0};
	int ret = capture_settle(r->capture, take_record, r);

	recording_count(&r->totals, r->capture, &r->before);
	recording_balance(&r->totals);
	*totals = r->totals;
	if (!ret && segments_nr(r->trace) > 1)
		ret = describe_part(r, true, exit_status, &trailer);
	else if (!ret)
		ret = describe_end(totals, exit_status, r->start_ns, &trailer);
	if (!ret) {
		ret = segments_close(r->trace, &trailer, &r->why);
		r->trace = NULL;
	}
	ret = explain(r, ret, err);
	segments_free(r->trace);
	free(r);
	return ret;
}
