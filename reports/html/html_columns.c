// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of the table of writes, column by column: a text a column, its items parted by commas, an item that stands
 * n times in a row as item*n, and what has no value as nothing. Numbers are as they are, words by their number in a
 * list beside.
 *
 *	k op kept cut tags	of the row: workload, operation, why it is kept, steps that are not here, number in
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

#define ITEM_LEN 32

/* A column being written, with the items that are alike and still to be counted. */
struct column {
	FILE *out;
	char last[ITEM_LEN];
	size_t nr; /* of these */
	bool any;
};

static void column_open(struct column *c, struct json *j)
{
	json_end(j); /* from here on past it */
	*c = (struct column){.out = j->out};
	fprintf(c->out, "%s\"", j->comma ? "," : "");
}

static void column_flush(struct column *c)
{
	if (!c->nr)
		return;
	fputs(c->any ? "," : "", c->out);
	fputs(c->last, c->out);
	if (c->nr > 1)
		fprintf(c->out, "*%zu", c->nr);
	c->any = true;
	c->nr = 0;
}

static void column_item(struct column *c, const char *item)
{
	if (c->nr && strcmp(item, c->last) != 0)
		column_flush(c);
	if (!c->nr)
		snprintf(c->last, sizeof(c->last), "%s", item);
	c->nr++;
}

static void column_int(struct column *c, int64_t n)
{
	char item[ITEM_LEN];

	snprintf(item, sizeof(item), "%" PRId64, n);
	column_item(c, item);
}

static void column_uint(struct column *c, uint64_t n)
{
	char item[ITEM_LEN];

	snprintf(item, sizeof(item), "%" PRIu64, n);
	column_item(c, item);
}

static void column_close(struct column *c, struct json *j)
{
	column_flush(c);
	fputc('"', c->out);
	j->comma = true;
}

/* --- columns of a side --- */

