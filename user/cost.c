// SPDX-License-Identifier: GPL-2.0-only
#include "user/cost.h"

#include <bpf/bpf.h>
#include <linux/capability.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "user/privilege.h"

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

uint64_t programs_run_ns(const struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_prog_info info;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, obj) if (program_info(prog, &info)) sum += info.run_time_ns;
	return sum;
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

static void begin(struct cost *c, const struct bpf_object *obj, uint64_t writes)
{
	c->counting = switch_stats(c, true);
	c->run_ns = programs_run_ns(obj);
	c->writes = writes;
}

void cost_end(struct cost *c, const struct bpf_object *obj, uint64_t writes)
{
	if (!c->counting)
		return;
	c->total_run_ns += programs_run_ns(obj) - c->run_ns;
	c->total_writes += writes - c->writes;
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
