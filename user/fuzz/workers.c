// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
	pid_t pid;
	FILE *said;
};

struct workers {
	uint64_t from, next; /* numbers of the first workload, and of the one that is to be told of */
	unsigned int nr;
	struct worker of[];
};

void outcome_release(struct outcome *o)
{
	free(o->not_observed);
	free(o->key);
	*o = (struct outcome){0};
}

/* --- what is said: an outcome, and behind it its texts --- */

struct telling {
	struct outcome outcome; /* its pointers tell whether there is a text */
	int ret;
	struct errmsg err; /* of @ret */
};

static void put_text(const char *text, FILE *out)
{
	if (text)
		fwrite(text, 1, strlen(text) + 1, out);
}

static void tell(const struct telling *t, FILE *out)
{
	fwrite(t, 1, sizeof(*t), out);
	put_text(t->outcome.not_observed, out);
	put_text(t->outcome.key, out);
}

/* *@text is there on the other side; here it is what can be read, or NULL. */
static bool get_text(char **text, FILE *in)
{
	size_t size = 0;
	bool is_there = *text;

	*text = NULL;
	return !is_there || getdelim(text, &size, '\0', in) > 0;
}

static bool hear(struct telling *t, FILE *in)
{
	bool whole;

	if (fread(t, sizeof(*t), 1, in) != 1) {
		t->outcome = (struct outcome){0};
		return false;
	}
	whole = get_text(&t->outcome.not_observed, in);
	return get_text(&t->outcome.key, in) && whole;
}

/* --- their side --- */

/* By SIGPIPE a worker ends when its reader has, however that came. */
static void reset_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_DFL);
}

static void work(FILE *out, uint64_t nr, unsigned int step, try_fn *try, void *ctx)
{
	struct telling t = {.ret = 0};

	for (; !t.ret; nr += step) {
		t.ret = try(ctx, nr, &t.outcome, &t.err);
		tell(&t, out);
		outcome_release(&t.outcome);
	}
	fclose(out);
}

/* --- our side --- */

static int start(struct workers *w, unsigned int step, try_fn *try, void *ctx, struct errmsg *err)
{
	struct worker *worker = &w->of[w->nr];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return fail(err, -errno, "cannot start a worker: %s", strerror(errno));
	*worker = (struct worker){fork(), NULL};
	if (!worker->pid) {
		close(fds[0]);
		reset_signals();
		work(fdopen(fds[1], "w"), w->from + w->nr, step, try, ctx);
		_exit(0);
	}
	close(fds[1]);
	worker->said = fdopen(fds[0], "r");
	w->nr++;
	return worker->pid > 0 && worker->said ? 0 : fail(err, -ENOMEM, "cannot start a worker: %s", strerror(errno));
}

int workers_start(struct workers **out, unsigned int nr, uint64_t from, try_fn *try, void *ctx, struct errmsg *err)
{
	struct workers *w = calloc(1, sizeof(*w) + nr * sizeof(w->of[0]));
	int ret = w ? 0 : fail(err, -ENOMEM, "out of memory");

	fflush(NULL); /* what is said once is not to be said by each */
	if (w)
		w->from = w->next = from;
	for (unsigned int i = 0; i < nr && !ret; i++)
		ret = start(w, nr, try, ctx, err);
	if (ret)
		workers_stop(w);
	*out = ret ? NULL : w;
	return ret;
}

static int is_gone(struct workers *w, struct worker *worker, struct errmsg *err)
{
	int status = 0;

	if (ferror(worker->said))
		return fail(err, -EIO, "cannot read from a worker: %s", strerror(errno));
	waitpid(worker->pid, &status, 0);
	worker->pid = 0;
	return fail(err, -EIO, "workload %llu, or one behind it, ended its process%s%s", (unsigned long long)w->next,
		    WIFSIGNALED(status) ? ": " : "", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
}

int workers_next(struct workers *w, struct outcome *o, struct errmsg *err)
{
	struct worker *worker = &w->of[(w->next - w->from) % w->nr];
	struct telling t;

	if (!hear(&t, worker->said)) {
		outcome_release(&t.outcome);
		return is_gone(w, worker, err);
	}
	w->next++;
	*o = t.outcome;
	*err = t.err;
	return t.ret;
}

static void stop(struct worker *worker)
{
	if (worker->pid > 0) {
		kill(worker->pid, SIGKILL);
		waitpid(worker->pid, NULL, 0);
	}
	if (worker->said)
		fclose(worker->said);
}

void workers_stop(struct workers *w)
{
	for (unsigned int i = 0; w && i < w->nr; i++)
		stop(&w->of[i]);
	free(w);
}
