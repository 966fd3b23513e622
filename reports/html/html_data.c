// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data of the page, for its script:
 *
 *	verify	whether rows have two sides
 *	total	rows that there are; rows[] holds the first so many
 *	fields	write_fields[]: key, label, unit, kind, stage, help, names
 *	stages, maps, roles	words for the numbers below
 *	groups	[title, [[tag, label], ...]]: what the table can be filtered by
 *	workloads	[{id, title}]
 *	rows	[{k: index of the workload, op, g: tags, a: write, b: write of the reference, f: findings}]
 *	write	{i: id, x: state bits, v: values by fact, h: how each is known, one letter a fact (u o i n f),
 *		 t: ns from the first stage seen, by stage, or null, m: steps missing,
 *		 s: [[kind, role, flags, pos, len, addr or null, opf], ...]}
 *	findings of a row	[[fact or -1, what, verdict, live value, reference value, rule], ...], those that are
 *		unobservable left out: they can be told from h
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/files.h"
#include "reports/html/html_page.h"
#include "reports/export/json.h"
#include "user/base/utf8.h"

/* What a JavaScript number holds exactly. */
#define EXACT_MAX (1ll << 53)

static void put_number(struct json *j, int64_t n)
{
	char text[32];

	if (n <= EXACT_MAX && n >= -EXACT_MAX) {
		json_int(j, n);
		return;
	}
	snprintf(text, sizeof(text), "%" PRId64, n);
	json_string(j, text);
}

static void put_unsigned(struct json *j, uint64_t n)
{
	char text[32];

	if (n <= EXACT_MAX) {
		json_uint(j, n);
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64, n);
	json_string(j, text);
}

/* --- words --- */

static const char *kind_name(enum field_kind kind)
{
	switch (kind) {
	case FIELD_UINT:
		return "uint";
	case FIELD_INT:
		return "int";
	case FIELD_BOOL:
		return "bool";
	case FIELD_ENUM:
		return "enum";
	case FIELD_MASK:
		return "mask";
	case FIELD_TEXT:
		return "text";
	case FIELD_DEV:
		return "dev";
	case FIELD_ERRNO:
		return "errno";
	case FIELD_NS:
		return "ns";
	}
	return "?";
}

static void put_pair(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_string(j, value);
}

static void put_field(struct json *j, const struct write_field *f)
{
	json_open(j, '{');
	put_pair(j, "key", f->key);
	put_pair(j, "label", f->label);
	put_pair(j, "unit", f->unit);
	put_pair(j, "kind", kind_name(f->kind));
	put_pair(j, "help", f->help);
	json_key(j, "stage");
	json_uint(j, f->stage);
	if (f->names) {
		json_key(j, "names");
		json_open(j, '[');
		for (const char *const *name = f->names; *name; name++)
			json_string(j, *name);
		json_close(j, ']');
	}
	json_close(j, '}');
}

static const char *stage_word(unsigned int i)
{
	return stage_name((enum stage)i);
}

static void put_words(struct json *j, const char *key, const char *(*word)(unsigned int i), unsigned int nr)
{
	json_key(j, key);
	json_open(j, '[');
	for (unsigned int i = 0; i < nr; i++)
		json_string(j, word(i));
	json_close(j, ']');
}

static const char *lock_word(unsigned int i)
{
	return lock_row_name((enum lock_row)i);
}

static const char *durable_word(unsigned int i)
{
	return durability_name((enum durability)i);
}

static const char *mapping_word(unsigned int i)
{
	return mapping_row_name((enum mapping_row)i);
}

static const char *zero_word(unsigned int i)
{
	return i ? "after the data" : "before the data";
}

static const struct {
	char letter;
	const char *title;
	const char *(*word)(unsigned int i);
	unsigned int nr;
} groups[] = {
	{TAG_LOCK, "lock", lock_word, NR_LOCK_ROWS},
	{TAG_MAPPING, "mapping", mapping_word, NR_MAPPING_ROWS},
	{TAG_DURABLE, "durability", durable_word, NR_DURABLE},
	{TAG_ZERO, "zero-outs", zero_word, 2},
	{TAG_SUBMIT, "submitted by", submit_row_name, NR_SUBMIT_ROWS},
	{TAG_CONTEXT, "completed in", context_row_name, NR_CONTEXT_ROWS},
};

static void put_tag_label(struct json *j, char letter, int number, const char *label)
{
	char tag[16];

	snprintf(tag, sizeof(tag), "%c%d", letter, number);
	json_open(j, '[');
	json_string(j, tag);
	json_string(j, label);
	json_close(j, ']');
}

char why_group_tag(enum why_group group)
{
	static const char letters[NR_WHY_GROUPS] = {
		[WHY_GROUP_LOCK] = TAG_UPGRADE, [WHY_GROUP_BUFFERED] = TAG_FALLBACK, [WHY_GROUP_SYNC] = TAG_SYNC,
		[WHY_GROUP_WAIT] = TAG_WAIT,	[WHY_GROUP_WORK] = TAG_WORK,	     [WHY_GROUP_ERROR] = TAG_FAILED,
	};

	return letters[group];
}

