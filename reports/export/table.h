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

#include "reports/model/look.h"
#include "reports/model/set.h"

enum cell_kind {
	CELL_NONE,
	CELL_INT,
	CELL_UINT,
	CELL_WORDS, /* ours: letters, digits, blanks and marks that nothing takes for more */
	CELL_NAME,  /* what came from outside, escaped as in JSON (utf8_escape()) */
};

struct cell {
	enum cell_kind kind;
	int64_t number;
	const char *text; /* good until the next row is filled */
};

struct table_column {
	const char *name; /* snake_case */
	bool text;
	bool of_sync; /* a row of fsync or fdatasync may have it, too */
};

struct table;

/* NULL when memory is out. */
struct table *table_new(void);
void table_free(struct table *t);
size_t table_nr_columns(const struct table *t);
const struct table_column *table_column_at(const struct table *t, size_t column);
/* The column of this name; it has to be there. */
size_t table_find(const struct table *t, const char *name);
/* The cells of a row, by column; good until the next. @set has the names. */
const struct cell *table_write(struct table *t, const struct write_set *set, const struct look *look);
const struct cell *table_sync(struct table *t, const struct write_set *set, const struct sync_record *sync);

/* "waited_for_the_lock": a label of ours as a name of a column; cut to fit. */
const char *column_name(const char *label, char *buf, size_t size);

#endif
