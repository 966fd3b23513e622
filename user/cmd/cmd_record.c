// SPDX-License-Identifier: GPL-2.0-only
/* dioscope record: the live kernel into a trace file. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/model/tally.h"
#include "user/capture/capture.h"
#include "user/cmd/command.h"
#include "user/cmd/filters.h"
#include "user/base/output.h"
#include "user/capture/recording.h"
#include "user/cmd/session.h"
#include "user/base/util.h"

#define SIZE_LEAST    (64 << 10)
#define TIME_LEAST_NS 1000000000ull

enum {
	OPT_OUTPUT,
	OPT_AGGREGATE,
	OPT_MAX_SIZE,
	OPT_ROTATE,
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE",
			"the trace file (dioscope.trace); - is stdout, and what CMD prints goes to stderr"},
	[OPT_AGGREGATE] = {"aggregate", 0, NULL,
			   "no trace: count in the kernel and print counts and latencies at the end"},
	[OPT_MAX_SIZE] = {"max-size", 0, "SIZE", "stop once the trace has grown to this size: 100M, 4G"},
	[OPT_ROTATE] = {"rotate", 0, "SIZE|TIME",
			"keep at least the last 100M, or 10m: in FILE and FILE.1 in turns, each of at most so much"},
	{NULL, 0, NULL, NULL},
};

static int run_record(int argc, char **argv);

const struct command cmd_record = {
	.name = "record",
	.arguments = "[-o FILE] [OPTION...] [-- CMD...]",
	.summary = "record every direct write of the running kernel, or of CMD and its children",
	.options = options,
	.shared = filter_options,
	.takes_command = true,
	.run = run_record,
};

struct record_args {
	struct filters filters;
	const char *output;  /* NULL: not given */
	const char *command; /* the whole line */
	uint64_t max_bytes;  /* 0: any */
	const char *rotate;  /* as it was given; NULL: one file */
	struct turns turns;  /* what of it; without the file */
	bool grown;	     /* to max_bytes: that is why it ended */
};

/* --- how large, how long --- */

static int take_max_size(struct record_args *a, const char *value, struct errmsg *err)
{
	int64_t bytes;

	if (parse_size(value, &bytes) || bytes < SIZE_LEAST)
		return fail(err, -EINVAL, "'%s' is not a size of a trace: 100M, at least 64k", value);
	a->max_bytes = (uint64_t)bytes;
	return 0;
}

/* "100M" and "10m" differ in their last letter alone, which must be there. */
static int take_rotate(struct record_args *a, const char *value, struct errmsg *err)
{
	int64_t bytes;
	uint64_t ns;
	bool has_unit = *value && (value[strlen(value) - 1] < '0' || value[strlen(value) - 1] > '9');

	a->rotate = value;
	a->turns = (struct turns){0};
	if (has_unit && !parse_size(value, &bytes) && bytes >= SIZE_LEAST)
		a->turns.bytes = (uint64_t)bytes;
	else if (has_unit && !parse_duration(value, &ns) && ns >= TIME_LEAST_NS)
		a->turns.ns = ns;
	else
		return fail(
			err, -EINVAL,
			"'%s' is neither a size (100M, at least 64k) nor a time (10m, 30s, at least 1s), with its unit",
			value);
	return 0;
}

static int check_output(const struct record_args *a)
{
	if (a->filters.capture.aggregate)
		return 0;
	if (output_is_stdout(a->output) && isatty(STDOUT_FILENO))
		return command_fail(&cmd_record, -EINVAL, "a trace is not for a terminal: send stdout elsewhere");
	if (output_same(a->output, a->filters.ready))
		return command_fail(&cmd_record, -EINVAL, "'%s' cannot be the trace and the ready file", a->output);
	if (output_same(a->output, a->filters.file))
		return command_fail(&cmd_record, -EINVAL, "'%s' cannot be the trace and the file that is watched",
				    a->output);
	if (a->rotate && output_is_stdout(a->output))
		return command_fail(&cmd_record, -EINVAL, "--rotate takes two files in turns, and stdout is one");
	return 0;
}

static int take_option(struct record_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_OUTPUT:
		a->output = value;
		return 0;
	case OPT_AGGREGATE:
		a->filters.capture.aggregate = true;
		return 0;
	case OPT_MAX_SIZE:
		return take_max_size(a, value, err);
	case OPT_ROTATE:
		return take_rotate(a, value, err);
	}
	return filters_take(&a->filters, option - COMMAND_SHARED, value, err);
}

