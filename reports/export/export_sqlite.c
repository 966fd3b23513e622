// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace as an SQLite database: tables writes (the columns of table.h), hows (how facts are known, once for all writes
 * that are alike in it), reasons, steps, syncs, advice, rest and meta; views whose sums are the report's.
 *
 * SQLite writes files by name, and results here are streams: it is made in a directory of our own below TMPDIR or
 * /var/tmp, and copied in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "reports/export/export.h"
#include "reports/export/table.h"
#include "reports/model/advice.h"
#include "reports/model/fields.h"
#include "reports/model/key_index.h"
#include "reports/model/summary.h"
#include "reports/model/syncs.h"

#define SCHEMA_VERSION 1

struct sqlite {
	struct export_job *job;
	struct table *table;
	struct advice_sums *advice;
	struct key_index hows; /* by how[] of all facts: rowid 1 + number */
	sqlite3 *db;
	sqlite3_stmt *write, *sync, *how, *reason, *step, *meta, *advised, *rest;
	bool trouble; /* SQLite said no: its message is in @why */
	char why[256];
	char dir[256], file[288];
};

/* --- statements --- */

/* 0 or -EIO, with what SQLite says. */
static int trouble(struct sqlite *s)
{
	s->trouble = true;
	snprintf(s->why, sizeof(s->why), "%s", s->db ? sqlite3_errmsg(s->db) : "out of memory");
	return -EIO;
}

static int run(struct sqlite *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : trouble(s);
}

static int prepare(struct sqlite *s, const char *sql, sqlite3_stmt **stmt)
{
	return sqlite3_prepare_v2(s->db, sql, -1, stmt, NULL) == SQLITE_OK ? 0 : trouble(s);
}

static int step(struct sqlite *s, sqlite3_stmt *stmt)
{
	int ret = sqlite3_step(stmt) == SQLITE_DONE ? 0 : trouble(s);

	sqlite3_reset(stmt);
	return ret;
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT);
}

/* What is empty is NULL, but a list that has no words. */
static void bind_cell(sqlite3_stmt *stmt, int at, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NONE:
		sqlite3_bind_null(stmt, at);
		return;
	case CELL_INT:
	case CELL_UINT:
		sqlite3_bind_int64(stmt, at, cell->number);
		return;
	case CELL_WORDS:
	case CELL_NAME:
		sqlite3_bind_text(stmt, at, cell->text, -1, SQLITE_STATIC);
		return;
	}
}

/* --- the schema --- */

/* Of writes all, but how facts are known, which has a table of its own; of calls those that may have a value. */
static bool is_in(const struct table_column *column, bool write)
{
	bool how = !strcmp(column->name, "inferred") || !strcmp(column->name, "unknown");

	return write ? !how : column->of_sync;
}

static const char *type_of(const struct table_column *column)
{
	if (!strcmp(column->name, "id"))
		return "INTEGER PRIMARY KEY";
	return column_is_text(column) ? "TEXT" : "INTEGER";
}

static void put_create(FILE *out, const struct table *t, bool write)
{
	const char *before = "";

	fprintf(out, "CREATE TABLE %s (", write ? "writes" : "syncs");
	for (size_t i = 0; i < table_nr_columns(t); i++) {
		const struct table_column *c = table_column_at(t, i);

		if (!is_in(c, write))
			continue;
		fprintf(out, "%s\"%s\" %s", before, c->name, type_of(c));
		before = ", ";
	}
	fprintf(out, "%s);\n", write ? ", how INTEGER REFERENCES hows(id)" : "");
}

static void put_insert(FILE *out, const struct table *t, bool write)
{
	const char *before = "";

	fprintf(out, "INSERT INTO %s VALUES (", write ? "writes" : "syncs");
	for (size_t i = 0; i < table_nr_columns(t); i++) {
		if (!is_in(table_column_at(t, i), write))
			continue;
		fprintf(out, "%s?", before);
		before = ", ";
	}
	fprintf(out, "%s)", write ? ", ?" : "");
}

