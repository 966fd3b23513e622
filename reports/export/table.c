// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "reports/model/commit_reason.h"
#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/model/summary.h"
#include "reports/model/syncs.h"
#include "user/base/utf8.h"

#define NAME_MAX_LEN 48
#define COLUMNS_MAX  (NR_FACTS + NR_WHY_GROUPS + NR_STAGES + NR_TIME_ROWS + 24)

struct column;
typedef void (*fill_fn)(struct table *t, const struct look *look, int index, struct cell *cell);

struct column {
	struct table_column of;
	char name[NAME_MAX_LEN];
	fill_fn fill;
	int index; /* of the fact, the group, the stage, the row */
};

struct table {
	struct column columns[COLUMNS_MAX];
	struct cell cells[COLUMNS_MAX];
	size_t nr;
	const struct write_set *set; /* of the row */
	struct cell_room room;
};

/* --- what a write is --- */

static void fill_id(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = cell_number((int64_t)look->write->rec.head.id);
}

static void fill_op(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	if (look->write->op)
		*cell = cell_number(look->write->op);
}

static void fill_state(struct table *t, const struct look *look, int index, struct cell *cell)
{
	static const char *const states[] = {"in-flight", "reused", "late"};
	struct cell_list l = cell_list_begin(&t->room);

	(void)index;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (look->write->rec.state >> i & 1)
			cell_list_add(&l, states[i]);
	*cell = cell_list_end(&l);
}

/* --- facts --- */

static struct cell mask(struct table *t, const struct write_field *f, uint64_t value)
{
	struct cell_list l = cell_list_begin(&t->room);
	const char *const *word = f->names;
	char bit_name[8];

	if (!value) /* known, and none of them */
		return cell_words("none");

	for (unsigned int bit = 0; bit < f->size * 8u; bit++) {
		snprintf(bit_name, sizeof(bit_name), "bit%u", bit);
		if (value >> bit & 1)
			cell_list_add(&l, *word ? *word : bit_name);
		word += *word != NULL;
	}
	return cell_list_end(&l);
}

static struct cell formatted(struct table *t, const struct write_record *rec, enum write_fact fact)
{
	size_t size;
	char *at = cell_room_left(&t->room, &size);

	return cell_words(cell_room_take(&t->room, field_format(rec, fact, at, size)));
}

static struct cell file(struct table *t, const struct write_record *rec)
{
	const struct file_name *file = t->set->names ? file_names_of_write(t->set->names, rec) : NULL;

	return cell_name(&t->room, file && file->name[0] ? file->name : field_text(rec, FACT_FILE));
}

static struct cell fact_cell(struct table *t, const struct write_record *rec, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];

	switch (f->kind) {
	case FIELD_UINT:
	case FIELD_NS:
		return (struct cell){.kind = CELL_UINT, .number = field_value(rec, fact)};
	case FIELD_INT:
	case FIELD_ERRNO:
	case FIELD_BOOL:
		return cell_number(field_value(rec, fact));
	case FIELD_MASK:
		return mask(t, f, (uint64_t)field_value(rec, fact));
	case FIELD_ENUM:
	case FIELD_DEV:
		return formatted(t, rec, fact);
	case FIELD_TEXT:
		return fact == FACT_FILE ? file(t, rec) : cell_name(&t->room, field_text(rec, fact));
	}
	return (struct cell){0};
}

static void fill_fact(struct table *t, const struct look *look, int index, struct cell *cell)
{
	const struct write_record *rec = &look->write->rec;
	enum write_fact fact = (enum write_fact)index;

	if (field_known(rec, fact) && (fact != FACT_LATENCY || look->timed))
		*cell = fact_cell(t, rec, fact);
}

static void fill_parent(struct table *t, const struct look *look, int index, struct cell *cell)
{
	const struct file_name *of = t->set->names ? file_names_of_write(t->set->names, &look->write->rec) : NULL;

	(void)index;
	if (of && of->parent[0])
		*cell = cell_name(&t->room, of->parent);
}

