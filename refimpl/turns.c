/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/turns.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct turns;

struct taker {
	struct ref_beside beside; /* the first member */
	struct turns *turns;
	pthread_t thread;
	const struct workload_op *ops;
	struct op_result *results;
	const struct ref_moments *moments; /* of its operations; NULL: in turns */
	size_t nr;
	size_t at;		       /* which of them it is at, */
	uint64_t at_ns;		       /* and when that went on */
	const struct ref_inode *wants; /* whose lock, */
	enum lock_mode mode;	       /* and how; NULL: none */
	bool over;
	int ret;
};

/* i_rwsem of one inode. */
struct rwsem {
	const struct ref_inode *inode;
	unsigned int shared;
	bool exclusive;
};

struct turns {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const struct taker *whose; /* turn it is; NULL: nobody's yet */
	struct taker takers[WL_THREADS_MAX];
	unsigned int nr;
	struct rwsem sems[WL_THREADS_MAX]; /* each thread holds one at most */
	ref_turn_fn *run;
	void *ctx;
};

/* --- the lock --- */

/* One that nobody holds belongs to no inode. */
static struct rwsem *sem_of(struct turns *t, const struct ref_inode *inode)
{
	struct rwsem *free = NULL;

	for (unsigned int i = 0; i < WL_THREADS_MAX; i++) {
		struct rwsem *s = &t->sems[i];

		if (s->inode == inode && (s->shared || s->exclusive))
			return s;
		if (!s->shared && !s->exclusive)
			free = s;
	}
	*free = (struct rwsem){.inode = inode};
	return free;
}

static bool can_go_on(struct turns *t, const struct taker *taker)
{
	const struct rwsem *s = taker->wants ? sem_of(t, taker->wants) : NULL;

	return !s || (taker->mode == LOCK_SHARED ? !s->exclusive : !s->exclusive && !s->shared);
}

static void take_lock(struct turns *t, struct taker *taker)
{
	struct rwsem *s = sem_of(t, taker->wants);

	s->shared += taker->mode == LOCK_SHARED;
	s->exclusive |= taker->mode != LOCK_SHARED;
	taker->wants = NULL;
}

/* --- whose turn it is --- */

static struct taker *choose(struct turns *t)
{
	struct taker *first = NULL;

	for (unsigned int i = 0; i < t->nr; i++) {
		struct taker *taker = &t->takers[i];

		if (!taker->over && can_go_on(t, taker) && (!first || taker->at_ns < first->at_ns))
			first = taker;
	}
	return first;
}

static void hand_over(struct turns *t)
{
	t->whose = choose(t);
	pthread_cond_broadcast(&t->changed);
}

/* Until it is @taker's turn again. */
static void pass(struct taker *taker)
{
	struct turns *t = taker->turns;

	pthread_mutex_lock(&t->lock);
	hand_over(t);
	while (t->whose != taker)
		pthread_cond_wait(&t->changed, &t->lock);
	if (taker->wants)
		take_lock(t, taker);
	pthread_mutex_unlock(&t->lock);
}

/* Times of the live kernel only go on: what nobody saw begins with what was before it. */
static void move_to(struct taker *taker, uint64_t ns)
{
	if (ns > taker->at_ns)
		taker->at_ns = ns;
}

static uint64_t moment_of(const struct taker *taker, enum stage stage)
{
	return taker->moments ? taker->moments[taker->at].stage_ns[stage] : 0;
}

/* --- what a write calls --- */

static void beside_stage(struct ref_beside *b, enum stage stage)
{
	struct taker *taker = (struct taker *)b;

	move_to(taker, moment_of(taker, stage));
	pass(taker);
}

/* By the moment at which the live write had it: its first is held at the check, the one that it settles on at iomap. */
static void beside_lock(struct ref_beside *b, const struct ref_inode *inode, enum lock_mode mode)
{
	struct taker *taker = (struct taker *)b;
	bool checked = taker->moments && taker->at_ns >= moment_of(taker, STAGE_CHECK);

	move_to(taker, moment_of(taker, checked ? STAGE_IOMAP : STAGE_CHECK));
	taker->wants = inode;
	taker->mode = mode;
	pass(taker);
}

static void beside_unlock(struct ref_beside *b, const struct ref_inode *inode)
{
	struct taker *taker = (struct taker *)b;
	struct rwsem *s = sem_of(taker->turns, inode);

	if (s->exclusive)
		s->exclusive = false;
	else
		s->shared--;
}

/* --- the threads --- */

static void wait_for_turn(struct taker *taker)
{
	pthread_mutex_lock(&taker->turns->lock);
	while (taker->turns->whose != taker)
		pthread_cond_wait(&taker->turns->changed, &taker->turns->lock);
	pthread_mutex_unlock(&taker->turns->lock);
}

static void begin_op(struct taker *taker, size_t i)
{
	taker->at = i;
	move_to(taker, taker->moments ? taker->moments[i].begin_ns : i + 1);
	pass(taker);
}

static void *taker_main(void *arg)
{
	struct taker *taker = arg;
	struct turns *t = taker->turns;

	wait_for_turn(taker);
	for (size_t i = 0; i < taker->nr && !taker->ret; i++) {
		begin_op(taker, i);
		taker->ret = t->run(t->ctx, &taker->beside, &taker->ops[i], &taker->results[i]);
	}
	pthread_mutex_lock(&t->lock);
	taker->over = true;
	hand_over(t);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* The operations of one thread follow each other. */
static void split(struct turns *t, const struct workload_op *ops, size_t nr, struct op_result *results,
		  const struct ref_moments *moments)
{
	for (size_t i = 0; i < nr; i++) {
		struct taker *taker = &t->takers[ops[i].thread];

		if (ops[i].thread == t->nr) {
			*taker = (struct taker){
				.beside = {beside_stage, beside_lock, beside_unlock},
				.turns = t,
				.ops = &ops[i],
				.results = &results[i],
				.moments = moments ? &moments[i] : NULL,
			};
			t->nr++;
		}
		taker->nr++;
	}
}

/* They wait until the first turn is given. Where one cannot be started none has anything to do. */
static unsigned int start_all(struct turns *t, int *ret)
{
	unsigned int started = 0;

	*ret = 0;
	while (started < t->nr && !*ret) {
		*ret = -pthread_create(&t->takers[started].thread, NULL, taker_main, &t->takers[started]);
		started += !*ret;
	}
	for (unsigned int i = 0; i < t->nr && *ret; i++)
		t->takers[i].nr = 0;
	for (unsigned int i = started; i < t->nr; i++)
		t->takers[i].over = true;
	return started;
}

int ref_turns_run(const struct workload_op *ops, size_t nr, struct op_result *results,
		  const struct ref_moments *moments, ref_turn_fn *run, void *ctx)
{
	struct turns t = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .run = run, .ctx = ctx};
	unsigned int started;
	int ret;

	memset(results, 0, nr * sizeof(*results));
	split(&t, ops, nr, results, moments);
	started = start_all(&t, &ret);
	pthread_mutex_lock(&t.lock);
	hand_over(&t);
	pthread_mutex_unlock(&t.lock);
	for (unsigned int i = 0; i < started; i++) {
		pthread_join(t.takers[i].thread, NULL);
		ret = ret ? ret : t.takers[i].ret;
	}
	return ret;
}
