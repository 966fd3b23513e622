// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parallel block: one thread for each of its names, which is also what the records of its writes call it. Files are
 * open before they begin, and they begin together.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>

#include "user/workload/run_impl.h"

/* All wait here until all are there. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t opened;
	enum {
		GATE_CLOSED,
		GATE_OPEN,
		GATE_CANCELLED
	} state;
};

struct runner_thread {
	pthread_t thread;
	struct runner runner; /* a copy: what is shared of it is only read */
	struct gate *gate;
	const struct workload_op *ops;
	struct op_result *results;
	size_t nr;
	struct errmsg err;
	int ret;
};

static bool gate_pass(struct gate *g)
{
	bool pass;

	pthread_mutex_lock(&g->lock);
	while (g->state == GATE_CLOSED)
		pthread_cond_wait(&g->opened, &g->lock);
	pass = g->state == GATE_OPEN;
	pthread_mutex_unlock(&g->lock);
	return pass;
}

static void gate_set(struct gate *g, bool open)
{
	pthread_mutex_lock(&g->lock);
	g->state = open ? GATE_OPEN : GATE_CANCELLED;
	pthread_cond_broadcast(&g->opened);
	pthread_mutex_unlock(&g->lock);
}

static void *thread_main(void *arg)
{
	struct runner_thread *t = arg;

	prctl(PR_SET_NAME, t->ops[0].thread_name);
	if (!gate_pass(t->gate))
		return NULL;
	for (size_t i = 0; i < t->nr && !t->ret; i++)
		t->ret = t->ops[i].kind == OP_WRITE ? run_write(&t->runner, &t->ops[i], &t->results[i])
						    : run_setup(&t->runner, &t->ops[i], &t->results[i]);
	return NULL;
}

/* Those of one thread follow each other. */
static unsigned int split(struct runner_thread *threads, const struct runner *r, const struct workload_op *ops,
			  size_t nr, struct op_result *results, struct gate *gate)
{
	unsigned int nr_threads = 0;

	for (size_t i = 0; i < nr; i++) {
		struct runner_thread *t = &threads[ops[i].thread];

		if (ops[i].thread == nr_threads) {
			*t = (struct runner_thread){.runner = *r, .gate = gate, .ops = &ops[i], .results = &results[i]};
			t->runner.err = &t->err;
			nr_threads++;
		}
		t->nr++;
	}
	return nr_threads;
}

static int open_all(struct runner *r, const struct workload_op *ops, size_t nr)
{
	int fd = 0;

	for (size_t i = 0; i < nr && fd >= 0; i++) {
		fd = ops[i].kind == OP_WRITE ? run_direct_fd(r, &ops[i]) : 0;
		if (fd < 0 && !r->env->go_on)
			return run_fail(r, &ops[i], fd);
	}
	return 0;
}

/* How many could be started: all, or none goes through the gate. */
static unsigned int start_all(struct runner *r, struct runner_thread *threads, unsigned int nr, int *ret)
{
	unsigned int i = 0;

	*ret = 0;
	while (i < nr && !*ret) {
		*ret = pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]);
		i += !*ret;
	}
	if (*ret)
		*ret = fail(r->err, -*ret, "%s: cannot start a thread: %s", r->wl->path, strerror(*ret));
	return i;
}

int run_group(struct runner *r, const struct workload_op *ops, size_t nr, struct op_result *results)
{
	struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, GATE_CLOSED};
	struct runner_thread threads[WL_THREADS_MAX];
	unsigned int nr_threads, started;
	int ret = open_all(r, ops, nr);

	if (ret)
		return ret;
	memset(results, 0, nr * sizeof(*results));
	nr_threads = split(threads, r, ops, nr, results, &gate);
	started = start_all(r, threads, nr_threads, &ret);
	gate_set(&gate, !ret);
	for (unsigned int i = 0; i < started; i++) {
		pthread_join(threads[i].thread, NULL);
		if (threads[i].ret && !ret)
			ret = fail(r->err, threads[i].ret, "%s", threads[i].err.text);
	}
	return ret;
}