/* What excludes what. */
static int check_options(const struct record_args *a)
{
	if (a->output && a->filters.capture.aggregate)
		return command_fail(&cmd_record, -EINVAL, "--aggregate writes no trace: leave out --output");
	if ((a->max_bytes || a->rotate) && a->filters.capture.aggregate)
		return command_fail(&cmd_record, -EINVAL, "--aggregate writes no trace: leave out --%s",
				    a->rotate ? "rotate" : "max-size");
	if (a->max_bytes && a->rotate)
		return command_fail(&cmd_record, -EINVAL, "--max-size ends what --rotate keeps going: leave out one");
	return 0;
}

static int parse_args(struct record_args *a, int argc, char **argv)
{
	struct errmsg err;
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_record, argc, argv, &value)) >= 0)
		if (take_option(a, option, value, &err))
			return command_fail(&cmd_record, -EINVAL, "%s", err.text);
	if (option == -2)
		return -EINVAL;
	if (filters_take_command(&a->filters, argc, argv, &err) || filters_check(&a->filters, &err))
		return command_fail(&cmd_record, -EINVAL, "%s", err.text);
	if (check_options(a))
		return -EINVAL;
	if (!a->output)
		a->output = "dioscope.trace";
	return check_output(a);
}

/* --- the recording --- */

struct tape {
	struct record_args *args;
	struct recording *recording;
	struct output out;
	struct output other; /* --rotate */
	char *other_path;
	bool other_named; /* it is ours to remove */
	unsigned int segments;
};

/* 1: it has grown to what it may, which is said once: what comes while the command is ended is taken. */
static int pump(void *ctx, int timeout_ms, struct errmsg *err)
{
	struct tape *tape = ctx;
	int ret = recording_pump(tape->recording, timeout_ms, err);

	if (ret || tape->args->grown || !tape->args->max_bytes ||
	    recording_bytes(tape->recording) < tape->args->max_bytes)
		return ret;
	tape->args->grown = true;
	return 1;
}

/* The trace that was there is kept until there is something to replace it. */
static int publish(void *ctx, struct errmsg *err)
{
	struct tape *tape = ctx;
	int ret = output_publish(&tape->out, err);

	if (ret || !tape->other_path)
		return ret;
	ret = output_publish(&tape->other, err);
	tape->other_named = !ret;
	return ret;
}

/* " in t", and of a recording in turns which files hold what is left of it. */
static char *say_where(const struct tape *tape)
{
	const char *path = output_is_stdout(tape->args->output) ? "stdout" : tape->args->output;

	if (tape->segments < 2)
		return strf(" in %s", path);
	return strf(", of which %s and then %s have the last", tape->segments % 2 ? tape->other_path : path,
		    tape->segments % 2 ? path : tape->other_path);
}

static void say_totals(const struct tape *tape, const struct session *s, const struct recording_totals *totals)
{
	_cleanup_free_ char *where = say_where(tape);
	_cleanup_(meta_release) struct meta header = {0};
	const struct record_args *a = tape->args;

	if (a->grown)
		command_say(cmd_record.name, "%s has grown to what --max-size allows: the recording ends", a->output);
	if (!capture_describe(s->capture, &header))
		session_say_totals(s, where ? where : "", totals, &header);
}

/* -1: there was no command, or it was us who ended it. */
static int exit_of_command(const struct session *s)
{
	return s->filters->cmd && !s->child.ended_by_us ? s->child.status : -1;
}

/* From the moment the probes are attached to the last record. */
static int record_attached(struct session *s, struct tape *tape, struct errmsg *err)
{
	struct record_args *a = tape->args;
	struct recording_words words = {
		.command = a->command, .device = a->filters.device, .turns = a->rotate ? &a->turns : NULL};
	struct recording_totals totals = {0};
	struct errmsg late;
	int ret = recording_open(&tape->recording, s->capture, &words, dup(fileno(tape->out.file)), err);

	if (ret)
		return ret;
	s->started = publish;
	s->pump = pump;
	s->ctx = tape;
	ret = session_run(s, err);
	capture_detach(s->capture);
	tape->segments = recording_segments(tape->recording);
	if (recording_close(tape->recording, exit_of_command(s), &totals, &late) && !ret)
		ret = fail(err, -EIO, "%s", late.text);
	if (!ret)
		say_totals(tape, s, &totals);
	return ret < 0 ? ret : 0;
}

