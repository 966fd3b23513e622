// SPDX-License-Identifier: GPL-2.0-only
#include "reports/breakdown.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <string.h>

#include "reports/array.h"
#include "reports/fields.h"
#include "reports/files.h"
#include "reports/syncs.h"
#include "reports/top.h"
#include "reports/utf8.h"

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

/* --- labels --- */

static const char *file_label(const struct write_set *set, const struct write *w, char *buf)
{
	char label[FILE_LABEL_LEN];

	return utf8_escape(write_file_label(set, &w->rec, label, sizeof(label)), buf, LABEL_LEN);
}

static const char *process_label(const char *comm, uint32_t pid, char *buf)
{
	char text[COMM_LEN + 16];

	snprintf(text, sizeof(text), "%s (%u)", comm, pid);
	return utf8_escape(text, buf, LABEL_LEN);
}

static const char *label_of(const struct write_set *set, enum breakdown_kind kind, const struct write *w, char *buf)
{
	bool known = field_known(&w->rec, FACT_PID);

	if (kind == BY_FILE)
		return file_label(set, w, buf);
	if (kind == BY_REASON)
		return top_reason(w, buf, LABEL_LEN);
	return known ? process_label(w->rec.comm, w->rec.pid, buf) : "unknown";
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

/* --- rows are found by their label: a tree of tsearch(3) --- */

struct place {
	char *label; /* owned by the row */
	size_t row;
};

struct builder {
	struct breakdown *b;
	const struct write_set *set;
	void *places;
	/* a time for each part of each write that has one; sorted out at the end */
	struct timed {
		size_t row;
		enum breakdown_part part;
		uint64_t ns;
	} * timed;
	size_t nr_timed;
};

static int by_label(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->label, ((const struct place *)b)->label);
}

static int add_place(struct builder *build, char *label, size_t *row)
{
	struct breakdown *b = build->b;
	struct breakdown_row *rows = array_grow(b->rows, b->nr, sizeof(*rows));
	struct place *place = malloc(sizeof(*place));

	if (rows)
		b->rows = rows;
	if (!rows || !place || !label) {
		free(place);
		free(label);
		return -ENOMEM;
	}
	*place = (struct place){label, b->nr};
	rows[b->nr] = (struct breakdown_row){.label = label};
	*row = b->nr++;
	if (tsearch(place, &build->places, by_label))
		return 0;
	free(place);
	return -ENOMEM;
}

static int find_row(struct builder *build, const char *label, size_t *row)
{
	struct place key = {.label = (char *)label};
	struct place *const *found = tfind(&key, &build->places, by_label);

	if (!found)
		return add_place(build, strdup(label), row);
	*row = (*found)->row;
	return 0;
}

/* --- adding up --- */

static int add_time(struct builder *build, size_t row, enum breakdown_part part, uint64_t ns)
{
	struct timed *timed = array_grow(build->timed, build->nr_timed, sizeof(*timed));

	if (!timed)
		return -ENOMEM;
	build->timed = timed;
	timed[build->nr_timed++] = (struct timed){row, part, ns};
	return 0;
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
static bool time_of(const struct write_record *rec, enum breakdown_part part, uint64_t *ns)
{
	static const enum time_row rows[NR_PARTS] = {[PART_LOCK] = TIME_LOCK, [PART_DRAIN] = TIME_DRAIN};
	uint64_t times[NR_TIME_ROWS];

	if (!field_known(rec, FACT_LATENCY) || !write_times(rec, times))
		return false;
	if (!rows[part])
		return write_latency_ns(rec, ns);
	*ns = times[rows[part]];
	return part != PART_DRAIN || field_known(rec, FACT_DRAIN);
}

static int add_part(struct builder *build, size_t row, const struct write_record *rec, enum breakdown_part part)
{
	enum answer answer = is_of(rec, part);
	uint64_t ns;

	build->b->rows[row].nr[part] += answer == ANSWER_YES;
	build->b->rows[row].unknown[part] += answer == ANSWER_UNKNOWN;
	if (answer != ANSWER_YES || !time_of(rec, part, &ns))
		return 0;
	if (part == PART_ALL)
		build->b->total_ns += ns;
	return add_time(build, row, part, ns);
}

static int add_write(struct builder *build, const struct write *w)
{
	const struct write_record *rec = &w->rec;
	char label[LABEL_LEN];
	size_t row;
	int ret = find_row(build, label_of(build->set, build->b->kind, w, label), &row);

	if (ret)
		return ret;
	build->b->writes++;
	if (field_known(rec, FACT_RET) && rec->ret > 0)
		build->b->rows[row].bytes += (uint64_t)rec->ret;
	if (field_known(rec, FACT_FALLBACK_RET) && rec->fallback_ret > 0)
		build->b->rows[row].fallback_bytes += (uint64_t)rec->fallback_ret;
	for (int part = 0; part < NR_PARTS && !ret; part++)
		ret = add_part(build, row, rec, (enum breakdown_part)part);
	return ret;
}

static int add_sync(struct builder *build, const struct sync_record *sync)
{
	char buf[LABEL_LEN];
	const char *label = label_of_sync(build->set, build->b->kind, sync, buf);
	size_t row;

	if (!label)
		return 0;
	if (find_row(build, label, &row))
		return -ENOMEM;
	build->b->rows[row].nr[PART_SYNC]++;
	return add_time(build, row, PART_SYNC, sync_ns(sync));
}

/* --- times: counted, put side by side, and each lot made to totals --- */

static int settle_times(struct builder *build)
{
	struct breakdown *b = build->b;
	_cleanup_free_ size_t *end = calloc(b->nr * NR_PARTS + 1, sizeof(*end));
	_cleanup_free_ uint64_t *ns = calloc(build->nr_timed + 1, sizeof(*ns));
	size_t lots = b->nr * NR_PARTS;

	if (!end || !ns)
		return -ENOMEM;
	for (size_t i = 0; i < build->nr_timed; i++)
		end[build->timed[i].row * NR_PARTS + build->timed[i].part + 1]++;
	for (size_t lot = 1; lot <= lots; lot++)
		end[lot] += end[lot - 1];
	/* end[lot] is where the lot begins: it moves to its end as the lot is filled */
	for (size_t i = 0; i < build->nr_timed; i++)
		ns[end[build->timed[i].row * NR_PARTS + build->timed[i].part]++] = build->timed[i].ns;
	for (size_t lot = 0, begin = 0; lot < lots; begin = end[lot++])
		stage_times_init(&b->rows[lot / NR_PARTS].times[lot % NR_PARTS], ns + begin, end[lot] - begin);
	return 0;
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

int breakdown_init(struct breakdown *b, const struct write_set *set, enum breakdown_kind kind)
{
	struct builder build = {.b = b, .set = set};
	int ret = 0;

	*b = (struct breakdown){.kind = kind};
	for (size_t i = 0; i < set->nr && !ret; i++)
		ret = add_write(&build, &set->writes[i]);
	for (size_t i = 0; i < set->nr_syncs && !ret; i++)
		ret = add_sync(&build, &set->syncs[i]);
	ret = ret ? ret : settle_times(&build);
	if (!ret && b->nr)
		qsort(b->rows, b->nr, sizeof(*b->rows), by_time);
	tdestroy(build.places, free);
	free(build.timed);
	return ret;
}

void breakdown_release(struct breakdown *b)
{
	for (size_t i = 0; i < b->nr; i++)
		free(b->rows[i].label);
	free(b->rows);
	*b = (struct breakdown){0};
}
