// SPDX-License-Identifier: GPL-2.0-only
/*
 * A family is a line of a table: its name, its meaning and where in the tally it stands. Names, units and escapes as in
 * the OpenMetrics specification 1.0; the older text format differs in where "_total" is said and in the end.
 */
#include "reports/export/metrics.h"

#include <inttypes.h>

#include "bpf/write_record.h"
#include "user/base/utf8.h"
#include "user/base/util.h"

#define FIRST_BUCKET 10 /* le 2 us, in steps of a factor of two, */
#define LAST_BUCKET  35 /* to le 69 s; bounds are few, or every kind of write is a hundred series */

struct page {
	FILE *out;
	const struct metrics *m;
	bool open; /* OpenMetrics */
};

const char *metrics_content_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
					     : "text/plain; version=0.0.4; charset=utf-8";
}

/* --- one family --- */

static void say_family(const struct page *p, const char *name, const char *type, const char *unit, const char *help)
{
	const char *total = !p->open && type[0] == 'c' ? "_total" : "";

	fprintf(p->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, total, help, name, total, type);
	if (p->open && unit)
		fprintf(p->out, "# UNIT %s %s\n", name, unit);
}

static void say_counter(const struct page *p, const char *name, const char *help, uint64_t value)
{
	say_family(p, name, "counter", NULL, help);
	fprintf(p->out, "%s_total %" PRIu64 "\n", name, value);
}

static void put_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

static void say_seconds(const struct page *p, const char *name, const char *help, uint64_t ns)
{
	say_family(p, name, "counter", "seconds", help);
	fprintf(p->out, "%s_total ", name);
	put_seconds(p->out, ns);
}

/* --- labels --- */

