// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/export_json.h"

#include <errno.h>
#include <string.h>

#include "reports/model/accounts.h"
#include "reports/model/advice.h"
#include "reports/model/commit_reason.h"
#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/export/json.h"
#include "reports/model/mapping.h"
#include "reports/model/syncs.h"

static void key_string(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_string(j, value);
}

static void key_word(struct json *j, const char *key, const char *word)
{
	json_word_key(j, key);
	json_word(j, word);
}

/* What came from outside. */
static void key_name(struct json *j, const char *key, const char *name)
{
	json_word_key(j, key);
	name ? json_name(j, name) : json_null(j);
}

static void key_uint(struct json *j, const char *key, uint64_t value)
{
	json_word_key(j, key);
	json_uint(j, value);
}

static void line_end(struct json *j)
{
	json_close(j, '}');
	json_newline(j);
}

static bool is_number(const char *key)
{
	static const char *const keys[] = {
		META_RECORD_VERSION, META_START_NS,   META_WRITES,	META_ENTERED,	  META_LOST_RING,
		META_LOST_STATE,     META_LOST_STEPS, META_IN_FLIGHT,	META_EXIT,	  META_FOREIGN,
		META_SKIPPED,	     META_FAST,	      META_COST_NS,	META_COST_WRITES, META_COST_SPAN,
		META_COST_RUNS,	     META_COST_CALLS, META_COST_OTHERS, META_DURATION,	  META_RING_HIGH,
		META_RING_SIZE,	     META_LOST_SYNCS, META_OTHER_FS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!strcmp(key, keys[i]))
			return true;
	}
	return false;
}

static void put_meta_line(struct json *j, const struct meta *m, const struct meta_line *line)
{
	uint64_t number = meta_u64(m, line->key, UINT64_MAX);

	if (is_number(line->key) && number != UINT64_MAX) {
		json_key(j, line->key);
		json_uint(j, number);
	} else {
		json_key(j, line->key);
		json_name(j, line->value);
	}
}

/* Those have an object of their own. */
static bool is_account(const char *key)
{
	return !strncmp(key, META_ACCOUNT, strlen(META_ACCOUNT));
}

/* Keys that the object itself defines win over those of the trace. */
static void put_meta(struct json *j, const struct meta *m, const char *const *own)
{
	for (size_t i = 0; i < m->nr; i++) {
		const char *const *o = own;

		while (*o && strcmp(*o, m->lines[i].key))
			o++;
		if (!*o && !is_account(m->lines[i].key))
			put_meta_line(j, m, &m->lines[i]);
	}
}

static void put_header(struct json *j, const struct write_set *set)
{
	static const char *const own[] = {"type", "schema", NULL};

	json_open(j, '{');
	key_string(j, "type", "header");
	key_uint(j, "schema", EXPORT_JSON_SCHEMA);
	put_meta(j, &set->header, own);
	line_end(j);
}

static void put_account(struct json *j, const struct account *account)
{
	json_open(j, '{');
	key_uint(j, "left", account->left);
	key_uint(j, "right", account->right);
	json_key(j, "first");
	account->first ? json_uint(j, account->first) : json_null(j);
	json_close(j, '}');
}

static void put_accounts(struct json *j, const struct meta *trailer)
{
	struct accounts accounts;
	bool drawn = accounts_load(&accounts, trailer);

	json_key(j, "balanced");
	drawn ? json_bool(j, !accounts_broken(&accounts)) : json_null(j);
	json_key(j, "accounts");
	if (!drawn) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	for (unsigned int i = 0; account_key(i); i++) {
		json_key(j, account_key(i));
		put_account(j, &accounts.accounts[i]);
	}
	json_close(j, '}');
}

static void put_one_advice(struct json *j, const struct advice *a)
{
	char change[256];

	json_open(j, '{');
	key_string(j, "group", why_group_key(why_rows[a->why].group));
	key_string(j, "why", why_rows[a->why].key);
	key_uint(j, "writes", a->writes);
	key_uint(j, "ns", a->ns);
	key_string(j, "function", why_rows[a->why].function);
	key_string(j, "change", advice_format(a->why, change, sizeof(change)));
	json_close(j, '}');
}