/* One side of all rows, and the words of both. */
struct side {
	struct html_page *p;
	struct json *j;
	struct words *words;
	bool b;
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

static void put_word(struct side *s, struct column *c, const char *text)
{
	uint32_t number = 0;

	if (!s->ret)
		s->ret = words_get(s->words, text, &number);
	column_uint(c, number);
}

/* As it is called everywhere else. */
static void put_file(struct side *s, struct column *c, size_t i)
{
	char label[FILE_LABEL_LEN], shown[4 * FILE_LABEL_LEN];

	write_file_label(set_of(s, i), &write_of(s, i)->rec, label, sizeof(label));
	put_word(s, c, utf8_escape(label, shown, sizeof(shown)));
}

static void put_value(struct side *s, struct column *c, size_t i, enum write_fact fact)
{
	const struct write *w = write_of(s, i);
	const struct write_field *f = &write_fields[fact];
	char text[256];

	if (!w || !field_known(&w->rec, fact))
		column_item(c, "");
	else if (fact == FACT_FILE)
		put_file(s, c, i);
	else if (f->kind == FIELD_TEXT || f->kind == FIELD_DEV)
		put_word(s, c, field_format(&w->rec, fact, text, sizeof(text)));
	else if (f->kind == FIELD_INT || f->kind == FIELD_ERRNO)
		column_int(c, field_value(&w->rec, fact));
	else
		column_uint(c, (uint64_t)field_value(&w->rec, fact));
}

static void put_facts(struct side *s)
{
	json_key(s->j, "v");
	json_open(s->j, '[');
	for (int fact = 0; fact < NR_FACTS; fact++) {
		struct column c;

		column_open(&c, s->j);
		for (size_t i = 0; i < s->p->nr_rows; i++)
			put_value(s, &c, i, (enum write_fact)fact);
		column_close(&c, s->j);
	}
	json_close(s->j, ']');
}

static void put_time_row(struct side *s, enum time_row row)
{
	struct column c;

	column_open(&c, s->j);
	for (size_t i = 0; i < s->p->nr_rows; i++) {
		const struct write *w = write_of(s, i);
		uint64_t ns[NR_TIME_ROWS];

		if (w && field_known(&w->rec, FACT_LATENCY) && write_times(&w->rec, ns) && ns[row])
			column_uint(&c, ns[row]);
		else
			column_item(&c, "");
	}
	column_close(&c, s->j);
}

static void put_times(struct side *s)
{
	json_key(s->j, "t");
	json_open(s->j, '[');
	for (int row = 0; row < NR_TIME_ROWS; row++)
		put_time_row(s, (enum time_row)row);
	json_close(s->j, ']');
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
static void put_steps(struct side *s)
{
	json_key(s->j, "s");
	json_end(s->j);
	fputc('"', s->j->out);
	for (size_t i = 0; i < s->p->nr_rows; i++) {
		const struct write *w = write_of(s, i);

		fputs(i ? "," : "", s->j->out);
		for (uint32_t n = 0; w && n < w->nr_steps; n++) {
			fputs(n ? ";" : "", s->j->out);
			put_step(s->j->out, &w->steps[n], field_known(&w->rec, FACT_POS) ? w->rec.pos : 0);
		}
	}
	fputc('"', s->j->out);
	s->j->comma = true;
}

/* --- one number a write --- */

static void number_id(struct side *s, struct column *c, size_t i)
{
	column_uint(c, write_of(s, i)->rec.head.id);
}

static void number_state(struct side *s, struct column *c, size_t i)
{
	column_uint(c, write_of(s, i)->rec.state);
}

static void number_how(struct side *s, struct column *c, size_t i)
{
	char how[NR_FACTS + 1];
	uint32_t number = 0;

	html_how_text(&write_of(s, i)->rec, how);
	if (!s->ret)
		s->ret = words_get(s->p->hows, how, &number);
	column_uint(c, number);
}

static void number_missing(struct side *s, struct column *c, size_t i)
{
	const struct write *w = write_of(s, i);
	uint32_t here = w->nr_steps + (s->b ? 0 : s->p->rows[i].cut);

	column_uint(c, w->rec.steps_total > here ? w->rec.steps_total - here : 0);
}

static void number_at(struct side *s, struct column *c, size_t i)
{
	uint64_t at = write_entry_ns(&write_of(s, i)->rec);

	if (at)
		column_uint(c, at - s->p->sums->timeline->first_ns);
	else
		column_item(c, "");
}

static const struct {
	const char *key;
	void (*put)(struct side *s, struct column *c, size_t i);
} numbers[] = {
	{"id", number_id}, {"state", number_state}, {"how", number_how}, {"missing", number_missing}, {"at", number_at},
};

static int put_side(struct html_page *p, struct json *j, struct words *words, bool b)
{
	struct side s = {.p = p, .j = j, .words = words, .b = b};

	json_key(j, b ? "b" : "a");
	json_open(j, '{');
	for (size_t n = 0; n < ARRAY_SIZE(numbers); n++) {
		struct column c;

		json_key(j, numbers[n].key);
		column_open(&c, j);
		for (size_t i = 0; i < p->nr_rows; i++)
			write_of(&s, i) ? numbers[n].put(&s, &c, i) : column_item(&c, "");
		column_close(&c, j);
	}
	put_facts(&s);
	put_times(&s);
	put_steps(&s);
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
			column_uint(&c, row_columns[n].of(&p->rows[i]));
		column_close(&c, j);
	}
}

static int put_why_column(struct html_page *p, struct json *j, struct words *words)
{
	struct column c;
	struct look look;
	char text[512];
	int ret = 0;

	json_key(j, "why");
	column_open(&c, j);
	for (size_t i = 0; i < p->nr_rows && !ret; i++) {
		uint32_t number = 0;
		struct reason reason;

		look_at(&look, p->rows[i].a ? p->rows[i].a : p->rows[i].b);
		reason = look_reason(&look);
		ret = words_get(words, reason_format(&reason, text, sizeof(text)), &number);
		column_uint(&c, number);
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
