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
#define ROOM	     16384 /* of the texts of a row: names of files are the longest, and no column has two */

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
	size_t used;
	char room[ROOM];
};

/* --- cells --- */

static struct cell number(int64_t n)
{
	return (struct cell){.kind = CELL_INT, .number = n};
}

static struct cell words(const char *text)
{
	return (struct cell){.kind = text ? CELL_WORDS : CELL_NONE, .text = text};
}

/* Where the next text of the row begins; the last byte is never used, so that there is always an empty one. */
static char *room_of(struct table *t, size_t *size)
{
	*size = sizeof(t->room) - t->used;
	return t->room + t->used;
}

static const char *room_take(struct table *t, const char *text)
{
	t->used += strlen(text) + 1;
	if (t->used > sizeof(t->room) - 1)
		t->used = sizeof(t->room) - 1;
	return text;
}

static struct cell name(struct table *t, const char *text)
{
	size_t size;
	char *at = room_of(t, &size);

	return (struct cell){.kind = CELL_NAME, .text = room_take(t, utf8_escape(text, at, size))};
}

/* "a b c", one word after the other. */
struct list {
	char *text;
	size_t at, size;
};

static struct list list_begin(struct table *t)
{
	struct list l = {0};

	l.text = room_of(t, &l.size);
	l.text[0] = '\0';
	return l;
}

static void list_add(struct list *l, const char *word)
{
	int len = snprintf(l->text + l->at, l->size - l->at, "%s%s", l->at ? " " : "", word);

	l->at += (size_t)len < l->size - l->at ? (size_t)len : l->size - l->at - 1;
}

static struct cell list_end(struct table *t, const struct list *l)
{
	return words(room_take(t, l->text));
}

/* --- what a write is --- */

static void fill_id(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = number((int64_t)look->write->rec.head.id);
}

static void fill_op(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	if (look->write->op)
		*cell = number(look->write->op);
}

static void fill_state(struct table *t, const struct look *look, int index, struct cell *cell)
{
	static const char *const states[] = {"in-flight", "reused", "late"};
	struct list l = list_begin(t);

	(void)index;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (look->write->rec.state >> i & 1)
			list_add(&l, states[i]);
	*cell = list_end(t, &l);
}

/* --- facts --- */

static struct cell mask(struct table *t, const struct write_field *f, uint64_t value)
{
	struct list l = list_begin(t);
	const char *const *word = f->names;
	char bit_name[8];

	if (!value) /* known, and none of them */
		return words("none");

	for (unsigned int bit = 0; bit < f->size * 8u; bit++) {
		snprintf(bit_name, sizeof(bit_name), "bit%u", bit);
		if (value >> bit & 1)
			list_add(&l, *word ? *word : bit_name);
		word += *word != NULL;
	}
	return list_end(t, &l);
}

static struct cell formatted(struct table *t, const struct write_record *rec, enum write_fact fact)
{
	size_t size;
	char *at = room_of(t, &size);

	return words(room_take(t, field_format(rec, fact, at, size)));
}

static struct cell file(struct table *t, const struct write_record *rec)
{
	const struct file_name *file = t->set->names ? file_names_of_write(t->set->names, rec) : NULL;

	return name(t, file && file->name[0] ? file->name : field_text(rec, FACT_FILE));
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
		return number(field_value(rec, fact));
	case FIELD_MASK:
		return mask(t, f, (uint64_t)field_value(rec, fact));
	case FIELD_ENUM:
	case FIELD_DEV:
		return formatted(t, rec, fact);
	case FIELD_TEXT:
		return fact == FACT_FILE ? file(t, rec) : name(t, field_text(rec, fact));
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
		*cell = name(t, of->parent);
}

static void fill_file_cut(struct table *t, const struct look *look, int index, struct cell *cell)
{
	const struct file_name *of = t->set->names ? file_names_of_write(t->set->names, &look->write->rec) : NULL;

	(void)index;
	*cell = number(of && of->cut);
}

/* --- what follows --- */

static struct cell answer(enum answer a)
{
	return a == ANSWER_UNKNOWN ? (struct cell){0} : number(a == ANSWER_YES);
}

static void fill_leaves_commit(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = answer(write_leaves_commit(look->write));
}

static void fill_lock_row(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = words(lock_row_name(write_lock_row(&look->write->rec)));
}

static void fill_mapping(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = words(mapping_row_name(write_mapping_row(look->write)));
}

static void fill_durability(struct table *t, const struct look *look, int index, struct cell *cell)
{
	enum durability row;

	(void)t, (void)index;
	if (write_durability(&look->write->rec, &row))
		*cell = words(durability_name(row));
}