static void put_rest(struct json *j, const struct advice_list *list)
{
	json_key(j, "rest");
	json_open(j, '[');
	for (int row = 0; row < NR_TIME_ROWS; row++) {
		if (!list->rest_ns[row])
			continue;
		json_open(j, '{');
		key_string(j, "time", time_row_name((enum time_row)row));
		key_uint(j, "ns", list->rest_ns[row]);
		key_string(j, "cause", advice_rest_cause((enum time_row)row));
		json_close(j, '}');
	}
	json_close(j, ']');
	key_uint(j, "device_ns", list->device_ns);
}

static void put_advice(struct json *j, const struct advice_sums *sums)
{
	struct advice_list list;

	advice_settle(sums, &list);
	json_key(j, "advice");
	json_open(j, '[');
	for (size_t i = 0; i < list.nr; i++)
		put_one_advice(j, &list.rows[i]);
	json_close(j, ']');
	put_rest(j, &list);
	key_uint(j, "latency_ns", list.total_ns);
}

static void put_trailer(struct json_export *e, const struct write_set *set)
{
	struct json *j = &e->json;
	static const char *const own[] = {"type",   "writes",	"lost",	     "lost_steps", "complete",
					  "why",    "balanced", "accounts",  "syncs",	   "syncs_elsewhere",
					  "advice", "rest",	"device_ns", "latency_ns", NULL};
	bool ended = set->end == TRACE_COMPLETE;

	json_open(j, '{');
	key_string(j, "type", "trailer");
	key_uint(j, "writes", e->writes);
	key_uint(j, "syncs", e->syncs);
	key_uint(j, "syncs_elsewhere", e->syncs_elsewhere);
	json_key(j, "lost");
	ended ? json_uint(j, set->lost_records) : json_null(j);
	json_key(j, "lost_steps");
	ended ? json_uint(j, set->lost_steps) : json_null(j);
	json_key(j, "complete");
	json_bool(j, set_is_whole(set));
	key_string(j, "why", set->end_why);
	put_accounts(j, &set->trailer);
	put_advice(j, e->advice);
	put_meta(j, &set->trailer, own);
	line_end(j);
}

static void put_flags(struct json *j, const char *key, unsigned int flags, const char *const *names, unsigned int nr)
{
	json_word_key(j, key);
	json_open(j, '[');
	for (unsigned int bit = 0; bit < nr; bit++) {
		if (flags >> bit & 1)
			json_word(j, names[bit]);
	}
	json_close(j, ']');
}

static void put_place(struct json *j, const struct write_step *step)
{
	json_word_key(j, "pos");
	json_int(j, step->pos);
	key_uint(j, "len", step->len);
	json_word_key(j, "addr");
	step->addr == ADDR_NONE ? json_null(j) : json_uint(j, step->addr);
}

static void put_round(struct json *j, const struct write_step *step)
{
	static const char *const names[] = {"new", "dirty", "shared", "merged"};

	key_word(j, "kind", "round");
	key_word(j, "map", map_type_name(step->role));
	put_flags(j, "flags", step->map_flags, names, ARRAY_SIZE(names));
}

static void put_bio(struct json *j, const struct write_step *step)
{
	key_word(j, "kind", "bio");
	key_word(j, "role", bio_role_name(step->role));
	json_word_key(j, "fua");
	json_bool(j, step->opf & OPF_FUA);
	key_uint(j, "opf", step->opf);
}

