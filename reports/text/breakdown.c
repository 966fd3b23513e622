// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/breakdown.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/model/histogram.h"
#include "reports/model/key_index.h"
#include "reports/model/write_class.h"
#include "reports/model/write_who.h"
#include "reports/text/top_rows.h"
#include "user/base/utf8.h"

#define LABEL_LEN (FILE_LABEL_LEN * 4)

/* --- words --- */

static const struct {
	const char *word, *title;
} kinds[NR_BREAKDOWNS] = {
	[BY_FILE] = {"file", "by file"},
	[BY_PROCESS] = {"process", "by process"},
	[BY_REASON] = {"reason", "by lock and reason"},
};

const char *breakdown_word(enum breakdown_kind kind)
{
	return kinds[kind].word;
}

const char *breakdown_title(enum breakdown_kind kind)
{
	return kinds[kind].title;
}

int breakdown_parse(const char *word, enum breakdown_kind *kind)
{
	for (int i = 0; i < NR_BREAKDOWNS; i++) {
		if (strcmp(kinds[i].word, word))
			continue;
		*kind = (enum breakdown_kind)i;
		return 0;
	}
	return -EINVAL;
}

const char *breakdown_part_name(enum breakdown_part part)
{
	switch (part) {
	case PART_ALL:
		return "whole write";
	case PART_LOCK:
		return time_row_name(TIME_LOCK);
	case PART_DRAIN:
		return time_row_name(TIME_DRAIN);
	case PART_EXCLUSIVE:
		return "exclusive";
	case PART_FALLBACK:
		return "buffered fallback";
	case PART_SYNC:
		return "fsync, fdatasync";
	case NR_PARTS:
		break;
	}
	return "?";
}

/* --- keys: what tells one row from another while writes are added --- */

struct file_key {
	uint64_t ino;
	uint32_t dev, generation;
	char file[FILE_NAME_LEN];
	uint64_t known; /* which of these facts are, as a mask */
};

struct process_key {
	uint32_t pid;
	uint32_t known;
	char comm[COMM_LEN];
};

union key {
	struct file_key file;
	struct process_key process;
	struct reason reason;
};

static const size_t key_sizes[NR_BREAKDOWNS] = {
	[BY_FILE] = sizeof(struct file_key),
	[BY_PROCESS] = sizeof(struct process_key),
	[BY_REASON] = sizeof(struct reason),
};

static const enum write_fact file_facts[] = {FACT_INO, FACT_DEV, FACT_GENERATION, FACT_FILE};

static struct file_key file_key_of(const struct write_record *rec)
{
	struct file_key key = {.ino = rec->ino, .dev = rec->dev, .generation = rec->generation};

	memcpy(key.file, rec->file, strlen(rec->file));
	for (size_t i = 0; i < ARRAY_SIZE(file_facts); i++)
		key.known |= (uint64_t)field_known(rec, file_facts[i]) << i;
	return key;
}

static struct process_key process_key_of(const struct write_record *rec)
{
	struct process_key key = {.known = field_known(rec, FACT_PID)};

	if (!key.known)
		return key;
	key.pid = rec->pid;
	memcpy(key.comm, rec->comm, strlen(rec->comm));
	return key;
}

static union key key_of(enum breakdown_kind kind, const struct look *look)
{
	switch (kind) {
	case BY_FILE:
		return (union key){.file = file_key_of(&look->write->rec)};
	case BY_PROCESS:
		return (union key){.process = process_key_of(&look->write->rec)};
	case BY_REASON:
		return (union key){.reason = look_reason(look)};
	case NR_BREAKDOWNS:
		break;
	}
	return (union key){0};
}

/* --- labels --- */