static void put_why_group(struct json *j, enum why_group group)
{
	char text[128];

	json_open(j, '[');
	json_string(j, why_group_title(group));
	json_open(j, '[');
	for (int why = 0; why < NR_WHYS; why++)
		if (why_rows[why].group == group)
			put_tag_label(j, why_group_tag(group), why, why_format((enum why)why, text, sizeof(text)));
	json_close(j, ']');
	json_close(j, ']');
}

static void put_why_groups(struct json *j)
{
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		put_why_group(j, (enum why_group)group);
}

static void put_groups(struct json *j, const struct summary *s)
{
	json_key(j, "groups");
	json_open(j, '[');
	put_why_groups(j);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		json_open(j, '[');
		json_string(j, groups[i].title);
		json_open(j, '[');
		for (unsigned int row = 0; row < groups[i].nr; row++)
			put_tag_label(j, groups[i].letter, (int)row, groups[i].word(row));
		json_close(j, ']');
		json_close(j, ']');
	}
	json_open(j, '[');
	json_string(j, "error");
	json_open(j, '[');
	for (size_t i = 0; i < s->nr_errors; i++)
		put_tag_label(j, TAG_ERROR, s->errors[i].err, errno_name(s->errors[i].err));
	json_close(j, ']');
	json_close(j, ']');
	json_close(j, ']');
}

static void put_vocabulary(struct json *j, const struct html_page *p)
{
	json_key(j, "fields");
	json_open(j, '[');
	for (int fact = 0; fact < NR_FACTS; fact++)
		put_field(j, &write_fields[fact]);
	json_close(j, ']');
	put_words(j, "stages", stage_word, NR_STAGES);
	put_words(j, "maps", map_type_name, MAP_INLINE + 1);
	put_words(j, "roles", bio_role_name, BIO_ZERO_TAIL + 1);
	put_groups(j, &p->totals->summary);
}

static void put_workloads(struct json *j, const struct html_page *p)
{
	json_key(j, "workloads");
	json_open(j, '[');
	for (size_t i = 0; i < p->nr; i++) {
		json_open(j, '{');
		put_pair(j, "id", p->outcomes[i].id);
		put_pair(j, "title", p->outcomes[i].title);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* --- one write --- */

/* As it is called everywhere else. */
static void put_file(struct json *j, const struct write_set *set, const struct write_record *rec)
{
	char label[FILE_LABEL_LEN], shown[4 * FILE_LABEL_LEN];

	write_file_label(set, rec, label, sizeof(label));
	json_string(j, utf8_escape(label, shown, sizeof(shown)));
}

static void put_value(struct json *j, const struct write_record *rec, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];
	int64_t value = field_value(rec, fact);
	char text[256];

	if (!field_known(rec, fact))
		json_null(j);
	else if (f->kind == FIELD_TEXT || f->kind == FIELD_DEV || (f->kind == FIELD_ERRNO && value < 0))
		json_string(j, field_format(rec, fact, text, sizeof(text)));
	else if (f->kind == FIELD_INT || f->kind == FIELD_ERRNO)
		put_number(j, value);
	else
		put_unsigned(j, (uint64_t)value);
}

static void put_values(struct json *j, const struct write_set *set, const struct write_record *rec)
{
	static const char letters[] = {
		[HOW_UNKNOWN] = 'u', [HOW_OBSERVED] = 'o', [HOW_INFERRED] = 'i', [HOW_NOT_REACHED] = 'n'};
	char how[NR_FACTS + 1];

	json_key(j, "v");
	json_open(j, '[');
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (fact == FACT_FILE && field_known(rec, FACT_FILE))
			put_file(j, set, rec);
		else
			put_value(j, rec, (enum write_fact)fact);
	}
	json_close(j, ']');
	for (int fact = 0; fact < NR_FACTS; fact++)
		how[fact] = field_in_flight(rec, (enum write_fact)fact)
				    ? 'f'
				    : letters[field_how(rec, (enum write_fact)fact)];
	how[NR_FACTS] = '\0';
	put_pair(j, "h", how);
}

static void put_stage_times(struct json *j, const struct write_record *rec)
{
	uint64_t start = 0;

	for (int i = 0; i < NR_STAGES && !start; i++)
		start = rec->stage_ns[i];
	json_key(j, "t");
	json_open(j, '[');
	for (int i = 0; i < NR_STAGES; i++) {
		if (rec->stage_ns[i])
			put_unsigned(j, rec->stage_ns[i] - start);
		else
			json_null(j);
	}
	json_close(j, ']');
}

static void put_step(struct json *j, const struct write_step *step)
{
	json_open(j, '[');
	json_uint(j, step->kind);
	json_uint(j, step->role);
	json_uint(j, step->map_flags);
	put_number(j, step->pos);
	put_unsigned(j, step->len);
	step->addr == ADDR_NONE ? json_null(j) : put_unsigned(j, step->addr);
	json_uint(j, step->opf);
	json_close(j, ']');
}

