// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of the table of writes, column by column: a text a column, its items parted by commas, an item that stands
 * n times in a row as item*n, and what has no value as nothing. Numbers are as they are, words by their number in a
 * list beside.
 *
 *	k op kept cut tags	of the row: workload or run, operation, why it is kept, steps that are not here, number in
 *tagsets why			in which row of "by lock and reason" it is, a number in words
 *	f			[row, [[fact or -1, what, verdict, live value, reference value, rule], ...]], ...:
 *numbers in words; those that are unobservable left out: they can be told from h a, b			of a side; b
 *only where
 *there are two: id state how missing	how: number in hows, empty: no such write; missing: steps that were lost at
 *ns from the first write of all until it entered v			by fact t			ns by row of
 *time s			steps, parted by semicolons: kind:role:flags:pos from the write's:len:addr:opf
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/html/html_page.h"
#include "reports/model/files.h"
#include "reports/model/times.h"
#include "reports/model/window.h"
#include "reports/text/top_rows.h"
#include "user/base/utf8.h"

/* --- a column --- */

enum item_kind {
	ITEM_NONE,
	ITEM_UINT,
	ITEM_INT,
};

struct item {
	uint64_t value;
	enum item_kind kind;
};

/* Being written: the items that are alike are counted before they are. */
struct column {
	FILE *out;
	struct item last;
	size_t nr; /* of these */
	bool any;
};

static void column_open(struct column *c, struct json *j)
{
	json_end(j); /* from here on past it */
	*c = (struct column){.out = j->out};
	fputs(j->comma ? ",\"" : "\"", c->out);
}

static void column_flush(struct column *c)
{
	if (!c->nr)
		return;
	fputs(c->any ? "," : "", c->out);
	if (c->last.kind == ITEM_INT)
		fprintf(c->out, "%" PRId64, (int64_t)c->last.value);
	else if (c->last.kind == ITEM_UINT)
		fprintf(c->out, "%" PRIu64, c->last.value);
	if (c->nr > 1)
		fprintf(c->out, "*%zu", c->nr);
	c->any = true;
	c->nr = 0;
}

static void column_item(struct column *c, struct item item)
{
	if (item.kind != c->last.kind || item.value != c->last.value)
		column_flush(c);
	c->last = item;
	c->nr++;
}

static void column_close(struct column *c, struct json *j)
{
	column_flush(c);
	fputc('"', c->out);
	j->comma = true;
}

static struct item item_of(uint64_t value)
{
	return (struct item){.value = value, .kind = ITEM_UINT};
}

/* --- a side --- */

enum number {
	NUMBER_ID,
	NUMBER_STATE,
	NUMBER_HOW,
	NUMBER_MISSING,
	NUMBER_AT,
	NR_NUMBERS,
};

static const char *const number_keys[NR_NUMBERS] = {
	[NUMBER_ID] = "id",	      [NUMBER_STATE] = "state", [NUMBER_HOW] = "how",
	[NUMBER_MISSING] = "missing", [NUMBER_AT] = "at",
};

/* So many columns are read at once: to read them one by one takes long, all of them much memory. */
#define COLUMNS_AT_ONCE 24
_Static_assert(NR_NUMBERS <= COLUMNS_AT_ONCE && NR_TIME_ROWS <= COLUMNS_AT_ONCE, "these are read at once");

struct side {
	struct html_page *p;
	struct words *words; /* of both sides */
	bool b;
	uint64_t *values; /* [COLUMNS_AT_ONCE][nr_rows] */
	uint8_t *kinds;	  /* enum item_kind, beside them */
	int ret;
};

static const struct write *write_of(const struct side *s, size_t i)
{
	return s->b ? s->p->rows[i].b : s->p->rows[i].a;
}

static const struct write_set *set_of(const struct side *s, size_t i)
{
	const struct outcome *o = &s->p->outcomes[s->p->rows[i].workload];

	return s->b ? o->reference : o->live;
}

