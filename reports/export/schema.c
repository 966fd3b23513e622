// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/schema.h"

#include <errno.h>
#include <string.h>

#include "reports/export/export_json.h"
#include "reports/model/fields.h"
#include "reports/model/mapping.h"
#include "reports/model/times.h"
#include "reports/model/why.h"

/* --- words of JSON Schema --- */

static void put(struct json *j, const char *key, const char *word)
{
	json_key(j, key);
	json_string(j, word);
}

static void open_key(struct json *j, const char *key, char bracket)
{
	json_key(j, key);
	json_open(j, bracket);
}

/* "key": {"type": type} */
static void put_typed(struct json *j, const char *key, const char *type)
{
	open_key(j, key, '{');
	put(j, "type", type);
	json_close(j, '}');
}

/* "key": {"type": [type, "null"]} */
static void put_nullable(struct json *j, const char *key, const char *type)
{
	open_key(j, key, '{');
	open_key(j, "type", '[');
	json_string(j, type);
	json_string(j, "null");
	json_close(j, ']');
	json_close(j, '}');
}

static void put_const(struct json *j, const char *key, const char *word)
{
	open_key(j, key, '{');
	put(j, "const", word);
	json_close(j, '}');
}

static void put_required(struct json *j, const char *const *keys)
{
	open_key(j, "required", '[');
	while (*keys)
		json_string(j, *keys++);
	json_close(j, ']');
}

/* Of one type of line: its properties follow. @closed: there are no others. */
static void line_begin(struct json *j, const char *type, const char *const *required, bool closed)
{
	json_open(j, '{');
	put(j, "title", type);
	put(j, "type", "object");
	put_required(j, required);
	if (closed) {
		json_key(j, "additionalProperties");
		json_bool(j, false);
	}
	open_key(j, "properties", '{');
	put_const(j, "type", type);
}

static void line_end(struct json *j)
{
	json_close(j, '}');
	json_close(j, '}');
}

/* --- facts --- */

/* A number stands for a word that this version does not know. */
static void put_words(struct json *j, const char *const *names)
{
	open_key(j, "anyOf", '[');
	json_open(j, '{');
	open_key(j, "enum", '[');
	while (*names)
		json_string(j, *names++);
	json_close(j, ']');
	json_close(j, '}');
	json_open(j, '{');
	put(j, "type", "integer");
	json_close(j, '}');
	json_close(j, ']');
}

static void put_mask_words(struct json *j)
{
	put(j, "type", "array");
	open_key(j, "items", '{');
	put(j, "type", "string");
	json_close(j, '}');
}

static void put_kind(struct json *j, const struct write_field *f)
{
	switch (f->kind) {
	case FIELD_UINT:
	case FIELD_NS:
		put(j, "type", "integer");
		json_key(j, "minimum");
		json_uint(j, 0);
		return;
	case FIELD_INT:
	case FIELD_ERRNO:
		put(j, "type", "integer");
		return;
	case FIELD_BOOL:
		put(j, "type", "boolean");
		return;
	case FIELD_ENUM:
		put_words(j, f->names);
		return;
	case FIELD_MASK:
		put_mask_words(j);
		return;
	case FIELD_TEXT:
		open_key(j, "type", '[');
		json_string(j, "string");
		json_string(j, "null");
		json_close(j, ']');
		return;
	case FIELD_DEV:
		put(j, "type", "string");
		put(j, "pattern", "^[0-9]+:[0-9]+$");
		return;
	}
}

static void put_fact(struct json *j, const struct write_field *f)
{
	open_key(j, f->key, '{');
	put(j, "title", f->label);
	put(j, "description", f->help);
	if (f->unit[0])
		put(j, "$comment", f->unit);
	put_kind(j, f);
	json_close(j, '}');
}

static void put_fact_keys(struct json *j)
{
	open_key(j, "enum", '[');
	for (int fact = 0; fact < NR_FACTS; fact++)
		json_string(j, write_fields[fact].key);
	json_close(j, ']');
}

/* Which facts were not observed, and which are not known. */
static void put_how(struct json *j)
{
	open_key(j, "how", '{');
	put(j, "type", "object");
	open_key(j, "propertyNames", '{');
	put_fact_keys(j);
	json_close(j, '}');
	open_key(j, "additionalProperties", '{');
	open_key(j, "enum", '[');
	json_string(j, how_name(HOW_INFERRED));
	json_string(j, IN_FLIGHT_TEXT);
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, '}');
	open_key(j, "unknown", '{');
	put(j, "type", "array");
	open_key(j, "items", '{');
	put_fact_keys(j);
	json_close(j, '}');
	json_close(j, '}');
}

/* --- what follows from them --- */

static void put_group(struct json *j, enum why_group group)
{
	struct why_range range = why_range(group);

	open_key(j, why_group_key(group), '{');
	put(j, "title", why_group_title(group));
	put(j, "type", "array");
	open_key(j, "items", '{');
	open_key(j, "enum", '[');
	for (int why = range.first; why < range.end; why++)
		json_string(j, why_rows[why].key);
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, '}');
}

static void put_mapping(struct json *j)
{
	open_key(j, "mapping", '{');
	open_key(j, "enum", '[');
	for (int row = 0; row < NR_MAPPING_ROWS; row++)
		json_string(j, mapping_row_name((enum mapping_row)row));
	json_close(j, ']');
	json_close(j, '}');
}

