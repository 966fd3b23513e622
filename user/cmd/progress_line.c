// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/progress_line.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "user/base/util.h"

#define FIRST_NS 2000000000ull
#define AGAIN_NS 500000000ull
#define MIB	 (1u << 20)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* --- signals --- */

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[ARRAY_SIZE(signals)];
static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = sig;
}

/* What is ignored, as by nohup, stays so. A write that one interrupts goes on: half of it would be half a line. */
static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND};

	stopped = 0;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], NULL, &before[i]) && before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

static void leave_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &before[i], NULL);
}

/* --- the line --- */

/* Where it is not known how much there is, what was done of it tells nothing. */
static void print_share(const struct progress *p, uint64_t elapsed_ns)
{
	uint64_t done = p->done < p->all ? p->done : p->all;
	uint64_t left_s = done ? (uint64_t)((double)elapsed_ns * (double)(p->all - done) / (double)done / 1e9) : 0;

	fprintf(stderr, "%.0f %% (%" PRIu64 " of %" PRIu64 " MiB), ", 100.0 * (double)done / (double)p->all, done / MIB,
		(p->all + MIB - 1) / MIB);
	fprintf(stderr, "%.0f writes/s", (double)p->writes * 1e9 / (double)elapsed_ns);
	if (done)
		fprintf(stderr, ", %" PRIu64 " s left", left_s);
}

static void say(struct progress_line *line, uint64_t elapsed_ns)
{
	const struct progress *p = &line->progress;

	fprintf(stderr, "\r\033[Kdioscope %s: ", line->verb);
	if (p->all)
		print_share(p, elapsed_ns);
	else
		fprintf(stderr, "%" PRIu64 " writes, %.0f a second", p->writes,
			(double)p->writes * 1e9 / (double)elapsed_ns);
	fflush(stderr);
	line->shown = true;
}

static int ask(struct progress *p)
{
	struct progress_line *line = (struct progress_line *)p; /* its first member */
	uint64_t now = line->quiet ? 0 : now_ns();

	if (!line->quiet && now - line->began_ns >= FIRST_NS && now - line->said_ns >= AGAIN_NS) {
		line->said_ns = now;
		say(line, now - line->began_ns);
	}
	return stopped ? -EINTR : 0;
}

void progress_line_begin(struct progress_line *line, const char *verb, uint64_t bytes, bool quiet)
{
	*line = (struct progress_line){
		.progress = {.all = bytes, .ask = ask},
		.verb = verb,
		.quiet = quiet || !isatty(STDERR_FILENO),
		.began_ns = now_ns(),
	};
	catch_signals();
}

void progress_line_wipe(struct progress_line *line)
{
	if (!line->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	line->shown = false;
}

int progress_line_end(struct progress_line *line)
{
	progress_line_wipe(line);
	leave_signals();
	return stopped ? 128 + stopped : 0;
}

uint64_t progress_size(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}