static void put_steps(struct json *j, const struct write *w)
{
	key_uint(j, "steps_total", w->rec.steps_total);
	json_word_key(j, "steps");
	json_open(j, '[');
	for (uint32_t i = 0; i < w->nr_steps; i++) {
		json_open(j, '{');
		if (w->steps[i].kind == STEP_ROUND)
			put_round(j, &w->steps[i]);
		else
			put_bio(j, &w->steps[i]);
		put_place(j, &w->steps[i]);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static uint64_t start_ns(const struct write_record *rec)
{
	for (int i = 0; i < NR_STAGES; i++) {
		if (rec->stage_ns[i])
			return rec->stage_ns[i];
	}
	return 0;
}

static void put_stages(struct json *j, const struct write_record *rec)
{
	uint64_t start = start_ns(rec);

	key_uint(j, "start_ns", start);
	json_word_key(j, "stages");
	json_open(j, '{');
	for (int i = 0; i < NR_STAGES; i++) {
		if (!rec->stage_ns[i])
			continue;
		json_word_key(j, stage_name((enum stage)i));
		json_int(j, (int64_t)(rec->stage_ns[i] - start));
	}
	json_close(j, '}');
}

/* Rows that took none are left out. */
static void put_times(struct json *j, const struct write_record *rec)
{
	uint64_t ns[NR_TIME_ROWS];

	json_word_key(j, "times");
	if (!write_times(rec, ns)) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	for (int row = 0; row < NR_TIME_ROWS; row++)
		if (ns[row])
			key_uint(j, time_row_name((enum time_row)row), ns[row]);
	json_close(j, '}');
}

static const char *how_word(const struct write_record *rec, enum write_fact fact)
{
	return field_in_flight(rec, fact) ? IN_FLIGHT_TEXT : how_name(field_how(rec, fact));
}

static void put_answer(struct json *j, const char *key, enum answer answer)
{
	json_word_key(j, key);
	answer == ANSWER_UNKNOWN ? json_null(j) : json_bool(j, answer == ANSWER_YES);
}

/* The whole name where it is known, and what tells it from others. */
static void put_file(struct json *j, const struct file_name *file)
{
	key_name(j, write_fields[FACT_FILE].key, file && *file->name ? file->name : NULL);
	json_word_key(j, "file_cut");
	json_bool(j, file && file->cut);
	key_name(j, "parent", file && *file->parent ? file->parent : NULL);
}

static void put_how(struct json *j, const struct write_record *rec)
{
	json_open(j, '{');
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (field_how(rec, (enum write_fact)fact) != HOW_OBSERVED)
			key_word(j, write_fields[fact].key, how_word(rec, (enum write_fact)fact));
	}
	json_close(j, '}');
}

static struct json_how *find_how(struct json_export *e, const struct write_record *rec)
{
	uint64_t sum = 0;

	for (int fact = 0; fact < NR_FACTS; fact++)
		sum = sum * 5 + rec->how[fact];
	return &e->hows[(sum ^ sum >> 32) % JSON_HOWS];
}

/* Of a write in flight it takes more than how[] to tell. */
static void put_how_again(struct json_export *e, const struct write_record *rec)
{
	struct json_how *how = find_how(e, rec);
	size_t mark;

	if (rec->state & WRITE_IN_FLIGHT) {
		put_how(&e->json, rec);
		return;
	}
	if (how->len && !memcmp(how->how, rec->how, NR_FACTS)) {
		json_again(&e->json, how->text, how->len);
		return;
	}
	mark = json_mark(&e->json, sizeof(how->text));
	put_how(&e->json, rec);
	memcpy(how->how, rec->how, NR_FACTS);
	how->len = e->json.len - mark;
	memcpy(how->text, e->json.buf + mark, how->len);
}

static void put_facts(struct json_export *e, const struct write_set *set, const struct write_record *rec)
{
	const struct file_name *file = set->names ? file_names_of_write(set->names, rec) : NULL;
	struct json *j = &e->json;

	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (fact == FACT_FILE && file) {
			put_file(j, file);
			continue;
		}
		json_made_key(j, &e->keys[fact]);
		json_fact(j, rec, (enum write_fact)fact);
	}
	json_word_key(j, "how");
	put_how_again(e, rec);
}

static void put_why_keys(struct json *j, enum why_group group, const bool holds[NR_WHYS])
{
	struct why_range range = why_range(group);

	json_word_key(j, why_group_key(group));
	json_open(j, '[');
	for (int why = range.first; why < range.end; why++)
		if (holds[why])
			json_word(j, why_rows[why].key);
	json_close(j, ']');
}

