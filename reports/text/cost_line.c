// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/cost_line.h"

#include <inttypes.h>

#include "reports/text/render.h"

/* One in so many may be another's: the mean is then still the write's. */
#define OTHERS_PER_WRITE 10

void cost_load(struct cost_totals *cost, const struct meta *trailer)
{
	*cost = (struct cost_totals){
		.sample.ns = meta_u64(trailer, META_COST_SPAN, 0),
		.sample.run_ns = meta_u64(trailer, META_COST_NS, 0),
		.sample.runs = meta_u64(trailer, META_COST_RUNS, 0),
		.sample.writes = meta_u64(trailer, META_COST_WRITES, 0),
		.sample.calls_ns = meta_u64(trailer, META_COST_CALLS, 0),
		.sample.others = meta_u64(trailer, META_COST_OTHERS, 0),
		.ring_high = meta_u64(trailer, META_RING_HIGH, 0),
		.ring_size = meta_u64(trailer, META_RING_SIZE, 0),
		.ring_lost = meta_u64(trailer, META_LOST_RING, 0) + meta_u64(trailer, META_LOST_STEPS, 0),
	};
}

static void print_share(FILE *out, const struct cost_sample *s)
{
	char run[32], span[32];

	if (s->ns)
		fprintf(out, "probes took %.2f %% of a processor (%s in %s sampled), ",
			100.0 * (double)s->run_ns / (double)s->ns, format_time(s->run_ns, run, sizeof(run)),
			format_time(s->ns, span, sizeof(span)));
}

static void print_of_write(FILE *out, const struct cost_sample *s)
{
	char time[32];

	if (s->writes < COST_SAMPLES_MIN)
		fprintf(out, "cost of a write unknown: too few (%s sampled), ", counted(s->writes, "write").text);
	else if (s->others > s->writes / OTHERS_PER_WRITE)
		fprintf(out, "cost of a write unknown: they also ran for %" PRIu64 " other calls (beside %s), ", s->others,
			counted(s->writes, "write").text);
	else
		fprintf(out, "%s %s a write (of %" PRIu64 " sampled), ", s->calls_ns ? "about" : "at most",
			format_time((s->run_ns - s->calls_ns) / s->writes, time, sizeof(time)), s->writes);
}

/* What waited was looked at now and then; a record that found no room is the surer witness. */
static void print_ring(FILE *out, const struct cost_totals *cost)
{
	if (cost->ring_lost)
		fputs("ring buffer full: --ring-size makes it larger\n", out);
	else
		fprintf(out, "ring buffer at most %.0f %% full\n",
			100.0 * (double)cost->ring_high / (double)cost->ring_size);
}

void cost_print(FILE *out, const char *before, const struct cost_totals *cost)
{
	if (!cost->ring_size)
		return;
	fputs(before, out);
	print_share(out, &cost->sample);
	print_of_write(out, &cost->sample);
	print_ring(out, cost);
}
