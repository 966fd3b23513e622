// SPDX-License-Identifier: GPL-2.0-only
/*
 * dioscope live: writes as they finish, one line each, or a table of them that is drawn again and again. Whether the
 * records come from the kernel or from a trace file that record is writing, the view is the same.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "reports/text/top.h"
#include "user/cmd/command.h"
#include "user/cmd/filters.h"
#include "user/cmd/live_view.h"
#include "user/base/output.h"
#include "user/cmd/selection.h"
#include "user/trace/trace_file.h"

#define TRACE_POLL_MS	100
#define RECORDS_AT_ONCE 1000

enum {
	OPT_TOP,
	OPT_FOLLOW,
};

static const struct option_row options[] = {
	[OPT_TOP] = {"top", 0, "[=SECONDS]",
		     "a table by file and reason instead, anew each second or SECONDS; q ends it, " TOP_ORDERS
		     " sort it by its columns"},
	[OPT_FOLLOW] =
		{"follow", 'f', "TRACE",
		 "the writes of a trace file, also while record is writing it; --file, --comm and --pid as in report"},
	{NULL, 0, NULL, NULL},
};

static int run_live(int argc, char **argv);

const struct command cmd_live = {
	.name = "live",
	.arguments = "[--top[=SECONDS]] [--follow TRACE | [OPTION...] [-- CMD...]]",
	.summary = "print direct writes as they finish, of the running kernel, of CMD and its children, or of a trace",
	.options = options,
	.shared = filter_options,
	.notes = live_legend,
	.takes_command = true,
	.run = run_live,
};

struct live_args {
	struct filters filters;
	bool filtered; /* an option that is for the kernel alone was given */
	struct view_options view;
};

/* --- arguments --- */

static int take_top(struct live_args *a, const char *value, struct errmsg *err)
{
	a->view.interval_ns = 1000000000;
	if (!value || (!parse_duration(value, &a->view.interval_ns) && a->view.interval_ns))
		return 0;
	return fail(err, -EINVAL, "'%s' is not a time: 5, 5s, 500ms", value);
}

static int take_option(struct live_args *a, int option, const char *value, struct errmsg *err)
{
	int selected;

	switch (option) {
	case OPT_TOP:
		return take_top(a, value, err);
	case OPT_FOLLOW: /* find_follow() has it */
		return 0;
	}
	selected = selection_option(filter_options[option - COMMAND_SHARED].name);
	if (a->view.follow && selected >= 0)
		return selection_take(&a->view.selection, selected, value, err);
	a->filtered |= !filter_suits_trace(option - COMMAND_SHARED);
	return filters_take(&a->filters, option - COMMAND_SHARED, value, err);
}

/* What a filter means depends on whether there is a trace, which may be named after it. */
static int find_follow(struct live_args *a, int argc, char **argv)
{
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_live, argc, argv, &value)) >= 0)
		if (option == OPT_FOLLOW)
			a->view.follow = value;
	optind = 0; /* getopt(3): from the beginning */
	return option == -2 ? -EINVAL : 0;
}

static int parse_args(struct live_args *a, int argc, char **argv)
{
	struct errmsg err;
	const char *value;
	int option;

	if (find_follow(a, argc, argv))
		return -EINVAL;
	while ((option = command_next_option(&cmd_live, argc, argv, &value)) >= 0)
		if (take_option(a, option, value, &err))
			return command_fail(&cmd_live, -EINVAL, "%s", err.text);
	if (option == -2)
		return -EINVAL;
	if (filters_take_command(&a->filters, argc, argv, &err) || filters_check(&a->filters, &err))
		return command_fail(&cmd_live, -EINVAL, "%s", err.text);
	if (output_same(a->view.follow, a->filters.ready))
		return command_fail(&cmd_live, -EINVAL, "'%s' cannot be the trace and the ready file", a->view.follow);
	if (a->view.follow && (a->filtered || a->filters.cmd))
		return command_fail(
			&cmd_live, -EINVAL,
			"--follow shows a trace: a command, and filters but --file, --comm and --pid, are for the "
			"running kernel");
	return 0;
}

/* --- from the kernel --- */

struct kernel_source {
	struct capture *capture;
	struct view *view;
};

/* The wall clock may be set, and summer begin, while we watch. */
static void set_clock(struct live_clock *clock)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	*clock = (struct live_clock){
		.known = true,
		.at_ns = monotonic_ns(),
		.second = (unsigned int)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec),
	};
}

static int drained(const struct view *v, int ret, struct errmsg *err)
{
	if (!ret)
		return 0;
	return fail(err, ret, "cannot read the kernel's records: %s", v->why.text[0] ? v->why.text : strerror(-ret));
}

static int pump_kernel(void *ctx, int timeout_ms, struct errmsg *err)
{
	struct kernel_source *src = ctx;
	int ret;

	set_clock(&src->view->clock);
	ret = capture_drain(src->capture, timeout_ms, view_take, src->view);
	view_tick(src->view);
	return drained(src->view, ret, err);
}

