// SPDX-License-Identifier: GPL-2.0-only
/*
 * dioscope live: writes as they finish, one line each, or a table of them that is drawn again and again. Whether the
 * records come from the kernel or from a trace file that record is writing, the view is the same.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "reports/counts.h"
#include "reports/live.h"
#include "reports/top.h"
#include "user/capture.h"
#include "user/command.h"
#include "user/filters.h"
#include "user/output.h"
#include "user/session.h"
#include "user/trace_file.h"

#define TRACE_POLL_MS	100
#define RECORDS_AT_ONCE 1000

#define HOME_AND_CLEAR "\033[H\033[J"
#define NO_WRAP	       "\033[?7l"
#define WRAP	       "\033[?7h"

enum {
	OPT_TOP,
	OPT_FOLLOW,
};

static const struct option_row options[] = {
	[OPT_TOP] = {"top", 0, "[=SECONDS]", "a table by file and reason instead, anew each second or SECONDS"},
	[OPT_FOLLOW] = {"follow", 'f', "TRACE", "the writes of a trace file, also while record is writing it"},
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
	bool filtered;	      /* an option that is for the kernel alone was given */
	const char *follow;   /* NULL: the live kernel */
	uint64_t interval_ns; /* between two tables, 0: lines */
};

/* --- arguments --- */

static int take_top(struct live_args *a, const char *value, struct errmsg *err)
{
	a->interval_ns = 1000000000;
	if (!value || (!parse_duration(value, &a->interval_ns) && a->interval_ns))
		return 0;
	return fail(err, -EINVAL, "'%s' is not a time: 5, 5s, 500ms", value);
}

static int take_option(struct live_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_TOP:
		return take_top(a, value, err);
	case OPT_FOLLOW:
		a->follow = value;
		return 0;
	}
	a->filtered |= !filter_suits_trace(option - COMMAND_SHARED);
	return filters_take(&a->filters, option - COMMAND_SHARED, value, err);
}

static int parse_args(struct live_args *a, int argc, char **argv)
{
	struct errmsg err;
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_live, argc, argv, &value)) >= 0)
		if (take_option(a, option, value, &err))
			return command_fail(&cmd_live, -EINVAL, "%s", err.text);
	if (option == -2)
		return -EINVAL;
	if (filters_take_command(&a->filters, argc, argv, &err) || filters_check(&a->filters, &err))
		return command_fail(&cmd_live, -EINVAL, "%s", err.text);
	if (output_same(a->follow, a->filters.ready))
		return command_fail(&cmd_live, -EINVAL, "'%s' cannot be the trace and the ready file", a->follow);
	if (a->follow && (a->filtered || a->filters.cmd))
		return command_fail(&cmd_live, -EINVAL,
				    "--follow shows all of a trace: filters and a command are for the running kernel");
	return 0;
}

/* --- the view --- */

struct view {
	struct write_set one; /* the write at hand; its header is that of the source */
	struct live_clock clock;
	struct recording_totals totals;
	struct counts counts; /* --follow: what the trace holds */
	struct top *top; /* NULL: lines */
	uint64_t interval_ns, drawn_ns;
	bool terminal;
	bool open_end;	   /* a trace without a trailer: what was lost is not known */
	int error;	   /* of stdout: nothing more is printed */
	struct errmsg why; /* of a record that view_take() refused */
};

static int view_open(struct view *v, const struct live_args *a, struct errmsg *err)
{
	v->interval_ns = a->interval_ns;
	v->drawn_ns = monotonic_ns();
	v->terminal = isatty(STDOUT_FILENO);
	v->top = a->interval_ns ? top_new() : NULL;
	if (a->interval_ns && !v->top)
		return fail(err, -ENOMEM, "out of memory");
	if (!v->top)
		live_print_header(stdout);
	return 0;
}

static void view_release(struct view *v)
{
	set_release(&v->one);
	top_free(v->top);
}

/* Nobody reads any more, or the disk is full: it is over, in order. */
static void check_stdout(struct view *v)
{
	if (v->error || (!fflush(stdout) && !ferror(stdout)))
		return;
	v->error = errno ? errno : EIO;
	session_stop();
}