/* No byte of a name may end the label, the line or the text: what is not harmless in a terminal is not here, either. */
static void put_label(FILE *out, const char *name, const char *value)
{
	char escaped[4 * TALLY_NAME_LEN + 1];

	fprintf(out, "%s=\"", name);
	for (const char *c = utf8_escape(value, escaped, sizeof(escaped)); *c; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

/*
 * Why the lock is exclusive, as far as iomap's begin can tell: ext4_dio_write_checks() takes it for a write that
 * extends the file, and for one that is not aligned (and not a plain overwrite); other reasons it does not see.
 */
static const char *reason_of(const struct tally_key *kind)
{
	if (kind->lock != LOCK_EXCLUSIVE)
		return "none";
	if (kind->shape & TALLY_EXTENDS)
		return "extend";
	return kind->shape & TALLY_UNALIGNED ? "unaligned" : "other";
}

/* Without the closing brace. Kinds that differ have labels that differ. */
static void put_labels(const struct page *p, const struct tally_row *row)
{
	const struct tally_key *kind = &row->kind;

	fputc('{', p->out);
	put_label(p->out, "device", row->device);
	fprintf(p->out, ",lock=\"%s\",reason=\"%s\",extends=\"%d\",aligned=\"%d\",async=\"%d\",dsync=\"%d\"",
		kind->lock == LOCK_EXCLUSIVE ? "exclusive" : "shared", reason_of(kind), !!(kind->shape & TALLY_EXTENDS),
		!(kind->shape & TALLY_UNALIGNED), !!(kind->shape & TALLY_ASYNC), !!(kind->shape & TALLY_DSYNC));
	if (!p->m->by_file)
		return;
	fprintf(p->out, ",inode=\"%" PRIu64 "\",generation=\"%u\",", (uint64_t)kind->ino, kind->generation);
	put_label(p->out, "file", row->file);
}

/* --- of the writes --- */

static const struct {
	const char *name, *unit, *help;
	enum tally_count count;
} counters[] = {
	{"dioscope_writes", NULL,
	 "Direct writes that came to iomap; the reason for an exclusive lock is inferred from size, position and "
	 "length.",
	 TALLY_WRITES},
	{"dioscope_write_bytes", "bytes", "Bytes that they asked to write.", TALLY_BYTES},
	{"dioscope_write_forced_waits", NULL,
	 "Those that were made to wait for their I/O (IOMAP_DIO_FORCE_WAIT), so that io_submit(2) blocked.",
	 TALLY_FORCE_WAIT},
	{"dioscope_write_rests", NULL, "Those whose rest was left to the page cache: buffered I/O.", TALLY_SHORT},
	{"dioscope_write_failures", NULL, "Those that failed in iomap or on the device.", TALLY_FAILED},
};

static void write_counters(const struct page *p)
{
	const struct tally_table *t = p->m->tallies;

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		say_family(p, counters[i].name, "counter", counters[i].unit, counters[i].help);
		for (const struct tally_row *r = t->rows; r < t->rows + t->nr; r++) {
			fprintf(p->out, "%s_total", counters[i].name);
			put_labels(p, r);
			fprintf(p->out, "} %" PRIu64 "\n", (uint64_t)r->tally.counts[counters[i].count]);
		}
	}
}

static const char latency[] = "dioscope_write_iomap_seconds";

static void put_bucket(const struct page *p, const struct tally_row *row, const char *le, uint64_t count)
{
	fprintf(p->out, "%s_bucket", latency);
	put_labels(p, row);
	fprintf(p->out, ",le=\"%s\"} %" PRIu64 "\n", le, count);
}

static void put_end(const struct page *p, const struct tally_row *row, const char *suffix)
{
	fprintf(p->out, "%s_%s", latency, suffix);
	put_labels(p, row);
	fputs("} ", p->out);
}

static void write_histogram(const struct page *p, const struct tally_row *row)
{
	uint64_t count = 0;
	char le[32];

	for (unsigned int i = 0; i < TALLY_BUCKETS; i++) {
		count += row->tally.latency[i];
		snprintf(le, sizeof(le), "%.12g", (double)(2ull << i) / 1e9);
		if (i >= FIRST_BUCKET && i <= LAST_BUCKET)
			put_bucket(p, row, le, count);
	}
	put_bucket(p, row, "+Inf", count);
	put_end(p, row, "sum");
	put_seconds(p->out, row->tally.counts[TALLY_NS]);
	put_end(p, row, "count");
	fprintf(p->out, "%" PRIu64 "\n", count);
}

static void write_latency(const struct page *p)
{
	const struct tally_table *t = p->m->tallies;

	say_family(p, latency, "histogram", "seconds",
		   "Time in iomap until completion: the lock is held, not waited for. Not of writes still under way.");
	for (const struct tally_row *r = t->rows; r < t->rows + t->nr; r++)
		write_histogram(p, r);
}

/* --- of the counting --- */

static void write_losses(const struct page *p)
{
	const struct metrics *m = p->m;
	uint64_t counted = tally_table_writes(m->tallies);

	say_counter(p, "dioscope_uncounted_writes",
		    "Direct writes of more kinds than there is room for: in no other figure.",
		    m->entered > counted ? m->entered - counted : 0);
	say_counter(p, "dioscope_unfinished_writes",
		    "Direct writes whose completion could not be waited for: without latency.", m->lost_state);
	say_counter(p, "dioscope_other_filesystem_writes",
		    "Direct writes through iomap of other file systems than ext4: in no other figure.", m->other_fs);
	say_counter(p, "dioscope_skipped_probe_runs",
		    "Runs of probes that the kernel skipped: a write may be missing for each.", m->skipped);
}

/* Two counters, so that a rate of one over a rate of the other is the share of a processor in any span. */
static void write_cost(const struct page *p)
{
	say_seconds(p, "dioscope_probe_run_seconds",
		    "Processor time of the probes in the moments in which it was taken.", p->m->cost.run_ns);
	say_seconds(p, "dioscope_probe_sampled_seconds", "How long those moments were.", p->m->cost.ns);
}

static void write_build(const struct page *p)
{
	const char *name = p->open ? "dioscope_build" : "dioscope_build_info";

	say_family(p, name, p->open ? "info" : "gauge", NULL, "What counts, and on what.");
	fputs("dioscope_build_info{", p->out);
	put_label(p->out, "version", DIOSCOPE_VERSION);
	fputc(',', p->out);
	put_label(p->out, "kernel", p->m->kernel);
	fputc(',', p->out);
	put_label(p->out, "tier", p->m->tier);
	fputs("} 1\n", p->out);
}

void metrics_write(FILE *out, const struct metrics *m, enum metrics_format format)
{
	const struct page p = {.out = out, .m = m, .open = format == METRICS_OPENMETRICS};

	write_build(&p);
	write_counters(&p);
	write_latency(&p);
	write_losses(&p);
	write_cost(&p);
	if (p.open)
		fputs("# EOF\n", out);
}
