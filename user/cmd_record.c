// SPDX-License-Identifier: GPL-2.0-only
/* dioscope record: the live kernel into a trace file. */
#include <errno.h>
#include <string.h>

#include "reports/tally.h"
#include "user/capture.h"
#include "user/command.h"
#include "user/filters.h"
#include "user/output.h"
#include "user/recording.h"
#include "user/session.h"
#include "user/util.h"

enum {
	OPT_OUTPUT,
	OPT_AGGREGATE,
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE",
			"the trace file (dioscope.trace); - is stdout, and what CMD prints goes to stderr"},
	[OPT_AGGREGATE] = {"aggregate", 0, NULL,
			   "no trace: count in the kernel and print counts and latencies at the end"},
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
};

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
	return 0;
}

static int parse_args(struct record_args *a, int argc, char **argv)
{
	struct errmsg err;
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_record, argc, argv, &value)) >= 0) {
		if (option == OPT_OUTPUT)
			a->output = value;
		else if (option == OPT_AGGREGATE)
			a->filters.capture.aggregate = true;
		else if (filters_take(&a->filters, option - COMMAND_SHARED, value, &err))
			return command_fail(&cmd_record, -EINVAL, "%s", err.text);
	}
	if (option == -2)
		return -EINVAL;
	if (filters_take_command(&a->filters, argc, argv, &err) || filters_check(&a->filters, &err))
		return command_fail(&cmd_record, -EINVAL, "%s", err.text);
	if (a->output && a->filters.capture.aggregate)
		return command_fail(&cmd_record, -EINVAL, "--aggregate writes no trace: leave out --output");
	if (!a->output)
		a->output = "dioscope.trace";
	return check_output(a);
}

/* --- the recording --- */

struct tape {
	struct recording *recording;
	struct output out;
};

static int pump(void *ctx, int timeout_ms, struct errmsg *err)
{
	const struct tape *tape = ctx;

	return recording_pump(tape->recording, timeout_ms, err);
}

/* The trace that was there is kept until there is something to replace it. */
static int publish(void *ctx, struct errmsg *err)
{
	struct tape *tape = ctx;

	return output_publish(&tape->out, err);
}

static void say_totals(const struct record_args *a, const struct session *s, const struct recording_totals *totals)
{
	_cleanup_free_ char *where = strf(" in %s", output_is_stdout(a->output) ? "stdout" : a->output);
	_cleanup_(meta_release) struct meta header = {0};

	if (!capture_describe(s->capture, &header))
		session_say_totals(s, where ? where : "", totals, &header);
}

/* -1: there was no command, or it was us who ended it. */
static int exit_of_command(const struct session *s)
{
	return s->filters->cmd && !s->child.ended_by_us ? s->child.status : -1;
}

/* From the moment the probes are attached to the last record. */
static int record_attached(const struct record_args *a, struct session *s, struct tape *tape, struct errmsg *err)
{
	struct recording_words words = {.command = a->command, .device = a->filters.device};
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
	if (recording_close(tape->recording, exit_of_command(s), &totals, &late) && !ret)
		ret = fail(err, -EIO, "%s", late.text);
	if (!ret)
		say_totals(a, s, &totals);
	return ret < 0 ? ret : 0;
}

/* --- --aggregate: no trace, the kernel counts --- */

static int no_record(void *ctx, const void *record, size_t len)
{
	(void)ctx;
	(void)record;
	(void)len;
	return 0;
}

static int pump_tally(void *ctx, int timeout_ms, struct errmsg *err)
{
	int ret = capture_drain(ctx, timeout_ms, no_record, NULL);

	return ret ? fail(err, ret, "cannot poll the ring buffer: %s", strerror(-ret)) : 0;
}

static int print_tally(const struct session *s, struct errmsg *err)
{
	struct tally shared, exclusive;
	struct recording_totals totals = {0};
	int ret = capture_tally(s->capture, LOCK_SHARED, &shared);

	if (!ret)
		ret = capture_tally(s->capture, LOCK_EXCLUSIVE, &exclusive);
	if (ret)
		return fail(err, ret, "cannot read the tallies: %s", strerror(-ret));
	tally_print(stdout, &shared, &exclusive);
	recording_count(&totals, s->capture, NULL);
	session_say_cost(s, &totals);
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

static int record_to_file(const struct record_args *a, struct session *s, struct errmsg *err)
{
	struct tape tape = {0};
	int ret = output_open(&tape.out, a->output, err);

	if (ret)
		return ret;
	ret = record_attached(a, s, &tape, err);
	output_discard(&tape.out);
	return ret;
}

/* Nothing is touched before it is known that the kernel lets itself be observed. */
static int record(const struct record_args *a, struct session *s)
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