static void fill_file_cut(struct table *t, const struct look *look, int index, struct cell *cell)
{
	const struct file_name *of = t->set->names ? file_names_of_write(t->set->names, &look->write->rec) : NULL;

	(void)index;
	*cell = cell_number(of && of->cut);
}

/* --- what follows --- */

static struct cell answer(enum answer a)
{
	return a == ANSWER_UNKNOWN ? (struct cell){0} : cell_number(a == ANSWER_YES);
}

static void fill_leaves_commit(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = answer(write_leaves_commit(look->write));
}

static void fill_lock_row(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = cell_words(lock_row_name(write_lock_row(&look->write->rec)));
}

static void fill_mapping(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = cell_words(mapping_row_name(write_mapping_row(look->write)));
}

static void fill_durability(struct table *t, const struct look *look, int index, struct cell *cell)
{
	enum durability row;

	(void)t, (void)index;
	if (write_durability(&look->write->rec, &row))
		*cell = cell_words(durability_name(row));
}

static void fill_whys(struct table *t, const struct look *look, int index, struct cell *cell)
{
	struct why_range range = why_range((enum why_group)index);
	struct cell_list l = cell_list_begin(&t->room);

	for (enum why why = look_next_why(look, range.first, range.end); why < NR_WHYS;
	     why = look_next_why(look, (int)why + 1, range.end))
		cell_list_add(&l, why_rows[why].key);
	*cell = cell_list_end(&l);
}

static void fill_error(struct table *t, const struct look *look, int index, struct cell *cell)
{
	size_t size;
	char *at = cell_room_left(&t->room, &size);

	(void)index;
	if (look_first_why(look, WHY_GROUP_ERROR) < NR_WHYS && *error_format(look->write, at, size))
		*cell = cell_words(cell_room_take(&t->room, at));
}

/* --- times --- */

static uint64_t start_of(const struct write_record *rec)
{
	for (int i = 0; i < NR_STAGES; i++)
		if (rec->stage_ns[i])
			return rec->stage_ns[i];
	return 0;
}

static void fill_start(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = (struct cell){.kind = CELL_UINT, .number = (int64_t)start_of(&look->write->rec)};
}

/* Since the first that was seen. */
static void fill_stage(struct table *t, const struct look *look, int index, struct cell *cell)
{
	const struct write_record *rec = &look->write->rec;

	(void)t;
	if (rec->stage_ns[index])
		*cell = cell_number((int64_t)(rec->stage_ns[index] - start_of(rec)));
}

static void fill_time(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t;
	if (look->timed && look->ns[index])
		*cell = cell_number((int64_t)look->ns[index]);
}

static void fill_steps(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = cell_number(look->write->rec.steps_total);
}

/* --- how it is known --- */

static void fill_how(struct table *t, const struct look *look, int index, struct cell *cell)
{
	struct cell_list l = cell_list_begin(&t->room);

	for (int fact = 0; fact < NR_FACTS; fact++)
		if (field_how(&look->write->rec, (enum write_fact)fact) == (enum how)index)
			cell_list_add(&l, write_fields[fact].key);
	*cell = cell_list_end(&l);
}

/* --- columns --- */

const char *column_name(const char *label, char *buf, size_t size)
{
	size_t at = 0;

	for (; *label && at + 1 < size; label++) {
		bool word = isalnum((unsigned char)*label);

		if (word)
			buf[at++] = (char)tolower((unsigned char)*label);
		else if (at && buf[at - 1] != '_')
			buf[at++] = '_';
	}
	while (at && buf[at - 1] == '_')
		at--;
	buf[at] = '\0';
	return buf;
}

/* What table_sync() fills. */
static const char *const sync_columns[] = {"start_ns", "pid",	 "tid",	 "comm",  "dev",    "ino", "generation",
					   "file",     "parent", "sync", "flush", "commit", "ret", "latency"};