static const char *file_label(const struct write_set *set, const struct file_key *key, char *buf)
{
	struct write_record rec = {.ino = key->ino, .dev = key->dev, .generation = key->generation};
	char label[FILE_LABEL_LEN];

	memcpy(rec.file, key->file, sizeof(rec.file));
	for (size_t i = 0; i < ARRAY_SIZE(file_facts); i++)
		rec.how[file_facts[i]] = key->known >> i & 1 ? HOW_OBSERVED : HOW_UNKNOWN;
	return utf8_escape(write_file_label(set, &rec, label, sizeof(label)), buf, LABEL_LEN);
}

static const char *process_label(const char *comm, uint32_t pid, char *buf)
{
	char text[COMM_LEN + 16];

	snprintf(text, sizeof(text), "%s (%u)", comm, pid);
	return utf8_escape(text, buf, LABEL_LEN);
}

static const char *label_of(const struct write_set *set, enum breakdown_kind kind, const union key *key, char *buf)
{
	if (kind == BY_FILE)
		return file_label(set, &key->file, buf);
	if (kind == BY_REASON)
		return reason_format(&key->reason, buf, LABEL_LEN);
	return key->process.known ? process_label(key->process.comm, key->process.pid, buf) : "unknown";
}

/* NULL: it is in no row. */
static const char *label_of_sync(const struct write_set *set, enum breakdown_kind kind, const struct sync_record *sync,
				 char *buf)
{
	char label[FILE_LABEL_LEN];

	if (kind == BY_REASON || !sync_is_of_a_written_file(set, sync))
		return NULL;
	if (kind == BY_PROCESS)
		return process_label(sync->comm, sync->pid, buf);
	file_name_label(file_names_of_sync(set->names, sync), label, sizeof(label));
	return utf8_escape(label, buf, LABEL_LEN);
}

/* --- adding up --- */

struct row_sums {
	uint64_t bytes, fallback_bytes;
	size_t nr[NR_PARTS], unknown[NR_PARTS];
	struct histogram times[NR_PARTS];
};

/* What is the same of all writes of a class. */
struct of_class {
	uint8_t yes, unknown; /* parts, as masks */
	bool asked;
};

/* Numbers of rows, by what they are the same for; 0: not known yet, else 1 + number. */
struct row_numbers {
	size_t *rows;
	size_t nr;
};

struct breakdown_sums {
	enum breakdown_kind kind;
	struct row_numbers numbers;  /* of the classes, or of who wrote */
	struct of_class *of_classes; /* by index */
	size_t nr_of_classes;
	struct key_index keys;
	struct row_sums *rows; /* by number of the key */
	size_t writes;
	uint64_t total_ns;
};

struct breakdown_sums *breakdown_begin(enum breakdown_kind kind)
{
	struct breakdown_sums *sums = calloc(1, sizeof(*sums));

	if (!sums)
		return NULL;
	sums->kind = kind;
	key_index_init(&sums->keys, key_sizes[kind]);
	return sums;
}

static void row_release(struct row_sums *row)
{
	for (int part = 0; part < NR_PARTS; part++)
		histogram_release(&row->times[part]);
}

void breakdown_free(struct breakdown_sums *sums)
{
	if (!sums)
		return;
	for (size_t i = 0; i < sums->keys.nr; i++)
		row_release(&sums->rows[i]);
	free(sums->rows);
	free(sums->numbers.rows);
	free(sums->of_classes);
	key_index_release(&sums->keys);
	free(sums);
}

static struct row_sums *find_row(struct breakdown_sums *sums, const union key *key)
{
	size_t nr = sums->keys.nr, at;
	struct row_sums *rows;

	if (key_index_get(&sums->keys, key, &at))
		return NULL;
	if (at < nr)
		return &sums->rows[at];
	rows = array_grow(sums->rows, nr, sizeof(*rows));
	if (!rows) {
		sums->keys.nr = nr; /* it has no row */
		return NULL;
	}
	sums->rows = rows;
	rows[at] = (struct row_sums){0};
	return &rows[at];
}

