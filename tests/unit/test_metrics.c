// SPDX-License-Identifier: GPL-2.0-only
/* The metrics of a table of tallies, in both formats, and names that would break them. */
#include <stdlib.h>
#include <string.h>

#include "bpf/write_record.h"
#include "reports/export/metrics.h"
#include "tests/unit/test.h"

static char *text_of(const struct metrics *m, enum metrics_format format)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	metrics_write(out, m, format);
	fclose(out);
	return text;
}

static struct tally_row *add(struct tally_table *t, uint8_t lock, uint8_t shape, uint64_t ino)
{
	const struct tally_key kind = {.ino = ino, .dev = 8 << 20, .lock = lock, .shape = shape};
	struct tally_row *row = tally_table_add(t, &kind);

	strcpy(row->device, "sda");
	return row;
}

static void has(const char *text, const char *line)
{
	CHECK(strstr(text, line));
	if (!strstr(text, line))
		printf("# no '%s'\n", line);
}

#define SHARED "{device=\"sda\",lock=\"shared\",reason=\"none\",extends=\"0\",aligned=\"1\",async=\"0\",dsync=\"0\""

TEST(counts)
{
	struct tally_table t = {0};
	struct metrics m = {.kernel = "6.12.8", .tier = "fentry", .tallies = &t, .entered = 9, .lost_state = 2};
	struct tally_row *row = add(&t, LOCK_SHARED, 0, 0);
	char *text;

	row->tally.counts[TALLY_WRITES] = 7;
	row->tally.counts[TALLY_NS] = 1000000001;
	row->tally.latency[0] = 1; /* below the first bound that is told: in it */
	row->tally.latency[11] = 2;
	row->tally.latency[TALLY_BUCKETS - 1] = 3;
	text = text_of(&m, METRICS_PROMETHEUS);
	has(text, "# TYPE dioscope_writes_total counter\n");
	has(text, "dioscope_writes_total" SHARED "} 7\n");
	has(text, "dioscope_write_iomap_seconds_bucket" SHARED ",le=\"2.048e-06\"} 1\n");
	has(text, "dioscope_write_iomap_seconds_bucket" SHARED ",le=\"4.096e-06\"} 3\n");
	has(text, "dioscope_write_iomap_seconds_bucket" SHARED ",le=\"+Inf\"} 6\n");
	has(text, "dioscope_write_iomap_seconds_sum" SHARED "} 1.000000001\n");
	has(text, "dioscope_write_iomap_seconds_count" SHARED "} 6\n");
	has(text, "dioscope_uncounted_writes_total 2\n");
	has(text, "dioscope_unfinished_writes_total 2\n");
	CHECK(!strstr(text, "# EOF") && !strstr(text, "# UNIT"));
	free(text);
	text = text_of(&m, METRICS_OPENMETRICS);
	has(text, "# TYPE dioscope_writes counter\n");
	has(text, "# UNIT dioscope_write_bytes bytes\n");
	CHECK(strlen(text) > 6 && !strcmp(text + strlen(text) - 6, "# EOF\n"));
	free(text);
	tally_table_release(&t);
}

TEST(reasons)
{
	static const struct {
		uint8_t lock, shape;
		const char *reason;
	} cases[] = {
		{LOCK_EXCLUSIVE, TALLY_EXTENDS | TALLY_UNALIGNED, "lock=\"exclusive\",reason=\"extend\""},
		{LOCK_EXCLUSIVE, TALLY_UNALIGNED, "lock=\"exclusive\",reason=\"unaligned\""},
		{LOCK_EXCLUSIVE, TALLY_DSYNC, "lock=\"exclusive\",reason=\"other\""},
		{LOCK_SHARED, TALLY_UNALIGNED, "lock=\"shared\",reason=\"none\",extends=\"0\",aligned=\"0\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_table t = {0};
		struct metrics m = {.kernel = "", .tier = "", .tallies = &t};
		char *text;

		add(&t, cases[i].lock, cases[i].shape, 0);
		text = text_of(&m, METRICS_PROMETHEUS);
		has(text, cases[i].reason);
		free(text);
		tally_table_release(&t);
	}
}

/* A name may hold what ends a label or a line, and bytes that are no text. */
TEST(names)
{
	struct tally_table t = {0};
	struct metrics m = {.kernel = "", .tier = "", .tallies = &t, .by_file = true};
	char *text;

	strcpy(add(&t, LOCK_SHARED, 0, 12)->file, "a\"b\nc\\\xff");
	text = text_of(&m, METRICS_PROMETHEUS);
	has(text, ",inode=\"12\",generation=\"0\",file=\"a\\\"b\\\\x0ac\\\\x5c\\\\xff\"} 0\n");
	free(text);
	tally_table_release(&t);
}

TEST_MAIN()
