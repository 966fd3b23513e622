// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timelines, for the script, one for each run:
 *
 *	width	ns of a column; first: ns from the beginning of column 0 to the first write
 *	span	ns from the first write's entry to the last one's end
 *	lost	records that were lost
 *	gaps	[[ns from the first write, to, how many], ...]: where they were, as far as the numbers of the others
 *tell rows	ns at which each row of latency begins, the same for all writes, bytes	by column, as texts like those
 *of html_columns.c
 *	grids	{"": all, tag: of a reason}: by column and, in it, row, likewise; only the rows from base on
 *	syncs	[[ns from the first write to its beginning, how long, what it was, its process], ...], the slowest
 */
#include <inttypes.h>
#include <string.h>

#include "reports/html/html_page.h"
#include "reports/model/files.h"
#include "user/base/utf8.h"

/* Counts, with those that are alike as value*n; 0 is nothing. */
struct runs {
	FILE *out;
	uint64_t last;
	size_t nr;
	bool any;
};

static void runs_flush(struct runs *r)
{
	if (!r->nr)
		return;
	fputs(r->any ? "," : "", r->out);
	if (r->last)
		fprintf(r->out, "%" PRIu64, r->last);
	if (r->nr > 1)
		fprintf(r->out, "*%zu", r->nr);
	r->any = true;
	r->nr = 0;
}

static void runs_add(struct runs *r, uint64_t value)
{
	if (value != r->last)
		runs_flush(r);
	r->last = value;
	r->nr++;
}

static struct runs runs_open(struct json *j, const char *key)
{
	json_key(j, key);
	json_end(j);
	fputc('"', j->out);
	return (struct runs){.out = j->out};
}

static void runs_close(struct runs *r, struct json *j)
{
	runs_flush(r);
	fputc('"', j->out);
	j->comma = true;
}

/* --- the grid --- */

/* Rows of latency that any write is in. */
struct row_range {
	unsigned int first, end;
};

static void widen(struct row_range *range, const struct timeline *t)
{
	for (unsigned int i = 0; i < TIMELINE_COLUMNS; i++) {
		for (unsigned int row = 0; row < TIMELINE_ROWS; row++) {
			if (!t->all.cells[i][row])
				continue;
			range->first = row < range->first ? row : range->first;
			range->end = row + 1 > range->end ? row + 1 : range->end;
		}
	}
}

static void put_grid(struct json *j, const char *key, const struct timeline *t, const struct timeline_grid *g,
		     struct row_range range)
{
	struct runs r = runs_open(j, key);

	for (unsigned int i = 0; i < timeline_columns(t); i++)
		for (unsigned int row = range.first; row < range.end; row++)
			runs_add(&r, g->cells[i][row]);
	runs_close(&r, j);
}

static void put_grids(struct json *j, const struct timeline *t, struct row_range range)
{
	char tag[16];

	json_key(j, "grids");
	json_open(j, '{');
	put_grid(j, "", t, &t->all, range);
	for (int why = 0; why < NR_WHYS; why++) {
		snprintf(tag, sizeof(tag), "%c%d", why_group_tag(why_rows[why].group), why);
		if (t->of[why])
			put_grid(j, tag, t, t->of[why], range);
	}
	json_close(j, '}');
}

static void put_columns(struct json *j, const struct timeline *t)
{
	struct runs r = runs_open(j, "writes");

	for (unsigned int i = 0; i < timeline_columns(t); i++)
		runs_add(&r, t->writes[i]);
	runs_close(&r, j);
	r = runs_open(j, "bytes");
	for (unsigned int i = 0; i < timeline_columns(t); i++)
		runs_add(&r, t->bytes[i]);
	runs_close(&r, j);
}

/* --- syncs --- */

static void put_sync(struct json *j, const struct sync_record *sync, uint64_t first_ns)
{
	char comm[COMM_LEN + 1] = "", shown[4 * COMM_LEN + 1];

	memcpy(comm, sync->comm, COMM_LEN);
	json_open(j, '[');
	json_int(j, (int64_t)(sync->began_ns - first_ns));
	json_uint(j, sync_ns(sync));
	json_string(j, sync_row_name(sync_row_of(sync)));
	json_string(j, utf8_escape(comm, shown, sizeof(shown)));
	json_close(j, ']');
}

