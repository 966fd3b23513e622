// SPDX-License-Identifier: GPL-2.0-only
/* dioscope record: the live kernel into a trace file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "reports/tally.h"
#include "user/capture.h"
#include "user/command.h"
#include "user/filters.h"
#include "user/recording.h"
#include "user/session.h"
#include "user/util.h"

enum {
	OPT_OUTPUT,
	OPT_AGGREGATE,
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE", "the trace file (dioscope.trace)"},
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
	filters_take_command(&a->filters, argc, argv);
	if (a->output && a->filters.capture.aggregate)
		return command_fail(&cmd_record, -EINVAL, "--aggregate writes no trace: leave out --output");
	if (!a->output)
		a->output = "dioscope.trace";
	return 0;
}

/* --- the file --- */

/* Under sudo the trace belongs to whoever asked for it. */
static void give_to_invoker(int fd)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");

	if (uid && gid && geteuid() == 0 && fchown(fd, atoi(uid), atoi(gid)))
		fprintf(stderr, "dioscope record: cannot give the trace to user %s: %s\n", uid, strerror(errno));
}

/* The trace file: made by us, or an old one that is written over. Only a regular file is ours to protect and remove. */
struct trace_target {
	int fd;
	bool created;
};

static int open_output(struct trace_target *t, const char *path, struct errmsg *err)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
	struct stat st;

	t->fd = open(path, flags | O_CREAT | O_EXCL, 0600);
	t->created = t->fd >= 0;
	if (t->fd < 0 && errno == EEXIST)
		t->fd = open(path, flags);
	if (t->fd < 0 || fstat(t->fd, &st))
		return fail(err, -errno, "cannot create '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return 0;
	if (ftruncate(t->fd, 0) || fchmod(t->fd, 0600))
		return fail(err, -errno, "cannot write '%s': %s", path, strerror(errno));
	give_to_invoker(t->fd);
	return 0;
}

/* --- the recording --- */

static int pump(void *ctx, int timeout_ms, struct errmsg *err)
{
	return recording_pump(ctx, timeout_ms, err);
}

static int start_recording(struct recording **r, const struct record_args *a, struct capture *capture,
			   const struct trace_target *target, struct errmsg *err)
{
	struct recording_words words = {.command = a->command, .device = a->filters.device};
	int ret = recording_open(r, capture, &words, target->fd, err);

	if (ret && target->created)
		unlink(a->output);
	return ret;
}

/* From the moment the probes are attached to the last record. */
static int record_attached(const struct record_args *a, struct session *s, const struct trace_target *target,
			   struct errmsg *err)
{
	_cleanup_free_ char *where = strf(" in %s", a->output);
	struct recording_totals totals = {0};
	struct recording *r;
	struct errmsg late;
	int ret = start_recording(&r, a, s->capture, target, err);

	if (ret)
		return ret;
	s->pump = pump;
	s->ctx = r;
	ret = session_run(s, err);
	capture_detach(s->capture);
	if (recording_close(r, a->filters.cmd ? s->child.status : -1, &totals, &late) && !ret)
		ret = fail(err, -EIO, "%s", late.text);
	if (!ret)
		session_say_totals(s, where ? where : "", &totals);
	return ret;
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
		fprintf(stderr, "dioscope record: the latency of %llu writes is missing: too many were under way\n",
			(unsigned long long)totals.lost_state);
	return 0;
}

static int aggregate(struct session *s, struct errmsg *err)
{
	int ret;

	s->pump = pump_tally;
	s->ctx = s->capture;
	ret = session_run(s, err);
	capture_detach(s->capture);
	return ret ? ret : print_tally(s, err);
}

static int record_to_file(const struct record_args *a, struct session *s, struct errmsg *err)
{
	struct trace_target target = {.fd = -1};
	int ret = open_output(&target, a->output, err);

	if (ret && target.fd >= 0)
		close(target.fd);
	return ret ? ret : record_attached(a, s, &target, err);
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
	if (session_prepare(&session, &err))
		return command_fail(&cmd_record, EXIT_TROUBLE, "%s", err.text);
	return record(&args, &session);
}