static int watch_attached(struct session *s, struct view *v, struct errmsg *err)
{
	struct kernel_source src = {s->capture, v};
	struct errmsg late;
	int ret = capture_describe(s->capture, &v->one.header), settled;

	if (ret)
		return fail(err, ret, "cannot describe the hooks: %s", strerror(-ret));
	recording_accounts_init(&v->totals.accounts, s->capture);
	v->capture = s->capture;
	s->pump = pump_kernel;
	s->ctx = &src;
	ret = session_run(s, err);
	capture_detach(s->capture);
	settled = drained(v, capture_settle(s->capture, view_take, v), ret ? &late : err);
	recording_count(&v->totals, s->capture, NULL);
	recording_balance(&v->totals);
	view_watched(v);
	return ret < 0 ? ret : settled;
}

static int watch_kernel(const struct live_args *a, struct session *s, struct view *v, struct errmsg *err)
{
	int ret = session_prepare(s, err);

	if (!ret)
		ret = capture_open(&s->capture, &a->filters.capture, err);
	if (ret)
		return ret;
	ret = view_open(v, &a->view, err);
	if (!ret)
		ret = watch_attached(s, v, err);
	capture_close(s->capture);
	return ret;
}

/* --- from a trace file --- */

struct trace_source {
	struct trace_reader *reader;
	struct view *view;
};

/* At the present end of the file: is it the end, or is there somebody who writes on? */
static int at_end(const struct trace_source *src, struct errmsg *err)
{
	const struct timespec pause = {.tv_nsec = TRACE_POLL_MS * 1000000l};
	const char *why;

	switch (trace_reader_end(src->reader, NULL, &why)) {
	case TRACE_COMPLETE:
		return 1;
	case TRACE_DAMAGED:
		return fail(err, -EINVAL, "the trace is damaged: %s", why);
	case TRACE_TRUNCATED:
		break;
	}
	nanosleep(&pause, NULL);
	return trace_reader_resume(src->reader, err);
}

static int pump_trace(void *ctx, int timeout_ms, struct errmsg *err)
{
	struct trace_source *src = ctx;
	const void *record;
	size_t len;
	int ret = 1;

	(void)timeout_ms;
	for (int i = 0; i < RECORDS_AT_ONCE && ret == 1; i++) {
		ret = trace_reader_next(src->reader, &record, &len, err);
		if (ret == 1 && view_take(src->view, record, len))
			return fail(err, -EINVAL, "cannot read the trace: %s", src->view->why.text);
	}
	view_tick(src->view);
	if (ret < 0)
		return ret;
	return ret ? 0 : at_end(src, err);
}

static void warn_of_counts(const struct view *v, const struct meta *trailer)
{
	_cleanup_free_ char *why = NULL;

	if (!counts_check(&v->counts, trailer, &why) && why)
		fprintf(stderr, "dioscope live: WARNING: the trace is not complete: %s\n", why);
}

static void take_trailer(const struct trace_source *src)
{
	struct view *v = src->view;
	uint64_t shown = v->totals.writes;
	const struct meta *trailer;

	trace_reader_end(src->reader, &trailer, NULL);
	v->open_end = !trailer;
	v->ended = trailer;
	if (!trailer)
		return;
	recording_totals_load(&v->totals, trailer);
	v->totals.writes = shown;
	warn_of_counts(v, trailer);
}

static int watch_opened(const struct live_args *a, struct session *s, struct trace_source *src, struct errmsg *err)
{
	struct view *v = src->view;
	int ret = live_take_header(&v->one, trace_reader_header(src->reader), err);

	if (ret)
		return ret;
	live_clock_init(&v->clock, &v->one.header);
	ret = view_open(v, &a->view, err);
	if (ret)
		return ret;
	s->pump = pump_trace;
	s->ctx = src;
	ret = session_run(s, err);
	take_trailer(src);
	return ret;
}

static int watch_trace(const struct live_args *a, struct session *s, struct view *v, struct errmsg *err)
{
	struct trace_source src = {.view = v};
	int ret = session_prepare(s, err);

	if (!ret)
		ret = trace_reader_open(&src.reader, a->view.follow, err);
	if (ret)
		return ret;
	ret = watch_opened(a, s, &src, err);
	trace_reader_close(src.reader);
	return ret;
}

static int run_live(int argc, char **argv)
{
	_cleanup_(view_release) struct view view = {0};
	_cleanup_free_ char *command = NULL;
	struct live_args args = {0};
	struct session session = {.command = &cmd_live, .filters = &args.filters};
	struct errmsg err;
	int ret;

	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	command = command_line(argc, argv);
	args.view.command = command ? command : cmd_live.name;
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = args.view.follow ? watch_trace(&args, &session, &view, &err) : watch_kernel(&args, &session, &view, &err);
	if (ret) {
		screen_close(&view.screen);
		return command_fail(&cmd_live, EXIT_TROUBLE, "%s", err.text);
	}
	return view_end(&view, &session);
}
