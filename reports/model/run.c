// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/run.h"

#include <errno.h>
#include <string.h>

#include "reports/model/fields.h"
#include "user/base/array.h"

#define FIRST_PART 8 /* writes */

/* --- names --- */

const char *run_count_group(unsigned int count)
{
	if (count < COUNT_FALLBACK)
		return "lock";
	if (count < COUNT_DURABLE)
		return "buffered fallback";
	if (count < COUNT_MAPPING)
		return "durability";
	if (count < COUNT_FAILED)
		return "mapping";
	return count < COUNT_WHY ? "result" : why_group_title(why_rows[count - COUNT_WHY].group);
}

const char *run_count_name(unsigned int count, char *buf, size_t size)
{
	if (count >= COUNT_WHY)
		return why_format((enum why)(count - COUNT_WHY), buf, size);
	if (count < COUNT_FALLBACK)
		return lock_row_name((enum lock_row)count);
	if (count < COUNT_DURABLE)
		return count == COUNT_FALLBACK ? "through the page cache" : "unknown";
	if (count < COUNT_MAPPING)
		return durability_name((enum durability)(count - COUNT_DURABLE));
	return count < COUNT_FAILED ? mapping_row_name((enum mapping_row)(count - COUNT_MAPPING)) : "failed";
}

const char *run_time_name(unsigned int row)
{
	return row == RUN_WHOLE ? "whole write" : time_row_name((enum time_row)row);
}

/* --- parts --- */

static void part_release(struct run_part *part)
{
	for (int row = 0; row < NR_RUN_TIMES; row++)
		histogram_release(&part->times[row]);
}

static int part_merge(struct run_part *to, const struct run_part *from)
{
	int ret = 0;

	to->writes += from->writes;
	for (unsigned int i = 0; i < NR_COUNTS; i++)
		to->counts[i] += from->counts[i];
	for (int row = 0; row < NR_RUN_TIMES && !ret; row++)
		ret = histogram_merge(&to->times[row], &from->times[row]);
	return ret;
}

/* Two neighbours become one. */
static int halve(struct run *run)
{
	for (size_t i = 0; i < RUN_PARTS / 2; i++) {
		struct run_part *first = &run->parts[2 * i], *second = first + 1, one = *first;

		*first = (struct run_part){0};
		if (part_merge(&one, second)) {
			part_release(&one);
			return -ENOMEM;
		}
		part_release(second);
		*second = (struct run_part){0};
		run->parts[i] = one;
	}
	run->nr = RUN_PARTS / 2;
	run->part_writes *= 2;
	return 0;
}

/* The one that is not full yet. */
static struct run_part *current_part(struct run *run)
{
	if (!run->part_writes)
		run->part_writes = FIRST_PART;
	if (!run->nr || run->parts[run->nr - 1].writes == run->part_writes) {
		if (run->nr == RUN_PARTS && halve(run))
			return NULL;
		run->nr++;
	}
	return &run->parts[run->nr - 1];
}

/* --- a write --- */

/* One in flight is in no row but how it was locked (summary.h). */
static void count_decisions(struct run_part *part, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	enum durability durable;

	part->counts[COUNT_LOCK + write_lock_row(rec)]++;
	if (rec->state & WRITE_IN_FLIGHT)
		return;
	part->counts[COUNT_FALLBACK] += field_known(rec, FACT_FALLBACK) && rec->fallback;
	part->counts[COUNT_FALLBACK_UNKNOWN] += field_how(rec, FACT_FALLBACK) == HOW_UNKNOWN;
	part->counts[COUNT_MAPPING + write_mapping_row(look->write)]++;
	part->counts[COUNT_FAILED] += field_known(rec, FACT_RET) && rec->ret < 0;
	if (write_durability(rec, &durable))
		part->counts[COUNT_DURABLE + durable]++;
}

static void count_whys(struct run_part *part, const struct look *look)
{
	for (const uint8_t *why = look->whys; *why < NR_WHYS; why++)
		part->counts[COUNT_WHY + *why]++;
}

static int add_times(struct run_part *part, const struct look *look)
{
	int ret = look->timed ? histogram_add_at(&part->times[RUN_WHOLE], look->bucket, look->latency_ns) : 0;

	for (int row = 0; row < NR_TIME_ROWS && look->timed && !ret; row++)
		ret = look->ns[row] ? histogram_add(&part->times[row], look->ns[row]) : 0;
	return ret;
}

