// SPDX-License-Identifier: GPL-2.0-only
/*
 * One write as JSON. Most of it is what many writes have alike: who wrote and to which file; facts of a few values, by
 * which writes are of some dozens of kinds; the reasons; how a step begins. That comes from caches, whose keys are the
 * bytes of the record that it follows from, so that it is numbers alone that are made anew for each.
 *
 * What is not known of a write in flight depends on more than that (field_in_flight()): those are made anew.
 */
#include "reports/export/export_write.h"

#include <stddef.h>
#include <string.h>

#include "reports/export/json_cache.h"
#include "reports/export/write_numbers.h"
#include "reports/model/commit_reason.h"
#include "reports/model/fields.h"
#include "reports/model/mapping.h"
#include "reports/model/write_class.h"

enum group {
	GROUP_KIND, /* few values: of a new fact, unless it is said below */
	GROUP_WHO,
	GROUP_NUMBER,
	NR_GROUPS,
};

static const unsigned char group_of[NR_FACTS] = {
	/* who, and which file */
	[FACT_PID] = GROUP_WHO,
	[FACT_TID] = GROUP_WHO,
	[FACT_COMM] = GROUP_WHO,
	[FACT_CGROUP] = GROUP_WHO,
	[FACT_SUBMIT] = GROUP_WHO,
	[FACT_DEV] = GROUP_WHO,
	[FACT_INO] = GROUP_WHO,
	[FACT_FILE] = GROUP_WHO,
	[FACT_GENERATION] = GROUP_WHO,
	/* of many values */
	[FACT_ASKED_POS] = GROUP_NUMBER,
	[FACT_ASKED_LEN] = GROUP_NUMBER,
	[FACT_POS] = GROUP_NUMBER,
	[FACT_LEN] = GROUP_NUMBER,
	[FACT_ISIZE] = GROUP_NUMBER,
	[FACT_DISKSIZE] = GROUP_NUMBER,
	[FACT_LOCK_WAIT] = GROUP_NUMBER,
	[FACT_DATA_BYTES] = GROUP_NUMBER,
	[FACT_ZERO_HEAD] = GROUP_NUMBER,
	[FACT_ZERO_TAIL] = GROUP_NUMBER,
	[FACT_END_SIZE] = GROUP_NUMBER,
	[FACT_ISIZE_AFTER] = GROUP_NUMBER,
	[FACT_DIO_RET] = GROUP_NUMBER,
	[FACT_FALLBACK_POS] = GROUP_NUMBER,
	[FACT_FALLBACK_LEN] = GROUP_NUMBER,
	[FACT_FALLBACK_RET] = GROUP_NUMBER,
	[FACT_RET] = GROUP_NUMBER,
	[FACT_LATENCY] = GROUP_NUMBER,
	[FACT_DRAIN] = GROUP_NUMBER,
	[FACT_HELD] = GROUP_NUMBER,
};

/* Bytes of a record that lie together. */
struct range {
	size_t from, len;
};

struct facts {
	unsigned char facts[NR_FACTS];
	size_t nr;
	struct range ranges[NR_FACTS + 1]; /* what the values of these facts are, and how they are known */
	size_t nr_ranges;
	size_t key_len;
	bool by_class; /* which comes first, and then only what it does not decide */
	struct json_cache *cache;
};

struct why_key {
	bool holds[NR_WHYS];
	unsigned char mapping, leaves_commit;
};

/* Keys that are not those of facts. */
enum key {
	KEY_ID,
	KEY_OP,
	KEY_STATE,
	KEY_START,
	KEY_STAGES,
	KEY_TIMES,
	KEY_STEPS_TOTAL,
	KEY_STEPS,
	KEY_LEN,
	KEY_ADDR,
	NR_KEYS
};

static const char *const key_names[NR_KEYS] = {
	"id", "op", "state", "start_ns", "stages", "times", "steps_total", "steps", "len", "addr",
};

struct write_json {
	struct json_key facts[NR_FACTS], stages[NR_STAGES], times[NR_TIME_ROWS], keys[NR_KEYS];
	struct write_numbers numbers;
	struct facts groups[NR_GROUPS];
	struct facts of_class; /* GROUP_KIND of writes of a class, and their reasons */
	struct json_cache *whys, *steps;
};

/* --- what is cached by what --- */

