/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A write as one row of a table, for the formats that have these (CSV, SQLite): its id and state, every fact of
 * write_fields[] by its key, what follows from them (reasons, rows of the totals that it counts in), the moments of its
 * stages, its rows of time, and how its facts are known. fsync and fdatasync are rows of the same columns, as far as
 * these are about them.
 *
 * A cell without a value is empty: the lists "inferred" and "unknown" say which facts are not known, and what is in
 * neither was not reached. Lists are words with a blank between them.
 */
#ifndef DIOSCOPE_TABLE_H
#define DIOSCOPE_TABLE_H

#include <stdio.h>

#include "reports/export/cell.h"
#include "reports/model/look.h"
#include "reports/model/set.h"

enum column_type {
	COLUMN_INTEGER,	 /* 64 bits with a sign */
	COLUMN_UNSIGNED, /* 64 bits */
	COLUMN_BOOLEAN,	 /* 0 or 1 */
	COLUMN_TEXT,	 /* ours */
	COLUMN_NAME,	 /* from outside: CELL_NAME */
	COLUMN_FLAGS,	 /* a list, "none" where it is known to be empty */
	COLUMN_WORDS,	 /* a list that is never unknown: empty is an empty list */
};

struct table_column {
	const char *name; /* snake_case */
	enum column_type type;
	const char *label;	 /* as the report has it; NULL: it has none */
	const char *unit, *help; /* as in write_fields[] */
	bool of_sync;		 /* a row of fsync or fdatasync may have it, too */
};

struct table;

/* NULL when memory is out. */
struct table *table_new(void);
void table_free(struct table *t);
size_t table_nr_columns(const struct table *t);
const struct table_column *table_column_at(const struct table *t, size_t column);
/* The column of this name; it has to be there. */
size_t table_find(const struct table *t, const char *name);
const char *column_type_name(enum column_type type);
static inline bool column_is_text(const struct table_column *column)
{
	return column->type >= COLUMN_TEXT;
}
/* The cells of a row, by column; good until the next. @set has the names. */
const struct cell *table_write(struct table *t, const struct write_set *set, const struct look *look);
const struct cell *table_sync(struct table *t, const struct write_set *set, const struct sync_record *sync);

/* The columns of export --format csv, as CSV: name, type, unit, whether a row of a sync may have it, label, help. */
void table_print_schema(FILE *out, const struct table *t);

/* "waited_for_the_lock": a label of ours as a name of a column; cut to fit. */
const char *column_name(const char *label, char *buf, size_t size);

#endif
