// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/timeline.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static void add_number(struct timeline *t, uint64_t id, uint64_t entry_ns, uint64_t latency_ns)
{
	struct sample s;
	struct write w;
	struct look look;

	sample_init(&s, id, "f", 0, 4096);
	memset(s.rec.stage_ns, 0, sizeof(s.rec.stage_ns));
	s.rec.stage_ns[STAGE_ENTER] = entry_ns;
	s.rec.stage_ns[STAGE_RETURN] = entry_ns + latency_ns;
	w = (struct write){.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
	look_at(&look, &w);
	CHECK_EQ(timeline_add(t, &look), 0);
}

/* A write that begins at @entry_ns and takes @latency_ns. */
static void add(struct timeline *t, uint64_t entry_ns, uint64_t latency_ns)
{
	add_number(t, 1, entry_ns, latency_ns);
}

static size_t counted_in(const struct timeline *t, const struct timeline_grid *g, uint64_t ns)
{
	size_t column = (size_t)((ns - t->base_ns) / t->width_ns), nr = 0;

	for (unsigned int row = 0; row < TIMELINE_ROWS; row++)
		nr += g->cells[column][row];
	return nr;
}

TEST(a_column_is_as_wide_as_the_trace_needs)
{
	struct timeline *t = timeline_new();
	size_t nr = 0;

	for (uint64_t i = 0; i < 1000; i++)
		add(t, 1000000 + i * 1000000, 50000);
	CHECK_EQ(t->first_ns, 1000000);
	CHECK_EQ(t->last_ns, 1000050000);
	CHECK(t->width_ns * TIMELINE_COLUMNS >= 999000000 && t->width_ns * TIMELINE_COLUMNS < 4 * 999000000ull);
	for (unsigned int i = 0; i < TIMELINE_COLUMNS; i++) {
		nr += t->writes[i];
		CHECK_EQ(t->bytes[i], t->writes[i] * 4096ull);
	}
	CHECK_EQ(nr, 1000);
	CHECK_EQ(timeline_columns(t), (1000000000 - 1000000) / t->width_ns + 1);
	timeline_free(t);
}

/* Numbers that nobody has were lost between those that are there; who entered at once may be in either order. */
TEST(missing_numbers_tell_when)
{
	struct timeline *t = timeline_new();
	struct timeline_gap gaps[TIMELINE_COLUMNS];
	uint64_t from, end;

	for (uint64_t id = 1; id <= 1000; id++) {
		if (id <= 300 || id > 320)
			add_number(t, id, (1000 + (id % 2 && id < 999 ? id + 1 : id - 1)) * 1000000, 50000);
		CHECK_EQ(timeline_gaps(t, gaps), id > 320);
	}
	CHECK_EQ(gaps[0].missing, 20);
	from = t->base_ns + gaps[0].first * t->width_ns;
	end = t->base_ns + gaps[0].end * t->width_ns;
	CHECK(from <= 1301000000 && end >= 1320000000 && end - from <= 30000000 + 3 * t->width_ns);
	add_number(t, 1001, 0, 0); /* began nobody knows when: its number may be any of these */
	CHECK_EQ(timeline_gaps(t, gaps), 0);
	timeline_free(t);
	t = timeline_new();
	add(t, 1000000, 1);
	add(t, 9000000, 1);
	CHECK_EQ(timeline_gaps(t, gaps), 0); /* of one number two */
	timeline_free(t);
}

TEST(what_comes_late_goes_before)
{
	struct timeline *t = timeline_new();

	add(t, 5000000000, 1000);
	add(t, 5000000000, 1000);
	add(t, 5001000000, 1000);
	add(t, 1000, 1000);
	CHECK_EQ(t->first_ns, 1000);
	CHECK_EQ(counted_in(t, &t->all, 1000), 1);
	CHECK_EQ(counted_in(t, &t->all, 5000000000), 3);
	timeline_free(t);
}

/* No clock says so: a damaged trace may. */
TEST(any_numbers_are_a_timeline)
{
	static const uint64_t entries[] = {1, UINT64_MAX, 1ull << 63, 2, UINT64_MAX / 2, UINT64_MAX - 5};
	struct timeline *t = timeline_new();
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		add(t, entries[i], i % 2 ? UINT64_MAX - entries[i] : 0);
	for (unsigned int i = 0; i < TIMELINE_COLUMNS; i++)
		nr += t->writes[i];
	CHECK_EQ(nr, ARRAY_SIZE(entries));
	timeline_free(t);
}

TEST(rows_are_half_octaves)
{
	static const uint64_t times[] = {1, 1000, 1023, 1024, 1535, 1536, 2048, 74000, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct timeline *t = timeline_new();
		unsigned int row = 0;

		add(t, 1000, times[i]);
		while (row < TIMELINE_ROWS - 1 && !t->all.cells[0][row])
			row++;
		CHECK(timeline_row_ns(row) <= times[i] && times[i] < timeline_row_ns(row + 1));
		timeline_free(t);
	}
}

TEST_MAIN()