static void add_range(struct facts *g, size_t from, size_t len)
{
	struct range *last = g->nr_ranges ? &g->ranges[g->nr_ranges - 1] : NULL;

	if (last && last->from + last->len == from)
		last->len += len;
	else
		g->ranges[g->nr_ranges++] = (struct range){from, len};
	g->key_len += len;
}

static void add_how(struct facts *g, int fact)
{
	add_range(g, offsetof(struct write_record, how) + (size_t)fact, 1);
}

/* In the order of the record, so that neighbours meet. */
static void add_values(struct facts *g)
{
	bool in[sizeof(struct write_record)] = {false};

	for (size_t i = 0; i < g->nr; i++)
		memset(in + write_fields[g->facts[i]].offset, true, write_fields[g->facts[i]].size);
	for (size_t at = 0; at < sizeof(in); at++)
		if (in[at] && !(g->by_class && class_decides(at, 1)))
			add_range(g, at, 1);
}

static void init_group(struct facts *g, enum group group)
{
	for (int fact = 0; fact < NR_FACTS; fact++)
		if (group_of[fact] == group)
			g->facts[g->nr++] = (unsigned char)fact;
	if (group == GROUP_NUMBER)
		return;
	/* with the kind of a write it is said how all facts are known */
	for (int fact = 0; fact < NR_FACTS && !g->by_class; fact++)
		if (group == GROUP_KIND || group_of[fact] == group)
			add_how(g, fact);
	add_values(g);
	g->cache = json_cache_new(g->key_len);
}

static void init_keys(struct write_json *w)
{
	for (int fact = 0; fact < NR_FACTS; fact++)
		json_make_key(&w->facts[fact], write_fields[fact].key);
	for (int stage = 0; stage < NR_STAGES; stage++)
		json_make_key(&w->stages[stage], stage_name((enum stage)stage));
	for (int row = 0; row < NR_TIME_ROWS; row++)
		json_make_key(&w->times[row], time_row_name((enum time_row)row));
	for (int key = 0; key < NR_KEYS; key++)
		json_make_key(&w->keys[key], key_names[key]);
	for (int fact = 0; fact < NR_FACTS; fact++)
		if (group_of[fact] == GROUP_NUMBER)
			write_numbers_add(&w->numbers, (enum write_fact)fact);
}

struct write_json *write_json_new(void)
{
	struct write_json *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	init_keys(w);
	for (int group = 0; group < NR_GROUPS; group++)
		init_group(&w->groups[group], (enum group)group);
	w->of_class = (struct facts){.by_class = true, .key_len = sizeof(struct write_class *)};
	init_group(&w->of_class, GROUP_KIND);
	w->whys = json_cache_new(sizeof(struct why_key));
	w->steps = json_cache_new(offsetof(struct write_step, pos));
	if (w->groups[GROUP_WHO].cache && w->groups[GROUP_KIND].cache && w->of_class.cache && w->whys && w->steps)
		return w;
	write_json_free(w);
	return NULL;
}

void write_json_free(struct write_json *w)
{
	if (!w)
		return;
	for (int group = 0; group < NR_GROUPS; group++)
		json_cache_free(w->groups[group].cache);
	json_cache_free(w->of_class.cache);
	json_cache_free(w->whys);
	json_cache_free(w->steps);
	free(w);
}

/* --- words --- */

static void key_word(struct json *j, const char *key, const char *word)
{
	json_word_key(j, key);
	json_word(j, word);
}

static void put_flags(struct json *j, unsigned int flags, const char *const *names, unsigned int nr)
{
	json_open(j, '[');
	for (unsigned int bit = 0; flags && bit < nr; bit++) {
		if (flags >> bit & 1)
			json_word(j, names[bit]);
	}
	json_close(j, ']');
}

void json_answer(struct json *j, const char *key, enum answer answer)
{
	json_word_key(j, key);
	answer == ANSWER_UNKNOWN ? json_null(j) : json_bool(j, answer == ANSWER_YES);
}

static void put_name(struct json *j, const char *key, const char *name)
{
	json_word_key(j, key);
	*name ? json_name(j, name) : json_null(j);
}

void json_file(struct json *j, const struct file_name *file)
{
	put_name(j, write_fields[FACT_FILE].key, file ? file->name : "");
	json_word_key(j, "file_cut");
	json_bool(j, file && file->cut);
	put_name(j, "parent", file ? file->parent : "");
}

