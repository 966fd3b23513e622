// SPDX-License-Identifier: GPL-2.0-only
#include "reports/render_breakdown.h"

#include <string.h>

#include "reports/render.h"
#include "reports/utf8.h"

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

static void print_quantiles(FILE *out, const struct stage_times *t)
{
	static const enum quantile shown[] = {QUANTILE_P50, QUANTILE_P99, QUANTILE_MAX};
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		fprintf(out, " %8s", time_text(t, t->at_ns[shown[i]], text, sizeof(text)));
}

static void print_heading(FILE *out, const struct breakdown *b, const char *last)
{
	fprintf(out, "\n%-*s %8s %8s %8s %7s %8s %8s %8s%s\n", LABEL_WIDTH, breakdown_title(b->kind), "writes", "bytes",
		"time", "share", "p50", "p99", "max", last);
}

static void print_numbers(FILE *out, const struct breakdown *b, const struct breakdown_row *row,
			  enum breakdown_part part, uint64_t bytes)
{
	const struct stage_times *t = &row->times[part];
	char text[32];

	fprintf(out, " %8zu %8s", row->nr[part], bytes ? format_bytes(bytes, text, sizeof(text)) : "");
	fprintf(out, " %8s", time_text(t, t->total_ns, text, sizeof(text)));
	if (part == PART_SYNC) /* its time is in no write's */
		fprintf(out, " %7s", "");
	else
		print_share(out, t, b->total_ns);
	print_quantiles(out, t);
}

/* --- a line a row --- */

void render_breakdown(FILE *out, const struct breakdown *b, size_t max)
{
	char text[32];

	if (!b->nr)
		return;
	print_heading(out, b, " lock wait");
	for (size_t i = 0; i < b->nr && i < max; i++) {
		const struct breakdown_row *row = &b->rows[i];
		const struct stage_times *lock = &row->times[PART_LOCK];

		print_label(out, 2, row->label);
		print_numbers(out, b, row, PART_ALL, row->bytes);
		fprintf(out, " %9s\n",
			row->nr[PART_LOCK] || !row->unknown[PART_LOCK] ? format_time(lock->total_ns, text, sizeof(text))
								       : "?");
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
		print_numbers(out, b, row, part, part == PART_FALLBACK ? row->fallback_bytes : 0);
		fputc('\n', out);
	} else {
		fprintf(out, "    %s\n", label);
	}
}

void render_breakdown_whole(FILE *out, const struct breakdown *b)
{
	if (!b->nr)
		return;
	print_heading(out, b, "");
	for (size_t i = 0; i < b->nr; i++) {
		print_label(out, 2, b->rows[i].label);
		print_numbers(out, b, &b->rows[i], PART_ALL, b->rows[i].bytes);
		fputc('\n', out);
		for (int part = PART_ALL + 1; part < NR_PARTS; part++)
			render_part(out, b, &b->rows[i], (enum breakdown_part)part);
	}
}