static const char other_tables[] =
	"CREATE TABLE hows (id INTEGER PRIMARY KEY, inferred TEXT, unknown TEXT);\n"
	"CREATE TABLE reasons (write INTEGER REFERENCES writes(id), \"group\" TEXT, why TEXT);\n"
	"CREATE TABLE steps (write INTEGER REFERENCES writes(id), nr INTEGER, kind TEXT, what TEXT, map_flags INTEGER,"
	" opf INTEGER, fua INTEGER, pos INTEGER, len INTEGER, addr INTEGER);\n"
	"CREATE TABLE meta (part TEXT, key TEXT, value TEXT, PRIMARY KEY (part, key));\n"
	"CREATE TABLE advice (rank INTEGER PRIMARY KEY, \"group\" TEXT, why TEXT, writes INTEGER, ns INTEGER,"
	" function TEXT, change TEXT);\n"
	"CREATE TABLE rest (time TEXT, ns INTEGER, cause TEXT);\n";

/* Made when the rows are there, which is faster; the views are those of the report, by its names of rows. */
static const char indexes[] = "CREATE INDEX writes_by_file ON writes(file, ino);\n"
			      "CREATE INDEX writes_by_start ON writes(start_ns);\n"
			      "CREATE INDEX writes_by_latency ON writes(latency);\n"
			      "CREATE INDEX writes_by_pid ON writes(pid);\n"
			      "CREATE INDEX reasons_by_why ON reasons(\"group\", why, write);\n"
			      "CREATE INDEX steps_by_write ON steps(write, nr);\n";

/* In flight: in no row but how it was submitted and locked (summary.h). */
#define ENDED "state NOT LIKE '%in-flight%'"

static const char views[] =
	"CREATE VIEW totals AS SELECT count(*) AS writes, ifnull(sum(CASE WHEN ret > 0 THEN ret END), 0) AS bytes,"
	" count(CASE WHEN ret < 0 THEN 1 END) AS failed, count(latency) AS timed, ifnull(sum(latency), 0) AS "
	"latency_ns,"
	" ifnull(sum(fallback = 'whole'), 0) + ifnull(sum(fallback = 'rest'), 0) AS fallbacks FROM writes;\n"
	"CREATE VIEW locks AS SELECT lock_row, count(*) AS writes FROM writes GROUP BY lock_row;\n"
	"CREATE VIEW submits AS SELECT submit, count(*) AS writes FROM writes GROUP BY submit;\n"
	"CREATE VIEW mappings AS SELECT mapping, count(*) AS writes FROM writes WHERE " ENDED " GROUP BY mapping;\n"
	"CREATE VIEW durabilities AS SELECT durability, count(*) AS writes FROM writes"
	" WHERE durability IS NOT NULL AND " ENDED " GROUP BY durability;\n"
	"CREATE VIEW whys AS SELECT \"group\", why, count(*) AS writes, ifnull(sum(latency), 0) AS latency_ns"
	" FROM reasons JOIN writes ON writes.id = reasons.write GROUP BY \"group\", why;\n"
	"CREATE VIEW files AS SELECT dev, ino, generation, parent, file, count(*) AS writes,"
	" ifnull(sum(CASE WHEN ret > 0 THEN ret END), 0) AS bytes, ifnull(sum(latency), 0) AS latency_ns, max(latency) "
	"AS max_ns,"
	" count(CASE WHEN lock = 'exclusive' THEN 1 END) AS exclusive FROM writes GROUP BY dev, ino, generation, "
	"file;\n"
	"CREATE VIEW processes AS SELECT pid, comm, count(*) AS writes, ifnull(sum(latency), 0) AS latency_ns FROM "
	"writes"
	" GROUP BY pid, comm;\n"
	"CREATE VIEW fsyncs AS SELECT sync AS call, count(*) AS calls, ifnull(sum(latency), 0) AS latency_ns,"
	" ifnull(sum(\"commit\"), 0) AS commits, ifnull(sum(flush), 0) AS flushes FROM syncs GROUP BY sync;\n";