/* --- facts --- */

/* What a part of a write follows from, for json_cache_put(). */
struct part {
	const struct write_json *w;
	const struct write_set *set;
	const struct look *look;
	const struct facts *group;
	const struct write_step *step;
};

static void put_fact(const struct write_json *w, struct json *j, const struct write_record *rec, enum write_fact fact)
{
	if (!field_known(rec, fact))
		return;
	json_made_key(j, &w->facts[fact]);
	json_fact(j, rec, fact);
}

static void put_facts(struct json *j, const void *ctx)
{
	const struct part *p = ctx;
	const struct write_record *rec = &p->look->write->rec;

	for (size_t i = 0; i < p->group->nr; i++) {
		enum write_fact fact = (enum write_fact)p->group->facts[i];

		if (fact == FACT_FILE && p->set->names && field_known(rec, fact))
			json_file(j, file_names_of_write(p->set->names, rec));
		else
			put_fact(p->w, j, rec, fact);
	}
}

/* Of facts that have a value, but for those that were observed, and of those that may come yet. */
static void put_how(struct json *j, const struct write_record *rec)
{
	json_word_key(j, "how");
	json_open(j, '{');
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (field_in_flight(rec, (enum write_fact)fact))
			key_word(j, write_fields[fact].key, IN_FLIGHT_TEXT);
		else if (rec->how[fact] == HOW_INFERRED)
			key_word(j, write_fields[fact].key, how_name(HOW_INFERRED));
	}
	json_close(j, '}');
}

static void put_unknown(struct json *j, const struct write_record *rec)
{
	json_word_key(j, "unknown");
	json_open(j, '[');
	for (int fact = 0; fact < NR_FACTS; fact++)
		if (rec->how[fact] == HOW_UNKNOWN && !field_in_flight(rec, (enum write_fact)fact))
			json_word(j, write_fields[fact].key);
	json_close(j, ']');
}

static void put_kind(struct json *j, const void *ctx)
{
	const struct part *p = ctx;

	put_facts(j, p);
	put_how(j, &p->look->write->rec);
	put_unknown(j, &p->look->write->rec);
}

static void put_group(struct json *j, const struct facts *g, struct part *p,
		      void (*put)(struct json *j, const void *ctx))
{
	const struct write_record *rec = &p->look->write->rec;
	char key[JSON_CACHE_KEY_MAX];
	size_t at = 0;

	p->group = g;
	if (rec->state & WRITE_IN_FLIGHT || !g->cache) {
		put(j, p);
		return;
	}
	if (g->by_class) {
		memcpy(key, &p->look->class, sizeof(p->look->class));
		at = sizeof(p->look->class);
	}
	for (size_t i = 0; i < g->nr_ranges; at += g->ranges[i++].len)
		memcpy(key + at, (const char *)rec + g->ranges[i].from, g->ranges[i].len);
	json_cache_put(g->cache, j, key, put, p);
}

/* --- reasons --- */

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

static void put_why_lists(struct json *j, const void *ctx)
{
	const struct look *look = ((const struct part *)ctx)->look;

	json_answer(j, "leaves_commit", write_leaves_commit(look->write));
	key_word(j, "mapping", mapping_row_name(write_mapping_row(look->write)));
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		put_why_keys(j, (enum why_group)group, look->holds);
	json_word_key(j, "error");
}

static void put_of_class(struct json *j, const void *ctx)
{
	put_kind(j, ctx);
	put_why_lists(j, ctx);
}

/* What is decided of a write of a class is decided of all of it. */
static void put_decisions(struct write_json *w, struct json *j, struct part *p)
{
	const struct look *look = p->look;
	struct why_key key = {.mapping = 0};

	if (look->class)
		return put_group(j, &w->of_class, p, put_of_class);
	put_group(j, &w->groups[GROUP_KIND], p, put_kind);
	memcpy(key.holds, look->holds, sizeof(key.holds));
	key.mapping = (unsigned char)write_mapping_row(look->write);
	key.leaves_commit = (unsigned char)write_leaves_commit(look->write);
	json_cache_put(w->whys, j, &key, put_why_lists, p);
}