static bool is_of_sync(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sync_columns); i++)
		if (!strcmp(sync_columns[i], name))
			return true;
	return false;
}

static void add(struct table *t, const char *name, fill_fn fill, int index, struct table_column of)
{
	struct column *c = &t->columns[t->nr++];

	snprintf(c->name, sizeof(c->name), "%s", name);
	c->of = of;
	c->of.name = c->name;
	c->of.of_sync = is_of_sync(c->name);
	c->fill = fill;
	c->index = index;
}

/* A stage or a row of time: of its label. */
static void add_time(struct table *t, const char *prefix, const char *label, fill_fn fill, int index, const char *help)
{
	char name[NAME_MAX_LEN];
	size_t at = (size_t)snprintf(name, sizeof(name), "%s", prefix);

	column_name(label, name + at, sizeof(name) - at);
	add(t, name, fill, index,
	    (struct table_column){.type = COLUMN_INTEGER, .label = label, .unit = "ns", .help = help});
}

static enum column_type type_of(const struct write_field *f)
{
	switch (f->kind) {
	case FIELD_UINT:
	case FIELD_NS:
		return COLUMN_UNSIGNED;
	case FIELD_INT:
	case FIELD_ERRNO:
		return COLUMN_INTEGER;
	case FIELD_BOOL:
		return COLUMN_BOOLEAN;
	case FIELD_MASK:
		return COLUMN_FLAGS;
	case FIELD_ENUM:
	case FIELD_DEV:
		return COLUMN_TEXT;
	case FIELD_TEXT:
		return COLUMN_NAME;
	}
	return COLUMN_TEXT;
}

struct plain {
	const char *name;
	fill_fn fill;
	int index;
	struct table_column of;
};

static const struct plain first_columns[] = {
	{"id", fill_id, 0, {.type = COLUMN_INTEGER, .help = "number of the write in its trace"}},
	{"op", fill_op, 0, {.type = COLUMN_INTEGER, .help = "line of the workload that asked for it"}},
	{"state",
	 fill_state,
	 0,
	 {.type = COLUMN_WORDS,
	  .help = "in-flight: not over when the recording ended; reused: no hook saw its end; late: closed at the next "
		  "call"}},
	{"start_ns",
	 fill_start,
	 0,
	 {.type = COLUMN_UNSIGNED, .unit = "ns", .help = "CLOCK_MONOTONIC of the first stage that was seen"}},
};

static const struct plain derived_columns[] = {
	{"file_cut",
	 fill_file_cut,
	 0,
	 {.type = COLUMN_BOOLEAN, .help = "the file's name was too long to be kept whole"}},
	{"parent", fill_parent, 0, {.type = COLUMN_NAME, .help = "the directory that the file is in"}},
	{"lock_row", fill_lock_row, 0, {.type = COLUMN_TEXT, .help = "its row of the report's locks"}},
	{"mapping", fill_mapping, 0, {.type = COLUMN_TEXT, .help = "its row of the report's mappings"}},
	{"durability", fill_durability, 0, {.type = COLUMN_TEXT, .help = "its row of the report's durability"}},
	{"leaves_commit",
	 fill_leaves_commit,
	 0,
	 {.type = COLUMN_BOOLEAN, .help = "a commit is left to the next fsync or fdatasync of the file"}},
};

static const struct plain last_columns[] = {
	{"steps_total", fill_steps, 0, {.type = COLUMN_INTEGER, .help = "rounds of iomap and bios"}},
	{"inferred", fill_how, HOW_INFERRED, {.type = COLUMN_WORDS, .help = "facts that follow from others"}},
	{"unknown", fill_how, HOW_UNKNOWN, {.type = COLUMN_WORDS, .help = "facts that these hooks do not tell"}},
};

static void add_plain(struct table *t, const struct plain *columns, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		add(t, columns[i].name, columns[i].fill, columns[i].index, columns[i].of);
}