static void set_item(struct side *s, size_t column, size_t i, struct item item)
{
	s->values[column * s->p->nr_rows + i] = item.value;
	s->kinds[column * s->p->nr_rows + i] = (uint8_t)item.kind;
}

static struct item get_item(const struct side *s, size_t column, size_t i)
{
	size_t at = column * s->p->nr_rows + i;

	return (struct item){.value = s->values[at], .kind = (enum item_kind)s->kinds[at]};
}

static struct item word_item(struct side *s, struct words *words, const char *text)
{
	uint32_t number = 0;

	if (!s->ret)
		s->ret = words_get(words, text, &number);
	return item_of(number);
}

/* As it is called everywhere else. */
static struct item file_item(struct side *s, size_t i)
{
	char label[FILE_LABEL_LEN], shown[4 * FILE_LABEL_LEN];

	write_file_label(set_of(s, i), &write_of(s, i)->rec, label, sizeof(label));
	return word_item(s, s->words, utf8_escape(label, shown, sizeof(shown)));
}

static struct item fact_item(struct side *s, size_t i, enum write_fact fact)
{
	const struct write_record *rec = &write_of(s, i)->rec;
	const struct write_field *f = &write_fields[fact];
	char text[256];

	if (!field_known(rec, fact))
		return (struct item){0};
	if (fact == FACT_FILE)
		return file_item(s, i);
	if (f->kind == FIELD_TEXT || f->kind == FIELD_DEV)
		return word_item(s, s->words, field_format(rec, fact, text, sizeof(text)));
	return (struct item){.value = (uint64_t)field_value(rec, fact),
			     .kind = f->kind == FIELD_INT || f->kind == FIELD_ERRNO ? ITEM_INT : ITEM_UINT};
}

static uint64_t first_ns(const struct html_page *p, const struct html_row *row)
{
	return p->runs[html_run_of(p, row)].sums->timeline->first_ns;
}

static void read_numbers(struct side *s, size_t i)
{
	const struct write *w = write_of(s, i);
	uint32_t here = w->nr_steps + (s->b ? 0 : s->p->rows[i].cut);
	uint64_t at_ns = write_entry_ns(&w->rec);
	char how[NR_FACTS + 1];

	html_how_text(&w->rec, how);
	set_item(s, NUMBER_ID, i, item_of(w->rec.head.id));
	set_item(s, NUMBER_STATE, i, item_of(w->rec.state));
	set_item(s, NUMBER_HOW, i, word_item(s, s->p->hows, how));
	set_item(s, NUMBER_MISSING, i, item_of(w->rec.steps_total > here ? w->rec.steps_total - here : 0));
	if (at_ns)
		set_item(s, NUMBER_AT, i, item_of(at_ns - first_ns(s->p, &s->p->rows[i])));
}

static void read_times(struct side *s, size_t i)
{
	const struct write_record *rec = &write_of(s, i)->rec;
	uint64_t ns[NR_TIME_ROWS];

	if (!field_known(rec, FACT_LATENCY) || !write_times(rec, ns))
		return;
	for (int row = 0; row < NR_TIME_ROWS; row++)
		if (ns[row])
			set_item(s, (size_t)row, i, item_of(ns[row]));
}

static void forget_items(struct side *s)
{
	memset(s->kinds, ITEM_NONE, COLUMNS_AT_ONCE * s->p->nr_rows);
}

static void put_column(struct side *s, struct json *j, size_t column)
{
	struct column c;

	column_open(&c, j);
	for (size_t i = 0; i < s->p->nr_rows; i++)
		column_item(&c, get_item(s, column, i));
	column_close(&c, j);
}

static void put_numbers(struct side *s, struct json *j)
{
	forget_items(s);
	for (size_t i = 0; i < s->p->nr_rows; i++)
		if (write_of(s, i))
			read_numbers(s, i);
	for (size_t n = 0; n < NR_NUMBERS; n++) {
		json_key(j, number_keys[n]);
		put_column(s, j, n);
	}
}