static enum answer is(const struct write_record *rec, enum write_fact fact, bool holds)
{
	if (field_how(rec, fact) == HOW_UNKNOWN)
		return ANSWER_UNKNOWN;
	return field_known(rec, fact) && holds ? ANSWER_YES : ANSWER_NO;
}

/* Whether a write is of a part. */
static enum answer is_of(const struct write_record *rec, enum breakdown_part part)
{
	switch (part) {
	case PART_ALL:
		return ANSWER_YES;
	case PART_LOCK:
		return is(rec, FACT_LOCK_WAIT, rec->lock_wait_ns);
	case PART_DRAIN:
		return is(rec, FACT_DIO_WAIT, rec->dio_wait);
	case PART_EXCLUSIVE:
		return is(rec, FACT_LOCK, rec->lock == LOCK_EXCLUSIVE);
	case PART_FALLBACK:
		return is(rec, FACT_FALLBACK, rec->fallback != FALLBACK_NONE);
	case PART_SYNC:
	case NR_PARTS:
		break;
	}
	return ANSWER_NO;
}

/* The time that counts for a part; false when it is not known. */
static bool time_of(const struct look *look, enum breakdown_part part, uint64_t *ns)
{
	static const enum time_row rows[NR_PARTS] = {[PART_LOCK] = TIME_LOCK, [PART_DRAIN] = TIME_DRAIN};

	*ns = rows[part] ? look->ns[rows[part]] : look->latency_ns;
	return look->timed && (part != PART_DRAIN || field_known(&look->write->rec, FACT_DRAIN));
}

/* Of which parts it is, into @of. */
static void ask_parts(const struct look *look, struct of_class *of)
{
	*of = (struct of_class){.asked = true};
	for (int part = 0; part < NR_PARTS; part++) {
		enum answer answer = is_of(&look->write->rec, (enum breakdown_part)part);

		of->yes |= (uint8_t)((answer == ANSWER_YES) << part);
		of->unknown |= (uint8_t)((answer == ANSWER_UNKNOWN) << part);
	}
}

/* NULL when memory is out. */
static struct of_class *find_class(struct breakdown_sums *sums, const struct look *look)
{
	size_t index = look->class->index;

	for (; sums->nr_of_classes <= index; sums->nr_of_classes++) {
		struct of_class *grown = array_grow(sums->of_classes, sums->nr_of_classes, sizeof(*grown));

		if (!grown)
			return NULL;
		sums->of_classes = grown;
		grown[sums->nr_of_classes] = (struct of_class){0};
	}
	if (!sums->of_classes[index].asked)
		ask_parts(look, &sums->of_classes[index]);
	return &sums->of_classes[index];
}

static int add_parts(struct row_sums *row, const struct look *look, const struct of_class *of)
{
	int ret = 0;

	for (unsigned int left = of->unknown; left; left &= left - 1)
		row->unknown[__builtin_ctz(left)]++;
	for (unsigned int left = of->yes; left && !ret; left &= left - 1) {
		enum breakdown_part part = (enum breakdown_part)__builtin_ctz(left);
		uint64_t ns;

		row->nr[part]++;
		if (part == PART_ALL && look->timed)
			ret = histogram_add_at(&row->times[part], look->bucket, look->latency_ns);
		else if (time_of(look, part, &ns))
			ret = histogram_add(&row->times[part], ns);
	}
	return ret;
}

#define NO_NUMBER SIZE_MAX

/* By what the row is known: the reason is the same of all of a class, file and process of all of one who. */
static size_t number_of(const struct breakdown_sums *sums, const struct look *look)
{
	if (sums->kind == BY_REASON)
		return look->class ? look->class->index : NO_NUMBER;
	return look->write->who ? look->write->who->index : NO_NUMBER;
}