static void fill_whys(struct table *t, const struct look *look, int index, struct cell *cell)
{
	struct why_range range = why_range((enum why_group)index);
	struct list l = list_begin(t);

	for (enum why why = look_next_why(look, range.first, range.end); why < NR_WHYS;
	     why = look_next_why(look, (int)why + 1, range.end))
		list_add(&l, why_rows[why].key);
	*cell = list_end(t, &l);
}

static void fill_error(struct table *t, const struct look *look, int index, struct cell *cell)
{
	size_t size;
	char *at = room_of(t, &size);

	(void)index;
	if (look_first_why(look, WHY_GROUP_ERROR) < NR_WHYS && *error_format(look->write, at, size))
		*cell = words(room_take(t, at));
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
		*cell = number((int64_t)(rec->stage_ns[index] - start_of(rec)));
}

static void fill_time(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t;
	if (look->timed && look->ns[index])
		*cell = number((int64_t)look->ns[index]);
}

static void fill_steps(struct table *t, const struct look *look, int index, struct cell *cell)
{
	(void)t, (void)index;
	*cell = number(look->write->rec.steps_total);
}

/* --- how it is known --- */

static void fill_how(struct table *t, const struct look *look, int index, struct cell *cell)
{
	struct list l = list_begin(t);

	for (int fact = 0; fact < NR_FACTS; fact++)
		if (field_how(&look->write->rec, (enum write_fact)fact) == (enum how)index)
			list_add(&l, write_fields[fact].key);
	*cell = list_end(t, &l);
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

static void add(struct table *t, const char *prefix, const char *label, bool text, fill_fn fill, int index)
{
	struct column *c = &t->columns[t->nr++];
	size_t at = (size_t)snprintf(c->name, sizeof(c->name), "%s", prefix);

	column_name(label, c->name + at, sizeof(c->name) - at);
	c->of = (struct table_column){.name = c->name, .text = text, .of_sync = is_of_sync(c->name)};
	c->fill = fill;
	c->index = index;
}

static bool is_text(const struct write_field *f)
{
	return f->kind == FIELD_ENUM || f->kind == FIELD_MASK || f->kind == FIELD_TEXT || f->kind == FIELD_DEV;
}

static void add_columns(struct table *t)
{
	add(t, "", "id", false, fill_id, 0);
	add(t, "", "op", false, fill_op, 0);
	add(t, "", "state", true, fill_state, 0);
	add(t, "", "start_ns", false, fill_start, 0);
	for (int fact = 0; fact < NR_FACTS; fact++)
		add(t, "", write_fields[fact].key, is_text(&write_fields[fact]), fill_fact, fact);
	add(t, "", "file_cut", false, fill_file_cut, 0);
	add(t, "", "parent", true, fill_parent, 0);
	add(t, "", "lock_row", true, fill_lock_row, 0);
	add(t, "", "mapping", true, fill_mapping, 0);
	add(t, "", "durability", true, fill_durability, 0);
	add(t, "", "leaves_commit", false, fill_leaves_commit, 0);
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		add(t, "", why_group_key((enum why_group)group), true, fill_whys, group);
	add(t, "", "error", true, fill_error, 0);
	for (int stage = 0; stage < NR_STAGES; stage++)
		add(t, "stage_", stage_name((enum stage)stage), false, fill_stage, stage);
	for (int row = 0; row < NR_TIME_ROWS; row++)
		add(t, "time_", time_row_name((enum time_row)row), false, fill_time, row);
	add(t, "", "steps_total", false, fill_steps, 0);
	add(t, "", "inferred", true, fill_how, HOW_INFERRED);
	add(t, "", "unknown", true, fill_how, HOW_UNKNOWN);
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
	t->used = 0;
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
	char *at = room_of(t, &size);

	snprintf(at, size, "%u:%u", dev >> 20, dev & 0xfffff);
	return words(room_take(t, at));
}

const struct cell *table_sync(struct table *t, const struct write_set *set, const struct sync_record *sync)
{
	const struct file_name *file = file_names_of_sync(set->names, sync);

	begin_row(t, set);
	put(t, "start_ns", number((int64_t)sync->began_ns));
	put(t, "pid", number(sync->pid));
	put(t, "tid", number(sync->tid));
	put(t, "comm", name(t, sync->comm));
	put(t, "dev", device(t, sync->dev));
	put(t, "ino", number((int64_t)sync->ino));
	put(t, "generation", number(sync->generation));
	put(t, "file", name(t, file->name[0] ? file->name : file->seen_as));
	if (file->parent[0])
		put(t, "parent", name(t, file->parent));
	put(t, "sync", words(sync_row_name(sync_row_of(sync))));
	put(t, "flush", answer(sync_flushed(sync)));
	put(t, "commit", answer(sync_committed(sync)));
	put(t, "ret", number(sync->ret));
	put(t, "latency", number((int64_t)sync_ns(sync)));
	return t->cells;
}