/* --- times: an object of numbers --- */

static const char *stage_key(int i)
{
	return stage_name((enum stage)i);
}

static const char *time_key(int i)
{
	return time_row_name((enum time_row)i);
}

static void put_numbers(struct json *j, const char *key, bool nullable, int nr, const char *(*name)(int))
{
	open_key(j, key, '{');
	open_key(j, "type", '[');
	json_string(j, "object");
	if (nullable)
		json_string(j, "null");
	json_close(j, ']');
	json_key(j, "additionalProperties");
	json_bool(j, false);
	open_key(j, "properties", '{');
	for (int i = 0; i < nr; i++)
		put_typed(j, name(i), "integer");
	json_close(j, '}');
	json_close(j, '}');
}

/* --- steps --- */

static void put_step(struct json *j, const char *kind, const char *what)
{
	json_open(j, '{');
	put(j, "type", "object");
	open_key(j, "required", '[');
	json_string(j, "kind");
	json_string(j, what);
	json_string(j, "pos");
	json_string(j, "len");
	json_string(j, "addr");
	json_close(j, ']');
	open_key(j, "properties", '{');
	put_const(j, "kind", kind);
	put_typed(j, what, "string");
	put_typed(j, "pos", "integer");
	put_typed(j, "len", "integer");
	put_nullable(j, "addr", "integer");
	json_close(j, '}');
	json_close(j, '}');
}

static void put_steps(struct json *j)
{
	put_typed(j, "steps_total", "integer");
	open_key(j, "steps", '{');
	put(j, "type", "array");
	open_key(j, "items", '{');
	open_key(j, "oneOf", '[');
	put_step(j, "round", "map");
	put_step(j, "bio", "role");
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, '}');
}

/* --- lines --- */

static void put_header(struct json *j)
{
	static const char *const required[] = {"type", "schema", NULL};

	line_begin(j, "header", required, false);
	open_key(j, "schema", '{');
	json_key(j, "const");
	json_uint(j, EXPORT_JSON_SCHEMA);
	json_close(j, '}');
	line_end(j);
}

static void put_file_keys(struct json *j)
{
	put_typed(j, "file_cut", "boolean");
	put_nullable(j, "parent", "string");
}

static void put_write(struct json *j)
{
	static const char *const required[] = {"type",	      "id",	 "op",	     "state",  "how",
					       "unknown",     "mapping", "start_ns", "stages", "times",
					       "steps_total", "steps",	 NULL};

	line_begin(j, "write", required, true);
	put_typed(j, "id", "integer");
	put_nullable(j, "op", "integer");
	open_key(j, "state", '{');
	put_mask_words(j);
	json_close(j, '}');
	for (int fact = 0; fact < NR_FACTS; fact++)
		put_fact(j, &write_fields[fact]);
	put_file_keys(j);
	put_how(j);
	put_nullable(j, "leaves_commit", "boolean");
	put_mapping(j);
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		put_group(j, (enum why_group)group);
	put_nullable(j, "error", "string");
	put_typed(j, "start_ns", "integer");
	put_numbers(j, "stages", false, NR_STAGES, stage_key);
	put_numbers(j, "times", true, NR_TIME_ROWS, time_key);
	put_steps(j);
	line_end(j);
}

static void put_sync(struct json *j)
{
	static const char *const required[] = {"type", "call", "file", "start_ns", "latency", "ret", NULL};
	static const enum write_fact facts[] = {FACT_PID, FACT_TID,	   FACT_COMM, FACT_DEV,
						FACT_INO, FACT_GENERATION, FACT_FILE};

	line_begin(j, "sync", required, true);
	put_typed(j, "call", "string");
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		put_fact(j, &write_fields[facts[i]]);
	put_file_keys(j);
	put_typed(j, "start_ns", "integer");
	put_typed(j, "latency", "integer");
	put_typed(j, "ret", "integer");
	put_nullable(j, "flush", "boolean");
	put_nullable(j, "commit", "boolean");
	line_end(j);
}

static void put_trailer(struct json *j)
{
	static const char *const required[] = {"type", "writes", "syncs", "lost", "complete", "why", "advice", NULL};
	static const char *const counts[] = {"writes", "syncs", "syncs_elsewhere", "device_ns", "latency_ns"};

	line_begin(j, "trailer", required, false);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		put_typed(j, counts[i], "integer");
	put_nullable(j, "lost", "integer");
	put_nullable(j, "lost_steps", "integer");
	put_typed(j, "complete", "boolean");
	put_nullable(j, "why", "string");
	put_nullable(j, "balanced", "boolean");
	put_nullable(j, "accounts", "object");
	put_typed(j, "advice", "array");
	put_typed(j, "rest", "array");
	line_end(j);
}

int schema_print(FILE *out)
{
	struct json j = {.out = out};
	char id[64];

	snprintf(id, sizeof(id), "urn:dioscope:export:%d", EXPORT_JSON_SCHEMA);
	json_open(&j, '{');
	put(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	put(&j, "$id", id);
	put(&j, "title", "a line of dioscope export");
	open_key(&j, "oneOf", '[');
	put_header(&j);
	put_write(&j);
	put_sync(&j);
	put_trailer(&j);
	json_close(&j, ']');
	json_close(&j, '}');
	json_newline(&j);
	json_end(&j);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