static void put_write(struct json *j, const char *key, const struct write_set *set, const struct write *w)
{
	if (!w)
		return;
	json_key(j, key);
	json_open(j, '{');
	json_key(j, "i");
	put_unsigned(j, w->rec.head.id);
	json_key(j, "x");
	json_uint(j, w->rec.state);
	put_values(j, set, &w->rec);
	put_stage_times(j, &w->rec);
	json_key(j, "m");
	json_uint(j, w->rec.steps_total - w->nr_steps);
	json_key(j, "s");
	json_open(j, '[');
	for (uint32_t i = 0; i < w->nr_steps; i++)
		put_step(j, &w->steps[i]);
	json_close(j, ']');
	json_close(j, '}');
}

/* --- tags --- */

static void add_tag(char *tags, size_t size, char letter, int number)
{
	size_t at = strlen(tags);

	snprintf(tags + at, size - at, "%s%c%d", at ? " " : "", letter, number);
}

static void add_why_tags(char *tags, size_t size, const struct write *w)
{
	bool holds[NR_WHYS];

	write_whys(w, holds);
	for (int why = 0; why < NR_WHYS; why++)
		if (holds[why])
			add_tag(tags, size, why_group_tag(why_rows[why].group), why);
}

static void put_tags(struct json *j, const struct write *w)
{
	const struct write_record *rec = &w->rec;
	enum durability durable;
	char tags[256] = "";

	add_tag(tags, sizeof(tags), TAG_SUBMIT, (int)write_submit_row(rec));
	add_tag(tags, sizeof(tags), TAG_LOCK, (int)write_lock_row(rec));
	add_tag(tags, sizeof(tags), TAG_CONTEXT, (int)write_context_row(rec));
	add_tag(tags, sizeof(tags), TAG_MAPPING, (int)write_mapping_row(w));
	add_why_tags(tags, sizeof(tags), w);
	if (write_durability(rec, &durable))
		add_tag(tags, sizeof(tags), TAG_DURABLE, (int)durable);
	if (field_known(rec, FACT_ZERO_HEAD) && rec->zero_head)
		add_tag(tags, sizeof(tags), TAG_ZERO, 0);
	if (field_known(rec, FACT_ZERO_TAIL) && rec->zero_tail)
		add_tag(tags, sizeof(tags), TAG_ZERO, 1);
	if (field_known(rec, FACT_RET) && rec->ret < 0)
		add_tag(tags, sizeof(tags), TAG_ERROR, rec->ret > -4096 ? (int)-rec->ret : 4096);
	put_pair(j, "g", tags);
}

/* --- rows --- */

static void put_finding(struct json *j, const struct finding *f)
{
	json_open(j, '[');
	json_int(j, f->fact);
	json_string(j, f->what);
	json_uint(j, f->verdict);
	json_string(j, f->a_value);
	json_string(j, f->b_value);
	json_string(j, f->rule);
	json_close(j, ']');
}

/* Those of one pair are neighbours, and pairs are in order: @at moves past what is put. */
static void put_findings(struct json *j, const struct diff *d, const struct mates *mates, size_t *at)
{
	json_key(j, "f");
	json_open(j, '[');
	for (; d && *at < d->nr && d->findings[*at].a == mates->a && d->findings[*at].b == mates->b; (*at)++) {
		if (d->findings[*at].verdict != VERDICT_UNOBSERVABLE || d->findings[*at].fact < 0)
			put_finding(j, &d->findings[*at]);
	}
	json_close(j, ']');
}

static void put_row(struct json *j, const struct outcome *o, size_t workload, const struct mates *mates, size_t *at)
{
	const struct write *first = mates->a ? mates->a : mates->b;

	json_open(j, '{');
	json_key(j, "k");
	json_uint(j, workload);
	json_key(j, "op");
	json_uint(j, first->op);
	put_tags(j, first);
	put_write(j, "a", o->live, mates->a);
	put_write(j, "b", o->reference, mates->b);
	if (o->diff)
		put_findings(j, o->diff, mates, at);
	json_close(j, '}');
	json_newline(j); /* for those who look into the file */
	j->comma = true;
}

static size_t put_rows_of(struct json *j, const struct html_page *p, size_t index, size_t room)
{
	const struct outcome *o = &p->outcomes[index];
	size_t nr = o->diff ? outcome_rows(o) : o->live ? o->live->nr : 0, at = 0;

	nr = nr < room ? nr : room;
	for (size_t i = 0; i < nr; i++) {
		struct mates alone = {.a = o->diff ? NULL : &o->live->writes[i]};

		put_row(j, o, index, o->diff ? &o->diff->mates[i] : &alone, &at);
	}
	return nr;
}

int html_data(struct html_page *p)
{
	size_t room = p->in->max_writes ? p->in->max_writes : HTML_MAX_WRITES;
	struct json j = {.out = p->out};

	json_open(&j, '{');
	json_key(&j, "verify");
	json_bool(&j, p->verify);
	json_key(&j, "total");
	json_uint(&j, p->rows);
	put_vocabulary(&j, p);
	put_workloads(&j, p);
	json_key(&j, "rows");
	json_open(&j, '[');
	for (size_t i = 0; i < p->nr; i++)
		room -= put_rows_of(&j, p, i, room);
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
	return 0;
}