static unsigned int screen_lines(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 5 ? 24 : size.ws_row;
}

/* A line that is too long must not become two, or the table would not fit the screen; the last one may. */
static void draw_top(struct view *v, bool last)
{
	if (v->error)
		return;
	errno = 0;
	if (v->terminal)
		fputs(last ? HOME_AND_CLEAR : HOME_AND_CLEAR NO_WRAP, stdout);
	top_print(stdout, v->top, v->terminal && !last ? screen_lines() - 1 : 0);
	if (v->terminal)
		fputs(WRAP, stdout);
	else if (!last)
		fputc('\n', stdout);
	check_stdout(v);
}

/* Between two portions of records. */
static void view_tick(struct view *v)
{
	if (v->top && monotonic_ns() - v->drawn_ns >= v->interval_ns) {
		draw_top(v, false);
		v->drawn_ns = monotonic_ns();
	}
}

/* A capture_fn. What comes after stdout failed is counted only. */
static int view_take(void *ctx, const void *record, size_t len)
{
	const struct record_head *head = record;
	struct view *v = ctx;
	int ret = live_take(&v->one, record, head->len < len ? head->len : len, &v->why);

	if (ret <= 0)
		return ret;
	v->totals.writes++;
	counts_take(&v->counts, &v->one.writes[0].rec, v->one.writes[0].rec.steps_total);
	accounts_take(&v->totals.accounts, record);
	if (v->top)
		return top_add(v->top, &v->one.writes[0]) ? fail(&v->why, -ENOMEM, "out of memory") : 0;
	if (v->error)
		return 0;
	errno = 0;
	live_print(stdout, &v->one.writes[0], &v->clock);
	check_stdout(v);
	return 0;
}

static void say_end(const struct view *v, const struct session *s)
{
	if (v->open_end)
		fprintf(stderr,
			"dioscope live: %llu writes so far; the trace has no end yet: what it lost is not known\n",
			(unsigned long long)v->totals.writes);
	else
		session_say_totals(s, "", &v->totals);
}

/* The last table and the totals. A reader of stdout that went away is no trouble. */
static int view_end(struct view *v, const struct session *s)
{
	if (v->top)
		draw_top(v, true);
	if (v->error && v->error != EPIPE)
		return command_fail(&cmd_live, EXIT_TROUBLE, "cannot write to stdout: %s", strerror(v->error));
	if (v->error && !freopen("/dev/null", "w", stdout))
		return EXIT_TROUBLE;
	if (!v->error)
		say_end(v, s);
	return s->child.status;
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
	s->pump = pump_kernel;
	s->ctx = &src;
	ret = session_run(s, err);
	capture_detach(s->capture);
	settled = drained(v, capture_settle(s->capture, view_take, v), ret ? &late : err);
	recording_count(&v->totals, s->capture, NULL);
	recording_balance(&v->totals);
	return ret < 0 ? ret : settled;
}

static int watch_kernel(const struct live_args *a, struct session *s, struct view *v, struct errmsg *err)
{
	int ret = session_prepare(s, err);

	if (!ret)
		ret = capture_open(&s->capture, &a->filters.capture, err);
	if (ret)
		return ret;
	ret = view_open(v, a, err);
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
	ret = view_open(v, a, err);
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
		ret = trace_reader_open(&src.reader, a->follow, err);
	if (ret)
		return ret;
	ret = watch_opened(a, s, &src, err);
	trace_reader_close(src.reader);
	return ret;
}

static int run_live(int argc, char **argv)
{
	_cleanup_(view_release) struct view view = {0};
	struct live_args args = {0};
	struct session session = {.command = &cmd_live, .filters = &args.filters};
	struct errmsg err;
	int ret;

	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = args.follow ? watch_trace(&args, &session, &view, &err) : watch_kernel(&args, &session, &view, &err);
	if (ret)
		return command_fail(&cmd_live, EXIT_TROUBLE, "%s", err.text);
	return view_end(&view, &session);
}