static void put_some_facts(struct side *s, struct json *j, int first, int end)
{
	forget_items(s);
	for (size_t i = 0; i < s->p->nr_rows; i++)
		for (int fact = first; write_of(s, i) && fact < end; fact++)
			set_item(s, (size_t)(fact - first), i, fact_item(s, i, (enum write_fact)fact));
	for (int fact = first; fact < end; fact++)
		put_column(s, j, (size_t)(fact - first));
}

static void put_facts(struct side *s, struct json *j)
{
	json_key(j, "v");
	json_open(j, '[');
	for (int first = 0, end; first < NR_FACTS; first = end) {
		end = first + COLUMNS_AT_ONCE < NR_FACTS ? first + COLUMNS_AT_ONCE : NR_FACTS;
		put_some_facts(s, j, first, end);
	}
	json_close(j, ']');
}

static void put_times(struct side *s, struct json *j)
{
	forget_items(s);
	for (size_t i = 0; i < s->p->nr_rows; i++)
		if (write_of(s, i))
			read_times(s, i);
	json_key(j, "t");
	json_open(j, '[');
	for (size_t row = 0; row < NR_TIME_ROWS; row++)
		put_column(s, j, row);
	json_close(j, ']');
}

static void put_step(FILE *out, const struct write_step *step, int64_t from)
{
	fprintf(out, "%u:%u:%u:%" PRId64 ":%" PRIu64 ":", step->kind, step->role, step->map_flags,
		(int64_t)((uint64_t)step->pos - (uint64_t)from), (uint64_t)step->len);
	if (step->addr != ADDR_NONE)
		fprintf(out, "%" PRIu64, (uint64_t)step->addr);
	fprintf(out, ":%u", step->opf);
}

/* Seldom alike: they are written as they come. */
static void put_steps(struct side *s, struct json *j)
{
	json_key(j, "s");
	json_end(j);
	fputc('"', j->out);
	for (size_t i = 0; i < s->p->nr_rows; i++) {
		const struct write *w = write_of(s, i);

		fputs(i ? "," : "", j->out);
		for (uint32_t n = 0; w && n < w->nr_steps; n++) {
			fputs(n ? ";" : "", j->out);
			put_step(j->out, &w->steps[n], field_known(&w->rec, FACT_POS) ? w->rec.pos : 0);
		}
	}
	fputc('"', j->out);
	j->comma = true;
}

static int put_side(struct html_page *p, struct json *j, struct words *words, bool b)
{
	_cleanup_free_ uint64_t *values = calloc(p->nr_rows * COLUMNS_AT_ONCE + 1, sizeof(*values));
	_cleanup_free_ uint8_t *kinds = calloc(p->nr_rows * COLUMNS_AT_ONCE + 1, sizeof(*kinds));
	struct side s = {.p = p, .words = words, .b = b, .values = values, .kinds = kinds};

	if (!values || !kinds)
		return -ENOMEM;
	json_key(j, b ? "b" : "a");
	json_open(j, '{');
	put_numbers(&s, j);
	put_facts(&s, j);
	put_times(&s, j);
	put_steps(&s, j);
	json_close(j, '}');
	return s.ret;
}

/* --- columns of the row --- */

static uint64_t row_workload(const struct html_row *row)
{
	return row->workload;
}

static uint64_t row_op(const struct html_row *row)
{
	return (row->a ? row->a : row->b)->op;
}

static uint64_t row_kept(const struct html_row *row)
{
	return row->kept;
}

static uint64_t row_cut(const struct html_row *row)
{
	return row->cut;
}

static uint64_t row_tags(const struct html_row *row)
{
	return row->tags;
}

static const struct {
	const char *key;
	uint64_t (*of)(const struct html_row *row);
} row_columns[] = {
	{"k", row_workload}, {"op", row_op}, {"kept", row_kept}, {"cut", row_cut}, {"tags", row_tags},
};

