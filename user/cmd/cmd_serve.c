// SPDX-License-Identifier: GPL-2.0-only
/* dioscope serve: count in the kernel for as long as it runs, and tell whoever scrapes. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "user/capture/capture.h"
#include "user/cmd/command.h"
#include "user/cmd/filters.h"
#include "user/cmd/metrics_server.h"
#include "user/cmd/session.h"

#define LISTEN_DEFAULT "127.0.0.1:9848"
#define FILES_MAX      1000

enum {
	OPT_LISTEN,
	OPT_LABEL_FILE,
};

static const struct option_row options[] = {
	[OPT_LISTEN] = {"listen", 'l', "ADDRESS:PORT",
			"where to be scraped (" LISTEN_DEFAULT "); port 0: any that is free"},
	[OPT_LABEL_FILE] = {"label-file", 0, "N",
			    "tell files apart, the first N that are written: each adds up to 32 kinds of writes"},
	{NULL, 0, NULL, NULL},
};

static int run_serve(int argc, char **argv);

const struct command cmd_serve = {
	.name = "serve",
	.arguments = "[-l ADDRESS:PORT] [OPTION...]",
	.summary = "count direct writes in the kernel and serve the counts as metrics (OpenMetrics, Prometheus)",
	.options = options,
	.shared = filter_options,
	.run = run_serve,
};

struct serve_args {
	struct filters filters;
	const char *listen;
};

/* --- arguments --- */

static int take_label_file(struct serve_args *a, const char *value, struct errmsg *err)
{
	char *end;
	unsigned long nr = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || !nr || nr > FILES_MAX)
		return fail(err, -EINVAL, "'%s' is not a number of files, 1 to %d", value, FILES_MAX);
	a->filters.capture.tally_files = (uint32_t)nr;
	return 0;
}

static int take_option(struct serve_args *a, int option, const char *value, struct errmsg *err)
{
	switch (option) {
	case OPT_LISTEN:
		a->listen = value;
		return 0;
	case OPT_LABEL_FILE:
		return take_label_file(a, value, err);
	}
	return filters_take(&a->filters, option - COMMAND_SHARED, value, err);
}

static int parse_args(struct serve_args *a, int argc, char **argv)
{
	struct errmsg err;
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_serve, argc, argv, &value)) >= 0)
		if (take_option(a, option, value, &err))
			return command_fail(&cmd_serve, -EINVAL, "%s", err.text);
	if (option == -2)
		return -EINVAL;
	if (optind < argc)
		return command_fail(&cmd_serve, -EINVAL, "'%s' is one argument too many", argv[optind]);
	if (filters_check(&a->filters, &err))
		return command_fail(&cmd_serve, -EINVAL, "%s", err.text);
	return 0;
}

/* --- serving --- */

struct service {
	struct capture *capture;
	struct metrics_server *server;
	bool by_file;
	struct utsname kernel;
};

static int write_page(void *ctx, FILE *out, enum metrics_format format)
{
	_cleanup_(tally_table_release) struct tally_table table = {0};
	struct service *v = ctx;
	struct capture_totals totals;
	struct metrics m;
	int ret = capture_tallies(v->capture, &table);

	if (ret)
		return ret;
	/* after the table: what came in between is no loss, but what the table has must have entered */
	capture_totals(v->capture, &totals);
	m = (struct metrics){
		.kernel = v->kernel.release,
		.tier = capture_plan(v->capture)->tier,
		.by_file = v->by_file,
		.tallies = &table,
		.entered = totals.entered,
		.lost_state = totals.lost_state,
		.other_fs = totals.other_fs,
		.skipped = totals.skipped,
		.cost = totals.cost,
	};
	metrics_write(out, &m, format);
	return 0;
}

static int pump(void *ctx, int timeout_ms, struct errmsg *err)
{
	struct service *v = ctx;
	int ret = metrics_server_run(v->server, timeout_ms);

	capture_tick(v->capture);
	return ret ? fail(err, ret, "cannot wait for requests: %s", strerror(-ret)) : 0;
}

static int say_where(void *ctx, struct errmsg *err)
{
	struct service *v = ctx;

	(void)err;
	command_say(cmd_serve.name, "%s", metrics_server_url(v->server));
	if (!metrics_server_is_local(v->server))
		command_say(cmd_serve.name,
			    "WARNING: whoever reaches this address can read the counts: nobody is asked who they are");
	return 0;
}

static int serve(const struct serve_args *a, struct session *s, struct errmsg *err)
{
	struct service v = {.by_file = a->filters.capture.tally_files > 0};
	int ret = metrics_server_open(&v.server, a->listen, write_page, &v, err);

	if (ret)
		return ret;
	uname(&v.kernel);
	ret = capture_open(&s->capture, &a->filters.capture, err);
	v.capture = s->capture;
	s->started = say_where;
	s->pump = pump;
	s->ctx = &v;
	if (!ret)
		ret = session_run(s, err);
	metrics_server_close(v.server);
	capture_close(s->capture);
	return ret;
}

static int run_serve(int argc, char **argv)
{
	struct serve_args args = {.listen = LISTEN_DEFAULT};
	struct session session = {.command = &cmd_serve, .filters = &args.filters};
	struct errmsg err;

	args.filters.capture.aggregate = true;
	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	if (session_prepare(&session, &err) || serve(&args, &session, &err))
		return command_fail(&cmd_serve, EXIT_TROUBLE, "%s", err.text);
	return EXIT_SAME;
}