static void put_whys(struct json *j, const struct look *look)
{
	const struct write *w = look->write;
	char text[256];

	key_word(j, "mapping", mapping_row_name(write_mapping_row(w)));
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		put_why_keys(j, (enum why_group)group, look->holds);
	key_string(j, "error", *error_format(w, text, sizeof(text)) ? text : NULL);
}

static void put_write(struct json_export *e, const struct write_set *set, const struct look *look)
{
	static const char *const states[] = {"in-flight", "reused", "late"};
	const struct write *w = look->write;
	struct json *j = &e->json;

	json_open(j, '{');
	key_word(j, "type", "write");
	key_uint(j, "id", w->rec.head.id);
	json_word_key(j, "op");
	w->op ? json_uint(j, w->op) : json_null(j);
	put_flags(j, "state", w->rec.state, states, ARRAY_SIZE(states));
	put_facts(e, set, &w->rec);
	put_answer(j, "leaves_commit", write_leaves_commit(w));
	put_whys(j, look);
	put_stages(j, &w->rec);
	put_times(j, &w->rec);
	put_steps(j, w);
	line_end(j);
}

/* The keys are those of a write wherever it is the same fact. */
static void put_sync(struct json *j, const struct write_set *set, const struct sync_record *sync)
{
	char dev[32];

	snprintf(dev, sizeof(dev), "%u:%u", sync->dev >> 20, sync->dev & 0xfffff);
	json_open(j, '{');
	key_word(j, "type", "sync");
	key_word(j, "call", sync_row_name(sync_row_of(sync)));
	key_uint(j, "pid", sync->pid);
	key_uint(j, "tid", sync->tid);
	key_name(j, "comm", sync->comm);
	key_word(j, "dev", dev);
	key_uint(j, "ino", sync->ino);
	key_uint(j, "generation", sync->generation);
	put_file(j, file_names_of_sync(set->names, sync));
	key_uint(j, "start_ns", sync->began_ns);
	key_uint(j, "latency", sync_ns(sync));
	json_word_key(j, "ret");
	json_int(j, sync->ret);
	put_answer(j, "flush", sync_flushed(sync));
	put_answer(j, "commit", sync_committed(sync));
	line_end(j);
}

/* --- one after the other --- */

int json_export_begin(struct json_export *e, FILE *out, const struct write_set *set)
{
	*e = (struct json_export){.json = {.out = out}, .advice = advice_begin()};
	e->hows = calloc(JSON_HOWS, sizeof(*e->hows));
	if (!e->advice || !e->hows)
		return -ENOMEM;
	for (int fact = 0; fact < NR_FACTS; fact++)
		json_make_key(&e->keys[fact], write_fields[fact].key);
	put_header(&e->json, set);
	return 0;
}

int json_export_write(struct json_export *e, const struct write_set *set, const struct write *w)
{
	struct look look;

	look_at(&look, w);
	put_write(e, set, &look);
	e->writes++;
	return advice_add(e->advice, &look);
}

void json_export_sync(struct json_export *e, const struct write_set *set, const struct sync_record *sync)
{
	if (!sync_is_of_a_written_file(set, sync)) {
		e->syncs_elsewhere++;
		return;
	}
	e->syncs++;
	put_sync(&e->json, set, sync);
}

void json_export_end(struct json_export *e, const struct write_set *set)
{
	put_trailer(e, set);
	json_export_release(e);
}

void json_export_release(struct json_export *e)
{
	if (e->advice)
		json_end(&e->json);
	advice_free(e->advice);
	free(e->hows);
	e->advice = NULL;
	e->hows = NULL;
}

int export_json(FILE *out, const struct write_set *set)
{
	_cleanup_(json_export_release) struct json_export e;
	int ret = json_export_begin(&e, out, set);

	for (size_t i = 0; i < set->nr && !ret; i++)
		ret = json_export_write(&e, set, &set->writes[i]);
	for (size_t i = 0; i < set->nr_syncs && !ret; i++)
		json_export_sync(&e, set, &set->syncs[i]);
	if (ret)
		return ret;
	json_export_end(&e, set);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
