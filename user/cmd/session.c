// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/session.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "reports/text/cost_line.h"
#include "reports/text/origin.h"
#include "user/base/utf8.h"
#include "user/capture/follow.h"
#include "user/base/output.h"
#include "user/base/process_tree.h"

#define PUMP_MS		   10
#define CHILD_GRACE_NS	   5000000000ull
#define INTERRUPT_GRACE_NS 1000000000ull

uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* --- signals: Ctrl-C and SIGTERM end the session, not the program --- */

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = sig;
}

void session_stop(void)
{
	stopped = SIGINT;
}

/*
 * Unconditionally for SIGINT: a shell ignores it for what it starts in the background, and scripts stop a recording
 * with it. nohup means SIGHUP.
 */
static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal}, old;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* the write says -EFBIG */
}

/* --- beginning --- */

int session_prepare(struct session *s, struct errmsg *err)
{
	const struct child_options child = {.verb = s->command->name, .stdout_to_stderr = s->stdout_taken};
	const struct filters *f = s->filters;
	int ret = f->ready ? output_flag_clear(f->ready, err) : 0;

	if (ret)
		return ret;
	catch_signals();
	ret = f->cmd ? child_fork(&s->child, &child, f->cmd) : 0;
	return ret ? fail(err, ret, "cannot fork: %s", strerror(-ret)) : 0;
}

static int follow(const struct session *s, struct errmsg *err)
{
	const struct filters *f = s->filters;
	int ret = s->child.pid ? follow_process(s->capture, s->child.pid, err) : 0;

	return ret ? ret : follow_trees(s->capture, f->pids, f->nr_pids, err);
}

static int say_begin(const struct session *s, struct errmsg *err)
{
	int ret = s->filters->ready ? output_flag_raise(s->filters->ready, err) : 0;

	if (!ret && s->child.pid && !proc_is_ours())
		command_fail(
			s->command, 0,
			"WARNING: /proc is not that of this PID namespace: what the command starts may outlive it");
	if (!ret && s->capture && isatty(STDERR_FILENO))
		fprintf(stderr, "dioscope %s: recording... %s\n", s->command->name,
			s->child.pid ? "until the command ends" : "Ctrl-C ends it");
	return ret;
}

/* 0, 1: the command cannot be run, or an error. */
static int begin(struct session *s, struct errmsg *err)
{
	int ret = s->capture ? follow(s, err) : 0;

	if (!ret && stopped && s->child.pid)
		ret = fail(err, -EINTR, "ended before '%s' was run", s->filters->cmd[0]);
	if (ret)
		child_cancel(&s->child);
	else if (!child_start(&s->child))
		ret = 1;
	if (ret)
		return ret;
	ret = s->started ? s->started(s->ctx, err) : 0;
	if (!ret)
		ret = say_begin(s, err);
	return ret || !s->capture ? ret : capture_confine(s->capture, s->filters->cmd, err);
}

/* --- pumping --- */

static int pump_until_end(struct session *s, struct errmsg *err)
{
	uint64_t end = s->filters->duration_ns ? monotonic_ns() + s->filters->duration_ns : UINT64_MAX;
	int ret = 0;

	while (!ret && !stopped && monotonic_ns() < end) {
		if (s->child.pid ? child_ended(&s->child) : filters_processes_ended(s->filters))
			break;
		ret = s->pump(s->ctx, PUMP_MS, err);
	}
	return ret < 0 ? ret : 0;
}

/*
 * The command outlived the session: it is asked to end, with all that it started, and made to when it does not. What it
 * still writes is taken: it would be lost otherwise.
 */
static int end_child(struct session *s, struct errmsg *err)
{
	/* the terminal's Ctrl-C has reached it, too: what it does then is let be for a while */
	uint64_t polite = monotonic_ns() + (stopped == SIGINT ? INTERRUPT_GRACE_NS : 0);
	uint64_t patience = polite + CHILD_GRACE_NS;
	bool asked = false;
	int ret = 0;

	if (!s->child.pid)
		return 0;
	while (!child_all_ended(&s->child)) {
		if (!asked && monotonic_ns() >= polite) {
			child_signal(&s->child, SIGTERM);
			asked = true;
		}
		if (monotonic_ns() > patience)
			child_signal(&s->child, SIGKILL);
		if (!ret)
			ret = s->pump(s->ctx, PUMP_MS, err);
		else
			usleep(PUMP_MS * 1000);
	}
	s->child.status = 0; /* it was us who ended it */
	s->child.ended_by_us = true;
	return ret;
}

int session_run(struct session *s, struct errmsg *err)
{
	struct errmsg late;
	int ended, ret = begin(s, err);

	if (ret == 1) {
		child_wait(&s->child);
		return ret;
	}
	if (!ret)
		ret = pump_until_end(s, err);
	ended = end_child(s, ret ? &late : err);
	return ret ? ret : ended;
}

void session_say_cost(const struct session *s, const struct recording_totals *t)
{
	_cleanup_free_ char *before = strf("dioscope %s: cost: ", s->command->name);

	cost_print(stderr, before ? before : "cost: ", &t->cost);
}

static void say_accounts(const struct session *s, const struct recording_totals *t)
{
	_cleanup_free_ char *warning = NULL;

	if (accounts_broken(&t->accounts))
		warning = accounts_sentence(&t->accounts, t->skipped);
	if (warning)
		fprintf(stderr, "dioscope %s: WARNING: %s\n", s->command->name, warning);
}

static void say_sentence(void *ctx, const char *sentence)
{
	const struct session *s = ctx;

	fprintf(stderr, "dioscope %s: ", s->command->name);
	utf8_print(stderr, sentence);
	fputc('\n', stderr);
}

static void say_unseen(const struct session *s, const struct recording_totals *t, const struct meta *header)
{
	_cleanup_(meta_release) struct meta trailer = {0};

	if (!meta_setf(&trailer, META_OTHER_FS, "%llu", (unsigned long long)t->other_fs))
		unseen_sentences(header, &trailer, say_sentence, (void *)s);
}

void session_say_totals(const struct session *s, const char *where, const struct recording_totals *t,
			const struct meta *header)
{
	fprintf(stderr, "dioscope %s: %s", s->command->name, counted(t->writes, "write").text);
	utf8_print(stderr, where);
	fprintf(stderr, ", %llu lost", (unsigned long long)(t->lost_ring + t->lost_state));
	if (t->lost_steps)
		fprintf(stderr, ", %s lost", counted(t->lost_steps, "step").text);
	if (t->nameless)
		fprintf(stderr, ", %s of unknown file or task", counted(t->nameless, "write").text);
	if (t->lost_ring || t->lost_steps || t->nameless)
		fputs(" (a larger --ring-size loses fewer)", stderr);
	if (t->foreign)
		fprintf(stderr, ", %s refused", counted(t->foreign, "completion").text);
	if (t->skipped)
		fprintf(stderr, ", %s skipped", counted(t->skipped, "probe run").text);
	if (t->in_flight)
		fprintf(stderr, ", %llu in flight at the end", (unsigned long long)t->in_flight);
	fputc('\n', stderr);
	say_unseen(s, t, header);
	session_say_cost(s, t);
	say_accounts(s, t);
}