static int grow_numbers(struct row_numbers *n, size_t index)
{
	for (; n->nr <= index; n->nr++) {
		size_t *grown = array_grow(n->rows, n->nr, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		n->rows = grown;
		grown[n->nr] = 0;
	}
	return 0;
}

/* NULL when memory is out. */
static struct row_sums *row_of(struct breakdown_sums *sums, const struct look *look)
{
	struct row_numbers *numbers = &sums->numbers;
	size_t number = number_of(sums, look);
	struct row_sums *row;
	union key key;

	if (number < numbers->nr && numbers->rows[number])
		return &sums->rows[numbers->rows[number] - 1];
	key = key_of(sums->kind, look);
	row = find_row(sums, &key);
	if (!row || number == NO_NUMBER)
		return row;
	if (grow_numbers(numbers, number))
		return NULL;
	numbers->rows[number] = (size_t)(row - sums->rows) + 1;
	return row;
}

int breakdown_add(struct breakdown_sums *sums, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	struct of_class alone, *of = &alone;
	struct row_sums *row;

	if (look->class)
		of = find_class(sums, look);
	else
		ask_parts(look, of);
	row = of ? row_of(sums, look) : NULL;
	if (!row)
		return -ENOMEM;
	sums->writes++;
	sums->total_ns += look->timed ? look->latency_ns : 0;
	if (rec->ret > 0 && field_known(rec, FACT_RET))
		row->bytes += (uint64_t)rec->ret;
	if (rec->fallback_ret > 0 && field_known(rec, FACT_FALLBACK_RET))
		row->fallback_bytes += (uint64_t)rec->fallback_ret;
	return add_parts(row, look, of);
}

/* --- to rows: all that have one label are one --- */

struct portion {
	char *label;
	const struct row_sums *row; /* one of these */
	const struct sync_group *syncs;
};

struct portions {
	struct portion *portions;
	size_t nr;
};

static void portions_release(struct portions *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->portions[i].label);
	free(p->portions);
}

static int add_portion(struct portions *p, const char *label, const struct row_sums *row,
		       const struct sync_group *syncs)
{
	char *copy = strdup(label);

	if (!copy)
		return -ENOMEM;
	p->portions[p->nr++] = (struct portion){copy, row, syncs};
	return 0;
}

static int by_label(const void *a, const void *b)
{
	return strcmp(((const struct portion *)a)->label, ((const struct portion *)b)->label);
}

static int gather(struct portions *p, const struct breakdown_sums *sums, const struct sync_sums *syncs,
		  const struct write_set *set)
{
	char buf[LABEL_LEN];
	int ret = 0;

	p->portions = calloc(sums->keys.nr + syncs->keys.nr + 1, sizeof(*p->portions));
	if (!p->portions)
		return -ENOMEM;
	for (size_t i = 0; i < sums->keys.nr && !ret; i++) {
		union key key = {0};

		memcpy(&key, key_index_key(&sums->keys, i), sums->keys.key_size);
		ret = add_portion(p, label_of(set, sums->kind, &key, buf), &sums->rows[i], NULL);
	}
	for (size_t i = 0; i < syncs->keys.nr && !ret; i++) {
		const char *label = label_of_sync(set, sums->kind, &syncs->groups[i].of, buf);

		if (label && sync_group_nr(&syncs->groups[i]))
			ret = add_portion(p, label, NULL, &syncs->groups[i]);
	}
	qsort(p->portions, p->nr, sizeof(*p->portions), by_label);
	return ret;
}

static int merge_writes(struct row_sums *to, const struct row_sums *from)
{
	int ret = 0;

	to->bytes += from->bytes;
	to->fallback_bytes += from->fallback_bytes;
	for (int part = 0; part < NR_PARTS && !ret; part++) {
		to->nr[part] += from->nr[part];
		to->unknown[part] += from->unknown[part];
		ret = histogram_merge(&to->times[part], &from->times[part]);
	}
	return ret;
}

static int merge_syncs(struct row_sums *to, const struct sync_group *group)
{
	int ret = 0;

	for (int row = 0; row < NR_SYNC_ROWS && !ret; row++) {
		to->nr[PART_SYNC] += group->rows[row].nr;
		ret = histogram_merge(&to->times[PART_SYNC], &group->rows[row].times);
	}
	return ret;
}