/* --- --aggregate: no trace, the kernel counts --- */

static int pump_tally(void *ctx, int timeout_ms, struct errmsg *err)
{
	(void)err;
	poll(NULL, 0, timeout_ms);
	capture_tick(ctx);
	return 0;
}

static int print_tally(const struct session *s, struct errmsg *err)
{
	_cleanup_(tally_table_release) struct tally_table table = {0};
	struct recording_totals totals = {0};
	int ret = capture_tallies(s->capture, &table);
	uint64_t counted_writes = tally_table_writes(&table);

	if (ret)
		return fail(err, ret, "cannot read the tallies: %s", strerror(-ret));
	tally_print(stdout, &table);
	recording_count(&totals, s->capture, NULL);
	session_say_cost(s, &totals);
	if (totals.entered > counted_writes)
		fprintf(stderr, "dioscope record: %s more came, of too many kinds to be counted\n",
			counted(totals.entered - counted_writes, "write").text);
	if (totals.lost_state)
		fprintf(stderr, "dioscope record: the latency of %s is missing: too many were under way\n",
			counted(totals.lost_state, "write").text);
	return 0;
}

static int aggregate(struct session *s, struct errmsg *err)
{
	int ret;

	s->pump = pump_tally;
	s->ctx = s->capture;
	ret = session_run(s, err);
	capture_detach(s->capture);
	return ret < 0 ? ret : ret ? 0 : print_tally(s, err);
}

/*
 * FILE.1 of --rotate. It has its name from the start, when there are the privileges to give it one, and is a trace from
 * the start, too: an empty one.
 */
static int open_other(struct tape *tape, struct errmsg *err)
{
	struct record_args *a = tape->args;
	struct stat st;
	int ret;

	if (!a->rotate)
		return 0;
	tape->other_path = strf("%s.1", a->output);
	ret = tape->other_path ? output_open(&tape->other, tape->other_path, err) : fail(err, -ENOMEM, "out of memory");
	if (ret) {
		free(tape->other_path);
		tape->other_path = NULL;
		return ret;
	}
	if (fstat(fileno(tape->out.file), &st) || !S_ISREG(st.st_mode))
		return fail(err, -EINVAL, "--rotate takes two files in turns, and '%s' is not a regular file",
			    a->output);
	a->turns.other = fileno(tape->other.file);
	return segments_write_empty(a->turns.other, err);
}

/* A second file that was never needed is none, if it can still be removed. */
static void close_other(struct tape *tape)
{
	if (!tape->other_path)
		return;
	if (tape->other_named && tape->segments == 1)
		(void)!unlink(tape->other_path);
	output_discard(&tape->other);
	free(tape->other_path);
}

static int record_to_file(struct record_args *a, struct session *s, struct errmsg *err)
{
	struct tape tape = {.args = a};
	int ret = output_open(&tape.out, a->output, err);

	if (ret)
		return ret;
	ret = open_other(&tape, err);
	if (!ret)
		ret = record_attached(s, &tape, err);
	close_other(&tape);
	output_discard(&tape.out);
	return ret;
}

/* Nothing is touched before it is known that the kernel lets itself be observed. */
static int record(struct record_args *a, struct session *s)
{
	struct errmsg err = {0};
	int ret = capture_open(&s->capture, &a->filters.capture, &err);

	if (ret)
		return command_fail(&cmd_record, EXIT_TROUBLE, "%s", err.text);
	ret = a->filters.capture.aggregate ? aggregate(s, &err) : record_to_file(a, s, &err);
	capture_close(s->capture);
	return ret ? command_fail(&cmd_record, EXIT_TROUBLE, "%s", err.text) : s->child.status;
}

static int run_record(int argc, char **argv)
{
	struct record_args args = {0};
	struct session session = {.command = &cmd_record, .filters = &args.filters};
	_cleanup_free_ char *command = NULL;
	struct errmsg err;

	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	command = command_line(argc, argv);
	args.command = command;
	session.stdout_taken = !args.filters.capture.aggregate && output_is_stdout(args.output);
	if (session_prepare(&session, &err))
		return command_fail(&cmd_record, EXIT_TROUBLE, "%s", err.text);
	return record(&args, &session);
}