int run_add(struct run *run, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	struct run_part *part = current_part(run);

	if (!part)
		return -ENOMEM;
	part->writes++;
	run->bytes += field_known(rec, FACT_RET) && rec->ret > 0 ? (uint64_t)rec->ret : 0;
	count_decisions(part, look);
	count_whys(part, look);
	return add_times(part, look);
}

int run_settle(struct run *run)
{
	int ret = 0;

	for (size_t i = 0; i < run->nr && !ret; i++)
		ret = part_merge(&run->all, &run->parts[i]);
	for (int row = 0; row < NR_RUN_TIMES && !ret; row++)
		histogram_settle(&run->all.times[row], &run->times[row]);
	return ret;
}

void run_release(struct run *run)
{
	for (size_t i = 0; i < RUN_PARTS; i++)
		part_release(&run->parts[i]);
	part_release(&run->all);
	free(run->completeness);
	free(run->kernel);
}

/* --- the workload: what was asked of each file, in order --- */

struct asked_key {
	char name[FILE_NAME_LEN];
};

static uint64_t mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15ull;
	return sum ^ sum >> 29;
}

static uint64_t sum_of_name(const struct asked_key *key)
{
	uint64_t sum = 1;

	for (size_t i = 0; i < sizeof(key->name); i++)
		sum = mix(sum, (unsigned char)key->name[i]);
	return sum;
}

static int add_asked(struct run_sums *l, const struct write_record *rec)
{
	struct asked_key key = {0};
	size_t nr = l->files.nr, at;
	uint64_t *sums;

	memcpy(key.name, rec->file, strnlen(rec->file, sizeof(key.name) - 1));
	if (key_index_get(&l->files, &key, &at))
		return -ENOMEM;
	if (at == nr) {
		sums = array_grow(l->sums, nr, sizeof(*sums));
		if (!sums)
			return -ENOMEM;
		l->sums = sums;
		l->sums[at] = sum_of_name(&key);
	}
	l->sums[at] = mix(mix(l->sums[at], (uint64_t)rec->asked_pos), rec->asked_len << 8 | rec->flags);
	return 0;
}

void run_sums_init(struct run_sums *l, struct run *run)
{
	*run = (struct run){0};
	*l = (struct run_sums){.run = run};
	key_index_init(&l->files, sizeof(struct asked_key));
}

void run_sums_release(struct run_sums *l)
{
	key_index_release(&l->files);
	free(l->sums);
}

int run_sums_add(struct run_sums *l, const struct look *look)
{
	return run_add(l->run, look) ?: add_asked(l, &look->write->rec);
}

static char *kernel_of(const struct meta *header)
{
	const char *engine = meta_get(header, META_ENGINE), *kernel = meta_get(header, META_KERNEL);
	bool reference = engine && !strcmp(engine, "reference");

	return strf("%s%s", reference ? "the reference on " : "", kernel ? kernel : "an unknown kernel");
}

int run_sums_settle(struct run_sums *l, const struct write_set *frame)
{
	struct run *run = l->run;

	for (size_t i = 0; i < l->files.nr; i++) /* whichever file came first */
		run->workload += l->sums[i];
	run->completeness = set_completeness(frame, NULL);
	run->kernel = kernel_of(&frame->header);
	run->whole = set_is_whole(frame);
	run->lost = frame->lost_records;
	run->lost_known = frame->end == TRACE_COMPLETE;
	return run->completeness && run->kernel ? run_settle(run) : -ENOMEM;
}

static int loading_write(void *ctx, const struct write_set *frame, const struct write *w)
{
	struct look look;

	(void)frame;
	look_at(&look, w);
	return run_sums_add(ctx, &look);
}

static int loading_end(void *ctx, const struct write_set *frame)
{
	return run_sums_settle(ctx, frame);
}

int run_load(struct run *run, const char *path, const struct selection *sel, struct progress *progress,
	     struct errmsg *err)
{
	static const struct walk_ops ops = {.write = loading_write, .end = loading_end};
	struct run_sums sums;
	int ret;

	run_sums_init(&sums, run);
	ret = walk_trace(path, sel, &ops, &sums, progress, NULL, err);
	run_sums_release(&sums);
	return ret;
}
