// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/tally.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bpf/write_record.h"
#include "user/base/util.h"

#define BAR_MAX 30

struct tally_row *tally_table_add(struct tally_table *table, const struct tally_key *kind)
{
	struct tally_row *rows = realloc(table->rows, (table->nr + 1) * sizeof(*rows));

	if (!rows)
		return NULL;
	table->rows = rows;
	rows[table->nr] = (struct tally_row){.kind = *kind};
	return &rows[table->nr++];
}

void tally_table_release(struct tally_table *table)
{
	free(table->rows);
	*table = (struct tally_table){0};
}

uint64_t tally_table_writes(const struct tally_table *table)
{
	uint64_t writes = 0;

	for (size_t i = 0; i < table->nr; i++)
		writes += table->rows[i].tally.counts[TALLY_WRITES];
	return writes;
}

/* --- the text --- */

/* A line: a counter of all writes, or the writes of some shape. */
static const struct {
	const char *label;
	enum tally_count count;
	unsigned int shape; /* enum tally_shape; 0: any */
} lines[] = {
	{"writes", TALLY_WRITES, 0},
	{"bytes", TALLY_BYTES, 0},
	{"end beyond i_size", TALLY_WRITES, TALLY_EXTENDS},
	{"begin or end within a block", TALLY_WRITES, TALLY_UNALIGNED},
	{"made to wait for their I/O", TALLY_FORCE_WAIT, 0},
	{"asynchronous", TALLY_WRITES, TALLY_ASYNC},
	{"asked to be durable", TALLY_WRITES, TALLY_DSYNC},
	{"left a rest to the page cache", TALLY_SHORT, 0},
	{"failed", TALLY_FAILED, 0},
};

static uint64_t sum_line(const struct tally_table *table, enum lock_mode lock, size_t line)
{
	uint64_t sum = 0;

	for (const struct tally_row *r = table->rows; r < table->rows + table->nr; r++)
		if (r->kind.lock == lock && (r->kind.shape & lines[line].shape) == lines[line].shape)
			sum += r->tally.counts[lines[line].count];
	return sum;
}

static uint64_t sum_bucket(const struct tally_table *table, enum lock_mode lock, unsigned int bucket)
{
	uint64_t sum = 0;

	for (const struct tally_row *r = table->rows; r < table->rows + table->nr; r++)
		sum += r->kind.lock == lock ? r->tally.latency[bucket] : 0;
	return sum;
}

static void print_counts(FILE *out, const struct tally_table *table)
{
	fprintf(out, "%-32s %14s %14s\n", "i_rwsem held", "shared", "exclusive");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		fprintf(out, "%-32s %14" PRIu64 " %14" PRIu64 "\n", lines[i].label, sum_line(table, LOCK_SHARED, i),
			sum_line(table, LOCK_EXCLUSIVE, i));
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

static void print_latency(FILE *out, const struct tally_table *table)
{
	uint64_t shared[TALLY_BUCKETS], exclusive[TALLY_BUCKETS], most = 0;
	unsigned int first = TALLY_BUCKETS, last = 0;

	for (unsigned int i = 0; i < TALLY_BUCKETS; i++) {
		uint64_t n;

		shared[i] = sum_bucket(table, LOCK_SHARED, i);
		exclusive[i] = sum_bucket(table, LOCK_EXCLUSIVE, i);
		n = shared[i] + exclusive[i];
		most = n > most ? n : most;
		first = n && first == TALLY_BUCKETS ? i : first;
		last = n ? i : last;
	}
	if (!most)
		return;
	fputs("time in iomap, until completion\n", out);
	for (unsigned int i = first; i <= last; i++)
		print_bucket(out, i, shared[i], exclusive[i], most);
}

void tally_print(FILE *out, const struct tally_table *table)
{
	print_counts(out, table);
	print_latency(out, table);
}