/* One row for each row of time: a column of writes each. */
static void put_times_view(FILE *out)
{
	char name[48];

	fputs("CREATE VIEW times AS ", out);
	for (int row = 0; row < NR_TIME_ROWS; row++) {
		column_name(time_row_name((enum time_row)row), name, sizeof(name));
		fprintf(out,
			"%sSELECT %d AS nr, '%s' AS time, count(time_%s) AS writes, ifnull(sum(time_%s), 0) AS ns,"
			" max(time_%s) AS max_ns FROM writes",
			row ? " UNION ALL " : "", row, time_row_name((enum time_row)row), name, name, name);
	}
	fputs(";\n", out);
}

/* What @put prints, as SQL that is run, or prepared into @stmt. */
static int with_text(struct sqlite *s, void (*put)(FILE *out, struct sqlite *s), sqlite3_stmt **stmt)
{
	_cleanup_free_ char *sql = NULL;
	size_t len;
	FILE *out = open_memstream(&sql, &len);

	if (!out)
		return -ENOMEM;
	put(out, s);
	if (fclose(out))
		return -ENOMEM;
	return stmt ? prepare(s, sql, stmt) : run(s, sql);
}

static void put_tables(FILE *out, struct sqlite *s)
{
	fprintf(out, "PRAGMA user_version = %d;\n", SCHEMA_VERSION);
	put_create(out, s->table, true);
	put_create(out, s->table, false);
	fputs(other_tables, out);
	fputs("BEGIN;\n", out);
}

static void put_insert_write(FILE *out, struct sqlite *s)
{
	put_insert(out, s->table, true);
}

static void put_insert_sync(FILE *out, struct sqlite *s)
{
	put_insert(out, s->table, false);
}

static void put_end(FILE *out, struct sqlite *s)
{
	(void)s;
	fputs(indexes, out);
	fputs(views, out);
	put_times_view(out);
	fputs("COMMIT;\n", out);
}

/* --- the database --- */

static int open_database(struct sqlite *s)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(s->dir, sizeof(s->dir), "%s/dioscope-sqlite.XXXXXX", tmp && *tmp ? tmp : "/var/tmp");
	if (!mkdtemp(s->dir)) {
		snprintf(s->why, sizeof(s->why), "a directory like %.200s: %s", s->dir, strerror(errno));
		s->dir[0] = '\0';
		s->trouble = true;
		return -EIO;
	}
	snprintf(s->file, sizeof(s->file), "%s/trace.db", s->dir);
	if (sqlite3_open(s->file, &s->db) != SQLITE_OK)
		return trouble(s);
	return run(s, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;");
}

