// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/cost.h"

#include <bpf/bpf.h>
#include <linux/capability.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/capture/hooks.h"
#include "user/capture/privilege.h"

#define MOMENT_NS   20000000ull	  /* long enough for some hundred writes, */
#define INTERVAL_NS 1000000000ull /* seldom enough to cost a fiftieth of what it costs */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static bool program_info(const struct bpf_program *prog, struct bpf_prog_info *info)
{
	uint32_t len = sizeof(*info);

	*info = (struct bpf_prog_info){0};
	return bpf_program__fd(prog) >= 0 && !bpf_obj_get_info_by_fd(bpf_program__fd(prog), info, &len);
}

/*
 * The kernel skips a program that would run inside another on the same processor. Most of those are not ours to see
 * (reads that complete in an interrupt), but which, nobody can tell.
 */
uint64_t programs_skipped_runs(const struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_prog_info info;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, obj) if (program_info(prog, &info)) sum += info.recursion_misses;
	return sum;
}

void cost_init(struct cost *c)
{
	*c = (struct cost){.stats_fd = -1};
}

void cost_release(struct cost *c)
{
	closep(&c->stats_fd);
	stats_keeper_end(&c->keeper);
}

/* Without the privilege nothing is measured, now or then. */
int cost_delegate(struct cost *c)
{
	return privilege_has(CAP_SYS_ADMIN) ? stats_keeper_start(&c->keeper) : 0;
}

static bool switch_stats(struct cost *c, bool on)
{
	if (c->keeper.pid)
		return stats_keeper_set(&c->keeper, on);
	closep(&c->stats_fd);
	c->stats_fd = on ? bpf_enable_stats(BPF_STATS_RUN_TIME) : -1;
	return c->stats_fd >= 0;
}

/*
 * Programs that buffered writes, reads and other system calls run into, too, and how often a direct write does at most
 * (its caller reads what it writes, submits and reaps): what is beyond was another's. Of the part of a direct write
 * that goes through the page cache it is said, too: it is not what a direct write costs.
 */
static const struct {
	const char *target;
	unsigned int per_write;
	bool alone; /* others run into nothing else: it is their time that is left out, by their part of the runs */
} shared_programs[] = {
	{"ext4_file_write_iter", 1, false},
	{"ext4_dio_write_iter", 1, false},
	{"__iomap_dio_rw", 1, false},
	{"iomap_dio_rw_begin", 1, false},
	{"ext4_generic_write_checks", 2, false},
	{"ext4_buffered_write_iter", 0, false},
	{"ext4_da_write_end", 0, false},
	{"ext4_write_end", 0, false},
	{"sys_enter", 3, true},
	{"sys_exit", 3, true},
};

_Static_assert(ARRAY_SIZE(shared_programs) == COST_SHARED, "struct cost_gauge has room for others");

/* Entry and exit of a function count the same. */
static void gauge_shared(struct cost_gauge *g, const char *target, const struct bpf_prog_info *info)
{
	for (unsigned int i = 0; i < COST_SHARED; i++) {
		if (strcmp(target, shared_programs[i].target) != 0)
			continue;
		g->shared_ns[i] += info->run_time_ns;
		if (info->run_cnt > g->shared[i])
			g->shared[i] = info->run_cnt;
	}
}

static struct cost_gauge gauge(const struct bpf_object *obj, uint64_t writes)
{
	struct cost_gauge g = {.ns = now_ns(), .writes = writes};
	struct bpf_program *prog;
	struct bpf_prog_info info;

	bpf_object__for_each_program(prog, obj)
	{
		if (!program_info(prog, &info))
			continue;
		g.run_ns += info.run_time_ns;
		g.runs += info.run_cnt;
		gauge_shared(&g, hook_program_target(bpf_program__name(prog)), &info);
	}
	return g;
}

/* Runs of a program that were not those of the direct writes. */
static uint64_t others_of(const struct cost_gauge *from, const struct cost_gauge *to, unsigned int i)
{
	uint64_t runs = to->shared[i] - from->shared[i];
	uint64_t own = (to->writes - from->writes) * shared_programs[i].per_write;

	return runs > own ? runs - own : 0;
}

/* No more than the largest of them is certain: the same stranger may have run into several. */
static uint64_t others(const struct cost_gauge *from, const struct cost_gauge *to)
{
	uint64_t most = 0;

	for (unsigned int i = 0; i < COST_SHARED; i++) {
		uint64_t more = shared_programs[i].alone ? 0 : others_of(from, to, i);

		most = more > most ? more : most;
	}
	return most;
}

static uint64_t other_calls_ns(const struct cost_gauge *from, const struct cost_gauge *to)
{
	double ns = 0;

	for (unsigned int i = 0; i < COST_SHARED; i++)
		if (shared_programs[i].alone && to->shared[i] != from->shared[i])
			ns += (double)(to->shared_ns[i] - from->shared_ns[i]) * (double)others_of(from, to, i) /
			      (double)(to->shared[i] - from->shared[i]);
	return (uint64_t)ns;
}

static void begin(struct cost *c, const struct bpf_object *obj, uint64_t writes)
{
	c->counting = switch_stats(c, true);
	c->start = gauge(obj, writes);
	c->writes = writes;
}

void cost_end(struct cost *c, const struct bpf_object *obj, uint64_t writes)
{
	struct cost_gauge end;

	if (!c->counting)
		return;
	end = gauge(obj, writes);
	c->total.ns += end.ns - c->start.ns;
	c->total.run_ns += end.run_ns - c->start.run_ns;
	c->total.runs += end.runs - c->start.runs;
	c->total.writes += writes - c->start.writes;
	c->total.others += others(&c->start, &end);
	c->total.calls_ns += other_calls_ns(&c->start, &end);
	c->writes = writes;
	c->counting = switch_stats(c, false);
}

void cost_tick(struct cost *c, const struct bpf_object *obj, uint64_t writes)
{
	uint64_t now = now_ns();

	if (now < c->next_ns)
		return;
	if (!c->counting) {
		/* a moment in which nobody writes tells nothing */
		if (writes == c->writes)
			return;
		begin(c, obj, writes);
		c->next_ns = now + MOMENT_NS;
	} else {
		cost_end(c, obj, writes);
		c->next_ns = now + INTERVAL_NS;
	}
}
