// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace as CSV (RFC 4180): a line with the names of the columns, then one for each write and for each fsync and
 * fdatasync, told apart by the first column. A spreadsheet takes a text that begins with one of = + - @ for a formula:
 * such a text has ' before it, and so has one that begins with '. Numbers are what they are.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/export/export.h"
#include "reports/export/table.h"
#include "reports/model/syncs.h"

struct csv {
	struct export_job *job;
	struct table *table;
};

static void put_text(FILE *out, const char *text)
{
	bool formula = *text && strchr("=+-@'", *text);

	if (!formula && !text[strcspn(text, ",\"\r\n")]) {
		fputs(text, out);
		return;
	}
	fputs(formula ? "\"'" : "\"", out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_cell(FILE *out, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NONE:
		return;
	case CELL_INT:
		fprintf(out, "%" PRId64, cell->number);
		return;
	case CELL_UINT:
		fprintf(out, "%" PRIu64, (uint64_t)cell->number);
		return;
	case CELL_WORDS:
	case CELL_NAME:
		put_text(out, cell->text);
		return;
	}
}

static void put_row(struct csv *csv, const char *type, const struct cell *cells)
{
	FILE *out = csv->job->out;

	fputs(type, out);
	for (size_t i = 0; i < table_nr_columns(csv->table); i++) {
		fputc(',', out);
		put_cell(out, &cells[i]);
	}
	fputs("\r\n", out);
}

static int csv_begin(void *ctx, const struct write_set *frame)
{
	struct csv *csv = ctx;

	(void)frame;
	fputs("type", csv->job->out);
	for (size_t i = 0; i < table_nr_columns(csv->table); i++)
		fprintf(csv->job->out, ",%s", table_column_at(csv->table, i)->name);
	fputs("\r\n", csv->job->out);
	return 0;
}

static int csv_write(void *ctx, const struct write_set *frame, const struct write *w)
{
	struct csv *csv = ctx;
	struct look look;

	if (ferror(csv->job->out))
		return 1;
	look_at(&look, w);
	put_row(csv, "write", table_write(csv->table, frame, &look));
	return 0;
}

static int csv_sync(void *ctx, const struct write_set *frame, const struct sync_record *sync)
{
	struct csv *csv = ctx;

	if (sync_is_of_a_written_file(frame, sync))
		put_row(csv, "sync", table_sync(csv->table, frame, sync));
	return 0;
}

static int csv_end(void *ctx, const struct write_set *frame)
{
	struct csv *csv = ctx;

	csv->job->whole = set_is_whole(frame);
	return 0;
}

int export_csv(struct export_job *job, struct errmsg *err)
{
	static const struct walk_ops ops = {csv_begin, csv_write, csv_sync, csv_end};
	struct csv csv = {.job = job, .table = table_new()};
	int ret;

	if (!csv.table)
		return fail(err, -ENOMEM, "out of memory");
	ret = walk_trace(job->path, job->sel, &ops, &csv, job->progress, &job->counts, err);
	table_free(csv.table);
	return ret;
}