static void put_row_columns(struct html_page *p, struct json *j)
{
	for (size_t n = 0; n < ARRAY_SIZE(row_columns); n++) {
		struct column c;

		json_key(j, row_columns[n].key);
		column_open(&c, j);
		for (size_t i = 0; i < p->nr_rows; i++)
			column_item(&c, item_of(row_columns[n].of(&p->rows[i])));
		column_close(&c, j);
	}
}

static int put_why_column(struct html_page *p, struct json *j, struct words *words)
{
	struct column c;
	struct look look;
	char text[4 * FILE_LABEL_LEN]; /* as breakdown.c has it */
	int ret = 0;

	json_key(j, "why");
	column_open(&c, j);
	for (size_t i = 0; i < p->nr_rows && !ret; i++) {
		uint32_t number = 0;
		struct reason reason;

		look_at(&look, p->rows[i].a ? p->rows[i].a : p->rows[i].b);
		reason = look_reason(&look);
		ret = words_get(words, reason_format(&reason, text, sizeof(text)), &number);
		column_item(&c, item_of(number));
	}
	column_close(&c, j);
	return ret;
}

/* --- findings --- */

static int put_text(struct json *j, struct words *words, const char *text)
{
	uint32_t number = 0;
	int ret = words_get(words, text ? text : "", &number);

	json_uint(j, number);
	return ret;
}

static int put_finding(struct json *j, struct words *words, const struct finding *f)
{
	int ret;

	json_open(j, '[');
	json_int(j, f->fact);
	ret = put_text(j, words, f->what);
	json_uint(j, f->verdict);
	ret = ret ?: put_text(j, words, f->a_value);
	ret = ret ?: put_text(j, words, f->b_value);
	ret = ret ?: put_text(j, words, f->rule);
	json_close(j, ']');
	return ret;
}

static bool is_shown(const struct finding *f)
{
	return f->verdict != VERDICT_UNOBSERVABLE || f->fact < 0;
}

static int put_findings_of(struct json *j, struct words *words, const struct html_row *row, size_t number)
{
	size_t nr = 0;
	int ret = 0;

	for (size_t i = 0; i < row->nr_findings; i++)
		nr += is_shown(&row->findings[i]);
	if (!nr)
		return 0;
	json_open(j, '[');
	json_uint(j, number);
	json_open(j, '[');
	for (size_t i = 0; i < row->nr_findings && !ret; i++)
		if (is_shown(&row->findings[i]))
			ret = put_finding(j, words, &row->findings[i]);
	json_close(j, ']');
	json_close(j, ']');
	return ret;
}

static int put_findings(struct html_page *p, struct json *j, struct words *words)
{
	int ret = 0;

	json_key(j, "f");
	json_open(j, '[');
	for (size_t i = 0; i < p->nr_rows && !ret; i++)
		ret = put_findings_of(j, words, &p->rows[i], i);
	json_close(j, ']');
	return ret;
}

/* --- all --- */

static void put_words(struct json *j, const char *key, const struct words *words)
{
	json_key(j, key);
	json_open(j, '[');
	for (size_t i = 0; i < words_nr(words); i++)
		json_string(j, words_text(words, i));
	json_close(j, ']');
}

static int put_rows(struct html_page *p, struct json *j, struct words *words)
{
	int ret;

	json_key(j, "rows");
	json_open(j, '{');
	put_row_columns(p, j);
	ret = put_why_column(p, j, words) ?: put_findings(p, j, words) ?: put_side(p, j, words, false);
	if (!ret && p->verify)
		ret = put_side(p, j, words, true);
	json_close(j, '}');
	put_words(j, "words", words);
	put_words(j, "hows", p->hows);
	put_words(j, "tagsets", p->tags);
	return ret;
}

int html_columns(struct html_page *p, struct json *j)
{
	struct words *words = words_new();
	int ret = words ? put_rows(p, j, words) : -ENOMEM;

	words_free(words);
	return ret;
}
