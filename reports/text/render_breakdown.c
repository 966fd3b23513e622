// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/render_breakdown.h"

#include <string.h>

#include "reports/text/render.h"
#include "user/base/utf8.h"

/* Up to here a label stands in the line of its numbers; a longer one has a line of its own. */
#define LABEL_WIDTH 28

static const char *time_text(const struct stage_times *t, uint64_t ns, char *buf, size_t size)
{
	return t->nr ? format_time(ns, buf, size) : "?";
}

static void print_label(FILE *out, int indent, const char *label)
{
	int columns = (int)utf8_columns(label);

	fprintf(out, "%*s%s", indent, "", label);
	if (indent + columns > LABEL_WIDTH)
		fprintf(out, "\n%*s", LABEL_WIDTH, "");
	else
		fprintf(out, "%*s", LABEL_WIDTH - indent - columns, "");
}

static void print_share(FILE *out, const struct stage_times *t, uint64_t of)
{
	if (t->nr && of)
		fprintf(out, " %5.1f %%", 100.0 * (double)t->total_ns / (double)of);
	else
		fprintf(out, " %7s", "?");
}

static const enum quantile shown[] = {QUANTILE_P50, QUANTILE_P99, QUANTILE_MAX};

static void print_quantiles(FILE *out, const struct stage_times *t, size_t nr)
{
	char text[32];

	for (size_t i = 0; i < nr; i++)
		fprintf(out, " %8s", time_text(t, t->at_ns[shown[i]], text, sizeof(text)));
}

static void print_heading(FILE *out, const struct breakdown *b, size_t nr_quantiles)
{
	fprintf(out, "\n%-*s %8s %8s %8s %7s", LABEL_WIDTH, breakdown_title(b->kind), "writes", "bytes", "time",
		"share");
	for (size_t i = 0; i < nr_quantiles; i++)
		fprintf(out, " %8s", quantile_name(shown[i]));
}

static void print_numbers(FILE *out, const struct breakdown *b, const struct breakdown_row *row,
			  enum breakdown_part part, uint64_t bytes, size_t nr_quantiles)
{
	const struct stage_times *t = &row->times[part];
	char text[32];

	fprintf(out, " %8zu %8s", row->nr[part], bytes ? format_bytes(bytes, text, sizeof(text)) : "");
	fprintf(out, " %8s", time_text(t, t->total_ns, text, sizeof(text)));
	if (part == PART_SYNC) /* its time is in no write's */
		fprintf(out, " %7s", "");
	else
		print_share(out, t, b->total_ns);
	print_quantiles(out, t, nr_quantiles);
}

/* --- a line a row --- */

static bool has_syncs(const struct breakdown *b)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->rows[i].nr[PART_SYNC])
			return true;
	return false;
}

/* What a part took in all; what it is unknown of is no nothing. */
static void print_total(FILE *out, int width, const struct breakdown_row *row, enum breakdown_part part)
{
	bool known = row->times[part].nr || !(row->nr[part] || row->unknown[part]);
	char text[32];

	fprintf(out, " %*s", width, known ? format_time(row->times[part].total_ns, text, sizeof(text)) : "?");
}

/* 0 ns would be no answer to whether there were any. */
static void print_syncs(FILE *out, int width, const struct breakdown_row *row)
{
	if (row->nr[PART_SYNC] || row->unknown[PART_SYNC])
		print_total(out, width, row, PART_SYNC);
	else
		fprintf(out, " %*s", width, "none");
}

void render_breakdown(FILE *out, const struct breakdown *b, size_t max)
{
	bool syncs = has_syncs(b);
	size_t nr_quantiles = ARRAY_SIZE(shown) - syncs; /* a line is no longer than before */

	if (!b->nr)
		return;
	print_heading(out, b, nr_quantiles);
	fprintf(out, " lock wait%s\n", syncs ? " in fsync" : "");
	for (size_t i = 0; i < b->nr && i < max; i++) {
		print_label(out, 2, b->rows[i].label);
		print_numbers(out, b, &b->rows[i], PART_ALL, b->rows[i].bytes, nr_quantiles);
		print_total(out, 9, &b->rows[i], PART_LOCK);
		if (syncs)
			print_syncs(out, 8, &b->rows[i]);
		fputc('\n', out);
	}
	if (b->nr > max)
		fprintf(out, "  and %zu more: --by %s\n", b->nr - max, breakdown_word(b->kind));
}

/* --- all of it --- */

/* "exclusive (25.0 %)", "drained other I/O (3 unknown)" */
static const char *part_label(const struct breakdown_row *row, enum breakdown_part part, char *buf, size_t size)
{
	const char *name = breakdown_part_name(part);
	size_t nr = row->nr[PART_ALL];

	if (row->unknown[part])
		snprintf(buf, size, "%s (%zu unknown)", name, row->unknown[part]);
	else if (part == PART_EXCLUSIVE && nr)
		snprintf(buf, size, "%s (%.1f %%)", name, 100.0 * (double)row->nr[part] / (double)nr);
	else
		snprintf(buf, size, "%s", name);
	return buf;
}

static void render_part(FILE *out, const struct breakdown *b, const struct breakdown_row *row, enum breakdown_part part)
{
	char label[64];

	if (!row->nr[part] && !row->unknown[part])
		return;
	part_label(row, part, label, sizeof(label));
	if (row->nr[part]) {
		print_label(out, 4, label);
		print_numbers(out, b, row, part, part == PART_FALLBACK ? row->fallback_bytes : 0, ARRAY_SIZE(shown));
		fputc('\n', out);
	} else {
		fprintf(out, "    %s\n", label);
	}
}

void render_breakdown_whole(FILE *out, const struct breakdown *b)
{
	if (!b->nr)
		return;
	print_heading(out, b, ARRAY_SIZE(shown));
	fputc('\n', out);
	for (size_t i = 0; i < b->nr; i++) {
		print_label(out, 2, b->rows[i].label);
		print_numbers(out, b, &b->rows[i], PART_ALL, b->rows[i].bytes, ARRAY_SIZE(shown));
		fputc('\n', out);
		for (int part = PART_ALL + 1; part < NR_PARTS; part++)
			render_part(out, b, &b->rows[i], (enum breakdown_part)part);
	}
}