/* One row of the @nr portions, whose label is the same. */
static int make_row(struct breakdown_row *row, struct portion *portions, size_t nr)
{
	struct row_sums all = {0};
	int ret = 0;

	for (size_t i = 0; i < nr && !ret; i++)
		ret = portions[i].row ? merge_writes(&all, portions[i].row) : merge_syncs(&all, portions[i].syncs);
	*row = (struct breakdown_row){
		.label = portions[0].label,
		.bytes = all.bytes,
		.fallback_bytes = all.fallback_bytes,
	};
	portions[0].label = NULL;
	memcpy(row->nr, all.nr, sizeof(row->nr));
	memcpy(row->unknown, all.unknown, sizeof(row->unknown));
	for (int part = 0; part < NR_PARTS; part++)
		histogram_settle(&all.times[part], &row->times[part]);
	row_release(&all);
	return ret;
}

static int make_rows(struct breakdown *b, struct portions *p)
{
	int ret = 0;

	b->rows = calloc(p->nr + 1, sizeof(*b->rows));
	if (!b->rows)
		return -ENOMEM;
	for (size_t i = 0, next; i < p->nr && !ret; i = next) {
		for (next = i + 1; next < p->nr && !by_label(&p->portions[i], &p->portions[next]);)
			next++;
		ret = make_row(&b->rows[b->nr++], p->portions + i, next - i);
	}
	return ret;
}

static uint64_t time_of_row(const struct breakdown_row *row)
{
	return row->times[PART_ALL].total_ns + row->times[PART_SYNC].total_ns;
}

static int by_time(const void *a, const void *b)
{
	const struct breakdown_row *x = a, *y = b;

	if (time_of_row(x) != time_of_row(y))
		return time_of_row(x) > time_of_row(y) ? -1 : 1;
	if (x->nr[PART_ALL] != y->nr[PART_ALL])
		return x->nr[PART_ALL] > y->nr[PART_ALL] ? -1 : 1;
	return strcmp(x->label, y->label);
}

int breakdown_settle(struct breakdown_sums *sums, const struct sync_sums *syncs, const struct write_set *set,
		     struct breakdown *b)
{
	_cleanup_(portions_release) struct portions p = {0};
	int ret = gather(&p, sums, syncs, set);

	*b = (struct breakdown){.kind = sums->kind, .writes = sums->writes, .total_ns = sums->total_ns};
	if (!ret)
		ret = make_rows(b, &p);
	if (!ret && b->nr)
		qsort(b->rows, b->nr, sizeof(*b->rows), by_time);
	return ret;
}

static int add_set(struct breakdown_sums *sums, struct sync_sums *syncs, const struct write_set *set)
{
	struct look look;
	int ret = sums ? 0 : -ENOMEM;

	for (size_t i = 0; i < set->nr && !ret; i++) {
		look_at(&look, &set->writes[i]);
		ret = breakdown_add(sums, &look);
	}
	for (size_t i = 0; i < set->nr_syncs && !ret; i++)
		ret = sync_sums_add(syncs, &set->syncs[i]);
	return ret;
}

int breakdown_init(struct breakdown *b, const struct write_set *set, enum breakdown_kind kind)
{
	struct breakdown_sums *sums = breakdown_begin(kind);
	struct sync_sums syncs;
	int ret;

	*b = (struct breakdown){.kind = kind};
	sync_sums_init(&syncs);
	ret = add_set(sums, &syncs, set);
	if (!ret)
		ret = breakdown_settle(sums, &syncs, set, b);
	sync_sums_release(&syncs);
	breakdown_free(sums);
	return ret;
}

void breakdown_release(struct breakdown *b)
{
	for (size_t i = 0; i < b->nr; i++)
		free(b->rows[i].label);
	free(b->rows);
	*b = (struct breakdown){0};
}
