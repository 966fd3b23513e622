// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/timeline.h"

#include <errno.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/window.h"

#define WIDEST (1ull << 55) /* ns; what is farther apart than all columns of that is no time */

struct timeline *timeline_new(void)
{
	struct timeline *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->shift = TIMELINE_SHIFT;
	t->width_ns = 1ull << t->shift;
	return t;
}

void timeline_free(struct timeline *t)
{
	for (int why = 0; t && why < NR_WHYS; why++)
		free(t->of[why]);
	free(t);
}

/* --- columns --- */

static void join_grid(struct timeline_grid *g, unsigned int at)
{
	struct timeline_grid was = *g;

	memset(g, 0, sizeof(*g));
	for (unsigned int i = 0; i < TIMELINE_COLUMNS; i++)
		for (unsigned int row = 0; row < TIMELINE_ROWS; row++)
			g->cells[at + i / 2][row] += was.cells[i][row];
}

static void take_number(struct timeline *t, unsigned int column, uint64_t id)
{
	if (id > t->highest[column])
		t->highest[column] = id;
}

/* What was in two columns is in one, from column @at on. */
static void join(struct timeline *t, unsigned int at)
{
	struct timeline was = *t;

	memset(t->writes, 0, sizeof(t->writes));
	memset(t->bytes, 0, sizeof(t->bytes));
	memset(t->highest, 0, sizeof(t->highest));
	for (unsigned int i = 0; i < TIMELINE_COLUMNS; i++) {
		take_number(t, at + i / 2, was.highest[i]);
		t->writes[at + i / 2] += was.writes[i];
		t->bytes[at + i / 2] += was.bytes[i];
	}
	join_grid(&t->all, at);
	for (int why = 0; why < NR_WHYS; why++)
		if (t->of[why])
			join_grid(t->of[why], at);
	t->width_ns *= 2;
	t->shift++;
}

/*
 * Writes come nearly in order: seldom is one before the first. Column 0 may begin before zero, so that differences tell
 * what is before what.
 */
static unsigned int column_of(struct timeline *t, uint64_t ns)
{
	uint64_t column;

	if (!t->first_ns)
		t->base_ns = ns;
	while ((int64_t)(ns - t->base_ns) < 0 && t->width_ns < WIDEST) {
		t->base_ns -= t->width_ns * TIMELINE_COLUMNS;
		join(t, TIMELINE_COLUMNS / 2);
	}
	while ((ns - t->base_ns) >> t->shift >= TIMELINE_COLUMNS && t->width_ns < WIDEST)
		join(t, 0);
	column = (ns - t->base_ns) >> t->shift;
	return column < TIMELINE_COLUMNS ? (unsigned int)column : 0;
}

unsigned int timeline_columns(const struct timeline *t)
{
	unsigned int nr = TIMELINE_COLUMNS;

	while (nr && !t->writes[nr - 1])
		nr--;
	return nr;
}

/* --- rows --- */

static unsigned int row_of(uint64_t ns)
{
	unsigned int octave = ns > 1 ? 63u - (unsigned int)__builtin_clzll(ns) : 0;
	unsigned int row = 2 * octave + (octave ? ns >> (octave - 1) & 1 : 0);

	return row < TIMELINE_ROWS ? row : TIMELINE_ROWS - 1;
}

uint64_t timeline_row_ns(unsigned int row)
{
	uint64_t octave = 1ull << row / 2;

	return row < 2 ? 2 * row : octave + (row % 2 ? octave / 2 : 0);
}

/* --- writes --- */

static int count_why(struct timeline *t, enum why why, unsigned int column, unsigned int row)
{
	if (!t->of[why] && !(t->of[why] = calloc(1, sizeof(*t->of[why]))))
		return -ENOMEM;
	t->of[why]->cells[column][row]++;
	return 0;
}

static int count_times(struct timeline *t, const struct look *look, unsigned int column)
{
	unsigned int row = row_of(look->latency_ns);
	int ret = 0;

	t->all.cells[column][row]++;
	for (const uint8_t *why = look->whys; *why < NR_WHYS && !ret; why++)
		ret = count_why(t, (enum why)*why, column, row);
	return ret;
}

static void widen(struct timeline *t, uint64_t entry_ns, uint64_t end_ns)
{
	if (!t->first_ns || entry_ns < t->first_ns)
		t->first_ns = entry_ns;
	if (end_ns > t->last_ns)
		t->last_ns = end_ns;
}

int timeline_add(struct timeline *t, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	uint64_t entry_ns = write_entry_ns(rec), latency_ns = look->timed ? look->latency_ns : 0;
	unsigned int column;

	if (!entry_ns) {
		t->elsewhere++;
		return 0;
	}
	column = column_of(t, entry_ns);
	take_number(t, column, rec->head.id);
	if (!t->first_ns || rec->head.id < t->lowest)
		t->lowest = rec->head.id;
	widen(t, entry_ns, latency_ns < UINT64_MAX - entry_ns ? entry_ns + latency_ns : UINT64_MAX);
	t->writes[column]++;
	if (field_known(rec, FACT_RET) && rec->ret > 0)
		t->bytes[column] += (uint64_t)rec->ret;
	return look->timed ? count_times(t, look, column) : 0;
}

/* --- gaps --- */

/*
 * Numbers up to the highest so far that no write up to column i has. Writes that enter at once may be a column apart in
 * the other order than their numbers: those come later, so that it is no more than the least of what follows.
 */
static void count_missing(const struct timeline *t, unsigned int nr, uint64_t missing[TIMELINE_COLUMNS])
{
	uint64_t highest = 0, seen = 0;

	for (unsigned int i = 0; i < nr; i++) {
		highest = t->highest[i] > highest ? t->highest[i] : highest;
		seen += t->writes[i];
		missing[i] = seen && highest - t->lowest >= seen ? highest - t->lowest + 1 - seen : 0;
	}
	for (unsigned int i = nr; i-- > 1;)
		missing[i - 1] = missing[i] < missing[i - 1] ? missing[i] : missing[i - 1];
}

size_t timeline_gaps(const struct timeline *t, struct timeline_gap gaps[TIMELINE_COLUMNS])
{
	unsigned int columns = timeline_columns(t), last = 0;
	uint64_t missing[TIMELINE_COLUMNS], told = 0;
	size_t nr = 0;

	if (t->elsewhere)
		return 0;
	count_missing(t, columns, missing);
	for (unsigned int i = 0; i < columns; i++) {
		if (!t->writes[i])
			continue;
		if (missing[i] > told && nr && gaps[nr - 1].end > last) {
			gaps[nr - 1].end = i + 1;
			gaps[nr - 1].missing += missing[i] - told;
		} else if (missing[i] > told) {
			gaps[nr++] = (struct timeline_gap){last, i + 1, missing[i] - told};
		}
		told = missing[i];
		last = i;
	}
	return nr;
}
