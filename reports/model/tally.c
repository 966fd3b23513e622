// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/tally.h"

#include <inttypes.h>

#include "user/base/util.h"

#define BAR_MAX 30

static const char *const labels[NR_TALLY_COUNTS] = {
	[TALLY_WRITES] = "writes",
	[TALLY_BYTES] = "bytes",
	[TALLY_EXTENDING] = "end beyond i_size",
	[TALLY_FORCE_WAIT] = "made to wait for their I/O",
	[TALLY_ASYNC] = "asynchronous",
	[TALLY_DSYNC] = "asked to be durable",
	[TALLY_SHORT] = "left a rest to the page cache",
	[TALLY_FAILED] = "failed",
};

static void print_counts(FILE *out, const struct tally *shared, const struct tally *exclusive)
{
	fprintf(out, "%-32s %14s %14s\n", "i_rwsem held", "shared", "exclusive");
	for (size_t i = 0; i < NR_TALLY_COUNTS; i++)
		fprintf(out, "%-32s %14" PRIu64 " %14" PRIu64 "\n", labels[i], (uint64_t)shared->counts[i],
			(uint64_t)exclusive->counts[i]);
}

/* "64 ns", "2 us", "4 ms": bucket borders are powers of two, shown to the nearest unit. */
static void format_bound(unsigned int bit, char *buf, size_t size)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	double value = (double)(1ull << bit);
	size_t unit = 0;

	for (; value >= 1000 && unit < ARRAY_SIZE(units) - 1; unit++)
		value /= 1000;
	snprintf(buf, size, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void print_bucket(FILE *out, unsigned int i, uint64_t shared, uint64_t exclusive, uint64_t most)
{
	char bound[16];

	format_bound(i, bound, sizeof(bound));
	fprintf(out, "  from %-25s %14" PRIu64 " %14" PRIu64 "  ", i ? bound : "0", shared, exclusive);
	for (uint64_t n = (shared + exclusive) * BAR_MAX / most; n; n--)
		fputc('#', out);
	fputc('\n', out);
}

static void print_latency(FILE *out, const struct tally *shared, const struct tally *exclusive)
{
	unsigned int first = TALLY_BUCKETS, last = 0;
	uint64_t most = 0;

	for (unsigned int i = 0; i < TALLY_BUCKETS; i++) {
		uint64_t n = shared->latency[i] + exclusive->latency[i];

		most = n > most ? n : most;
		first = n && first == TALLY_BUCKETS ? i : first;
		last = n ? i : last;
	}
	if (!most)
		return;
	fputs("time in iomap, until completion\n", out);
	for (unsigned int i = first; i <= last; i++)
		print_bucket(out, i, shared->latency[i], exclusive->latency[i], most);
}

void tally_print(FILE *out, const struct tally *shared, const struct tally *exclusive)
{
	print_counts(out, shared, exclusive);
	print_latency(out, shared, exclusive);
}
