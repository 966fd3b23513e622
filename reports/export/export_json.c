// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/export_json.h"

#include <errno.h>
#include <string.h>

#include "reports/model/accounts.h"
#include "reports/model/advice.h"
#include "reports/model/files.h"
#include "reports/export/export_write.h"
#include "reports/export/json.h"
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
		META_RING_SIZE,	     META_LOST_SYNCS, META_OTHER_FS,	META_NAMELESS,
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
	json_file(j, file_names_of_sync(set->names, sync));
	key_uint(j, "start_ns", sync->began_ns);
	key_uint(j, "latency", sync_ns(sync));
	json_word_key(j, "ret");
	json_int(j, sync->ret);
	json_answer(j, "flush", sync_flushed(sync));
	json_answer(j, "commit", sync_committed(sync));
	line_end(j);
}

/* --- one after the other --- */

int json_export_begin(struct json_export *e, FILE *out, const struct write_set *set)
{
	*e = (struct json_export){.json = {.out = out}, .advice = advice_begin(), .writer = write_json_new()};
	if (!e->advice || !e->writer)
		return -ENOMEM;
	put_header(&e->json, set);
	json_end(&e->json); /* who wants the header alone need not wait for the first write */
	fflush(out);
	return 0;
}

int json_export_write(struct json_export *e, const struct write_set *set, const struct write *w)
{
	struct look look;

	look_at(&look, w);
	write_json_put(e->writer, &e->json, set, &look);
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
	write_json_free(e->writer);
	e->advice = NULL;
	e->writer = NULL;
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