static int prepare_all(struct sqlite *s)
{
	return with_text(s, put_tables, NULL)
		       ?: with_text(s, put_insert_write, &s->write)
		       ?: with_text(s, put_insert_sync, &s->sync)
		       ?: prepare(s, "INSERT INTO hows VALUES (?, ?, ?)", &s->how)
		       ?: prepare(s, "INSERT INTO reasons VALUES (?, ?, ?)", &s->reason)
		       ?: prepare(s, "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &s->step)
		       ?: prepare(s, "INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", &s->meta)
		       ?: prepare(s, "INSERT INTO advice VALUES (?, ?, ?, ?, ?, ?, ?)", &s->advised)
		       ?: prepare(s, "INSERT INTO rest VALUES (?, ?, ?)", &s->rest);
}

static void close_database(struct sqlite *s)
{
	sqlite3_stmt *stmt;

	while (s->db && (stmt = sqlite3_next_stmt(s->db, NULL)))
		sqlite3_finalize(stmt);
	sqlite3_close(s->db);
	s->db = NULL;
}

static void sqlite_release(struct sqlite *s)
{
	close_database(s);
	if (s->dir[0]) {
		unlink(s->file);
		rmdir(s->dir);
	}
	key_index_release(&s->hows);
	advice_free(s->advice);
	table_free(s->table);
}

/* --- rows --- */

static int put_meta(struct sqlite *s, const char *part, const char *key, const char *value)
{
	bind_text(s->meta, 1, part);
	bind_text(s->meta, 2, key);
	if (value)
		bind_text(s->meta, 3, value);
	else
		sqlite3_bind_null(s->meta, 3);
	return step(s, s->meta);
}

static int put_metas(struct sqlite *s, const char *part, const struct meta *m)
{
	int ret = 0;

	for (size_t i = 0; i < m->nr && !ret; i++)
		ret = put_meta(s, part, m->lines[i].key, m->lines[i].value);
	return ret;
}

static int sqlite_begin(void *ctx, const struct write_set *frame)
{
	struct sqlite *s = ctx;

	return put_metas(s, "header", &frame->header);
}

/* The row of hows of a write: a new one for what was not there. */
static int put_how(struct sqlite *s, const struct write_record *rec, const struct cell *cells, sqlite3_int64 *id)
{
	unsigned char key[FACTS_MAX];
	size_t nr = s->hows.nr, at;

	for (int fact = 0; fact < FACTS_MAX; fact++)
		key[fact] = fact < NR_FACTS ? (unsigned char)field_how(rec, (enum write_fact)fact) : 0;
	if (key_index_get(&s->hows, key, &at))
		return -ENOMEM;
	*id = (sqlite3_int64)at + 1;
	if (at < nr)
		return 0;
	sqlite3_bind_int64(s->how, 1, *id);
	bind_cell(s->how, 2, &cells[table_find(s->table, "inferred")]);
	bind_cell(s->how, 3, &cells[table_find(s->table, "unknown")]);
	return step(s, s->how);
}

/* How many columns were bound. */
static int bind_row(struct sqlite *s, sqlite3_stmt *stmt, const struct cell *cells, bool write)
{
	int at = 0;

	for (size_t i = 0; i < table_nr_columns(s->table); i++)
		if (is_in(table_column_at(s->table, i), write))
			bind_cell(stmt, ++at, &cells[i]);
	return at;
}

static int put_reasons(struct sqlite *s, const struct look *look)
{
	int ret = 0;

	for (enum why why = look_next_why(look, 0, NR_WHYS); why < NR_WHYS && !ret;
	     why = look_next_why(look, (int)why + 1, NR_WHYS)) {
		sqlite3_bind_int64(s->reason, 1, (sqlite3_int64)look->write->rec.head.id);
		bind_text(s->reason, 2, why_group_key(why_rows[why].group));
		bind_text(s->reason, 3, why_rows[why].key);
		ret = step(s, s->reason);
	}
	return ret;
}

static void bind_or_null(sqlite3_stmt *stmt, int at, bool there, sqlite3_int64 n)
{
	there ? sqlite3_bind_int64(stmt, at, n) : sqlite3_bind_null(stmt, at);
}

static int put_step(struct sqlite *s, const struct write *w, uint32_t nr)
{
	const struct write_step *of = &w->steps[nr];
	bool round = of->kind == STEP_ROUND;

	sqlite3_bind_int64(s->step, 1, (sqlite3_int64)w->rec.head.id);
	sqlite3_bind_int64(s->step, 2, nr);
	bind_text(s->step, 3, round ? "round" : "bio");
	bind_text(s->step, 4, round ? map_type_name(of->role) : bio_role_name(of->role));
	bind_or_null(s->step, 5, round, of->map_flags);
	bind_or_null(s->step, 6, !round, of->opf);
	bind_or_null(s->step, 7, !round, (of->opf & OPF_FUA) != 0);
	sqlite3_bind_int64(s->step, 8, of->pos);
	sqlite3_bind_int64(s->step, 9, (sqlite3_int64)of->len);
	bind_or_null(s->step, 10, of->addr != ADDR_NONE, (sqlite3_int64)of->addr);
	return step(s, s->step);
}

static int put_steps(struct sqlite *s, const struct write *w)
{
	int ret = 0;

	for (uint32_t i = 0; i < w->nr_steps && !ret; i++)
		ret = put_step(s, w, i);
	return ret;
}

static int sqlite_write(void *ctx, const struct write_set *frame, const struct write *w)
{
	struct sqlite *s = ctx;
	const struct cell *cells;
	sqlite3_int64 how;
	struct look look;
	int ret;

	look_at(&look, w);
	cells = table_write(s->table, frame, &look);
	ret = put_how(s, &w->rec, cells, &how) ?: advice_add(s->advice, &look);
	if (ret)
		return ret;
	sqlite3_bind_int64(s->write, bind_row(s, s->write, cells, true) + 1, how);
	return step(s, s->write) ?: put_reasons(s, &look) ?: put_steps(s, w);
}

static int sqlite_sync(void *ctx, const struct write_set *frame, const struct sync_record *sync)
{
	struct sqlite *s = ctx;

	if (!sync_is_of_a_written_file(frame, sync))
		return 0;
	bind_row(s, s->sync, table_sync(s->table, frame, sync), false);
	return step(s, s->sync);
}

static int put_advice(struct sqlite *s, const struct advice *a, size_t rank)
{
	char change[256];

	sqlite3_bind_int64(s->advised, 1, (sqlite3_int64)rank);
	bind_text(s->advised, 2, why_group_key(why_rows[a->why].group));
	bind_text(s->advised, 3, why_rows[a->why].key);
	sqlite3_bind_int64(s->advised, 4, (sqlite3_int64)a->writes);
	sqlite3_bind_int64(s->advised, 5, (sqlite3_int64)a->ns);
	bind_text(s->advised, 6, why_rows[a->why].function);
	bind_text(s->advised, 7, advice_format(a->why, change, sizeof(change)));
	return step(s, s->advised);
}

static int put_rest(struct sqlite *s, enum time_row row, uint64_t ns)
{
	bind_text(s->rest, 1, time_row_name(row));
	sqlite3_bind_int64(s->rest, 2, (sqlite3_int64)ns);
	bind_text(s->rest, 3, advice_rest_cause(row));
	return step(s, s->rest);
}

static int put_advices(struct sqlite *s)
{
	struct advice_list list;
	int ret = 0;

	advice_settle(s->advice, &list);
	for (size_t i = 0; i < list.nr && !ret; i++)
		ret = put_advice(s, &list.rows[i], i + 1);
	for (int row = 0; row < NR_TIME_ROWS && !ret; row++)
		ret = list.rest_ns[row] ? put_rest(s, (enum time_row)row, list.rest_ns[row]) : 0;
	return ret;
}

static int sqlite_end(void *ctx, const struct write_set *frame)
{
	_cleanup_free_ char *completeness = set_completeness(frame, NULL);
	struct sqlite *s = ctx;

	return put_metas(s, "trailer", &frame->trailer)
		       ?: put_meta(s, "trace", "complete", set_is_whole(frame) ? "1" : "0")
		       ?: put_meta(s, "trace", "completeness", completeness)
		       ?: put_advices(s)
		       ?: with_text(s, put_end, NULL);
}

/* --- out --- */

static int copy_out(struct sqlite *s)
{
	_cleanup_fclose_ FILE *in = fopen(s->file, "re");
	char buf[65536];
	size_t len;

	if (!in)
		return -errno;
	while ((len = fread(buf, 1, sizeof(buf), in)) && fwrite(buf, 1, len, s->job->out) == len)
		;
	return ferror(in) ? -EIO : 0;
}

static int make(struct sqlite *s, struct errmsg *err)
{
	static const struct walk_ops ops = {sqlite_begin, sqlite_write, sqlite_sync, sqlite_end};
	int ret = s->table && s->advice ? open_database(s) ?: prepare_all(s) : -ENOMEM;

	if (ret)
		return fail(err, ret, "out of memory");
	ret = walk_trace(s->job->path, s->job->sel, &ops, s, s->job->progress, &s->job->counts, err);
	close_database(s);
	return ret ? ret : copy_out(s);
}

int export_sqlite(struct export_job *job, struct errmsg *err)
{
	_cleanup_(sqlite_release) struct sqlite s = {.job = job, .table = table_new(), .advice = advice_begin()};
	int ret;

	key_index_init(&s.hows, FACTS_MAX);
	ret = make(&s, err);
	return s.trouble ? fail(err, -EIO, "the database cannot be made: %s", s.why) : ret;
}