/* A verify run has several file systems, and no sync of its own is told. */
static void put_syncs(struct html_page *p, struct json *j, unsigned int run)
{
	const struct page_sums *s = p->runs[run].sums;

	json_key(j, "syncs");
	json_open(j, '[');
	for (size_t i = s->nr_syncs; i-- && !p->verify;)
		if (sync_is_of_a_written_file(p->outcomes[run].live, &s->syncs[i]))
			put_sync(j, &s->syncs[i], s->timeline->first_ns);
	json_close(j, ']');
}

static uint64_t lost_of(const struct outcome *o)
{
	return o->live ? o->live->lost_records : 0;
}

/* Of a run, which is one outcome, or all of them. */
static uint64_t count_lost(const struct html_page *p, unsigned int run)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < p->nr && p->nr_runs == 1; i++)
		lost += lost_of(&p->outcomes[i]);
	return p->nr_runs == 1 ? lost : lost_of(&p->outcomes[run]);
}

/* Missing numbers are losses where all that was not lost is here. */
static size_t find_gaps(const struct html_page *p, unsigned int run, struct timeline_gap gaps[TIMELINE_COLUMNS])
{
	const struct write_set *set = p->verify ? NULL : p->outcomes[run].live;
	uint64_t lost = count_lost(p, run), missing = 0;
	const char *fast;
	size_t nr;

	if (!set || !lost || set->left_out)
		return 0;
	fast = meta_get(&set->trailer, META_FAST);
	nr = fast && strcmp(fast, "0") != 0 ? 0 : timeline_gaps(p->runs[run].sums->timeline, gaps);
	for (size_t i = 0; i < nr; i++)
		missing += gaps[i].missing;
	return missing <= lost ? nr : 0;
}

static void put_gaps(struct html_page *p, struct json *j, unsigned int run)
{
	const struct timeline *t = p->runs[run].sums->timeline;
	struct timeline_gap gaps[TIMELINE_COLUMNS];
	size_t nr = find_gaps(p, run, gaps);

	json_key(j, "gaps");
	json_open(j, '[');
	for (size_t i = 0; i < nr; i++) {
		json_open(j, '[');
		json_int(j, (int64_t)(gaps[i].first * t->width_ns - (t->first_ns - t->base_ns)));
		json_int(j, (int64_t)(gaps[i].end * t->width_ns - (t->first_ns - t->base_ns)));
		json_uint(j, gaps[i].missing);
		json_close(j, ']');
	}
	json_close(j, ']');
}

static void put_timeline(struct html_page *p, struct json *j, unsigned int run, struct row_range range)
{
	const struct timeline *t = p->runs[run].sums->timeline;

	json_open(j, '{');
	json_key(j, "width");
	json_uint(j, t->width_ns);
	json_key(j, "first");
	json_uint(j, t->first_ns - t->base_ns);
	json_key(j, "span");
	json_uint(j, t->last_ns - t->first_ns);
	json_key(j, "lost");
	json_uint(j, count_lost(p, run));
	put_gaps(p, j, run);
	json_key(j, "rows");
	json_open(j, '[');
	for (unsigned int row = range.first; row < range.end + !!range.end; row++)
		json_uint(j, timeline_row_ns(row));
	json_close(j, ']');
	put_columns(j, t);
	put_grids(j, t, range);
	put_syncs(p, j, run);
	json_close(j, '}');
}

void html_timeline(struct html_page *p, struct json *j)
{
	struct row_range range = {TIMELINE_ROWS, 0};

	for (unsigned int run = 0; run < p->nr_runs; run++)
		widen(&range, p->runs[run].sums->timeline);
	json_key(j, "timelines");
	json_open(j, '[');
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_timeline(p, j, run, range);
	json_close(j, ']');
}