static void put_error(struct json *j, const struct look *look)
{
	char text[256];

	bool failed = look_first_why(look, WHY_GROUP_ERROR) < NR_WHYS;

	json_string(j, failed && *error_format(look->write, text, sizeof(text)) ? text : NULL);
}

/* --- times --- */

static void put_stages(const struct write_json *w, struct json *j, const struct write_record *rec)
{
	uint64_t start = 0;

	for (int i = 0; i < NR_STAGES && !start; i++)
		start = rec->stage_ns[i];
	json_made_uint(j, &w->keys[KEY_START], start);
	json_made_key(j, &w->keys[KEY_STAGES]);
	json_open(j, '{');
	for (int i = 0; i < NR_STAGES; i++) {
		if (!rec->stage_ns[i])
			continue;
		json_made_int(j, &w->stages[i], (int64_t)(rec->stage_ns[i] - start));
	}
	json_close(j, '}');
}

/* Rows that took none are left out. */
static void put_times(const struct write_json *w, struct json *j, const struct look *look)
{
	uint64_t ns[NR_TIME_ROWS];
	const uint64_t *times = look->timed ? look->ns : ns;

	json_made_key(j, &w->keys[KEY_TIMES]);
	if (!look->timed && !write_times(&look->write->rec, ns)) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	for (int row = 0; row < NR_TIME_ROWS; row++) {
		if (!times[row])
			continue;
		json_made_uint(j, &w->times[row], times[row]);
	}
	json_close(j, '}');
}

/* --- steps --- */

static void put_round(struct json *j, const struct write_step *step)
{
	static const char *const names[] = {"new", "dirty", "shared", "merged"};

	key_word(j, "kind", "round");
	key_word(j, "map", map_type_name(step->role));
	json_word_key(j, "flags");
	put_flags(j, step->map_flags, names, ARRAY_SIZE(names));
}

static void put_bio(struct json *j, const struct write_step *step)
{
	key_word(j, "kind", "bio");
	key_word(j, "role", bio_role_name(step->role));
	json_word_key(j, "fua");
	json_bool(j, step->opf & OPF_FUA);
	json_word_key(j, "opf");
	json_uint(j, step->opf);
}

/* Up to where it is. */
static void put_step_begin(struct json *j, const void *ctx)
{
	const struct write_step *step = ctx;

	json_open(j, '{');
	if (step->kind == STEP_ROUND)
		put_round(j, step);
	else
		put_bio(j, step);
	json_word_key(j, "pos");
}

static void put_steps(struct write_json *w, struct json *j, const struct write *write)
{
	json_made_uint(j, &w->keys[KEY_STEPS_TOTAL], write->rec.steps_total);
	json_made_key(j, &w->keys[KEY_STEPS]);
	json_open(j, '[');
	for (uint32_t i = 0; i < write->nr_steps; i++) {
		const struct write_step *step = &write->steps[i];

		json_cache_put(w->steps, j, step, put_step_begin, step);
		json_int(j, step->pos);
		json_made_uint(j, &w->keys[KEY_LEN], step->len);
		if (step->addr != ADDR_NONE)
			json_made_uint(j, &w->keys[KEY_ADDR], step->addr);
		else
			json_made_key(j, &w->keys[KEY_ADDR]), json_null(j);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* --- all of it --- */

void write_json_put(struct write_json *w, struct json *j, const struct write_set *set, const struct look *look)
{
	static const char *const states[] = {"in-flight", "reused", "late"};
	struct part part = {.w = w, .set = set, .look = look};
	const struct write *write = look->write;

	json_open(j, '{');
	key_word(j, "type", "write");
	json_made_uint(j, &w->keys[KEY_ID], write->rec.head.id);
	json_made_key(j, &w->keys[KEY_OP]);
	write->op ? json_uint(j, write->op) : json_null(j);
	json_made_key(j, &w->keys[KEY_STATE]);
	put_flags(j, write->rec.state, states, ARRAY_SIZE(states));
	put_group(j, &w->groups[GROUP_WHO], &part, put_facts);
	write_numbers_put(&w->numbers, j, look);
	put_decisions(w, j, &part);
	put_error(j, look);
	put_stages(w, j, &write->rec);
	put_times(w, j, look);
	put_steps(w, j, write);
	json_close(j, '}');
	json_newline(j);
}