static void add_fact(struct table *t, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];

	add(t, f->key, fill_fact, fact,
	    (struct table_column){.type = type_of(f), .label = f->label, .unit = f->unit, .help = f->help});
}

static void add_columns(struct table *t)
{
	static const struct table_column whys = {.type = COLUMN_WORDS, .help = "keys of reasons"},
					 error = {.type = COLUMN_TEXT, .help = "why it failed, with the numbers"};

	add_plain(t, first_columns, ARRAY_SIZE(first_columns));
	for (int fact = 0; fact < NR_FACTS; fact++)
		add_fact(t, (enum write_fact)fact);
	add_plain(t, derived_columns, ARRAY_SIZE(derived_columns));
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		add(t, why_group_key((enum why_group)group), fill_whys, group, whys);
	add(t, "error", fill_error, 0, error);
	for (int stage = 0; stage < NR_STAGES; stage++)
		add_time(t, "stage_", stage_name((enum stage)stage), fill_stage, stage,
			 "since start_ns, where it was seen");
	for (int row = 0; row < NR_TIME_ROWS; row++)
		add_time(t, "time_", time_row_name((enum time_row)row), fill_time, row, "its part of the latency");
	add_plain(t, last_columns, ARRAY_SIZE(last_columns));
}

struct table *table_new(void)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t)
		add_columns(t);
	return t;
}

void table_free(struct table *t)
{
	free(t);
}

size_t table_nr_columns(const struct table *t)
{
	return t->nr;
}

const struct table_column *table_column_at(const struct table *t, size_t column)
{
	return &t->columns[column].of;
}

size_t table_find(const struct table *t, const char *name)
{
	size_t i = 0;

	while (i + 1 < t->nr && strcmp(t->columns[i].name, name))
		i++;
	return i;
}

/* --- rows --- */

static void begin_row(struct table *t, const struct write_set *set)
{
	memset(t->cells, 0, t->nr * sizeof(*t->cells));
	t->set = set;
	t->room.used = 0;
}

const struct cell *table_write(struct table *t, const struct write_set *set, const struct look *look)
{
	begin_row(t, set);
	for (size_t i = 0; i < t->nr; i++)
		t->columns[i].fill(t, look, t->columns[i].index, &t->cells[i]);
	return t->cells;
}

static void put(struct table *t, const char *name, struct cell cell)
{
	t->cells[table_find(t, name)] = cell;
}

static struct cell device(struct table *t, uint32_t dev)
{
	size_t size;
	char *at = cell_room_left(&t->room, &size);

	snprintf(at, size, "%u:%u", dev >> 20, dev & 0xfffff);
	return cell_words(cell_room_take(&t->room, at));
}

const struct cell *table_sync(struct table *t, const struct write_set *set, const struct sync_record *sync)
{
	const struct file_name *file = file_names_of_sync(set->names, sync);

	begin_row(t, set);
	put(t, "start_ns", cell_number((int64_t)sync->began_ns));
	put(t, "pid", cell_number(sync->pid));
	put(t, "tid", cell_number(sync->tid));
	put(t, "comm", cell_name(&t->room, sync->comm));
	put(t, "dev", device(t, sync->dev));
	put(t, "ino", cell_number((int64_t)sync->ino));
	put(t, "generation", cell_number(sync->generation));
	put(t, "file", cell_name(&t->room, file->name[0] ? file->name : file->seen_as));
	if (file->parent[0])
		put(t, "parent", cell_name(&t->room, file->parent));
	put(t, "sync", cell_words(sync_row_name(sync_row_of(sync))));
	put(t, "flush", answer(sync_flushed(sync)));
	put(t, "commit", answer(sync_committed(sync)));
	put(t, "ret", cell_number(sync->ret));
	put(t, "latency", cell_number((int64_t)sync_ns(sync)));
	return t->cells;
}
